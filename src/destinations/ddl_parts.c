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

static bool covers(const LiveKey *live, const TableDef *table, const TableKey *key)
{
    if (!live->unique || !live->valid || (int)live->columns->len != key->count)
        return false;
    for (int i = 0; i < key->count; i++)
        if (!holds(live, table->columns[key->columns[i]].name))
            return false;
    return true;
}

bool live_has_key(const LiveTable *live, const TableDef *table, const TableKey *key)
{
    for (guint i = 0; i < live->keys->len; i++)
        if (covers(live->keys->pdata[i], table, key))
            return true;
    return false;
}

void ddl_table_name(const Ddl *ddl, const char *name, GString *out)
{
    db_quote_table(out, ddl->d, ddl->plan->live->schema, name);
}
