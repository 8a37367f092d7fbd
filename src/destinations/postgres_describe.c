/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/live_table.h"
#include "destinations/postgres.h"

/* The search path without the schema of our own tables: for a role of that name it is the first of the path ("$user") from the moment it exists,
 * and rows would land elsewhere from the second run on. */
#define SCHEMA_IS_NOT(parameter) "'\"' || replace(s.name, '\"', '\"\"') || '\".' <> " parameter "::text "

/* Where the name lands: the given schema, else the first of the search path that has it (H25); views and the like count, so that nobody tries to
 * create a table of that name. */
#define FIND(schema, name, control)                                                                                                \
    "SELECT c.oid, n.nspname, CASE c.relkind WHEN 'p' THEN (SELECT coalesce(sum(greatest(l.reltuples, 0)), 0) "                    \
    "FROM pg_partition_tree(c.oid) t JOIN pg_class l ON l.oid = t.relid WHERE t.isleaf) "                                          \
    "ELSE greatest(c.reltuples, 0) END::bigint, c.relkind IN ('r', 'p') "                                                          \
    "FROM unnest(CASE WHEN " schema "::text IS NULL THEN current_schemas(false) ELSE ARRAY[" schema "::name] END) "                \
    "WITH ORDINALITY s(name, position) JOIN pg_namespace n ON n.nspname = s.name "                                                 \
    "AND (" schema                                                                                                                 \
    "::text IS NOT NULL OR " SCHEMA_IS_NOT(control) ") "                                                                           \
                                                    "JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = " name              \
                                                    "::name AND c.relkind IN ('r', 'p', 'v', 'm', 'f') "                           \
                                                    "ORDER BY s.position LIMIT 1"
static const char find_sql[] = FIND("$1", "$2", "$3");
static const char find_all_sql[] =
    "SELECT f.*, w.position - 1 FROM unnest($1::text[], $2::text[]) WITH ORDINALITY w(place, name, position) "
    "CROSS JOIN LATERAL (" FIND("w.place", "w.name", "$3") ") f";

/* Foreign keys from (or to) the tables, with the table at the other end. */
#define FOREIGN(tag, other, own)                                                                                                   \
    "SELECT " tag                                                                                                                  \
    ", k.conname, a.attname, n.nspname, c.relname, fa.attname, (k.conrelid = k.confrelid)::text, k.oid::int8, 0, k." own           \
    " FROM pg_constraint k "                                                                                                       \
    "JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] "                                                   \
    "JOIN pg_attribute fa ON fa.attrelid = k.confrelid AND fa.attnum = k.confkey[1] "                                              \
    "JOIN pg_class c ON c.oid = k." other " JOIN pg_namespace n ON n.oid = c.relnamespace "                                        \
    "WHERE k.contype = 'f' AND k.conparentid = 0 AND cardinality(k.conkey) = 1 AND k." own " = ANY($1::oid[]) "

/* All facts of some tables in one answer; the first column says what a row is about, the last one of which table. */
static const char facts_sql[] =
    "SELECT 'c', a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull::text, a.atthasdef::text, "
    "  (a.attidentity <> '' OR a.attgenerated <> '' OR coalesce(pg_get_expr(ad.adbin, ad.adrelid) LIKE 'nextval(%', false))::text, "
    "  NULL, a.attnum::int8, 0::int8, a.attrelid "
    "FROM pg_attribute a LEFT JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum "
    "WHERE a.attrelid = ANY($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped "
    "UNION ALL "
    "SELECT 'k', ic.relname, a.attname, i.indisprimary::text, i.indisunique::text, "
    "  EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', "
    "'u'))::text, "
    "  (i.indisvalid AND i.indimmediate)::text, i.indexrelid::int8, u.position, i.indrelid "
    "FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid, unnest(i.indkey::int2[]) WITH ORDINALITY u(attnum, position), "
    "pg_attribute a "
    "WHERE i.indrelid = ANY($1::oid[]) AND i.indpred IS NULL AND i.indexprs IS NULL AND u.position <= i.indnkeyatts "
    "  AND a.attrelid = i.indrelid AND a.attnum = u.attnum "
    "UNION ALL "
    "SELECT 'i', ic.relname, NULL, NULL, NULL, NULL, NULL, i.indexrelid::int8, 0, i.indrelid "
    "FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid WHERE i.indrelid = ANY($1::oid[]) "
    "UNION ALL "
    "SELECT 'p', pg_get_partkeydef(p.partrelid), NULL, NULL, NULL, NULL, NULL, 0, 0, p.partrelid "
    "FROM pg_partitioned_table p WHERE p.partrelid = ANY($1::oid[]) "
    "UNION ALL " FOREIGN("'f'", "confrelid", "conrelid") "UNION ALL " FOREIGN("'r'", "conrelid",
                                                                              "confrelid") "AND k.conrelid <> k.confrelid "
                                                                                           "ORDER BY 10, 1, 8, 9";

static bool is_true(const char *cell)
{
    return cell && cell[0] == 't';
}

