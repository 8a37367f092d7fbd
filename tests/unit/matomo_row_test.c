/* SPDX-License-Identifier: Apache-2.0 */
/* Visits as a real server sends them become rows: every column, every way in which one is absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/time.h"
#include "sources/matomo_row.h"
#include "sources/matomo_table.h"

typedef struct Scene {
    OptionValues *options;
    SourceConfig config;
    MatomoSettings *settings;
    Stream *stream;
    Zone *zone;
    JsonScan scan;
    MatomoRows *rows;
    Batch *batch;
    bool truncated;
} Scene;

static void open_scene(Scene *s, const char *zone, bool partitioned)
{
    Err err = {0};
    *s = (Scene){.options = options_new(matomo_options)};
    assert_true(options_set(s->options, "url", "https://stats.example.org/?token_auth=secret99", &err));
    assert_true(options_set(s->options, "sites", "2", &err));
    assert_true(options_set(s->options, "partitioned", partitioned ? "true" : "false", &err));
    s->config = (SourceConfig){.name = (char *)"visits", .options = s->options};
    Problems *problems = problems_new();
    s->settings = matomo_settings_new(&s->config, problems);
    assert_non_null(s->settings);
    problems_free(problems);
    s->stream = matomo_stream_new(&s->config, s->settings, 2, 0, 0);
    s->zone = zone_new(zone, &err);
    s->rows = matomo_rows_new(s->stream, s->zone);
    s->batch = batch_new(s->stream);
}

static void close_scene(Scene *s)
{
    batch_free(s->batch);
    matomo_rows_free(s->rows);
    json_scan_done(&s->scan);
    zone_free(s->zone);
    stream_free(s->stream);
    matomo_settings_free(s->settings);
    options_free(s->options);
}

static bool add(Scene *s, const char *visit)
{
    Err err = {0};
    if (!json_scan(&s->scan, visit, strlen(visit), &err))
        fail_msg("%s", err.message);
    return matomo_rows_add(s->rows, json_root(&s->scan), s->batch, &s->truncated);
}

/* The value as text; "NULL". */
static char *text(const Scene *s, int row, const char *column)
{
    int index = table_column(s->stream->table, column);
    assert_true(index >= 0 && row < s->batch->row_count);
    const Value *value = &s->batch->rows[row].values[index];
    assert_int_not_equal(value->state, VALUE_ABSENT);
    if (value->state == VALUE_NULL)
        return g_strdup("NULL");
    GString *out = g_string_new(NULL);
    value_text(&s->stream->table->columns[index], value, out);
    return g_string_free(out, FALSE);
}

static void is(const Scene *s, int row, const char *column, const char *wanted)
{
    g_autofree char *got = text(s, row, column);
    if (strcmp(got, wanted) != 0)
        fail_msg("row %d, %s: got %s, wanted %s", row, column, got, wanted);
}

static const char whole[] =
    "{\"idSite\":2,\"idVisit\":9007199254740993,\"visitorId\":\"149906716c2f375d\",\"actions\":4,\"country\":\"Germany\","
    "\"region\":\"Berlin\","
    "\"city\":null,\"operatingSystemName\":\"Windows\",\"deviceModel\":\"Generic "
    "Desktop\",\"deviceBrand\":\"Unknown\",\"visitDuration\":96,"
    "\"daysSinceFirstVisit\":0,\"visitorType\":\"new\",\"siteName\":\"Rig\",\"userId\":\"user84@example.org\","
    "\"firstActionTimestamp\":1750219200,"
    "\"lastActionTimestamp\":1750219303,\"referrerType\":\"search\",\"referrerName\":\"\",\"resolution\":\"1536x864\","
    "\"dimension1\":\"free\","
    "\"dimension2\":\"2025-01\",\"dimension12\":\"x\\\"y\","
    "\"experiments\":[{\"idexperiment\":\"7\",\"name\":\"a \\/ b\",\"variation\":{\"idvariation\":\"1\",\"name\":null}}],"
    "\"actionDetails\":["
    "{\"type\":\"action\",\"url\":\"https:\\/\\/www.example.org\\/gr\\u00f6\\u00dfe\",\"title\":\"He said \\\"hi\\\" "
    "\\ud83d\\ude00\",\"timeSpent\":7,"
    "\"timestamp\":1750204800,\"dimension3\":\"shop\",\"dimension4\":null},"
    "{\"type\":\"event\",\"url\":\"https:\\/\\/www.example.org\\/"
    "\",\"title\":\"Event\",\"eventCategory\":\"Video\",\"eventAction\":\"play\","
    "\"eventName\":\"Intro\",\"eventValue\":12.5,\"timestamp\":1750204801,\"dimension3\":\"0\",\"dimension1\":\"over\"},"
    "{\"type\":\"search\",\"url\":null,\"siteSearchKeyword\":\"m\\u00fcller & "
    "s\\u00f6hne\",\"title\":null,\"timestamp\":\"1750204802\",\"dimension4\":\"\"},"
    "{\"type\":13,\"url\":\"https:\\/\\/www.example.org\\/\",\"title\":\"Content\",\"timestamp\":1750204903}]}";

