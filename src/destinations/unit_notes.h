/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/unit_notes.h - what units of a stream left behind at the source for good (UnitNote), in the ledger's table unit_notes. */
#ifndef TIDEMARK_DESTINATIONS_UNIT_NOTES_H
#define TIDEMARK_DESTINATIONS_UNIT_NOTES_H

#include "destinations/destination.h"

/* Inside a transaction: each note replaces what was noted within its unit before; one with count 0 only takes that away. */
bool unit_notes_put(Destination *d, const Stream *stream, int64_t run, const UnitNote *notes, int count, Err *err);
/* All notes of the stream go: it was read whole. */
bool unit_notes_drop(Destination *d, const Stream *stream, Err *err);
/* Whether the stream has any. */
bool unit_notes_any(Destination *d, const Stream *stream, bool *any, Err *err);

/* A note as it is stored. */
typedef struct StoredNote {
    char *stream;
    int64_t low, high; /* [low, high), microseconds */
    int64_t count;
    char *text;
    int64_t run, at;
} StoredNote;
void stored_note_free(void *note);

/* Appends StoredNote of units that touch [low, high), newest units first; stream NULL: of all streams, TIME_NONE: without
 * that bound. Empty where the ledger is older than these
 * notes. */
bool unit_notes_list(Destination *d, const char *stream, int64_t low, int64_t high, GPtrArray *out, Err *err);

#endif
