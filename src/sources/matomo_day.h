/* SPDX-License-Identifier: Apache-2.0 */
/* sources/matomo_day.h - the visits of one site-day, page by page, in the order of their last actions.
 *
 * Pages go on from the last action's time, never from an offset: a visit that goes on meanwhile moves towards the end and is met again, none is passed
 * over. Each page begins one second before the end of the one before, and what was met already is left out. A page that is shorter than asked for ends
 * the day only when no page so short, or one so long, was ever proved to be the last: a server may cap its pages. */
#ifndef TIDEMARK_SOURCES_MATOMO_DAY_H
#define TIDEMARK_SOURCES_MATOMO_DAY_H

#include "model/zone.h"
#include "sources/matomo_call.h"

/* What the days of a window learn from each other. */
typedef struct MatomoPaging {
    int limit;  /* visits to ask for: less after the server was overtaxed */
    int proven; /* shorter pages than this are taken for the last: the longest behind which there was nothing */
} MatomoPaging;

typedef struct MatomoDay {
    int64_t day, low, high; /* [low, high) in seconds */
    bool done, failed;      /* nothing more will be asked */
    Err err;                /* failed */
    bool day_alone;         /* failed: other days may be readable */
    MatomoCall *pending;    /* in flight */
    size_t bytes;           /* of the pages that wait */
    /* the rest is matomo_day.c's */
    GQueue pages; /* MatomoPage */
    int64_t from; /* asked for visits after this second */
    int limit, unproven;
    int64_t edge; /* the last second met */
    GArray *met;  /* the visits of it and of the one before, which the next page brings again */
} MatomoDay;

/* resume_from: INT64_MIN, or a second whose visits and later ones are wanted. */
MatomoDay *matomo_day_new(const Zone *zone, int64_t day, int64_t resume_from, const MatomoPaging *paging);
void matomo_day_free(MatomoDay *day); /* no call may be in flight */

/* The call for the next page; nothing may be in flight. It is the day's until matomo_day_take(). */
MatomoCall *matomo_day_ask(MatomoDay *day, const MatomoSettings *settings, int64_t site);
/* The day's call is finished. */
void matomo_day_take(MatomoDay *day, MatomoPaging *paging);

bool matomo_day_empty(const MatomoDay *day); /* done, and the server returned no visit */

/* The next visit that arrived and was not met before, and the second of its last action; NULL: none now. It stays valid until the call after. */
const JsonValue *matomo_day_next(MatomoDay *day, int64_t *last);

#endif
