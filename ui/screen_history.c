/* SPDX-License-Identifier: Apache-2.0 */
/* All runs as a list of which only the part around the visible rows is ever read. */
#include "base/term_text.h"
#include "model/time.h"
#include "state/run_words.h"
#include "ui/home.h"
#include "ui/list.h"
#include "ui/run_text.h"
#include "ui/screens.h"

enum { PAGE_ROWS = 200, AGAIN_MS = 5000, STRIP_ROWS = 4, STRIP_FROM = 12, LEAST_WHAT = 8, YEAR_FROM_DAYS = 300, DATE_LENGTH = 10 };
enum { ACT_RUN_AGAIN = ACT_OWN };

typedef struct History {
    List list;
    RunFilter filter; /* its texts are ours */
    char *words, *problem;
    const char *sort; /* of a column */
    bool ascending;
    int width; /* at the last draw() */
    int64_t cursor_run;
} History;

typedef enum RunColumnId { C_RUN, C_STARTED, C_TOOK, C_WHAT, C_BY, C_HOST, C_STREAMS, C_OUTCOME, C_COUNT } RunColumnId;
typedef struct RunColumn {
    RunColumnId id;
    const char *title, *sort;
    int width, from; /* from: the least width of the screen that shows it */
    bool right;
    size_t count; /* C_COUNT: offset in Counts */
} RunColumn;

static const RunColumn columns[] = {
    {C_RUN, "RUN", "run", 6, 0, true, 0},
    {C_STARTED, "STARTED", "started", 11, 56, false, 0},
    {C_TOOK, "TOOK", "duration", 7, 50, true, 0},
    {C_WHAT, "WHAT", "job", 0, 0, false, 0},
    {C_BY, "BY", "operator", 10, 110, false, 0},
    {C_HOST, "HOST", "host", 14, 140, false, 0},
    {C_STREAMS, "STREAMS", "streams", 8, 120, true, 0},
    {C_OUTCOME, "OUTCOME", "outcome", 11, 0, false, 0},
    {C_COUNT, "READ", "read", 11, 96, true, offsetof(Counts, read)},
    {C_COUNT, "WRITTEN", "written", 11, 64, true, offsetof(Counts, written)},
    {C_COUNT, "UNCHANGED", "unchanged", 11, 120, true, offsetof(Counts, unchanged)},
    {C_COUNT, "REJ", "rejected", 7, 72, true, offsetof(Counts, rejected)},
    {C_COUNT, "FILTERED", "filtered", 9, 150, true, offsetof(Counts, filtered)},
    {C_COUNT, "REMOVED", "removed", 9, 150, true, offsetof(Counts, removed)},
};

static int what_width(int width)
{
    int rest = width - 2;
    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++)
        if (width >= columns[i].from)
            rest -= columns[i].width + 1;
    return MAX(rest, LEAST_WHAT);
}

static const RunColumn *column_sorted(const char *sort)
{
    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++)
        if (!g_strcmp0(columns[i].sort, sort))
            return &columns[i];
    return NULL;
}

/* ---- asking ---- */

static void ask_page(Screen *screen)
{
    History *history = screen->data;
    BoardAsk ask = {.question = ASK_HISTORY, .history = history->filter};
    ask.history.sort = history->sort;
    ask.history.ascending = history->ascending;
    ask.history.limit = PAGE_ROWS;
    ask.history.offset = MAX(history->list.top - (PAGE_ROWS - history->list.height) / 2, 0);
    screen_ask(screen, &ask, AGAIN_MS);
}

static const RunRecord *run_at(const Screen *screen, int64_t row)
{
    const BoardAnswer *answer = screen_answer(screen, ASK_HISTORY);
    if (!answer || !answer->rows || row < answer->offset || row >= answer->offset + answer->rows->len)
        return NULL;
    return g_ptr_array_index(answer->rows, row - answer->offset);
}

static const RunRecord *selected(const Screen *screen)
{
    const History *history = screen->data;
    return run_at(screen, history->list.cursor);
}

/* After a move: the next page is asked for before the rows of this one run out. */
static void moved(Screen *screen)
{
    History *history = screen->data;
    const RunRecord *run = selected(screen);
    int64_t last = MIN(history->list.top + history->list.height, history->list.count) - 1;
    history->cursor_run = run ? run->run : 0;
    if (history->list.count > 0 && (!run_at(screen, history->list.top) || !run_at(screen, last)))
        ask_page(screen);
}

