/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/engine.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "config.h"
#include "jobs/engine_private.h"
#include "jobs/retry.h"
#include "model/time.h"

enum { FINISHED_KEPT = 20, COMMIT_ROWS = 20000, COMMIT_MS = 1000 };

Engine *engine_new(const Catalog *catalog, State *state, int wake_fd)
{
    return engine_new_with(catalog, state, wake_fd, &(EngineOptions){0});
}

Engine *engine_new_with(const Catalog *catalog, State *state, int wake_fd, const EngineOptions *options)
{
    Engine *engine = g_new0(Engine, 1);
    engine->catalog = catalog;
    engine->state = state;
    engine->wake_fd = wake_fd;
    engine->options = (EngineOptions){
        .batch_budget = options->batch_budget ? options->batch_budget : POOL_DEFAULT_BYTES,
        .commit_rows = options->commit_rows ? options->commit_rows : COMMIT_ROWS,
        .commit_ms = options->commit_ms ? options->commit_ms : COMMIT_MS,
        .retry_first_ms = options->retry_first_ms ? options->retry_first_ms : retry_default.first_ms,
        .retry_deadline_ms = options->retry_deadline_ms ? options->retry_deadline_ms : retry_default.deadline_ms,
    };
    pthread_mutex_init(&engine->lock, NULL);
    wait_cond_init(&engine->changed);
    engine->runs = g_ptr_array_new_with_free_func((GDestroyNotify)run_free);
    engine->next_number = 1;
    pthread_mutex_init(&engine->saving, NULL);
    engine->keeper_runs = pthread_create(&engine->keeper, NULL, keeper_main, engine) == 0;
    if (!engine->keeper_runs)
        log_warn("no thread for the engine: progress is not saved, and a cancel waits for the server");
    return engine;
}

static Run *find_run(const Engine *engine, int64_t number)
{
    for (guint i = 0; i < engine->runs->len; i++)
        if (((Run *)engine->runs->pdata[i])->number == number)
            return engine->runs->pdata[i];
    return NULL;
}

void engine_free(Engine *engine)
{
    if (!engine)
        return;
    pthread_mutex_lock(&engine->lock);
    for (guint i = 0; i < engine->runs->len; i++)
        if (!atomic_load(&((Run *)engine->runs->pdata[i])->finished))
            run_cancel(engine->runs->pdata[i], NULL);
    engine->press = true;
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
    for (guint i = 0; i < engine->runs->len; i++)
        pthread_join(((Run *)engine->runs->pdata[i])->thread, NULL);
    pthread_mutex_lock(&engine->lock);
    engine->leaving = true;
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
    if (engine->keeper_runs)
        pthread_join(engine->keeper, NULL);
    g_ptr_array_unref(engine->runs);
    engine_view_free(engine->other);
    pthread_mutex_destroy(&engine->saving);
    pthread_cond_destroy(&engine->changed);
    pthread_mutex_destroy(&engine->lock);
    g_free(engine);
}

static void forget_old_runs(Engine *engine)
{
    guint finished = 0;
    for (guint i = engine->runs->len; i-- > 0;) {
        Run *run = engine->runs->pdata[i];
        if (!atomic_load(&run->finished) || run->watched || ++finished < FINISHED_KEPT)
            continue;
        pthread_join(run->thread, NULL);
        g_ptr_array_remove_index(engine->runs, i);
    }
}

/* Without the state file a run goes on all the same: history is the only loss. */
static void number_run(Engine *engine, Run *run)
{
    RunRecord record = {
        .job = (char *)run->plan->request.job->name,
        .operator_name = (char *)run->plan->request.operator_name,
        .host = run->host,
        .arguments = run->plan->request.arguments,
        .version = (char *)PACKAGE_VERSION,
        .destination = run->destination,
        .started_us = run->started_us,
        .ended_us = TIME_NONE,
        .outcome = (char *)"running",
        .exit_status = -1,
        .streams = run->stream_count,
    };
    Err err = {0};
    run->recorded = engine->state && state_run_begin(engine->state, &record, &err);
    if (engine->state && !run->recorded)
        log_warn("this run is not kept in history: %s", err.message);
    pthread_mutex_lock(&engine->lock);
    run->number = run->recorded ? record.run : engine->next_number;
    engine->next_number = MAX(engine->next_number, run->number) + 1;
    pthread_mutex_unlock(&engine->lock);
}

