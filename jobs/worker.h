/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/worker.h - one worker thread of a run: takes stream after stream and does each to its end, retries included. */
#ifndef TIDEMARK_JOBS_WORKER_H
#define TIDEMARK_JOBS_WORKER_H

#include "jobs/run.h"

typedef struct Worker {
    Run *run;
    Links *links;
    int number;
} Worker;

/* The thread's function; data is the Worker. */
void *worker_main(void *data);

/* Takes the stream's parked rows up once more, as the stream's only writer; *landed is what was written. A stream that is locked by
 * another run is left to that run. */
bool worker_retry_parked(Run *run, Links *links, RunStream *stream, int64_t *landed, Err *err);

#endif
