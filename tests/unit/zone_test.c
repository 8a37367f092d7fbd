/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/time.h"
#include "model/zone.h"

enum { HOUR = 3600, DAY = 86400 };

static int64_t at(const char *text)
{
    int64_t us;
    assert_true(time_parse(text, strlen(text), &us, NULL, NULL));
    return us / US_PER_SECOND;
}

static int64_t day(const char *text)
{
    return at(text) / DAY;
}

static Zone *zone(const char *name)
{
    Err err = {0};
    Zone *made = zone_new(name, &err);
    if (!made)
        fail_msg("%s", err.message);
    return made;
}

static void days_follow_each_other_without_a_gap(void **state)
{
    (void)state;
    static const char *const names[] = {"UTC",
                                        "Pacific/Auckland",
                                        "America/New_York",
                                        "Asia/Kathmandu",
                                        "Pacific/Chatham",
                                        "America/Sao_Paulo",
                                        "Pacific/Kiritimati",
                                        "UTC+5.5",
                                        "UTC-3"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(Zone) z = zone(names[i]);
        for (int64_t d = day("2015-01-01"); d < day("2026-01-01"); d++) {
            int64_t start = zone_day_start(z, d), end = zone_day_start(z, d + 1);
            assert_in_range(end - start, 22 * HOUR, 26 * HOUR);
            assert_int_equal(zone_day(z, start), d);
            assert_int_equal(zone_day(z, start - 1), d - 1);
            assert_int_equal(zone_day(z, end - 1), d);
        }
    }
}

static void auckland_changes_its_clocks(void **state)
{
    (void)state;
    g_autoptr(Zone) z = zone("Pacific/Auckland");
    assert_int_equal(zone_day_start(z, day("2024-04-07")), at("2024-04-06T11:00:00Z"));
    assert_int_equal(zone_day_start(z, day("2024-04-08")), at("2024-04-07T12:00:00Z")); /* 25 hours */
    assert_int_equal(zone_day_start(z, day("2024-09-29")), at("2024-09-28T12:00:00Z"));
    assert_int_equal(zone_day_start(z, day("2024-09-30")), at("2024-09-29T11:00:00Z")); /* 23 hours */
    assert_int_equal(zone_day(z, at("2024-06-01T12:00:00Z")), day("2024-06-02"));
}

static void new_york_changes_its_clocks(void **state)
{
    (void)state;
    g_autoptr(Zone) z = zone("America/New_York");
    assert_int_equal(zone_day_start(z, day("2024-03-10")), at("2024-03-10T05:00:00Z"));
    assert_int_equal(zone_day_start(z, day("2024-03-11")), at("2024-03-11T04:00:00Z"));
    assert_int_equal(zone_day_start(z, day("2024-11-03")), at("2024-11-03T04:00:00Z"));
    assert_int_equal(zone_day_start(z, day("2024-11-04")), at("2024-11-04T05:00:00Z"));
    assert_int_equal(zone_offset(z, at("2024-07-01T00:00:00Z")), -4 * HOUR);
}

static void a_midnight_that_does_not_exist_is_what_follows_it(void **state)
{
    (void)state;
    g_autoptr(Zone) z = zone("America/Sao_Paulo");
    assert_int_equal(zone_day_start(z, day("2018-11-04")), at("2018-11-04T03:00:00Z")); /* 01:00 there */
    assert_int_equal(zone_day_start(z, day("2018-02-18")), at("2018-02-18T03:00:00Z")); /* the clocks went back from midnight */
}

static void wall_clocks_are_read(void **state)
{
    (void)state;
    g_autoptr(Zone) z = zone("America/New_York");
    assert_int_equal(zone_from_wall(z, at("2025-06-18T00:00:00Z"), INT64_MIN), at("2025-06-18T04:00:00Z"));
    /* 01:30 is passed twice */
    assert_int_equal(zone_from_wall(z, at("2024-11-03T01:30:00Z"), INT64_MIN), at("2024-11-03T05:30:00Z"));
    assert_int_equal(zone_from_wall(z, at("2024-11-03T01:30:00Z"), at("2024-11-03T05:45:00Z")), at("2024-11-03T06:30:00Z"));
    /* 02:30 is never shown */
    assert_int_equal(zone_from_wall(z, at("2024-03-10T02:30:00Z"), INT64_MIN), at("2024-03-10T07:30:00Z"));
    for (int64_t t = at("2024-01-01"); t < at("2025-01-01"); t += 900)
        assert_int_equal(zone_from_wall(z, t + zone_offset(z, t), t), t);
}

static void pseudo_zones_are_east_positive(void **state)
{
    (void)state;
    g_autoptr(Zone) east = zone("UTC+5.5"), west = zone("UTC-3"), plain = zone("UTC");
    assert_int_equal(zone_offset(east, 0), 5 * HOUR + HOUR / 2);
    assert_int_equal(zone_offset(west, 0), -3 * HOUR);
    assert_int_equal(zone_offset(plain, 0), 0);
    assert_string_equal(zone_name(east), "UTC+5.5");
}

static void an_unknown_zone_gets_a_sentence(void **state)
{
    (void)state;
    static const char *const names[] = {"Mars/Olympus", "UTC+99", "UTC+5.5x", "UTC5", "../etc/passwd"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        Err err = {0};
        if (zone_new(names[i], &err))
            fail_msg("%s is taken for a zone", names[i]);
        assert_int_equal(err.code, ERR_SOURCE);
        assert_non_null(strstr(err.message, "is not known on this machine"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_follow_each_other_without_a_gap),
        cmocka_unit_test(auckland_changes_its_clocks),
        cmocka_unit_test(new_york_changes_its_clocks),
        cmocka_unit_test(a_midnight_that_does_not_exist_is_what_follows_it),
        cmocka_unit_test(wall_clocks_are_read),
        cmocka_unit_test(pseudo_zones_are_east_positive),
        cmocka_unit_test(an_unknown_zone_gets_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
