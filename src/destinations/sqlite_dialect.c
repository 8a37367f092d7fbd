/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/json.h"
#include "destinations/sqlite.h"

/* SQLite turns text that looks like a number into one unless the declared type says TEXT: "1.10" would become 1.1, JSON `12` an integer. Kinds
 * that we store as text therefore begin with TEXT; sqlite_describe() takes the word off again. INTERVAL cannot be written at all (its INT means
 * integer), hence DURATION. */
static void sqlite_type(const SqlType *type, GString *out)
{
    char text[64];
    switch (type->kind) {
    case TYPE_BOOL:
        g_string_append(out, "BOOLEAN");
        return;
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8: /* only the very word INTEGER makes a primary key number itself */
        g_string_append(out, type->generated || type->kind == TYPE_INT4 ? "INTEGER"
                             : type->kind == TYPE_INT2                  ? "SMALLINT"
                                                                        : "BIGINT");
        return;
    case TYPE_FLOAT4:
        g_string_append(out, "REAL");
        return;
    case TYPE_FLOAT8:
        g_string_append(out, "DOUBLE PRECISION");
        return;
    case TYPE_BYTEA:
        g_string_append(out, "BYTEA");
        return;
    case TYPE_INTERVAL:
        g_string_append(out, "TEXT DURATION");
        return;
    case TYPE_TIMESTAMP:
        g_string_append(out, "TEXT TIMESTAMP");
        return;
    case TYPE_TIMESTAMPTZ:
        g_string_append(out, "TEXT TIMESTAMPTZ");
        return;
    case TYPE_TIME:
        g_string_append(out, "TEXT TIME");
        return;
    default:
        break;
    }
    type_format(type, text, sizeof text);
    for (char *c = text; *c; c++)
        *c = g_ascii_toupper(*c);
    if (!type_is_text(type->kind))
        g_string_append(out, "TEXT ");
    g_string_append(out, text);
}

/* The JSON text of one value. Text kinds, JSON included, are quoted as strings, so that they come back byte for byte; so are reals, because
 * SQLite's own reading and writing of numbers is off by a bit now and then. */
static void value_json(const Column *column, const char *value, GString *out)
{
    switch (column->type.kind) {
    case TYPE_BOOL:
        g_string_append_printf(out, "CASE WHEN %s IS NULL THEN 'null' WHEN %s THEN 'true' ELSE 'false' END", value, value);
        break;
    case TYPE_FLOAT4:
    case TYPE_FLOAT8:
        g_string_append_printf(out, "coalesce('\"' || tm_real_text(%s) || '\"', 'null')", value);
        break;
    case TYPE_BYTEA:
        g_string_append_printf(out, "CASE WHEN %s IS NULL THEN 'null' ELSE '\"\\\\x' || lower(hex(%s)) || '\"' END", value, value);
        break;
    default:
        g_string_append_printf(out, "json_quote(%s)", value);
        break;
    }
}

/* By concatenation: a function call takes at most 127 arguments, and a table may have more columns. */
static void sqlite_row_json(const TableDef *table, const bool *mapped, const char *alias, GString *out)
{
    const char *separator = "{";
    g_string_append_c(out, '(');
    for (int i = 0; i < table->column_count; i++) {
        if (!mapped[i])
            continue;
        g_autoptr(GString) key = g_string_new(separator);
        g_autoptr(GString) value = g_string_new(alias);
        json_string(key, table->columns[i].name, strlen(table->columns[i].name));
        g_string_append_c(key, ':');
        g_string_append_c(value, '.');
        db_quote(value, table->columns[i].name);
        if (separator[0] == ',')
            g_string_append(out, " || ");
        db_quote_text(out, key->str);
        g_string_append(out, " || ");
        value_json(&table->columns[i], value->str, out);
        separator = ",";
    }
    g_string_append(out, separator[0] == '{' ? "'{}')" : " || '}')");
}

/* json_each() rather than a path: a path cannot spell a name with a double quote in it. */
static void sqlite_from_json(const Column *column, const char *json, GString *out)
{
    g_string_append(out, "(SELECT ");
    switch (column->type.kind) {
    case TYPE_BOOL:
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:
        g_string_append(out, "CAST(tm_j.value AS INTEGER)");
        break;
    case TYPE_FLOAT4:
    case TYPE_FLOAT8:
        g_string_append(out, "tm_real(tm_j.value)");
        break;
    case TYPE_BYTEA:
        g_string_append(out, "tm_unhex(substr(tm_j.value, 3))");
        break;
    default:
        g_string_append(out, "CAST(tm_j.value AS TEXT)");
        break;
    }
    g_string_append_printf(out, " FROM json_each(%s) AS tm_j WHERE tm_j.key = ", json);
    db_quote_text(out, column->name);
    g_string_append_c(out, ')');
}

