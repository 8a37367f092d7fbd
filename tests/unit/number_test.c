/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include <math.h>
#include <stdlib.h>

#include "model/decimal.h"
#include "model/number.h"

static void reals_are_written_as_the_older_scripts_did(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } known[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {3.0, "3.0"},
        {72.0, "72.0"},
        {-1.5, "-1.5"},
        {0.1, "0.1"},
        {0.30000000000000004, "0.30000000000000004"},
        {0.001, "0.001"},
        {0.0001, "0.0001"},
        {0.00012345, "0.00012345"},
        {1e-05, "1e-05"},
        {1.5e-7, "1.5e-07"},
        {123456.789, "123456.789"},
        {999999999999999.0, "999999999999999.0"},
        {1e15, "1000000000000000.0"},
        {9007199254740993.0, "9007199254740992.0"},
        {1e16, "1e+16"},
        {1.2345678901234568e17, "1.2345678901234568e+17"},
        {1e22, "1e+22"},
        {1e100, "1e+100"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {5e-324, "5e-324"},
        {1.0 / 3, "0.3333333333333333"},
        {5.684341886080802e-14, "5.684341886080802e-14"},
        {NAN, "nan"},
        {INFINITY, "inf"},
        {-INFINITY, "-inf"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        char out[32];
        assert_int_equal(real_text(known[i].value, out), strlen(known[i].text));
        assert_string_equal(out, known[i].text);
    }
}

static void integers_are_written(void **state)
{
    (void)state;
    static const int64_t numbers[] = {0, 7, -7, 10, 1234567890, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        char out[24], expected[24];
        g_snprintf(expected, sizeof expected, "%" G_GINT64_FORMAT, numbers[i]);
        assert_int_equal(integer_text(numbers[i], out), strlen(expected));
        assert_string_equal(out, expected);
    }
}

static void every_real_reads_back(void **state)
{
    (void)state;
    uint64_t seed = 2463534242;
    for (int i = 0; i < 200000; i++) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        double value;
        float single;
        uint32_t half = (uint32_t)seed;
        memcpy(&value, &seed, sizeof value);
        memcpy(&single, &half, sizeof single);
        char out[32];
        real_text(value, out);
        if (isfinite(value) && g_ascii_strtod(out, NULL) != value)
            fail_msg("%a written as %s", value, out);
        real_text_float(single, out);
        if (isfinite(single) && (float)g_ascii_strtod(out, NULL) != single)
            fail_msg("%a written as %s", (double)single, out);
        value = (double)(int64_t)(seed % 1000000000) / 10000; /* what data looks like */
        real_text(value, out);
        assert_true(g_ascii_strtod(out, NULL) == value && strlen(out) <= 11);
    }
}

static void floats_use_their_own_shortest_text(void **state)
{
    (void)state;
    char out[32];
    real_text_float(0.1F, out);
    assert_string_equal(out, "0.1");
    real_text_float(16777216.0F, out);
    assert_string_equal(out, "16777216.0");
    real_text_float(3.4028235e38F, out);
    assert_string_equal(out, "3.4028235e+38");
    real_text_float(1e-45F, out);
    assert_string_equal(out, "1e-45");
}

static void decimals_become_plain_text(void **state)
{
    (void)state;
    static const struct {
        const char *text, *plain;
        int64_t integer, fraction;
    } known[] = {
        {"0", "0", 0, 0},           {"-0", "0", 0, 0},           {"-0.00", "0.00", 0, 0},  {"1.10", "1.10", 1, 1},
        {"-12.50", "-12.50", 2, 1}, {"+5", "5", 1, 0},           {" 007 ", "7", 1, 0},     {".5", "0.5", 0, 1},
        {"5.", "5", 1, 0},          {"1E+3", "1000", 4, 0},      {"1.25e1", "12.5", 2, 1}, {"1.25E-3", "0.00125", 0, 5},
        {"1200e-2", "12.00", 2, 0}, {"0e10", "0", 0, 0},         {"0E-3", "0.000", 0, 0},  {"00.0100", "0.0100", 0, 2},
        {"10e0", "10", 2, 0},       {"123e-5", "0.00123", 0, 5}, {"0.1e1", "1", 1, 0},
    };
    Arena arena;
    arena_init(&arena, 1024);
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        Decimal decimal;
        uint32_t len;
        assert_true(decimal_read(known[i].text, strlen(known[i].text), &decimal));
        const char *plain = decimal_plain(&decimal, decimal.written_scale, &arena, &len);
        if (len != strlen(known[i].plain) || memcmp(plain, known[i].plain, len) != 0)
            fail_msg("%s written as %.*s", known[i].text, (int)len, plain);
        assert_int_equal(decimal_integer_digits(&decimal), known[i].integer);
        assert_int_equal(decimal_fraction_digits(&decimal), known[i].fraction);
    }
    arena_done(&arena);
}

static void what_is_no_decimal_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",    " ",   "-",     ".",   "e5",   "1e", "1e+", "1 2",       "1..2",
                                        "0x1", "1,5", "1e1.5", "--1", "nanx", "in", "- 1", "infinityy", "1_000"};
    Decimal decimal;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        if (decimal_read(texts[i], strlen(texts[i]), &decimal))
            fail_msg("\"%s\" accepted", texts[i]);
    assert_false(decimal_read("1\0", 2, &decimal));
}

static void special_decimals(void **state)
{
    (void)state;
    Decimal decimal;
    assert_true(decimal_read("nAn", 3, &decimal) && decimal.kind == DECIMAL_NAN);
    assert_true(decimal_read("-Infinity", 9, &decimal) && decimal.kind == DECIMAL_INFINITY && decimal.negative);
    assert_true(decimal_read("inf", 3, &decimal) && decimal.kind == DECIMAL_INFINITY && !decimal.negative);
}

static void huge_exponents_cost_nothing(void **state)
{
    (void)state;
    Decimal decimal;
    int64_t value;
    assert_true(decimal_read("1e99999999999999999999", 22, &decimal));
    assert_true(decimal_integer_digits(&decimal) > NUMERIC_MAX_INTEGER);
    assert_false(decimal_int64(&decimal, &value));
    assert_true(decimal_read("1e-99999999999999999999", 23, &decimal));
    assert_true(decimal_fraction_digits(&decimal) > NUMERIC_MAX_FRACTION);
}

static void decimals_become_integers_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool fits;
        int64_t value;
    } known[] = {
        {"0", true, 0},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999", false, 0},
        {"9.223372036854775807E+18", true, INT64_MAX},
        {"1e18", true, INT64_C(1000000000000000000)},
        {"1.000", true, 1},
        {"1.5", false, 0},
        {"0.000", true, 0},
        {"NaN", false, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        Decimal decimal;
        int64_t value = 0;
        assert_true(decimal_read(known[i].text, strlen(known[i].text), &decimal));
        if (decimal_int64(&decimal, &value) != known[i].fits || value != known[i].value)
            fail_msg("%s became %" G_GINT64_FORMAT, known[i].text, value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reals_are_written_as_the_older_scripts_did),
        cmocka_unit_test(integers_are_written),
        cmocka_unit_test(every_real_reads_back),
        cmocka_unit_test(floats_use_their_own_shortest_text),
        cmocka_unit_test(decimals_become_plain_text),
        cmocka_unit_test(what_is_no_decimal_is_refused),
        cmocka_unit_test(special_decimals),
        cmocka_unit_test(huge_exponents_cost_nothing),
        cmocka_unit_test(decimals_become_integers_exactly),
    };
    return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
