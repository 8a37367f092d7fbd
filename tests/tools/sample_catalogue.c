/* SPDX-License-Identifier: Apache-2.0 */
/* The collections that others refer to. */
#include <stdio.h>
#include <string.h>

#include "tests/tools/sample.h"

static const char *const foods[] = {"oats",   "lentils", "spinach",  "salmon",    "walnut", "quinoa",  "yoghurt",
                                    "carrot", "tofu",    "apple",    "buckwheat", "kale",   "fenouil", "crème",
                                    "豆腐",   "りんご",  "jalapeño", "beetroot",  "barley", "fig"};
static const char *const dishes[] = {"soup", "salad", "bowl", "gratin", "curry", "tart", "stew", "wrap"};
static const char *const topics[] = {"sleep", "stress", "nutrition", "movement", "hydration", "mindfulness", "recovery", "posture"};
static const char *const kinds[] = {"single", "multiple", "scale", "free"};
static const char *const content_types[] = {"article", "video", "podcast", "exercise"};
static const char *const event_types[] = {"Webinar", "Workshop", "Challenge", "Conference"};

static bson_t *with_id(int collection, int number, Chance *chance)
{
    bson_t *document = bson_new();
    sample_append_id(document, "_id", collection, number);
    sample_dates(document, chance);
    return document;
}

static void named(bson_t *document, const char *field, const char *a, const char *b, int number)
{
    char name[128];
    snprintf(name, sizeof name, "%s %s %d", a, b, number);
    BSON_APPEND_UTF8(document, field, name);
}

static void ingredients(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "ingredients");
    for (int i = 0; i < N_INGREDIENTS; i++) {
        bson_t *document = with_id(INGREDIENTS, i, chance);
        if (i == 41) { /* longer than the column: a reject */
            char name[301];
            memset(name, 'x', sizeof name - 1);
            name[sizeof name - 1] = '\0';
            BSON_APPEND_UTF8(document, "name", name);
        } else {
            named(document, "name", CHANCE_PICK(chance, foods), i % 3 ? "fresh" : "dried 🌿", i);
        }
        BSON_APPEND_DOUBLE(document, "kcal", 10.0 + chance_below(chance, 4000) / 10.0);
        dump_document(&writer, document);
    }
    dump_end(&writer);
}

static void appointment_types(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "appointmenttypes");
    for (int i = 0; i < N_APPOINTMENT_TYPES; i++) {
        bson_t *document = with_id(APPOINTMENT_TYPES, i, chance);
        named(document, "title", topics[i], "appointment", i);
        BSON_APPEND_NULL(document, "icon");
        dump_document(&writer, document);
    }
    dump_end(&writer);
}

static void companies(const char *folder, Chance *chance)
{
    static const char *const names[] = {"Alder & Sons", "Børk Logistics", "Ciel Énergie", "青空商事", "Delta \"North\" Ltd"};
    DumpWriter writer;
    dump_begin(&writer, folder, "companies");
    for (int i = 0; i < N_COMPANIES; i++) {
        bson_t *document = bson_new();
        sample_append_id(document, "_id", COMPANIES, i);
        if (i != 17) /* one without dates: they are required, so it is a reject */
            sample_dates(document, chance);
        named(document, "name", names[i % 5], "group", i);
        bson_t address;
        BSON_APPEND_DOCUMENT_BEGIN(document, "address", &address);
        BSON_APPEND_UTF8(&address, "city", i % 2 ? "Lyon" : "Köln");
        BSON_APPEND_INT32(&address, "zip", 10000 + i);
        bson_append_document_end(document, &address);
        dump_document(&writer, document);
    }
    dump_end(&writer);
}

static void offers(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "offers");
    for (int i = 0; i < N_OFFERS; i++) {
        bson_t *document = with_id(OFFERS, i, chance);
        bson_decimal128_t price;
        named(document, "name", CHANCE_PICK(chance, topics), "programme", i);
        if (i == 5)
            BSON_APPEND_UTF8(document, "duration", "six weeks"); /* no number: a reject */
        else if (i == 8)
            BSON_APPEND_INT32(document, "duration", 70000); /* beyond SMALLINT: a reject */
        else if (i % 3 == 0)
            BSON_APPEND_DOUBLE(document, "duration", 12.0 + i);
        else
            BSON_APPEND_INT32(document, "duration", 6 + i);
        if (i % 2)
            BSON_APPEND_INT64(document, "coaching_credit", 4 + i);
        else
            BSON_APPEND_UTF8(document, "coaching_credit", "8");
        bson_decimal128_from_string(i % 2 ? "49.90" : "1.2E+2", &price);
        BSON_APPEND_DECIMAL128(document, "price", &price);
        dump_document(&writer, document);
    }
    dump_end(&writer);
}

static void categories(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "categories");
    for (int i = 0; i < N_CATEGORIES; i++) {
        bson_t *document = bson_new();
        sample_append_mixed(document, "_id", CATEGORIES, i);
        sample_dates(document, chance);
        named(document, "name", CHANCE_PICK(chance, topics), "category", i);
        BSON_APPEND_UTF8(document, "type", i % 2 ? "content" : "recipe");
        dump_document(&writer, document);
    }
    dump_end(&writer);
}

static void simple(const char *folder, Chance *chance, const char *name, int collection, int count, const char *const *words,
                   int word_count, const char *second)
{
    DumpWriter writer;
    dump_begin(&writer, folder, name);
    for (int i = 0; i < count; i++) {
        bson_t *document = with_id(collection, i, chance);
        named(document, "name", chance_pick(chance, words, word_count), second, i);
        dump_document(&writer, document);
    }
    dump_end(&writer);
}

