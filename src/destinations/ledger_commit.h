/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/ledger_commit.h - what a commit of rows writes into the ledger, inside the same transaction. For stream_writer.c and reimport.c. */
#ifndef TIDEMARK_DESTINATIONS_LEDGER_COMMIT_H
#define TIDEMARK_DESTINATIONS_LEDGER_COMMIT_H

#include "destinations/stream_writer.h"

/* Who commits, for the ledger's rows. */
typedef struct LedgerWho {
    const Stream *stream;
    const char *table; /* quoted and qualified, for counting and for readers */
    const char *job, *window_key;
    int64_t run, epoch;
} LedgerWho;

/* What the transaction did to the number of the stream's rows in its table. */
typedef struct RowChange {
    enum {
        ROWS_GREW,   /* by n, which may be negative */
        ROWS_ARE,    /* n: there were none before */
        ROWS_UNKNOWN /* the commit that closes a window counts them */
    } how;
    int64_t n;
} RowChange;

#define LEDGER_COUNT_DAYS                                                                                                          \
    1 /* a number of rows that was kept by addition for so long is counted again, by the next commit that closes a window and wrote */

/* Writes position, checkpoint and the line of `commits` that belong to rows of this transaction, and checks the lease: ERR_BUSY when another
 * run has taken the stream meanwhile (the caller rolls back). point may be NULL: rows alone (waiting rows taken up again). */
bool ledger_record(Destination *d, const LedgerWho *who, const CommitPoint *point, const Counts *counts, const RowChange *change,
                   Err *err);

#define LEDGER_DETAILED_DAYS 90 /* older lines of `commits` are folded into one per stream, job and day */

/* What the same question tells besides: what a commit need not do. */
typedef struct LeaseFacts {
    bool any_checkpoint; /* of the stream */
    bool old_lines;      /* of the stream in `commits`, not yet folded */
    bool rows_known;     /* how many rows the stream's table has */
    bool rows_counted;   /* and that was counted within LEDGER_COUNT_DAYS */
} LeaseFacts;

/* ERR_BUSY unless the lease is still ours; extends it. facts may be NULL. */
bool ledger_check_lease(Destination *d, const Stream *stream, int64_t epoch, LeaseFacts *facts, Err *err);

/* The name under which a table (or the part of it that is this stream's) is locked: "raw_app.users", "public.m where idsite = 2". */
bool ledger_lock_name(Destination *d, const Stream *stream, char **name, Err *err);

#endif
