/* SPDX-License-Identifier: Apache-2.0 */
/* Reimports: promise 5, hazard H14. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "destinations/ddl.h"
#include "model/time.h"
#include "tests/support/fixture.h"

typedef struct Scene {
    Place *place;
    Stream *stream;
    GPtrArray *streams;
    Batch *batch;
    StreamWriter *writer;
    int64_t epoch, run;
    bool allow_shrink;
    const char *key;
} Scene;

static void scene_init(Scene *scene, Place *place, Stream *stream)
{
    *scene = (Scene){.place = place, .stream = stream, .streams = g_ptr_array_new(), .batch = batch_new(stream)};
    g_ptr_array_add(scene->streams, stream);
}

static void scene_done(Scene *scene)
{
    batch_free(scene->batch);
    g_ptr_array_unref(scene->streams);
    stream_free(scene->stream);
}

static void begin(Scene *scene, WriterKind kind)
{
    Err err = {0};
    scene->epoch = claim(scene->place, scene->stream, ++scene->run);
    WriterSetup setup = {.stream = scene->stream,
                         .kind = kind,
                         .job = "reimport",
                         .window_key = "whole",
                         .run = scene->run,
                         .epoch = scene->epoch,
                         .allow_shrink = scene->allow_shrink,
                         .key = scene->key,
                         .streams = scene->streams};
    scene->writer = writer_new(scene->place->d, &setup, &err);
    assert_non_null(scene->writer);
    batch_reset(scene->batch, scene->stream);
}

/* Stages what the batch holds as a group. */
static void stage(Scene *scene)
{
    CommitPoint point = {.watermark = TIME_NONE};
    Counts counts = {0};
    Err err = {0};
    if (!writer_add(scene->writer, scene->batch, &err) || !writer_commit(scene->writer, &point, &counts, &err))
        fail_msg("%s", err.message);
    batch_reset(scene->batch, scene->stream);
}

static void end(Scene *scene)
{
    writer_free(scene->writer);
    ledger_release(scene->place->d, scene->stream, scene->epoch);
    assert_rows(scene->place, "SELECT count(*) FROM [stages]", "0");
}

static bool finish(Scene *scene, Counts *counts, Err *err)
{
    CommitPoint point = {.closed = true, .moves_watermark = true, .watermark = 5 * US_PER_SECOND, .history_from = TIME_NONE};
    *counts = (Counts){0};
    *err = (Err){0};
    return writer_finish_reimport(scene->writer, &point, counts, err);
}

static Counts finish_well(Scene *scene)
{
    Counts counts;
    Err err;
    if (!finish(scene, &counts, &err))
        fail_msg("%s", err.message);
    assert_true(counts_balance(&counts));
    end(scene);
    return counts;
}

static Err finish_badly(Scene *scene)
{
    Counts counts;
    Err err;
    assert_false(finish(scene, &counts, &err));
    end(scene);
    return err;
}

static void test_equal(Place *place)
{
    Scene scene;
    scene_init(&scene, place, stream_made(place, "days", "id varchar #; n int; u varchar *"));
    run_sql(place, "INSERT INTO {days} VALUES ('1', 1, 'a'), ('2', 2, 'b'), ('3', 3, NULL)");
    g_autofree char *before = place->schema ? ask_rows(place, "SELECT xmin, xmax, ctid FROM {days} WHERE id = '1'") : NULL;
    begin(&scene, WRITER_REIMPORT);
    put(scene.batch, "1", 1, -1, "1|1|a");
    put(scene.batch, "2", 1, -1, "2|22|NULL");
    stage(&scene);
    assert_rows(place, "SELECT count(*) FROM [stages]", "1");
    put(scene.batch, "4", 1, -1, "4|4|b"); /* takes the value that 2 gave up */
    put(scene.batch, "4", 0, -1, "4|3|NULL");
    batch_reject(scene.batch, REJECT_TOO_LONG, 2, "expected less", "9", 1, "{\"id\":\"9\"}", 10, 1, -1);
    scene.batch->read += 2;
    scene.batch->filtered = 1;
    stage(&scene);
    assert_rows(place, "SELECT id, n FROM {days} ORDER BY id", "1|1\n2|2\n3|3");
    Counts counts = finish_well(&scene);
    assert_counts(counts, "6 2 2 1 1 1 1");
    assert_rows(place, "SELECT id, n, u FROM {days} ORDER BY id", "1|1|a\n2|22|NULL\n4|4|b");
    if (before)
        assert_rows(place, "SELECT xmin, xmax, ctid FROM {days} WHERE id = '1'", before);
    Position position;
    Err err = {0};
    assert_true(ledger_position(place->d, scene.stream, &position, &err));
    assert_true(position.watermark == 5 * US_PER_SECOND && position.rows == 3 && position.open_rejects == 1);
    assert_rows(place, "SELECT job, \"read\", written, unchanged, rejected, filtered, removed FROM [commits]",
                "reimport|6|2|2|1|1|1");
    scene_done(&scene);
}

