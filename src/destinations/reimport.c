/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/known_tables.h"
#include "destinations/reject_store.h"
#include "destinations/sql.h"
#include "destinations/unit_notes.h"
#include "destinations/vanish.h"

#define SHRINK_PERCENT 80 /* promise 5: fewer rows than that stop a reimport */

/* ---- staging ---- */

static bool list_stage(StreamWriter *writer, Err *err)
{
    SqlText run, epoch;
    g_autofree char *sql =
        g_strdup_printf("INSERT INTO %sstages (name, stream, run, epoch, created_at) VALUES ($1, $2, $3, $4, %s)",
                        writer->d->control, writer->d->ops->dialect->now);
    return db_execf(writer->d, err, NULL, sql, 4, writer->stage->rows, writer->stream->id, sql_int(writer->setup.run, &run),
                    sql_int(writer->setup.epoch, &epoch));
}

/* The tables and the line that lets a later run find them, in one transaction. */
static bool make_stage(StreamWriter *writer, Err *err)
{
    return writer->stage->made || (list_stage(writer, err) && stage_make(writer->stage, err));
}

bool reimport_drop_stage(StreamWriter *writer, Err *err)
{
    g_autofree char *sql = g_strdup_printf("DELETE FROM %sstages WHERE name = $1", writer->d->control);
    bool ok = db_begin(writer->d, err) && stage_drop(writer->stage, err) &&
              db_execf(writer->d, err, NULL, sql, 1, writer->stage->rows) && db_commit(writer->d, err);
    if (!ok)
        db_rollback(writer->d);
    return ok;
}

static bool copy_group(StreamWriter *writer, bool careful, Err *err)
{
    Batch *const *batches = (Batch *const *)writer->batches->pdata;
    return db_begin(writer->d, err) && ledger_check_lease(writer->d, writer->stream, writer->setup.epoch, NULL, err) &&
           make_stage(writer, err) && stage_copy(writer->stage, batches, (int)writer->batches->len, careful, err) &&
           db_commit(writer->d, err);
}

static bool try_copy(StreamWriter *writer, bool careful, Err *err)
{
    Stage *stage = writer->stage;
    bool made = stage->made;
    int64_t seq = stage->next_seq, scope = stage->next_scope;
    if (copy_group(writer, careful, err))
        return true;
    db_rollback(writer->d);
    stage->made = made;
    stage->next_seq = seq;
    stage->next_scope = scope;
    return false;
}

/* Partitions are made while rows are read, so that the transaction that makes the table equal need not. */
static bool make_partitions(StreamWriter *writer, Err *err)
{
    return !writer->stream->table->partitions.column || (writer_look_up(writer, err) && writer_place_group(writer, err));
}

static void keep_notes(StreamWriter *writer, const Batch *batch)
{
    for (int i = 0; i < batch->note_count; i++) {
        UnitNote note = batch->notes[i];
        note.text = g_strdup(note.text);
        g_array_append_val(writer->notes, note);
    }
    for (int i = 0; i < batch->scope_count; i++)
        writer->keeps = writer->keeps || batch->scopes[i].keep_others;
}

bool reimport_stage_group(StreamWriter *writer, Counts *counts, Err *err)
{
    (void)counts; /* what became of the rows is known at the end */
    Err why = {0};
    bool ok = make_partitions(writer, &why) && try_copy(writer, false, &why);
    if (!ok && stage_row_error(&why)) {
        why = (Err){0};
        ok = try_copy(writer, true, &why);
    }
    for (guint i = 0; ok && i < writer->batches->len; i++) {
        const Batch *batch = writer->batches->pdata[i];
        writer->staged.read += batch->read;
        writer->staged.filtered += batch->filtered;
        writer->staged.unchanged += batch->same;
        keep_notes(writer, batch);
    }
    g_ptr_array_set_size(writer->batches, 0);
    if (ok)
        return true;
    sql_fail(err, &why);
    return why.code == ERR_BUSY ? false : err_context(err, "staging %s", writer->stream->id);
}

/* ---- before the table is touched ---- */

