/* SPDX-License-Identifier: Apache-2.0 */
/* The live backend against a real server (TIDEMARK_TEST_MONGODB_URL), and against one that never answers. */
#include "tests/unit/mongo_fixture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <mongoc/mongoc.h>

#include "base/clock.h"

static const char schema[] = "tables:\n"
                             "  things:\n"
                             "    columns:\n"
                             "      - {name: id, sql_type: VARCHAR, primary_key: true}\n"
                             "      - {name: name, sql_type: TEXT}\n"
                             "      - {name: city, sql_type: TEXT}\n"
                             "    explicit_mappings: {_id: id, address.city: city}\n"
                             "  absent:\n"
                             "    columns: [{name: id, sql_type: VARCHAR, primary_key: true}]\n"
                             "    explicit_mappings: {_id: id}\n"
                             "  links:\n"
                             "    mongo_collection: things\n"
                             "    columns:\n"
                             "      - {name: user_id, sql_type: VARCHAR, nullable: false}\n"
                             "      - {name: target_id, sql_type: INTEGER, nullable: false}\n"
                             "      - {name: type, sql_type: VARCHAR(50), nullable: false}\n"
                             "      - {name: created_at, sql_type: TIMESTAMP}\n"
                             "      - {name: updated_at, sql_type: TIMESTAMP}\n"
                             "    unique_constraints: [[user_id, target_id, type]]\n"
                             "    import_strategy: users_targets\n";

typedef struct Server { /* a database of our own on the test server */
    const char *url;
    char name[64];
    mongoc_client_t *client;
    mongoc_collection_t *things;
    Fixture fixture;
} Server;

static int make(void **state)
{
    static int number;
    const char *url = getenv("TIDEMARK_TEST_MONGODB_URL");
    Server *server = g_new0(Server, 1);
    *state = server;
    if (!url)
        return 0;
    server->url = url;
    g_snprintf(server->name, sizeof server->name, "tidemark_live_%d_%d", (int)getpid(), number++);
    server->client = mongoc_client_new(url);
    server->things = mongoc_client_get_collection(server->client, server->name, "things");
    return 0;
}

static int drop(void **state)
{
    Server *server = *state;
    if (server->fixture.schema)
        fixture_free(&server->fixture);
    if (server->client) {
        mongoc_database_t *database = mongoc_client_get_database(server->client, server->name);
        mongoc_database_drop(database, NULL);
        mongoc_database_destroy(database);
        mongoc_collection_destroy(server->things);
        mongoc_client_destroy(server->client);
    }
    g_free(server);
    return 0;
}

static Server *need_server(void **state)
{
    Server *server = *state;
    if (!server->url) {
        print_message("TIDEMARK_TEST_MONGODB_URL is not set\n");
        skip();
    }
    return server;
}

static void put(Server *server, const char *json)
{
    bson_error_t error = {0};
    bson_t *document = bson_new_from_json((const uint8_t *)json, -1, &error);
    bson_t filter = BSON_INITIALIZER, options = BSON_INITIALIZER;
    bson_iter_t id;
    assert_non_null(document);
    assert_true(bson_iter_init_find(&id, document, "_id"));
    bson_append_iter(&filter, "_id", 3, &id);
    BSON_APPEND_BOOL(&options, "upsert", true);
    if (!mongoc_collection_replace_one(server->things, &filter, document, &options, NULL, &error))
        fail_msg("%s: %s", json, error.message);
    bson_destroy(&options);
    bson_destroy(&filter);
    bson_destroy(document);
}

static void open_server(Server *server, const char *database)
{
    Err err;
    fixture_new(&server->fixture, schema, server->url, database ? database : server->name);
    if (!fixture_open(&server->fixture, &err))
        fail_msg("%s", err.message);
}

static void test_reads_in_id_order(void **state)
{
    Server *server = need_server(state);
    put(server, "{\"_id\":2,\"name\":\"two\",\"address\":{\"city\":\"Lyon\",\"zip\":1},\"unmapped\":\"x\"}");
    put(server, "{\"_id\":1,\"name\":\"one\"}");
    put(server, "{\"_id\":\"b\",\"name\":\"text\"}");
    put(server, "{\"_id\":{\"$oid\":\"65e8000000000000000000a1\"},\"name\":\"oid\"}");
    put(server, "{\"_id\":{\"$numberDouble\":\"1.5\"},\"name\":\"double\"}");
    put(server, "{\"_id\":{\"$numberLong\":\"9007199254740993\"},\"name\":\"long\"}");
    open_server(server, NULL);
    g_autofree char *text = fixture_read(&server->fixture, "things", window_whole());
    assert_string_equal(text, "1: 1|one|~\n1.5: 1.5|double|~\n2: 2|two|Lyon\n9007199254740993: 9007199254740993|long|~\n"
                              "\"b\": b|text|~\n65e8000000000000000000a1: 65e8000000000000000000a1|oid|~\n");
}

