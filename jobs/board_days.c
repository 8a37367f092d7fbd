/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a stream's table per day of its cursor: what a backfill of those days would meet. */
#include "destinations/sql.h"
#include "jobs/board_private.h"
#include "model/time.h"

/* The greatest of the cursor's columns. Spelt out: the databases have different names for the function, and different minds about NULL. */
static char *cursor_expression(const Stream *stream)
{
    GString *out = g_string_new(NULL);
    db_quote(out, stream->table->columns[stream->cursor_columns[0]].name);
    for (int i = 1; i < stream->cursor_column_count; i++) {
        g_autofree char *first = g_string_free(out, FALSE);
        g_autoptr(GString) next = g_string_new(NULL);
        db_quote(next, stream->table->columns[stream->cursor_columns[i]].name);
        out = g_string_new(NULL);
        g_string_printf(out, "CASE WHEN %s IS NULL OR %s >= %s THEN %s ELSE %s END", next->str, first, next->str, first, next->str);
    }
    return g_string_free(out, FALSE);
}

static void append_bound(GString *sql, const Destination *d, const Column *column, int64_t day)
{
    char text[40];
    day_format(day, text);
    d->ops->dialect->literal(column, text, sql);
}

static char *days_sql(const Destination *d, const Stream *stream, const LiveTable *live, const BoardAsk *ask)
{
    const Column *column = &stream->table->columns[stream->cursor_columns[0]];
    g_autofree char *cursor = cursor_expression(stream);
    GString *sql = g_string_new(NULL);
    g_string_printf(sql, "SELECT substr(CAST(%s AS text), 1, 10), count(*) FROM ", cursor);
    db_quote_table(sql, d, live->schema, live->name);
    g_string_append_printf(sql, " AS t WHERE %s >= ", cursor);
    append_bound(sql, d, column, ask->from_day);
    g_string_append_printf(sql, " AND %s < ", cursor);
    append_bound(sql, d, column, ask->to_day + 1);
    sql_scope(sql, d, stream, "t");
    g_string_append(sql, " GROUP BY 1 ORDER BY 1");
    return g_string_free(sql, FALSE);
}

static bool count_days(Destination *d, const Stream *stream, const BoardAsk *ask, GArray *out, Err *err)
{
    LiveTable *live = NULL;
    DbRows rows = {0};
    if (!d->ops->describe(d, stream->table->schema, stream->table->name, &live, err))
        return false;
    bool done = true;
    if (live->exists) {
        g_autofree char *sql = days_sql(d, stream, live, ask);
        done = d->ops->query(d, sql, 0, NULL, &rows, err);
    }
    live_table_free(live);
    for (int i = 0; done && i < rows.count; i++) {
        const char *text = db_cell(&rows, i, 0), *count = db_cell(&rows, i, 1);
        int64_t us;
        if (!text || !time_parse(text, strlen(text), &us, NULL, NULL))
            continue;
        g_array_append_val(out, ((BoardDay){.day = us / US_PER_DAY, .rows = g_ascii_strtoll(count, NULL, 10)}));
    }
    db_rows_clear(&rows);
    return done || err_context(err, "counting the days of %s", stream->id);
}

/* ---- what units left behind ---- */

int64_t board_note_day(const StoredNote *note)
{
    int64_t middle = note->low + (note->high - note->low) / 2;
    return middle / US_PER_DAY - (middle % US_PER_DAY < 0);
}

static void mark_day(GArray *days, int64_t day)
{
    for (guint i = 0; i < days->len; i++) {
        if (g_array_index(days, BoardDay, i).day != day)
            continue;
        g_array_index(days, BoardDay, i).noted = true;
        return;
    }
    g_array_append_val(days, ((BoardDay){.day = day, .noted = true}));
}

static bool add_notes(Destination *d, const Stream *stream, const BoardAsk *ask, BoardAnswer *answer, Err *err)
{
    answer->notes = g_ptr_array_new_with_free_func(stored_note_free);
    if (!unit_notes_list(d, stream->id, ask->from_day * US_PER_DAY, (ask->to_day + 1) * US_PER_DAY, answer->notes, err))
        return false;
    for (guint i = 0; i < answer->notes->len; i++)
        mark_day(answer->days, board_note_day(answer->notes->pdata[i]));
    return true;
}

bool answer_days(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, Err *err)
{
    const Stream *stream = ask->stream ? catalog_stream(desk->catalog, ask->stream) : NULL;
    if (!stream)
        return err_set(err, ERR_USAGE, "there is no stream `%s`", ask->stream ? ask->stream : "");
    answer->days = g_array_new(FALSE, FALSE, sizeof(BoardDay));
    if (stream->cursor_column_count == 0)
        return err_set(err, ERR_USAGE, "the table of %s has no column with the date of a change", stream->id);
    const DestinationConfig *config = catalog_source_of(desk->catalog, stream)->config->destination;
    bool ledger = false;
    Destination *d = desk_destination(desk, config, &ledger, err);
    bool done = d && count_days(d, stream, ask, answer->days, err) && (!ledger || add_notes(d, stream, ask, answer, err));
    if (!done)
        desk_forget(desk, config, err);
    return done;
}
