/* SPDX-License-Identifier: Apache-2.0 */
/* model/window.h - what one run reads of a stream, and how far an unfinished run came. */
#ifndef TIDEMARK_MODEL_WINDOW_H
#define TIDEMARK_MODEL_WINDOW_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/time.h"

typedef enum WindowKind {
    WINDOW_WHOLE, /* everything the source has */
    WINDOW_SINCE, /* cursor >= low, no upper bound (a sync) */
    WINDOW_RANGE  /* low <= cursor < high (a backfill) */
} WindowKind;

typedef struct Window {
    WindowKind kind;
    int64_t low, high; /* microseconds; TIME_NONE where the kind has none */
    int64_t clock;     /* the source's own now when the window was opened; TIME_NONE until it was. Kept when resumed */
    bool
        take_over; /* WINDOW_WHOLE that begins: the table has rows of an older program; a source may compare and read what differs */
    const char *calendar; /* for people: in whose zone bounds that are whole days are meant, Stream.calendar */
} Window;

/* A stable text that names the window for the checkpoint's key. WINDOW_WHOLE and WINDOW_SINCE share "sync": a sync resumes the unfinished
 * one, whatever its low bound. WINDOW_RANGE: "2024-01-01T00:00:00Z/2024-02-01T00:00:00Z". out has room for 90 bytes. */
void window_key(const Window *window, char *out, size_t size);

/* How far into its window an unfinished run has committed. */
typedef struct Checkpoint {
    GBytes *bytes;       /* opaque, made by the source; NULL: nothing committed yet */
    Window window;       /* with its clock */
    int64_t highest;     /* highest cursor read so far that is not after the clock; TIME_NONE: none */
    int64_t stop_before; /* low bound of the first incomplete unit so far; TIME_NONE: none. The watermark stops before it */
    bool first_load;     /* the table was empty when the window was opened: batches may go straight in */
    /* Filled in by the ledger when read, ignored when written: */
    char definition[65]; /* of the stream when the window was opened */
    int64_t run, kept;   /* the run that committed it, and the rows that run stored, or found as they were */
} Checkpoint;

void checkpoint_clear(Checkpoint *checkpoint); /* frees bytes, resets to "none" */
void checkpoint_copy(Checkpoint *to, const Checkpoint *from);

#endif
