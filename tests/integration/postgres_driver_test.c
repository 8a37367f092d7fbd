/* SPDX-License-Identifier: Apache-2.0 */
/* Needs TIDEMARK_TEST_POSTGRES_URL, the URL of a superuser; TIDEMARK_TEST_POSTGRES_DIR says that the server is ours and may be stopped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/integration/driver_checks.h"

typedef struct Base {
    char *name; /* of this test's own database */
    char *url;
    DestinationConfig admin, config;
    Destination *d;
} Base;

static const char *server_url;
static int bases;

/* The server's URL with another database in its path. */
static char *url_of(const char *database)
{
    const char *query = strchr(server_url, '?');
    size_t len = query ? (size_t)(query - server_url) : strlen(server_url);
    g_autofree char *base = g_strndup(server_url, len);
    char *slash = strrchr(base, '/');
    if (slash && slash > strstr(base, "//") + 1)
        *slash = '\0';
    return g_strdup_printf("%s/%s%s", base, database, query ? query : "");
}

static void on_server(const Base *base, const char *format)
{
    g_autofree char *sql = g_strdup_printf("%s %s%s", format, base->name, g_str_has_prefix(format, "DROP") ? " WITH (FORCE)" : "");
    Destination *admin = open_or_fail(&base->admin);
    exec_or_fail(admin, sql);
    destination_close(admin);
}

static int set_up(void **state)
{
    Base *base = g_new0(Base, 1);
    base->name = g_strdup_printf("tm_driver_%d_%d", (int)getpid(), bases++);
    base->url = url_of(base->name);
    base->admin = (DestinationConfig){.kind = (char *)"postgres", .url = (char *)server_url, .display = (char *)"test"};
    base->config = (DestinationConfig){.kind = (char *)"postgres", .url = base->url, .display = (char *)"test"};
    on_server(base, "CREATE DATABASE");
    base->d = open_or_fail(&base->config);
    *state = base;
    return 0;
}

static int tear_down(void **state)
{
    Base *base = *state;
    destination_close(base->d);
    on_server(base, "DROP DATABASE");
    g_free(base->name);
    g_free(base->url);
    g_free(base);
    return 0;
}

static void values_by_binary_copy(void **state)
{
    Base *base = *state;
    check_values(base->d, false);
}

static void values_by_text_copy(void **state)
{
    Base *base = *state;
    check_values(base->d, true);
}

static void row_json_round_trip(void **state)
{
    Base *base = *state;
    check_row_json(base->d);
}

static void copy_is_all_or_none(void **state)
{
    Base *base = *state;
    check_copy_is_atomic(base->d);
}

static void h36_constraints_have_sqlstates(void **state)
{
    Base *base = *state;
    check_constraint_states(base->d);
}

static void parameters_are_bound(void **state)
{
    Base *base = *state;
    check_parameters(base->d);
}

static void h27_catalogue_with_odd_names(void **state)
{
    Base *base = *state;
    check_describe(base->d, NULL);
    check_describe_missing(base->d);
}

/* H25: a table of the same name in another schema must not be taken for ours. */
static void h25_schema_is_resolved(void **state)
{
    Base *base = *state;
    LiveTable *live = NULL;
    Err err = {0};
    exec_or_fail(base->d,
                 "CREATE SCHEMA \"Odd \"\"schema\"; CREATE SCHEMA other; CREATE TABLE \"Odd \"\"schema\".users (a integer); "
                 "CREATE TABLE other.users (a integer, b integer); CREATE TABLE other.visible (c date)");
    assert_true(base->d->ops->describe(base->d, "Odd \"schema", "users", &live, &err));
    assert_int_equal(live->columns->len, 1);
    live_table_free(live);
    assert_true(base->d->ops->describe(base->d, NULL, "users", &live, &err));
    assert_false(live->exists);
    assert_string_equal(live->schema, "public");
    live_table_free(live);
    exec_or_fail(base->d, "SET search_path = other, public");
    assert_true(base->d->ops->describe(base->d, NULL, "users", &live, &err));
    assert_true(live->exists);
    assert_string_equal(live->schema, "other");
    assert_int_equal(live->columns->len, 2);
    live_table_free(live);
}

