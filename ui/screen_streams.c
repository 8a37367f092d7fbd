/* SPDX-License-Identifier: Apache-2.0 */
/* Streams: what needs attention, and what to do about it. */
#include "model/time.h"
#include "ui/list.h"
#include "ui/screens.h"
#include "ui/stream_text.h"
#include "ui/streams_columns.h"
#include "ui/streams_strip.h"

enum { ASK_EVERY_MS = 60000, STRIP_ROWS = 5, STRIP_FROM = 16, SIDE_FROM = 160 };
#define OLD_US (150 * US_PER_SECOND) /* asked again and again, and no answer */
enum { ACT_SYNC = ACT_OWN, ACT_BACKFILL, ACT_REIMPORT, ACT_UNMARK, ACT_STREAM_REJECTS };

typedef struct Streams {
    StreamsTree tree;
    GHashTable *marked; /* ids */
    List list;
    Rect rows; /* where the list was drawn */
    int ended; /* parts of runs that had ended at the last look: when one more has, facts are asked again */
} Streams;

static bool all_marked(const Streams *streams, const TreeRow *row)
{
    for (guint i = 0; i < row->ids->len; i++)
        if (!g_hash_table_contains(streams->marked, g_ptr_array_index(row->ids, i)))
            return false;
    return true;
}

static const TreeRow *row_at(const Streams *streams, int64_t at)
{
    return at >= 0 && at < streams->tree.rows->len ? g_ptr_array_index(streams->tree.rows, at) : NULL;
}

static const TreeRow *selected(const Streams *streams)
{
    return row_at(streams, streams->list.cursor);
}

/* rule: whether a line is drawn below. */
static void draw_list(const Screen *screen, Canvas *canvas, Rect area, bool rule)
{
    Streams *streams = screen->data;
    StreamsLayout layout = streams_layout(area);
    streams_draw_heads(canvas, area, &layout);
    streams->rows = (Rect){area.x, area.y + 1, area.w, area.h - 1};
    list_fit(&streams->list, streams->tree.rows->len, streams->rows.h);
    for (int i = 0; i < streams->rows.h; i++) {
        const TreeRow *row = row_at(streams, streams->list.top + i);
        int y = streams->rows.y + i;
        if (!row)
            break;
        int end = streams_draw_row(screen->ui, canvas, area.x, y, &layout, row, all_marked(streams, row));
        if (streams->list.top + i == streams->list.cursor)
            canvas_restyle(canvas, (Rect){area.x + 1, y, MAX(layout.name, end - area.x - 1), 1}, STYLE_SELECTED);
    }
    if (streams->tree.rows->len == 0)
        canvas_text(canvas, area.x + 1, streams->rows.y, area.w - 2, STYLE_DIM,
                    streams->tree.filter    ? "no stream has that in its name; / and Enter shows all"
                    : streams->tree.trouble ? "no stream is in trouble; ! shows all"
                                            : "no stream is configured");
    list_draw_scroll(&streams->list, canvas, (Rect){area.x, area.y, area.w, area.h + rule});
}

static void streams_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    Streams *streams = screen->data;
    Rect list = area, strip = {0};
    if (area.w >= SIDE_FROM) {
        list.w = area.w * 3 / 4;
        strip = (Rect){area.x + list.w + 1, area.y, area.w - list.w - 1, area.h};
        for (int y = 0; y < area.h; y++)
            canvas_glyph(canvas, area.x + list.w, area.y + y, STYLE_FRAME, GLYPH_VLINE);
    } else if (area.h >= STRIP_FROM) {
        list.h = area.h - STRIP_ROWS;
        strip = (Rect){area.x, area.y + list.h + 1, area.w, STRIP_ROWS - 1};
        canvas_hline(canvas, area.x, area.y + list.h, area.w);
    }
    draw_list(screen, canvas, list, strip.w == area.w);
    const TreeRow *told = row_at(streams, list_told(&streams->list, ui_rests(screen->ui)));
    if (strip.w > 0 && told)
        streams_strip_draw(screen->ui, canvas, strip, told, area.w >= SIDE_FROM ? MAX(area.h / 4, 1) : 1);
}

/* ---- the line in the header ---- */

