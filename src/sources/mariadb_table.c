/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/mariadb_table.h"

#include <mysqld_error.h>
#include <stdlib.h>

static void column_clear(void *data)
{
    MariaColumn *column = data;
    g_free(column->name);
    g_free(column->type);
}

static void index_free(void *data)
{
    MariaIndex *index = data;
    g_ptr_array_unref(index->columns);
    g_free(index->name);
    g_free(index);
}

void maria_table_free(MariaTable *table)
{
    if (!table)
        return;
    g_array_unref(table->columns);
    g_ptr_array_unref(table->indexes);
    g_free(table->comment);
    g_free(table->name);
    g_free(table);
}

const MariaColumn *maria_table_column(const MariaTable *table, const char *name)
{
    for (guint i = 0; i < table->columns->len; i++) {
        const MariaColumn *column = &g_array_index(table->columns, MariaColumn, i);
        if (g_ascii_strcasecmp(column->name, name) == 0)
            return column;
    }
    return NULL;
}

const MariaIndex *maria_table_index_on(const MariaTable *table, const char *column)
{
    for (guint i = 0; i < table->indexes->len; i++) {
        const MariaIndex *index = g_ptr_array_index(table->indexes, i);
        if (index->whole && g_ascii_strcasecmp(g_ptr_array_index(index->columns, 0), column) == 0)
            return index;
    }
    return NULL;
}

const char *maria_table_leader(const MariaTable *table, const char *column)
{
    if (maria_table_index_on(table, column))
        return NULL;
    for (guint i = 0; i < table->indexes->len; i++) {
        const MariaIndex *index = g_ptr_array_index(table->indexes, i);
        if (index->whole && index->columns->len > 1 && g_ascii_strcasecmp(g_ptr_array_index(index->columns, 1), column) == 0)
            return g_ptr_array_index(index->columns, 0);
    }
    return NULL;
}

/* ---- types ---- */

typedef struct TypeName {
    const char *name;
    MariaKind kind;
    int bits;
} TypeName;

static const TypeName type_names[] = {
    {"tinyint", MARIA_INT, 8},
    {"smallint", MARIA_INT, 16},
    {"mediumint", MARIA_INT, 24},
    {"int", MARIA_INT, 32},
    {"bigint", MARIA_INT, 64},
    {"decimal", MARIA_DECIMAL, 0},
    {"float", MARIA_FLOAT, 0},
    {"double", MARIA_DOUBLE, 0},
    {"bit", MARIA_BIT, 0},
    {"year", MARIA_YEAR, 0},
    {"date", MARIA_DATE, 0},
    {"datetime", MARIA_DATETIME, 0},
    {"timestamp", MARIA_DATETIME, 0},
    {"time", MARIA_TIME, 0},
    {"json", MARIA_JSON, 0},
    {"uuid", MARIA_UUID, 0},
    {"binary", MARIA_BYTES, 0},
    {"varbinary", MARIA_BYTES, 0},
    {"tinyblob", MARIA_BYTES, 0},
    {"blob", MARIA_BYTES, 0},
    {"mediumblob", MARIA_BYTES, 0},
    {"longblob", MARIA_BYTES, 0},
    {"vector", MARIA_BYTES, 0},
    {"geometry", MARIA_GEOMETRY, 0},
    {"point", MARIA_GEOMETRY, 0},
    {"linestring", MARIA_GEOMETRY, 0},
    {"polygon", MARIA_GEOMETRY, 0},
    {"multipoint", MARIA_GEOMETRY, 0},
    {"multilinestring", MARIA_GEOMETRY, 0},
    {"multipolygon", MARIA_GEOMETRY, 0},
    {"geometrycollection", MARIA_GEOMETRY, 0},
    {"geomcollection", MARIA_GEOMETRY, 0},
};

static void set_kind(MariaColumn *column, const char *data_type)
{
    column->kind = MARIA_TEXT;
    for (size_t i = 0; i < G_N_ELEMENTS(type_names); i++)
        if (g_ascii_strcasecmp(type_names[i].name, data_type) == 0) {
            column->kind = type_names[i].kind;
            column->bits = type_names[i].bits;
        }
    column->by_number = g_ascii_strcasecmp(data_type, "enum") == 0 || g_ascii_strcasecmp(data_type, "set") == 0;
}

