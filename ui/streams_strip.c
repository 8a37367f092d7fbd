/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/streams_strip.h"

#include "base/term_text.h"
#include "model/time.h"
#include "ui/home.h"
#include "ui/stream_text.h"
#include "ui/wrap.h"

enum { TITLE_CELLS = 25, LABEL_CELLS = 9, RUNS_SHOWN = 8 };

/* What the strip is about. */
static char *subject(const TreeRow *row)
{
    if (row->kind == TREE_FOLD)
        return g_strdup_printf("%u healthy streams of %s; Enter shows them", row->ids->len, row->row->source);
    return g_strdup(row->kind == TREE_SOURCE ? row->row->name : row->row->id);
}

/* And how it is. A source speaks of the stream that wants attention most. */
static char *condition(const Ui *ui, const TreeRow *row)
{
    const StreamRow *facts = row->row;
    const RunStreamRecord *last = stream_last_run(facts);
    char at[32];
    if (row->kind == TREE_FOLD)
        return g_strdup("");
    if (row->kind == TREE_SOURCE) {
        g_autofree char *destination = home_short(facts->destination);
        bool speaks = row->ids->len > 1 && (row->worst->why || row->worst->to_do);
        return g_strdup_printf("%u stream%s%s%s%s into %s", row->ids->len, row->ids->len == 1 ? "" : "s", speaks ? ", " : "",
                               speaks ? row->worst->name : "", speaks ? " first;" : "", destination);
    }
    if (facts->live)
        return g_strdup_printf("%s in run %" G_GINT64_FORMAT, facts->state, facts->live_run);
    if (last && last->ended_us != TIME_NONE)
        return g_strdup_printf("%s, run %" G_GINT64_FORMAT " ended %s", facts->state, last->run,
                               stream_time(ui, last->ended_us, at));
    return g_strdup(facts->state);
}

/* In one row what follows the name stays where it is from stream to stream: little to send. */
static int draw_title(const Ui *ui, Canvas *canvas, Rect area, const TreeRow *row, int lines_each)
{
    g_autofree char *about = subject(row), *is = condition(ui, row);
    if (lines_each > 1) {
        g_autofree char *both = g_strjoin(*is ? "  " : "", about, is, NULL);
        return wrap_draw(canvas, area.x + 1, area.y, area.w - 2, lines_each, STYLE_STRONG, both);
    }
    int end = canvas_text(canvas, area.x + 1, area.y, area.w - 2, STYLE_STRONG, about);
    int x = MAX(end + 2, area.x + 1 + MIN(TITLE_CELLS, area.w / 3));
    canvas_text(canvas, x, area.y, area.x + area.w - 1 - x, STYLE_STRONG, is);
    return 1;
}

/* Nothing else about a source can be trusted while nobody answers. */
static bool facts_away(const StreamRow *row)
{
    return row->cached && row->away;
}

static char *away_text(const StreamRow *row)
{
    g_autofree char *away = home_short(row->away);
    return g_strdup_printf("cannot ask %s", away);
}

static void draw_runs(const Ui *ui, Canvas *canvas, Rect area, int y, const StreamRow *row)
{
    char at[32];
    for (guint i = 0; i < row->runs->len && i < RUNS_SHOWN && y < area.y + area.h; i++, y++) {
        const RunStreamRecord *record = g_ptr_array_index(row->runs, i);
        const char *outcome = stream_run_outcome(record);
        g_autofree char *written = stream_number(record->counts.written);
        int x = canvas_textf(canvas, area.x + 1, y, area.w - 2, STYLE_DIM, "%6" G_GINT64_FORMAT " ", record->run);
        x = canvas_textf(canvas, x, y, area.x + area.w - 1 - x, g_str_equal(outcome, "done") ? STYLE_GOOD : STYLE_BAD, "%-9s ",
                         outcome);
        canvas_textf(canvas, x, y, area.x + area.w - 1 - x, STYLE_TEXT, "%s %s", stream_time(ui, record->run_started_us, at),
                     written);
    }
}

void streams_strip_draw(const Ui *ui, Canvas *canvas, Rect area, const TreeRow *row, int lines_each)
{
    bool away = row->kind == TREE_SOURCE && facts_away(row->row), healthy = row->kind == TREE_FOLD;
    g_autofree char *why = away ? away_text(row->row) : g_strdup(healthy ? "complete up to their watermarks" : row->worst->why);
    g_autofree char *to_do = g_strdup(away      ? "see whether it is up and lets you in (tidemark check); R asks again"
                                      : healthy ? NULL
                                                : row->worst->to_do);
    g_autofree char *data = stream_data(ui, row->row);
    const char *const labels[] = {"why", "to do", "data"}, *const texts[] = {why, to_do, data};
    int y = area.y + draw_title(ui, canvas, area, row, lines_each);
    for (int i = 0; i < (int)G_N_ELEMENTS(labels) && y < area.y + area.h; i++) {
        int room = MIN(lines_each, area.y + area.h - y);
        canvas_text(canvas, area.x + 3, y, LABEL_CELLS - 3, STYLE_DIM, labels[i]);
        y +=
            wrap_draw(canvas, area.x + LABEL_CELLS, y, area.w - LABEL_CELLS - 1, room, STYLE_TEXT, texts[i] ? texts[i] : "nothing");
    }
    if (lines_each > 1 && row->kind != TREE_FOLD)
        draw_runs(ui, canvas, area, y + 1, row->row);
}