/* Joins over a whole table need an index on one side, and statistics. */
static bool index_stage(StreamWriter *writer, Err *err)
{
    const Stream *stream = writer->stream;
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, writer->stage->rows, -1);
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_add(sql, "CREATE INDEX IF NOT EXISTS tidemark_stage_%.16s ON %s (", digest, writer->stage->rows);
    for (int i = 0; i < stream->conflict.count; i++) {
        g_string_append(sql, i ? ", " : "");
        db_quote(sql, stream->table->columns[stream->conflict.columns[i]].name);
    }
    sql_add(sql, "); CREATE INDEX IF NOT EXISTS tidemark_rejects_%.16s ON %s (_tm_key);", digest, writer->stage->rejects);
    if (writer->d->ops->caps & DEST_ANALYZE_STAGE) {
        sql_add(sql, "ANALYZE %s (_tm_reason, _tm_seq, _tm_key", writer->stage->rows);
        for (int i = 0; i < stream->table->column_count; i++) {
            if (!stream->mapped[i] || (!writer->merge->is_key[i] && !stream->table->columns[i].ref_table))
                continue;
            g_string_append(sql, ", ");
            db_quote(sql, stream->table->columns[i].name);
        }
        g_string_append(sql, ");");
    }
    return db_exec(writer->d, err, sql->str);
}

/* The rows that are to be replaced. */
static bool count_target(StreamWriter *writer, int64_t *rows, Err *err)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_add(sql, "SELECT count(*) FROM %s AS t WHERE 1 = 1", writer->merge->target);
    sql_scope(sql, writer->d, writer->stream, "t");
    merge_not_kept(writer->merge, sql);
    return db_number(writer->d, rows, err, sql->str, 0);
}

/* Rows that share the key that is about to be made can only come again as one. */
static bool count_keys(StreamWriter *writer, int64_t *keys, Err *err)
{
    const TableKey *conflict = &writer->stream->conflict;
    g_autoptr(GString) sql = g_string_new("SELECT count(*) FROM (SELECT DISTINCT ");
    for (int i = 0; i < conflict->count; i++) {
        g_string_append(sql, i ? ", " : "");
        sql_column(sql, "t", writer->stream->table->columns[conflict->columns[i]].name);
    }
    sql_add(sql, " FROM %s AS t) AS k", writer->merge->target);
    return db_number(writer->d, keys, err, sql->str, 0);
}

static bool guard_shrink(StreamWriter *writer, int64_t have, int64_t read, Err *err)
{
    if (writer->setup.allow_shrink || have == 0 || (read > 0 && read * 100 >= have * SHRINK_PERCENT))
        return true;
    if (read == 0)
        err_set(err, ERR_DEST, "no row was read, the table has %" G_GINT64_FORMAT ": nothing was changed", have);
    else
        err_set(err, ERR_DEST,
                "%" G_GINT64_FORMAT " rows were read, the table has %" G_GINT64_FORMAT ": under %d %%, nothing was changed", read,
                have, SHRINK_PERCENT);
    return err_hint(err, "look at the source first; --allow-shrink if the table is meant to shrink");
}

/* ---- the two methods ---- */

static bool delete_vanishing(StreamWriter *writer, int64_t *removed, Err *err)
{
    g_autofree char *condition = vanish_condition(writer);
    g_autofree char *sql = g_strdup_printf("DELETE FROM %s AS t WHERE %s", writer->merge->target, condition);
    return writer->d->ops->exec(writer->d, sql, 0, NULL, removed, err);
}

/* Vanishing rows go first, so that they free the values of unique keys; in a table that points at itself they go last, when nothing points at
 * them any more. */
static bool make_equal(StreamWriter *writer, bool careful, Written *written, Counts *counts, Err *err)
{
    Vanish vanish = {.writer = writer, .locks = g_ptr_array_new_with_free_func(g_free)};
    bool last = merge_has_self_parent(writer->merge);
    int64_t removed = 0;
    bool ok = merge_check(writer->merge, err) && vanish_park(&vanish, err) && (last || delete_vanishing(writer, &removed, err)) &&
              merge_write(writer->merge, careful, written, err) && (!last || delete_vanishing(writer, &removed, err));
    counts->removed += removed + vanish.removed;
    vanish_done(&vanish);
    return ok;
}

