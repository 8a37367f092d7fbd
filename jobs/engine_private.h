/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/engine_private.h - the engine's own struct, shared by engine.c, keeper.c and snapshot.c alone. */
#ifndef TIDEMARK_JOBS_ENGINE_PRIVATE_H
#define TIDEMARK_JOBS_ENGINE_PRIVATE_H

#include "jobs/finish.h"

struct Engine {
    const Catalog *catalog;
    State *state; /* or NULL */
    int wake_fd;
    EngineOptions options;
    atomic_bool woken; /* since the last snapshot: one byte is enough */

    pthread_mutex_t lock; /* over everything below; no worker takes it while it works */
    pthread_cond_t changed;
    GPtrArray *runs;   /* Run: of this process, oldest first */
    EngineView *other; /* live runs of other processes, as last read from the state file */
    bool other_wanted, other_known;
    int64_t other_wanted_ms;
    int64_t next_number; /* when no state file gives one */
    bool press, leaving;
    bool keeper_runs;
    pthread_t keeper;

    pthread_mutex_t saving; /* over what was saved of each stream: keeper, and a run's own thread at its ends */
};

/* keeper.c: the engine's own thread. Twice a second it takes requests of other processes, presses cancels that came too early, notes rates, saves
 * progress and looks for runs of others when somebody watches. */
void *keeper_main(void *data);
/* Saves the streams of a run that changed; force: all of them. */
void keeper_save_streams(Engine *engine, Run *run, bool force);

/* snapshot.c. With the lock held. */
void snapshot_sample(Run *run, int64_t now_ms);
void run_view_fill(const Run *run, RunView *out);
void run_view_done(RunView *view);
/* Reads the live runs of other processes; NULL when the state file cannot say. Without the lock. */
EngineView *snapshot_others(Engine *engine);

#endif