static void test_windows(void **state)
{
    Server *server = need_server(state);
    put(server, "{\"_id\":\"a-old\",\"creation_date\":{\"$date\":\"2024-01-01T00:00:00Z\"},"
                "\"update_date\":{\"$date\":\"2024-01-02T00:00:00Z\"}}");
    put(server, "{\"_id\":\"b-updated\",\"creation_date\":{\"$date\":\"2024-01-01T00:00:00Z\"},"
                "\"update_date\":{\"$date\":\"2024-03-01T00:00:00Z\"}}");
    put(server, "{\"_id\":\"c-made\",\"creation_date\":{\"$date\":\"2024-03-01T00:00:00Z\"}}");
    put(server, "{\"_id\":\"d-none\"}");
    put(server, "{\"_id\":\"e-null\",\"update_date\":null}");
    put(server, "{\"_id\":\"f-text\",\"creation_date\":{\"$date\":\"2024-01-01T00:00:00Z\"},\"update_date\":\"2024-01-02\"}");
    put(server, "{\"_id\":\"g-list\",\"creation_date\":[{\"$date\":\"2024-01-01T00:00:00Z\"}]}");
    open_server(server, NULL);
    g_autofree char *since = fixture_read(&server->fixture, "links", window_since("2024-03-01T00:00:00Z"));
    assert_string_equal(since, "> \"b-updated\"\n> \"c-made\"\n> \"d-none\"\n> \"e-null\"\n> \"f-text\"\n> \"g-list\"\n");
    g_autofree char *range = fixture_read(&server->fixture, "links", window_range("2024-03-01T00:00:00Z", "2024-03-02T00:00:00Z"));
    assert_string_equal(range, "> \"b-updated\"\n> \"c-made\"\n");
    g_autofree char *before = fixture_read(&server->fixture, "links", window_range("2024-01-02T00:00:00Z", "2024-03-01T00:00:00Z"));
    assert_string_equal(before, "> \"a-old\"\n");
}

/* Reads the stream in batches of one row, opening the source anew behind each checkpoint. */
static char *read_step_by_step(Server *server, const char *name, int steps)
{
    Fixture *fixture = &server->fixture;
    Stream *stream = (Stream *)fixture_stream(fixture, name);
    GString *out = g_string_new("");
    GBytes *position = NULL;
    ReadStatus status = READ_MORE;
    stream->settings.batch_size = 1;
    for (int i = 0; i < steps && status == READ_MORE; i++) {
        Window window = window_whole();
        bool restarted = false, missing = false;
        Err err = {0};
        Batch *batch = batch_new(stream);
        assert_true(fixture->source->ops->start(fixture->source, stream, &window, position, &restarted, &missing, &err));
        assert_false(restarted);
        status = fixture->source->ops->read(fixture->source, batch, &err);
        fixture_print(batch, out);
        if (position)
            g_bytes_unref(position);
        position = g_bytes_new(batch->checkpoint, batch->checkpoint_len);
        batch_free(batch);
        source_free(fixture->source);
        assert_true(fixture_open(fixture, &err));
    }
    g_bytes_unref(position);
    return g_string_free(out, FALSE);
}

