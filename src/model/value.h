/* SPDX-License-Identifier: Apache-2.0 */
/* model/value.h - one typed value of a row, and the source's value it is made from.
 *
 * value_convert() is the value table of the design, the same for every source and every destination: what cannot be
 * stored exactly is a reject with a reason, never a changed value. */
#ifndef TIDEMARK_MODEL_VALUE_H
#define TIDEMARK_MODEL_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/reject.h"
#include "model/table.h"

typedef enum ValueState {
    VALUE_ABSENT = 0, /* leave the column as it is (a figure that could not be fetched); not NULL */
    VALUE_NULL,
    VALUE_SET
} ValueState;

/* By the column's type: INT (bool 0/1, integers, DATE: days since 1970, TIME: microseconds, TIMESTAMP[TZ]: microseconds
 * since 1970 UTC), REAL (float4, float8; a float4 holds the source's double, the destination rounds it to the nearest float),
 * BYTES (text, varchar, char, json, jsonb: UTF-8; bytea: raw; uuid: 16 bytes; numeric: plain decimal text such as "-12.50",
 * "NaN", "Infinity", "-Infinity"; interval: text as PostgreSQL reads it). */
typedef struct Value {
    uint8_t state;
    uint32_t len; /* of bytes */
    union {
        int64_t i;
        double d;
        const char *bytes; /* not NUL-terminated; lives in the batch's arena */
    };
} Value;

/* What a source has read, before it meets a column. */
typedef enum SourceKind {
    SOURCE_MISSING,
    SOURCE_NULL,
    SOURCE_BOOL,     /* i */
    SOURCE_INT,      /* i */
    SOURCE_DOUBLE,   /* d */
    SOURCE_DECIMAL,  /* bytes: decimal text ("1.10", "NaN", "-Infinity", "1E+10") */
    SOURCE_TEXT,     /* bytes: as read, may be invalid UTF-8 or hold NUL */
    SOURCE_DATETIME, /* i: milliseconds since 1970 UTC, any int64 */
    SOURCE_ID,       /* bytes: the text of an identifier (ObjectId hex), valid ASCII */
    SOURCE_BINARY,   /* bytes, subtype in i */
    SOURCE_JSON,     /* bytes: JSON text of a sub-document or array; id: its identifier by the id rule, or NULL */
    SOURCE_UNFIT     /* bytes: why it can be stored nowhere ("nested deeper than 200 levels"): reject `wrong type` */
} SourceKind;

typedef struct SourceValue {
    SourceKind kind;
    int64_t i;
    double d;
    const char *bytes;
    uint32_t len;
    const char *id; /* SOURCE_JSON: text of the id it names, for a column that references a table */
    uint32_t id_len;
} SourceValue;

typedef struct ConvertOptions {
    bool replace_invalid;   /* on_invalid: replace */
    bool truncate_too_long; /* on_too_long: truncate */
} ConvertOptions;

/* Makes the column's value. Bytes are copied into the arena only where they had to be changed; otherwise the value points at the
 * source's bytes, which must live as long as the batch. Returns REJECT_NONE, or the reason with a short detail (expected and
 * found, never the value itself) in detail[128]. */
RejectReason value_convert(const Column *column, const SourceValue *from, const ConvertOptions *options, Arena *arena, Value *out,
                           char detail[128]);

/* The value as text, as it appears in reports and as SQLite stores what it has no type for; out is appended to. NULL and absent: nothing. */
void value_text(const Column *column, const Value *value, GString *out);

#endif
