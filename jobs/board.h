/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/board.h - the rows an operator sees, as data: screens and commands only format them, so they cannot disagree.
 *
 * A question is asked and returns at once; a thread of the board works on it (one for the state file, one for servers, one for plans); the answer appears in board_poll() and, if the engine has a wake_fd, a byte
 * is written there. The same question asked again replaces the older one. board_wait() is for commands. */
#ifndef TIDEMARK_JOBS_BOARD_H
#define TIDEMARK_JOBS_BOARD_H

#include <glib.h>
#include <stdbool.h>

#include "destinations/ledger.h"
#include "destinations/rejects.h"
#include "destinations/unit_notes.h"
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
    ASK_DAYS,  /* BoardDay of a stream: rows of its table by the day of their cursor */
    ASK_PLAN,  /* what a job would do; asked again, an older one that is still being made is given up */
    ASK_LOG,   /* after_log_id -1: the newest `limit` lines */
    ASK_KNOWN, /* StreamRow as last known, from the state file alone: at once, without any connection */
    ASK_QUESTIONS
} BoardQuestion;

typedef struct BoardAsk {
    BoardQuestion question;
    RunFilter history;
    int64_t run;
    RejectQuery rejects; /* strings are copied */
    const char *stream;  /* ASK_DAYS; ASK_STREAMS: this one alone */
    int64_t from_day, to_day;
    int64_t after_log_id;
    LogLevel log_level;
    int limit;
    const char *plan; /* ASK_PLAN: the job as words, as jobs/request.h reads them: "sync app.users" */
    bool estimate;    /* ASK_PLAN: also count at the sources, which can take its time */
} BoardAsk;

typedef struct BoardDay {
    int64_t day, rows; /* days since 1970, UTC */
    bool noted;        /* a unit in the middle of which the day is left something behind: BoardAnswer.notes */
} BoardDay;

/* One configured stream as an operator sees it. */
typedef struct StreamRow {
    char *id, *source, *kind, *name, *table, *destination;
    char *label; /* of the destination ("PROD"), or NULL */
    char *state; /* "fresh", "late", "running", "waiting", "stopped", "never run", "unaudited"; also "queued" (stream_row_now()),
                    "unknown" (stream_rows_unasked()) */
    int64_t watermark, newest, lag_us; /* TIME_NONE: not known */
    int64_t rows, rejects;             /* -1: not known */
    char *error;                       /* last failure, or NULL */
    int64_t at_us;                     /* when these facts were taken */
    bool cached;                       /* from the state file: the destination could not be asked */
    char *away;                        /* cached: why it could not be asked; NULL: it was not tried */
    char *why, *to_do;                 /* advice.h; to_do NULL: nothing */
    GPtrArray *runs;                   /* RunStreamRecord: its last BOARD_RUNS runs, newest first; never NULL */
    GPtrArray *notes;    /* StoredNote: what its units left behind at the source, newest first; NULL: nothing, or not known */
    int64_t interval_us; /* usual time between its runs; 0: not known */
    StreamView *live;    /* stream_row_now(): its part in the run that is going on, or NULL */
    int64_t live_run;
} StreamRow;
enum { BOARD_RUNS = 24 };

typedef struct BoardAnswer {
    BoardQuestion question;
    int64_t ticket;         /* as returned by board_ask() */
    Err err;                /* code ERR_NONE: good */
    GPtrArray *rows;        /* StreamRow, RunRecord, Reject, RejectGroup, LogRecord; NULL where there are none */
    GArray *days;           /* BoardDay */
    GPtrArray *notes;       /* ASK_DAYS: StoredNote of units that touch those days; may be NULL */
    Plan *plan;             /* ASK_PLAN: the very one that engine_start() can take; who takes it leaves NULL here */
    GPtrArray *run_streams; /* RunStreamRecord */
    /* ASK_RUN: the newest run whose unfinished windows its streams went on with (0: none), the rows that it had committed of them, and its record (NULL:
     * history does not have it). */
    int64_t continues, kept;
    RunRecord *continued;
    GPtrArray *log; /* LogRecord */
    int64_t total, changed;
    int64_t offset; /* ASK_HISTORY: of the first row */
} BoardAnswer;

/* The UTC day that a unit is shown on: the one in the middle of it, which is that of a site-day in any zone. */
int64_t board_note_day(const StoredNote *note);

/* Several streams as one row: the state that wants attention most, the lowest watermark, the longest lag, rows and rejects added up, runs merged by
 * number. `rows`: const StreamRow *, at least one; id, name and the like are those of the first's source. Free with stream_row_free(). */
StreamRow *stream_rows_sum(StreamRow *const *rows, int count);
void stream_row_free(void *row);
/* A copy with what a run that is going on does with the stream; the copy shares `runs` and `notes`. */
StreamRow *stream_row_now(const StreamRow *row, const EngineView *view);
/* StreamRow of all streams before anything was asked: state "unknown". */
GPtrArray *stream_rows_unasked(const Catalog *catalog);
/* How much a stream wants attention, 0: most. Up to ATTENTION_TROUBLE it is in trouble; ATTENTION_NONE: healthy. */
enum { ATTENTION_TROUBLE = 4, ATTENTION_NONE = 8 };
int stream_attention(const char *state, int64_t rejects);

int64_t board_ask(Board *board, const BoardAsk *ask);
/* The newest finished answer to that question, taken out of the board, or NULL. Free with board_answer_free(). */
BoardAnswer *board_poll(Board *board, BoardQuestion question);
BoardAnswer *board_wait(Board *board, BoardQuestion question, int timeout_ms);
void board_answer_free(BoardAnswer *answer);

#endif
