/* SPDX-License-Identifier: Apache-2.0 */
#include "model/time.h"

#include <glib.h>

#define MS_PER_DAY   (US_PER_DAY / 1000)
#define DAYS_PER_ERA INT64_C(146097) /* 400 years */
#define DAYS_TO_1970 INT64_C(719468) /* from 0000-03-01, where eras begin */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t floor_rest(int64_t a, int64_t b)
{
    return a % b + (a % b < 0 ? b : 0);
}

bool time_fits_postgres(int64_t us)
{
    return us >= TIME_PG_MIN; /* and TIME_PG_MAX is the type's own end */
}

bool day_fits_postgres(int64_t days)
{
    return days >= DAY_PG_MIN && days <= DAY_PG_MAX;
}

/* Years are counted from March, so that the leap day is the last of its year and months follow a pattern of 153 days per five. */
int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
    int64_t march_year = year - (month <= 2);
    int64_t era = floor_div(march_year, 400);
    int64_t year_of_era = march_year - era * 400;
    int64_t day_of_year = (153 * (int64_t)((month + 9) % 12) + 2) / 5 + (int64_t)day - 1;
    return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - DAYS_TO_1970;
}

void civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    int64_t shifted = days + DAYS_TO_1970;
    int64_t era = floor_div(shifted, DAYS_PER_ERA);
    int64_t day_of_era = shifted - era * DAYS_PER_ERA;
    /* Leap days passed so far are taken out before dividing by 365: one per 4 years, none per 100, the era's last. */
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (year_of_era * 365 + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    *day = (unsigned)(day_of_year - (153 * march_month + 2) / 5 + 1);
    *month = (unsigned)(march_month < 10 ? march_month + 3 : march_month - 9);
    *year = era * 400 + year_of_era + (*month <= 2);
}

/* ---- reading ---- */

typedef struct Cursor {
    const char *p, *end;
} Cursor;

static bool skip(Cursor *c, char wanted)
{
    if (c->p == c->end || *c->p != wanted)
        return false;
    c->p++;
    return true;
}

/* Between min and max digits as a number; more digits than max are refused. */
static bool number(Cursor *c, int min, int max, int64_t *out)
{
    int digits = 0;
    *out = 0;
    for (; c->p < c->end && g_ascii_isdigit(*c->p); c->p++, digits++) {
        if (digits == max)
            return false;
        *out = *out * 10 + (*c->p - '0');
    }
    return digits >= min;
}

static Cursor trimmed(const char *text, size_t len)
{
    Cursor c = {text, text + len};
    while (c.p < c.end && g_ascii_isspace(*c.p))
        c.p++;
    while (c.p < c.end && g_ascii_isspace(c.end[-1]))
        c.end--;
    return c;
}

static bool leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool read_date(Cursor *c, int64_t *days)
{
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t year, month, day;
    bool minus = skip(c, '-');
    bool plus = !minus && skip(c, '+');
    if (!number(c, 4, 7, &year) || !skip(c, '-') || !number(c, 2, 2, &month) || !skip(c, '-') || !number(c, 2, 2, &day))
        return false;
    if (c->end - c->p >= 3 && memcmp(c->end - 3, " BC", 3) == 0) {
        if (minus || plus || year == 0)
            return false;
        year = 1 - year;
        c->end -= 3;
    } else if (minus) {
        year = -year;
    }
    if (month < 1 || month > 12 || day < 1 || day > month_days[month - 1] + (month == 2 && leap(year)))
        return false;
    *days = days_from_civil(year, (unsigned)month, (unsigned)day);
    return true;
}

/* Digits beyond the sixth are finer than anything we store. */
static bool read_fraction(Cursor *c, int64_t *us)
{
    const char *start = c->p;
    int64_t fraction;
    if (!number(c, 1, 9, &fraction))
        return false;
    for (ptrdiff_t digits = c->p - start; digits < 6; digits++)
        fraction *= 10;
    for (ptrdiff_t digits = c->p - start; digits > 6; digits--)
        fraction /= 10;
    *us = fraction;
    return true;
}

