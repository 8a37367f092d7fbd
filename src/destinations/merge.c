/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/merge.h"

#include "destinations/ddl_parts.h"
#include "destinations/known_tables.h"
#include "destinations/merge_parts.h"
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
        parent->as_text = !ref->type_known || !type_meets(&ref->type, &column->type);
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

static void add_unique(Merge *m, const int *columns, int count)
{
    TableKey key = {.columns = g_memdup2(columns, sizeof *columns * (size_t)count), .count = count};
    bool known = count == 0 || follows_from_conflict(m, &key);
    for (int i = 0; i < count; i++)
        known = known || columns[i] < 0 || !m->stream->mapped[columns[i]];
    for (guint i = 0; !known && i < m->uniques->len; i++)
        known = table_key_same(&key, m->uniques->pdata[i]);
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

bool merge_has_self_parent(const Merge *merge)
{
    for (guint i = 0; i < merge->parents->len; i++)
        if (((const Parent *)merge->parents->pdata[i])->self)
            return true;
    return false;
}

/* Whether a statement asks for staged rows by their key. Not where the table itself may be without an index to look a row up by: a database without
 * statistics might walk all of it and look into the stage, instead of the other way round. */
static bool looks_up_stage(const Merge *m)
{
    bool asks = m->stream->mode == WRITE_CHILDREN || m->uniques->len > 0 || merge_has_self_parent(m);
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
        if (!live_has_key(merge->live, stream->table, key))
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

static bool run_part(Merge *m, char *sql_taken, const Part *part, int64_t *changed, Err *err)
{
    SqlText first, last;
    const char *params[] = {sql_int(part->first, &first), sql_int(part->last, &last)};
    int64_t here = 0;
    bool ok = !sql_taken || m->d->ops->exec(m->d, sql_taken, part->first < 0 ? 0 : 2, params, &here, err);
    *changed += here;
    g_free(sql_taken);
    return ok;
}

/* Two statements rather than one with ON CONFLICT: that looks each row up twice and locks it before it writes it, and cannot tell how many rows are
 * new. Where rows point at others of the table, new ones come first: an updated one may point at them. */
static bool write_pattern(Merge *m, const Part *part, const char *absent, Written *written, Err *err)
{
    bool ranged = part->first >= 0, insert_first = merge_has_self_parent(m);
    return (!insert_first || run_part(m, merge_insert_sql(m, ranged, absent), part, &written->inserted, err)) &&
           run_part(m, merge_update_sql(m, ranged, absent), part, &written->updated, err) &&
           (insert_first || run_part(m, merge_insert_sql(m, ranged, absent), part, &written->inserted, err));
}

/* Rows with the same columns absent are written together: a column that is left out keeps its value, or gets its default. */
static bool write_by_absence(Merge *m, const Part *part, Written *written, Err *err)
{
    DbRows patterns;
    g_autofree char *sql = g_strdup_printf("SELECT DISTINCT s._tm_absent FROM %s AS s WHERE " STAGE_LIVE("s"), m->stage->rows);
    if (!db_queryf(m->d, &patterns, err, sql, 0))
        return false;
    bool ok = true;
    for (int i = 0; ok && i < patterns.count; i++)
        ok = write_pattern(m, part, db_cell(&patterns, i, 0), written, err);
    db_rows_clear(&patterns);
    return ok;
}

bool merge_write_part(Merge *merge, const Part *part, Written *written, Err *err)
{
    return merge->stream->may_be_absent ? write_by_absence(merge, part, written, err)
                                        : write_pattern(merge, part, NULL, written, err);
}

bool merge_write(Merge *merge, bool careful, Written *written, Err *err)
{
    const Part all = {-1, -1};
    *written = (Written){0};
    return careful ? merge_write_careful(merge, written, err) : merge_write_part(merge, &all, written, err);
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
