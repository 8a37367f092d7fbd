/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/board_private.h - shared by board.c and the files that answer its questions alone. */
#ifndef TIDEMARK_JOBS_BOARD_PRIVATE_H
#define TIDEMARK_JOBS_BOARD_PRIVATE_H

#include "jobs/board.h"
#include "jobs/links.h"

/* What the board's thread works with. */
typedef struct BoardDesk {
    const Catalog *catalog;
    State *state; /* or NULL */
    Links *links; /* its own connections, kept from question to question */
} BoardDesk;

/* The connection to a stream's destination; *ledger: our own tables exist there. NULL with *err. */
Destination *desk_destination(const BoardDesk *desk, const DestinationConfig *config, bool *ledger, Err *err);
/* After a failure: a connection that was lost is not used again. */
void desk_forget(const BoardDesk *desk, const DestinationConfig *config, const Err *err);

StreamRow *stream_row_new(const Stream *stream, const CatalogSource *source);
bool answer_streams(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, Err *err);
bool answer_known(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, Err *err);
bool answer_days(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, Err *err);
bool answer_plan(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, Err *err);
bool answer_retry(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, Err *err);

#endif