static void every_column_of_a_visit(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, "America/New_York", false);
    assert_true(add(&s, whole));
    assert_int_equal(s.batch->row_count, 4);
    assert_int_equal(s.batch->reject_count, 0);
    assert_int_equal(s.batch->read, 4);
    assert_false(s.truncated);
    static const struct {
        int row;
        const char *column, *wanted;
    } cells[] = {
        {0, "action_id", "9007199254740993_0"},
        {3, "action_id", "9007199254740993_3"},
        {0, "action_timestamp", "2025-06-18 04:00:00"}, /* the visit began at midnight of the site */
        {1, "action_timestamp", "2025-06-18 04:00:01"},
        {2, "action_timestamp", "2025-06-18 04:00:02"},
        {3, "action_timestamp", "2025-06-18 04:01:43"},
        {0, "idsite", "2"},
        {0, "idvisit", "9007199254740993"},
        {3, "actions", "4"},
        {0, "country", "Germany"},
        {0, "region", "Berlin"},
        {0, "city", "NULL"},
        {0, "operatingsystemname", "Windows"},
        {0, "devicemodel", "Generic Desktop"},
        {0, "devicebrand", "Unknown"},
        {0, "visitduration", "96"},
        {0, "dayssincefirstvisit", "0"},
        {0, "visitortype", "new"},
        {0, "sitename", "Rig"},
        {0, "userid", "user84@example.org"},
        {0, "serverdateprettyfirstaction", "2025-06-18"},
        {0, "action_type", "action"},
        {3, "action_type", "13"},
        {0, "action_eventcategory", ""},
        {1, "action_eventcategory", "Video"},
        {1, "action_eventaction", "play"},
        {1, "action_eventname", "Intro"},
        {1, "action_eventvalue", "12.5"},
        {0, "action_eventvalue", "0"},
        {0, "action_timespent", "7"},
        {1, "action_timespent", "0"},
        {0, "usercustomproperties", "{}"},
        /* Hazard B24: all dimensions, not the first ten, and 0 and an empty text are values. */
        {0, "usercustomdimensions",
         "{\"dimension1\":\"free\",\"dimension2\":\"2025-01\",\"dimension3\":\"shop\",\"dimension12\":\"x\\\"y\"}"},
        {1, "usercustomdimensions",
         "{\"dimension1\":\"over\",\"dimension2\":\"2025-01\",\"dimension3\":\"0\",\"dimension12\":\"x\\\"y\"}"},
        {3, "usercustomdimensions", "{\"dimension1\":\"free\",\"dimension2\":\"2025-01\",\"dimension12\":\"x\\\"y\"}"},
        {0, "dimension1", "free"},
        {1, "dimension1", "over"},
        {0, "dimension3", "shop"},
        {1, "dimension3", "0"}, /* a real value */
        {2, "dimension3", "NULL"},
        {2, "dimension4", ""},
        {0, "dimension10", "NULL"},
        {0, "action_url", "https://www.example.org/größe"},
        {2, "action_url", "NULL"},
        {2, "sitesearchkeyword", "müller & söhne"},
        {0, "action_title", "He said \"hi\" 😀"},
        {2, "action_title", "NULL"},
        {0, "visitorid", "149906716c2f375d"},
        {0, "referrertype", "search"},
        {0, "referrername", ""},
        {0, "resolution", "1536x864"},
        {3, "experiments", "[{\"idexperiment\":\"7\",\"name\":\"a / b\",\"variation\":{\"idvariation\":\"1\",\"name\":null}}]"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cells); i++)
        is(&s, cells[i].row, cells[i].column, cells[i].wanted);
    const Scope *scope = &s.batch->scopes[0];
    assert_int_equal(s.batch->scope_count, 1);
    assert_false(scope->keep_others || scope->more_follows);
    assert_int_equal(scope->low, INT64_C(1750219200) * US_PER_SECOND);
    assert_int_equal(scope->high, INT64_C(1750219303) * US_PER_SECOND);
    assert_int_equal(s.batch->rows[1].cursor, INT64_C(1750219201) * US_PER_SECOND);
    assert_int_equal(s.batch->rows[1].key_len, strlen("9007199254740993/1"));
    close_scene(&s);
}

