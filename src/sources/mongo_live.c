/* SPDX-License-Identifier: Apache-2.0 */
/* The live backend: one cursor sorted by `_id`, opened again behind the last `_id` read when the server goes away. */
#include "sources/mongo_live.h"

#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "sources/mongo_backend.h"
#include "sources/mongo_query.h"

enum {
    TRIES = 5,
    SORT_TOO_LARGE = 292, /* QueryExceededMemoryLimitNoDiskUseAllowed */
    UNAUTHORIZED = 13,
    AUTHENTICATION_FAILED = 18
};

static void log_line(mongoc_log_level_t level, const char *domain, const char *message, void *data)
{
    (void)level;
    (void)data;
    log_debug("%s: %s", domain, message);
}

static bool worth_retrying(const bson_error_t *error)
{
    /* host unreachable or not found, time-outs, stepping down, shutting down, cursor lost or killed, plan killed, … */
    static const uint32_t codes[] = {6,   7,   43,  63,   89,    91,    133,   136,   150,   175,  189,
                                     234, 237, 262, 9001, 10107, 11600, 11602, 13388, 13435, 13436};
    if (error->domain == MONGOC_ERROR_STREAM || error->domain == MONGOC_ERROR_SERVER_SELECTION)
        return true;
    if (error->domain != MONGOC_ERROR_SERVER && error->domain != MONGOC_ERROR_QUERY)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
        if (error->code == codes[i])
            return true;
    return false;
}

static bool from_server(const bson_error_t *error)
{
    return error->domain == MONGOC_ERROR_SERVER || error->domain == MONGOC_ERROR_QUERY;
}

bool live_error(const Live *live, const bson_error_t *error, ErrCode code, Err *err, const char *what)
{
    if (mongo_wire_stopped(live->wire))
        return err_set(err, ERR_CANCELLED, "%s: stopped", what);
    err_set(err, code, "%s: %s", what, error->message);
    err->transient = worth_retrying(error);
    if (!from_server(error))
        return false;
    g_snprintf(err->native, sizeof err->native, "%u", error->code);
    if (error->code == UNAUTHORIZED)
        err_hint(err, "the login needs the role `read` on database %s", live->database ? live->database : "");
    return false;
}

static void register_secrets(const mongoc_uri_t *uri)
{
    secret_register(mongoc_uri_get_password(uri));
    secret_register(mongoc_uri_get_option_as_utf8(uri, MONGOC_URI_TLSCERTIFICATEKEYFILEPASSWORD, NULL));
    bson_t properties;
    bson_iter_t iter;
    if (mongoc_uri_get_mechanism_properties(uri, &properties) &&
        bson_iter_init_find_case(&iter, &properties, "AWS_SESSION_TOKEN") && BSON_ITER_HOLDS_UTF8(&iter))
        secret_register(bson_iter_utf8(&iter, NULL));
}

static bool parse_url(Live *live, const Source *source, Err *err)
{
    bson_error_t error = {0};
    live->uri = mongoc_uri_new_with_error(mongo_url(source), &error);
    if (!live->uri)
        return err_set(err, ERR_CONFIG,
                       "the `url` of source %s is no MongoDB URL: expected mongodb://…, mongodb+srv://… or dump:DIR",
                       source->context->config->name);
    register_secrets(live->uri);
    live->database = mongo_database(source);
    if (!live->database)
        live->database = mongoc_uri_get_database(live->uri);
    if (!live->database || !*live->database)
        return err_set(err, ERR_CONFIG, "source %s names no database: set `database`, or put it into the `url`",
                       source->context->config->name);
    /* One pass per try: the waiting between them is ours and can be interrupted. */
    mongoc_uri_set_option_as_bool(live->uri, MONGOC_URI_SERVERSELECTIONTRYONCE, true);
    if (!mongoc_uri_get_appname(live->uri))
        mongoc_uri_set_appname(live->uri, "tidemark");
    return true;
}

