/* SPDX-License-Identifier: Apache-2.0 */
/* sources/matomo_row.h - a visit of Live.getLastVisitsDetails becomes one row per action.
 *
 * Which member becomes which column, and what stands for an absent one, is told by the table in matomo_row.c. A visit is a scope: its stored rows are
 * made equal to those that come. What cannot be stored becomes a reject, the visit's other actions go on. */
#ifndef TIDEMARK_SOURCES_MATOMO_ROW_H
#define TIDEMARK_SOURCES_MATOMO_ROW_H

#include "base/json_scan.h"
#include "model/batch.h"
#include "model/zone.h"

typedef struct MatomoRows MatomoRows;

/* Stream and zone must outlive it. */
MatomoRows *matomo_rows_new(const Stream *stream, const Zone *zone);
void matomo_rows_free(MatomoRows *rows); /* NULL is fine */

/* Adds the visit's rows to the batch, whose arena keeps copies of everything. False: the batch is full in the middle of the visit; to be called again
 * with the same visit and the next batch. *truncated (then true): the server did not return all of its actions. */
bool matomo_rows_add(MatomoRows *rows, const JsonValue *visit, Batch *batch, bool *truncated);

/* The second of the visit's last action, by which pages are ordered; INT64_MIN: it does not say. */
int64_t matomo_visit_last(const JsonValue *visit);

#endif
