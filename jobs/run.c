/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/run.h"

#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "jobs/finish.h"
#include "jobs/worker.h"
#include "model/time.h"

int64_t memory_resident(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file && fscanf(file, "%*s %ld", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

int64_t memory_peak(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (int64_t)usage.ru_maxrss * 1024 : 0;
}

static GHashTable *neighbours_of(const Catalog *catalog)
{
    GHashTable *table = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    for (guint i = 0; i < catalog->streams->len; i++) {
        DestinationConfig *config = catalog_source_of(catalog, catalog->streams->pdata[i])->config->destination;
        GPtrArray *streams = g_hash_table_lookup(table, config);
        if (!streams)
            g_hash_table_insert(table, config, streams = g_ptr_array_new());
        g_ptr_array_add(streams, catalog->streams->pdata[i]);
    }
    return table;
}

static void name_destinations(Run *run)
{
    g_autoptr(GString) names = g_string_new(NULL);
    const GPtrArray *all = run->plan->catalog->config->destinations;
    for (guint i = 0; i < all->len; i++) {
        const DestinationConfig *config = all->pdata[i];
        bool used = false;
        for (int k = 0; k < run->stream_count && !used; k++)
            used = run->streams[k].plan->source->config->destination == config;
        if (!used)
            continue;
        g_string_append_printf(names, "%s%s", names->len ? ", " : "", config->display);
        if (config->label)
            g_string_append_printf(names, " (%s)", config->label);
    }
    g_strlcpy(run->destination, names->str, sizeof run->destination);
}

Run *run_new(Engine *engine, Plan *plan_taken, const EngineOptions *options)
{
    Run *run = g_new0(Run, 1);
    run->engine = engine;
    run->plan = plan_taken;
    run->options = *options;
    run->user = g_strdup(g_get_user_name());
    run->host = g_strdup(g_get_host_name());
    run->pool = pool_new(options->batch_budget);
    pthread_mutex_init(&run->lock, NULL);
    wait_cond_init(&run->changed);
    run->unreachable = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    run->reached = g_hash_table_new(NULL, NULL);
    run->neighbours = neighbours_of(plan_taken->catalog);
    run->stream_count = (int)plan_taken->streams->len;
    run->streams = g_new0(RunStream, run->stream_count);
    for (int i = 0; i < run->stream_count; i++) {
        run->streams[i].plan = plan_taken->streams->pdata[i];
        progress_init(&run->streams[i].progress);
        atomic_store(&run->streams[i].progress.estimate, run->streams[i].plan->estimate);
    }
    int workers = MIN(plan_taken->jobs, run->stream_count);
    run->worker_links = g_ptr_array_new_with_free_func((GDestroyNotify)links_free);
    for (int i = 0; i <= workers; i++)
        g_ptr_array_add(run->worker_links, links_new());
    for (int i = 0; i <= workers; i++)
        links_share(run->worker_links->pdata[i], plan_taken->tables);
    name_destinations(run);
    run->started_us = clock_now_us();
    run->started_ms = clock_mono_ms();
    return run;
}

void run_free(Run *run)
{
    if (!run)
        return;
    g_ptr_array_unref(run->worker_links);
    g_hash_table_unref(run->unreachable);
    g_hash_table_unref(run->reached);
    g_hash_table_unref(run->neighbours);
    pool_free(run->pool);
    plan_free(run->plan);
    pthread_cond_destroy(&run->changed);
    pthread_mutex_destroy(&run->lock);
    g_free(run->streams);
    g_free(run->user);
    g_free(run->host);
    g_free(run);
}

bool run_cancelled(const Run *run, const RunStream *stream)
{
    return atomic_load(&run->cancel) || (stream && atomic_load(&stream->cancel));
}

static RunStream *stream_of(const Run *run, const Stream *stream)
{
    for (int i = 0; i < run->stream_count; i++)
        if (run->streams[i].plan->stream == stream)
            return &run->streams[i];
    return NULL;
}

/* The first parent that has not ended, or NULL. Under the lock. */
static const RunStream *waits_for(const Run *run, const RunStream *stream)
{
    for (guint i = 0; i < stream->plan->waits_for->len; i++) {
        const RunStream *parent = stream_of(run, stream->plan->waits_for->pdata[i]);
        if (parent && parent->stage != STAGE_ENDED)
            return parent;
    }
    return NULL;
}

static void note_waiting(Run *run, RunStream *stream)
{
    const RunStream *parent = waits_for(run, stream);
    progress_note(&stream->progress, parent ? "waiting: %s" : "%s", parent ? parent->plan->stream->name : "");
    progress_phase(&stream->progress, parent ? PHASE_WAITING : PHASE_QUEUED);
}

static void cancel_queued(Run *run)
{
    Err err = {0};
    err_set(&err, ERR_CANCELLED, "stopped on request");
    for (int i = 0; i < run->stream_count; i++) {
        RunStream *stream = &run->streams[i];
        if (stream->stage != STAGE_QUEUED || !run_cancelled(run, stream))
            continue;
        stream->stage = STAGE_ENDED;
        progress_note(&stream->progress, "%s", "");
        progress_end(&stream->progress, PHASE_CANCELLED, &err);
    }
}

RunStream *run_next(Run *run)
{
    RunStream *next = NULL;
    pthread_mutex_lock(&run->lock);
    for (;;) {
        bool queued = false;
        cancel_queued(run);
        for (int i = 0; i < run->stream_count && !next; i++) {
            RunStream *stream = &run->streams[i];
            if (stream->stage != STAGE_QUEUED)
                continue;
            queued = true;
            if (!waits_for(run, stream))
                next = stream;
        }
        if (next || !queued)
            break;
        pthread_cond_wait(&run->changed, &run->lock);
    }
    if (next) {
        next->stage = STAGE_RUNNING;
        progress_note(&next->progress, "%s", "");
    }
    pthread_mutex_unlock(&run->lock);
    return next;
}

void run_stream_end(Run *run, RunStream *stream, StreamPhase phase, const Err *err)
{
    progress_end(&stream->progress, phase, err);
    pthread_mutex_lock(&run->lock);
    stream->stage = STAGE_ENDED;
    for (int i = 0; i < run->stream_count; i++)
        if (run->streams[i].stage == STAGE_QUEUED)
            note_waiting(run, &run->streams[i]);
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
    engine_wake(run->engine);
}

bool run_pause(Run *run, const RunStream *stream, int ms)
{
    struct timespec until = wait_deadline(ms);
    pthread_mutex_lock(&run->lock);
    while (!run_cancelled(run, stream) && wait_until(&run->changed, &run->lock, &until))
        continue;
    pthread_mutex_unlock(&run->lock);
    return !run_cancelled(run, stream);
}

bool run_cancel(Run *run, const char *stream_id)
{
    bool found = !stream_id;
    if (!stream_id)
        atomic_store(&run->cancel, true);
    for (int i = 0; i < run->stream_count && stream_id; i++)
        if (strcmp(run->streams[i].plan->stream->id, stream_id) == 0) {
            atomic_store(&run->streams[i].cancel, true);
            found = true;
        }
    pthread_mutex_lock(&run->lock);
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
    return found;
}

void run_press_cancel(Run *run)
{
    bool whole = atomic_load(&run->cancel);
    for (guint w = 0; w < run->worker_links->len && whole; w++)
        links_interrupt(run->worker_links->pdata[w], NULL);
    for (int i = 0; i < run->stream_count && !whole; i++)
        if (atomic_load(&run->streams[i].cancel))
            for (guint w = 0; w < run->worker_links->len; w++)
                links_interrupt(run->worker_links->pdata[w], run->streams[i].plan->stream);
}

static void refuse_streams(Run *run)
{
    pthread_mutex_lock(&run->lock);
    for (int i = 0; i < run->stream_count; i++) {
        RunStream *stream = &run->streams[i];
        if (stream->plan->refused.code == ERR_NONE)
            continue;
        stream->stage = STAGE_ENDED;
        /* A cancel while the destinations are prepared ends here, too. */
        bool stopped = stream->plan->refused.code == ERR_CANCELLED;
        StreamPhase phase = stopped ? PHASE_CANCELLED : stream->plan->refused.code == ERR_BUSY ? PHASE_LOCKED : PHASE_REFUSED;
        progress_end(&stream->progress, phase, &stream->plan->refused);
        log_write(stopped ? LOG_INFO : LOG_ERROR, run->number, stream->plan->stream->id, "%s: %s", phase_name(phase),
                  stream->plan->refused.message);
    }
    for (int i = 0; i < run->stream_count; i++)
        if (run->streams[i].stage == STAGE_QUEUED)
            note_waiting(run, &run->streams[i]);
    pthread_mutex_unlock(&run->lock);
}

static void run_workers(Run *run)
{
    guint count = run->worker_links->len - 1;
    g_autofree Worker *workers = g_new0(Worker, count);
    g_autofree pthread_t *threads = g_new0(pthread_t, count);
    guint started = 0;
    for (guint i = 0; i < count; i++) {
        workers[i] = (Worker){.run = run, .links = run->worker_links->pdata[i], .number = (int)i};
        if (pthread_create(&threads[started], NULL, worker_main, &workers[i]) == 0)
            started++;
    }
    if (started == 0) /* no thread to be had: this one does the work */
        worker_main(&workers[0]);
    for (guint i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

static void *run_main(void *data)
{
    Run *run = data;
    const Config *config = run->plan->catalog->config;
    engine_run_begun(run->engine, run);
    log_write(LOG_INFO, run->number, NULL, "%s of %d stream%s into %s, configuration %s", run->plan->request.job->name,
              run->stream_count, run->stream_count == 1 ? "" : "s", run->destination,
              config->file ? config->file : "from the environment");
    for (guint i = 0; i < run->plan->notes->len; i++)
        log_write(LOG_WARN, run->number, NULL, "%s", (const char *)run->plan->notes->pdata[i]);
    run_prepare(run);
    refuse_streams(run);
    run_workers(run);
    run_land_parked(run);
    run_finish(run);
    return NULL;
}

bool run_start(Run *run, Err *err)
{
    int failed = pthread_create(&run->thread, NULL, run_main, run);
    return !failed || err_set(err, ERR_INTERNAL, "no thread for the run: %s", g_strerror(failed));
}
