/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "jobs/engine_private.h"
#include "model/time.h"

enum { ROUND_MS = 500, PRESS_MS = 100, SAVE_MS = 2000, WATCHED_MS = 65000 /* the console looks once a minute at least */ };

static bool cancelling(const Run *run)
{
    if (atomic_load(&run->cancel))
        return true;
    for (int i = 0; i < run->stream_count; i++)
        if (atomic_load(&run->streams[i].cancel))
            return true;
    return false;
}

static void take_requests(Engine *engine, Run *run)
{
    g_autoptr(GPtrArray) requests = g_ptr_array_new_with_free_func(g_free);
    Err err = {0};
    if (!run->recorded || !state_requests_take(engine->state, run->number, requests, &err))
        return; /* asked again in half a second */
    for (guint i = 0; i < requests->len; i++) {
        const char *stream = requests->pdata[i];
        log_write(LOG_INFO, run->number, stream[0] ? stream : NULL, "another process asks to stop");
        run_cancel(run, stream[0] ? stream : NULL);
    }
}

static void save_stream(Engine *engine, Run *run, RunStream *stream, const StreamView *view)
{
    ProgressTexts texts;
    progress_texts(&stream->progress, &texts);
    int64_t elapsed = (view->ended_ms ? view->ended_ms : clock_mono_ms()) - view->started_ms;
    RunStreamRecord record = {
        .run = run->number,
        .stream = stream->plan->stream->id,
        .phase = (char *)phase_name(view->phase),
        .note = (char *)view->note,
        .error = view->err.code != ERR_NONE ? (char *)view->err.message : NULL,
        .hint = view->err.hint[0] ? (char *)view->err.hint : NULL,
        .window = texts.window,
        .why = texts.why,
        .started_us = atomic_load(&stream->progress.started_us),
        .ended_us = atomic_load(&stream->progress.ended_us),
        .counts = view->counts,
        .in_flight = view->in_flight,
        .estimate = view->estimate,
        .queue_fill = view->queue_fill,
        .continues = atomic_load(&stream->progress.continues),
        .kept = atomic_load(&stream->progress.kept),
        .rows_per_second = view->started_ms && elapsed > 0 ? view->counts.read * 1000 / elapsed : 0,
    };
    Err err = {0};
    if (!state_run_stream(engine->state, &record, &err))
        log_debug("progress of %s not saved: %s", record.stream, err.message);
}

void keeper_save_streams(Engine *engine, Run *run, bool force)
{
    int64_t now = clock_mono_ms();
    pthread_mutex_lock(&engine->saving);
    for (int i = 0; run->recorded && i < run->stream_count; i++) {
        RunStream *stream = &run->streams[i];
        StreamView view = {0};
        progress_view(&stream->progress, &view);
        bool moved = view.phase != stream->saved_phase;
        bool works = view.started_ms && !view.ended_ms && now - stream->saved_ms >= SAVE_MS;
        if (!force && !moved && !works)
            continue;
        if (force && stream->saved_ms && phase_ended(stream->saved_phase) && !moved && stream->landed == 0)
            continue; /* its last word is saved already */
        stream->saved_phase = view.phase;
        stream->saved_ms = now;
        save_stream(engine, run, stream, &view);
    }
    pthread_mutex_unlock(&engine->saving);
}

/* One look at every run of this process, without holding the engine's lock over the state file. Runs are only freed by the thread that starts
 * and stops the engine, and never before they have finished and left this list. */
static bool round_over_runs(Engine *engine)
{
    g_autoptr(GPtrArray) live = g_ptr_array_new();
    bool pressing = false;
    pthread_mutex_lock(&engine->lock);
    for (guint i = 0; i < engine->runs->len; i++) {
        Run *run = engine->runs->pdata[i];
        if (atomic_load(&run->finished))
            continue;
        run->watched = true;
        snapshot_sample(run, clock_mono_ms());
        g_ptr_array_add(live, run);
    }
    pthread_mutex_unlock(&engine->lock);
    for (guint i = 0; i < live->len; i++) {
        Run *run = live->pdata[i];
        take_requests(engine, run);
        if (cancelling(run)) {
            run_press_cancel(run);
            pressing = true;
        }
        keeper_save_streams(engine, run, false);
        pthread_mutex_lock(&engine->lock);
        run->watched = false;
        pthread_cond_broadcast(&engine->changed);
        pthread_mutex_unlock(&engine->lock);
    }
    if (live->len > 0)
        engine_wake(engine);
    return pressing;
}

static bool same_runs(const EngineView *a, const EngineView *b)
{
    bool same = a && a->run_count == b->run_count;
    for (int i = 0; same && i < a->run_count; i++)
        same = a->runs[i].run == b->runs[i].run;
    return same;
}

static void look_at_others(Engine *engine)
{
    EngineView *view = snapshot_others(engine);
    pthread_mutex_lock(&engine->lock);
    bool changed = view && !same_runs(engine->other, view);
    if (view) {
        engine_view_free(engine->other);
        engine->other = view;
    }
    engine->other_known = true;
    engine->other_wanted = clock_mono_ms() - engine->other_wanted_ms < WATCHED_MS;
    pthread_mutex_unlock(&engine->lock);
    if (changed)
        engine_wake(engine);
}

void *keeper_main(void *data)
{
    Engine *engine = data;
    bool pressing = false;
    pthread_mutex_lock(&engine->lock);
    while (!engine->leaving) {
        bool others = engine->other_wanted;
        engine->press = false;
        pthread_mutex_unlock(&engine->lock);
        pressing = round_over_runs(engine);
        if (others)
            look_at_others(engine);
        pthread_mutex_lock(&engine->lock);
        struct timespec until = wait_deadline(pressing ? PRESS_MS : ROUND_MS);
        while (!engine->leaving && !engine->press && !(engine->other_wanted && !engine->other_known))
            if (!wait_until(&engine->changed, &engine->lock, &until))
                break;
    }
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}
