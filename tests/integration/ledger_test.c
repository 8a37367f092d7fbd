/* SPDX-License-Identifier: Apache-2.0 */
/* Our tables in the destination: promises 1 and 7. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "destinations/sql.h"
#include "model/time.h"
#include "tests/support/fixture.h"

#define AT(seconds) (INT64_C(1700000000) * US_PER_SECOND + (seconds)*US_PER_SECOND)

static Stream *users_of(Place *place)
{
    Stream *users = stream_make(place, "users", "id varchar #; name varchar");
    stream_create(place, users);
    return users;
}

static void test_prepare(Place *place)
{
    Err err = {0};
    bool exists = false;
    g_autoptr(GPtrArray) statements = g_ptr_array_new_with_free_func(g_free);
    assert_true(ledger_exists(place->d, &exists, &err));
    assert_true(exists);
    assert_true(ledger_plan(place->d, statements, &err));
    assert_int_equal(statements->len, 0);
    assert_true(ledger_prepare(place->d, &err));
    run_sql(place, "UPDATE [meta] SET version = 99");
    assert_false(ledger_plan(place->d, statements, &err));
    assert_int_equal(err.code, ERR_DEST);
}

/* The schema that is made is the one our tables will be in, whatever others of that kind the database has. */
static void test_prepare_schema(Place *place)
{
    if (!place->schema)
        return;
    Err err = {0};
    Destination *d = place_connect(place);
    g_autoptr(GPtrArray) statements = g_ptr_array_new_with_free_func(g_free);
    g_free(d->control);
    d->control = g_strdup_printf("\"%s\".", place->schema); /* is there, has no ledger */
    assert_true(ledger_plan(d, statements, &err));
    assert_true(g_str_has_prefix(statements->pdata[0], "CREATE TABLE"));
    g_ptr_array_set_size(statements, 0);
    g_free(d->control);
    d->control = g_strdup_printf("\"%s\"\"x\".", place->schema);
    g_autofree char *expected = g_strdup_printf("CREATE SCHEMA IF NOT EXISTS \"%s\"\"x\"", place->schema);
    assert_true(ledger_plan(d, statements, &err));
    assert_string_equal(statements->pdata[0], expected);
    destination_close(d);
}

/* Tables of an earlier version gain what they lack, and keep what they have. */
static void test_migrate(Place *place)
{
    Stream *users = users_of(place);
    Batch *batch = batch_new(users);
    put(batch, "1", 1, -1, "1|Ann");
    write_once(place, users, batch, 1);
    run_sql(place, "ALTER TABLE [streams] DROP COLUMN counted_at");
    run_sql(place, "UPDATE [meta] SET version = 2");
    Err err = {0};
    assert_true(ledger_prepare(place->d, &err));
    assert_rows(place, "SELECT m.version, s.stream, s.counted_at FROM [meta] AS m, [streams] AS s", "3|app.users|NULL");
    put(batch, "2", 1, -1, "2|Bob");
    write_once(place, users, batch, 2);
    batch_free(batch);
    stream_free(users);
}

