/* SPDX-License-Identifier: Apache-2.0 */
/* One rejected row: why, and what is in it. */
#include "base/term_text.h"
#include "model/time.h"
#include "ui/json_text.h"
#include "ui/list.h"
#include "ui/reject_pick.h"
#include "ui/run_text.h"
#include "ui/screens.h"
#include "ui/wrap.h"

enum { ACT_DISMISS = ACT_OWN, LABEL_CELLS = 13, MARK_CELLS = 2, HANG_CELLS = 2 };

/* A row of the screen: a line, or what of it had no room. */
typedef struct Piece {
    char *text;
    int x;
    bool fact, marked, first;
} Piece;

typedef struct RejectView {
    RejectPick pick;
    List list;
    GPtrArray *lines; /* JsonLine: facts, a blank one, the row */
    guint facts;
    GPtrArray *pieces; /* Piece, for `width` */
    int width;
} RejectView;

static void piece_free(void *data)
{
    g_free(((Piece *)data)->text);
    g_free(data);
}

static bool view_open(Screen *screen, const char *argument)
{
    RejectView *view = screen->data;
    view->lines = g_ptr_array_new_with_free_func(json_line_free);
    view->pieces = g_ptr_array_new_with_free_func(piece_free);
    view->list.height = 1;
    if (!reject_pick_parse(screen->ui, argument, &view->pick))
        return false;
    if (!view->pick.stream || !view->pick.id) {
        ui_say(screen->ui, true, "expected STREAM --id N");
        return false;
    }
    RejectQuery query = reject_pick_query(&view->pick);
    query.dismissed = true;
    query.limit = 1;
    screen_ask(screen, &(BoardAsk){.question = ASK_REJECTS, .rejects = query}, 0);
    return true;
}

static void view_close(Screen *screen)
{
    RejectView *view = screen->data;
    reject_pick_clear(&view->pick);
    g_ptr_array_free(view->lines, TRUE);
    g_ptr_array_free(view->pieces, TRUE);
}

static void add_fact(RejectView *view, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void add_fact(RejectView *view, const char *name, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    g_autofree char *text = g_strdup_vprintf(fmt, args);
    va_end(args);
    JsonLine *line = g_new0(JsonLine, 1);
    line->text = g_strdup_printf("%-*s%s", LABEL_CELLS, name, text);
    g_ptr_array_add(view->lines, line);
}

static void add_when(RejectView *view, const Screen *screen, const Reject *row)
{
    char first[32], last[32], age[32];
    ui_age_short(screen->ui, row->first_seen, age);
    add_fact(view, "first seen", "%s, %s ago", ui_time_long(screen->ui, row->first_seen, first), age);
    add_fact(view, "last seen", "%s, %" G_GINT64_FORMAT " %s", ui_time_long(screen->ui, row->last_seen, last), row->tries,
             row->tries == 1 ? "try" : "tries");
    if (row->dismissed_at != TIME_NONE)
        add_fact(view, "dismissed", "%s", ui_time_long(screen->ui, row->dismissed_at, first));
}

static void add_facts(RejectView *view, const Screen *screen, const Reject *row)
{
    bool parked = row->reason == REJECT_MISSING_PARENT;
    add_fact(view, "key", "%s", row->key);
    add_fact(view, "reason", "%s%s%s%s%s%s", reject_name(row->reason), row->column ? " in " : "", row->column ? row->column : "",
             row->sqlstate ? " (SQLSTATE " : "", row->sqlstate ? row->sqlstate : "", row->sqlstate ? ")" : "");
    add_fact(view, "detail", "%s", row->detail ? row->detail : "-");
    if (parked) {
        g_autofree char *missing = row->row && row->column ? json_member(row->row, row->column) : NULL;
        add_fact(view, "missing key", "%s", missing ? missing : "unknown: the row's text is no longer kept");
    }
    add_when(view, screen, row);
    add_fact(view, "to do", "%s",
             parked ? "nothing: it lands by itself when that row arrives"
                    : "correct the document at the source, or the column in the schema file");
    add_fact(view, "", "%s", "");
}

static const Reject *row_of(const Screen *screen)
{
    const BoardAnswer *answer = screen_answer(screen, ASK_REJECTS);
    return answer && answer->rows && answer->rows->len ? g_ptr_array_index(answer->rows, 0) : NULL;
}

static void view_refresh(Screen *screen)
{
    RejectView *view = screen->data;
    const Reject *row = row_of(screen);
    g_ptr_array_set_size(view->lines, 0);
    if (!row)
        return;
    add_facts(view, screen, row);
    view->facts = view->lines->len;
    if (row->row)
        json_lines(row->row, row->column, view->lines);
    else
        add_fact(view, "", "its text is no longer kept (keep_rows)");
    view->width = 0; /* to be wrapped anew */
}

/* Under the text of a fact, and a little further in than the member that it continues. */
static void add_pieces(RejectView *view, const JsonLine *line, bool fact)
{
    g_autofree char *safe = term_dup(line->text);
    const char *at = safe;
    int lead = fact ? 0 : MARK_CELLS + (int)strspn(safe, " ");
    at += fact ? 0 : strspn(safe, " ");
    bool first = true;
    do {
        int x = lead + (first ? 0 : fact ? LABEL_CELLS : HANG_CELLS);
        size_t skip = 0, bytes = wrap_line(at, MAX(view->width - x - 2, 1), &skip);
        Piece *piece = g_new0(Piece, 1);
        *piece = (Piece){.text = g_strndup(at, bytes), .x = x, .fact = fact, .marked = line->marked, .first = first};
        g_ptr_array_add(view->pieces, piece);
        at += skip;
        first = false;
    } while (*at);
}

static void wrap_lines(RejectView *view, int width)
{
    view->width = width;
    g_ptr_array_set_size(view->pieces, 0);
    for (guint i = 0; i < view->lines->len; i++)
        add_pieces(view, g_ptr_array_index(view->lines, i), i < view->facts);
}

static void draw_piece(const Piece *piece, Canvas *canvas, Rect area, int y)
{
    int x = area.x + 1;
    if (piece->marked && piece->first)
        canvas_glyph(canvas, x, y, STYLE_BAD, GLYPH_FAILED);
    canvas_text(canvas, x + piece->x, y, area.w - piece->x - 2,
                piece->marked ? STYLE_BAD
                : piece->fact ? STYLE_TEXT
                              : STYLE_STRONG,
                piece->text);
}

static void view_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    RejectView *view = screen->data;
    const BoardAnswer *answer = screen_answer(screen, ASK_REJECTS);
    if (view->lines->len == 0) {
        if (answer && answer->err.code != ERR_NONE)
            run_draw_error(canvas, area, &answer->err);
        else
            canvas_text(canvas, area.x + 1, area.y, area.w - 2, STYLE_DIM,
                        answer ? "this row is not waiting any more" : "asking the destination …");
        return;
    }
    if (view->width != area.w)
        wrap_lines(view, area.w);
    list_fit(&view->list, view->pieces->len, area.h);
    for (int i = 0; i < area.h && view->list.top + i < view->list.count; i++)
        draw_piece(g_ptr_array_index(view->pieces, (guint)(view->list.top + i)), canvas, area, area.y + i);
    canvas_restyle(canvas, (Rect){area.x + 1, area.y + (int)(view->list.cursor - view->list.top), MIN(12, area.w - 2), 1},
                   STYLE_SELECTED);
    list_draw_scroll(&view->list, canvas, area);
}

