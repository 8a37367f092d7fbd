/* SPDX-License-Identifier: Apache-2.0 */
#include "model/zone.h"

enum { DAY_SECONDS = 86400, HOUR_SECONDS = 3600 };

struct Zone {
    char *name;
    GTimeZone *tz;
};

/* "+5.5" of "UTC+5.5": hours with quarters. */
static bool pseudo_offset(const char *text, int *seconds)
{
    enum { HOURS_MAX = 15 };
    char *end = NULL;
    if (*text == '\0') {
        *seconds = 0;
        return true;
    }
    if ((*text != '+' && *text != '-') || !g_ascii_isdigit(text[1]))
        return false;
    double hours = g_ascii_strtod(text, &end);
    if (*end || hours < -HOURS_MAX || hours > HOURS_MAX)
        return false;
    *seconds = (int)(hours * HOUR_SECONDS);
    return true;
}

Zone *zone_new(const char *name, Err *err)
{
    int seconds = 0;
    GTimeZone *tz;
    if (g_str_has_prefix(name, "UTC")) /* never by the POSIX rule, whose sign is the other one */
        tz = pseudo_offset(name + 3, &seconds) ? g_time_zone_new_offset(seconds) : NULL;
    else
        tz = g_time_zone_new_identifier(name);
    if (!tz) {
        err_set(err, ERR_SOURCE, "the time zone `%.60s` is not known on this machine", name);
        err_hint(err, "install the package tzdata, with older names tzdata-legacy");
        return NULL;
    }
    Zone *zone = g_new0(Zone, 1);
    zone->name = g_strdup(name);
    zone->tz = tz;
    return zone;
}

void zone_free(Zone *zone)
{
    if (!zone)
        return;
    g_time_zone_unref(zone->tz);
    g_free(zone->name);
    g_free(zone);
}

const char *zone_name(const Zone *zone)
{
    return zone->name;
}

int64_t zone_offset(const Zone *zone, int64_t at)
{
    return g_time_zone_get_offset(zone->tz, g_time_zone_find_interval(zone->tz, G_TIME_TYPE_UNIVERSAL, at));
}

int64_t zone_day(const Zone *zone, int64_t at)
{
    int64_t wall = at + zone_offset(zone, at);
    return wall / DAY_SECONDS - (wall % DAY_SECONDS < 0);
}

/* Offsets before and after a change of the clocks near that wall time; no zone changes twice within two days. */
static void offsets_around(const Zone *zone, int64_t wall, int64_t *before, int64_t *after)
{
    int64_t at = wall - zone_offset(zone, wall);
    *before = zone_offset(zone, at - DAY_SECONDS);
    *after = zone_offset(zone, at + DAY_SECONDS);
}

int64_t zone_from_wall(const Zone *zone, int64_t wall, int64_t earliest)
{
    int64_t before, after;
    offsets_around(zone, wall, &before, &after);
    int64_t first = wall - MAX(before, after), second = wall - MIN(before, after);
    bool first_is = zone_offset(zone, first) == MAX(before, after);
    bool second_is = zone_offset(zone, second) == MIN(before, after);
    if (first_is && second_is)
        return first >= earliest ? first : second;
    if (first_is || second_is)
        return first_is ? first : second;
    return wall - before;
}

int64_t zone_day_start(const Zone *zone, int64_t day)
{
    return zone_from_wall(zone, day * DAY_SECONDS, INT64_MIN);
}
