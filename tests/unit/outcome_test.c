/* SPDX-License-Identifier: Apache-2.0 */
/* Exit statuses of a run, words for a stream, waits between tries: the table of each, as pure functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "jobs/outcome.h"
#include "jobs/retry.h"
#include "jobs/stream_state.h"
#include "model/time.h"

#define HOUR (INT64_C(3600) * US_PER_SECOND)

static void exit_statuses(void **state)
{
    (void)state;
    static const struct {
        Outcome outcome;
        int status;
        const char *name;
    } cases[] = {
        {{.streams = 3, .done = 3}, 0, "done"},
        {{.streams = 3, .done = 3, .rejected_new = 1}, 1, "rejects"},
        {{.streams = 3, .done = 3, .waiting = 5}, 0, "done"},
        {{.streams = 3, .done = 3, .waiting = 5, .strict = true}, 1, "rejects"},
        {{.streams = 3, .done = 2, .failed = 1, .rejected_new = 4}, 3, "partly"},
        {{.streams = 3, .done = 2, .refused = 1}, 3, "partly"},
        {{.streams = 3, .done = 2, .locked = 1}, 3, "partly"},
        {{.streams = 3, .failed = 3}, 3, "failed"},
        {{.streams = 3, .locked = 3}, 75, "locked"},
        {{.streams = 3, .locked = 2, .failed = 1}, 3, "failed"},
        {{.streams = 3, .failed = 3, .unreachable = 3}, 69, "failed"},
        {{.streams = 3, .refused = 2, .locked = 1, .unreachable = 2}, 69, "failed"},
        {{.streams = 3, .done = 1, .failed = 2, .unreachable = 2}, 3, "partly"},
        {{.streams = 3, .done = 2, .cancelled = 1}, 130, "cancelled"},
        {{.streams = 3, .cancelled = 1, .failed = 2, .unreachable = 2}, 130, "cancelled"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_int_equal(outcome_exit_status(&cases[i].outcome), cases[i].status);
        assert_string_equal(outcome_name(&cases[i].outcome), cases[i].name);
    }
}

static void ended_streams_are_counted(void **state)
{
    (void)state;
    Outcome outcome = {0};
    outcome_add(&outcome, PHASE_DONE, NULL);
    outcome_add(&outcome, PHASE_FAILED, &(Err){.code = ERR_UNREACHABLE});
    outcome_add(&outcome, PHASE_REFUSED, &(Err){.code = ERR_DEST});
    outcome_add(&outcome, PHASE_LOCKED, &(Err){.code = ERR_BUSY});
    outcome_add(&outcome, PHASE_CANCELLED, &(Err){.code = ERR_CANCELLED});
    assert_int_equal(outcome.streams, 5);
    assert_int_equal(outcome.done + outcome.failed + outcome.refused + outcome.locked + outcome.cancelled, 5);
    assert_int_equal(outcome.unreachable, 1);
}

static void stream_words(void **state)
{
    (void)state;
    static const struct {
        StreamSigns signs;
        const char *word;
    } cases[] = {
        {{.lag_us = TIME_NONE, .age_us = TIME_NONE}, "never run"},
        {{.running = true, .stopped = true, .lag_us = TIME_NONE, .age_us = TIME_NONE}, "running"},
        {{.waiting = true, .closed = true, .lag_us = TIME_NONE, .age_us = TIME_NONE}, "waiting"},
        {{.stopped = true, .lag_us = TIME_NONE, .age_us = TIME_NONE}, "stopped"},
        {{.closed = true, .lag_us = 26 * HOUR, .age_us = TIME_NONE}, "fresh"},
        {{.closed = true, .lag_us = 27 * HOUR, .age_us = TIME_NONE}, "late"},
        {{.closed = true, .lag_us = 4 * HOUR, .age_us = TIME_NONE, .interval_us = HOUR}, "late"},
        {{.closed = true, .lag_us = 2 * HOUR, .age_us = 9 * HOUR, .interval_us = HOUR}, "fresh"},
        {{.closed = true, .lag_us = TIME_NONE, .age_us = 9 * HOUR, .interval_us = HOUR}, "late"},
        {{.closed = true, .unaudited = true, .lag_us = 0, .age_us = 0}, "unaudited"},
        {{.closed = true, .unaudited = true, .lag_us = 30 * HOUR, .age_us = 0}, "late"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_string_equal(stream_state(&cases[i].signs), cases[i].word);
}

static void usual_interval_is_the_median(void **state)
{
    (void)state;
    const int64_t minute = 60 * US_PER_SECOND;
    const int64_t starts[] = {100 * minute, 90 * minute, 80 * minute, 10 * minute, 0}; /* gaps 10, 10, 70, 10 */
    assert_int_equal(usual_interval(starts, 5), 10 * minute);
    assert_int_equal(usual_interval(starts, 2), 0);
    const int64_t by_hand[] = {10 * minute + 9, 10 * minute + 5, 10 * minute, 5, 0};
    assert_int_equal(usual_interval(by_hand, 5), 0);
    assert_int_equal(usual_interval(by_hand, 2), 0);
}

static void retries_grow_and_end(void **state)
{
    (void)state;
    const RetryPolicy policy = {.first_ms = 100, .cap_ms = 1000, .deadline_ms = 5000};
    Err transient = {.code = ERR_UNREACHABLE, .transient = true}, lasting = {.code = ERR_DATA};
    Retry retry;
    int wait;
    retry_begin(&retry, &policy, 42);
    assert_false(retry_again(&retry, &lasting, 0, &wait));
    int longest = 0;
    for (int i = 0; i < 10; i++) {
        int full = MIN(100 << MIN(i, 10), 1000);
        assert_true(retry_again(&retry, &transient, 1000, &wait));
        assert_true(wait > full / 2 - 1 && wait <= full);
        longest = MAX(longest, wait);
    }
    assert_true(longest > 500);
    assert_true(retry_again(&retry, &transient, 5999, &wait));
    assert_false(retry_again(&retry, &transient, 6000, &wait));
    retry_progress(&retry);
    assert_true(retry_again(&retry, &transient, 9000, &wait));
    assert_true(wait <= 100);
    retry_begin(&retry, &retry_busy, 42);
    assert_true(retry_again(&retry, &transient, 0, &wait));
    assert_false(retry_again(&retry, &transient, 60000, &wait));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_statuses),        cmocka_unit_test(ended_streams_are_counted),
        cmocka_unit_test(stream_words),         cmocka_unit_test(usual_interval_is_the_median),
        cmocka_unit_test(retries_grow_and_end),
    };
    return cmocka_run_group_tests_name("outcomes", tests, NULL, NULL);
}
