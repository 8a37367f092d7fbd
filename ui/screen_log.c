/* SPDX-License-Identifier: Apache-2.0 */
/* The log of all runs, as it comes. */
#include "base/term_text.h"
#include "ui/list.h"
#include "ui/log_lines.h"
#include "ui/screens.h"

enum {
    ASK_EVERY_MS = 1000,
    PAGE = 1000,
    LONG_TIME_FROM = 100,
    DAY_FROM = 76,
    CLOCK_CELLS = 8,
    DAY_CELLS = 14,
    DATE_CELLS = 19,
    LEVEL_CELLS = 5,
    RUN_CELLS = 5
};
enum { ACT_FOLLOW = ACT_OWN, ACT_LEVEL, ACT_WRAP };

typedef struct Log {
    LogLines lines;
    List list;
    int64_t seen;  /* ticket of the answer that was taken in */
    int64_t asked; /* the id after which lines are asked for */
    LogLevel level;
    bool paused, wrap;
    char *search;
    int width; /* of the text when the rows were built; they are built anew when it is another */
} Log;

static void ask_after(Screen *screen, int64_t id)
{
    Log *log = screen->data;
    log->asked = id;
    screen_ask(screen, &(BoardAsk){.question = ASK_LOG, .after_log_id = id, .log_level = LOG_DEBUG, .limit = PAGE}, ASK_EVERY_MS);
}

static bool log_open(Screen *screen, const char *argument)
{
    Log *log = screen->data;
    log_lines_init(&log->lines);
    if (!log_level_parse(argument                              ? argument
                         : ui_setting(screen->ui, "log.level") ? ui_setting(screen->ui, "log.level")
                                                               : "",
                         &log->level))
        log->level = LOG_DEBUG;
    log->wrap = !g_strcmp0(ui_setting(screen->ui, "log.wrap"), "yes");
    ask_after(screen, -1);
    return true;
}

static void log_close(Screen *screen)
{
    Log *log = screen->data;
    log_lines_done(&log->lines);
    g_free(log->search);
}

static const LogRow *row_at(const Log *log, int64_t at)
{
    return at >= 0 && at < log->lines.rows->len ? &g_array_index(log->lines.rows, LogRow, at) : NULL;
}

static int64_t selected_id(const Log *log)
{
    const LogRow *row = row_at(log, log->list.cursor);
    return row && row->entry ? row->entry->id : 0;
}

static void build(Log *log, int64_t keep)
{
    log_lines_build(&log->lines, log->level, log->wrap ? log->width : 0);
    int64_t at = log->paused ? log_lines_row(&log->lines, keep) : -1;
    log->list.cursor = at >= 0 ? at : (int64_t)log->lines.rows->len - 1;
    list_fit(&log->list, log->lines.rows->len, log->list.height);
}

static void log_refresh(Screen *screen)
{
    Log *log = screen->data;
    const BoardAnswer *answer = screen_answer(screen, ASK_LOG);
    if (!answer || answer->err.code != ERR_NONE || answer->ticket == log->seen)
        return;
    int64_t keep = selected_id(log);
    log->seen = answer->ticket;
    if (answer->rows->len == 0)
        return;
    log_lines_add(&log->lines, answer->rows);
    build(log, keep);
    if (log->asked != log->lines.last_id)
        ask_after(screen, log->lines.last_id);
}

/* ---- drawing ---- */

static Style style_of(const LogRow *row)
{
    if (row->context)
        return STYLE_DIM;
    return row->entry->level == LOG_ERROR ? STYLE_BAD : row->entry->level == LOG_WARN ? STYLE_WARN : STYLE_TEXT;
}

static int time_cells(int width)
{
    return width >= LONG_TIME_FROM ? DATE_CELLS : width >= DAY_FROM ? DAY_CELLS : CLOCK_CELLS;
}

static int text_from(int width)
{
    return 1 + time_cells(width) + 1 + LEVEL_CELLS + 1 + RUN_CELLS + 1;
}

/* Where the search text begins in a row's piece, or -1. */
static int match_in(const Log *log, const LogRow *row)
{
    if (!log->search || !row->entry)
        return -1;
    size_t length = strlen(log->search);
    const char *text = row->entry->text + row->from;
    for (size_t at = 0; at + length <= row->bytes; at++)
        if (!g_ascii_strncasecmp(text + at, log->search, length))
            return (int)at;
    return -1;
}

