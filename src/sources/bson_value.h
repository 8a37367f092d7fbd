/* SPDX-License-Identifier: Apache-2.0 */
/* sources/bson_value.h - what a BSON value is before it meets a column, and which id a value names. */
#ifndef TIDEMARK_SOURCES_BSON_VALUE_H
#define TIDEMARK_SOURCES_BSON_VALUE_H

#include <bson/bson.h>
#include <glib.h>
#include <stdbool.h>

#include "base/arena.h"
#include "model/value.h"

/* Where the bytes of values go. */
typedef struct ValueRoom {
    Arena *arena;
    bool copy;        /* the document's bytes die before the batch: text is copied */
    bool replace_nul; /* on_invalid: replace */
    GString *scratch; /* for JSON; any content is overwritten */
} ValueRoom;

/* The value the iterator stands on. Text and binary point at the document's bytes unless room->copy is set. A sub-document, an array and
 * what has no plain form (regular expression, timestamp, minKey …) become SOURCE_JSON. *invalid_text (may be NULL) is set when JSON
 * holds text that is no valid UTF-8 or U+0000. */
void bson_source_value(const bson_iter_t *iter, const ValueRoom *room, SourceValue *out, bool *invalid_text);

/* The element at a path ("a.b.c") of a document: at each level the rest of the path is tried as a literal key first, then its part
 * before the first dot; array members are reached by their number. */
bool bson_path_find(const uint8_t *document, uint32_t len, const char *path, bson_iter_t *found);

/* The same in the sub-document or array the iterator stands on. */
bool bson_path_find_in(const bson_iter_t *container, const char *path, bson_iter_t *found);

/* The id rule: a scalar is its own id; a sub-document is named by its member `reference` (may be NULL), else by its `_id`, which may be a
 * sub-document with an `_id` in turn. False when it names nothing (null, an array, neither member). */
bool bson_named_id(const bson_iter_t *iter, const char *reference, bson_iter_t *id);

/* Identity of an `_id` as text, unique over all types: the hex digits of an ObjectId, otherwise relaxed JSON. Appended. */
void bson_key_text(const bson_iter_t *iter, GString *out);

bool bson_is_nothing(const bson_iter_t *iter); /* null or (old) undefined */

#endif
