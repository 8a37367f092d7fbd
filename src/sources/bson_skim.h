/* SPDX-License-Identifier: Apache-2.0 */
/* sources/bson_skim.h - tells, in one pass over the bytes, that a document lies outside a window: nearly all of them do when little changed.
 *
 * It knows the common types, keys without dots and nothing about rows. Whatever it does not know, and every document that might be inside,
 * broken or unusual, it leaves to the full path (bson_row.c), which decides everything once more. */
#ifndef TIDEMARK_SOURCES_BSON_SKIM_H
#define TIDEMARK_SOURCES_BSON_SKIM_H

#include <stdbool.h>
#include <stdint.h>

#include "model/window.h"
#include "sources/mongo_spec.h"

enum { SKIM_HEAD_BYTES = 16, SKIM_HEADS = 64 };

/* How elements begin that were met before: type, key and NUL. Which one follows which is remembered, so that the walk over a document like
 * the last one compares what it expects instead of looking for the end of each key. */
typedef struct SkimHead {
    uint64_t bytes[2], mask[2]; /* as they lie in memory; mask: which of them belong to the head */
    uint32_t len;
    uint32_t next; /* index of the head that followed last; 0: none yet */
    uint8_t type, size;
    int8_t cursor; /* index of the cursor field, or -1 */
} SkimHead;

typedef struct SkimKey {
    const char *text; /* belongs to the spec */
    uint32_t len;
} SkimKey;

/* Of one reader. */
typedef struct BsonSkim {
    SkimKey keys[2];
    int key_count;     /* 0: this window, or this mapping, always takes the full path */
    bool dates_needed; /* a sync: a document without any date is inside, and there is no upper bound */
    int64_t low, high; /* outside: before low, or at high and later */
    uint32_t head_count;
    SkimHead heads[SKIM_HEADS]; /* [0] stands for the beginning of a document */
} BsonSkim;

/* The spec must outlive the skim. */
void bson_skim_init(BsonSkim *skim, const MongoSpec *spec, const Window *window);

/* True: the document's framing is sound throughout and it is outside the window. False: ask the full path. */
bool bson_skim_outside(BsonSkim *skim, const uint8_t *bytes, uint32_t len);

/* A BSON date as an instant; what does not fit into microseconds becomes the nearest instant. */
static inline int64_t bson_instant(int64_t ms)
{
    if (ms > INT64_MAX / 1000)
        return INT64_MAX;
    if (ms < -(INT64_MAX / 1000))
        return INT64_MIN + 1;
    return ms * 1000;
}

#endif