/* The resume position crosses type brackets: `_id > 2` alone would end the collection after the numbers. */
static void test_resume_across_types(void **state)
{
    static const char *const ids[] = {"null",
                                      "{\"$numberDouble\":\"NaN\"}",
                                      "-1",
                                      "{\"$numberLong\":\"7\"}",
                                      "\"\"",
                                      "\"z\"",
                                      "{\"k\":1}",
                                      "{\"$binary\":{\"base64\":\"AQI=\",\"subType\":\"00\"}}",
                                      "{\"$oid\":\"65e8000000000000000000a1\"}",
                                      "false",
                                      "true",
                                      "{\"$date\":\"2024-01-01T00:00:00Z\"}"};
    Server *server = need_server(state);
    g_autofree bool *stored = g_new0(bool, G_N_ELEMENTS(ids));
    int count = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) { /* FerretDB stores no NaN and some other ids */
        g_autofree char *json = g_strdup_printf("{\"_id\":%s,\"name\":\"n%02d\"}", ids[i], (int)i);
        bson_t *document = bson_new_from_json((const uint8_t *)json, -1, NULL);
        stored[i] = mongoc_collection_insert_one(server->things, document, NULL, NULL, NULL);
        count += stored[i];
        bson_destroy(document);
    }
    assert_true(count >= 6);
    open_server(server, NULL);
    g_autofree char *text = read_step_by_step(server, "things", 20);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    int line = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_autofree char *name = g_strdup_printf("n%02d", (int)i);
        if (!stored[i])
            continue;
        if (!lines[line] || !strstr(lines[line], name))
            fail_msg("expected %s at line %d of:\n%s", name, line, text);
        line++;
    }
    assert_int_equal(line, count);
}

/* H3, H4: what changes behind the checkpoint is the next sync's, what changes ahead is read; nothing twice, nothing skipped. */
static void test_changes_between_kill_and_resume(void **state)
{
    Server *server = need_server(state);
    for (int i = 10; i < 16; i++) {
        g_autofree char *json = g_strdup_printf("{\"_id\":%d,\"name\":\"v1\"}", i);
        put(server, json);
    }
    open_server(server, NULL);
    Fixture *fixture = &server->fixture;
    Stream *stream = (Stream *)fixture_stream(fixture, "things");
    Window window = window_whole();
    bool restarted = false, missing = false;
    Err err = {0};
    g_autoptr(GString) out = g_string_new("");
    Batch *batch = batch_new(stream);
    stream->settings.batch_size = 3;
    assert_true(fixture->source->ops->start(fixture->source, stream, &window, NULL, &restarted, &missing, &err));
    assert_int_equal(fixture->source->ops->read(fixture->source, batch, &err), READ_MORE);
    fixture_print(batch, out);
    assert_string_equal(out->str, "10: 10|v1|~\n11: 11|v1|~\n12: 12|v1|~\n");
    GBytes *position = g_bytes_new(batch->checkpoint, batch->checkpoint_len);
    source_free(fixture->source);
    put(server, "{\"_id\":5,\"name\":\"new behind\"}");
    put(server, "{\"_id\":11,\"name\":\"v2\"}");
    put(server, "{\"_id\":14,\"name\":\"v2\"}");
    put(server, "{\"_id\":\"ahead\",\"name\":\"new\"}");
    int64_t clock = window.clock;
    assert_true(fixture_open(fixture, &err));
    stream->settings.batch_size = 0;
    assert_true(fixture->source->ops->start(fixture->source, stream, &window, position, &restarted, &missing, &err));
    assert_false(restarted);
    assert_int_equal(window.clock, clock);
    batch_reset(batch, stream);
    assert_int_equal(fixture->source->ops->read(fixture->source, batch, &err), READ_END);
    g_string_truncate(out, 0);
    fixture_print(batch, out);
    assert_string_equal(out->str, "13: 13|v1|~\n14: 14|v2|~\n15: 15|v1|~\n\"ahead\": ahead|new|~\n");
    g_bytes_unref(position);
    batch_free(batch);
}

static void test_missing(void **state)
{
    Server *server = need_server(state);
    put(server, "{\"_id\":1}");
    open_server(server, NULL);
    g_autofree char *text = fixture_read(&server->fixture, "absent", window_whole());
    assert_string_equal(text, "missing\n");
}

static void test_missing_database(void **state)
{
    Server *server = need_server(state);
    open_server(server, "tidemark_no_such_database");
    Fixture *fixture = &server->fixture;
    Window window = window_whole();
    bool restarted, missing;
    Err err = {0};
    assert_false(
        fixture->source->ops->start(fixture->source, fixture_stream(fixture, "things"), &window, NULL, &restarted, &missing, &err));
    assert_int_equal(err.code, ERR_SOURCE);
    if (!strstr(err.message, "no such database: tidemark_no_such_database"))
        fail_msg("%s", err.message);
    assert_false(err.transient);
}