/* A server needs a moment to notice that a session is gone and to free its locks. */
static void sweep_until_gone(Place *place)
{
    int64_t deadline = clock_mono_ms() + 10000;
    g_autofree char *left = NULL;
    do {
        Err err = {0};
        assert_true(reimport_sweep(place->d, &err));
        g_free(left);
        left = ask_rows(place, "SELECT count(*) FROM [stages]");
    } while (!g_str_equal(left, "0") && clock_mono_ms() < deadline);
    assert_string_equal(left, "0");
}

/* What died is not freed: kept in sight of LeakSanitizer, one for each kind of destination. */
static StreamWriter *dead_writers[2];

/* Cancelled or killed before its end: the table is as it was; the next reimport sweeps what was left. */
static void test_left_over(Place *place)
{
    Scene scene;
    scene_init(&scene, place, stream_made(place, "days", "id varchar #"));
    run_sql(place, "INSERT INTO {days} VALUES ('1')");
    begin(&scene, WRITER_REIMPORT);
    put(scene.batch, "2", 1, -1, "2");
    stage(&scene);
    end(&scene); /* cancelled */
    assert_rows(place, "SELECT id FROM {days}", "1");

    Err err = {0};
    Destination *own = place->d;
    place->d = place_connect(place);
    begin(&scene, WRITER_REIMPORT);
    put(scene.batch, "2", 1, -1, "2");
    stage(&scene);
    Destination *dying = place->d;
    place->d = own;
    assert_true(reimport_sweep(own, &err)); /* it lives: its tables stay */
    assert_rows(place, "SELECT count(*) FROM [stages]", "1");
    g_autofree char *name = ask_rows(place, "SELECT name FROM [stages]");
    destination_close(dying); /* its writer never gets to clean up */
    dead_writers[place->d->ops->dialect->has_schemas] = scene.writer;
    sweep_until_gone(place);
    g_autofree char *look = g_strdup_printf("SELECT count(*) FROM %s", name);
    DbRows rows;
    assert_false(own->ops->query(own, look, 0, NULL, &rows, &err));
    assert_rows(place, "SELECT id FROM {days}", "1");
    scene_done(&scene);
}

static void fill(Scene *scene, int count)
{
    for (int i = 0; i < count; i++) {
        g_autofree char *key = g_strdup_printf("%d", i);
        put(scene->batch, key, 1, -1, key);
    }
}

