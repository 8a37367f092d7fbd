/* SPDX-License-Identifier: Apache-2.0 */
/* What the server can be asked beside reading. */
#include <string.h>

#include "model/time.h"
#include "sources/mariadb_source.h"
#include "sources/mariadb_value.h"

enum { COUNT_SECONDS = 3, SMALL_TABLE = 200000 };

bool maria_clock(Source *source, int64_t *now, Err *err)
{
    MariaLink *link = maria_of(source)->link;
    g_autofree char *text = NULL;
    if (!maria_link_text(link, "SELECT UTC_TIMESTAMP(6)", &text, err))
        return false;
    if (text && maria_instant(text, strlen(text), now))
        return true;
    return err_set(err, ERR_SOURCE, "MariaDB does not tell its time");
}

/* A reader of the stream's table; NULL with true when there is no such table. */
static bool reader_for(Maria *maria, const Stream *stream, MariaReader **out, Err *err)
{
    const MariaSpec *spec = stream->spec;
    MariaTable *table = NULL;
    *out = NULL;
    if (!maria_link_ready(maria->link, err) || !maria_table_read(maria->link, spec->table, &table, err))
        return false;
    if (!table)
        return true;
    *out = maria_reader_new(stream, table, err);
    return *out != NULL;
}

static const char *cursor_name(const Stream *stream)
{
    const MariaSpec *spec = stream->spec;
    return spec->cursor < 0 ? NULL : stream->table->columns[spec->cursor].name;
}

static void newest_sql(const MariaTable *table, const char *cursor, GString *sql)
{
    const char *leader = maria_table_leader(table, cursor);
    g_string_append(sql, leader ? "SELECT MAX(newest) FROM (SELECT MAX(" : "SELECT MAX(");
    maria_quote(sql, cursor);
    g_string_append(sql, leader ? ") AS newest FROM " : ") FROM ");
    maria_quote(sql, table->name);
    if (leader) {
        g_string_append(sql, " GROUP BY ");
        maria_quote(sql, leader);
        g_string_append(sql, ") AS groups");
    }
}

/* Only where an index answers: a lag is not worth a scan of the table. */
bool maria_newest(Source *source, const Stream *stream, int64_t *cursor, Err *err)
{
    Maria *maria = maria_of(source);
    const char *name = cursor_name(stream);
    MariaReader *reader = NULL;
    *cursor = TIME_NONE;
    if (!name)
        return true;
    if (!reader_for(maria, stream, &reader, err))
        return false;
    const MariaTable *table = reader ? maria_reader_table(reader) : NULL;
    g_autofree char *text = NULL;
    bool good = true;
    if (table && (maria_table_index_on(table, name) || maria_table_leader(table, name))) {
        g_autoptr(GString) sql = g_string_new("");
        newest_sql(table, name, sql);
        good = maria_link_text(maria->link, sql->str, &text, err);
    }
    if (text && !maria_instant(text, strlen(text), cursor))
        *cursor = TIME_NONE;
    maria_reader_free(reader);
    return good;
}

/* MariaDB and MySQL bound a statement's time in their own ways; each reads the other's as a comment or refuses it. */
static void bounded_count(const MariaReader *reader, const Window *window, bool mariadb, GString *sql)
{
    if (mariadb)
        g_string_append_printf(sql, "SET STATEMENT max_statement_time = %d FOR SELECT COUNT(*) FROM ", COUNT_SECONDS);
    else
        g_string_append_printf(sql, "SELECT /*+ MAX_EXECUTION_TIME(%d) */ COUNT(*) FROM ", COUNT_SECONDS * 1000);
    maria_quote(sql, maria_reader_table(reader)->name);
    maria_reader_where(reader, window, sql);
}

/* Exact where that is cheap, the server's estimate for a whole large table; a window that takes too long to count is not known. */
bool maria_count(Source *source, const Stream *stream, const Window *window, int64_t *rows, Err *err)
{
    Maria *maria = maria_of(source);
    const char *cursor = cursor_name(stream);
    MariaReader *reader = NULL;
    *rows = -1;
    if (!reader_for(maria, stream, &reader, err))
        return false;
    if (!reader) {
        *rows = 0;
        return true;
    }
    const MariaTable *table = maria_reader_table(reader);
    bool whole = window->kind == WINDOW_WHOLE || !cursor, small = table->rows_estimate >= 0 && table->rows_estimate < SMALL_TABLE;
    if (small || (!whole && maria_table_index_on(table, cursor))) {
        g_autoptr(GString) sql = g_string_new("");
        g_autofree char *text = NULL;
        Err late = {0};
        bounded_count(reader, window, mariadb_connection(maria_link_handle(maria->link)), sql);
        if (maria_link_text(maria->link, sql->str, &text, &late) && text)
            *rows = g_ascii_strtoll(text, NULL, 10);
    } else if (whole) {
        *rows = table->rows_estimate;
    }
    maria_reader_free(reader);
    return !maria_link_stopped(maria->link) || err_set(err, ERR_CANCELLED, "counting %s was stopped", stream->origin);
}

