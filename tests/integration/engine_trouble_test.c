/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine does when something comes in between, with the toy source: failures, locks, cancels, slow writers, plans that others overtook. Into
 * SQLite and, when TIDEMARK_TEST_POSTGRES_URL is set, into PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "model/time.h"
#include "tests/support/engine_expect.h"

enum { SOON_MS = 20000 };

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

/* ---- promise 2: resuming ---- */

/* History knows whose work the only stream of the run went on with, and so does whoever asks the board. */
static void expect_continued(Scene *scene, int64_t run, int64_t before, int64_t kept)
{
    Board *board = board_new(scene->catalog, scene->state, -1);
    board_ask(board, &(BoardAsk){.question = ASK_RUN, .run = run});
    BoardAnswer *answer = board_wait(board, ASK_RUN, SOON_MS);
    assert_non_null(answer);
    assert_string_equal(answer->err.message, "");
    assert_int_equal(answer->continues, before);
    assert_int_equal(answer->kept, kept);
    assert_non_null(answer->continued);
    assert_int_equal(answer->continued->run, before);
    assert_string_equal(answer->continued->outcome, "failed");
    const RunStreamRecord *stream = g_ptr_array_index(answer->run_streams, 0);
    assert_int_equal(stream->continues, before);
    board_answer_free(answer);
    board_free(board);
}

static void failed_read_resumes(void **state)
{
    Scene *scene = *state;
    scene->options.commit_rows = 1; /* each batch its own commit */
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    put_many(scene, set, 20, TOY_DAY(1));
    scene_open(scene);
    set->fail_after = 3;
    expect_exit(scene_sync(scene, NULL), 3);
    expect_rows(scene, "a", 9);
    assert_true(scene_has_checkpoint(scene, "toy.a", "sync", "sync"));
    assert_int_equal(scene_position(scene, "toy.a").watermark, TIME_NONE);

    /* Behind and ahead of the checkpoint, and later than the window's clock. */
    toy_put(scene->world, set, "a0001", "behind", 1, TOY_DAY(110));
    toy_put(scene->world, set, "a0015", "ahead", 1, TOY_DAY(111));
    scene->world->now = TOY_DAY(120);
    Result result = scene_sync(scene, NULL);
    assert_true(set->last_resumed);
    assert_int_equal(set->last_window.clock, TOY_DAY(100));
    assert_int_equal(result.view.counts.read, 11);
    expect_continued(scene, result.view.run, result.view.run - 1, 9);
    expect_exit(result, 0);
    expect_rows(scene, "a", 20);
    assert_false(scene_has_checkpoint(scene, "toy.a", "sync", "sync"));
    assert_int_equal(scene_position(scene, "toy.a").watermark, TOY_DAY(1) + 19 * US_PER_SECOND);
    expect_exit(scene_sync(scene, NULL), 0);
    expect_label(scene, "a", "a0001", "behind");
    expect_label(scene, "a", "a0015", "ahead");
}

static void backfill_and_sync_keep_apart(void **state)
{
    Scene *scene = *state;
    scene->options.commit_rows = 1;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    put_many(scene, set, 12, TOY_DAY(1));
    scene_open(scene);
    set->fail_after = 2;
    expect_exit(scene_sync(scene, NULL), 3);
    set->fail_after = 1;
    expect_exit(scene_backfill(scene, "toy.a", TOY_DAY(0), TOY_DAY(2)), 3);
    assert_true(scene_has_checkpoint(scene, "toy.a", "sync", "sync"));
    assert_true(scene_has_checkpoint(scene, "toy.a", "backfill", "2024-01-01T00:00:00Z/2024-01-03T00:00:00Z"));
    expect_exit(scene_backfill(scene, "toy.a", TOY_DAY(0), TOY_DAY(2)), 0);
    assert_true(set->last_resumed);
    assert_true(scene_has_checkpoint(scene, "toy.a", "sync", "sync"));
    expect_exit(scene_sync(scene, NULL), 0);
    assert_true(set->last_resumed);
    expect_rows(scene, "a", 12);
}

static void transient_failure_is_retried(void **state)
{
    Scene *scene = *state;
    scene->options.commit_rows = 1;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    put_many(scene, set, 20, TOY_DAY(1));
    scene_open(scene);
    set->fail_after = 3;
    set->fail_transient = true;
    Result result = scene_sync(scene, NULL);
    assert_int_equal(set->starts, 2);
    assert_true(set->last_resumed);
    assert_int_equal(result.view.counts.read, 20);
    expect_exit(result, 0);
    expect_rows(scene, "a", 20);
}

