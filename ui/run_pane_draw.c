/* SPDX-License-Identifier: Apache-2.0 */
#include "base/term_text.h"
#include "model/time.h"
#include "ui/run_pane.h"
#include "ui/run_text.h"
#include "ui/wrap.h"

enum {
    FULL_FROM = 76,
    ROWS_FROM = 60,
    BAR = 10,
    HEAD_FROM = 14, /* rows of the area that allow the whole head */
    DETAIL_ROWS = 2,
    LEAST_LOG = 4,
    LOG_MOST_OF = 3 /* the log takes a third at most, unless the streams leave more */
};

int run_permille(int64_t read, int64_t estimate, bool live)
{
    if (estimate < 0)
        return -1;
    if (estimate == 0)
        return live ? 0 : 1000;
    int64_t permille = read >= estimate ? 1000 : (int64_t)((double)read * 1000 / (double)estimate);
    return (int)(live ? MIN(permille, 999) : permille);
}

const char *run_eta(int64_t ms, char out[32])
{
    if (ms < 0)
        g_strlcpy(out, "?", 32);
    else
        ui_span_short(ms * 1000, out);
    return out;
}

static void percent_text(int permille, char out[16])
{
    if (permille < 0)
        g_strlcpy(out, "?", 16);
    else
        g_snprintf(out, 16, "%d%%", permille / 10);
}

/* ---- the head ---- */

static void draw_progress(const RunPane *pane, const Screen *screen, Canvas *canvas, Rect area)
{
    int permille = run_permille(pane->counts.read, pane->estimate, pane->live);
    char percent[16], eta[32], clock[32];
    g_autofree char *elapsed = term_span(pane->elapsed_ms);
    int bar = area.w >= FULL_FROM ? area.w - 38 : MAX(area.w - 26, 6), x = area.x + 1;
    percent_text(permille, percent);
    canvas_bar(canvas, x, area.y, bar, MAX(permille, 0));
    x += bar;
    canvas_right(canvas, x, area.y, 5, STYLE_STRONG, percent);
    x = canvas_textf(canvas, x + 7, area.y, area.x + area.w - x - 8, STYLE_TEXT, "%s", elapsed) + 2;
    x = canvas_textf(canvas, x, area.y, area.x + area.w - 1 - x, STYLE_TEXT, "ETA %s", run_eta(pane->eta_ms, eta));
    if (pane->eta_ms > 0 && area.w >= FULL_FROM)
        canvas_textf(canvas, x + 1, area.y, area.x + area.w - 2 - x, STYLE_DIM, "(%s)",
                     ui_time_clock(screen->ui, ui_now_us(screen->ui) + pane->eta_ms * 1000, clock));
}

static void draw_outcome(const RunPane *pane, Canvas *canvas, Rect area)
{
    g_autofree char *elapsed = term_span(pane->elapsed_ms);
    const char *outcome = pane->outcome ? pane->outcome : "ended";
    int width = canvas_text_width(canvas, outcome) + 2;
    run_draw_outcome(canvas, area.x + 1, area.y, width, outcome);
    canvas_textf(canvas, area.x + 1 + width, area.y, area.w - width - 2, STYLE_TEXT, " after %s, exit status %d", elapsed,
                 pane->exit_status);
}

static int count_phase(const RunPane *pane, StreamPhase first, StreamPhase last)
{
    int count = 0;
    for (guint i = 0; i < pane->rows->len; i++) {
        StreamPhase phase = ((const PaneRow *)g_ptr_array_index(pane->rows, i))->phase;
        count += phase >= first && phase <= last;
    }
    return count;
}

static int draw_samples(const RunPane *pane, Canvas *canvas, int x, int y, int room)
{
    int8_t heights[PANE_SAMPLES];
    int count = CLAMP(room, 0, pane->sample_count);
    const int64_t *first = pane->samples + (pane->sample_count - count);
    int64_t most = 1;
    for (int i = 0; i < count; i++)
        most = MAX(most, first[i]);
    for (int i = 0; i < count; i++)
        heights[i] = (int8_t)(first[i] * 7 / most);
    canvas_spark(canvas, x, y, heights, count);
    return x + count;
}

