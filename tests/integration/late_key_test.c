/* SPDX-License-Identifier: Apache-2.0 */
/* A first load into a table that gets its primary key with the last rows, where the database makes that pay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "destinations/ddl.h"
#include "model/time.h"
#include "tests/support/fixture.h"

typedef struct Scene {
    Place *place;
    Stream *stream;
    Batch *batch;
    DdlPlan *plan;
    StreamWriter *writer;
    int64_t epoch;
    bool apart; /* the database gives the key in a statement of its own */
} Scene;

static DdlPlan *planned(const Scene *scene)
{
    Err err = {0};
    DdlPlan *plan = ddl_plan(scene->place->d, scene->stream, NULL, &err);
    if (!plan)
        fail_msg("%s", err.message);
    ddl_fill_first(plan);
    return plan;
}

static void open_writer(Scene *scene, int64_t run)
{
    Err err = {0};
    scene->epoch = claim(scene->place, scene->stream, run);
    WriterSetup setup = {.stream = scene->stream,
                         .kind = WRITER_SYNC,
                         .job = "sync",
                         .window_key = "sync",
                         .run = run,
                         .epoch = scene->epoch,
                         .direct = true,
                         .key = scene->plan->key_later,
                         .indexes = scene->plan->indexes_later};
    scene->writer = writer_new(scene->place->d, &setup, &err);
    assert_non_null(scene->writer);
}

/* A table for the stream, as its first load finds it. */
static void begin(Scene *scene, Place *place)
{
    Err err = {0};
    *scene = (Scene){.place = place, .stream = stream_make(place, "hits", "id integer #; n integer !; name varchar(3)")};
    scene->stream->distinct = true;
    table_index_columns(scene->stream->table, "hits_by_n", (int[]){1, 0}, 2);
    table_index_columns(scene->stream->table, "hits_by_name", (int[]){1, 2}, 2);
    scene->batch = batch_new(scene->stream);
    scene->plan = planned(scene);
    scene->apart = (place->d->ops->caps & DEST_ALTER_CONSTRAINTS) != 0;
    assert_int_equal(scene->plan->key_later != NULL, scene->apart);
    assert_int_equal(scene->plan->indexes_later->len, scene->apart); /* a name may be too long for an index */
    if (!ddl_apply(place->d, scene->stream, scene->plan, &err))
        fail_msg("%s", err.message);
    open_writer(scene, 1);
}

static void end(Scene *scene)
{
    writer_free(scene->writer);
    ledger_release(scene->place->d, scene->stream, scene->epoch);
    ddl_plan_free(scene->plan);
    batch_done(scene->batch, scene->stream);
}

static void put_rows(Scene *scene, int from, int to)
{
    batch_reset(scene->batch, scene->stream);
    for (int i = from; i <= to; i++) {
        g_autofree char *key = g_strdup_printf("%d", i);
        g_autofree char *values = g_strdup_printf("%d|%d|x", i, i * 10);
        put(scene->batch, key, i, -1, values);
    }
}

static const CommitPoint closing = {
    .closed = true, .moves_watermark = true, .watermark = 5 * US_PER_SECOND, .history_from = TIME_NONE};

static bool has_key(const Scene *scene)
{
    Err err = {0};
    LiveTable *live = NULL;
    bool has = false;
    assert_true(scene->place->d->ops->describe(scene->place->d, scene->place->schema, "hits", &live, &err));
    for (guint i = 0; i < live->keys->len; i++)
        has = has || ((const LiveKey *)live->keys->pdata[i])->primary;
    live_table_free(live);
    return has;
}

static guint indexes(const Scene *scene)
{
    Err err = {0};
    LiveTable *live = NULL;
    guint found = 0;
    assert_true(scene->place->d->ops->describe(scene->place->d, scene->place->schema, "hits", &live, &err));
    for (guint i = 0; i < live->indexes->len; i++)
        found += g_str_has_prefix(live->indexes->pdata[i], "hits_by_");
    live_table_free(live);
    return found;
}

static void test_key_comes_last(Place *place)
{
    Scene scene;
    begin(&scene, place);
    put_rows(&scene, 1, 3);
    Counts counts = commit_batch(scene.writer, scene.batch, NULL);
    assert_counts(counts, "3 3 0 0 0 0 0");
    assert_int_equal(has_key(&scene), !scene.apart);
    assert_int_equal(indexes(&scene), scene.apart ? 1 : 2);
    put_rows(&scene, 4, 5);
    counts = commit_batch(scene.writer, scene.batch, &closing);
    assert_counts(counts, "2 2 0 0 0 0 0");
    assert_true(has_key(&scene));
    assert_int_equal(indexes(&scene), 2);
    assert_rows(place, "SELECT count(*), sum(n) FROM {hits}", "5|150");
    end(&scene);
}

/* Staged rows are looked up in the table: it has its key by then, and the rest of the load goes on with it. */
static void test_key_comes_before_a_merge(Place *place)
{
    Scene scene;
    begin(&scene, place);
    put_rows(&scene, 1, 3);
    commit_batch(scene.writer, scene.batch, NULL);
    put_rows(&scene, 4, 5);
    run_sql(place, "CREATE UNIQUE INDEX hits_n ON {hits} (n)");
    put(scene.batch, "6", 6, -1, "6|10|x"); /* 1 has that */
    Counts counts = commit_batch(scene.writer, scene.batch, NULL);
    assert_int_equal(counts.read, 3);
    assert_int_equal(counts.rejected, 1);
    assert_true(has_key(&scene));
    put_rows(&scene, 7, 8);
    counts = commit_batch(scene.writer, scene.batch, &closing);
    assert_counts(counts, "2 2 0 0 0 0 0");
    assert_rows(place, "SELECT count(*) FROM {hits}", "7");
    end(&scene);
}

