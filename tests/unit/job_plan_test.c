/* SPDX-License-Identifier: Apache-2.0 */
/* What a job decides about a stream, and what closing the window may tell the ledger: pure functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "jobs/watermark.h"
#include "model/time.h"

#define HOUR   (INT64_C(3600) * US_PER_SECOND)
#define DAY(n) (INT64_C(1704067200000000) + (int64_t)(n)*US_PER_DAY)

typedef struct Case {
    TableDef table;
    Stream stream;
    StreamPlan plan;
    JobRequest request;
} Case;

static int set_up(void **state)
{
    Case *c = g_new0(Case, 1);
    c->table.name = (char *)"users";
    c->stream = (Stream){.id = (char *)"app.users", .table = &c->table, .definition = "d1"};
    c->stream.settings = (StreamSettings){.lookback_us = HOUR, .threshold_us = TIME_NONE};
    c->plan = (StreamPlan){.stream = &c->stream, .job = &job_sync, .table_newest = TIME_NONE};
    c->plan.position = (Position){.watermark = TIME_NONE, .history_from = TIME_NONE, .changed_at = TIME_NONE, .rows = -1};
    checkpoint_clear(&c->plan.checkpoint);
    c->request = (JobRequest){.job = &job_sync, .from = TIME_NONE, .to = TIME_NONE};
    *state = c;
    return 0;
}

static int tear_down(void **state)
{
    Case *c = *state;
    g_free(c->plan.why);
    g_free(c);
    return 0;
}

/* A stream that was synced up to the watermark. */
static void synced(Case *c, int64_t watermark)
{
    c->plan.position.known = true;
    c->plan.position.watermark = watermark;
    g_strlcpy(c->plan.position.definition, "d1", sizeof c->plan.position.definition);
}

static void left_unfinished(Case *c, WindowKind kind, int64_t low, const char *definition)
{
    c->plan.unfinished = true;
    c->plan.checkpoint.window = (Window){.kind = kind, .low = low, .high = TIME_NONE, .clock = DAY(9)};
    g_strlcpy(c->plan.checkpoint.definition, definition, sizeof c->plan.checkpoint.definition);
}

static void decide(Case *c)
{
    Err err = {0};
    assert_true(plan_window(&c->plan, &c->request, &err));
    assert_non_null(c->plan.why);
}

static void first_sync_is_whole(void **state)
{
    Case *c = *state;
    c->plan.table_empty = true;
    decide(c);
    assert_int_equal(c->plan.window.kind, WINDOW_WHOLE);
    assert_true(c->plan.first_load);
    assert_false(c->plan.take_over);
    assert_true(c->plan.moves_watermark);
}

static void first_sync_with_threshold(void **state)
{
    Case *c = *state;
    c->plan.table_empty = true;
    c->stream.settings.threshold_us = DAY(5);
    decide(c);
    assert_int_equal(c->plan.window.kind, WINDOW_SINCE);
    assert_int_equal(c->plan.window.low, DAY(5));
    assert_int_equal(c->plan.history_from, DAY(5));
}

static void take_over(void **state)
{
    Case *c = *state;
    c->stream.settings.threshold_us = DAY(5);
    decide(c);
    assert_true(c->plan.take_over);
    assert_int_equal(c->plan.window.kind, WINDOW_WHOLE);
    c->stream.settings.take_over = TAKE_OVER_TRUST;
    c->plan.table_newest = DAY(8);
    decide(c);
    assert_int_equal(c->plan.window.low, DAY(8) - HOUR);
    assert_true(c->plan.unaudited);
    assert_int_equal(c->plan.history_from, TIME_NONE);
    c->plan.table_newest = TIME_NONE; /* nothing to trust */
    decide(c);
    assert_int_equal(c->plan.window.kind, WINDOW_WHOLE);
    assert_false(c->plan.unaudited);
}

static void since_watermark(void **state)
{
    Case *c = *state;
    synced(c, DAY(20));
    decide(c);
    assert_int_equal(c->plan.window.kind, WINDOW_SINCE);
    assert_int_equal(c->plan.window.low, DAY(20) - HOUR);
    assert_false(c->plan.first_load);
    c->stream.settings.threshold_us = DAY(30); /* later than the watermark: no news may be lost by it */
    decide(c);
    assert_int_equal(c->plan.window.low, DAY(20) - HOUR);
    c->stream.settings.threshold_us = DAY(3); /* a threshold can only widen the window */
    decide(c);
    assert_int_equal(c->plan.window.low, DAY(3));
}