static void draw_rate(const RunPane *pane, Canvas *canvas, Rect area)
{
    g_autofree char *rate = term_number(pane->rows_per_second), *memory = term_bytes(pane->memory_bytes);
    int x = canvas_textf(canvas, area.x + 1, area.y, area.w - 2, STYLE_TEXT, "%s rows/s", rate) + 2;
    if (!pane->live) {
        canvas_textf(canvas, x, area.y, area.x + area.w - 1 - x, STYLE_TEXT, "memory %s at most", memory);
        return;
    }
    const char *unknown = count_phase(pane, PHASE_LOCKING, PHASE_RETRYING) ? "?" : "nothing yet";
    g_autofree char *text = g_strdup_printf("held up by: %s", pane->held_up_by ? pane->held_up_by : unknown);
    int width = MIN(canvas_text_width(canvas, text), area.w - 2);
    int room = area.x + area.w - 1 - width - 2 - x;
    draw_samples(pane, canvas, x, area.y, room);
    canvas_text(canvas, MAX(area.x + area.w - 1 - width, x), area.y, area.x + area.w - 1 - x, STYLE_TEXT, text);
}

static void draw_balance(const RunPane *pane, Canvas *canvas, Rect area)
{
    g_autoptr(GString) line = g_string_new(NULL);
    run_append_balance(line, &pane->counts, -1);
    if (canvas_text_width(canvas, line->str) > area.w - 2) {
        g_string_truncate(line, 0);
        run_append_balance_short(line, &pane->counts, pane->live ? pane->in_flight : -1);
    }
    canvas_text(canvas, area.x + 1, area.y, area.w - 2, STYLE_TEXT, line->str);
}

static void draw_rest_of_balance(const RunPane *pane, Canvas *canvas, Rect area)
{
    g_autofree char *flight = term_number(pane->in_flight), *removed = term_number(pane->counts.removed);
    g_autofree char *memory = term_bytes(pane->memory_bytes);
    int x = area.x + 1;
    if (!pane->live) {
        canvas_textf(canvas, x, area.y, area.w - 2, STYLE_TEXT, "removed %s   into %s   tidemark %s", removed,
                     pane->destination ? pane->destination : "?", pane->version ? pane->version : "?");
        return;
    }
    x = canvas_textf(canvas, x + 5, area.y, area.w - 7, STYLE_TEXT, "+ in flight %s", flight);
    canvas_textf(canvas, x + 3, area.y, area.x + area.w - 4 - x, STYLE_TEXT, "removed %s   memory %s", removed, memory);
}

/* "continues run 2 (killed 06:01:12): 1,204,118 committed rows kept" */
static void draw_continued(const RunPane *pane, const Screen *screen, Canvas *canvas, Rect line)
{
    char clock[32];
    g_autofree char *kept = term_number(pane->kept);
    int x = canvas_textf(canvas, line.x + 1, line.y, line.w - 2, STYLE_TEXT, "continues run %" G_GINT64_FORMAT, pane->continues);
    if (pane->continued_outcome && pane->continued_us != TIME_NONE)
        x = canvas_textf(canvas, x, line.y, line.x + line.w - 1 - x, STYLE_TEXT, " (%s %s)", pane->continued_outcome,
                         ui_time_clock(screen->ui, pane->continued_us, clock));
    canvas_textf(canvas, x, line.y, line.x + line.w - 1 - x, STYLE_TEXT, ": %s committed rows kept", kept);
}

/* Rows of the head in this area; below them are the titles. */
static int head_rows(const RunPane *pane, Rect area)
{
    return area.h < HEAD_FROM ? 2 : pane->continues ? 6 : 5;
}

