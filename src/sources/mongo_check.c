/* SPDX-License-Identifier: Apache-2.0 */
/* What the live backend can be asked beside reading. */
#include <string.h>

#include "sources/mongo_backend.h"
#include "sources/mongo_live.h"
#include "sources/mongo_query.h"

enum { UNAUTHORIZED = 13, COUNT_MS = 5000 };

static bool local_time(Live *live, const char *command, int64_t *now, Err *err)
{
    bson_t reply;
    bson_iter_t iter;
    bool good = live_command(live, "admin", command, &reply, err);
    bool found = good && bson_iter_init_find(&iter, &reply, "localTime") && BSON_ITER_HOLDS_DATE_TIME(&iter);
    if (found)
        *now = bson_iter_date_time(&iter) * 1000;
    else if (good)
        err_set(err, ERR_SOURCE, "the MongoDB server does not tell its time (%s has no localTime)", command);
    bson_destroy(&reply);
    return found;
}

/* isMaster is what every server since the first answers, hello only the newer ones. */
bool live_clock(Source *source, int64_t *now, Err *err)
{
    Live *live = live_of(source);
    return local_time(live, "isMaster", now, err) ||
           (err->code != ERR_CANCELLED && !err->transient && local_time(live, "serverStatus", now, err));
}

static bool holds(char **names, const char *name)
{
    return g_strv_contains((const char *const *)names, name);
}

/* *names is NULL where the login may not list. */
static bool list_databases(Live *live, char ***names, Err *err)
{
    bson_error_t error = {0};
    *names = mongoc_client_get_database_names_with_opts(live->client, NULL, &error); /* asks with nameOnly */
    return *names || error.code == UNAUTHORIZED || live_error(live, &error, ERR_SOURCE, err, "listDatabases");
}

static bool list_collections(Live *live, char ***names, Err *err)
{
    bson_error_t error = {0};
    mongoc_database_t *database = mongoc_client_get_database(live->client, live->database);
    *names = mongoc_database_get_collection_names_with_opts(database, NULL, &error); /* asks with nameOnly */
    mongoc_database_destroy(database);
    return *names || error.code == UNAUTHORIZED || live_error(live, &error, ERR_SOURCE, err, "listCollections");
}

bool live_find(Live *live, const MongoSpec *spec, bool *database, bool *collection, Err *err)
{
    char **collections = NULL, **databases = NULL;
    if (!list_collections(live, &collections, err))
        return false;
    *collection = !collections || holds(collections, spec->collection);
    *database = live->database_known = live->database_known || !collections || collections[0];
    bson_strfreev(collections);
    if (*database)
        return true;
    if (!list_databases(live, &databases, err))
        return false;
    *database = databases && holds(databases, live->database);
    bson_strfreev(databases);
    return true;
}

/* Names of the fields that some index begins with, as keys of a set; NULL with *err. */
static GHashTable *indexed_fields(Live *live, const MongoSpec *spec, Err *err)
{
    GHashTable *fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    mongoc_collection_t *collection = live_collection(live, spec);
    mongoc_cursor_t *cursor = mongoc_collection_find_indexes_with_opts(collection, NULL);
    const bson_t *index = NULL;
    bson_error_t error = {0};
    while (mongoc_cursor_next(cursor, &index)) {
        bson_iter_t iter, key;
        if (bson_iter_init_find(&iter, index, "key") && bson_iter_recurse(&iter, &key) && bson_iter_next(&key))
            g_hash_table_add(fields, g_strdup(bson_iter_key(&key)));
    }
    bool good = !mongoc_cursor_error(cursor, &error);
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(collection);
    if (good)
        return fields;
    g_hash_table_destroy(fields);
    live_error(live, &error, ERR_SOURCE, err, "listIndexes");
    return NULL;
}

