/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/merge.h"

#include "destinations/ddl_parts.h"
#include "destinations/sql.h"

#define RANGE " AND s._tm_seq BETWEEN CAST($1 AS bigint) AND CAST($2 AS bigint)"

static const Column *column_at(const Merge *m, int index)
{
    return &m->stream->table->columns[index];
}

static void add_column(const Merge *m, const char *alias, int index, GString *out)
{
    sql_column(out, alias, column_at(m, index)->name);
}

static void add_columns(const Merge *m, const char *alias, const int *columns, int count, GString *out)
{
    for (int i = 0; i < count; i++) {
        g_string_append(out, i ? ", " : "");
        add_column(m, alias, columns[i], out);
    }
}

static void add_equal(const Merge *m, const char *a, const char *b, const int *columns, int count, GString *out)
{
    for (int i = 0; i < count; i++) {
        g_string_append(out, i ? " AND " : "");
        add_column(m, a, columns[i], out);
        g_string_append(out, column_at(m, columns[i])->nullable && m->nullable_key ? " IS NOT DISTINCT FROM " : " = ");
        add_column(m, b, columns[i], out);
    }
}

void merge_same_key(const Merge *merge, const char *a, const char *b, GString *out)
{
    add_equal(merge, a, b, merge->stream->conflict.columns, merge->stream->conflict.count, out);
}

/* The same of a stored row: of a partitioned table only the partitions that can have it are looked through. */
static void add_stored_key(const Merge *m, const char *stored, const char *staged, GString *out)
{
    merge_same_key(m, stored, staged, out);
    partitions_bound(m->partitions, &m->near, stored, out);
}

/* ---- checks ---- */

/* ` AND (k) IN (…)`: the few rows that share their key. With IN both databases look them up in a hash or tree; a join would be quadratic in
 * SQLite. A key that may be NULL is found in no list, so then all rows are sorted. */
static void add_shared(const Merge *m, const int *columns, int count, bool of_conflict_key, GString *out)
{
    if (of_conflict_key && m->nullable_key)
        return;
    g_string_append(out, " AND (");
    add_columns(m, "s", columns, count, out);
    g_string_append(out, ") IN (SELECT ");
    add_columns(m, "d", columns, count, out);
    sql_add(out, " FROM %s AS d WHERE " STAGE_LIVE("d"), m->stage->rows);
    for (int i = 0; !of_conflict_key && i < count; i++) { /* NULL is equal to nothing in a unique key */
        g_string_append(out, " AND ");
        add_column(m, "d", columns[i], out);
        g_string_append(out, " IS NOT NULL");
    }
    g_string_append(out, " GROUP BY ");
    add_columns(m, "d", columns, count, out);
    g_string_append(out, " HAVING count(*) > 1)");
}

/* The winner among rows with one key is the newest by cursor, then the last one read. A loser of the conflict key that is the same document, or that may
 * share its row, was only superseded; every other loser is a duplicate. */
char *merge_duplicates_sql(const Merge *merge, const int *columns, int count, bool of_conflict_key)
{
    const char *stage = merge->stage->rows;
    GString *sql = g_string_new("WITH w AS (SELECT s._tm_seq AS seq, s._tm_key AS own, first_value(s._tm_key) OVER o AS winner, "
                                "row_number() OVER o AS place FROM ");
    sql_add(sql, "%s AS s WHERE " STAGE_LIVE("s"), stage);
    add_shared(merge, columns, count, of_conflict_key, sql);
    g_string_append(sql, " WINDOW o AS (PARTITION BY ");
    add_columns(merge, "s", columns, count, sql);
    sql_add(sql, " ORDER BY s._tm_cursor DESC NULLS LAST, s._tm_seq DESC)) UPDATE %s AS t SET _tm_reason = ", stage);
    if (!of_conflict_key)
        sql_add(sql, "%d", REJECT_DUPLICATE);
    else if (!merge->stream->conflict_is_identity)
        sql_add(sql, "%d", STAGE_SUPERSEDED);
    else
        sql_add(sql, "CASE WHEN w.own = w.winner THEN %d ELSE %d END", STAGE_SUPERSEDED, REJECT_DUPLICATE);
    sql_add(sql, ", _tm_column = %d, _tm_sqlstate = '23505' FROM w WHERE w.seq = t._tm_seq AND w.place > 1", columns[0]);
    return g_string_free(sql, FALSE);
}

