/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/streams_tree.h"

enum { FOLD_FROM = 3 }; /* so many healthy streams are one line */

static const char *const sort_names[SORTS] = {"attention", "name", "watermark", "lag", "rows", "rejects"};

const char *tree_sort_name(TreeSort sort)
{
    return sort_names[sort];
}

bool tree_sort_parse(const char *name, TreeSort *out)
{
    for (int i = 0; i < SORTS; i++)
        if (!g_strcmp0(sort_names[i], name)) {
            *out = (TreeSort)i;
            return true;
        }
    return false;
}

static void tree_row_free(void *data)
{
    TreeRow *row = data;
    stream_row_free(row->row);
    g_ptr_array_unref(row->ids);
    g_free(row);
}

void streams_tree_init(StreamsTree *tree)
{
    tree->streams = g_ptr_array_new_with_free_func(stream_row_free);
    tree->rows = g_ptr_array_new_with_free_func(tree_row_free);
    tree->toggled = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    tree->unfolded = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void streams_tree_done(StreamsTree *tree)
{
    g_ptr_array_unref(tree->rows);
    g_ptr_array_unref(tree->streams);
    g_hash_table_unref(tree->toggled);
    g_hash_table_unref(tree->unfolded);
    g_free(tree->filter);
}

char *tree_row_key(const TreeRow *row)
{
    return g_strdup_printf("%d %s", (int)row->kind, row->row->id);
}

static int attention(const StreamRow *row)
{
    return stream_attention(row->state, row->rejects);
}

static int compare_numbers(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare(const void *a, const void *b, void *data)
{
    const StreamRow *left = *(StreamRow *const *)a, *right = *(StreamRow *const *)b;
    const StreamsTree *tree = data;
    int order = 0;
    switch (tree->sort) {
    case SORT_NAME:
        order = g_strcmp0(left->name, right->name);
        break;
    case SORT_WATERMARK:
        order = compare_numbers(left->watermark, right->watermark);
        break;
    case SORT_LAG:
        order = compare_numbers(right->lag_us, left->lag_us);
        break;
    case SORT_ROWS:
        order = compare_numbers(right->rows, left->rows);
        break;
    case SORT_REJECTS:
        order = compare_numbers(right->rejects, left->rejects);
        break;
    case SORT_ATTENTION:
    case SORTS:
        order = attention(left) - attention(right);
        break;
    }
    return tree->reverse ? -order : order;
}

static bool contains(const char *text, const char *part)
{
    g_autofree char *folded = g_utf8_casefold(text, -1), *sought = g_utf8_casefold(part, -1);
    return strstr(folded, sought) != NULL;
}

static bool wanted(const StreamsTree *tree, const StreamRow *row)
{
    return (!tree->trouble || attention(row) <= ATTENTION_TROUBLE) && (!tree->filter || contains(row->id, tree->filter));
}

/* Streams of a source that are wanted, sorted. g_ptr_array_sort is stable, so that file order decides what the sorting leaves open. */
static GPtrArray *streams_of(const StreamsTree *tree, const char *source)
{
    GPtrArray *out = g_ptr_array_new();
    for (guint i = 0; i < tree->streams->len; i++) {
        StreamRow *row = g_ptr_array_index(tree->streams, i);
        if (g_str_equal(row->source, source) && wanted(tree, row))
            g_ptr_array_add(out, row);
    }
    g_ptr_array_sort_with_data(out, compare, (void *)tree);
    return out;
}

static TreeRow *add_row(StreamsTree *tree, TreeKind kind, StreamRow **streams, int count)
{
    TreeRow *row = g_new0(TreeRow, 1);
    row->kind = kind;
    row->row = kind == TREE_STREAM ? stream_row_now(streams[0], &(EngineView){0}) : stream_rows_sum(streams, count);
    if (kind == TREE_STREAM && streams[0]->live)
        row->row->live = g_memdup2(streams[0]->live, sizeof *streams[0]->live);
    row->worst = streams[0];
    row->ids = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < count; i++) {
        g_ptr_array_add(row->ids, g_strdup(streams[i]->id));
        if (attention(streams[i]) < attention(row->worst))
            row->worst = streams[i];
    }
    g_ptr_array_add(tree->rows, row);
    return row;
}

static int healthy_at_the_end(const StreamsTree *tree, const GPtrArray *streams)
{
    int count = 0;
    if (tree->sort != SORT_ATTENTION || tree->reverse || tree->filter)
        return 0;
    for (guint i = 0; i < streams->len; i++)
        count += attention(g_ptr_array_index(streams, i)) == ATTENTION_NONE;
    return count >= FOLD_FROM ? count : 0;
}

static void add_source(StreamsTree *tree, const char *source, bool only)
{
    g_autoptr(GPtrArray) streams = streams_of(tree, source);
    if (streams->len == 0)
        return;
    StreamRow **all = (StreamRow **)streams->pdata;
    int count = (int)streams->len, healthy = healthy_at_the_end(tree, streams);
    TreeRow *head = add_row(tree, TREE_SOURCE, all, count);
    bool by_default = only || healthy < count || tree->filter;
    head->open = by_default != g_hash_table_contains(tree->toggled, source);
    if (!head->open)
        return;
    int folded = g_hash_table_contains(tree->unfolded, source) ? 0 : healthy;
    for (int i = 0; i < count - folded; i++)
        add_row(tree, TREE_STREAM, all + i, 1);
    if (folded > 0)
        add_row(tree, TREE_FOLD, all + count - folded, folded)->alone = folded == count;
}

void streams_tree_build(StreamsTree *tree)
{
    g_autoptr(GPtrArray) sources = g_ptr_array_new();
    g_ptr_array_set_size(tree->rows, 0);
    for (guint i = 0; i < tree->streams->len; i++) {
        char *source = ((const StreamRow *)g_ptr_array_index(tree->streams, i))->source;
        if (!g_ptr_array_find_with_equal_func(sources, source, g_str_equal, NULL))
            g_ptr_array_add(sources, source);
    }
    for (guint i = 0; i < sources->len; i++)
        add_source(tree, g_ptr_array_index(sources, i), sources->len == 1);
}

void streams_tree_take(StreamsTree *tree, const GPtrArray *facts, const EngineView *view)
{
    g_ptr_array_set_size(tree->streams, 0);
    for (guint i = 0; i < facts->len; i++)
        g_ptr_array_add(tree->streams, stream_row_now(g_ptr_array_index(facts, i), view));
    streams_tree_build(tree);
}
