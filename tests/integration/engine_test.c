/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine makes of a stream, with the toy source: watermarks, parents, scopes, reimports. Into SQLite and, when TIDEMARK_TEST_POSTGRES_URL is
 * set, into PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/time.h"
#include "tests/support/engine_expect.h"

enum { SOON_MS = 20000 };
#define HOUR (INT64_C(3600) * US_PER_SECOND)

static const char *url; /* of the destination under test; NULL: SQLite */

static int set_up(void **state)
{
    *state = scene_new(url);
    return 0;
}

static int tear_down(void **state)
{
    scene_free(*state);
    return 0;
}

/* ---- promise 1: watermarks ---- */

static void first_sync_and_next(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    put_many(scene, set, 10, TOY_DAY(1));
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    expect_rows(scene, "a", 10);
    assert_int_equal(scene_position(scene, "toy.a").watermark, TOY_DAY(1) + 9 * US_PER_SECOND);
    assert_int_equal(set->last_window.kind, WINDOW_WHOLE);

    toy_put(scene->world, set, "new", "later", 1, TOY_DAY(2));
    toy_put(scene->world, set, "a0009", "changed", 1, TOY_DAY(2) + US_PER_SECOND);
    Result result = scene_sync(scene, NULL);
    assert_int_equal(set->last_window.kind, WINDOW_SINCE);
    assert_int_equal(set->last_window.low, TOY_DAY(1) + 9 * US_PER_SECOND - HOUR);
    assert_int_equal(result.view.counts.written, 2);
    assert_int_equal(result.view.counts.unchanged, 9);
    expect_exit(result, 0);
    expect_rows(scene, "a", 11);
    expect_label(scene, "a", "a0009", "changed");
    assert_int_equal(scene_position(scene, "toy.a").watermark, TOY_DAY(2) + US_PER_SECOND);
}

/* H9: a document dated after the source's own clock is stored, and does not blind the stream. */
static void future_date_does_not_move_watermark(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    toy_put(scene->world, set, "now", "x", 1, TOY_DAY(1));
    toy_put(scene->world, set, "next year", "x", 1, scene->world->now + 365 * US_PER_DAY);
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    expect_rows(scene, "a", 2);
    assert_int_equal(scene_position(scene, "toy.a").watermark, TOY_DAY(1));
}

/* A reject was read, so it counts for the watermark; it waits in the ledger and lands when its document is right. */
static void reject_counts_and_lands(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    toy_put(scene->world, set, "good", "x", 1, TOY_DAY(1));
    toy_put(scene->world, set, "bad", NULL, 1, TOY_DAY(2));
    scene_open(scene);
    Result result = scene_sync(scene, NULL);
    assert_int_equal(result.view.counts.rejected, 1);
    assert_int_equal(result.view.counts.rejected_new, 1);
    expect_exit(result, 1);
    assert_int_equal(scene_position(scene, "toy.a").watermark, TOY_DAY(2));
    assert_int_equal(scene_position(scene, "toy.a").open_rejects, 1);

    expect_exit(scene_sync(scene, NULL), 0); /* an old one is no news */
    JobRequest strict = scene_request(&job_sync, NULL);
    strict.strict = true;
    expect_exit(scene_do(scene, &strict), 1);
    toy_put(scene->world, set, "bad", "good now", 1, TOY_DAY(3));
    expect_exit(scene_sync(scene, NULL), 0);
    expect_rows(scene, "a", 2);
    assert_int_equal(scene_position(scene, "toy.a").open_rejects, 0);
}

static void incomplete_unit_stops_watermark(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_DAYS, "a", NULL);
    for (int day = 0; day < 6; day++) {
        g_autofree char *id = g_strdup_printf("d%d", day);
        toy_put(scene->world, set, id, "x", day, TOY_DAY(day) + HOUR);
    }
    int64_t bad = TOY_DAY(3);
    g_array_append_val(set->bad_days, bad);
    scene_open(scene);
    Result result = scene_sync(scene, NULL);
    assert_int_equal(result_stream(&result, "toy.a")->phase, PHASE_FAILED);
    expect_exit(result, 3);
    expect_rows(scene, "a", 5); /* what could be read is stored, also after the gap */
    assert_int_equal(scene_position(scene, "toy.a").watermark, TOY_DAY(3) - 1);

    g_array_set_size(set->bad_days, 0);
    expect_exit(scene_sync(scene, NULL), 0);
    expect_rows(scene, "a", 6);
    assert_int_equal(scene_position(scene, "toy.a").watermark, TOY_DAY(5) + HOUR);
}

