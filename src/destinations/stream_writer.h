/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/stream_writer.h - the writing side of one stream in one run: stage → merge → commit, or a reimport.
 *
 * The engine prepares a writer when it has claimed the stream, hands it groups of batches and commits each group with the position that
 * belongs to it. Everything of a commit (rows, rejects, checkpoint or watermark, a line of `commits`) is one transaction. */
#ifndef TIDEMARK_DESTINATIONS_STREAM_WRITER_H
#define TIDEMARK_DESTINATIONS_STREAM_WRITER_H

#include "destinations/destination.h"
#include "destinations/ledger.h"
#include "model/counts.h"

typedef struct StreamWriter StreamWriter;

typedef enum WriterKind {
    WRITER_SYNC,     /* sync and backfill: merge each group into the table */
    WRITER_REIMPORT, /* stage everything, then make the table equal to it */
    WRITER_TRUNCATE  /* stage everything, then truncate and fill in one transaction */
} WriterKind;

typedef struct WriterSetup {
    const Stream *stream;
    WriterKind kind;
    const char *job; /* "sync", "backfill", "reimport": for the ledger */
    const char *window_key;
    int64_t run;
    int64_t epoch;   /* of the claim */
    bool direct;     /* first load into an empty table: copy straight in */
    bool no_rejects; /* the ledger is known to hold none of this stream: no need to ask */
    bool allow_shrink;
    const char
        *key; /* statement that makes the conflict target unique; NULL: it is. WRITER_TRUNCATE: run when the table was emptied;
                        WRITER_SYNC: with the group that closes the window, or with the first one that is not copied straight in */
    const GPtrArray *indexes; /* WRITER_SYNC, char *: statements executed after the key's; NULL: none */
    const GPtrArray
        *streams; /* const Stream *: all configured streams of this destination (a reimport parks rows of children among them) */
} WriterSetup;

StreamWriter *writer_new(Destination *d, const WriterSetup *setup, Err *err);
/* Rolls back what is open; drops what is staged. */
void writer_free(StreamWriter *writer);

/* The window is read from its beginning again: rows of it may be there already. */
void writer_start_over(StreamWriter *writer);

/* Takes waiting rows up again whose parent has arrived (one join); they count as read. Called when the stream starts and once more at the
 * end of the run. Commits by itself (without touching position or checkpoint). */
bool writer_retry_parked(StreamWriter *writer, Counts *counts, Err *err);

/* Hands over one batch of the current group; the batches of a group must stay alive until writer_commit() or writer_rollback(). A group
 * must not end while a scope says more_follows. */
bool writer_add(StreamWriter *writer, Batch *batch, Err *err);

/* What is committed with the rows. */
typedef struct CommitPoint {
    const Checkpoint *checkpoint; /* kept when the window goes on; NULL when closed */
    bool closed;                  /* the window is finished: the checkpoint is deleted */
    bool moves_watermark;         /* a sync's (or first load's) window closed: */
    int64_t watermark;            /*   new value, TIME_NONE: leave as it is */
    int64_t history_from;         /*   see Position; written when moves_watermark */
    bool unaudited;
} CommitPoint;

/* Merges the group and commits it with its point; adds to *counts what became of the rows. On failure everything of the group is rolled back
 * and the writer can be used again (transient errors: add the same batches once more). */
bool writer_commit(StreamWriter *writer, const CommitPoint *point, Counts *counts, Err *err);
void writer_rollback(StreamWriter *writer);

/* WRITER_REIMPORT and WRITER_TRUNCATE: writer_commit() only stages; this makes the table equal in one transaction. ERR_DEST with a hint when the
 * shrink guard stops it (no row read, or under 80 % of the rows replaced, without allow_shrink), or when a row in a table that no
 * stream fills points at a vanishing row. */
bool writer_finish_reimport(StreamWriter *writer, const CommitPoint *point, Counts *counts, Err *err);

/* What a reimport will touch, for its plan. */
typedef struct ReimportScope {
    int64_t rows;             /* rows it replaces */
    GPtrArray *referenced_by; /* char *: "raw_app.days_contents_links.day_id (1,204 rows, stream app.days_contents_links)" */
    GPtrArray *locks;         /* char *: what each method locks */
    GPtrArray *cascade;       /* char *: tables a TRUNCATE … CASCADE would reach (we never cascade) */
} ReimportScope;
bool reimport_scope(Destination *d, const Stream *stream, const GPtrArray *streams, ReimportScope *out, Err *err);
void reimport_scope_clear(ReimportScope *scope);

/* Neither TRUNCATE nor DELETE can pass rows of other tables that point here: ERR_DEST with a hint when there is one, naming its table.
 * Asked when --truncate is planned, and again before its commit. *referenced: other tables have a foreign key to this one. */
bool reimport_may_empty(Destination *d, const LiveTable *live, bool *referenced, Err *err);

/* Staging tables of runs that died. */
bool reimport_sweep(Destination *d, Err *err);

#endif