static void test_shrink_guard(Place *place)
{
    Scene scene;
    scene_init(&scene, place, stream_made(place, "days", "id varchar #"));
    begin(&scene, WRITER_REIMPORT);
    Counts counts = finish_well(&scene); /* nothing onto nothing */
    assert_counts(counts, "0 0 0 0 0 0 0");
    begin(&scene, WRITER_REIMPORT);
    fill(&scene, 100);
    stage(&scene);
    counts = finish_well(&scene);
    assert_counts(counts, "100 100 0 0 0 0 0");
    begin(&scene, WRITER_REIMPORT);
    Err err = finish_badly(&scene);
    assert_int_equal(err.code, ERR_DEST);
    assert_non_null(strstr(err.message, "no row was read, the table has 100"));
    begin(&scene, WRITER_TRUNCATE);
    fill(&scene, 79);
    stage(&scene);
    err = finish_badly(&scene);
    assert_non_null(strstr(err.hint, "--allow-shrink"));
    assert_rows(place, "SELECT count(*) FROM {days}", "100");
    begin(&scene, WRITER_REIMPORT);
    fill(&scene, 80);
    stage(&scene);
    counts = finish_well(&scene);
    assert_counts(counts, "80 0 80 0 0 20 0");
    scene.allow_shrink = true;
    begin(&scene, WRITER_REIMPORT);
    counts = finish_well(&scene);
    assert_counts(counts, "0 0 0 0 0 80 0");
    scene_done(&scene);
}

/* Rows of ours that point at a vanishing row are parked, the ones below them, too; they land when it comes back. */
static void test_parks_children(Place *place)
{
    Scene scene;
    scene_init(&scene, place, stream_made(place, "days", "id varchar #"));
    Stream *links = stream_made(place, "links", "day varchar ! ^ % >days.id; content varchar ! %; made timestamp ~");
    Stream *notes = stream_made(place, "notes", "id varchar #; day varchar >days.id");
    Stream *words = stream_made(place, "words", "id varchar #; note varchar >notes.id");
    g_ptr_array_add(scene.streams, links);
    g_ptr_array_add(scene.streams, notes);
    g_ptr_array_add(scene.streams, words);
    run_sql(place, "INSERT INTO {days} VALUES ('d1'), ('d2'), ('d3'), ('d4'), ('d5'), ('d6')");
    run_sql(place, "INSERT INTO {links} VALUES ('d1', 'c', NULL), ('d2', 'c', '2024-01-01')");
    run_sql(place, "INSERT INTO {notes} VALUES ('65e8aaaaaaaaaaaaaaaaaaaa', 'd2'), ('text', 'd2'), ('n3', 'd1')");
    run_sql(place, "INSERT INTO {words} VALUES ('w1', 'text'), ('w2', 'n3')");
    begin(&scene, WRITER_REIMPORT);
    for (int i = 1; i <= 6; i++) {
        g_autofree char *id = g_strdup_printf("d%d", i);
        if (i != 2)
            put(scene.batch, id, 1, -1, id);
    }
    stage(&scene);
    Counts counts = finish_well(&scene);
    assert_counts(counts, "5 0 5 0 0 5 0");
    assert_rows(place, "SELECT stream, \"key\", scope, reason, column_name FROM [rejects] ORDER BY stream, \"key\"",
                "app.links|d2/c|d2|missing parent|day\napp.notes|\"text\"|NULL|missing parent|day\n"
                "app.notes|65e8aaaaaaaaaaaaaaaaaaaa|NULL|missing parent|day\napp.words|\"w1\"|NULL|missing parent|note");
    assert_rows(place, "SELECT id FROM {notes}", "n3");
    assert_rows(place, "SELECT day FROM {links}", "d1");
    run_sql(place, "INSERT INTO {days} VALUES ('d2')");
    Stream *order[] = {links, notes, words};
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        int64_t epoch = claim(place, order[i], 9);
        StreamWriter *writer = writer_make(place, order[i], WRITER_SYNC, 9, epoch, false);
        Err err = {0};
        Counts landed = {0};
        assert_true(writer_retry_parked(writer, &landed, &err));
        assert_true(counts_balance(&landed) && landed.rejected == 0);
        writer_free(writer);
        ledger_release(place->d, order[i], epoch);
    }
    assert_rows(place, "SELECT count(*) FROM [rejects]", "0");
    assert_rows(place, "SELECT (SELECT count(*) FROM {notes}), (SELECT count(*) FROM {links}), (SELECT count(*) FROM {words})",
                "3|2|2");
    stream_free(words);
    stream_free(notes);
    stream_free(links);
    scene_done(&scene);
}

