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
    Stream *fitted; /* what `stream` is when the source asked for another form of the configured one (SourceOps.fit); owned */
    const CatalogSource *source;
    const JobOps *job; /* a sync may plan a reimport for a stream (force_reimport with truncate_before_import) */
    Window window;
    bool unfinished; /* the ledger has an unfinished window of this job, in checkpoint: */
    bool resumes;    /* and it goes on: */
    Checkpoint checkpoint;
    char window_key[64]; /* names the window in the ledger */
    /* What the ledger is told when the window closes; the watermark itself comes from the rows. */
    bool moves_watermark;
    int64_t history_from;
    bool unaudited;
    bool table_empty;     /* the stream's part of the table has no row */
    bool first_load;      /* the table is empty or does not exist */
    bool take_over;       /* the table has rows that no run of ours wrote */
    int64_t table_rows;   /* estimate; -1: not known */
    int64_t table_newest; /* highest cursor in a table that is taken over by trust; TIME_NONE: not known */
    int64_t estimate;     /* rows (documents) the source has in the window; -1: not known */
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
    GPtrArray *streams;      /* StreamPlan, in an order in which parents come first */
    KnownTables *tables;     /* what was seen of the tables, for the run */
    GPtrArray *ledger_ddl;   /* char *: statements for our own tables, per destination, with a comment line naming it */
    GPtrArray *first_writes; /* const DestinationConfig *: this job would be the first to make tables of ours there */
    GPtrArray *notes;        /* char *: cycles that were broken by order … */
    int jobs;
} Plan;

/* Decides window and reason of one stream from what is filled in (position, unfinished and checkpoint, first_load, table): pure, so that
 * the worker that has claimed the stream can decide again when another run moved the position meanwhile. */
bool plan_window(StreamPlan *plan, const JobRequest *request, Err *err);

/* For people: at what moment DdlPlan.key_later is executed. */
const char *plan_when_key(const StreamPlan *plan);

/* Asks sources and destinations and writes nothing. The request is copied. NULL with *err only when nothing can be planned at all; streams that cannot run are in
 * the plan with `refused`. `estimate`: also count at the source (for --dry-run and the console). */
Plan *plan_make(const Catalog *catalog, const JobRequest *request, bool estimate, Err *err);
/* The same over connections of the caller's, so that links_interrupt() ends it early: NULL with ERR_CANCELLED. The links must be busy. */
struct Links;
Plan *plan_make_over(struct Links *links, const Catalog *catalog, const JobRequest *request, bool estimate, Err *err);
void plan_free(Plan *plan);

/* What has to be typed before a destructive plan starts (promise 6): the table's name; several tables: the destination's database. NULL when no
 * stream of the plan can run. g_free() it. */
char *plan_consent_word(const Plan *plan);

#endif
