/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/ddl.h - making a table what its definition says, additively, and saying what stands in the way.
 *
 * The statements of a plan are exactly the ones that ddl_apply() executes. */
#ifndef TIDEMARK_DESTINATIONS_DDL_H
#define TIDEMARK_DESTINATIONS_DDL_H

#include "destinations/destination.h"

typedef struct DdlPlan {
    bool creates;          /* the table does not exist yet */
    GPtrArray *statements; /* char *: in the order of execution */
    const char *key;       /* the one of them that makes the conflict target unique; NULL when it is, or is made with the table */
    char *key_later;       /* the same, once ddl_defer_key() or ddl_fill_first() took it out */
    GPtrArray *light;      /* const char *: those of them that make an index which refuses no row */
    GPtrArray *indexes_later; /* char *: the same, once ddl_fill_first() took them out */
    GPtrArray *conflicts;     /* char *: each stops this stream alone; column, what is, what is wanted, the choices */
    GPtrArray *notes;         /* char *: extra columns, missing foreign keys that are enforced by the merge alone … */
    LiveTable *live;
    GPtrArray *planned; /* const Stream *: as given to ddl_plan(), kept for planning again */
} DdlPlan;

/* planned (const Stream *, may be NULL): streams whose tables exist by the time this plan is applied, so that foreign keys to them can be
 * declared. */
DdlPlan *ddl_plan(Destination *d, const Stream *stream, const GPtrArray *planned, Err *err);
void ddl_plan_free(DdlPlan *plan);

/* The table is about to be emptied: the key is left to the writer that does it (WriterSetup.key), so that rows which share one are no obstacle. */
void ddl_defer_key(DdlPlan *plan);

/* The table is about to be filled for the first time, which is much faster without: the key is left to the writer, where ddl_key_can_wait(), and with it
 * the indexes over columns of fixed size (WriterSetup.indexes). */
void ddl_fill_first(DdlPlan *plan);

/* Whether the first load of the stream may run before its table has its key: each row comes once, and nothing else looks for rows meanwhile.
 * neighbours: const Stream *, all that land in this destination. */
bool ddl_key_can_wait(const Destination *d, const Stream *stream, const GPtrArray *neighbours);

/* Executes the statements in one transaction, one session at a time. When another session was faster (the table is there by now), the table
 * is looked at again and only what is still missing is done. */
bool ddl_apply(Destination *d, const Stream *stream, const DdlPlan *plan, Err *err);

#endif
