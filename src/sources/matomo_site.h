/* SPDX-License-Identifier: Apache-2.0 */
/* sources/matomo_site.h - what the server says of a site, and figures of its days. */
#ifndef TIDEMARK_SOURCES_MATOMO_SITE_H
#define TIDEMARK_SOURCES_MATOMO_SITE_H

#include "model/zone.h"
#include "sources/matomo_call.h"

typedef struct MatomoSite {
    int64_t site;
    char *name;
    Zone *zone;
    int64_t created_day; /* of the site's calendar; days before it have no visits */
    int64_t now;         /* of the server when it was asked, seconds */
} MatomoSite;

/* Asks the server. NULL with *err: no access, an unknown zone, no clock. */
MatomoSite *matomo_site_ask(const MatomoSettings *settings, HttpClient *http, int64_t site, Err *err);
void matomo_site_free(MatomoSite *site); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MatomoSite, matomo_site_free)

/* Figures of a day; -1: the server would not say. */
typedef struct MatomoFigures {
    int64_t visits, actions;
} MatomoFigures;

/* The days first … last, out[0 …]: several days to a request, several requests in flight. A request that fails leaves its days at -1. False: cancelled. */
bool matomo_site_figures(const MatomoSettings *settings, HttpClient *http, int64_t site, int64_t first, int64_t last,
                         MatomoFigures *out, Err *err);

#endif
