/* SPDX-License-Identifier: Apache-2.0 */
/* What can be checked only when all tables of a file are known. */
#include "config/schema_parts.h"

/* A foreign key may name a table by its key in the file or by its name. */
static MongoTable *find_table(const SchemaFile *file, const char *name)
{
    for (guint i = 0; i < file->tables->len; i++) {
        MongoTable *table = g_ptr_array_index(file->tables, i);
        if (strcmp(table->key, name) == 0)
            return table;
    }
    for (guint i = 0; i < file->tables->len; i++) {
        MongoTable *table = g_ptr_array_index(file->tables, i);
        if (strcmp(table->table->name, name) == 0)
            return table;
    }
    return NULL;
}

/* Types between which a database compares without a cast, as a foreign key needs. */
static int family(TypeKind kind)
{
    switch (kind) {
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:
    case TYPE_NUMERIC:
    case TYPE_FLOAT4:
    case TYPE_FLOAT8:
        return TYPE_INT8;
    case TYPE_VARCHAR:
    case TYPE_CHAR:
    case TYPE_TEXT:
        return TYPE_TEXT;
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
    case TYPE_DATE:
        return TYPE_TIMESTAMP;
    default:
        return (int)kind;
    }
}

static void check_link(const SchemaReader *reader, const SchemaFile *file, const SchemaLink *link)
{
    TableDef *from = link->table->table;
    Column *column = &from->columns[link->column];
    g_autofree char *what = g_strdup_printf("column `%s` of table `%s`", column->name, link->table->key);
    const MongoTable *target = find_table(file, column->ref_table);
    if (!target) {
        yaml_warning(reader->doc, link->at, "%s refers to the table `%s`, which is not in this file; it must be in the destination",
                     what, column->ref_table);
        return;
    }
    const TableDef *to = target->table;
    int index = table_column(to, column->ref_column);
    if (index < 0) {
        yaml_problem(reader->doc, link->at, "%s refers to `%s(%s)`, but that table has no such column", what, column->ref_table,
                     column->ref_column);
        return;
    }
    if (!table_unique_alone(to, index))
        yaml_problem(
            reader->doc, link->at,
            "%s refers to `%s(%s)`, which is neither the primary key nor unique on its own: make it one, or refer to the key", what,
            column->ref_table, column->ref_column);
    if (family(column->type.kind) != family(to->columns[index].type.kind)) {
        char mine[64];
        char theirs[64];
        type_format(&column->type, mine, sizeof mine);
        type_format(&to->columns[index].type, theirs, sizeof theirs);
        yaml_problem(reader->doc, link->at, "%s is %s, but `%s(%s)`, to which it refers, is %s: expected the same kind of type",
                     what, mine, column->ref_table, column->ref_column, theirs);
    }
    if (strcmp(column->ref_table, to->name) != 0) { /* one effective name, everywhere (H40) */
        g_free(column->ref_table);
        column->ref_table = g_strdup(to->name);
    }
}

static void check_names(const SchemaReader *reader, const SchemaFile *file)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < file->tables->len; i++) {
        MongoTable *table = g_ptr_array_index(file->tables, i);
        const MongoTable *other = g_hash_table_lookup(seen, table->table->name);
        if (!other) {
            g_hash_table_insert(seen, table->table->name, table);
            continue;
        }
        YamlNode at = {.line = table->line, .column = 1};
        yaml_problem(reader->doc, &at, "table `%s` lands in `%s`, and so does table `%s` (line %d): expected one table for each",
                     table->key, table->table->name, other->key, other->line);
    }
}

void schema_check_links(SchemaReader *reader, SchemaFile *file)
{
    check_names(reader, file);
    for (guint i = 0; i < reader->links->len; i++)
        check_link(reader, file, &g_array_index(reader->links, SchemaLink, i));
}