static void test_checkpoint(Place *place)
{
    Stream *users = users_of(place);
    int64_t epoch = claim(place, users, 1);
    StreamWriter *writer = writer_make(place, users, WRITER_SYNC, 1, epoch, false);
    Batch *batch = batch_new(users);
    Checkpoint found, put_in = {.bytes = g_bytes_new("a\0b", 3),
                                .window = {.kind = WINDOW_RANGE, .low = AT(0), .high = AT(60) + 1, .clock = AT(120) + 123456},
                                .highest = AT(30) + 500000,
                                .stop_before = TIME_NONE,
                                .first_load = true};
    CommitPoint point = {.checkpoint = &put_in, .watermark = TIME_NONE, .history_from = TIME_NONE};
    Err err = {0};
    bool there;
    put(batch, "1", AT(30), -1, "1|Ann");
    commit_batch(writer, batch, &point);
    assert_true(ledger_checkpoint(place->d, users, "sync", "sync", &there, &found, &err));
    assert_true(there);
    assert_true(g_bytes_equal(found.bytes, put_in.bytes));
    assert_int_equal(found.window.kind, WINDOW_RANGE);
    assert_true(found.window.low == AT(0) && found.window.high == AT(60) + 1 && found.window.clock == AT(120) + 123456);
    assert_true(found.highest == AT(30) + 500000 && found.stop_before == TIME_NONE && found.first_load);
    assert_true(found.run == 1 && found.kept == 1);
    checkpoint_clear(&found);
    assert_true(ledger_checkpoint(place->d, users, "backfill", "sync", &there, &found, &err));
    assert_false(there);

    Position position;
    assert_true(ledger_position(place->d, users, &position, &err));
    assert_true(position.known && position.watermark == TIME_NONE && position.changed_at != TIME_NONE);
    CommitPoint closed = {
        .closed = true, .moves_watermark = true, .watermark = AT(30) + 500000, .history_from = AT(-9), .unaudited = true};
    batch_reset(batch, users);
    commit_batch(writer, batch, &closed);
    assert_true(ledger_checkpoint(place->d, users, "sync", "sync", &there, &found, &err));
    assert_false(there);
    assert_true(ledger_position(place->d, users, &position, &err));
    assert_true(position.watermark == AT(30) + 500000 && position.history_from == AT(-9) && position.unaudited);
    assert_int_equal(position.rows, 1);
    assert_string_equal(position.definition, users->definition);

    closed.watermark = TIME_NONE; /* a window without a row leaves the watermark */
    closed.unaudited = false;
    commit_batch(writer, batch, &closed);
    assert_true(ledger_position(place->d, users, &position, &err));
    assert_true(position.watermark == AT(30) + 500000 && !position.unaudited);
    commit_batch(writer, batch, &point);
    assert_true(ledger_drop_checkpoints(place->d, users, "sync", &err));
    assert_true(ledger_checkpoint(place->d, users, "sync", "sync", &there, &found, &err));
    assert_false(there);
    g_bytes_unref(put_in.bytes);
    writer_free(writer);
    ledger_release(place->d, users, epoch);
    batch_free(batch);
    stream_free(users);
}

static void test_position_unknown(Place *place)
{
    Stream *users = stream_make(place, "users", "id varchar #");
    Position position;
    Err err = {0};
    assert_true(ledger_position(place->d, users, &position, &err));
    assert_false(position.known);
    assert_true(position.watermark == TIME_NONE && position.rows == -1 && position.open_rejects == 0);
    stream_free(users);
}

static void test_days(Place *place)
{
    Stream *users = users_of(place);
    Batch *batch = batch_new(users);
    for (int i = 0; i < 3; i++) {
        g_autofree char *values = g_strdup_printf("1|n%d", i);
        batch_reset(batch, users);
        put(batch, "1", 1, -1, values);
        write_once(place, users, batch, i + 1);
    }
    run_sql(place, "UPDATE [commits] SET \"day\" = '2020-02-29' WHERE run < 3");
    int64_t epoch = claim(place, users, 9);
    StreamWriter *writer = writer_make(place, users, WRITER_SYNC, 9, epoch, false);
    CommitPoint closed = {.closed = true, .moves_watermark = true, .watermark = AT(0), .history_from = TIME_NONE};
    batch_reset(batch, users);
    commit_batch(writer, batch, &closed);
    assert_rows(place, "SELECT \"day\", run, \"read\", written FROM [commits] WHERE \"day\" < '2021'", "2020-02-29|NULL|2|2");
    assert_rows(place, "SELECT count(*) FROM [commits]", "2");
    writer_free(writer);
    ledger_release(place->d, users, epoch);
    batch_free(batch);
    stream_free(users);
}

/* H41 */
static void test_one_writer(Place *place)
{
    Stream *users = users_of(place);
    int64_t epoch = claim(place, users, 12), other_epoch = 0;
    Destination *other = place_connect(place);
    LeaseHolder holder = {.user = "cron", .host = "elsewhere", .run = 13};
    Err err = {0};
    assert_false(ledger_claim(other, users, &holder, 120, &other_epoch, &err));
    assert_int_equal(err.code, ERR_BUSY);
    if (!g_str_has_prefix(err.message, "app.users is being written by ops@host (run 12) since ") ||
        !g_str_has_suffix(err.message, " s)"))
        fail_msg("%s", err.message);
    ledger_release(place->d, users, epoch);
    err = (Err){0};
    assert_true(ledger_claim(other, users, &holder, 0, &other_epoch, &err));
    assert_true(other_epoch > epoch);
    ledger_release(other, users, other_epoch);
    destination_close(other);
    stream_free(users);
}

