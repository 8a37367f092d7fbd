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
        line, "42 %  1/5 streams  1,204,311 rows  85,200/s  ETA 42 s  held up by the destination  app.days, app.events +1");
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

static void it_names_what_it_waits_for(void **data)
{
    (void)data;
    StreamView stream = {.id = "app.users", .phase = PHASE_READING, .queue_fill = 0};
    RunView run = {.stream_count = 1, .streams = &stream};
    assert_string_equal(progress_held_up_by(&run), "the source");
    stream.queue_fill = 100;
    assert_string_equal(progress_held_up_by(&run), "the destination");
    stream.queue_fill = 40;
    assert_null(progress_held_up_by(&run));
    stream.queue_fill = -1;
    assert_null(progress_held_up_by(&run));
    stream.phase = PHASE_RETRYING;
    g_strlcpy(stream.note, "retry 2 in 4s", sizeof stream.note);
    assert_string_equal(progress_held_up_by(&run), "retry 2 in 4s");
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
        cmocka_unit_test(it_names_what_it_waits_for),
        cmocka_unit_test(names_from_data_cannot_steer_the_terminal),
    };
    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
