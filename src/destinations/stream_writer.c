/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/stream_writer.h"

#include "destinations/reject_store.h"
#include "destinations/sql.h"
#include "destinations/unit_notes.h"
#include "destinations/writer.h"
#include "model/time.h"

#define DIRECT_FAILURES 2 /* in a row: then this run stages everything */
#define PARENT_TRIES    3 /* how often parents may vanish between check and write */

StreamWriter *writer_new(Destination *d, const WriterSetup *setup, Err *err)
{
    bool kept = setup->kind != WRITER_SYNC;
    if (kept && setup->epoch <= 0) {
        err_set(err, ERR_INTERNAL, "a reimport of %s was begun without a lease", setup->stream->id);
        return NULL;
    }
    StreamWriter *writer = g_new0(StreamWriter, 1);
    writer->d = d;
    writer->setup = *setup;
    writer->job = g_strdup(setup->job);
    writer->window_key = g_strdup(setup->window_key);
    writer->stream = setup->stream;
    writer->direct = setup->direct && (d->ops->caps & DEST_DIRECT_COPY);
    writer->late_key = kept ? NULL : setup->key;
    writer->stage = stage_new(d, setup->stream, kept ? setup->epoch : 0);
    writer->rejects_known = setup->no_rejects;
    writer->batches = g_ptr_array_new();
    writer->notes = g_array_new(FALSE, FALSE, sizeof(UnitNote));
    return writer;
}

void writer_free(StreamWriter *writer)
{
    if (!writer)
        return;
    Err ignored = {0};
    if (writer->stage->made) {
        db_rollback(writer->d);
        if (writer->stage->kept)
            reimport_drop_stage(writer, &ignored);
        else
            stage_drop(writer->stage, &ignored);
    }
    merge_free(writer->merge);
    stage_free(writer->stage);
    g_ptr_array_unref(writer->batches);
    for (guint i = 0; i < writer->notes->len; i++)
        g_free((char *)g_array_index(writer->notes, UnitNote, i).text);
    g_array_unref(writer->notes);
    g_free(writer->job);
    g_free(writer->window_key);
    g_free(writer);
}

void writer_start_over(StreamWriter *writer)
{
    writer->direct = false;
}

bool writer_look_up(StreamWriter *writer, Err *err)
{
    if (writer->merge)
        return true;
    writer->merge = merge_new(writer->d, writer->stream, writer->stage, writer->setup.direct, err);
    writer->from_empty = writer->merge && writer->setup.direct && writer->merge->live->empty;
    return writer->merge != NULL;
}

/* Rows that the source itself puts into a shared table may belong to another stream of it. */
RowChange writer_row_change(const StreamWriter *writer, int64_t inserted, int64_t removed)
{
    RowChange change = {.how = writer->from_empty ? ROWS_ARE : ROWS_GREW, .n = inserted - removed};
    for (int i = 0; i < writer->stream->scope_count; i++)
        if (writer->stream->mapped[writer->stream->scope[i].column])
            change.how = ROWS_UNKNOWN;
    return change;
}

LedgerWho writer_who(const StreamWriter *writer)
{
    return (LedgerWho){.stream = writer->stream,
                       .table = writer->merge ? writer->merge->target : NULL,
                       .job = writer->job,
                       .window_key = writer->window_key,
                       .run = writer->setup.run,
                       .epoch = writer->setup.epoch};
}

bool writer_add(StreamWriter *writer, Batch *batch, Err *err)
{
    (void)err;
    g_ptr_array_add(writer->batches, batch);
    return true;
}

void writer_rollback(StreamWriter *writer)
{
    db_rollback(writer->d);
    if (writer->d->pooled && !writer->stage->kept)
        stage_gone(writer->stage);
    g_ptr_array_set_size(writer->batches, 0);
}

/* ---- what a group holds ---- */

static Counts group_counts(const StreamWriter *writer, int64_t *rows, int64_t *scopes)
{
    Counts counts = {0};
    *rows = *scopes = 0;
    for (guint i = 0; i < writer->batches->len; i++) {
        const Batch *batch = writer->batches->pdata[i];
        counts.read += batch->read;
        counts.filtered += batch->filtered;
        counts.unchanged += batch->same;
        counts.rejected += batch->reject_count;
        *rows += batch->row_count;
        *scopes += batch->scope_count;
    }
    return counts;
}

static Batch *const *group(const StreamWriter *writer)
{
    return (Batch *const *)writer->batches->pdata;
}

static bool keeps_others(const StreamWriter *writer)
{
    for (guint i = 0; i < writer->batches->len; i++) {
        const Batch *batch = writer->batches->pdata[i];
        for (int k = 0; k < batch->scope_count; k++)
            if (batch->scopes[k].keep_others)
                return true;
    }
    return false;
}