static void earliest_watermark_does_not_overflow(void **state)
{
    Case *c = *state;
    synced(c, TIME_PG_MIN);
    decide(c);
    assert_int_equal(c->plan.window.low, TIME_PG_MIN);
}

static void no_watermark_after_a_closed_window(void **state)
{
    Case *c = *state;
    synced(c, TIME_NONE);
    decide(c);
    assert_int_equal(c->plan.window.kind, WINDOW_WHOLE);
}

static void definition_changed(void **state)
{
    Case *c = *state;
    synced(c, DAY(20));
    g_strlcpy(c->stream.definition, "d2", sizeof c->stream.definition);
    decide(c);
    assert_int_equal(c->plan.window.kind, WINDOW_WHOLE);
    assert_non_null(strstr(c->plan.why, "definition changed"));
}

static void threshold_moved_or_gone(void **state)
{
    Case *c = *state;
    synced(c, DAY(20));
    c->plan.position.history_from = DAY(10);
    c->stream.settings.threshold_us = DAY(10);
    decide(c);
    assert_int_equal(c->plan.history_from, DAY(10));
    c->stream.settings.threshold_us = DAY(4);
    decide(c);
    assert_int_equal(c->plan.window.low, DAY(4));
    assert_int_equal(c->plan.history_from, DAY(4));
    c->stream.settings.threshold_us = TIME_NONE;
    decide(c);
    assert_int_equal(c->plan.window.kind, WINDOW_WHOLE);
    assert_int_equal(c->plan.history_from, TIME_NONE);
}

static void forced(void **state)
{
    Case *c = *state;
    synced(c, DAY(20));
    c->stream.settings.force_reimport = true;
    decide(c);
    assert_int_equal(c->plan.window.kind, WINDOW_WHOLE);
    assert_ptr_equal(c->plan.job, &job_sync);
    c->stream.settings.truncate_before_import = true;
    decide(c);
    assert_ptr_equal(c->plan.job, &job_reimport);
}

static void unfinished_window_goes_on(void **state)
{
    Case *c = *state;
    left_unfinished(c, WINDOW_WHOLE, TIME_NONE, "d1");
    c->plan.checkpoint.first_load = true;
    decide(c);
    assert_true(c->plan.resumes);
    assert_true(c->plan.first_load);
    assert_int_equal(c->plan.window.clock, DAY(9));
    left_unfinished(c, WINDOW_WHOLE, TIME_NONE, "d0"); /* of another definition: what it wrote is not what is wanted */
    decide(c);
    assert_false(c->plan.resumes);
}

static void unfinished_window_that_is_too_small(void **state)
{
    Case *c = *state;
    synced(c, DAY(20));
    left_unfinished(c, WINDOW_SINCE, DAY(19), "d1");
    decide(c);
    assert_true(c->plan.resumes);
    assert_int_equal(c->plan.window.low, DAY(19));
    c->stream.settings.force_reimport = true;
    decide(c);
    assert_false(c->plan.resumes);
}

static void unfinished_first_sync_with_threshold(void **state)
{
    Case *c = *state;
    left_unfinished(c, WINDOW_SINCE, DAY(5), "d1");
    c->plan.checkpoint.first_load = true;
    c->stream.settings.threshold_us = DAY(5);
    decide(c);
    assert_true(c->plan.resumes);
    assert_int_equal(c->plan.history_from, DAY(5));
}

static void unfinished_take_over_by_trust(void **state)
{
    Case *c = *state;
    left_unfinished(c, WINDOW_SINCE, DAY(5), "d1");
    c->stream.settings.take_over = TAKE_OVER_TRUST;
    c->plan.position.known = true; /* its first commit made the stream known */
    decide(c);
    assert_true(c->plan.resumes);
    assert_true(c->plan.unaudited);
    c->stream.settings.take_over = TAKE_OVER_READ; /* no trust any more: the whole stream */
    decide(c);
    assert_false(c->plan.resumes);
    assert_int_equal(c->plan.window.kind, WINDOW_WHOLE);
}

/* A threshold that comes, with a new definition, while a whole read is under way does not cut it off. */
static void whole_read_stays_whole(void **state)
{
    Case *c = *state;
    left_unfinished(c, WINDOW_WHOLE, TIME_NONE, "d0");
    c->plan.position.known = true;
    c->stream.settings.threshold_us = DAY(5);
    decide(c);
    assert_false(c->plan.resumes);
    assert_int_equal(c->plan.window.kind, WINDOW_WHOLE);
}

