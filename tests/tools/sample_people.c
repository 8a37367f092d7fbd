/* SPDX-License-Identifier: Apache-2.0 */
/* Users and what they do. Everybody is invented; addresses are of example.org. */
#include <stdio.h>
#include <string.h>

#include "tests/tools/sample.h"

#define DAY_MS INT64_C(86400000)

static const char *const first_names[] = {"Ada",   "Bruno", "Chloé", "Dmitri", "Elif", "Farid", "Grete", "Hana", "Ilya",  "José",
                                          "Kenji", "Léa",   "Maja",  "Noor",   "Otto", "Priya", "Quinn", "Rosa", "Søren", "Tuğba",
                                          "美咲",  "伟",    "Umar",  "Vera",   "Wim",  "Xenia", "Yara",  "Zoë"};
static const char *const last_names[] = {"Archer",  "Brandt", "Castel",   "Dubois",    "Eriksson", "Fontaine", "Garcia",  "Holm",
                                         "Ivanova", "Jansen", "Kowalski", "Lindqvist", "Moreau",   "Nakamura", "O'Neill", "Petrov",
                                         "李",      "佐藤",   "Rossi",    "Schäfer",   "Tanaka",   "Urban",    "Weiß",    "Yılmaz"};
static const char *const insurers[] = {"Acme Mutual", "Blue Harbour", "Concord", "Delphi"};
static const char *const populations[] = {"A", "B", "control", "pilot"};
static const char *const roles[] = {"USER", "USER", "USER", "USER", "DIETITIAN", "ADMIN"};
static const char *const phrases[] = {"See you on Tuesday 👋",
                                      "ありがとうございます",
                                      "Could we move it by an hour?",
                                      "Merci beaucoup !",
                                      "Done: 3 × 20 min\nand a walk",
                                      "That\twas \"hard\" \\o/",
                                      "🍎🥦🍚",
                                      "好的，没问题"};
static const char *const statuses[] = {"active", "finished", "paused", "cancelled"};

static void registered_events(bson_t *user, Chance *chance, int number)
{
    bson_t list, item;
    char key[12];
    int count = number % 4 ? chance_below(chance, 4) : 0;
    BSON_APPEND_ARRAY_BEGIN(user, "registered_events", &list);
    for (int i = 0; i < count; i++) {
        int event = (number * 3 + i * 7) % N_EVENTS;
        snprintf(key, sizeof key, "%d", i);
        if (number == 61 && i == 0) {
            sample_append_id(&list, key, NOBODY, number); /* an event that was deleted: parked */
        } else if (i == 1) {
            sample_append_id(&list, key, EVENTS, event);
        } else {
            BSON_APPEND_DOCUMENT_BEGIN(&list, key, &item);
            sample_append_id(&item, "event", EVENTS, event);
            BSON_APPEND_DATE_TIME(&item, "date", sample_date(chance));
            bson_append_document_end(&list, &item);
        }
    }
    bson_append_array_end(user, &list);
}

/* `field` as an array, absent, null or a single id: all of them occur. */
static void target_list(bson_t *user, Chance *chance, const char *field, int number)
{
    bson_t list, item;
    char key[12];
    int form = number % 11;
    if (form == 3)
        return;
    if (form == 5) {
        BSON_APPEND_NULL(user, field);
        return;
    }
    if (form == 7) {
        sample_append_mixed(user, field, TARGETS, number % N_TARGETS);
        return;
    }
    int count = chance_below(chance, 4);
    BSON_APPEND_ARRAY_BEGIN(user, field, &list);
    for (int i = 0; i < count; i++) {
        int target = (number + i * 5) % N_TARGETS;
        snprintf(key, sizeof key, "%d", i);
        if (form == 2) {
            BSON_APPEND_DOCUMENT_BEGIN(&list, key, &item);
            sample_append_mixed(&item, "_id", TARGETS, target);
            BSON_APPEND_BOOL(&item, "main", i == 0);
            bson_append_document_end(&list, &item);
        } else {
            sample_append_mixed(&list, key, TARGETS, target);
        }
    }
    if (number == 90) { /* an item that names nothing: a reject */
        snprintf(key, sizeof key, "%d", count);
        BSON_APPEND_NULL(&list, key);
    }
    bson_append_array_end(user, &list);
}

