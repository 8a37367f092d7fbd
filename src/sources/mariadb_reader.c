/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/mariadb_reader.h"

#include <string.h>

#include "base/json.h"
#include "model/time.h"
#include "sources/mariadb_value.h"

enum { MOST_LEADERS = 1000 };

struct MariaReader {
    const Stream *stream;
    const MariaSpec *spec;
    MariaTable *table;
    MariaField *fields; /* per column of the stream's table; the statement selects them first, in order */
    int field_count;
    MariaKey key;      /* orders the rows */
    int *key_at;       /* per column of it: where it is in the row */
    int key_hidden;    /* how many of them are selected besides */
    MariaKey identity; /* names a row: the key, or without one the columns that make two rows the same row */
    int *identity_at;
    GString *name; /* of the row at hand */
    GString *json;
    JsonScan scan;
};

void maria_reader_free(MariaReader *reader)
{
    if (!reader)
        return;
    json_scan_done(&reader->scan);
    g_string_free(reader->json, TRUE);
    g_string_free(reader->name, TRUE);
    g_free(reader->identity.columns);
    g_free(reader->identity_at);
    g_free(reader->key.columns);
    g_free(reader->key_at);
    g_free(reader->fields);
    maria_table_free(reader->table);
    g_free(reader);
}

const MariaTable *maria_reader_table(const MariaReader *reader)
{
    return reader->table;
}

const MariaKey *maria_reader_key(const MariaReader *reader)
{
    return &reader->key;
}

const char *maria_reader_last(const MariaReader *reader)
{
    return reader->name->str;
}

static bool match_columns(MariaReader *reader, Err *err)
{
    const TableDef *to = reader->stream->table;
    g_autoptr(GString) missing = g_string_new("");
    reader->field_count = to->column_count;
    reader->fields = g_new0(MariaField, to->column_count);
    for (int i = 0; i < to->column_count; i++) {
        const MariaColumn *from = maria_table_column(reader->table, to->columns[i].name);
        reader->fields[i] = (MariaField){.from = from, .to = &to->columns[i]};
        if (!from)
            g_string_append_printf(missing, "%s%s", missing->len ? ", " : "", to->columns[i].name);
    }
    if (missing->len == 0)
        return true;
    err_set(err, ERR_SOURCE, "table %s has no column %s", reader->table->name, missing->str);
    return err_hint(err, "take it out of the schema file, or let the login see it");
}

static int field_of(const MariaReader *reader, const MariaColumn *column)
{
    for (int i = 0; i < reader->field_count; i++)
        if (reader->fields[i].from == column)
            return i;
    return -1;
}

/* A key column that is read anyway need not be sent twice, unless its key has another form than its value. */
static bool same_form(const MariaField *field)
{
    g_autoptr(GString) value = g_string_new(""), key = g_string_new("");
    maria_value_expression(field, value);
    maria_key_expression(field->from, key);
    return g_string_equal(value, key);
}

static void find_key(MariaReader *reader)
{
    const MariaIndex *index = reader->table->key;
    int count = index ? (int)index->columns->len : 0;
    reader->key = (MariaKey){.columns = g_new0(const MariaColumn *, count + 1), .count = count};
    reader->key_at = g_new0(int, count + 1);
    for (int i = 0; i < count; i++) {
        const MariaColumn *column = maria_table_column(reader->table, g_ptr_array_index(index->columns, (guint)i));
        int field = field_of(reader, column);
        reader->key.columns[i] = column;
        reader->key_at[i] = field >= 0 && same_form(&reader->fields[field]) ? field : reader->field_count + reader->key_hidden++;
    }
}

static void find_identity(MariaReader *reader)
{
    const TableKey *conflict = &reader->stream->conflict;
    int count = reader->key.count ? reader->key.count : conflict->count;
    reader->identity = (MariaKey){.columns = g_new0(const MariaColumn *, count + 1), .count = count};
    reader->identity_at = g_new0(int, count + 1);
    for (int i = 0; i < count; i++) {
        int at = reader->key.count ? reader->key_at[i] : conflict->columns[i];
        reader->identity_at[i] = at;
        reader->identity.columns[i] = reader->key.count ? reader->key.columns[i] : reader->fields[at].from;
    }
}

static bool check_cursor(const MariaReader *reader, Err *err)
{
    const MariaColumn *cursor = reader->spec->cursor < 0 ? NULL : reader->fields[reader->spec->cursor].from;
    return !cursor || cursor->kind == MARIA_DATE || cursor->kind == MARIA_DATETIME ||
           err_set(err, ERR_SOURCE, "table %s: expected a cursor of type datetime, timestamp or date, found %s %s",
                   reader->table->name, cursor->name, cursor->type);
}

