/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/slot.h"

#include <glib.h>
#include <sched.h>
#include <string.h>

void slot_write(Slot *slot, const void *data, size_t size)
{
    uint64_t copy[SLOT_WORDS] = {0};
    g_assert(size <= sizeof copy);
    memcpy(copy, data, size);
    unsigned sequence = atomic_load_explicit(&slot->sequence, memory_order_relaxed);
    atomic_store(&slot->sequence, sequence + 1);
    for (size_t i = 0; i < (size + 7) / 8; i++)
        atomic_store(&slot->words[i], copy[i]);
    atomic_store(&slot->sequence, sequence + 2);
}

bool slot_read(Slot *slot, void *out, size_t size)
{
    uint64_t copy[SLOT_WORDS];
    g_assert(size <= sizeof copy);
    for (int tries = 0; tries < 1000; tries++) {
        unsigned before = atomic_load(&slot->sequence);
        if (before % 2 == 0) {
            for (size_t i = 0; i < (size + 7) / 8; i++)
                copy[i] = atomic_load(&slot->words[i]);
            if (atomic_load(&slot->sequence) == before) {
                memcpy(out, copy, size);
                return true;
            }
        }
        sched_yield();
    }
    return false;
}
