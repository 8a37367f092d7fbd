/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/key_set.h"

#include <string.h>

enum { FIRST_CAPACITY = 64 };

void key_set_init(KeySet *set)
{
    *set = (KeySet){.entries = g_new0(KeySetEntry, FIRST_CAPACITY), .capacity = FIRST_CAPACITY, .epoch = 1};
    set->bytes = g_byte_array_new();
}

void key_set_done(KeySet *set)
{
    g_free(set->entries);
    if (set->bytes)
        g_byte_array_unref(set->bytes);
    *set = (KeySet){0};
}

void key_set_clear(KeySet *set)
{
    if (++set->epoch == 0) {
        memset(set->entries, 0, (size_t)set->capacity * sizeof *set->entries);
        set->epoch = 1;
    }
    set->used = 0;
    g_byte_array_set_size(set->bytes, 0);
}

/* FNV-1a, with a final mix because the low bits choose the place. */
static uint64_t hash_of(const unsigned char *key, size_t len)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ key[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}

static KeySetEntry *place(KeySet *set, uint64_t hash, const void *key, size_t len)
{
    uint32_t mask = set->capacity - 1;
    for (uint32_t i = (uint32_t)hash & mask;; i = (i + 1) & mask) {
        KeySetEntry *entry = &set->entries[i];
        if (entry->epoch != set->epoch)
            return entry;
        if (entry->hash == hash && entry->len == len && memcmp(set->bytes->data + entry->at, key, len) == 0)
            return entry;
    }
}

static void grow(KeySet *set)
{
    KeySetEntry *old = set->entries;
    uint32_t count = set->capacity;
    set->capacity *= 2;
    set->entries = g_new0(KeySetEntry, set->capacity);
    for (uint32_t i = 0; i < count; i++)
        if (old[i].epoch == set->epoch)
            *place(set, old[i].hash, set->bytes->data + old[i].at, old[i].len) = old[i];
    g_free(old);
}

bool key_set_add(KeySet *set, const void *key, size_t len)
{
    if (set->used * 2 >= set->capacity)
        grow(set);
    uint64_t hash = hash_of(key, len);
    KeySetEntry *entry = place(set, hash, key, len);
    if (entry->epoch == set->epoch)
        return false;
    *entry = (KeySetEntry){.hash = hash, .at = set->bytes->len, .len = (uint32_t)len, .epoch = set->epoch};
    g_byte_array_append(set->bytes, key, (guint)len);
    set->used++;
    return true;
}
