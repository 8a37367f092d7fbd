/* SPDX-License-Identifier: Apache-2.0 */
/* Which privileges the login lacks, as the statements that would give them. */
#include "destinations/drivers.h"
#include "destinations/postgres.h"

#define TABLE_RIGHTS "SELECT, INSERT, UPDATE, DELETE"

/* One row about the login, the database, the schema $1 and, in it, the table $2 (or, without $2, any table that lacks a right). The functions
 * answer NULL for what does not exist. */
static const char rights_sql[] =
    "SELECT current_user, current_database(), has_database_privilege(current_database(), 'CREATE'), "
    "has_database_privilege(current_database(), 'TEMPORARY'), n.oid IS NOT NULL, "
    "coalesce(has_schema_privilege(n.oid, 'USAGE'), false), coalesce(has_schema_privilege(n.oid, 'CREATE'), false), "
    "EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p') AND c.relname = $2), "
    "EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p') AND ($2 = '' OR c.relname = $2) AND "
    "NOT "
    "(has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') AND "
    "has_table_privilege(c.oid, 'DELETE'))) "
    "FROM (SELECT 1) one LEFT JOIN pg_namespace n ON n.nspname = $1";

enum { AT_USER, AT_DATABASE, AT_DB_CREATE, AT_DB_TEMP, AT_SCHEMA, AT_USAGE, AT_CREATE, AT_TABLE, AT_TABLE_LACKS };

static bool yes(const DbRows *rows, int column)
{
    return !g_strcmp0(db_cell(rows, 0, column), "t");
}

static void add(GPtrArray *out, const DbRows *rows, const char *right, const char *kind, const char *name, const char *table)
{
    GString *sql = g_string_new("GRANT ");
    g_string_append_printf(sql, "%s ON %s ", right, kind);
    db_quote(sql, name);
    if (table) {
        g_string_append_c(sql, '.');
        db_quote(sql, table);
    }
    g_string_append(sql, " TO ");
    db_quote(sql, db_cell(rows, 0, AT_USER));
    g_ptr_array_add(out, g_string_free(sql, FALSE));
}

static void compare(const DbRows *rows, const char *schema, const char *table, GPtrArray *out)
{
    const char *database = db_cell(rows, 0, AT_DATABASE);
    if (!yes(rows, AT_DB_TEMP)) /* rows are staged in temporary tables */
        add(out, rows, "TEMPORARY", "DATABASE", database, NULL);
    if (!yes(rows, AT_SCHEMA)) {
        if (!yes(rows, AT_DB_CREATE))
            add(out, rows, "CREATE", "DATABASE", database, NULL);
        return;
    }
    bool creates = !table || !yes(rows, AT_TABLE);
    if (!yes(rows, AT_USAGE))
        add(out, rows, "USAGE", "SCHEMA", schema, NULL);
    if (creates && !yes(rows, AT_CREATE))
        add(out, rows, "CREATE", "SCHEMA", schema, NULL);
    if (yes(rows, AT_TABLE_LACKS))
        add(out, rows, TABLE_RIGHTS, table ? "TABLE" : "ALL TABLES IN SCHEMA", schema, table);
}

bool pg_grants(Destination *d, const char *schema, const char *table, GPtrArray *out, Err *err)
{
    DbRows rows;
    const char *params[] = {schema, table ? table : ""};
    if (!d->ops->query(d, rights_sql, G_N_ELEMENTS(params), params, &rows, err))
        return false;
    compare(&rows, schema, table, out);
    db_rows_clear(&rows);
    return true;
}
