/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/progress.h - how far one stream of a run is: written by the thread that works on it, read by anyone without a lock. */
#ifndef TIDEMARK_JOBS_PROGRESS_H
#define TIDEMARK_JOBS_PROGRESS_H

#include <stdatomic.h>

#include "jobs/engine.h"
#include "jobs/slot.h"

/* What a worker decided about the stream, for history. */
typedef struct ProgressTexts {
    char note[128], window[96], why[200];
} ProgressTexts;

typedef struct Progress {
    atomic_int phase;
    _Atomic int64_t read;                 /* rows read so far, committed or not */
    _Atomic int64_t estimate;             /* -1: not known */
    _Atomic int64_t started_ms, ended_ms; /* monotonic */
    _Atomic int64_t started_us, ended_us; /* TIME_NONE: not yet */
    atomic_int queue_fill;
    _Atomic int64_t continues, kept; /* RunStreamRecord's */
    Slot counts;                     /* Counts: committed */
    Slot texts;                      /* ProgressTexts */
    Slot err;                        /* Err */
    Slot doing;                      /* char[128]: what the source says it is doing; written by the reader's thread */
} Progress;

void progress_init(Progress *progress);

/* The writing side, one thread at a time. */
void progress_phase(Progress *progress, StreamPhase phase);
void progress_end(Progress *progress, StreamPhase phase, const Err *err); /* err may be NULL */
void progress_note(Progress *progress, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void progress_plan(Progress *progress, const char *window, const char *why);
void progress_continues(Progress *progress, int64_t run, int64_t kept);
void progress_counts(Progress *progress, const Counts *committed);

/* From the reader's thread: shown while the worker itself has nothing to say. */
void progress_doing(Progress *progress, const char *text);

/* The reading side. */
void progress_view(const Progress *progress, StreamView *out);
void progress_texts(const Progress *progress, ProgressTexts *out);

bool phase_ended(StreamPhase phase);

#endif
