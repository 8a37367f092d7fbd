/* SPDX-License-Identifier: Apache-2.0 */
/* What views of runs have in common, wherever the run goes on. */
#include "jobs/engine.h"
#include "model/time.h"

static StreamPhase phase_of(const char *name)
{
    for (int i = PHASE_QUEUED; i <= PHASE_LOCKED; i++)
        if (g_strcmp0(phase_name((StreamPhase)i), name) == 0)
            return (StreamPhase)i;
    return PHASE_QUEUED;
}

void stream_view_of_record(const RunStreamRecord *record, int64_t now_us, int64_t now_ms, StreamView *out)
{
    g_strlcpy(out->id, record->stream, sizeof out->id);
    g_strlcpy(out->note, record->note ? record->note : "", sizeof out->note);
    out->phase = phase_of(record->phase);
    out->counts = record->counts;
    out->in_flight = record->in_flight;
    out->estimate = record->estimate;
    out->rows_per_second = (double)record->rows_per_second;
    out->queue_fill = record->queue_fill;
    if (record->started_us != TIME_NONE)
        out->started_ms = MAX(now_ms - (now_us - record->started_us) / 1000, 1);
    if (record->ended_us != TIME_NONE)
        out->ended_ms = MAX(now_ms - (now_us - record->ended_us) / 1000, 1);
    if (record->error) {
        out->err.code = ERR_SOURCE;
        g_strlcpy(out->err.message, record->error, sizeof out->err.message);
        g_strlcpy(out->err.hint, record->hint ? record->hint : "", sizeof out->err.hint);
    }
}

int run_view_queue_fill(const RunView *view)
{
    int sum = 0, known = 0;
    for (int i = 0; i < view->stream_count; i++) {
        const StreamView *stream = &view->streams[i];
        if (stream->phase < PHASE_READING || stream->phase > PHASE_COMMITTING || stream->queue_fill < 0)
            continue;
        sum += stream->queue_fill;
        known++;
    }
    return known ? sum / known : -1;
}
