/* SPDX-License-Identifier: Apache-2.0 */
/* sources/key_set.h - the keys met so far in one document: "the same item twice in an array is one row".
 *
 * Emptied per document without touching its memory. */
#ifndef TIDEMARK_SOURCES_KEY_SET_H
#define TIDEMARK_SOURCES_KEY_SET_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct KeySetEntry {
    uint64_t hash;
    uint32_t at, len; /* in bytes */
    uint32_t epoch;   /* entries of an older epoch are free */
} KeySetEntry;

typedef struct KeySet {
    KeySetEntry *entries;
    uint32_t capacity, used, epoch; /* capacity is a power of two */
    GByteArray *bytes;
} KeySet;

void key_set_init(KeySet *set);
void key_set_done(KeySet *set);
void key_set_clear(KeySet *set);

/* Adds a key; false when it was there already. */
bool key_set_add(KeySet *set, const void *key, size_t len);

#endif
