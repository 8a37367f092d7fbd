/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the rows that the database refuses, so that the others of their group land. */
#include "destinations/ddl_parts.h"
#include "destinations/merge_parts.h"
#include "destinations/sql.h"

/* A single row that cannot be stored. A foreign key is asked again: its parent may have vanished since the check. */
static bool mark_refused(Merge *m, int64_t seq, const Err *why, Err *err)
{
    SqlText number, reason, column;
    int64_t changed = 0;
    int index = m->d->diag.column[0] ? table_column(m->stream->table, m->d->diag.column) : -1;
    if (g_str_equal(why->native, "23503") && !merge_check_parents(m, err))
        return false;
    g_autofree char *sql =
        g_strdup_printf("UPDATE %s SET _tm_reason = CAST($2 AS smallint), _tm_column = CAST($3 AS smallint), _tm_sqlstate = $4 "
                        "WHERE _tm_seq = CAST($1 AS bigint) AND _tm_reason = 0",
                        m->stage->rows);
    return db_execf(m->d, err, &changed, sql, 4, sql_int(seq, &number), sql_int(stage_reason(why->native), &reason),
                    index < 0 ? NULL : sql_int(index, &column), why->native);
}

/* ---- rows that a CHECK refuses: asked for together, where halving would try each of many several times ---- */

static bool check_text(Merge *m, const char *name, char **text, Err *err)
{
    DbRows rows;
    if (!db_queryf(m->d, &rows, err, m->d->ops->dialect->check_expression, 2, m->target, name))
        return false;
    *text = rows.count == 1 ? g_strdup(db_cell(&rows, 0, 0)) : NULL;
    db_rows_clear(&rows);
    return true;
}

/* What the constraint says of staged values need not be what it says of the stored row (defaults, triggers, columns that do not come): these rows are
 * only suspected. *found stays empty when it cannot be asked. */
static bool find_suspects(Merge *m, const char *text, const Part *part, DbRows *found, Err *err)
{
    SqlText first, last;
    Err why = {0};
    g_autofree char *sql =
        g_strdup_printf("SELECT s._tm_seq FROM %s AS s WHERE " STAGE_LIVE(
                            "s") " AND s._tm_seq BETWEEN CAST($1 AS bigint) AND CAST($2 AS bigint) AND (%s) IS FALSE "
                                 "ORDER BY s._tm_seq",
                        m->stage->rows, text);
    if (!db_exec(m->d, err, "SAVEPOINT tm_look"))
        return false;
    bool ok = db_queryf(m->d, found, &why, sql, 2, sql_int(part->first, &first), sql_int(part->last, &last));
    if (!ok && why.code != ERR_DEST)
        return sql_fail(err, &why);
    return db_exec(m->d, err, ok ? "RELEASE SAVEPOINT tm_look" : "ROLLBACK TO SAVEPOINT tm_look; RELEASE SAVEPOINT tm_look");
}

static bool try_part(Merge *m, const Part *part, Written *written, Err *why, Err *err);

static bool try_suspects(Merge *m, const DbRows *suspects, Written *written, Err *err)
{
    for (int i = 0; i < suspects->count; i++) {
        int64_t seq = sql_cell_int(suspects, i, 0, 0);
        Part one = {seq, seq};
        Err why;
        if (!try_part(m, &one, written, &why, err))
            return false;
        bool refused = why.code != ERR_NONE && !g_str_equal(why.native, "23505");
        if (refused && !mark_refused(m, seq, &why, err))
            return false;
    }
    return true;
}

/* *again: rows that the constraint named by the last error refuses were put aside, so that the part is worth another try. */
static bool put_suspects_aside(Merge *m, const Part *part, const Err *why, Written *written, bool *again, Err *err)
{
    g_autofree char *name = g_strdup(m->d->diag.constraint);
    g_autofree char *text = NULL;
    *again = false;
    if (!g_str_equal(why->native, "23514") || !name[0] || !m->d->ops->dialect->check_expression ||
        !g_hash_table_add(m->checks, g_strdup(name)))
        return true;
    if (!check_text(m, name, &text, err))
        return false;
    if (!text) /* of a domain, say */
        return true;
    DbRows suspects = {0};
    bool ok = find_suspects(m, text, part, &suspects, err) && try_suspects(m, &suspects, written, err);
    *again = suspects.count > 0;
    db_rows_clear(&suspects);
    return ok;
}

