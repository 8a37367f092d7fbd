/* SPDX-License-Identifier: Apache-2.0 */
/* Into date, timestamp, time and interval. */
#include <glib.h>

#include "model/time.h"
#include "model/value_internal.h"

#define MS_PER_DAY (US_PER_DAY / 1000)

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static RejectReason set_day(const Conversion *c, int64_t days)
{
    return day_fits_postgres(days) ? set_int(c, days) : out_of_range(c);
}

RejectReason convert_date(const Conversion *c)
{
    TimeText text;
    switch (c->from->kind) {
    case SOURCE_DATETIME:
        return set_day(c, floor_div(c->from->i, MS_PER_DAY));
    case SOURCE_TEXT:
        if (!time_read(c->from->bytes, c->from->len, &text))
            return wrong_type_found(c, "text that is no ISO 8601 date");
        return set_day(c, text.days + floor_div(text.us_of_day - text.offset_us, US_PER_DAY));
    default:
        return wrong_type(c);
    }
}

static RejectReason set_instant(const Conversion *c, int64_t us)
{
    return time_fits_postgres(us) ? set_int(c, us) : out_of_range(c);
}

RejectReason convert_timestamp(const Conversion *c)
{
    TimeText text;
    int64_t us;
    switch (c->from->kind) {
    case SOURCE_DATETIME:
        if (__builtin_mul_overflow(c->from->i, 1000, &us))
            return out_of_range(c);
        return set_instant(c, us);
    case SOURCE_TEXT:
        if (!time_read(c->from->bytes, c->from->len, &text))
            return wrong_type_found(c, "text that is no ISO 8601 date");
        if (!time_parse(c->from->bytes, c->from->len, &us, NULL, NULL))
            return out_of_range(c);
        return set_instant(c, us);
    default:
        return wrong_type(c);
    }
}

RejectReason convert_time(const Conversion *c)
{
    int64_t us;
    if (c->from->kind != SOURCE_TEXT)
        return wrong_type(c);
    if (!time_of_day_parse(c->from->bytes, c->from->len, &us))
        return wrong_type_found(c, "text that is no time of day");
    return set_int(c, us);
}

/* Whether it is an interval in all its spellings only the destination can say; what cannot be one stops here. */
RejectReason convert_interval(const Conversion *c)
{
    enum { LONGEST = 255 };
    bool digit = false;
    if (c->from->kind != SOURCE_TEXT)
        return wrong_type(c);
    for (uint32_t i = 0; i < c->from->len; i++) {
        char ch = c->from->bytes[i];
        digit |= g_ascii_isdigit(ch);
        if (ch == '\0' || (!g_ascii_isalnum(ch) && !strchr(" +-:.,@", ch)))
            return wrong_type_found(c, "text that is no interval");
    }
    if (!digit || c->from->len > LONGEST)
        return wrong_type_found(c, "text that is no interval");
    return set_bytes(c, c->from->bytes, c->from->len);
}