/* H14: a row in a table that no stream fills stops the job by name; another run's stream is not written under its hands. */
static void test_refuses_foreign_rows(Place *place)
{
    Scene scene;
    scene_init(&scene, place, stream_made(place, "days", "id varchar #"));
    Stream *notes = stream_made(place, "notes", "id varchar #; day varchar >days.id");
    run_sql(place, "INSERT INTO {days} VALUES ('d1')");
    run_sql(place, "INSERT INTO {notes} VALUES ('n1', 'd1')");
    scene.allow_shrink = true;
    begin(&scene, WRITER_REIMPORT);
    Err err = finish_badly(&scene);
    assert_non_null(strstr(err.message, "notes"));
    assert_non_null(strstr(err.message, "no stream fills that table"));
    g_ptr_array_add(scene.streams, notes);
    Destination *other = place_connect(place);
    LeaseHolder holder = {.user = "cron", .host = "elsewhere", .run = 7};
    int64_t epoch;
    assert_true(ledger_claim(other, notes, &holder, 0, &epoch, &err));
    begin(&scene, WRITER_REIMPORT);
    err = finish_badly(&scene);
    assert_int_equal(err.code, ERR_BUSY);
    assert_rows(place, "SELECT count(*) FROM {days}", "1");
    ledger_release(other, notes, epoch);
    destination_close(other);
    begin(&scene, WRITER_REIMPORT);
    Counts counts = finish_well(&scene);
    assert_counts(counts, "0 0 0 0 0 2 0");
    stream_free(notes);
    scene_done(&scene);
}

static void test_truncate(Place *place)
{
    Scene scene;
    scene_init(&scene, place, stream_made(place, "days", "id varchar #; n int"));
    Stream *notes = stream_made(place, "notes", "id varchar #; day varchar >days.id");
    g_ptr_array_add(scene.streams, notes);
    run_sql(place, "INSERT INTO {days} VALUES ('1', 1), ('2', 2)");
    begin(&scene, WRITER_TRUNCATE);
    put(scene.batch, "2", 1, -1, "2|2");
    put(scene.batch, "3", 1, -1, "3|3");
    stage(&scene);
    Counts counts = finish_well(&scene); /* an empty table points at it: DELETE does it */
    assert_counts(counts, "2 2 0 0 0 2 0");
    assert_rows(place, "SELECT id FROM {days} ORDER BY id", "2\n3");
    run_sql(place, "INSERT INTO {notes} VALUES ('n', '2')");
    begin(&scene, WRITER_TRUNCATE);
    put(scene.batch, "2", 1, -1, "2|2");
    put(scene.batch, "3", 1, -1, "3|3");
    stage(&scene);
    Err err = finish_badly(&scene);
    assert_non_null(strstr(err.message, "notes.day points at rows"));
    stream_free(notes);
    scene_done(&scene);
}

/* A table that lost its unique key and has rows twice: the key is made once the table is empty, in the same transaction. */
static void test_truncate_doubled(Place *place)
{
    Scene scene;
    run_sql(place, "CREATE TABLE {links} (a varchar NOT NULL, b varchar NOT NULL, n integer)");
    run_sql(place, "INSERT INTO {links} VALUES ('x', 'y', 1), ('x', 'y', 1), ('x', 'z', 2)");
    scene_init(&scene, place, stream_make(place, "links", "a varchar ! %; b varchar ! %; n int"));
    Err err = {0};
    DdlPlan *plan = ddl_plan(place->d, scene.stream, NULL, &err);
    assert_non_null(plan);
    assert_int_equal(plan->statements->len, 1);
    assert_false(ddl_apply(place->d, scene.stream, plan, &err));
    assert_non_null(strstr(err.hint, "`tidemark reimport app.links --truncate`"));
    ddl_defer_key(plan);
    assert_int_equal(plan->statements->len, 0);
    assert_true(ddl_apply(place->d, scene.stream, plan, &err));
    scene.key = plan->key_later;
    begin(&scene, WRITER_TRUNCATE);
    put(scene.batch, "1", 1, -1, "x|y|5");
    put(scene.batch, "2", 1, -1, "x|y|6");
    put(scene.batch, "3", 2, -1, "x|z|7");
    stage(&scene);
    Counts counts = finish_well(&scene);
    assert_true(counts.written == 2 && counts.removed == 3);
    assert_rows(place, "SELECT b, n FROM {links} ORDER BY b", "y|6\nz|7");
    ddl_plan_free(plan);
    plan = ddl_plan(place->d, scene.stream, NULL, &err);
    assert_non_null(plan);
    assert_null(plan->key);
    assert_int_equal(plan->statements->len, 0);
    ddl_plan_free(plan);
    scene_done(&scene);
}