static bool write_halving(Merge *m, const Part *part, GArray *refused, Written *written, Err *err);

static bool split(Merge *m, const Part *part, const Err *why, GArray *refused, Written *written, Err *err)
{
    if (part->first == part->last) {
        if (g_str_equal(why->native, "23505")) { /* its value may become free when the other rows are in */
            g_array_append_val(refused, part->first);
            return true;
        }
        return mark_refused(m, part->first, why, err);
    }
    bool again;
    if (!put_suspects_aside(m, part, why, written, &again, err))
        return false;
    if (again)
        return write_halving(m, part, refused, written, err);
    int64_t middle = part->first + (part->last - part->first) / 2;
    Part low = {part->first, middle}, high = {middle + 1, part->last};
    return write_halving(m, &low, refused, written, err) && write_halving(m, &high, refused, written, err);
}

/* One try inside a savepoint; *why tells the row error of a part that failed. */
static bool try_part(Merge *m, const Part *part, Written *written, Err *why, Err *err)
{
    Written here = {0};
    *why = (Err){0};
    if (!db_exec(m->d, err, "SAVEPOINT tm_part"))
        return false;
    if (merge_write_part(m, part, &here, why)) {
        written->inserted += here.inserted;
        written->updated += here.updated;
        return db_exec(m->d, err, "RELEASE SAVEPOINT tm_part");
    }
    DbDiag diag = m->d->diag;
    if (!stage_row_error(why))
        return sql_fail(err, why);
    bool ok = db_exec(m->d, err, "ROLLBACK TO SAVEPOINT tm_part; RELEASE SAVEPOINT tm_part");
    m->d->diag = diag;
    return ok;
}

static bool write_halving(Merge *m, const Part *part, GArray *refused, Written *written, Err *err)
{
    Err why;
    if (!try_part(m, part, written, &why, err))
        return false;
    return why.code == ERR_NONE || split(m, part, &why, refused, written, err);
}

/* ---- rows that want a unique value which another row has ---- */

/* Tried again as long as any of them gets in: rows may hand a value on to each other. */
static bool retry_refused(Merge *m, GArray *refused, Written *written, Err *err)
{
    for (bool progress = true; progress && refused->len > 0;) {
        progress = false;
        for (guint i = 0; i < refused->len;) {
            int64_t seq = g_array_index(refused, int64_t, i);
            Part one = {seq, seq};
            Err why;
            if (!try_part(m, &one, written, &why, err))
                return false;
            if (why.code != ERR_NONE) {
                i++;
                continue;
            }
            g_array_remove_index(refused, i);
            progress = true;
        }
    }
    return true;
}

/* A column can be emptied for a moment when it may be NULL and no other table can point at it: a foreign key needs a unique key on just its columns,
 * so one of several columns that holds this one is reason enough to keep away. */
static bool may_empty(const Merge *m, int column)
{
    const LiveColumn *live = live_column(m->live, m->stream->table->columns[column].name);
    bool may = live && !live->not_null && !live->generated;
    for (guint i = 0; may && i < m->live->referenced_by->len; i++)
        may = !g_str_equal(((const LiveForeign *)m->live->referenced_by->pdata[i])->ref_column, live->name);
    for (guint i = 0; may && i < m->live->keys->len; i++) {
        const LiveKey *key = m->live->keys->pdata[i];
        bool wide = key->unique && key->columns->len > 1;
        may = !wide || !g_ptr_array_find_with_equal_func(key->columns, live->name, g_str_equal, NULL);
    }
    return may;
}

/* The rows of the set give up their own values of unique keys. */
static bool give_up_values(Merge *m, const GArray *set, Err *err)
{
    g_autoptr(GString) numbers = g_string_new(NULL);
    for (guint i = 0; i < set->len; i++)
        sql_add(numbers, "%s%" G_GINT64_FORMAT, i ? ", " : "", g_array_index(set, int64_t, i));
    for (guint i = 0; i < m->uniques->len; i++) {
        const TableKey *key = m->uniques->pdata[i];
        if (key->count != 1 || !may_empty(m, key->columns[0]))
            continue;
        g_autofree char *sql = merge_release_sql(m, key->columns[0], numbers->str);
        if (sql && !m->d->ops->exec(m->d, sql, 0, NULL, NULL, err))
            return false;
    }
    return true;
}

