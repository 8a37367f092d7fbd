/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting rows whose parent has arrived: one join finds them, then they go the way of any other row. */
#include "destinations/reject_store.h"
#include "destinations/sql.h"
#include "destinations/writer.h"
#include "model/time.h"

static void from_json(const StreamWriter *writer, int column, GString *out)
{
    writer->d->ops->dialect->from_json(&writer->stream->table->columns[column], "r.\"row\"", out);
}

/* The waiting rows whose parents are all there. */
static void add_ready(const StreamWriter *writer, GString *sql)
{
    sql_add(sql, " FROM %srejects AS r WHERE r.stream = $1 AND r.reason = $2 AND r.dismissed_at IS NULL AND r.\"row\" IS NOT NULL",
            writer->d->control);
    for (guint i = 0; i < writer->merge->parents->len; i++) {
        const Parent *parent = writer->merge->parents->pdata[i];
        g_autoptr(GString) value = g_string_new(NULL);
        from_json(writer, parent->column, value);
        sql_add(sql, " AND (%s IS NULL OR ", value->str);
        merge_parent_exists(parent, value->str, sql);
        g_string_append_c(sql, ')');
    }
}

/* Most runs find none: then nothing is staged. */
static bool any_ready(StreamWriter *writer, bool *any, Err *err)
{
    int64_t found = 0;
    g_autoptr(GString) sql = g_string_new("SELECT 1");
    add_ready(writer, sql);
    g_string_append(sql, " LIMIT 1");
    bool ok = db_number(writer->d, &found, err, sql->str, 2, writer->stream->id, reject_name(REJECT_MISSING_PARENT));
    *any = found == 1;
    return ok;
}

static char *stage_sql(const StreamWriter *writer)
{
    const Stream *stream = writer->stream;
    g_autoptr(GString) columns = g_string_new(NULL);
    g_autoptr(GString) values = g_string_new(NULL);
    for (int i = 0; i < stream->table->column_count; i++) {
        if (!stream->mapped[i])
            continue;
        sql_column(columns, NULL, stream->table->columns[i].name);
        g_string_append(columns, ", ");
        from_json(writer, i, values);
        g_string_append(values, ", ");
    }
    GString *sql = g_string_new("INSERT INTO ");
    sql_add(
        sql,
        "%s (%s_tm_seq, _tm_key, _tm_cursor, _tm_absent) SELECT %srow_number() OVER (ORDER BY r.id) - 1, r.\"key\", r.\"cursor\", "
        "r.absent",
        writer->stage->rows, columns->str, values->str);
    add_ready(writer, sql);
    return g_string_free(sql, FALSE);
}

static bool begin(StreamWriter *writer, Err *err)
{
    if (writer->d->pooled)
        return db_begin(writer->d, err) && stage_make(writer->stage, err) && stage_clear(writer->stage, err);
    return stage_make(writer->stage, err) && db_begin(writer->d, err) && stage_clear(writer->stage, err);
}

static bool merge_parked(StreamWriter *writer, bool careful, Counts *counts, Err *err)
{
    Written written;
    bool any;
    g_autofree char *sql = stage_sql(writer);
    *counts = (Counts){0};
    writer->merge->has_source_rejects = writer->merge->keeps = false;
    writer->merge->near = writer->merge->near_scopes = (PartitionSpan){TIME_NONE, TIME_NONE};
    if (!any_ready(writer, &any, err))
        return false;
    if (!any)
        return true;
    if (!begin(writer, err) ||
        !db_execf(writer->d, err, &counts->read, sql, 2, writer->stream->id, reject_name(REJECT_MISSING_PARENT)))
        return false;
    if (counts->read == 0)
        return db_commit(writer->d, err);
    LedgerWho who = writer_who(writer);
    if (!merge_check(writer->merge, err) || !merge_write(writer->merge, careful, &written, err))
        return false;
    RowChange change = writer_row_change(writer, written.inserted, 0);
    writer->from_empty = false;
    return writer_settle(writer, &written, counts, err) && ledger_record(writer->d, &who, NULL, counts, &change, err) &&
           db_commit(writer->d, err);
}

static bool try_parked(StreamWriter *writer, bool careful, Counts *counts, Err *err)
{
    bool ok = merge_parked(writer, careful, counts, err);
    if (!ok)
        db_rollback(writer->d);
    if (writer->d->pooled)
        stage_gone(writer->stage);
    return ok;
}

bool writer_retry_parked(StreamWriter *writer, Counts *counts, Err *err)
{
    if (!writer_ask_rejects(writer, err))
        return false;
    if (!writer->any_rejects)
        return true;
    if (!writer_look_up(writer, err))
        return false;
    for (bool again = true; again;) { /* a row that lands may be the parent of another waiting one */
        Counts here;
        Err why = {0};
        bool ok = try_parked(writer, false, &here, &why);
        if (!ok && stage_row_error(&why)) {
            why = (Err){0};
            ok = try_parked(writer, true, &here, &why);
        }
        if (!ok && stage_row_error(&why))
            return true; /* written under another definition: the stream is about to be read whole */
        if (!ok) {
            sql_fail(err, &why);
            return why.code == ERR_BUSY ? false : err_context(err, "taking waiting rows of %s up again", writer->stream->id);
        }
        counts_add(counts, &here);
        again = here.written + here.unchanged > 0 && merge_has_self_parent(writer->merge);
    }
    return true;
}