/* The cursor stays on its run when newer ones come in above it. */
static void follow_cursor(Screen *screen, const BoardAnswer *answer)
{
    History *history = screen->data;
    const RunRecord *run = selected(screen);
    if (!history->cursor_run || history->list.cursor == 0 || (run && run->run == history->cursor_run))
        return;
    for (guint i = 0; i < answer->rows->len; i++)
        if (((const RunRecord *)g_ptr_array_index(answer->rows, i))->run == history->cursor_run) {
            int64_t by = answer->offset + i - history->list.cursor;
            history->list.cursor += by;
            history->list.top += by;
        }
}

static void history_refresh(Screen *screen)
{
    History *history = screen->data;
    const BoardAnswer *answer = screen_answer(screen, ASK_HISTORY);
    if (!answer || answer->err.code != ERR_NONE || screen_asking(screen, ASK_HISTORY))
        return;
    follow_cursor(screen, answer);
    list_fit(&history->list, answer->total, history->list.height);
    moved(screen);
}

static void from_the_start(Screen *screen)
{
    History *history = screen->data;
    history->list.cursor = history->list.top = history->cursor_run = 0;
    ask_page(screen);
}

static void apply_words(Screen *screen, const char *words)
{
    History *history = screen->data;
    RunFilter filter = {0};
    Err err = {0};
    g_clear_pointer(&history->problem, g_free);
    if (!run_words_parse(words, ui_now_us(screen->ui), &filter, &err)) {
        history->problem = g_strdup(err.message);
        return;
    }
    run_words_clear(&history->filter);
    history->filter = filter;
    g_free(history->words);
    history->words = words && *words ? g_strdup(words) : NULL;
}

static bool history_open(Screen *screen, const char *argument)
{
    History *history = screen->data;
    const char *sort = ui_setting(screen->ui, "history.sort");
    history->ascending = sort && *sort == '+';
    const RunColumn *column = sort && *sort ? column_sorted(sort + 1) : NULL;
    history->sort = column ? column->sort : columns[0].sort;
    history->list.height = 1;
    apply_words(screen, argument ? argument : ui_setting(screen->ui, "history.filter"));
    ask_page(screen);
    return true;
}

static void history_filter(Screen *screen, const char *text)
{
    const History *history = screen->data;
    apply_words(screen, text);
    if (history->problem)
        return;
    ui_set_setting(screen->ui, "history.filter", history->words);
    from_the_start(screen);
}

static void history_close(Screen *screen)
{
    History *history = screen->data;
    run_words_clear(&history->filter);
    g_free(history->words);
    g_free(history->problem);
}

/* ---- drawing ---- */

static void cell_text(const Screen *screen, const RunColumn *column, const RunRecord *run, char out[32])
{
    *out = '\0';
    if (column->id == C_RUN) {
        g_snprintf(out, 32, "%" G_GINT64_FORMAT, run->run);
    } else if (column->id == C_STARTED) {
        bool old = ui_now_us(screen->ui) - run->started_us > YEAR_FROM_DAYS * US_PER_DAY;
        (void)(old ? ui_time_long(screen->ui, run->started_us, out) : ui_time_short(screen->ui, run->started_us, out));
        out[old ? DATE_LENGTH : strlen(out)] = '\0';
    } else if (column->id == C_TOOK) {
        int64_t end = run->ended_us == TIME_NONE ? ui_now_us(screen->ui) : run->ended_us;
        g_autofree char *took = term_span(MAX(end - run->started_us, 0) / 1000);
        g_strlcpy(out, took, 32);
    } else {
        int64_t number = run->streams;
        if (column->id == C_COUNT)
            memcpy(&number, (const char *)&run->counts + column->count, sizeof number);
        g_autofree char *text = term_number(number);
        g_strlcpy(out, text, 32);
    }
}

static void draw_cell(const Screen *screen, Canvas *canvas, int x, int y, int width, const RunColumn *column, const RunRecord *run)
{
    char text[32];
    bool rejects = column->count == offsetof(Counts, rejected) && column->id == C_COUNT && run->counts.rejected > 0;
    switch (column->id) {
    case C_WHAT:
        canvas_text(canvas, x, y, width, STYLE_TEXT, run->arguments);
        break;
    case C_BY:
        canvas_text(canvas, x, y, width, STYLE_TEXT, run->operator_name);
        break;
    case C_HOST:
        canvas_text(canvas, x, y, width, STYLE_TEXT, run->host);
        break;
    case C_OUTCOME:
        run_draw_outcome(canvas, x, y, width, run->outcome);
        break;
    default:
        cell_text(screen, column, run, text);
        if (column->right)
            canvas_right(canvas, x, y, width, rejects ? STYLE_WARN : STYLE_TEXT, text);
        else
            canvas_text(canvas, x, y, width, STYLE_TEXT, text);
    }
}

