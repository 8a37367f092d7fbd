/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/mariadb_value.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/utf8.h"
#include "model/number.h"
#include "model/time.h"

enum { DETAIL_SIZE = 128, SRID_BYTES = 4, SUBTYPE_UUID = 4, UUID_BYTES = 16 };

/* One call of maria_value(). */
typedef struct Making {
    const MariaField *field;
    const char *bytes;
    size_t len;
    const ConvertOptions *options;
    JsonScan *scan;
    Arena *arena;
    Value *out;
    char *detail;
} Making;

void maria_value_expression(const MariaField *field, GString *sql)
{
    bool real = field->from->kind == MARIA_FLOAT || field->from->kind == MARIA_DOUBLE;
    bool geometry_text = field->from->kind == MARIA_GEOMETRY && type_is_text(field->to->type.kind);
    g_string_append(sql, real ? "CAST(" : geometry_text ? "ST_AsText(" : "");
    maria_quote(sql, field->from->name);
    g_string_append(sql, real ? " AS DOUBLE)" : geometry_text ? ")" : "");
}

/* ---- times ---- */

static int two(const char *p)
{
    unsigned tens = (unsigned char)p[0] - '0', ones = (unsigned char)p[1] - '0';
    return tens > 9 || ones > 9 ? -1 : (int)(tens * 10 + ones);
}

static bool read_clock(const char *p, size_t len, int64_t *us)
{
    enum { WHOLE = 8, DIGITS = 6 };
    int hour = len >= WHOLE ? two(p) : -1, minute = hour < 0 ? -1 : two(p + 3), second = minute < 0 ? -1 : two(p + 6);
    if (second < 0 || p[2] != ':' || p[5] != ':' || hour > 23 || minute > 59 || second > 59)
        return false;
    int64_t fraction = 0;
    if (len > WHOLE) {
        size_t digits = len - WHOLE - 1;
        if (p[WHOLE] != '.' || digits == 0 || digits > DIGITS)
            return false;
        for (size_t i = 0; i < DIGITS; i++) {
            unsigned digit = i < digits ? (unsigned char)p[WHOLE + 1 + i] - (unsigned)'0' : 0;
            if (digit > 9)
                return false;
            fraction = fraction * 10 + digit;
        }
    }
    *us = ((int64_t)hour * 3600 + minute * 60 + second) * US_PER_SECOND + fraction;
    return true;
}

static bool read_day(const char *p, size_t len, int64_t *days)
{
    enum { DAY = 10 };
    int century = len >= DAY ? two(p) : -1, year = century < 0 ? -1 : two(p + 2), month = year < 0 ? -1 : two(p + 5);
    int day = month < 0 ? -1 : two(p + 8);
    if (day < 1 || month < 1 || month > 12 || day > 31 || p[4] != '-' || p[7] != '-')
        return false;
    *days = days_from_civil(century * 100 + year, (unsigned)month, (unsigned)day);
    return true;
}

bool maria_instant(const char *bytes, size_t len, int64_t *us)
{
    enum { DAY = 10 };
    int64_t days, clock = 0;
    if (!read_day(bytes, len, &days))
        return false;
    if (len > DAY && (bytes[DAY] != ' ' || !read_clock(bytes + DAY + 1, len - DAY - 1, &clock)))
        return false;
    *us = days * US_PER_DAY + clock;
    return true;
}

/* ---- one kind after the other ---- */

static RejectReason convert(const Making *m, const SourceValue *from)
{
    return value_convert(m->field->to, from, m->options, m->arena, m->out, m->detail);
}

static RejectReason convert_bytes(const Making *m, SourceKind kind, const char *bytes, size_t len)
{
    return convert(m, &(SourceValue){.kind = kind, .bytes = bytes, .len = (uint32_t)len});
}

/* The same for bytes that the value may point at: they are moved to where it lives. */
static RejectReason convert_copy(const Making *m, SourceKind kind, const char *bytes, size_t len)
{
    char *copy = arena_bytes(m->arena, len);
    if (len > 0)
        memcpy(copy, bytes, len);
    return convert_bytes(m, kind, copy, len);
}

