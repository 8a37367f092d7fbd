/* SPDX-License-Identifier: Apache-2.0 */
/* What goes on now, here and in other processes of this host: a line per run; the run itself when it is the only one. */
#include "base/term_text.h"
#include "model/time.h"
#include "ui/run_pane.h"
#include "ui/screens.h"

typedef struct RunLine {
    int64_t run, eta_ms, rows_per_second;
    char job[16], who[132], doing[96];
    int permille;
} RunLine;

typedef struct Runs {
    GArray *lines; /* RunLine: going on, oldest first */
    List list;
    RunPane pane; /* run 0: the list is shown */
} Runs;

static bool shows_pane(const Screen *screen)
{
    const Runs *runs = screen->data;
    return runs->pane.run != 0;
}

static void describe(const RunView *view, char *out, size_t size)
{
    static const struct {
        const char *word;
        StreamPhase first, last;
    } parts[] = {{"running", PHASE_LOCKING, PHASE_RETRYING},
                 {"waiting", PHASE_WAITING, PHASE_WAITING},
                 {"queued", PHASE_QUEUED, PHASE_QUEUED},
                 {"failed", PHASE_FAILED, PHASE_FAILED},
                 {"done", PHASE_DONE, PHASE_DONE}};
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        int count = 0;
        for (int s = 0; s < view->stream_count; s++)
            count += view->streams[s].phase >= parts[i].first && view->streams[s].phase <= parts[i].last;
        if (count)
            g_string_append_printf(text, "%s%d %s", text->len ? "  " : "", count, parts[i].word);
    }
    g_strlcpy(out, text->str, size);
}

static void copy_line(Runs *runs, const RunView *view)
{
    RunLine line = {.run = view->run,
                    .eta_ms = view->eta_ms,
                    .rows_per_second = (int64_t)(view->rows_per_second + 0.5),
                    .permille = run_permille(view->counts.read, view->estimate, true)};
    g_strlcpy(line.job, view->job, sizeof line.job);
    g_snprintf(line.who, sizeof line.who, "%s (%s)%s", view->operator_name, view->host, view->here ? ", here" : "");
    describe(view, line.doing, sizeof line.doing);
    g_array_append_val(runs->lines, line);
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    const RunLine *one = a, *two = b;
    return (one->run > two->run) - (one->run < two->run);
}

static int64_t last_ended_here(const EngineView *view)
{
    int64_t last = 0;
    for (int i = 0; i < view->run_count; i++)
        if (view->runs[i].here && view->runs[i].finished)
            last = MAX(last, view->runs[i].run);
    return last;
}

/* The one run that goes on is shown itself, and stays when it has ended until something else begins. */
static void choose_pane(Screen *screen)
{
    Runs *runs = screen->data;
    int64_t wanted = runs->lines->len == 1 ? g_array_index(runs->lines, RunLine, 0).run : 0;
    if (runs->lines->len == 0)
        wanted = MAX(runs->pane.run, last_ended_here(ui_engine_view(screen->ui)));
    if (wanted == runs->pane.run)
        return;
    run_pane_close(&runs->pane);
    if (wanted)
        run_pane_open(&runs->pane, screen, wanted);
}

static void runs_refresh(Screen *screen)
{
    Runs *runs = screen->data;
    const EngineView *view = ui_engine_view(screen->ui);
    int64_t at = runs->list.cursor < runs->lines->len ? g_array_index(runs->lines, RunLine, runs->list.cursor).run : 0;
    g_array_set_size(runs->lines, 0);
    for (int i = 0; i < view->run_count; i++)
        if (!view->runs[i].finished)
            copy_line(runs, &view->runs[i]);
    g_array_sort(runs->lines, by_number);
    for (guint i = 0; i < runs->lines->len; i++)
        if (g_array_index(runs->lines, RunLine, i).run == at)
            runs->list.cursor = i;
    list_fit(&runs->list, runs->lines->len, runs->list.height);
    choose_pane(screen);
    if (shows_pane(screen))
        run_pane_refresh(&runs->pane, screen);
}