bool live_command(Live *live, const char *database, const char *name, bson_t *reply, Err *err)
{
    bson_error_t error = {0};
    bson_t command = BSON_INITIALIZER;
    bson_append_int32(&command, name, -1, 1);
    bool good = mongoc_client_command_simple(live->client, database, &command, NULL, reply, &error);
    bson_destroy(&command);
    return good || live_error(live, &error, ERR_SOURCE, err, name);
}

/* The servers of the URL, which may be several. */
static char *addresses(const Live *live)
{
    const char *name = mongoc_uri_get_srv_hostname(live->uri);
    GString *out = g_string_new(name);
    for (const mongoc_host_list_t *host = name ? NULL : mongoc_uri_get_hosts(live->uri); host; host = host->next)
        g_string_append_printf(out, "%s%s", out->len ? ", " : "", host->host_and_port);
    return g_string_free(out, FALSE);
}

static bool log_in(Live *live, Err *err)
{
    bson_t reply;
    bson_iter_t iter;
    bool good = live_command(live, live->database, "ping", &reply, err);
    bson_destroy(&reply);
    if (!good) {
        if (err->code != ERR_CANCELLED)
            err->code = ERR_UNREACHABLE;
        g_autofree char *at = addresses(live);
        return err_context(err, "MongoDB at %s", at);
    }
    Err ignored;
    if (live_command(live, "admin", "buildInfo", &reply, &ignored))
        live->few_types = bson_iter_init_find(&iter, &reply, "ferretdb") || bson_iter_init_find(&iter, &reply, "ferretdbVersion");
    bson_destroy(&reply);
    return true;
}

static bool live_open(Source *source, Err *err)
{
    Live *live = live_of(source);
    bson_error_t error = {0};
    mongoc_init();
    mongoc_log_set_handler(log_line, NULL);
    live->wire = mongo_wire_new();
    if (!parse_url(live, source, err))
        return false;
    live->client = mongoc_client_new_from_uri_with_error(live->uri, &error);
    if (!live->client)
        return live_error(live, &error, ERR_UNREACHABLE, err, "MongoDB");
    mongoc_client_set_error_api(live->client, MONGOC_ERROR_API_VERSION_2);
    mongo_wire_attach(live->wire, live->client, live->uri);
    return log_in(live, err);
}

static void set_last(Live *live, const bson_iter_t *id)
{
    bson_value_destroy(&live->last);
    bson_value_copy(bson_iter_value((bson_iter_t *)id), &live->last);
}

static void clear_last(Live *live)
{
    bson_value_destroy(&live->last);
    live->last = (bson_value_t){.value_type = BSON_TYPE_EOD};
}

static void close_cursor(Live *live)
{
    if (live->cursor)
        mongoc_cursor_destroy(live->cursor);
    live->cursor = NULL;
    live->document = NULL;
}

static void end_window(Live *live)
{
    close_cursor(live);
    bson_rows_free(live->rows);
    live->rows = NULL;
    live->pending = live->hint_id = false;
    live->ordinal = 0;
    live->tries = 0;
    clear_last(live);
}

mongoc_collection_t *live_collection(Live *live, const MongoSpec *spec)
{
    return mongoc_client_get_collection(live->client, live->database, spec->collection);
}

static void open_cursor(Live *live)
{
    const MongoSpec *spec = live->stream->spec;
    bson_t filter, options;
    mongo_query_filter(spec, &live->window, live->last.value_type == BSON_TYPE_EOD ? NULL : &live->last, live->few_types, &filter);
    mongo_query_options(spec, live->hint_id, &options);
    mongoc_collection_t *collection = live_collection(live, spec);
    live->cursor = mongoc_collection_find_with_opts(collection, &filter, &options, NULL);
    mongoc_collection_destroy(collection);
    bson_destroy(&filter);
    bson_destroy(&options);
}

/* {id: last `_id`, n: documents so far} */
static void set_checkpoint(Live *live, Batch *batch)
{
    bson_t checkpoint = BSON_INITIALIZER;
    if (live->last.value_type != BSON_TYPE_EOD)
        BSON_APPEND_VALUE(&checkpoint, "id", &live->last);
    BSON_APPEND_INT64(&checkpoint, "n", live->ordinal);
    batch_set_checkpoint(batch, bson_get_data(&checkpoint), checkpoint.len);
    bson_destroy(&checkpoint);
}