static void draw_title(const History *history, Canvas *canvas, int x, int y, int width, const RunColumn *column)
{
    bool sorted = !g_strcmp0(column->sort, history->sort);
    int text = canvas_text_width(canvas, column->title) + (sorted ? 1 : 0);
    int at = column->right ? x + MAX(width - text, 0) : column->id == C_OUTCOME ? x + 2 : x;
    at = canvas_text(canvas, at, y, x + width - at, sorted ? STYLE_STRONG : STYLE_HEADER, column->title);
    if (sorted)
        canvas_glyph(canvas, at, y, STYLE_STRONG, history->ascending ? GLYPH_UP : GLYPH_DOWN);
}

/* A row, or the titles (run NULL). */
static void draw_line(const Screen *screen, Canvas *canvas, Rect area, int y, const RunRecord *run)
{
    int x = area.x + 1;
    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++) {
        const RunColumn *column = &columns[i];
        if (area.w < column->from)
            continue;
        int width = column->width ? column->width : what_width(area.w);
        if (run)
            draw_cell(screen, canvas, x, y, width, column, run);
        else
            draw_title(screen->data, canvas, x, y, width, column);
        x += width + 1;
    }
}

static void draw_strip(const Screen *screen, Canvas *canvas, Rect area)
{
    const RunRecord *run = selected(screen);
    canvas_hline(canvas, area.x, area.y, area.w);
    if (!run)
        return;
    g_autoptr(GString) balance = g_string_new(NULL);
    g_autofree char *memory = term_bytes(run->memory_bytes);
    char started[32];
    g_autofree char *destination = home_short(run->destination);
    canvas_textf(canvas, area.x + 1, area.y + 1, area.w - 2, STYLE_STRONG, "tidemark %s", run->arguments);
    int x = canvas_textf(canvas, area.x + 1, area.y + 2, area.w - 2, STYLE_TEXT, "%s by %s on %s",
                         ui_time_long(screen->ui, run->started_us, started), run->operator_name, run->host);
    if (run->ended_us != TIME_NONE)
        x = canvas_textf(canvas, x, area.y + 2, area.x + area.w - 1 - x, STYLE_TEXT, ", exit status %d, memory %s",
                         run->exit_status, memory);
    canvas_textf(canvas, x, area.y + 2, area.x + area.w - 1 - x, STYLE_DIM, ", into %s", destination);
    run_append_balance(balance, &run->counts, -1);
    if (canvas_text_width(canvas, balance->str) > area.w - 2) {
        g_string_truncate(balance, 0);
        run_append_balance_short(balance, &run->counts, -1);
    }
    canvas_text(canvas, area.x + 1, area.y + 3, area.w - 2, STYLE_TEXT, balance->str);
}

static void draw_empty(const Screen *screen, Canvas *canvas, Rect area)
{
    const History *history = screen->data;
    const BoardAnswer *answer = screen_answer(screen, ASK_HISTORY);
    if (answer && answer->err.code != ERR_NONE)
        run_draw_error(canvas, area, &answer->err);
    else if (!answer)
        canvas_text(canvas, area.x + 1, area.y, area.w - 2, STYLE_DIM, "reading the history …");
    else if (history->words)
        canvas_textf(canvas, area.x + 1, area.y, area.w - 2, STYLE_DIM, "no run matches `%s`; / changes the filter",
                     history->words);
    else
        canvas_text(canvas, area.x + 1, area.y, area.w - 2, STYLE_DIM, "no run yet");
}

static void history_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    History *history = screen->data;
    history->width = area.w;
    int strip = area.h >= STRIP_FROM ? STRIP_ROWS : 0;
    Rect body = {area.x, area.y + 1, area.w, area.h - 1 - strip};
    list_fit(&history->list, history->list.count, body.h);
    draw_line(screen, canvas, area, area.y, NULL);
    if (history->list.count == 0) {
        draw_empty(screen, canvas, body);
        return;
    }
    for (int i = 0; i < body.h && history->list.top + i < history->list.count; i++) {
        const RunRecord *run = run_at(screen, history->list.top + i);
        if (run)
            draw_line(screen, canvas, area, body.y + i, run);
        else
            canvas_glyph(canvas, body.x + 6, body.y + i, STYLE_DIM, GLYPH_ELLIPSIS);
    }
    canvas_restyle(canvas, (Rect){body.x + 1, body.y + (int)(history->list.cursor - history->list.top), 6, 1}, STYLE_SELECTED);
    if (strip)
        draw_strip(screen, canvas, (Rect){area.x, area.y + area.h - strip, area.w, strip});
    list_draw_scroll(&history->list, canvas, (Rect){area.x, area.y, area.w, body.h + 1 + (strip > 0)});
}