/* A unit whose page comes back full is halved until it fits; nothing is read twice or left out. */
static void full_pages_are_halved(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_DAYS, "a", NULL);
    for (int i = 0; i < 30; i++) {
        g_autofree char *id = g_strdup_printf("d%02d", i);
        toy_put(scene->world, set, id, "x", i, TOY_DAY(1) + i * (HOUR / 2));
    }
    scene_open(scene);
    Result result = scene_sync(scene, NULL);
    assert_true(set->units > 7);
    assert_int_equal(result.view.counts.read, 30);
    assert_int_equal(result.view.counts.written, 30);
    expect_exit(result, 0);
    expect_rows(scene, "a", 30);
}

static void absent_values_leave_columns_alone(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_DAYS, "a", NULL);
    ToyDoc *doc = toy_put(scene->world, set, "d", "one", 7, TOY_DAY(1));
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    doc->amount_absent = true;
    toy_put(scene->world, set, "d", "two", 0, TOY_DAY(2));
    expect_exit(scene_sync(scene, NULL), 0);
    g_autofree char *table = scene_table(scene, "a");
    g_autofree char *sql = g_strdup_printf("SELECT label, amount FROM %s", table);
    g_autofree char *found = scene_query(scene, sql);
    assert_string_equal(found, "two|7");
}

static void changed_definition_reads_whole(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    put_many(scene, set, 5, TOY_DAY(1));
    toy_put(scene->world, set, "z", "x", 1, TOY_DAY(50));
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    expect_exit(scene_sync(scene, NULL), 0);
    assert_int_equal(set->last_window.kind, WINDOW_SINCE);
    g_free(set->mapping);
    set->mapping = g_strdup("v2");
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    assert_int_equal(set->last_window.kind, WINDOW_WHOLE);
    expect_exit(scene_sync(scene, NULL), 0);
    assert_int_equal(set->last_window.kind, WINDOW_SINCE);
}

/* H15: history that a threshold left out is remembered, and read when the threshold goes. */
static void threshold_is_remembered(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    toy_put(scene->world, set, "old", "x", 1, TOY_DAY(1));
    toy_put(scene->world, set, "mid", "x", 1, TOY_DAY(20));
    toy_put(scene->world, set, "new", "x", 1, TOY_DAY(50));
    set->settings.threshold_us = TOY_DAY(40);
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    expect_rows(scene, "a", 1);
    assert_int_equal(scene_position(scene, "toy.a").history_from, TOY_DAY(40));

    set->settings.threshold_us = TOY_DAY(10);
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    expect_rows(scene, "a", 2);
    assert_int_equal(scene_position(scene, "toy.a").history_from, TOY_DAY(10));

    set->settings.threshold_us = TIME_NONE;
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    expect_rows(scene, "a", 3);
    assert_int_equal(scene_position(scene, "toy.a").history_from, TIME_NONE);
    expect_exit(scene_sync(scene, NULL), 0);
    assert_int_equal(set->last_window.kind, WINDOW_SINCE);
}

static void backfill_leaves_watermark(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    put_many(scene, set, 5, TOY_DAY(1));
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    Position before = scene_position(scene, "toy.a");
    toy_put(scene->world, set, "behind", "x", 1, TOY_DAY(0));
    toy_put(scene->world, set, "ahead", "x", 1, TOY_DAY(60));
    Result result = scene_backfill(scene, "toy.a", TOY_DAY(0), TOY_DAY(1));
    assert_int_equal(result.view.counts.read, 1);
    expect_exit(result, 0);
    expect_rows(scene, "a", 6);
    assert_int_equal(scene_position(scene, "toy.a").watermark, before.watermark);
    expect_exit(scene_sync(scene, NULL), 0);
    expect_rows(scene, "a", 7);
}

