/* SPDX-License-Identifier: Apache-2.0 */
/* Why a stream is as it is, what several streams come to, and which of them want attention. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/advice.h"
#include "jobs/board.h"
#include "model/time.h"

#define HOUR (3600 * US_PER_SECOND)

static void expect(const AdviceFacts *facts, const char *why, const char *to_do)
{
    g_autofree char *got_why = NULL, *got_to_do = NULL;
    advice(facts, &got_why, &got_to_do);
    assert_non_null(strstr(got_why, why));
    if (to_do)
        assert_non_null(strstr(got_to_do, to_do));
    else
        assert_null(got_to_do);
}

static void each_state_has_its_sentence(void **state)
{
    (void)state;
    AdviceFacts facts = {.state = "stopped", .run = 806, .error = "column validated: text", .hint = "correct line 412"};
    expect(&facts, "column validated: text", "correct line 412");
    facts.hint = NULL;
    expect(&facts, "column validated: text", "sync it again");
    facts.error = NULL;
    facts.outcome = "killed";
    expect(&facts, "run 806 was killed", "goes on where it stopped");
    facts.outcome = "cancelled";
    expect(&facts, "run 806 was cancelled", "goes on where it stopped");
    facts = (AdviceFacts){.state = "late", .lag_us = 9 * HOUR, .age_us = HOUR, .interval_us = HOUR};
    expect(&facts, "9h00 newer than the watermark; its runs are usually 1h00 apart", "sync it");
    facts = (AdviceFacts){.state = "late", .lag_us = TIME_NONE, .age_us = 49 * HOUR};
    expect(&facts, "its last run ended 2d01h ago", "sync it");
    expect(&(AdviceFacts){.state = "waiting", .run = 3, .note = "waiting: users"}, "waits for users", NULL);
    expect(&(AdviceFacts){.state = "waiting", .run = 3}, "run 3 has it in its queue", NULL);
    expect(&(AdviceFacts){.state = "running", .run = 3}, "run 3", NULL);
    expect(&(AdviceFacts){.state = "never run"}, "no sync", "sync it");
    expect(&(AdviceFacts){.state = "unaudited"}, "trust", "reimport it");
    expect(&(AdviceFacts){.state = "fresh", .rejects = 1}, "1 row could not be stored", "rejects");
    expect(&(AdviceFacts){.state = "fresh", .run = 9, .age_us = 120 * US_PER_SECOND}, "run 9 ended well 2m ago", NULL);
    expect(&(AdviceFacts){.state = "fresh", .age_us = TIME_NONE}, "complete up to its watermark", NULL);
}

static RunStreamRecord *record(int64_t run, const char *phase, int64_t written)
{
    RunStreamRecord *made = g_new0(RunStreamRecord, 1);
    made->run = run;
    made->phase = g_strdup(phase);
    made->outcome = g_strdup("done");
    made->started_us = made->ended_us = TIME_NONE;
    made->counts = (Counts){.read = written, .written = written};
    return made;
}

static StreamRow *row(const char *state, int64_t watermark, int64_t rows, int64_t rejects)
{
    StreamRow *made = g_new0(StreamRow, 1);
    made->id = g_strdup("app.users");
    made->source = g_strdup("app");
    made->state = g_strdup(state);
    made->watermark = watermark;
    made->newest = made->lag_us = TIME_NONE;
    made->rows = rows;
    made->rejects = rejects;
    made->runs = g_ptr_array_new_with_free_func(run_stream_record_free);
    return made;
}

static void streams_add_up(void **state)
{
    (void)state;
    StreamRow *rows[] = {row("fresh", 2 * HOUR, 10, 0), row("late", HOUR, 5, 2), row("fresh", TIME_NONE, -1, -1)};
    rows[1]->lag_us = 9 * HOUR;
    rows[1]->cached = true;
    rows[1]->at_us = HOUR;
    g_ptr_array_add(rows[0]->runs, record(7, "done", 4));
    g_ptr_array_add(rows[0]->runs, record(6, "done", 2));
    g_ptr_array_add(rows[1]->runs, record(8, "done", 1));
    RunStreamRecord *live = record(9, "reading", 1);
    g_free(live->outcome);
    live->outcome = g_strdup("running");
    g_ptr_array_add(rows[2]->runs, live);
    g_ptr_array_add(rows[1]->runs, record(7, "failed", 3));
    StreamRow *sum = stream_rows_sum(rows, 3);
    assert_string_equal(sum->name, "app");
    assert_string_equal(sum->state, "late");
    assert_int_equal(sum->watermark, HOUR);
    assert_int_equal(sum->lag_us, 9 * HOUR);
    assert_int_equal(sum->rows, 15);
    assert_int_equal(sum->rejects, 2);
    assert_true(sum->cached);
    assert_int_equal(sum->at_us, HOUR);
    assert_int_equal(sum->runs->len, 3);
    const RunStreamRecord *newest = g_ptr_array_index(sum->runs, 0), *both = g_ptr_array_index(sum->runs, 1);
    assert_int_equal(newest->run, 8);
    assert_int_equal(both->counts.written, 7);
    assert_string_equal(both->phase, "failed");
    stream_row_free(sum);
    sum = stream_rows_sum(rows + 2, 1);
    assert_int_equal(sum->rows, -1);
    assert_int_equal(sum->rejects, -1);
    stream_row_free(sum);
    for (int i = 0; i < 3; i++)
        stream_row_free(rows[i]);
}

static void a_run_that_goes_on_is_seen(void **state)
{
    (void)state;
    StreamView streams[] = {{.id = "app.days", .phase = PHASE_DONE},
                            {.id = "app.users", .phase = PHASE_WAITING, .note = "waiting: days"}};
    RunView run = {.run = 12, .stream_count = 2, .streams = streams};
    EngineView view = {.run_count = 1, .runs = &run};
    StreamRow *before = row("fresh", HOUR, 10, 0);
    StreamRow *now = stream_row_now(before, &view);
    assert_string_equal(now->state, "waiting");
    assert_int_equal(now->live_run, 12);
    assert_non_null(strstr(now->why, "waits for days"));
    assert_int_equal(now->rows, 10);
    stream_row_free(now);
    streams[1].phase = PHASE_QUEUED;
    now = stream_row_now(before, &view);
    assert_string_equal(now->state, "queued");
    stream_row_free(now);
    streams[1].phase = PHASE_MERGING;
    now = stream_row_now(before, &view);
    assert_string_equal(now->state, "running");
    stream_row_free(now);
    streams[1].phase = PHASE_DONE;
    now = stream_row_now(before, &view);
    assert_string_equal(now->state, "fresh");
    assert_null(now->live);
    stream_row_free(now);
    g_free(before->state);
    before->state = g_strdup("running"); /* asked for while the run was at it */
    g_ptr_array_add(before->runs, record(12, "reading", 0));
    streams[1].phase = PHASE_FAILED;
    streams[1].note[0] = '\0';
    g_strlcpy(streams[1].err.message, "no such column", sizeof streams[1].err.message);
    now = stream_row_now(before, &view);
    assert_string_equal(now->state, "stopped");
    assert_string_equal(now->why, "no such column");
    stream_row_free(now);
    stream_row_free(before);
}

