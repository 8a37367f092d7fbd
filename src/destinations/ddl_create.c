/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/ddl_parts.h"
#include "destinations/sql.h"

void ddl_table_name(const Ddl *ddl, const char *name, GString *out)
{
    db_quote_table(out, ddl->d, ddl->plan->live->schema, name);
}

static void add_names(const TableDef *table, const int *columns, int count, GString *out)
{
    g_string_append_c(out, '(');
    for (int i = 0; i < count; i++) {
        g_string_append(out, i ? ", " : "");
        db_quote(out, table->columns[columns[i]].name);
    }
    g_string_append_c(out, ')');
}

static bool same_columns(const int *a, int a_count, const int *b, int b_count)
{
    if (a_count != b_count)
        return false;
    for (int i = 0; i < a_count; i++) {
        bool found = false;
        for (int k = 0; k < b_count; k++)
            found = found || a[i] == b[k];
        if (!found)
            return false;
    }
    return true;
}

static bool is_key(const TableDef *table, const TableKey *key)
{
    if (same_columns(key->columns, key->count, table->primary.columns, table->primary.count))
        return true;
    for (int i = 0; i < table->unique_count; i++)
        if (same_columns(key->columns, key->count, table->uniques[i].columns, table->uniques[i].count))
            return true;
    return false;
}

/* ---- the table itself ---- */

static void add_column(const Ddl *ddl, const Column *column, GString *sql)
{
    db_quote(sql, column->name);
    g_string_append_c(sql, ' ');
    ddl->d->ops->dialect->type(&column->type, sql);
    if (!column->nullable || column->primary_key)
        g_string_append(sql, " NOT NULL");
}

static bool add_foreigns(Ddl *ddl, GString *sql, Err *err)
{
    for (int i = 0; i < ddl->table->column_count; i++) {
        const Column *column = &ddl->table->columns[i];
        bool can;
        g_autofree char *why = NULL;
        if (!ddl_can_reference(ddl, column, &can, &why, err))
            return false;
        if (can) {
            g_string_append(sql, ",\n    FOREIGN KEY (");
            db_quote(sql, column->name);
            g_string_append(sql, ") REFERENCES ");
            ddl_table_name(ddl, column->ref_table, sql);
            g_string_append(sql, " (");
            db_quote(sql, column->ref_column);
            g_string_append_c(sql, ')');
        } else if (why) {
            ddl_say(ddl->plan->notes, "%s", why);
        }
    }
    return true;
}

static bool add_schema(Ddl *ddl, Err *err)
{
    const char *exists = ddl->d->ops->dialect->schema_exists;
    if (!exists || !ddl->table->schema)
        return true;
    DbRows rows;
    if (!db_queryf(ddl->d, &rows, err, exists, 1, ddl->table->schema))
        return false;
    if (rows.count == 0) {
        g_autoptr(GString) sql = g_string_new("CREATE SCHEMA IF NOT EXISTS ");
        db_quote(sql, ddl->table->schema);
        g_ptr_array_add(ddl->plan->statements, g_strdup(sql->str));
    }
    db_rows_clear(&rows);
    return true;
}

bool ddl_create(Ddl *ddl, Err *err)
{
    const TableDef *table = ddl->table;
    g_autoptr(GString) sql = g_string_new("CREATE TABLE ");
    if (!add_schema(ddl, err))
        return false;
    ddl_table_name(ddl, table->name, sql);
    g_string_append(sql, " (");
    for (int i = 0; i < table->column_count; i++) {
        g_string_append(sql, i ? ",\n    " : "\n    ");
        add_column(ddl, &table->columns[i], sql);
    }
    if (table->primary.count > 0) {
        g_string_append(sql, ",\n    PRIMARY KEY ");
        add_names(table, table->primary.columns, table->primary.count, sql);
    }
    for (int i = 0; i < table->unique_count; i++) {
        g_string_append(sql, ",\n    UNIQUE ");
        add_names(table, table->uniques[i].columns, table->uniques[i].count, sql);
    }
    if (!is_key(table, &ddl->stream->conflict)) {
        g_string_append(sql, ",\n    UNIQUE ");
        add_names(table, ddl->stream->conflict.columns, ddl->stream->conflict.count, sql);
    }
    if (!add_foreigns(ddl, sql, err))
        return false;
    g_string_append(sql, "\n)");
    g_ptr_array_add(ddl->plan->statements, g_strdup(sql->str));
    ddl_add_indexes(ddl);
    return true;
}

