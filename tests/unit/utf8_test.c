/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "base/json.h"
#include "base/utf8.h"

static const struct {
    const char *what;
    const char *bytes;
    size_t len;
    const char *replaced; /* NULL: valid */
    size_t replaced_len;
} samples[] = {
#define S(what, text)                                                                                                              \
    {                                                                                                                              \
        what, text, sizeof(text) - 1, NULL, 0                                                                                      \
    }
#define BAD(what, text, repair)                                                                                                    \
    {                                                                                                                              \
        what, text, sizeof(text) - 1, repair, sizeof(repair) - 1                                                                   \
    }
#define R "\xEF\xBF\xBD"
    S("empty", ""),
    S("ascii", "plain ascii of more than sixteen bytes"),
    S("two bytes", "caf\xC3\xA9"),
    S("three bytes", "\xE2\x82\xAC"),
    S("four bytes", "\xF0\x9F\x98\x80"),
    S("lowest of each length", "\x01\xC2\x80\xE0\xA0\x80\xF0\x90\x80\x80"),
    S("highest of each length", "\x7F\xDF\xBF\xEF\xBF\xBF\xF4\x8F\xBF\xBF"),
    S("around surrogates", "\xED\x9F\xBF\xEE\x80\x80"),
    BAD("NUL", "a\0b", "a" R "b"),
    BAD("NUL after 8", "12345678\0", "12345678" R),
    BAD("NUL after 16",
        "1234567890123456\0"
        "90123456",
        "1234567890123456" R "90123456"),
    BAD("overlong NUL", "\xC0\x80", R R),
    BAD("overlong slash", "\xE0\x80\xAF", R R R),
    BAD("overlong of four", "\xF0\x80\x80\x80", R R R R),
    BAD("CESU-8 pair", "\xED\xA0\xBD\xED\xB8\x80", R R R R R R),
    BAD("above U+10FFFF", "\xF4\x90\x80\x80", R R R R),
    BAD("F5", "\xF5\x80\x80\x80", R R R R),
    BAD("lone continuation",
        "a\x80"
        "b",
        "a" R "b"),
    BAD("cut of three", "\xE2\x82", R),
    BAD("cut of four", "x\xF0\x9F\x98", "x" R),
    BAD("cut by ascii",
        "\xF0\x9F\x98"
        "abc",
        R "abc"),
    BAD("FF FE", "\xFF\xFE", R R),
    BAD("latin-1", "caf\xE9 au lait, longer than eight", "caf" R " au lait, longer than eight"),
};

/* At every alignment and behind every length of ASCII, so that the fast path cannot hide a byte. */
static void validity_does_not_depend_on_position(void **state)
{
    (void)state;
    char room[200];
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++)
        for (size_t before = 0; before < 40; before++)
            for (size_t after = 0; after < 20; after++) {
                memset(room, 'x', sizeof room);
                memcpy(room + before, samples[i].bytes, samples[i].len);
                bool valid = utf8_valid(room, before + samples[i].len + after);
                if (valid != (samples[i].replaced == NULL))
                    fail_msg("%s after %zu before %zu", samples[i].what, before, after);
            }
}

static void replacement_is_valid_and_bounded(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        char *out = g_malloc(3 * samples[i].len + 1);
        size_t len = utf8_replace(samples[i].bytes, samples[i].len, out);
        assert_true(len <= 3 * samples[i].len);
        assert_true(utf8_valid(out, len));
        const char *expected = samples[i].replaced ? samples[i].replaced : samples[i].bytes;
        size_t expected_len = samples[i].replaced ? samples[i].replaced_len : samples[i].len;
        if (len != expected_len || memcmp(out, expected, len) != 0)
            fail_msg("%s", samples[i].what);
        g_free(out);
    }
}

static void length_counts_code_points(void **state)
{
    (void)state;
    assert_int_equal(utf8_length("", 0), 0);
    GString *text = g_string_new(NULL);
    for (size_t n = 1; n < 100; n++) {
        static const char *const signs[] = {"a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
        g_string_append(text, signs[n * 7 % 4]);
        assert_int_equal(utf8_length(text->str, text->len), n);
    }
    g_string_free(text, TRUE);
}

/* Every sequence of up to three bytes over the bytes where rules change, against GLib. */
static void agrees_with_another_validator(void **state)
{
    (void)state;
    static const unsigned char edges[] = {0x01, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
                                          0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    enum { N = G_N_ELEMENTS(edges) };
    for (int i = 0; i < N * N * N * N; i++) {
        char text[4] = {(char)edges[i % N], (char)edges[i / N % N], (char)edges[i / N / N % N], (char)edges[i / N / N / N]};
        for (size_t len = 1; len <= 4; len++)
            if (utf8_valid(text, len) != g_utf8_validate(text, (gssize)len, NULL))
                fail_msg("%02x %02x %02x %02x, %zu bytes", text[0] & 255, text[1] & 255, text[2] & 255, text[3] & 255, len);
    }
}

static void json_is(const char *bytes, size_t len, const char *expected)
{
    GString *out = g_string_new(NULL);
    json_string(out, bytes, len);
    assert_string_equal(out->str, expected);
    g_string_free(out, TRUE);
}

static void json_strings_are_escaped(void **state)
{
    (void)state;
    json_is("", 0, "\"\"");
    json_is("a\"b\\c/\n\r\t\b\f", 11, "\"a\\\"b\\\\c/\\n\\r\\t\\b\\f\"");
    json_is("\x01\x1F\x7F", 3, "\"\\u0001\\u001f\x7F\"");
    json_is("a\0b\0", 4, "\"a\\u0000b\\u0000\"");
    json_is("\xE2\x82\xAC", 3, "\"\xE2\x82\xAC\"");
    json_is("x\xFFy\0\xED\xA0\x80", 7, "\"x" R "y\\u0000" R R R "\"");
}

static void json_members_get_their_commas(void **state)
{
    (void)state;
    GString *out = g_string_new("{");
    json_member_text(out, "a\"", "t");
    json_member_text(out, "none", NULL);
    json_member_int(out, "i", INT64_MIN);
    json_member_bool(out, "b", true);
    json_member_raw(out, "r", "{\"x\":[1.10]}");
    g_string_append(out, ",\"o\":{");
    json_member_bool(out, "b", false);
    g_string_append(out, "}}");
    assert_string_equal(out->str, "{\"a\\\"\":\"t\",\"none\":null,\"i\":-9223372036854775808,\"b\":true,"
                                  "\"r\":{\"x\":[1.10]},\"o\":{\"b\":false}}");
    g_string_free(out, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(validity_does_not_depend_on_position),
        cmocka_unit_test(replacement_is_valid_and_bounded),
        cmocka_unit_test(length_counts_code_points),
        cmocka_unit_test(agrees_with_another_validator),
        cmocka_unit_test(json_strings_are_escaped),
        cmocka_unit_test(json_members_get_their_commas),
    };
    return cmocka_run_group_tests_name("utf8 and json", tests, NULL, NULL);
}