static void draw_head(const RunPane *pane, const Screen *screen, Canvas *canvas, Rect area)
{
    Rect line = {area.x, area.y, area.w, 1};
    if (area.h >= HEAD_FROM && pane->continues) {
        draw_continued(pane, screen, canvas, line);
        line.y++;
    }
    if (pane->live)
        draw_progress(pane, screen, canvas, line);
    else
        draw_outcome(pane, canvas, line);
    line.y++;
    if (area.h < HEAD_FROM) {
        draw_balance(pane, canvas, line);
        return;
    }
    draw_rate(pane, canvas, line);
    line.y++;
    draw_balance(pane, canvas, line);
    line.y++;
    draw_rest_of_balance(pane, canvas, line);
}

/* ---- the streams ---- */

static Style phase_style(const PaneRow *row)
{
    switch (row->phase) {
    case PHASE_FAILED:
    case PHASE_REFUSED:
    case PHASE_LOCKED:
        return STYLE_BAD;
    case PHASE_RETRYING:
    case PHASE_CANCELLED:
        return STYLE_WARN;
    case PHASE_DONE:
        return row->counts.rejected > 0 ? STYLE_WARN : STYLE_GOOD;
    case PHASE_WAITING:
    case PHASE_QUEUED:
        return STYLE_DIM;
    default:
        return STYLE_RUNNING;
    }
}

static void draw_phase(const PaneRow *row, Canvas *canvas, int x, int y, int width)
{
    bool note = row->note && (row->phase == PHASE_WAITING || row->phase == PHASE_RETRYING || row->phase == PHASE_LOCKING);
    Style style = phase_style(row);
    const char *text = note ? row->note : row->word;
    int sign = row->phase >= PHASE_DONE ? 2 : 0;
    if (style == STYLE_BAD || (row->phase == PHASE_DONE && style == STYLE_WARN))
        canvas_glyph(canvas, x, y, style, style == STYLE_BAD ? GLYPH_FAILED : GLYPH_REJECTS);
    canvas_text(canvas, x + sign, y, width - sign, style, text);
}

static void draw_number(Canvas *canvas, int x, int y, int width, Style style, int64_t number)
{
    g_autofree char *text = term_number(number);
    canvas_right(canvas, x, y, width, style, text);
}

/* STREAM, PHASE, then what there is room for: bar, percent, rows, rate, ETA. */
static int live_stream_width(int width)
{
    return width >= FULL_FROM ? 22 + (width - 80) / 2 : width >= ROWS_FROM ? width - 31 : width - 20;
}

static void draw_live_row(const PaneRow *row, Canvas *canvas, Rect line)
{
    bool full = line.w >= FULL_FROM;
    int name = live_stream_width(line.w), x = line.x + 1, y = line.y;
    int phase = full ? line.w - 2 - name - 1 - BAR - 29 : 12;
    bool started = row->took_ms >= 0;
    int permille = row->phase >= PHASE_DONE ? run_permille(row->counts.read, row->counts.read, false)
                                            : run_permille(row->counts.read, row->estimate, true);
    char percent[16], eta[32];
    percent_text(permille, percent);
    canvas_text(canvas, x, y, name, STYLE_TEXT, row->id);
    x += name + 1;
    if (!started) {
        draw_phase(row, canvas, x, y, line.x + line.w - 1 - x);
        return;
    }
    draw_phase(row, canvas, x, y, phase - (full ? 1 : 0));
    x += phase;
    if (full) {
        canvas_bar(canvas, x, y, BAR, MAX(permille, 0));
        x += BAR;
    }
    canvas_right(canvas, x, y, 5, STYLE_TEXT, percent);
    if (line.w >= ROWS_FROM)
        draw_number(canvas, x + 5, y, 11, STYLE_TEXT, row->counts.read);
    if (!full || row->phase >= PHASE_DONE)
        return;
    int64_t left = row->estimate - row->counts.read;
    bool known = row->estimate >= 0 && row->rows_per_second > 0;
    draw_number(canvas, x + 16, y, 8, STYLE_TEXT, row->rows_per_second);
    canvas_right(canvas, x + 24, y, 5, STYLE_TEXT, run_eta(known ? MAX(left, 0) * 1000 / row->rows_per_second : -1, eta));
}