static bool write_each(Merge *m, const GArray *set, GArray *stuck, Written *written, Err *err)
{
    for (guint i = 0; i < set->len; i++) {
        int64_t seq = g_array_index(set, int64_t, i);
        Part one = {seq, seq};
        Err why;
        if (!try_part(m, &one, written, &why, err))
            return false;
        if (why.code != ERR_NONE)
            g_array_append_val(stuck, seq);
    }
    return true;
}

/* All of the set get in, or nothing changes and *stuck says which of them cannot. */
static bool exchange_once(Merge *m, const GArray *set, GArray *stuck, Written *written, Err *err)
{
    Written here = {0};
    Err why = {0};
    if (!db_exec(m->d, err, "SAVEPOINT tm_exchange"))
        return false;
    if (!give_up_values(m, set, &why)) {
        if (!stage_row_error(&why))
            return sql_fail(err, &why);
        g_array_append_vals(stuck, set->data, set->len);
    } else if (!write_each(m, set, stuck, &here, err)) {
        return false;
    }
    if (stuck->len > 0)
        return db_exec(m->d, err, "ROLLBACK TO SAVEPOINT tm_exchange; RELEASE SAVEPOINT tm_exchange");
    written->inserted += here.inserted;
    written->updated += here.updated;
    return db_exec(m->d, err, "RELEASE SAVEPOINT tm_exchange");
}

static void remove_all(GArray *set, const GArray *gone)
{
    for (guint g = 0, i = 0; g < gone->len && i < set->len;) /* in the same order */
        if (g_array_index(set, int64_t, i) == g_array_index(gone, int64_t, g)) {
            g_array_remove_index(set, i);
            g++;
        } else {
            i++;
        }
}

/* Rows that want each other's values get in by no order: together they give theirs up first. Those that get in are taken out of `refused`. */
static bool exchange(Merge *m, GArray *refused, Written *written, Err *err)
{
    g_autoptr(GArray) set = g_array_copy(refused);
    bool ok = true, done = false;
    while (ok && !done && set->len > 1) {
        g_autoptr(GArray) stuck = g_array_new(FALSE, FALSE, sizeof(int64_t));
        ok = exchange_once(m, set, stuck, written, err);
        done = stuck->len == 0;
        remove_all(set, stuck);
    }
    if (ok && done)
        remove_all(refused, set);
    return ok;
}

static bool mark_duplicates(Merge *m, const GArray *refused, Err *err)
{
    const Err duplicate = {.code = ERR_DEST, .native = "23505"};
    for (guint i = 0; i < refused->len; i++)
        if (!mark_refused(m, g_array_index(refused, int64_t, i), &duplicate, err))
            return false;
    return true;
}

/* Parts are found by number: without an index each of many small tries would read the whole stage. */
static bool index_numbers(Merge *m, Err *err)
{
    if (m->d->ops->caps & DEST_NESTED_LOOPS)
        return true;
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, m->stage->rows, -1);
    g_autofree char *sql =
        g_strdup_printf("CREATE INDEX IF NOT EXISTS tidemark_number_%.16s ON %s (_tm_seq)", digest, m->stage->rows);
    return db_exec(m->d, err, sql);
}

bool merge_write_careful(Merge *m, Written *written, Err *err)
{
    Part all = {0, 0};
    g_autofree char *sql = g_strdup_printf("SELECT max(_tm_seq) FROM %s", m->stage->rows);
    if (!db_number(m->d, &all.last, err, sql, 0))
        return false;
    g_hash_table_remove_all(m->checks);
    GArray *refused = g_array_new(FALSE, FALSE, sizeof(int64_t));
    bool ok = index_numbers(m, err) && write_halving(m, &all, refused, written, err) && retry_refused(m, refused, written, err) &&
              exchange(m, refused, written, err) && mark_duplicates(m, refused, err);
    g_array_unref(refused);
    return ok;
}
