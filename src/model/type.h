/* SPDX-License-Identifier: Apache-2.0 */
/* model/type.h - the column types that a schema file may name, with PostgreSQL's names.
 *
 * A type text is parsed and printed again from our own words, so nothing of a schema file reaches SQL unquoted (H27). */
#ifndef TIDEMARK_MODEL_TYPE_H
#define TIDEMARK_MODEL_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

typedef enum TypeKind {
    TYPE_BOOL,
    TYPE_INT2,
    TYPE_INT4,
    TYPE_INT8,
    TYPE_FLOAT4,
    TYPE_FLOAT8,
    TYPE_NUMERIC, /* length = precision (0: any), scale */
    TYPE_TEXT,
    TYPE_VARCHAR, /* length in characters; 0: unbounded */
    TYPE_CHAR,    /* length in characters (1 when not given); 0: bpchar without a length, unbounded */
    TYPE_BYTEA,
    TYPE_UUID,
    TYPE_DATE,
    TYPE_TIME,
    TYPE_TIMESTAMP, /* without time zone, UTC by our rule */
    TYPE_TIMESTAMPTZ,
    TYPE_INTERVAL,
    TYPE_JSON,
    TYPE_JSONB,
    TYPE_KINDS
} TypeKind;

typedef struct SqlType {
    TypeKind kind;
    int length; /* the precision of date and time types is not kept: columns of ours hold microseconds */
    int scale;
    bool generated; /* SERIAL, BIGSERIAL, SMALLSERIAL: the destination numbers the rows, no source field maps to it */
} SqlType;

/* Accepts PostgreSQL's spellings in any case ("character varying(255)", "int", "timestamp without time zone", "double precision",
 * "SERIAL" …). Unknown: false, with a message that lists what is known. */
bool type_parse(const char *text, SqlType *out, Err *err);

/* PostgreSQL's spelling, as format_type() prints it ("character varying(255)"; SERIAL prints as its integer). */
void type_format(const SqlType *type, char *out, size_t size);

/* How Value holds it: see value.h. */
typedef enum ValueShape { SHAPE_INT, SHAPE_REAL, SHAPE_BYTES } ValueShape;
ValueShape type_shape(TypeKind kind);

bool type_is_text(TypeKind kind); /* TEXT, VARCHAR, CHAR */
bool type_is_json(TypeKind kind); /* JSON, JSONB */

/* A wanted and a live type hold the same values in the same way: same kind, length and scale. What numbers the rows (generated) is no
 * part of the type. */
bool type_same(const SqlType *a, const SqlType *b);

/* One can be a foreign key to the other: the same kind, or both text, or both integers. */
bool type_meets(const SqlType *a, const SqlType *b);

#endif
