/* SPDX-License-Identifier: Apache-2.0 */
/* Starts a backfill: its window is typed, or picked on a calendar that shows what is loaded. */
#include "base/term_text.h"
#include "model/date_range.h"
#include "ui/calendar.h"
#include "ui/dialog_text.h"
#include "ui/job_dialog.h"
#include "ui/line_edit.h"
#include "ui/screens.h"

enum {
    WIDTH = 90,
    HEIGHT = 18,
    WIDE_FIELDS = 88,
    CALENDAR_ROWS = 8,
    DAY_ROWS = 3,
    PLAN_ROWS = 3,
    LEAST_FOR_CALENDAR = 8,
    MOST_LISTED = 10
};
enum { ACT_FIELDS = ACT_JOB_OWN };

typedef enum Focus { ON_CALENDAR, ON_FROM, ON_TO, FOCUSES } Focus;

typedef struct Backfill {
    JobDialog job;
    Calendar calendar;
    LineEdit from, to;
    Focus focus;
    const Stream *stream; /* whose days the calendar shows: the first */
    int stream_count;
    int64_t days_from; /* first day of what ASK_DAYS was asked; CALENDAR_NONE: not yet */
    bool placed;       /* the cursor is where it should begin */
} Backfill;

static const Action actions[] = {
    {ACT_ENTER, "Enter", "start", .help = "start the backfill as it is shown", .writes = true},
    {ACT_MARK, "Space", "pick", .label = "from/to", .help = "pick the day as the first of the window, then as the last"},
    {ACT_FIELDS, "Tab", "type", .label = "type dates", .help = "type the window; digits do that, too"},
    {ACT_SQL, "d", "sql", .label = "SQL", .help = "show the statements that make or change tables, and back"},
    {ACT_PAGE_UP, "PgUp Ctrl-B <", "month-back", .help = "the month before", .hidden = true},
    {ACT_PAGE_DOWN, "PgDn Ctrl-F >", "month-on", .help = "the next month", .hidden = true},
    {ACT_LEFT, "h Left", "day-back", .help = "the day before", .hidden = true},
    {ACT_RIGHT, "l Right", "day-on", .help = "the next day", .hidden = true},
    {ACT_UP, "k Up", "week-back", .help = "the same day a week earlier", .hidden = true},
    {ACT_DOWN, "j Down", "week-on", .help = "the same day a week later", .hidden = true},
    {ACT_TOP, "g Home", "top", .help = "to where the stream's watermark is", .hidden = true},
    {0},
};

/* ---- the window ---- */

static void ask_days(Screen *screen)
{
    Backfill *backfill = screen->data;
    int64_t first, last;
    calendar_shown(&backfill->calendar, &first, &last);
    if (first == backfill->days_from)
        return;
    backfill->days_from = first;
    screen_ask(screen, &(BoardAsk){.question = ASK_DAYS, .stream = backfill->stream->id, .from_day = first, .to_day = last}, 0);
}

static void show_range(Backfill *backfill, const DateRange *range)
{
    backfill->calendar.first = range->from / US_PER_DAY;
    backfill->calendar.last = range->to == TIME_NONE ? CALENDAR_NONE : (range->to - 1) / US_PER_DAY;
}

/* The calendar shows the month that is being typed. */
static void follow_typing(Screen *screen)
{
    Backfill *backfill = screen->data;
    Calendar *calendar = &backfill->calendar;
    if (backfill->focus == ON_CALENDAR)
        return;
    backfill->placed = true;
    calendar->cursor = backfill->focus == ON_FROM || calendar->last == CALENDAR_NONE ? calendar->first : calendar->last;
    calendar_move(calendar, 0);
    ask_days(screen);
}

static void fields_changed(Screen *screen)
{
    Backfill *backfill = screen->data;
    const char *from = line_edit_text(&backfill->from), *to = line_edit_text(&backfill->to);
    DateRange range;
    Err err = {0};
    backfill->calendar.first = backfill->calendar.last = CALENDAR_NONE;
    if (!*from && !*to) {
        job_dialog_clear(screen, NULL);
    } else if (!date_range_parse(*from ? from : NULL, *to ? to : NULL, NULL, &range, &err)) {
        job_dialog_clear(screen, &err);
    } else {
        show_range(backfill, &range);
        backfill->job.request.from = range.from;
        backfill->job.request.to = range.to;
        job_dialog_ask(screen);
        follow_typing(screen);
    }
}