static void view_crumb(const Screen *screen, GString *out)
{
    const RejectView *view = screen->data;
    g_string_append_printf(out, "row %" G_GINT64_FORMAT, view->pick.id);
}

static void view_summary(const Screen *screen, Canvas *canvas, Rect area)
{
    const RejectView *view = screen->data;
    canvas_textf(canvas, area.x + 1, area.y, area.w - 1, STYLE_TEXT, "row of %s", view->pick.stream);
}

static UiReaction view_act(Screen *screen, int action, const char *argument)
{
    RejectView *view = screen->data;
    (void)argument;
    if (action != ACT_DISMISS)
        return list_act(&view->list, action) ? UI_REDRAW : UI_NONE;
    g_autofree char *words = reject_pick_words(&view->pick);
    ui_open(screen->ui, "dismiss", words);
    return UI_REDRAW;
}

static const char *view_unavailable(const Screen *screen, int action)
{
    const Reject *row = row_of(screen);
    if (action != ACT_DISMISS)
        return NULL;
    return !row ? "there is no row" : row->dismissed_at != TIME_NONE ? "the row is dismissed" : NULL;
}

static void view_command_line(const Screen *screen, GString *out)
{
    const RejectView *view = screen->data;
    g_autofree char *words = reject_pick_words(&view->pick);
    g_string_append_printf(out, "tidemark rejects %s --rows", words);
}

static const Action view_actions[] = {
    {ACT_DISMISS, "x", "dismiss-row", .label = "dismiss", .help = "set the row aside until it changes; asks first", .writes = true},
    ACTION_MOVES,
    {0},
};

const ScreenOps screen_reject = {
    .name = "reject",
    .title = "Rejected row",
    .argument = "STREAM --id N",
    .help = "one row that could not be stored: why, and what is in it",
    .actions = view_actions,
    .size = sizeof(RejectView),
    .open = view_open,
    .refresh = view_refresh,
    .draw = view_draw,
    .act = view_act,
    .unavailable = view_unavailable,
    .crumb = view_crumb,
    .summary = view_summary,
    .command_line = view_command_line,
    .close = view_close,
};