static void what_is_absent(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, "UTC", true);
    assert_true(add(&s, "{\"idVisit\":\"7\",\"userId\":false,\"country\":null,\"dimension1\":false,\"experiments\":null,"
                        "\"actionDetails\":[{\"timestamp\":10}]}"));
    assert_int_equal(s.batch->row_count, 1);
    static const char *const nothing[] = {"actions",
                                          "country",
                                          "region",
                                          "city",
                                          "operatingsystemname",
                                          "devicemodel",
                                          "devicebrand",
                                          "visitduration",
                                          "dayssincefirstvisit",
                                          "visitortype",
                                          "sitename",
                                          "userid",
                                          "serverdateprettyfirstaction",
                                          "dimension1",
                                          "dimension10",
                                          "action_url",
                                          "sitesearchkeyword",
                                          "action_title",
                                          "visitorid",
                                          "referrertype",
                                          "referrername",
                                          "resolution",
                                          "experiments"};
    static const char *const empty[] = {"action_type", "action_eventcategory", "action_eventaction", "action_eventname"};
    for (size_t i = 0; i < G_N_ELEMENTS(nothing); i++)
        is(&s, 0, nothing[i], "NULL");
    for (size_t i = 0; i < G_N_ELEMENTS(empty); i++)
        is(&s, 0, empty[i], "");
    is(&s, 0, "action_eventvalue", "0");
    is(&s, 0, "action_timespent", "0");
    is(&s, 0, "usercustomdimensions", "{}");
    is(&s, 0, "idsite", "2");
    is(&s, 0, "action_timestamp", "1970-01-01 00:00:10");
    close_scene(&s);
}

static void event_values_are_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *json, *wanted;
    } values[] = {{"3", "3"},
                  {"\"2.50\"", "2.50"},
                  {"\"\"", "0"},
                  {"false", "0"},
                  {"\"abc\"", "NaN"},
                  {"1e3", "1000"},
                  {"12345678901234567890.5", "12345678901234567890.5"}};
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        Scene s;
        open_scene(&s, "UTC", false);
        g_autofree char *visit =
            g_strdup_printf("{\"idVisit\":1,\"actionDetails\":[{\"timestamp\":1,\"eventValue\":%s}]}", values[i].json);
        assert_true(add(&s, visit));
        is(&s, 0, "action_eventvalue", values[i].wanted);
        close_scene(&s);
    }
}

