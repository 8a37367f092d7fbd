/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/mongo_streams.h"

#include <string.h>

#include "model/time.h"
#include "sources/mongo_spec.h"

static TableKey key_copy(const TableKey *from)
{
    return (TableKey){.columns = g_memdup2(from->columns, (gsize)from->count * sizeof *from->columns), .count = from->count};
}

static bool is_cursor(const MongoSpec *spec, const char *field)
{
    for (int i = 0; i < spec->cursor_count; i++)
        if (strcmp(spec->cursors[i].text, field) == 0)
            return true;
    return false;
}

static bool holds_instants(const TableDef *table, int column)
{
    TypeKind kind = table->columns[column].type.kind;
    return kind == TYPE_TIMESTAMP || kind == TYPE_TIMESTAMPTZ || kind == TYPE_DATE;
}

/* Direct tables: the columns the cursor fields are mapped to. Links: the dates that come from the parent's cursor fields. */
static void set_cursor_columns(Stream *stream, const MongoSpec *spec)
{
    stream->cursor_columns = g_new0(int, spec->field_count + spec->date_count + 1);
    for (int i = 0; i < spec->field_count; i++)
        if (is_cursor(spec, spec->fields[i].path.text) && holds_instants(stream->table, spec->fields[i].column))
            stream->cursor_columns[stream->cursor_column_count++] = spec->fields[i].column;
    for (int i = 0; i < spec->date_count; i++) {
        const SpecDate *date = &spec->dates[i];
        if (date->inherited && date->parent_count > 0 && is_cursor(spec, date->parents[0].text) &&
            holds_instants(stream->table, date->column))
            stream->cursor_columns[stream->cursor_column_count++] = date->column;
    }
}

static void set_mapped(Stream *stream, const MongoSpec *spec)
{
    stream->mapped = g_new0(bool, stream->table->column_count);
    stream->inherited = g_new0(bool, stream->table->column_count);
    for (int i = 0; i < spec->field_count; i++)
        stream->mapped[spec->fields[i].column] = true;
    if (spec->parent_column >= 0)
        stream->mapped[spec->parent_column] = true;
    for (int a = 0; a < spec->array_count; a++) {
        const SpecArray *array = &spec->arrays[a];
        stream->mapped[array->column] = true;
        for (int i = 0; i < array->set_count; i++)
            stream->mapped[array->set[i].column] = true;
        for (int i = 0; i < array->field_count; i++)
            stream->mapped[array->fields[i].column] = true;
    }
    for (int i = 0; i < spec->date_count; i++) {
        stream->mapped[spec->dates[i].column] = true;
        stream->inherited[spec->dates[i].column] = spec->dates[i].inherited;
    }
}

static bool given(const OptionValues *options, const char *name)
{
    return options && options_known(options, name) && options_given(options, name);
}

static bool says(const OptionValues *options, const char *name, const char *word)
{
    return given(options, name) && strcmp(options_text(options, name), word) == 0;
}

static StreamSettings settings(const MongoTable *table, const OptionValues *options, int64_t lookback_us)
{
    StreamSettings settings = {
        .lookback_us = given(options, "lookback") ? options_int(options, "lookback") : lookback_us,
        .threshold_us = table->threshold_us,
        .force_reimport = table->force_reimport,
        .truncate_before_import = table->truncate_before_import,
        .newer_wins = given(options, "newer_wins") ? options_bool(options, "newer_wins") : table->newer_wins,
        .convert = {.replace_invalid = says(options, "on_invalid", "replace"),
                    .truncate_too_long = says(options, "on_too_long", "truncate")},
        .take_over = says(options, "take_over", "trust") ? TAKE_OVER_TRUST : TAKE_OVER_READ,
        .keep_rows_us = given(options, "keep_rows") ? options_int(options, "keep_rows") : -1,
    };
    return settings;
}

Stream *mongo_stream_new(const char *source_name, const MongoTable *table, int position, const OptionValues *options,
                         int64_t lookback_us)
{
    Stream *stream = g_new0(Stream, 1);
    MongoSpec *spec = mongo_spec_new(table);
    stream->id = g_strdup_printf("%s.%s", source_name, table->key);
    stream->source = g_strdup(source_name);
    stream->name = g_strdup(table->key);
    stream->origin = g_strdup_printf("collection %s", table->collection);
    stream->table = table_copy(table->table);
    stream->mode = table->mode;
    stream->conflict = key_copy(&table->conflict);
    stream->conflict_is_identity = table->conflict_is_identity;
    stream->export_order = table->export_order;
    stream->position = position;
    stream->settings = settings(table, options, lookback_us);
    stream->spec = spec;
    stream->spec_free = mongo_spec_free;
    if (stream->mode == WRITE_CHILDREN) {
        stream->scope_columns = g_memdup2(&spec->parent_column, sizeof spec->parent_column);
        stream->scope_column_count = 1;
    }
    set_mapped(stream, spec);
    set_cursor_columns(stream, spec);
    g_autofree char *mapping = mongo_spec_text(spec);
    stream_set_definition(stream, mapping);
    return stream;
}