static void quizzs(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "quizzs");
    for (int i = 0; i < N_QUIZZS; i++) {
        bson_t *document = with_id(QUIZZS, i, chance);
        named(document, "name", CHANCE_PICK(chance, topics), "check-up", i);
        BSON_APPEND_UTF8(document, "type", i % 3 ? "assessment" : "logbook");
        bson_t list, item;
        char key[12];
        BSON_APPEND_ARRAY_BEGIN(document, "questions", &list);
        int count = i == 7 ? 0 : 2 + chance_below(chance, 6);
        for (int q = 0; q < count; q++) {
            int question = (i * 4 + q * 3) % N_QUESTIONS;
            snprintf(key, sizeof key, "%d", q);
            if (q % 3 == 2) {
                BSON_APPEND_DOCUMENT_BEGIN(&list, key, &item);
                sample_append_id(&item, "question", QUESTIONS, question);
                BSON_APPEND_INT32(&item, "rank", q);
                bson_append_document_end(&list, &item);
            } else {
                sample_append_id(&list, key, QUESTIONS, question);
            }
        }
        bson_append_array_end(document, &list);
        dump_document(&writer, document);
    }
    dump_end(&writer);
}

static void questions(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "quizzquestions");
    for (int i = 0; i < N_QUESTIONS; i++) {
        bson_t *document = with_id(QUESTIONS, i, chance);
        named(document, "title", "How is your", CHANCE_PICK(chance, topics), i);
        sample_append_text(document, "type", CHANCE_PICK(chance, kinds));
        if (i % 10 == 0)
            BSON_APPEND_REGEX(document, "pattern", "^[a-z]+$", "i");
        dump_document(&writer, document);
    }
    dump_end(&writer);
}

static void contents(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "contents");
    for (int i = 0; i < N_CONTENTS; i++) {
        bson_t *document = with_id(CONTENTS, i, chance);
        named(document, "name", CHANCE_PICK(chance, topics), "in practice", i);
        sample_append_text(document, "type", CHANCE_PICK(chance, content_types));
        bson_t list, item;
        char key[12];
        int readers = i % 9 == 0 ? 0 : 1 + chance_below(chance, 12);
        BSON_APPEND_ARRAY_BEGIN(document, "viewed_by", &list);
        for (int r = 0; r < readers; r++) {
            snprintf(key, sizeof key, "%d", r);
            BSON_APPEND_DOCUMENT_BEGIN(&list, key, &item);
            if (i == 31 && r == 0)
                sample_append_id(&item, "user", NOBODY, i); /* a reader who left: parked */
            else
                sample_append_id(&item, "user", USERS, (i * 5 + r * 11) % N_USERS);
            BSON_APPEND_DATE_TIME(&item, "date", sample_date(chance));
            bson_append_document_end(&list, &item);
        }
        bson_append_array_end(document, &list);
        dump_document(&writer, document);
    }
    dump_end(&writer);
}

static void events(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "events");
    for (int i = 0; i < N_EVENTS; i++) {
        bson_t *document = with_id(EVENTS, i, chance);
        int64_t start = sample_date(chance);
        named(document, "name", "日本語 or", CHANCE_PICK(chance, topics), i);
        sample_append_text(document, "__t", CHANCE_PICK(chance, event_types));
        BSON_APPEND_DATE_TIME(document, "start_date", start);
        BSON_APPEND_DATE_TIME(document, "end_date", start + INT64_C(5400000));
        if (i % 4)
            sample_append_id(document, "company", COMPANIES, i % 16);
        BSON_APPEND_TIMESTAMP(document, "published", (uint32_t)(start / 1000), 1);
        dump_document(&writer, document);
    }
    dump_end(&writer);
}

static void menu_recipes(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "menu_recipes");
    for (int i = 0; i < N_MENU_RECIPES; i++) {
        bson_t *document = with_id(MENU_RECIPES, i, chance);
        sample_append_id(document, "menu", MENUS, i % N_MENUS);
        sample_append_id(document, "recipe", RECIPES, (i * 7) % N_RECIPES);
        dump_document(&writer, document);
    }
    dump_end(&writer);
}

static void targets(const char *folder, Chance *chance)
{
    DumpWriter writer;
    dump_begin(&writer, folder, "targets");
    for (int i = 0; i < N_TARGETS; i++) {
        bson_t *document = bson_new();
        sample_append_mixed(document, "_id", TARGETS, i);
        sample_dates(document, chance);
        named(document, "name", "better", CHANCE_PICK(chance, topics), i);
        dump_document(&writer, document);
    }
    dump_end(&writer);
}

void sample_catalogue(const char *folder, uint64_t seed)
{
    Chance chance = {seed};
    ingredients(folder, &chance);
    appointment_types(folder, &chance);
    companies(folder, &chance);
    offers(folder, &chance);
    categories(folder, &chance);
    targets(folder, &chance);
    simple(folder, &chance, "recipes", RECIPES, N_RECIPES, foods, (int)(sizeof foods / sizeof *foods), "bowl");
    simple(folder, &chance, "menus", MENUS, N_MENUS, dishes, (int)(sizeof dishes / sizeof *dishes), "week");
    quizzs(folder, &chance);
    questions(folder, &chance);
    contents(folder, &chance);
    events(folder, &chance);
    menu_recipes(folder, &chance);
}
