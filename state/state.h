/* SPDX-License-Identifier: Apache-2.0 */
/* state/state.h - the local SQLite state file: what ran, what it said, and requests to runs of other processes.
 *
 * Losing it costs history, never data. WAL mode; migrations in state/sql/NNN_name.sql by PRAGMA user_version; a corrupt file is set aside
 * (state.db.corrupt-<time>) with a message and a new one begun. A State may be used from any thread: calls are serialised inside.
 * Functions that can fail return false and fill *err (ERR_STATE); callers of progress and log lines warn and go on (a full
 * disk must not stop a sync). */
#ifndef TIDEMARK_STATE_STATE_H
#define TIDEMARK_STATE_STATE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/log.h"
#include "model/counts.h"

typedef struct State State;

/* Opens or creates. *set_aside (may be NULL) receives the new name of a corrupt file, for the message; g_free it. */
State *state_open(const char *path, char **set_aside, Err *err);
void state_close(State *state);
const char *state_path(const State *state);
/* How long calls wait for other processes that have the file locked: STATE_PATIENCE_MS from the beginning. Any thread, also while another one waits. */
enum { STATE_PATIENCE_MS = 5000 };
void state_patience(State *state, int patience_ms);

typedef struct RunRecord {
    int64_t run;
    char *job, *operator_name, *host, *arguments, *version, *destination;
    int64_t started_us, ended_us; /* TIME_NONE while it runs */
    char *outcome;   /* "running", "done", "rejects", "failed", "partly", "cancelled", "locked", "killed" (found dead) */
    int exit_status; /* -1 while it runs */
    Counts counts;
    int64_t streams, memory_bytes;
} RunRecord;
void run_record_free(void *record);

typedef struct RunStreamRecord {
    int64_t run;
    char *stream, *phase, *note, *error, *hint, *window, *why;
    int64_t started_us, ended_us; /* TIME_NONE: not yet */
    Counts counts;
    int64_t in_flight, estimate, rows_per_second;
    int64_t continues, kept; /* the run whose unfinished window it went on with (0: none), and the rows that one had committed */
    int queue_fill;          /* percent; -1: not known */
    char *job, *outcome;     /* of its run: filled by state_stream_runs() alone */
    int64_t run_started_us;  /* of its run, likewise */
} RunStreamRecord;
void run_stream_record_free(void *record);

typedef struct LogRecord {
    int64_t id, run, at_us;
    LogLevel level;
    char *stream, *text;
} LogRecord;
void log_record_free(void *record);

/* ---- writing (the engine) ---- */
/* Gives the run its number and takes its liveness lock (a kernel lock on a side file: liveness is the lock, not a pid). */
bool state_run_begin(State *state, RunRecord *record, Err *err);
bool state_run_stream(State *state, const RunStreamRecord *record, Err *err); /* insert or update */
bool state_run_end(State *state, const RunRecord *record, Err *err);          /* releases the lock */
bool state_run_log(State *state, const LogLine *line, Err *err);
/* Requests for a run made by other processes since the last call (char *: "" = the whole run, else a stream id); they are marked as seen. */
bool state_requests_take(State *state, int64_t run, GPtrArray *out, Err *err);

/* ---- reading and asking (anyone) ---- */
typedef struct RunFilter {
    const char *text; /* in arguments, or NULL */
    const char *job, *outcome, *stream;
    int64_t since_us; /* TIME_NONE or 0: all */
    bool live;        /* only runs that are going on (their lock is held) */
    const char *sort; /* "run", "job", "started", "duration", "written" …; NULL: run. Another name is ERR_USAGE */
    bool ascending;   /* default: newest, longest, most first */
    int64_t offset;
    int limit;
} RunFilter;
bool state_runs(State *state, const RunFilter *filter, GPtrArray *out, int64_t *total, Err *err); /* RunRecord */
/* One run; *out NULL when there is none of that number. */
bool state_run(State *state, int64_t run, RunRecord **out, Err *err);
bool state_run_streams(State *state, int64_t run, GPtrArray *out, Err *err); /* RunStreamRecord */
/* The last `limit` runs of one stream, or of every stream that ever ran (NULL), in one query: RunStreamRecord by stream, newest first. */
bool state_stream_runs(State *state, const char *stream, int limit, GPtrArray *out, Err *err);
/* LogRecord, oldest first; run 0: all. after_id -1: the newest `limit` lines. */
bool state_run_logs(State *state, int64_t run, int64_t after_id, LogLevel level, int limit, GPtrArray *out, Err *err);
/* Asks a live run of another process to stop (stream NULL: all of it); ERR_USAGE when it is not running. */
bool state_request_cancel(State *state, int64_t run, const char *stream, Err *err);
/* Requests for the run that its process has not taken up yet. */
bool state_requests_pending(State *state, int64_t run, int64_t *count, Err *err);
/* Marks runs whose lock is free but which never ended as "killed". */
bool state_reap(State *state, int64_t *count, Err *err);

/* Last known facts of streams, so that a first frame needs no connection. */
typedef struct StreamFact {
    char *stream;
    int64_t watermark, newest, rows, rejects; /* TIME_NONE / -1: not known */
    bool unaudited;
    int64_t at_us;
} StreamFact;
void stream_fact_free(void *fact);
bool state_facts_put(State *state, const StreamFact *fact, Err *err);
bool state_facts(State *state, GPtrArray *out, Err *err);

/* Settings whose names begin with `prefix`, which the table's names are without: char * → char *, both of g_malloc. Either call waits patience_ms
 * at most for other threads and processes; then it fails with a transient error. Writing is all or nothing. */
bool state_settings(State *state, const char *prefix, int patience_ms, GHashTable *out, Err *err);
bool state_set_settings(State *state, const char *prefix, int patience_ms, GHashTable *values, Err *err);
/* Deletes runs that ended before the time, with their log. */
bool state_retain(State *state, int64_t before_us, int64_t *count, Err *err);

#endif
