/* SPDX-License-Identifier: Apache-2.0 */
#include "model/table.h"

#include "model/time.h"

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
    for (int i = 0; i < table->unique_count; i++) {
        g_free(table->uniques[i].columns);
        g_free(table->uniques[i].name);
    }
    for (int i = 0; i < table->index_count; i++) {
        g_free(table->indexes[i].name);
        g_free(table->indexes[i].expression);
        g_free(table->indexes[i].day_of);
        g_free(table->indexes[i].where);
    }
    for (int i = 0; i < table->step_count; i++) {
        g_free(table->steps[i].program);
        g_free(table->steps[i].table);
        g_free(table->steps[i].name);
    }
    g_free(table->steps);
    g_free(table->columns);
    g_free(table->primary.columns);
    g_free(table->primary.name);
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

bool table_key_same(const TableKey *a, const TableKey *b)
{
    if (a->count != b->count)
        return false;
    for (int i = 0; i < a->count; i++) {
        bool found = false;
        for (int k = 0; k < b->count; k++)
            found = found || a->columns[i] == b->columns[k];
        if (!found)
            return false;
    }
    return true;
}

bool table_has_key(const TableDef *table, const TableKey *key)
{
    bool has = table->primary.count > 0 && table_key_same(&table->primary, key);
    for (int i = 0; !has && i < table->unique_count; i++)
        has = table_key_same(&table->uniques[i], key);
    return has;
}

bool table_unique_alone(const TableDef *table, int column)
{
    return table_has_key(table, &(TableKey){.columns = &column, .count = 1});
}

TableKey *table_add_unique(TableDef *table, const int *columns, int count)
{
    table->uniques = g_renew(TableKey, table->uniques, table->unique_count + 1);
    TableKey *key = &table->uniques[table->unique_count++];
    *key = (TableKey){.columns = g_memdup2(columns, (gsize)count * sizeof *columns), .count = count};
    return key;
}

TableIndex *table_add_index(TableDef *table, const char *name)
{
    table->indexes = g_renew(TableIndex, table->indexes, table->index_count + 1);
    TableIndex *index = &table->indexes[table->index_count++];
    *index = (TableIndex){.name = g_strdup(name)};
    return index;
}

static void append_quoted(GString *out, const char *name)
{
    g_string_append_c(out, '"');
    for (const char *c = name; *c; c++)
        g_string_append(out, *c == '"' ? "\"\"" : (char[]){*c, '\0'});
    g_string_append_c(out, '"');
}

void table_index_columns(TableDef *table, const char *name, const int *columns, int count)
{
    GString *list = g_string_new(NULL);
    g_autoptr(GString) own = g_string_new(table->name);
    for (int i = 0; i < count; i++) {
        g_string_append(list, i ? ", " : "");
        append_quoted(list, table->columns[columns[i]].name);
        g_string_append_printf(own, "_%s", table->columns[columns[i]].name);
    }
    g_string_append(own, "_idx");
    table_add_index(table, name ? name : own->str)->expression = g_string_free(list, FALSE);
}

/* ---- weeks ---- */

#define FIRST_MONDAY (4 * US_PER_DAY) /* 1970-01-05 */

/* An ISO week belongs to the year that its Thursday is in. */
static char *week_name(const char *table, int64_t low_us)
{
    int64_t thursday = low_us / US_PER_DAY - (low_us % US_PER_DAY < 0) + 3, year;
    unsigned month, day;
    civil_from_days(thursday, &year, &month, &day);
    int week = (int)((thursday - days_from_civil(year, 1, 1)) / 7) + 1;
    return g_strdup_printf("%s_%04dw%02d", table, (int)year, week);
}

void table_partition_weekly(TableDef *table, const char *column)
{
    g_free(table->partitions.column);
    table->partitions =
        (TablePartitions){.column = g_strdup(column), .name = week_name, .step_us = 7 * US_PER_DAY, .origin_us = FIRST_MONDAY};
}

void table_add_step(TableDef *table, int column, const char *program, const char *steps_table, const char *name)
{
    table->steps = g_renew(TableStep, table->steps, table->step_count + 1);
    table->steps[table->step_count++] =
        (TableStep){.column = column, .program = g_strdup(program), .table = g_strdup(steps_table), .name = g_strdup(name)};
}

/* ---- a copy ---- */

static TableKey key_copy(const TableKey *from)
{
    return (TableKey){.columns = g_memdup2(from->columns, (gsize)from->count * sizeof *from->columns),
                      .count = from->count,
                      .name = g_strdup(from->name)};
}

TableDef *table_copy(const TableDef *from)
{
    TableDef *table = table_new(from->schema, from->name, from->column_count);
    for (int i = 0; i < from->column_count; i++) {
        Column *column = &table->columns[i];
        *column = from->columns[i];
        column->name = g_strdup(from->columns[i].name);
        column->ref_table = g_strdup(from->columns[i].ref_table);
        column->ref_column = g_strdup(from->columns[i].ref_column);
    }
    table->primary = key_copy(&from->primary);
    for (int i = 0; i < from->unique_count; i++) {
        const TableKey *key = &from->uniques[i];
        table_add_unique(table, key->columns, key->count)->name = g_strdup(key->name);
    }
    for (int i = 0; i < from->index_count; i++) {
        const TableIndex *index = &from->indexes[i];
        TableIndex *copy = table_add_index(table, index->name);
        copy->expression = g_strdup(index->expression);
        copy->day_of = g_strdup(index->day_of);
        copy->where = g_strdup(index->where);
        copy->unique = index->unique;
    }
    table->partitions = from->partitions;
    table->partitions.column = g_strdup(from->partitions.column);
    for (int i = 0; i < from->step_count; i++) {
        const TableStep *step = &from->steps[i];
        table_add_step(table, step->column, step->program, step->table, step->name);
    }
    return table;
}
