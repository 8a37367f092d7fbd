/* SPDX-License-Identifier: Apache-2.0 */
/* Documents into rows: windows, ids, array items, duplicates, rejects. Read through a dump, as every reader does. */
#include "tests/unit/mongo_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sources/bson_json.h"
#include "sources/mongo_backend.h"

static const char schema[] = "tables:\n"
                             "  users:\n"
                             "    include_base: true\n"
                             "    additional_columns:\n"
                             "      - {name: name, sql_type: VARCHAR(5)}\n"
                             "      - {name: age, sql_type: SMALLINT}\n"
                             "      - {name: city, sql_type: TEXT}\n"
                             "      - {name: extra, sql_type: JSONB}\n"
                             "      - {name: boss_id, sql_type: VARCHAR, foreign_key: users(id)}\n"
                             "    additional_mappings: {address.city: city, boss: boss_id}\n"
                             "  links:\n"
                             "    mongo_collection: users\n"
                             "    columns:\n"
                             "      - {name: user_id, sql_type: VARCHAR, nullable: false, foreign_key: users(id)}\n"
                             "      - {name: target_id, sql_type: VARCHAR, nullable: false}\n"
                             "      - {name: type, sql_type: VARCHAR(50), nullable: false}\n"
                             "      - {name: created_at, sql_type: TIMESTAMP}\n"
                             "      - {name: updated_at, sql_type: TIMESTAMP}\n"
                             "    unique_constraints: [[user_id, target_id, type]]\n"
                             "    import_strategy: users_targets\n"
                             "  events:\n"
                             "    mongo_collection: users\n"
                             "    columns:\n"
                             "      - {name: user_id, sql_type: VARCHAR, nullable: false, foreign_key: users(id)}\n"
                             "      - {name: event_id, sql_type: VARCHAR, nullable: false}\n"
                             "      - {name: created_at, sql_type: TIMESTAMP}\n"
                             "      - {name: updated_at, sql_type: TIMESTAMP}\n"
                             "    unique_constraints: [[user_id, event_id]]\n"
                             "    import_strategy: user_events\n";

#define DATES "\"creation_date\":{\"$date\":\"2024-01-01T00:00:00Z\"},\"update_date\":{\"$date\":\"2024-02-01T00:00:00.5Z\"}"
#define OID_1 "65e8000000000000000000a1"
#define OID_2 "65e8000000000000000000a2"

/* Reads documents as the stream; the caller frees the text. */
static char *read_as(const char *stream, Window window, const char *const *documents)
{
    char *dir = fixture_mkdir();
    g_autofree char *url = g_strconcat("dump:", dir, NULL);
    Fixture fixture;
    Err err;
    fixture_dump(dir, "users.bson", documents);
    fixture_new(&fixture, schema, url, NULL);
    assert_true(fixture_open(&fixture, &err));
    char *text = fixture_read(&fixture, stream, window);
    fixture_free(&fixture);
    fixture_rmdir(dir);
    return text;
}

static void expect(const char *stream, Window window, const char *const *documents, const char *expected)
{
    g_autofree char *found = read_as(stream, window, documents);
    assert_string_equal(found, expected);
}

static void one(const char *stream, const char *document, const char *expected)
{
    expect(stream, window_whole(), (const char *const[]){document, NULL}, expected);
}

static void test_direct_row(void **state)
{
    (void)state;
    one("users",
        "{\"_id\":{\"$oid\":\"" OID_1 "\"}," DATES ",\"name\":\"Ada\",\"age\":{\"$numberDouble\":\"41.0\"},"
        "\"address\":{\"city\":\"Lyon\"},\"extra\":{\"a\":[1,{\"$numberLong\":\"9007199254740993\"}]},\"boss\":{\"$oid\":\"" OID_2
        "\"}}",
        OID_1 ": " OID_1 "|2024-01-01 00:00:00|2024-02-01 00:00:00.500|Ada|41|Lyon|{\"a\":[1,9007199254740993]}|" OID_2 "\n");
}

