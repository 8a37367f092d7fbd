/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/job.h - the kinds of job, as data. Adding one is a file and a line in job_registry. */
#ifndef TIDEMARK_JOBS_JOB_H
#define TIDEMARK_JOBS_JOB_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

typedef struct JobOps JobOps;
struct StreamPlan;

/* What somebody asked for. */
typedef struct JobRequest {
    const JobOps *job;
    GPtrArray *patterns; /* char *: "app", "app.users", globs; empty: all */
    int64_t from, to;    /* backfill: microseconds, to exclusive; TIME_NONE: open */
    bool truncate, allow_shrink;
    int jobs; /* --jobs; 0: the configuration's */
    int lock_wait_ms;
    bool strict;               /* --strict: rows that still wait make the exit status 1 */
    bool progress;             /* somebody watches: ask the sources how many rows there are */
    const char *operator_name; /* "ops", or "batch" */
    char *arguments;           /* the command line as it could be typed again, without secrets: for history and `run again` */
} JobRequest;

struct JobOps {
    const char *name; /* "sync" */
    const char *help;
    bool destructive; /* asks (promise 6) */
    bool moves_watermark;
    bool needs_range;
    /* The key under which an unfinished window is kept; NULL: this job keeps no checkpoint and always begins again. */
    void (*key)(const JobRequest *request, char *out, size_t size);
    /* Decides window and reason for one stream whose position, checkpoint and live table the planner has filled in. */
    bool (*plan)(struct StreamPlan *plan, const JobRequest *request, Err *err);
};

extern const JobOps job_sync, job_backfill, job_reimport;
extern const JobOps *const job_registry[];
const JobOps *job_find(const char *name);

#endif