static void draw_live_titles(Canvas *canvas, Rect line)
{
    bool full = line.w >= FULL_FROM;
    int name = live_stream_width(line.w), x = line.x + 1;
    canvas_text(canvas, x, line.y, name, STYLE_HEADER, "STREAM");
    canvas_text(canvas, x + name + 1, line.y, 10, STYLE_HEADER, "PHASE");
    x += name + 1 + (full ? line.w - 2 - name - 1 - 29 : 12);
    canvas_right(canvas, x, line.y, 5, STYLE_HEADER, "DONE");
    if (line.w >= ROWS_FROM)
        canvas_right(canvas, x + 5, line.y, 11, STYLE_HEADER, "ROWS");
    if (full) {
        canvas_right(canvas, x + 16, line.y, 8, STYLE_HEADER, "ROWS/S");
        canvas_right(canvas, x + 24, line.y, 5, STYLE_HEADER, "ETA");
    }
}

/* Columns of a run that has ended, from the right; each where the screen is wide enough. */
static const struct {
    const char *title;
    int width, from;
    size_t count; /* offset in Counts */
} ended_columns[] = {
    {"READ", 11, 64, offsetof(Counts, read)},           {"WRITTEN", 11, 50, offsetof(Counts, written)},
    {"UNCHANGED", 11, 90, offsetof(Counts, unchanged)}, {"REJ", 7, 0, offsetof(Counts, rejected)},
    {"FILTERED", 9, 100, offsetof(Counts, filtered)},   {"REMOVED", 9, 110, offsetof(Counts, removed)},
};
enum { RESULT = 12, TOOK = 8, TOOK_FROM = 70 };

/* Row NULL: the titles. */
static void draw_ended_row(const PaneRow *row, Canvas *canvas, Rect line)
{
    int x = line.x + line.w - 1;
    if (line.w >= TOOK_FROM) {
        g_autofree char *took = row ? term_span(row->took_ms) : NULL;
        x -= TOOK;
        canvas_right(canvas, x, line.y, TOOK, row ? STYLE_TEXT : STYLE_HEADER, row ? took : "TOOK");
    }
    for (int i = G_N_ELEMENTS(ended_columns) - 1; i >= 0; i--) {
        if (line.w < ended_columns[i].from)
            continue;
        int64_t number = 0;
        x -= ended_columns[i].width;
        if (row)
            memcpy(&number, (const char *)&row->counts + ended_columns[i].count, sizeof number);
        bool rejects = ended_columns[i].count == offsetof(Counts, rejected) && number > 0;
        if (row)
            draw_number(canvas, x, line.y, ended_columns[i].width, rejects ? STYLE_WARN : STYLE_TEXT, number);
        else
            canvas_right(canvas, x, line.y, ended_columns[i].width, STYLE_HEADER, ended_columns[i].title);
    }
    x -= RESULT;
    if (row)
        draw_phase(row, canvas, x + 1, line.y, RESULT - 1);
    else
        canvas_text(canvas, x + 3, line.y, RESULT - 3, STYLE_HEADER, "RESULT");
    canvas_text(canvas, line.x + 1, line.y, x - line.x - 1, row ? STYLE_TEXT : STYLE_HEADER, row ? row->id : "STREAM");
}

static void draw_fold(const RunPane *pane, Canvas *canvas, Rect line)
{
    int name = live_stream_width(line.w), x = line.x + 1;
    bool full = line.w >= FULL_FROM;
    canvas_textf(canvas, x, line.y, name, STYLE_DIM, "+ %d done", pane->done);
    if (pane->folded.rejected > 0) {
        g_autofree char *rejects = term_number(pane->folded.rejected);
        canvas_glyph(canvas, x + name + 1, line.y, STYLE_WARN, GLYPH_REJECTS);
        canvas_textf(canvas, x + name + 3, line.y, full ? 14 : 12, STYLE_WARN, "%s rejected", rejects);
    }
    x += name + 1 + (full ? line.w - 2 - name - 1 - 29 : 12);
    if (full)
        canvas_bar(canvas, x - BAR, line.y, BAR, 1000);
    canvas_right(canvas, x, line.y, 5, STYLE_DIM, "100%");
    if (line.w >= ROWS_FROM)
        draw_number(canvas, x + 5, line.y, 11, STYLE_DIM, pane->folded.read);
}

