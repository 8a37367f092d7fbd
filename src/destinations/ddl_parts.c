/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/ddl_parts.h"

#include <stdarg.h>

#include "destinations/sql.h"

void ddl_say(GPtrArray *list, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    g_ptr_array_add(list, g_strdup_vprintf(fmt, args));
    va_end(args);
}

const LiveColumn *live_column(const LiveTable *table, const char *name)
{
    for (guint i = 0; table->exists && i < table->columns->len; i++) {
        const LiveColumn *column = table->columns->pdata[i];
        if (g_str_equal(column->name, name))
            return column;
    }
    return NULL;
}

static bool holds(const LiveKey *key, const char *name)
{
    for (guint i = 0; i < key->columns->len; i++)
        if (g_str_equal(key->columns->pdata[i], name))
            return true;
    return false;
}

bool live_key_is(const LiveKey *key, const TableDef *table, const int *columns, int count)
{
    if (!key->unique || !key->valid || (int)key->columns->len != count)
        return false;
    for (int i = 0; i < count; i++)
        if (!holds(key, table->columns[columns[i]].name))
            return false;
    return true;
}

void ddl_table_name(const Ddl *ddl, const char *name, GString *out)
{
    db_quote_table(out, ddl->d, ddl->plan->live->schema, name);
}
