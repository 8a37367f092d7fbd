/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/merge.h"

#include "destinations/ddl_parts.h"
#include "destinations/known_tables.h"
#include "destinations/sql.h"
#include "model/time.h"

/* ---- the table and its neighbours ---- */

static void parent_free(void *data)
{
    Parent *parent = data;
    g_free(parent->table);
    g_free(parent->name);
    g_free(parent->ref);
    g_free(parent);
}

static void key_free(void *data)
{
    TableKey *key = data;
    g_free(key->columns);
    g_free(key);
}

static bool is_int(TypeKind kind)
{
    return kind == TYPE_INT2 || kind == TYPE_INT4 || kind == TYPE_INT8;
}

static bool types_meet(const SqlType *a, const SqlType *b)
{
    return a->kind == b->kind || (type_is_text(a->kind) && type_is_text(b->kind)) || (is_int(a->kind) && is_int(b->kind));
}

static Parent *find_parent(const Merge *m, int column, const char *name)
{
    for (guint i = 0; i < m->parents->len; i++) {
        Parent *parent = m->parents->pdata[i];
        if (parent->column == column && g_str_equal(parent->name, name))
            return parent;
    }
    return NULL;
}

static Parent *add_parent(Merge *m, int column, const char *schema, const char *name, const char *ref)
{
    g_autoptr(GString) table = g_string_new(NULL);
    Parent *parent = g_new0(Parent, 1);
    db_quote_table(table, m->d, schema, name);
    parent->column = column;
    parent->table = g_strdup(table->str);
    parent->name = g_strdup(name);
    parent->ref = g_strdup(ref);
    parent->self = g_str_equal(parent->table, m->target);
    g_ptr_array_add(m->parents, parent);
    return parent;
}

/* A configured foreign key that the database does not know: checked all the same when the table is there. */
static bool add_configured(Merge *m, int index, Err *err)
{
    const Column *column = &m->stream->table->columns[index];
    LiveTable *far = NULL;
    if (!m->stream->mapped[index] || !column->ref_table || find_parent(m, index, column->ref_table))
        return true;
    if (!destination_table(m->d, m->live->schema, column->ref_table, &far, err))
        return false;
    const LiveColumn *ref = live_column(far, column->ref_column);
    if (ref) {
        Parent *parent = add_parent(m, index, far->schema, far->name, column->ref_column);
        parent->as_text = !ref->type_known || !types_meet(&ref->type, &column->type);
    }
    live_table_free(far);
    return true;
}

static bool add_parents(Merge *m, Err *err)
{
    for (guint i = 0; i < m->live->foreigns->len; i++) {
        const LiveForeign *foreign = m->live->foreigns->pdata[i];
        int column = table_column(m->stream->table, foreign->column);
        if (column >= 0 && m->stream->mapped[column])
            add_parent(m, column, foreign->ref_schema, foreign->ref_table, foreign->ref_column)->enforced = true;
    }
    for (int i = 0; i < m->stream->table->column_count; i++)
        if (!add_configured(m, i, err))
            return false;
    return true;
}

/* True when every column of the conflict target is in the key: then the key follows from it. */
static bool follows_from_conflict(const Merge *m, const TableKey *key)
{
    for (int i = 0; i < m->stream->conflict.count; i++) {
        bool found = false;
        for (int k = 0; k < key->count; k++)
            found = found || key->columns[k] == m->stream->conflict.columns[i];
        if (!found)
            return false;
    }
    return true;
}

static bool same_key(const TableKey *a, const TableKey *b)
{
    bool same = a->count == b->count;
    for (int i = 0; same && i < a->count; i++) {
        bool found = false;
        for (int k = 0; k < b->count; k++)
            found = found || a->columns[i] == b->columns[k];
        same = found;
    }
    return same;
}

static void add_unique(Merge *m, const int *columns, int count)
{
    TableKey key = {.columns = g_memdup2(columns, sizeof *columns * (size_t)count), .count = count};
    bool known = count == 0 || follows_from_conflict(m, &key);
    for (int i = 0; i < count; i++)
        known = known || columns[i] < 0 || !m->stream->mapped[columns[i]];
    for (guint i = 0; !known && i < m->uniques->len; i++)
        known = same_key(&key, m->uniques->pdata[i]);
    if (known)
        g_free(key.columns);
    else
        g_ptr_array_add(m->uniques, g_memdup2(&key, sizeof key));
}

