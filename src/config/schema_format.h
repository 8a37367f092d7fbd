/* SPDX-License-Identifier: Apache-2.0 */
/* config/schema_format.h - what the configuration knows of the schema files of a kind of source.
 *
 * A kind that has schema files needs one for each source (SourceOps.schema). */
#ifndef TIDEMARK_CONFIG_SCHEMA_FORMAT_H
#define TIDEMARK_CONFIG_SCHEMA_FORMAT_H

#include <glib.h>

#include "config/problems.h"
#include "model/table.h"

typedef struct SchemaEntry { /* one stream of a schema file; borrowed from it */
    const char *stream;
    const char *table; /* where it lands */
} SchemaEntry;

/* A table as a source describes it, for a file that does not exist yet. Notes become comments in the file. */
typedef struct TableDraft {
    TableDef *table;   /* its name is that at the source; Column.primary_key: what tells rows apart, may be nowhere set */
    char *cursor;      /* a column of it, or NULL */
    char *comment;     /* what the table says of itself, or NULL */
    TableKey *indexes; /* columns that the source keeps an index of, beside the key; names unused */
    int index_count;
    char **column_notes; /* per column: its type at the source; NULL-terminated, or NULL */
} TableDraft;
void table_draft_free(void *draft);

typedef struct SchemaFormat {
    /* NULL when the file has errors; all are in problems, warnings too. `into` becomes the tables' schema. */
    void *(*load)(const char *path, const char *into, Problems *problems);
    void (*free)(void *schema);
    /* The streams in file order; false when there are no more. */
    bool (*entry)(const void *schema, guint index, SchemaEntry *out);
    /* Appends the file that says this of the tables (TableDraft), for `tidemark init --from`; NULL: such a file cannot be told from what the
     * source says of itself. */
    void (*write)(const GPtrArray *drafts, GString *out);
} SchemaFormat;

extern const SchemaFormat schema_format_mongo, schema_format_tables;

#endif