static void draw_row(const Screen *screen, Canvas *canvas, Rect area, int y, const LogRow *row)
{
    const Log *log = screen->data;
    char at[32];
    int x = area.x + 1, from = area.x + text_from(area.w);
    if (!row->entry) {
        canvas_text(canvas, x, y, 2, STYLE_DIM, "--");
        return;
    }
    if (row->from == 0) {
        const char *time = area.w >= LONG_TIME_FROM ? ui_time_long(screen->ui, row->entry->at_us, at)
                           : area.w >= DAY_FROM     ? ui_time_day_clock(screen->ui, row->entry->at_us, at)
                                                    : ui_time_clock(screen->ui, row->entry->at_us, at);
        x = canvas_text(canvas, x, y, time_cells(area.w), STYLE_DIM, time) + 1;
        canvas_text(canvas, x, y, LEVEL_CELLS, style_of(row), log_level_name(row->entry->level));
        canvas_textf(canvas, x + LEVEL_CELLS + 1, y, RUN_CELLS, STYLE_DIM, "%5" G_GINT64_FORMAT, row->entry->run);
    }
    g_autofree char *text = g_strndup(row->entry->text + row->from, row->bytes);
    canvas_text(canvas, from, y, area.x + area.w - 1 - from, style_of(row), text);
    int match = match_in(log, row);
    if (match >= 0) {
        g_autofree char *before = g_strndup(text, (gsize)match), *found = g_strndup(text + match, strlen(log->search));
        Rect cells = {from + canvas_text_width(canvas, before), y, canvas_text_width(canvas, found), 1};
        canvas_restyle(canvas, cells, STYLE_MATCH);
    }
}

static void log_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    Log *log = screen->data;
    int width = area.w - text_from(area.w) - 1;
    if (width != log->width) {
        int64_t keep = selected_id(log);
        log->width = width;
        if (log->wrap)
            build(log, keep);
    }
    list_fit(&log->list, log->lines.rows->len, area.h);
    for (int i = 0; i < area.h && row_at(log, log->list.top + i); i++)
        draw_row(screen, canvas, area, area.y + i, row_at(log, log->list.top + i));
    if (log->lines.rows->len == 0)
        canvas_text(canvas, area.x + 1, area.y, area.w - 2, STYLE_DIM,
                    log->lines.entries.length ? "no line is that urgent; l changes the level" : "no run has said anything yet");
    else
        canvas_restyle(canvas, (Rect){area.x + 1, area.y + (int)(log->list.cursor - log->list.top), time_cells(area.w), 1},
                       STYLE_SELECTED);
    list_draw_scroll(&log->list, canvas, area);
}

static void log_summary(const Screen *screen, Canvas *canvas, Rect area)
{
    const Log *log = screen->data;
    g_autofree char *count = term_number(log->lines.entries.length);
    const BoardAnswer *answer = screen_answer(screen, ASK_LOG);
    int x =
        canvas_textf(canvas, area.x + 1, area.y, -1, STYLE_TEXT, "%s line%s  ", count, log->lines.entries.length == 1 ? "" : "s");
    x = canvas_text(canvas, x, area.y, -1, log->paused ? STYLE_STRONG : STYLE_TEXT, log->paused ? "paused" : "following");
    if (log->level != LOG_DEBUG)
        x = canvas_textf(canvas, x + 2, area.y, -1, STYLE_STRONG, "%s%s and what is beside", log_level_name(log->level),
                         log->level == LOG_ERROR ? "" : " or worse");
    if (log->search)
        x = canvas_textf(canvas, x + 2, area.y, -1, STYLE_STRONG, "/%s", log->search);
    if (answer && answer->err.code != ERR_NONE)
        canvas_text(canvas, x + 2, area.y, -1, STYLE_BAD, answer->err.message);
}

/* ---- actions ---- */

static bool step(Log *log, int direction)
{
    for (int64_t at = log->list.cursor + direction; row_at(log, at); at += direction)
        if (match_in(log, row_at(log, at)) >= 0) {
            log->list.cursor = at;
            log->paused = true;
            list_fit(&log->list, log->list.count, log->list.height);
            return true;
        }
    return false;
}

