/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "model/time.h"
#include "tests/integration/driver_checks.h"

/* ---- helpers ---- */

Destination *open_or_fail(const DestinationConfig *config)
{
    Err err = {0};
    Destination *d = destination_open(config, &err);
    if (!d)
        fail_msg("open: %s", err.message);
    return d;
}

void exec_or_fail(Destination *d, const char *sql)
{
    Err err = {0};
    if (!db_exec(d, &err, sql))
        fail_msg("%s: %s", sql, err.message);
}

char *ask(Destination *d, const char *sql, const char *param)
{
    Err err = {0};
    DbRows rows;
    if (!d->ops->query(d, sql, param ? 1 : 0, &param, &rows, &err))
        fail_msg("%s: %s", sql, err.message);
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.columns, 1);
    char *cell = g_strdup(db_cell(&rows, 0, 0));
    db_rows_clear(&rows);
    return cell;
}

void assert_answer(Destination *d, const char *sql, const char *expected)
{
    g_autofree char *found = ask(d, sql, NULL);
    if (g_strcmp0(found, expected) != 0)
        fail_msg("%s: expected %s, found %s", sql, expected ? expected : "NULL", found ? found : "NULL");
}

/* ---- errors ---- */

static void assert_discreet(const Destination *d, const Err *err)
{
    assert_null(strstr(err->message, "canary"));
    assert_null(strstr(err->hint, "canary"));
    assert_null(strstr(d->diag.constraint, "canary"));
    assert_null(strstr(d->diag.column, "canary"));
}

static Stream *mail_stream(void)
{
    Stream *stream = g_new0(Stream, 1);
    Err err = {0};
    stream->table = table_new(NULL, "mails", 1);
    stream->table->columns[0].name = g_strdup("email");
    assert_true(type_parse("text", &stream->table->columns[0].type, &err));
    stream->mapped = g_new0(bool, 1);
    stream->mapped[0] = true;
    return stream;
}

static void add_mail(Batch *batch, const char *email)
{
    Row *row = batch_row(batch, email, strlen(email), TIME_NONE, -1);
    row->values[0] = (Value){.state = VALUE_SET, .len = (uint32_t)strlen(email), .bytes = email};
}

void check_copy_is_atomic(Destination *d)
{
    Stream *stream = mail_stream();
    exec_or_fail(d, "CREATE TABLE mails (email text NOT NULL UNIQUE)");
    Batch *batch = batch_new(stream);
    add_mail(batch, "first@example.org");
    add_mail(batch, CANARY);
    add_mail(batch, CANARY);
    Err err = {0};
    CopyTarget target = {.stream = stream, .table = "mails"};
    exec_or_fail(d, d->ops->dialect->begin_write);
    exec_or_fail(d, "SAVEPOINT outer_point");
    assert_false(d->ops->copy(d, &target, &batch, 1, &err));
    assert_string_equal(err.native, "23505");
    assert_int_equal(err.code, ERR_DEST);
    assert_false(err.transient);
    assert_string_equal(d->diag.table, "mails");
    assert_discreet(d, &err);
    exec_or_fail(d, "ROLLBACK TO outer_point");
    exec_or_fail(d, "RELEASE outer_point");
    assert_answer(d, "SELECT count(*) FROM mails", "0");
    exec_or_fail(d, "COMMIT");
    batch_free(batch);
    stream_free(stream);
}

static void assert_state(Destination *d, const char *sql, const char *param, const char *sqlstate)
{
    Err err = {0};
    assert_false(d->ops->exec(d, sql, 1, &param, NULL, &err));
    if (!g_str_equal(err.native, sqlstate))
        fail_msg("%s: expected SQLSTATE %s, found %s (%s)", sql, sqlstate, err.native, err.message);
    assert_discreet(d, &err);
}

void check_constraint_states(Destination *d)
{
    exec_or_fail(d, "CREATE TABLE parents (id text PRIMARY KEY)");
    exec_or_fail(d, "CREATE TABLE children (id text PRIMARY KEY, parent text REFERENCES parents (id), name text NOT NULL, "
                    "size integer CONSTRAINT small_size CHECK (size < 10))");
    exec_or_fail(d, "INSERT INTO parents VALUES ('" CANARY "')");
    assert_state(d, "INSERT INTO parents VALUES ($1)", CANARY, "23505");
    assert_state(d, "INSERT INTO children (id, parent, name) VALUES ('1', $1, 'x')", "canary.unknown", "23503");
    assert_state(d, "INSERT INTO children (id) VALUES ($1)", CANARY, "23502");
    assert_string_equal(d->diag.table, "children");
    assert_string_equal(d->diag.column, "name");
    assert_state(d, "INSERT INTO children (id, name, size) VALUES ($1, 'x', 12)", CANARY, "23514");
    assert_string_equal(d->diag.constraint, "small_size");
    assert_answer(d, "SELECT count(*) FROM children", "0");
}