/* Hazard B23: all forms, and collisions stay visible. */
static void custom_variables_of_all_forms(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, "UTC", false);
    assert_true(add(
        &s,
        "{\"idVisit\":1,\"customVariables\":{\"1\":{\"customVariableName1\":\"plan\",\"customVariableValue1\":\"gold\"},"
        "\"2\":{\"customVariableName2\":\"who\",\"customVariableValue2\":\"me\"}},\"actionDetails\":["
        "{\"timestamp\":1,\"customVariables\":{\"1\":{\"customVariablePageName1\":\"plan\",\"customVariablePageValue1\":\"free\"},"
        "\"12\":{\"customVariableName12\":\"deep\",\"customVariableValue12\":\"x\"},"
        "\"13\":{\"customVariableName13\":\"deep\",\"customVariableValue13\":\"y\"}}},"
        "{\"timestamp\":2,\"customVariables\":[]}]}"));
    is(&s, 0, "usercustomproperties",
       "{\"plan\":\"free\",\"deep\":\"x\",\"deep (slot 13)\":\"y\",\"plan (visit)\":\"gold\",\"who\":\"me\"}");
    is(&s, 1, "usercustomproperties", "{\"plan\":\"gold\",\"who\":\"me\"}");
    close_scene(&s);
}

/* Hazard B9: what cannot be stored is a reject, the rest of the visit goes on. */
static void bad_actions_are_rejects(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, "UTC", false);
    assert_true(add(
        &s, "{\"idVisit\":5,\"lastActionTimestamp\":50,\"actionDetails\":[{\"timestamp\":1,\"title\":\"a\\u0000b\"},"
            "{\"timestamp\":2,\"title\":\"\\ud83d\"},{\"url\":\"x\"},{\"timestamp\":\"soon\"},{\"timestamp\":99999999999999999},"
            "7,{\"timestamp\":3,\"url\":\"good\"}]}"));
    assert_int_equal(s.batch->row_count, 1);
    assert_int_equal(s.batch->reject_count, 6);
    assert_int_equal(s.batch->read, 7);
    is(&s, 0, "action_id", "5_6");
    static const RejectReason reasons[] = {REJECT_INVALID_TEXT, REJECT_INVALID_TEXT, REJECT_REQUIRED,
                                           REJECT_WRONG_TYPE,   REJECT_WRONG_TYPE,   REJECT_WRONG_TYPE};
    for (int i = 0; i < 6; i++) {
        g_autofree char *key = g_strdup_printf("5/%d", i);
        assert_int_equal(s.batch->rejects[i].reason, reasons[i]);
        assert_memory_equal(s.batch->rejects[i].key, key, strlen(key));
        assert_int_equal(s.batch->rejects[i].cursor, 50 * US_PER_SECOND);
    }
    assert_int_equal(s.batch->rejects[2].column, MATOMO_ACTION_TIMESTAMP);
    assert_non_null(strstr(s.batch->rejects[0].row, "\"action_id\":\"5_0\",\"idsite\":\"2\",\"idvisit\":\"5\""));
    assert_non_null(strstr(s.batch->rejects[0].row, "\"action_title\":\"a\\ufffdb\""));
    close_scene(&s);
}

static void a_visit_without_its_list_keeps_what_is_stored(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, "UTC", false);
    assert_true(add(&s, "{\"idVisit\":5,\"actions\":3}"));
    assert_int_equal(s.batch->reject_count, 1);
    assert_true(s.batch->scopes[0].keep_others);
    batch_reset(s.batch, s.stream);
    assert_true(add(&s, "{\"actionDetails\":[{\"timestamp\":1}]}"));
    assert_int_equal(s.batch->reject_count, 1);
    assert_int_equal(s.batch->scope_count, 0);
    batch_reset(s.batch, s.stream);
    assert_true(add(&s, "{\"idVisit\":6,\"actions\":0,\"actionDetails\":[]}"));
    assert_int_equal(s.batch->scope_count, 1);
    assert_false(s.batch->scopes[0].keep_others);
    close_scene(&s);
}