static void set_day(LineEdit *field, int64_t day)
{
    char text[40];
    day_format(day, text);
    line_edit_set(field, text);
}

static void pick(Screen *screen)
{
    Backfill *backfill = screen->data;
    calendar_pick(&backfill->calendar);
    set_day(&backfill->from, backfill->calendar.first);
    set_day(&backfill->to, backfill->calendar.last);
    fields_changed(screen);
}

static void set_instant(LineEdit *field, int64_t us, bool last_day)
{
    char text[40];
    if (us == TIME_NONE)
        return;
    if (us % US_PER_DAY == 0)
        day_format(us / US_PER_DAY - last_day, text);
    else
        time_format_iso(us, text);
    line_edit_set(field, text);
}

/* ---- opening and news ---- */

static bool backfill_open(Screen *screen, const char *argument)
{
    Backfill *backfill = screen->data;
    g_autoptr(GPtrArray) streams = g_ptr_array_new();
    Err err = {0};
    if (!job_dialog_open(screen, &job_backfill, argument))
        return false;
    JobRequest *request = &backfill->job.request;
    if (request->patterns->len == 0 || !catalog_select(ui_catalog(screen->ui), request->patterns, streams, &err)) {
        ui_say(screen->ui, true, "a backfill needs a stream: backfill STREAM 2024-01-01 2024-01-31");
        return false;
    }
    backfill->stream = g_ptr_array_index(streams, 0);
    backfill->stream_count = (int)streams->len;
    backfill->days_from = backfill->calendar.first = backfill->calendar.last = CALENDAR_NONE;
    backfill->calendar.cursor = ui_now_us(screen->ui) / US_PER_DAY;
    line_edit_set(&backfill->from, NULL);
    line_edit_set(&backfill->to, NULL);
    if (request->from != TIME_NONE) {
        set_instant(&backfill->from, request->from, false);
        set_instant(&backfill->to, request->to, request->to % US_PER_DAY == 0);
        backfill->calendar.cursor = request->from / US_PER_DAY;
        backfill->placed = true;
        fields_changed(screen);
        ask_days(screen);
    } else {
        screen_ask(screen, &(BoardAsk){.question = ASK_KNOWN}, 0);
    }
    return true;
}

/* The watermark is where the newest rows are: a better place to begin than today. */
static void place_cursor(Screen *screen)
{
    Backfill *backfill = screen->data;
    const BoardAnswer *known = screen_answer(screen, ASK_KNOWN);
    if (backfill->placed || !known)
        return;
    backfill->placed = true;
    for (guint i = 0; known->rows && i < known->rows->len; i++) {
        const StreamRow *row = g_ptr_array_index(known->rows, i);
        if (!g_strcmp0(row->id, backfill->stream->id) && row->watermark != TIME_NONE)
            backfill->calendar.cursor = row->watermark / US_PER_DAY;
    }
    calendar_move(&backfill->calendar, 0);
    ask_days(screen);
}

static void backfill_refresh(Screen *screen)
{
    place_cursor(screen);
    job_dialog_refresh(screen);
}

static void backfill_close(Screen *screen)
{
    Backfill *backfill = screen->data;
    line_edit_done(&backfill->from);
    line_edit_done(&backfill->to);
    job_dialog_close(screen);
}

/* ---- keys ---- */

static void move(Screen *screen, int action)
{
    Backfill *backfill = screen->data;
    Calendar *calendar = &backfill->calendar;
    backfill->placed = backfill->placed || action != ACT_TOP;
    switch (action) {
    case ACT_LEFT:
        calendar_move(calendar, -1);
        break;
    case ACT_RIGHT:
        calendar_move(calendar, 1);
        break;
    case ACT_UP:
        calendar_move(calendar, -7);
        break;
    case ACT_DOWN:
        calendar_move(calendar, 7);
        break;
    case ACT_PAGE_UP:
        calendar_move_months(calendar, -1);
        break;
    case ACT_PAGE_DOWN:
        calendar_move_months(calendar, 1);
        break;
    default:
        backfill->placed = false;
        screen_ask(screen, &(BoardAsk){.question = ASK_KNOWN}, 0);
        return;
    }
    ask_days(screen);
}