static void test_clock_count_newest_lookup(void **state)
{
    Server *server = need_server(state);
    put(server,
        "{\"_id\":1,\"creation_date\":{\"$date\":\"2024-01-01T00:00:00Z\"},\"update_date\":{\"$date\":\"2024-01-05T00:00:00Z\"}}");
    put(server, "{\"_id\":\"a/b\",\"creation_date\":{\"$date\":\"2024-01-02T00:00:00Z\"},\"update_date\":\"later\"}");
    open_server(server, NULL);
    Fixture *fixture = &server->fixture;
    const SourceOps *ops = fixture->source->ops;
    const Stream *stream = fixture_stream(fixture, "things");
    Window whole = window_whole(), since = window_since("2024-01-03T00:00:00Z");
    int64_t now = 0, rows = 0, newest = 0;
    Err err = {0};
    assert_true(ops->clock(fixture->source, &now, &err));
    assert_true(llabs((long long)(now - clock_now_us())) < 3600 * US_PER_SECOND);
    assert_true(ops->count(fixture->source, stream, &whole, &rows, &err));
    assert_int_equal(rows, 2);
    assert_true(ops->count(fixture->source, stream, &since, &rows, &err));
    assert_int_equal(rows, 2);
    assert_true(ops->newest(fixture->source, stream, &newest, &err));
    assert_int_equal(newest, TIME_NONE); /* no index: not worth a scan */
    Batch *batch = batch_new(stream);
    g_autoptr(GString) out = g_string_new("");
    assert_true(ops->lookup(fixture->source, stream, "\"a/b\"", batch, &err));
    fixture_print(batch, out);
    assert_string_equal(out->str, "\"a/b\": a/b|~|~\n");
    batch_free(batch);
}

static void make_index(Server *server, const char *field)
{
    bson_error_t error = {0};
    mongoc_database_t *database = mongoc_client_get_database(server->client, server->name);
    g_autofree char *json =
        g_strdup_printf("{\"createIndexes\":\"things\",\"indexes\":[{\"key\":{\"%s\":1},\"name\":\"%s_1\"}]}", field, field);
    bson_t *command = bson_new_from_json((const uint8_t *)json, -1, NULL);
    if (!mongoc_database_write_command_with_opts(database, command, NULL, NULL, &error))
        fail_msg("%s", error.message);
    bson_destroy(command);
    mongoc_database_destroy(database);
}

static const CheckLine *line_about(const GPtrArray *lines, const char *what)
{
    for (guint i = 0; i < lines->len; i++) {
        const CheckLine *line = g_ptr_array_index(lines, i);
        if (strcmp(line->what, what) == 0)
            return line;
    }
    return NULL;
}

static void test_indexes(void **state)
{
    Server *server = need_server(state);
    g_autoptr(GPtrArray) before = g_ptr_array_new_with_free_func(check_line_free);
    g_autoptr(GPtrArray) after = g_ptr_array_new_with_free_func(check_line_free);
    int64_t newest = 0;
    Err err = {0};
    put(server,
        "{\"_id\":1,\"creation_date\":{\"$date\":\"2024-01-01T00:00:00Z\"},\"update_date\":{\"$date\":\"2024-01-05T00:00:00Z\"}}");
    put(server, "{\"_id\":2,\"creation_date\":true,\"update_date\":\"later\"}");
    open_server(server, NULL);
    Fixture *fixture = &server->fixture;
    const SourceOps *ops = fixture->source->ops;
    assert_true(ops->check(fixture->source, fixture->streams, before, &err));
    assert_non_null(strstr(line_about(before, "collection things")->found, "creation_date and update_date: each sync scans"));
    assert_false(line_about(before, "collection absent")->ok);
    make_index(server, "creation_date");
    make_index(server, "update_date");
    assert_true(ops->check(fixture->source, fixture->streams, after, &err));
    assert_null(line_about(after, "collection things"));
    assert_true(ops->newest(fixture->source, fixture_stream(fixture, "things"), &newest, &err));
    char iso[40];
    time_format_iso(newest, iso);
    assert_string_equal(iso, "2024-01-05T00:00:00Z");
}

/* ---- a server that accepts and never answers ---- */

typedef struct Hole {
    int listener;
    int port;
    int accepted;
} Hole;

static void hole_open(Hole *hole)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    hole->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(hole->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(hole->listener, 8), 0);
    assert_int_equal(getsockname(hole->listener, (struct sockaddr *)&address, &len), 0);
    hole->port = ntohs(address.sin_port);
}

