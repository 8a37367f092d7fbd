/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/request.h - a job as words: what an operator types, and the line that does the same. */
#ifndef TIDEMARK_JOBS_REQUEST_H
#define TIDEMARK_JOBS_REQUEST_H

#include "jobs/job.h"

/* Reads streams and options as they stand behind the job's name in a command line, quotes included: "app.users --from 2024-01-01"; a job with a
 * window also takes it without options: "app.users 2024-01-01 2024-01-31". Only what belongs to the request is kept (--yes and the like are not).
 * NULL text: nothing was said. ERR_USAGE tells which word is not understood; request_clear() in either case. */
bool request_parse(const JobOps *job, const char *text, JobRequest *out, Err *err);
void request_clear(JobRequest *request);

/* "backfill app.users --from 2024-01-01 --to 2024-01-31": request_parse() reads it back. g_free() it. */
char *request_line(const JobRequest *request);

#endif