/* The destination's connections are cut in the middle of a run: it goes on from the last commit, and nothing is doubled. */
static void lost_connection_is_made_again(void **state)
{
    Scene *scene = *state;
    scene->options.commit_rows = 1;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    put_many(scene, set, 20, TOY_DAY(1));
    set->waits_after = 3;
    scene_open(scene);
    JobRequest request = scene_request(&job_sync, NULL);
    request.lock_wait_ms = 5000;
    int64_t run = scene_start(scene, &request);
    assert_true(toy_wait_for_reader(scene->world, SOON_MS));
    g_autofree char *cut = scene_query(
        scene, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
               "pg_backend_pid() AND backend_type = 'client backend'");
    assert_true(atoi(cut) > 0);
    toy_open_gate(scene->world, set);
    Result result = scene_wait(scene, run);
    assert_int_equal(set->starts, 2);
    assert_int_equal(result.view.counts.read, 20);
    expect_exit(result, 0);
    expect_rows(scene, "a", 20);
}

/* Promise 7: one that never ends its transaction does not hold a run up for ever. */
static void writer_that_keeps_the_file_locks_the_stream(void **state)
{
    Scene *scene = *state;
    Err err = {0};
    assert_true(options_set(scene->destination.options, "busy_timeout", "1s", &err));
    scene->options.retry_deadline_ms = 1;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    put_many(scene, set, 3, TOY_DAY(1));
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    toy_put(scene->world, set, "more", "x", 1, TOY_DAY(2));
    assert_true(db_exec(scene->look, &err, "BEGIN IMMEDIATE"));
    Result result = scene_sync(scene, NULL);
    const StreamView *stream = result_stream(&result, "toy.a");
    assert_int_equal(stream->phase, PHASE_LOCKED);
    assert_non_null(strstr(stream->err.message, "another program is writing to"));
    assert_non_null(strstr(stream->err.message, "toy.db"));
    expect_exit(result, 75);
    assert_true(db_exec(scene->look, &err, "ROLLBACK"));
    expect_exit(scene_sync(scene, NULL), 0);
    expect_rows(scene, "a", 4);
}

/* The other program ends its transaction once the run has tried in vain. */
static void let_go_after_a_try(const LogLine *line, void *data)
{
    Scene *scene = data;
    if (g_str_has_prefix(line->text, "retry 1 "))
        (void)db_exec(scene->look, NULL, "ROLLBACK");
}

/* Before there is any table: the ledger and the tables wait for the file as rows do. */
static void locked_file_is_waited_for_before_its_tables_are_made(void **state)
{
    Scene *scene = *state;
    Err err = {0};
    assert_true(options_set(scene->destination.options, "busy_timeout", "1s", &err));
    put_many(scene, toy_set(scene->world, TOY_PLAIN, "a", NULL), 3, TOY_DAY(1));
    scene_open(scene);
    assert_true(db_exec(scene->look, &err, "BEGIN IMMEDIATE"));
    log_set_sink(let_go_after_a_try, scene);
    Result result = scene_sync(scene, NULL);
    log_set_sink(NULL, NULL);
    expect_exit(result, 0);
    expect_rows(scene, "a", 3);
}

static void locked_file_is_not_waited_for_for_ever(void **state)
{
    Scene *scene = *state;
    Err err = {0};
    assert_true(options_set(scene->destination.options, "busy_timeout", "1s", &err));
    scene->options.retry_deadline_ms = 1;
    put_many(scene, toy_set(scene->world, TOY_PLAIN, "a", NULL), 3, TOY_DAY(1));
    scene_open(scene);
    assert_true(db_exec(scene->look, &err, "BEGIN IMMEDIATE"));
    expect_exit(scene_sync(scene, NULL), 75);
    assert_true(db_exec(scene->look, &err, "ROLLBACK"));
    expect_exit(scene_sync(scene, NULL), 0);
}

static void changed_definition_drops_checkpoint(void **state)
{
    Scene *scene = *state;
    scene->options.commit_rows = 1;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    put_many(scene, set, 12, TOY_DAY(1));
    scene_open(scene);
    set->fail_after = 2;
    expect_exit(scene_sync(scene, NULL), 3);
    g_free(set->mapping);
    set->mapping = g_strdup("v2");
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    assert_false(set->last_resumed);
    expect_rows(scene, "a", 12);
}

/* ---- promise 7: one writer ---- */

