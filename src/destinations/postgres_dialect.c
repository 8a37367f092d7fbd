/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/postgres.h"

static void type_text(const SqlType *type, GString *out)
{
    char text[64];
    type_format(type, text, sizeof text);
    g_string_append(out, text);
}

static void pg_type(const SqlType *type, GString *out)
{
    if (type->generated)
        g_string_append(out, type->kind == TYPE_INT8 ? "bigserial" : type->kind == TYPE_INT2 ? "smallserial" : "serial");
    else
        type_text(type, out);
}

static void pg_column(const Column *column, const char *alias, GString *out)
{
    g_string_append(out, alias);
    g_string_append_c(out, '.');
    db_quote(out, column->name);
}

/* json, not jsonb: it keeps the text of a json column and the digits of every number as they are. */
static void pg_row_json(const TableDef *table, const bool *mapped, const char *alias, GString *out)
{
    const char *separator = "";
    g_string_append(out, "(SELECT row_to_json(tm_j) FROM (SELECT ");
    for (int i = 0; i < table->column_count; i++) {
        if (!mapped[i])
            continue;
        g_string_append(out, separator);
        pg_column(&table->columns[i], alias, out);
        separator = ", ";
    }
    g_string_append(out, ") tm_j)::text");
}

/* PostgreSQL makes no text of JSON that holds the escape of U+0000 anywhere, as that of a refused row may. It becomes U+FFFD, after each backslash
 * that stands for itself was written in another way: two backslashes and u0000 are no such escape. */
#define WITHOUT_NUL "replace(replace(%s, '\\\\', '\\u005c'), '\\u0000', '\\ufffd')"

/* Cast to the type without its length: a cast to varchar(3) would cut without a word, the assignment to the column complains. */
static void pg_from_json(const Column *column, const char *json, GString *out)
{
    SqlType bare = {.kind = column->type.kind == TYPE_VARCHAR ? TYPE_TEXT : column->type.kind};
    bool is_json = type_is_json(bare.kind);
    g_string_append_printf(out, is_json ? "nullif(((%s)::json->" : "((" WITHOUT_NUL ")::json->>", json);
    db_quote_text(out, column->name);
    g_string_append(out, is_json ? ")::text, 'null')::" : ")::");
    if (bare.kind == TYPE_CHAR)
        g_string_append(out, "bpchar");
    else
        type_text(&bare, out);
}

/* json has no equality; numeric without a scale takes 1.0 and 1.00 for the same. A column to be compared as jsonb may be one of json. */
static void pg_comparable(const Column *column, const char *alias, GString *out)
{
    pg_column(column, alias, out);
    if (column->type.kind == TYPE_JSONB)
        g_string_append(out, "::jsonb");
    else if (column->type.kind == TYPE_JSON || (column->type.kind == TYPE_NUMERIC && column->type.length == 0))
        g_string_append(out, "::text");
}

static void pg_literal(const Column *column, const char *text, GString *out)
{
    db_quote_text(out, text);
    g_string_append(out, "::");
    type_text(&column->type, out);
}

/* A cast of the timestamptz itself would depend on the session's zone, which no index may. */
static void pg_utc_day(const Column *column, GString *out)
{
    g_string_append(out, "((");
    db_quote(out, column->name);
    g_string_append(out, " AT TIME ZONE 'UTC')::date)");
}

const Dialect pg_dialect = {
    .begin_write = "BEGIN",
    .temp_schema = "pg_temp",
    .instant_type = "timestamptz",
    .now = "now()",
    .has_schemas = true,
    .create_unlogged = "CREATE UNLOGGED TABLE",
    .digest = "md5",
    .schema_exists = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1",
    .name_taken = "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
                  "WHERE n.nspname = $1 AND c.relname = $2",
    /* Bounds are written in the session's zone, which is UTC. */
    .partitions = "SELECT c.oid::regclass, b.bounds[1], b.bounds[2], CASE WHEN e.text = 'DEFAULT' THEN 1 ELSE 0 END, "
                  "CASE WHEN c.reltuples <= 0 THEN 1 ELSE 0 END "
                  "FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid, "
                  "LATERAL (SELECT pg_get_expr(c.relpartbound, c.oid)) AS e(text), "
                  "LATERAL (SELECT regexp_match(e.text, "
                  "'^FOR VALUES FROM \\(''?(.*?)''?\\) TO \\(''?(.*?)''?\\)$')) AS b(bounds) WHERE i.inhparent = $1::regclass",
    .check_expression = "SELECT pg_get_expr(conbin, conrelid) FROM pg_catalog.pg_constraint "
                        "WHERE conrelid = $1::regclass AND conname = $2 AND contype = 'c'",
    .ddl_lock = "SELECT pg_advisory_xact_lock(hashtextextended('tidemark:ddl', 0))",
    .type = pg_type,
    .row_json = pg_row_json,
    .from_json = pg_from_json,
    .comparable = pg_comparable,
    .utc_day = pg_utc_day,
    .literal = pg_literal,
};