/* The holder dies: its lock is free at once, its epoch is worth nothing. */
static void test_lost_lease(Place *place)
{
    Stream *users = users_of(place);
    Destination *dying = place_connect(place);
    LeaseHolder holder = {.user = "ops", .host = "host", .run = 1};
    int64_t dead_epoch = 0;
    Err err = {0};
    assert_true(ledger_claim(dying, users, &holder, 0, &dead_epoch, &err));
    destination_close(dying);
    int64_t epoch = claim(place, users, 2);
    assert_true(epoch == dead_epoch + 1);
    StreamWriter *writer = writer_make(place, users, WRITER_SYNC, 1, dead_epoch, false);
    Batch *batch = batch_new(users);
    CommitPoint point = {.watermark = TIME_NONE};
    Counts counts = {0};
    put(batch, "1", 1, -1, "1|Ann");
    assert_true(writer_add(writer, batch, &err));
    assert_false(writer_commit(writer, &point, &counts, &err));
    assert_int_equal(err.code, ERR_BUSY);
    assert_rows(place, "SELECT count(*) FROM {users}", "0");
    writer_free(writer);
    ledger_release(place->d, users, epoch);
    batch_free(batch);
    stream_free(users);
}

/* Behind a pooler nothing frees a lock: the lease alone decides, and expires. */
static void test_pooled_lease(Place *place)
{
    if (!place->schema)
        return;
    Stream *users = users_of(place);
    place->d->pooled = true;
    int64_t epoch = claim(place, users, 1), other_epoch = 0;
    Destination *other = place_connect(place);
    other->pooled = true;
    LeaseHolder holder = {.user = "cron", .host = "elsewhere", .run = 2};
    Err err = {0};
    assert_false(ledger_claim(other, users, &holder, 0, &other_epoch, &err));
    assert_int_equal(err.code, ERR_BUSY);
    assert_true(ledger_renew(place->d, users, epoch, &err));
    run_sql(place, "UPDATE [leases] SET expires_at = now() - interval '1 second'");
    assert_true(ledger_claim(other, users, &holder, 0, &other_epoch, &err));
    assert_false(ledger_renew(place->d, users, epoch, &err));
    assert_int_equal(err.code, ERR_BUSY);
    StreamWriter *writer = writer_make(place, users, WRITER_SYNC, 2, other_epoch, false);
    Batch *batch = batch_new(users); /* staging tables go with each transaction */
    put(batch, "1", 1, -1, "1|Ann");
    Counts counts = commit_batch(writer, batch, NULL);
    batch_reset(batch, users);
    assert_counts(counts, "1 1 0 0 0 0 0");
    writer_free(writer);
    destination_close(other);
    batch_free(batch);
    stream_free(users);
}

static void test_pooled_writer(Place *place)
{
    if (!place->schema)
        return;
    Stream *parents = stream_make(place, "parents", "id varchar #");
    Stream *users = stream_make(place, "users", "id varchar #; p varchar >parents.id");
    stream_create(place, parents);
    stream_create(place, users);
    place->d->pooled = true;
    int64_t epoch = claim(place, users, 1);
    StreamWriter *writer = writer_make(place, users, WRITER_SYNC, 1, epoch, false);
    Batch *batch = batch_new(users);
    for (int i = 0; i < 3; i++) {
        batch_reset(batch, users);
        put(batch, "1", 1, -1, "1|NULL");
        put(batch, "2", 1, -1, "2|x");
        Counts counts = commit_batch(writer, batch, NULL);
        assert_counts(counts, i == 0 ? "2 1 0 1 0 0 1" : "2 0 1 1 0 0 0");
    }
    run_sql(place, "INSERT INTO {parents} VALUES ('x')");
    Counts counts = {0};
    Err err = {0};
    assert_true(writer_retry_parked(writer, &counts, &err));
    assert_counts(counts, "1 1 0 0 0 0 0");
    writer_free(writer);
    ledger_release(place->d, users, epoch);
    batch_free(batch);
    stream_free(users);
    stream_free(parents);
}

int main(void)
{
    static const PlaceCase cases[] = {
        {"our tables are made once; a newer ledger is refused", test_prepare},
        {"the schema of our tables is made where it is missing", test_prepare_schema},
        {"tables of an earlier version are brought up to date", test_migrate},
        {"promise 1: checkpoint and watermark go with the rows", test_checkpoint},
        {"a stream that never ran has no position", test_position_unknown},
        {"old commits are folded per day", test_days},
        {"promise 7, H41: a second writer is told who holds the stream", test_one_writer},
        {"promise 7: a lost lease keeps nothing of the open transaction", test_lost_lease},
        {"promise 7: behind a pooler the lease expires", test_pooled_lease},
        {"behind a pooler staging goes with each transaction", test_pooled_writer},
    };
    return place_run("ledger", cases, (int)G_N_ELEMENTS(cases));
}
