/* SPDX-License-Identifier: Apache-2.0 */
/* YAML files as trees: positions, YAML 1.1 scalars, merge keys, duplicates, and files that mean harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "config/suggest.h"
#include "config/yaml.h"

static Problems *problems;

static int set_up(void **state)
{
    (void)state;
    problems = problems_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    problems_free(problems);
    return 0;
}

static YamlDoc *parse(const char *text)
{
    return yaml_parse(text, strlen(text), "f.yaml", problems);
}

/* The text of problem i as it is shown. */
static char *shown(guint i)
{
    assert_true(i < problems->list->len);
    return problem_format(g_ptr_array_index(problems->list, i));
}

static void expect_only(const char *start)
{
    assert_int_equal(problems->list->len, 1);
    g_autofree char *text = shown(0);
    if (!g_str_has_prefix(text, start))
        fail_msg("found `%s`, expected `%s…`", text, start);
}

/* As PyYAML's SafeLoader resolves them. */
static void test_scalar_types(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        YamlType type;
    } cases[] = {
        {"", YAML_NULL},
        {"~", YAML_NULL},
        {"null", YAML_NULL},
        {"NULL", YAML_NULL},
        {"nUll", YAML_TEXT},
        {"yes", YAML_BOOL},
        {"No", YAML_BOOL},
        {"ON", YAML_BOOL},
        {"off", YAML_BOOL},
        {"y", YAML_TEXT},
        {"n", YAML_TEXT},
        {"true", YAML_BOOL},
        {"tRUE", YAML_TEXT},
        {"0", YAML_INT},
        {"-12", YAML_INT},
        {"+1_000", YAML_INT},
        {"0x1F", YAML_INT},
        {"0b101", YAML_INT},
        {"017", YAML_INT},
        {"09", YAML_TEXT},
        {"190:20:30", YAML_INT},
        {"12:99", YAML_TEXT},
        {"1.5", YAML_FLOAT},
        {"1e5", YAML_TEXT},
        {"1.e+5", YAML_FLOAT},
        {".5", YAML_FLOAT},
        {"-.inf", YAML_FLOAT},
        {".nan", YAML_FLOAT},
        {".", YAML_TEXT},
        {"-", YAML_TEXT},
        {"1.2.3", YAML_TEXT},
        {"2024-01-15", YAML_DATE},
        {"2024-1-5", YAML_TEXT},
        {"0x", YAML_TEXT},
        {"1a", YAML_TEXT},
        {"2024-01-15T10:00:00Z", YAML_DATE},
        {"2024-01-15 10:00:00.5 +02:00", YAML_DATE},
        {"2024-01-15 10:00", YAML_TEXT},
        {"=", YAML_TEXT},
        {"users(id)", YAML_TEXT},
        {"12345678901234567890123", YAML_INT},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        if (yaml_scalar_type(cases[i].text) != cases[i].type)
            fail_msg("`%s` is %d, expected %d", cases[i].text, yaml_scalar_type(cases[i].text), cases[i].type);
}

static void test_integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {{"0", 0},     {"-12", -12}, {"+1_000", 1000},  {"0x1F", 31},
                 {"0b101", 5}, {"017", 15},  {"190:20", 11420}, {"-9223372036854775808", INT64_MIN},
                 {"0o17", 15}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int64_t value = 1;
        assert_true(yaml_scalar_int(cases[i].text, &value));
        assert_int_equal(value, cases[i].value);
    }
    int64_t value;
    assert_false(yaml_scalar_int("9223372036854775808", &value));
    assert_false(yaml_scalar_int("99999999999999999999:10", &value));
    assert_false(yaml_scalar_int("abc", &value));
}

static void test_positions_and_quotes(void **state)
{
    (void)state;
    YamlDoc *doc = parse("a: 1\nb:\n  - \"yes\"\n  - {c: 'x', d: }\n");
    assert_non_null(doc);
    const YamlNode *list = yaml_get(doc->root, "b");
    const YamlNode *quoted = g_ptr_array_index(list->items, 0);
    assert_int_equal(quoted->type, YAML_TEXT);
    assert_int_equal(quoted->line, 3);
    const YamlNode *map = g_ptr_array_index(list->items, 1);
    assert_int_equal(yaml_get(map, "c")->line, 4);
    assert_int_equal(yaml_get(map, "c")->column, 9);
    assert_true(yaml_is_empty(yaml_get(map, "d")));
    assert_int_equal(yaml_get(map, "d")->line, 4);
    assert_null(yaml_get(map, "e"));
    yaml_free(doc);
}