static bool log_find(Screen *screen, int direction)
{
    return step(screen->data, direction);
}

/* To the newest match above the cursor, where the operator has been reading; else to the next one. */
static void log_filter(Screen *screen, const char *text)
{
    Log *log = screen->data;
    g_free(log->search);
    log->search = text && *text ? g_strdup(text) : NULL;
    const LogRow *row = row_at(log, log->list.cursor);
    if (log->search && !(row && match_in(log, row) >= 0) && !step(log, -1))
        step(log, 1);
}

static UiReaction set_level(Screen *screen, const char *argument)
{
    static const LogLevel next[] = {[LOG_DEBUG] = LOG_WARN, [LOG_WARN] = LOG_ERROR, [LOG_ERROR] = LOG_INFO, [LOG_INFO] = LOG_DEBUG};
    Log *log = screen->data;
    int64_t keep = selected_id(log);
    if (!argument || !*argument) {
        log->level = next[log->level];
    } else if (!log_level_parse(argument, &log->level)) {
        ui_say(screen->ui, true, "expected error, warn, info or debug, found `%s`", argument);
        return UI_NONE;
    }
    ui_set_setting(screen->ui, "log.level", log_level_name(log->level));
    build(log, keep);
    return UI_REDRAW;
}

static UiReaction follow(Log *log)
{
    log->paused = !log->paused;
    if (!log->paused)
        log->list.cursor = (int64_t)log->lines.rows->len - 1;
    list_fit(&log->list, log->lines.rows->len, log->list.height);
    return UI_REDRAW;
}

static UiReaction log_act(Screen *screen, int action, const char *argument)
{
    Log *log = screen->data;
    const LogRow *row = row_at(log, log->list.cursor);
    int64_t keep = selected_id(log);
    switch (action) {
    case ACT_FOLLOW:
        return follow(log);
    case ACT_LEVEL:
        return set_level(screen, argument);
    case ACT_WRAP:
        log->wrap = !log->wrap;
        ui_set_setting(screen->ui, "log.wrap", log->wrap ? "yes" : "no");
        build(log, keep);
        return UI_REDRAW;
    case ACT_ENTER: {
        g_autofree char *run = row && row->entry ? g_strdup_printf("%" G_GINT64_FORMAT, row->entry->run) : NULL;
        if (run)
            ui_open(screen->ui, "run", run);
        return UI_NONE;
    }
    default:
        if (!list_act(&log->list, action))
            return UI_NONE;
        log->paused = action != ACT_BOTTOM && (log->paused || log->list.cursor + 1 < log->list.count);
        return UI_REDRAW;
    }
}

static const char *log_unavailable(const Screen *screen, int action)
{
    const Log *log = screen->data;
    const LogRow *row = row_at(log, log->list.cursor);
    return action == ACT_ENTER && !(row && row->entry) ? "there is no line to open the run of" : NULL;
}

static UiReaction log_click(Screen *screen, Rect area, const UiKey *key)
{
    Log *log = screen->data;
    int64_t at = list_at(&log->list, area, key->y);
    if (at < 0)
        return UI_NONE;
    log->list.cursor = at;
    log->paused = true;
    return key->twice ? log_act(screen, ACT_ENTER, NULL) | UI_REDRAW : UI_REDRAW;
}

static const Action log_actions[] = {
    {ACT_FOLLOW, "f", "follow", .label = "follow/pause", .help = "follow the newest lines, or stand still"},
    {ACT_LEVEL, "l", "level", .argument = "error|warn|info|debug", .help = "show only urgent lines and what is beside them"},
    {ACT_WRAP, "w", "wrap", .help = "wrap long lines, or cut them"},
    {ACT_ENTER, "Enter", "open-run", .label = "run", .help = "open the run that said it"},
    ACTION_MOVES,
    {0},
};

const ScreenOps screen_log = {
    .name = "log",
    .title = "Log",
    .number = 5,
    .argument = "[error|warn|info|debug]",
    .help = "what all runs say, as they say it",
    .actions = log_actions,
    .size = sizeof(Log),
    .open = log_open,
    .refresh = log_refresh,
    .draw = log_draw,
    .act = log_act,
    .unavailable = log_unavailable,
    .click = log_click,
    .filter = log_filter,
    .find = log_find,
    .summary = log_summary,
    .close = log_close,
};