/* Planning these queries takes longer than running them: on a connection of our own they are prepared once. */
static bool ask(Destination *d, const char *name, const char *sql, int param_count, const char *const *params, DbRows *out,
                Err *err)
{
    Postgres *p = d->private_data;
    if (d->pooled)
        return pg_query(d, sql, param_count, params, out, err);
    PgCall call;
    PGresult *result = NULL;
    if (!pg_begin_call(d, sql, &call, err))
        return false;
    if (!PQsendQueryPrepared(p->conn, name, param_count, params, NULL, NULL, 0))
        return pg_send_failed(d, &call, err);
    if (!pg_finish_call(d, &call, &result, err))
        return false;
    pg_take_rows(result, out);
    PQclear(result);
    return true;
}

static bool prepare(Destination *d, const char *name, const char *sql, Err *err)
{
    Postgres *p = d->private_data;
    PgCall call;
    if (!pg_begin_call(d, sql, &call, err))
        return false;
    if (!PQsendPrepare(p->conn, name, sql, 0, NULL))
        return pg_send_failed(d, &call, err);
    return pg_finish_call(d, &call, NULL, err);
}

static bool prepare_once(Destination *d, Err *err)
{
    Postgres *p = d->private_data;
    if (d->pooled || p->session_prepared)
        return true;
    p->session_prepared = prepare(d, "tm_find", find_sql, err) && prepare(d, "tm_facts", facts_sql, err);
    return p->session_prepared;
}

static void add_fact(LiveTable *table, const DbRows *rows, int r, LiveKey **key)
{
    const char *tag = db_cell(rows, r, 0), *name = db_cell(rows, r, 1), *second = db_cell(rows, r, 2);
    bool flags[4];
    for (int i = 0; i < 4; i++)
        flags[i] = is_true(db_cell(rows, r, 3 + i));
    switch (tag[0]) {
    case 'c': {
        LiveColumn *column = live_table_column(table, name, second, second);
        column->not_null = flags[0];
        column->has_default = flags[1];
        column->generated = flags[2];
        break;
    }
    case 'k':
        if (g_str_equal(db_cell(rows, r, 8), "1")) {
            *key = live_table_key(table, name);
            (*key)->primary = flags[0];
            (*key)->unique = flags[1];
            (*key)->is_constraint = flags[2];
            (*key)->valid = flags[3];
        }
        g_ptr_array_add((*key)->columns, g_strdup(second));
        break;
    case 'i':
        g_ptr_array_add(table->indexes, g_strdup(name));
        break;
    case 'p':
        table->partition_key = g_strdup(name);
        break;
    default: {
        const char *schema = db_cell(rows, r, 3), *other = db_cell(rows, r, 4), *column = db_cell(rows, r, 5);
        live_foreign_add(tag[0] == 'f' ? table->foreigns : table->referenced_by, name, second, schema, other, column);
        if (tag[0] == 'f' && flags[3]) /* points at itself */
            live_foreign_add(table->referenced_by, name, second, schema, other, column);
        break;
    }
    }
}

static bool read_facts(Destination *d, LiveTable *table, const char *oid, Err *err)
{
    DbRows rows = {0};
    LiveKey *key = NULL;
    g_autofree char *list = g_strdup_printf("{%s}", oid);
    const char *params[] = {list};
    if (!ask(d, "tm_facts", facts_sql, 1, params, &rows, err))
        return false;
    for (int r = 0; r < rows.count; r++)
        add_fact(table, &rows, r, &key);
    db_rows_clear(&rows);
    return true;
}

static bool read_empty(Destination *d, LiveTable *table, Err *err)
{
    g_autoptr(GString) sql = g_string_new("SELECT EXISTS (SELECT 1 FROM ");
    db_quote_table(sql, d, table->schema, table->name);
    g_string_append_c(sql, ')');
    DbRows rows;
    if (!pg_query(d, sql->str, 0, NULL, &rows, err))
        return false;
    table->empty = !is_true(db_cell(&rows, 0, 0));
    db_rows_clear(&rows);
    return true;
}

static const char place_sql[] = "SELECT s.name FROM unnest(current_schemas(false)) WITH ORDINALITY s(name, position) "
                                "WHERE " SCHEMA_IS_NOT("$1") "ORDER BY s.position LIMIT 1";

/* A table that does not exist yet lands in the given schema, else where the search path begins. */
static bool place_new(Destination *d, const char *table, char **schema, Err *err)
{
    if (*schema)
        return true;
    DbRows rows;
    const char *params[] = {d->control};
    if (!pg_query(d, place_sql, 1, params, &rows, err))
        return false;
    *schema = rows.count > 0 ? g_strdup(db_cell(&rows, 0, 0)) : NULL;
    db_rows_clear(&rows);
    if (*schema)
        return true;
    err_set(err, ERR_CONFIG, "table %s: no schema of the search path exists", table);
    return err_hint(err, "name one with `into`, or set the role's search_path");
}

