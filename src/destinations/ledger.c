/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/ledger.h"

#include "base/clock.h"
#include "destinations/ledger_commit.h"
#include "destinations/sql.h"
#include "model/time.h"

static const char *const window_kinds[] = {[WINDOW_WHOLE] = "whole", [WINDOW_SINCE] = "since", [WINDOW_RANGE] = "range"};

bool ledger_position(Destination *d, const Stream *stream, Position *out, Err *err)
{
    *out = (Position){.watermark = TIME_NONE, .history_from = TIME_NONE, .changed_at = TIME_NONE, .rows = -1};
    g_autofree char *sql = g_strdup_printf(
        "SELECT s.watermark, s.definition, s.unaudited, s.history_from, s.changed_at, s.\"rows\", (SELECT count(*) FROM %srejects "
        "r "
        "WHERE r.stream = $1 AND r.dismissed_at IS NULL), s.stream, (SELECT count(*) FROM (SELECT 1 FROM %srejects q WHERE "
        "q.stream = $1 LIMIT 1) a), "
        "(SELECT count(*) FROM %scheckpoints k WHERE k.stream = $1) FROM (SELECT 1 AS one) o LEFT JOIN %sstreams s ON s.stream = "
        "$1",
        d->control, d->control, d->control, d->control);
    DbRows rows;
    if (!db_queryf(d, &rows, err, sql, 1, stream->id))
        return err_context(err, "reading the position of %s", stream->id);
    out->known = db_cell(&rows, 0, 7) != NULL;
    out->watermark = sql_cell_instant(&rows, 0, 0);
    const char *definition = db_cell(&rows, 0, 1);
    g_strlcpy(out->definition, definition ? definition : "", sizeof out->definition);
    out->unaudited = sql_cell_int(&rows, 0, 2, 0) != 0;
    out->history_from = sql_cell_instant(&rows, 0, 3);
    out->changed_at = sql_cell_instant(&rows, 0, 4);
    out->rows = sql_cell_int(&rows, 0, 5, -1);
    out->open_rejects = sql_cell_int(&rows, 0, 6, 0);
    out->any_rejects = sql_cell_int(&rows, 0, 8, 0) > 0;
    out->any_checkpoint = sql_cell_int(&rows, 0, 9, 0) > 0;
    db_rows_clear(&rows);
    return true;
}

static WindowKind kind_of(const char *text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(window_kinds); i++)
        if (g_str_equal(window_kinds[i], text))
            return (WindowKind)i;
    return WINDOW_WHOLE;
}

bool ledger_checkpoint(Destination *d, const Stream *stream, const char *job, const char *window_key, bool *found, Checkpoint *out,
                       Err *err)
{
    *found = false;
    *out = (Checkpoint){
        .window = {.low = TIME_NONE, .high = TIME_NONE, .clock = TIME_NONE}, .highest = TIME_NONE, .stop_before = TIME_NONE};
    g_autofree char *sql = g_strdup_printf(
        "SELECT k.kind, k.low, k.high, k.clock, k.highest, k.stop_before, k.first_load, k.\"position\", k.definition, k.run, "
        "(SELECT sum(c.written + c.unchanged) FROM %scommits AS c WHERE c.stream = k.stream AND c.job = k.job AND c.run = k.run "
        "AND c.window_key = k.window_key) FROM %scheckpoints AS k WHERE k.stream = $1 AND k.job = $2 AND k.window_key = $3",
        d->control, d->control);
    DbRows rows;
    if (!db_queryf(d, &rows, err, sql, 3, stream->id, job, window_key))
        return err_context(err, "reading the checkpoint of %s", stream->id);
    if (rows.count > 0) {
        *found = true;
        out->window = (Window){.kind = kind_of(db_cell(&rows, 0, 0)),
                               .low = sql_cell_instant(&rows, 0, 1),
                               .high = sql_cell_instant(&rows, 0, 2),
                               .clock = sql_cell_instant(&rows, 0, 3)};
        out->highest = sql_cell_instant(&rows, 0, 4);
        out->stop_before = sql_cell_instant(&rows, 0, 5);
        out->first_load = sql_cell_int(&rows, 0, 6, 0) != 0;
        const char *definition = db_cell(&rows, 0, 8);
        g_strlcpy(out->definition, definition ? definition : "", sizeof out->definition);
        out->run = sql_cell_int(&rows, 0, 9, 0);
        out->kept = sql_cell_int(&rows, 0, 10, 0);
        const char *position = db_cell(&rows, 0, 7);
        if (position) {
            gsize len = 0;
            guchar *bytes = g_base64_decode(position, &len);
            out->bytes = g_bytes_new_take(bytes, len);
        }
    }
    db_rows_clear(&rows);
    return true;
}