void merge_parent_exists(const Parent *parent, const char *value, GString *out)
{
    const char *cast = parent->as_text ? "CAST(" : "", *end = parent->as_text ? " AS text)" : "";
    sql_add(out, "EXISTS (SELECT 1 FROM %s AS p WHERE %sp.", parent->table, cast);
    db_quote(out, parent->ref);
    sql_add(out, "%s = %s%s%s)", end, cast, value, end);
}

char *merge_parents_sql(const Merge *merge, const Parent *parent)
{
    g_autoptr(GString) value = g_string_new(NULL);
    add_column(merge, "s", parent->column, value);
    GString *sql = g_string_new("UPDATE ");
    sql_add(sql,
            "%s AS s SET _tm_reason = %d, _tm_column = %d, _tm_sqlstate = '23503' WHERE " STAGE_LIVE("s") " AND %s IS NOT NULL",
            merge->stage->rows, REJECT_MISSING_PARENT, parent->column, value->str);
    int ref = parent->self ? table_column(merge->stream->table, parent->ref) : -1;
    if (ref >= 0 && merge->stream->mapped[ref]) { /* the parent may be in the same group, if it is not rejected itself */
        sql_add(sql, " AND NOT EXISTS (SELECT 1 FROM %s AS q WHERE " STAGE_LIVE("q") " AND ", merge->stage->rows);
        add_column(merge, "q", ref, sql);
        sql_add(sql, " = %s)", value->str);
        if (merge->replaces)
            return g_string_free(sql, FALSE);
    }
    g_string_append(sql, " AND NOT ");
    merge_parent_exists(parent, value->str, sql);
    return g_string_free(sql, FALSE);
}

/* A value of another unique key is taken when another row of the table holds it, unless this very group changes that row (its staged version has
 * another value: two staged rows with one value were told apart before). In a reimport rows that are not staged go away. */
char *merge_unique_sql(const Merge *merge, const TableKey *unique)
{
    GString *sql = g_string_new("UPDATE ");
    sql_add(sql,
            "%s AS s SET _tm_reason = %d, _tm_column = %d, _tm_sqlstate = '23505' WHERE " STAGE_LIVE(
                "s") " AND EXISTS (SELECT 1 FROM %s AS t WHERE ",
            merge->stage->rows, REJECT_DUPLICATE, unique->columns[0], merge->target);
    for (int i = 0; i < unique->count; i++) { /* NULL is equal to nothing here, as in the database */
        g_string_append(sql, i ? " AND " : "");
        add_column(merge, "t", unique->columns[i], sql);
        g_string_append(sql, " = ");
        add_column(merge, "s", unique->columns[i], sql);
    }
    g_string_append(sql, " AND NOT (");
    merge_same_key(merge, "t", "s", sql);
    sql_add(sql, ") AND %s EXISTS (SELECT 1 FROM %s AS q WHERE %s AND ", merge->replaces ? "" : "NOT", merge->stage->rows,
            merge->replaces ? STAGE_REJECTED("q") : STAGE_LIVE("q"));
    merge_same_key(merge, "q", "t", sql);
    g_string_append(sql, "))");
    return g_string_free(sql, FALSE);
}

