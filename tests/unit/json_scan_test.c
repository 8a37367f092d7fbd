/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "base/json_scan.h"

/* The text is put at the end of a block of its own size, so that a sanitizer sees a byte read behind it. */
static bool scan_bytes(JsonScan *scan, const char *bytes, size_t len, char **copy, Err *err)
{
    *copy = g_memdup2(bytes, MAX(len, 1));
    *err = (Err){0};
    return json_scan(scan, *copy, len, err);
}

static void expect_good(const char *bytes, size_t len)
{
    JsonScan scan = {0};
    g_autofree char *copy = NULL;
    Err err;
    if (!scan_bytes(&scan, bytes, len, &copy, &err))
        fail_msg("refused (%s): %.*s", err.message, (int)len, bytes);
    assert_non_null(json_root(&scan));
    json_scan_done(&scan);
}

static void expect_refused(const char *bytes, size_t len)
{
    JsonScan scan = {0};
    g_autofree char *copy = NULL;
    Err err;
    if (scan_bytes(&scan, bytes, len, &copy, &err))
        fail_msg("accepted: %.*s", (int)len, bytes);
    assert_int_equal(err.code, ERR_SOURCE);
    assert_true(err.message[0]);
    json_scan_done(&scan);
}

static void expect_message(const char *text, const char *message)
{
    JsonScan scan = {0};
    Err err = {0};
    assert_false(json_scan(&scan, text, strlen(text), &err));
    assert_string_equal(err.message, message);
    json_scan_done(&scan);
}

#define GOOD(text)    expect_good(text, sizeof(text) - 1)
#define REFUSED(text) expect_refused(text, sizeof(text) - 1)

static void grammar_of_numbers(void **data)
{
    static const char *const good[] = {"0",
                                       "-0",
                                       "1",
                                       "-1",
                                       "10",
                                       "1234567890",
                                       "0.5",
                                       "-0.5",
                                       "1.0",
                                       "1e5",
                                       "1E5",
                                       "1e+5",
                                       "1e-5",
                                       "1.5e10",
                                       "0e0",
                                       "0.0e-0",
                                       "1e400",
                                       "9007199254740993",
                                       "123456789012345678901234567890.12345678901234567890"};
    static const char *const bad[] = {"00",        "01",  "-01",   "-",     "+1",  ".5",  "5.",  "1.e5",        "1e",
                                      "1e+",       "1e-", "1e+-",  "--1",   "0x1", "1_0", "1,0", "NaN",         "Infinity",
                                      "-Infinity", "1a",  "1.2.3", "1e5.5", "0e",  "-a",  "1 2", "\xEF\xBC\x91"};
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        expect_good(good[i], strlen(good[i]));
        g_autofree char *inside = g_strdup_printf("[%s,%s]", good[i], good[i]);
        expect_good(inside, strlen(inside));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        expect_refused(bad[i], strlen(bad[i]));
        g_autofree char *inside = g_strdup_printf("{\"a\":%s}", bad[i]);
        if (strcmp(bad[i], "1,0") != 0)
            expect_refused(inside, strlen(inside));
    }
}

