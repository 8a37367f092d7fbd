/* SPDX-License-Identifier: Apache-2.0 */
/* The line that a running job shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/term_text.h"
#include "cli/progress.h"

static char *line_of(const RunView *run, int width)
{
    GString *out = g_string_new(NULL);
    progress_line(run, width, out);
    return g_string_free(out, FALSE);
}

static void it_says_share_rate_and_rest(void **data)
{
    (void)data;
    StreamView streams[] = {
        {.id = "app.users", .phase = PHASE_DONE},
        {.id = "app.days", .phase = PHASE_READING, .queue_fill = 100},
        {.id = "app.events", .phase = PHASE_COMMITTING, .queue_fill = 90},
        {.id = "app.news", .phase = PHASE_READING, .queue_fill = 80},
        {.id = "app.links", .phase = PHASE_QUEUED},
    };
    RunView run = {.counts = {.read = 1204311},
                   .estimate = 2867407,
                   .rows_per_second = 85200.4,
                   .eta_ms = 42000,
                   .stream_count = G_N_ELEMENTS(streams),
                   .streams = streams};
    g_autofree char *line = line_of(&run, 0);
    assert_string_equal(
        line,
        "42 %  1/5 streams  1,204,311 rows  85,200/s  ETA 42 s  held up by writing (queue 90 % full)  app.days, app.events +1");
    g_autofree char *narrow = line_of(&run, 40);
    assert_int_equal(term_width(narrow), 40);
    assert_true(g_str_has_suffix(narrow, "…"));
}

static void what_is_not_known_is_left_out(void **data)
{
    (void)data;
    RunView run = {.estimate = -1, .eta_ms = -1, .counts = {.read = 3}};
    g_autofree char *line = line_of(&run, 0);
    assert_string_equal(line, "0/0 streams  3 rows");
    run.estimate = 2; /* too low: the end is told by the end */
    g_autofree char *low = line_of(&run, 0);
    assert_true(g_str_has_prefix(low, "99 %"));
}

static void expect_held_up_by(const RunView *run, const char *expected)
{
    g_autofree char *held = run_view_held_up_by(run);
    assert_int_equal(!held, !expected);
    if (expected)
        assert_string_equal(held, expected);
}

static void the_queue_tells_what_holds_a_run_up(void **data)
{
    (void)data;
    StreamView streams[] = {{.id = "app.users", .phase = PHASE_READING, .queue_fill = 0},
                            {.id = "app.days", .phase = PHASE_QUEUED, .queue_fill = 100}};
    RunView run = {.stream_count = 2, .streams = streams};
    expect_held_up_by(&run, "reading (queue 0 % full)");
    streams[0].queue_fill = 25;
    expect_held_up_by(&run, "reading (queue 25 % full)");
    streams[0].queue_fill = 26;
    expect_held_up_by(&run, "both (queue 26 % full)");
    streams[0].queue_fill = 75;
    expect_held_up_by(&run, "writing (queue 75 % full)");
    streams[1].phase = PHASE_MERGING; /* all streams at work count */
    expect_held_up_by(&run, "writing (queue 87 % full)");
    streams[0].phase = PHASE_DONE; /* read whole: its queue says nothing */
    streams[1].queue_fill = 0;
    expect_held_up_by(&run, "writing");
    streams[1].phase = PHASE_READING;
    streams[1].queue_fill = -1;
    expect_held_up_by(&run, NULL);
}

static void without_work_what_is_waited_for_holds_it_up(void **data)
{
    (void)data;
    StreamView streams[] = {{.id = "app.users", .phase = PHASE_RETRYING, .note = "retry 2 in 4s", .queue_fill = -1},
                            {.id = "app.days", .phase = PHASE_READING, .queue_fill = 90}};
    RunView run = {.stream_count = 2, .streams = streams};
    expect_held_up_by(&run, "writing (queue 90 % full)");
    run.stream_count = 1;
    expect_held_up_by(&run, "retry 2 in 4s");
    *streams[0].note = '\0';
    expect_held_up_by(&run, "a retry");
    streams[0].phase = PHASE_LOCKING;
    expect_held_up_by(&run, "whoever holds the stream");
    streams[0].phase = PHASE_QUEUED;
    expect_held_up_by(&run, NULL);
}

static void names_from_data_cannot_steer_the_terminal(void **data)
{
    (void)data;
    StreamView stream = {.id = "app.\033[2Jx\r", .phase = PHASE_READING, .queue_fill = 50};
    RunView run = {.estimate = -1, .eta_ms = -1, .stream_count = 1, .streams = &stream};
    g_autofree char *line = line_of(&run, 0);
    assert_null(strchr(line, '\033'));
    assert_null(strchr(line, '\r'));
    assert_non_null(strstr(line, "app.\\x1b[2Jx\\r"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_share_rate_and_rest),
        cmocka_unit_test(what_is_not_known_is_left_out),
        cmocka_unit_test(the_queue_tells_what_holds_a_run_up),
        cmocka_unit_test(without_work_what_is_waited_for_holds_it_up),
        cmocka_unit_test(names_from_data_cannot_steer_the_terminal),
    };
    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
