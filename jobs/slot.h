/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/slot.h - a small struct that one thread writes and any thread may copy, without a lock.
 *
 * A sequence number around atomic words: the writer never waits; a reader that met a write half done copies again. */
#ifndef TIDEMARK_JOBS_SLOT_H
#define TIDEMARK_JOBS_SLOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SLOT_WORDS = 112 };

typedef struct Slot {
    atomic_uint sequence; /* odd: being written */
    _Atomic uint64_t words[SLOT_WORDS];
} Slot;

/* size at most SLOT_WORDS * 8. One writer at a time. */
void slot_write(Slot *slot, const void *data, size_t size);
/* False (out untouched) when the writer was never met between two writes; the caller keeps what it had. */
bool slot_read(Slot *slot, void *out, size_t size);

#endif