static void streams_summary(const Screen *screen, Canvas *canvas, Rect area)
{
    static const char *const words[] = {"stopped",   "late",      "running", "waiting", "queued",
                                        "never run", "unaudited", "fresh",   "unknown"};
    const Streams *streams = screen->data;
    const GPtrArray *all = streams->tree.streams;
    int64_t oldest = TIME_NONE;
    bool away = false;
    char span[32];
    int x = canvas_textf(canvas, area.x + 1, area.y, -1, STYLE_TEXT, "%u stream%s:", all->len, all->len == 1 ? "" : "s");
    for (size_t w = 0; w < G_N_ELEMENTS(words); w++) {
        int count = 0;
        for (guint i = 0; i < all->len; i++)
            count += g_str_equal(((const StreamRow *)g_ptr_array_index(all, i))->state, words[w]);
        if (count > 0)
            x = canvas_textf(canvas, x + 1, area.y, -1, stream_state_style(words[w]), "%d %s", count, words[w]) + 1;
    }
    x--;
    for (guint i = 0; i < all->len; i++) {
        const StreamRow *row = g_ptr_array_index(all, i);
        away = away || (row->cached && row->away);
        if (row->at_us > 0 && (row->cached || ui_now_us(screen->ui) - row->at_us > OLD_US))
            oldest = oldest == TIME_NONE ? row->at_us : MIN(oldest, row->at_us);
    }
    if (oldest != TIME_NONE)
        x = canvas_textf(canvas, x + 2, area.y, -1, away ? STYLE_BAD : STYLE_WARN, "%sas of %s ago", away ? "cannot ask, " : "",
                         ui_span_short(ui_now_us(screen->ui) - oldest, span));
    else if (away)
        x = canvas_text(canvas, x + 2, area.y, -1, STYLE_BAD, "cannot ask the destination");
    if (streams->tree.trouble)
        x = canvas_text(canvas, x + 2, area.y, -1, STYLE_STRONG, "trouble only");
    if (streams->tree.filter)
        x = canvas_textf(canvas, x + 2, area.y, -1, STYLE_STRONG, "/%s", streams->tree.filter);
    if (streams->tree.sort != SORT_ATTENTION || streams->tree.reverse)
        x = canvas_textf(canvas, x + 2, area.y, -1, STYLE_STRONG, "by %s%s", tree_sort_name(streams->tree.sort),
                         streams->tree.reverse ? ", reversed" : "");
    if (g_hash_table_size(streams->marked) > 0)
        canvas_textf(canvas, x + 2, area.y, -1, STYLE_MARKED, "%u marked", g_hash_table_size(streams->marked));
}

/* ---- life ---- */

static void read_sort(Screen *screen, Streams *streams)
{
    g_auto(GStrv) words = g_strsplit(ui_setting(screen->ui, "streams.sort") ? ui_setting(screen->ui, "streams.sort") : "", " ", 2);
    if (words[0] && tree_sort_parse(words[0], &streams->tree.sort))
        streams->tree.reverse = words[1] != NULL;
}

static void keep_sort(Screen *screen)
{
    const Streams *streams = screen->data;
    g_autofree char *value = g_strdup_printf("%s%s", tree_sort_name(streams->tree.sort), streams->tree.reverse ? " reversed" : "");
    ui_set_setting(screen->ui, "streams.sort", value);
}

static bool streams_open(Screen *screen, const char *argument)
{
    Streams *streams = screen->data;
    (void)argument;
    streams_tree_init(&streams->tree);
    streams->marked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    read_sort(screen, streams);
    screen_ask(screen, &(BoardAsk){.question = ASK_KNOWN}, 0);
    screen_ask(screen, &(BoardAsk){.question = ASK_STREAMS}, ASK_EVERY_MS);
    return true;
}

static void streams_close(Screen *screen)
{
    Streams *streams = screen->data;
    streams_tree_done(&streams->tree);
    g_hash_table_unref(streams->marked);
}

/* The cursor stays with the row it was on, wherever that goes. */
static void find_again(Streams *streams, const char *key)
{
    for (guint i = 0; key && i < streams->tree.rows->len; i++) {
        g_autofree char *other = tree_row_key(g_ptr_array_index(streams->tree.rows, i));
        if (g_str_equal(other, key))
            streams->list.cursor = i;
    }
    list_fit(&streams->list, streams->tree.rows->len, streams->list.height);
}

static void build(Streams *streams)
{
    g_autofree char *key = selected(streams) ? tree_row_key(selected(streams)) : NULL;
    streams_tree_build(&streams->tree);
    find_again(streams, key);
}

static int ended_parts(const EngineView *view)
{
    int ended = 0;
    for (int i = 0; i < view->run_count; i++)
        for (int j = 0; j < view->runs[i].stream_count; j++)
            ended += view->runs[i].streams[j].phase >= PHASE_DONE;
    return ended;
}

static void streams_refresh(Screen *screen)
{
    Streams *streams = screen->data;
    const EngineView *view = ui_engine_view(screen->ui);
    const BoardAnswer *answer = screen_answer(screen, ASK_STREAMS);
    g_autoptr(GPtrArray) unasked = NULL;
    if (!answer)
        answer = screen_answer(screen, ASK_KNOWN);
    if (!answer)
        unasked = stream_rows_unasked(ui_catalog(screen->ui));
    g_autofree char *key = selected(streams) ? tree_row_key(selected(streams)) : NULL;
    streams_tree_take(&streams->tree, answer ? answer->rows : unasked, view);
    find_again(streams, key);
    int ended = ended_parts(view);
    if (ended != streams->ended && !screen_asking(screen, ASK_STREAMS)) {
        streams->ended = ended;
        screen_ask(screen, &(BoardAsk){.question = ASK_STREAMS}, ASK_EVERY_MS);
    }
}