static void test_paths_and_duplicates(void **state)
{
    (void)state;
    one("users", "{\"_id\":1," DATES ",\"address.city\":\"literal\",\"address\":{\"city\":\"nested\"}}",
        "1: 1|2024-01-01 00:00:00|2024-02-01 00:00:00.500|~|~|literal|~|~\n");
    one("users", "{\"_id\":1," DATES ",\"name\":\"a\",\"name\":\"b\",\"extra\":{\"k\":1,\"k\":2}}",
        "1: 1|2024-01-01 00:00:00|2024-02-01 00:00:00.500|a|~|~|{\"k\":1}|~\n");
    one("users", "{\"_id\":1," DATES ",\"address\":7}", "1: 1|2024-01-01 00:00:00|2024-02-01 00:00:00.500|~|~|~|~|~\n");
}

static void test_ids_of_several_types(void **state)
{
    (void)state;
    expect("users", window_whole(),
           (const char *const[]){"{\"_id\":1," DATES "}", "{\"_id\":\"1\"," DATES "}",
                                 "{\"_id\":{\"$numberDouble\":\"1.5\"}," DATES "}", "{\"_id\":{\"a\":1}," DATES "}", NULL},
           "1: 1|2024-01-01 00:00:00|2024-02-01 00:00:00.500|~|~|~|~|~\n"
           "\"1\": 1|2024-01-01 00:00:00|2024-02-01 00:00:00.500|~|~|~|~|~\n"
           "1.5: 1.5|2024-01-01 00:00:00|2024-02-01 00:00:00.500|~|~|~|~|~\n"
           "{\"a\":1}: {\"a\":1}|2024-01-01 00:00:00|2024-02-01 00:00:00.500|~|~|~|~|~\n");
    one("users", "{\"_id\":1," DATES ",\"boss\":{\"_id\":{\"$oid\":\"" OID_2 "\"},\"name\":\"B\"}}",
        "1: 1|2024-01-01 00:00:00|2024-02-01 00:00:00.500|~|~|~|~|" OID_2 "\n");
}

static void test_rejects(void **state)
{
    (void)state;
    one("users", "{\"_id\":1," DATES ",\"name\":\"too long\"}",
        "! too long name 1 {\"name\":\"too long\",\"id\":1,\"created_at\":{\"$date\":\"2024-01-01T00:00:00Z\"},"
        "\"updated_at\":{\"$date\":\"2024-02-01T00:00:00.500Z\"}}\n");
    one("users", "{\"_id\":1}", "! required value missing created_at 1 {\"id\":1}\n");
    one("users", "{" DATES "}", "! required value missing - #1@0 {}\n");
    one("users", "{\"_id\":1," DATES ",\"age\":40000}",
        "! out of range age 1 {\"age\":40000,\"id\":1,\"created_at\":{\"$date\":\"2024-01-01T00:00:00Z\"},"
        "\"updated_at\":{\"$date\":\"2024-02-01T00:00:00.500Z\"}}\n");
    one("users", "{\"_id\":1," DATES ",\"extra\":{\"t\":\"a\\u0000b\"}}",
        "! invalid text extra 1 {\"extra\":{\"t\":\"a\\u0000b\"},\"id\":1,\"created_at\":{\"$date\":\"2024-01-01T00:00:00Z\"},"
        "\"updated_at\":{\"$date\":\"2024-02-01T00:00:00.500Z\"}}\n");
}

