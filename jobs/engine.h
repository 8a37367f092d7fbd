/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/engine.h - runs jobs on worker threads and lets anyone watch and steer them.
 *
 * start, cancel and snapshot may be called from any thread. snapshot returns at once, and so does cancel for a run of this process; start, and cancel for a run
 * of another, write to the state file, which somebody may have locked for seconds. Everything else that waits happens on the engine's own threads. */
#ifndef TIDEMARK_JOBS_ENGINE_H
#define TIDEMARK_JOBS_ENGINE_H

#include <glib.h>
#include <stdbool.h>

#include "jobs/plan.h"
#include "jobs/request.h" /* a request as words, for whoever starts a job by hand */
#include "model/counts.h"
#include "state/state.h"

typedef struct Engine Engine;

typedef enum StreamPhase {
    PHASE_QUEUED,
    PHASE_WAITING, /* for parents */
    PHASE_LOCKING,
    PHASE_READING,
    PHASE_MERGING,
    PHASE_COMMITTING,
    PHASE_RETRYING,
    PHASE_DONE,
    PHASE_FAILED,
    PHASE_CANCELLED,
    PHASE_REFUSED,
    PHASE_LOCKED
} StreamPhase;
const char *phase_name(StreamPhase phase);

/* One stream of a run, as a copy. */
typedef struct StreamView {
    char id[128];
    StreamPhase phase;
    char note[128]; /* "waiting: users", "retry 2 in 4s" */
    Counts counts;
    int64_t in_flight; /* rows read and not yet committed */
    int64_t estimate;  /* -1: not known */
    double rows_per_second;
    int64_t started_ms, ended_ms; /* monotonic; 0: not yet */
    int queue_fill;               /* percent: full means the writer is the limit, empty the reader; -1: not known */
    Err err;                      /* failed, refused or locked */
} StreamView;

typedef struct RunView {
    int64_t run;
    char job[16], operator_name[64], host[64];
    bool here; /* runs in this process */
    bool finished;
    int exit_status; /* when finished */
    int64_t started_us;
    int64_t elapsed_ms;
    int64_t memory_bytes;            /* resident, of the process; when finished: the most it was */
    int64_t batch_bytes, batch_peak; /* in the run's batches, now and at most */
    Counts counts;
    int64_t in_flight, estimate;
    double rows_per_second;
    int64_t eta_ms; /* -1: not known */
    int stream_count;
    StreamView *streams;
} RunView;

/* All runs of this process and, from the state file, live ones of others as the engine's own thread last read them (nothing before it did; wake_fd tells when
 * that changes). A copy made without a lock that a worker could hold, and without a look into the state file. */
typedef struct EngineView {
    int run_count;
    RunView *runs;
} EngineView;

/* Settings that only tests change; zeroed fields mean the defaults. */
typedef struct EngineOptions {
    size_t batch_budget; /* bytes of all batches of a run */
    int commit_rows;     /* rows in a commit, about */
    int commit_ms;       /* age of the oldest batch in a commit, about */
    int retry_first_ms, retry_deadline_ms;
} EngineOptions;

/* state may be NULL (history is then not kept: a warning was already given). wake_fd: a byte is written there when something changed; -1: nobody waits. */
Engine *engine_new(const Catalog *catalog, State *state, int wake_fd);
Engine *engine_new_with(const Catalog *catalog, State *state, int wake_fd, const EngineOptions *options);
/* Cancels what still runs, waits for it, frees. */
void engine_free(Engine *engine);

/* Takes the plan and starts it. 0 with *err when it cannot be started at all. Returns the run's number. */
int64_t engine_start(Engine *engine, Plan *plan_taken, Err *err);

/* Stops a run, or one stream of it (stream_id NULL: all). Also runs of other processes: through the state file's requests. */
bool engine_cancel(Engine *engine, int64_t run, const char *stream_id, Err *err);

/* Waits until the run ended or timeout_ms passed (-1: for ever); true when it ended. */
bool engine_wait(Engine *engine, int64_t run, int timeout_ms);

EngineView *engine_snapshot(Engine *engine);
void engine_view_free(EngineView *view);
const RunView *engine_view_run(const EngineView *view, int64_t run);
/* What the run is held up by: "reading (queue 8 % full)", "writing (queue 93 % full)" or "both (queue 50 % full)" while any stream reads or writes; else a
 * waiting stream's own note. NULL: nothing yet, or not known. g_free() it. */
char *run_view_held_up_by(const RunView *view);
/* What the state file tells of a stream, as a view; *out is zeroed before. */
void stream_view_of_record(const RunStreamRecord *record, int64_t now_us, int64_t now_ms, StreamView *out);

#endif