int64_t engine_start(Engine *engine, Plan *plan_taken, Err *err)
{
    Run *run = run_new(engine, plan_taken, &engine->options);
    number_run(engine, run);
    pthread_mutex_lock(&engine->lock);
    forget_old_runs(engine);
    int64_t number = run_start(run, err) ? run->number : 0;
    if (number)
        g_ptr_array_add(engine->runs, run);
    pthread_mutex_unlock(&engine->lock);
    if (!number)
        run_free(run);
    engine_wake(engine);
    return number;
}

bool engine_cancel(Engine *engine, int64_t number, const char *stream_id, Err *err)
{
    pthread_mutex_lock(&engine->lock);
    Run *run = find_run(engine, number);
    bool finished = run && atomic_load(&run->finished);
    bool found = run && !finished && run_cancel(run, stream_id);
    engine->press = true; /* the keeper interrupts, so that nobody waits here for a server */
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
    if (finished)
        return err_set(err, ERR_USAGE, "run %" G_GINT64_FORMAT " has ended", number);
    if (run)
        return found || err_set(err, ERR_USAGE, "run %" G_GINT64_FORMAT " has no stream `%s`", number, stream_id);
    if (!engine->state)
        return err_set(err, ERR_USAGE,
                       "run %" G_GINT64_FORMAT " is not a run of this process, and there is no state file to ask others by",
                       number);
    return state_request_cancel(engine->state, number, stream_id, err);
}

bool engine_wait(Engine *engine, int64_t number, int timeout_ms)
{
    struct timespec until = wait_deadline(MAX(timeout_ms, 0));
    pthread_mutex_lock(&engine->lock);
    const Run *run = find_run(engine, number);
    while (run && !atomic_load(&run->finished)) {
        if (timeout_ms < 0)
            pthread_cond_wait(&engine->changed, &engine->lock);
        else if (!wait_until(&engine->changed, &engine->lock, &until))
            break;
        run = find_run(engine, number);
    }
    bool ended = !run || atomic_load(&run->finished);
    pthread_mutex_unlock(&engine->lock);
    return ended;
}

void engine_wake(Engine *engine)
{
    if (engine->wake_fd < 0 || atomic_exchange(&engine->woken, true))
        return;
    while (write(engine->wake_fd, "", 1) == -1 && errno == EINTR)
        continue;
}

static void save_facts(Engine *engine, const RunStream *stream)
{
    if (!stream->position_known)
        return;
    Err err = {0};
    StreamFact fact = {
        .stream = stream->plan->stream->id,
        .watermark = stream->after.watermark,
        .newest = stream->after.watermark, /* until the source is asked again */
        .rows = stream->after.rows,
        .rejects = stream->after.open_rejects,
        .unaudited = stream->after.unaudited,
        .at_us = clock_now_us(),
    };
    if (!state_facts_put(engine->state, &fact, &err))
        log_warn("facts of %s not kept: %s", fact.stream, err.message);
}

void engine_run_begun(Engine *engine, Run *run)
{
    keeper_save_streams(engine, run, true);
}

static void forget_history(Engine *engine)
{
    int64_t keep = engine->catalog->config->keep_history_us;
    Err err = {0};
    if (keep > 0 && !state_retain(engine->state, clock_now_us() - keep, NULL, &err))
        log_warn("old runs are not taken out of history: %s", err.message);
}

void engine_run_ended(Engine *engine, Run *run, const Outcome *outcome)
{
    RunRecord record = {
        .run = run->number,
        .ended_us = clock_now_us(),
        .started_us = run->started_us,
        .outcome = (char *)outcome_name(outcome),
        .exit_status = run->exit_status,
        .streams = run->stream_count,
        .memory_bytes = run->memory_peak,
        .destination = run->destination,
    };
    Err err = {0};
    for (int i = 0; i < run->stream_count; i++)
        counts_add(&record.counts, &run->streams[i].counts);
    if (run->recorded) {
        keeper_save_streams(engine, run, true);
        for (int i = 0; i < run->stream_count; i++)
            save_facts(engine, &run->streams[i]);
        if (!state_run_end(engine->state, &record, &err))
            log_warn("the end of run %" G_GINT64_FORMAT " is not kept in history: %s", run->number, err.message);
        forget_history(engine);
    }
    pthread_mutex_lock(&engine->lock);
    atomic_store(&run->finished, true);
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
    engine_wake(engine);
}
