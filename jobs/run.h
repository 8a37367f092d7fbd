/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/run.h - one run in this process: its plan, its streams and the threads that work on them. Inside jobs only.
 *
 * A thread of its own (run_main) prepares the destinations, starts the workers, waits for them, takes parked rows up once more and
 * closes the run. Which stream comes next is decided under `lock`; nothing is done while holding it. */
#ifndef TIDEMARK_JOBS_RUN_H
#define TIDEMARK_JOBS_RUN_H

#include <pthread.h>
#include <stdatomic.h>

#include "jobs/engine.h"
#include "jobs/links.h"
#include "jobs/outcome.h"
#include "jobs/pool.h"
#include "jobs/progress.h"

typedef enum StreamStage { STAGE_QUEUED, STAGE_RUNNING, STAGE_ENDED } StreamStage;

enum { RATE_SAMPLES = 12 };

typedef struct RateRing { /* under the engine's lock: keeper and snapshot */
    int64_t at_ms[RATE_SAMPLES], rows[RATE_SAMPLES];
    int count, next;
} RateRing;

typedef struct RunStream {
    StreamPlan *plan;  /* changed by the thread that works on the stream */
    StreamStage stage; /* under Run.lock */
    Progress progress;
    atomic_bool cancel;
    Counts counts;  /* committed; the working thread's */
    Position after; /* when it ended; known tells whether it could be asked */
    bool position_known;
    int64_t landed; /* rows of this run's rejects that landed at its end */
    RateRing rate;
    StreamPhase saved_phase; /* keeper: last saved to the state file */
    int64_t saved_ms;
} RunStream;

typedef struct Run {
    Engine *engine;
    int64_t number;
    bool recorded; /* the state file knows it */
    Plan *plan;
    EngineOptions options; /* without zeroes */
    char *user, *host;
    Pool *pool;
    RunStream *streams; /* in the plan's order */
    int stream_count;
    GPtrArray *worker_links; /* Links: one per worker, the last is run_main's own */
    GHashTable *neighbours;  /* DestinationConfig → GPtrArray of const Stream *: all that land there */
    pthread_t thread;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    GHashTable *unreachable; /* CatalogSource → Err: could not be opened in this run; under lock */
    GHashTable *reached;     /* CatalogSource: was opened at least once; under lock */

    bool watched; /* under the engine's lock: the keeper looks at it just now, it must not be freed */

    atomic_bool cancel;
    atomic_bool finished; /* everything below is final */
    int exit_status;
    char destination[256]; /* for history: display and label */
    int64_t started_us, started_ms, ended_ms;
    int64_t memory_peak;
} Run;

Run *run_new(Engine *engine, Plan *plan_taken, const EngineOptions *options);
void run_free(Run *run);
bool run_start(Run *run, Err *err); /* the thread */

/* Any thread: asks the run to stop, or one stream of it. False: no such stream. */
bool run_cancel(Run *run, const char *stream_id);
/* Interrupts what the workers wait for; repeated by the keeper until they have left, for a worker may have been between two calls. */
void run_press_cancel(Run *run);

bool run_cancelled(const Run *run, const RunStream *stream);

/* For workers. The next stream whose parents have ended; waits for one; NULL when none is left. */
RunStream *run_next(Run *run);
void run_stream_end(Run *run, RunStream *stream, StreamPhase phase, const Err *err);
/* Sleeps, unless the run or the stream is cancelled: then false. */
bool run_pause(Run *run, const RunStream *stream, int ms);

/* What history says of the run's memory, in bytes. */
int64_t memory_resident(void);
int64_t memory_peak(void);

#endif