bool writer_place_group(StreamWriter *writer, Err *err)
{
    Merge *merge = writer->merge;
    int count = (int)writer->batches->len;
    merge->keeps = keeps_others(writer);
    merge->near = partitions_of_rows(merge->partitions, group(writer), count);
    merge->near_scopes = partitions_of_scopes(merge->partitions, group(writer), count);
    if (!merge->partitions)
        return true;
    const PartitionSpan *looked_at = merge->near_scopes.low != TIME_NONE ? &merge->near_scopes : &merge->near;
    return partitions_make(merge->partitions, group(writer), count, err) &&
           (writer->direct || partitions_know(merge->partitions, looked_at, err));
}

/* What the group's units left behind. Most say that there is nothing, and most streams have no note that could go. */
static bool put_notes(StreamWriter *writer, Err *err)
{
    for (guint i = 0; i < writer->batches->len; i++) {
        const Batch *batch = writer->batches->pdata[i];
        if (batch->note_count == 0)
            continue;
        if (!writer->notes_known && !unit_notes_any(writer->d, writer->stream, &writer->any_notes, err))
            return false;
        writer->notes_known = true;
        for (int k = 0; k < batch->note_count; k++) {
            if (batch->notes[k].count == 0 && !writer->any_notes)
                continue;
            if (!unit_notes_put(writer->d, writer->stream, writer->setup.run, &batch->notes[k], 1, err))
                return false;
            writer->any_notes = true;
        }
    }
    return true;
}

bool writer_ask_rejects(StreamWriter *writer, Err *err)
{
    if (writer->rejects_known)
        return true;
    writer->rejects_known = reject_store_any(writer->d, writer->stream, &writer->any_rejects, err);
    return writer->rejects_known;
}

static bool unbalanced(const StreamWriter *writer, const Counts *counts, Err *err)
{
    return err_set(err, ERR_INTERNAL,
                   "%s: %" G_GINT64_FORMAT " rows were read, but %" G_GINT64_FORMAT " written, %" G_GINT64_FORMAT
                   " unchanged, %" G_GINT64_FORMAT " rejected and %" G_GINT64_FORMAT " filtered; the group was rolled back",
                   writer->stream->id, counts->read, counts->written, counts->unchanged, counts->rejected, counts->filtered);
}

/* ---- after the rows: rejects and balance ---- */

static bool settle_rejects(StreamWriter *writer, Counts *counts, Err *err)
{
    int64_t dropped = 0;
    if (writer->merge->has_source_rejects && !reject_store_drop_older(writer->stage, &dropped, err))
        return false;
    counts->rejected -= dropped;
    counts->unchanged += dropped;
    if (writer->any_rejects && !writer->merge->replaces && !reject_store_landed(writer->stage, err))
        return false;
    if (counts->rejected == 0)
        return true;
    writer->any_rejects = true;
    return reject_store_put(writer->stage, writer->setup.run, &counts->rejected_new, err);
}

bool writer_settle(StreamWriter *writer, const Written *written, Counts *counts, Err *err)
{
    StageTally tally;
    int64_t stored = written->inserted + written->updated;
    if (!merge_tally(writer->merge, &tally, err))
        return false;
    counts->written += stored;
    counts->unchanged += tally.superseded + tally.live - stored;
    counts->rejected += tally.rejected;
    if (tally.rejected > 0 && !merge_collect_rejects(writer->merge, err))
        return false;
    if (!settle_rejects(writer, counts, err))
        return false;
    return counts_balance(counts) || unbalanced(writer, counts, err);
}

/* ---- one try at a group ---- */

typedef enum Way {
    WAY_NOTHING, /* the rows are all there as they are */
    WAY_DIRECT,  /* straight into the table */
    WAY_STAGED,  /* through the stage; an error of a row ends the try */
    WAY_CAREFUL, /* the same, finding the rows that the database refuses */
    WAY_NONE
} Way;

/* One writer for the whole database: rows are staged before it is asked for, so that others wait for the merge alone. */
static bool stage_apart(const StreamWriter *writer)
{
    return !(writer->d->ops->caps & DEST_WRITERS);
}

static bool fill_stage(StreamWriter *writer, Way way, Err *err)
{
    int count = (int)writer->batches->len;
    if (!stage_make(writer->stage, err) || !stage_clear(writer->stage, err))
        return false;
    return way == WAY_DIRECT ? stage_copy_rejects(writer->stage, group(writer), count, err)
                             : stage_copy(writer->stage, group(writer), count, way == WAY_CAREFUL, err);
}

static bool begin_with_stage(StreamWriter *writer, Way way, bool needs_stage, Err *err)
{
    if (!needs_stage)
        return db_begin(writer->d, err);
    if (stage_apart(writer))
        return db_exec(writer->d, err, "BEGIN") && fill_stage(writer, way, err) && db_commit(writer->d, err) &&
               db_begin(writer->d, err);
    if (!writer->d->pooled && !stage_make(writer->stage, err))
        return false;
    return db_begin(writer->d, err) && fill_stage(writer, way, err);
}

static bool copy_direct(StreamWriter *writer, int64_t rows, Counts *counts, Err *err)
{
    CopyTarget target = {.stream = writer->merge->stream, .table = writer->merge->target};
    if (rows > 0 && !writer->d->ops->copy(writer->d, &target, group(writer), (int)writer->batches->len, err))
        return false;
    counts->written += rows;
    return settle_rejects(writer, counts, err) && (counts_balance(counts) || unbalanced(writer, counts, err));
}

