/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "jobs/engine_private.h"
#include "model/time.h"

void snapshot_sample(Run *run, int64_t now_ms)
{
    for (int i = 0; i < run->stream_count; i++) {
        RateRing *ring = &run->streams[i].rate;
        ring->at_ms[ring->next] = now_ms;
        ring->rows[ring->next] = atomic_load(&run->streams[i].progress.read);
        ring->next = (ring->next + 1) % RATE_SAMPLES;
        ring->count = MIN(ring->count + 1, RATE_SAMPLES);
    }
}

/* Over the last samples while it works, over all of its time when it has ended. */
static double rate_of(const RunStream *stream, const StreamView *view, int64_t now_ms)
{
    const RateRing *ring = &stream->rate;
    int64_t since = view->started_ms, rows = 0;
    if (!view->started_ms)
        return 0;
    if (!view->ended_ms && ring->count > 0) {
        int oldest = ring->count < RATE_SAMPLES ? 0 : ring->next;
        since = MAX(since, ring->at_ms[oldest]);
        rows = since == ring->at_ms[oldest] ? ring->rows[oldest] : 0;
    }
    int64_t elapsed = (view->ended_ms ? view->ended_ms : now_ms) - since;
    return elapsed > 0 ? (double)MAX(view->counts.read - rows, 0) * 1000.0 / (double)elapsed : 0;
}

static void view_totals(RunView *view)
{
    int64_t left = 0;
    bool known = true;
    view->estimate = 0;
    for (int i = 0; i < view->stream_count; i++) {
        const StreamView *stream = &view->streams[i];
        counts_add(&view->counts, &stream->counts);
        view->in_flight += stream->in_flight;
        if (!phase_ended(stream->phase)) {
            view->rows_per_second += stream->rows_per_second;
            known = known && stream->estimate >= 0;
            left += MAX(stream->estimate - stream->counts.read, 0);
        }
        view->estimate += phase_ended(stream->phase) ? stream->counts.read : MAX(stream->estimate, 0);
    }
    if (!known)
        view->estimate = -1;
    view->eta_ms = known && left == 0                   ? 0
                   : known && view->rows_per_second > 0 ? (int64_t)((double)left * 1000 / view->rows_per_second)
                                                        : -1;
}

void run_view_fill(const Run *run, RunView *out)
{
    int64_t now = clock_mono_ms();
    *out = (RunView){.run = run->number, .here = true, .started_us = run->started_us, .stream_count = run->stream_count};
    g_strlcpy(out->job, run->plan->request.job->name, sizeof out->job);
    g_strlcpy(out->operator_name, run->plan->request.operator_name, sizeof out->operator_name);
    g_strlcpy(out->host, run->host, sizeof out->host);
    out->finished = atomic_load(&run->finished);
    out->exit_status = out->finished ? run->exit_status : -1;
    out->elapsed_ms = (out->finished ? run->ended_ms : now) - run->started_ms;
    out->memory_bytes = out->finished ? run->memory_peak : memory_resident();
    out->batch_bytes = (int64_t)pool_bytes(run->pool);
    out->batch_peak = (int64_t)pool_peak(run->pool);
    out->streams = g_new0(StreamView, run->stream_count);
    for (int i = 0; i < run->stream_count; i++) {
        StreamView *stream = &out->streams[i];
        g_strlcpy(stream->id, run->streams[i].plan->stream->id, sizeof stream->id);
        progress_view(&run->streams[i].progress, stream);
        stream->rows_per_second = rate_of(&run->streams[i], stream, now);
    }
    view_totals(out);
}

static bool fill_other(Engine *engine, const RunRecord *record, RunView *out)
{
    g_autoptr(GPtrArray) streams = g_ptr_array_new_with_free_func(run_stream_record_free);
    Err err = {0};
    int64_t now_us = clock_now_us(), now_ms = clock_mono_ms();
    if (!state_run_streams(engine->state, record->run, streams, &err))
        return false;
    *out = (RunView){.run = record->run,
                     .exit_status = -1,
                     .started_us = record->started_us,
                     .elapsed_ms = (now_us - record->started_us) / 1000,
                     .memory_bytes = record->memory_bytes,
                     .stream_count = (int)streams->len,
                     .streams = g_new0(StreamView, streams->len)};
    g_strlcpy(out->job, record->job, sizeof out->job);
    g_strlcpy(out->operator_name, record->operator_name, sizeof out->operator_name);
    g_strlcpy(out->host, record->host, sizeof out->host);
    for (guint i = 0; i < streams->len; i++)
        stream_view_of_record(streams->pdata[i], now_us, now_ms, &out->streams[i]);
    view_totals(out);
    return true;
}

static bool is_ours(Engine *engine, int64_t number)
{
    pthread_mutex_lock(&engine->lock);
    bool ours = false;
    for (guint i = 0; i < engine->runs->len && !ours; i++)
        ours = ((Run *)engine->runs->pdata[i])->number == number;
    pthread_mutex_unlock(&engine->lock);
    return ours;
}

EngineView *snapshot_others(Engine *engine)
{
    if (!engine->state)
        return NULL;
    g_autoptr(GPtrArray) live = g_ptr_array_new_with_free_func(run_record_free);
    RunFilter filter = {.live = true, .since_us = TIME_NONE, .limit = 50};
    Err err = {0};
    if (!state_runs(engine->state, &filter, live, NULL, &err))
        return NULL;
    EngineView *view = g_new0(EngineView, 1);
    view->runs = g_new0(RunView, MAX(live->len, 1));
    for (guint i = 0; i < live->len; i++) {
        const RunRecord *record = live->pdata[i];
        if (!is_ours(engine, record->run) && fill_other(engine, record, &view->runs[view->run_count]))
            view->run_count++;
    }
    return view;
}

static void copy_other(const RunView *from, RunView *to)
{
    *to = *from;
    to->streams = g_memdup2(from->streams, sizeof *from->streams * (size_t)from->stream_count);
}

EngineView *engine_snapshot(Engine *engine)
{
    EngineView *view = g_new0(EngineView, 1);
    atomic_store(&engine->woken, false);
    pthread_mutex_lock(&engine->lock);
    engine->other_wanted = engine->state != NULL;
    engine->other_wanted_ms = clock_mono_ms();
    pthread_cond_broadcast(&engine->changed);
    int others = engine->other ? engine->other->run_count : 0;
    view->runs = g_new0(RunView, engine->runs->len + (guint)others + 1);
    for (guint i = 0; i < engine->runs->len; i++)
        run_view_fill(engine->runs->pdata[i], &view->runs[view->run_count++]);
    for (int i = 0; i < others; i++)
        copy_other(&engine->other->runs[i], &view->runs[view->run_count++]);
    pthread_mutex_unlock(&engine->lock);
    return view;
}

void engine_view_free(EngineView *view)
{
    for (int i = 0; view && i < view->run_count; i++)
        g_free(view->runs[i].streams);
    if (view)
        g_free(view->runs);
    g_free(view);
}

const RunView *engine_view_run(const EngineView *view, int64_t run)
{
    for (int i = 0; i < view->run_count; i++)
        if (view->runs[i].run == run)
            return &view->runs[i];
    return NULL;
}
