/* SPDX-License-Identifier: Apache-2.0 */
/* What the server says of its tables, for schema files and for streams whose schema file says less. */
#include <string.h>

#include "sources/mariadb_source.h"

bool maria_discover(Source *source, GPtrArray *out, Err *err)
{
    MariaLink *link = maria_of(source)->link;
    return maria_link_ready(link, err) && maria_tables_list(link, out, err);
}

/* Set by the server at every change of the row, whoever makes it. */
static char *sure_cursor(MariaLink *link, const MariaTable *table, Err *err)
{
    g_autoptr(GString) sql =
        g_string_new("SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND "
                     "DATA_TYPE IN ('timestamp', 'datetime') AND EXTRA LIKE '%on update current_timestamp%' AND "
                     "TABLE_NAME = ");
    char *name = NULL;
    maria_quote_text(sql, table->name, strlen(table->name));
    g_string_append(sql, " ORDER BY ORDINAL_POSITION LIMIT 1");
    maria_link_text(link, sql->str, &name, err);
    return name;
}

static bool in_key(const MariaTable *table, const MariaColumn *column)
{
    for (guint i = 0; table->key && i < table->key->columns->len; i++)
        if (g_ascii_strcasecmp(g_ptr_array_index(table->key->columns, i), column->name) == 0)
            return true;
    return false;
}

/* An unsigned bigint that an index begins with may be called a bigint: maria_fit() sees when it is one no longer. */
static SqlType type_for(const MariaTable *table, const MariaColumn *column)
{
    SqlType type = maria_column_fits(column);
    if (column->kind == MARIA_INT && type.kind == TYPE_NUMERIC && maria_table_index_on(table, column->name))
        return (SqlType){.kind = TYPE_INT8};
    return type;
}

/* ---- indexes ---- */

enum { INDEXED_CHARACTERS = 600 }; /* PostgreSQL refuses rows whose indexed values are beyond 2,700 bytes */

/* The columns of an index as the draft has them; false for one that does not belong into the file: its prefixes or texts are beyond what PostgreSQL
 * indexes, or the key serves as well. */
static bool index_columns(const MariaTable *table, const MariaIndex *index, const TableDraft *draft, TableKey *out)
{
    int characters = 0, count = (int)index->columns->len;
    bool in_front = table->key && table->key->columns->len >= index->columns->len;
    out->columns = g_new(int, count);
    out->count = 0;
    for (int i = 0; i < count; i++) {
        const char *name = g_ptr_array_index(index->columns, (guint)i);
        const MariaColumn *column = maria_table_column(table, name);
        int at = column ? table_column(draft->table, column->name) : -1;
        if (at < 0 || !index->whole)
            return false;
        const SqlType *type = &draft->table->columns[at].type;
        if (type_is_text(type->kind) && type->length == 0)
            return false;
        characters += type_is_text(type->kind) ? type->length : 0;
        in_front = in_front && g_ascii_strcasecmp(g_ptr_array_index(table->key->columns, (guint)i), name) == 0;
        out->columns[out->count++] = at;
    }
    return characters <= INDEXED_CHARACTERS && !in_front;
}

static bool is_drafted(const TableDraft *draft, const TableKey *index)
{
    for (int i = 0; i < draft->index_count; i++)
        if (draft->indexes[i].count == index->count &&
            memcmp(draft->indexes[i].columns, index->columns, sizeof *index->columns * (size_t)index->count) == 0)
            return true;
    return false;
}

static void add_indexes(const MariaTable *table, TableDraft *draft)
{
    draft->indexes = g_new0(TableKey, table->indexes->len);
    for (guint i = 0; i < table->indexes->len; i++) {
        TableKey *index = &draft->indexes[draft->index_count];
        if (index_columns(table, g_ptr_array_index(table->indexes, i), draft, index) && !is_drafted(draft, index))
            draft->index_count++;
        else
            g_clear_pointer(&index->columns, g_free);
    }
}

static TableDraft *draft_of(const MariaTable *table)
{
    int count = (int)table->columns->len;
    TableDraft *draft = g_new0(TableDraft, 1);
    draft->table = table_new(NULL, table->name, count);
    draft->comment = g_strdup(table->comment);
    draft->column_notes = g_new0(char *, count + 1);
    for (int i = 0; i < count; i++) {
        const MariaColumn *from = &g_array_index(table->columns, MariaColumn, (guint)i);
        Column *to = &draft->table->columns[i];
        to->name = g_strdup(from->name);
        to->type = type_for(table, from);
        to->primary_key = in_key(table, from);
        to->nullable = from->nullable;
        draft->column_notes[i] = g_strdup(from->type);
    }
    add_indexes(table, draft);
    return draft;
}

bool maria_describe(Source *source, GPtrArray *drafts, Err *err)
{
    MariaLink *link = maria_of(source)->link;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    if (!maria_discover(source, names, err))
        return false;
    for (guint i = 0; i < names->len; i++) {
        MariaTable *table = NULL;
        Err why = {0};
        if (!maria_table_read(link, g_ptr_array_index(names, i), &table, err))
            return false;
        if (!table)
            continue; /* dropped meanwhile */
        TableDraft *draft = draft_of(table);
        draft->cursor = sure_cursor(link, table, &why);
        g_ptr_array_add(drafts, draft);
        maria_table_free(table);
    }
    return true;
}

/* ---- wider than the schema file says ---- */

/* Whether the column, an unsigned bigint that an index begins with, holds a value beyond a bigint. */
static bool ask_maximum(MariaLink *link, const MariaTable *table, const MariaColumn *column, bool *beyond, Err *err)
{
    g_autoptr(GString) sql = g_string_new("SELECT MAX(");
    g_autofree char *text = NULL;
    maria_quote(sql, column->name);
    g_string_append(sql, ") > 9223372036854775807 FROM ");
    maria_quote(sql, table->name);
    bool done = maria_link_text(link, sql->str, &text, err);
    *beyond = text && strcmp(text, "1") == 0;
    return done;
}

bool maria_fit(Source *source, const Stream *stream, Stream **fitted, Err *err)
{
    Maria *maria = maria_of(source);
    const MariaSpec *spec = stream->spec;
    MariaTable *table = NULL;
    *fitted = NULL;
    if (!maria_link_ready(maria->link, err) || !maria_table_read(maria->link, spec->table, &table, err))
        return false;
    if (!table)
        return true;
    g_autofree bool *beyond = g_new0(bool, stream->table->column_count);
    bool done = true;
    for (int i = 0; i < stream->table->column_count && done; i++) {
        const MariaColumn *column = maria_table_column(table, stream->table->columns[i].name);
        if (column && column->kind == MARIA_INT && column->bits == 64 && column->is_unsigned &&
            maria_table_index_on(table, column->name))
            done = ask_maximum(maria->link, table, column, &beyond[i], err);
    }
    if (done)
        *fitted = maria_stream_fitted(stream, table, beyond);
    maria_table_free(table);
    return done;
}