/* PyYAML: merged keys first, the mapping's own win wherever they stand, of several sources the first wins. */
static void test_merge_keys(void **state)
{
    (void)state;
    YamlDoc *doc = parse("x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  b: 3\n  <<: [*x, *y]\n  d: 3\nq: {'<<': 1}\n");
    assert_non_null(doc);
    assert_int_equal(problems->list->len, 0);
    const YamlNode *z = yaml_get(doc->root, "z");
    assert_int_equal(z->pairs->len, 4);
    assert_string_equal(yaml_get(z, "a")->text, "1");
    assert_string_equal(yaml_get(z, "b")->text, "3");
    assert_string_equal(yaml_get(z, "c")->text, "2");
    assert_string_equal(yaml_get(z, "d")->text, "3");
    assert_null(yaml_get(z, "<<"));
    assert_non_null(yaml_get(yaml_get(doc->root, "q"), "<<"));
    yaml_free(doc);
}

static void test_last_duplicate_wins_with_a_warning(void **state)
{
    (void)state;
    YamlDoc *doc = parse("a: 1\nb: 2\na: 3\n");
    assert_int_equal(doc->root->pairs->len, 2);
    assert_string_equal(yaml_get(doc->root, "a")->text, "3");
    expect_only("f.yaml:3:1: warning: the key `a` is given twice (first in line 1)");
    assert_int_equal(problems->errors, 0);
    yaml_free(doc);
}

static void test_tags(void **state)
{
    (void)state;
    YamlDoc *doc = parse("a: !!str 12\nb: !!int 12\nc: ! 12\n");
    assert_non_null(doc);
    assert_int_equal(yaml_get(doc->root, "a")->type, YAML_TEXT);
    assert_int_equal(yaml_get(doc->root, "b")->type, YAML_INT);
    assert_int_equal(yaml_get(doc->root, "c")->type, YAML_TEXT);
    yaml_free(doc);
    assert_null(parse("a: !!int abc\n"));
    expect_only("f.yaml:1:");
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *start;
    } cases[] = {
        {"a: [1, 2\nb: 3\n", "f.yaml:3:1: not valid YAML: "},
        {"a: 'x\n", "f.yaml:"},
        {"a: b: c\n", "f.yaml:1:"},
        {"- a\nb: 1\n", "f.yaml:2:"},
        {"? [a, b]\n: c\n", "f.yaml:1:3: a list or mapping cannot be a key here"},
        {"a: !!python/object/apply:os.system [x]\n", "f.yaml:"},
        {"a: 1\n---\nb: 2\n", "f.yaml: the file holds several documents"},
        {"a: *b\n", "f.yaml:1:5: the alias `*b` names no anchor above it"},
        {"a: &a [*a]\n", "f.yaml:1:9: the alias `*a` stands inside what it refers to"},
        {"a: &a\n  <<: *a\n", "f.yaml:2:8: the alias `*a` stands inside what it refers to"},
        {"a: {<<: 1}\n", "f.yaml:1:9: `<<` takes a mapping or a list of mappings"},
        {"a: \"x\\0y\"\n", "f.yaml:1:4: the text holds a NUL character"},
        {"a: 1\nb: \xff\n", "f.yaml:2: the line is not valid UTF-8 text, or holds a NUL byte"},
        {"a: %x\n\tb: 1\n", "f.yaml:"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        YamlDoc *doc = parse(cases[i].text);
        if (doc)
            fail_msg("`%s` was accepted", cases[i].text);
        expect_only(cases[i].start);
        g_ptr_array_set_size(problems->list, 0);
    }
}

static void test_nul_byte(void **state)
{
    (void)state;
    assert_null(yaml_parse("a: 1\nb: \0\n", 10, "f.yaml", problems));
    expect_only("f.yaml:2: the line is not valid UTF-8 text, or holds a NUL byte");
}

/* Nine levels of nine: 387 million values out of a few lines. */
static void test_alias_bomb(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 9; i++) {
        g_string_append_printf(text, "a%d: &a%d [", i, i);
        for (int k = 0; k < 9; k++)
            g_string_append_printf(text, "%s*a%d", k ? "," : "", i - 1);
        g_string_append(text, "]\n");
    }
    assert_null(parse(text->str));
    expect_only("f.yaml:6:");
    assert_non_null(strstr(((Problem *)g_ptr_array_index(problems->list, 0))->text, "more than 100,000 values"));
}

static void test_deep_nesting(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new("a: ");
    for (int i = 0; i < 200000; i++)
        g_string_append_c(text, '[');
    assert_null(parse(text->str));
    assert_int_equal(problems->errors, 1);
    g_ptr_array_set_size(problems->list, 0);
    g_string_truncate(text, 0);
    for (int i = 0; i < 2000; i++)
        g_string_append_printf(text, "%*sa:\n", i, "");
    assert_null(parse(text->str));
    assert_int_equal(problems->list->len, 1);
}

