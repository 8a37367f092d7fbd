/* SPDX-License-Identifier: Apache-2.0 */
/* tests/sweep/make_dump.c - writes a small mongodump folder for the kill sweep: make_dump DIR SEED VERSION
 *
 * Under 2,000 documents in four collections, with every road a row can take: parents and children, children whose parent is missing, arrays that
 * become link rows, values that a column cannot hold, documents without dates. The same seed makes the same documents; VERSION says what happened to them since:
 *   0  nothing
 *   1  some documents changed (with a newer update date), arrays grew and shrank, some documents are new, late parents came
 *   2  as 1, and some messages are gone */
#include <bson/bson.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { COMPANIES = 25, TARGETS = 20, USERS = 620, MESSAGES = 1100, NEW_USERS = 30, NEW_MESSAGES = 60 };
#define DAY_MS   (INT64_C(24) * 3600 * 1000)
#define BASE_MS  INT64_C(1704067200000) /* 2024-01-01 */
#define LATER_MS (BASE_MS + 200 * DAY_MS)

typedef struct Dump {
    const char *dir;
    uint64_t random;
    int version;
    FILE *file;
} Dump;

/* xorshift64: small, and the same everywhere. */
static uint64_t draw(Dump *dump, uint64_t below)
{
    dump->random ^= dump->random << 13;
    dump->random ^= dump->random >> 7;
    dump->random ^= dump->random << 17;
    return dump->random % below;
}

static void fail(const char *path)
{
    perror(path);
    exit(1);
}

static void begin(Dump *dump, const char *collection)
{
    g_autofree char *path = g_strdup_printf("%s/%s.bson", dump->dir, collection);
    g_autofree char *about = g_strdup_printf("%s/%s.metadata.json", dump->dir, collection);
    g_autofree char *text =
        g_strdup_printf("{\"indexes\":[],\"collectionName\":\"%s\",\"type\":\"collection\",\"options\":{}}", collection);
    if (!g_file_set_contents(about, text, -1, NULL))
        fail(about);
    dump->file = fopen(path, "wbe");
    if (!dump->file)
        fail(path);
}

static void end(Dump *dump)
{
    if (fclose(dump->file) != 0)
        fail(dump->dir);
}

static void put(Dump *dump, bson_t *document)
{
    if (fwrite(bson_get_data(document), 1, document->len, dump->file) != document->len)
        fail(dump->dir);
    bson_destroy(document);
}

static bson_oid_t oid(char kind, unsigned number)
{
    g_autofree char *text = g_strdup_printf("%02x00000000000000%08x", (unsigned char)kind, number);
    bson_oid_t id;
    bson_oid_init_from_string(&id, text);
    return id;
}

static void put_id(bson_t *document, const char *field, char kind, unsigned number)
{
    bson_oid_t id = oid(kind, number);
    BSON_APPEND_OID(document, field, &id);
}

/* Creation within half a year; `changed` documents were updated after every date of version 0. */
static void put_dates(Dump *dump, bson_t *document, bool changed)
{
    int64_t created = BASE_MS + (int64_t)draw(dump, 180) * DAY_MS + (int64_t)draw(dump, (uint64_t)DAY_MS);
    int64_t updated = created + (int64_t)draw(dump, 10) * DAY_MS;
    int64_t later = LATER_MS + (int64_t)draw(dump, (uint64_t)DAY_MS);
    BSON_APPEND_DATE_TIME(document, "creation_date", created);
    BSON_APPEND_DATE_TIME(document, "update_date", changed ? later : updated);
}

static void put_ids(Dump *dump, bson_t *document, const char *field, char kind, unsigned count, unsigned below)
{
    bson_t array;
    BSON_APPEND_ARRAY_BEGIN(document, field, &array);
    unsigned start = (unsigned)draw(dump, below);
    for (unsigned i = 0; i < count; i++) {
        char index[16];
        snprintf(index, sizeof index, "%u", i);
        put_id(&array, index, kind, (start + i) % below);
    }
    bson_append_array_end(document, &array);
}

static void named(Dump *dump, const char *collection, char kind, unsigned count)
{
    begin(dump, collection);
    for (unsigned i = 0; i < count; i++) {
        bson_t *document = bson_new();
        g_autofree char *name = g_strdup_printf("%s %u", collection, i);
        put_id(document, "_id", kind, i);
        BSON_APPEND_UTF8(document, "name", name);
        put_dates(dump, document, false);
        put(dump, document);
    }
    end(dump);
}

static void users(Dump *dump)
{
    begin(dump, "users");
    unsigned count = USERS + (dump->version >= 1 ? NEW_USERS : 0);
    for (unsigned i = 0; i < count; i++) {
        bool changed = dump->version >= 1 && (i % 13 == 0 || i >= USERS);
        unsigned targets = (unsigned)draw(dump, 4);
        bson_t *document = bson_new();
        g_autofree char *name = g_strdup_printf(changed ? "renamed %u" : "user %u", i);
        put_id(document, "_id", 'u', i);
        if (i % 97 != 5) /* a required value that is missing */
            BSON_APPEND_UTF8(document, "firstname", name);
        /* One in 31 names a company that never comes. */
        put_id(document, "company", 'c', (unsigned)draw(dump, COMPANIES) + (i % 31 == 7 ? 1000 : 0));
        BSON_APPEND_INT32(document, "score", (int32_t)draw(dump, 1000) * (i % 101 == 3 ? 1000 : 1));
        put_ids(dump, document, "targets", 't', changed ? (targets + 1) % 4 : targets, TARGETS);
        put_ids(dump, document, "specificity_targets", 't', targets / 2, TARGETS);
        if (i % 53 != 11)
            put_dates(dump, document, changed);
        put(dump, document);
    }
    end(dump);
}

static void messages(Dump *dump)
{
    begin(dump, "messages");
    unsigned count = MESSAGES + (dump->version >= 1 ? NEW_MESSAGES : 0);
    for (unsigned i = 0; i < count; i++) {
        bool changed = dump->version >= 1 && (i % 19 == 0 || i >= MESSAGES);
        bson_t *document = bson_new();
        g_autofree char *text = g_strdup_printf("message %u%s, %0*d", i, changed ? " again" : "", (int)draw(dump, 300) + 1, 7);
        put_id(document, "_id", 'm', i);
        /* One sender in 23 is a user that arrives with version 1, one in 41 never does. */
        unsigned sender = (unsigned)draw(dump, USERS);
        put_id(document, "sender", 'u', i % 41 == 9 ? sender + 100000 : i % 23 == 6 ? USERS + sender % NEW_USERS : sender);
        BSON_APPEND_UTF8(document, "content", text);
        put_dates(dump, document, changed);
        if (dump->version == 2 && i % 29 == 4)
            bson_destroy(document);
        else
            put(dump, document);
    }
    end(dump);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: make_dump DIR SEED VERSION\n");
        return 2;
    }
    Dump dump = {.dir = argv[1],
                 .random = g_ascii_strtoull(argv[2], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) + 1,
                 .version = (int)g_ascii_strtoll(argv[3], NULL, 10)};
    if (g_mkdir_with_parents(dump.dir, 0755) != 0)
        fail(dump.dir);
    named(&dump, "companies", 'c', COMPANIES);
    named(&dump, "targets", 't', TARGETS);
    users(&dump);
    /* Users added by a version must not shift what is drawn for messages. */
    dump.random = g_ascii_strtoull(argv[2], NULL, 10) * UINT64_C(0xbf58476d1ce4e5b9) + 1;
    messages(&dump);
    return 0;
}
