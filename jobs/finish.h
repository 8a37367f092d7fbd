/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/finish.h - the two ends of a run: what is done before its workers start and after they have left. Inside jobs only. */
#ifndef TIDEMARK_JOBS_FINISH_H
#define TIDEMARK_JOBS_FINISH_H

#include "jobs/run.h"

/* Executes the plan's DDL, our own tables first, then each stream's table, parents before children. A stream whose table cannot be made
 * gets `refused`. */
void run_prepare(Run *run);

/* Once more for rows whose parents were written in this run, until nothing lands any more. */
void run_land_parked(Run *run);

/* Decides the exit status and tells state file, log and waiting threads. */
void run_finish(Run *run);

/* For jobs: a byte to the wake_fd. */
void engine_wake(Engine *engine);
/* The run's own thread begins: its streams, waiting yet, go to the state file. */
void engine_run_begun(Engine *engine, Run *run);
/* The run is over: its record and facts go to the state file, engine_wait() returns. */
void engine_run_ended(Engine *engine, Run *run, const Outcome *outcome);

#endif
