/* SPDX-License-Identifier: Apache-2.0 */
/* sources/mongo_spec.h - a mapping (MongoTable) compiled for reading: Stream.spec of the mongodb source.
 *
 * Every top-level key that some part of the mapping wants has a slot; a document is walked once and each key looked up in a small hash
 * table. Immutable after mongo_spec_new(), so all threads may share it. */
#ifndef TIDEMARK_SOURCES_MONGO_SPEC_H
#define TIDEMARK_SOURCES_MONGO_SPEC_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "config/schema_mongo.h"
#include "model/stream.h"

typedef struct SpecPath {
    char *text;       /* as configured */
    int literal;      /* slot of the whole text as a key */
    int first;        /* slot of the part before the first dot, or -1: no dot */
    const char *rest; /* behind the first dot, inside text; NULL: no dot */
} SpecPath;

typedef struct SpecField {
    SpecPath path; /* of an array item's field only text is used */
    int column;
} SpecField;

typedef struct SpecConstant {
    int column;
    char *text;
} SpecConstant;

typedef struct SpecArray {
    SpecPath path;
    int column;
    char *reference; /* or NULL */
    SpecConstant *set;
    int set_count;
    SpecField *fields;
    int field_count;
    char *discriminator; /* "/basic": end of a row key, from the constants; "" without */
    int *empty;          /* mapped columns that other arrays fill and this one does not: NULL here */
    int empty_count;
} SpecArray;

typedef struct SpecDate {
    int column;
    char *item_field; /* or NULL */
    bool item_last;   /* asked after the parent's fields */
    bool inherited;
    SpecPath *parents;
    int parent_count;
} SpecDate;

typedef struct MongoSpec {
    char *collection;
    int column_count;
    char **slots; /* the wanted keys; slot 0 is `_id` */
    uint32_t *slot_lens;
    int slot_count;
    uint16_t *hash; /* slot + 1 by hash, 0: none; hash_mask + 1 entries, a power of two */
    uint32_t hash_mask;
    SpecPath cursors[2];
    int cursor_count;
    SpecPath *filters;
    int filter_count;
    SpecField *fields; /* direct tables */
    int field_count;
    int parent_column; /* -1: direct table, one document one row */
    SpecArray *arrays;
    int array_count;
    SpecDate *dates;
    int date_count;
} MongoSpec;

enum { SPEC_ID_SLOT = 0 };

MongoSpec *mongo_spec_new(const MongoTable *table);
void mongo_spec_free(void *spec);

/* A text that changes whenever the mapping means something else: for stream_set_definition(). The caller frees it. */
char *mongo_spec_text(const MongoSpec *spec);

/* All top-level paths the mapping reads (borrowed), `_id` first: for a projection. */
GPtrArray *mongo_spec_paths(const MongoSpec *spec);

static inline uint32_t spec_hash(const char *key, uint32_t len)
{
    uint32_t hash = len * 0x9e3779b1u;
    if (len > 0)
        hash ^= (uint32_t)(unsigned char)key[0] * 0x85ebca6bu ^ (uint32_t)(unsigned char)key[len - 1] * 0xc2b2ae35u ^
                (uint32_t)(unsigned char)key[len / 2] * 0x27d4eb2fu;
    return hash ^ hash >> 15;
}

/* The slot of a key, or -1. */
static inline int spec_slot(const MongoSpec *spec, const char *key, uint32_t len)
{
    for (uint32_t at = spec_hash(key, len) & spec->hash_mask; spec->hash[at]; at = (at + 1) & spec->hash_mask) {
        int slot = spec->hash[at] - 1;
        if (spec->slot_lens[slot] == len && memcmp(spec->slots[slot], key, len) == 0)
            return slot;
    }
    return -1;
}

#endif
