/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/reader.h"

#include <pthread.h>

struct Reader {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    ReaderJob job;
    bool working, leaving;
};

static bool begin_window(const ReaderJob *job)
{
    const SourceOps *ops = job->source->ops;
    Message message = {.started = true, .window = job->window, .documents = -1};
    Err uncounted = {0};
    if (job->count && ops->count && !ops->count(job->source, job->stream, &job->window, &message.documents, &uncounted))
        message.documents = -1;
    if (!ops->start(job->source, job->stream, &message.window, job->checkpoint, &message.restarted, &message.missing,
                    &message.err)) {
        message.started = false;
        message.status = READ_FAIL;
    }
    return queue_push(job->queue, &message) && message.started && !message.missing;
}

/* Reads one batch and hands it over; false when there is no next one. */
static bool read_batch(const ReaderJob *job)
{
    const SourceOps *ops = job->source->ops;
    Batch *batch = pool_take(job->pool, job->holder, job->stream);
    if (!batch)
        return false;
    Message message = {.batch = batch, .unit_low = TIME_NONE};
    message.status = ops->read(job->source, batch, &message.err);
    if (message.status == READ_FAIL) {
        pool_give(job->pool, job->holder, batch);
        message.batch = NULL;
        queue_push(job->queue, &message);
        return false;
    }
    if (message.status == READ_UNIT_INCOMPLETE)
        message.unit_low = ops->unit_low ? ops->unit_low(job->source) : job->window.low;
    pool_filled(job->pool, batch);
    atomic_fetch_add(&job->progress->read, batch->read);
    if (!queue_push(job->queue, &message)) {
        pool_give(job->pool, job->holder, batch);
        return false;
    }
    return message.status != READ_END;
}

static void *reader_main(void *data)
{
    Reader *reader = data;
    pthread_mutex_lock(&reader->lock);
    for (;;) {
        while (!reader->working && !reader->leaving)
            pthread_cond_wait(&reader->changed, &reader->lock);
        if (!reader->working)
            break;
        ReaderJob job = reader->job;
        pthread_mutex_unlock(&reader->lock);
        progress_doing(job.progress, "");
        if (begin_window(&job))
            while (read_batch(&job))
                continue;
        pthread_mutex_lock(&reader->lock);
        reader->working = false;
        pthread_cond_broadcast(&reader->changed);
    }
    pthread_mutex_unlock(&reader->lock);
    return NULL;
}

Reader *reader_new(Err *err)
{
    Reader *reader = g_new0(Reader, 1);
    pthread_mutex_init(&reader->lock, NULL);
    pthread_cond_init(&reader->changed, NULL);
    int failed = pthread_create(&reader->thread, NULL, reader_main, reader);
    if (!failed)
        return reader;
    err_set(err, ERR_INTERNAL, "no thread to read with: %s", g_strerror(failed));
    pthread_cond_destroy(&reader->changed);
    pthread_mutex_destroy(&reader->lock);
    g_free(reader);
    return NULL;
}

void reader_free(Reader *reader)
{
    if (!reader)
        return;
    pthread_mutex_lock(&reader->lock);
    reader->leaving = true;
    pthread_cond_broadcast(&reader->changed);
    pthread_mutex_unlock(&reader->lock);
    pthread_join(reader->thread, NULL);
    pthread_cond_destroy(&reader->changed);
    pthread_mutex_destroy(&reader->lock);
    g_free(reader);
}

void reader_begin(Reader *reader, const ReaderJob *job)
{
    pthread_mutex_lock(&reader->lock);
    reader->job = *job;
    reader->working = true;
    pthread_cond_broadcast(&reader->changed);
    pthread_mutex_unlock(&reader->lock);
}

void reader_wait(Reader *reader)
{
    pthread_mutex_lock(&reader->lock);
    while (reader->working)
        pthread_cond_wait(&reader->changed, &reader->lock);
    pthread_mutex_unlock(&reader->lock);
}
