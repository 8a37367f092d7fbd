/* SPDX-License-Identifier: Apache-2.0 */
/* sources/matomo_plan.h - which site-days a window has, and how far a reader is in them. */
#ifndef TIDEMARK_SOURCES_MATOMO_PLAN_H
#define TIDEMARK_SOURCES_MATOMO_PLAN_H

#include "model/window.h"
#include "sources/matomo_site.h"
#include "sources/source.h"

typedef struct MatomoSpan {
    int64_t first, last; /* days, both included */
} MatomoSpan;

/* What is left to read, in order. */
typedef struct MatomoDays {
    GArray *spans;     /* MatomoSpan */
    int64_t from;      /* the first day goes on with visits of this second; INT64_MIN: from its beginning */
    int64_t truncated; /* visits of the first day, before that, that the server did not return whole */
} MatomoDays;

void matomo_days_clear(MatomoDays *days);
int64_t matomo_days_count(const MatomoDays *days);

typedef struct MatomoPlanning {
    const SourceContext *context;
    const MatomoSettings *settings;
    HttpClient *http;
    const MatomoSite *site;
    const Stream *stream;
} MatomoPlanning;

/* Of a window that begins; its clock is set. A take-over compares what is stored with the server's figures, day by day. */
bool matomo_days_plan(const MatomoPlanning *p, const Window *window, MatomoDays *out, Err *err);

/* The span that a window without comparing has; false: none. Asks nobody but, for a whole stream, the destination. */
bool matomo_days_span(const MatomoPlanning *p, const Window *window, MatomoSpan *out, bool *any, Err *err);

/* The last day of which a window may take for granted that it changes no more: it ended before the lookback, and before yesterday. */
int64_t matomo_settled_day(const MatomoPlanning *p, const Window *window);

/* As text for a checkpoint, and back. */
char *matomo_days_text(const MatomoDays *days);
bool matomo_days_parse(GBytes *checkpoint, MatomoDays *out);

#endif