static bool resume(Live *live, GBytes *checkpoint)
{
    gsize len = 0;
    const uint8_t *bytes = g_bytes_get_data(checkpoint, &len);
    bson_t document;
    bson_iter_t iter;
    if (!bytes || !bson_init_static(&document, bytes, len) || !bson_iter_init_find(&iter, &document, "n"))
        return false;
    live->ordinal = bson_iter_as_int64(&iter);
    if (bson_iter_init_find(&iter, &document, "id"))
        set_last(live, &iter);
    return true;
}

static bool find_stream(Live *live, const MongoSpec *spec, bool *missing, Err *err)
{
    bool database = false, collection = false;
    if (!live_find(live, spec, &database, &collection, err))
        return false;
    *missing = !collection;
    if (database)
        return true;
    err_set(err, ERR_SOURCE, "no such database: %s does not exist on the MongoDB server", live->database);
    return err_hint(err, "check `database` (MONGODB_DATABASE); a database without collections does not exist either");
}

static bool live_start(Source *source, const Stream *stream, Window *window, GBytes *checkpoint, bool *restarted, bool *missing,
                       Err *err)
{
    Live *live = live_of(source);
    end_window(live);
    *restarted = *missing = false;
    live->stream = stream;
    if (!find_stream(live, stream->spec, missing, err))
        return false;
    if (checkpoint && !resume(live, checkpoint))
        *restarted = true;
    if ((window->clock == TIME_NONE || *restarted) && !live_clock(source, &window->clock, err))
        return false;
    live->window = *window;
    live->rows = *missing ? NULL : bson_rows_new(stream, window);
    return true;
}

/* Waits 1, 2, 4 … seconds; false when there are no tries left or the wait was interrupted. */
static bool wait_for_retry(Source *source, Err *err)
{
    Live *live = live_of(source);
    const SourceContext *context = source->context;
    if (mongo_wire_stopped(live->wire) || !err->transient || live->tries >= TRIES)
        return false;
    int seconds = 1 << live->tries++;
    char text[64];
    g_snprintf(text, sizeof text, "retry %d in %d s", live->tries, seconds);
    log_write(LOG_INFO, 0, live->stream->id, "%s; %s", err->message, text);
    if (context->phase)
        context->phase(context->phase_data, text);
    if (!mongo_wire_wait(live->wire, seconds * 1000))
        return err_set(err, ERR_CANCELLED, "reading %s was stopped", live->stream->id);
    if (context->phase)
        context->phase(context->phase_data, "reading again");
    return true;
}

typedef enum NextResult { NEXT_DOCUMENT, NEXT_END, NEXT_FAIL } NextResult;

/* The next document into live->document. */
static NextResult next_document(Source *source, Err *err)
{
    Live *live = live_of(source);
    for (;;) {
        bson_error_t error = {0};
        if (!live->cursor)
            open_cursor(live);
        if (mongoc_cursor_next(live->cursor, &live->document)) {
            live->tries = 0;
            return NEXT_DOCUMENT;
        }
        live->document = NULL;
        if (!mongoc_cursor_error(live->cursor, &error))
            return NEXT_END;
        bool sort_too_large = from_server(&error) && error.code == SORT_TOO_LARGE && !live->hint_id;
        live_error(live, &error, ERR_SOURCE, err, live->stream->origin);
        close_cursor(live);
        if (sort_too_large)
            live->hint_id = true;
        else if (!wait_for_retry(source, err))
            return NEXT_FAIL;
    }
}

static void document_done(Live *live)
{
    bson_iter_t id;
    if (bson_iter_init_find(&id, live->document, "_id"))
        set_last(live, &id);
    live->ordinal++;
    live->document = NULL;
}