static RejectReason set_int(const Making *m, int64_t value)
{
    m->out->state = VALUE_SET;
    m->out->i = value;
    return REJECT_NONE;
}

/* Up to 18 digits; longer ones, and what a decimal column has, go the long way. */
static inline bool read_integer(const char *bytes, size_t len, int64_t *out)
{
    enum { SURE = 18 };
    bool minus = len > 0 && bytes[0] == '-';
    int64_t value = 0;
    if (len - minus == 0 || len - minus > SURE)
        return false;
    for (size_t i = minus; i < len; i++) {
        unsigned digit = (unsigned char)bytes[i] - (unsigned)'0';
        if (digit > 9)
            return false;
        value = value * 10 + digit;
    }
    *out = minus ? -value : value;
    return true;
}

static RejectReason from_integer(const Making *m)
{
    int64_t value;
    if (G_LIKELY(read_integer(m->bytes, m->len, &value)))
        return convert(m, &(SourceValue){.kind = SOURCE_INT, .i = value});
    return convert_copy(m, SOURCE_DECIMAL, m->bytes, m->len);
}

static RejectReason from_decimal(const Making *m)
{
    if (m->field->to->type.kind == TYPE_NUMERIC) /* is written anew */
        return convert_bytes(m, SOURCE_DECIMAL, m->bytes, m->len);
    return convert_copy(m, SOURCE_DECIMAL, m->bytes, m->len);
}

/* The text is the exact double. What is no float at the destination gets the number as the float's owner knows it: 0.1, not 0.10000000149. */
static RejectReason from_real(const Making *m)
{
    double value = g_ascii_strtod(m->bytes, NULL);
    TypeKind kind = m->field->to->type.kind;
    if (m->field->from->kind == MARIA_DOUBLE || kind == TYPE_FLOAT4 || kind == TYPE_FLOAT8)
        return convert(m, &(SourceValue){.kind = SOURCE_DOUBLE, .d = value});
    char room[32];
    size_t len = real_text_float((float)value, room);
    if (kind == TYPE_NUMERIC && len > 2 && memcmp(room + len - 2, ".0", 2) == 0) /* only text keeps it */
        len -= 2;
    return convert_copy(m, SOURCE_DECIMAL, room, len);
}

static RejectReason from_bits(const Making *m)
{
    uint64_t value = 0;
    char room[24];
    if (m->field->to->type.kind == TYPE_BYTEA)
        return convert_copy(m, SOURCE_BINARY, m->bytes, m->len);
    for (size_t i = 0; i < m->len; i++)
        value = value << 8 | (unsigned char)m->bytes[i];
    if (value <= INT64_MAX)
        return convert(m, &(SourceValue){.kind = SOURCE_INT, .i = (int64_t)value});
    int len = g_snprintf(room, sizeof room, "%" G_GUINT64_FORMAT, value);
    return convert_copy(m, SOURCE_DECIMAL, room, (size_t)len);
}

static RejectReason not_held(const Making *m, const char *found)
{
    char expected[48];
    type_format(&m->field->to->type, expected, sizeof expected);
    g_snprintf(m->detail, DETAIL_SIZE, "expected %s, found %s", expected, found);
    return REJECT_OUT_OF_RANGE;
}

static RejectReason from_instant(const Making *m)
{
    TypeKind kind = m->field->to->type.kind;
    char iso[40];
    int64_t us;
    bool whole = maria_instant(m->bytes, m->len, &us);
    if (kind == TYPE_TIMESTAMP || kind == TYPE_TIMESTAMPTZ)
        return whole ? set_int(m, us) : not_held(m, "a date whose month or day is zero");
    if (kind == TYPE_DATE)
        return whole ? set_int(m, us / US_PER_DAY - (us % US_PER_DAY < 0)) : not_held(m, "a date whose month or day is zero");
    if (!whole || m->field->from->kind == MARIA_DATE) /* as it is written */
        return convert_copy(m, SOURCE_TEXT, m->bytes, m->len);
    return convert_copy(m, SOURCE_TEXT, iso, time_format_iso(us, iso));
}