static void promise7_locks_exclude_each_other(void **state)
{
    Base *base = *state;
    check_locks(&base->config);
}

static void promise8_interrupt_is_prompt(void **state)
{
    Base *base = *state;
    check_interrupt(base->d, "SELECT pg_sleep(60)");
    check_interrupt_between(base->d);
    check_interrupt_in_copy(base->d);
}

/* ---- a hung and a vanished server ---- */

typedef struct Hung {
    Destination *d;
    Destination *watcher; /* sees when the statement runs */
    pid_t backend, postmaster;
    int64_t interrupted_at;
} Hung;

static pid_t number_of(Destination *d, const char *sql)
{
    g_autofree char *text = ask(d, sql, NULL);
    return (pid_t)g_ascii_strtoll(text, NULL, 10);
}

static void await_state(Hung *hung, const char *condition)
{
    g_autofree char *sql =
        g_strdup_printf("SELECT count(*) FROM pg_stat_activity WHERE pid = %d AND %s", (int)hung->backend, condition);
    int64_t deadline = clock_mono_ms() + 10000;
    while (number_of(hung->watcher, sql) == 0)
        if (clock_mono_ms() > deadline)
            fail_msg("the statement never ran");
}

static void *stop_and_interrupt(void *data)
{
    Hung *hung = data;
    await_state(hung, "state = 'active'");
    kill(hung->postmaster, SIGSTOP);
    kill(hung->backend, SIGSTOP);
    hung->interrupted_at = clock_mono_ms();
    destination_interrupt(hung->d);
    return NULL;
}

static void promise8_interrupt_of_a_hung_server(void **state)
{
    Base *base = *state;
    if (!getenv("TIDEMARK_TEST_POSTGRES_DIR"))
        skip();
    Hung hung = {.d = open_or_fail(&base->config), .watcher = base->d};
    hung.backend = number_of(hung.d, "SELECT pg_backend_pid()");
    hung.postmaster = number_of(hung.d, "SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)");
    pthread_t thread;
    DbRows rows;
    Err err = {0};
    assert_int_equal(pthread_create(&thread, NULL, stop_and_interrupt, &hung), 0);
    bool ok = hung.d->ops->query(hung.d, "SELECT pg_sleep(60)", 0, NULL, &rows, &err);
    int64_t answered = clock_mono_ms();
    pthread_join(thread, NULL);
    int64_t start = clock_mono_ms();
    Err again = {0};
    bool works = db_exec(hung.d, &again, "SELECT 1");
    destination_close(hung.d);
    int64_t closed = clock_mono_ms();
    kill(hung.backend, SIGCONT);
    kill(hung.postmaster, SIGCONT);
    assert_false(ok);
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_true(answered - hung.interrupted_at < 2000);
    assert_false(works);
    assert_int_equal(again.code, ERR_UNREACHABLE);
    assert_true(closed - start < 1000);
}

static void *interrupt_when_running(void *data)
{
    Hung *hung = data;
    await_state(hung, "state = 'active'");
    destination_interrupt(hung->d);
    return NULL;
}

static void *interrupt_when_stalled(void *data)
{
    Hung *hung = data;
    await_state(hung, "wait_event = 'PgSleep'");
    hung->interrupted_at = clock_mono_ms();
    destination_interrupt(hung->d);
    return NULL;
}