static void sqlite_comparable(const Column *column, const char *alias, GString *out)
{
    g_string_append(out, alias);
    g_string_append_c(out, '.');
    db_quote(out, column->name);
}

static void sqlite_literal(const Column *column, const char *text, GString *out)
{
    ValueShape shape = type_shape(column->type.kind);
    bool number = column->type.kind == TYPE_BOOL || column->type.kind == TYPE_INT2 || column->type.kind == TYPE_INT4 ||
                  column->type.kind == TYPE_INT8 || shape == SHAPE_REAL;
    if (column->type.kind == TYPE_BYTEA)
        g_string_append(out, "tm_unhex(substr(");
    else if (column->type.kind == TYPE_BOOL && !g_ascii_isdigit(text[0])) {
        g_string_append(out, g_ascii_tolower(text[0]) == 't' || g_ascii_tolower(text[0]) == 'y' ? "1" : "0");
        return;
    }
    if (number)
        g_string_append(out, "CAST(");
    db_quote_text(out, text);
    if (number)
        g_string_append(out, shape == SHAPE_REAL ? " AS REAL)" : " AS INTEGER)");
    if (column->type.kind == TYPE_BYTEA)
        g_string_append(out, ", 3))");
}

/* Instants are text that begins with their day. */
static void sqlite_utc_day(const Column *column, GString *out)
{
    g_string_append(out, "substr(");
    db_quote(out, column->name);
    g_string_append(out, ", 1, 10)");
}

/* tm_unhex('00ff'): NULL for NULL and for what is not hexadecimal. */
static void unhex(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    (void)argc;
    const unsigned char *text = sqlite3_value_text(argv[0]);
    int len = sqlite3_value_bytes(argv[0]);
    if (!text || len % 2)
        return;
    g_autofree unsigned char *bytes = g_malloc((gsize)len / 2 + 1);
    for (int i = 0; i < len / 2; i++) {
        int high = g_ascii_xdigit_value((char)text[i * 2]);
        int low = g_ascii_xdigit_value((char)text[i * 2 + 1]);
        if (high < 0 || low < 0)
            return;
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    sqlite3_result_blob(context, bytes, len / 2, SQLITE_TRANSIENT);
}

/* tm_digest(text): equal results mean equal texts; NULL for NULL. */
static void digest(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    (void)argc;
    const unsigned char *text = sqlite3_value_text(argv[0]);
    if (!text)
        return;
    char *hex = g_compute_checksum_for_data(G_CHECKSUM_SHA256, text, (gsize)sqlite3_value_bytes(argv[0]));
    sqlite3_result_text(context, hex, -1, g_free);
}

/* tm_real_text(x): decimal digits that read back as the same number; "NaN", which we keep as text, "Infinity", "-Infinity". */
static void real_text(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    (void)argc;
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    double number = sqlite3_value_double(argv[0]);
    if (sqlite3_value_type(argv[0]) == SQLITE_NULL)
        return;
    if (sqlite3_value_type(argv[0]) == SQLITE_TEXT)
        sqlite3_result_value(context, argv[0]);
    else if (isinf(number))
        sqlite3_result_text(context, number < 0 ? "-Infinity" : "Infinity", -1, SQLITE_STATIC);
    else
        sqlite3_result_text(context, g_ascii_dtostr(text, sizeof text, number), -1, SQLITE_TRANSIENT);
}

/* tm_real(text): the reverse. */
static void real_of_text(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    (void)argc;
    const char *text = (const char *)sqlite3_value_text(argv[0]);
    if (text && g_str_equal(text, "NaN"))
        sqlite3_result_text(context, "NaN", 3, SQLITE_STATIC);
    else if (text)
        sqlite3_result_double(context, g_ascii_strtod(text, NULL));
}

bool sqlite_register_functions(sqlite3 *db)
{
    static const struct {
        const char *name;
        void (*call)(sqlite3_context *, int, sqlite3_value **);
    } functions[] = {{"tm_unhex", unhex}, {"tm_digest", digest}, {"tm_real_text", real_text}, {"tm_real", real_of_text}};
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++)
        if (sqlite3_create_function(db, functions[i].name, 1, flags, NULL, functions[i].call, NULL, NULL) != SQLITE_OK)
            return false;
    return true;
}

const Dialect sqlite_dialect = {
    .begin_write = "BEGIN IMMEDIATE",
    .temp_schema = "temp",
    .instant_type = "TEXT",
    .now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
    .has_schemas = false,
    .create_unlogged = "CREATE TABLE",
    .digest = "tm_digest",
    .name_taken = "SELECT 1 FROM sqlite_master WHERE name = $2 COLLATE NOCASE",
    .type = sqlite_type,
    .row_json = sqlite_row_json,
    .from_json = sqlite_from_json,
    .comparable = sqlite_comparable,
    .utc_day = sqlite_utc_day,
    .literal = sqlite_literal,
};
