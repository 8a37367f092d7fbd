/* SPDX-License-Identifier: Apache-2.0 */
/* One stream: how it is, what the next sync would read, its last runs, its table. */
#include "base/term_text.h"
#include "ui/list.h"
#include "ui/screens.h"
#include "ui/stream_detail.h"
#include "ui/wrap.h"

enum { ASK_EVERY_MS = 60000, LABEL_LEAST = 9, LABEL_NARROW = 13, LABEL_MOST = 24, LABEL_WIDE_FROM = 70 };
enum { ACT_SYNC = ACT_OWN, ACT_BACKFILL, ACT_REIMPORT, ACT_SHOW_REJECTS };

/* A row of the screen: the n-th piece of a wrapped line. */
typedef struct Piece {
    const DetailLine *line;
    char *text;
    bool first;
} Piece;

typedef struct StreamDetail {
    char *id;
    GPtrArray *lines;  /* DetailLine */
    GPtrArray *pieces; /* Piece, for `width` */
    int width, label;  /* cells of the screen and of the labels when the pieces were cut */
    List list;
} StreamDetail;

static void piece_free(void *data)
{
    Piece *piece = data;
    g_free(piece->text);
    g_free(piece);
}

static bool stream_open(Screen *screen, const char *argument)
{
    StreamDetail *detail = screen->data;
    if (!argument || !ui_catalog(screen->ui) || !catalog_stream(ui_catalog(screen->ui), argument)) {
        ui_say(screen->ui, true, "expected a stream, found `%s`", argument ? argument : "");
        return false;
    }
    g_autofree char *plan = g_strdup_printf("sync %s", argument);
    detail->id = g_strdup(argument);
    screen_ask(screen, &(BoardAsk){.question = ASK_KNOWN, .stream = detail->id}, 0);
    screen_ask(screen, &(BoardAsk){.question = ASK_STREAMS, .stream = detail->id}, ASK_EVERY_MS);
    screen_ask(screen, &(BoardAsk){.question = ASK_PLAN, .plan = plan}, 0);
    return true;
}

static void stream_close(Screen *screen)
{
    StreamDetail *detail = screen->data;
    g_free(detail->id);
    if (detail->lines)
        g_ptr_array_unref(detail->lines);
    if (detail->pieces)
        g_ptr_array_unref(detail->pieces);
}

static const StreamRow *find_row(const GPtrArray *rows, const char *id)
{
    for (guint i = 0; rows && i < rows->len; i++)
        if (g_str_equal(((const StreamRow *)g_ptr_array_index(rows, i))->id, id))
            return g_ptr_array_index(rows, i);
    return NULL;
}

static void stream_refresh(Screen *screen)
{
    StreamDetail *detail = screen->data;
    const BoardAnswer *answer = screen_answer(screen, ASK_STREAMS), *planned = screen_answer(screen, ASK_PLAN);
    g_autoptr(GPtrArray) unasked = NULL;
    if (!answer || answer->err.code != ERR_NONE)
        answer = screen_answer(screen, ASK_KNOWN);
    const StreamRow *row = find_row(answer ? answer->rows : NULL, detail->id);
    if (!row) {
        unasked = stream_rows_unasked(ui_catalog(screen->ui));
        row = find_row(unasked, detail->id);
    }
    StreamRow *now = stream_row_now(row, ui_engine_view(screen->ui));
    g_clear_pointer(&detail->pieces, g_ptr_array_unref);
    g_clear_pointer(&detail->lines, g_ptr_array_unref);
    detail->lines = stream_detail_lines(screen->ui, now, catalog_stream(ui_catalog(screen->ui), detail->id),
                                        planned ? planned->plan : NULL, planned ? &planned->err : NULL);
    stream_row_free(now);
}

/* ---- drawing ---- */

/* As wide as the longest of them needs, within reason. */
static int label_cells(const StreamDetail *detail, int width)
{
    int cells = LABEL_LEAST;
    for (guint i = 0; i < detail->lines->len; i++) {
        const DetailLine *line = g_ptr_array_index(detail->lines, i);
        cells = MAX(cells, line->text ? term_width(line->label) : 0);
    }
    return MIN(cells + 3, width >= LABEL_WIDE_FROM ? LABEL_MOST : LABEL_NARROW);
}

static void add_piece(StreamDetail *detail, const DetailLine *line, char *text_taken, bool first)
{
    Piece *piece = g_new0(Piece, 1);
    *piece = (Piece){.line = line, .text = text_taken, .first = first};
    g_ptr_array_add(detail->pieces, piece);
}

static void wrap_lines(StreamDetail *detail, int width)
{
    g_clear_pointer(&detail->pieces, g_ptr_array_unref);
    detail->pieces = g_ptr_array_new_with_free_func(piece_free);
    detail->width = width;
    detail->label = label_cells(detail, width);
    int room = width - detail->label - 3;
    for (guint i = 0; i < detail->lines->len; i++) {
        const DetailLine *line = g_ptr_array_index(detail->lines, i);
        g_autofree char *safe = term_dup(line->text ? line->text : "");
        const char *at = safe;
        bool first = true;
        do {
            size_t skip = 0, bytes = wrap_line(at, room, &skip);
            add_piece(detail, line, g_strndup(at, bytes), first);
            at += skip;
            first = false;
        } while (*at);
    }
}