static void draw_streams(const RunPane *pane, Canvas *canvas, Rect area)
{
    List *list = (List *)&pane->list;
    list_fit(list, list->count, area.h);
    for (int i = 0; i < area.h && list->top + i < list->count; i++) {
        Rect line = {area.x, area.y + i, area.w, 1};
        if (list->top + i >= pane->rows->len)
            draw_fold(pane, canvas, line);
        else if (pane->live)
            draw_live_row(g_ptr_array_index(pane->rows, list->top + i), canvas, line);
        else
            draw_ended_row(g_ptr_array_index(pane->rows, list->top + i), canvas, line);
    }
    if (list->count > 0)
        canvas_restyle(canvas, (Rect){area.x + 1, area.y + (int)(list->cursor - list->top), MIN(20, area.w - 20), 1},
                       STYLE_SELECTED);
}

/* ---- below the streams ---- */

static char *continued_text(const PaneRow *row)
{
    g_autofree char *kept = term_number(row->kept);
    return row->continues ? g_strdup_printf("continues run %" G_GINT64_FORMAT ": %s committed rows kept", row->continues, kept)
                          : NULL;
}

/* Returns the rows it took. */
static int draw_detail(const RunPane *pane, int64_t at, Canvas *canvas, Rect area)
{
    const PaneRow *row = at < pane->rows->len ? g_ptr_array_index(pane->rows, at) : NULL;
    if (!row)
        return DETAIL_ROWS;
    g_autoptr(GString) line = g_string_new(NULL);
    int x = canvas_text(canvas, area.x + 1, area.y, area.w - 2, STYLE_STRONG, row->id) + 2;
    g_autofree char *continued = continued_text(row);
    const char *why = continued ? continued : row->why;
    canvas_textf(canvas, x, area.y, area.x + area.w - 1 - x, STYLE_TEXT, "%s%s%s", row->window ? row->window : "",
                 row->window && why ? ": " : "", why ? why : "");
    x = area.x + 3;
    if (row->phase == PHASE_RETRYING && row->note)
        return 1 + wrap_draw(canvas, x, area.y + 1, area.w - 4, DETAIL_ROWS, STYLE_WARN, row->note);
    if (row->error) {
        int used = wrap_draw(canvas, x, area.y + 1, area.w - 4, row->hint ? 1 : DETAIL_ROWS, STYLE_BAD, row->error);
        if (row->hint)
            canvas_text(canvas, x, area.y + 1 + used++, area.w - 4, STYLE_TEXT, row->hint);
        return 1 + used;
    }
    run_append_balance(line, &row->counts, pane->live ? row->in_flight : -1);
    if (canvas_text_width(canvas, line->str) > area.w - 4) {
        g_string_truncate(line, 0);
        run_append_balance_short(line, &row->counts, pane->live ? row->in_flight : -1);
    }
    canvas_text(canvas, x, area.y + 1, area.w - 4, STYLE_DIM, line->str);
    return DETAIL_ROWS;
}

static void draw_log(const Screen *screen, Canvas *canvas, Rect area)
{
    const BoardAnswer *answer = screen_answer(screen, ASK_RUN);
    int count = answer && answer->log ? (int)answer->log->len : 0;
    for (int i = 0; i < MIN(area.h, count); i++) {
        const LogRecord *line = g_ptr_array_index(answer->log, count - MIN(area.h, count) + i);
        char clock[32];
        int x =
            canvas_text(canvas, area.x + 1, area.y + i, area.w - 2, STYLE_DIM, ui_time_clock(screen->ui, line->at_us, clock)) + 1;
        Style style = line->level == LOG_ERROR ? STYLE_BAD : line->level == LOG_WARN ? STYLE_WARN : STYLE_TEXT;
        if (line->level <= LOG_WARN)
            canvas_glyph(canvas, x, area.y + i, style, line->level == LOG_ERROR ? GLYPH_FAILED : GLYPH_REJECTS);
        canvas_textf(canvas, x + 2, area.y + i, area.x + area.w - 3 - x, style, "%s%s%s", line->stream ? line->stream : "",
                     line->stream ? ": " : "", line->text);
    }
}