bool ledger_drop_checkpoints(Destination *d, const Stream *stream, const char *job, Err *err)
{
    g_autofree char *sql = g_strdup_printf("DELETE FROM %scheckpoints WHERE stream = $1 AND job = $2", d->control);
    return db_execf(d, err, NULL, sql, 2, stream->id, job);
}

/* ---- inside a commit ---- */

static bool put_checkpoint(Destination *d, const LedgerWho *who, const Checkpoint *at, Err *err)
{
    SqlText low, high, clock, highest, stop, run;
    gsize len = 0;
    const void *bytes = at->bytes ? g_bytes_get_data(at->bytes, &len) : NULL;
    g_autofree char *position = at->bytes ? g_base64_encode(bytes, len) : NULL;
    const char *now = d->ops->dialect->now;
    g_autofree char *sql = g_strdup_printf(
        "INSERT INTO %scheckpoints (stream, job, window_key, kind, low, high, clock, highest, stop_before, first_load, "
        "\"position\", run, definition, "
        "updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, %d, $10, $11, $12, %s) ON CONFLICT (stream, job, window_key) DO "
        "UPDATE "
        "SET "
        "kind = excluded.kind, low = excluded.low, high = excluded.high, clock = excluded.clock, highest = excluded.highest, "
        "stop_before = excluded.stop_before, first_load = excluded.first_load, \"position\" = excluded.\"position\", "
        "run = excluded.run, definition = excluded.definition, updated_at = excluded.updated_at",
        d->control, at->first_load ? 1 : 0, now);
    return db_execf(d, err, NULL, sql, 12, who->stream->id, who->job, who->window_key, window_kinds[at->window.kind],
                    sql_instant(at->window.low, &low), sql_instant(at->window.high, &high), sql_instant(at->window.clock, &clock),
                    sql_instant(at->highest, &highest), sql_instant(at->stop_before, &stop), position, sql_int(who->run, &run),
                    who->stream->definition);
}

static bool drop_checkpoint(Destination *d, const LedgerWho *who, Err *err)
{
    g_autofree char *sql =
        g_strdup_printf("DELETE FROM %scheckpoints WHERE stream = $1 AND job = $2 AND window_key = $3", d->control);
    return db_execf(d, err, NULL, sql, 3, who->stream->id, who->job, who->window_key);
}

/* The number of rows as SQL. added: to the number that is known, which stands in the row `s`. Counting walks the whole table or its index. */
typedef struct RowsText {
    GString *first, *later; /* for a row that is made, and for one that is there */
    bool counted;
} RowsText;

static void rows_text(Destination *d, const LedgerWho *who, const RowChange *change, bool may_add, bool may_count, RowsText *out)
{
    *out = (RowsText){.first = g_string_new(NULL), .later = g_string_new("excluded.\"rows\"")};
    out->counted = change->how == ROWS_ARE || (may_count && !may_add);
    if (change->how == ROWS_ARE) {
        sql_add(out->first, "%" G_GINT64_FORMAT, change->n);
    } else if (out->counted) {
        sql_add(out->first, "(SELECT count(*) FROM %s AS c WHERE 1 = 1", who->table);
        sql_scope(out->first, d, who->stream, "c");
        g_string_append_c(out->first, ')');
    } else {
        g_string_append(out->first, "NULL");
        if (may_add)
            g_string_printf(out->later, "s.\"rows\" + (%" G_GINT64_FORMAT ")", change->n);
    }
}

static void rows_text_free(RowsText *text)
{
    g_string_free(text->first, TRUE);
    g_string_free(text->later, TRUE);
}

/* The first commit of a stream makes its row; later ones only touch it when rows changed. */
static bool put_changed(Destination *d, const LedgerWho *who, const RowChange *change, bool changed, Err *err)
{
    if (!changed)
        return true;
    const char *now = d->ops->dialect->now;
    RowsText rows;
    rows_text(d, who, change, change->how == ROWS_GREW, false, &rows);
    g_autofree char *sql = g_strdup_printf(
        "INSERT INTO %sstreams AS s (stream, table_name, \"rows\", counted_at, changed_at, updated_at) VALUES ($1, $2, %s, %s, %s, "
        "%s) ON CONFLICT (stream) DO UPDATE SET table_name = excluded.table_name, \"rows\" = %s, counted_at = "
        "coalesce(excluded.counted_at, s.counted_at), changed_at = excluded.changed_at, updated_at = excluded.updated_at",
        d->control, rows.first->str, rows.counted ? now : "NULL", now, now, rows.later->str);
    rows_text_free(&rows);
    return db_execf(d, err, NULL, sql, 2, who->stream->id, who->table);
}