/* ---- indexes ---- */

/* True when some key begins with the column: a search by it needs no further index. */
static bool is_led(const Ddl *ddl, int column)
{
    const TableDef *table = ddl->table;
    const LiveTable *live = ddl->plan->live;
    for (guint i = 0; live->exists && i < live->keys->len; i++) {
        const LiveKey *key = live->keys->pdata[i];
        if (key->columns->len > 0 && g_str_equal(key->columns->pdata[0], table->columns[column].name))
            return true;
    }
    if (live->exists)
        return false;
    if (table->primary.count > 0 && table->primary.columns[0] == column)
        return true;
    for (int i = 0; i < table->unique_count; i++)
        if (table->uniques[i].columns[0] == column)
            return true;
    return ddl->stream->conflict.columns[0] == column;
}

/* IF NOT EXISTS: an index of that name is ours, made by an earlier plan. */
static void add_index(const Ddl *ddl, const char *suffix, const char *inside, const char *where, bool unique, const char *given)
{
    g_autofree char *base = given ? g_strdup(given) : g_strdup_printf("%s_%s_idx", ddl->table->name, suffix);
    g_autofree char *whole = g_strdup_printf("%s %s %s", base, inside, where ? where : "");
    g_autofree char *name = sql_name(base, whole, false);
    g_autoptr(GString) sql = g_string_new(unique ? "CREATE UNIQUE INDEX IF NOT EXISTS " : "CREATE INDEX IF NOT EXISTS ");
    db_quote(sql, name);
    g_string_append(sql, " ON ");
    ddl_table_name(ddl, ddl->table->name, sql);
    sql_add(sql, " (%s)%s%s", inside, where ? " WHERE " : "", where ? where : "");
    for (guint i = 0; i < ddl->plan->statements->len; i++)
        if (g_str_equal(ddl->plan->statements->pdata[i], sql->str))
            return;
    g_ptr_array_add(ddl->plan->statements, g_strdup(sql->str));
}

static void add_column_index(const Ddl *ddl, int column)
{
    if (is_led(ddl, column))
        return;
    const char *name = ddl->table->columns[column].name;
    g_autoptr(GString) inside = g_string_new(NULL);
    db_quote(inside, name);
    add_index(ddl, name, inside->str, NULL, false, NULL);
}

static bool has_index(const LiveTable *live, const char *name)
{
    for (guint i = 0; live->exists && i < live->keys->len; i++)
        if (g_str_equal(((const LiveKey *)live->keys->pdata[i])->name, name))
            return true;
    return false;
}

void ddl_add_indexes(Ddl *ddl)
{
    const TableDef *table = ddl->table;
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].ref_table)
            add_column_index(ddl, i);
    for (int i = 0; i < ddl->stream->scope_column_count; i++)
        add_column_index(ddl, ddl->stream->scope_columns[i]);
    for (int i = 0; i < ddl->stream->scope_count; i++)
        add_column_index(ddl, ddl->stream->scope[i].column);
    for (int i = 0; i < table->index_count; i++) {
        const TableIndex *index = &table->indexes[i];
        /* The catalogue does not list partial indexes and those over expressions, so these are always tried: they cost nothing twice. */
        if (index->name && has_index(ddl->plan->live, index->name))
            continue;
        g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, index->expression, -1);
        digest[8] = '\0';
        add_index(ddl, digest, index->expression, index->where, index->unique, index->name);
    }
}