typedef struct Opening {
    Fixture *fixture;
    Source *source;
    Err err;
    bool opened;
} Opening;

static void *open_thread(void *data)
{
    Opening *opening = data;
    opening->opened = opening->source->ops->open(opening->source, &opening->err);
    return NULL;
}

/* Promise 8: the connection is up, the server is silent; interrupt() ends the wait. */
static void test_interrupt_of_a_silent_server(void **state)
{
    (void)state;
    Hole hole;
    Fixture fixture;
    pthread_t thread;
    hole_open(&hole);
    g_autofree char *url = g_strdup_printf("mongodb://127.0.0.1:%d/x", hole.port);
    fixture_new(&fixture, schema, url, NULL);
    Opening opening = {.fixture = &fixture, .source = source_new(source_find("mongodb"), &fixture.context)};
    assert_int_equal(pthread_create(&thread, NULL, open_thread, &opening), 0);
    hole.accepted = accept(hole.listener, NULL, NULL);
    assert_true(hole.accepted >= 0);
    char byte;
    assert_int_equal(recv(hole.accepted, &byte, 1, 0), 1); /* it has asked and is waiting now */
    int64_t before = clock_mono_ms();
    opening.source->ops->interrupt(opening.source);
    pthread_join(thread, NULL);
    assert_true(clock_mono_ms() - before < 2000);
    assert_false(opening.opened);
    assert_int_equal(opening.err.code, ERR_CANCELLED);
    source_free(opening.source);
    close(hole.accepted);
    close(hole.listener);
    fixture_free(&fixture);
}

static void test_unreachable(void **state)
{
    (void)state;
    Hole hole;
    Fixture fixture;
    Err err;
    hole_open(&hole);
    close(hole.listener); /* nobody listens there now */
    g_autofree char *url = g_strdup_printf("mongodb://user:hidden-canary@127.0.0.1:%d/x?connectTimeoutMS=500", hole.port);
    fixture_new(&fixture, schema, url, NULL);
    assert_false(fixture_open(&fixture, &err));
    assert_int_equal(err.code, ERR_UNREACHABLE);
    assert_true(err.transient);
    assert_null(strstr(err.message, "hidden-canary"));
    fixture_free(&fixture);
}

