/* SPDX-License-Identifier: Apache-2.0 */
#include "model/table.h"

TableDef *table_new(const char *schema, const char *name, int column_count)
{
    TableDef *table = g_new0(TableDef, 1);
    table->schema = g_strdup(schema);
    table->name = g_strdup(name);
    table->columns = g_new0(Column, column_count);
    table->column_count = column_count;
    return table;
}

void table_free(TableDef *table)
{
    if (!table)
        return;
    for (int i = 0; i < table->column_count; i++) {
        g_free(table->columns[i].name);
        g_free(table->columns[i].ref_table);
        g_free(table->columns[i].ref_column);
    }
    for (int i = 0; i < table->unique_count; i++)
        g_free(table->uniques[i].columns);
    for (int i = 0; i < table->index_count; i++) {
        g_free(table->indexes[i].name);
        g_free(table->indexes[i].expression);
        g_free(table->indexes[i].where);
    }
    g_free(table->columns);
    g_free(table->primary.columns);
    g_free(table->uniques);
    g_free(table->indexes);
    g_free(table->partitions.column);
    g_free(table->schema);
    g_free(table->name);
    g_free(table);
}

int table_column(const TableDef *table, const char *name)
{
    for (int i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return i;
    return -1;
}

void table_add_unique(TableDef *table, const int *columns, int count)
{
    table->uniques = g_renew(TableKey, table->uniques, table->unique_count + 1);
    table->uniques[table->unique_count++] =
        (TableKey){.columns = g_memdup2(columns, (gsize)count * sizeof *columns), .count = count};
}
