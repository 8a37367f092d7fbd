/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/stream_detail.h"

#include "base/term_text.h"
#include "model/time.h"
#include "ui/home.h"
#include "ui/stream_text.h"

enum { RUNS_SHOWN = 5, NOTES_SHOWN = 5 };

static void line_free(void *data)
{
    DetailLine *line = data;
    g_free(line->label);
    g_free(line->text);
    g_free(line);
}

static DetailLine *add(GPtrArray *lines, const char *label, Style style, char *text_taken)
{
    DetailLine *line = g_new0(DetailLine, 1);
    line->label = g_strdup(label);
    line->text = text_taken;
    line->style = style;
    g_ptr_array_add(lines, line);
    return line;
}

static void add_head(GPtrArray *lines, const char *text)
{
    add(lines, text, STYLE_HEADER, NULL);
}

static void add_state(const Ui *ui, GPtrArray *lines, const StreamRow *row)
{
    char at[32], newest[32];
    g_autofree char *lag = stream_lag(ui, row);
    add(lines, "state", stream_state_style(row->state), g_strdup(row->state));
    add(lines, "why", STYLE_TEXT, g_strdup(row->why));
    add(lines, "to do", STYLE_TEXT, g_strdup(row->to_do ? row->to_do : "nothing"));
    add(lines, "watermark", STYLE_TEXT,
        row->newest == TIME_NONE
            ? g_strdup(ui_time_long(ui, row->watermark, at))
            : g_strdup_printf("%s; the source's newest row: %s (%s ahead)", ui_time_long(ui, row->watermark, at),
                              ui_time_long(ui, row->newest, newest), lag));
    add(lines, "data", STYLE_TEXT, stream_data(ui, row));
    if (row->error && *row->error)
        add(lines, "last error", STYLE_BAD, g_strdup(row->error));
}

static void append_names(GString *out, const TableDef *table, const int *columns, int count)
{
    for (int i = 0; i < count; i++)
        g_string_append_printf(out, "%s%s", i ? ", " : "", table->columns[columns[i]].name);
}

static char *key_text(const TableDef *table, const TableKey *key)
{
    GString *out = g_string_new(NULL);
    append_names(out, table, key->columns, key->count);
    return g_string_free(out, FALSE);
}

static char *mode_text(const Stream *stream)
{
    static const char *const names[] = {
        [WRITE_UPSERT] = "upsert: rows with the same %s are replaced where they differ",
        [WRITE_INSERT_IGNORE] = "insert-ignore: rows whose %s is there already are left as they are",
        [WRITE_CHILDREN] = "children: a parent's rows are made equal to its array, item by item of %s",
    };
    g_autofree char *key = key_text(stream->table, &stream->conflict);
    g_auto(GStrv) parts = g_strsplit(names[stream->mode], "%s", 2);
    return g_strjoinv(key, parts);
}

static char *cursor_text(const Stream *stream)
{
    GString *out = g_string_new(NULL);
    char lookback[32];
    append_names(out, stream->table, stream->cursor_columns, stream->cursor_column_count);
    if (out->len == 0)
        g_string_append(out, "none: each sync reads all of it");
    else
        g_string_append_printf(out, "; a sync reads %s below the watermark again",
                               ui_span_short(stream->settings.lookback_us, lookback));
    return g_string_free(out, FALSE);
}

static void add_shape(GPtrArray *lines, const StreamRow *row, const Stream *stream)
{
    g_autofree char *destination = home_short(row->destination);
    add_head(lines, "From and to");
    add(lines, "origin", STYLE_TEXT, g_strdup_printf("%s of %s (%s)", stream->origin, row->source, row->kind));
    add(lines, "table", STYLE_TEXT, g_strdup_printf("%s in %s", row->table, destination));
    add(lines, "mode", STYLE_TEXT, mode_text(stream));
    add(lines, "cursor", STYLE_TEXT, cursor_text(stream));
    if (stream->settings.force_reimport)
        add(lines, "settings", STYLE_TEXT,
            g_strdup(stream->settings.truncate_before_import ? "force_reimport with truncate_before_import: a sync is a reimport"
                                                             : "force_reimport: each sync reads the whole stream"));
}