static RejectReason from_time(const Making *m)
{
    int64_t us;
    if (m->field->to->type.kind != TYPE_TIME)
        return convert_copy(m, SOURCE_TEXT, m->bytes, m->len);
    if (G_LIKELY(read_clock(m->bytes, m->len, &us)))
        return set_int(m, us);
    return not_held(m, "a time beyond a day: an interval or text column holds it");
}

static RejectReason from_text(const Making *m)
{
    TypeKind kind = m->field->to->type.kind;
    if (kind == TYPE_BYTEA)
        return convert_copy(m, SOURCE_BINARY, m->bytes, m->len);
    if (kind != TYPE_JSON && kind != TYPE_JSONB)
        return convert_copy(m, SOURCE_TEXT, m->bytes, m->len);
    Err why = {0};
    if (!json_scan(m->scan, m->bytes, m->len, &why))
        return convert_bytes(m, SOURCE_UNFIT, "expected JSON, found text that is none", 38);
    return convert_copy(m, SOURCE_JSON, m->bytes, m->len);
}

/* Bytes are the text that a text column is meant to hold; a uuid is its 16 bytes. */
static RejectReason from_bytes(const Making *m)
{
    TypeKind kind = m->field->to->type.kind;
    if (type_is_text(kind) || kind == TYPE_JSON || kind == TYPE_JSONB || (kind == TYPE_UUID && m->len != UUID_BYTES))
        return from_text(m);
    char *copy = arena_dup(m->arena, m->bytes, m->len);
    return convert(m, &(SourceValue){.kind = SOURCE_BINARY, .bytes = copy, .len = (uint32_t)m->len, .i = SUBTYPE_UUID});
}

static RejectReason from_geometry(const Making *m)
{
    if (type_is_text(m->field->to->type.kind) || m->len < SRID_BYTES)
        return convert_copy(m, SOURCE_TEXT, m->bytes, m->len);
    return convert_copy(m, SOURCE_BINARY, m->bytes + SRID_BYTES, m->len - SRID_BYTES);
}

RejectReason maria_value(const MariaField *field, const char *bytes, size_t len, const ConvertOptions *options, JsonScan *scan,
                         Arena *arena, Value *out, char detail[128])
{
    static RejectReason (*const by_kind[])(const Making *) = {
        [MARIA_INT] = from_integer, [MARIA_DECIMAL] = from_decimal,   [MARIA_FLOAT] = from_real,   [MARIA_DOUBLE] = from_real,
        [MARIA_BIT] = from_bits,    [MARIA_YEAR] = from_integer,      [MARIA_DATE] = from_instant, [MARIA_DATETIME] = from_instant,
        [MARIA_TIME] = from_time,   [MARIA_TEXT] = from_text,         [MARIA_JSON] = from_text,    [MARIA_UUID] = from_text,
        [MARIA_BYTES] = from_bytes, [MARIA_GEOMETRY] = from_geometry,
    };
    const Making making = {
        .field = field, .bytes = bytes, .len = len, .options = options, .scan = scan, .arena = arena, .out = out, .detail = detail};
    if (bytes)
        return by_kind[field->from->kind](&making);
    return convert(&making, &(SourceValue){.kind = SOURCE_NULL});
}

static void append_hex(const char *bytes, size_t len, GString *out)
{
    g_string_append(out, "\"\\\\x");
    for (size_t i = 0; i < len; i++)
        g_string_append_printf(out, "%02x", (unsigned char)bytes[i]);
    g_string_append_c(out, '"');
}

void maria_value_json(const MariaField *field, const char *bytes, size_t len, GString *out)
{
    if (!bytes) {
        g_string_append(out, "null");
        return;
    }
    int64_t integer;
    switch (field->from->kind) {
    case MARIA_INT:
    case MARIA_YEAR:
        if (read_integer(bytes, len, &integer)) /* without the zeros of a ZEROFILL column */
            g_string_append_printf(out, "%" G_GINT64_FORMAT, integer);
        else
            g_string_append_len(out, bytes, (gssize)len);
        return;
    case MARIA_BIT:
    case MARIA_BYTES:
        append_hex(bytes, len, out);
        return;
    case MARIA_GEOMETRY:
        if (!type_is_text(field->to->type.kind)) {
            append_hex(bytes, len, out);
            return;
        }
        break;
    default:
        break;
    }
    json_string(out, bytes, len);
}