/* The row is there, but it belongs to another stream of the shared table. */
char *merge_out_of_scope_sql(const Merge *merge)
{
    GString *sql = g_string_new("UPDATE ");
    sql_add(sql,
            "%s AS s SET _tm_reason = %d, _tm_column = %d, _tm_sqlstate = '23505' WHERE " STAGE_LIVE(
                "s") " AND EXISTS (SELECT 1 FROM %s AS t WHERE ",
            merge->stage->rows, REJECT_DUPLICATE, merge->stream->conflict.columns[0], merge->target);
    add_stored_key(merge, "t", "s", sql);
    g_string_append(sql, " AND (1 = 1");
    sql_scope(sql, merge->d, merge->stream, "t");
    g_string_append(sql, ") IS NOT TRUE)");
    return g_string_free(sql, FALSE);
}

/* A new row whose required value is absent; a row that exists keeps the one it has. */
char *merge_required_sql(const Merge *merge, int column)
{
    GString *sql = g_string_new("UPDATE ");
    sql_add(sql,
            "%s AS s SET _tm_reason = %d, _tm_column = %d, _tm_sqlstate = '23502' WHERE " STAGE_LIVE(
                "s") " AND substr(s._tm_absent, %d, 1) = '1' "
                     "AND NOT EXISTS (SELECT 1 FROM %s AS t WHERE ",
            merge->stage->rows, REJECT_REQUIRED, column, column + 1, merge->target);
    add_stored_key(merge, "t", "s", sql);
    g_string_append_c(sql, ')');
    return g_string_free(sql, FALSE);
}

/* ---- writing ---- */

static bool takes(const Merge *m, int column, const char *absent)
{
    return m->stream->mapped[column] && !(absent && absent[column] == '1');
}

/* Compared and updated: what the source says of the row beyond its key. Inherited values are set once. */
static bool updates(const Merge *m, int column, const char *absent)
{
    return takes(m, column, absent) && m->own[column] && !m->is_key[column];
}

static int count_updates(const Merge *m, const char *absent)
{
    int count = 0;
    for (int i = 0; i < m->stream->table->column_count; i++)
        count += updates(m, i, absent);
    return count;
}

/* Where the table keeps the other kind of JSON than its definition says, as values and not as texts: jsonb has no text of its own. */
static void add_comparable(const Merge *m, int index, const char *alias, GString *out)
{
    Column column = *column_at(m, index);
    const LiveColumn *live = live_column(m->live, column.name);
    if (live && live->type_known && type_is_json(column.type.kind) && type_is_json(live->type.kind) &&
        live->type.kind != column.type.kind)
        column.type.kind = TYPE_JSONB;
    m->d->ops->dialect->comparable(&column, alias, out);
}

static void add_differs(const Merge *m, const char *a, const char *b, const char *absent, GString *out)
{
    const char *separator = "(";
    for (int i = 0; i < m->stream->table->column_count; i++) {
        if (!updates(m, i, absent))
            continue;
        g_string_append(out, separator);
        add_comparable(m, i, a, out);
        g_string_append(out, " IS DISTINCT FROM ");
        add_comparable(m, i, b, out);
        separator = " OR ";
    }
    g_string_append_c(out, ')');
}

void merge_agrees(const Merge *merge, const char *a, const char *b, GString *out)
{
    if (merge->stream->mode == WRITE_INSERT_IGNORE || count_updates(merge, NULL) == 0)
        return;
    g_string_append(out, " AND NOT ");
    add_differs(merge, a, b, NULL, out);
}

/* The greatest cursor column of a row; NULLs count as least. */
static char *greatest_cursor(const Merge *m, const char *alias)
{
    g_autoptr(GString) greatest = g_string_new(NULL);
    for (int i = 0; i < m->stream->cursor_column_count; i++) {
        g_autoptr(GString) next = g_string_new(NULL);
        add_column(m, alias, m->stream->cursor_columns[i], next);
        if (i == 0) {
            g_string_assign(greatest, next->str);
            continue;
        }
        g_autofree char *so_far = g_strdup(greatest->str);
        g_string_printf(greatest, "CASE WHEN %s IS NULL OR %s > %s THEN %s ELSE %s END", so_far, next->str, so_far, next->str,
                        so_far);
    }
    return g_strdup(greatest->str);
}