static void add_uniques(Merge *m)
{
    const TableDef *table = m->stream->table;
    add_unique(m, table->primary.columns, table->primary.count);
    for (int i = 0; i < table->unique_count; i++)
        add_unique(m, table->uniques[i].columns, table->uniques[i].count);
    for (guint i = 0; i < m->live->keys->len; i++) {
        const LiveKey *live = m->live->keys->pdata[i];
        g_autofree int *columns = g_new(int, live->columns->len + 1);
        for (guint k = 0; k < live->columns->len; k++)
            columns[k] = table_column(table, live->columns->pdata[k]);
        if (live->unique && live->valid)
            add_unique(m, columns, (int)live->columns->len);
    }
}

/* Whether a statement asks for staged rows by their key. Not where UPDATE joins them: a database without statistics might walk the whole table and
 * look into the stage, instead of the other way round. */
static bool looks_up_stage(const Merge *m)
{
    bool asks = m->stream->mode == WRITE_CHILDREN || m->uniques->len > 0;
    for (guint i = 0; i < m->parents->len; i++)
        asks = asks || ((const Parent *)m->parents->pdata[i])->self;
    return asks && !m->stream->may_be_absent && !m->nullable_key;
}

/* A copy that does not deliver the columns that are left to another program; everything else is shared. */
static void leave_out_missing(Merge *m)
{
    const TableDef *table = m->stream->table;
    for (int i = 0; i < table->step_count; i++) {
        int column = table->steps[i].column;
        if (!m->stream->mapped[column] || live_column(m->live, table->columns[column].name))
            continue;
        if (!m->reduced) {
            m->reduced = g_memdup2(m->stream, sizeof *m->stream);
            m->reduced->mapped = g_memdup2(m->stream->mapped, sizeof(bool) * (size_t)table->column_count);
            m->stream = m->reduced;
        }
        m->reduced->mapped[column] = false;
    }
}

static bool look_up(Merge *m, bool fresh, Err *err)
{
    const TableDef *table = m->stream->table;
    bool seen = fresh ? m->d->ops->describe(m->d, table->schema, table->name, &m->live, err)
                      : destination_table(m->d, table->schema, table->name, &m->live, err);
    if (!seen)
        return false;
    if (!m->live->exists)
        return err_set(err, ERR_DEST, "table %s does not exist", table->name);
    leave_out_missing(m);
    m->partitions = partitions_new(m->d, m->stream, m->live);
    m->near = m->near_scopes = (PartitionSpan){TIME_NONE, TIME_NONE};
    g_autoptr(GString) target = g_string_new(NULL);
    db_quote_table(target, m->d, m->live->schema, m->live->name);
    m->target = g_strdup(target->str);
    m->is_key = g_new0(bool, table->column_count);
    m->own = g_new0(bool, table->column_count);
    for (int i = 0; i < table->column_count; i++)
        m->own[i] = m->stream->mapped[i] && !(m->stream->inherited && m->stream->inherited[i]);
    for (int i = 0; i < m->stream->conflict.count; i++) {
        int column = m->stream->conflict.columns[i];
        m->is_key[column] = true;
        m->nullable_key = m->nullable_key || (table->columns[column].nullable && !table->columns[column].primary_key);
    }
    add_uniques(m);
    if (!add_parents(m, err))
        return false;
    m->stage->indexed = looks_up_stage(m);
    return true;
}

Merge *merge_new(Destination *d, const Stream *stream, Stage *stage, bool fresh, Err *err)
{
    Merge *m = g_new0(Merge, 1);
    m->d = d;
    m->stream = stream;
    m->stage = stage;
    m->parents = g_ptr_array_new_with_free_func(parent_free);
    m->uniques = g_ptr_array_new_with_free_func(key_free);
    m->checks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (look_up(m, fresh, err))
        return m;
    err_context(err, "%s", stream->id);
    merge_free(m);
    return NULL;
}

void merge_free(Merge *merge)
{
    if (!merge)
        return;
    if (merge->live)
        live_table_free(merge->live);
    g_ptr_array_unref(merge->parents);
    g_ptr_array_unref(merge->uniques);
    g_hash_table_unref(merge->checks);
    g_free(merge->is_key);
    g_free(merge->own);
    g_free(merge->target);
    partitions_free(merge->partitions);
    if (merge->reduced)
        g_free(merge->reduced->mapped);
    g_free(merge->reduced);
    g_free(merge);
}

