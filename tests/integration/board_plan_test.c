/* SPDX-License-Identifier: Apache-2.0 */
/* Plans asked of the board: they are what the engine starts, and one that hangs holds nothing up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "jobs/request.h"
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

static BoardAnswer *ask_plan(Board *board, const char *line, bool estimate)
{
    int64_t ticket = board_ask(board, &(BoardAsk){.question = ASK_PLAN, .plan = line, .estimate = estimate});
    BoardAnswer *answer = board_wait(board, ASK_PLAN, SOON_MS);
    assert_non_null(answer);
    assert_int_equal(answer->ticket, ticket);
    return answer;
}

static void the_plan_is_what_starts(void **state)
{
    Scene *scene = *state;
    ToySet *set = toy_set(scene->world, TOY_PLAIN, "a", NULL);
    toy_put(scene->world, set, "1", "x", 1, TOY_DAY(1));
    toy_put(scene->world, set, "2", "x", 1, TOY_DAY(5));
    scene_open(scene);
    Board *board = board_new(scene->catalog, scene->state, -1);
    BoardAnswer *answer = ask_plan(board, "backfill toy.a --from 2024-01-01 --to 2030-01-01", false);
    assert_int_equal(answer->err.code, ERR_NONE);
    assert_int_equal(((const StreamPlan *)answer->plan->streams->pdata[0])->estimate, -1);
    board_answer_free(answer); /* the plan goes with it */
    answer = ask_plan(board, "sync toy.a --jobs 2", true);
    assert_int_equal(((const StreamPlan *)answer->plan->streams->pdata[0])->estimate, 2);
    assert_string_equal(answer->plan->request.arguments, "sync toy.a --jobs 2");
    assert_int_equal(answer->plan->jobs, 2);
    assert_int_equal(answer->plan->first_writes->len, 1);
    Plan *plan = g_steal_pointer(&answer->plan);
    board_answer_free(answer);
    Err err = {0};
    int64_t run = engine_start(scene->engine, plan, &err);
    assert_true(run > 0);
    Result result = scene_wait(scene, run);
    assert_int_equal(result.exit_status, 0);
    assert_int_equal(result.view.counts.written, 2);
    result_done(&result);
    answer = ask_plan(board, "sync", false);
    assert_int_equal(answer->plan->first_writes->len, 0);
    board_answer_free(answer);
    board_free(board);
}

static void mistakes_are_answers(void **state)
{
    Scene *scene = *state;
    toy_set(scene->world, TOY_PLAIN, "a", NULL);
    scene_open(scene);
    Board *board = board_new(scene->catalog, scene->state, -1);
    static const char *const lines[] = {"sync toy.none", "drop toy.a", "backfill toy.a", "backfill toy.a 2024-02-01 2024-01-01",
                                        "sync 'toy.a",   "sync --what"};
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        BoardAnswer *answer = ask_plan(board, lines[i], false);
        assert_int_equal(answer->err.code, ERR_USAGE);
        assert_null(answer->plan);
        board_answer_free(answer);
    }
    board_free(board);
}

static void a_new_plan_replaces_one_that_hangs(void **state)
{
    Scene *scene = *state;
    ToySet *slow = toy_set(scene->world, TOY_PLAIN, "slow", NULL);
    ToySet *quick = toy_set(scene->world, TOY_PLAIN, "quick", NULL);
    toy_put(scene->world, quick, "1", "x", 1, TOY_DAY(1));
    slow->count_waits = true;
    scene_open(scene);
    Board *board = board_new(scene->catalog, scene->state, -1);
    board_ask(board, &(BoardAsk){.question = ASK_PLAN, .plan = "sync toy.slow", .estimate = true});
    assert_true(toy_wait_for_reader(scene->world, SOON_MS));
    board_ask(board, &(BoardAsk){.question = ASK_DAYS, .stream = "toy.quick", .from_day = 0, .to_day = 1});
    BoardAnswer *answer = board_wait(board, ASK_DAYS, SOON_MS); /* other questions go on */
    assert_non_null(answer);
    board_answer_free(answer);
    answer = ask_plan(board, "sync toy.quick", true);
    assert_int_equal(answer->err.code, ERR_NONE);
    assert_int_equal(((const StreamPlan *)answer->plan->streams->pdata[0])->estimate, 1);
    board_answer_free(answer);
    board_ask(board, &(BoardAsk){.question = ASK_PLAN, .plan = "sync toy.slow", .estimate = true});
    assert_true(toy_wait_for_reader(scene->world, SOON_MS));
    board_free(board); /* does not wait for it */
}

static void lines_are_read_back(void **state)
{
    (void)state;
    static const struct {
        const JobOps *job;
        const char *text, *line;
    } cases[] = {
        {&job_sync, NULL, "sync"},
        {&job_sync, " app.a  'app.b c'", "sync app.a 'app.b c'"},
        {&job_sync, "2024-01-01", "sync 2024-01-01"},
        {&job_sync, "app --jobs 3 --lock-wait 2m --strict --yes", "sync app --jobs 3 --lock-wait 120s --strict"},
        {&job_backfill, "app.a 2024-01-01 2024-01-31", "backfill app.a --from 2024-01-01 --to 2024-01-31"},
        {&job_backfill, "app.a 2024-01-01", "backfill app.a --from 2024-01-01"},
        {&job_backfill, "app.a --date 2024-01-01", "backfill app.a --date 2024-01-01"},
        {&job_backfill, "app.a --from 2024-01-01T10:00:00Z --to 2024-01-01T11:00:00Z",
         "backfill app.a --from 2024-01-01T10:00:00Z --to 2024-01-01T11:00:00Z"},
        {&job_reimport, "app.a --truncate --allow-shrink", "reimport app.a --truncate --allow-shrink"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        JobRequest request, again;
        Err err = {0};
        assert_true(request_parse(cases[i].job, cases[i].text, &request, &err));
        g_autofree char *line = request_line(&request);
        assert_string_equal(line, cases[i].line);
        assert_true(request_parse(cases[i].job, strchr(line, ' '), &again, &err));
        g_autofree char *twice = request_line(&again);
        assert_string_equal(twice, line);
        request_clear(&request);
        request_clear(&again);
    }
}

#define SCENE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE_TEST(the_plan_is_what_starts),
        SCENE_TEST(mistakes_are_answers),
        SCENE_TEST(a_new_plan_replaces_one_that_hangs),
        cmocka_unit_test(lines_are_read_back),
    };
    int failed = cmocka_run_group_tests_name("plans over sqlite", tests, NULL, NULL);
    url = getenv("TIDEMARK_TEST_POSTGRES_URL");
    return url ? failed + cmocka_run_group_tests_name("plans over postgres", tests, NULL, NULL) : failed;
}