static void company_of(bson_t *user, int number)
{
    bson_t company;
    if (number % 5 == 0)
        return;
    if (number % 7 != 0) {
        sample_append_id(user, "company", COMPANIES, number % 16);
        return;
    }
    BSON_APPEND_DOCUMENT_BEGIN(user, "company", &company);
    sample_append_id(&company, "_id", COMPANIES, number % 16);
    BSON_APPEND_UTF8(&company, "name", "as it was called then");
    bson_append_document_end(user, &company);
}

static void person(bson_t *user, Chance *chance, int number)
{
    static const uint8_t token[8] = {0, 1, 2, 0xff, 0xfe, 0x80, 0x7f, 9};
    char text[96];
    sample_append_text(user, "firstname", CHANCE_PICK(chance, first_names));
    sample_append_text(user, "lastname", CHANCE_PICK(chance, last_names));
    if (number != 33) { /* required: a reject */
        snprintf(text, sizeof text, "user%04d@example.org", number);
        BSON_APPEND_UTF8(user, "email", text);
    }
    if (number % 3)
        sample_append_text(user, "insurer", CHANCE_PICK(chance, insurers));
    else
        BSON_APPEND_NULL(user, "insurer");
    snprintf(text, sizeof text, "+33 1 99 00 %02d %02d", number / 100, number % 100);
    BSON_APPEND_UTF8(user, "phone", text);
    sample_append_text(user, "population", CHANCE_PICK(chance, populations));
    snprintf(text, sizeof text, "sso-%08x", (unsigned)number * 2654435761U);
    BSON_APPEND_UTF8(user, "sso_id", text);
    BSON_APPEND_DATE_TIME(user, "birthdate", (chance_below(chance, 20000) - 9000) * DAY_MS);
    sample_append_text(user, "role", CHANCE_PICK(chance, roles));
    BSON_APPEND_BINARY(user, "token", BSON_SUBTYPE_BINARY, token, sizeof token);
}

static void users(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "users");
    for (int i = 0; i < N_USERS; i++) {
        bson_t *user = bson_new();
        sample_append_id(user, "_id", USERS, i);
        sample_dates(user, chance);
        person(user, chance, i);
        company_of(user, i);
        registered_events(user, chance, i);
        target_list(user, chance, "targets", i);
        target_list(user, chance, "specificity_targets", i + 4);
        target_list(user, chance, "health_targets", i + 8);
        dump_document(&writer, user);
    }
    dump_end(&writer);
}

static void messages(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "messages");
    for (int i = 0; i < N_MESSAGES; i++) {
        bson_t *message = bson_new();
        sample_append_id(message, "_id", MESSAGES, i);
        sample_dates(message, chance);
        if (i % 130 == 77) /* the sender closed the account: parked */
            sample_append_id(message, "sender", NOBODY, i);
        else
            sample_append_id(message, "sender", USERS, (i * 3) % 400);
        sample_append_id(message, "receiver", USERS, (i * 7 + 1) % 400);
        if (i == 200)
            bson_append_utf8(message, "content", -1, "cut\0here", 8); /* U+0000: a reject */
        else
            sample_append_text(message, "content", CHANCE_PICK(chance, phrases));
        dump_document(&writer, message);
    }
    dump_end(&writer);
}

static void reasons(bson_t *coaching, Chance *chance, int number)
{
    bson_t list;
    char key[12];
    int count = number % 6 ? 1 + chance_below(chance, 3) : 0;
    BSON_APPEND_ARRAY_BEGIN(coaching, "reasons", &list);
    for (int i = 0; i < count; i++) {
        snprintf(key, sizeof key, "%d", i);
        sample_append_mixed(&list, key, TARGETS, (number + i) % N_TARGETS);
    }
    if (number == 14) { /* the same reason once more: one row */
        snprintf(key, sizeof key, "%d", count);
        sample_append_mixed(&list, key, TARGETS, number % N_TARGETS);
    }
    bson_append_array_end(coaching, &list);
    if (number % 2)
        sample_append_mixed(coaching, "health_reason", TARGETS, (number * 3) % N_TARGETS);
}

static void coachings(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "coachings");
    for (int i = 0; i < N_COACHINGS; i++) {
        bson_t *coaching = bson_new();
        sample_append_id(coaching, "_id", COACHINGS, i);
        sample_dates(coaching, chance);
        sample_append_id(coaching, "user", USERS, (i * 2) % 400);
        sample_append_id(coaching, "diet", USERS, (i * 13 + 5) % 400);
        if (i % 3)
            sample_append_id(coaching, "offer", OFFERS, i % 5);
        if (i % 4)
            sample_append_id(coaching, "assessment_quizz", USER_QUIZZS, i % N_USER_QUIZZS);
        sample_append_text(coaching, "status", CHANCE_PICK(chance, statuses));
        reasons(coaching, chance, i);
        dump_document(&writer, coaching);
    }
    dump_end(&writer);
}

