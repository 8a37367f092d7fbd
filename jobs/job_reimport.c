/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/job_reimport.c - the whole stream staged and the table made equal to it; thresholds do not count, nothing is resumed. */
#include "jobs/plan.h"
#include "model/time.h"

static bool reimport_plan(StreamPlan *plan, const JobRequest *request, Err *err)
{
    (void)err;
    plan->window = (Window){.kind = WINDOW_WHOLE, .low = TIME_NONE, .high = TIME_NONE, .clock = TIME_NONE};
    plan->job = &job_reimport;
    plan->moves_watermark = true;
    plan->history_from = TIME_NONE;
    plan->unaudited = false;
    plan->resumes = false;
    plan->first_load = false;
    plan->why = g_strdup(request->truncate ? "the whole stream is staged, then the table truncated and filled from it"
                                           : "the whole stream is staged, then the table is made equal to it");
    return true;
}

const JobOps job_reimport = {
    .name = "reimport",
    .help = "stage the whole stream and make the table equal to it",
    .destructive = true,
    .moves_watermark = true,
    .plan = reimport_plan,
};