/* AND the staged row is not older than the one in the table (H32). */
static void add_newer(const Merge *m, const char *target, GString *out)
{
    bool guarded = m->stream->settings.newer_wins || !m->stream->conflict_is_identity;
    for (int i = 0; i < m->stream->cursor_column_count; i++)
        guarded = guarded && m->stream->mapped[m->stream->cursor_columns[i]];
    if (!guarded || m->stream->cursor_column_count == 0)
        return;
    g_autofree char *have = greatest_cursor(m, target);
    g_autofree char *staged = greatest_cursor(m, "s");
    sql_add(out, " AND (%s > %s) IS NOT TRUE", have, staged);
}

/* (columns) SELECT values: mapped columns, and the scope's own values where the source does not deliver them. */
static void add_insert_list(const Merge *m, const char *absent, GString *columns, GString *values)
{
    for (int i = 0; i < m->stream->table->column_count; i++) {
        if (!takes(m, i, absent))
            continue;
        g_string_append(columns, columns->len ? ", " : "");
        add_column(m, NULL, i, columns);
        g_string_append(values, values->len ? ", " : "");
        add_column(m, "s", i, values);
    }
    for (int i = 0; i < m->stream->scope_count; i++) {
        const ScopePredicate *scope = &m->stream->scope[i];
        if (m->stream->mapped[scope->column])
            continue;
        g_string_append(columns, columns->len ? ", " : "");
        add_column(m, NULL, scope->column, columns);
        g_string_append(values, values->len ? ", " : "");
        m->d->ops->dialect->literal(column_at(m, scope->column), scope->value, values);
    }
}

static void add_set(const Merge *m, const char *from, const char *absent, GString *out)
{
    const char *separator = "";
    for (int i = 0; i < m->stream->table->column_count; i++) {
        if (!updates(m, i, absent))
            continue;
        g_string_append(out, separator);
        add_column(m, NULL, i, out);
        g_string_append(out, " = ");
        add_column(m, from, i, out);
        separator = ", ";
    }
}

static void add_conflict(const Merge *m, GString *out)
{
    g_string_append(out, " ON CONFLICT (");
    add_columns(m, NULL, m->stream->conflict.columns, m->stream->conflict.count, out);
    g_string_append(out, ") DO ");
}

static void add_order(const Merge *m, GString *out)
{
    g_string_append(out, " ORDER BY ");
    add_columns(m, "s", m->stream->conflict.columns, m->stream->conflict.count, out);
}

static void add_absent(const Merge *m, const char *absent, GString *out)
{
    if (!m->stream->may_be_absent)
        return;
    g_string_append(out, " AND s._tm_absent");
    if (absent) {
        g_string_append(out, " = ");
        db_quote_text(out, absent);
    } else {
        g_string_append(out, " IS NULL");
    }
}

char *merge_update_sql(const Merge *merge, bool ranged, const char *absent)
{
    if (count_updates(merge, absent) == 0 || merge->stream->mode == WRITE_INSERT_IGNORE)
        return NULL;
    GString *sql = g_string_new("UPDATE ");
    sql_add(sql, "%s AS t SET ", merge->target);
    add_set(merge, "s", absent, sql);
    sql_add(sql, " FROM %s AS s WHERE ", merge->stage->rows);
    add_stored_key(merge, "t", "s", sql);
    sql_add(sql, " AND " STAGE_LIVE("s") "%s AND ", ranged ? RANGE : "");
    add_differs(merge, "t", "s", absent, sql);
    add_newer(merge, "t", sql);
    add_absent(merge, absent, sql);
    return g_string_free(sql, FALSE);
}

