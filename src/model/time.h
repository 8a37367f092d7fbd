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

/* What PostgreSQL can hold (4713-11-24 BC … 294276-12-31 for instants, … 5874897-12-31 for days). */
#define TIME_PG_MIN (INT64_C(-211813488000000000) + INT64_C(946684800000000))
#define TIME_PG_MAX (INT64_C(9223371331199999999) - INT64_C(0))
bool time_fits_postgres(int64_t us);

int64_t days_from_civil(int64_t year, unsigned month, unsigned day);
void civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day);

/* Reads an ISO 8601 date or date-time: "2024-01-15", "2024-01-15T10:00:00.123Z", blanks instead of T, offsets "+02:00" "+0200" "+02",
 * fractions up to 9 digits (cut to microseconds), "24:00" refused, leap second 60 refused. Without an offset it is UTC.
 * had_time tells whether a time of day was given, had_offset whether an offset was. Both may be NULL. */
bool time_parse(const char *text, size_t len, int64_t *us, bool *had_time, bool *had_offset);

/* "2024-01-15T10:00:00.123Z": the fraction has 3 digits, 6 where microseconds need them, none when zero.
 * Years outside 0…9999 are written with sign as ISO 8601 expands them. Returns the length; out has room for 40 bytes. */
size_t time_format_iso(int64_t us, char out[40]);

/* "2024-01-15 10:00:00.123": what SQLite's date functions and PostgreSQL's input read; same fraction rule. */
size_t time_format_sql(int64_t us, char out[40]);
size_t day_format(int64_t days, char out[40]);

/* "10m", "1h", "2d", "90s", "1w" (a bare number is refused) to microseconds and back ("1 h"). */
bool duration_parse(const char *text, int64_t *us);
void duration_format(int64_t us, char *out, size_t size);

#endif
