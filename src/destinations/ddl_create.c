/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/ddl_parts.h"
#include "destinations/sql.h"

static void add_names(const TableDef *table, const int *columns, int count, GString *out)
{
    g_string_append_c(out, '(');
    for (int i = 0; i < count; i++) {
        g_string_append(out, i ? ", " : "");
        db_quote(out, table->columns[columns[i]].name);
    }
    g_string_append_c(out, ')');
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

static void add_unique(const TableDef *table, const TableKey *key, GString *sql)
{
    g_string_append(sql, ",\n    ");
    if (key->name) {
        g_autofree char *name = sql_name(key->name, key->name, false);
        g_string_append(sql, "CONSTRAINT ");
        db_quote(sql, name);
        g_string_append_c(sql, ' ');
    }
    g_string_append(sql, "UNIQUE ");
    add_names(table, key->columns, key->count, sql);
}

/* ---- partitions ---- */

static bool contains(const TableKey *key, int column)
{
    for (int i = 0; i < key->count; i++)
        if (key->columns[i] == column)
            return true;
    return false;
}

/* A database with partitions keeps a key unique in each of them only. */
static void check_partitioned_key(const Ddl *ddl, const TableKey *key)
{
    int column = table_column(ddl->table, ddl->table->partitions.column);
    if (key->count > 0 && !contains(key, column))
        ddl_say(ddl->plan->conflicts, "the table is partitioned by %s, so each of its unique keys must contain that column",
                ddl->table->partitions.column);
}

static void add_partitioning(const Ddl *ddl, GString *sql)
{
    const TableDef *table = ddl->table;
    if (!table->partitions.column || !ddl->d->ops->dialect->partitions)
        return;
    check_partitioned_key(ddl, &table->primary);
    check_partitioned_key(ddl, &ddl->stream->conflict);
    for (int i = 0; i < table->unique_count; i++)
        check_partitioned_key(ddl, &table->uniques[i]);
    g_string_append(sql, " PARTITION BY RANGE (");
    db_quote(sql, table->partitions.column);
    g_string_append_c(sql, ')');
    g_autofree char *first = table->partitions.name(table->name, table->partitions.origin_us);
    ddl_say(ddl->plan->notes, "partitions are made ahead of the rows that need them, with names such as %s", first);
}

/* ---- the key, in a statement of its own where a first load may go before it ---- */

bool ddl_key_is_apart(const Ddl *ddl)
{
    const TableDef *table = ddl->table;
    return ddl->stream->distinct && (ddl->d->ops->caps & DEST_ALTER_CONSTRAINTS) && !table->partitions.column &&
           table_key_same(&ddl->stream->conflict, &table->primary);
}

char *ddl_primary_key(const Ddl *ddl)
{
    GString *sql = g_string_new("ALTER TABLE ");
    ddl_table_name(ddl, ddl->table->name, sql);
    g_string_append(sql, " ADD PRIMARY KEY ");
    add_names(ddl->table, ddl->table->primary.columns, ddl->table->primary.count, sql);
    return g_string_free(sql, FALSE);
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
    bool apart = ddl_key_is_apart(ddl);
    if (table->primary.count > 0 && !apart) {
        g_string_append(sql, ",\n    PRIMARY KEY ");
        add_names(table, table->primary.columns, table->primary.count, sql);
    }
    for (int i = 0; i < table->unique_count; i++)
        add_unique(table, &table->uniques[i], sql);
    if (!table_has_key(table, &ddl->stream->conflict))
        add_unique(table, &ddl->stream->conflict, sql);
    if (!add_foreigns(ddl, sql, err))
        return false;
    g_string_append(sql, "\n)");
    add_partitioning(ddl, sql);
    g_ptr_array_add(ddl->plan->statements, g_strdup(sql->str));
    if (apart) {
        ddl->plan->key = ddl_primary_key(ddl);
        g_ptr_array_add(ddl->plan->statements, (char *)(uintptr_t)ddl->plan->key);
    }
    return ddl_add_indexes(ddl, err);
}
