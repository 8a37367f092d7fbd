/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include <limits.h>

#include "model/time.h"

static void days_agree_with_glib(void **state)
{
    (void)state;
    GDate date;
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, 1, G_DATE_JANUARY, 1);
    for (int64_t i = 0; i < 3652059; i += 7, g_date_add_days(&date, 7)) { /* 0001 … 9999 */
        int64_t days = (int64_t)g_date_get_julian(&date) - 719163;
        assert_int_equal(days_from_civil(g_date_get_year(&date), (unsigned)g_date_get_month(&date), g_date_get_day(&date)), days);
        int64_t year;
        unsigned month, day;
        civil_from_days(days, &year, &month, &day);
        assert_true(year == g_date_get_year(&date) && (int)month == (int)g_date_get_month(&date) && day == g_date_get_day(&date));
    }
}

static void days_read_back_over_the_whole_range(void **state)
{
    (void)state;
    int64_t previous = DAY_PG_MIN - 1;
    for (int64_t days = DAY_PG_MIN; days < DAY_PG_MAX - 1009; days += 1009) {
        int64_t year;
        unsigned month, day;
        civil_from_days(days, &year, &month, &day);
        assert_true(month >= 1 && month <= 12 && day >= 1 && day <= 31);
        assert_int_equal(days_from_civil(year, month, day), days);
        assert_true(days > previous);
        previous = days;
    }
}

static void the_range_of_postgres_is_exact(void **state)
{
    (void)state;
    assert_int_equal(days_from_civil(-4713, 11, 24), DAY_PG_MIN);
    assert_int_equal(days_from_civil(5874897, 12, 31), DAY_PG_MAX);
    assert_true(day_fits_postgres(DAY_PG_MIN) && day_fits_postgres(DAY_PG_MAX));
    assert_false(day_fits_postgres(DAY_PG_MIN - 1) || day_fits_postgres(DAY_PG_MAX + 1));
    assert_int_equal(DAY_PG_MIN * US_PER_DAY, TIME_PG_MIN);
    assert_int_equal(TIME_PG_MIN, INT64_C(-211813488000000000) + INT64_C(946684800000000));
    assert_true(time_fits_postgres(TIME_PG_MIN) && time_fits_postgres(INT64_MAX));
    assert_false(time_fits_postgres(TIME_PG_MIN - 1) || time_fits_postgres(TIME_NONE));
}

static const struct {
    const char *text;
    int64_t us;
    bool time, offset;
} readable[] = {
    {"1970-01-01", 0, false, false},
    {"2024-01-15", INT64_C(1705276800000000), false, false},
    {"  2024-01-15\n", INT64_C(1705276800000000), false, false},
    {"2024-01-15T10:00:00.123Z", INT64_C(1705312800123000), true, true},
    {"2024-01-15 10:00:00.123", INT64_C(1705312800123000), true, false},
    {"2024-01-15t10:00:00,5z", INT64_C(1705312800500000), true, true},
    {"2024-01-15T10:00", INT64_C(1705312800000000), true, false},
    {"2024-01-15T10:00:00+02:00", INT64_C(1705305600000000), true, true},
    {"2024-01-15T10:00:00+0200", INT64_C(1705305600000000), true, true},
    {"2024-01-15T10:00:00 +02", INT64_C(1705305600000000), true, true},
    {"2024-01-15T10:00:00-05:30", INT64_C(1705332600000000), true, true},
    {"2024-01-15T10:00:00.123456789Z", INT64_C(1705312800123456), true, true},
    {"1969-12-31T23:59:59.999999Z", -1, true, true},
    {"2024-02-29", INT64_C(1709164800000000), false, false},
    {"2000-02-29", INT64_C(951782400000000), false, false},
    {"0001-01-01T00:00:00Z", INT64_C(-62135596800000000), true, true},
    {"9999-12-31T23:59:59.999Z", INT64_C(253402300799999000), true, true},
    {"-004713-11-24T00:00:00Z", TIME_PG_MIN, true, true},
    {"4714-11-24 00:00:00 BC", TIME_PG_MIN, true, false},
    {"+294247-01-10T04:00:54.775807Z", INT64_MAX, true, true},
    {"294247-01-10 04:00:54.775807", INT64_MAX, true, false},
};

