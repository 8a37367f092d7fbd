/* SPDX-License-Identifier: Apache-2.0 */
/* sources/matomo_table.h - the table that visits' actions land in, and its streams: one per site.
 *
 * Names, columns, keys and indexes are those of the older program's tables, so that one it filled is taken over as it is. */
#ifndef TIDEMARK_SOURCES_MATOMO_TABLE_H
#define TIDEMARK_SOURCES_MATOMO_TABLE_H

#include "model/stream.h"
#include "sources/matomo_settings.h"

/* In the order of the table. */
typedef enum MatomoColumn {
    MATOMO_ACTION_ID,
    MATOMO_IDSITE,
    MATOMO_IDVISIT,
    MATOMO_ACTIONS,
    MATOMO_COUNTRY,
    MATOMO_REGION,
    MATOMO_CITY,
    MATOMO_OPERATINGSYSTEMNAME,
    MATOMO_DEVICEMODEL,
    MATOMO_DEVICEBRAND,
    MATOMO_VISITDURATION,
    MATOMO_DAYSSINCEFIRSTVISIT,
    MATOMO_VISITORTYPE,
    MATOMO_SITENAME,
    MATOMO_USERID,
    MATOMO_SERVERDATEPRETTYFIRSTACTION,
    MATOMO_ACTION_TYPE,
    MATOMO_ACTION_EVENTCATEGORY,
    MATOMO_ACTION_EVENTACTION,
    MATOMO_ACTION_EVENTNAME,
    MATOMO_ACTION_EVENTVALUE,
    MATOMO_ACTION_TIMESPENT,
    MATOMO_ACTION_TIMESTAMP,
    MATOMO_USERCUSTOMPROPERTIES,
    MATOMO_USERCUSTOMDIMENSIONS,
    MATOMO_DIMENSION1,
    MATOMO_DIMENSION10 = MATOMO_DIMENSION1 + 9,
    MATOMO_ACTION_URL,
    MATOMO_SITESEARCHKEYWORD,
    MATOMO_ACTION_TITLE,
    MATOMO_VISITORID,
    MATOMO_REFERRERTYPE,
    MATOMO_REFERRERNAME,
    MATOMO_RESOLUTION,
    MATOMO_EXPERIMENTS,
    MATOMO_COLUMNS
} MatomoColumn;

enum { MATOMO_DIMENSIONS = 10 }; /* those that have a column */

/* Stream.spec of this source. */
typedef struct MatomoSpec {
    int64_t site;
} MatomoSpec;

TableDef *matomo_table_new(const MatomoSettings *settings, const char *into);

/* The stream of one site, "visits.site-2"; position counts from 0. */
Stream *matomo_stream_new(const SourceConfig *config, const MatomoSettings *settings, int64_t site, int position,
                          int64_t lookback_us);

#endif