static bool put_position(Destination *d, const LedgerWho *who, const CommitPoint *point, const RowChange *change,
                         const LeaseFacts *facts, bool changed, Err *err)
{
    SqlText watermark, history;
    const char *now = d->ops->dialect->now;
    RowsText rows;
    rows_text(d, who, change, change->how == ROWS_GREW && facts->rows_known && (facts->rows_counted || !changed), true, &rows);
    g_autofree char *sql = g_strdup_printf(
        "INSERT INTO %sstreams AS s (stream, table_name, watermark, definition, unaudited, history_from, \"rows\", counted_at, "
        "first_loaded, changed_at, updated_at) VALUES ($1, $2, $3, $4, %d, $5, %s, %s, %s, %s, %s) ON CONFLICT (stream) DO UPDATE "
        "SET "
        "table_name = excluded.table_name, watermark = coalesce(excluded.watermark, s.watermark), definition = "
        "excluded.definition, unaudited = excluded.unaudited, history_from = excluded.history_from, \"rows\" = %s, "
        "counted_at = coalesce(excluded.counted_at, s.counted_at), first_loaded = coalesce(s.first_loaded, excluded.first_loaded), "
        "changed_at = coalesce(excluded.changed_at, s.changed_at), updated_at = excluded.updated_at",
        d->control, point->unaudited ? 1 : 0, rows.first->str, rows.counted ? now : "NULL", now, changed ? now : "NULL", now,
        rows.later->str);
    rows_text_free(&rows);
    return db_execf(d, err, NULL, sql, 5, who->stream->id, who->table, sql_instant(point->watermark, &watermark),
                    who->stream->definition, sql_instant(point->history_from, &history));
}

static bool put_line(Destination *d, const LedgerWho *who, const Counts *counts, Err *err)
{
    SqlText n[7];
    const char *now = d->ops->dialect->now;
    g_autofree char *sql = g_strdup_printf("INSERT INTO %scommits (stream, job, run, window_key, \"day\", \"read\", written, "
                                           "unchanged, rejected, filtered, removed, \"at\") "
                                           "VALUES ($1, $2, $3, $4, substr(CAST(%s AS text), 1, 10), $5, $6, $7, $8, $9, $10, %s)",
                                           d->control, now, now);
    return db_execf(d, err, NULL, sql, 10, who->stream->id, who->job, sql_int(who->run, &n[0]), who->window_key,
                    sql_int(counts->read, &n[1]), sql_int(counts->written, &n[2]), sql_int(counts->unchanged, &n[3]),
                    sql_int(counts->rejected, &n[4]), sql_int(counts->filtered, &n[5]), sql_int(counts->removed, &n[6]));
}

/* Old lines become one per job and day. Folded lines have no run. */
static bool fold_lines(Destination *d, const LedgerWho *who, Err *err)
{
    char before[40];
    day_format(clock_now_us() / US_PER_DAY - LEDGER_DETAILED_DAYS, before);
    g_autofree char *fold = g_strdup_printf(
        "INSERT INTO %scommits (stream, job, \"day\", \"read\", written, unchanged, rejected, filtered, removed, \"at\") "
        "SELECT stream, job, \"day\", sum(\"read\"), sum(written), sum(unchanged), sum(rejected), sum(filtered), sum(removed), "
        "max(\"at\") "
        "FROM %scommits WHERE stream = $1 AND \"day\" < $2 AND run IS NOT NULL GROUP BY stream, job, \"day\"",
        d->control, d->control);
    g_autofree char *drop =
        g_strdup_printf("DELETE FROM %scommits WHERE stream = $1 AND \"day\" < $2 AND run IS NOT NULL", d->control);
    int64_t folded = 0;
    return db_execf(d, err, &folded, fold, 2, who->stream->id, before) &&
           (folded == 0 || db_execf(d, err, NULL, drop, 2, who->stream->id, before));
}

static bool put_point(Destination *d, const LedgerWho *who, const CommitPoint *point, const RowChange *change,
                      const LeaseFacts *facts, bool changed, Err *err)
{
    bool ok = point->closed ? !facts->any_checkpoint || drop_checkpoint(d, who, err)
                            : !point->checkpoint || put_checkpoint(d, who, point->checkpoint, err);
    if (!ok)
        return false;
    if (!point->moves_watermark)
        return put_changed(d, who, change, changed, err);
    return put_position(d, who, point, change, facts, changed, err) && (!facts->old_lines || fold_lines(d, who, err));
}

bool ledger_record(Destination *d, const LedgerWho *who, const CommitPoint *point, const Counts *counts, const RowChange *change,
                   Err *err)
{
    bool changed = counts->written > 0 || counts->removed > 0;
    bool worth_a_line = counts->read > 0 || counts->removed > 0;
    LeaseFacts facts = {0};
    bool ok = ledger_check_lease(d, who->stream, who->epoch, &facts, err) &&
              (point ? put_point(d, who, point, change, &facts, changed, err) : put_changed(d, who, change, changed, err)) &&
              (!worth_a_line || put_line(d, who, counts, err));
    return ok || (err && err->code == ERR_BUSY) ? ok : err_context(err, "recording the commit of %s", who->stream->id);
}