static void dates_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(readable); i++) {
        int64_t us;
        bool had_time, had_offset;
        if (!time_parse(readable[i].text, strlen(readable[i].text), &us, &had_time, &had_offset))
            fail_msg("%s refused", readable[i].text);
        if (us != readable[i].us || had_time != readable[i].time || had_offset != readable[i].offset)
            fail_msg("%s read as %" G_GINT64_FORMAT, readable[i].text, us);
    }
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "2024",
        "2024-01",
        "2024-1-15",
        "2024-13-01",
        "2024-00-10",
        "2024-01-32",
        "2024-01-00",
        "2023-02-29",
        "1900-02-29",
        "24-01-15",
        "2024-01-15T",
        "2024-01-15T10",
        "2024-01-15T24:00:00Z",
        "2024-01-15T23:59:60Z",
        "2024-01-15T10:60:00Z",
        "2024-01-15T10:00:00.",
        "2024-01-15T10:00:00.1234567890Z",
        "2024-01-15T10:00:00+",
        "2024-01-15T10:00:00+2",
        "2024-01-15T10:00:00+02:",
        "2024-01-15T10:00:00+02:60",
        "2024-01-15T10:00:00+16:00",
        "2024-01-15T10:00:00Zx",
        "2024-01-15X10:00:00",
        "2024/01/15",
        "yesterday",
        "now",
        "infinity",
        "0000-01-01 BC",
        "-0044-03-15 BC",
        "+294247-01-10T04:00:54.775808Z",
        "-290308-12-21T19:59:05.224191Z",
        "-290308-12-21T19:59:05.224192Z" /* TIME_NONE */,
        "99999999-01-01",
        "1705312800",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        int64_t us;
        if (time_parse(texts[i], strlen(texts[i]), &us, NULL, NULL))
            fail_msg("%s accepted as %" G_GINT64_FORMAT, texts[i], us);
    }
    int64_t us;
    assert_false(time_parse("2024-01-15\0", 11, &us, NULL, NULL));
}

static void text_too_far_for_an_instant_is_still_a_date(void **state)
{
    (void)state;
    TimeText text;
    assert_true(time_read("+5874897-12-31", 14, &text));
    assert_int_equal(text.days, DAY_PG_MAX);
}

static void written(int64_t us, const char *iso, const char *sql)
{
    char out[40];
    assert_int_equal(time_format_iso(us, out), strlen(iso));
    assert_string_equal(out, iso);
    assert_int_equal(time_format_sql(us, out), strlen(sql));
    assert_string_equal(out, sql);
}

