/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/stream_text.h"

#include <math.h>

#include "base/term_text.h"
#include "model/time.h"
#include "ui/home.h"

enum { SPARK_TOP = 7, BAR_LEAST = 4, PERCENT_CELLS = 5 };

Style stream_state_style(const char *state)
{
    static const struct {
        const char *state;
        Style style;
    } styles[] = {
        {"stopped", STYLE_BAD},     {"late", STYLE_WARN},  {"unaudited", STYLE_WARN},
        {"running", STYLE_RUNNING}, {"fresh", STYLE_GOOD}, {"never run", STYLE_WARN},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(styles); i++)
        if (!g_strcmp0(styles[i].state, state))
            return styles[i].style;
    return STYLE_DIM;
}

const char *stream_run_outcome(const RunStreamRecord *record)
{
    bool live = !g_strcmp0(record->outcome, "running");
    if (record->ended_us == TIME_NONE && !live)
        return !g_strcmp0(record->outcome, "killed") ? "killed" : "not done";
    return record->phase;
}

static bool shown_in_spark(const RunStreamRecord *record)
{
    bool live = record->ended_us == TIME_NONE && !g_strcmp0(record->outcome, "running");
    return !live && g_strcmp0(record->phase, "locked") != 0;
}

const RunStreamRecord *stream_last_run(const StreamRow *row)
{
    for (guint i = 0; i < row->runs->len; i++)
        if (shown_in_spark(g_ptr_array_index(row->runs, i)))
            return g_ptr_array_index(row->runs, i);
    return NULL;
}

/* A first load beside daily changes would flatten them: heights grow with the square root. */
static int8_t spark_value(const RunStreamRecord *record, int64_t most)
{
    int64_t changed = record->counts.written + record->counts.removed;
    if (g_strcmp0(record->phase, "done") != 0)
        return SPARK_FAILED;
    if (record->counts.rejected_new > 0)
        return SPARK_REJECTS;
    if (changed == 0)
        return SPARK_SAME;
    return (int8_t)lround(SPARK_TOP * sqrt((double)changed / (double)MAX(most, 1)));
}

void stream_spark_draw(Canvas *canvas, int x, int y, int width, const StreamRow *row)
{
    int8_t values[BOARD_RUNS];
    int64_t most = 0;
    int count = 0;
    width = MIN(width, BOARD_RUNS);
    for (guint i = 0; i < row->runs->len; i++) {
        const RunStreamRecord *record = g_ptr_array_index(row->runs, i);
        most = MAX(most, record->counts.written + record->counts.removed);
    }
    for (guint i = 0; i < row->runs->len && count < width; i++) {
        const RunStreamRecord *record = g_ptr_array_index(row->runs, i);
        if (shown_in_spark(record))
            values[width - ++count] = spark_value(record, most);
    }
    canvas_spark(canvas, x + width - count, y, values + width - count, count);
}

void stream_live_draw(Canvas *canvas, int x, int y, int width, const StreamView *live)
{
    static const char waits[] = "waiting: ";
    int64_t done = live->counts.read;
    if (g_str_has_prefix(live->note, waits)) {
        canvas_textf(canvas, x, y, width, STYLE_DIM, "for %s", live->note + strlen(waits));
    } else if (live->phase == PHASE_RETRYING) {
        canvas_text(canvas, x, y, width, STYLE_WARN, live->note);
    } else if (live->phase < PHASE_READING || live->estimate <= 0 || width < BAR_LEAST + PERCENT_CELLS) {
        canvas_text(canvas, x, y, width, STYLE_RUNNING, phase_name(live->phase));
    } else {
        int permille = (int)(MIN(done, live->estimate) * 1000 / live->estimate);
        canvas_bar(canvas, x, y, width - PERCENT_CELLS, permille);
        canvas_textf(canvas, x + width - PERCENT_CELLS, y, PERCENT_CELLS, STYLE_RUNNING, "%4d%%", permille / 10);
    }
}

const char *stream_time(const Ui *ui, int64_t us, char out[32])
{
    char now[32], then[32];
    ui_time_long(ui, us, then);
    ui_time_long(ui, ui_now_us(ui), now);
    if (us == TIME_NONE || !strncmp(now, then, strlen("2024")))
        return ui_time_short(ui, us, out);
    g_strlcpy(out, then, strlen("2024-01-15") + 1);
    return out;
}

/* Since a moment, in one unit: it is only about. */
static char *about(int64_t us)
{
    int64_t minutes = MAX(us, 0) / (60 * US_PER_SECOND);
    if (minutes < 60)
        return g_strdup_printf("~%dm", (int)minutes);
    return minutes < 48 * 60 ? g_strdup_printf("~%dh", (int)(minutes / 60)) : g_strdup_printf("~%dd", (int)(minutes / (24 * 60)));
}

char *stream_lag(const Ui *ui, const StreamRow *row)
{
    char span[32];
    if (row->lag_us != TIME_NONE)
        return g_strdup(ui_span_short(row->lag_us, span));
    for (guint i = 0; i < row->runs->len; i++) {
        const RunStreamRecord *record = g_ptr_array_index(row->runs, i);
        if (!g_strcmp0(record->phase, "done") && record->ended_us != TIME_NONE)
            return about(ui_now_us(ui) - record->ended_us);
    }
    return g_strdup("?");
}

char *stream_number(int64_t number)
{
    return number < 0 ? g_strdup("?") : term_number(number);
}

static void append_live(GString *out, const StreamView *live)
{
    g_autofree char *read = term_number(live->counts.read), *estimate = term_number(live->estimate),
                    *rate = term_number((int64_t)live->rows_per_second);
    if (live->phase < PHASE_READING)
        return;
    g_string_append_printf(out, "%s%s%s rows read, %s a second; ", read, live->estimate > 0 ? " of " : "",
                           live->estimate > 0 ? estimate : "", rate);
}

char *stream_data(const Ui *ui, const StreamRow *row)
{
    char at[32], span[32];
    g_autofree char *rows = stream_number(row->rows);
    GString *out = g_string_new(NULL);
    if (row->live)
        append_live(out, row->live);
    if (row->rows < 0)
        g_string_append(out, "rows not known");
    else
        g_string_append_printf(out, "%s%s row%s", row->cached ? "~" : "", rows, row->rows == 1 ? "" : "s");
    if (row->at_us > 0 && row->cached)
        g_string_append_printf(out, " as of %s", stream_time(ui, row->at_us, at));
    if (row->lag_us != TIME_NONE && row->lag_us > 0)
        g_string_append_printf(out, "; the source is %s ahead", ui_span_short(row->lag_us, span));
    if (row->cached && row->away) {
        g_autofree char *away = home_short(row->away);
        g_string_append_printf(out, "; cannot ask: %s", away);
    }
    return g_string_free(out, FALSE);
}
