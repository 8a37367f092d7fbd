/* SPDX-License-Identifier: Apache-2.0 */
/* Into boolean, integers, floats and numeric: exactly or not at all. */
#include <glib.h>
#include <math.h>
#include <stdlib.h>

#include "model/decimal.h"
#include "model/number.h"
#include "model/value_internal.h"

#define INT64_EDGE 9223372036854775808.0 /* 2^63: the first double above int64 */

/* ---- boolean ---- */

static bool bool_word(const char *text, size_t len, int64_t *out)
{
    static const struct {
        const char *word;
        int64_t value;
    } words[] = {
        {"true", 1}, {"false", 0}, {"t", 1},  {"f", 0},   {"yes", 1}, {"no", 0},
        {"y", 1},    {"n", 0},     {"on", 1}, {"off", 0}, {"1", 1},   {"0", 0},
    };
    while (len > 0 && g_ascii_isspace(*text))
        text++, len--;
    while (len > 0 && g_ascii_isspace(text[len - 1]))
        len--;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (len == strlen(words[i].word) && g_ascii_strncasecmp(text, words[i].word, len) == 0) {
            *out = words[i].value;
            return true;
        }
    return false;
}

RejectReason convert_bool(const Conversion *c)
{
    const SourceValue *from = c->from;
    int64_t value = -1;
    Decimal decimal;
    switch (from->kind) {
    case SOURCE_BOOL:
        value = from->i != 0;
        break;
    case SOURCE_INT:
        value = from->i;
        break;
    case SOURCE_DOUBLE:
        value = from->d == 0 ? 0 : from->d == 1 ? 1 : -1;
        break;
    case SOURCE_DECIMAL:
        if (!decimal_read(from->bytes, from->len, &decimal) || !decimal_int64(&decimal, &value))
            value = -1;
        break;
    case SOURCE_TEXT:
        if (!bool_word(from->bytes, from->len, &value))
            return wrong_type_found(c, "text that is none of true/false, t/f, yes/no, y/n, on/off, 1/0");
        break;
    default:
        return wrong_type(c);
    }
    if (value != 0 && value != 1)
        return wrong_type_found(c, "a number other than 0 and 1");
    return set_int(c, value);
}

/* ---- integers ---- */

static RejectReason set_integer(const Conversion *c, int64_t value)
{
    TypeKind kind = c->column->type.kind;
    if (kind == TYPE_INT4 ? value != (int32_t)value : kind == TYPE_INT2 && value != (int16_t)value)
        return out_of_range(c);
    return set_int(c, value);
}

static RejectReason integer_from_decimal(const Conversion *c, const Decimal *decimal)
{
    int64_t value;
    if (decimal->kind != DECIMAL_FINITE)
        return wrong_type_found(c, decimal->kind == DECIMAL_NAN ? "NaN" : "an infinity");
    if (decimal_fraction_digits(decimal) > 0)
        return wrong_type_found(c, "a fraction");
    return decimal_int64(decimal, &value) ? set_integer(c, value) : out_of_range(c);
}

static RejectReason integer_from_double(const Conversion *c, double value)
{
    if (!isfinite(value))
        return wrong_type_found(c, isnan(value) ? "NaN" : "an infinity");
    if (value < -INT64_EDGE || value >= INT64_EDGE) /* doubles this large have no fraction */
        return out_of_range(c);
    if (value != (double)(int64_t)value)
        return wrong_type_found(c, "a fraction");
    return set_integer(c, (int64_t)value);
}

RejectReason convert_integer(const Conversion *c)
{
    const SourceValue *from = c->from;
    Decimal decimal;
    if (G_LIKELY(from->kind == SOURCE_INT))
        return set_integer(c, from->i);
    switch (from->kind) {
    case SOURCE_DOUBLE:
        return integer_from_double(c, from->d);
    case SOURCE_DECIMAL:
        return decimal_read(from->bytes, from->len, &decimal) ? integer_from_decimal(c, &decimal) : wrong_type(c);
    case SOURCE_TEXT: /* digits alone: "1.0" and "1e3" are text about a number, not an integer's text */
        if (!decimal_read(from->bytes, from->len, &decimal))
            return wrong_type(c);
        for (uint32_t i = 0; i < from->len; i++)
            if (!g_ascii_isdigit(from->bytes[i]) && !g_ascii_isspace(from->bytes[i]) && !strchr("+-", from->bytes[i]))
                return wrong_type_found(c, "text that is not digits alone");
        return integer_from_decimal(c, &decimal);
    default:
        return wrong_type(c);
    }
}

