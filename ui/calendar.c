/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/calendar.h"

#include "jobs/board.h"
#include "model/time.h"

enum { WEEK = 7, HEAD_ROWS = 2, MONTHS = 12 };

static const char *const weekdays[WEEK] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

static int64_t weekday(int64_t day) /* 0: Monday; 1970-01-01 was a Thursday */
{
    return ((day + 3) % WEEK + WEEK) % WEEK;
}

static int64_t month_begin(int64_t day, int months)
{
    int64_t year;
    unsigned month, of_month;
    civil_from_days(day, &year, &month, &of_month);
    int64_t count = year * MONTHS + month - 1 + months;
    return days_from_civil(count / MONTHS, (unsigned)(count % MONTHS) + 1, 1);
}

void calendar_move(Calendar *calendar, int64_t days)
{
    calendar->cursor = CLAMP(calendar->cursor + days, days_from_civil(1, 1, 1), days_from_civil(9999, 12, 31));
}

void calendar_move_months(Calendar *calendar, int months)
{
    int64_t offset = calendar->cursor - month_begin(calendar->cursor, 0);
    int64_t begin = month_begin(calendar->cursor, months), end = month_begin(calendar->cursor, months + 1) - 1;
    calendar->cursor = MIN(begin + offset, end);
    calendar_move(calendar, 0);
}

void calendar_pick(Calendar *calendar)
{
    if (!calendar->half || calendar->first == CALENDAR_NONE) {
        calendar->first = calendar->last = calendar->cursor;
        calendar->half = true;
        return;
    }
    int64_t other = calendar->first;
    calendar->first = MIN(other, calendar->cursor);
    calendar->last = MAX(other, calendar->cursor);
    calendar->half = false;
}

void calendar_shown(const Calendar *calendar, int64_t *first, int64_t *last)
{
    int64_t begin = month_begin(calendar->cursor, 0), end = month_begin(calendar->cursor, 1) - 1;
    *first = begin - weekday(begin);
    *last = end + (WEEK - 1 - weekday(end));
}

void calendar_count_text(int64_t rows, char out[8])
{
    static const char units[] = "kMGTPE";
    if (rows < 10000) {
        g_snprintf(out, 8, "%d", (int)rows);
        return;
    }
    int64_t unit = 1000;
    int which = 0;
    while (rows / unit >= 1000) {
        unit *= 1000;
        which++;
    }
    int64_t whole = rows / unit;
    if (whole < 10)
        g_snprintf(out, 8, "%d.%d%c", (int)whole, (int)(rows % unit * 10 / unit), units[which]);
    else
        g_snprintf(out, 8, "%d%c", (int)whole, units[which]);
}

int64_t calendar_rows(const GArray *days, int64_t day)
{
    for (guint i = 0; i < days->len; i++)
        if (g_array_index(days, BoardDay, i).day == day)
            return g_array_index(days, BoardDay, i).rows;
    return 0;
}

static bool is_noted(const GArray *days, int64_t day)
{
    for (guint i = 0; days && i < days->len; i++)
        if (g_array_index(days, BoardDay, i).day == day)
            return g_array_index(days, BoardDay, i).noted;
    return false;
}

char *calendar_day_text(int64_t day)
{
    char text[40];
    day_format(day, text);
    return g_strdup_printf("%s %s", weekdays[weekday(day)], text);
}

static void draw_head(const Calendar *calendar, Canvas *canvas, Rect area, int cell)
{
    static const char *const months[MONTHS] = {"January", "February", "March",     "April",   "May",      "June",
                                               "July",    "August",   "September", "October", "November", "December"};
    int64_t year;
    unsigned month, day;
    civil_from_days(calendar->cursor, &year, &month, &day);
    canvas_textf(canvas, area.x, area.y, area.w, STYLE_STRONG, "%s %d", months[month - 1], (int)year);
    for (int i = 0; i < WEEK; i++)
        canvas_textf(canvas, area.x + i * cell + 1, area.y + 1, cell - 1, STYLE_HEADER, "%.2s", weekdays[i]);
}

static bool in_range(const Calendar *calendar, int64_t day)
{
    return calendar->first != CALENDAR_NONE && day >= calendar->first && (calendar->last == CALENDAR_NONE || day <= calendar->last);
}

/* A mark for the range, the day of the month, and its rows where they fit, else a sign for loaded; `!` where something was left at the source. */
static void draw_day(const Calendar *calendar, Canvas *canvas, Rect cell, int64_t day, const GArray *days, int64_t today)
{
    int64_t year;
    unsigned month, this_month, of_month;
    civil_from_days(calendar->cursor, &year, &this_month, &of_month);
    civil_from_days(day, &year, &month, &of_month);
    Style style = month == this_month ? STYLE_TEXT : STYLE_DIM;
    if (in_range(calendar, day)) {
        style = STYLE_MARKED;
        canvas_glyph(canvas, cell.x, cell.y, style, GLYPH_MARK);
    }
    canvas_textf(canvas, cell.x + 1, cell.y, 2, style, "%2u", of_month);
    int64_t rows = days ? calendar_rows(days, day) : 0;
    int room = cell.w - 4;
    char count[8];
    calendar_count_text(rows, count);
    if (days && rows > 0 && room >= (int)strlen(count))
        canvas_right(canvas, cell.x + 3, cell.y, MIN(room, 5), STYLE_GOOD, count);
    else if (days && rows > 0)
        canvas_text(canvas, cell.x + 3, cell.y, 1, STYLE_GOOD, "+");
    else if (days && day <= today)
        canvas_right(canvas, cell.x + 3, cell.y, MIN(MAX(room, 1), 5), STYLE_DIM, "-");
    if (is_noted(days, day))
        canvas_text(canvas, cell.x + 3, cell.y, 1, STYLE_WARN, "!");
    if (day == calendar->cursor)
        canvas_restyle(canvas, (Rect){cell.x, cell.y, 3, 1}, STYLE_SELECTED);
}

void calendar_draw(const Calendar *calendar, Canvas *canvas, Rect area, const GArray *days, int64_t today)
{
    int64_t first, last;
    int cell = CLAMP(area.w / WEEK, 4, 10);
    calendar_shown(calendar, &first, &last);
    int weeks = (int)((last - first + 1) / WEEK), room = area.h - HEAD_ROWS;
    int at = (int)((calendar->cursor - first) / WEEK), top = 0;
    if (room < 1)
        return;
    if (weeks > room)
        top = CLAMP(at - room / 2, 0, weeks - room);
    draw_head(calendar, canvas, area, cell);
    for (int week = top; week < weeks && week - top < room; week++)
        for (int i = 0; i < WEEK; i++)
            draw_day(calendar, canvas, (Rect){area.x + i * cell, area.y + HEAD_ROWS + week - top, cell, 1}, first + week * WEEK + i,
                     days, today);
}