/* A rejected row keeps what is there; in a truncated table nothing is kept, and the reject tells. */
static void test_rejected_rows(Place *place)
{
    Scene scene;
    scene_init(&scene, place, stream_made(place, "days", "id varchar #; p varchar >parents.id"));
    run_sql(place, "CREATE TABLE {parents} (id varchar PRIMARY KEY)");
    run_sql(place, "INSERT INTO {parents} VALUES ('x')");
    run_sql(place, "INSERT INTO {days} VALUES ('1', 'x'), ('2', NULL), ('3', NULL)");
    static const WriterKind kinds[] = {WRITER_REIMPORT, WRITER_TRUNCATE};
    static const char *const expected[] = {"3 0 1 2 0 0 2", "3 1 0 2 0 3 0"};
    static const char *const rows[] = {"1|x\n2|NULL\n3|NULL", "2|NULL"};
    for (int i = 0; i < 2; i++) {
        begin(&scene, kinds[i]);
        put(scene.batch, "1", 1, -1, "1|gone");
        put(scene.batch, "2", 1, -1, "2|NULL");
        batch_reject(scene.batch, REJECT_WRONG_TYPE, 1, "expected text", "3", 1, "{\"id\":\"3\",\"p\":{}}", 17, 1, -1);
        scene.batch->read++;
        stage(&scene);
        Counts counts = finish_well(&scene);
        assert_counts(counts, expected[i]);
        assert_rows(place, "SELECT id, p FROM {days} ORDER BY id", rows[i]);
    }
    begin(&scene, WRITER_REIMPORT); /* a document that is gone takes its reject with it */
    put(scene.batch, "1", 1, -1, "1|x");
    put(scene.batch, "2", 1, -1, "2|NULL");
    stage(&scene);
    finish_well(&scene);
    assert_rows(place, "SELECT count(*) FROM [rejects]", "0");
    scene_done(&scene);
}

static void test_self_reference(Place *place)
{
    Scene scene;
    scene_init(&scene, place, stream_made(place, "tree", "id varchar #; up varchar >tree.id"));
    run_sql(place, "INSERT INTO {tree} VALUES ('1', NULL), ('2', '1'), ('3', '2'), ('4', '3'), ('5', NULL)");
    begin(&scene, WRITER_REIMPORT); /* 1 vanishes; 2 stands alone now; 3 came new under 9; 4 and 6 point at nothing */
    put(scene.batch, "2", 1, -1, "2|NULL");
    put(scene.batch, "3", 1, -1, "3|9");
    put(scene.batch, "9", 1, -1, "9|2");
    put(scene.batch, "4", 1, -1, "4|1");
    put(scene.batch, "6", 1, -1, "6|4");
    put(scene.batch, "5", 1, -1, "5|NULL");
    stage(&scene);
    Counts counts = finish_well(&scene);
    assert_counts(counts, "6 3 1 2 0 2 2");
    assert_rows(place, "SELECT id, up FROM {tree} ORDER BY id", "2|NULL\n3|9\n5|NULL\n9|2");
    assert_rows(place, "SELECT \"key\" FROM [rejects] ORDER BY \"key\"", "4\n6");
    scene_done(&scene);
}