char *merge_insert_sql(const Merge *merge, bool ranged, const char *absent)
{
    g_autoptr(GString) columns = g_string_new(NULL);
    g_autoptr(GString) values = g_string_new(NULL);
    add_insert_list(merge, absent, columns, values);
    GString *sql = g_string_new("INSERT INTO ");
    sql_add(sql, "%s (%s) SELECT %s FROM %s AS s WHERE " STAGE_LIVE("s") "%s", merge->target, columns->str, values->str,
            merge->stage->rows, ranged ? RANGE : "");
    add_absent(merge, absent, sql);
    sql_add(sql, " AND NOT EXISTS (SELECT 1 FROM %s AS t WHERE ", merge->target);
    add_stored_key(merge, "t", "s", sql);
    g_string_append_c(sql, ')');
    add_order(merge, sql);
    if (merge->stream->mode == WRITE_INSERT_IGNORE) {
        add_conflict(merge, sql);
        g_string_append(sql, "NOTHING");
    }
    return g_string_free(sql, FALSE);
}

char *merge_release_sql(const Merge *merge, int column, const char *numbers)
{
    if (!updates(merge, column, NULL) || merge->stream->mode == WRITE_INSERT_IGNORE)
        return NULL;
    GString *sql = g_string_new("UPDATE ");
    sql_add(sql, "%s AS t SET ", merge->target);
    add_column(merge, NULL, column, sql);
    sql_add(sql, " = NULL FROM %s AS s WHERE ", merge->stage->rows);
    add_stored_key(merge, "t", "s", sql);
    sql_add(sql, " AND " STAGE_LIVE("s") " AND s._tm_seq IN (%s) AND ", numbers);
    if (merge->stream->may_be_absent) /* it would not be set again */
        sql_add(sql, "coalesce(substr(s._tm_absent, %d, 1), '0') = '0' AND ", column + 1);
    add_column(merge, "t", column, sql);
    g_string_append(sql, " IS DISTINCT FROM ");
    add_column(merge, "s", column, sql);
    return g_string_free(sql, FALSE);
}

/* ---- children that are no longer in their parent's arrays ---- */

/* The column that a partitioned table has in each of its keys does not say what a row is. */
static bool is_partition_column(const Merge *m, int column)
{
    const char *by = m->stream->table->partitions.column;
    return by && m->stream->conflict.count > 1 && strcmp(column_at(m, column)->name, by) == 0;
}

/* A row that could not even be formed is known by what its JSON says. */
void merge_not_refused(const Merge *m, GString *out)
{
    const char *separator = "CAST(";
    sql_add(out, " AND NOT EXISTS (SELECT 1 FROM %s AS r WHERE ", m->stage->rejects);
    for (int i = 0; i < m->stream->conflict.count; i++) {
        const Column *column = column_at(m, m->stream->conflict.columns[i]);
        Column as_text = {.name = column->name, .type = {.kind = TYPE_TEXT}};
        if (is_partition_column(m, m->stream->conflict.columns[i]))
            continue;
        g_string_append(out, separator);
        separator = " AND CAST(";
        sql_column(out, "t", column->name);
        g_string_append(out, " AS text) = ");
        m->d->ops->dialect->from_json(&as_text, "r.\"row\"", out);
    }
    g_string_append_c(out, ')');
}

void merge_not_kept(const Merge *merge, GString *out)
{
    const Stream *stream = merge->stream;
    const char *separator = "";
    if (!merge->keeps)
        return;
    g_string_append(out, " AND NOT ((");
    add_columns(merge, "t", stream->scope_columns, stream->scope_column_count, out);
    g_string_append(out, ") IN (SELECT ");
    add_columns(merge, "k", stream->scope_columns, stream->scope_column_count, out);
    sql_add(out, " FROM %s AS k WHERE k._tm_scope IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM %s AS i WHERE ", merge->stage->scopes,
            merge->stage->rows);
    for (int i = 0; i < stream->conflict.count; i++) {
        if (is_partition_column(merge, stream->conflict.columns[i]))
            continue;
        g_string_append(out, separator);
        add_equal(merge, "i", "t", &stream->conflict.columns[i], 1, out);
        separator = " AND ";
    }
    g_string_append(out, "))");
}

