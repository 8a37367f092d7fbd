/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/queue.h - what the reader says to the writer, in order; a short bounded queue between two threads.
 *
 * The bytes are bounded by the pool; the queue only bounds how many messages wait. */
#ifndef TIDEMARK_JOBS_QUEUE_H
#define TIDEMARK_JOBS_QUEUE_H

#include "jobs/pool.h"
#include "sources/source.h"

enum { QUEUE_LENGTH = 16 };

typedef struct Message {
    bool started; /* the first one: the window was begun, nothing was read yet */
    Window window;
    bool restarted, missing; /* of started */
    int64_t documents;       /* of started: SourceOps.count, -1 when not asked or not known */
    Batch *batch;            /* owned by the receiver; NULL with started and READ_FAIL */
    ReadStatus status;
    int64_t unit_low; /* of READ_UNIT_INCOMPLETE */
    Err err;          /* of READ_FAIL and READ_UNIT_INCOMPLETE */
} Message;

typedef struct Queue Queue;
typedef enum QueueStatus { QUEUE_GOT, QUEUE_EMPTY, QUEUE_CLOSED } QueueStatus;

Queue *queue_new(void);
void queue_free(Queue *queue); /* must be empty */
void queue_open(Queue *queue); /* for the next stream, when both sides are done */

/* Waits while the queue is full. False when it was closed: the message stays the caller's. */
bool queue_push(Queue *queue, const Message *message);

/* Waits up to timeout_ms. */
QueueStatus queue_pop(Queue *queue, int timeout_ms, Message *out);

/* Takes what is left in a closed queue, without waiting. */
bool queue_drain(Queue *queue, Message *out);

/* No push succeeds any more; waiting calls return. Any thread. */
void queue_close(Queue *queue);

int queue_length(Queue *queue);

#endif