static void truth_of_a_taken_over_table(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    put_many(scene, set, 5, TOY_DAY(1));
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    /* As if older scripts had filled it: rows, one of them lost, one stale, and no ledger. */
    g_autofree char *table = scene_table(scene, "a");
    g_autofree char *sql = g_strdup_printf("DELETE FROM %s WHERE id = 'a0002'; UPDATE %s SET label = 'stale' WHERE id = 'a0001'; "
                                           "DELETE FROM %sstreams",
                                           table, table, scene->look->control);
    Err err = {0};
    assert_true(db_exec(scene->look, &err, sql));
    Result result = scene_sync(scene, NULL);
    assert_int_equal(result.view.counts.written, 2);
    assert_int_equal(result.view.counts.unchanged, 3);
    expect_exit(result, 0);
    expect_rows(scene, "a", 5);
    expect_label(scene, "a", "a0001", "label");
}

static void take_over_by_trust(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    put_many(scene, set, 5, TOY_DAY(1));
    toy_put(scene->world, set, "z", "x", 1, TOY_DAY(30));
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    g_autofree char *sql = g_strdup_printf("DELETE FROM %sstreams", scene->look->control);
    Err err = {0};
    assert_true(db_exec(scene->look, &err, sql));
    set->settings.take_over = TAKE_OVER_TRUST;
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    assert_int_equal(set->last_window.kind, WINDOW_SINCE);
    assert_int_equal(set->last_window.low, TOY_DAY(30) - HOUR);
    assert_true(scene_position(scene, "toy.a").unaudited);
}

/* ---- promise 3 and 4: parents, parked rows, scopes ---- */

static void children_wait_for_parents(void **state)
{
    Scene *scene = *state;
    ToySet *child = toy_set(scene->world, TOY_PLAIN, "child", "owner");
    ToySet *parent = toy_set(scene->world, TOY_PLAIN, "owner", NULL);
    put_many(scene, parent, 10, TOY_DAY(1));
    ToyDoc *doc = toy_put(scene->world, child, "c", "x", 1, TOY_DAY(1));
    doc->parent = g_strdup("owner0009");
    parent->waits_after = 1;
    scene_open(scene);
    JobRequest request = scene_request(&job_sync, NULL);
    int64_t run = scene_start(scene, &request);
    assert_true(toy_wait_for_reader(scene->world, SOON_MS));
    EngineView *view = engine_snapshot(scene->engine);
    const RunView *now = engine_view_run(view, run);
    for (int i = 0; i < now->stream_count; i++)
        if (g_str_equal(now->streams[i].id, "toy.child")) {
            assert_int_equal(now->streams[i].phase, PHASE_WAITING);
            assert_string_equal(now->streams[i].note, "waiting: owner");
        }
    engine_view_free(view);
    assert_int_equal(child->starts, 0);
    toy_open_gate(scene->world, parent);
    expect_exit(scene_wait(scene, run), 0);
    expect_rows(scene, "child", 1);
}

/* H2: after a failed parent the child still runs; its row parks, and lands by itself once the parent is there. */
static void failed_parent_parks_child(void **state)
{
    Scene *scene = *state;
    ToySet *parent = toy_set(scene->world, TOY_PLAIN, "owner", NULL);
    ToySet *child = toy_set(scene->world, TOY_PLAIN, "child", "owner");
    toy_put(scene->world, parent, "p", "x", 1, TOY_DAY(1));
    ToyDoc *doc = toy_put(scene->world, child, "c", "x", 1, TOY_DAY(1));
    doc->parent = g_strdup("p");
    parent->fail_after = 0;
    scene_open(scene);
    Result result = scene_sync(scene, NULL);
    assert_int_equal(result_stream(&result, "toy.owner")->phase, PHASE_FAILED);
    assert_int_equal(result_stream(&result, "toy.child")->phase, PHASE_DONE);
    assert_int_equal(result_stream(&result, "toy.child")->counts.rejected, 1);
    expect_exit(result, 3);
    assert_int_equal(scene_position(scene, "toy.child").open_rejects, 1);
    expect_exit(scene_sync(scene, NULL), 0);
    expect_rows(scene, "child", 1);
    assert_int_equal(scene_position(scene, "toy.child").open_rejects, 0);
}