/* ---- floats ---- */

static RejectReason set_real(const Conversion *c, double value)
{
    c->out->state = VALUE_SET;
    c->out->d = value;
    return REJECT_NONE;
}

/* A real column takes the nearest float; one that becomes infinite or zero on the way is no longer the number. */
static RejectReason set_float(const Conversion *c, double value)
{
    if (c->column->type.kind == TYPE_FLOAT4 && isfinite(value) && (isinf((float)value) || ((float)value == 0 && value != 0)))
        return out_of_range(c);
    return set_real(c, value);
}

static RejectReason float_from_int(const Conversion *c, int64_t value)
{
    double real = c->column->type.kind == TYPE_FLOAT4 ? (double)(float)value : (double)value;
    if (real >= INT64_EDGE || (int64_t)real != value)
        return out_of_range(c);
    return set_real(c, real);
}

static RejectReason float_from_decimal(const Conversion *c)
{
    Decimal decimal;
    if (!decimal_read(c->from->bytes, c->from->len, &decimal))
        return wrong_type(c);
    if (decimal.kind == DECIMAL_NAN)
        return set_real(c, NAN);
    if (decimal.kind == DECIMAL_INFINITY)
        return set_real(c, decimal.negative ? -INFINITY : INFINITY);
    g_autofree char *text = g_strndup(c->from->bytes, c->from->len);
    double value = g_ascii_strtod(text, NULL);
    if (!isfinite(value) || (value == 0 && !decimal_is_zero(&decimal)))
        return out_of_range(c);
    return set_float(c, value);
}

RejectReason convert_float(const Conversion *c)
{
    switch (c->from->kind) {
    case SOURCE_DOUBLE:
        return set_float(c, c->from->d);
    case SOURCE_INT:
        return float_from_int(c, c->from->i);
    case SOURCE_DECIMAL:
    case SOURCE_TEXT:
        return float_from_decimal(c);
    default:
        return wrong_type(c);
    }
}

/* ---- numeric ---- */

static RejectReason numeric_special(const Conversion *c, const Decimal *decimal)
{
    if (decimal->kind == DECIMAL_NAN)
        return set_bytes(c, "NaN", 3);
    if (c->column->type.length > 0)
        return out_of_range(c);
    return decimal->negative ? set_bytes(c, "-Infinity", 9) : set_bytes(c, "Infinity", 8);
}

/* A constrained column stores exactly its scale; an unconstrained one keeps the scale as written ("1.10"). */
static RejectReason set_numeric(const Conversion *c, const Decimal *decimal, int64_t scale)
{
    const SqlType *type = &c->column->type;
    if (decimal->kind != DECIMAL_FINITE)
        return numeric_special(c, decimal);
    int64_t fraction = decimal_fraction_digits(decimal);
    if (type->length > 0) {
        if (!decimal_is_zero(decimal) && decimal->point > type->length - type->scale)
            return out_of_range(c);
        scale = type->scale;
        if (fraction > scale) {
            g_snprintf(c->detail, DETAIL_SIZE, "expected at most %d decimals, found %" G_GINT64_FORMAT, type->scale, fraction);
            return REJECT_WRONG_TYPE;
        }
    } else if (decimal_integer_digits(decimal) > NUMERIC_MAX_INTEGER || fraction > NUMERIC_MAX_FRACTION) {
        return out_of_range(c);
    }
    uint32_t len;
    const char *text = decimal_plain(decimal, MIN(scale, NUMERIC_MAX_FRACTION), c->arena, &len);
    return set_bytes(c, text, len);
}

RejectReason convert_numeric(const Conversion *c)
{
    const SourceValue *from = c->from;
    char room[32];
    Decimal decimal;
    switch (from->kind) {
    case SOURCE_INT:
        decimal_read(room, integer_text(from->i, room), &decimal);
        return set_numeric(c, &decimal, 0);
    case SOURCE_DOUBLE: /* 3.0 is the number 3 here: only text keeps the `.0` */
        decimal_read(room, real_text(from->d, room), &decimal);
        return set_numeric(c, &decimal, decimal_fraction_digits(&decimal));
    case SOURCE_DECIMAL:
    case SOURCE_TEXT:
        if (!decimal_read(from->bytes, from->len, &decimal))
            return wrong_type(c);
        return set_numeric(c, &decimal, decimal.written_scale);
    default:
        return wrong_type(c);
    }
}
