/* SPDX-License-Identifier: Apache-2.0 */
/* config/schema_column.h - what both schema file formats say in the same way: names, one column, lists of columns. */
#ifndef TIDEMARK_CONFIG_SCHEMA_COLUMN_H
#define TIDEMARK_CONFIG_SCHEMA_COLUMN_H

#include "config/yaml.h"
#include "model/table.h"

enum { SCHEMA_NAME_BYTES = 63, SCHEMA_MAX_COLUMNS = 1600 }; /* PostgreSQL's limits */

/* A table being read, of either format. */
typedef struct ColumnReader {
    const YamlDoc *doc;
    TableDef *table;
    const char *where;       /* "table `users`" */
    const char *const *keys; /* what a column may say; NULL-terminated */
    bool lenient;            /* other keys are ignored with a warning, not an error */
} ColumnReader;

/* A table or column name: not empty, no control character, at most the 63 bytes that PostgreSQL keeps. Reports and returns NULL. */
const char *schema_name(const YamlDoc *doc, const YamlNode *node, const char *what);

/* The key that names a table, whatever YAML takes it for; NULL when it is no name (reported). */
const char *schema_table_name(const YamlDoc *doc, const YamlNode *key);

/* False when there is nothing, or no mapping, behind the table's key (reported). */
bool schema_has_settings(const YamlDoc *doc, const YamlPair *table, const char *where);

/* The number-th entry of a list of columns, into table->columns[index]. Returns what messages call it, for the caller to free. */
char *schema_read_column(const ColumnReader *r, const YamlNode *node, int index, int number);

/* The table's primary key, from its columns. */
void schema_set_primary(TableDef *table);

/* A list of names of columns, each once. False when it is none (reported); else the caller frees out->columns. */
bool schema_read_column_list(const YamlDoc *doc, const TableDef *table, const YamlNode *list, const char *what, TableKey *out);

#endif
