/* SPDX-License-Identifier: Apache-2.0 */
/* The board's questions over runs of the toy source, into SQLite and, when TIDEMARK_TEST_POSTGRES_URL is set, into PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "model/time.h"
#include "tests/support/engine_scene.h"

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

static BoardAnswer *ask(Board *board, BoardAsk question)
{
    int64_t ticket = board_ask(board, &question);
    BoardAnswer *answer = board_wait(board, question.question, SOON_MS);
    assert_non_null(answer);
    assert_int_equal(answer->ticket, ticket);
    if (answer->err.code != ERR_NONE)
        fail_msg("%s", answer->err.message);
    return answer;
}

static void run_sync(Scene *scene, int status)
{
    Result result = scene_sync(scene, NULL);
    assert_int_equal(result.exit_status, status);
    result_done(&result);
}

static const StreamRow *row_of(const BoardAnswer *answer, const char *id)
{
    for (guint i = 0; i < answer->rows->len; i++)
        if (g_str_equal(((const StreamRow *)answer->rows->pdata[i])->id, id))
            return answer->rows->pdata[i];
    fail_msg("no row %s", id);
    return NULL;
}

static void expect_state(Board *board, const char *id, const char *word)
{
    BoardAnswer *answer = ask(board, (BoardAsk){.question = ASK_STREAMS});
    assert_string_equal(row_of(answer, id)->state, word);
    board_answer_free(answer);
}

static void streams_before_and_after(void **state)
{
    Scene *scene = *state;
    ToySet *good = toy_set(scene->world, TOY_PLAIN, "good", NULL);
    ToySet *bad = toy_set(scene->world, TOY_PLAIN, "bad", NULL);
    toy_put(scene->world, good, "1", "x", 1, TOY_DAY(1));
    toy_put(scene->world, good, "2", NULL, 1, TOY_DAY(2));
    toy_put(scene->world, bad, "1", "x", 1, TOY_DAY(1));
    bad->fail_after = 0;
    scene_open(scene);
    Board *board = board_new(scene->catalog, scene->state, -1);
    expect_state(board, "toy.good", "never run");
    run_sync(scene, 3);
    toy_put(scene->world, good, "3", "x", 1, TOY_DAY(2) + US_PER_SECOND);
    BoardAnswer *answer = ask(board, (BoardAsk){.question = ASK_STREAMS});
    const StreamRow *row = row_of(answer, "toy.good");
    assert_string_equal(row->state, "fresh");
    assert_int_equal(row->watermark, TOY_DAY(2));
    assert_int_equal(row->lag_us, US_PER_SECOND);
    assert_int_equal(row->rows, 1);
    assert_int_equal(row->rejects, 1);
    assert_false(row->cached);
    row = row_of(answer, "toy.bad");
    assert_string_equal(row->state, "stopped");
    assert_non_null(row->error);
    board_answer_free(answer);
    toy_put(scene->world, good, "4", "x", 1, TOY_DAY(5));
    expect_state(board, "toy.good", "late");
    board_free(board);
}

static void running_stream(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    toy_put(scene->world, set, "1", "x", 1, TOY_DAY(1));
    set->waits_after = 0;
    scene_open(scene);
    Board *board = board_new(scene->catalog, scene->state, -1);
    JobRequest request = scene_request(&job_sync, NULL);
    int64_t run = scene_start(scene, &request);
    assert_true(toy_wait_for_reader(scene->world, SOON_MS));
    const char *word = NULL;
    for (int64_t end = clock_mono_ms() + SOON_MS;
         clock_mono_ms() < end && g_strcmp0(word, "running") != 0;) { /* the keeper saves phases twice a second */
        BoardAnswer *answer = ask(board, (BoardAsk){.question = ASK_STREAMS});
        word = g_intern_string(row_of(answer, "toy.a")->state);
        board_answer_free(answer);
    }
    assert_string_equal(word, "running");
    toy_open_gate(scene->world, set);
    Result result = scene_wait(scene, run);
    assert_int_equal(result.exit_status, 0);
    result_done(&result);
    expect_state(board, "toy.a", "fresh");
    board_free(board);
}