static void add_plan(GPtrArray *lines, const Plan *plan, const Err *err)
{
    g_autofree char *failed = home_short(err && err->code != ERR_NONE ? err->message : NULL);
    const StreamPlan *part = plan && plan->streams->len > 0 ? g_ptr_array_index(plan->streams, 0) : NULL;
    g_autofree char *refused = home_short(part ? part->refused.message : NULL);
    if (failed)
        add(lines, "next sync", STYLE_BAD, g_steal_pointer(&failed));
    else if (!part)
        add(lines, "next sync", STYLE_DIM, g_strdup("being asked"));
    else if (part->refused.code != ERR_NONE)
        add(lines, "next sync", STYLE_BAD, g_strdup_printf("refused: %s", refused));
    else
        add(lines, "next sync", STYLE_TEXT, g_strdup(part->why));
}

static void append_count(GString *out, const char *before, int64_t count, const char *what)
{
    g_string_append(out, before);
    term_append_number(out, count);
    g_string_append_printf(out, " %s", what);
}

static char *run_text(const Ui *ui, const RunStreamRecord *record)
{
    char at[32], took[32];
    bool timed = record->started_us != TIME_NONE && record->ended_us != TIME_NONE;
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "%s  %s %s", ui_time_short(ui, record->run_started_us, at), record->job,
                           stream_run_outcome(record));
    if (timed)
        g_string_append_printf(out, " in %s", ui_span_short(record->ended_us - record->started_us, took));
    append_count(out, ": ", record->counts.read, "read");
    append_count(out, ", ", record->counts.written, "written");
    if (record->counts.rejected > 0)
        append_count(out, ", ", record->counts.rejected, "rejected");
    return g_string_free(out, FALSE);
}

static void add_runs(const Ui *ui, GPtrArray *lines, const StreamRow *row)
{
    add_head(lines, "Last runs");
    for (guint i = 0; i < row->runs->len && i < RUNS_SHOWN; i++) {
        const RunStreamRecord *record = g_ptr_array_index(row->runs, i);
        g_autofree char *label = g_strdup_printf("run %" G_GINT64_FORMAT, record->run);
        Style style = g_str_equal(stream_run_outcome(record), "done") ? STYLE_TEXT : STYLE_BAD;
        add(lines, label, style, run_text(ui, record))->run = record->run;
    }
    if (row->runs->len == 0)
        add(lines, "", STYLE_DIM, g_strdup("none yet"));
    if (row->rejects > 0) {
        g_autofree char *rejects = term_number(row->rejects);
        add(lines, "rejects", STYLE_WARN, g_strdup_printf("%s; Enter shows them", rejects))->rejects = true;
    }
}

/* What the server did not return, by the day of its unit. */
static void add_notes(GPtrArray *lines, const StreamRow *row)
{
    if (!row->notes)
        return;
    add_head(lines, "Left at the source");
    for (guint i = 0; i < row->notes->len && i < NOTES_SHOWN; i++) {
        const StoredNote *note = g_ptr_array_index(row->notes, i);
        char day[40];
        day_format(board_note_day(note), day);
        add(lines, day, STYLE_WARN, g_strdup(note->text));
    }
    if (row->notes->len > NOTES_SHOWN)
        add(lines, "", STYLE_DIM, g_strdup_printf("and %u earlier days", row->notes->len - NOTES_SHOWN));
}

static void add_columns(GPtrArray *lines, const Stream *stream)
{
    const TableDef *table = stream->table;
    g_autofree char *head = g_strdup_printf("%d columns", table->column_count);
    add_head(lines, head);
    for (int i = 0; i < table->column_count; i++) {
        const Column *column = &table->columns[i];
        char type[64];
        type_format(&column->type, type, sizeof type);
        GString *text = g_string_new(type);
        if (column->type.generated)
            g_string_append(text, ", numbered by the destination");
        if (column->primary_key)
            g_string_append(text, ", primary key");
        else if (!column->nullable)
            g_string_append(text, ", required");
        if (column->ref_table)
            g_string_append_printf(text, ", refers to %s.%s", column->ref_table, column->ref_column);
        add(lines, column->name, STYLE_TEXT, g_string_free(text, FALSE));
    }
    for (int i = 0; i < table->unique_count; i++)
        add(lines, "unique", STYLE_TEXT, key_text(table, &table->uniques[i]));
}

GPtrArray *stream_detail_lines(const Ui *ui, const StreamRow *row, const Stream *stream, const Plan *plan, const Err *plan_err)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(line_free);
    add_state(ui, lines, row);
    add_plan(lines, plan, plan_err);
    add_runs(ui, lines, row);
    add_notes(lines, row);
    add_shape(lines, row, stream);
    add_columns(lines, stream);
    return lines;
}
