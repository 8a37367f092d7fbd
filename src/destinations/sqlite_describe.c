/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/live_table.h"
#include "destinations/sqlite.h"

static bool is_true(const char *cell)
{
    return cell && g_str_equal(cell, "1");
}

/* The declared type without the word that sqlite_type() adds for SQLite's sake. */
static char *readable_type(const char *declared)
{
    if (g_ascii_strcasecmp(declared, "TEXT DURATION") == 0)
        return g_strdup("interval");
    if (g_ascii_strcasecmp(declared, "BLOB") == 0)
        return g_strdup("bytea");
    return g_strdup(g_ascii_strncasecmp(declared, "TEXT ", 5) == 0 ? declared + 5 : declared);
}

static bool find_table(Destination *d, LiveTable *table, bool *without_rowid, Err *err)
{
    DbRows rows;
    const char *params[] = {table->name};
    if (!sqlite_query(
            d, "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name = $1 COLLATE NOCASE", 1,
            params, &rows, err))
        return false;
    table->exists = rows.count > 0;
    if (table->exists) { /* SQLite finds a table in any case of letters: say how it is spelled */
        g_free(table->name);
        table->name = g_strdup(db_cell(&rows, 0, 0));
        *without_rowid = is_true(db_cell(&rows, 0, 1));
    }
    db_rows_clear(&rows);
    return true;
}

static bool read_columns(Destination *d, LiveTable *table, bool without_rowid, Err *err)
{
    DbRows rows;
    const char *params[] = {table->name};
    if (!sqlite_query(d,
                      "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk, hidden FROM pragma_table_xinfo($1, 'main') "
                      "WHERE hidden <> 1 ORDER BY cid",
                      1, params, &rows, err))
        return false;
    int key_columns = 0;
    for (int i = 0; i < rows.count; i++)
        key_columns += !g_str_equal(db_cell(&rows, i, 4), "0");
    LiveKey *primary = key_columns ? live_table_key(table, "primary key") : NULL;
    for (int position = 1; position <= key_columns; position++) {
        for (int i = 0; i < rows.count; i++)
            if (g_ascii_strtoll(db_cell(&rows, i, 4), NULL, 10) == position)
                g_ptr_array_add(primary->columns, g_strdup(db_cell(&rows, i, 0)));
    }
    if (primary)
        primary->primary = primary->unique = primary->is_constraint = true;
    for (int i = 0; i < rows.count; i++) {
        const char *declared = db_cell(&rows, i, 1);
        g_autofree char *readable = readable_type(declared);
        LiveColumn *column = live_table_column(table, db_cell(&rows, i, 0), declared, readable);
        bool key = !g_str_equal(db_cell(&rows, i, 4), "0");
        bool numbers_itself = key && key_columns == 1 && !without_rowid && g_ascii_strcasecmp(declared, "INTEGER") == 0;
        column->not_null = is_true(db_cell(&rows, i, 2)) || (key && (without_rowid || numbers_itself));
        column->has_default = is_true(db_cell(&rows, i, 3));
        column->generated = numbers_itself || !g_str_equal(db_cell(&rows, i, 5), "0");
    }
    db_rows_clear(&rows);
    return true;
}

static bool read_keys(Destination *d, LiveTable *table, Err *err)
{
    DbRows rows;
    const char *params[] = {table->name};
    if (!sqlite_query(
            d,
            "SELECT l.name, l.\"unique\", l.origin, i.name FROM pragma_index_list($1, 'main') l, pragma_index_info(l.name, 'main') "
            "i "
            "WHERE l.partial = 0 AND l.origin <> 'pk' AND NOT EXISTS (SELECT 1 FROM pragma_index_info(l.name, 'main') e WHERE "
            "e.name IS NULL) ORDER BY l.seq DESC, i.seqno",
            1, params, &rows, err))
        return false;
    LiveKey *key = NULL;
    for (int i = 0; i < rows.count; i++) {
        if (!key || !g_str_equal(key->name, db_cell(&rows, i, 0))) {
            key = live_table_key(table, db_cell(&rows, i, 0));
            key->unique = is_true(db_cell(&rows, i, 1));
            key->is_constraint = g_str_equal(db_cell(&rows, i, 2), "u");
        }
        g_ptr_array_add(key->columns, g_strdup(db_cell(&rows, i, 3)));
    }
    db_rows_clear(&rows);
    return true;
}