static UiReaction backfill_act(Screen *screen, int action, const char *argument)
{
    Backfill *backfill = screen->data;
    UiReaction reaction = UI_REDRAW;
    (void)argument;
    if (action == ACT_ENTER)
        return job_dialog_start(screen);
    if (action == ACT_SQL || backfill->job.view != VIEW_PLAN)
        return job_dialog_act(screen, action, &reaction) ? reaction : UI_NONE;
    if (action == ACT_MARK)
        pick(screen);
    else if (action == ACT_FIELDS)
        backfill->focus = ON_FROM;
    else
        move(screen, action);
    return UI_REDRAW;
}

static bool is_date_character(uint32_t code)
{
    return code < 0x80 && code >= 0x20 && strchr("0123456789-:.+TZ", (int)code) != NULL;
}

static UiReaction type_into(Screen *screen, const UiKey *key)
{
    Backfill *backfill = screen->data;
    LineEdit *field = backfill->focus == ON_FROM ? &backfill->from : &backfill->to;
    bool printable = key->code >= 0x20 && key->code < 0x110000 && key->code != 0x7f;
    bool blank = key->code == ' ' && *line_edit_text(field);
    if ((printable && !blank && !is_date_character(key->code)) || !line_edit_key(field, key))
        return UI_NONE;
    fields_changed(screen);
    return UI_REDRAW;
}

static UiReaction backfill_key(Screen *screen, const UiKey *key)
{
    Backfill *backfill = screen->data;
    if (backfill->job.view != VIEW_PLAN)
        return job_dialog_key(screen, key);
    if (backfill->focus == ON_CALENDAR) {
        if (key->code < '0' || key->code > '9')
            return UI_NONE;
        backfill->focus = ON_FROM;
        line_edit_set(&backfill->from, NULL);
        line_edit_set(&backfill->to, NULL);
        return type_into(screen, key);
    }
    switch (key->code) {
    case UIKEY_TAB:
    case UIKEY_ENTER:
        backfill->focus = (backfill->focus + 1) % FOCUSES;
        return UI_REDRAW;
    case UIKEY_BACKTAB:
        backfill->focus--;
        return UI_REDRAW;
    case UIKEY_DOWN:
        backfill->focus = ON_CALENDAR;
        return UI_REDRAW;
    default:
        return type_into(screen, key);
    }
}

/* ---- drawing ---- */

static int draw_fields(const Backfill *backfill, Canvas *canvas, Rect area)
{
    int width = area.w >= WIDE_FIELDS ? 21 : 11;
    int x = canvas_text(canvas, area.x, area.y, -1, STYLE_HEADER, "from ");
    line_edit_draw(&backfill->from, canvas, x, area.y, width, backfill->focus == ON_FROM);
    x = canvas_text(canvas, x + width + 1, area.y, -1, STYLE_HEADER, "to ");
    line_edit_draw(&backfill->to, canvas, x, area.y, width, backfill->focus == ON_TO);
    x += width + 2;
    if (!backfill->job.line)
        return area.y + 1;
    const JobRequest *request = &backfill->job.request;
    g_autofree char *echo = date_range_format(&(DateRange){request->from, request->to, backfill->stream->calendar});
    bool fits = canvas_text_width(canvas, echo) <= area.x + area.w - x;
    if (!fits && area.h > 1)
        canvas_text(canvas, area.x, area.y + 1, area.w, STYLE_STRONG, echo);
    if (fits)
        canvas_text(canvas, x, area.y, -1, STYLE_STRONG, echo);
    return area.y + (fits ? 1 : 2);
}

static const StoredNote *note_of(const BoardAnswer *answer, int64_t day)
{
    for (guint i = 0; answer->notes && i < answer->notes->len; i++)
        if (board_note_day(g_ptr_array_index(answer->notes, i)) == day)
            return g_ptr_array_index(answer->notes, i);
    return NULL;
}

static void draw_day(const Screen *screen, Canvas *canvas, Rect area)
{
    const Backfill *backfill = screen->data;
    const BoardAnswer *answer = screen_answer(screen, ASK_DAYS);
    g_autofree char *day = calendar_day_text(backfill->calendar.cursor);
    g_autoptr(GString) text = g_string_new(day);
    bool bad = false;
    if (!answer || screen_asking(screen, ASK_DAYS)) {
        g_string_append(text, ": counting the rows of this month…");
    } else if (answer->err.code != ERR_NONE) {
        bad = true;
        g_string_append(text, ": its rows cannot be asked for");
    } else {
        int64_t rows = calendar_rows(answer->days, backfill->calendar.cursor);
        g_string_append(text, ": ");
        term_append_number(text, rows);
        g_string_append_printf(text, " row%s loaded", rows == 1 ? "" : "s");
        const StoredNote *note = note_of(answer, backfill->calendar.cursor);
        bad = note != NULL;
        if (note)
            g_string_append_printf(text, "; %" G_GINT64_FORMAT " left behind: %s", note->count, note->text);
    }
    dialog_wrap(canvas, area, bad ? STYLE_WARN : STYLE_TEXT, text->str);
}