bool merge_allows_direct(const Merge *merge)
{
    const Stream *stream = merge->stream;
    if (stream->may_be_absent || merge->nullable_key)
        return false;
    for (guint i = 0; i < merge->parents->len; i++)
        if (!((const Parent *)merge->parents->pdata[i])->enforced)
            return false;
    for (guint i = 0; i < merge->uniques->len; i++) {
        const TableKey *key = merge->uniques->pdata[i];
        bool enforced = false;
        for (guint k = 0; k < merge->live->keys->len; k++)
            enforced = enforced || live_key_is(merge->live->keys->pdata[k], stream->table, key->columns, key->count);
        if (!enforced)
            return false;
    }
    for (int i = 0; i < stream->scope_count; i++)
        if (!stream->mapped[stream->scope[i].column])
            return false;
    for (int i = 0; i < stream->table->column_count; i++) {
        const LiveColumn *live = live_column(merge->live, stream->table->columns[i].name);
        TypeKind kind = stream->table->columns[i].type.kind;
        if (stream->mapped[i] &&
            !(live && live->type_known && (live->type.kind == kind || (type_is_text(live->type.kind) && type_is_text(kind)))))
            return false;
    }
    return true;
}

/* ---- checks ---- */

static bool run(Merge *m, char *sql_taken, int64_t *changed, Err *err)
{
    bool ok = m->d->ops->exec(m->d, sql_taken, 0, NULL, changed, err);
    g_free(sql_taken);
    return ok;
}

/* A parent may be staged in the same group and be rejected by the next look: until nothing changes any more. */
bool merge_check_parents(Merge *merge, Err *err)
{
    for (int64_t again = 1; again > 0;) {
        again = 0;
        for (guint i = 0; i < merge->parents->len; i++) {
            const Parent *parent = merge->parents->pdata[i];
            int64_t marked = 0;
            if (!run(merge, merge_parents_sql(merge, parent), &marked, err))
                return false;
            if (parent->self)
                again += marked;
        }
    }
    return true;
}

static bool check_uniques(Merge *m, Err *err)
{
    for (guint i = 0; i < m->uniques->len; i++) {
        const TableKey *key = m->uniques->pdata[i];
        if (!run(m, merge_duplicates_sql(m, key->columns, key->count, false), NULL, err) ||
            !run(m, merge_unique_sql(m, key), NULL, err))
            return false;
    }
    return true;
}

static bool check_required(Merge *m, Err *err)
{
    for (int i = 0; m->stream->may_be_absent && i < m->stream->table->column_count; i++) {
        const LiveColumn *live = live_column(m->live, m->stream->table->columns[i].name);
        bool required = live && live->not_null && !live->has_default && !live->generated;
        if (m->stream->mapped[i] && required && !run(m, merge_required_sql(m, i), NULL, err))
            return false;
    }
    return true;
}

bool merge_check(Merge *merge, Err *err)
{
    const TableKey *conflict = &merge->stream->conflict;
    return run(merge, merge_duplicates_sql(merge, conflict->columns, conflict->count, true), NULL, err) &&
           (merge->stream->scope_count == 0 || run(merge, merge_out_of_scope_sql(merge), NULL, err)) &&
           check_required(merge, err) && check_uniques(merge, err) && merge_check_parents(merge, err);
}

bool merge_tally(Merge *merge, StageTally *out, Err *err)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT sum(CASE WHEN " STAGE_LIVE("s") " THEN 1 ELSE 0 END), "
                                                "sum(CASE WHEN s._tm_reason = %d THEN 1 ELSE 0 END), "
                                                "sum(CASE WHEN " STAGE_REJECTED("s") " THEN 1 ELSE 0 END) FROM %s AS s",
        STAGE_SUPERSEDED, merge->stage->rows);
    DbRows rows;
    if (!db_queryf(merge->d, &rows, err, sql, 0))
        return false;
    *out = (StageTally){
        .live = sql_cell_int(&rows, 0, 0, 0), .superseded = sql_cell_int(&rows, 0, 1, 0), .rejected = sql_cell_int(&rows, 0, 2, 0)};
    db_rows_clear(&rows);
    return true;
}

/* ---- writing ---- */

/* Rows first..last by _tm_seq; first < 0: all of them. */
typedef struct Part {
    int64_t first, last;
} Part;

static bool run_part(Merge *m, char *sql_taken, const Part *part, int64_t *written, Err *err)
{
    SqlText first, last;
    const char *params[] = {sql_int(part->first, &first), sql_int(part->last, &last)};
    int64_t changed = 0;
    bool ok = !sql_taken || m->d->ops->exec(m->d, sql_taken, part->first < 0 ? 0 : 2, params, &changed, err);
    *written += changed;
    g_free(sql_taken);
    return ok;
}

