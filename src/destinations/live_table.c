/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/live_table.h"

static void live_column_free(void *data)
{
    LiveColumn *column = data;
    g_free(column->name);
    g_free(column->type_text);
    g_free(column);
}

static void live_key_free(void *data)
{
    LiveKey *key = data;
    g_free(key->name);
    g_ptr_array_unref(key->columns);
    g_free(key);
}

static void live_foreign_free(void *data)
{
    LiveForeign *foreign = data;
    g_free(foreign->name);
    g_free(foreign->column);
    g_free(foreign->ref_schema);
    g_free(foreign->ref_table);
    g_free(foreign->ref_column);
    g_free(foreign);
}

LiveTable *live_table_new(const char *schema, const char *name)
{
    LiveTable *table = g_new0(LiveTable, 1);
    g_atomic_ref_count_init(&table->refs);
    table->schema = g_strdup(schema);
    table->name = g_strdup(name);
    table->empty = true;
    table->columns = g_ptr_array_new_with_free_func(live_column_free);
    table->keys = g_ptr_array_new_with_free_func(live_key_free);
    table->indexes = g_ptr_array_new_with_free_func(g_free);
    table->foreigns = g_ptr_array_new_with_free_func(live_foreign_free);
    table->referenced_by = g_ptr_array_new_with_free_func(live_foreign_free);
    return table;
}

LiveTable *live_table_ref(LiveTable *table)
{
    g_atomic_ref_count_inc(&table->refs);
    return table;
}

void live_table_free(LiveTable *table)
{
    if (!table || !g_atomic_ref_count_dec(&table->refs))
        return;
    g_free(table->schema);
    g_free(table->name);
    g_ptr_array_unref(table->columns);
    g_ptr_array_unref(table->keys);
    g_ptr_array_unref(table->indexes);
    g_free(table->partition_key);
    g_ptr_array_unref(table->foreigns);
    g_ptr_array_unref(table->referenced_by);
    g_free(table);
}

LiveColumn *live_table_column(LiveTable *table, const char *name, const char *type_text, const char *readable)
{
    LiveColumn *column = g_new0(LiveColumn, 1);
    column->name = g_strdup(name);
    column->type_text = g_strdup(type_text);
    Err ignored = {0}; /* an unknown type is no error here: type_text tells */
    column->type_known = type_parse(readable, &column->type, &ignored);
    g_ptr_array_add(table->columns, column);
    return column;
}

LiveKey *live_table_key(LiveTable *table, const char *name)
{
    LiveKey *key = g_new0(LiveKey, 1);
    key->name = g_strdup(name);
    key->valid = true;
    key->columns = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(table->keys, key);
    return key;
}

void live_foreign_add(GPtrArray *list, const char *name, const char *column, const char *ref_schema, const char *ref_table,
                      const char *ref_column)
{
    LiveForeign *foreign = g_new0(LiveForeign, 1);
    *foreign = (LiveForeign){.name = g_strdup(name),
                             .column = g_strdup(column),
                             .ref_schema = g_strdup(ref_schema),
                             .ref_table = g_strdup(ref_table),
                             .ref_column = g_strdup(ref_column)};
    g_ptr_array_add(list, foreign);
}
