/* SPDX-License-Identifier: Apache-2.0 */
/* What commands print with: safe text, tables, times, windows, balances, exit statuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/term_text.h"
#include "cli/exit_status.h"
#include "cli/grid.h"
#include "cli/json_list.h"
#include "cli/term_time.h"
#include "model/date_range.h"
#include "model/time.h"

static void assert_shown(const char *text, const char *expected)
{
    g_autofree char *shown = term_dup(text);
    assert_string_equal(shown, expected);
}

/* Promise 10. */
static void control_characters_are_shown_not_obeyed(void **data)
{
    (void)data;
    assert_shown("plain äöü 漢字", "plain äöü 漢字");
    assert_shown("\033]0;title\007", "\\x1b]0;title\\x07");
    assert_shown("a\r\nb\tc", "a\\r\\nb\\tc");
    assert_shown("\xc2\x9b"
                 "31m",
                 "\\x9b31m"); /* C1: CSI in one character */
    assert_shown("gpj.\xe2\x80\xaetxt", "gpj.\\u202etxt");
    assert_shown("broken \xff\xc3", "broken \\xff\\xc3");
    assert_shown("\x7f", "\\x7f");
    assert_shown(NULL, "");
}

static void widths_are_those_of_a_terminal(void **data)
{
    (void)data;
    assert_int_equal(term_width("abc"), 3);
    assert_int_equal(term_width("漢字"), 4);
    assert_int_equal(term_width("e\xcc\x81"), 1); /* a combining accent */
    const struct {
        const char *text;
        int width;
        const char *expected;
    } cuts[] = {{"abcdef", 6, "abcdef"}, {"abcdef", 5, "abcd…"}, {"漢字漢字", 5, "漢字…"}, {"漢字漢字", 4, "漢…"}, {"abc", 1, "…"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cuts); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        term_append_cut(out, cuts[i].text, cuts[i].width);
        assert_string_equal(out->str, cuts[i].expected);
    }
}