static bool update_and_insert(Merge *m, const Part *part, const char *absent, int64_t *written, Err *err)
{
    bool ranged = part->first >= 0;
    return run_part(m, merge_update_sql(m, ranged, absent), part, written, err) &&
           run_part(m, merge_insert_sql(m, ranged, absent), part, written, err);
}

/* Rows with the same columns absent are written together: a column that is left out keeps its value, or gets its default. */
static bool write_by_absence(Merge *m, const Part *part, int64_t *written, Err *err)
{
    DbRows patterns;
    g_autofree char *sql = g_strdup_printf("SELECT DISTINCT s._tm_absent FROM %s AS s WHERE " STAGE_LIVE("s"), m->stage->rows);
    if (!db_queryf(m->d, &patterns, err, sql, 0))
        return false;
    bool ok = true;
    for (int i = 0; ok && i < patterns.count; i++)
        ok = update_and_insert(m, part, db_cell(&patterns, i, 0), written, err);
    db_rows_clear(&patterns);
    return ok;
}

static bool write_part(Merge *m, const Part *part, int64_t *written, Err *err)
{
    if (m->stream->may_be_absent)
        return write_by_absence(m, part, written, err);
    if (m->nullable_key)
        return update_and_insert(m, part, NULL, written, err);
    return run_part(m, merge_upsert_sql(m, part->first >= 0), part, written, err);
}

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

static bool try_part(Merge *m, const Part *part, int64_t *written, Err *why, Err *err);

static bool try_suspects(Merge *m, const DbRows *suspects, int64_t *written, Err *err)
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
static bool put_suspects_aside(Merge *m, const Part *part, const Err *why, int64_t *written, bool *again, Err *err)
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

static bool write_halving(Merge *m, const Part *part, GArray *refused, int64_t *written, Err *err);

static bool split(Merge *m, const Part *part, const Err *why, GArray *refused, int64_t *written, Err *err)
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
static bool try_part(Merge *m, const Part *part, int64_t *written, Err *why, Err *err)
{
    int64_t here = 0;
    *why = (Err){0};
    if (!db_exec(m->d, err, "SAVEPOINT tm_part"))
        return false;
    if (write_part(m, part, &here, why)) {
        *written += here;
        return db_exec(m->d, err, "RELEASE SAVEPOINT tm_part");
    }
    DbDiag diag = m->d->diag;
    if (!stage_row_error(why))
        return sql_fail(err, why);
    bool ok = db_exec(m->d, err, "ROLLBACK TO SAVEPOINT tm_part; RELEASE SAVEPOINT tm_part");
    m->d->diag = diag;
    return ok;
}

static bool write_halving(Merge *m, const Part *part, GArray *refused, int64_t *written, Err *err)
{
    Err why;
    if (!try_part(m, part, written, &why, err))
        return false;
    return why.code == ERR_NONE || split(m, part, &why, refused, written, err);
}

/* Rows refused for a unique value, tried again as long as any of them gets in: rows may hand a value on to each other. */
static bool retry_refused(Merge *m, GArray *refused, int64_t *written, Err *err)
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

static bool write_careful(Merge *m, int64_t *written, Err *err)
{
    Part all = {0, 0};
    g_autofree char *sql = g_strdup_printf("SELECT max(_tm_seq) FROM %s", m->stage->rows);
    if (!db_number(m->d, &all.last, err, sql, 0))
        return false;
    g_hash_table_remove_all(m->checks);
    GArray *refused = g_array_new(FALSE, FALSE, sizeof(int64_t));
    bool ok = index_numbers(m, err) && write_halving(m, &all, refused, written, err) && retry_refused(m, refused, written, err);
    g_array_unref(refused);
    return ok;
}

bool merge_write(Merge *merge, bool careful, int64_t *written, Err *err)
{
    const Part all = {-1, -1};
    *written = 0;
    return careful ? write_careful(merge, written, err) : write_part(merge, &all, written, err);
}

bool merge_remove(Merge *merge, int64_t *removed, Err *err)
{
    *removed = 0;
    return run(merge, merge_remove_sql(merge), removed, err);
}

bool merge_collect_rejects(Merge *merge, Err *err)
{
    return run(merge, merge_collect_sql(merge), NULL, err);
}
