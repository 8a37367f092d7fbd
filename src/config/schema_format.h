/* SPDX-License-Identifier: Apache-2.0 */
/* config/schema_format.h - what the configuration knows of the schema files of a kind of source.
 *
 * A kind that has schema files needs one for each source (SourceOps.schema). */
#ifndef TIDEMARK_CONFIG_SCHEMA_FORMAT_H
#define TIDEMARK_CONFIG_SCHEMA_FORMAT_H

#include <glib.h>

#include "config/problems.h"

typedef struct SchemaEntry { /* one stream of a schema file; borrowed from it */
    const char *stream;
    const char *table; /* where it lands */
} SchemaEntry;

typedef struct SchemaFormat {
    /* NULL when the file has errors; all are in problems, warnings too. `into` becomes the tables' schema. */
    void *(*load)(const char *path, const char *into, Problems *problems);
    void (*free)(void *schema);
    /* The streams in file order; false when there are no more. */
    bool (*entry)(const void *schema, guint index, SchemaEntry *out);
    /* Whether `tidemark init --from` can write such a file from what the source says of itself. */
    bool can_be_written;
} SchemaFormat;

extern const SchemaFormat schema_format_mongo, schema_format_tables;

#endif
