/* SPDX-License-Identifier: Apache-2.0 */
/* tests/bench/make_users.c - writes a collection of user-like documents (15 fields) as a .bson file:
 *
 *   make_users FILE COUNT [EVERY]   every EVERY-th document has changed since (a field and its update date); 0 or nothing: none
 *
 * The same number makes the same document, so two files differ in the changed ones alone. */
#include <bson/bson.h>
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define DAY_MS   (INT64_C(24) * 3600 * 1000)
#define BASE_MS  INT64_C(1672531200000) /* 2023-01-01 */
#define LATER_MS (BASE_MS + 600 * DAY_MS)

static const char *const first[] = {"Ana", "Björn", "Chloé", "Dmitri", "Eve", "Farid", "Grace", "Hana"};
static const char *const last[] = {"Martin", "Nguyen", "O'Brien", "Petit", "Quispe", "Rossi", "Schäfer", "Tanaka"};
static const char *const roles[] = {"member", "coach", "dietician", "admin"};

/* A number that looks random and is the same in each run. */
static uint64_t mix(uint64_t number, uint64_t salt)
{
    uint64_t x = (number + 1) * UINT64_C(0x9e3779b97f4a7c15) + salt * UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 31;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 29);
}

static void put_id(bson_t *document, const char *field, uint32_t kind, uint64_t number)
{
    g_autofree char *text = g_strdup_printf("%08x%016" G_GINT64_MODIFIER "x", kind, number);
    bson_oid_t id;
    bson_oid_init_from_string(&id, text);
    BSON_APPEND_OID(document, field, &id);
}

static void fill(bson_t *document, uint64_t i, bool changed)
{
    const char *forename = first[mix(i, 1) % G_N_ELEMENTS(first)], *name = last[mix(i, 2) % G_N_ELEMENTS(last)];
    int64_t created = BASE_MS + (int64_t)(mix(i, 3) % (uint64_t)(500 * DAY_MS));
    char email[64], phone[32], sso[40];
    snprintf(email, sizeof email, "user%" PRIu64 "@example.org", i);
    snprintf(phone, sizeof phone, "+33 6 %08" PRIu64, mix(i, 4) % 100000000);
    snprintf(sso, sizeof sso, "%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x", mix(i, 5), mix(i, 6));
    put_id(document, "_id", 0x65000000, i);
    BSON_APPEND_DATE_TIME(document, "creation_date", created);
    BSON_APPEND_DATE_TIME(document, "update_date",
                          changed ? LATER_MS + (int64_t)(i % 1000) : created + (int64_t)(mix(i, 7) % (uint64_t)(30 * DAY_MS)));
    BSON_APPEND_UTF8(document, "firstname", forename);
    BSON_APPEND_UTF8(document, "lastname", changed ? "Changed" : name);
    BSON_APPEND_UTF8(document, "email", email);
    BSON_APPEND_UTF8(document, "insurer", i % 3 == 0 ? "none" : "Mutuelle du Sud");
    BSON_APPEND_UTF8(document, "phone", phone);
    BSON_APPEND_UTF8(document, "population", i % 2 == 0 ? "patient" : "employee");
    BSON_APPEND_UTF8(document, "sso_id", sso);
    BSON_APPEND_DATE_TIME(document, "birthdate", (int64_t)(mix(i, 8) % 14600) * DAY_MS);
    put_id(document, "company", 0x66000000, mix(i, 9) % 200);
    BSON_APPEND_UTF8(document, "role", roles[mix(i, 10) % G_N_ELEMENTS(roles)]);
    BSON_APPEND_INT32(document, "score", (int32_t)(mix(i, 11) % 10000));
    BSON_APPEND_BOOL(document, "active", mix(i, 12) % 5 != 0);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: make_users FILE COUNT [EVERY]\n");
        return 2;
    }
    uint64_t count = g_ascii_strtoull(argv[2], NULL, 10), every = argc > 3 ? g_ascii_strtoull(argv[3], NULL, 10) : 0;
    FILE *file = fopen(argv[1], "wbe");
    if (!file) {
        perror(argv[1]);
        return 1;
    }
    bson_t document = BSON_INITIALIZER;
    for (uint64_t i = 0; i < count; i++) {
        bson_reinit(&document);
        fill(&document, i, every > 0 && i % every == every / 2);
        fwrite(bson_get_data(&document), 1, document.len, file);
    }
    bson_destroy(&document);
    if (fclose(file) != 0) {
        perror(argv[1]);
        return 1;
    }
    return 0;
}
