/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/mongo_spec.h"

#include <string.h>

static int slot_for(MongoSpec *spec, const char *key, size_t len)
{
    for (int i = 0; i < spec->slot_count; i++)
        if (spec->slot_lens[i] == len && memcmp(spec->slots[i], key, len) == 0)
            return i;
    spec->slots = g_renew(char *, spec->slots, spec->slot_count + 1);
    spec->slot_lens = g_renew(uint32_t, spec->slot_lens, spec->slot_count + 1);
    spec->slots[spec->slot_count] = g_strndup(key, len);
    spec->slot_lens[spec->slot_count] = (uint32_t)len;
    return spec->slot_count++;
}

static SpecPath path_new(MongoSpec *spec, const char *text)
{
    SpecPath path = {.text = g_strdup(text), .first = -1};
    path.literal = slot_for(spec, text, strlen(text));
    const char *dot = strchr(path.text, '.');
    if (dot) {
        path.first = slot_for(spec, path.text, (size_t)(dot - path.text));
        path.rest = dot + 1;
    }
    return path;
}

static void build_hash(MongoSpec *spec)
{
    uint32_t size = 16;
    while (size < (uint32_t)spec->slot_count * 4)
        size *= 2;
    spec->hash_mask = size - 1;
    spec->hash = g_new0(uint16_t, size);
    for (int i = 0; i < spec->slot_count; i++) {
        uint32_t at = spec_hash(spec->slots[i], spec->slot_lens[i]) & spec->hash_mask;
        while (spec->hash[at])
            at = (at + 1) & spec->hash_mask;
        spec->hash[at] = (uint16_t)(i + 1);
    }
}

static void array_new(MongoSpec *spec, const ArrayMap *from, SpecArray *array)
{
    g_autoptr(GString) discriminator = g_string_new("");
    array->path = path_new(spec, from->field);
    array->column = from->column;
    array->reference = g_strdup(from->reference);
    array->set = g_new0(SpecConstant, from->set_count);
    array->set_count = from->set_count;
    for (int i = 0; i < from->set_count; i++) {
        array->set[i] = (SpecConstant){.column = from->set[i].column, .text = g_strdup(from->set[i].text)};
        g_string_append_printf(discriminator, "/%s", from->set[i].text);
    }
    array->discriminator = g_strdup(discriminator->str);
    array->fields = g_new0(SpecField, from->field_count);
    array->field_count = from->field_count;
    for (int i = 0; i < from->field_count; i++)
        array->fields[i] = (SpecField){.path.text = g_strdup(from->fields[i].field), .column = from->fields[i].column};
}

static bool array_fills(const SpecArray *array, int column)
{
    if (array->column == column)
        return true;
    for (int i = 0; i < array->set_count; i++)
        if (array->set[i].column == column)
            return true;
    for (int i = 0; i < array->field_count; i++)
        if (array->fields[i].column == column)
            return true;
    return false;
}

static bool spec_has_date(const MongoSpec *spec, int column)
{
    for (int i = 0; i < spec->date_count; i++)
        if (spec->dates[i].column == column)
            return true;
    return false;
}

static void find_empty_columns(MongoSpec *spec)
{
    for (int a = 0; a < spec->array_count; a++) {
        SpecArray *array = &spec->arrays[a];
        array->empty = g_new0(int, spec->column_count);
        for (int column = 0; column < spec->column_count; column++) {
            bool elsewhere = false;
            for (int b = 0; b < spec->array_count; b++)
                elsewhere = elsewhere || array_fills(&spec->arrays[b], column);
            if (elsewhere && !array_fills(array, column) && !spec_has_date(spec, column) && column != spec->parent_column)
                array->empty[array->empty_count++] = column;
        }
    }
}

static void add_dates(MongoSpec *spec, const MongoTable *table)
{
    spec->dates = g_new0(SpecDate, table->date_count);
    spec->date_count = table->date_count;
    for (int i = 0; i < table->date_count; i++) {
        const DateMap *from = &table->dates[i];
        SpecDate *date = &spec->dates[i];
        int count = from->parent_fields ? (int)g_strv_length(from->parent_fields) : 0;
        *date = (SpecDate){.column = from->column,
                           .item_field = g_strdup(from->item_field),
                           .item_last = from->item_last,
                           .inherited = date_map_inherited(from),
                           .parent_count = count};
        date->parents = g_new0(SpecPath, count);
        for (int p = 0; p < count; p++)
            date->parents[p] = path_new(spec, from->parent_fields[p]);
    }
}

