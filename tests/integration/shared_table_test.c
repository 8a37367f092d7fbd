/* SPDX-License-Identifier: Apache-2.0 */
/* Two streams of the toy source in one table, and days that leave something behind, through engine and board. Into SQLite and, when
 * TIDEMARK_TEST_POSTGRES_URL is set, into PostgreSQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

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

static void put_row(Scene *scene, ToySet *set, const char *id, int64_t amount, int64_t at)
{
    ToyDoc *doc = toy_put(scene->world, set, id, "x", amount, at);
    g_free(doc->parent);
    doc->parent = g_strdup(set->scope);
}

/* The part of the table `both` whose rows have that parent. */
static ToySet *part_of(Scene *scene, ToyKind kind, const char *name, const char *parent)
{
    ToySet *set = toy_set(scene->world, kind, name, NULL);
    g_free(set->table);
    set->table = g_strdup("both");
    set->scope = g_strdup(parent);
    return set;
}

static void expect_table(Scene *scene, const char *rows)
{
    g_autofree char *table = scene_table(scene, "both");
    g_autofree char *sql = g_strdup_printf("SELECT id, parent, amount FROM %s ORDER BY id", table);
    g_autofree char *found = scene_query(scene, sql);
    assert_string_equal(found, rows);
}

static void expect_counts(Result result, int status, int read, int written, int removed)
{
    assert_int_equal(result.exit_status, status);
    assert_int_equal(result.view.counts.read, read);
    assert_int_equal(result.view.counts.written, written);
    assert_int_equal(result.view.counts.removed, removed);
    result_done(&result);
}

static const StreamPlan *planned(const Plan *plan, const char *id)
{
    for (guint i = 0; i < plan->streams->len; i++)
        if (g_str_equal(((const StreamPlan *)plan->streams->pdata[i])->stream->id, id))
            return plan->streams->pdata[i];
    fail_msg("no stream %s in the plan", id);
    return NULL;
}

static Plan *plan_of(Scene *scene, const JobOps *job, const char *pattern)
{
    Err err = {0};
    JobRequest request = scene_request(job, pattern);
    Plan *plan = plan_make(scene->catalog, &request, false, &err);
    g_ptr_array_unref(request.patterns);
    if (!plan)
        fail_msg("%s", err.message);
    return plan;
}

/* Each is empty, taken over, counted and reimported by itself, and the table is made once. */
static void parts_of_a_table(void **state)
{
    Scene *scene = *state;
    ToySet *one = part_of(scene, TOY_PLAIN, "one", "p1"), *two = part_of(scene, TOY_PLAIN, "two", "p2");
    put_row(scene, one, "a", 1, TOY_DAY(1));
    put_row(scene, one, "b", 1, TOY_DAY(1));
    put_row(scene, two, "c", 1, TOY_DAY(1));
    scene_open(scene);
    Plan *plan = plan_of(scene, &job_sync, NULL);
    assert_int_equal(planned(plan, "toy.one")->ddl->statements->len + planned(plan, "toy.two")->ddl->statements->len,
                     scene->look->ops->dialect->has_schemas ? 2 : 1);
    plan_free(plan);
    expect_counts(scene_sync(scene, "toy.one"), 0, 2, 2, 0);
    plan = plan_of(scene, &job_sync, "toy.two");
    assert_true(planned(plan, "toy.two")->first_load);
    assert_false(planned(plan, "toy.two")->take_over);
    assert_int_equal(planned(plan, "toy.two")->table_rows, 0);
    plan_free(plan);
    expect_counts(scene_sync(scene, NULL), 0, 3, 1, 0);
    expect_table(scene, "a|p1|1\nb|p1|1\nc|p2|1");
    assert_int_equal(scene_position(scene, "toy.one").rows, 2);
    assert_int_equal(scene_position(scene, "toy.two").rows, 1);

    toy_delete(scene->world, two, "c");
    put_row(scene, two, "d", 5, TOY_DAY(1));
    JobRequest request = scene_request(&job_reimport, "toy.two");
    expect_counts(scene_do(scene, &request), 0, 1, 1, 1);
    expect_table(scene, "a|p1|1\nb|p1|1\nd|p2|5");
    request = scene_request(&job_reimport, "toy.one");
    request.truncate = true;
    expect_counts(scene_do(scene, &request), 0, 2, 2, 2);
    expect_table(scene, "a|p1|1\nb|p1|1\nd|p2|5");
}