/* The statement is known to run when the request comes, unlike in promise8_interrupt_is_prompt. */
static void promise8_interrupt_reaches_the_server(void **state)
{
    Base *base = *state;
    Hung hung = {.d = open_or_fail(&base->config), .watcher = base->d};
    hung.backend = number_of(hung.d, "SELECT pg_backend_pid()");
    pthread_t thread;
    DbRows rows;
    Err err = {0};
    exec_or_fail(hung.d, "BEGIN");
    assert_int_equal(pthread_create(&thread, NULL, interrupt_when_running, &hung), 0);
    int64_t start = clock_mono_ms();
    assert_false(hung.d->ops->query(hung.d, "SELECT pg_sleep(60)", 0, NULL, &rows, &err));
    assert_true(clock_mono_ms() - start < 12000);
    pthread_join(thread, NULL);
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_string_equal(err.native, "57014");
    exec_or_fail(hung.d, "ROLLBACK");
    g_autofree char *one = ask(hung.d, "SELECT 1", NULL);
    assert_string_equal(one, "1");
    destination_close(hung.d);
}

static void a_lost_connection_is_transient(void **state)
{
    Base *base = *state;
    Destination *victim = open_or_fail(&base->config);
    g_autofree char *pid = ask(victim, "SELECT pg_backend_pid()", NULL);
    g_autofree char *gone = ask(base->d, "SELECT pg_terminate_backend($1::int, 5000)", pid);
    assert_string_equal(gone, "t");
    Err err = {0};
    assert_false(db_exec(victim, &err, "SELECT 1"));
    assert_int_equal(err.code, ERR_UNREACHABLE);
    assert_true(err.transient);
    Err again = {0};
    assert_false(db_exec(victim, &again, "SELECT 1"));
    assert_int_equal(again.code, ERR_UNREACHABLE);
    destination_close(victim);
}

static void nobody_listening_is_transient(void **state)
{
    (void)state;
    DestinationConfig config = {
        .kind = (char *)"postgres", .url = (char *)"postgresql://u@127.0.0.1:1/x", .display = (char *)"nobody"};
    Err err = {0};
    assert_null(destination_open(&config, &err));
    assert_int_equal(err.code, ERR_UNREACHABLE);
    assert_true(err.transient);
}

/* A listener that accepts and stays silent: only the interrupt ends the attempt. */
static int silent_listener(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_not_equal(fd, -1);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

typedef struct Attempt {
    Destination *d;
    int listener;
} Attempt;

static void *interrupt_accepted(void *data)
{
    Attempt *attempt = data;
    int fd = accept(attempt->listener, NULL, NULL); /* the attempt is under way */
    destination_interrupt(attempt->d);
    close(fd);
    return NULL;
}

static void promise8_connecting_can_be_interrupted(void **state)
{
    (void)state;
    int port;
    Attempt attempt = {.listener = silent_listener(&port)};
    g_autofree char *url = g_strdup_printf("postgresql://u@127.0.0.1:%d/x?sslmode=disable", port);
    DestinationConfig config = {.kind = (char *)"postgres", .url = url, .display = (char *)"silent"};
    Err err = {0};
    pthread_t thread;
    attempt.d = destination_new(&config, &err);
    assert_non_null(attempt.d);
    assert_int_equal(pthread_create(&thread, NULL, interrupt_accepted, &attempt), 0);
    bool ok = destination_connect(attempt.d, &err);
    pthread_join(thread, NULL);
    destination_close(attempt.d);
    close(attempt.listener);
    assert_false(ok);
    assert_true(err.code == ERR_CANCELLED || err.code == ERR_UNREACHABLE); /* the close may be seen first */
}

/* ---- secrets and values ---- */

static void promise9_error_texts_hold_no_values(void **state)
{
    Base *base = *state;
    static const char *const statements[] = {
        "SELECT $1::integer",  "SELECT $1::text::date", "SELECT (('{\"a\":' || $1::text)::json)", "INSERT INTO guarded VALUES ($1)",
        "SELECT raise_it($1)",
    };
    exec_or_fail(base->d, "CREATE TABLE guarded (email varchar(3));"
                          "CREATE FUNCTION raise_it(text) RETURNS void LANGUAGE plpgsql AS "
                          "$$ BEGIN RAISE EXCEPTION 'no % here', $1 USING DETAIL = $1, HINT = $1; END $$");
    const char *params[] = {CANARY};
    for (size_t i = 0; i < G_N_ELEMENTS(statements); i++) {
        Err err = {0};
        assert_false(base->d->ops->exec(base->d, statements[i], 1, params, NULL, &err));
        assert_int_equal(err.code, ERR_DEST);
        assert_null(strstr(err.message, "canary"));
        assert_null(strstr(err.hint, "canary"));
        assert_true(err.native[0] != '\0');
    }
}

static void promise9_passwords_stay_secret(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "postgresql://u:sesame-canary@127.0.0.1:1/x",
        "postgresql://u:sesame-canary%zz@127.0.0.1:1/x",
        "postgresql://u:sesame-canary@127.0.0.1:1/x?schema=public",
        "postgresql://u@127.0.0.1:1/x?password=sesame-canary&sslmode=nonsense",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(urls); i++) {
        DestinationConfig config = {.kind = (char *)"postgres", .url = (char *)urls[i], .display = (char *)"d"};
        Err err = {0};
        assert_null(destination_open(&config, &err));
        assert_null(strstr(err.message, "sesame"));
        assert_null(strstr(err.hint, "sesame"));
        assert_true(err.message[0] != '\0');
    }
}

