/* SPDX-License-Identifier: Apache-2.0 */
#include "model/stream.h"

void stream_free(Stream *stream)
{
    if (!stream)
        return;
    if (stream->spec && stream->spec_free)
        stream->spec_free(stream->spec);
    for (int i = 0; i < stream->scope_count; i++)
        g_free(stream->scope[i].value);
    g_free(stream->scope);
    g_free(stream->scope_columns);
    g_free(stream->cursor_columns);
    g_free(stream->inherited);
    g_free(stream->mapped);
    g_free(stream->conflict.columns);
    table_free(stream->table);
    g_free(stream->origin);
    g_free(stream->name);
    g_free(stream->source);
    g_free(stream->id);
    g_free(stream);
}

char *stream_scope_text(const Stream *stream)
{
    if (stream->scope_count == 0)
        return NULL;
    GString *text = g_string_new(NULL);
    for (int i = 0; i < stream->scope_count; i++)
        g_string_append_printf(text, "%s%s = %s", i ? " and " : "", stream->table->columns[stream->scope[i].column].name,
                               stream->scope[i].value);
    return g_string_free(text, FALSE);
}

/* Every item goes in with its length, so that two definitions never make the same bytes. */
static void put(GChecksum *sum, const char *text)
{
    g_autofree char *head = g_strdup_printf("%d:", text ? (int)strlen(text) : -1);
    g_checksum_update(sum, (const guchar *)head, -1);
    if (text)
        g_checksum_update(sum, (const guchar *)text, -1);
}

static void put_number(GChecksum *sum, int64_t number)
{
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT ";", number);
    g_checksum_update(sum, (const guchar *)text, -1);
}

static void put_columns(GChecksum *sum, const int *columns, int count)
{
    put_number(sum, count);
    for (int i = 0; i < count; i++)
        put_number(sum, columns[i]);
}

static void put_table(GChecksum *sum, const TableDef *table)
{
    put(sum, table->name);
    put_number(sum, table->column_count);
    for (int i = 0; i < table->column_count; i++) {
        const Column *column = &table->columns[i];
        char type[80];
        type_format(&column->type, type, sizeof type);
        put(sum, column->name);
        put(sum, type);
        put_number(sum, column->type.generated);
        put_number(sum, column->nullable);
        put_number(sum, column->primary_key);
        put(sum, column->ref_table);
        put(sum, column->ref_column);
    }
    put_columns(sum, table->primary.columns, table->primary.count);
    put_number(sum, table->unique_count);
    for (int i = 0; i < table->unique_count; i++)
        put_columns(sum, table->uniques[i].columns, table->uniques[i].count);
}

void stream_set_definition(Stream *stream, const char *source_part)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    put_table(sum, stream->table);
    put_columns(sum, stream->conflict.columns, stream->conflict.count);
    put_number(sum, stream->conflict_is_identity);
    put_number(sum, stream->mode);
    for (int i = 0; i < stream->table->column_count; i++) {
        put_number(sum, stream->mapped && stream->mapped[i]);
        put_number(sum, stream->inherited && stream->inherited[i]);
    }
    put_columns(sum, stream->cursor_columns, stream->cursor_column_count);
    put_columns(sum, stream->scope_columns, stream->scope_column_count);
    put_number(sum, stream->scope_count);
    for (int i = 0; i < stream->scope_count; i++) {
        put_number(sum, stream->scope[i].column);
        put(sum, stream->scope[i].value);
    }
    put_number(sum, stream->settings.convert.replace_invalid);
    put_number(sum, stream->settings.convert.truncate_too_long);
    put(sum, source_part);
    g_strlcpy(stream->definition, g_checksum_get_string(sum), sizeof stream->definition);
    g_checksum_free(sum);
}
