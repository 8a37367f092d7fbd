/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/sql.h"

#include <stdarg.h>

#include "destinations/known_tables.h"
#include "model/time.h"

#define NAME_BYTES 63 /* what PostgreSQL keeps of an identifier */

void sql_column(GString *out, const char *alias, const char *name)
{
    if (alias)
        sql_add(out, "%s.", alias);
    db_quote(out, name);
}

bool sql_fail(Err *err, const Err *why)
{
    if (err)
        *err = *why;
    return false;
}

const char *sql_int(int64_t value, SqlText *room)
{
    g_snprintf(room->text, sizeof room->text, "%" G_GINT64_FORMAT, value);
    return room->text;
}

const char *sql_instant(int64_t us, SqlText *room)
{
    if (us == TIME_NONE)
        return NULL;
    time_format_iso(us, room->text);
    return room->text;
}

int64_t sql_cell_int(const DbRows *rows, int row, int column, int64_t when_null)
{
    const char *cell = db_cell(rows, row, column);
    return cell ? g_ascii_strtoll(cell, NULL, 10) : when_null;
}

int64_t sql_cell_instant(const DbRows *rows, int row, int column)
{
    const char *cell = db_cell(rows, row, column);
    int64_t us = TIME_NONE;
    if (!cell || !time_parse(cell, strlen(cell), &us, NULL, NULL))
        return TIME_NONE;
    return us;
}

static bool query_list(Destination *d, DbRows *out, Err *err, const char *sql, int param_count, va_list args)
{
    g_autofree const char **params = g_new0(const char *, (size_t)param_count + 1);
    for (int i = 0; i < param_count; i++)
        params[i] = va_arg(args, const char *);
    return d->ops->query(d, sql, param_count, params, out, err);
}

bool db_queryf(Destination *d, DbRows *out, Err *err, const char *sql, int param_count, ...)
{
    va_list args;
    va_start(args, param_count);
    bool ok = query_list(d, out, err, sql, param_count, args);
    va_end(args);
    return ok;
}

bool db_number(Destination *d, int64_t *out, Err *err, const char *sql, int param_count, ...)
{
    DbRows rows;
    va_list args;
    va_start(args, param_count);
    bool ok = query_list(d, &rows, err, sql, param_count, args);
    va_end(args);
    if (!ok)
        return false;
    *out = rows.count > 0 ? sql_cell_int(&rows, 0, 0, 0) : 0;
    db_rows_clear(&rows);
    return true;
}

bool db_begin(Destination *d, Err *err)
{
    return db_exec(d, err, d->ops->dialect->begin_write);
}

bool db_commit(Destination *d, Err *err)
{
    return db_exec(d, err, "COMMIT");
}

void db_rollback(Destination *d)
{
    Err ignored = {0};
    DbDiag diag = d->diag;
    db_exec(d, &ignored, "ROLLBACK");
    d->diag = diag;
}

bool db_resolve_schema(Destination *d, const TableDef *table, char **schema, Err *err)
{
    *schema = NULL;
    if (!d->ops->dialect->has_schemas)
        return true;
    if (table->schema) {
        *schema = g_strdup(table->schema);
        return true;
    }
    if (!d->known)
        return d->ops->place(d, table->name, schema, err);
    LiveTable *live = NULL;
    if (!destination_table(d, NULL, table->name, &live, err))
        return false;
    *schema = g_strdup(live->schema);
    live_table_free(live);
    return true;
}

void sql_scope(GString *out, const Destination *d, const Stream *stream, const char *alias)
{
    for (int i = 0; i < stream->scope_count; i++) {
        const Column *column = &stream->table->columns[stream->scope[i].column];
        g_string_append(out, " AND ");
        sql_column(out, alias, column->name);
        g_string_append(out, " = ");
        d->ops->dialect->literal(column, stream->scope[i].value, out);
    }
}

/* Cuts at a character, not inside one. */
static gsize cut_at(const char *text, gsize bytes)
{
    gsize len = strlen(text);
    if (len <= bytes)
        return len;
    while (bytes > 0 && ((unsigned char)text[bytes] & 0xC0) == 0x80)
        bytes--;
    return bytes;
}

char *sql_name(const char *base, const char *whole, bool always_hash)
{
    if (!always_hash && strlen(base) <= NAME_BYTES)
        return g_strdup(base);
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, whole, -1);
    gsize keep = cut_at(base, NAME_BYTES - 9);
    return g_strdup_printf("%.*s_%.8s", (int)keep, base, digest);
}
