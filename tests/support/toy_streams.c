/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/toy_private.h"

static void column(TableDef *table, int at, const char *name, TypeKind kind, bool nullable, bool key)
{
    table->columns[at].name = g_strdup(name);
    table->columns[at].type = (SqlType){.kind = kind};
    table->columns[at].nullable = nullable;
    table->columns[at].primary_key = key;
}

static void reference(TableDef *table, int at, const char *parent_table)
{
    if (!parent_table)
        return;
    table->columns[at].ref_table = g_strdup(parent_table);
    table->columns[at].ref_column = g_strdup("id");
}

static int *one(int value)
{
    int *list = g_new(int, 1);
    list[0] = value;
    return list;
}

static void rows_table(Stream *stream, const ToySet *set, const char *schema)
{
    TableDef *table = stream->table = table_new(schema, set->table, TOY_COLUMNS);
    column(table, TOY_ID, "id", TYPE_TEXT, false, true);
    column(table, TOY_PARENT, "parent", TYPE_TEXT, true, false);
    column(table, TOY_LABEL, "label", TYPE_TEXT, false, false);
    column(table, TOY_AMOUNT, "amount", TYPE_INT8, true, false);
    column(table, TOY_AT, "at", TYPE_TIMESTAMPTZ, true, false);
    reference(table, TOY_PARENT, set->parent_table);
    table->primary = (TableKey){.columns = one(TOY_ID), .count = 1};
    stream->mode = WRITE_UPSERT;
    stream->conflict = (TableKey){.columns = one(TOY_ID), .count = 1};
    stream->conflict_is_identity = true;
    stream->cursor_columns = one(TOY_AT);
    stream->cursor_column_count = 1;
    stream->may_be_absent = set->kind == TOY_DAYS;
    if (!set->scope)
        return;
    stream->scope = g_new0(ScopePredicate, 1);
    stream->scope[0] = (ScopePredicate){.column = TOY_PARENT, .value = g_strdup(set->scope)};
    stream->scope_count = 1;
}

static void links_table(Stream *stream, const ToySet *set, const char *schema)
{
    TableDef *table = stream->table = table_new(schema, set->table, TOY_LINK_COLUMNS);
    column(table, TOY_LINK_PARENT, "owner", TYPE_TEXT, false, false);
    column(table, TOY_LINK_ITEM, "item", TYPE_TEXT, false, false);
    column(table, TOY_LINK_AT, "at", TYPE_TIMESTAMPTZ, true, false);
    reference(table, TOY_LINK_ITEM, set->parent_table);
    int key[2] = {TOY_LINK_PARENT, TOY_LINK_ITEM};
    table_add_unique(table, key, 2);
    stream->mode = WRITE_CHILDREN;
    stream->conflict = (TableKey){.columns = g_memdup2(key, sizeof key), .count = 2};
    stream->scope_columns = one(TOY_LINK_PARENT);
    stream->scope_column_count = 1;
    stream->cursor_columns = one(TOY_LINK_AT);
    stream->cursor_column_count = 1;
}

Stream *toy_stream(const ToyWorld *world, const ToySet *set, int position, const char *schema)
{
    Stream *stream = g_new0(Stream, 1);
    stream->id = g_strdup_printf("%s.%s", world->name, set->name);
    stream->source = g_strdup(world->name);
    stream->name = g_strdup(set->name);
    stream->origin = g_strdup_printf("toy set %s", set->name);
    if (set->kind == TOY_LINKS)
        links_table(stream, set, schema);
    else
        rows_table(stream, set, schema);
    int columns = stream->table->column_count;
    stream->mapped = g_new(bool, columns);
    stream->inherited = g_new0(bool, columns);
    for (int i = 0; i < columns; i++)
        stream->mapped[i] = true;
    if (set->kind == TOY_LINKS)
        stream->inherited[TOY_LINK_AT] = true;
    stream->position = position;
    stream->settings = set->settings;
    stream_set_definition(stream, set->mapping);
    return stream;
}