/* H17, H18: null, a scalar, sub-documents; the same item twice; an item that names nothing. */
static void test_items(void **state)
{
    (void)state;
    one("links",
        "{\"_id\":1," DATES ",\"targets\":[{\"$oid\":\"" OID_1 "\"},7,{\"_id\":\"x\"},{\"target\":\"y\",\"_id\":\"z\"},7],"
        "\"specificity_targets\":null,\"health_targets\":7}",
        "> 1\n"
        "1/" OID_1 "/basic: 1|" OID_1 "|basic|2024-01-01 00:00:00|2024-02-01 00:00:00.500\n"
        "1/7/basic: 1|7|basic|2024-01-01 00:00:00|2024-02-01 00:00:00.500\n"
        "1/\"x\"/basic: 1|x|basic|2024-01-01 00:00:00|2024-02-01 00:00:00.500\n"
        "1/\"y\"/basic: 1|y|basic|2024-01-01 00:00:00|2024-02-01 00:00:00.500\n"
        "1/7/health: 1|7|health|2024-01-01 00:00:00|2024-02-01 00:00:00.500\n");
    one("links", "{\"_id\":1,\"targets\":[null,{\"name\":\"n\"},[1],\"ok\"]}",
        "> 1\n"
        "1/\"ok\"/basic: 1|ok|basic|~|~\n"
        "! wrong type target_id 1/targets[0] {\"user_id\":1,\"target_id\":null,\"type\":\"basic\"}\n"
        "! wrong type target_id 1/targets[1] {\"user_id\":1,\"target_id\":{\"name\":\"n\"},\"type\":\"basic\"}\n"
        "! wrong type target_id 1/targets[2] {\"user_id\":1,\"target_id\":[1],\"type\":\"basic\"}\n");
}

/* H6: a parent whose array is empty, null or absent has no children, and says so. */
static void test_empty_arrays_open_scopes(void **state)
{
    (void)state;
    expect("links", window_whole(),
           (const char *const[]){"{\"_id\":1,\"targets\":[]}", "{\"_id\":2,\"targets\":null}", "{\"_id\":3}", NULL},
           "> 1\n> 2\n> 3\n");
}

/* A link's dates: the item's own, else its parent's. */
static void test_item_dates(void **state)
{
    (void)state;
    one("events", "{\"_id\":1," DATES ",\"registered_events\":[{\"event\":5,\"date\":{\"$date\":\"2023-06-01T00:00:00Z\"}},6]}",
        "> 1\n"
        "1/5: 1|5|2023-06-01 00:00:00|2024-02-01 00:00:00.500\n"
        "1/6: 1|6|2024-01-01 00:00:00|2024-02-01 00:00:00.500\n");
}

static const char *const dated[] = {
    "{\"_id\":\"old\",\"creation_date\":{\"$date\":\"2024-01-01T00:00:00Z\"},\"update_date\":{\"$date\":\"2024-01-02T00:00:00Z\"}}",
    "{\"_id\":\"new\",\"creation_date\":{\"$date\":\"2024-01-01T00:00:00Z\"},\"update_date\":{\"$date\":\"2024-03-01T00:00:00Z\"}}",
    "{\"_id\":\"made\",\"creation_date\":{\"$date\":\"2024-03-01T00:00:00Z\"}}",
    "{\"_id\":\"none\"}",
    "{\"_id\":\"null\",\"creation_date\":null}",
    "{\"_id\":\"text\",\"creation_date\":{\"$date\":\"2024-01-01T00:00:00Z\"},\"update_date\":\"2024-01-02\"}",
    "{\"_id\":\"both\",\"creation_date\":{\"$date\":\"2024-03-01T00:00:00Z\"},\"update_date\":17}",
    NULL};

static char *ids(Window window)
{
    g_autofree char *text = read_as("links", window, dated);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *out = g_string_new("");
    for (char **line = lines; *line && **line; line++)
        g_string_append_printf(out, "%s ", *line + 2);
    return g_string_free(out, FALSE);
}

/* H9, and "Windows, per kind": no date and dates of another type are in every sync, and in no backfill for these. */
static void test_windows(void **state)
{
    (void)state;
    g_autofree char *since = ids(window_since("2024-03-01T00:00:00Z"));
    assert_string_equal(since, "\"new\" \"made\" \"none\" \"null\" \"text\" \"both\" ");
    g_autofree char *after = ids(window_since("2024-03-01T00:00:00.001Z"));
    assert_string_equal(after, "\"none\" \"null\" \"text\" \"both\" ");
    g_autofree char *range = ids(window_range("2024-03-01T00:00:00Z", "2024-03-02T00:00:00Z"));
    assert_string_equal(range, "\"new\" \"made\" \"both\" ");
    g_autofree char *before = ids(window_range("2024-01-02T00:00:00Z", "2024-03-01T00:00:00Z"));
    assert_string_equal(before, "\"old\" ");
    g_autofree char *whole = ids(window_whole());
    assert_string_equal(whole, "\"old\" \"new\" \"made\" \"none\" \"null\" \"text\" \"both\" ");
}

