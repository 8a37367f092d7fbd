/* SPDX-License-Identifier: Apache-2.0 */
/* tests/bench/mongo_loop.c - what a live server allows: the bare client library, doing nothing with what it reads.
 *
 *   mongo_loop load URL DATABASE COLLECTION FILE           inserts the documents of a .bson file, 1,000 a call
 *   mongo_loop read URL DATABASE COLLECTION FIELD…         reads the whole collection as our source does: those fields, sorted by _id, same batch size */
#include <glib.h>
#include <mongoc/mongoc.h>
#include <stdio.h>

enum { PER_CALL = 1000 };

static int failed(const bson_error_t *error)
{
    fprintf(stderr, "mongo_loop: %s\n", error->message);
    return 1;
}

static int load(mongoc_collection_t *collection, const char *path)
{
    bson_error_t error = {.message = "the file cannot be read"};
    bson_reader_t *reader = bson_reader_new_from_file(path, &error);
    if (!reader)
        return failed(&error);
    const bson_t *document;
    const bson_t *batch[PER_CALL];
    size_t held = 0;
    bool ok = true, more = true;
    while (ok && more) {
        document = bson_reader_read(reader, NULL);
        more = document != NULL;
        if (document)
            batch[held++] = bson_copy(document);
        if (held == PER_CALL || (!more && held > 0)) {
            ok = mongoc_collection_insert_many(collection, batch, held, NULL, NULL, &error);
            for (size_t i = 0; i < held; i++)
                bson_destroy((bson_t *)batch[i]);
            held = 0;
        }
    }
    bson_reader_destroy(reader);
    return ok ? 0 : failed(&error);
}

static int read_all(mongoc_collection_t *collection, char **fields, int count)
{
    bson_t filter = BSON_INITIALIZER,
           *options = BCON_NEW("sort", "{", "_id", BCON_INT32(1), "}", "batchSize", BCON_INT32(PER_CALL));
    bson_t projection;
    BSON_APPEND_DOCUMENT_BEGIN(options, "projection", &projection);
    for (int i = 0; i < count; i++)
        BSON_APPEND_INT32(&projection, fields[i], 1);
    bson_append_document_end(options, &projection);
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, &filter, options, NULL);
    const bson_t *document;
    bson_error_t error;
    long documents = 0;
    while (mongoc_cursor_next(cursor, &document))
        documents++;
    bool bad = mongoc_cursor_error(cursor, &error);
    printf("%ld documents\n", documents);
    mongoc_cursor_destroy(cursor);
    bson_destroy(options);
    bson_destroy(&filter);
    return bad ? failed(&error) : 0;
}

int main(int argc, char **argv)
{
    bool loading = argc == 6 && g_str_equal(argv[1], "load");
    if (!loading && !(argc > 5 && g_str_equal(argv[1], "read"))) {
        fprintf(stderr, "usage: mongo_loop load URL DATABASE COLLECTION FILE | read URL DATABASE COLLECTION FIELD...\n");
        return 2;
    }
    mongoc_init();
    mongoc_client_t *client = mongoc_client_new(argv[2]);
    if (!client) {
        fprintf(stderr, "mongo_loop: not a URL\n");
        return 2;
    }
    mongoc_collection_t *collection = mongoc_client_get_collection(client, argv[3], argv[4]);
    int status = loading ? load(collection, argv[5]) : read_all(collection, argv + 5, argc - 5);
    mongoc_collection_destroy(collection);
    mongoc_client_destroy(client);
    mongoc_cleanup();
    return status;
}