static void grammar_of_the_rest(void **data)
{
    (void)data;
    GOOD("null");
    GOOD(" true ");
    GOOD("\t\r\nfalse\n");
    GOOD("\"\"");
    GOOD("[]");
    GOOD("{}");
    GOOD(" [ ] ");
    GOOD(" { } ");
    GOOD("[[],[[]],{}]");
    GOOD("{\"\":\"\"}");
    GOOD("{\"a\":{\"b\":[1,{\"c\":null}]},\"a\":2}");
    GOOD(" { \"a\" : [ 1 , 2 ] , \"b\" : { } } ");
    GOOD("\xEF\xBB\xBF[1]");
    GOOD("\"\x7F\xC3\xA9\xF0\x9F\x98\x80\"");
    GOOD("\"\\u0000\\ud800\\uDFFF\\\"\\\\\\/\\b\\f\\n\\r\\t\"");
    REFUSED("");
    REFUSED(" ");
    REFUSED("\xEF\xBB\xBF");
    REFUSED("nul");
    REFUSED("nulll");
    REFUSED("True");
    REFUSED("[");
    REFUSED("]");
    REFUSED("{");
    REFUSED("}");
    REFUSED("[}");
    REFUSED("{]");
    REFUSED("[1");
    REFUSED("[1,");
    REFUSED("[1,]");
    REFUSED("[,1]");
    REFUSED("[,]");
    REFUSED("[1 2]");
    REFUSED("[1,,2]");
    REFUSED("[1:2]");
    REFUSED("[]]");
    REFUSED("[] []");
    REFUSED("[]x");
    REFUSED("[]\0");
    REFUSED("1,2");
    REFUSED("{\"a\"}");
    REFUSED("{\"a\":}");
    REFUSED("{\"a\":1,}");
    REFUSED("{,\"a\":1}");
    REFUSED("{\"a\":1 \"b\":2}");
    REFUSED("{\"a\",1}");
    REFUSED("{a:1}");
    REFUSED("{1:1}");
    REFUSED("{'a':1}");
    REFUSED("{\"a\"::1}");
    REFUSED("{\"a\":1]");
    REFUSED("[\"a\":1]");
    REFUSED("'a'");
    REFUSED("\"a");
    REFUSED("\"a\\");
    REFUSED("\"a\\\"");
    REFUSED("\"\\x41\"");
    REFUSED("\"\\'\"");
    REFUSED("\"\\\0\"");
    REFUSED("\"\\u12\"");
    REFUSED("\"\\u12g4\"");
    REFUSED("\"\\U0041\"");
    REFUSED("\"a\nb\"");
    REFUSED("\"a\0b\"");
    REFUSED("\"a\x1F \"");
    REFUSED("[1]\v");
    REFUSED("[1]\xC2\xA0");
    REFUSED("/* */ 1");
    REFUSED("[1]//");
    REFUSED("\xFF");
    REFUSED("\xEF\xBB\xBF\xEF\xBB\xBF[]");
    REFUSED("<html></html>");
}

static void messages_name_the_place_and_no_data(void **data)
{
    (void)data;
    expect_message("", "broken JSON at byte 0: expected a value, found the end");
    expect_message("[1,\"secret", "broken JSON at byte 10: expected a closing quote, found the end");
    expect_message("[1;2]", "broken JSON at byte 2: expected a comma or ], found something else");
    expect_message("{\"a\":1;}", "broken JSON at byte 6: expected a comma or }, found something else");
    expect_message("{\"a\" 1}", "broken JSON at byte 5: expected a colon, found something else");
    expect_message("{x", "broken JSON at byte 1: expected a name in quotes, found something else");
    expect_message("\"\\q\"", "broken JSON at byte 2: expected an escape, found something else");
    expect_message("\"\\u00z0\"", "broken JSON at byte 5: expected four hexadecimal digits, found something else");
    expect_message("-", "broken JSON at byte 1: expected a digit, found the end");
    expect_message("[] []", "broken JSON at byte 3: expected the end, found something else");
}

/* Every cut of a text is refused, so a body that broke off is never taken for a short one. */
static void a_text_that_broke_off_is_refused(void **data)
{
    static const char text[] = "[{\"idVisit\":\"8812\",\"title\":\"a\\u00e9\\\"b "
                               "\xE2\x82\xAC\",\"n\":-12.5e3,\"x\":null,\"y\":[true,false,{}],\"z\":{\"k\":[]}}]";
    (void)data;
    GOOD(text);
    for (size_t len = 0; len < sizeof text - 1; len++)
        expect_refused(text, len);
}

static void depth_is_bounded(void **data)
{
    (void)data;
    for (int depth = JSON_DEPTH_MAX - 1; depth <= JSON_DEPTH_MAX + 1; depth++) {
        g_autoptr(GString) text = g_string_new(NULL);
        for (int i = 0; i < depth; i++)
            g_string_append(text, i % 2 ? "{\"a\":" : "[");
        g_string_append(text, "0");
        for (int i = depth - 1; i >= 0; i--)
            g_string_append_c(text, i % 2 ? '}' : ']');
        if (depth <= JSON_DEPTH_MAX)
            expect_good(text->str, text->len);
        else
            expect_refused(text->str, text->len);
    }
    g_autofree char *deep = g_strnfill(10000000, '[');
    expect_refused(deep, 10000000);
    expect_message("[[", "broken JSON at byte 2: expected a value, found the end");
}

