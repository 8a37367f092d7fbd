/* SPDX-License-Identifier: Apache-2.0 */
/* tests/tools/documents.c - puts documents where a test wants them, from Extended JSON lines on standard input.
 *
 *   documents dump FILE.bson                append to a dump file (made when missing)
 *   documents raw FILE.bson                 the same from hexadecimal lines: bytes that no JSON can say
 *   documents put URL DATABASE COLLECTION   insert, or replace the document with the same _id
 *   documents load URL DATABASE COLLECTION  insert, many at a time: for documents that are not there yet
 *   documents delete URL DATABASE COLLECTION   delete by filter, one a line
 *   documents drop URL DATABASE             drop the database
 *
 * Blank lines are skipped. Exit status 1 and a sentence on the first mistake. */
#include <mongoc/mongoc.h>
#include <stdbool.h>
#include <stdlib.h>

#define LOAD_BATCH 1000

static bool fail(const char *what, const char *why)
{
    fprintf(stderr, "documents: %s: %s\n", what, why);
    return false;
}

typedef struct Target {
    FILE *file;
    mongoc_client_t *client;
    mongoc_collection_t *collection;
    bson_t *batch[LOAD_BATCH];
    size_t pending;
} Target;

static bool dump_document(Target *target, const bson_t *document)
{
    return fwrite(bson_get_data(document), 1, document->len, target->file) == document->len || fail("dump", "cannot write");
}

static bool put_document(Target *target, const bson_t *document)
{
    bson_error_t error;
    bson_iter_t id;
    if (!bson_iter_init_find(&id, document, "_id"))
        return mongoc_collection_insert_one(target->collection, document, NULL, NULL, &error) || fail("put", error.message);
    bson_t filter = BSON_INITIALIZER, *options = BCON_NEW("upsert", BCON_BOOL(true));
    bson_append_iter(&filter, "_id", 3, &id);
    bool done = mongoc_collection_replace_one(target->collection, &filter, document, options, NULL, &error);
    bson_destroy(&filter);
    bson_destroy(options);
    return done || fail("put", error.message);
}

static bool delete_documents(Target *target, const bson_t *filter)
{
    bson_error_t error;
    return mongoc_collection_delete_many(target->collection, filter, NULL, NULL, &error) || fail("delete", error.message);
}

static bool load_pending(Target *target)
{
    bson_error_t error;
    bool done =
        !target->pending ||
        mongoc_collection_insert_many(target->collection, (const bson_t **)target->batch, target->pending, NULL, NULL, &error) ||
        fail("load", error.message);
    for (size_t i = 0; i < target->pending; i++)
        bson_destroy(target->batch[i]);
    target->pending = 0;
    return done;
}

static bool load_document(Target *target, const bson_t *document)
{
    target->batch[target->pending++] = bson_copy(document);
    return target->pending < LOAD_BATCH || load_pending(target);
}

static bool each_document(Target *target, bool (*act)(Target *, const bson_t *))
{
    char *line = NULL;
    size_t room = 0;
    bool good = true;
    for (ssize_t length; good && (length = getline(&line, &room, stdin)) > 0;) {
        if (strspn(line, " \t\r\n") == (size_t)length)
            continue;
        bson_error_t error;
        bson_t *document = bson_new_from_json((const uint8_t *)line, length, &error);
        good = document ? act(target, document) : fail("not Extended JSON", error.message);
        bson_destroy(document);
    }
    free(line);
    return good;
}

static bool each_hex_line(FILE *file)
{
    char *line = NULL;
    size_t room = 0;
    bool good = true;
    while (good && getline(&line, &room, stdin) > 0)
        for (const char *at = line; good && at[0] && at[1]; at += 2) {
            if (strchr(" \t\r\n", at[0])) {
                at--;
                continue;
            }
            char pair[3] = {at[0], at[1], 0}, *end;
            long byte = strtol(pair, &end, 16);
            good = *end == 0 ? fputc((int)byte, file) != EOF : fail("not hexadecimal", pair);
        }
    free(line);
    return good;
}

static bool to_file(const char *verb, const char *path)
{
    Target target = {.file = fopen(path, "ab")};
    if (!target.file)
        return fail(path, "cannot open");
    bool good = strcmp(verb, "raw") == 0 ? each_hex_line(target.file) : each_document(&target, dump_document);
    return fclose(target.file) == 0 && good;
}

/* act NULL: drops the database. */
static bool to_server(bool (*act)(Target *, const bson_t *), const char *url, const char *database, const char *collection)
{
    bson_error_t error;
    mongoc_uri_t *uri = mongoc_uri_new_with_error(url, &error);
    if (!uri)
        return fail("url", error.message);
    Target target = {.client = mongoc_client_new_from_uri(uri)};
    bool good;
    if (!act) {
        mongoc_database_t *db = mongoc_client_get_database(target.client, database);
        good = mongoc_database_drop(db, &error) || fail("drop", error.message);
        mongoc_database_destroy(db);
    } else {
        target.collection = mongoc_client_get_collection(target.client, database, collection);
        good = each_document(&target, act) && load_pending(&target);
        mongoc_collection_destroy(target.collection);
    }
    mongoc_client_destroy(target.client);
    mongoc_uri_destroy(uri);
    return good;
}

typedef struct Verb {
    const char *name;
    int arguments;
    bool (*act)(Target *, const bson_t *);
} Verb;

static const Verb verbs[] = {
    {"put", 5, put_document}, {"load", 5, load_document}, {"delete", 5, delete_documents}, {"drop", 4, NULL}};

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    if (argc == 3 && (strcmp(verb, "dump") == 0 || strcmp(verb, "raw") == 0))
        return to_file(verb, argv[2]) ? EXIT_SUCCESS : EXIT_FAILURE;
    const Verb *server = NULL;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verb, verbs[i].name) == 0 && argc == verbs[i].arguments)
            server = &verbs[i];
    if (!server) {
        fputs("usage: documents dump|raw FILE · put|load|delete URL DATABASE COLLECTION · drop URL DATABASE\n", stderr);
        return 2;
    }
    mongoc_init();
    mongoc_log_set_handler(NULL, NULL);
    bool good = to_server(server->act, argv[2], argv[3], argc == 5 ? argv[4] : NULL);
    mongoc_cleanup();
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
