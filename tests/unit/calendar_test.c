/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "jobs/board.h"
#include "model/time.h"
#include "ui/calendar.h"

static Calendar at(int year, unsigned month, unsigned day)
{
    return (Calendar){.cursor = days_from_civil(year, month, day), .first = CALENDAR_NONE, .last = CALENDAR_NONE};
}

static void expect_day(int64_t day, const char *text)
{
    char shown[40];
    day_format(day, shown);
    assert_string_equal(shown, text);
}

static void months_keep_the_day(void **state)
{
    (void)state;
    static const struct {
        int year;
        unsigned month, day;
        int months;
        const char *text;
    } cases[] = {
        {2024, 1, 31, 1, "2024-02-29"},  {2023, 1, 31, 1, "2023-02-28"},  {2024, 3, 31, -1, "2024-02-29"},
        {2024, 12, 15, 1, "2025-01-15"}, {2024, 1, 15, -1, "2023-12-15"}, {2024, 5, 31, 12, "2025-05-31"},
        {1970, 1, 1, -1, "1969-12-01"},  {1969, 3, 31, -1, "1969-02-28"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Calendar calendar = at(cases[i].year, cases[i].month, cases[i].day);
        calendar_move_months(&calendar, cases[i].months);
        expect_day(calendar.cursor, cases[i].text);
    }
}

static void moves_stay_within_the_calendar(void **state)
{
    (void)state;
    Calendar calendar = at(9999, 12, 31);
    calendar_move(&calendar, 1);
    expect_day(calendar.cursor, "9999-12-31");
    calendar_move_months(&calendar, 1);
    expect_day(calendar.cursor, "9999-12-31");
    calendar = at(1, 1, 1);
    calendar_move(&calendar, -7);
    expect_day(calendar.cursor, "0001-01-01");
}

static void weeks_begin_on_monday(void **state)
{
    (void)state;
    static const struct {
        int year;
        unsigned month;
        const char *first, *last;
    } cases[] = {
        {2024, 1, "2024-01-01", "2024-02-04"},  /* begins on a Monday */
        {2024, 9, "2024-08-26", "2024-10-06"},  /* six weeks: begins on a Sunday */
        {2021, 2, "2021-02-01", "2021-02-28"},  /* four weeks exactly */
        {1969, 12, "1969-12-01", "1970-01-04"}, /* before the epoch */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Calendar calendar = at(cases[i].year, cases[i].month, 15);
        int64_t first, last;
        calendar_shown(&calendar, &first, &last);
        expect_day(first, cases[i].first);
        expect_day(last, cases[i].last);
    }
    g_autofree char *day = calendar_day_text(days_from_civil(2024, 1, 15));
    assert_string_equal(day, "Monday 2024-01-15");
    g_autofree char *before = calendar_day_text(days_from_civil(1969, 12, 28));
    assert_string_equal(before, "Sunday 1969-12-28");
}

static void two_picks_make_a_range(void **state)
{
    (void)state;
    Calendar calendar = at(2024, 1, 15);
    calendar_pick(&calendar);
    expect_day(calendar.first, "2024-01-15");
    expect_day(calendar.last, "2024-01-15");
    calendar_move(&calendar, -5);
    calendar_pick(&calendar);
    expect_day(calendar.first, "2024-01-10");
    expect_day(calendar.last, "2024-01-15");
    calendar_move(&calendar, 20);
    calendar_pick(&calendar); /* begins anew */
    expect_day(calendar.first, "2024-01-30");
    expect_day(calendar.last, "2024-01-30");
}

static void counts_in_four_characters(void **state)
{
    (void)state;
    static const struct {
        int64_t rows;
        const char *text;
    } cases[] = {
        {0, "0"},          {9999, "9999"},    {10000, "10k"},       {999999, "999k"},     {1000000, "1.0M"},
        {9999999, "9.9M"}, {10000000, "10M"}, {1250000000, "1.2G"}, {G_MAXINT64, "9.2E"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char text[8];
        calendar_count_text(cases[i].rows, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void drawn_in_any_room(void **state)
{
    (void)state;
    Calendar calendar = at(2024, 1, 15);
    g_autoptr(GArray) days = g_array_new(FALSE, FALSE, sizeof(BoardDay));
    g_array_append_val(days, ((BoardDay){.day = calendar.cursor, .rows = 12345}));
    for (int width = 0; width < 90; width++)
        for (int height = 0; height < 12; height++) {
            Canvas *canvas = canvas_new(MAX(width, 1), MAX(height, 1), width % 2);
            calendar_draw(&calendar, canvas, (Rect){0, 0, width, height}, height % 2 ? days : NULL, calendar.cursor);
            g_autofree char *text = canvas_dump(canvas, false);
            if (width >= 70 && height >= 7 && height % 2)
                assert_non_null(strstr(text, "15  12k"));
            if (width >= 28 && height == 3) /* one week: the cursor's */
                assert_non_null(strstr(text, "15"));
            canvas_free(canvas);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(months_keep_the_day),       cmocka_unit_test(moves_stay_within_the_calendar),
        cmocka_unit_test(weeks_begin_on_monday),     cmocka_unit_test(two_picks_make_a_range),
        cmocka_unit_test(counts_in_four_characters), cmocka_unit_test(drawn_in_any_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