static bool runs_open(Screen *screen, const char *argument)
{
    Runs *runs = screen->data;
    (void)argument;
    runs->lines = g_array_new(FALSE, FALSE, sizeof(RunLine));
    runs->list.height = 1;
    return true;
}

static void runs_close(Screen *screen)
{
    Runs *runs = screen->data;
    g_array_free(runs->lines, TRUE);
    run_pane_close(&runs->pane);
}

/* ---- drawing ---- */

enum { RUN = 6, JOB = 9, BAR = 10, PERCENT = 5, RATE = 10, ETA = 6, FULL_FROM = 76, WHO_FROM = 100, WHO = 30 };

static int doing_width(int width)
{
    return MAX(width - 2 - RUN - 1 - JOB - PERCENT - ETA - (width >= FULL_FROM ? BAR + RATE + 1 : 0) -
                   (width >= WHO_FROM ? WHO + 1 : 0),
               1);
}

/* Line NULL: the titles. */
static void draw_line(const RunLine *line, Canvas *canvas, Rect area, int y)
{
    Style style = line ? STYLE_TEXT : STYLE_HEADER;
    char number[32] = "RUN", percent[16] = "DONE", eta[32] = "ETA";
    g_autofree char *rate = line ? term_number(line->rows_per_second) : g_strdup("ROWS/S");
    int x = area.x + 1, doing = doing_width(area.w);
    if (line) {
        g_snprintf(number, sizeof number, "%" G_GINT64_FORMAT, line->run);
        run_eta(line->eta_ms, eta);
        g_snprintf(percent, sizeof percent, "%d%%", line->permille / 10);
        if (line->permille < 0)
            g_strlcpy(percent, "?", sizeof percent);
    }
    canvas_right(canvas, x, y, RUN, style, number);
    canvas_text(canvas, x + RUN + 1, y, JOB, style, line ? line->job : "JOB");
    x += RUN + 1 + JOB;
    canvas_text(canvas, x, y, doing, line ? STYLE_RUNNING : style, line ? line->doing : "STREAMS");
    x += doing;
    if (area.w >= FULL_FROM) {
        if (line)
            canvas_bar(canvas, x + 1, y, BAR, MAX(line->permille, 0));
        x += BAR + 1;
    }
    canvas_right(canvas, x, y, PERCENT, style, percent);
    x += PERCENT;
    if (area.w >= FULL_FROM) {
        canvas_right(canvas, x, y, RATE, style, rate);
        x += RATE;
    }
    canvas_right(canvas, x, y, ETA, style, eta);
    if (area.w >= WHO_FROM)
        canvas_text(canvas, x + ETA + 1, y, WHO, style, line ? line->who : "BY");
}

static void draw_none(Canvas *canvas, Rect area)
{
    canvas_text(canvas, area.x + 1, area.y + 1, area.w - 2, STYLE_TEXT, "nothing is running or queued on this host");
    canvas_text(canvas, area.x + 1, area.y + 3, area.w - 2, STYLE_DIM, "1 Streams: s starts a sync there");
    canvas_text(canvas, area.x + 1, area.y + 4, area.w - 2, STYLE_DIM, "3 History: the runs that have ended");
}

static void runs_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    Runs *runs = screen->data;
    if (shows_pane(screen)) {
        run_pane_draw(&runs->pane, screen, canvas, area);
        return;
    }
    if (runs->lines->len == 0) {
        draw_none(canvas, area);
        return;
    }
    bool strip = area.h >= 6;
    Rect body = {area.x, area.y + 1, area.w, area.h - (strip ? 3 : 1)};
    list_fit(&runs->list, runs->lines->len, body.h);
    draw_line(NULL, canvas, area, area.y);
    for (int i = 0; i < body.h && runs->list.top + i < runs->list.count; i++)
        draw_line(&g_array_index(runs->lines, RunLine, runs->list.top + i), canvas, area, body.y + i);
    canvas_restyle(canvas, (Rect){body.x + 1, body.y + (int)(runs->list.cursor - runs->list.top), RUN, 1}, STYLE_SELECTED);
    list_draw_scroll(&runs->list, canvas, body);
    if (!strip)
        return;
    const RunLine *line = &g_array_index(runs->lines, RunLine, runs->list.cursor);
    canvas_hline(canvas, area.x, area.y + area.h - 2, area.w);
    canvas_textf(canvas, area.x + 1, area.y + area.h - 1, area.w - 2, STYLE_TEXT, "run %" G_GINT64_FORMAT "  by %s", line->run,
                 line->who);
}

