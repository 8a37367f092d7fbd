/* SPDX-License-Identifier: Apache-2.0 */
#include "model/value.h"

#include <glib.h>

#include "model/number.h"
#include "model/time.h"
#include "model/value_internal.h"

const char *source_kind_name(SourceKind kind)
{
    static const char *const names[] = {
        [SOURCE_MISSING] = "nothing",
        [SOURCE_NULL] = "null",
        [SOURCE_BOOL] = "boolean",
        [SOURCE_INT] = "integer",
        [SOURCE_DOUBLE] = "double",
        [SOURCE_DECIMAL] = "decimal",
        [SOURCE_TEXT] = "text",
        [SOURCE_DATETIME] = "date-time",
        [SOURCE_ID] = "identifier",
        [SOURCE_BINARY] = "binary",
        [SOURCE_JSON] = "document or array",
        [SOURCE_UNFIT] = "unfit value",
    };
    return names[kind];
}

RejectReason wrong_type_found(const Conversion *c, const char *found)
{
    char expected[48];
    type_format(&c->column->type, expected, sizeof expected);
    g_snprintf(c->detail, DETAIL_SIZE, "expected %s, found %s", expected, found);
    return REJECT_WRONG_TYPE;
}

RejectReason wrong_type(const Conversion *c)
{
    return wrong_type_found(c, source_kind_name(c->from->kind));
}

RejectReason out_of_range(const Conversion *c)
{
    char expected[48];
    type_format(&c->column->type, expected, sizeof expected);
    g_snprintf(c->detail, DETAIL_SIZE, "beyond the range of %s", expected);
    return REJECT_OUT_OF_RANGE;
}

/* A generated column without a value is the destination's to fill. */
static RejectReason without_value(const Conversion *c)
{
    const Column *column = c->column;
    if (column->type.generated) {
        c->out->state = VALUE_ABSENT;
        return REJECT_NONE;
    }
    c->out->state = VALUE_NULL;
    if (column->nullable && !column->primary_key)
        return REJECT_NONE;
    (void)wrong_type(c);
    return REJECT_REQUIRED;
}

static RejectReason unfit(const Conversion *c)
{
    size_t len = MIN(c->from->len, (size_t)DETAIL_SIZE - 1);
    while (len < c->from->len && len > 0 && ((unsigned char)c->from->bytes[len] & 0xC0) == 0x80)
        len--;
    memcpy(c->detail, c->from->bytes, len);
    c->detail[len] = '\0';
    return REJECT_WRONG_TYPE;
}

RejectReason value_convert(const Column *column, const SourceValue *from, const ConvertOptions *options, Arena *arena, Value *out,
                           char detail[128])
{
    static RejectReason (*const by_type[TYPE_KINDS])(const Conversion *) = {
        [TYPE_BOOL] = convert_bool,           [TYPE_INT2] = convert_integer,
        [TYPE_INT4] = convert_integer,        [TYPE_INT8] = convert_integer,
        [TYPE_FLOAT4] = convert_float,        [TYPE_FLOAT8] = convert_float,
        [TYPE_NUMERIC] = convert_numeric,     [TYPE_TEXT] = convert_text,
        [TYPE_VARCHAR] = convert_text,        [TYPE_CHAR] = convert_text,
        [TYPE_BYTEA] = convert_bytea,         [TYPE_UUID] = convert_uuid,
        [TYPE_DATE] = convert_date,           [TYPE_TIME] = convert_time,
        [TYPE_TIMESTAMP] = convert_timestamp, [TYPE_TIMESTAMPTZ] = convert_timestamp,
        [TYPE_INTERVAL] = convert_interval,   [TYPE_JSON] = convert_json,
        [TYPE_JSONB] = convert_json,
    };
    Conversion c = {.column = column, .from = from, .options = options, .arena = arena, .out = out, .detail = detail};
    if (G_UNLIKELY(from->kind == SOURCE_MISSING || from->kind == SOURCE_NULL))
        return without_value(&c);
    if (G_UNLIKELY(from->kind == SOURCE_UNFIT))
        return unfit(&c);
    return by_type[column->type.kind](&c);
}

static void append_hex(GString *out, const char *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        g_string_append_c(out, digits[(unsigned char)bytes[i] >> 4]);
        g_string_append_c(out, digits[(unsigned char)bytes[i] & 15]);
    }
}

static void append_uuid(GString *out, const char *bytes)
{
    static const int groups[] = {4, 2, 2, 2, 6};
    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++) {
        if (i > 0)
            g_string_append_c(out, '-');
        append_hex(out, bytes, (size_t)groups[i]);
        bytes += groups[i];
    }
}

void value_text(const Column *column, const Value *value, GString *out)
{
    char room[40];
    if (value->state != VALUE_SET)
        return;
    switch (column->type.kind) {
    case TYPE_BOOL:
        g_string_append(out, value->i ? "true" : "false");
        return;
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:
        g_string_append_len(out, room, (gssize)integer_text(value->i, room));
        return;
    case TYPE_FLOAT4:
        g_string_append_len(out, room, (gssize)real_text_float((float)value->d, room));
        return;
    case TYPE_FLOAT8:
        g_string_append_len(out, room, (gssize)real_text(value->d, room));
        return;
    case TYPE_DATE:
        g_string_append_len(out, room, (gssize)day_format(value->i, room));
        return;
    case TYPE_TIME:
        g_string_append_len(out, room, (gssize)time_of_day_format(value->i, room));
        return;
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
        g_string_append_len(out, room, (gssize)time_format_sql(value->i, room));
        return;
    case TYPE_UUID:
        append_uuid(out, value->bytes);
        return;
    case TYPE_BYTEA:
        g_string_append(out, "\\x");
        append_hex(out, value->bytes, value->len);
        return;
    default:
        g_string_append_len(out, value->bytes, value->len);
    }
}