static SqlType integer_for(int bits, bool is_unsigned)
{
    int needed = bits + (is_unsigned ? 1 : 0);
    if (needed > 64)
        return (SqlType){.kind = TYPE_NUMERIC, .length = 20};
    return (SqlType){.kind = needed <= 16 ? TYPE_INT2 : needed <= 32 ? TYPE_INT4 : TYPE_INT8};
}

SqlType maria_column_fits(const MariaColumn *column)
{
    switch (column->kind) {
    case MARIA_INT:
        return integer_for(column->bits, column->is_unsigned);
    case MARIA_BIT:
        return column->bits == 1 ? (SqlType){.kind = TYPE_BOOL} : integer_for(column->bits, true);
    case MARIA_YEAR:
        return (SqlType){.kind = TYPE_INT2};
    case MARIA_DECIMAL:
        return (SqlType){.kind = TYPE_NUMERIC, .length = column->precision, .scale = column->scale};
    case MARIA_FLOAT:
        return (SqlType){.kind = TYPE_FLOAT4};
    case MARIA_DOUBLE:
        return (SqlType){.kind = TYPE_FLOAT8};
    case MARIA_DATE:
        return (SqlType){.kind = TYPE_DATE};
    case MARIA_DATETIME:
        return (SqlType){.kind = TYPE_TIMESTAMP};
    case MARIA_TIME: /* from -838:59:59 on */
        return (SqlType){.kind = TYPE_INTERVAL};
    case MARIA_JSON:
        return (SqlType){.kind = TYPE_JSONB};
    case MARIA_UUID:
        return (SqlType){.kind = TYPE_UUID};
    case MARIA_BYTES:
    case MARIA_GEOMETRY:
        return (SqlType){.kind = TYPE_BYTEA};
    case MARIA_TEXT:
        break;
    }
    if (column->length > 0)
        return (SqlType){.kind = TYPE_VARCHAR, .length = column->length};
    return (SqlType){.kind = TYPE_TEXT};
}

/* ---- reading the catalogue ---- */

static int number(const char *text)
{
    return text ? (int)CLAMP(g_ascii_strtoll(text, NULL, 10), 0, INT32_MAX) : 0;
}

static void add_column(MariaTable *table, MYSQL_ROW row)
{
    enum { NAME, DATA_TYPE, TYPE, NULLABLE, LENGTH, PRECISION, SCALE, EXTRA };
    MariaColumn column = {
        .name = g_strdup(row[NAME]),
        .type = g_strdup(row[TYPE]),
        .nullable = row[NULLABLE] && g_ascii_strcasecmp(row[NULLABLE], "YES") == 0,
        .is_unsigned = row[TYPE] && strstr(row[TYPE], "unsigned") != NULL,
        .auto_increment = row[EXTRA] && strstr(row[EXTRA], "auto_increment") != NULL,
    };
    set_kind(&column, row[DATA_TYPE] ? row[DATA_TYPE] : "");
    if (column.kind == MARIA_BIT)
        column.bits = MAX(number(row[PRECISION]), 1);
    if (column.kind == MARIA_DECIMAL) {
        column.precision = number(row[PRECISION]);
        column.scale = number(row[SCALE]);
    }
    bool bounded =
        row[DATA_TYPE] && (g_ascii_strcasecmp(row[DATA_TYPE], "char") == 0 || g_ascii_strcasecmp(row[DATA_TYPE], "varchar") == 0);
    column.length = bounded ? number(row[LENGTH]) : 0;
    g_array_append_val(table->columns, column);
}