static bool find(Destination *d, const char *schema, const char *table, DbRows *found, Err *err)
{
    const char *params[] = {schema, table, d->control};
    return prepare_once(d, err) && ask(d, "tm_find", find_sql, 3, params, found, err);
}

bool pg_place(Destination *d, const char *table, char **schema, Err *err)
{
    DbRows found = {0};
    *schema = NULL;
    if (!find(d, NULL, table, &found, err))
        return false;
    if (found.count > 0)
        *schema = g_strdup(db_cell(&found, 0, 1));
    db_rows_clear(&found);
    return place_new(d, table, schema, err);
}

static void take_found(LiveTable *live, const DbRows *found, int row)
{
    live->exists = true;
    g_free(live->schema);
    live->schema = g_strdup(db_cell(found, row, 1));
    live->rows_estimate = g_ascii_strtoll(db_cell(found, row, 2), NULL, 10);
}

bool pg_describe(Destination *d, const char *schema, const char *table, LiveTable **out, Err *err)
{
    DbRows found = {0};
    if (!find(d, schema, table, &found, err))
        return false;
    LiveTable *live = live_table_new(schema, table);
    bool ok;
    if (found.count == 0) {
        ok = place_new(d, table, &live->schema, err);
    } else {
        take_found(live, &found, 0);
        ok = read_facts(d, live, db_cell(&found, 0, 0), err) && read_empty(d, live, err);
    }
    db_rows_clear(&found);
    if (ok)
        *out = live;
    else
        live_table_free(live);
    return ok;
}

/* ---- many tables at once ---- */

static void add_element(GString *array, const char *text)
{
    g_string_append_c(array, array->len > 1 ? ',' : '{');
    if (!text) {
        g_string_append(array, "NULL");
        return;
    }
    g_string_append_c(array, '"');
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            g_string_append_c(array, '\\');
        g_string_append_c(array, *c);
    }
    g_string_append_c(array, '"');
}

static bool find_all(Destination *d, const TableDef *const *tables, int count, DbRows *found, Err *err)
{
    g_autoptr(GString) places = g_string_new(NULL);
    g_autoptr(GString) names = g_string_new(NULL);
    for (int i = 0; i < count; i++) {
        add_element(places, tables[i]->schema);
        add_element(names, tables[i]->name);
    }
    g_string_append_c(places, '}');
    g_string_append_c(names, '}');
    const char *params[] = {places->str, names->str, d->control};
    return pg_query(d, find_all_sql, 3, params, found, err);
}

/* Two streams may share a table: both get its facts. */
static bool read_all_facts(Destination *d, const DbRows *found, LiveTable *const *tables, Err *err)
{
    DbRows rows = {0};
    g_autoptr(GString) oids = g_string_new("{");
    for (int r = 0; r < found->count; r++)
        g_string_append_printf(oids, "%s%s", r ? "," : "", db_cell(found, r, 0));
    g_string_append_c(oids, '}');
    const char *params[] = {oids->str};
    if (!pg_query(d, facts_sql, 1, params, &rows, err))
        return false;
    for (int t = 0; t < found->count; t++) {
        LiveKey *key = NULL;
        for (int r = 0; r < rows.count; r++)
            if (g_str_equal(db_cell(&rows, r, 9), db_cell(found, t, 0)))
                add_fact(tables[t], &rows, r, &key);
    }
    db_rows_clear(&rows);
    return true;
}

static bool read_all_empty(Destination *d, LiveTable *const *tables, int count, Err *err)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    for (int t = 0; t < count; t++) {
        g_string_append(sql, t ? " UNION ALL SELECT " : "SELECT ");
        g_string_append_printf(sql, "%d, EXISTS (SELECT 1 FROM ", t);
        db_quote_table(sql, d, tables[t]->schema, tables[t]->name);
        g_string_append_c(sql, ')');
    }
    DbRows rows = {0};
    if (!pg_query(d, sql->str, 0, NULL, &rows, err))
        return false;
    for (int r = 0; r < rows.count; r++)
        tables[g_ascii_strtoll(db_cell(&rows, r, 0), NULL, 10)]->empty = !is_true(db_cell(&rows, r, 1));
    db_rows_clear(&rows);
    return true;
}

bool pg_describe_all(Destination *d, const TableDef *const *tables, int count, GPtrArray *out, Err *err)
{
    DbRows found = {0};
    if (!find_all(d, tables, count, &found, err))
        return false;
    g_ptr_array_set_size(out, count);
    g_autofree LiveTable **there = g_new0(LiveTable *, (size_t)found.count + 1);
    for (int r = 0; r < found.count; r++) {
        int64_t asked = g_ascii_strtoll(db_cell(&found, r, 4), NULL, 10);
        there[r] = live_table_new(tables[asked]->schema, tables[asked]->name);
        take_found(there[r], &found, r);
        out->pdata[asked] = there[r];
    }
    bool ok = found.count == 0 || (read_all_facts(d, &found, there, err) && read_all_empty(d, there, found.count, err));
    db_rows_clear(&found);
    return ok;
}