static void history_and_one_run(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    toy_put(scene->world, set, "1", "x", 1, TOY_DAY(1));
    scene_open(scene);
    run_sync(scene, 0);
    run_sync(scene, 0);
    Board *board = board_new(scene->catalog, scene->state, -1);
    BoardAnswer *answer = ask(board, (BoardAsk){.question = ASK_HISTORY, .history = {.since_us = TIME_NONE, .limit = 1}});
    assert_int_equal(answer->total, 2);
    assert_int_equal(answer->rows->len, 1);
    int64_t run = ((const RunRecord *)answer->rows->pdata[0])->run;
    assert_int_equal(answer->offset, 0);
    board_answer_free(answer);
    answer = ask(board, (BoardAsk){.question = ASK_HISTORY, .history = {.limit = 1, .offset = 1}});
    assert_int_equal(answer->rows->len, 1);
    assert_int_equal(answer->offset, 1);
    board_answer_free(answer);
    answer = ask(board, (BoardAsk){.question = ASK_RUN, .run = run, .log_level = LOG_DEBUG});
    assert_int_equal(answer->run_streams->len, 1);
    board_answer_free(answer);
    board_ask(board, &(BoardAsk){.question = ASK_RUN, .run = 999});
    answer = board_wait(board, ASK_RUN, SOON_MS);
    assert_int_equal(answer->err.code, ERR_USAGE);
    board_answer_free(answer);
    board_free(board);
}

static void rejects_retry_and_dismiss(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    toy_put(scene->world, set, "1", NULL, 1, TOY_DAY(1));
    toy_put(scene->world, set, "2", NULL, 1, TOY_DAY(1));
    toy_put(scene->world, set, "3", "x", 1, TOY_DAY(60));
    scene_open(scene);
    run_sync(scene, 1);
    Board *board = board_new(scene->catalog, scene->state, -1);
    RejectQuery query = {.stream = "toy.a", .limit = 10};
    BoardAnswer *answer = ask(board, (BoardAsk){.question = ASK_REJECTS, .rejects = query});
    assert_int_equal(answer->rows->len, 2);
    assert_int_equal(((const Reject *)answer->rows->pdata[0])->reason, REJECT_REQUIRED);
    board_answer_free(answer);

    toy_put(scene->world, set, "1", "repaired", 1, TOY_DAY(1)); /* far behind the watermark: only a look-up finds it */
    answer = ask(board, (BoardAsk){.question = ASK_RETRY, .rejects = query});
    assert_int_equal(answer->total, 2);
    assert_int_equal(answer->changed, 1);
    board_answer_free(answer);
    answer = ask(board, (BoardAsk){.question = ASK_DISMISS, .rejects = query});
    assert_int_equal(answer->changed, 1);
    board_answer_free(answer);
    answer = ask(board, (BoardAsk){.question = ASK_REJECT_GROUPS, .rejects = {.dismissed = true}});
    assert_int_equal(answer->rows->len, 1);
    assert_int_equal(((const RejectGroup *)answer->rows->pdata[0])->dismissed, 1);
    assert_int_equal(((const RejectGroup *)answer->rows->pdata[0])->open, 0);
    board_answer_free(answer);
    g_autofree char *table = scene_table(scene, "a");
    g_autofree char *sql = g_strdup_printf("SELECT id, label FROM %s ORDER BY id", table);
    g_autofree char *rows = scene_query(scene, sql);
    assert_string_equal(rows, "1|repaired\n3|x");
    board_free(board);
}

static void days_are_counted(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    toy_put(scene->world, set, "1", "x", 1, TOY_DAY(1));
    toy_put(scene->world, set, "2", "x", 1, TOY_DAY(2) - 1);
    toy_put(scene->world, set, "3", "x", 1, TOY_DAY(3));
    scene_open(scene);
    run_sync(scene, 0);
    Board *board = board_new(scene->catalog, scene->state, -1);
    BoardAsk days = {.question = ASK_DAYS, .stream = "toy.a", .from_day = 0, .to_day = 100000};
    BoardAnswer *answer = ask(board, days);
    assert_int_equal(answer->days->len, 2);
    assert_int_equal(g_array_index(answer->days, BoardDay, 0).rows, 2);
    assert_int_equal(g_array_index(answer->days, BoardDay, 0).day, TOY_DAY(1) / US_PER_DAY);
    board_answer_free(answer);
    days.to_day = TOY_DAY(2) / US_PER_DAY;
    answer = ask(board, days);
    assert_int_equal(answer->days->len, 1);
    board_answer_free(answer);
    board_free(board);
}