/* Same size, wrong type is accepted by the server in silence; a different size is an error of the protocol, not of the line. */
static void copy_into_a_drifted_column_fails(void **state)
{
    Base *base = *state;
    Stream *stream = wide_stream(NULL, "drift", false);
    create_table(base->d, stream, "drift", false);
    exec_or_fail(base->d, "ALTER TABLE drift ALTER c_int4 TYPE bigint");
    Batch *batch = batch_new(stream);
    Row *row = batch_row(batch, "1", 1, 0, -1);
    for (int i = 0; i < stream->table->column_count; i++)
        row->values[i].state = stream->mapped[i] ? VALUE_NULL : VALUE_ABSENT;
    row->values[4] = (Value){.state = VALUE_SET, .i = 1};
    CopyTarget target = {.stream = stream, .table = "drift"};
    Err err = {0};
    exec_or_fail(base->d, "BEGIN");
    assert_false(base->d->ops->copy(base->d, &target, &batch, 1, &err));
    assert_string_equal(err.native, "08P01");
    assert_int_equal(err.code, ERR_DEST);
    assert_false(err.transient);
    exec_or_fail(base->d, "ROLLBACK");
    batch_free(batch);
    stream_free(stream);
}

#define LARGE_TEXT (3 * 1024 * 1024)

/* Five rows of 3 MiB each; *text is freed by the caller. */
static Batch *large_batch(const Stream *stream, char **text)
{
    Batch *batch = batch_new(stream);
    *text = g_malloc(LARGE_TEXT);
    memset(*text, 'x', LARGE_TEXT);
    for (int n = 0; n < 5; n++) {
        Row *row = batch_row(batch, "k", 1, 0, -1);
        for (int i = 0; i < stream->table->column_count; i++)
            row->values[i].state = stream->mapped[i] ? VALUE_NULL : VALUE_ABSENT;
        row->values[2] = (Value){.state = VALUE_SET, .len = LARGE_TEXT, .bytes = *text};
    }
    return batch;
}

static void a_large_copy_is_sent_in_pieces(void **state)
{
    Base *base = *state;
    Stream *stream = wide_stream(NULL, "large", false);
    char *text;
    create_table(base->d, stream, "large", false);
    Batch *batch = large_batch(stream, &text);
    CopyTarget target = {.stream = stream, .table = "large"};
    Batch *const batches[] = {batch, batch};
    Err err = {0};
    exec_or_fail(base->d, "BEGIN");
    assert_true(base->d->ops->copy(base->d, &target, batches, 2, &err));
    exec_or_fail(base->d, "COMMIT");
    g_autofree char *sum = ask(base->d, "SELECT sum(length(\"a\"\"b\")) FROM large", NULL);
    assert_string_equal(sum, "31457280");
    g_free(text);
    batch_free(batch);
    stream_free(stream);
}

