/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/job_backfill.c - a chosen window of a stream again; its watermark and the sync's checkpoint stay as they are. */
#include "jobs/plan.h"
#include "model/time.h"

static Window backfill_window(const JobRequest *request)
{
    return (Window){
        .kind = WINDOW_RANGE,
        .low = request->from == TIME_NONE ? TIME_PG_MIN : request->from,
        .high = request->to == TIME_NONE ? TIME_PG_MAX : request->to,
        .clock = TIME_NONE,
    };
}

static void backfill_key(const JobRequest *request, char *out, size_t size)
{
    Window window = backfill_window(request);
    window_key(&window, out, size);
}

static bool backfill_plan(StreamPlan *plan, const JobRequest *request, Err *err)
{
    Window window = backfill_window(request);
    if (window.low >= window.high)
        return err_set(err, ERR_USAGE, "the window is empty: it ends at or before its beginning");
    const Checkpoint *left = &plan->checkpoint;
    plan->moves_watermark = false;
    plan->resumes = plan->unfinished && (!left->definition[0] || strcmp(left->definition, plan->stream->definition) == 0);
    plan->window = plan->resumes ? left->window : window;
    plan->window.calendar = plan->stream->calendar;
    if (plan->resumes)
        plan->first_load = left->first_load;
    plan->why = g_strdup(plan->resumes ? "goes on with this window, which an earlier run left unfinished"
                                       : "reads the window again; the watermark stays");
    return true;
}

const JobOps job_backfill = {
    .name = "backfill",
    .help = "read a chosen window of the streams again; watermarks stay",
    .needs_range = true,
    .key = backfill_key,
    .plan = backfill_plan,
};
