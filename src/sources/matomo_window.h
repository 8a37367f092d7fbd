/* SPDX-License-Identifier: Apache-2.0 */
/* sources/matomo_window.h - reads the days of a window: several requests in flight, their rows in order. Stretches of days without visits are found as
 * matomo_gap.h says; each of their days still ends as a unit of its own.
 *
 * A day that stays unreadable after its tries is left incomplete and the next one is read; several in a row end the window. */
#ifndef TIDEMARK_SOURCES_MATOMO_WINDOW_H
#define TIDEMARK_SOURCES_MATOMO_WINDOW_H

#include "sources/matomo_plan.h"
#include "sources/matomo_row.h"

typedef struct MatomoWindow MatomoWindow;

/* Takes the days; those after settled_day may still change. What the planning holds must outlive it; nothing may be in flight. */
MatomoWindow *matomo_window_new(const MatomoPlanning *planning, MatomoDays *days_taken, int64_t settled_day);
void matomo_window_free(MatomoWindow *window); /* NULL is fine. What is in flight must be dropped before: the client freed */

ReadStatus matomo_window_read(MatomoWindow *window, Batch *batch, Err *err);
int64_t matomo_window_unit_low(const MatomoWindow *window); /* of the unit that ended last, microseconds */

/* "2024-01-15, day 12 of 31": what the requests are for. */
void matomo_window_place(const MatomoWindow *window, char *out, size_t size);

#endif
