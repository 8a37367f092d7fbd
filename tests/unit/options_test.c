/* SPDX-License-Identifier: Apache-2.0 */
/* Options: types, ranges, defaults, and what a message may repeat. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/secret.h"
#include "config/config.h"
#include "config/options.h"
#include "model/time.h"

static const char *const words[] = {"reject", "replace", NULL};
static const char *const forever[] = {"forever", NULL};

static const OptionDef defs[] = {
    {.name = "name", .type = OPT_STRING, .fallback = "nobody"},
    {.name = "page-size", .type = OPT_INT, .min = 1, .max = 5000, .fallback = "500"},
    {.name = "any", .type = OPT_INT},
    {.name = "sites", .type = OPT_NUMBERS, .min = 1, .max = 99},
    {.name = "tls", .type = OPT_BOOL, .fallback = "yes"},
    {.name = "wait", .type = OPT_DURATION, .max = 60 * US_PER_SECOND, .words = forever},
    {.name = "since", .type = OPT_DATE},
    {.name = "mode", .type = OPT_ENUM, .words = words, .fallback = "reject"},
    {.name = "file", .type = OPT_PATH},
    {.name = "token", .type = OPT_INT, .min = 1, .max = 9, .secret = true},
    {0},
};

static int set_up(void **state)
{
    *state = options_new(defs);
    return 0;
}

static int tear_down(void **state)
{
    options_free(*state);
    return 0;
}

static void test_defaults(void **state)
{
    OptionValues *v = *state;
    assert_string_equal(options_text(v, "name"), "nobody");
    assert_int_equal(options_int(v, "page-size"), 500);
    assert_int_equal(options_int(v, "page_size"), 500);
    assert_true(options_bool(v, "tls"));
    assert_int_equal(options_int(v, "mode"), 0);
    assert_null(options_text(v, "file"));
    assert_false(options_given(v, "name"));
    assert_true(options_known(v, "since"));
    assert_false(options_known(v, "nope"));
    assert_null(options_text(v, "nope"));
}

static void test_values(void **state)
{
    OptionValues *v = *state;
    Err err = {0};
    assert_true(options_set(v, "page_size", "5000", &err));
    assert_int_equal(options_int(v, "page-size"), 5000);
    assert_true(options_given(v, "page-size"));
    assert_true(options_set(v, "tls", "Off", &err));
    assert_false(options_bool(v, "tls"));
    assert_true(options_set(v, "wait", "45s", &err));
    assert_int_equal(options_int(v, "wait"), 45 * US_PER_SECOND);
    assert_true(options_set(v, "wait", "Forever", &err));
    assert_int_equal(options_int(v, "wait"), -1);
    assert_true(options_set(v, "since", "2024-01-15T02:00:00+02:00", &err));
    assert_int_equal(options_int(v, "since"), days_from_civil(2024, 1, 15) * US_PER_DAY);
    assert_true(options_set(v, "mode", "REPLACE", &err));
    assert_string_equal(options_text(v, "mode"), "replace");
    assert_int_equal(options_int(v, "mode"), 1);
}

static void test_numbers(void **state)
{
    OptionValues *v = *state;
    Err err = {0};
    static const int64_t wanted[] = {5, 1, 99};
    g_autoptr(GArray) none = options_numbers(v, "sites");
    assert_int_equal(none->len, 0);
    assert_true(options_set(v, "sites", "5, 1,99,1", &err));
    g_autoptr(GArray) numbers = options_numbers(v, "sites");
    assert_int_equal(numbers->len, G_N_ELEMENTS(wanted));
    assert_memory_equal(numbers->data, wanted, sizeof wanted);
    assert_true(options_takes_list(v, "sites"));
    assert_false(options_takes_list(v, "any"));
}

static void test_refused(void **state)
{
    OptionValues *v = *state;
    static const struct {
        const char *name, *text, *message;
    } cases[] = {
        {"page-size", "0", "`page-size`: expected an integer from 1 to 5000, found `0`"},
        {"page-size", "500abc", "`page-size`: expected an integer from 1 to 5000, found `500abc`"},
        {"page-size", "", "`page-size`: expected an integer from 1 to 5000, found ``"},
        {"any", "99999999999999999999", "`any`: expected an integer, found `99999999999999999999`"},
        {"sites", "", "`sites`: expected numbers from 1 to 99 such as 1,2,5, found ``"},
        {"sites", "1,,2", "`sites`: expected numbers from 1 to 99 such as 1,2,5, found `1,,2`"},
        {"sites", "1,100", "`sites`: expected numbers from 1 to 99 such as 1,2,5, found `1,100`"},
        {"tls", "maybe", "`tls`: expected true or false, found `maybe`"},
        {"mode", "drop", "`mode`: expected one of reject, replace, found `drop`"},
        {"since", "15/01/2024",
         "`since`: expected an ISO 8601 date such as 2024-01-15 or 2024-01-15T10:00:00Z, found `15/01/2024`"},
        {"file", "", "`file`: expected a path, found ``"},
        {"nope", "1", "unknown option `nope`"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Err err = {0};
        assert_false(options_set(v, cases[i].name, cases[i].text, &err));
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(err.code, ERR_CONFIG);
    }
    Err err = {0};
    assert_false(options_set(v, "wait", "2h", &err)); /* beyond its range */
    assert_non_null(strstr(err.message, "or `forever`"));
    assert_int_equal(options_int(v, "page-size"), 500); /* what was refused changes nothing */
}

static void test_secrets_are_not_repeated(void **state)
{
    OptionValues *v = *state;
    Err err = {0};
    assert_false(options_set(v, "token", "canary-token-1", &err));
    assert_null(strstr(err.message, "canary"));
    char text[] = "the token is canary-token-1 indeed";
    secret_mask(text);
    assert_null(strstr(text, "canary-token-1"));
    err = (Err){0};
    assert_false(options_set_hidden(v, "page-size", "from-a-variable", &err));
    assert_string_equal(err.message, "`page-size`: expected an integer from 1 to 5000, found something else");
}

static void test_every_declared_option_has_help(void **state)
{
    (void)state;
    const OptionDef *const tables[] = {stream_options, config_options};
    for (size_t i = 0; i < 2; i++) {
        OptionValues *values = options_new(tables[i]);
        for (const OptionDef *def = tables[i]; def->name; def++) {
            assert_non_null(def->help);
            assert_true(!def->fallback || options_text(values, def->name)); /* the default is valid itself */
            g_autofree char *takes = option_takes(def);
            assert_non_null(takes);
        }
        options_free(values);
    }
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_defaults),
        CASE(test_values),
        CASE(test_numbers),
        CASE(test_refused),
        CASE(test_secrets_are_not_repeated),
        CASE(test_every_declared_option_has_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
