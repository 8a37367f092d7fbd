/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>

#include "destinations/postgres.h"
#include "model/time.h"

static void append(GByteArray *out, const char *bytes, size_t len)
{
    g_byte_array_append(out, (const guint8 *)bytes, (guint)len);
}

void pg_text_bytes(const char *bytes, size_t len, GByteArray *out)
{
    size_t start = 0;
    for (size_t i = 0; i < len; i++) {
        const char *escape = bytes[i] == '\\'   ? "\\\\"
                             : bytes[i] == '\t' ? "\\t"
                             : bytes[i] == '\n' ? "\\n"
                             : bytes[i] == '\r' ? "\\r"
                                                : NULL;
        if (!escape)
            continue;
        append(out, bytes + start, i - start);
        append(out, escape, 2);
        start = i + 1;
    }
    append(out, bytes + start, len - start);
}

static void append_hex(GByteArray *out, const char *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        char pair[2] = {digits[(unsigned char)bytes[i] >> 4], digits[bytes[i] & 15]};
        append(out, pair, 2);
    }
}

static void append_float(GByteArray *out, double number, int digits)
{
    char text[64];
    if (isnan(number))
        g_strlcpy(text, "NaN", sizeof text);
    else if (isinf(number))
        g_strlcpy(text, number < 0 ? "-Infinity" : "Infinity", sizeof text);
    else
        g_ascii_formatd(text, sizeof text, digits == 9 ? "%.9g" : "%.17g", number);
    append(out, text, strlen(text));
}

/* PostgreSQL writes years before 1 with BC, and has no year 0. */
static void append_date(GByteArray *out, int64_t days, const char *clock)
{
    int64_t year;
    unsigned month, day;
    char text[80];
    civil_from_days(days, &year, &month, &day);
    int len = g_snprintf(text, sizeof text, "%04" PRId64 "-%02u-%02u%s%s", year > 0 ? year : 1 - year, month, day, clock,
                         year > 0 ? "" : " BC");
    append(out, text, (size_t)len);
}

static void format_clock(int64_t us, const char *before, const char *after, char *out, size_t size)
{
    int seconds = (int)(us / US_PER_SECOND);
    g_snprintf(out, size, "%s%02d:%02d:%02d.%06d%s", before, seconds / 3600, seconds / 60 % 60, seconds % 60,
               (int)(us % US_PER_SECOND), after);
}

static void append_instant(GByteArray *out, int64_t us, const char *zone)
{
    char clock[40];
    int64_t days = us / US_PER_DAY;
    if (us % US_PER_DAY < 0)
        days--;
    format_clock(us - days * US_PER_DAY, " ", zone, clock, sizeof clock);
    append_date(out, days, clock);
}

void pg_text_value(TypeKind kind, const Value *value, GByteArray *out)
{
    char text[40];
    switch (kind) {
    case TYPE_BOOL:
        append(out, value->i ? "t" : "f", 1);
        break;
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:
        append(out, text, (size_t)g_snprintf(text, sizeof text, "%" PRId64, value->i));
        break;
    case TYPE_FLOAT4:
        append_float(out, value->d, 9);
        break;
    case TYPE_FLOAT8:
        append_float(out, value->d, 17);
        break;
    case TYPE_BYTEA:
        append(out, "\\\\x", 3);
        append_hex(out, value->bytes, value->len);
        break;
    case TYPE_UUID:
        append_hex(out, value->bytes, value->len);
        break;
    case TYPE_DATE:
        append_date(out, value->i, "");
        break;
    case TYPE_TIME:
        format_clock(value->i, "", "", text, sizeof text);
        append(out, text, strlen(text));
        break;
    case TYPE_TIMESTAMP:
        append_instant(out, value->i, "");
        break;
    case TYPE_TIMESTAMPTZ:
        append_instant(out, value->i, "+00");
        break;
    default:
        pg_text_bytes(value->bytes, value->len, out);
        break;
    }
}
