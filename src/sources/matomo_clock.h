/* SPDX-License-Identifier: Apache-2.0 */
/* sources/matomo_clock.h - the true time of a visit's actions.
 *
 * Matomo gives an action's `timestamp` as the site's wall clock written as if it were UTC; servers that are mended one day will give it true. Which of
 * the two a visit has is told by its first action, which happened at the visit's firstActionTimestamp, which is true. */
#ifndef TIDEMARK_SOURCES_MATOMO_CLOCK_H
#define TIDEMARK_SOURCES_MATOMO_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/zone.h"

/* Seconds since 1970 UTC; INT64_MIN where the visit does not say. */
typedef struct MatomoClock {
    const Zone *zone;
    bool wall;        /* timestamps are the wall clock's */
    int64_t earliest; /* the next action happened about then, or later */
} MatomoClock;

/* first, last: of the visit; stamp: `timestamp` of its first action. */
MatomoClock matomo_clock_new(const Zone *zone, int64_t first, int64_t last, int64_t stamp);

/* The next action's true time; actions come in their order. */
int64_t matomo_clock_next(MatomoClock *clock, int64_t stamp);

#endif