static bool write_staged(StreamWriter *writer, Way way, Counts *counts, RowChange *change, Err *err)
{
    Written written = {0};
    int64_t removed = 0;
    bool children = writer->stream->mode == WRITE_CHILDREN;
    if (!merge_check(writer->merge, err))
        return false;
    if (children && !merge_remove(writer->merge, &removed, err)) {
        if (err && g_str_equal(err->native, "23503")) /* no staged row's fault: finding rows would not help */
            err_set(err, ERR_DEST, "a row that is gone at the source cannot be deleted: another table points at it");
        return false;
    }
    counts->removed += removed;
    if (!merge_write(writer->merge, way == WAY_CAREFUL, &written, err))
        return false;
    *change = writer_row_change(writer, written.inserted, removed);
    return writer_settle(writer, &written, counts, err);
}

static bool write_group(StreamWriter *writer, Way way, const CommitPoint *point, Counts *counts, Err *err)
{
    int64_t rows, scopes;
    *counts = group_counts(writer, &rows, &scopes);
    bool anything = way != WAY_NOTHING && (rows > 0 || scopes > 0 || counts->rejected > 0);
    bool needs_stage = way == WAY_DIRECT ? counts->rejected > 0 : anything;
    counts->unchanged += way == WAY_NOTHING ? rows : 0;
    bool needs_key = late_key_is_due(writer, way == WAY_DIRECT, point);
    if (!begin_with_stage(writer, way, needs_stage, err) || (needs_key && !late_key_make(writer, err)))
        return false;
    counts->rejected += needs_stage ? writer->stage->refused : 0;
    writer->merge->has_source_rejects = counts->rejected > 0;
    RowChange change = writer_row_change(writer, way == WAY_DIRECT ? rows : 0, 0);
    bool ok = !anything           ? counts_balance(counts) || unbalanced(writer, counts, err)
              : way == WAY_DIRECT ? copy_direct(writer, rows, counts, err)
                                  : write_staged(writer, way, counts, &change, err);
    LedgerWho who = writer_who(writer);
    ok = ok && put_notes(writer, err) && ledger_record(writer->d, &who, point, counts, &change, err) && db_commit(writer->d, err);
    if (ok && needs_key)
        late_key_made(writer);
    return ok;
}

static bool try_group(StreamWriter *writer, Way way, const CommitPoint *point, Counts *counts, Err *err)
{
    bool ok = write_group(writer, way, point, counts, err);
    if (!ok)
        db_rollback(writer->d);
    writer->from_empty = writer->from_empty && !ok;
    if (writer->d->pooled)
        stage_gone(writer->stage);
    return ok;
}

/* ---- the group ---- */

static bool first_way(StreamWriter *writer, Way *way, Err *err)
{
    bool unchanged;
    *way = WAY_DIRECT;
    if (writer->direct && !writer->any_rejects && merge_allows_direct(writer->merge))
        return true;
    *way = WAY_STAGED;
    if (writer->late_key)
        return true;
    if (!unchanged_group(writer, &unchanged, err))
        return false;
    *way = unchanged ? WAY_NOTHING : WAY_STAGED;
    return true;
}

static Way next_way(StreamWriter *writer, Way way)
{
    if (way != WAY_DIRECT)
        return way == WAY_NOTHING ? WAY_STAGED : way == WAY_STAGED ? WAY_CAREFUL : WAY_NONE;
    writer->direct = ++writer->direct_failures < DIRECT_FAILURES;
    return WAY_STAGED;
}

bool writer_commit(StreamWriter *writer, const CommitPoint *point, Counts *counts, Err *err)
{
    Err why = {0};
    if (writer->setup.kind != WRITER_SYNC)
        return reimport_stage_group(writer, counts, err);
    Way way;
    if (!writer_look_up(writer, err) || !writer_ask_rejects(writer, err) || !writer_place_group(writer, err) ||
        !first_way(writer, &way, err)) {
        g_ptr_array_set_size(writer->batches, 0);
        return false;
    }
    int parent_tries = 0;
    while (way != WAY_NONE) {
        Counts here;
        bool had_rejects = writer->any_rejects;
        why = (Err){0};
        if (try_group(writer, way, point, &here, &why)) {
            if (way == WAY_DIRECT)
                writer->direct_failures = 0;
            counts_add(counts, &here);
            g_ptr_array_set_size(writer->batches, 0);
            return true;
        }
        writer->any_rejects = had_rejects;
        if (!stage_row_error(&why))
            break;
        if (way == WAY_STAGED && g_str_equal(why.native, "23503") && ++parent_tries < PARENT_TRIES)
            continue;
        way = next_way(writer, way);
    }
    g_ptr_array_set_size(writer->batches, 0);
    sql_fail(err, &why);
    return why.code == ERR_BUSY ? false : err_context(err, "writing %s", writer->stream->id);
}