static bool empty_table(StreamWriter *writer, int64_t have, int64_t *removed, Err *err)
{
    bool referenced;
    *removed = have;
    if (!reimport_may_empty(writer->d, writer->merge->live, &referenced, err))
        return false;
    g_autoptr(GString) sql = g_string_new(NULL);
    if ((writer->d->ops->caps & DEST_TRUNCATE) && !referenced && writer->stream->scope_count == 0 && !writer->keeps) {
        sql_add(sql, "TRUNCATE %s", writer->merge->target);
        return db_exec(writer->d, err, sql->str);
    }
    sql_add(sql, "DELETE FROM %s AS t WHERE 1 = 1", writer->merge->target);
    sql_scope(sql, writer->d, writer->stream, "t");
    merge_not_kept(writer->merge, sql);
    return writer->d->ops->exec(writer->d, sql->str, 0, NULL, removed, err);
}

static bool fill_again(StreamWriter *writer, bool careful, int64_t have, Written *written, Counts *counts, Err *err)
{
    int64_t removed;
    if (!empty_table(writer, have, &removed, err) || (writer->setup.key && !db_exec(writer->d, err, writer->setup.key)))
        return false;
    counts->removed += removed;
    return merge_check(writer->merge, err) && merge_write(writer->merge, careful, written, err);
}

/* ---- the end of it ---- */

static bool finish(StreamWriter *writer, bool careful, const CommitPoint *point, Counts *counts, Err *err)
{
    const RowChange change = {.how = ROWS_UNKNOWN};
    Written written = {0};
    int64_t have = 0, keys = 0, refused = 0, rows = 0;
    g_autofree char *count_refused = g_strdup_printf("SELECT count(*) FROM %s", writer->stage->rejects);
    g_autofree char *count_rows = g_strdup_printf("SELECT count(*) FROM %s", writer->stage->rows);
    *counts = writer->staged;
    if (!db_begin(writer->d, err) || !count_target(writer, &have, err) || !db_number(writer->d, &refused, err, count_refused, 0) ||
        !db_number(writer->d, &rows, err, count_rows, 0) || (writer->setup.key && !count_keys(writer, &keys, err)) ||
        !guard_shrink(writer, writer->setup.key ? keys : have, rows + refused, err))
        return false;
    counts->rejected = refused;
    writer->merge->has_source_rejects = refused > 0;
    bool ok = writer->setup.kind == WRITER_TRUNCATE ? fill_again(writer, careful, have, &written, counts, err)
                                                    : make_equal(writer, careful, &written, counts, err);
    LedgerWho who = writer_who(writer);
    return ok && writer_settle(writer, &written, counts, err) && reject_store_only(writer->stage, err) &&
           unit_notes_drop(writer->d, writer->stream, err) &&
           unit_notes_put(writer->d, writer->stream, writer->setup.run, (const UnitNote *)(void *)writer->notes->data,
                          (int)writer->notes->len, err) &&
           ledger_record(writer->d, &who, point, counts, &change, err) && db_commit(writer->d, err);
}

static bool try_finish(StreamWriter *writer, bool careful, const CommitPoint *point, Counts *counts, Err *err)
{
    if (finish(writer, careful, point, counts, err))
        return true;
    db_rollback(writer->d);
    return false;
}

bool writer_finish_reimport(StreamWriter *writer, const CommitPoint *point, Counts *counts, Err *err)
{
    Counts here;
    Err why = {0};
    if (!writer->stage->made && !try_copy(writer, false, err))
        return err_context(err, "staging %s", writer->stream->id);
    g_clear_pointer(&writer->merge, merge_free); /* what is known since partitions were made may be old */
    if (!writer_look_up(writer, err) || !index_stage(writer, err))
        return err_context(err, "reimporting %s", writer->stream->id);
    writer->merge->replaces = true;
    writer->merge->keeps = writer->keeps;
    writer->any_rejects = true;
    bool ok = try_finish(writer, false, point, &here, &why);
    if (!ok && stage_row_error(&why)) {
        why = (Err){0};
        ok = try_finish(writer, true, point, &here, &why);
    }
    if (!ok) {
        sql_fail(err, &why);
        return why.code == ERR_BUSY ? false : err_context(err, "reimporting %s", writer->stream->id);
    }
    if (writer->setup.key)
        destination_forget_tables(writer->d);
    counts_add(counts, &here);
    return reimport_drop_stage(writer, err);
}