char *merge_remove_sql(const Merge *merge)
{
    const Stream *stream = merge->stream;
    GString *sql = g_string_new("DELETE FROM ");
    sql_add(sql, "%s AS t WHERE (", merge->target);
    add_columns(merge, "t", stream->scope_columns, stream->scope_column_count, sql);
    g_string_append(sql, ") IN (SELECT ");
    add_columns(merge, "c", stream->scope_columns, stream->scope_column_count, sql);
    sql_add(sql, " FROM %s AS c", merge->stage->scopes);
    sql_add(sql, ") AND NOT EXISTS (SELECT 1 FROM %s AS s WHERE ", merge->stage->rows);
    merge_same_key(merge, "s", "t", sql);
    g_string_append_c(sql, ')');
    merge_not_kept(merge, sql);
    if (merge->has_source_rejects)
        merge_not_refused(merge, sql);
    sql_scope(sql, merge->d, stream, "t");
    partitions_bound(merge->partitions, &merge->near_scopes, "t", sql);
    return g_string_free(sql, FALSE);
}

/* ---- rejects ---- */

static void add_detail(const Merge *m, GString *out)
{
    sql_add(out, "CASE s._tm_reason WHEN %d THEN CASE s._tm_column", REJECT_MISSING_PARENT);
    for (guint i = 0; i < m->parents->len; i++) {
        const Parent *parent = m->parents->pdata[i];
        g_autofree char *text = g_strdup_printf("no row in %s with this %s", parent->name, parent->ref);
        sql_add(out, " WHEN %d THEN ", parent->column);
        db_quote_text(out, text);
    }
    sql_add(out,
            " %s END WHEN %d THEN 'another row has this value already' WHEN %d THEN 'a value is required and none came' "
            "ELSE 'the database refused the row' END",
            m->parents->len ? "ELSE 'a row it points at is missing'" : "WHEN NULL THEN NULL ELSE 'a row it points at is missing'",
            REJECT_DUPLICATE, REJECT_REQUIRED);
}

char *merge_collect_sql(const Merge *merge)
{
    const TableDef *table = merge->stream->table;
    bool scoped = merge->stream->mode == WRITE_CHILDREN;
    GString *sql = g_string_new("INSERT INTO ");
    sql_add(sql,
            "%s (reason, column_name, sqlstate, detail, \"row\", digest, scope, absent, _tm_seq, _tm_key, _tm_cursor, _tm_scope) "
            "SELECT s._tm_reason, CASE s._tm_column",
            merge->stage->rejects);
    for (int i = 0; i < table->column_count; i++) {
        sql_add(sql, " WHEN %d THEN ", i);
        db_quote_text(sql, table->columns[i].name);
    }
    g_string_append(sql, " END, s._tm_sqlstate, ");
    add_detail(merge, sql);
    g_string_append(sql, ", ");
    merge->d->ops->dialect->row_json(table, merge->stream->mapped, "s", sql);
    sql_add(sql, ", %s(", merge->d->ops->dialect->digest);
    merge->d->ops->dialect->row_json(table, merge->own, "s", sql);
    g_string_append_c(sql, ')');
    if (scoped)
        sql_add(sql, ", (SELECT c._tm_key FROM %s AS c WHERE c._tm_seq = s._tm_scope)", merge->stage->scopes);
    else
        g_string_append(sql, ", NULL");
    sql_add(sql, ", s._tm_absent, s._tm_seq, s._tm_key, s._tm_cursor, s._tm_scope FROM %s AS s WHERE " STAGE_REJECTED("s"),
            merge->stage->rows);
    return g_string_free(sql, FALSE);
}
