/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/ddl_parts.h - what the files that make a table plan share. */
#ifndef TIDEMARK_DESTINATIONS_DDL_PARTS_H
#define TIDEMARK_DESTINATIONS_DDL_PARTS_H

#include "destinations/ddl.h"

/* A plan in the making. */
typedef struct Ddl {
    Destination *d;
    const Stream *stream;
    const TableDef *table;
    DdlPlan *plan;
    GHashTable *referenced; /* name of a referenced table → LiveTable, looked up once */
} Ddl;

void ddl_say(GPtrArray *list, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Quoted and qualified name of the stream's table, or of another one in its schema. */
void ddl_table_name(const Ddl *ddl, const char *name, GString *out);

/* ddl_foreign.c: whether the column's foreign key can be declared: the referenced column exists (or is planned), is unique and has a fitting type.
 * When not, *why says so (g_free); NULL without a foreign key. */
bool ddl_can_reference(Ddl *ddl, const Column *column, bool *can, char **why, Err *err);

/* ddl_create.c: statements for a table that does not exist. */
bool ddl_create(Ddl *ddl, Err *err);

/* Whether the primary key is what tells rows apart and stands in a statement of its own (Stream.distinct), and that statement. */
bool ddl_key_is_apart(const Ddl *ddl);
char *ddl_primary_key(const Ddl *ddl);

/* ddl_indexes.c: the indexes that are missing. */
bool ddl_add_indexes(Ddl *ddl, Err *err);

/* ddl_compare.c: what differs between the live table and its definition. */
bool ddl_compare(Ddl *ddl, Err *err);

/* Index of the column in the live table, by name; NULL when it has none. */
const LiveColumn *live_column(const LiveTable *table, const char *name);

/* True when a unique and valid key of the live table covers exactly these columns of the definition, in any order. */
bool live_has_key(const LiveTable *live, const TableDef *table, const TableKey *key);

#endif
