/* SPDX-License-Identifier: Apache-2.0 */
/* sources/bson_json.h - a BSON value as relaxed Extended JSON v2, exact and safe on hostile bytes.
 *
 * Integers keep all their digits, doubles are the shortest text that reads back the same, what JSON has no form for is wrapped as the
 * specification says (NaN, dates before 1970 or after 9999, ObjectIds …). Of a key that occurs twice in a document the first counts,
 * as everywhere here. */
#ifndef TIDEMARK_SOURCES_BSON_JSON_H
#define TIDEMARK_SOURCES_BSON_JSON_H

#include <bson/bson.h>
#include <glib.h>
#include <stdbool.h>

#define BSON_JSON_LEVELS 200 /* nested documents and arrays, counted from the value itself */

typedef struct BsonJsonResult {
    const char *unfit; /* why the value has no JSON form (static text), or NULL; the text is then incomplete */
    bool replaced;     /* some text was no valid UTF-8 or held U+0000 */
} BsonJsonResult;

/* Appends the value the iterator stands on. Invalid bytes become U+FFFD; U+0000 becomes \u0000, or U+FFFD when replace_nul is set. */
BsonJsonResult bson_json_value(const bson_iter_t *iter, bool replace_nul, GString *out);

#endif