MongoSpec *mongo_spec_new(const MongoTable *table)
{
    MongoSpec *spec = g_new0(MongoSpec, 1);
    spec->collection = g_strdup(table->collection);
    spec->column_count = table->table->column_count;
    slot_for(spec, "_id", 3);
    for (int i = 0; i < 2; i++)
        if (table->cursor_fields[i])
            spec->cursors[spec->cursor_count++] = path_new(spec, table->cursor_fields[i]);
    spec->filter_count = table->filter_exists ? (int)g_strv_length(table->filter_exists) : 0;
    spec->filters = g_new0(SpecPath, spec->filter_count);
    for (int i = 0; i < spec->filter_count; i++)
        spec->filters[i] = path_new(spec, table->filter_exists[i]);
    spec->parent_column = table->array_count > 0 ? table->parent_column : -1;
    if (table->array_count > 0) {
        spec->arrays = g_new0(SpecArray, table->array_count);
        spec->array_count = table->array_count;
        for (int i = 0; i < table->array_count; i++)
            array_new(spec, &table->arrays[i], &spec->arrays[i]);
        add_dates(spec, table);
        find_empty_columns(spec);
    } else {
        spec->fields = g_new0(SpecField, table->field_count);
        spec->field_count = table->field_count;
        for (int i = 0; i < table->field_count; i++)
            spec->fields[i] = (SpecField){.path = path_new(spec, table->fields[i].field), .column = table->fields[i].column};
    }
    build_hash(spec);
    return spec;
}

static void array_done(SpecArray *array)
{
    for (int i = 0; i < array->set_count; i++)
        g_free(array->set[i].text);
    for (int i = 0; i < array->field_count; i++)
        g_free(array->fields[i].path.text);
    g_free(array->set);
    g_free(array->fields);
    g_free(array->path.text);
    g_free(array->reference);
    g_free(array->discriminator);
    g_free(array->empty);
}

void mongo_spec_free(void *data)
{
    MongoSpec *spec = data;
    if (!spec)
        return;
    for (int i = 0; i < spec->slot_count; i++)
        g_free(spec->slots[i]);
    for (int i = 0; i < spec->cursor_count; i++)
        g_free(spec->cursors[i].text);
    for (int i = 0; i < spec->filter_count; i++)
        g_free(spec->filters[i].text);
    for (int i = 0; i < spec->field_count; i++)
        g_free(spec->fields[i].path.text);
    for (int i = 0; i < spec->array_count; i++)
        array_done(&spec->arrays[i]);
    for (int i = 0; i < spec->date_count; i++) {
        for (int p = 0; p < spec->dates[i].parent_count; p++)
            g_free(spec->dates[i].parents[p].text);
        g_free(spec->dates[i].parents);
        g_free(spec->dates[i].item_field);
    }
    g_free(spec->slots);
    g_free(spec->slot_lens);
    g_free(spec->hash);
    g_free(spec->filters);
    g_free(spec->fields);
    g_free(spec->arrays);
    g_free(spec->dates);
    g_free(spec->collection);
    g_free(spec);
}

/* Texts go in with their lengths: two different mappings never make one text. */
static void put(GString *out, char tag, int column, const char *text)
{
    g_string_append_printf(out, "%c%d %d:%s\n", tag, column, text ? (int)strlen(text) : -1, text ? text : "");
}

static void put_arrays(const MongoSpec *spec, GString *out)
{
    for (int i = 0; i < spec->array_count; i++) {
        const SpecArray *array = &spec->arrays[i];
        put(out, 'a', array->column, array->path.text);
        put(out, 'r', array->column, array->reference);
        for (int s = 0; s < array->set_count; s++)
            put(out, 's', array->set[s].column, array->set[s].text);
        for (int f = 0; f < array->field_count; f++)
            put(out, 'i', array->fields[f].column, array->fields[f].path.text);
    }
    for (int i = 0; i < spec->date_count; i++) {
        put(out, spec->dates[i].item_last ? 'l' : 'd', spec->dates[i].column, spec->dates[i].item_field);
        for (int p = 0; p < spec->dates[i].parent_count; p++)
            put(out, 'p', spec->dates[i].column, spec->dates[i].parents[p].text);
    }
}

char *mongo_spec_text(const MongoSpec *spec)
{
    GString *out = g_string_new("mongodb 1\n");
    put(out, 'c', spec->parent_column, spec->collection);
    for (int i = 0; i < spec->cursor_count; i++)
        put(out, 'u', i, spec->cursors[i].text);
    for (int i = 0; i < spec->filter_count; i++)
        put(out, 'x', i, spec->filters[i].text);
    for (int i = 0; i < spec->field_count; i++)
        put(out, 'f', spec->fields[i].column, spec->fields[i].path.text);
    put_arrays(spec, out);
    return g_string_free(out, FALSE);
}

GPtrArray *mongo_spec_paths(const MongoSpec *spec)
{
    GPtrArray *paths = g_ptr_array_new();
    g_ptr_array_add(paths, spec->slots[SPEC_ID_SLOT]);
    for (int i = 0; i < spec->cursor_count; i++)
        g_ptr_array_add(paths, spec->cursors[i].text);
    for (int i = 0; i < spec->filter_count; i++)
        g_ptr_array_add(paths, spec->filters[i].text);
    for (int i = 0; i < spec->field_count; i++)
        g_ptr_array_add(paths, spec->fields[i].path.text);
    for (int i = 0; i < spec->array_count; i++)
        g_ptr_array_add(paths, spec->arrays[i].path.text);
    for (int i = 0; i < spec->date_count; i++)
        for (int p = 0; p < spec->dates[i].parent_count; p++)
            g_ptr_array_add(paths, spec->dates[i].parents[p].text);
    return paths;
}