/* Tables that point at each other: whichever goes first parks its rows, and they land at the end of the same run. */
static void cycle_lands_at_the_end(void **state)
{
    Scene *scene = *state;
    ToySet *a = toy_set(scene->world, TOY_PLAIN, "a", "b");
    ToySet *b = toy_set(scene->world, TOY_PLAIN, "b", "a");
    toy_put(scene->world, a, "a1", "x", 1, TOY_DAY(1))->parent = g_strdup("b1");
    toy_put(scene->world, a, "a2", "x", 1, TOY_DAY(1));
    toy_put(scene->world, b, "b1", "x", 1, TOY_DAY(1))->parent = g_strdup("a2");
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    expect_rows(scene, "a", 2);
    expect_rows(scene, "b", 1);
}

static void wide_scope_is_one_merge(void **state)
{
    Scene *scene = *state;
    scene->options.commit_rows = 1;
    scene->options.batch_budget = 1; /* only what every stream is guaranteed, and what a scope needs */
    ToySet *set = toy_set(scene->world, TOY_LINKS, "links", NULL);
    char *items[101] = {0};
    for (int i = 0; i < 100; i++)
        items[i] = g_strdup_printf("i%03d", i);
    const char *const few[] = {"x", "y", NULL};
    toy_items(scene->world, set, "p1", TOY_DAY(1), few);
    toy_items(scene->world, set, "p2", TOY_DAY(1), (const char *const *)items);
    toy_items(scene->world, set, "p3", TOY_DAY(1), few);
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    expect_rows(scene, "links", 104);

    const char *const none[] = {NULL};
    toy_items(scene->world, set, "p1", TOY_DAY(2), none);
    toy_items(scene->world, set, "p2", TOY_DAY(2), (const char *const *)items + 50);
    Result result = scene_sync(scene, NULL);
    assert_int_equal(result.view.counts.removed, 52);
    assert_int_equal(result.view.counts.written, 0);
    expect_exit(result, 0);
    expect_rows(scene, "links", 52);
    for (int i = 0; i < 100; i++)
        g_free(items[i]);
}

/* ---- promise 5: reimport ---- */

static void reimport_makes_equal(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    put_many(scene, set, 20, TOY_DAY(1));
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    toy_delete(scene->world, set, "a0003");
    toy_put(scene->world, set, "a0004", "other", 1, TOY_DAY(2));
    JobRequest request = scene_request(&job_reimport, NULL);
    Result result = scene_do(scene, &request);
    assert_int_equal(result.view.counts.removed, 1);
    assert_int_equal(result.view.counts.written, 1);
    assert_int_equal(result.view.counts.unchanged, 18);
    expect_exit(result, 0);
    expect_rows(scene, "a", 19);
    assert_int_equal(scene_position(scene, "toy.a").watermark, TOY_DAY(2));

    /* One that fails, or reads too little, changes nothing. */
    set->fail_after = 1;
    request = scene_request(&job_reimport, NULL);
    expect_exit(scene_do(scene, &request), 3);
    expect_rows(scene, "a", 19);
    g_ptr_array_set_size(set->docs, 3);
    request = scene_request(&job_reimport, NULL);
    expect_exit(scene_do(scene, &request), 3);
    expect_rows(scene, "a", 19);
    request = scene_request(&job_reimport, NULL);
    request.allow_shrink = true;
    expect_exit(scene_do(scene, &request), 0);
    expect_rows(scene, "a", 3);
}

static void missing_dataset(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    ToySet *empty = toy_set(scene->world, TOY_PLAIN, "b", NULL);
    put_many(scene, set, 4, TOY_DAY(1));
    empty->missing = true;
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0); /* nothing there, nothing to lose: a warning */
    set->missing = true;
    Result result = scene_sync(scene, "toy.a");
    assert_int_equal(result_stream(&result, "toy.a")->err.code, ERR_SOURCE);
    expect_exit(result, 3);
    JobRequest request = scene_request(&job_reimport, "toy.b");
    expect_exit(scene_do(scene, &request), 3);
    expect_rows(scene, "a", 4);
}