void check_parameters(Destination *d)
{
    Err err = {0};
    int64_t changed = -1;
    exec_or_fail(d, "CREATE TABLE pairs (a integer, b text); CREATE TABLE more (a integer)");
    assert_true(db_execf(d, &err, &changed, "INSERT INTO pairs VALUES ($1, $2)", 2, "1", "it's \"so\""));
    assert_int_equal(changed, 1);
    assert_true(db_execf(d, &err, &changed, "INSERT INTO pairs VALUES ($2, $1)", 2, NULL, "2"));
    assert_answer(d, "SELECT b FROM pairs WHERE a = 1", "it's \"so\"");
    assert_answer(d, "SELECT b FROM pairs WHERE a = 2", NULL);
    assert_true(db_execf(d, &err, &changed, "UPDATE pairs SET b = $1", 1, "x"));
    assert_int_equal(changed, 2);
    assert_true(d->ops->exec(d, "DELETE FROM pairs WHERE a > 5", 0, NULL, &changed, &err));
    assert_int_equal(changed, 0);
    DbRows rows;
    assert_true(d->ops->query(d, "SELECT a, b FROM pairs WHERE a > 99", 0, NULL, &rows, &err));
    assert_int_equal(rows.count, 0);
    db_rows_clear(&rows);
    assert_false(db_exec(d, &err, "SELECT nonsense FROM nowhere"));
    assert_int_equal(err.code, ERR_DEST);
    assert_answer(d, "SELECT count(*) FROM pairs", "2");
}

/* ---- the catalogue ---- */

static const LiveKey *find_key(const LiveTable *table, bool primary, bool unique)
{
    for (guint i = 0; i < table->keys->len; i++) {
        const LiveKey *key = g_ptr_array_index(table->keys, i);
        if (key->primary == primary && key->unique == unique)
            return key;
    }
    fail_msg("no key with primary %d and unique %d", primary, unique);
    return NULL;
}

static const char *key_column(const LiveKey *key, guint i)
{
    assert_true(i < key->columns->len);
    return g_ptr_array_index(key->columns, i);
}

static LiveTable *describe_or_fail(Destination *d, const char *schema, const char *table)
{
    Err err = {0};
    LiveTable *live = NULL;
    if (!d->ops->describe(d, schema, table, &live, &err))
        fail_msg("describe %s: %s", table, err.message);
    return live;
}

static void check_types(Destination *d)
{
    Stream *stream = wide_stream(NULL, "Robert\"); --", true);
    g_autoptr(GString) name = g_string_new(NULL);
    db_quote(name, stream->table->name);
    create_table(d, stream, name->str, false);
    LiveTable *live = describe_or_fail(d, NULL, stream->table->name);
    assert_true(live->exists);
    assert_true(live->empty);
    assert_int_equal(live->columns->len, stream->table->column_count);
    for (int i = 0; i < stream->table->column_count; i++) {
        const LiveColumn *column = g_ptr_array_index(live->columns, (guint)i);
        const Column *wanted = &stream->table->columns[i];
        assert_string_equal(column->name, wanted->name);
        if (!column->type_known)
            fail_msg("type %s of %s is not known", column->type_text, column->name);
        assert_int_equal(column->generated, wanted->type.generated);
        if (wanted->type.generated)
            continue;
        assert_int_equal(column->type.kind, wanted->type.kind);
        assert_int_equal(column->type.length, wanted->type.length);
        assert_int_equal(column->type.scale, wanted->type.scale);
    }
    live_table_free(live);
    stream_free(stream);
}

static void check_keys_and_links(Destination *d, const char *schema)
{
    exec_or_fail(
        d,
        "CREATE TABLE \"order\" (id text PRIMARY KEY, \"a\"\"b\" text NOT NULL DEFAULT 'x', n integer, m integer, UNIQUE (n, m))");
    exec_or_fail(d, "CREATE INDEX order_m ON \"order\" (m)");
    exec_or_fail(d, "CREATE UNIQUE INDEX order_part ON \"order\" (m) WHERE n > 1");
    exec_or_fail(d, "CREATE UNIQUE INDEX order_expr ON \"order\" (lower(id))");
    exec_or_fail(d, "CREATE TABLE items (id text, o text REFERENCES \"order\" (id), up text, PRIMARY KEY (o, id))");
    exec_or_fail(d, "INSERT INTO \"order\" (id) VALUES ('1')");
    LiveTable *live = describe_or_fail(d, schema, "order");
    assert_false(live->empty);
    assert_int_equal(live->keys->len, 3);
    assert_string_equal(key_column(find_key(live, true, true), 0), "id");
    const LiveKey *unique = find_key(live, false, true);
    assert_true(unique->is_constraint && unique->valid);
    assert_string_equal(key_column(unique, 0), "n");
    assert_string_equal(key_column(unique, 1), "m");
    assert_string_equal(key_column(find_key(live, false, false), 0), "m");
    const LiveColumn *odd = g_ptr_array_index(live->columns, 1);
    assert_string_equal(odd->name, "a\"b");
    assert_true(odd->not_null && odd->has_default && !odd->generated);
    assert_int_equal(live->foreigns->len, 0);
    assert_int_equal(live->referenced_by->len, 1);
    const LiveForeign *from = g_ptr_array_index(live->referenced_by, 0);
    assert_string_equal(from->ref_table, "items");
    assert_string_equal(from->column, "o");
    live_table_free(live);
    live = describe_or_fail(d, NULL, "items");
    assert_int_equal(live->foreigns->len, 1);
    const LiveForeign *to = g_ptr_array_index(live->foreigns, 0);
    assert_string_equal(to->column, "o");
    assert_string_equal(to->ref_table, "order");
    assert_string_equal(to->ref_column, "id");
    assert_string_equal(key_column(find_key(live, true, true), 0), "o");
    live_table_free(live);
}

