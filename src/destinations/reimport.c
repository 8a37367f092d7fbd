/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/reject_store.h"
#include "destinations/sql.h"
#include "destinations/writer.h"

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

static bool copy_group(StreamWriter *writer, bool careful, Err *err)
{
    Stage *stage = writer->stage;
    return db_begin(writer->d, err) && ledger_check_lease(writer->d, writer->stream, writer->setup.epoch, err) &&
           make_stage(writer, err) &&
           stage_copy(stage, (Batch *const *)writer->batches->pdata, (int)writer->batches->len, careful, err) &&
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

bool reimport_stage_group(StreamWriter *writer, Counts *counts, Err *err)
{
    (void)counts;
    Err why = {0};
    bool ok = try_copy(writer, false, &why);
    if (!ok && stage_row_error(&why)) {
        why = (Err){0};
        ok = try_copy(writer, true, &why);
    }
    for (guint i = 0; ok && i < writer->batches->len; i++) {
        const Batch *batch = writer->batches->pdata[i];
        writer->staged.read += batch->read;
        writer->staged.filtered += batch->filtered;
        writer->staged.unchanged += batch->same;
    }
    g_ptr_array_set_size(writer->batches, 0);
    if (ok)
        return true;
    if (err)
        *err = why;
    return why.code == ERR_BUSY ? false : err_context(err, "staging %s", writer->stream->id);
}