/* The window is read again from its beginning: rows that are there are found by their key. */
static void test_window_starts_over(Place *place)
{
    Scene scene;
    begin(&scene, place);
    put_rows(&scene, 1, 3);
    commit_batch(scene.writer, scene.batch, NULL);
    writer_start_over(scene.writer);
    put_rows(&scene, 1, 4);
    Counts counts = commit_batch(scene.writer, scene.batch, NULL);
    assert_counts(counts, "4 1 3 0 0 0 0");
    assert_true(has_key(&scene));
    assert_rows(place, "SELECT count(*) FROM {hits}", "4");
    end(&scene);
}

/* What a run that was killed leaves is a table without a key: the next plan makes it, or leaves it to the writer again. */
static void test_next_plan(Place *place)
{
    Scene scene;
    Err err = {0};
    begin(&scene, place);
    put_rows(&scene, 1, 3);
    commit_batch(scene.writer, scene.batch, NULL);
    writer_free(scene.writer);
    ddl_plan_free(scene.plan);
    scene.plan = planned(&scene);
    assert_int_equal(scene.plan->statements->len, 0);
    assert_int_equal(scene.plan->key_later != NULL, scene.apart);
    open_writer(&scene, 2);
    put_rows(&scene, 4, 4);
    commit_batch(scene.writer, scene.batch, NULL);
    assert_int_equal(has_key(&scene), !scene.apart);
    DdlPlan *now = ddl_plan(place->d, scene.stream, NULL, &err);
    assert_int_equal(now->statements->len, 2 * scene.apart); /* the key, and an index */
    assert_int_equal(now->notes->len, 0);
    assert_true(ddl_apply(place->d, scene.stream, now, &err));
    assert_true(has_key(&scene));
    ddl_plan_free(now);
    put_rows(&scene, 5, 5);
    commit_batch(scene.writer, scene.batch, &closing); /* and is not made twice */
    assert_rows(place, "SELECT count(*) FROM {hits}", "5");
    end(&scene);
}

/* Somebody else writes a row with a key of ours: nothing of the last group lands, and the window stays open. */
static void test_foreign_row(Place *place)
{
    Scene scene;
    Err err = {0};
    Counts counts = {0};
    begin(&scene, place);
    put_rows(&scene, 1, 3);
    commit_batch(scene.writer, scene.batch, NULL);
    if (scene.apart) {
        run_sql(place, "INSERT INTO {hits} VALUES (2, 0, 'y')");
        put_rows(&scene, 4, 4);
        assert_true(writer_add(scene.writer, scene.batch, &err));
        assert_false(writer_commit(scene.writer, &closing, &counts, &err));
        assert_string_equal(err.native, "23505");
        assert_non_null(strstr(err.hint, "`tidemark reimport app.hits --truncate`"));
        assert_rows(place, "SELECT count(*) FROM {hits}", "4");
        assert_rows(place, "SELECT count(*) FROM [streams] WHERE watermark IS NOT NULL", "0");
        run_sql(place, "DELETE FROM {hits} WHERE name = 'y'");
    }
    put_rows(&scene, 4, 4);
    commit_batch(scene.writer, scene.batch, &closing);
    assert_true(has_key(&scene));
    assert_rows(place, "SELECT count(*) FROM {hits}", "4");
    end(&scene);
}

static bool can_wait(Place *place, Stream *stream, Stream *neighbour)
{
    g_autoptr(GPtrArray) neighbours = g_ptr_array_new();
    g_ptr_array_add(neighbours, stream);
    if (neighbour)
        g_ptr_array_add(neighbours, neighbour);
    bool can = ddl_key_can_wait(place->d, stream, neighbours);
    stream_free(stream);
    stream_free(neighbour);
    return can;
}

static Stream *distinct(Place *place, const char *columns)
{
    Stream *stream = stream_make(place, "hits", columns);
    stream->distinct = true;
    return stream;
}

/* A key that others need is there from the beginning. */
static void test_who_may_wait(Place *place)
{
    bool pays = (place->d->ops->caps & DEST_DIRECT_COPY) != 0;
    assert_int_equal(can_wait(place, distinct(place, "id integer #"), NULL), pays);
    assert_int_equal(can_wait(place, distinct(place, "id integer #"), stream_make(place, "other", "id integer #")), pays);
    assert_false(can_wait(place, stream_make(place, "hits", "id integer #"), NULL));
    assert_false(
        can_wait(place, distinct(place, "id integer #"), stream_make(place, "notes", "id integer #; hit integer >hits.id")));
    assert_false(can_wait(place, distinct(place, "id integer #; up integer >hits.id"), NULL));
    Stream *twin = stream_make(place, "hits", "id integer #");
    g_free(twin->id);
    twin->id = g_strdup("app.twin");
    assert_false(can_wait(place, distinct(place, "id integer #"), twin));
    place->d->pooled = true;
    assert_false(can_wait(place, distinct(place, "id integer #"), NULL));
    place->d->pooled = false;
}

int main(void)
{
    static const PlaceCase cases[] = {
        {"the key comes with the last rows", test_key_comes_last},
        {"the key comes before rows are merged", test_key_comes_before_a_merge},
        {"a window that starts over has its key first", test_window_starts_over},
        {"a load that was killed leaves its key to the next plan", test_next_plan},
        {"a row of somebody else with the same key stops the close", test_foreign_row},
        {"a key that others need does not wait", test_who_may_wait},
    };
    return place_run("late key", cases, (int)G_N_ELEMENTS(cases));
}
