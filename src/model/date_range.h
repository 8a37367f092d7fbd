/* SPDX-License-Identifier: Apache-2.0 */
/* model/date_range.h - the window of a backfill as an operator gives it, and how it is echoed.
 *
 * A bare date in --to includes that day; a time is exclusive. Days are those of the source's calendar, times are UTC. */
#ifndef TIDEMARK_MODEL_DATE_RANGE_H
#define TIDEMARK_MODEL_DATE_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/window.h"

typedef struct DateRange {
    int64_t from, to;     /* microseconds, to exclusive; TIME_NONE: open */
    const char *calendar; /* of days: Stream.calendar; NULL: UTC */
} DateRange;

/* Any of the three texts may be NULL. ERR_USAGE when they contradict each other or the window is empty. */
bool date_range_parse(const char *from, const char *to, const char *date, DateRange *out, Err *err);

/* "2024-01-01 … 2024-01-31 (31 days, UTC)", "2024-01-31 (1 day, the site's zone)"; "2024-01-15 10:00 … 2024-01-15 12:00 (UTC)"; g_free() it. */
char *date_range_format(const DateRange *range);

/* The same for any window of a stream: "whole", "since 2024-01-15 09:00 (UTC)"; g_free() it. */
char *window_format(const Window *window);

#endif