/* The end of a string is found at any place and length. */
static void strings_end_where_they_end(void **data)
{
    static const char enders[][8] = {"\"", "\\n\"", "\\\"\"", "\xC3\xA9\"", "\\\\\""};
    (void)data;
    for (size_t before = 0; before < 10; before++)
        for (size_t inside = 0; inside < 40; inside++)
            for (size_t e = 0; e < G_N_ELEMENTS(enders); e++) {
                g_autoptr(GString) text = g_string_new("[");
                for (size_t i = 0; i < before; i++)
                    g_string_append_c(text, ' ');
                g_string_append_c(text, '"');
                for (size_t i = 0; i < inside; i++)
                    g_string_append_c(text, (char)(0x20 + (i * 7 + before) % 2));
                g_string_append(text, enders[e]);
                size_t string_end = text->len;
                g_string_append(text, ",\"x\"]");
                JsonScan scan = {0};
                g_autofree char *copy = NULL;
                Err err;
                assert_true(scan_bytes(&scan, text->str, text->len, &copy, &err));
                const JsonValue *string = json_first(json_root(&scan));
                assert_ptr_equal(string->raw + string->len, copy + string_end);
                assert_int_equal(json_count(json_root(&scan)), 2);
                json_scan_done(&scan);
                text->str[before + 2 + inside / 2] = 0x1F;
                if (inside > 0)
                    expect_refused(text->str, text->len);
            }
}

static const JsonValue *scanned(JsonScan *scan, const char *text)
{
    Err err = {0};
    if (!json_scan(scan, text, strlen(text), &err))
        fail_msg("%s: %s", err.message, text);
    return json_root(scan);
}

static void values_are_where_they_stand(void **data)
{
    JsonScan scan = {0};
    (void)data;
    const char *text = " {\"a\" : [1, \"two\" ,{\"x\":[]}, null],\"b\":-1.50e+3 , \"c\":\"q\\\"\"} ";
    const JsonValue *root = scanned(&scan, text);
    assert_int_equal(root->type, JSON_OBJECT);
    assert_int_equal(root->len, strlen(text) - 2);
    assert_int_equal(json_count(root), 3);
    const JsonValue *a = json_get(root, "a");
    assert_int_equal(a->type, JSON_ARRAY);
    assert_memory_equal(a->raw, "[1, \"two\" ,{\"x\":[]}, null]", a->len);
    static const JsonType types[] = {JSON_NUMBER, JSON_STRING, JSON_OBJECT, JSON_NULL};
    size_t at = 0;
    JSON_EACH(item, a) {
        assert_int_equal(item->type, types[at]);
        at++;
    }
    assert_int_equal(at, 4);
    const JsonValue *b = json_get(root, "b");
    assert_int_equal(b->len, 8);
    assert_memory_equal(b->raw, "-1.50e+3", 8);
    assert_false(b->whole);
    assert_true(json_first(a)->whole);
    assert_true(json_get(root, "c")->escaped);
    GString *names = g_string_new(NULL);
    JSON_EACH_MEMBER(name, root)
        g_string_append_printf(names, "%.*s=%u;", (int)name->len, name->raw, (unsigned)(name + 1)->type);
    assert_string_equal(names->str, "\"a\"=5;\"b\"=3;\"c\"=4;");
    g_string_free(names, TRUE);
    assert_null(json_get(root, "d"));
    assert_null(json_get(a, "a"));
    assert_null(json_get(NULL, "a"));
    assert_null(json_first(NULL));
    assert_null(json_first(b));
    assert_int_equal(json_count(b), 0);
    assert_null(json_first(json_first(json_root(&scan)) + 1 + 1)); /* the number 1 */
    json_scan_done(&scan);
}

/* As with JSON.parse(); an empty map of PHP is an array. */
static void the_last_of_two_names_counts(void **data)
{
    static const char *const wanted[] = {"b", "a", "missing", "\xC3\xA9"};
    const JsonValue *found[4];
    JsonScan scan = {0};
    (void)data;
    JsonNames *names = json_names_new(wanted, 4);
    const JsonValue *root = scanned(&scan, "{\"a\":1,\"b\":2,\"\\u0061\":3,\"ab\":4,\"\\u00e9\":5,\"\":6,\"a\\ud800\":7}");
    int64_t number;
    assert_true(json_int64(json_get(root, "a"), &number));
    assert_int_equal(number, 3);
    assert_true(json_int64(json_get(root, ""), &number));
    assert_int_equal(number, 6);
    json_pick(names, root, found);
    assert_memory_equal(found[0]->raw, "2", 1);
    assert_memory_equal(found[1]->raw, "3", 1);
    assert_null(found[2]);
    assert_memory_equal(found[3]->raw, "5", 1);
    json_pick(names, scanned(&scan, "[]"), found);
    assert_null(found[0]);
    json_pick(names, NULL, found);
    assert_null(found[1]);
    json_names_free(names);
    json_names_free(NULL);
    json_scan_done(&scan);
}

