/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/json_text.h"

/* All lines, marked ones with a star before them. */
static char *shown(const char *json, const char *member)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(json_line_free);
    GString *out = g_string_new(NULL);
    json_lines(json, member, lines);
    for (guint i = 0; i < lines->len; i++) {
        const JsonLine *line = g_ptr_array_index(lines, i);
        g_string_append_printf(out, "%s%s\n", line->marked ? "*" : "", line->text);
    }
    return g_string_free(out, FALSE);
}

static void expect(const char *json, const char *member, const char *wanted)
{
    g_autofree char *got = shown(json, member);
    assert_string_equal(got, wanted);
}

static void test_a_member_a_line(void **data)
{
    (void)data;
    expect("{\"a\":1, \"b\" : {\"$oid\":\"5f\"},\"c\":[]}", "b", "{\n  \"a\": 1,\n*  \"b\": {\"$oid\":\"5f\"},\n  \"c\": []\n}\n");
    expect("{}", NULL, "{\n}\n");
    expect("[1,\"two\"]", "a", "[\n  1,\n  \"two\"\n]\n");
}

static void test_values_stay_as_written(void **data)
{
    (void)data;
    expect("{\"n\":12345678901234567890.10,\"s\":\"a\\\"}b\\u0000\"}", NULL,
           "{\n  \"n\": 12345678901234567890.10,\n  \"s\": \"a\\\"}b\\u0000\"\n}\n");
}

static void test_long_members_are_spread(void **data)
{
    (void)data;
    expect(
        "{\"tags\":[\"a string that is rather long\",\"and another one that is long\"],\"z\":0}", "tags",
        "{\n*  \"tags\": [\n*    \"a string that is rather long\",\n*    \"and another one that is long\"\n*  ],\n  \"z\": 0\n}\n");
}

static void test_what_is_no_json_stays(void **data)
{
    static const char *const bad[] = {"",           "{",     "{\"a\"}",   "{\"a\":}", "{\"a\":1",
                                      "{\"a\":1]x", "plain", "{\"a\":\"", "[1,]2",    "{a:1}"};
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *wanted = g_strdup_printf("%s\n", bad[i]);
        expect(bad[i], "a", wanted);
    }
}

static void test_deep_nesting_ends(void **data)
{
    (void)data;
    g_autofree char *open = g_strnfill(100000, '['), *close = g_strnfill(100000, ']');
    g_autofree char *json = g_strconcat("{\"a\":", open, close, "}", NULL);
    g_autofree char *got = shown(json, "a");
    assert_true(strlen(got) > 200000);
}

static void test_one_member(void **data)
{
    (void)data;
    g_autofree char *text = json_member("{\"a\":{\"b\":\"x\"},\"b\":\"5f\"}", "b");
    assert_string_equal(text, "\"5f\"");
    assert_null(json_member("{\"a\":1}", "b"));
    assert_null(json_member("[1]", "b"));
    assert_null(json_member("{\"a\"", "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_member_a_line),         cmocka_unit_test(test_values_stay_as_written),
        cmocka_unit_test(test_long_members_are_spread), cmocka_unit_test(test_what_is_no_json_stays),
        cmocka_unit_test(test_deep_nesting_ends),       cmocka_unit_test(test_one_member),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