static void periods(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "periods");
    for (int i = 0; i < N_PERIODS; i++) {
        bson_t *period = bson_new();
        sample_append_id(period, "_id", PERIODS, i);
        sample_dates(period, chance);
        if (i % 2)
            BSON_APPEND_INT32(period, "number_of_days", 7 * (1 + i % 4));
        else
            BSON_APPEND_DOUBLE(period, "number_of_days", 14.0);
        sample_append_id(period, "coaching", COACHINGS, i % N_COACHINGS);
        BSON_APPEND_INT32(period, "order", i % 5);
        sample_append_text(period, "status", CHANCE_PICK(chance, statuses));
        dump_document(&writer, period);
    }
    dump_end(&writer);
}

static void appointments(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "appointments");
    for (int i = 0; i < N_APPOINTMENTS; i++) {
        bson_t *appointment = bson_new();
        int64_t start = sample_date(chance);
        sample_append_id(appointment, "_id", APPOINTMENTS, i);
        sample_dates(appointment, chance);
        sample_append_id(appointment, "user", USERS, (i * 2) % 400);
        sample_append_id(appointment, "coaching", COACHINGS, i % N_COACHINGS);
        sample_append_id(appointment, "appointment_type", APPOINTMENT_TYPES, i % N_APPOINTMENT_TYPES);
        BSON_APPEND_DATE_TIME(appointment, "start_date", start);
        BSON_APPEND_DATE_TIME(appointment, "end_date", start + INT64_C(2700000));
        if (i % 6 == 0)
            BSON_APPEND_UTF8(appointment, "validated", "yes");
        else if (i % 6 != 1)
            BSON_APPEND_BOOL(appointment, "validated", i % 2);
        BSON_APPEND_DOUBLE(appointment, "order", i % 9);
        dump_document(&writer, appointment);
    }
    dump_end(&writer);
}

void sample_people(const char *folder, uint64_t seed)
{
    Chance chance = {seed};
    users(folder, &chance);
    messages(folder, &chance);
    coachings(folder, &chance);
    periods(folder, &chance);
    appointments(folder, &chance);
}

static void bench_user(DumpWriter *writer, Chance *chance, int64_t number, bool touched, int round)
{
    char text[96];
    bson_t *user = bson_new();
    int64_t created = sample_date(chance);
    sample_append_id(user, "_id", USERS, (int)number);
    BSON_APPEND_DATE_TIME(user, "creation_date", created);
    BSON_APPEND_DATE_TIME(user, "update_date",
                          touched ? INT64_C(1760000000000) + round * DAY_MS + number % DAY_MS : created + DAY_MS);
    sample_append_text(user, "firstname", CHANCE_PICK(chance, first_names));
    sample_append_text(user, "lastname", CHANCE_PICK(chance, last_names));
    snprintf(text, sizeof text, "user%07d@example.org", (int)number);
    BSON_APPEND_UTF8(user, "email", text);
    sample_append_text(user, "insurer", CHANCE_PICK(chance, insurers));
    snprintf(text, sizeof text, "+33 1 99 %02d %02d %02d", touched ? round % 100 : 0, (int)(number / 100 % 100),
             (int)(number % 100));
    BSON_APPEND_UTF8(user, "phone", text);
    sample_append_text(user, "population", CHANCE_PICK(chance, populations));
    snprintf(text, sizeof text, "sso-%08x", (unsigned)number * 2654435761U);
    BSON_APPEND_UTF8(user, "sso_id", text);
    BSON_APPEND_DATE_TIME(user, "birthdate", (chance_below(chance, 20000) - 9000) * DAY_MS);
    sample_append_id(user, "company", COMPANIES, (int)(number % N_COMPANIES));
    sample_append_text(user, "role", CHANCE_PICK(chance, roles));
    BSON_APPEND_INT32(user, "logins", chance_below(chance, 5000));
    BSON_APPEND_DOUBLE(user, "score", chance_below(chance, 100000) / 64.0);
    dump_document(writer, user);
}

void sample_users(const char *folder, uint64_t seed, int64_t count, int touched, int round)
{
    DumpWriter writer;
    Chance chance = {seed};
    dump_begin(&writer, folder, "users");
    for (int64_t i = 0; i < count; i++)
        bench_user(&writer, &chance, i, round > 0 && i * 7919 % 1000 < touched, round);
    dump_end(&writer);
}