static void many_names_are_told_apart(void **data)
{
    const char *wanted[255];
    const JsonValue *found[255];
    GString *text = g_string_new("{\"other\":0");
    JsonScan scan = {0};
    (void)data;
    for (int i = 0; i < 255; i++) {
        wanted[i] = g_strdup_printf("dimension%d", i * 7);
        g_string_append_printf(text, ",\"dimension%d\":%d,\"dimension%dx\":0", i * 7, i, i * 7);
    }
    g_string_append_c(text, '}');
    JsonNames *names = json_names_new(wanted, 255);
    json_pick(names, scanned(&scan, text->str), found);
    for (int i = 0; i < 255; i++) {
        int64_t number = -1;
        assert_true(json_int64(found[i], &number));
        assert_int_equal(number, i);
        g_free((char *)wanted[i]);
    }
    json_names_free(names);
    json_scan_done(&scan);
    g_string_free(text, TRUE);
}

static void expect_text(const char *json, const char *text, size_t len, unsigned flaws)
{
    JsonScan scan = {0};
    Arena arena;
    size_t got_len;
    unsigned got_flaws = 99;
    arena_init(&arena, 64);
    const char *got = json_text(scanned(&scan, json), &arena, &got_len, &got_flaws);
    assert_int_equal(got_len, len);
    assert_memory_equal(got, text, len);
    assert_int_equal(got_flaws, flaws);
    json_text(json_root(&scan), &arena, &got_len, NULL);
    assert_int_equal(got_len, len);
    json_scan_done(&scan);
    arena_done(&arena);
}
#define TEXT(json, text, flaws) expect_text(json, text, sizeof(text) - 1, flaws)

static void strings_are_unescaped(void **data)
{
    (void)data;
    TEXT("\"\"", "", 0);
    TEXT("\"plain\"", "plain", 0);
    TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 0);
    TEXT("\"https:\\/\\/e.org\\/a\"", "https://e.org/a", 0);
    TEXT("\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\uD83D\\uDE00!\"", "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xF0\x9F\x98\x80!", 0);
    TEXT("\"\\u0001\\u001f\\u007f\\uffff\\ufeff\"", "\x01\x1F\x7F\xEF\xBF\xBF\xEF\xBB\xBF", 0);
    TEXT("\"caf\xC3\xA9\"", "caf\xC3\xA9", 0);
    TEXT("-1.50", "-1.50", 0);
    TEXT("null", "null", 0);
    TEXT("[1, 2]", "[1, 2]", 0);
}

static void odd_strings_survive_and_are_told(void **data)
{
    (void)data;
    TEXT("\"a\\u0000b\"", "a\0b", JSON_HAS_NUL);
    TEXT("\"a\\ud83db\"",
         "a\xFF"
         "b",
         JSON_HAS_SURROGATE);
    TEXT("\"\\ud83d\"", "\xFF", JSON_HAS_SURROGATE);
    TEXT("\"\\ude00\\ud83d\"", "\xFF\xFF", JSON_HAS_SURROGATE);
    TEXT("\"\\ud83d\\ud83d\\ude00\"", "\xFF\xF0\x9F\x98\x80", JSON_HAS_SURROGATE);
    TEXT("\"\\ud83d\\n\"", "\xFF\n", JSON_HAS_SURROGATE);
    TEXT("\"\\ud83dude00\"", "\xFFude00", JSON_HAS_SURROGATE);
    TEXT("\"\\ud83d\\u0000\"", "\xFF\0", JSON_HAS_SURROGATE | JSON_HAS_NUL);
    TEXT("\"\xC3\"", "\xC3", JSON_HAS_BAD_UTF8);
    TEXT("\"\xED\xA0\x80\"", "\xED\xA0\x80", JSON_HAS_BAD_UTF8);
    TEXT("\"\xC3\\u0000\"", "\xC3\0", JSON_HAS_BAD_UTF8 | JSON_HAS_NUL);
}

static void expect_int(const char *json, bool good, int64_t wanted)
{
    JsonScan scan = {0};
    int64_t got = 77;
    assert_int_equal(json_int64(scanned(&scan, json), &got), good);
    assert_true(got == (good ? wanted : 77));
    json_scan_done(&scan);
}

