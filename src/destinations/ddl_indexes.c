/* SPDX-License-Identifier: Apache-2.0 */
/* Indexes that a table should have and does not. They are told by their names: one that is there is taken as it is. */
#include "destinations/ddl_parts.h"
#include "destinations/sql.h"

/* ---- what an index begins with ---- */

static bool index_leads(const TableIndex *index, const char *column)
{
    g_autoptr(GString) quoted = g_string_new(NULL);
    if (!index->expression || index->where)
        return false;
    db_quote(quoted, column);
    const char *rest = index->expression + quoted->len;
    return g_str_has_prefix(index->expression, quoted->str) && (*rest == '\0' || *rest == ',');
}

static bool key_leads(const TableKey *key, int column)
{
    return key->count > 0 && key->columns[0] == column;
}

/* True when some key or index begins with the column, now or once the plan is carried out: a search by it needs no further one. */
static bool is_led(const Ddl *ddl, int column)
{
    const TableDef *table = ddl->table;
    const LiveTable *live = ddl->plan->live;
    for (int i = 0; i < table->index_count; i++)
        if (index_leads(&table->indexes[i], table->columns[column].name))
            return true;
    for (guint i = 0; live->exists && i < live->keys->len; i++) {
        const LiveKey *key = live->keys->pdata[i];
        if (key->columns->len > 0 && g_str_equal(key->columns->pdata[0], table->columns[column].name))
            return true;
    }
    if (live->exists)
        return false;
    for (int i = 0; i < table->unique_count; i++)
        if (key_leads(&table->uniques[i], column))
            return true;
    return key_leads(&table->primary, column) || key_leads(&ddl->stream->conflict, column);
}

/* ---- names ---- */

static bool has_index(const LiveTable *live, const char *name)
{
    for (guint i = 0; live->exists && i < live->indexes->len; i++)
        if (g_str_equal(live->indexes->pdata[i], name))
            return true;
    return false;
}

/* Another table that is planned before this one takes the name first. */
static bool taken_in_plan(const Ddl *ddl, const char *name)
{
    for (guint i = 0; i < ddl->plan->planned->len; i++) {
        const TableDef *other = ((const Stream *)ddl->plan->planned->pdata[i])->table;
        if (g_str_equal(other->name, ddl->table->name) || g_strcmp0(other->schema, ddl->table->schema) != 0)
            continue;
        for (int k = 0; k < other->index_count; k++)
            if (g_strcmp0(other->indexes[k].name, name) == 0)
                return true;
    }
    return false;
}

static bool is_taken(const Ddl *ddl, const char *name, bool *taken, Err *err)
{
    DbRows rows;
    *taken = taken_in_plan(ddl, name);
    if (*taken)
        return true;
    if (!db_queryf(ddl->d, &rows, err, ddl->d->ops->dialect->name_taken, 2, ddl->plan->live->schema, name))
        return false;
    *taken = rows.count > 0;
    db_rows_clear(&rows);
    return true;
}

/* The name that the index has or will have; NULL without an error: the table has it already. */
static bool index_name(const Ddl *ddl, const char *base, const char *whole, char **name, Err *err)
{
    g_autofree char *wanted = sql_name(base, whole, false);
    bool taken = false;
    *name = NULL;
    if (has_index(ddl->plan->live, wanted))
        return true;
    if (!is_taken(ddl, wanted, &taken, err))
        return false;
    if (!taken) {
        *name = g_steal_pointer(&wanted);
        return true;
    }
    g_autofree char *longer = g_strdup_printf("%s_%s", ddl->table->name, base);
    g_autofree char *own = sql_name(longer, longer, false);
    if (!has_index(ddl->plan->live, own))
        *name = g_steal_pointer(&own);
    return true;
}

/* ---- statements ---- */

static bool is_fixed(const SqlType *type)
{
    switch (type->kind) {
    case TYPE_NUMERIC:
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_CHAR:
    case TYPE_BYTEA:
    case TYPE_INTERVAL:
    case TYPE_JSON:
    case TYPE_JSONB:
        return false;
    default:
        return true;
    }
}