static bool read_indexes(Destination *d, LiveTable *table, Err *err)
{
    DbRows rows;
    const char *params[] = {table->name};
    if (!sqlite_query(d, "SELECT name FROM pragma_index_list($1, 'main')", 1, params, &rows, err))
        return false;
    for (int i = 0; i < rows.count; i++)
        g_ptr_array_add(table->indexes, g_strdup(db_cell(&rows, i, 0)));
    db_rows_clear(&rows);
    return true;
}

/* SQLite's foreign keys have no names; one without columns on the far side points at the far primary key. */
#define FOREIGN_COLUMNS                                                                                                            \
    "f.\"from\", f.\"table\", coalesce(f.\"to\", (SELECT name FROM pragma_table_xinfo(f.\"table\", 'main') WHERE pk = 1)) "

static bool read_foreigns(Destination *d, LiveTable *table, Err *err)
{
    DbRows rows;
    const char *params[] = {table->name};
    if (!sqlite_query(d,
                      "SELECT " FOREIGN_COLUMNS "FROM pragma_foreign_key_list($1, 'main') f GROUP BY f.id HAVING count(*) = 1 "
                      "ORDER BY f.id DESC",
                      1, params, &rows, err))
        return false;
    for (int i = 0; i < rows.count; i++)
        live_foreign_add(table->foreigns, "", db_cell(&rows, i, 0), NULL, db_cell(&rows, i, 1), db_cell(&rows, i, 2));
    db_rows_clear(&rows);
    if (!sqlite_query(d,
                      "SELECT " FOREIGN_COLUMNS ", m.name FROM pragma_table_list m, pragma_foreign_key_list(m.name, 'main') f "
                      "WHERE m.schema = 'main' AND m.type = 'table' AND f.\"table\" = $1 COLLATE NOCASE "
                      "GROUP BY m.name, f.id HAVING count(*) = 1 ORDER BY m.name, f.id DESC",
                      1, params, &rows, err))
        return false;
    for (int i = 0; i < rows.count; i++)
        live_foreign_add(table->referenced_by, "", db_cell(&rows, i, 0), NULL, db_cell(&rows, i, 3), db_cell(&rows, i, 2));
    db_rows_clear(&rows);
    return true;
}

/* Statistics are kept only for tables that were analysed; the range of row numbers is found at once and right unless rows were deleted. */
static bool read_size(Destination *d, LiveTable *table, bool without_rowid, Err *err)
{
    g_autoptr(GString) sql = g_string_new("SELECT EXISTS (SELECT 1 FROM main.");
    db_quote(sql, table->name);
    g_string_append(sql, "), ");
    if (without_rowid) {
        g_string_append(sql, "0");
    } else {
        g_string_append(sql, "coalesce((SELECT max(rowid) FROM main.");
        db_quote(sql, table->name);
        g_string_append(sql, ") - (SELECT min(rowid) FROM main.");
        db_quote(sql, table->name);
        g_string_append(sql, ") + 1, 0)");
    }
    DbRows rows;
    if (!sqlite_query(d, sql->str, 0, NULL, &rows, err))
        return false;
    table->empty = !is_true(db_cell(&rows, 0, 0));
    table->rows_estimate = g_ascii_strtoll(db_cell(&rows, 0, 1), NULL, 10);
    db_rows_clear(&rows);
    return true;
}

bool sqlite_describe(Destination *d, const char *schema, const char *table, LiveTable **out, Err *err)
{
    (void)schema; /* SQLite has none */
    LiveTable *live = live_table_new(NULL, table);
    bool without_rowid = false;
    bool ok = find_table(d, live, &without_rowid, err);
    if (ok && live->exists)
        ok = read_columns(d, live, without_rowid, err) && read_keys(d, live, err) && read_indexes(d, live, err) &&
             read_foreigns(d, live, err) && read_size(d, live, without_rowid, err);
    if (!ok) {
        live_table_free(live);
        return false;
    }
    *out = live;
    return true;
}