/* hh:mm, hh:mm:ss, hh:mm:ss.fff; hours up to 24 so that the caller decides about the day's end. */
static bool read_clock(Cursor *c, int64_t *us)
{
    int64_t hour, minute, second = 0, fraction = 0;
    if (!number(c, 2, 2, &hour) || !skip(c, ':') || !number(c, 2, 2, &minute))
        return false;
    if (skip(c, ':') && !number(c, 2, 2, &second))
        return false;
    if ((skip(c, '.') || skip(c, ',')) && !read_fraction(c, &fraction))
        return false;
    if (hour > 24 || minute > 59 || second > 59)
        return false;
    *us = ((hour * 60 + minute) * 60 + second) * US_PER_SECOND + fraction;
    return *us <= US_PER_DAY;
}

static bool read_offset(Cursor *c, TimeText *out)
{
    skip(c, ' ');
    if (skip(c, 'Z') || skip(c, 'z')) {
        out->had_offset = true;
        return true;
    }
    bool minus = skip(c, '-');
    if (!minus && !skip(c, '+'))
        return false;
    int64_t hours, minutes = 0;
    const char *start = c->p;
    if (!number(c, 2, 4, &hours))
        return false;
    ptrdiff_t digits = c->p - start;
    if (digits == 4) {
        minutes = hours % 100;
        hours /= 100;
    } else if (digits != 2 || (skip(c, ':') && !number(c, 2, 2, &minutes))) {
        return false;
    }
    if (hours > 15 || minutes > 59)
        return false;
    out->offset_us = (hours * 60 + minutes) * 60 * US_PER_SECOND * (minus ? -1 : 1);
    out->had_offset = true;
    return true;
}

bool time_read(const char *text, size_t len, TimeText *out)
{
    Cursor c = trimmed(text, len);
    *out = (TimeText){0};
    if (!read_date(&c, &out->days))
        return false;
    if (c.p == c.end)
        return true;
    if (!skip(&c, 'T') && !skip(&c, 't') && !skip(&c, ' '))
        return false;
    out->had_time = true;
    if (!read_clock(&c, &out->us_of_day) || out->us_of_day == US_PER_DAY)
        return false;
    return c.p == c.end || (read_offset(&c, out) && c.p == c.end);
}

bool time_parse(const char *text, size_t len, int64_t *us, bool *had_time, bool *had_offset)
{
    TimeText read;
    int64_t instant;
    if (!time_read(text, len, &read))
        return false;
    /* The midnight before the first instant of the type would overflow, the one behind it does not. */
    bool early = read.days < 0;
    int64_t rest = read.us_of_day - read.offset_us - (early ? US_PER_DAY : 0);
    if (__builtin_mul_overflow(read.days + early, US_PER_DAY, &instant) || __builtin_add_overflow(instant, rest, &instant) ||
        instant == TIME_NONE)
        return false;
    *us = instant;
    if (had_time)
        *had_time = read.had_time;
    if (had_offset)
        *had_offset = read.had_offset;
    return true;
}

bool time_of_day_parse(const char *text, size_t len, int64_t *us)
{
    Cursor c = trimmed(text, len);
    return read_clock(&c, us) && c.p == c.end;
}

/* ---- writing: by hand, as a timestamp is text in every SQLite row ---- */

static char *put_digits(char *p, int64_t value, int width)
{
    char digits[20];
    int count = 0;
    while (value > 0 || count < width) {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    }
    while (count > 0)
        *p++ = digits[--count];
    return p;
}

static char *put_month_day(char *p, unsigned month, unsigned day)
{
    *p++ = '-';
    p = put_digits(p, month, 2);
    *p++ = '-';
    return put_digits(p, day, 2);
}