static void force_reimport_in_the_file(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    put_many(scene, set, 10, TOY_DAY(1));
    set->settings.force_reimport = true;
    set->settings.threshold_us = TOY_DAY(50); /* bypassed */
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    expect_rows(scene, "a", 10);
    expect_exit(scene_sync(scene, NULL), 0);
    assert_int_equal(set->last_window.kind, WINDOW_WHOLE);
    toy_delete(scene->world, set, "a0001");
    expect_exit(scene_sync(scene, NULL), 0);
    expect_rows(scene, "a", 10);
    set->settings.truncate_before_import = true;
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    expect_rows(scene, "a", 9);
}

/* ---- counts and history ---- */

static void counts_at_the_source(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    put_many(scene, set, 7, TOY_DAY(1));
    scene_open(scene);
    JobRequest request = scene_request(&job_sync, NULL);
    Err err = {0};
    Plan *plan = plan_make(scene->catalog, &request, true, &err);
    const StreamPlan *stream = plan->streams->pdata[0];
    assert_int_equal(stream->estimate, 7);
    assert_true(stream->ddl->creates);
    assert_true(plan->ledger_ddl->len > 0);
    assert_int_equal(set->starts, 0);
    plan_free(plan);
    request.progress = true;
    Result result = scene_do(scene, &request);
    assert_int_equal(result_stream(&result, "toy.a")->estimate, 7);
    expect_exit(result, 0);
}

static void history_is_kept(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    put_many(scene, set, 4, TOY_DAY(1));
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    g_autoptr(GPtrArray) runs = g_ptr_array_new_with_free_func(run_record_free);
    g_autoptr(GPtrArray) streams = g_ptr_array_new_with_free_func(run_stream_record_free);
    Err err = {0};
    RunFilter filter = {.since_us = TIME_NONE, .limit = 10};
    int64_t total = 0;
    assert_true(state_runs(scene->state, &filter, runs, &total, &err));
    assert_int_equal(total, 1);
    const RunRecord *run = runs->pdata[0];
    assert_string_equal(run->outcome, "done");
    assert_int_equal(run->counts.written, 4);
    assert_true(state_run_streams(scene->state, run->run, streams, &err));
    const RunStreamRecord *stream = streams->pdata[0];
    assert_string_equal(stream->phase, "done");
    assert_string_equal(stream->window, "whole");
    assert_string_equal(stream->why, "first sync");
}

#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(first_sync_and_next),
        SCENE_TEST(future_date_does_not_move_watermark),
        SCENE_TEST(reject_counts_and_lands),
        SCENE_TEST(incomplete_unit_stops_watermark),
        SCENE_TEST(full_pages_are_halved),
        SCENE_TEST(absent_values_leave_columns_alone),
        SCENE_TEST(changed_definition_reads_whole),
        SCENE_TEST(threshold_is_remembered),
        SCENE_TEST(backfill_leaves_watermark),
        SCENE_TEST(truth_of_a_taken_over_table),
        SCENE_TEST(take_over_by_trust),
        SCENE_TEST(children_wait_for_parents),
        SCENE_TEST(failed_parent_parks_child),
        SCENE_TEST(cycle_lands_at_the_end),
        SCENE_TEST(wide_scope_is_one_merge),
        SCENE_TEST(reimport_makes_equal),
        SCENE_TEST(missing_dataset),
        SCENE_TEST(force_reimport_in_the_file),
        SCENE_TEST(counts_at_the_source),
        SCENE_TEST(history_is_kept),
    };
    int failed = cmocka_run_group_tests_name("engine into sqlite", tests, NULL, NULL);
    url = getenv("TIDEMARK_TEST_POSTGRES_URL");
    return url ? failed + cmocka_run_group_tests_name("engine into postgres", tests, NULL, NULL) : failed;
}