/* The first frame needs no connection: what was last known is shown, and marked. */
static void cached_when_the_destination_is_away(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    toy_put(scene->world, set, "1", "x", 1, TOY_DAY(1));
    scene_open(scene);
    run_sync(scene, 0);
    char *there = scene->destination.url;
    scene->destination.url =
        g_strdup_printf("%s", url ? "postgresql://nobody@127.0.0.1:1/none" : "sqlite:/nonexistent/directory/x.db");
    Board *board = board_new(scene->catalog, scene->state, -1);
    BoardAnswer *answer = ask(board, (BoardAsk){.question = ASK_STREAMS});
    const StreamRow *row = row_of(answer, "toy.a");
    assert_true(row->cached);
    assert_int_equal(row->watermark, TOY_DAY(1));
    assert_int_equal(row->rows, 1);
    assert_non_null(row->away);
    board_answer_free(answer);
    board_free(board);
    g_free(scene->destination.url);
    scene->destination.url = there;
}

/* What is known without any connection, and what the last runs of a stream came to. */
static void known_at_once_with_its_last_runs(void **state)
{
    Scene *scene = *state;
    ToySet *a = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    ToySet *b = toy_set(scene->world, TOY_PLAIN, "b", NULL);
    toy_put(scene->world, a, "1", "x", 1, TOY_DAY(1));
    toy_put(scene->world, b, "1", "x", 1, TOY_DAY(1));
    scene_open(scene);
    Board *board = board_new(scene->catalog, scene->state, -1);
    BoardAnswer *answer = ask(board, (BoardAsk){.question = ASK_KNOWN});
    assert_string_equal(row_of(answer, "toy.a")->state, "never run");
    assert_int_equal(row_of(answer, "toy.a")->rows, -1);
    assert_int_equal(row_of(answer, "toy.a")->runs->len, 0);
    assert_non_null(row_of(answer, "toy.a")->why);
    board_answer_free(answer);
    run_sync(scene, 0);
    toy_put(scene->world, a, "2", "y", 1, TOY_DAY(2));
    run_sync(scene, 0);
    board_answer_free(ask(board, (BoardAsk){.question = ASK_STREAMS}));
    char *there = scene->destination.url;
    scene->destination.url = g_strdup("sqlite:/nonexistent/directory/x.db");
    answer = ask(board, (BoardAsk){.question = ASK_KNOWN});
    const StreamRow *row = row_of(answer, "toy.a");
    assert_true(row->cached);
    assert_null(row->away);
    assert_int_equal(row->watermark, TOY_DAY(2));
    assert_int_equal(row->rows, 2);
    assert_int_equal(row->runs->len, 2);
    const RunStreamRecord *newest = g_ptr_array_index(row->runs, 0), *first = g_ptr_array_index(row->runs, 1);
    assert_true(newest->run > first->run);
    assert_int_equal(newest->counts.written, 1);
    assert_string_equal(newest->job, "sync");
    assert_string_equal(newest->outcome, "done");
    board_answer_free(answer);
    g_free(scene->destination.url);
    scene->destination.url = there;
    answer = ask(board, (BoardAsk){.question = ASK_STREAMS, .stream = "toy.b"});
    assert_int_equal(answer->rows->len, 1);
    assert_string_equal(row_of(answer, "toy.b")->state, "fresh");
    board_answer_free(answer);
    Err err = {0};
    for (int i = 0; i < 2; i++)
        assert_true(state_run_log(scene->state, &(LogLine){.at_us = i, .run = 1, .text = "line"}, &err));
    answer = ask(board, (BoardAsk){.question = ASK_LOG, .after_log_id = -1, .limit = 1, .log_level = LOG_DEBUG});
    assert_int_equal(answer->rows->len, 1);
    assert_int_equal(((const LogRecord *)g_ptr_array_index(answer->rows, 0))->at_us, 1);
    board_answer_free(answer);
    board_free(board);
}

#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(streams_before_and_after),         SCENE_TEST(running_stream),   SCENE_TEST(history_and_one_run),
        SCENE_TEST(rejects_retry_and_dismiss),        SCENE_TEST(days_are_counted), SCENE_TEST(cached_when_the_destination_is_away),
        SCENE_TEST(known_at_once_with_its_last_runs),
    };
    int failed = cmocka_run_group_tests_name("board over sqlite", tests, NULL, NULL);
    url = getenv("TIDEMARK_TEST_POSTGRES_URL");
    return url ? failed + cmocka_run_group_tests_name("board over postgres", tests, NULL, NULL) : failed;
}