static void backfill_keeps_the_watermark(void **state)
{
    Case *c = *state;
    Err err = {0};
    c->request = (JobRequest){.job = &job_backfill, .from = DAY(1), .to = DAY(3)};
    synced(c, DAY(20));
    decide(c);
    assert_false(c->plan.moves_watermark);
    assert_int_equal(c->plan.window.kind, WINDOW_RANGE);
    assert_int_equal(c->plan.window.low, DAY(1));
    assert_int_equal(c->plan.window.high, DAY(3));
    c->request.to = DAY(1);
    assert_false(plan_window(&c->plan, &c->request, &err));
    assert_int_equal(err.code, ERR_USAGE);
    char key[64];
    c->request.to = TIME_NONE;
    job_backfill.key(&c->request, key, sizeof key);
    assert_non_null(strstr(key, "2024-01-02"));
}

static Checkpoint end_of(const Case *c, int64_t highest, int64_t stop_before)
{
    return (Checkpoint){.window = c->plan.window, .highest = highest, .stop_before = stop_before};
}

static void closing_moves_to_the_highest(void **state)
{
    Case *c = *state;
    CommitPoint point;
    decide(c);
    Checkpoint end = end_of(c, DAY(7), TIME_NONE);
    watermark_close(&c->plan, &end, &point);
    assert_true(point.closed && point.moves_watermark);
    assert_int_equal(point.watermark, DAY(7));
}

static void closing_never_goes_back(void **state)
{
    Case *c = *state;
    CommitPoint point;
    synced(c, DAY(20));
    decide(c);
    Checkpoint end = end_of(c, TIME_NONE, TIME_NONE); /* nothing new */
    watermark_close(&c->plan, &end, &point);
    assert_true(point.moves_watermark);
    assert_int_equal(point.watermark, DAY(20));
}

static void closing_stops_before_incomplete_units(void **state)
{
    Case *c = *state;
    CommitPoint point;
    c->plan.table_empty = true;
    decide(c);
    Checkpoint end = end_of(c, DAY(7), DAY(3));
    watermark_close(&c->plan, &end, &point);
    assert_int_equal(point.watermark, DAY(3) - 1);
    end = end_of(c, TIME_NONE, DAY(3)); /* nothing complete at all */
    watermark_close(&c->plan, &end, &point);
    assert_true(point.closed);
    assert_false(point.moves_watermark);

    synced(c, DAY(20));
    c->plan.position.history_from = DAY(10);
    c->stream.settings.threshold_us = DAY(4);
    decide(c);
    end = end_of(c, DAY(25), DAY(5));
    watermark_close(&c->plan, &end, &point);
    assert_int_equal(point.watermark, DAY(20));
    assert_int_equal(point.history_from, DAY(10)); /* from day 5 on it is still missing */
}

static void bounds(void **state)
{
    (void)state;
    assert_int_equal(watermark_bound(TIME_NONE, DAY(3)), DAY(3));
    assert_int_equal(watermark_bound(DAY(2), DAY(3)), DAY(2));
    assert_int_equal(watermark_bound(DAY(4), DAY(3)), DAY(3));
    assert_int_equal(watermark_bound(DAY(4), TIME_NONE), DAY(4));
}

static void highest_is_not_after_the_clock(void **state)
{
    Case *c = *state;
    Batch *batch = batch_new(&c->stream);
    int64_t highest = TIME_NONE;
    batch_row(batch, "1", 1, TIME_NONE, -1);
    batch_row(batch, "2", 1, DAY(2), -1);
    batch_row(batch, "3", 1, DAY(400), -1);
    batch_reject(batch, REJECT_REQUIRED, -1, "", "4", 1, "{}", 2, DAY(3), -1);
    watermark_take(&highest, batch, TIME_NONE);
    assert_int_equal(highest, TIME_NONE);
    watermark_take(&highest, batch, DAY(10));
    assert_int_equal(highest, DAY(3));
    batch_free(batch);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(first_sync_is_whole),
        CASE(first_sync_with_threshold),
        CASE(take_over),
        CASE(since_watermark),
        CASE(earliest_watermark_does_not_overflow),
        CASE(no_watermark_after_a_closed_window),
        CASE(definition_changed),
        CASE(threshold_moved_or_gone),
        CASE(forced),
        CASE(unfinished_window_goes_on),
        CASE(unfinished_window_that_is_too_small),
        CASE(unfinished_first_sync_with_threshold),
        CASE(unfinished_take_over_by_trust),
        CASE(whole_read_stays_whole),
        CASE(backfill_keeps_the_watermark),
        CASE(closing_moves_to_the_highest),
        CASE(closing_never_goes_back),
        CASE(closing_stops_before_incomplete_units),
        CASE(bounds),
        CASE(highest_is_not_after_the_clock),
    };
    return cmocka_run_group_tests_name("job plans", tests, NULL, NULL);
}