static void locked_by_another(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    ToySet *other = toy_set(scene->world, TOY_PLAIN, "b", NULL);
    put_many(scene, set, 4, TOY_DAY(1));
    put_many(scene, other, 4, TOY_DAY(1));
    set->waits_after = 0;
    scene_open(scene);
    JobRequest request = scene_request(&job_sync, "toy.a");
    int64_t first = scene_start(scene, &request);
    assert_true(toy_wait_for_reader(scene->world, SOON_MS));
    Result second = scene_sync(scene, "toy.a");
    assert_int_equal(result_stream(&second, "toy.a")->phase, PHASE_LOCKED);
    assert_non_null(strstr(result_stream(&second, "toy.a")->err.message, "run 1"));
    expect_exit(second, 75);
    expect_exit(scene_sync(scene, NULL), 3); /* the other stream is done all the same */
    expect_rows(scene, "b", 4);
    toy_open_gate(scene->world, set);
    expect_exit(scene_wait(scene, first), 0);
    expect_rows(scene, "a", 4);
}

/* ---- promise 8: cancel ---- */

static void cancel_is_prompt_and_clean(void **state)
{
    Scene *scene = *state;
    scene->options.commit_rows = 1;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    put_many(scene, set, 30, TOY_DAY(1));
    set->waits_after = 4;
    scene_open(scene);
    JobRequest request = scene_request(&job_sync, NULL);
    int64_t run = scene_start(scene, &request);
    assert_true(toy_wait_for_reader(scene->world, SOON_MS));
    int64_t asked = clock_mono_ms();
    Err err = {0};
    assert_true(engine_cancel(scene->engine, run, NULL, &err));
    Result result = scene_wait(scene, run);
    assert_true(clock_mono_ms() - asked < 2000);
    assert_int_equal(result_stream(&result, "toy.a")->phase, PHASE_CANCELLED);
    expect_exit(result, 130);
    set->waits_after = -1;
    expect_exit(scene_sync(scene, NULL), 0);
    expect_rows(scene, "a", 30);
}

static void cancel_of_one_stream_and_by_request(void **state)
{
    Scene *scene = *state;
    ToySet *a = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    ToySet *b = toy_set(scene->world, TOY_PLAIN, "b", NULL);
    put_many(scene, a, 4, TOY_DAY(1));
    put_many(scene, b, 4, TOY_DAY(1));
    a->waits_after = 0;
    scene_open(scene);
    JobRequest request = scene_request(&job_sync, NULL);
    int64_t run = scene_start(scene, &request);
    assert_true(toy_wait_for_reader(scene->world, SOON_MS));
    Err err = {0};
    assert_true(state_request_cancel(scene->state, run, "toy.a", &err)); /* as another process would */
    Result result = scene_wait(scene, run);
    assert_int_equal(result_stream(&result, "toy.a")->phase, PHASE_CANCELLED);
    assert_int_equal(result_stream(&result, "toy.b")->phase, PHASE_DONE);
    expect_exit(result, 130);
    assert_false(engine_cancel(scene->engine, run, NULL, &err));
    expect_rows(scene, "b", 4);
}

static void unreachable_source(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    toy_set(scene->world, TOY_PLAIN, "b", NULL);
    put_many(scene, set, 4, TOY_DAY(1));
    scene->world->unreachable = true;
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 69);
}

/* ---- memory ---- */

/* Another session keeps the writer waiting. */
static void hold_table(Scene *scene, const char *table)
{
    Err err = {0};
    g_autofree char *name = scene_table(scene, table);
    g_autofree char *lock = g_strdup_printf("LOCK TABLE %s IN EXCLUSIVE MODE", name);
    assert_true(db_exec(scene->look, &err, scene->look->ops->dialect->begin_write));
    if (scene->look->ops->dialect->has_schemas)
        assert_true(db_exec(scene->look, &err, lock));
}

static void wait_for_bytes(Scene *scene, int64_t run, int64_t bytes)
{
    int64_t found = 0;
    for (int64_t end = clock_mono_ms() + SOON_MS; found < bytes && clock_mono_ms() < end;) {
        EngineView *view = engine_snapshot(scene->engine);
        found = engine_view_run(view, run)->batch_bytes;
        engine_view_free(view);
    }
    assert_true(found >= bytes);
}

