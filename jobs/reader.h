/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/reader.h - the reading side of a worker: one kept thread that begins a window and fills batches into the queue. */
#ifndef TIDEMARK_JOBS_READER_H
#define TIDEMARK_JOBS_READER_H

#include "jobs/pool.h"
#include "jobs/progress.h"
#include "jobs/queue.h"

typedef struct ReaderJob {
    Source *source; /* the reader's alone until reader_wait() */
    const Stream *stream;
    Window window;
    GBytes *checkpoint; /* borrowed, or NULL */
    bool count;         /* ask the source how many documents there are */
    Pool *pool;
    PoolHolder *holder;
    Queue *queue;
    Progress *progress; /* its `read` is raised by what was read */
} ReaderJob;

typedef struct Reader Reader;

/* NULL with *err when the system gives no thread. */
Reader *reader_new(Err *err);
void reader_free(Reader *reader);

/* Begins; the first message says that the window was begun (or READ_FAIL), the last one READ_END or READ_FAIL, unless the queue
 * was closed or the holder stopped before. */
void reader_begin(Reader *reader, const ReaderJob *job);
/* Waits until the thread is done with the job. To end it early: close the queue, stop the holder, interrupt the source. */
void reader_wait(Reader *reader);

#endif