static void runs_summary(const Screen *screen, Canvas *canvas, Rect area)
{
    const Runs *runs = screen->data;
    if (shows_pane(screen)) {
        int x = canvas_textf(canvas, area.x + 1, area.y, area.w - 1, STYLE_STRONG, "run %" G_GINT64_FORMAT, runs->pane.run);
        run_pane_summary(&runs->pane, screen, canvas, (Rect){x, area.y, area.x + area.w - x, 1});
    } else if (runs->lines->len > 0) {
        canvas_textf(canvas, area.x + 1, area.y, area.w - 1, STYLE_TEXT, "%u running or queued", runs->lines->len);
    }
}

/* ---- acting ---- */

static int64_t selected_run(const Screen *screen)
{
    const Runs *runs = screen->data;
    return runs->list.cursor < runs->lines->len ? g_array_index(runs->lines, RunLine, runs->list.cursor).run : 0;
}

static UiReaction runs_act(Screen *screen, int action, const char *argument)
{
    Runs *runs = screen->data;
    (void)argument;
    if (shows_pane(screen))
        return run_pane_act(&runs->pane, screen, action);
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, selected_run(screen));
    if (action == ACT_ENTER || action == PANE_CANCEL_RUN || action == PANE_LOG) {
        ui_open(screen->ui, action == ACT_ENTER ? "run" : action == PANE_LOG ? "log" : "cancel", number);
        return UI_REDRAW;
    }
    return list_act(&runs->list, action) ? UI_REDRAW : UI_NONE;
}

static const char *runs_unavailable(const Screen *screen, int action)
{
    const Runs *runs = screen->data;
    if (shows_pane(screen))
        return run_pane_unavailable(&runs->pane, action);
    if (action < ACT_OWN && action != ACT_ENTER)
        return NULL;
    if (selected_run(screen) == 0)
        return "nothing is running";
    if (action == PANE_CANCEL_STREAM)
        return "open the run and select a stream";
    return action == PANE_AGAIN ? "the run is still going on" : NULL;
}

static UiReaction runs_click(Screen *screen, Rect area, const UiKey *at)
{
    Runs *runs = screen->data;
    if (shows_pane(screen))
        return run_pane_click(&runs->pane, screen, run_pane_list(&runs->pane, screen, area), at);
    int64_t row = list_at(&runs->list, (Rect){area.x, area.y + 1, area.w, runs->list.height}, at->y);
    if (row < 0)
        return UI_NONE;
    runs->list.cursor = row;
    return at->twice ? runs_act(screen, ACT_ENTER, NULL) : UI_REDRAW;
}

static void runs_command_line(const Screen *screen, GString *out)
{
    (void)screen;
    g_string_append(out, "tidemark runs");
}

static const Action runs_actions[] = {RUN_PANE_ACTIONS, ACTION_MOVES, {0}};

const ScreenOps screen_runs = {
    .name = "runs",
    .title = "Runs",
    .number = 2,
    .help = "what is running or queued now, also in other processes of this host",
    .actions = runs_actions,
    .size = sizeof(Runs),
    .open = runs_open,
    .refresh = runs_refresh,
    .draw = runs_draw,
    .act = runs_act,
    .unavailable = runs_unavailable,
    .click = runs_click,
    .summary = runs_summary,
    .command_line = runs_command_line,
    .close = runs_close,
};
