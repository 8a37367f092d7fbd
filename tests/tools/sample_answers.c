/* SPDX-License-Identifier: Apache-2.0 */
/* Questionnaires and diaries. */
#include <stdio.h>
#include <string.h>

#include "tests/tools/sample.h"

#define DAY_MS INT64_C(86400000)

static const char *const words[] = {"rather well", "très bien", "まあまあ", "as ever", "better 🙂", "no change", "übermüdet"};

static void user_quizzs(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "userquizzs");
    for (int i = 0; i < N_USER_QUIZZS; i++) {
        bson_t *quizz = bson_new(), list, item;
        char key[12];
        sample_append_id(quizz, "_id", USER_QUIZZS, i);
        sample_dates(quizz, chance);
        if (i % 10)
            sample_append_id(quizz, "quizz", QUIZZS, i % N_QUIZZS);
        BSON_APPEND_ARRAY_BEGIN(quizz, "questions", &list);
        for (int q = 0; q < 2; q++) {
            snprintf(key, sizeof key, "%d", q);
            if (i % 5 == 4) {
                BSON_APPEND_DOCUMENT_BEGIN(&list, key, &item);
                sample_append_id(&item, "_id", USER_QUESTIONS, i * 2 + q);
                bson_append_document_end(&list, &item);
            } else {
                sample_append_id(&list, key, USER_QUESTIONS, i * 2 + q);
            }
        }
        bson_append_array_end(quizz, &list);
        dump_document(&writer, quizz);
    }
    dump_end(&writer);
}

/* Every type an answer can have. */
static void answer(bson_t *document, Chance *chance, int number)
{
    bson_decimal128_t decimal;
    bson_t nested, list;
    switch (number % 10) {
    case 0:
        BSON_APPEND_BOOL(document, "boolean_answer", number % 4 == 0);
        break;
    case 1:
        BSON_APPEND_INT32(document, "numeric_answer", chance_below(chance, 100));
        break;
    case 2:
        BSON_APPEND_DOUBLE(document, "numeric_answer", chance_below(chance, 300) / 2.0);
        break;
    case 3:
        BSON_APPEND_INT64(document, "numeric_answer", INT64_C(9007199254740993) + number);
        break;
    case 4:
        bson_decimal128_from_string("72.50", &decimal);
        BSON_APPEND_DECIMAL128(document, "numeric_answer", &decimal);
        break;
    case 5:
        sample_append_text(document, "text_answer", CHANCE_PICK(chance, words));
        break;
    case 6:
        BSON_APPEND_UTF8(document, "single_enum_answer", number % 3 ? "often" : "seldom");
        break;
    case 7:
        BSON_APPEND_DOCUMENT_BEGIN(document, "document_answer", &nested);
        BSON_APPEND_UTF8(&nested, "file", "diary.pdf");
        BSON_APPEND_INT64(&nested, "bytes", INT64_C(5000000000) + number);
        BSON_APPEND_ARRAY_BEGIN(&nested, "pages", &list);
        BSON_APPEND_INT32(&list, "0", 1);
        BSON_APPEND_INT32(&list, "1", 2);
        bson_append_array_end(&nested, &list);
        bson_append_document_end(document, &nested);
        break;
    case 8:
        BSON_APPEND_TIMESTAMP(document, "document_answer", 1700000000U + (uint32_t)number, 1);
        break;
    default:
        BSON_APPEND_REGEX(document, "document_answer", "^a.*z$", "i");
        break;
    }
}

static void user_questions(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "userquizzquestions");
    for (int i = 0; i < N_USER_QUESTIONS; i++) {
        bson_t *question = bson_new();
        sample_append_id(question, "_id", USER_QUESTIONS, i);
        sample_dates(question, chance);
        sample_append_id(question, "quizz_question", QUESTIONS, i % N_QUESTIONS);
        answer(question, chance, i);
        if (i % 7 == 0)
            sample_append_text(question, "comment", CHANCE_PICK(chance, words));
        dump_document(&writer, question);
    }
    dump_end(&writer);
}

