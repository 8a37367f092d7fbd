/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "jobs/catalog.h"
#include "model/time.h"
#include "tests/support/toy_source.h"

typedef struct World {
    ToyWorld *app, *web;
    DestinationConfig destination;
    SourceConfig sources[2];
    Config config;
    Problems *problems;
} World;

static int set_up(void **state)
{
    World *w = g_new0(World, 1);
    w->app = toy_world_new("app", TOY_DAY(1));
    w->web = toy_world_new("web", TOY_DAY(1));
    w->config = (Config){
        .sources = g_ptr_array_new(), .destinations = g_ptr_array_new(), .global_threshold_us = TOY_DAY(9), .batch_size = 50};
    w->sources[0] = (SourceConfig){.name = (char *)"app", .kind = (char *)"toy", .file = (char *)"tidemark.yaml", .line = 3};
    w->sources[1] = (SourceConfig){.name = (char *)"web", .kind = (char *)"toy", .file = (char *)"tidemark.yaml", .line = 9};
    for (int i = 0; i < 2; i++) {
        w->sources[i].destination = &w->destination;
        g_ptr_array_add(w->config.sources, &w->sources[i]);
    }
    g_ptr_array_add(w->config.destinations, &w->destination);
    toy_set(w->app, TOY_PLAIN, "users", NULL);
    toy_set(w->app, TOY_PLAIN, "user_events", NULL);
    toy_set(w->web, TOY_PLAIN, "visits", NULL);
    w->problems = problems_new();
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    World *w = *state;
    problems_free(w->problems);
    g_ptr_array_unref(w->config.sources);
    g_ptr_array_unref(w->config.destinations);
    toy_world_free(w->app);
    toy_world_free(w->web);
    g_free(w);
    return 0;
}

static char *selected(const Catalog *catalog, const char *const *patterns, Err *err)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new(), out = g_ptr_array_new();
    for (; *patterns; patterns++)
        g_ptr_array_add(list, (gpointer)*patterns);
    if (!catalog_select(catalog, list, out, err))
        return NULL;
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < out->len; i++)
        g_string_append_printf(text, "%s%s", i ? " " : "", ((const Stream *)out->pdata[i])->id);
    return g_string_free(text, FALSE);
}

static void expect_selected(const Catalog *catalog, const char *first, const char *second, const char *ids)
{
    Err err = {0};
    const char *patterns[] = {first, second, NULL};
    g_autofree char *found = selected(catalog, patterns, &err);
    assert_string_equal(found, ids);
}

static void patterns(void **state)
{
    World *w = *state;
    Catalog *catalog = catalog_new(&w->config, w->problems);
    assert_non_null(catalog);
    expect_selected(catalog, NULL, NULL, "app.users app.user_events web.visits");
    expect_selected(catalog, "app", NULL, "app.users app.user_events");
    expect_selected(catalog, "web.visits", "app.users", "app.users web.visits"); /* each once, in the order of the files */
    expect_selected(catalog, "app.user*", "app.users", "app.users app.user_events");
    Err err = {0};
    const char *wrong[] = {"app", "app.usr", NULL};
    assert_null(selected(catalog, wrong, &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.message, "app.usr"));
    assert_non_null(strstr(err.message, "web.visits"));
    catalog_free(catalog);
}

static void settings_go_over_the_schema_file(void **state)
{
    World *w = *state;
    Err err = {0};
    OptionValues *given = options_new(stream_options);
    assert_true(options_set(given, "lookback", "10m", &err));
    assert_true(options_set(given, "take_over", "trust", &err));
    assert_true(options_set(given, "on_invalid", "replace", &err));
    assert_true(options_set(given, "on_too_long", "truncate", &err));
    assert_true(options_set(given, "keep_rows", "2d", &err));
    w->sources[0].streams = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)options_free);
    g_hash_table_insert(w->sources[0].streams, (gpointer) "users", given);
    toy_find(w->app, "user_events")->settings.threshold_us = TOY_DAY(2);
    Catalog *catalog = catalog_new(&w->config, w->problems);
    const StreamSettings *users = &catalog_stream(catalog, "app.users")->settings;
    assert_int_equal(users->lookback_us, 600 * US_PER_SECOND);
    assert_int_equal(users->take_over, TAKE_OVER_TRUST);
    assert_true(users->convert.replace_invalid && users->convert.truncate_too_long);
    assert_int_equal(users->keep_rows_us, 2 * US_PER_DAY);
    assert_int_equal(users->threshold_us, TOY_DAY(9)); /* the global one */
    assert_int_equal(users->batch_size, 50);
    const StreamSettings *events = &catalog_stream(catalog, "app.user_events")->settings;
    assert_int_equal(events->threshold_us, TOY_DAY(2)); /* the table's own goes before it */
    assert_int_equal(events->lookback_us, source_toy.lookback_us);
    catalog_free(catalog);
    g_hash_table_unref(w->sources[0].streams);
}

static void settings_of_no_stream(void **state)
{
    World *w = *state;
    w->sources[1].streams = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)options_free);
    g_hash_table_insert(w->sources[1].streams, (gpointer) "visit", options_new(stream_options));
    assert_null(catalog_new(&w->config, w->problems));
    assert_int_equal(w->problems->errors, 1);
    g_autofree char *text = problem_format(w->problems->list->pdata[0]);
    assert_non_null(strstr(text, "tidemark.yaml:9"));
    assert_non_null(strstr(text, "visit"));
    g_hash_table_unref(w->sources[1].streams);
}

static void two_streams_in_one_table(void **state)
{
    World *w = *state;
    toy_set(w->web, TOY_PLAIN, "users", NULL);
    assert_null(catalog_new(&w->config, w->problems));
    assert_int_equal(w->problems->errors, 1);
    w->sources[1].into = (char *)"raw_web"; /* another schema: another table */
    Catalog *catalog = catalog_new(&w->config, w->problems);
    assert_non_null(catalog);
    catalog_free(catalog);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(patterns),
        CASE(settings_go_over_the_schema_file),
        CASE(settings_of_no_stream),
        CASE(two_streams_in_one_table),
    };
    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