/* ---- actions ---- */

static void toggle(GHashTable *set, const char *name)
{
    if (!g_hash_table_remove(set, name))
        g_hash_table_add(set, g_strdup(name));
}

static UiReaction enter(Screen *screen)
{
    Streams *streams = screen->data;
    const TreeRow *row = selected(streams);
    if (!row)
        return UI_NONE;
    if (row->kind == TREE_STREAM) {
        ui_open(screen->ui, "stream", row->row->id);
        return UI_NONE;
    }
    toggle(row->kind == TREE_FOLD ? streams->tree.unfolded : streams->tree.toggled, row->row->source);
    build(streams);
    return UI_REDRAW;
}

/* Out of the opened: first the healthy streams fold again, then the source closes. */
static UiReaction step_out(Screen *screen)
{
    Streams *streams = screen->data;
    const TreeRow *row = selected(streams);
    if (!row)
        return UI_NONE;
    g_autofree char *source = g_strdup(row->row->source), *key = g_strdup_printf("%d %s", (int)TREE_SOURCE, source);
    if (row->kind == TREE_SOURCE && row->open)
        toggle(streams->tree.toggled, source);
    else if (row->kind == TREE_STREAM)
        g_hash_table_remove(streams->tree.unfolded, source);
    streams_tree_build(&streams->tree);
    find_again(streams, key);
    return UI_REDRAW;
}

static UiReaction step_in(Screen *screen)
{
    const Streams *streams = screen->data;
    const TreeRow *row = selected(streams);
    return !row || (row->kind == TREE_SOURCE && row->open) ? UI_NONE : enter(screen);
}

static UiReaction mark(Screen *screen)
{
    Streams *streams = screen->data;
    const TreeRow *row = selected(streams);
    if (!row)
        return UI_NONE;
    bool unmark = all_marked(streams, row);
    for (guint i = 0; i < row->ids->len; i++) {
        const char *id = g_ptr_array_index(row->ids, i);
        if (unmark)
            g_hash_table_remove(streams->marked, id);
        else
            g_hash_table_add(streams->marked, g_strdup(id));
    }
    list_act(&streams->list, ACT_DOWN);
    return UI_REDRAW;
}

/* The marked streams in the file's order, else what the cursor is on: a whole source by its name. */
static char *chosen(const Streams *streams)
{
    GString *out = g_string_new(NULL);
    const TreeRow *row = selected(streams);
    for (guint i = 0; i < streams->tree.streams->len; i++) {
        const char *id = ((const StreamRow *)g_ptr_array_index(streams->tree.streams, i))->id;
        if (g_hash_table_contains(streams->marked, id))
            g_string_append_printf(out, "%s%s", out->len ? " " : "", id);
    }
    if (out->len == 0 && row && row->kind == TREE_SOURCE && !streams->tree.filter && !streams->tree.trouble)
        g_string_append(out, row->row->source);
    for (guint i = 0; out->len == 0 && row && i < row->ids->len; i++)
        g_string_append_printf(out, "%s%s", i ? " " : "", (const char *)g_ptr_array_index(row->ids, i));
    return g_string_free(out, FALSE);
}

static UiReaction open_dialog(Screen *screen, const char *dialog, const char *argument)
{
    g_autofree char *ids = argument && *argument ? g_strdup(argument) : chosen(screen->data);
    ui_open(screen->ui, dialog, *ids ? ids : NULL);
    return UI_NONE;
}

static UiReaction change_sort(Screen *screen, const char *argument)
{
    Streams *streams = screen->data;
    if (!argument || !*argument)
        streams->tree.sort = (TreeSort)((streams->tree.sort + 1) % SORTS);
    else if (!tree_sort_parse(argument, &streams->tree.sort)) {
        ui_say(screen->ui, true, "expected attention, name, watermark, lag, rows or rejects, found `%s`", argument);
        return UI_NONE;
    }
    streams->tree.reverse = false;
    keep_sort(screen);
    build(streams);
    return UI_REDRAW;
}

static UiReaction turn(Screen *screen, bool *setting)
{
    *setting = !*setting;
    keep_sort(screen);
    build(screen->data);
    return UI_REDRAW;
}