/* A trigger keeps the server from reading on, so that our side of the connection fills up in the middle of the rows. */
static void promise8_interrupt_of_a_copy_under_way(void **state)
{
    Base *base = *state;
    Hung hung = {.d = open_or_fail(&base->config), .watcher = base->d};
    Stream *stream = wide_stream(NULL, "large", false);
    char *text;
    create_table(base->d, stream, "large", false);
    exec_or_fail(base->d,
                 "CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;"
                 "CREATE TRIGGER stall BEFORE INSERT ON large FOR EACH ROW EXECUTE FUNCTION stall()");
    Batch *batch = large_batch(stream, &text);
    hung.backend = number_of(hung.d, "SELECT pg_backend_pid()");
    CopyTarget target = {.stream = stream, .table = "large"};
    Err err = {0};
    pthread_t thread;
    exec_or_fail(hung.d, "BEGIN");
    assert_int_equal(pthread_create(&thread, NULL, interrupt_when_stalled, &hung), 0);
    assert_false(hung.d->ops->copy(hung.d, &target, &batch, 1, &err));
    int64_t ended = clock_mono_ms();
    pthread_join(thread, NULL);
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_true(ended - hung.interrupted_at < 2000);
    exec_or_fail(hung.d, "ROLLBACK");
    g_autofree char *count = ask(hung.d, "SELECT count(*) FROM large", NULL);
    assert_string_equal(count, "0");
    destination_close(hung.d);
    g_free(text);
    batch_free(batch);
    stream_free(stream);
}

