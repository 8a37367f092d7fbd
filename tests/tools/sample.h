/* SPDX-License-Identifier: Apache-2.0 */
/* tests/tools/sample.h - what the parts of make-sample share: chance from a seed, invented people, and files of a dump. */
#ifndef TIDEMARK_TESTS_TOOLS_SAMPLE_H
#define TIDEMARK_TESTS_TOOLS_SAMPLE_H

#include <bson/bson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct Chance {
    uint64_t state;
} Chance;

uint64_t chance_next(Chance *chance);
int chance_below(Chance *chance, int count); /* 0 … count - 1 */
bool chance_percent(Chance *chance, int percent);
const char *chance_pick(Chance *chance, const char *const *words, int count);
#define CHANCE_PICK(chance, words) chance_pick((chance), (words), (int)(sizeof(words) / sizeof *(words)))

/* The n-th id of a collection: always the same, and no two collections share one. */
void sample_id(bson_oid_t *oid, int collection, int number);
bool sample_append_id(bson_t *document, const char *key, int collection, int number);

/* The same for collections whose ids are of several types. */
bool sample_append_mixed(bson_t *document, const char *key, int collection, int number);

/* Unlike BSON_APPEND_UTF8 it evaluates the text once. */
bool sample_append_text(bson_t *document, const char *key, const char *text);

/* A date in 2021 … 2024; milliseconds. */
int64_t sample_date(Chance *chance);

/* creation_date and update_date, as the older application wrote them. */
void sample_dates(bson_t *document, Chance *chance);

typedef struct DumpWriter {
    FILE *file;
    const char *folder;
    const char *name;
    int64_t documents;
} DumpWriter;

/* Opens DIR/NAME.bson and writes DIR/NAME.metadata.json; these end the program when the disk says no. */
void dump_begin(DumpWriter *writer, const char *folder, const char *name);
void dump_document(DumpWriter *writer, bson_t *document); /* and destroys it */
void dump_end(DumpWriter *writer);
void dump_prelude(const char *folder);

/* The collections of the 31-table wellness schema. */
void sample_catalogue(const char *folder, uint64_t seed); /* what others refer to */
void sample_people(const char *folder, uint64_t seed);    /* users and what they do */
void sample_answers(const char *folder, uint64_t seed);   /* questionnaires and diaries */

/* count documents of 15 fields for benchmarks; touched per mille of them are changed in the given round (0: none). */
void sample_users(const char *folder, uint64_t seed, int64_t count, int touched, int round);

enum { /* collections, as they go into ids, and how many documents each has */
       INGREDIENTS = 1,
       APPOINTMENT_TYPES,
       COMPANIES,
       OFFERS,
       CATEGORIES,
       TARGETS,
       RECIPES,
       QUIZZS,
       QUESTIONS,
       CONTENTS,
       EVENTS,
       USERS,
       MENUS,
       USER_QUIZZS,
       MESSAGES,
       COACHINGS,
       LOGBOOKS,
       MENU_RECIPES,
       USER_QUESTIONS,
       PERIODS,
       APPOINTMENTS,
       ITEMS,
       DAYS,
       NOBODY
};
enum {
    N_INGREDIENTS = 80,
    N_APPOINTMENT_TYPES = 8,
    N_COMPANIES = 25,
    N_OFFERS = 12,
    N_CATEGORIES = 24,
    N_TARGETS = 30,
    N_RECIPES = 120,
    N_QUIZZS = 40,
    N_QUESTIONS = 160,
    N_CONTENTS = 90,
    N_EVENTS = 60,
    N_USERS = 480,
    N_MENUS = 40,
    N_USER_QUIZZS = 260,
    N_MESSAGES = 520,
    N_COACHINGS = 180,
    N_LOGBOOKS = 240,
    N_MENU_RECIPES = 130,
    N_USER_QUESTIONS = 520,
    N_PERIODS = 200,
    N_APPOINTMENTS = 220,
    N_ITEMS = 260,
    N_DAYS = 640
};

#endif