static bool newest_of(Live *live, const MongoSpec *spec, const char *field, int64_t *newest, Err *err)
{
    bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER, part;
    bson_error_t error = {0};
    const bson_t *document = NULL;
    bson_iter_t iter, found;
    BSON_APPEND_DOCUMENT_BEGIN(&filter, field, &part);
    BSON_APPEND_DATE_TIME(&part, "$gte", INT64_MIN); /* dates alone compare with a date */
    bson_append_document_end(&filter, &part);
    BSON_APPEND_DOCUMENT_BEGIN(&options, "sort", &part);
    BSON_APPEND_INT32(&part, field, -1);
    bson_append_document_end(&options, &part);
    BSON_APPEND_DOCUMENT_BEGIN(&options, "projection", &part);
    BSON_APPEND_INT32(&part, field, 1);
    bson_append_document_end(&options, &part);
    BSON_APPEND_INT64(&options, "limit", 1);
    mongoc_collection_t *collection = live_collection(live, spec);
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, &filter, &options, NULL);
    if (mongoc_cursor_next(cursor, &document) && bson_iter_init(&iter, document) &&
        bson_iter_find_descendant(&iter, field, &found) && BSON_ITER_HOLDS_DATE_TIME(&found) &&
        bson_iter_date_time(&found) < INT64_MAX / 1000)
        *newest = MAX(*newest, bson_iter_date_time(&found) * 1000);
    bool good = !mongoc_cursor_error(cursor, &error) || live_error(live, &error, ERR_SOURCE, err, spec->collection);
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(collection);
    bson_destroy(&options);
    bson_destroy(&filter);
    return good;
}

/* Only where an index answers: a lag is not worth a scan of the collection. */
bool live_newest(Source *source, const Stream *stream, int64_t *cursor, Err *err)
{
    Live *live = live_of(source);
    const MongoSpec *spec = stream->spec;
    bool database = false, collection = false, good = true;
    *cursor = TIME_NONE;
    if (!live_find(live, spec, &database, &collection, err))
        return false;
    GHashTable *fields = collection ? indexed_fields(live, spec, err) : NULL;
    if (!fields)
        return !collection;
    int64_t newest = TIME_NONE;
    bool all = true;
    for (int i = 0; i < spec->cursor_count; i++)
        all = all && g_hash_table_contains(fields, spec->cursors[i].text);
    for (int i = 0; all && good && i < spec->cursor_count; i++)
        good = newest_of(live, spec, spec->cursors[i].text, &newest, err);
    g_hash_table_destroy(fields);
    *cursor = newest;
    return good;
}

/* Exact where it is cheap; a window that takes too long to count is not known. */
bool live_count(Source *source, const Stream *stream, const Window *window, int64_t *rows, Err *err)
{
    Live *live = live_of(source);
    bson_error_t error = {0};
    bson_t filter, options = BSON_INITIALIZER, reply;
    *rows = -1;
    mongoc_collection_t *collection = live_collection(live, stream->spec);
    mongo_query_filter(stream->spec, window, NULL, live->few_types, &filter);
    BSON_APPEND_INT64(&options, "maxTimeMS", COUNT_MS);
    if (bson_empty(&filter))
        *rows = mongoc_collection_estimated_document_count(collection, &options, NULL, &reply, &error);
    else
        *rows = mongoc_collection_count_documents(collection, &filter, &options, NULL, &reply, &error);
    bson_destroy(&reply);
    bson_destroy(&options);
    bson_destroy(&filter);
    mongoc_collection_destroy(collection);
    if (*rows >= 0 || !mongo_wire_stopped(live->wire))
        return true;
    return live_error(live, &error, ERR_SOURCE, err, stream->origin);
}

static void check_version(Live *live, GPtrArray *lines)
{
    bson_t reply;
    bson_iter_t iter;
    Err ignored;
    const char *version = "unknown version";
    if (live_command(live, "admin", "buildInfo", &reply, &ignored) && bson_iter_init_find(&iter, &reply, "version") &&
        BSON_ITER_HOLDS_UTF8(&iter))
        version = bson_iter_utf8(&iter, NULL);
    const mongoc_host_list_t *hosts = mongoc_uri_get_hosts(live->uri);
    const char *user = mongoc_uri_get_username(live->uri);
    g_autofree char *found =
        g_strdup_printf("MongoDB %s at %s%s%s", version, hosts ? hosts->host_and_port : mongoc_uri_get_srv_hostname(live->uri),
                        user ? " as " : ", without a login", user ? user : "");
    g_ptr_array_add(lines, check_line_new(true, "connection", found, NULL));
    bson_destroy(&reply);
}