static void logbooks(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "coachinglogbooks");
    for (int i = 0; i < N_LOGBOOKS; i++) {
        bson_t *logbook = bson_new();
        sample_append_id(logbook, "_id", LOGBOOKS, i);
        sample_dates(logbook, chance);
        if (i != 50 && i != 51) /* required: rejects */
            sample_append_id(logbook, "user", USERS, (i * 2) % 400);
        BSON_APPEND_DATE_TIME(logbook, "day", sample_date(chance));
        sample_append_id(logbook, "logbook", USER_QUIZZS, i % N_USER_QUIZZS);
        if (i % 3)
            sample_append_id(logbook, "coaching", COACHINGS, i % N_COACHINGS);
        dump_document(&writer, logbook);
    }
    dump_end(&writer);
}

static void items(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "items");
    for (int i = 0; i < N_ITEMS; i++) {
        bson_t *item = bson_new();
        sample_append_id(item, "_id", ITEMS, i);
        sample_dates(item, chance);
        sample_append_text(item, "text", CHANCE_PICK(chance, words));
        if (i % 2)
            sample_append_id(item, "quizzQuestion", QUESTIONS, i % N_QUESTIONS);
        else
            sample_append_id(item, "userQuizzQuestion", USER_QUESTIONS, i);
        if (i % 5 == 0)
            BSON_APPEND_UTF8(item, "picture", "https://img.example.org/i.png");
        if (i % 8 == 0)
            sample_append_id(item, "updated_by", USERS, i % N_USERS);
        dump_document(&writer, item);
    }
    dump_end(&writer);
}

static void day_lists(bson_t *day, int number)
{
    bson_t list, item;
    char key[12];
    BSON_APPEND_ARRAY_BEGIN(day, "contents", &list);
    for (int i = 0; i < number % 3; i++) {
        snprintf(key, sizeof key, "%d", i);
        BSON_APPEND_DOCUMENT_BEGIN(&list, key, &item);
        sample_append_id(&item, "content", CONTENTS, (number + i) % N_CONTENTS);
        BSON_APPEND_BOOL(&item, "seen", i == 0);
        bson_append_document_end(&list, &item);
    }
    bson_append_array_end(day, &list);
    if (number % 4 == 0)
        return;
    BSON_APPEND_ARRAY_BEGIN(day, "main_logbooks", &list);
    BSON_APPEND_DOCUMENT_BEGIN(&list, "0", &item);
    sample_append_id(&item, "logbook", USER_QUIZZS, number % N_USER_QUIZZS);
    bson_append_document_end(&list, &item);
    bson_append_array_end(day, &list);
}

static void days(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "days");
    for (int i = 0; i < N_DAYS; i++) {
        bson_t *day = bson_new();
        int64_t date = sample_date(chance) / DAY_MS * DAY_MS;
        sample_append_id(day, "_id", DAYS, i);
        sample_dates(day, chance);
        if (i % 210 == 100) /* its period was removed: parked */
            sample_append_id(day, "period", NOBODY, i);
        else
            sample_append_id(day, "period", PERIODS, i % N_PERIODS);
        BSON_APPEND_BOOL(day, "is_success", i % 3 != 0);
        if (i % 50 == 49)
            BSON_APPEND_UTF8(day, "date", "2023-05-17T00:00:00.000Z");
        else
            BSON_APPEND_DATE_TIME(day, "date", date);
        if (i % 2)
            sample_append_id(day, "userQuizz", USER_QUIZZS, i % N_USER_QUIZZS);
        day_lists(day, i);
        dump_document(&writer, day);
    }
    dump_end(&writer);
}

void sample_answers(const char *folder, uint64_t seed)
{
    Chance chance = {seed};
    user_quizzs(folder, &chance);
    user_questions(folder, &chance);
    logbooks(folder, &chance);
    items(folder, &chance);
    days(folder, &chance);
}
