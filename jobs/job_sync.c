/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/job_sync.c - the new and changed rows of a stream; the only job that goes on from a watermark. */
#include "jobs/plan.h"
#include "model/time.h"

static void sync_key(const JobRequest *request, char *out, size_t size)
{
    (void)request;
    window_key(&(Window){.kind = WINDOW_SINCE, .low = TIME_NONE, .high = TIME_NONE, .clock = TIME_NONE}, out, size);
}

static void read_whole(StreamPlan *plan, const char *why)
{
    plan->window = (Window){.kind = WINDOW_WHOLE, .low = TIME_NONE, .high = TIME_NONE, .clock = TIME_NONE};
    plan->history_from = TIME_NONE;
    plan->unaudited = false;
    plan->why = g_strdup(why);
}

static void read_since(StreamPlan *plan, int64_t low, char *why_taken)
{
    plan->window = (Window){.kind = WINDOW_SINCE, .low = low, .high = TIME_NONE, .clock = TIME_NONE};
    plan->why = why_taken;
}

/* An instant minus a duration, without leaving what a date can be. */
static int64_t minus(int64_t at, int64_t duration)
{
    return at < TIME_PG_MIN + duration ? TIME_PG_MIN : at - duration;
}

/* No sync of this stream was ever finished. */
static void plan_first(StreamPlan *plan)
{
    const StreamSettings *settings = &plan->stream->settings;
    char low[40], lookback[40];
    if (plan->take_over && settings->take_over == TAKE_OVER_TRUST && plan->table_newest != TIME_NONE) {
        int64_t from = minus(plan->table_newest, settings->lookback_us);
        time_format_sql(from, low);
        duration_format(settings->lookback_us, lookback, sizeof lookback);
        read_since(plan, from,
                   g_strdup_printf("takes the table over by trust: since %s (its newest row minus %s), the rest is unaudited", low,
                                   lookback));
        plan->history_from = TIME_NONE;
        plan->unaudited = true;
        return;
    }
    bool whole_begun =
        plan->unfinished && plan->checkpoint.window.kind == WINDOW_WHOLE; /* of a take-over that was left unfinished */
    if (settings->threshold_us != TIME_NONE && !plan->take_over && !whole_begun) {
        time_format_sql(settings->threshold_us, low);
        read_since(plan, settings->threshold_us, g_strdup_printf("first sync, since the date threshold %s", low));
        plan->history_from = settings->threshold_us;
        plan->unaudited = false;
        return;
    }
    read_whole(plan, plan->take_over ? "takes the table over: reads the whole stream, writes what differs" : "first sync");
    plan->window.take_over = plan->take_over;
}

static void plan_since_watermark(StreamPlan *plan)
{
    const StreamSettings *settings = &plan->stream->settings;
    const Position *position = &plan->position;
    int64_t threshold = settings->threshold_us;
    char low_text[40], lookback[40];
    if (position->watermark == TIME_NONE) {
        if (threshold == TIME_NONE) {
            read_whole(plan, "no row so far had a date: reads the whole stream");
            return;
        }
        time_format_sql(threshold, low_text);
        read_since(plan, threshold, g_strdup_printf("since the date threshold %s (no row so far had a date)", low_text));
    } else {
        int64_t low = minus(position->watermark, settings->lookback_us);
        bool wider = threshold != TIME_NONE && threshold < low;
        time_format_sql(wider ? threshold : low, low_text);
        duration_format(settings->lookback_us, lookback, sizeof lookback);
        read_since(plan, wider ? threshold : low,
                   wider ? g_strdup_printf("since the date threshold %s, which is before the watermark", low_text)
                         : g_strdup_printf("since %s (watermark minus %s)", low_text, lookback));
    }
    plan->unaudited = position->unaudited;
    plan->history_from = position->history_from;
    if (position->history_from != TIME_NONE && plan->window.low < position->history_from) {
        plan->history_from = plan->window.low;
        char before[40];
        time_format_sql(position->history_from, before);
        char *why = g_strdup_printf("the date threshold moved back from %s to %s: reads from there", before, low_text);
        g_free(plan->why);
        plan->why = why;
    }
}

static void plan_fresh(StreamPlan *plan)
{
    const Position *position = &plan->position;
    bool closed_before = position->known && position->definition[0];
    if (plan->stream->settings.force_reimport)
        read_whole(plan, "force_reimport: reads the whole stream each time");
    else if (!closed_before)
        plan_first(plan);
    else if (strcmp(position->definition, plan->stream->definition) != 0)
        read_whole(plan, "the definition changed (mapping, filter, columns or strategy): reads the whole stream");
    else if (position->history_from != TIME_NONE && plan->stream->settings.threshold_us == TIME_NONE)
        read_whole(plan, "the date threshold is gone: reads the whole stream once, with the history it had left out");
    else
        plan_since_watermark(plan);
}

/* Goes on with the window that an earlier run left, unless what is to be read now is more than that window has. */
static bool resume(StreamPlan *plan)
{
    const Checkpoint *left = &plan->checkpoint;
    if (!plan->unfinished)
        return false;
    if (left->definition[0] && strcmp(left->definition, plan->stream->definition) != 0)
        return false;
    const Position *position = &plan->position;
    bool closed_before = position->known && position->definition[0];
    bool trusted = plan->stream->settings.take_over == TAKE_OVER_TRUST && !left->first_load && !closed_before;
    bool too_small = plan->window.kind == WINDOW_WHOLE && left->window.kind != WINDOW_WHOLE;
    if (too_small && (!trusted || plan->stream->settings.force_reimport))
        return false;
    plan->window = left->window;
    if (left->window.kind == WINDOW_WHOLE) {
        plan->history_from = TIME_NONE;
        plan->unaudited = false;
    } else if (!closed_before) {
        plan->history_from = trusted ? TIME_NONE : left->window.low;
        plan->unaudited = trusted;
    } else {
        bool extends = position->history_from != TIME_NONE && left->window.low < position->history_from;
        plan->history_from = extends ? left->window.low : position->history_from;
        plan->unaudited = position->unaudited;
    }
    plan->first_load = left->first_load;
    g_free(plan->why);
    plan->why = g_strdup("goes on with the window an earlier run left unfinished");
    return true;
}

static bool sync_plan(StreamPlan *plan, const JobRequest *request, Err *err)
{
    const StreamSettings *settings = &plan->stream->settings;
    if (settings->force_reimport && settings->truncate_before_import) {
        if (!job_reimport.plan(plan, request, err))
            return false;
        g_free(plan->why);
        plan->why = g_strdup("force_reimport with truncate_before_import: the table is made equal to the source");
        return true;
    }
    plan->moves_watermark = true;
    plan_fresh(plan);
    plan->resumes = resume(plan);
    return true;
}

const JobOps job_sync = {
    .name = "sync",
    .help = "read new and changed rows of the streams",
    .moves_watermark = true,
    .key = sync_key,
    .plan = sync_plan,
};
