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
    bool may_widen;   /* a narrower column of an existing table is altered to this type (the source says that it needs it) */
} Column;

typedef struct TableKey { /* a UNIQUE constraint, or the primary key */
    int *columns;         /* indexes into TableDef.columns */
    int count;
    char *name; /* of a UNIQUE constraint that we make; NULL: the database names it */
} TableKey;

typedef struct TableIndex { /* an index beyond keys: named, partial, over expressions */
    char *name;             /* NULL: we name it <table>_<digest>_idx. Taken by another table of the schema: <table>_<name> */
    char *expression; /* what stands between the parentheses, already quoted SQL of our own making that every database reads */
    char *day_of;     /* instead of expression: the UTC day of this timestamptz column */
    char *where;      /* of a partial index, or NULL */
    bool unique;
} TableIndex;

/* Range partitions by a timestamptz column; column NULL: none. A database without partitions makes an ordinary table. Every unique key of the table
 * contains the column. Partitions are made ahead of the rows, each step_us long (a multiple of it after origin_us), less what existing
 * partitions cover already. */
typedef struct TablePartitions {
    char *column;
    char *(*name)(const char *table, int64_t low_us); /* name of the partition that begins there; g_free() it */
    int64_t step_us, origin_us;
} TablePartitions;

/* A column that another program adds to this table by itself, with a step that fails where the column is there already. While that program's table of
 * steps (columns name, timestamp) exists beside the table and does not list the step, a missing column is neither added nor written. */
typedef struct TableStep {
    int column;
    char *program; /* for people: "matomo-postgres" */
    char *table;   /* its table of steps */
    char *name;    /* of the step */
} TableStep;

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
    TableStep *steps;
    int step_count;
} TableDef;

TableDef *table_new(const char *schema, const char *name, int column_count); /* columns zeroed */
TableDef *table_copy(const TableDef *from);                                  /* deep */
void table_free(TableDef *table);
int table_column(const TableDef *table, const char *name);                  /* index, or -1 */
TableKey *table_add_unique(TableDef *table, const int *columns, int count); /* valid until the next one is added */
bool table_key_same(const TableKey *a, const TableKey *b);                  /* the same columns, in any order */
bool table_has_key(const TableDef *table, const TableKey *key);             /* as primary key, or as one of its unique ones */
bool table_unique_alone(const TableDef *table, int column);                 /* a primary or unique key of that column alone */

/* Appends an index; valid until the next one is added. */
TableIndex *table_add_index(TableDef *table, const char *name);
/* The same over columns, in order; name NULL: <table>_<columns>_idx. */
void table_index_columns(TableDef *table, const char *name, const int *columns, int count);

/* Weekly partitions by that column, from Monday 00:00 UTC, named <table>_<ISO year>w<ISO week>: "visits_2025w29". */
void table_partition_weekly(TableDef *table, const char *column);

void table_add_step(TableDef *table, int column, const char *program, const char *steps_table, const char *name);

#endif
