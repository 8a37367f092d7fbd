/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/stage.h - the tables in which rows wait between copying and merging.
 *
 * Three of them: rows (the mapped columns plus bookkeeping), scopes (the parents whose children a group carries) and rejects (rows that cannot be
 * stored, on their way to the ledger). They are temporary, or for a reimport ordinary tables of the control schema that several transactions fill.
 *
 * _tm_reason of a staged row: 0 live; STAGE_SUPERSEDED: the same row again, counts as unchanged; between them: a RejectReason, with _tm_column
 * (index, NULL: not known) and _tm_sqlstate. Asked for with `<`, not `=`: PostgreSQL, which knows nothing of a table just filled, takes one row in
 * 200 for equal to a constant and one in three for less, and plans nested loops for the former. */
#ifndef TIDEMARK_DESTINATIONS_STAGE_H
#define TIDEMARK_DESTINATIONS_STAGE_H

#include "destinations/destination.h"

#define STAGE_SUPERSEDED      100
#define STAGE_LIVE(alias)     alias "._tm_reason < 1"
#define STAGE_REJECTED(alias) alias "._tm_reason BETWEEN 1 AND 99"
#define STAGE_LANDED(alias)   "(" alias "._tm_reason < 1 OR " alias "._tm_reason = 100)"

typedef struct Stage {
    Destination *d;
    const Stream *stream;
    bool kept;                     /* ordinary tables, for a reimport */
    char *rows, *scopes, *rejects; /* quoted and qualified */
    Stream *scope_shape, *reject_shape;
    bool made;
    bool fresh;   /* made and not yet used: there is nothing to empty */
    bool indexed; /* set before stage_make(): rows will be looked up by the conflict key */
    int64_t next_seq, next_scope, next_reject;
    int64_t refused; /* rows that the staging table itself refused since it was emptied */
} Stage;

/* epoch > 0: tables of the control schema that carry the number of the stream's lease (a run's number may come again when the state file was
 * lost); 0: temporary ones. */
Stage *stage_new(Destination *d, const Stream *stream, int64_t epoch);
void stage_free(Stage *stage); /* does not drop the tables */

/* Creates the tables when they are not there. Where session state may not outlive a transaction, call it inside of one; stage_gone() afterwards. */
bool stage_make(Stage *stage, Err *err);
bool stage_clear(Stage *stage, Err *err); /* empties them */
void stage_gone(Stage *stage);            /* they went with the transaction */
bool stage_drop(Stage *stage, Err *err);

/* Copies rows, scopes and rejects of the batches. careful: a row that the staging table itself refuses becomes a reject (inside a transaction only;
 * costs a savepoint per try). */
bool stage_copy(Stage *stage, Batch *const *batches, int count, bool careful, Err *err);
bool stage_copy_rejects(Stage *stage, Batch *const *batches, int count, Err *err);

/* The mapped values as a JSON object in the form that Dialect.from_json reads; the caller frees it. */
char *stage_row_json(const Stream *stream, const Value *values);

/* True when the error is about a row, not about the statement, the connection or the server. */
bool stage_row_error(const Err *err);
/* What a refused row is called. */
RejectReason stage_reason(const char *sqlstate);

#endif