MariaReader *maria_reader_new(const Stream *stream, MariaTable *table, Err *err)
{
    MariaReader *reader = g_new0(MariaReader, 1);
    reader->stream = stream;
    reader->spec = stream->spec;
    reader->table = table;
    reader->name = g_string_new("");
    reader->json = g_string_new("");
    if (match_columns(reader, err) && check_cursor(reader, err)) {
        find_key(reader);
        find_identity(reader);
        return reader;
    }
    maria_reader_free(reader);
    return NULL;
}

char *maria_reader_unread(const MariaReader *reader)
{
    g_autoptr(GString) names = g_string_new("");
    for (guint i = 0; i < reader->table->columns->len; i++) {
        const MariaColumn *column = &g_array_index(reader->table->columns, MariaColumn, i);
        if (field_of(reader, column) < 0)
            g_string_append_printf(names, "%s%s", names->len ? ", " : "", column->name);
    }
    return names->len ? g_strdup(names->str) : NULL;
}

/* ---- the statement ---- */

/* What MariaDB's dates cannot say is no bound. */
static bool bound_text(int64_t us, char out[40])
{
    const int64_t first = days_from_civil(1, 1, 1) * US_PER_DAY, end = days_from_civil(10000, 1, 1) * US_PER_DAY;
    if (us == TIME_NONE || us < first || us >= end)
        return false;
    time_format_sql(us, out);
    return true;
}

/* A day is in the window when the window's first instant lies in it. */
static int64_t low_of(const MariaReader *reader, const Window *window)
{
    bool days = reader->fields[reader->spec->cursor].from->kind == MARIA_DATE;
    if (!days || window->low == TIME_NONE)
        return window->low;
    int64_t rest = window->low % US_PER_DAY;
    return window->low - (rest < 0 ? rest + US_PER_DAY : rest);
}

void maria_reader_where(const MariaReader *reader, const Window *window, GString *sql)
{
    char low[40], high[40];
    if (window->kind == WINDOW_WHOLE || reader->spec->cursor < 0)
        return;
    bool from = bound_text(low_of(reader, window), low);
    bool to = window->kind == WINDOW_RANGE && bound_text(window->high, high);
    g_autoptr(GString) cursor = g_string_new("");
    maria_quote(cursor, reader->fields[reader->spec->cursor].from->name);
    if (window->kind == WINDOW_SINCE) {
        if (from)
            g_string_append_printf(sql, " WHERE (%s >= '%s' OR %s IS NULL OR %s < '0001-01-01')", cursor->str, low, cursor->str,
                                   cursor->str);
        return;
    }
    g_string_append_printf(sql, " WHERE %s >= '%s'", cursor->str, from ? low : "0001-01-01");
    if (to)
        g_string_append_printf(sql, " AND %s < '%s'", cursor->str, high);
}

static void begin_select(const MariaReader *reader, GString *sql)
{
    /* A table without snapshots is locked while it is read: the server copies the answer first. */
    g_string_append(sql, reader->table->snapshots ? "SELECT " : "SELECT SQL_BUFFER_RESULT ");
    for (int i = 0; i < reader->field_count; i++) {
        g_string_append(sql, i ? ", " : "");
        maria_value_expression(&reader->fields[i], sql);
    }
    for (int i = 0; i < reader->key.count; i++)
        if (reader->key_at[i] >= reader->field_count) {
            g_string_append(sql, ", ");
            maria_key_expression(reader->key.columns[i], sql);
        }
    g_string_append(sql, " FROM ");
    maria_quote(sql, reader->table->name);
}

/* Column IN (each value that it has). False: there are too many, or one cannot be written. */
static bool list_values(const MariaColumn *column, MYSQL_RES *values, GString *condition)
{
    MYSQL_ROW row;
    bool null = false, listed = mysql_num_rows(values) <= MOST_LEADERS;
    g_autoptr(GString) part = g_string_new("");
    maria_quote(condition, column->name);
    g_string_append(condition, " IN (NULL");
    while (listed && (row = mysql_fetch_row(values))) {
        null = null || !row[0];
        if (!row[0])
            continue;
        g_string_truncate(part, 0);
        maria_key_append(column, row[0], mysql_fetch_lengths(values)[0], part);
        g_string_append(condition, ", ");
        listed = maria_key_literal(column, part->str, condition);
    }
    g_string_append_c(condition, ')');
    if (null) {
        g_string_append(condition, " OR ");
        maria_quote(condition, column->name);
        g_string_append(condition, " IS NULL");
    }
    return listed;
}

