/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/streams_columns.h"

#include "base/term_text.h"
#include "model/time.h"
#include "ui/stream_text.h"

typedef enum ColumnId {
    COLUMN_STATE,
    COLUMN_WATERMARK,
    COLUMN_LAG,
    COLUMN_ROWS,
    COLUMN_REJECTS,
    COLUMN_RATE,
    COLUMN_TOOK,
    COLUMN_RUNS,
    COLUMNS
} ColumnId;

static const struct {
    const char *title;
    int width, from; /* from: columns of the list at which it is shown */
    bool right;
} columns[COLUMNS] = {
    [COLUMN_STATE] = {"STATE", 9, 0, false}, [COLUMN_WATERMARK] = {"WATERMARK", 11, 70, false},
    [COLUMN_LAG] = {"LAG", 5, 0, true},      [COLUMN_ROWS] = {"ROWS", 11, 54, true},
    [COLUMN_REJECTS] = {"REJ", 4, 70, true}, [COLUMN_RATE] = {"ROWS/S", 9, 120, true},
    [COLUMN_TOOK] = {"TOOK", 6, 120, true},  [COLUMN_RUNS] = {"LAST RUNS", 10, 80, false},
};
enum { RUNS_WIDE = 24, RUNS_WIDE_FROM = 120 };

StreamsLayout streams_layout(Rect area)
{
    StreamsLayout layout = {.name = 0};
    int right = area.x + area.w - 1;
    for (int i = COLUMNS - 1; i >= 0; i--) {
        if (area.w < columns[i].from)
            continue;
        layout.width[i] = i == COLUMN_RUNS && area.w >= RUNS_WIDE_FROM ? RUNS_WIDE : columns[i].width;
        layout.x[i] = right - layout.width[i];
        right = layout.x[i] - 1;
    }
    layout.name = right - area.x - 1;
    return layout;
}

static void draw_number(Canvas *canvas, int x, int y, int width, Style style, int64_t number, bool about)
{
    g_autofree char *text = stream_number(number);
    g_autofree char *shown = about && number >= 0 ? g_strconcat("~", text, NULL) : g_strdup(text);
    canvas_right(canvas, x, y, width, style, shown);
}

static void draw_took(Canvas *canvas, int x, int y, int width, const RunStreamRecord *last)
{
    char span[32];
    if (last && last->started_us != TIME_NONE && last->ended_us != TIME_NONE)
        canvas_right(canvas, x, y, width, STYLE_TEXT, ui_span_short(last->ended_us - last->started_us, span));
    else
        canvas_right(canvas, x, y, width, STYLE_DIM, "-");
}

static void draw_rate(Canvas *canvas, int x, int y, int width, const StreamRow *row, const RunStreamRecord *last)
{
    int64_t rate = row->live ? (int64_t)row->live->rows_per_second : -1;
    if (!row->live && last && last->started_us != TIME_NONE && last->ended_us > last->started_us)
        rate = (int64_t)((double)last->counts.read * US_PER_SECOND / (double)(last->ended_us - last->started_us));
    g_autofree char *text = rate < 0 ? g_strdup("-") : term_number(rate);
    canvas_right(canvas, x, y, width, rate < 0 ? STYLE_DIM : STYLE_TEXT, text);
}

static void draw_cell(const Ui *ui, Canvas *canvas, ColumnId column, int x, int y, int width, const StreamRow *row)
{
    char text[32];
    Style style = row->cached ? STYLE_DIM : STYLE_TEXT;
    const RunStreamRecord *last = stream_last_run(row);
    switch (column) {
    case COLUMN_STATE:
        canvas_text(canvas, x, y, width, stream_state_style(row->state), row->state);
        break;
    case COLUMN_WATERMARK:
        canvas_text(canvas, x, y, width, style, stream_time(ui, row->watermark, text));
        break;
    case COLUMN_LAG: {
        g_autofree char *lag = stream_lag(ui, row);
        canvas_right(canvas, x, y, width, style, lag);
        break;
    }
    case COLUMN_ROWS:
        draw_number(canvas, x, y, width, style, row->rows, row->cached);
        break;
    case COLUMN_REJECTS:
        draw_number(canvas, x, y, width, row->rejects > 0 ? STYLE_WARN : style, row->rejects, false);
        break;
    case COLUMN_RATE:
        draw_rate(canvas, x, y, width, row, last);
        break;
    case COLUMN_TOOK:
        draw_took(canvas, x, y, width, last);
        break;
    case COLUMN_RUNS:
        if (row->live)
            stream_live_draw(canvas, x, y, width, row->live);
        else
            stream_spark_draw(canvas, x, y, width, row);
        break;
    case COLUMNS:
        break;
    }
}

static int draw_name(Canvas *canvas, int x, int y, int width, const TreeRow *row, bool marked)
{
    const StreamRow *facts = row->row;
    Style style = marked ? STYLE_MARKED : row->kind == TREE_SOURCE ? STYLE_STRONG : STYLE_TEXT;
    int indent = row->kind == TREE_SOURCE ? 2 : 3;
    if (row->kind == TREE_SOURCE)
        canvas_glyph(canvas, x, y, STYLE_TEXT, row->open ? GLYPH_OPEN : GLYPH_CLOSED);
    if (marked)
        canvas_glyph(canvas, x + indent - 1, y, STYLE_MARKED, GLYPH_MARK);
    if (row->kind == TREE_FOLD)
        return canvas_textf(canvas, x + indent, y, width - indent, STYLE_DIM,
                            row->alone ? "+ %u, all fresh" : "+ %u more, all fresh", row->ids->len);
    int end = canvas_text(canvas, x + indent, y, width - indent, style, facts->name);
    return row->kind == TREE_SOURCE ? canvas_text(canvas, end + 2, y, x + width - end - 2, STYLE_DIM, facts->kind) : end;
}

void streams_draw_heads(Canvas *canvas, Rect area, const StreamsLayout *layout)
{
    canvas_text(canvas, area.x + 1, area.y, layout->name, STYLE_HEADER, "STREAM");
    for (int i = 0; i < COLUMNS; i++) {
        if (layout->width[i] == 0)
            continue;
        if (columns[i].right)
            canvas_right(canvas, layout->x[i], area.y, layout->width[i], STYLE_HEADER, columns[i].title);
        else
            canvas_text(canvas, layout->x[i], area.y, layout->width[i], STYLE_HEADER, columns[i].title);
    }
}

int streams_draw_row(const Ui *ui, Canvas *canvas, int x, int y, const StreamsLayout *layout, const TreeRow *row, bool marked)
{
    bool fold = row->kind == TREE_FOLD; /* its name says the state */
    int width = fold ? layout->name + 1 + layout->width[COLUMN_STATE] : layout->name;
    int end = draw_name(canvas, x + 1, y, width, row, marked);
    for (int i = fold ? COLUMN_STATE + 1 : 0; i < COLUMNS; i++)
        if (layout->width[i] > 0)
            draw_cell(ui, canvas, (ColumnId)i, layout->x[i], y, layout->width[i], row->row);
    return end;
}
