/* SPDX-License-Identifier: Apache-2.0 */
/* ui/calendar.h - a month whose days show what is loaded, and a range picked on it. Days are UTC, counted since 1970. */
#ifndef TIDEMARK_UI_CALENDAR_H
#define TIDEMARK_UI_CALENDAR_H

#include <glib.h>

#include "ui/canvas.h"

#define CALENDAR_NONE INT64_MIN

typedef struct Calendar {
    int64_t cursor;
    int64_t first, last; /* the range, both included; CALENDAR_NONE: none picked, or `last` open */
    bool half;           /* the next pick ends the range */
} Calendar;

/* Within the years 1 to 9999. */
void calendar_move(Calendar *calendar, int64_t days);
/* The same day of another month, or that month's last. */
void calendar_move_months(Calendar *calendar, int months);
/* The first pick begins a range of one day, the second makes it reach to the cursor, whichever is earlier. */
void calendar_pick(Calendar *calendar);

/* First and last day of the weeks (Monday to Sunday) that the cursor's month is shown with. */
void calendar_shown(const Calendar *calendar, int64_t *first, int64_t *last);

/* At most four characters: "1204", "12k", "1.2M". */
void calendar_count_text(int64_t rows, char out[8]);

/* Month, weekdays and as many weeks around the cursor as fit. days: BoardDay, or NULL when not known (yet). Days after `today` are shown without a count when
 * they have none. A day that left something at the source is marked with `!`. */
void calendar_draw(const Calendar *calendar, Canvas *canvas, Rect area, const GArray *days, int64_t today);

/* Rows of that day; 0 when it is not among them. */
int64_t calendar_rows(const GArray *days, int64_t day);

/* "Monday 2024-01-15"; g_free() it. */
char *calendar_day_text(int64_t day);

#endif