/* Only the stream's own part of a shared table. */
static void test_scope(Place *place)
{
    Scene scene;
    Stream *visits = stream_make(place, "visits", "id varchar #; site int -; n int");
    visits->scope = g_new0(ScopePredicate, 1);
    visits->scope[0] = (ScopePredicate){.column = 1, .value = g_strdup("2")};
    visits->scope_count = 1;
    stream_create(place, visits);
    scene_init(&scene, place, visits);
    run_sql(place, "INSERT INTO {visits} VALUES ('a', 1, 1), ('b', 2, 2), ('c', 2, 3)");
    static const WriterKind kinds[] = {WRITER_REIMPORT, WRITER_TRUNCATE};
    scene.allow_shrink = true;
    for (int i = 0; i < 2; i++) {
        begin(&scene, kinds[i]);
        put(scene.batch, "b", 1, -1, "b|9");
        stage(&scene);
        finish_well(&scene);
        assert_rows(place, "SELECT id, site, n FROM {visits} ORDER BY id", "a|1|1\nb|2|9");
    }
    begin(&scene, WRITER_REIMPORT);
    finish_well(&scene);
    assert_rows(place, "SELECT id FROM {visits}", "a");
    scene_done(&scene);
}

static void test_plan(Place *place)
{
    Scene scene;
    scene_init(&scene, place, stream_made(place, "days", "id varchar #; up varchar >days.id"));
    Stream *notes = stream_made(place, "notes", "id varchar #; day varchar >days.id");
    Stream *words = stream_made(place, "words", "id varchar #; note varchar >notes.id");
    g_ptr_array_add(scene.streams, notes);
    run_sql(place, "INSERT INTO {days} VALUES ('d1', NULL), ('d2', NULL)");
    run_sql(place, "INSERT INTO {notes} VALUES ('n1', 'd1'), ('n2', NULL)");
    ReimportScope scope;
    Err err = {0};
    assert_true(reimport_scope(place->d, scene.stream, scene.streams, &scope, &err));
    assert_int_equal(scope.rows, 2);
    assert_int_equal(scope.referenced_by->len, 1);
    assert_non_null(strstr(scope.referenced_by->pdata[0], "notes.day (1 rows, stream app.notes)"));
    assert_int_equal(scope.cascade->len, 2);
    assert_int_equal(scope.locks->len, 2);
    if (place->schema)
        assert_non_null(strstr(scope.locks->pdata[1], "DELETE instead of TRUNCATE"));
    reimport_scope_clear(&scope);
    LiveTable *days = NULL, *pointing = NULL;
    bool referenced = false;
    assert_true(place->d->ops->describe(place->d, scene.stream->table->schema, "days", &days, &err));
    assert_false(reimport_may_empty(place->d, days, &referenced, &err));
    assert_non_null(strstr(err.message, "notes.day points at rows of table days"));
    assert_true(place->d->ops->describe(place->d, notes->table->schema, "notes", &pointing, &err));
    assert_true(reimport_may_empty(place->d, pointing, &referenced, &err)); /* words has no row */
    assert_true(referenced);
    live_table_free(pointing);
    live_table_free(days);
    stream_free(words);
    stream_free(notes);
    scene_done(&scene);
}

int main(void)
{
    static const PlaceCase cases[] = {
        {"promise 5: the table is made equal in one transaction", test_equal},
        {"promise 5: what did not end changed nothing and is swept", test_left_over},
        {"promise 5: a shrinking table stops the job", test_shrink_guard},
        {"promise 5: rows that point at a vanishing row are parked", test_parks_children},
        {"promise 5, H14: rows that no stream fills stop the job", test_refuses_foreign_rows},
        {"promise 5: --truncate empties and fills in one transaction", test_truncate},
        {"--truncate repairs a table whose rows stand twice", test_truncate_doubled},
        {"rejected rows keep what is there", test_rejected_rows},
        {"a table may point at itself", test_self_reference},
        {"only the stream's part of a shared table", test_scope},
        {"the plan tells what is touched", test_plan},
    };
    return place_run("reimport", cases, (int)G_N_ELEMENTS(cases));
}