static void test_long_line_and_large_file(void **state)
{
    (void)state;
    size_t len = 10 * 1024 * 1024;
    g_autofree char *text = g_malloc(len + 8 * 1024 * 1024);
    memset(text, 'x', len + 8 * 1024 * 1024);
    memcpy(text, "a: ", 3);
    YamlDoc *doc = yaml_parse(text, len, "f.yaml", problems);
    assert_non_null(doc);
    assert_int_equal(strlen(yaml_get(doc->root, "a")->text), len - 3);
    g_autofree char *described = yaml_describe(yaml_get(doc->root, "a"));
    assert_true(strlen(described) < 100);
    yaml_free(doc);
    assert_null(yaml_parse(text, len + 8 * 1024 * 1024, "f.yaml", problems));
    expect_only("f.yaml: the file has ");
}

static void test_empty_files(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "# only a comment\n", "\n\n", "\xef\xbb\xbf", "---\n...\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        YamlDoc *doc = parse(texts[i]);
        assert_non_null(doc);
        assert_true(yaml_is_empty(doc->root));
        yaml_free(doc);
    }
    assert_int_equal(problems->list->len, 0);
}

static void test_typed_values(void **state)
{
    (void)state;
    YamlDoc *doc = parse("t: yes\nq: \"no\"\nn: 5\nd: 2024-01-15\ne:\nl: [1]\nbig: 99999999999999999999\n");
    bool flag = false;
    int64_t number = 0;
    assert_true(yaml_bool(doc, yaml_get(doc->root, "t"), "t", &flag) && flag);
    assert_int_equal(problems->list->len, 0);
    assert_true(yaml_bool(doc, yaml_get(doc->root, "q"), "q", &flag) && !flag); /* quoted: understood, with a warning */
    assert_int_equal(problems->list->len, 1);
    assert_false(yaml_bool(doc, yaml_get(doc->root, "n"), "n", &flag));
    assert_true(yaml_int(doc, yaml_get(doc->root, "n"), "n", 0, 9, &number) && number == 5);
    assert_false(yaml_int(doc, yaml_get(doc->root, "n"), "n", 0, 4, &number));
    assert_false(yaml_int(doc, yaml_get(doc->root, "big"), "big", INT64_MIN, INT64_MAX, &number));
    assert_string_equal(yaml_text(doc, yaml_get(doc->root, "d"), "d"), "2024-01-15");
    assert_null(yaml_text(doc, yaml_get(doc->root, "t"), "t"));
    assert_null(yaml_text(doc, yaml_get(doc->root, "e"), "e"));
    assert_null(yaml_text(doc, yaml_get(doc->root, "l"), "l"));
    g_autofree char *last = shown(problems->list->len - 1);
    assert_string_equal(last, "f.yaml:6:4: l: expected text, found a list");
    yaml_free(doc);
}

static void test_unknown_keys_name_the_nearest(void **state)
{
    (void)state;
    static const char *const known[] = {"columns", "name", "include_base", NULL};
    YamlDoc *doc = parse("colums: 1\nzzz: 2\nname: x\n");
    yaml_unknown_keys(doc, doc->root, known, "table `t`", false);
    g_autofree char *first = shown(0);
    g_autofree char *second = shown(1);
    assert_string_equal(first, "f.yaml:1:1: unknown key `colums` in table `t` (did you mean `columns`?)");
    assert_string_equal(second, "f.yaml:2:1: unknown key `zzz` in table `t`, expected one of columns, name, include_base");
    assert_int_equal(problems->list->len, 2);
    yaml_free(doc);
}

static void test_suggest(void **state)
{
    (void)state;
    static const char *const known[] = {"lookback", "on_invalid", "jobs", NULL};
    assert_string_equal(suggest("lokback", known), "lookback");
    assert_string_equal(suggest("lookbakc", known), "lookback");
    assert_string_equal(suggest("on-invalid", known), "on_invalid");
    assert_string_equal(suggest("job", known), "jobs");
    assert_null(suggest("xyz", known));
    assert_null(suggest("", known));
}

static void test_messages_obey_no_control_characters(void **state)
{
    (void)state;
    YamlDoc *doc = parse("\"a\\e[31m\\n\": 1\n");
    static const char *const known[] = {"b", NULL};
    yaml_unknown_keys(doc, doc->root, known, "x", false);
    g_autofree char *text = shown(0);
    for (const char *at = text; *at; at++)
        assert_true((unsigned char)*at >= 0x20);
    assert_non_null(strstr(text, "\\x1b"));
    yaml_free(doc);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_scalar_types),
        CASE(test_integers),
        CASE(test_positions_and_quotes),
        CASE(test_merge_keys),
        CASE(test_last_duplicate_wins_with_a_warning),
        CASE(test_tags),
        CASE(test_refused),
        CASE(test_nul_byte),
        CASE(test_alias_bomb),
        CASE(test_deep_nesting),
        CASE(test_long_line_and_large_file),
        CASE(test_empty_files),
        CASE(test_typed_values),
        CASE(test_unknown_keys_name_the_nearest),
        CASE(test_suggest),
        CASE(test_messages_obey_no_control_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