/* Where a calendar does not fit: the day it would stand on. */
static int draw_only_day(const Screen *screen, Canvas *canvas, Rect area)
{
    const Backfill *backfill = screen->data;
    if (area.h < 2 || backfill->focus != ON_CALENDAR)
        return area.y;
    draw_day(screen, canvas, (Rect){area.x, area.y, area.w, 1});
    canvas_restyle(canvas, (Rect){area.x, area.y, 3, 1}, STYLE_SELECTED);
    return area.y + 1;
}

static int draw_calendar(const Screen *screen, Canvas *canvas, Rect area)
{
    const Backfill *backfill = screen->data;
    const BoardAnswer *answer = screen_answer(screen, ASK_DAYS);
    bool known = answer && answer->err.code == ERR_NONE && !screen_asking(screen, ASK_DAYS);
    Rect month = {area.x, area.y, area.w, MIN(CALENDAR_ROWS, area.h - 4)};
    calendar_draw(&backfill->calendar, canvas, month, known ? answer->days : NULL, ui_now_us(screen->ui) / US_PER_DAY);
    int rows = area.h >= month.h + DAY_ROWS + PLAN_ROWS ? DAY_ROWS : 1;
    draw_day(screen, canvas, (Rect){area.x, area.y + month.h, area.w, rows});
    return area.y + month.h + rows;
}

static void draw_plan(const Screen *screen, Canvas *canvas, Rect area)
{
    const Backfill *backfill = screen->data;
    if (!backfill->job.line && backfill->job.err.code == ERR_NONE) {
        const BoardAnswer *days = screen_answer(screen, ASK_DAYS);
        int y =
            dialog_wrap(canvas, area, STYLE_DIM, "Space picks the first and then the last day of the window; or type the dates");
        if (days && days->err.code != ERR_NONE)
            dialog_wrap(canvas, dialog_rest(area, y + 1), STYLE_BAD, days->err.message);
        return;
    }
    int y = job_dialog_draw_summary(&backfill->job, canvas, area);
    if (backfill->stream_count == 1)
        job_dialog_draw_detail(&backfill->job, canvas, dialog_rest(area, y));
    else
        job_dialog_draw_streams(screen, canvas, dialog_rest(area, y));
}

static void backfill_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    const Backfill *backfill = screen->data;
    if (job_dialog_draw_view(screen, canvas, area))
        return;
    int y = area.y;
    if (area.h > 4) {
        int x = canvas_text(canvas, area.x, y, area.w, STYLE_TITLE, backfill->stream->id);
        if (backfill->stream_count > 1)
            canvas_textf(canvas, x + 1, y, area.x + area.w - x - 1, STYLE_TEXT, "and %d more (the calendar shows this one)",
                         backfill->stream_count - 1);
        y++;
    }
    y = draw_fields(backfill, canvas, dialog_rest(area, y));
    if (area.h >= LEAST_FOR_CALENDAR) {
        y += area.h >= HEIGHT - 1;
        y = draw_calendar(screen, canvas, dialog_rest(area, y));
    } else {
        y = draw_only_day(screen, canvas, dialog_rest(area, y));
    }
    draw_plan(screen, canvas, dialog_rest(area, y));
}

static void backfill_size(const Screen *screen, int *width, int *height)
{
    const Backfill *backfill = screen->data;
    *width = WIDTH;
    *height = HEIGHT + (backfill->stream_count > 1 ? MIN(backfill->stream_count, MOST_LISTED) + 2 : 0);
}

const ScreenOps dialog_backfill = {
    .name = "backfill",
    .title = "Backfill",
    .modal = true,
    .writes = true,
    .argument = "STREAM… [FROM [TO]]",
    .help = "read a chosen window again; the watermark stays",
    .actions = actions,
    .size = sizeof(Backfill),
    .open = backfill_open,
    .refresh = backfill_refresh,
    .draw = backfill_draw,
    .act = backfill_act,
    .unavailable = job_dialog_unavailable,
    .key = backfill_key,
    .command_line = job_dialog_command_line,
    .dialog_size = backfill_size,
    .close = backfill_close,
};
