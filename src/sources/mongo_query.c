/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/mongo_query.h"

#include <math.h>
#include <string.h>

enum { DOCUMENTS_PER_REPLY = 1000 };

/* How the server orders values of different types; numbers of all types share a bracket, so do strings and symbols. */
static const struct Bracket {
    int rank;
    int code;
    bool rare; /* deprecated, or not known to every server */
} brackets[] = {
    {-1, -1, true}, {0, 6, true},    {5, 10, false},  {10, 1, false}, {10, 16, false}, {10, 18, false}, {10, 19, true},
    {15, 2, false}, {15, 14, true},  {20, 3, false},  {25, 4, false}, {30, 5, false},  {35, 7, false},  {40, 8, false},
    {45, 9, false}, {47, 17, false}, {50, 11, false}, {55, 12, true}, {60, 13, true},  {65, 15, true},  {127, 127, true},
};

enum { CODE_DATE = 9, CODE_NULL = 10, CODE_ARRAY = 4 };

static int rank_of(bson_type_t type)
{
    int code = type == BSON_TYPE_MINKEY ? -1 : (int)type;
    for (size_t i = 0; i < G_N_ELEMENTS(brackets); i++)
        if (brackets[i].code == code)
            return brackets[i].rank;
    return -1;
}

typedef struct ListWriter { /* an array under construction: {$or: [ … ]} */
    bson_t list;
    uint32_t count;
} ListWriter;

static void list_begin(bson_t *parent, const char *operator, ListWriter * writer)
{
    writer->count = 0;
    bson_append_array_begin(parent, operator, - 1, &writer->list);
}

static void item_begin(ListWriter *writer, bson_t *item)
{
    char room[16];
    const char *key = NULL;
    size_t len = bson_uint32_to_string(writer->count++, &key, room, sizeof room);
    bson_append_document_begin(&writer->list, key, (int)len, item);
}

static void item_end(ListWriter *writer, bson_t *item)
{
    bson_append_document_end(&writer->list, item);
}

static void add_type(ListWriter *writer, int code)
{
    char room[16];
    const char *key = NULL;
    size_t len = bson_uint32_to_string(writer->count++, &key, room, sizeof room);
    bson_append_int32(&writer->list, key, (int)len, code);
}

static int64_t ceil_ms(int64_t us)
{
    return us / 1000 + (us % 1000 > 0 ? 1 : 0);
}

static void add_bounds(ListWriter *either, const char *field, const Window *window)
{
    bson_t item, bounds;
    item_begin(either, &item);
    bson_append_document_begin(&item, field, -1, &bounds);
    BSON_APPEND_DATE_TIME(&bounds, "$gte", ceil_ms(window->low));
    if (window->kind == WINDOW_RANGE)
        BSON_APPEND_DATE_TIME(&bounds, "$lt", ceil_ms(window->high));
    bson_append_document_end(&item, &bounds);
    item_end(either, &item);
}

static void add_other_types(ListWriter *either, const char *field, bool few_types)
{
    bson_t item, condition;
    ListWriter types;
    item_begin(either, &item);
    bson_append_document_begin(&item, field, -1, &condition);
    list_begin(&condition, "$type", &types);
    for (size_t i = 0; i < G_N_ELEMENTS(brackets); i++)
        if (brackets[i].code != CODE_DATE && brackets[i].code != CODE_NULL && !(few_types && brackets[i].rare))
            add_type(&types, brackets[i].code);
    bson_append_array_end(&condition, &types.list);
    bson_append_document_end(&item, &condition);
    item_end(either, &item);
}

static void add_window(bson_t *condition, const MongoSpec *spec, const Window *window, bool few_types)
{
    ListWriter either;
    list_begin(condition, "$or", &either);
    for (int i = 0; i < spec->cursor_count; i++)
        add_bounds(&either, spec->cursors[i].text, window);
    if (window->kind == WINDOW_SINCE) {
        bson_t neither;
        item_begin(&either, &neither);
        for (int i = 0; i < spec->cursor_count; i++)
            bson_append_null(&neither, spec->cursors[i].text, -1); /* null or missing */
        item_end(&either, &neither);
        for (int i = 0; i < spec->cursor_count; i++)
            add_other_types(&either, spec->cursors[i].text, few_types);
    }
    bson_append_array_end(condition, &either.list);
}

static bool is_nan(const bson_value_t *value)
{
    if (value->value_type == BSON_TYPE_DOUBLE)
        return isnan(value->value.v_double);
    if (value->value_type != BSON_TYPE_DECIMAL128)
        return false;
    char text[BSON_DECIMAL128_STRING];
    bson_decimal128_to_string(&value->value.v_decimal128, text);
    return strcmp(text, "NaN") == 0;
}