/* Without a pooler at hand, `pooled` shows that no session state is relied on. */
static void promise7_pooled_settings_live_in_transactions(void **state)
{
    Base *base = *state;
    OptionValues *options = options_new(base->d->ops->options);
    Err err = {0};
    assert_true(options_set(options, "pooled", "true", &err));
    DestinationConfig config = base->config;
    config.options = options;
    exec_or_fail(base->d, "ALTER ROLE CURRENT_USER SET TimeZone = 'Asia/Tokyo'");
    Destination *pooled = open_or_fail(&config);
    exec_or_fail(base->d, "ALTER ROLE CURRENT_USER RESET TimeZone");
    assert_true(pooled->pooled);
    assert_false(base->d->pooled);
    g_autofree char *alone = ask(pooled, "SHOW TimeZone", NULL);
    assert_string_equal(alone, "UTC");
    exec_or_fail(pooled, "BEGIN");
    g_autofree char *inside = ask(pooled, "SHOW TimeZone", NULL);
    assert_string_equal(inside, "UTC");
    exec_or_fail(pooled, "COMMIT");
    assert_true(pooled->ops->lock(pooled, "app.users", &err));
    g_autofree char *locks = ask(base->d, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", NULL);
    assert_string_equal(locks, "0");
    LiveTable *live = NULL;
    assert_true(pooled->ops->describe(pooled, NULL, "nothing", &live, &err));
    live_table_free(live);
    g_autofree char *prepared = ask(pooled, "SELECT count(*) FROM pg_prepared_statements", NULL);
    assert_string_equal(prepared, "0");
    destination_close(pooled);
    options_free(options);
}

static void *interrupt_the_sleeper(void *data)
{
    Hung *hung = data;
    int64_t deadline = clock_mono_ms() + 10000;
    while (number_of(hung->watcher,
                     "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(59)%'") == 0)
        if (clock_mono_ms() > deadline)
            fail_msg("the statement never ran");
    hung->interrupted_at = clock_mono_ms();
    destination_interrupt(hung->d);
    return NULL;
}

/* With TIDEMARK_TEST_POOLED_URL, a pgbouncer in front of any server: what the test above only claims. The interrupt waits until the server is at
 * work: a pooler may let it overtake the statement, and then the connection is given up instead. */
static void promise7_a_pooler_is_found_out(void **state)
{
    Base *base = *state;
    const char *url = getenv("TIDEMARK_TEST_POOLED_URL");
    if (!url)
        skip();
    DestinationConfig config = {.kind = (char *)"postgres", .url = (char *)url, .display = (char *)"pooled"};
    Hung hung = {.d = open_or_fail(&config), .watcher = base->d};
    assert_true(hung.d->pooled);
    pthread_t thread;
    DbRows rows;
    Err err = {0};
    exec_or_fail(hung.d, "BEGIN");
    assert_int_equal(pthread_create(&thread, NULL, interrupt_the_sleeper, &hung), 0);
    assert_false(hung.d->ops->query(hung.d, "SELECT pg_sleep(59)", 0, NULL, &rows, &err));
    pthread_join(thread, NULL);
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_true(clock_mono_ms() - hung.interrupted_at < 2000);
    exec_or_fail(hung.d, "ROLLBACK");
    destination_clear_interrupt(hung.d);
    g_autofree char *zone = ask(hung.d, "SHOW TimeZone", NULL);
    assert_string_equal(zone, "UTC");
    destination_close(hung.d);
}

static void h31_session_is_in_utc(void **state)
{
    Base *base = *state;
    g_autofree char *zone = ask(base->d, "SHOW TimeZone", NULL);
    g_autofree char *name = ask(base->d, "SHOW application_name", NULL);
    g_autofree char *encoding = ask(base->d, "SHOW client_encoding", NULL);
    g_autofree char *interval = ask(base->d, "SELECT current_setting('client_connection_check_interval', true)", NULL);
    assert_string_equal(zone, "UTC");
    assert_string_equal(name, "tidemark");
    assert_string_equal(encoding, "UTF8");
    if (interval)
        assert_string_equal(interval, "2s");
    assert_string_equal(base->d->control, "\"tidemark\".");
    assert_non_null(strstr(base->d->ops->server_version(base->d), "PostgreSQL "));
}

int main(void)
{
    server_url = getenv("TIDEMARK_TEST_POSTGRES_URL");
    if (!server_url) {
        printf("1..0 # SKIP TIDEMARK_TEST_POSTGRES_URL is not set\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_by_binary_copy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_by_text_copy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(row_json_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(copy_is_all_or_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(h36_constraints_have_sqlstates, set_up, tear_down),
        cmocka_unit_test_setup_teardown(parameters_are_bound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(h27_catalogue_with_odd_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(h25_schema_is_resolved, set_up, tear_down),
        cmocka_unit_test_setup_teardown(promise7_locks_exclude_each_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(promise7_pooled_settings_live_in_transactions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(promise7_a_pooler_is_found_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(promise8_interrupt_is_prompt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(promise8_interrupt_reaches_the_server, set_up, tear_down),
        cmocka_unit_test_setup_teardown(promise8_interrupt_of_a_hung_server, set_up, tear_down),
        cmocka_unit_test_setup_teardown(promise8_interrupt_of_a_copy_under_way, set_up, tear_down),
        cmocka_unit_test(promise8_connecting_can_be_interrupted),
        cmocka_unit_test_setup_teardown(a_lost_connection_is_transient, set_up, tear_down),
        cmocka_unit_test(nobody_listening_is_transient),
        cmocka_unit_test_setup_teardown(promise9_error_texts_hold_no_values, set_up, tear_down),
        cmocka_unit_test(promise9_passwords_stay_secret),
        cmocka_unit_test_setup_teardown(copy_into_a_drifted_column_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_large_copy_is_sent_in_pieces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(h31_session_is_in_utc, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