static void check_tls(const Live *live, GPtrArray *lines)
{
    static const char *const loose[] = {MONGOC_URI_TLSINSECURE, MONGOC_URI_TLSALLOWINVALIDCERTIFICATES,
                                        MONGOC_URI_TLSALLOWINVALIDHOSTNAMES};
    if (!mongoc_uri_get_tls(live->uri)) {
        g_ptr_array_add(lines, check_line_new(true, "TLS", "clear: nothing is encrypted", "add tls=true to the url"));
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(loose); i++) {
        if (mongoc_uri_get_option_as_bool(live->uri, loose[i], false)) {
            g_autofree char *found = g_strdup_printf("encrypted only: the url says %s", loose[i]);
            g_ptr_array_add(lines,
                            check_line_new(true, "TLS", found, "remove it and give the authority's certificate with tlsCAFile"));
            return;
        }
    }
    g_ptr_array_add(lines, check_line_new(true, "TLS", "verified", NULL));
}

static void check_indexes(Live *live, const MongoSpec *spec, GPtrArray *lines)
{
    Err err = {0};
    GHashTable *fields = indexed_fields(live, spec, &err);
    g_autofree char *what = g_strdup_printf("collection %s", spec->collection);
    if (!fields) {
        g_ptr_array_add(lines, check_line_new(false, what, err.message, err.hint[0] ? err.hint : NULL));
        return;
    }
    g_autoptr(GString) missing = g_string_new("");
    g_autoptr(GString) fix = g_string_new("");
    for (int i = 0; i < spec->cursor_count; i++) {
        const char *field = spec->cursors[i].text;
        if (g_hash_table_contains(fields, field))
            continue;
        g_string_append_printf(missing, "%s%s", missing->len ? " and " : "", field);
        g_string_append_printf(fix, "%sdb.getCollection(\"%s\").createIndex({\"%s\": 1})", fix->len ? "; " : "", spec->collection,
                               field);
    }
    g_hash_table_destroy(fields);
    if (missing->len == 0)
        return;
    g_string_prepend(missing, "no index on ");
    g_string_append(missing, ": each sync scans the collection");
    g_ptr_array_add(lines, check_line_new(true, what, missing->str, fix->str));
}

static void check_collections(Live *live, const GPtrArray *streams, char **names, GPtrArray *lines)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; streams && i < streams->len && !mongo_wire_stopped(live->wire); i++) {
        const MongoSpec *spec = ((const Stream *)g_ptr_array_index(streams, i))->spec;
        if (!g_hash_table_add(seen, spec->collection))
            continue;
        if (holds(names, spec->collection)) {
            check_indexes(live, spec, lines);
            continue;
        }
        g_autofree char *what = g_strdup_printf("collection %s", spec->collection);
        g_ptr_array_add(lines, check_line_new(false, what, "missing", "check `mongo_collection` in the schema file"));
    }
}

bool live_check(Source *source, const GPtrArray *streams, GPtrArray *lines, Err *err)
{
    Live *live = live_of(source);
    char **collections = NULL, **databases = NULL;
    check_version(live, lines);
    check_tls(live, lines);
    if (!list_collections(live, &collections, err))
        return false;
    g_autofree char *what = g_strdup_printf("database %s", live->database);
    if (!collections) {
        const char *user = mongoc_uri_get_username(live->uri);
        g_autofree char *fix =
            g_strdup_printf("db.grantRolesToUser(\"%s\", [{role: \"read\", db: \"%s\"}])", user ? user : "USER", live->database);
        g_ptr_array_add(lines, check_line_new(false, what, "not permitted to list its collections", fix));
        return true;
    }
    if (!collections[0] && list_databases(live, &databases, err) && databases && !holds(databases, live->database)) {
        g_ptr_array_add(lines, check_line_new(false, what, "does not exist", "check `database` (MONGODB_DATABASE)"));
    } else {
        g_autofree char *found = g_strdup_printf("%u collections", g_strv_length(collections));
        g_ptr_array_add(lines, check_line_new(true, what, found, NULL));
        check_collections(live, streams, collections, lines);
    }
    bson_strfreev(databases);
    bson_strfreev(collections);
    return true;
}

bool live_discover(Source *source, GPtrArray *out, Err *err)
{
    char **names = NULL;
    if (!list_collections(live_of(source), &names, err))
        return false;
    for (char **at = names; at && *at; at++)
        g_ptr_array_add(out, g_strdup(*at));
    bson_strfreev(names);
    return true;
}
