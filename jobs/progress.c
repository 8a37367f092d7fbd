/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/progress.h"

#include <stdarg.h>

#include "base/clock.h"
#include "model/time.h"

static const char *const phase_names[] = {
    [PHASE_QUEUED] = "queued",   [PHASE_WAITING] = "waiting",       [PHASE_LOCKING] = "locking",   [PHASE_READING] = "reading",
    [PHASE_MERGING] = "merging", [PHASE_COMMITTING] = "committing", [PHASE_RETRYING] = "retrying", [PHASE_DONE] = "done",
    [PHASE_FAILED] = "failed",   [PHASE_CANCELLED] = "cancelled",   [PHASE_REFUSED] = "refused",   [PHASE_LOCKED] = "locked",
};

const char *phase_name(StreamPhase phase)
{
    return phase_names[phase];
}

bool phase_ended(StreamPhase phase)
{
    return phase >= PHASE_DONE;
}

void progress_init(Progress *progress)
{
    atomic_store(&progress->phase, PHASE_QUEUED);
    atomic_store(&progress->estimate, -1);
    atomic_store(&progress->started_us, TIME_NONE);
    atomic_store(&progress->ended_us, TIME_NONE);
}

void progress_phase(Progress *progress, StreamPhase phase)
{
    if (atomic_load(&progress->started_ms) == 0 && phase >= PHASE_LOCKING) {
        atomic_store(&progress->started_us, clock_now_us());
        atomic_store(&progress->started_ms, MAX(clock_mono_ms(), 1));
    }
    atomic_store(&progress->phase, phase);
}

void progress_end(Progress *progress, StreamPhase phase, const Err *err)
{
    if (err)
        slot_write(&progress->err, err, sizeof *err);
    atomic_store(&progress->queue_fill, 0);
    atomic_store(&progress->ended_us, clock_now_us());
    atomic_store(&progress->ended_ms, MAX(clock_mono_ms(), 1));
    progress_phase(progress, phase);
}

void progress_note(Progress *progress, const char *fmt, ...)
{
    ProgressTexts texts;
    progress_texts(progress, &texts);
    va_list args;
    va_start(args, fmt);
    g_vsnprintf(texts.note, sizeof texts.note, fmt, args);
    va_end(args);
    slot_write(&progress->texts, &texts, sizeof texts);
}

void progress_plan(Progress *progress, const char *window, const char *why)
{
    ProgressTexts texts;
    progress_texts(progress, &texts);
    g_strlcpy(texts.window, window, sizeof texts.window);
    g_strlcpy(texts.why, why ? why : "", sizeof texts.why);
    slot_write(&progress->texts, &texts, sizeof texts);
}

void progress_continues(Progress *progress, int64_t run, int64_t kept)
{
    atomic_store(&progress->kept, kept);
    atomic_store(&progress->continues, run);
}

void progress_counts(Progress *progress, const Counts *committed)
{
    slot_write(&progress->counts, committed, sizeof *committed);
}

void progress_doing(Progress *progress, const char *text)
{
    char copy[128] = {0};
    g_strlcpy(copy, text, sizeof copy);
    slot_write(&progress->doing, copy, sizeof copy);
}

void progress_texts(const Progress *progress, ProgressTexts *out)
{
    *out = (ProgressTexts){0};
    slot_read((Slot *)&progress->texts, out, sizeof *out);
}

void progress_view(const Progress *progress, StreamView *out)
{
    ProgressTexts texts;
    progress_texts(progress, &texts);
    out->phase = (StreamPhase)atomic_load(&progress->phase);
    g_strlcpy(out->note, texts.note, sizeof out->note);
    if (!out->note[0] && !phase_ended(out->phase))
        slot_read((Slot *)&progress->doing, out->note, sizeof out->note);
    out->counts = (Counts){0};
    slot_read((Slot *)&progress->counts, &out->counts, sizeof out->counts);
    /* The two are not of one instant: rows that were committed in between are not in flight any more. */
    int64_t read = atomic_load(&progress->read);
    out->in_flight = phase_ended(out->phase) ? 0 : MAX(read - out->counts.read, 0);
    out->counts.read += out->in_flight;
    out->estimate = atomic_load(&progress->estimate);
    out->started_ms = atomic_load(&progress->started_ms);
    out->ended_ms = atomic_load(&progress->ended_ms);
    out->queue_fill = atomic_load(&progress->queue_fill);
    out->err = (Err){0};
    slot_read((Slot *)&progress->err, &out->err, sizeof out->err);
}