/* The head, the titles, the streams, what is known of the selected one, the log. */
typedef struct Layout {
    Rect list, foot; /* foot.h 0: there is no room for it */
} Layout;

static Layout lay_out(const RunPane *pane, Rect area)
{
    int head = head_rows(pane, area) + 1, rest = MAX(area.h - head, 1), foot = 0;
    if (area.h >= HEAD_FROM) {
        foot = MAX(rest / LOG_MOST_OF, 1 + DETAIL_ROWS + 1);
        foot = MAX(foot, MIN(rest - (int)pane->list.count, rest - LEAST_LOG));
    }
    return (Layout){{area.x, area.y + head, area.w, rest - foot}, {area.x, area.y + area.h - foot, area.w, foot}};
}

Rect run_pane_list(const RunPane *pane, const Screen *screen, Rect area)
{
    (void)screen;
    return lay_out(pane, area).list;
}

void run_pane_draw(RunPane *pane, const Screen *screen, Canvas *canvas, Rect area)
{
    const BoardAnswer *answer = screen_answer(screen, ASK_RUN);
    if (!pane->known) {
        if (answer && answer->err.code != ERR_NONE)
            run_draw_error(canvas, area, &answer->err);
        else
            canvas_textf(canvas, area.x + 1, area.y, area.w - 2, STYLE_DIM, "reading run %" G_GINT64_FORMAT " …", pane->run);
        return;
    }
    Layout layout = lay_out(pane, area);
    draw_head(pane, screen, canvas, area);
    Rect titles = {area.x, area.y + head_rows(pane, area), area.w, 1};
    if (pane->live)
        draw_live_titles(canvas, titles);
    else
        draw_ended_row(NULL, canvas, titles);
    draw_streams(pane, canvas, layout.list);
    Rect marks = {area.x, titles.y, area.w, 1 + layout.list.h + (layout.foot.h > 0)};
    if (layout.foot.h > 0)
        canvas_hline(canvas, layout.foot.x, layout.foot.y, layout.foot.w);
    list_draw_scroll(&pane->list, canvas, marks);
    if (layout.foot.h == 0)
        return;
    int64_t told = list_told(&pane->list, ui_rests(screen->ui));
    int log = 1 + draw_detail(pane, told, canvas, (Rect){area.x, layout.foot.y + 1, area.w, DETAIL_ROWS + 1});
    draw_log(screen, canvas, (Rect){area.x, layout.foot.y + log, area.w, layout.foot.h - log});
}

void run_pane_summary(const RunPane *pane, const Screen *screen, Canvas *canvas, Rect area)
{
    static const struct {
        const char *word;
        StreamPhase first, last;
    } parts[] = {
        {"running", PHASE_LOCKING, PHASE_RETRYING}, {"waiting", PHASE_QUEUED, PHASE_WAITING},
        {"failed", PHASE_FAILED, PHASE_FAILED},     {"cancelled", PHASE_CANCELLED, PHASE_CANCELLED},
        {"refused", PHASE_REFUSED, PHASE_LOCKED},   {"done", PHASE_DONE, PHASE_DONE},
    };
    char started[32];
    if (!pane->known)
        return;
    const char *day =
        area.w >= 50 ? ui_time_long(screen->ui, pane->started_us, started) : ui_time_clock(screen->ui, pane->started_us, started);
    int x = canvas_textf(canvas, area.x + 1, area.y, area.w - 1, STYLE_TEXT, "started %s:", day);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        int count = count_phase(pane, parts[i].first, parts[i].last) + (parts[i].first == PHASE_DONE ? pane->done : 0);
        if (count)
            x = canvas_textf(canvas, x + 1, area.y, area.x + area.w - x - 1, STYLE_TEXT, "%d %s", count, parts[i].word) + 1;
    }
}
