/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/destination.h"

#include <stdarg.h>

#include "destinations/known_tables.h"

const char *db_cell(const DbRows *rows, int row, int column)
{
    return rows->cells[(size_t)row * (size_t)rows->columns + (size_t)column];
}

void db_rows_clear(DbRows *rows)
{
    size_t cells = (size_t)rows->count * (size_t)rows->columns;
    for (size_t i = 0; i < cells; i++)
        g_free(rows->cells[i]);
    g_free(rows->cells);
    *rows = (DbRows){0};
}

Destination *destination_new(const DestinationConfig *config, Err *err)
{
    const DestinationOps *ops = destination_find(config->kind);
    if (!ops) {
        err_set(err, ERR_CONFIG, "unknown kind of destination `%s`", config->kind);
        return NULL;
    }
    Destination *d = g_new0(Destination, 1);
    d->ops = ops;
    d->config = config;
    d->private_data = g_malloc0(ops->size);
    GString *control = g_string_new(NULL);
    if (ops->dialect->has_schemas) {
        const char *schema = config->options ? options_text(config->options, "control_schema") : NULL;
        db_quote(control, schema ? schema : "tidemark");
        g_string_append_c(control, '.');
    } else {
        g_string_append(control, "tidemark_");
    }
    d->control = g_string_free(control, FALSE);
    if (ops->init)
        ops->init(d);
    return d;
}

bool destination_connect(Destination *d, Err *err)
{
    return d->ops->open(d, err);
}

Destination *destination_open(const DestinationConfig *config, Err *err)
{
    Destination *d = destination_new(config, err);
    if (d && !destination_connect(d, err)) {
        destination_close(d);
        return NULL;
    }
    return d;
}

void destination_close(Destination *d)
{
    if (!d)
        return;
    d->ops->close(d);
    known_tables_unref(d->known);
    g_free(d->private_data);
    g_free(d->control);
    g_free(d);
}

void destination_interrupt(Destination *d)
{
    atomic_store(&d->interrupted, true);
    d->ops->interrupt(d);
}

void destination_clear_interrupt(Destination *d)
{
    atomic_store(&d->interrupted, false);
}

bool destination_take_interrupt(Destination *d)
{
    return atomic_exchange(&d->interrupted, false);
}

bool db_exec(Destination *d, Err *err, const char *sql)
{
    return d->ops->exec(d, sql, 0, NULL, NULL, err);
}

bool db_execf(Destination *d, Err *err, int64_t *changed, const char *sql, int param_count, ...)
{
    g_autofree const char **params = g_new0(const char *, (size_t)param_count + 1);
    va_list args;
    va_start(args, param_count);
    for (int i = 0; i < param_count; i++)
        params[i] = va_arg(args, const char *);
    va_end(args);
    return d->ops->exec(d, sql, param_count, params, changed, err);
}

void db_quote(GString *out, const char *identifier)
{
    g_string_append_c(out, '"');
    for (const char *c = identifier; *c; c++) {
        if (*c == '"')
            g_string_append_c(out, '"');
        g_string_append_c(out, *c);
    }
    g_string_append_c(out, '"');
}

void db_quote_table(GString *out, const Destination *d, const char *schema, const char *name)
{
    if (schema && d->ops->dialect->has_schemas) {
        db_quote(out, schema);
        g_string_append_c(out, '.');
    }
    db_quote(out, name);
}

void db_quote_text(GString *out, const char *text)
{
    g_string_append_c(out, '\'');
    for (const char *c = text; *c; c++) {
        if (*c == '\'')
            g_string_append_c(out, '\'');
        g_string_append_c(out, *c);
    }
    g_string_append_c(out, '\'');
}