static void draw_piece(const Piece *piece, Canvas *canvas, Rect area, int y, int label)
{
    if (!piece->line->text) {
        canvas_text(canvas, area.x + 1, y, area.w - 2, STYLE_HEADER, piece->line->label);
        return;
    }
    if (piece->first)
        canvas_text(canvas, area.x + 2, y, label - 1, STYLE_DIM, piece->line->label);
    canvas_text(canvas, area.x + 2 + label, y, area.w - label - 3, piece->line->style, piece->text);
}

static void stream_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    StreamDetail *detail = screen->data;
    if (!detail->pieces || detail->width != area.w)
        wrap_lines(detail, area.w);
    list_fit(&detail->list, detail->pieces->len, area.h);
    for (int i = 0; i < area.h && detail->list.top + i < detail->list.count; i++)
        draw_piece(g_ptr_array_index(detail->pieces, detail->list.top + i), canvas, area, area.y + i, detail->label);
    int y = area.y + (int)(detail->list.cursor - detail->list.top);
    canvas_restyle(canvas, (Rect){area.x + 1, y, detail->label, 1}, STYLE_SELECTED);
    list_draw_scroll(&detail->list, canvas, area);
}

static void stream_crumb(const Screen *screen, GString *out)
{
    g_string_append(out, ((const StreamDetail *)screen->data)->id);
}

static void stream_summary(const Screen *screen, Canvas *canvas, Rect area)
{
    const StreamDetail *detail = screen->data;
    const DetailLine *state = detail->lines && detail->lines->len ? g_ptr_array_index(detail->lines, 0) : NULL;
    if (state)
        canvas_text(canvas, area.x + 1, area.y, -1, state->style, state->text);
}

/* ---- actions ---- */

static const DetailLine *selected(const StreamDetail *detail)
{
    return detail->pieces && detail->list.cursor < detail->pieces->len
               ? ((const Piece *)g_ptr_array_index(detail->pieces, detail->list.cursor))->line
               : NULL;
}

static UiReaction enter(Screen *screen)
{
    const StreamDetail *detail = screen->data;
    const DetailLine *line = selected(detail);
    if (line && line->rejects) {
        ui_open(screen->ui, "rejects", detail->id);
    } else if (line && line->run > 0) {
        g_autofree char *run = g_strdup_printf("%" G_GINT64_FORMAT, line->run);
        ui_open(screen->ui, "run", run);
    }
    return UI_NONE;
}

static UiReaction stream_act(Screen *screen, int action, const char *argument)
{
    StreamDetail *detail = screen->data;
    const char *about = argument && *argument ? argument : detail->id;
    switch (action) {
    case ACT_ENTER:
        return enter(screen);
    case ACT_SYNC:
        ui_open(screen->ui, "sync", about);
        return UI_NONE;
    case ACT_BACKFILL:
        ui_open(screen->ui, "backfill", about);
        return UI_NONE;
    case ACT_REIMPORT:
        ui_open(screen->ui, "reimport", about);
        return UI_NONE;
    case ACT_SHOW_REJECTS:
        ui_open(screen->ui, "rejects", about);
        return UI_NONE;
    default:
        return list_act(&detail->list, action) ? UI_REDRAW : UI_NONE;
    }
}

static const char *stream_unavailable(const Screen *screen, int action)
{
    const DetailLine *line = selected(screen->data);
    if (action == ACT_ENTER && !(line && (line->run > 0 || line->rejects)))
        return "only a run and the rejects can be opened";
    return NULL;
}

static UiReaction stream_click(Screen *screen, Rect area, const UiKey *key)
{
    StreamDetail *detail = screen->data;
    int64_t at = list_at(&detail->list, area, key->y);
    if (at < 0)
        return UI_NONE;
    detail->list.cursor = at;
    return key->twice ? enter(screen) | UI_REDRAW : UI_REDRAW;
}

/* What works on some rows only comes last: a move does not push the others aside. */
static const Action stream_actions[] = {
    {ACT_SYNC, "s", "sync", .argument = "[STREAM…]", .help = "sync this stream", .writes = true},
    {ACT_BACKFILL, "b", "backfill", .argument = "STREAM… [FROM [TO]]", .help = "load a range of days again", .writes = true},
    {ACT_REIMPORT, "T", "reimport", .argument = "[STREAM…]", .help = "make the table equal to the whole stream", .writes = true},
    {ACT_SHOW_REJECTS, "x", "show-rejects", .label = "rejects", .help = "show the rejects of this stream"},
    {ACT_ENTER, "Enter", "open", .help = "open the run or the rejects under the cursor"},
    ACTION_MOVES,
    {0},
};

const ScreenOps screen_stream = {
    .name = "stream",
    .title = "Stream",
    .argument = "STREAM",
    .help = "one stream: why it is as it is, its last runs, what the next sync would read, its columns",
    .actions = stream_actions,
    .size = sizeof(StreamDetail),
    .open = stream_open,
    .refresh = stream_refresh,
    .draw = stream_draw,
    .act = stream_act,
    .unavailable = stream_unavailable,
    .click = stream_click,
    .crumb = stream_crumb,
    .summary = stream_summary,
    .close = stream_close,
};