/* Whether the database takes any row into the index: a long value is refused as too large, and an expression may fail. */
static bool is_light(const TableDef *table, const char *inside)
{
    g_autoptr(GString) rest = g_string_new(inside);
    for (int i = 0; i < table->column_count; i++) {
        g_autoptr(GString) name = g_string_new(NULL);
        db_quote(name, table->columns[i].name);
        if (is_fixed(&table->columns[i].type))
            g_string_replace(rest, name->str, "", 0);
    }
    return strspn(rest->str, ", ") == rest->len;
}

/* IF NOT EXISTS: another run may have been faster. */
static bool add_index(const Ddl *ddl, const char *base, const char *inside, const char *where, bool unique, Err *err)
{
    g_autofree char *whole = g_strdup_printf("%s %s %s", base, inside, where ? where : "");
    g_autofree char *name = NULL;
    g_autoptr(GString) sql = g_string_new(unique ? "CREATE UNIQUE INDEX IF NOT EXISTS " : "CREATE INDEX IF NOT EXISTS ");
    if (!index_name(ddl, base, whole, &name, err))
        return false;
    if (!name)
        return true;
    db_quote(sql, name);
    g_string_append(sql, " ON ");
    ddl_table_name(ddl, ddl->table->name, sql);
    sql_add(sql, " (%s)%s%s", inside, where ? " WHERE " : "", where ? where : "");
    for (guint i = 0; i < ddl->plan->statements->len; i++)
        if (g_str_equal(ddl->plan->statements->pdata[i], sql->str))
            return true;
    g_ptr_array_add(ddl->plan->statements, g_strdup(sql->str));
    if (!unique && !where && is_light(ddl->table, inside))
        g_ptr_array_add(ddl->plan->light, ddl->plan->statements->pdata[ddl->plan->statements->len - 1]);
    return true;
}

static bool add_columns_index(const Ddl *ddl, const int *columns, int count, Err *err)
{
    g_autoptr(GString) inside = g_string_new(NULL);
    g_autoptr(GString) base = g_string_new(ddl->table->name);
    for (int i = 0; i < count; i++) {
        const char *name = ddl->table->columns[columns[i]].name;
        g_string_append(inside, i ? ", " : "");
        db_quote(inside, name);
        sql_add(base, "_%s", name);
    }
    g_string_append(base, "_idx");
    return add_index(ddl, base->str, inside->str, NULL, false, err);
}

static bool add_defined(const Ddl *ddl, const TableIndex *index, Err *err)
{
    g_autoptr(GString) inside = g_string_new(index->expression);
    g_autofree char *digest = NULL, *base = NULL;
    if (index->day_of)
        ddl->d->ops->dialect->utc_day(&ddl->table->columns[table_column(ddl->table, index->day_of)], inside);
    digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, inside->str, -1);
    base = index->name ? g_strdup(index->name) : g_strdup_printf("%s_%.8s_idx", ddl->table->name, digest);
    return add_index(ddl, base, inside->str, index->where, index->unique, err);
}

/* Rows are looked for by all scope columns together: one index that begins with any of them is enough. */
static bool add_scope_index(const Ddl *ddl, Err *err)
{
    const Stream *stream = ddl->stream;
    for (int i = 0; i < stream->scope_column_count; i++)
        if (is_led(ddl, stream->scope_columns[i]))
            return true;
    return stream->scope_column_count == 0 || add_columns_index(ddl, stream->scope_columns, stream->scope_column_count, err);
}

bool ddl_add_indexes(Ddl *ddl, Err *err)
{
    const TableDef *table = ddl->table;
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].ref_table && !is_led(ddl, i) && !add_columns_index(ddl, &i, 1, err))
            return false;
    if (!add_scope_index(ddl, err))
        return false;
    for (int i = 0; i < table->index_count; i++)
        if (!add_defined(ddl, &table->indexes[i], err))
            return false;
    return true;
}
