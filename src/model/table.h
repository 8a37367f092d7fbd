/* SPDX-License-Identifier: Apache-2.0 */
/* model/table.h - a destination table as configured. Built once, then read by all threads. */
#ifndef TIDEMARK_MODEL_TABLE_H
#define TIDEMARK_MODEL_TABLE_H

#include <glib.h>
#include <stdbool.h>

#include "model/type.h"

typedef struct Column {
    char *name;
    SqlType type;
    bool nullable;
    bool primary_key;
    char *ref_table;  /* foreign key: referenced table in the same schema, or NULL */
    char *ref_column; /* its column; NULL with ref_table NULL */
} Column;

typedef struct TableKey { /* a UNIQUE constraint, or the primary key */
    int *columns;         /* indexes into TableDef.columns */
    int count;
} TableKey;

typedef struct TableIndex { /* an index beyond keys: named, partial, over expressions */
    char *name;             /* NULL: we name it <table>_<columns>_idx */
    char *expression;       /* what stands between the parentheses, already quoted SQL of our own making */
    char *where;            /* of a partial index, or NULL */
    bool unique;
} TableIndex;

typedef struct TablePartitions { /* range partitions by a time column; column NULL: none */
    char *column;
    char *(*name)(const char *table, int64_t low_us); /* name of the partition that starts there */
    int64_t step_us, origin_us;
} TablePartitions;

typedef struct TableDef {
    char *schema; /* `into`, or NULL: the destination's default schema (SQLite has none and ignores it) */
    char *name;
    Column *columns;
    int column_count;
    TableKey primary; /* count 0: none */
    TableKey *uniques;
    int unique_count;
    TableIndex *indexes;
    int index_count;
    TablePartitions partitions;
} TableDef;

TableDef *table_new(const char *schema, const char *name, int column_count); /* columns zeroed */
void table_free(TableDef *table);
int table_column(const TableDef *table, const char *name); /* index, or -1 */
void table_add_unique(TableDef *table, const int *columns, int count);

#endif