static bool read_columns(MariaLink *link, MariaTable *table, Err *err)
{
    g_autoptr(GString) sql =
        g_string_new("SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, "
                     "NUMERIC_SCALE, EXTRA FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ");
    maria_quote_text(sql, table->name, strlen(table->name));
    g_string_append(sql, " ORDER BY ORDINAL_POSITION");
    MYSQL_RES *result = maria_link_query(link, sql->str, err);
    MYSQL_ROW row;
    if (!result)
        return false;
    while ((row = mysql_fetch_row(result)))
        add_column(table, row);
    mysql_free_result(result);
    return true;
}

/* MariaDB's JSON is a text column whose values it checks. */
static bool read_json_checks(MariaLink *link, MariaTable *table, Err *err)
{
    if (mysql_get_server_version(maria_link_handle(link)) < 100210)
        return true;
    g_autoptr(GString) sql = g_string_new("SELECT CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = "
                                          "DATABASE() AND TABLE_NAME = ");
    maria_quote_text(sql, table->name, strlen(table->name));
    MYSQL_RES *result = maria_link_query(link, sql->str, err);
    MYSQL_ROW row;
    if (!result)
        return false;
    while ((row = mysql_fetch_row(result)))
        for (guint i = 0; row[0] && i < table->columns->len; i++) {
            MariaColumn *column = &g_array_index(table->columns, MariaColumn, i);
            g_autoptr(GString) clause = g_string_new("json_valid(");
            maria_quote(clause, column->name);
            g_string_append_c(clause, ')');
            if (column->kind == MARIA_TEXT && g_ascii_strcasecmp(clause->str, row[0]) == 0)
                column->kind = MARIA_JSON;
        }
    mysql_free_result(result);
    return true;
}

static void add_index_part(MariaTable *table, MYSQL_ROW row)
{
    enum { NAME, NON_UNIQUE, COLUMN, PREFIX };
    MariaIndex *index = table->indexes->len ? g_ptr_array_index(table->indexes, table->indexes->len - 1) : NULL;
    if (!index || strcmp(index->name, row[NAME]) != 0) {
        index = g_new0(MariaIndex, 1);
        *index = (MariaIndex){.name = g_strdup(row[NAME]),
                              .unique = row[NON_UNIQUE] && strcmp(row[NON_UNIQUE], "0") == 0,
                              .whole = true,
                              .columns = g_ptr_array_new_with_free_func(g_free)};
        g_ptr_array_add(table->indexes, index);
    }
    index->whole = index->whole && row[COLUMN] && !row[PREFIX];
    g_ptr_array_add(index->columns, g_strdup(row[COLUMN] ? row[COLUMN] : ""));
}

static bool orders(const MariaTable *table, const MariaIndex *index)
{
    if (!index->unique || !index->whole)
        return false;
    for (guint i = 0; i < index->columns->len; i++) {
        const MariaColumn *column = maria_table_column(table, g_ptr_array_index(index->columns, i));
        if (!column || column->nullable || column->kind == MARIA_GEOMETRY)
            return false;
    }
    return true;
}

static void choose_key(MariaTable *table)
{
    for (guint i = 0; i < table->indexes->len; i++) {
        const MariaIndex *index = g_ptr_array_index(table->indexes, i);
        if (!orders(table, index))
            continue;
        if (strcmp(index->name, "PRIMARY") == 0) {
            table->key = index;
            return;
        }
        if (!table->key || index->columns->len < table->key->columns->len)
            table->key = index;
    }
}

static bool read_indexes(MariaLink *link, MariaTable *table, Err *err)
{
    g_autoptr(GString) sql = g_string_new("SELECT INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS "
                                          "WHERE TABLE_SCHEMA = DATABASE() AND INDEX_TYPE = 'BTREE' AND TABLE_NAME = ");
    maria_quote_text(sql, table->name, strlen(table->name));
    g_string_append(sql, " ORDER BY INDEX_NAME, SEQ_IN_INDEX");
    MYSQL_RES *result = maria_link_query(link, sql->str, err);
    MYSQL_ROW row;
    if (!result)
        return false;
    while ((row = mysql_fetch_row(result)))
        add_index_part(table, row);
    mysql_free_result(result);
    choose_key(table);
    return true;
}

