/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/mariadb_stream.h"

#include "model/time.h"

static void spec_free(void *data)
{
    MariaSpec *spec = data;
    g_free(spec->table);
    g_free(spec);
}

static MariaSpec *spec_new(const char *table, int cursor)
{
    MariaSpec *spec = g_new0(MariaSpec, 1);
    *spec = (MariaSpec){.table = g_strdup(table), .cursor = cursor};
    return spec;
}

/* Takes the table and the spec. */
static Stream *build(const char *source, const char *name, TableDef *table, MariaSpec *spec, const StreamSettings *settings)
{
    Stream *stream = g_new0(Stream, 1);
    stream->id = g_strdup_printf("%s.%s", source, name);
    stream->source = g_strdup(source);
    stream->name = g_strdup(name);
    stream->origin = g_strdup_printf("table %s", spec->table);
    stream->table = table;
    stream->mode = WRITE_UPSERT;
    stream->conflict = (TableKey){
        .columns = g_memdup2(table->primary.columns, (gsize)table->primary.count * sizeof *table->primary.columns),
        .count = table->primary.count,
    };
    stream->conflict_is_identity = true;
    stream->mapped = g_new0(bool, table->column_count);
    stream->inherited = g_new0(bool, table->column_count);
    for (int i = 0; i < table->column_count; i++)
        stream->mapped[i] = true;
    if (spec->cursor >= 0) {
        stream->cursor_columns = g_memdup2(&spec->cursor, sizeof spec->cursor);
        stream->cursor_column_count = 1;
    }
    stream->spec = spec;
    stream->spec_free = spec_free;
    stream->settings = *settings;
    g_autofree char *mapping = g_strdup_printf("mariadb 1\n%d %s\n%d\n", (int)strlen(spec->table), spec->table, spec->cursor);
    stream_set_definition(stream, mapping);
    return stream;
}

static bool says(const OptionValues *options, const char *name, const char *word)
{
    return options && options_given(options, name) && strcmp(options_text(options, name), word) == 0;
}

Stream *maria_stream_new(const char *source_name, const SourceTable *table, int position, const OptionValues *options,
                         int64_t lookback_us)
{
    const StreamSettings settings = {
        .lookback_us = table->lookback_us >= 0 ? table->lookback_us : lookback_us,
        .threshold_us = TIME_NONE,
        .convert = {.replace_invalid = says(options, "on_invalid", "replace"),
                    .truncate_too_long = says(options, "on_too_long", "truncate")},
        .keep_rows_us = -1,
    };
    MariaSpec *spec = spec_new(table->source, table->cursor_column);
    Stream *stream = build(source_name, table->key, table_copy(table->table), spec, &settings);
    stream->position = position;
    return stream;
}

static int width(const SqlType *type)
{
    switch (type->kind) {
    case TYPE_INT2:
        return 1;
    case TYPE_INT4:
        return 2;
    case TYPE_INT8:
        return 3;
    default:
        return 4;
    }
}

static bool too_narrow(const Column *column, const MariaColumn *from, bool beyond, SqlType *fits)
{
    if (!from || from->kind != MARIA_INT || !from->is_unsigned || width(&column->type) > 3)
        return false;
    *fits = maria_column_fits(from);
    if (fits->kind == TYPE_NUMERIC && !beyond)
        *fits = (SqlType){.kind = TYPE_INT8};
    return width(fits) > width(&column->type);
}

static bool key_has(const MariaIndex *key, const char *name)
{
    for (guint i = 0; i < key->columns->len; i++)
        if (g_ascii_strcasecmp(g_ptr_array_index(key->columns, i), name) == 0)
            return true;
    return false;
}

/* Rows are read by this key and never behind the last one again. Integers alone: what becomes of other types may be the same for two of them. */
static bool is_distinct(const Stream *stream, const TableDef *to, const MariaTable *table)
{
    const TableKey *conflict = &stream->conflict;
    if (!table->key || (int)table->key->columns->len != conflict->count)
        return false;
    for (int i = 0; i < conflict->count; i++) {
        const Column *column = &to->columns[conflict->columns[i]];
        const MariaColumn *from = maria_table_column(table, column->name);
        if (!from || from->kind != MARIA_INT || width(&column->type) > 3 || !key_has(table->key, column->name))
            return false;
    }
    return true;
}

Stream *maria_stream_fitted(const Stream *stream, const MariaTable *table, const bool *beyond)
{
    const MariaSpec *spec = stream->spec;
    TableDef *wider = NULL;
    for (int i = 0; i < stream->table->column_count; i++) {
        const Column *column = &stream->table->columns[i];
        SqlType fits;
        if (!too_narrow(column, maria_table_column(table, column->name), beyond && beyond[i], &fits))
            continue;
        if (!wider)
            wider = table_copy(stream->table);
        wider->columns[i].type = fits;
        wider->columns[i].may_widen = true;
    }
    bool distinct = is_distinct(stream, wider ? wider : stream->table, table);
    if (!wider && !distinct)
        return NULL;
    Stream *copy = build(stream->source, stream->name, wider ? wider : table_copy(stream->table),
                         spec_new(spec->table, spec->cursor), &stream->settings);
    copy->distinct = distinct;
    copy->export_order = stream->export_order;
    copy->position = stream->position;
    return copy;
}
