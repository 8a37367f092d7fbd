/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/position.h - what the destination knows about a stream before a window is decided; shared by planner, worker and board. */
#ifndef TIDEMARK_JOBS_POSITION_H
#define TIDEMARK_JOBS_POSITION_H

#include "jobs/plan.h"

/* Fills position, unfinished and checkpoint (those of plan->job and the request's window). */
bool position_load(Destination *d, StreamPlan *plan, const JobRequest *request, Err *err);

/* Whether the stream's part of its table (its scope, of a shared table) has no row. live is the table as it is now. */
bool position_table_empty(Destination *d, const Stream *stream, const LiveTable *live, bool *empty, Err *err);

/* The highest cursor in the stream's part of the table that is not after `clock`; TIME_NONE: none, or no cursor columns. */
bool position_table_newest(Destination *d, const Stream *stream, int64_t clock, int64_t *newest, Err *err);

#endif