/* NaN sorts before every other number but compares with none. */
static void add_same_bracket(ListWriter *either, const bson_value_t *after)
{
    bson_t item, comparison;
    item_begin(either, &item);
    BSON_APPEND_DOCUMENT_BEGIN(&item, "_id", &comparison);
    if (is_nan(after))
        BSON_APPEND_DOUBLE(&comparison, "$gte", -INFINITY);
    else
        BSON_APPEND_VALUE(&comparison, "$gt", after);
    bson_append_document_end(&item, &comparison);
    item_end(either, &item);
}

static void add_position(bson_t *condition, const bson_value_t *after, bool few_types)
{
    bson_t item, comparison;
    ListWriter either, types;
    int rank = rank_of(after->value_type);
    list_begin(condition, "$or", &either);
    if (after->value_type != BSON_TYPE_MINKEY)
        add_same_bracket(&either, after);
    item_begin(&either, &item);
    BSON_APPEND_DOCUMENT_BEGIN(&item, "_id", &comparison);
    list_begin(&comparison, "$type", &types);
    for (size_t i = 0; i < G_N_ELEMENTS(brackets); i++)
        if (brackets[i].rank > rank && !(few_types && brackets[i].rare))
            add_type(&types, brackets[i].code);
    if (types.count == 0)
        add_type(&types, CODE_ARRAY); /* no `_id` is one: nothing */
    bson_append_array_end(&comparison, &types.list);
    bson_append_document_end(&item, &comparison);
    item_end(&either, &item);
    bson_append_array_end(condition, &either.list);
}

/* Conditions are joined by $and, never merged by key (H8). */
void mongo_query_filter(const MongoSpec *spec, const Window *window, const bson_value_t *after, bool few_types, bson_t *filter)
{
    bool bounded = window->kind != WINDOW_WHOLE && window->low != TIME_NONE && spec->cursor_count > 0;
    bson_t condition;
    ListWriter all;
    bson_init(filter);
    if (!bounded && !after)
        return;
    list_begin(filter, "$and", &all);
    if (bounded) {
        item_begin(&all, &condition);
        add_window(&condition, spec, window, few_types);
        item_end(&all, &condition);
    }
    if (after) {
        item_begin(&all, &condition);
        add_position(&condition, after, few_types);
        item_end(&all, &condition);
    }
    bson_append_array_end(filter, &all.list);
}

/* The part of a path a projection can name: whole, or up to a part that is a number (an array's member); NULL when it cannot be named. */
static char *projectable(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, ".", -1);
    GString *out = g_string_new("");
    for (int i = 0; parts[i]; i++) {
        if (parts[i][0] == '\0' || parts[i][0] == '$') {
            g_string_free(out, TRUE);
            return NULL;
        }
        if (i > 0 && strspn(parts[i], "0123456789") == strlen(parts[i]))
            break;
        g_string_append_printf(out, "%s%s", i ? "." : "", parts[i]);
    }
    return g_string_free(out, FALSE);
}

static bool covers(const char *path, const char *other)
{
    size_t len = strlen(path);
    return strncmp(path, other, len) == 0 && (other[len] == '\0' || other[len] == '.');
}

/* False: some path cannot be named, so whole documents have to be read. */
static bool project(const MongoSpec *spec, GPtrArray *out)
{
    g_autoptr(GPtrArray) paths = mongo_spec_paths(spec);
    for (guint i = 0; i < paths->len; i++) {
        char *path = projectable(g_ptr_array_index(paths, i));
        if (!path)
            return false;
        bool covered = false;
        for (guint k = out->len; k-- > 0;) {
            covered = covered || covers(g_ptr_array_index(out, k), path);
            if (!covered && covers(path, g_ptr_array_index(out, k)))
                g_ptr_array_remove_index(out, k);
        }
        if (covered)
            g_free(path);
        else
            g_ptr_array_add(out, path);
    }
    return true;
}

void mongo_query_options(const MongoSpec *spec, bool hint_id, bson_t *options)
{
    bson_t part;
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    bson_init(options);
    BSON_APPEND_DOCUMENT_BEGIN(options, "sort", &part);
    BSON_APPEND_INT32(&part, "_id", 1);
    bson_append_document_end(options, &part);
    if (project(spec, paths)) {
        BSON_APPEND_DOCUMENT_BEGIN(options, "projection", &part);
        for (guint i = 0; i < paths->len; i++)
            BSON_APPEND_INT32(&part, g_ptr_array_index(paths, i), 1);
        bson_append_document_end(options, &part);
    }
    if (hint_id) {
        BSON_APPEND_DOCUMENT_BEGIN(options, "hint", &part);
        BSON_APPEND_INT32(&part, "_id", 1);
        bson_append_document_end(options, &part);
    }
    BSON_APPEND_INT32(options, "batchSize", DOCUMENTS_PER_REPLY);
}
