/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/plan.h - what a job will do, as one value: what is printed is what is executed (promise 6). */
#ifndef TIDEMARK_JOBS_PLAN_H
#define TIDEMARK_JOBS_PLAN_H

#include <glib.h>
#include <stdbool.h>

#include "destinations/ddl.h"
#include "destinations/ledger.h"
#include "destinations/stream_writer.h"
#include "jobs/catalog.h"
#include "jobs/job.h"

typedef struct StreamPlan {
    const Stream *stream;
    const CatalogSource *source;
    const JobOps *job; /* a sync may plan a reimport for a stream (force_reimport with truncate_before_import) */
    Window window;
    bool resumes; /* an unfinished window goes on: */
    Checkpoint checkpoint;
    bool first_load;    /* the table is empty or does not exist */
    bool take_over;     /* the table has rows that no run of ours wrote */
    int64_t table_rows; /* estimate; -1: not known */
    int64_t estimate;   /* rows (documents) the source has in the window; -1: not known */
    char *
        why; /* "continues run 2's window", "the definition changed: columns", "first sync", "since 2024-01-15 09:00 (watermark minus 1 h)" */
    DdlPlan *ddl;
    Position position;
    ReimportScope reimport; /* reimports only */
    GPtrArray *waits_for;   /* const Stream *: parents in this plan */
    Err refused;            /* code != ERR_NONE: this stream cannot run (DDL conflict, unreachable …) and why */
} StreamPlan;

typedef struct Plan {
    const Catalog *catalog;
    JobRequest request;
    GPtrArray *streams;    /* StreamPlan, in an order in which parents come first */
    GPtrArray *ledger_ddl; /* char *: statements for our own tables, per destination, with a comment line naming it */
    GPtrArray *notes;      /* char *: cycles that were broken by order … */
    int jobs;
} Plan;

/* Asks sources and destinations and writes nothing. NULL with *err only when nothing can be planned at all; streams that cannot run are in
 * the plan with `refused`. `estimate`: also count at the source (for --dry-run and the console). */
Plan *plan_make(const Catalog *catalog, const JobRequest *request, bool estimate, Err *err);
void plan_free(Plan *plan);

#endif
