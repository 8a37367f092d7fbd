/* SPDX-License-Identifier: Apache-2.0 */
/* model/zone.h - days of a source's own calendar, in its time zone (promise 12).
 *
 * Names are those of the IANA database ("Pacific/Auckland") and the pseudo zones that web analytics offer besides: "UTC", "UTC+5.5", "UTC-3", east
 * positive. Instants are seconds since 1970 UTC, days are days since 1970. Safe from any thread. */
#ifndef TIDEMARK_MODEL_ZONE_H
#define TIDEMARK_MODEL_ZONE_H

#include <glib.h>
#include <stdint.h>

#include "base/err.h"

typedef struct Zone Zone;

/* NULL with ERR_SOURCE when this machine does not know the zone. */
Zone *zone_new(const char *name, Err *err);
void zone_free(Zone *zone); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Zone, zone_free)
const char *zone_name(const Zone *zone);

int64_t zone_offset(const Zone *zone, int64_t at); /* seconds east of UTC at that instant */
int64_t zone_day(const Zone *zone, int64_t at);    /* the day it belongs to */

/* The first second of the day: midnight, the first of two, or what follows it where the clocks went forward over it. */
int64_t zone_day_start(const Zone *zone, int64_t day);

/* The instant of a wall clock's time (as seconds since 1970 as if it were UTC). Of the two that an hour has which is passed twice: the first that is
 * not before `earliest`. A time that no clock showed is read with the offset before the gap. */
int64_t zone_from_wall(const Zone *zone, int64_t wall, int64_t earliest);

#endif