static void instants_are_written(void **state)
{
    (void)state;
    written(0, "1970-01-01T00:00:00Z", "1970-01-01 00:00:00");
    written(-1, "1969-12-31T23:59:59.999999Z", "1969-12-31 23:59:59.999999");
    written(INT64_C(1705312800123000), "2024-01-15T10:00:00.123Z", "2024-01-15 10:00:00.123");
    written(INT64_C(1705312800000001), "2024-01-15T10:00:00.000001Z", "2024-01-15 10:00:00.000001");
    written(INT64_MAX, "+294247-01-10T04:00:54.775807Z", "294247-01-10 04:00:54.775807");
    written(INT64_MIN, "-290308-12-21T19:59:05.224192Z", "290309-12-21 19:59:05.224192 BC");
    written(TIME_PG_MIN, "-004713-11-24T00:00:00Z", "4714-11-24 00:00:00 BC");
    written(days_from_civil(0, 1, 1) * US_PER_DAY, "0000-01-01T00:00:00Z", "0001-01-01 00:00:00 BC");
    written(days_from_civil(10000, 1, 1) * US_PER_DAY, "+010000-01-01T00:00:00Z", "10000-01-01 00:00:00");
    char out[40];
    time_format_iso_ms(INT64_MAX, out);
    assert_string_equal(out, "+292278994-08-17T07:12:55.807Z");
    time_format_iso_ms(INT64_MIN, out);
    assert_string_equal(out, "-292275055-05-16T16:47:04.192Z");
    day_format(DAY_PG_MAX, out);
    assert_string_equal(out, "5874897-12-31");
    day_format(DAY_PG_MIN, out);
    assert_string_equal(out, "4714-11-24 BC");
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252U;
    static const int64_t edges[] = {
        INT64_MIN + 1, INT64_MIN + US_PER_DAY, TIME_PG_MIN - 1, TIME_PG_MIN, -1, 0, INT64_MAX - US_PER_DAY, INT64_MAX};
    for (size_t i = 0; i < G_N_ELEMENTS(edges); i++) {
        int64_t back;
        char out[40];
        assert_true(time_parse(out, time_format_iso(edges[i], out), &back, NULL, NULL));
        assert_int_equal(back, edges[i]);
    }
    for (int i = 0; i < 200000; i++) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        int64_t us = (int64_t)seed >> (i % 40), back;
        char out[40];
        if (us == TIME_NONE)
            continue;
        assert_true(time_parse(out, time_format_iso(us, out), &back, NULL, NULL) && back == us);
        assert_true(time_parse(out, time_format_sql(us, out), &back, NULL, NULL) && back == us);
    }
}

static void times_of_day(void **state)
{
    (void)state;
    int64_t us;
    char out[40];
    assert_true(time_of_day_parse("10:00", 5, &us) && us == INT64_C(36000000000));
    assert_true(time_of_day_parse(" 23:59:59.999999 ", 17, &us) && us == US_PER_DAY - 1);
    assert_true(time_of_day_parse("24:00:00", 8, &us) && us == US_PER_DAY);
    assert_false(time_of_day_parse("24:00:01", 8, &us) || time_of_day_parse("25:00", 5, &us) || time_of_day_parse("10", 2, &us));
    time_of_day_format(US_PER_DAY, out);
    assert_string_equal(out, "24:00:00");
    time_of_day_format(INT64_C(36000123000), out);
    assert_string_equal(out, "10:00:00.123");
}

static void durations(void **state)
{
    (void)state;
    int64_t us;
    char out[40];
    static const struct {
        const char *text, *printed;
        int64_t us;
    } good[] = {
        {"90s", "90 s", 90 * US_PER_SECOND},  {"10m", "10 m", 600 * US_PER_SECOND}, {"1h", "1 h", 3600 * US_PER_SECOND},
        {"2d", "2 d", 2 * US_PER_DAY},        {"1w", "1 w", 7 * US_PER_DAY},        {"0s", "0 s", 0},
        {"60m", "1 h", 3600 * US_PER_SECOND},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        assert_true(duration_parse(good[i].text, &us));
        assert_int_equal(us, good[i].us);
        duration_format(us, out, sizeof out);
        assert_string_equal(out, good[i].printed);
        assert_true(duration_parse(out, &us) && us == good[i].us);
    }
    static const char *const bad[] = {"", "10", "h", "1y", "-1h", "1.5h", "1hh", "999999999999w", "1h 2m"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        if (duration_parse(bad[i], &us))
            fail_msg("%s accepted", bad[i]);
    duration_format(1500000, out, sizeof out);
    assert_string_equal(out, "1500 ms");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_agree_with_glib),
        cmocka_unit_test(days_read_back_over_the_whole_range),
        cmocka_unit_test(the_range_of_postgres_is_exact),
        cmocka_unit_test(dates_are_read),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(text_too_far_for_an_instant_is_still_a_date),
        cmocka_unit_test(instants_are_written),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(times_of_day),
        cmocka_unit_test(durations),
    };
    return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
