/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/writer.h - the inside of a StreamWriter, for stream_writer.c, parked.c and reimport.c. */
#ifndef TIDEMARK_DESTINATIONS_WRITER_H
#define TIDEMARK_DESTINATIONS_WRITER_H

#include "destinations/ledger_commit.h"
#include "destinations/merge.h"
#include "destinations/stream_writer.h"

struct StreamWriter {
    Destination *d;
    WriterSetup setup;
    char *job, *window_key;
    const Stream *stream;
    Stage *stage;
    Merge *merge;       /* looked up with the first row */
    GPtrArray *batches; /* Batch *: the present group */
    bool direct;        /* straight into the table, while it works */
    int direct_failures;
    const char *late_key; /* statement: the table is filled before it has its key; NULL: it has it */
    bool from_empty;      /* nothing was in the table when it was looked up, and nothing was committed since */
    bool rejects_known;   /* whether any_rejects was asked */
    bool any_rejects;     /* the ledger holds rejects of this stream */
    bool notes_known;     /* whether any_notes was asked */
    bool any_notes;       /* the ledger holds notes of units of this stream */
    bool keeps;           /* a reimport: a staged scope keeps stored rows that did not come */
    GArray *notes;        /* UnitNote with texts of our own: a reimport's, stored at its end */
    Counts staged;        /* a reimport: what was staged so far (read, filtered, unchanged: the same item twice) */
};

/* The table's facts, looked up once. */
bool writer_look_up(StreamWriter *writer, Err *err);

/* Sets any_rejects, asking the ledger once. */
bool writer_ask_rejects(StreamWriter *writer, Err *err);

/* Whether the present group is small and all of it stands in the table already (its parents, its rejects and the other rows of its scopes considered),
 * found with one question. False also when that cannot be told this way: then the rows are staged. */
bool unchanged_group(StreamWriter *writer, bool *unchanged, Err *err);

/* late_key.c: whether the table must have its key for this group, and makes it, inside the group's transaction. */
bool late_key_is_due(const StreamWriter *writer, bool direct, const CommitPoint *point);
bool late_key_make(StreamWriter *writer, Err *err);
void late_key_made(StreamWriter *writer); /* that was committed */

/* What a transaction that inserted and removed so many rows did to their number. */
RowChange writer_row_change(const StreamWriter *writer, int64_t inserted, int64_t removed);

/* What the ledger's rows say of this writer. */
LedgerWho writer_who(const StreamWriter *writer);

/* Before a group's rows are written: the partitions they need, and where the group lies. */
bool writer_place_group(StreamWriter *writer, Err *err);

/* After the staged rows were written: their rejects into the ledger, landed ones out of it; completes *counts (rejected, unchanged …) and checks the
 * balance. */
bool writer_settle(StreamWriter *writer, const Written *written, Counts *counts, Err *err);

/* WRITER_REIMPORT, WRITER_TRUNCATE: writer_commit() only stages the group, in a transaction of its own. */
bool reimport_stage_group(StreamWriter *writer, Counts *counts, Err *err);

/* Drops the tables of a reimport and their line in the ledger. */
bool reimport_drop_stage(StreamWriter *writer, Err *err);

#endif