static void numbers_times_and_spans(void **data)
{
    (void)data;
    const struct {
        char *made;
        const char *expected;
    } cases[] = {
        {term_number(0), "0"},
        {term_number(999), "999"},
        {term_number(1204311), "1,204,311"},
        {term_number(-1000), "-1,000"},
        {term_number(INT64_MIN), "-9,223,372,036,854,775,808"},
        {term_span(-1), "-"},
        {term_span(340), "340 ms"},
        {term_span(4290), "4.2 s"},
        {term_span(59999), "59 s"},
        {term_span(187000), "3:07"},
        {term_span(7387000), "2:03:07"},
        {term_time(TIME_NONE), "-"},
        {term_time(INT64_C(1705312803999999)), "2024-01-15 10:00:03"},
        {term_time(-1), "1969-12-31 23:59:59"},
        {term_bytes(12), "12 B"},
        {term_bytes(42152755), "40.2 MiB"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_string_equal(cases[i].made, cases[i].expected);
        g_free(cases[i].made);
    }
}

static void tables_line_up_and_give_way(void **data)
{
    (void)data;
    static const GridColumn columns[] = {{"stream"}, {"rows", .right = true}, {"why", .gives = true}};
    g_autoptr(Grid) grid = grid_new(columns, G_N_ELEMENTS(columns));
    grid_text(grid, "app.users");
    grid_number(grid, 1204311);
    grid_text(grid, "the definition changed: columns");
    grid_text(grid, "app.漢字");
    grid_number(grid, -1);
    grid_text(grid, NULL);
    g_autoptr(GString) wide = g_string_new(NULL), narrow = g_string_new(NULL);
    grid_append(grid, 0, wide);
    assert_string_equal(wide->str, "stream          rows  why\n"
                                   "app.users  1,204,311  the definition changed: columns\n"
                                   "app.漢字           -\n");
    grid_append(grid, 36, narrow);
    assert_string_equal(narrow->str, "stream          rows  why\n"
                                     "app.users  1,204,311  the definitio…\n"
                                     "app.漢字           -\n");
}

static void assert_window(const char *from, const char *to, const char *date, const char *expected)
{
    DateRange range;
    Err err = {0};
    if (!date_range_parse(from, to, date, &range, &err))
        fail_msg("%s … %s: %s", from, to, err.message);
    g_autofree char *text = date_range_format(&range);
    assert_string_equal(text, expected);
}

static void a_bare_day_is_included_and_a_time_is_not(void **data)
{
    (void)data;
    assert_window("2024-01-01", "2024-01-31", NULL, "2024-01-01 … 2024-01-31 (31 days, UTC)");
    assert_window(NULL, NULL, "2024-02-29", "2024-02-29 (1 day, UTC)");
    assert_window("2024-01-15", "2024-01-15", NULL, "2024-01-15 (1 day, UTC)");
    assert_window("2024-01-01", NULL, NULL, "2024-01-01 … (no end, UTC)");
    assert_window("2024-01-15T10:00:00", "2024-01-15T12:30:00Z", NULL, "2024-01-15 10:00 … 2024-01-15 12:30 (UTC)");
    assert_window("2024-01-15T10:00:00+02:00", "2024-01-15", NULL, "2024-01-15 08:00 … 2024-01-16 00:00 (UTC)");
    DateRange range;
    Err err = {0};
    assert_true(date_range_parse("2024-01-01", "2024-01-02T00:00:00Z", NULL, &range, &err));
    assert_int_equal(range.to - range.from, US_PER_DAY);
}

static void an_empty_or_contradictory_window_is_a_mistake(void **data)
{
    (void)data;
    static const char *const cases[][3] = {
        {"2024-01-02", "2024-01-01", NULL}, {"2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z", NULL},
        {NULL, "2024-01-01", NULL},         {NULL, NULL, NULL},
        {"2024-01-01", NULL, "2024-01-01"}, {NULL, NULL, "2024-01-15T10:00:00"},
        {"2024-02-30", NULL, NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        DateRange range;
        Err err = {0};
        assert_false(date_range_parse(cases[i][0], cases[i][1], cases[i][2], &range, &err));
        assert_int_equal(err.code, ERR_USAGE);
        assert_true(err.message[0] != '\0');
    }
}

static void windows_of_streams_are_named(void **data)
{
    (void)data;
    const struct {
        Window window;
        const char *expected;
    } cases[] = {
        {{.kind = WINDOW_WHOLE, .low = TIME_NONE, .high = TIME_NONE}, "whole"},
        {{.kind = WINDOW_SINCE, .low = INT64_C(1705309200000000), .high = TIME_NONE}, "since 2024-01-15 09:00 (UTC)"},
        {{.kind = WINDOW_RANGE, .low = INT64_C(1704067200000000), .high = INT64_C(1706745600000000)},
         "2024-01-01 … 2024-01-31 (31 days, UTC)"},
        {{.kind = WINDOW_RANGE, .low = INT64_C(1704067200000000), .high = INT64_C(1706745600000000), .calendar = "the site's zone"},
         "2024-01-01 … 2024-01-31 (31 days, the site's zone)"},
        {{.kind = WINDOW_RANGE, .low = INT64_C(1705309200000000), .high = INT64_C(1706745600000000), .calendar = "the site's zone"},
         "2024-01-15 09:00 … 2024-02-01 00:00 (UTC)"},
        {{.kind = WINDOW_RANGE, .low = TIME_NONE, .high = INT64_C(1706745600000000)}, "the beginning … 2024-02-01 00:00 (UTC)"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = window_format(&cases[i].window);
        assert_string_equal(text, cases[i].expected);
    }
}

static void exit_statuses_are_the_documented_ones(void **data)
{
    (void)data;
    const struct {
        ErrCode code;
        int status;
    } errors[] = {
        {ERR_NONE, 0}, {ERR_USAGE, 2}, {ERR_CONFIG, 2}, {ERR_UNREACHABLE, 69}, {ERR_BUSY, 75},    {ERR_SOURCE, 3},
        {ERR_DEST, 3}, {ERR_STATE, 3}, {ERR_DATA, 3},   {ERR_CANCELLED, 130},  {ERR_INTERNAL, 3},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(errors); i++)
        assert_int_equal(exit_status_of(errors[i].code), errors[i].status);
    assert_int_equal(exit_status_of_run(130, 0), 130);  /* by `tidemark cancel` */
    assert_int_equal(exit_status_of_run(130, 2), 130);  /* SIGINT */
    assert_int_equal(exit_status_of_run(130, 15), 143); /* SIGTERM */
    assert_int_equal(exit_status_of_run(130, 1), 129);  /* SIGHUP */
    assert_int_equal(exit_status_of_run(0, 15), 0);     /* it had ended by itself */
    assert_int_equal(exit_status_of_run(3, 0), 3);
    int last = -1;
    for (const ExitMeaning *meaning = exit_meanings; meaning->meaning; meaning++) {
        assert_true(meaning->status > last);
        last = meaning->status;
    }
}

static void json_members_tell_unknown_from_zero(void **data)
{
    (void)data;
    g_autoptr(GString) json = g_string_new("{");
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    g_ptr_array_add(texts, "a\"b");
    g_ptr_array_add(texts, "c");
    Err none = {0}, some = {.code = ERR_DEST, .message = "it broke", .native = "23505"};
    json_member_known(json, "unknown", -1);
    json_member_known(json, "zero", 0);
    json_member_time(json, "never", TIME_NONE);
    json_member_time(json, "at", INT64_C(1705312803000000));
    json_member_list(json, "list", texts);
    json_member_list(json, "none", NULL);
    json_member_err(json, "good", &none);
    json_member_err(json, "bad", &some);
    g_string_append_c(json, '}');
    g_autofree char *expected = g_strdup_printf("{\"unknown\":null,\"zero\":0,\"never\":null,\"at\":\"2024-01-15T10:00:03Z\","
                                                "\"list\":[\"a\\\"b\",\"c\"],\"none\":[],\"good\":null,\"bad\":{\"code\":\"%s\","
                                                "\"native\":\"23505\",\"message\":\"it broke\",\"hint\":null}}",
                                                err_code_name(ERR_DEST));
    assert_string_equal(json->str, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_characters_are_shown_not_obeyed),
        cmocka_unit_test(widths_are_those_of_a_terminal),
        cmocka_unit_test(numbers_times_and_spans),
        cmocka_unit_test(tables_line_up_and_give_way),
        cmocka_unit_test(a_bare_day_is_included_and_a_time_is_not),
        cmocka_unit_test(an_empty_or_contradictory_window_is_a_mistake),
        cmocka_unit_test(windows_of_streams_are_named),
        cmocka_unit_test(exit_statuses_are_the_documented_ones),
        cmocka_unit_test(json_members_tell_unknown_from_zero),
    };
    return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