void check_describe(Destination *d, const char *schema)
{
    check_types(d);
    check_keys_and_links(d, schema);
}

void check_describe_missing(Destination *d)
{
    LiveTable *live = describe_or_fail(d, NULL, "no such table");
    assert_false(live->exists);
    assert_true(live->empty);
    assert_string_equal(live->name, "no such table");
    assert_true(d->ops->dialect->has_schemas == (live->schema != NULL));
    live_table_free(live);
}

/* ---- locks and interrupts ---- */

void check_locks(const DestinationConfig *config)
{
    Destination *one = open_or_fail(config), *two = open_or_fail(config);
    Err err = {0};
    assert_true(one->ops->lock(one, "app.users", &err));
    assert_false(two->ops->lock(two, "app.users", &err));
    assert_int_equal(err.code, ERR_BUSY);
    assert_true(two->ops->lock(two, "app.days", &err));
    one->ops->unlock(one, "app.users");
    assert_true(two->ops->lock(two, "app.users", &err));
    destination_close(two); /* the holder is gone, and so are its locks */
    int64_t deadline = clock_mono_ms() + 5000;
    bool taken = false;
    while (!taken && clock_mono_ms() < deadline)
        taken = one->ops->lock(one, "app.users", &err);
    assert_true(taken);
    destination_close(one);
}

typedef struct Interrupter {
    Destination *d;
    atomic_bool running; /* the statement is about to be sent */
} Interrupter;

static void *interrupt_later(void *data)
{
    Interrupter *who = data;
    while (!atomic_load(&who->running))
        sched_yield();
    destination_interrupt(who->d);
    return NULL;
}

void check_interrupt(Destination *d, const char *endless)
{
    Interrupter who = {.d = d};
    pthread_t thread;
    Err err = {0};
    DbRows rows;
    exec_or_fail(d, d->ops->dialect->begin_write);
    assert_int_equal(pthread_create(&thread, NULL, interrupt_later, &who), 0);
    int64_t start = clock_mono_ms();
    atomic_store(&who.running, true);
    assert_false(d->ops->query(d, endless, 0, NULL, &rows, &err));
    pthread_join(thread, NULL);
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_true(clock_mono_ms() - start < 2000);
    exec_or_fail(d, "ROLLBACK");
    destination_clear_interrupt(d);
    assert_answer(d, "SELECT 1", "1");
}

void check_interrupt_between(Destination *d)
{
    Err err = {0};
    exec_or_fail(d, "CREATE TABLE kept (a integer)");
    exec_or_fail(d, d->ops->dialect->begin_write);
    exec_or_fail(d, "INSERT INTO kept VALUES (1)");
    destination_interrupt(d);
    exec_or_fail(d, "ROLLBACK");
    assert_false(db_exec(d, &err, "SELECT 1"));
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_answer(d, "SELECT count(*) FROM kept", "0");
    destination_interrupt(d);
    destination_clear_interrupt(d);
    assert_answer(d, "SELECT 1", "1");
}

void check_interrupt_in_copy(Destination *d)
{
    Stream *stream = mail_stream();
    exec_or_fail(d, "CREATE TABLE mails (email text)");
    Batch *batch = batch_new(stream);
    add_mail(batch, CANARY);
    Err err = {0};
    CopyTarget target = {.stream = stream, .table = "mails"};
    exec_or_fail(d, d->ops->dialect->begin_write);
    destination_interrupt(d);
    assert_false(d->ops->copy(d, &target, &batch, 1, &err));
    assert_int_equal(err.code, ERR_CANCELLED);
    exec_or_fail(d, "ROLLBACK");
    assert_answer(d, "SELECT count(*) FROM mails", "0");
    batch_free(batch);
    stream_free(stream);
}