static UiReaction streams_act(Screen *screen, int action, const char *argument)
{
    Streams *streams = screen->data;
    switch (action) {
    case ACT_ENTER:
        return enter(screen);
    case ACT_LEFT:
        return step_out(screen);
    case ACT_RIGHT:
        return step_in(screen);
    case ACT_MARK:
        return mark(screen);
    case ACT_UNMARK:
        g_hash_table_remove_all(streams->marked);
        return UI_REDRAW;
    case ACT_SORT:
        return change_sort(screen, argument);
    case ACT_SORT_REVERSE:
        return turn(screen, &streams->tree.reverse);
    case ACT_TROUBLE:
        return turn(screen, &streams->tree.trouble);
    case ACT_SYNC:
        return open_dialog(screen, "sync", argument);
    case ACT_BACKFILL:
        return open_dialog(screen, "backfill", argument);
    case ACT_REIMPORT:
        return open_dialog(screen, "reimport", argument);
    case ACT_STREAM_REJECTS:
        ui_open(screen->ui, "rejects",
                selected(streams) && selected(streams)->kind == TREE_STREAM ? selected(streams)->row->id : NULL);
        return UI_NONE;
    default:
        return list_act(&streams->list, action) ? UI_REDRAW : UI_NONE;
    }
}

static const char *streams_unavailable(const Screen *screen, int action)
{
    const Streams *streams = screen->data;
    if (action == ACT_UNMARK && g_hash_table_size(streams->marked) == 0)
        return "no stream is marked";
    if (action == ACT_ENTER && !selected(streams))
        return "there is no stream to open";
    return NULL;
}

static UiReaction streams_click(Screen *screen, Rect area, const UiKey *key)
{
    Streams *streams = screen->data;
    int64_t at = list_at(&streams->list, streams->rows, key->y);
    (void)area;
    if (at < 0 || key->x >= streams->rows.x + streams->rows.w)
        return UI_NONE;
    streams->list.cursor = at;
    return key->twice ? enter(screen) | UI_REDRAW : UI_REDRAW;
}

static void streams_filter(Screen *screen, const char *text)
{
    Streams *streams = screen->data;
    g_free(streams->tree.filter);
    streams->tree.filter = text && *text ? g_strdup(text) : NULL;
    build(streams);
    if (streams->tree.filter && selected(streams) && selected(streams)->kind == TREE_SOURCE &&
        row_at(streams, streams->list.cursor + 1))
        streams->list.cursor++;
}

/* What the filter left are the matches; without one every stream is. */
static bool streams_find(Screen *screen, int direction)
{
    Streams *streams = screen->data;
    int64_t count = streams->tree.rows->len;
    for (int64_t step = 1; step < count; step++) {
        int64_t at = (streams->list.cursor + direction * step + count) % count;
        if (row_at(streams, at)->kind != TREE_STREAM)
            continue;
        streams->list.cursor = at;
        list_fit(&streams->list, count, streams->list.height);
        return true;
    }
    return false;
}

static const Action streams_actions[] = {
    {ACT_ENTER, "Enter", "open", .help = "open the stream; open or close a source; show the healthy streams one by one"},
    {ACT_SYNC, "s", "sync", .argument = "[STREAM…]", .help = "sync the marked streams, or the one under the cursor",
     .writes = true},
    {ACT_BACKFILL, "b", "backfill", .argument = "STREAM… [FROM [TO]]", .help = "load a range of days again", .writes = true},
    {ACT_REIMPORT, "T", "reimport", .argument = "[STREAM…]", .help = "make the table equal to the whole stream", .writes = true},
    {ACT_TROUBLE, "!", "trouble", .help = "show only streams in trouble, or all again"},
    {ACT_MARK, "Space", "mark", .help = "mark the stream, or all of the source, for the next job"},
    {ACT_UNMARK, "U", "unmark", .help = "unmark all"},
    {ACT_SORT, "o", "sort", .argument = "attention|name|watermark|lag|rows|rejects", .help = "sort by the next column",
     .hidden = true},
    {ACT_SORT_REVERSE, "O", "reverse", .help = "turn the order round", .hidden = true},
    {ACT_STREAM_REJECTS, "x", "show-rejects", .help = "show the rejects of the stream", .hidden = true},
    {ACT_LEFT, "h Left", "close", .help = "fold healthy streams, close the source", .hidden = true},
    {ACT_RIGHT, "l Right", "unfold", .help = "open what the cursor is on", .hidden = true},
    ACTION_MOVES,
    {0},
};

const ScreenOps screen_streams = {
    .name = "streams",
    .title = "Streams",
    .number = 1,
    .help = "all sources and streams: how fresh they are, what needs attention",
    .actions = streams_actions,
    .size = sizeof(Streams),
    .open = streams_open,
    .refresh = streams_refresh,
    .draw = streams_draw,
    .act = streams_act,
    .unavailable = streams_unavailable,
    .click = streams_click,
    .filter = streams_filter,
    .find = streams_find,
    .summary = streams_summary,
    .close = streams_close,
};
