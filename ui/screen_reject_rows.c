/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a group of rejects, a page at a time; what is in them is shown by the screen that Enter opens. */
#include "base/term_text.h"
#include "ui/reject_acts.h"
#include "ui/run_text.h"
#include "ui/screens.h"

enum { PAGE_ROWS = 200, AGAIN_MS = 15000, STRIP_ROWS = 4, STRIP_FROM = 10 };

typedef struct RejectRows {
    RejectPick pick;
    List list;     /* within the page */
    GArray *pages; /* int64_t: the id before each page up to this one */
    bool to_end;   /* the page before was asked for: its last row is wanted */
    int64_t told;  /* ticket of the last retry that was spoken of */
} RejectRows;

static void ask_page(Screen *screen)
{
    const RejectRows *rows = screen->data;
    RejectQuery query = reject_pick_query(&rows->pick);
    query.after_id = g_array_index(rows->pages, int64_t, rows->pages->len - 1);
    query.limit = PAGE_ROWS;
    screen_ask(screen, &(BoardAsk){.question = ASK_REJECTS, .rejects = query}, AGAIN_MS);
}

static bool rows_open(Screen *screen, const char *argument)
{
    RejectRows *rows = screen->data;
    int64_t before = 0;
    rows->pages = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_array_append_val(rows->pages, before);
    rows->list.height = 1;
    if (!reject_pick_parse(screen->ui, argument, &rows->pick))
        return false;
    ask_page(screen);
    return true;
}

static void rows_close(Screen *screen)
{
    RejectRows *rows = screen->data;
    reject_pick_clear(&rows->pick);
    g_array_free(rows->pages, TRUE);
}

static int page_length(const Screen *screen)
{
    const BoardAnswer *answer = screen_answer(screen, ASK_REJECTS);
    return answer && answer->rows ? (int)MIN(answer->rows->len, PAGE_ROWS) : 0;
}

static const Reject *row_at(const Screen *screen, int64_t at)
{
    return at >= 0 && at < page_length(screen) ? g_ptr_array_index(screen_answer(screen, ASK_REJECTS)->rows, at) : NULL;
}

static const Reject *selected(const Screen *screen)
{
    const RejectRows *rows = screen->data;
    return row_at(screen, rows->list.cursor);
}

static void rows_refresh(Screen *screen)
{
    RejectRows *rows = screen->data;
    if (reject_acts_tell(screen, &rows->told))
        ask_page(screen);
    if (screen_asking(screen, ASK_REJECTS))
        return;
    if (rows->to_end)
        rows->list.cursor = page_length(screen) - 1;
    rows->to_end = false;
    list_fit(&rows->list, page_length(screen), rows->list.height);
}

/* ---- drawing ---- */

enum { AGE = 7, TRIES = 6, AGE_FROM = 56, REASON = 23, REASON_FROM = 120 };

static int key_width(int width)
{
    return width >= AGE_FROM ? (width - 2 - AGE - TRIES) * 2 / 5 : width - 2;
}

static void draw_row(const Screen *screen, Canvas *canvas, Rect area, int y, const Reject *row)
{
    const RejectRows *rows = screen->data;
    Style style = row ? STYLE_TEXT : STYLE_HEADER;
    int x = area.x + 1, width = key_width(area.w);
    canvas_text(canvas, x, y, width - 1, style, row ? row->key : "KEY");
    if (area.w < AGE_FROM)
        return;
    char age[32] = "AGE";
    g_autofree char *tries = row ? term_number(row->tries) : g_strdup("TRIES");
    if (row)
        ui_age_short(screen->ui, row->first_seen, age);
    x += width;
    if (area.w >= REASON_FROM && rows->pick.reason == REJECT_NONE) {
        canvas_text(canvas, x, y, REASON, style, row ? reject_name(row->reason) : "REASON");
        x += REASON + 1;
    }
    canvas_text(canvas, x, y, area.x + area.w - 1 - x - TRIES - AGE, style, row ? row->detail : "EXPECTED AND FOUND");
    canvas_right(canvas, area.x + area.w - 1 - TRIES - AGE, y, TRIES, style, tries);
    canvas_right(canvas, area.x + area.w - 1 - AGE, y, AGE, style, age);
}

static void draw_strip(const Screen *screen, Canvas *canvas, Rect area)
{
    const Reject *row = selected(screen);
    canvas_hline(canvas, area.x, area.y, area.w);
    if (!row)
        return;
    char first[32], last[32];
    canvas_text(canvas, area.x + 1, area.y + 1, area.w - 2, STYLE_STRONG, row->key);
    canvas_textf(canvas, area.x + 3, area.y + 2, area.w - 4, STYLE_TEXT, "%s%s%s: %s", reject_name(row->reason),
                 row->column ? " in " : "", row->column ? row->column : "", row->detail ? row->detail : "");
    canvas_textf(canvas, area.x + 3, area.y + 3, area.w - 4, STYLE_DIM, "first seen %s, last %s%s",
                 ui_time_long(screen->ui, row->first_seen, first), ui_time_long(screen->ui, row->last_seen, last),
                 row->row ? "" : "; its text is no longer kept");
}

static void draw_empty(const Screen *screen, Canvas *canvas, Rect area)
{
    const BoardAnswer *answer = screen_answer(screen, ASK_REJECTS);
    if (answer && answer->err.code != ERR_NONE)
        run_draw_error(canvas, area, &answer->err);
    else
        canvas_text(canvas, area.x + 1, area.y, area.w - 2, STYLE_DIM,
                    answer ? "none of these rows waits any more" : "asking the destination …");
}

