/* SPDX-License-Identifier: Apache-2.0 */
/* What views of runs have in common, wherever the run goes on. */
#include "jobs/engine.h"
#include "model/time.h"

enum { QUEUE_EMPTY = 25, QUEUE_FULL = 75 }; /* percent */

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

/* On average over the streams that read and write; -1: there are none, or it is not known. */
static int queue_fill(const RunView *view)
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

static int count_phases(const RunView *view, StreamPhase first, StreamPhase last)
{
    int count = 0;
    for (int i = 0; i < view->stream_count; i++)
        count += view->streams[i].phase >= first && view->streams[i].phase <= last;
    return count;
}

static const char *note_of_waiting(const RunView *view)
{
    for (int i = 0; i < view->stream_count; i++) {
        const StreamView *stream = &view->streams[i];
        if ((stream->phase == PHASE_RETRYING || stream->phase == PHASE_LOCKING) && *stream->note)
            return stream->note;
    }
    return NULL;
}

char *run_view_held_up_by(const RunView *view)
{
    int fill = queue_fill(view);
    if (fill >= 0 && !count_phases(view, PHASE_READING, PHASE_READING))
        return g_strdup("writing"); /* what was read whole leaves its queue empty */
    if (fill >= 0)
        return g_strdup_printf("%s (queue %d %% full)",
                               fill >= QUEUE_FULL    ? "writing"
                               : fill <= QUEUE_EMPTY ? "reading"
                                                     : "both",
                               fill);
    if (count_phases(view, PHASE_READING, PHASE_COMMITTING))
        return NULL;
    const char *note = note_of_waiting(view);
    if (note)
        return g_strdup(note);
    if (count_phases(view, PHASE_LOCKING, PHASE_LOCKING))
        return g_strdup("whoever holds the stream");
    return count_phases(view, PHASE_RETRYING, PHASE_RETRYING) ? g_strdup("a retry") : NULL;
}
