/* SPDX-License-Identifier: Apache-2.0 */
/* model/time.h - instants and days. Everything inside is UTC (promise 12).
 *
 * An instant is microseconds since the Unix epoch; a day is days since the Unix epoch; both proleptic Gregorian,
 * valid over the whole of PostgreSQL's range. */
#ifndef TIDEMARK_MODEL_TIME_H
#define TIDEMARK_MODEL_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIME_NONE     INT64_MIN /* "no instant": no source date can be this value */
#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY    (INT64_C(86400) * US_PER_SECOND)

/* What PostgreSQL can hold. Instants from 4714-11-24 BC on; its last, 294276-12-31, lies beyond 64 bits of microseconds since 1970, so ours end
 * with INT64_MAX, 294247-01-10T04:00:54.775807Z. Days from 4714-11-24 BC to 5874897-12-31. */
#define TIME_PG_MIN INT64_C(-210866803200000000) /* -211813488000000000 since 2000-01-01 */
#define TIME_PG_MAX INT64_MAX
#define DAY_PG_MIN  INT64_C(-2440588)
#define DAY_PG_MAX  INT64_C(2145042905)
bool time_fits_postgres(int64_t us);
bool day_fits_postgres(int64_t days);

int64_t days_from_civil(int64_t year, unsigned month, unsigned day);
void civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day);

/* What a date or date-time text says, before it becomes an instant: the two may differ in what they can hold. */
typedef struct TimeText {
    int64_t days;      /* of the date as written */
    int64_t us_of_day; /* 0 without a time */
    int64_t offset_us; /* east of UTC; 0 without an offset */
    bool had_time, had_offset;
} TimeText;

/* Reads an ISO 8601 date or date-time: "2024-01-15", "2024-01-15T10:00:00.123Z", blanks instead of T, offsets "+02:00" "+0200" "+02",
 * fractions up to 9 digits (cut to microseconds), years of 4 to 7 digits, signed or followed by " BC" at the end, blanks around it;
 * "24:00" refused, leap second 60 refused. */
bool time_read(const char *text, size_t len, TimeText *out);

/* The same as an instant; false also when it does not fit. Without an offset it is UTC.
 * had_time tells whether a time of day was given, had_offset whether an offset was. Both may be NULL. */
bool time_parse(const char *text, size_t len, int64_t *us, bool *had_time, bool *had_offset);

/* "10:00", "10:00:00.123": microseconds of a day; 24:00:00 is the last one, as in PostgreSQL. */
bool time_of_day_parse(const char *text, size_t len, int64_t *us);

/* "2024-01-15T10:00:00.123Z": the fraction has 3 digits, 6 where microseconds need them, none when zero.
 * Years outside 0…9999 are written with sign and at least 6 digits, as ISO 8601 expands them. Returns the length; out has room for 40
 * bytes and ends with a NUL. */
size_t time_format_iso(int64_t us, char out[40]);
size_t time_format_iso_ms(int64_t ms, char out[40]); /* from milliseconds, over all of int64 */

/* "2024-01-15 10:00:00.123": what SQLite's date functions and PostgreSQL's input read; same fraction rule. Years before 1 as PostgreSQL
 * writes them, with " BC" at the end. */
size_t time_format_sql(int64_t us, char out[40]);
size_t day_format(int64_t days, char out[40]);
size_t time_of_day_format(int64_t us, char out[40]);

/* "10m", "1h", "2d", "90s", "1w" (a bare number is refused) to microseconds and back ("1 h"). */
bool duration_parse(const char *text, int64_t *us);
void duration_format(int64_t us, char *out, size_t size);

#endif