/* False also when there is no such table: then *found is false. */
static bool read_table(MariaLink *link, MariaTable *table, bool *found, Err *err)
{
    g_autoptr(GString) sql =
        g_string_new("SELECT ENGINE, TABLE_ROWS, TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
                     "DATABASE() AND TABLE_NAME = ");
    maria_quote_text(sql, table->name, strlen(table->name));
    MYSQL_RES *result = maria_link_query(link, sql->str, err);
    if (!result)
        return false;
    MYSQL_ROW row = mysql_fetch_row(result);
    *found = row != NULL;
    if (row) {
        table->snapshots = !row[0] || g_ascii_strcasecmp(row[0], "InnoDB") == 0; /* a view has no engine */
        table->rows_estimate = row[1] ? g_ascii_strtoll(row[1], NULL, 10) : -1;
        table->comment = row[2] && *row[2] ? g_strdup(row[2]) : NULL;
    }
    mysql_free_result(result);
    return true;
}

char *maria_grant(MariaLink *link, const char *table)
{
    Err ignored = {0};
    g_autofree char *user = NULL;
    const char *database = maria_link_target(link)->database;
    maria_link_text(link, "SELECT CURRENT_USER()", &user, &ignored);
    const char *at = user ? strrchr(user, '@') : NULL;
    g_autofree char *name = at ? g_strndup(user, (gsize)(at - user)) : g_strdup(user ? user : "USER");
    GString *sql = g_string_new("GRANT SELECT ON ");
    maria_quote(sql, database);
    g_string_append_c(sql, '.');
    if (table)
        maria_quote(sql, table);
    else
        g_string_append_c(sql, '*');
    g_string_append(sql, " TO ");
    maria_quote(sql, name);
    if (at) {
        g_string_append_c(sql, '@');
        maria_quote(sql, at + 1);
    }
    return g_string_free(sql, FALSE);
}

/* The catalogue shows only what the login may see; the table itself tells whether it is missing or forbidden. */
static bool explain_absence(MariaLink *link, const char *name, Err *err)
{
    g_autoptr(GString) sql = g_string_new("SELECT 1 FROM ");
    Err why = {0};
    maria_quote(sql, name);
    g_string_append(sql, " LIMIT 0");
    MYSQL_RES *result = maria_link_query(link, sql->str, &why);
    if (result) {
        mysql_free_result(result);
        return err_set(err, ERR_SOURCE, "table %s: the login may not see its columns", name);
    }
    unsigned code = (unsigned)g_ascii_strtoull(why.native, NULL, 10);
    if (code == ER_NO_SUCH_TABLE)
        return true;
    *err = why;
    if (code != ER_TABLEACCESS_DENIED_ERROR)
        return false;
    g_autofree char *grant = maria_grant(link, name);
    err_set(err, ERR_SOURCE, "table %s: the login may not read it", name);
    return err_hint(err, "%s", grant);
}

bool maria_table_read(MariaLink *link, const char *name, MariaTable **out, Err *err)
{
    bool found = false;
    *out = NULL;
    MariaTable *table = g_new0(MariaTable, 1);
    table->name = g_strdup(name);
    table->columns = g_array_new(FALSE, TRUE, sizeof(MariaColumn));
    g_array_set_clear_func(table->columns, column_clear);
    table->indexes = g_ptr_array_new_with_free_func(index_free);
    bool done = read_table(link, table, &found, err) && (!found || read_columns(link, table, err));
    found = found && table->columns->len > 0;
    done = done && (!found || (read_json_checks(link, table, err) && read_indexes(link, table, err)));
    if (done && found) {
        *out = table;
        return true;
    }
    maria_table_free(table);
    return done && explain_absence(link, name, err);
}

bool maria_tables_list(MariaLink *link, GPtrArray *out, Err *err)
{
    MYSQL_RES *result = maria_link_query(link,
                                         "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND "
                                         "TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY TABLE_NAME",
                                         err);
    MYSQL_ROW row;
    if (!result)
        return false;
    while ((row = mysql_fetch_row(result)))
        g_ptr_array_add(out, g_strdup(row[0]));
    mysql_free_result(result);
    return true;
}
