/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/queue.h"

#include <glib.h>
#include <pthread.h>

#include "base/wait.h"

struct Queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    Message ring[QUEUE_LENGTH];
    int first, count;
    bool closed;
};

Queue *queue_new(void)
{
    Queue *queue = g_new0(Queue, 1);
    pthread_mutex_init(&queue->lock, NULL);
    wait_cond_init(&queue->changed);
    return queue;
}

void queue_free(Queue *queue)
{
    if (!queue)
        return;
    g_assert(queue->count == 0);
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    g_free(queue);
}

void queue_open(Queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    g_assert(queue->count == 0);
    queue->closed = false;
    pthread_mutex_unlock(&queue->lock);
}

bool queue_push(Queue *queue, const Message *message)
{
    pthread_mutex_lock(&queue->lock);
    while (!queue->closed && queue->count == QUEUE_LENGTH)
        pthread_cond_wait(&queue->changed, &queue->lock);
    bool pushed = !queue->closed;
    if (pushed) {
        queue->ring[(queue->first + queue->count++) % QUEUE_LENGTH] = *message;
        pthread_cond_broadcast(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return pushed;
}

static bool take(Queue *queue, Message *out)
{
    if (queue->count == 0)
        return false;
    *out = queue->ring[queue->first];
    queue->first = (queue->first + 1) % QUEUE_LENGTH;
    queue->count--;
    pthread_cond_broadcast(&queue->changed);
    return true;
}

QueueStatus queue_pop(Queue *queue, int timeout_ms, Message *out)
{
    struct timespec until = wait_deadline(timeout_ms);
    QueueStatus status = QUEUE_EMPTY;
    pthread_mutex_lock(&queue->lock);
    while (!queue->closed && queue->count == 0)
        if (!wait_until(&queue->changed, &queue->lock, &until))
            break;
    if (queue->closed)
        status = QUEUE_CLOSED;
    else if (take(queue, out))
        status = QUEUE_GOT;
    pthread_mutex_unlock(&queue->lock);
    return status;
}

bool queue_drain(Queue *queue, Message *out)
{
    pthread_mutex_lock(&queue->lock);
    bool got = take(queue, out);
    pthread_mutex_unlock(&queue->lock);
    return got;
}

void queue_close(Queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

int queue_length(Queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    int length = queue->count;
    pthread_mutex_unlock(&queue->lock);
    return length;
}