static void history_summary(const Screen *screen, Canvas *canvas, Rect area)
{
    const History *history = screen->data;
    g_autofree char *count = term_number(history->list.count);
    int x = area.x + 1;
    if (history->problem) {
        canvas_text(canvas, x, area.y, area.w - 1, STYLE_BAD, history->problem);
        return;
    }
    if (screen_answer(screen, ASK_HISTORY))
        x = canvas_textf(canvas, x, area.y, area.w - 1, STYLE_TEXT, "%s run%s", count, history->list.count == 1 ? "" : "s");
    if (history->words)
        x = canvas_textf(canvas, x, area.y, area.x + area.w - x, STYLE_STRONG, " with `%s`", history->words);
    if (history->list.count > history->list.height) {
        g_autofree char *at = term_number(history->list.cursor + 1);
        canvas_textf(canvas, x + 2, area.y, area.x + area.w - x - 2, STYLE_TEXT, "at %s", at);
    }
}

/* ---- acting ---- */

static void sort_again(Screen *screen)
{
    const History *history = screen->data;
    g_autofree char *setting = g_strdup_printf("%c%s", history->ascending ? '+' : '-', history->sort);
    ui_set_setting(screen->ui, "history.sort", setting);
    from_the_start(screen);
}

static void next_sort(Screen *screen)
{
    History *history = screen->data;
    size_t at = (size_t)(column_sorted(history->sort) - columns);
    do
        at = (at + 1) % G_N_ELEMENTS(columns);
    while (history->width < columns[at].from);
    history->sort = columns[at].sort;
    sort_again(screen);
}

static UiReaction history_act(Screen *screen, int action, const char *argument)
{
    History *history = screen->data;
    const RunRecord *run = selected(screen);
    (void)argument;
    switch (action) {
    case ACT_ENTER: {
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, run->run);
        ui_open(screen->ui, "run", number);
        return UI_REDRAW;
    }
    case ACT_RUN_AGAIN:
        run_again(screen->ui, run->arguments);
        return UI_REDRAW;
    case ACT_SORT:
        next_sort(screen);
        return UI_REDRAW;
    case ACT_SORT_REVERSE:
        history->ascending = !history->ascending;
        sort_again(screen);
        return UI_REDRAW;
    default:
        if (!list_act(&history->list, action))
            return UI_NONE;
        moved(screen);
        return UI_REDRAW;
    }
}

static const char *history_unavailable(const Screen *screen, int action)
{
    const RunRecord *run = selected(screen);
    if (action != ACT_ENTER && action != ACT_RUN_AGAIN)
        return NULL;
    if (!run)
        return "no run is selected";
    return action == ACT_RUN_AGAIN ? run_again_unavailable(run->arguments) : NULL;
}

static UiReaction history_click(Screen *screen, Rect area, const UiKey *at)
{
    History *history = screen->data;
    Rect body = {area.x, area.y + 1, area.w, history->list.height};
    int64_t row = list_at(&history->list, body, at->y);
    if (row < 0)
        return UI_NONE;
    history->list.cursor = row;
    moved(screen);
    return at->twice && selected(screen) ? history_act(screen, ACT_ENTER, NULL) : UI_REDRAW;
}

static void history_command_line(const Screen *screen, GString *out)
{
    const RunRecord *run = selected(screen);
    if (run)
        g_string_append_printf(out, "tidemark history %" G_GINT64_FORMAT, run->run);
}

static const Action history_actions[] = {
    {ACT_ENTER, "Enter", "open", .help = "the run with its streams, its balance and its log"},
    {ACT_RUN_AGAIN, "r", "run-again", .label = "run again", .help = "start a run with the same arguments", .writes = true},
    {ACT_SORT, "o", "sort", .help = "sort by the next column"},
    {ACT_SORT_REVERSE, "O", "reverse", .help = "sort the other way round"},
    ACTION_MOVES,
    {0},
};

const ScreenOps screen_history = {
    .name = "history",
    .title = "History",
    .number = 3,
    .argument = "[outcome:… job:… stream:… since:7d TEXT]",
    .help = "all runs; filtered by text, outcome, job, stream and time",
    .actions = history_actions,
    .size = sizeof(History),
    .open = history_open,
    .refresh = history_refresh,
    .draw = history_draw,
    .act = history_act,
    .unavailable = history_unavailable,
    .click = history_click,
    .filter = history_filter,
    .summary = history_summary,
    .command_line = history_command_line,
    .close = history_close,
};