static char *json_of(const char *document)
{
    bson_error_t error;
    bson_t *bson = bson_new_from_json((const uint8_t *)document, -1, &error);
    bson_iter_t iter;
    GString *out = g_string_new("");
    assert_non_null(bson);
    assert_true(bson_iter_init_find(&iter, bson, "v"));
    assert_null(bson_json_value(&iter, false, out).unfit);
    bson_destroy(bson);
    return g_string_free(out, FALSE);
}

static void test_json(void **state)
{
    static const char *const same[] = {"42",
                                       "-9007199254740993",
                                       "\"a\\\"\\n\xc3\xa9\"",
                                       "null",
                                       "true",
                                       "{\"$oid\":\"" OID_1 "\"}",
                                       "{\"$date\":\"2024-01-01T00:00:00Z\"}",
                                       "{\"$date\":\"2024-01-01T00:00:00.050Z\"}",
                                       "{\"$date\":{\"$numberLong\":\"-1\"}}",
                                       "{\"$date\":{\"$numberLong\":\"253402300800000\"}}",
                                       "{\"$numberDouble\":\"NaN\"}",
                                       "{\"$numberDouble\":\"-Infinity\"}",
                                       "{\"$numberDecimal\":\"1.10\"}",
                                       "{\"$timestamp\":{\"t\":1565545664,\"i\":1}}",
                                       "{\"$regularExpression\":{\"pattern\":\"^a\",\"options\":\"i\"}}",
                                       "{\"$binary\":{\"base64\":\"AQID\",\"subType\":\"04\"}}",
                                       "{\"$minKey\":1}",
                                       "{\"$maxKey\":1}",
                                       "{\"$undefined\":true}",
                                       "{\"$symbol\":\"x\"}",
                                       "{\"$code\":\"f()\"}",
                                       "{\"$code\":\"f()\",\"$scope\":{\"a\":1}}",
                                       "[]",
                                       "{}",
                                       "[1,[2,{\"a\":[]}]]",
                                       "0.1",
                                       "1e+300",
                                       "72.0",
                                       "-0.0",
                                       "5e-324"};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(same); i++) {
        g_autofree char *document = g_strdup_printf("{\"v\":%s}", same[i]);
        g_autofree char *found = json_of(document);
        assert_string_equal(found, same[i]);
    }
}

static bson_t *nested(int levels)
{
    bson_t *inner = bson_new();
    BSON_APPEND_INT32(inner, "v", 1);
    for (int i = 0; i < levels; i++) {
        bson_t *outer = bson_new();
        BSON_APPEND_DOCUMENT(outer, "v", inner);
        bson_destroy(inner);
        inner = outer;
    }
    return inner;
}

static void test_depth(void **state)
{
    (void)state;
    for (int levels = 199; levels <= 202; levels++) {
        bson_t *document = nested(levels);
        bson_iter_t iter;
        g_autoptr(GString) out = g_string_new("");
        assert_true(bson_iter_init_find(&iter, document, "v"));
        const char *unfit = bson_json_value(&iter, false, out).unfit;
        if (levels <= 200)
            assert_null(unfit);
        else
            assert_string_equal(unfit, "nested deeper than 200 levels");
        bson_destroy(document);
    }
}

static void test_document_key(void **state)
{
    (void)state;
    assert_int_equal(mongo_document_key(OID_1 "/7/basic"), 24);
    assert_int_equal(mongo_document_key("\"a/b\\\"/c\"/7"), 9);
    assert_int_equal(mongo_document_key("{\"k\":[1,\"/\"]}/x"), 13);
    assert_int_equal(mongo_document_key("12"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_direct_row),
        cmocka_unit_test(test_paths_and_duplicates),
        cmocka_unit_test(test_ids_of_several_types),
        cmocka_unit_test(test_rejects),
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_empty_arrays_open_scopes),
        cmocka_unit_test(test_item_dates),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_document_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
