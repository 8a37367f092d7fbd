/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/live_table.h - how drivers build a LiveTable from their catalogue. */
#ifndef TIDEMARK_DESTINATIONS_LIVE_TABLE_H
#define TIDEMARK_DESTINATIONS_LIVE_TABLE_H

#include "destinations/destination.h"

/* Empty lists; exists false, empty true. Texts are copied. */
LiveTable *live_table_new(const char *schema, const char *name);
LiveTable *live_table_ref(LiveTable *table);

/* Appends a column; type_text is what the catalogue calls its type, readable is the same as type_parse() reads it. */
LiveColumn *live_table_column(LiveTable *table, const char *name, const char *type_text, const char *readable);
LiveKey *live_table_key(LiveTable *table, const char *name);
/* Appends to foreigns or referenced_by. */
void live_foreign_add(GPtrArray *list, const char *name, const char *column, const char *ref_schema, const char *ref_table,
                      const char *ref_column);

#endif