bool maria_reader_narrow(const MariaReader *reader, MariaLink *link, const Window *window, GString *condition, Err *err)
{
    bool bounded = window->kind != WINDOW_WHOLE && reader->spec->cursor >= 0 && reader->table->snapshots;
    const char *name = bounded ? maria_table_leader(reader->table, reader->fields[reader->spec->cursor].from->name) : NULL;
    const MariaColumn *leader = name ? maria_table_column(reader->table, name) : NULL;
    if (!leader || leader->kind == MARIA_FLOAT || leader->kind == MARIA_DOUBLE)
        return true;
    g_autoptr(GString) sql = g_string_new("SELECT DISTINCT "), list = g_string_new("(");
    maria_key_expression(leader, sql);
    g_string_append(sql, " FROM ");
    maria_quote(sql, reader->table->name);
    g_string_append_printf(sql, " LIMIT %d", MOST_LEADERS + 1);
    MYSQL_RES *values = maria_link_query(link, sql->str, err);
    if (!values)
        return false;
    if (list_values(leader, values, list))
        g_string_append_printf(condition, "%s)", list->str);
    mysql_free_result(values);
    return true;
}

bool maria_reader_select(const MariaReader *reader, const Window *window, const char *narrow, const char *after, GString *sql)
{
    begin_select(reader, sql);
    gsize before = sql->len;
    maria_reader_where(reader, window, sql);
    if (*narrow)
        g_string_append_printf(sql, "%s%s", sql->len > before ? " AND " : " WHERE ", narrow);
    if (after) {
        g_string_append(sql, sql->len > before ? " AND " : " WHERE ");
        if (!maria_key_after(&reader->key, after, sql))
            return false;
    }
    maria_key_order(&reader->key, sql);
    return true;
}

bool maria_reader_select_one(const MariaReader *reader, const char *key, GString *sql)
{
    begin_select(reader, sql);
    g_string_append(sql, " WHERE ");
    return maria_key_is(&reader->identity, key, sql);
}

/* ---- rows ---- */

static void name_row(MariaReader *reader, MYSQL_ROW row, const unsigned long *lengths)
{
    g_string_truncate(reader->name, 0);
    for (int i = 0; i < reader->identity.count; i++) {
        int at = reader->identity_at[i];
        if (i > 0)
            g_string_append_c(reader->name, '/');
        if (row[at])
            maria_key_append(reader->identity.columns[i], row[at], lengths[at], reader->name);
    }
}

static int64_t cursor_of(const MariaReader *reader, MYSQL_ROW row, const unsigned long *lengths)
{
    int at = reader->spec->cursor;
    int64_t us;
    return at >= 0 && row[at] && maria_instant(row[at], lengths[at], &us) ? us : TIME_NONE;
}

static void describe_row(MariaReader *reader, MYSQL_ROW row, const unsigned long *lengths)
{
    g_string_assign(reader->json, "{");
    for (int i = 0; i < reader->field_count; i++) {
        const char *name = reader->fields[i].to->name;
        if (i > 0)
            g_string_append_c(reader->json, ',');
        json_string(reader->json, name, strlen(name));
        g_string_append_c(reader->json, ':');
        maria_value_json(&reader->fields[i], row[i], lengths[i], reader->json);
    }
    g_string_append_c(reader->json, '}');
}

void maria_reader_add(MariaReader *reader, MYSQL_ROW row, const unsigned long *lengths, Batch *batch)
{
    name_row(reader, row, lengths);
    int64_t cursor = cursor_of(reader, row, lengths);
    const GString *name = reader->name;
    Row *to = batch_row(batch, name->str, name->len, cursor, -1);
    for (int i = 0; i < reader->field_count; i++) {
        char detail[128] = "";
        RejectReason reason = maria_value(&reader->fields[i], row[i], lengths[i], &reader->stream->settings.convert, &reader->scan,
                                          &batch->arena, &to->values[i], detail);
        if (G_LIKELY(reason == REJECT_NONE))
            continue;
        batch_drop_row(batch);
        describe_row(reader, row, lengths);
        batch_reject(batch, reason, i, detail, name->str, name->len, reader->json->str, reader->json->len, cursor, -1);
        return;
    }
}