static void slow_writer_bounds_memory(void **state)
{
    Scene *scene = *state;
    scene->options.batch_budget = (size_t)4 * BATCH_BYTES;
    scene->config.jobs = 1;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    g_autofree char *text = g_strnfill(4000, 'x');
    for (int i = 0; i < 4000; i++) {
        g_autofree char *id = g_strdup_printf("%04d", i);
        toy_put(scene->world, set, id, text, i, TOY_DAY(1));
    }
    set->batch_rows = 200;
    set->waits_after = 1;
    scene_open(scene);
    JobRequest request = scene_request(&job_sync, NULL);
    int64_t run = scene_start(scene, &request);
    assert_true(toy_wait_for_reader(scene->world, SOON_MS));
    hold_table(scene, "a");
    toy_open_gate(scene->world, set);
    wait_for_bytes(scene, run, (int64_t)3 * BATCH_BYTES);
    Err err = {0};
    assert_true(db_exec(scene->look, &err, "COMMIT"));
    Result result = scene_wait(scene, run);
    assert_true(result.view.batch_peak <= (int64_t)4 * BATCH_BYTES);
    expect_exit(result, 0);
    expect_rows(scene, "a", 4000);
}

/* ---- plans ---- */

/* What was planned is decided again under the claim when another run moved the position meanwhile. */
static void plan_is_decided_again(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    toy_put(scene->world, set, "old", "x", 1, TOY_DAY(1));
    toy_put(scene->world, set, "new", "x", 1, TOY_DAY(50));
    scene_open(scene);
    JobRequest request = scene_request(&job_sync, NULL);
    Err err = {0};
    Plan *plan = plan_make(scene->catalog, &request, false, &err);
    g_ptr_array_unref(request.patterns);
    assert_int_equal(((const StreamPlan *)plan->streams->pdata[0])->window.kind, WINDOW_WHOLE);
    expect_exit(scene_sync(scene, NULL), 0);
    int64_t run = engine_start(scene->engine, plan, &err);
    Result result = scene_wait(scene, run);
    assert_int_equal(set->last_window.kind, WINDOW_SINCE);
    assert_int_equal(result.view.counts.read, 1);
    expect_exit(result, 0);
    expect_rows(scene, "a", 2);
}

/* H23, H24: a table that stands in the way stops its own stream alone. */
static void conflicting_table_is_refused_alone(void **state)
{
    Scene *scene = *state;
    ToySet *a = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    ToySet *b = toy_set(scene->world, TOY_PLAIN, "b", NULL);
    put_many(scene, a, 3, TOY_DAY(1));
    put_many(scene, b, 3, TOY_DAY(1));
    scene_open(scene);
    expect_exit(scene_sync(scene, NULL), 0);
    g_autofree char *table = scene_table(scene, "a");
    g_autofree char *sql =
        g_strdup_printf("DROP TABLE %s; CREATE TABLE %s (id text PRIMARY KEY, parent text, label integer NOT NULL, "
                        "amount bigint, at date)",
                        table, table);
    Err err = {0};
    assert_true(db_exec(scene->look, &err, sql));
    toy_put(scene->world, b, "more", "x", 1, TOY_DAY(2));
    Result result = scene_sync(scene, NULL);
    assert_int_equal(result_stream(&result, "toy.a")->phase, PHASE_REFUSED);
    assert_int_equal(result_stream(&result, "toy.b")->phase, PHASE_DONE);
    expect_exit(result, 3);
    expect_rows(scene, "b", 4);
}

#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(failed_read_resumes),
        SCENE_TEST(backfill_and_sync_keep_apart),
        SCENE_TEST(transient_failure_is_retried),
        SCENE_TEST(changed_definition_drops_checkpoint),
        SCENE_TEST(locked_by_another),
        SCENE_TEST(cancel_is_prompt_and_clean),
        SCENE_TEST(cancel_of_one_stream_and_by_request),
        SCENE_TEST(unreachable_source),
        SCENE_TEST(slow_writer_bounds_memory),
        SCENE_TEST(plan_is_decided_again),
        SCENE_TEST(conflicting_table_is_refused_alone),
    };
    const struct CMUnitTest of_a_file[] = {
        SCENE_TEST(writer_that_keeps_the_file_locks_the_stream),
        SCENE_TEST(locked_file_is_waited_for_before_its_tables_are_made),
        SCENE_TEST(locked_file_is_not_waited_for_for_ever),
    };
    const struct CMUnitTest of_a_server[] = {
        SCENE_TEST(lost_connection_is_made_again),
    };
    int failed = cmocka_run_group_tests_name("engine, disturbed, into sqlite", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("engine, disturbed, into a file", of_a_file, NULL, NULL);
    url = getenv("TIDEMARK_TEST_POSTGRES_URL");
    if (!url)
        return failed;
    failed += cmocka_run_group_tests_name("engine, disturbed, into postgres", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("engine, disturbed, into a server", of_a_server, NULL, NULL);
}