static void trouble_comes_first(void **state)
{
    (void)state;
    static const char *const order[] = {"stopped", "late", "never run", "unaudited", "running", "waiting", "fresh"};
    for (size_t i = 1; i < G_N_ELEMENTS(order); i++)
        assert_true(stream_attention(order[i - 1], 0) < stream_attention(order[i], 0));
    assert_int_equal(stream_attention("fresh", 0), ATTENTION_NONE);
    assert_int_equal(stream_attention("fresh", -1), ATTENTION_NONE);
    assert_int_equal(stream_attention("fresh", 7), ATTENTION_TROUBLE);
    assert_true(stream_attention("running", 0) > ATTENTION_TROUBLE);
}

static void spans_are_short(void **state)
{
    (void)state;
    static const struct {
        int64_t us;
        const char *text;
    } spans[] = {{-1, "-"},
                 {0, "0s"},
                 {59 * US_PER_SECOND, "59s"},
                 {2 * HOUR + 120 * US_PER_SECOND, "2h02"},
                 {25 * HOUR, "1d01h"},
                 {2400 * HOUR, "100d"}};
    for (size_t i = 0; i < G_N_ELEMENTS(spans); i++) {
        g_autofree char *text = advice_span(spans[i].us);
        assert_string_equal(text, spans[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_has_its_sentence),
        cmocka_unit_test(streams_add_up),
        cmocka_unit_test(a_run_that_goes_on_is_seen),
        cmocka_unit_test(trouble_comes_first),
        cmocka_unit_test(spans_are_short),
    };
    return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
