/* SPDX-License-Identifier: Apache-2.0 */
/* sources/matomo_gap.h - which of the coming days have no visits, found with a few requests instead of one for each day.
 *
 * The rule: days count as empty when the server was asked for the visits of exactly these days and returned none. That says as much as asking for each
 * of them, since visits come from the server's log as it is, not from its reports, which may be stale or missing. When it returns a visit, the stretch is
 * cut before that visit's day and asked about again, so the order in which the server sorts does not matter: only an answer without any visit counts.
 *
 * Asked about are stretches behind three empty days in a row, and of settled days only: those that may still change, within the lookback or today's and
 * yesterday's, are always read one by one. When the server cannot answer, all days are. */
#ifndef TIDEMARK_SOURCES_MATOMO_GAP_H
#define TIDEMARK_SOURCES_MATOMO_GAP_H

#include "model/zone.h"
#include "sources/matomo_call.h"

typedef struct MatomoGap {
    int64_t settled;     /* the last day that may be asked about */
    MatomoCall *pending; /* in flight */
    /* the rest is matomo_gap.c's */
    int64_t first, last; /* the stretch that is asked about, or was found to be empty */
    bool asking, empty, off;
    int asks, empty_days;
} MatomoGap;

void matomo_gap_init(MatomoGap *gap, int64_t settled);

/* A day of the window was asked for. */
void matomo_gap_met(MatomoGap *gap, int64_t day, bool empty);

/* The call about the days first … last, which nobody was asked about, or about what was cut of them; NULL: there is no reason to ask. Nothing of the
 * gap's may be in flight. It is the gap's until matomo_gap_take(). */
MatomoCall *matomo_gap_ask(MatomoGap *gap, const MatomoSettings *settings, int64_t site, int64_t first, int64_t last);
void matomo_gap_take(MatomoGap *gap, const Zone *zone);

bool matomo_gap_open(const MatomoGap *gap); /* the days that the last answer leaves in doubt should wait for the next one */
bool matomo_gap_has(const MatomoGap *gap, int64_t day); /* it was found to be empty */

#endif
