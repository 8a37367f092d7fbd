/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "jobs/graph.h"
#include "jobs/plan.h"

typedef struct World {
    DestinationConfig destination, elsewhere;
    SourceConfig config, other_config;
    CatalogSource source, other;
    GPtrArray *plans, *notes;
    GPtrArray *streams;
} World;

static int set_up(void **state)
{
    World *w = g_new0(World, 1);
    w->config = (SourceConfig){.name = (char *)"app", .destination = &w->destination};
    w->other_config = (SourceConfig){.name = (char *)"web", .destination = &w->elsewhere};
    w->source.config = &w->config;
    w->other.config = &w->other_config;
    w->plans = g_ptr_array_new();
    w->notes = g_ptr_array_new_with_free_func(g_free);
    w->streams = g_ptr_array_new_with_free_func((GDestroyNotify)stream_free);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    World *w = *state;
    for (guint i = 0; i < w->plans->len; i++) {
        StreamPlan *plan = w->plans->pdata[i];
        if (plan->waits_for)
            g_ptr_array_unref(plan->waits_for);
        g_free(plan);
    }
    g_ptr_array_unref(w->plans);
    g_ptr_array_unref(w->notes);
    g_ptr_array_unref(w->streams);
    g_free(w);
    return 0;
}

/* A stream whose table points at up to two others. */
static void add(World *w, const CatalogSource *source, const char *name, int order, const char *first, const char *second)
{
    const char *parents[2] = {first, second};
    Stream *stream = g_new0(Stream, 1);
    stream->id = g_strdup(name);
    stream->name = g_strdup(name);
    stream->source = g_strdup(source->config->name);
    stream->table = table_new(NULL, name, 2);
    stream->export_order = order;
    stream->position = (int)w->plans->len;
    for (int i = 0; i < 2; i++) {
        stream->table->columns[i].name = g_strdup_printf("c%d", i);
        stream->table->columns[i].ref_table = g_strdup(parents[i]);
        stream->table->columns[i].ref_column = parents[i] ? g_strdup("id") : NULL;
    }
    g_ptr_array_add(w->streams, stream);
    StreamPlan *plan = g_new0(StreamPlan, 1);
    plan->stream = stream;
    plan->source = source;
    g_ptr_array_add(w->plans, plan);
}

static void expect(World *w, const char *order, guint notes)
{
    g_autoptr(GString) found = g_string_new(NULL);
    graph_order(w->plans, w->notes);
    for (guint i = 0; i < w->plans->len; i++) {
        const StreamPlan *plan = w->plans->pdata[i];
        g_string_append_printf(found, "%s%s(%u)", i ? " " : "", plan->stream->name, plan->waits_for->len);
    }
    assert_string_equal(found->str, order);
    assert_int_equal(w->notes->len, notes);
}

static void parents_first(void **state)
{
    World *w = *state;
    add(w, &w->source, "c", 1, "b", NULL);
    add(w, &w->source, "b", 2, "a", NULL);
    add(w, &w->source, "a", 3, NULL, NULL);
    expect(w, "a(0) b(1) c(1)", 0);
}

static void ties_by_order_then_position(void **state)
{
    World *w = *state;
    add(w, &w->source, "x", 5, NULL, NULL);
    add(w, &w->source, "y", 1, NULL, NULL);
    add(w, &w->source, "z", 1, NULL, NULL);
    expect(w, "y(0) z(0) x(0)", 0);
}

static void own_table_counts_for_nothing(void **state)
{
    World *w = *state;
    add(w, &w->source, "tree", 1, "tree", NULL);
    expect(w, "tree(0)", 0);
}

static void another_destination_is_no_parent(void **state)
{
    World *w = *state;
    add(w, &w->source, "child", 1, "a", NULL);
    add(w, &w->other, "a", 2, NULL, NULL);
    expect(w, "child(0) a(0)", 0);
}

static void a_table_that_nobody_fills_is_no_parent(void **state)
{
    World *w = *state;
    add(w, &w->source, "child", 1, "gone", NULL);
    expect(w, "child(0)", 0);
}

static void two_parents(void **state)
{
    World *w = *state;
    add(w, &w->source, "link", 1, "a", "b");
    add(w, &w->source, "a", 2, NULL, NULL);
    add(w, &w->source, "b", 3, "a", NULL);
    expect(w, "a(0) b(1) link(2)", 0);
}

static void a_cycle_is_broken_and_told(void **state)
{
    World *w = *state;
    add(w, &w->source, "a", 2, "b", NULL);
    add(w, &w->source, "b", 1, "a", NULL);
    add(w, &w->source, "behind", 0, "a", NULL);
    expect(w, "b(0) a(1) behind(1)", 1);
    assert_non_null(strstr(w->notes->pdata[0], "b does not wait for a"));
}

static void two_cycles(void **state)
{
    World *w = *state;
    add(w, &w->source, "a", 1, "b", NULL);
    add(w, &w->source, "b", 2, "a", NULL);
    add(w, &w->source, "c", 3, "d", "a");
    add(w, &w->source, "d", 4, "c", NULL);
    expect(w, "a(0) b(1) c(1) d(1)", 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(parents_first),
        CASE(ties_by_order_then_position),
        CASE(own_table_counts_for_nothing),
        CASE(another_destination_is_no_parent),
        CASE(a_table_that_nobody_fills_is_no_parent),
        CASE(two_parents),
        CASE(a_cycle_is_broken_and_told),
        CASE(two_cycles),
    };
    return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