/* Identifiers of 64 bits come as number or string, depending on PHP. */
static void whole_numbers_are_exact(void **data)
{
    (void)data;
    expect_int("0", true, 0);
    expect_int("-0", true, 0);
    expect_int("9007199254740993", true, INT64_C(9007199254740993));
    expect_int("\"9007199254740993\"", true, INT64_C(9007199254740993));
    expect_int("9223372036854775807", true, INT64_MAX);
    expect_int("-9223372036854775808", true, INT64_MIN);
    expect_int("9223372036854775808", false, 0);
    expect_int("-9223372036854775809", false, 0);
    expect_int("92233720368547758070", false, 0);
    expect_int("1.0", false, 0);
    expect_int("1e3", false, 0);
    expect_int("\"\"", false, 0);
    expect_int("\"-\"", false, 0);
    expect_int("\"1a\"", false, 0);
    expect_int("\" 1\"", false, 0);
    expect_int("\"\\u0031\"", false, 0);
    expect_int("true", false, 0);
    expect_int("[1]", false, 0);
    int64_t got;
    assert_false(json_int64(NULL, &got));
}

static void strings_are_compared(void **data)
{
    JsonScan scan = {0};
    (void)data;
    assert_true(json_is(scanned(&scan, "\"error\""), "error"));
    assert_true(json_is(scanned(&scan, "\"\\u0065rror\""), "error"));
    assert_false(json_is(scanned(&scan, "\"errors\""), "error"));
    assert_false(json_is(scanned(&scan, "\"erro\""), "error"));
    assert_false(json_is(scanned(&scan, "\"\\ud800\""), "\xFF"));
    assert_false(json_is(scanned(&scan, "null"), "null"));
    assert_true(json_is(scanned(&scan, "\"\""), ""));
    assert_false(json_is(NULL, ""));
    json_scan_done(&scan);
}

static void expect_written(const char *json, const char *wanted, unsigned flaws)
{
    JsonScan scan = {0};
    g_autoptr(GString) out = g_string_new(NULL);
    assert_int_equal(json_write(out, scanned(&scan, json)), flaws);
    assert_string_equal(out->str, wanted);
    json_scan_done(&scan);
}

static void values_are_written_without_change(void **data)
{
    (void)data;
    expect_written(" { \"a\\/b\" : [ 1.10 , -0, 1e400,\"\\u00e9\\u0041\\n\\u0001\" ] ,\"c\":{},\"d\":[ ] } ",
                   "{\"a/b\":[1.10,-0,1e400,\"\xC3\xA9"
                   "A\\n\\u0001\"],\"c\":{},\"d\":[]}",
                   0);
    expect_written("[null,true,false,123456789012345678901234567890]", "[null,true,false,123456789012345678901234567890]", 0);
    expect_written("[\"\\ud800\",{\"\\u0000\":\"\xFF\"}]", "[\"\xEF\xBF\xBD\",{\"\\u0000\":\"\xEF\xBF\xBD\"}]",
                   JSON_HAS_SURROGATE | JSON_HAS_NUL | JSON_HAS_BAD_UTF8);
    expect_written("\"quote \\\" and \\\\\"", "\"quote \\\" and \\\\\"", 0);
}

static void one_scan_serves_many_texts(void **data)
{
    JsonScan scan = {0};
    (void)data;
    g_autoptr(GString) text = g_string_new("[0");
    for (int i = 1; i < 100000; i++)
        g_string_append_printf(text, ",%d", i);
    g_string_append_c(text, ']');
    const JsonValue *root = scanned(&scan, text->str);
    int64_t sum = 0, number;
    JSON_EACH(item, root)
        if (json_int64(item, &number))
            sum += number;
    assert_true(sum == INT64_C(4999950000));
    size_t capacity = scan.capacity;
    assert_int_equal(json_count(scanned(&scan, "[1]")), 1);
    Err err = {0};
    assert_false(json_scan(&scan, "[", 1, &err));
    assert_int_equal(json_count(scanned(&scan, "{\"a\":1}")), 1);
    assert_int_equal(scan.capacity, capacity);
    json_scan_done(&scan);
    json_scan_done(&scan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grammar_of_numbers),
        cmocka_unit_test(grammar_of_the_rest),
        cmocka_unit_test(messages_name_the_place_and_no_data),
        cmocka_unit_test(a_text_that_broke_off_is_refused),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(strings_end_where_they_end),
        cmocka_unit_test(values_are_where_they_stand),
        cmocka_unit_test(the_last_of_two_names_counts),
        cmocka_unit_test(many_names_are_told_apart),
        cmocka_unit_test(strings_are_unescaped),
        cmocka_unit_test(odd_strings_survive_and_are_told),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(strings_are_compared),
        cmocka_unit_test(values_are_written_without_change),
        cmocka_unit_test(one_scan_serves_many_texts),
    };
    return cmocka_run_group_tests_name("json scan", tests, NULL, NULL);
}
