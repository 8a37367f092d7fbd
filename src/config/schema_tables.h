/* SPDX-License-Identifier: Apache-2.0 */
/* config/schema_tables.h - a schema file of tables that are copied as tables (matomo_schemas.yaml and its like).
 *
 * The format is read as the older system read it (docs/schemas.md). What is ours: `cursor`, `lookback`, `indexes`; all have defaults for
 * the tables of Matomo, told by the end of their names at the source, whatever their prefix is. */
#ifndef TIDEMARK_CONFIG_SCHEMA_TABLES_H
#define TIDEMARK_CONFIG_SCHEMA_TABLES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/problems.h"
#include "config/schema_format.h"
#include "model/table.h"

typedef struct SourceTable {
    char *key;           /* the stream's name and the destination table's */
    char *description;   /* or NULL */
    char *source;        /* the table at the source, verbatim */
    TableDef *table;     /* columns have the same names at the source; its primary key (never empty) makes two rows the same row */
    int cursor_column;   /* the column that orders changes, a date or timestamp; -1: none, each sync compares the whole table */
    int64_t lookback_us; /* -1: the source's default */
    int line;
} SourceTable;

typedef struct SchemaTables {
    char *path;
    GPtrArray *tables; /* SourceTable, in file order */
} SchemaTables;

/* NULL when the text has errors; all are in problems, warnings too. `into` becomes the tables' schema. */
SchemaTables *schema_tables_parse(const char *text, size_t len, const char *path, const char *into, Problems *problems);
void schema_tables_free(SchemaTables *schema);

/* SchemaFormat.write: what schema_tables_parse() reads again. A table without a key is there as a comment that says why. */
void schema_tables_write(const GPtrArray *drafts, GString *out);

#endif