/* The cursor's bytes may be gone when a document is split over batches; the rows keep their own. */
static ReadStatus read_documents(Source *source, Batch *batch, Err *err)
{
    Live *live = live_of(source);
    while (!batch_full(batch, live->stream->settings.batch_size)) {
        if (!live->document) {
            NextResult next = next_document(source, err);
            if (next == NEXT_END)
                return READ_END;
            if (next == NEXT_FAIL)
                return READ_FAIL;
        }
        DocumentPlace place = {.ordinal = live->ordinal + 1, .offset = -1};
        RowsStatus status = bson_rows_add(live->rows, bson_get_data(live->document), live->document->len, place, batch);
        if (status == ROWS_FULL)
            return READ_MORE;
        if (status == ROWS_PENDING) {
            live->pending = true;
            return READ_MORE;
        }
        document_done(live);
    }
    return READ_MORE;
}

static ReadStatus live_read(Source *source, Batch *batch, Err *err)
{
    Live *live = live_of(source);
    if (!live->rows)
        return READ_END; /* the collection is missing: the window is empty */
    if (mongo_wire_stopped(live->wire)) {
        err_set(err, ERR_CANCELLED, "reading %s was stopped", live->stream->id);
        return READ_FAIL;
    }
    if (live->pending) {
        live->pending = bson_rows_continue(live->rows, batch) == ROWS_PENDING;
        if (!live->pending)
            document_done(live);
    }
    ReadStatus status = live->pending ? READ_MORE : read_documents(source, batch, err);
    if (status != READ_FAIL)
        set_checkpoint(live, batch);
    return status;
}

static void live_interrupt(Source *source)
{
    Live *live = live_of(source);
    if (live->wire)
        mongo_wire_interrupt(live->wire);
}

static void live_close(Source *source)
{
    Live *live = live_of(source);
    end_window(live);
    if (live->client)
        mongoc_client_destroy(live->client);
    if (live->uri)
        mongoc_uri_destroy(live->uri);
    mongo_wire_free(live->wire);
}

/* {_id: VALUE} of a row's key; false when the text names no id. */
static bool key_filter(const char *key, bson_t *filter)
{
    size_t len = mongo_document_key(key);
    bson_error_t error;
    bson_init(filter);
    if (len == 24 && strspn(key, "0123456789abcdef") >= 24) {
        bson_oid_t oid;
        bson_oid_init_from_string(&oid, key);
        return BSON_APPEND_OID(filter, "_id", &oid);
    }
    g_autofree char *json = g_strdup_printf("{\"_id\":%.*s}", (int)len, key);
    bson_destroy(filter);
    return bson_init_from_json(filter, json, -1, &error);
}

static bool live_lookup(Source *source, const Stream *stream, const char *key, Batch *batch, Err *err)
{
    Live *live = live_of(source);
    bson_t filter, options;
    bson_error_t error = {0};
    const bson_t *document = NULL;
    Window whole = {.kind = WINDOW_WHOLE, .low = TIME_NONE, .high = TIME_NONE, .clock = TIME_NONE};
    if (!key_filter(key, &filter))
        return true;
    mongo_query_options(stream->spec, false, &options);
    mongoc_collection_t *collection = live_collection(live, stream->spec);
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, &filter, &options, NULL);
    BsonRows *rows = bson_rows_new(stream, &whole);
    if (mongoc_cursor_next(cursor, &document))
        bson_rows_add(rows, bson_get_data(document), document->len, (DocumentPlace){.ordinal = 1, .offset = -1}, batch);
    bool good = !mongoc_cursor_error(cursor, &error) || live_error(live, &error, ERR_SOURCE, err, stream->origin);
    bson_rows_free(rows);
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(collection);
    bson_destroy(&options);
    bson_destroy(&filter);
    return good;
}

const SourceOps mongo_live_backend = {
    .kind = "live",
    .size = sizeof(Live),
    .open = live_open,
    .start = live_start,
    .read = live_read,
    .interrupt = live_interrupt,
    .close = live_close,
    .clock = live_clock,
    .newest = live_newest,
    .count = live_count,
    .check = live_check,
    .discover = live_discover,
    .lookup = live_lookup,
};
