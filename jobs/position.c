/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/position.h"

#include "destinations/sql.h"
#include "model/time.h"

static const Position no_position = {
    .watermark = TIME_NONE, .history_from = TIME_NONE, .changed_at = TIME_NONE, .rows = -1, .open_rejects = 0};

bool position_load(Destination *d, StreamPlan *plan, const JobRequest *request, Err *err)
{
    plan->position = no_position;
    plan->unfinished = false;
    checkpoint_clear(&plan->checkpoint);
    plan->window_key[0] = '\0';
    if (plan->job->key)
        plan->job->key(request, plan->window_key, sizeof plan->window_key);
    if (!ledger_position(d, plan->stream, &plan->position, err))
        return false;
    if (!plan->window_key[0] || !plan->position.any_checkpoint)
        return true;
    return ledger_checkpoint(d, plan->stream, plan->job->name, plan->window_key, &plan->unfinished, &plan->checkpoint, err);
}

bool position_table_empty(Destination *d, const Stream *stream, const LiveTable *live, bool *empty, Err *err)
{
    *empty = !live->exists || live->empty;
    if (*empty || stream->scope_count == 0)
        return true;
    g_autoptr(GString) sql = g_string_new("SELECT 1 FROM ");
    db_quote_table(sql, d, live->schema, live->name);
    g_string_append(sql, " AS t WHERE 1 = 1");
    sql_scope(sql, d, stream, "t");
    g_string_append(sql, " LIMIT 1");
    DbRows rows = {0};
    if (!d->ops->query(d, sql->str, 0, NULL, &rows, err))
        return false;
    *empty = rows.count == 0;
    db_rows_clear(&rows);
    return true;
}

static bool column_newest(Destination *d, const Stream *stream, const Column *column, const char *bound, int64_t *newest, Err *err)
{
    g_autoptr(GString) sql = g_string_new("SELECT MAX(");
    db_quote(sql, column->name);
    g_string_append(sql, ") FROM ");
    db_quote_table(sql, d, stream->table->schema, stream->table->name);
    g_string_append(sql, " AS t WHERE ");
    db_quote(sql, column->name);
    g_string_append(sql, " <= ");
    d->ops->dialect->literal(column, bound, sql);
    sql_scope(sql, d, stream, "t");
    DbRows rows = {0};
    if (!d->ops->query(d, sql->str, 0, NULL, &rows, err))
        return false;
    const char *text = rows.count ? db_cell(&rows, 0, 0) : NULL;
    int64_t at;
    if (text && time_parse(text, strlen(text), &at, NULL, NULL))
        *newest = MAX(*newest, at);
    db_rows_clear(&rows);
    return true;
}

bool position_table_newest(Destination *d, const Stream *stream, int64_t clock, int64_t *newest, Err *err)
{
    char bound[40];
    time_format_sql(clock, bound);
    *newest = TIME_NONE;
    for (int i = 0; i < stream->cursor_column_count; i++)
        if (!column_newest(d, stream, &stream->table->columns[stream->cursor_columns[i]], bound, newest, err))
            return err_context(err, "looking for the newest row of %s", stream->table->name);
    return true;
}