/* Hazard B26. */
static void truncation_is_seen(void **state)
{
    (void)state;
    static const struct {
        const char *visit;
        bool truncated;
    } visits[] = {
        {"{\"idVisit\":1,\"actions\":620,\"truncatedActionsCount\":120,\"actionDetails\":[{\"timestamp\":1}]}", true},
        {"{\"idVisit\":1,\"actions\":\"2\",\"actionDetails\":[{\"timestamp\":1}]}", true},
        {"{\"idVisit\":1,\"actions\":1,\"truncatedActionsCount\":0,\"actionDetails\":[{\"timestamp\":1},{\"timestamp\":1}]}",
         false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(visits); i++) {
        Scene s;
        open_scene(&s, "UTC", false);
        assert_true(add(&s, visits[i].visit));
        assert_int_equal(s.truncated, visits[i].truncated);
        assert_int_equal(s.batch->scopes[0].keep_others, visits[i].truncated);
        close_scene(&s);
    }
}

static void times_of_a_server_that_gives_them_true(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, "Pacific/Auckland", false);
    assert_true(add(&s, "{\"idVisit\":1,\"firstActionTimestamp\":1750219200,\"lastActionTimestamp\":1750219300,"
                        "\"actionDetails\":[{\"timestamp\":1750219200},{\"timestamp\":1750219300}]}"));
    is(&s, 0, "action_timestamp", "2025-06-18 04:00:00");
    is(&s, 1, "action_timestamp", "2025-06-18 04:01:40");
    is(&s, 0, "serverdateprettyfirstaction", "2025-06-18");
    close_scene(&s);
}

/* A visit over the hour that is passed twice: 05:40 and 06:20 UTC are 01:40 and 01:20 in New York. */
static void times_over_the_end_of_summer(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, "America/New_York", false);
    assert_true(add(&s, "{\"idVisit\":1,\"firstActionTimestamp\":1730612400,\"lastActionTimestamp\":1730616000,"
                        "\"actionDetails\":[{\"timestamp\":1730598000},{\"timestamp\":1730596800},{\"timestamp\":1730601600}]}"));
    is(&s, 0, "action_timestamp", "2024-11-03 05:40:00");
    is(&s, 1, "action_timestamp", "2024-11-03 06:20:00");
    is(&s, 2, "action_timestamp", "2024-11-03 07:40:00");
    close_scene(&s);
}

static void a_visit_wider_than_a_batch(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, "UTC", false);
    s.stream->settings.batch_size = 2;
    assert_false(
        add(&s, "{\"idVisit\":1,\"dimension1\":\"d\",\"actionDetails\":[{\"timestamp\":1},{\"timestamp\":2},{\"timestamp\":3}]}"));
    assert_int_equal(s.batch->row_count, 2);
    assert_true(s.batch->scopes[0].more_follows);
    batch_reset(s.batch, s.stream);
    assert_true(matomo_rows_add(s.rows, json_root(&s.scan), s.batch, &s.truncated));
    assert_int_equal(s.batch->row_count, 1);
    assert_false(s.batch->scopes[0].more_follows);
    is(&s, 0, "action_id", "1_2");
    is(&s, 0, "dimension1", "d");
    close_scene(&s);
}

static void tables_have_the_names_of_the_older_program(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, "UTC", false);
    assert_int_equal(s.stream->table->column_count, 43);
    assert_string_equal(s.stream->table->name, "matomo");
    assert_int_equal(s.stream->table->index_count, 16);
    assert_string_equal(s.stream->table->columns[42].name, "experiments");
    assert_string_equal(s.stream->id, "visits.site-2");
    close_scene(&s);
    open_scene(&s, "UTC", true);
    assert_int_equal(s.stream->table->index_count, 18);
    assert_string_equal(s.stream->table->uniques[0].name, "matomo_action_id_timestamp_unique");
    assert_string_equal(s.stream->table->partitions.column, "action_timestamp");
    assert_false(s.stream->table->columns[MATOMO_ACTION_TIMESTAMP].nullable);
    close_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column_of_a_visit),
        cmocka_unit_test(what_is_absent),
        cmocka_unit_test(event_values_are_numbers),
        cmocka_unit_test(custom_variables_of_all_forms),
        cmocka_unit_test(bad_actions_are_rejects),
        cmocka_unit_test(a_visit_without_its_list_keeps_what_is_stored),
        cmocka_unit_test(truncation_is_seen),
        cmocka_unit_test(times_of_a_server_that_gives_them_true),
        cmocka_unit_test(times_over_the_end_of_summer),
        cmocka_unit_test(a_visit_wider_than_a_batch),
        cmocka_unit_test(tables_have_the_names_of_the_older_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
