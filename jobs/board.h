/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/board.h - the rows an operator sees, as data: screens and commands only format them, so they cannot disagree.
 *
 * A question is asked and returns at once; a thread of the board works on it; the answer appears in board_poll() and, if the engine has a wake_fd, a byte
 * is written there. The same question asked again replaces the older one. board_wait() is for commands. */
#ifndef TIDEMARK_JOBS_BOARD_H
#define TIDEMARK_JOBS_BOARD_H

#include <glib.h>
#include <stdbool.h>

#include "destinations/ledger.h"
#include "destinations/rejects.h"
#include "jobs/engine.h"

typedef struct Board Board;

Board *board_new(const Catalog *catalog, State *state, int wake_fd);
void board_free(Board *board);

typedef enum BoardQuestion {
    ASK_STREAMS, /* StreamRow of every stream: ledger positions, rejects, lag */
    ASK_HISTORY, /* RunRecord page */
    ASK_RUN,     /* one RunRecord with its RunStreamRecords and LogRecords */
    ASK_REJECT_GROUPS,
    ASK_REJECTS,
    ASK_RETRY, /* rejects retry: reads documents again by key, takes parked rows up */
    ASK_DISMISS,
    ASK_DAYS, /* DayRows of a stream */
    ASK_LOG,
    ASK_QUESTIONS
} BoardQuestion;

typedef struct BoardAsk {
    BoardQuestion question;
    RunFilter history;
    int64_t run;
    RejectQuery rejects; /* strings are copied */
    const char *stream;  /* ASK_DAYS */
    int64_t from_day, to_day;
    int64_t after_log_id;
    LogLevel log_level;
    int limit;
} BoardAsk;

/* One configured stream as an operator sees it. */
typedef struct StreamRow {
    char *id, *source, *kind, *name, *table, *destination;
    char *state;                       /* "fresh", "late", "running", "waiting", "stopped", "never run", "unaudited" */
    int64_t watermark, newest, lag_us; /* TIME_NONE: not known */
    int64_t rows, rejects;             /* -1: not known */
    char *error;                       /* last failure, or NULL */
    int64_t at_us;                     /* when these facts were taken */
    bool cached;                       /* from the state file: the destination could not be asked */
} StreamRow;

typedef struct BoardAnswer {
    BoardQuestion question;
    int64_t ticket;         /* as returned by board_ask() */
    Err err;                /* code ERR_NONE: good */
    GPtrArray *rows;        /* StreamRow, RunRecord, Reject, RejectGroup, LogRecord; NULL where there are none */
    GArray *days;           /* DayRows */
    GPtrArray *run_streams; /* RunStreamRecord */
    GPtrArray *log;         /* LogRecord */
    int64_t total, changed;
} BoardAnswer;

int64_t board_ask(Board *board, const BoardAsk *ask);
/* The newest finished answer to that question, taken out of the board, or NULL. Free with board_answer_free(). */
BoardAnswer *board_poll(Board *board, BoardQuestion question);
BoardAnswer *board_wait(Board *board, BoardQuestion question, int timeout_ms);
void board_answer_free(BoardAnswer *answer);

#endif
