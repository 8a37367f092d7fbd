/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/ledger.h - our own tables in the destination: watermarks, checkpoints, commits, leases, rejects.
 *
 * They live in `control_schema` (default `tidemark`; SQLite: tables named tidemark_…), next to the rows, so that position and rows change in
 * one transaction and losing the state file loses no position (promise 1). Tables: meta, streams, checkpoints, commits, leases,
 * rejects, unit_notes. docs/ledger.md describes them for readers of the warehouse. */
#ifndef TIDEMARK_DESTINATIONS_LEDGER_H
#define TIDEMARK_DESTINATIONS_LEDGER_H

#include "destinations/destination.h"
#include "model/counts.h"
#include "model/window.h"

/* Position of a stream. */
typedef struct Position {
    bool known;           /* the stream has a row in the ledger */
    int64_t watermark;    /* TIME_NONE: none yet */
    char definition[65];  /* of the last closed whole or sync window */
    bool unaudited;       /* taken over by trust */
    int64_t history_from; /* rows before this were excluded by a threshold when history was read; TIME_NONE: all read */
    int64_t changed_at;   /* last commit, destination clock; TIME_NONE: never */
    int64_t rows; /* of the table, counted at most a day ago when it was last written, kept by addition since; -1: not known */
    int64_t open_rejects; /* not dismissed */
    bool any_rejects;     /* dismissed ones, too */
    bool any_checkpoint;  /* of whatever job and window: none means that ledger_checkpoint() need not be asked */
} Position;

bool ledger_exists(Destination *d, bool *exists, Err *err);
/* The version of our tables, 0 without any: who only reads does not bring them up to date. */
bool ledger_version(Destination *d, int64_t *version, Err *err);
/* Statements that create or migrate our tables; none when up to date. For plans and --dry-run. */
bool ledger_plan(Destination *d, GPtrArray *statements, Err *err);
bool ledger_prepare(Destination *d, Err *err); /* executes them */

bool ledger_position(Destination *d, const Stream *stream, Position *out, Err *err);
/* The unfinished window of (stream, job, window_key); bytes NULL and false *found when there is none. */
bool ledger_checkpoint(Destination *d, const Stream *stream, const char *job, const char *window_key, bool *found, Checkpoint *out,
                       Err *err);
bool ledger_drop_checkpoints(Destination *d, const Stream *stream, const char *job, Err *err);

/* One writer per stream (promise 7): takes the liveness lock and the lease row; waits up to wait_ms; then ERR_BUSY with user, host, run and
 * age of the holder. *epoch is checked by every commit. */
typedef struct LeaseHolder {
    const char *user, *host;
    int64_t run;
} LeaseHolder;
bool ledger_claim(Destination *d, const Stream *stream, const LeaseHolder *holder, int wait_ms, int64_t *epoch, Err *err);
void ledger_release(Destination *d, const Stream *stream, int64_t epoch);
/* Extends the lease where it has an expiry (pooled); ERR_BUSY when it was lost. */
bool ledger_renew(Destination *d, const Stream *stream, int64_t epoch, Err *err);

#endif