static char *put_clock(char *p, int64_t us_of_day)
{
    int64_t seconds = us_of_day / US_PER_SECOND, fraction = us_of_day % US_PER_SECOND;
    p = put_digits(p, seconds / 3600, 2);
    *p++ = ':';
    p = put_digits(p, seconds / 60 % 60, 2);
    *p++ = ':';
    p = put_digits(p, seconds % 60, 2);
    if (fraction == 0)
        return p;
    *p++ = '.';
    return fraction % 1000 == 0 ? put_digits(p, fraction / 1000, 3) : put_digits(p, fraction, 6);
}

static size_t finish(char *out, char *end)
{
    *end = '\0';
    return (size_t)(end - out);
}

static size_t format_iso(int64_t days, int64_t us_of_day, char out[40])
{
    int64_t year;
    unsigned month, day;
    civil_from_days(days, &year, &month, &day);
    char *p = out;
    if (year < 0 || year > 9999) {
        *p++ = year < 0 ? '-' : '+';
        p = put_digits(p, year < 0 ? -year : year, 6);
    } else {
        p = put_digits(p, year, 4);
    }
    p = put_month_day(p, month, day);
    *p++ = 'T';
    p = put_clock(p, us_of_day);
    *p++ = 'Z';
    return finish(out, p);
}

size_t time_format_iso(int64_t us, char out[40])
{
    return format_iso(floor_div(us, US_PER_DAY), floor_rest(us, US_PER_DAY), out);
}

size_t time_format_iso_ms(int64_t ms, char out[40])
{
    return format_iso(floor_div(ms, MS_PER_DAY), floor_rest(ms, MS_PER_DAY) * 1000, out);
}

/* The date as PostgreSQL writes it; *bc tells whether " BC" belongs at the end. */
static char *put_sql_date(char *p, int64_t days, bool *bc)
{
    int64_t year;
    unsigned month, day;
    civil_from_days(days, &year, &month, &day);
    *bc = year < 1;
    p = put_digits(p, *bc ? 1 - year : year, 4);
    return put_month_day(p, month, day);
}

static char *put_era(char *p, bool bc)
{
    if (!bc)
        return p;
    for (const char *era = " BC"; *era; era++)
        *p++ = *era;
    return p;
}

size_t time_format_sql(int64_t us, char out[40])
{
    bool bc;
    char *p = put_sql_date(out, floor_div(us, US_PER_DAY), &bc);
    *p++ = ' ';
    p = put_clock(p, floor_rest(us, US_PER_DAY));
    return finish(out, put_era(p, bc));
}

size_t day_format(int64_t days, char out[40])
{
    bool bc;
    char *p = put_sql_date(out, days, &bc);
    return finish(out, put_era(p, bc));
}

size_t time_of_day_format(int64_t us, char out[40])
{
    return finish(out, put_clock(out, us));
}

/* ---- durations ---- */

static const struct {
    const char *name;
    int64_t us;
} units[] = {
    {"w", 7 * US_PER_DAY}, {"d", US_PER_DAY}, {"h", 3600 * US_PER_SECOND}, {"m", 60 * US_PER_SECOND}, {"s", US_PER_SECOND},
};

bool duration_parse(const char *text, int64_t *us)
{
    Cursor c = trimmed(text, strlen(text));
    int64_t count, result;
    if (!number(&c, 1, 12, &count))
        return false;
    skip(&c, ' ');
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (c.end - c.p == 1 && *c.p == units[i].name[0]) {
            if (__builtin_mul_overflow(count, units[i].us, &result))
                return false;
            *us = result;
            return true;
        }
    return false;
}

void duration_format(int64_t us, char *out, size_t size)
{
    for (size_t i = 0; us != 0 && i < G_N_ELEMENTS(units); i++)
        if (us % units[i].us == 0) {
            g_snprintf(out, size, "%" G_GINT64_FORMAT " %s", us / units[i].us, units[i].name);
            return;
        }
    if (us == 0)
        g_strlcpy(out, "0 s", size);
    else
        g_snprintf(out, size, "%s%" G_GINT64_FORMAT " ms", us / 1000 == 0 ? "<" : "", us / 1000 == 0 ? 1 : us / 1000);
}
