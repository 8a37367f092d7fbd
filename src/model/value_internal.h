/* SPDX-License-Identifier: Apache-2.0 */
/* model/value_internal.h - what the parts of value_convert() share; for value*.c alone. */
#ifndef TIDEMARK_MODEL_VALUE_INTERNAL_H
#define TIDEMARK_MODEL_VALUE_INTERNAL_H

#include "model/value.h"

/* One call of value_convert(). */
typedef struct Conversion {
    const Column *column;
    const SourceValue *from;
    const ConvertOptions *options;
    Arena *arena;
    Value *out;
    char *detail; /* 128 bytes */
} Conversion;

enum { DETAIL_SIZE = 128 };

/* By the group of the column's type; the source's value is neither missing nor null nor unfit. */
RejectReason convert_bool(const Conversion *c);
RejectReason convert_integer(const Conversion *c);
RejectReason convert_float(const Conversion *c);
RejectReason convert_numeric(const Conversion *c);
RejectReason convert_text(const Conversion *c);
RejectReason convert_json(const Conversion *c);
RejectReason convert_bytea(const Conversion *c);
RejectReason convert_uuid(const Conversion *c);
RejectReason convert_date(const Conversion *c);
RejectReason convert_timestamp(const Conversion *c);
RejectReason convert_time(const Conversion *c);
RejectReason convert_interval(const Conversion *c);

/* What the source has, in words: "text", "double". */
const char *source_kind_name(SourceKind kind);

/* "expected integer, found text" */
RejectReason wrong_type(const Conversion *c);
/* "expected integer, found <found>" */
RejectReason wrong_type_found(const Conversion *c, const char *found);
/* "beyond the range of smallint" */
RejectReason out_of_range(const Conversion *c);

static inline RejectReason set_int(const Conversion *c, int64_t value)
{
    c->out->state = VALUE_SET;
    c->out->i = value;
    return REJECT_NONE;
}

static inline RejectReason set_bytes(const Conversion *c, const char *bytes, uint32_t len)
{
    c->out->state = VALUE_SET;
    c->out->bytes = bytes;
    c->out->len = len;
    return REJECT_NONE;
}

#endif
