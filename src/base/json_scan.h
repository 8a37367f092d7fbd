/* SPDX-License-Identifier: Apache-2.0 */
/* base/json_scan.h - reading JSON that may not be changed on the way: data pages of APIs.
 *
 * json_scan() goes once over a complete text, checks it by the grammar of RFC 8259 and notes each value in an array that is used again for the next
 * text. Nothing is allocated per value, and nothing is converted: numbers keep their text, strings stay escaped until json_text() is asked. Values
 * of a scanned text need no further checks; skipping one is a step in that array.
 *
 *   JsonScan scan = {0};
 *   if (!json_scan(&scan, bytes, len, err)) …
 *   JSON_EACH(visit, json_root(&scan)) {
 *       const JsonValue *actions = json_get(visit, "actionDetails");
 *       JSON_EACH_MEMBER(name, visit) { const JsonValue *value = name + 1; … }
 *   }
 *   json_scan_done(&scan);
 *
 * What a text may hold and what becomes of it:
 *   numbers beyond 2^53     their text, exactly
 *   the same name twice     the last one counts for json_get() and json_pick(), as with JSON.parse(); JSON_EACH_MEMBER meets both
 *   \u0000                  a NUL in what json_text() returns, and JSON_HAS_NUL
 *   a lone surrogate        one byte 0xFF (never part of UTF-8) in what json_text() returns, and JSON_HAS_SURROGATE: by the value table it is then rejected
 *                           as `invalid text`, or stored as one U+FFFD
 *   invalid UTF-8           its bytes, and JSON_HAS_BAD_UTF8 (invalid bytes outside strings break the grammar)
 * A text that is cut off, is followed by anything but blanks, is nested deeper than JSON_DEPTH_MAX, or holds raw control characters in strings
 * is refused as a whole. A byte order mark at its beginning is passed over.
 *
 * Threads: a JsonScan belongs to one thread at a time. */
#ifndef TIDEMARK_BASE_JSON_SCAN_H
#define TIDEMARK_BASE_JSON_SCAN_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define JSON_DEPTH_MAX  512
#define JSON_VALUES_MAX 0xffffff /* names count as values; 16 bytes each */

typedef enum JsonType { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } JsonType;

/* A value where it stands in the text, which must outlive it. */
typedef struct JsonValue {
    const char *raw;      /* as written: quotes and brackets included, not NUL-terminated */
    uint32_t len;         /* of raw */
    unsigned type : 4;    /* JsonType */
    unsigned escaped : 1; /* a string with escapes */
    unsigned whole : 1;   /* a number without fraction and exponent */
    unsigned span : 26;   /* entries of the array that it takes with all that is inside; internal */
} JsonValue;

typedef struct JsonScan {
    JsonValue *values;
    size_t count, capacity;
} JsonScan; /* {0} is ready for use */

/* Scans the text and forgets the one before. False with ERR_SOURCE: says at which byte and what was expected there, never what the text holds. */
bool json_scan(JsonScan *scan, const char *bytes, size_t len, Err *err);
void json_scan_done(JsonScan *scan);

/* The outermost value of a scanned text. */
const JsonValue *json_root(const JsonScan *scan);

/* First and following values of an array, names (strings) of an object: the value of a name is `name + 1`. NULL: there is none, or it is no
 * container (or NULL). */
static inline const JsonValue *json_first(const JsonValue *container)
{
    return container && (container->type == JSON_ARRAY || container->type == JSON_OBJECT) && container->span > 1 ? container + 1
                                                                                                                 : NULL;
}
static inline const JsonValue *json_next(const JsonValue *container, const JsonValue *child)
{
    const JsonValue *next = child + child->span;
    if (container->type == JSON_OBJECT)
        next += next->span;
    return next < container + container->span ? next : NULL;
}
#define JSON_EACH(item, array)                                                                                                     \
    for (const JsonValue *item##_of = (array), *(item) = json_first(item##_of); (item); (item) = json_next(item##_of, item))
#define JSON_EACH_MEMBER(name, object) JSON_EACH(name, object)

/* Members of an object or items of an array. */
size_t json_count(const JsonValue *container);

/* The value of an object's member; NULL: it has none of that name, or value is no object (or NULL). */
const JsonValue *json_get(const JsonValue *value, const char *name);

/* For many members of many objects: a set of names, made once. Its strings must outlive it. */
typedef struct JsonNames JsonNames;
JsonNames *json_names_new(const char *const *names, int count); /* at most 255, each once */
void json_names_free(JsonNames *names);
/* out[i] becomes the value of names[i], or NULL. One pass over the object (NULL, or another value: all are NULL). */
void json_pick(const JsonNames *names, const JsonValue *object, const JsonValue **out);

enum { JSON_HAS_NUL = 1, JSON_HAS_SURROGATE = 2, JSON_HAS_BAD_UTF8 = 4 };

/* The text of a string without quotes and escapes; of any other value its raw text. Points into the scanned text where nothing was escaped,
 * otherwise into the arena. Not NUL-terminated. *flaws (may be NULL) becomes a sum of JSON_HAS_…. */
const char *json_text(const JsonValue *value, Arena *arena, size_t *len, unsigned *flaws);

/* True for a string with exactly this text; NULL value: false. */
bool json_is(const JsonValue *value, const char *text);

/* A whole number that fits, given as number or as a string of digits; exact. NULL value: false. */
bool json_int64(const JsonValue *value, int64_t *out);

/* Appends the value as JSON.stringify() writes it, without blanks and needless escapes, numbers as they stand. Lone surrogates and invalid
 * UTF-8 become U+FFFD, U+0000 stays \u0000. Returns the sum of JSON_HAS_… of all that is inside. */
unsigned json_write(GString *out, const JsonValue *value);

#endif
