/* SPDX-License-Identifier: Apache-2.0 */
/* config/schema_parts.h - the steps in which schema_mongo.c reads one table; used by the schema_*.c files alone. */
#ifndef TIDEMARK_CONFIG_SCHEMA_PARTS_H
#define TIDEMARK_CONFIG_SCHEMA_PARTS_H

#include "config/schema_column.h"
#include "config/schema_mongo.h"
#include "config/yaml.h"

/* A foreign key as written: its table is known only when the whole file was read. */
typedef struct SchemaLink {
    MongoTable *table;
    int column;
    const YamlNode *at;
} SchemaLink;

typedef struct SchemaReader {
    const YamlDoc *doc;
    const char *into;
    YamlDoc *strategies; /* read when the first table names one */
    GArray *links;       /* SchemaLink */
} SchemaReader;

/* One table being read. */
typedef struct TableReader {
    SchemaReader *reader;
    const YamlDoc *doc;
    const YamlNode *key, *node;
    char *where; /* "table `users`" */
    MongoTable *table;
    bool include_base;
    bool *fed;     /* per column: some field, array or date fills it */
    int fed_by_id; /* direct tables: the column that `_id` fills, or -1 */
} TableReader;

/* schema_columns.c: TableDef with columns and keys. False when there is none to go on with. */
bool schema_read_columns(TableReader *r);
/* `unique_constraints`, and the table-level key `conflict` (into conflict when given). */
void schema_read_uniques(TableReader *r);

/* schema_fields.c: document field → column, for direct tables. */
void schema_read_fields(TableReader *r);

/* schema_relation.c: `import_strategy` or `relationship`; true when the table has one. */
bool schema_read_relation(TableReader *r);
/* `filter: {exists: …}`, added to what is there. */
void schema_read_filter(TableReader *r, const YamlDoc *doc, const YamlNode *node, const char *where);

/* A text or list of texts into a NULL-terminated array; NULL when it is anything else (reported). */
char **schema_texts(const YamlDoc *doc, const YamlNode *node, const char *what);

/* schema_links.c: foreign keys between the tables, names used twice. */
void schema_check_links(SchemaReader *reader, SchemaFile *file);

#endif