/* ---- check ---- */

static void add(GPtrArray *lines, bool ok, const char *what, const char *found, const char *fix)
{
    g_ptr_array_add(lines, check_line_new(ok, what, found, fix));
}

static void check_connection(MariaLink *link, GPtrArray *lines)
{
    Err ignored = {0};
    g_autofree char *version = NULL;
    maria_link_text(link, "SELECT VERSION()", &version, &ignored);
    bool maria = mariadb_connection(maria_link_handle(link));
    g_autofree char *found = g_strdup_printf("%s %s, %s", maria ? "MariaDB" : "MySQL", version ? version : "of unknown version",
                                             maria_link_target(link)->display);
    add(lines, true, "connection", found, NULL);
}

static void check_tls(MariaLink *link, GPtrArray *lines)
{
    const MariaTarget *target = maria_link_target(link);
    bool encrypted = mysql_get_ssl_cipher(maria_link_handle(link)) != NULL;
    if (target->socket)
        add(lines, true, "TLS", "local socket", NULL);
    else if (!encrypted)
        add(lines, true, "TLS", maria_target_is_local(target) ? "clear, on this machine" : "clear: nothing is encrypted",
            maria_target_is_local(target) ? NULL : "take `tls: off` away");
    else if (target->tls == MARIA_TLS_VERIFY)
        add(lines, true, "TLS", "verified", NULL);
    else
        add(lines, true, "TLS", "encrypted only: the configuration says `tls: encrypt`",
            "take it away and give the authority's certificate with `tls_ca`");
}

static void check_cursor_index(const MariaTable *table, const char *cursor, const char *what, GPtrArray *lines)
{
    if (!cursor || maria_table_index_on(table, cursor) || maria_table_leader(table, cursor) ||
        (table->rows_estimate >= 0 && table->rows_estimate < SMALL_TABLE))
        return;
    g_autofree char *found = g_strdup_printf("no index begins with %s: each sync scans the table", cursor);
    g_autoptr(GString) fix = g_string_new("CREATE INDEX tidemark ON ");
    maria_quote(fix, table->name);
    g_string_append(fix, " (");
    maria_quote(fix, cursor);
    g_string_append_c(fix, ')');
    add(lines, true, what, found, fix->str);
}

static void check_table(Maria *maria, const Stream *stream, GPtrArray *lines)
{
    const MariaSpec *spec = stream->spec;
    g_autofree char *what = g_strdup_printf("table %s", spec->table);
    MariaTable *table = NULL;
    Err err = {0};
    if (!maria_table_read(maria->link, spec->table, &table, &err)) {
        add(lines, false, what, err.message, err.hint[0] ? err.hint : NULL);
        return;
    }
    if (!table) {
        add(lines, false, what, "missing", "check `source_table` in the schema file");
        return;
    }
    check_cursor_index(table, cursor_name(stream), what, lines);
    if (!table->snapshots)
        add(lines, true, what, "its engine has no snapshots: what changes while it is read may be seen in part",
            "ALTER TABLE … ENGINE = InnoDB");
    if (!table->key)
        add(lines, true, what, "no primary key: an interrupted reading starts over", "give it a primary key");
    MariaReader *reader = maria_reader_new(stream, table, &err);
    if (!reader)
        add(lines, false, what, err.message, err.hint[0] ? err.hint : NULL);
    maria_reader_free(reader);
}

bool maria_check(Source *source, const GPtrArray *streams, GPtrArray *lines, Err *err)
{
    Maria *maria = maria_of(source);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    if (!maria_link_ready(maria->link, err) || !maria_tables_list(maria->link, names, err))
        return false;
    check_connection(maria->link, lines);
    check_tls(maria->link, lines);
    g_autofree char *what = g_strdup_printf("database %s", maria->target.database);
    g_autofree char *found = g_strdup_printf("%u tables to be seen", names->len);
    g_autofree char *grant = names->len ? NULL : maria_grant(maria->link, NULL);
    add(lines, names->len > 0, what, found, grant);
    for (guint i = 0; streams && i < streams->len && !maria_link_stopped(maria->link); i++)
        check_table(maria, g_ptr_array_index(streams, i), lines);
    return true;
}
