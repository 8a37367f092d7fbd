/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/matomo_clock.h"

/* Actions of a visit may be noted a little out of order. */
enum { DISORDER_S = 60 };

static int64_t distance(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

MatomoClock matomo_clock_new(const Zone *zone, int64_t first, int64_t last, int64_t stamp)
{
    MatomoClock clock = {.zone = zone, .wall = true, .earliest = INT64_MIN};
    int64_t known = first != INT64_MIN ? first : last;
    if (known == INT64_MIN || stamp == INT64_MIN)
        return clock;
    clock.earliest = first != INT64_MIN ? first - DISORDER_S : INT64_MIN;
    clock.wall = distance(zone_from_wall(zone, stamp, clock.earliest), known) <= distance(stamp, known);
    return clock;
}

int64_t matomo_clock_next(MatomoClock *clock, int64_t stamp)
{
    if (!clock->wall)
        return stamp;
    int64_t at = zone_from_wall(clock->zone, stamp, clock->earliest);
    clock->earliest = at - DISORDER_S;
    return at;
}