static void test_bad_url(void **state)
{
    (void)state;
    Fixture fixture;
    Err err;
    fixture_new(&fixture, schema, "http://user:hidden-canary@127.0.0.1/x", NULL);
    assert_false(fixture_open(&fixture, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_null(strstr(err.message, "hidden-canary"));
    fixture_free(&fixture);
}

/* ---- a relay that drops every connection after some bytes: the server goes away in the middle of an answer ---- */

typedef struct Relay {
    int listener, port;
    struct sockaddr_in server;
    int drops_left;    /* connections that are cut */
    int cut_after;     /* bytes from the server */
    atomic_int client; /* the connection it serves */
    pthread_t thread;
} Relay;

static void pump(int client, int server, int cut_after)
{
    char bytes[4096];
    for (int passed = 0;;) {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(client, &set);
        FD_SET(server, &set);
        if (select(MAX(client, server) + 1, &set, NULL, NULL, NULL) < 0)
            return;
        int from = FD_ISSET(client, &set) ? client : server;
        ssize_t got = recv(from, bytes, sizeof bytes, 0);
        if (got <= 0 || send(from == client ? server : client, bytes, (size_t)got, MSG_NOSIGNAL) != got)
            return;
        passed += from == server ? (int)got : 0;
        if (cut_after > 0 && passed > cut_after)
            return;
    }
}

static void *relay_thread(void *data)
{
    Relay *relay = data;
    for (int client; (client = accept(relay->listener, NULL, NULL)) >= 0;) {
        int server = socket(AF_INET, SOCK_STREAM, 0);
        atomic_store(&relay->client, client);
        if (connect(server, (struct sockaddr *)&relay->server, sizeof relay->server) == 0)
            pump(client, server, relay->drops_left-- > 0 ? relay->cut_after : 0);
        close(server);
        close(client);
    }
    return NULL;
}

static void relay_start(Relay *relay, const Server *server)
{
    const mongoc_host_list_t *host = mongoc_uri_get_hosts(mongoc_client_get_uri(server->client));
    relay->server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(host->port)};
    assert_int_equal(inet_pton(AF_INET, "127.0.0.1", &relay->server.sin_addr), 1);
    assert_int_equal(pthread_create(&relay->thread, NULL, relay_thread, relay), 0);
}

static void count_phase(void *data, const char *text)
{
    if (strncmp(text, "retry ", 6) == 0)
        (*(int *)data)++;
}

/* H53: the cursor is opened again behind the last document read; nothing is lost or read twice. */
static void test_connection_lost_while_reading(void **state)
{
    Server *server = need_server(state);
    Hole hole;
    Err err = {0};
    int retries = 0;
    hole_open(&hole);
    for (int i = 0; i < 2500; i++) {
        bson_t document = BSON_INITIALIZER;
        char name[200];
        memset(name, 'x', sizeof name);
        BSON_APPEND_INT32(&document, "_id", i);
        bson_append_utf8(&document, "name", 4, name, sizeof name);
        assert_true(mongoc_collection_insert_one(server->things, &document, NULL, NULL, NULL));
        bson_destroy(&document);
    }
    Relay relay = {.listener = hole.listener, .drops_left = 2, .cut_after = 300000};
    relay_start(&relay, server);
    g_autofree char *url = g_strdup_printf("mongodb://127.0.0.1:%d/", hole.port);
    Fixture *fixture = &server->fixture;
    fixture_new(fixture, schema, url, server->name);
    fixture->context.phase = count_phase;
    fixture->context.phase_data = &retries;
    assert_true(fixture_open(fixture, &err));
    g_autofree char *text = fixture_read(fixture, "things", window_whole());
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    assert_int_equal(g_strv_length(lines), 2501);
    for (int i = 0; i < 2500; i++)
        assert_int_equal(atoi(lines[i]), i);
    assert_true(retries >= 1);
    source_free(fixture->source);
    fixture->source = NULL;
    shutdown(hole.listener, SHUT_RDWR);
    pthread_join(relay.thread, NULL);
    close(hole.listener);
}

/* When the client looks at the server it knows, the connection is gone and no new one is to be had: libmongoc 1.23 would wait for itself. */
static void test_server_gone_between_questions(void **state)
{
    Server *server = need_server(state);
    Hole hole;
    Err err = {0};
    int64_t now = 0;
    hole_open(&hole);
    Relay relay = {.listener = hole.listener};
    relay_start(&relay, server);
    g_autofree char *url = g_strdup_printf("mongodb://127.0.0.1:%d/?heartbeatFrequencyMS=500", hole.port);
    Fixture *fixture = &server->fixture;
    put(server, "{\"_id\":1}");
    fixture_new(fixture, schema, url, server->name);
    assert_true(fixture_open(fixture, &err));
    assert_true(fixture->source->ops->clock(fixture->source, &now, &err));
    shutdown(hole.listener, SHUT_RDWR);
    shutdown(atomic_load(&relay.client), SHUT_RDWR);
    pthread_join(relay.thread, NULL);
    close(hole.listener);
    poll(NULL, 0, 700); /* until what it knows of the server is too old */
    alarm(60);          /* instead of waiting for ever */
    assert_false(fixture->source->ops->clock(fixture->source, &now, &err));
    alarm(0);
    if (!err.transient)
        fail_msg("%s", err.message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_in_id_order, make, drop),
        cmocka_unit_test_setup_teardown(test_windows, make, drop),
        cmocka_unit_test_setup_teardown(test_resume_across_types, make, drop),
        cmocka_unit_test_setup_teardown(test_changes_between_kill_and_resume, make, drop),
        cmocka_unit_test_setup_teardown(test_missing, make, drop),
        cmocka_unit_test_setup_teardown(test_missing_database, make, drop),
        cmocka_unit_test_setup_teardown(test_clock_count_newest_lookup, make, drop),
        cmocka_unit_test_setup_teardown(test_indexes, make, drop),
        cmocka_unit_test_setup_teardown(test_connection_lost_while_reading, make, drop),
        cmocka_unit_test_setup_teardown(test_server_gone_between_questions, make, drop),
        cmocka_unit_test(test_interrupt_of_a_silent_server),
        cmocka_unit_test(test_unreachable),
        cmocka_unit_test(test_bad_url),
    };
    mongoc_init();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    mongoc_cleanup();
    return failed;
}