static void part_taken_over(void **state)
{
    Scene *scene = *state;
    ToySet *one = part_of(scene, TOY_PLAIN, "one", "p1"), *two = part_of(scene, TOY_PLAIN, "two", "p2");
    put_row(scene, one, "a", 1, TOY_DAY(1));
    put_row(scene, two, "c", 1, TOY_DAY(1));
    scene_open(scene);
    expect_counts(scene_sync(scene, "toy.one"), 0, 1, 1, 0);
    g_autofree char *table = scene_table(scene, "both");
    g_autofree char *sql =
        g_strdup_printf("INSERT INTO %s (id, parent, label, amount) VALUES ('c', 'p2', 'x', 9), ('old', 'p2', 'x', 9)", table);
    Err err = {0};
    assert_true(db_exec(scene->look, &err, sql));
    Plan *plan = plan_of(scene, &job_sync, NULL);
    assert_true(planned(plan, "toy.two")->take_over);
    assert_int_equal(planned(plan, "toy.two")->table_rows, 2);
    assert_false(planned(plan, "toy.one")->take_over);
    assert_int_equal(planned(plan, "toy.one")->table_rows, 1);
    plan_free(plan);
    expect_counts(scene_sync(scene, NULL), 0, 2, 1, 0);
    expect_table(scene, "a|p1|1\nc|p2|1\nold|p2|9");
}

/* ---- what days leave behind ---- */

static BoardAnswer *ask(Board *board, BoardAsk question)
{
    board_ask(board, &question);
    BoardAnswer *answer = board_wait(board, question.question, SOON_MS);
    assert_non_null(answer);
    if (answer->err.code != ERR_NONE)
        fail_msg("%s", answer->err.message);
    return answer;
}

static void expect_notes(Board *board, const char *stream, int on_day)
{
    const int64_t first = TOY_DAY(0) / US_PER_DAY;
    BoardAnswer *answer = ask(board, (BoardAsk){.question = ASK_STREAMS, .stream = stream});
    const StreamRow *row = answer->rows->pdata[0];
    assert_int_equal(row->notes ? row->notes->len : 0, on_day < 0 ? 0 : 1);
    if (on_day >= 0) {
        const StoredNote *note = row->notes->pdata[0];
        assert_int_equal(note->count, 7);
        assert_string_equal(note->text, "the toy server keeps rows to itself");
        assert_int_equal(board_note_day(note), first + on_day);
    }
    board_answer_free(answer);
    answer = ask(board, (BoardAsk){.question = ASK_DAYS, .stream = stream, .from_day = first, .to_day = first + 30});
    assert_int_equal(answer->notes->len, on_day < 0 ? 0 : 1);
    for (guint i = 0; i < answer->days->len; i++) {
        const BoardDay *day = &g_array_index(answer->days, BoardDay, i);
        assert_int_equal(day->rows, 1);
        assert_true(day->noted == (day->day == first + on_day));
    }
    board_answer_free(answer);
}

/* The day closes all the same; read again it says what it says then. */
static void days_that_leave_something(void **state)
{
    Scene *scene = *state;
    ToySet *days = part_of(scene, TOY_DAYS, "days", "p1");
    for (int day = 1; day <= 3; day++) {
        g_autofree char *id = g_strdup_printf("d%d", day);
        put_row(scene, days, id, 1, TOY_DAY(day) + US_PER_SECOND);
    }
    days->left_day = TOY_DAY(2);
    days->left = 7;
    scene_open(scene);
    Board *board = board_new(scene->catalog, scene->state, -1);
    expect_counts(scene_sync(scene, NULL), 0, 3, 3, 0);
    assert_int_equal(scene_position(scene, "toy.days").watermark, TOY_DAY(3) + US_PER_SECOND);
    expect_notes(board, "toy.days", 2);
    expect_counts(scene_sync(scene, NULL), 0, 1, 0, 0); /* another day's reading changes nothing of it */
    expect_notes(board, "toy.days", 2);
    days->left = 0;
    expect_counts(scene_backfill(scene, NULL, TOY_DAY(2), TOY_DAY(3)), 0, 1, 0, 0);
    expect_notes(board, "toy.days", -1);
    days->left = 7;
    JobRequest request = scene_request(&job_reimport, NULL);
    expect_counts(scene_do(scene, &request), 0, 3, 0, 0);
    expect_notes(board, "toy.days", 2);
    board_free(board);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(parts_of_a_table, set_up, tear_down),
    cmocka_unit_test_setup_teardown(part_taken_over, set_up, tear_down),
    cmocka_unit_test_setup_teardown(days_that_leave_something, set_up, tear_down),
};

int main(void)
{
    source_add(&source_toy);
    int failed = cmocka_run_group_tests_name("shared tables into SQLite", tests, NULL, NULL);
    url = getenv("TIDEMARK_TEST_POSTGRES_URL");
    if (url)
        failed += cmocka_run_group_tests_name("shared tables into PostgreSQL", tests, NULL, NULL);
    return failed;
}