static void rows_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    RejectRows *rows = screen->data;
    int strip = area.h >= STRIP_FROM ? STRIP_ROWS : 0;
    Rect body = {area.x, area.y + 1, area.w, area.h - 1 - strip};
    list_fit(&rows->list, page_length(screen), body.h);
    draw_row(screen, canvas, area, area.y, NULL);
    if (page_length(screen) == 0) {
        draw_empty(screen, canvas, body);
        return;
    }
    for (int i = 0; i < body.h && rows->list.top + i < rows->list.count; i++)
        draw_row(screen, canvas, area, body.y + i, row_at(screen, rows->list.top + i));
    canvas_restyle(canvas,
                   (Rect){body.x + 1, body.y + (int)(rows->list.cursor - rows->list.top), MIN(key_width(area.w) - 1, 26), 1},
                   STYLE_SELECTED);
    if (strip)
        draw_strip(screen, canvas, (Rect){area.x, area.y + area.h - strip, area.w, strip});
    list_draw_scroll(&rows->list, canvas, (Rect){area.x, area.y, area.w, body.h + 1 + (strip > 0)});
}

static void rows_crumb(const Screen *screen, GString *out)
{
    const RejectRows *rows = screen->data;
    g_string_append(out, rows->pick.stream ? rows->pick.stream : "all streams");
    if (rows->pick.reason != REJECT_NONE)
        g_string_append_printf(out, "  %s", reject_name(rows->pick.reason));
    if (rows->pick.column && *rows->pick.column)
        g_string_append_printf(out, " in %s", rows->pick.column);
}

static void rows_summary(const Screen *screen, Canvas *canvas, Rect area)
{
    const RejectRows *rows = screen->data;
    int length = page_length(screen), before = (int)(rows->pages->len - 1) * PAGE_ROWS, x = area.x + 1;
    bool more = length == PAGE_ROWS;
    if (length && (before || more))
        x = canvas_textf(canvas, x, area.y, area.w - 1, STYLE_TEXT, "rows %d to %d%s", before + 1, before + length,
                         more ? ", more below" : "");
    else if (length)
        x = canvas_textf(canvas, x, area.y, area.w - 1, STYLE_TEXT, "%d row%s", length, length == 1 ? "" : "s");
    reject_acts_draw(screen, canvas, area, x);
}

/* ---- acting ---- */

/* Beyond the last row the next page begins, above the first one the page before. */
static bool turn_page(Screen *screen, int action)
{
    RejectRows *rows = screen->data;
    bool down = action == ACT_DOWN || action == ACT_PAGE_DOWN, up = action == ACT_UP || action == ACT_PAGE_UP;
    const Reject *last = row_at(screen, PAGE_ROWS - 1);
    if (screen_asking(screen, ASK_REJECTS))
        return false;
    if (down && last && rows->list.cursor == PAGE_ROWS - 1) {
        g_array_append_val(rows->pages, last->id);
        rows->list.cursor = rows->list.top = 0;
    } else if (up && rows->list.cursor == 0 && rows->pages->len > 1) {
        g_array_set_size(rows->pages, rows->pages->len - 1);
        rows->to_end = true;
    } else {
        return false;
    }
    ask_page(screen);
    return true;
}

static UiReaction rows_act(Screen *screen, int action, const char *argument)
{
    RejectRows *rows = screen->data;
    const Reject *row = selected(screen);
    (void)argument;
    if (!reject_acts_has(action))
        return turn_page(screen, action) || list_act(&rows->list, action) ? UI_REDRAW : UI_NONE;
    return reject_acts_do(screen, action, &(RejectPick){.stream = row->stream, .id = row->id}, "reject");
}

static const char *rows_unavailable(const Screen *screen, int action)
{
    return reject_acts_unavailable(screen, action, selected(screen) ? NULL : "no row is selected");
}

static UiReaction rows_click(Screen *screen, Rect area, const UiKey *at)
{
    RejectRows *rows = screen->data;
    return reject_acts_click(screen, &rows->list, area, at);
}

static void rows_command_line(const Screen *screen, GString *out)
{
    const RejectRows *rows = screen->data;
    g_autofree char *words = reject_pick_words(&rows->pick);
    g_string_append_printf(out, "tidemark rejects %s", words);
}

static const Action rows_actions[] = {
    {ACT_ENTER, "Enter", "open", .help = "what is in the row, and which column it is about"},
    {REJECTS_RETRY, "t", "retry", .help = "read the document again and store the row if it can be stored now", .writes = true},
    {REJECTS_DISMISS, "x", "dismiss-row", .label = "dismiss", .help = "set the row aside until it changes; asks first",
     .writes = true},
    ACTION_MOVES,
    {0},
};

const ScreenOps screen_reject_rows = {
    .name = "reject-rows",
    .title = "Rejected rows",
    .argument = "STREAM [--reason REASON]",
    .help = "the rows of a stream that could not be stored",
    .actions = rows_actions,
    .size = sizeof(RejectRows),
    .open = rows_open,
    .refresh = rows_refresh,
    .draw = rows_draw,
    .act = rows_act,
    .unavailable = rows_unavailable,
    .click = rows_click,
    .crumb = rows_crumb,
    .summary = rows_summary,
    .command_line = rows_command_line,
    .close = rows_close,
};
