/* SPDX-License-Identifier: Apache-2.0 */
/* Stretches of days without visits: what is asked about, and that no day with a visit is ever taken for an empty one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/time.h"
#include "sources/matomo_gap.h"

enum { SETTLED = 20000 };

static MatomoSettings settings = {.base = (char *)"http://localhost/index.php", .token = (char *)"token99"};

/* A server with visits at some seconds. */
typedef struct Scene {
    Zone *zone;
    const int64_t *visits;
    size_t count;
    bool newest_first;
    MatomoGap gap;
    int asked;
} Scene;

static void open_scene(Scene *s, const char *zone, const int64_t *visits, size_t count)
{
    Err err = {0};
    *s = (Scene){.zone = zone_new(zone, &err), .visits = visits, .count = count};
    assert_non_null(s->zone);
    matomo_gap_init(&s->gap, SETTLED);
}

static void close_scene(Scene *s)
{
    zone_free(s->zone);
}

static void empty_days(Scene *s, int64_t first, int count)
{
    for (int i = 0; i < count; i++)
        matomo_gap_met(&s->gap, first + i, true);
}

/* "date=2024-01-01%2C2024-02-01" of the form, as days. */
static void asked_days(const MatomoCall *call, int64_t *first, int64_t *last)
{
    const char *text = strstr(call->form->str, "&date=") + strlen("&date=");
    int64_t from, to;
    assert_true(time_parse(text, 10, &from, NULL, NULL));
    assert_true(time_parse(text + 10 + strlen("%2C"), 10, &to, NULL, NULL));
    *first = from / US_PER_DAY;
    *last = to / US_PER_DAY;
}

/* A day ends with the first second of the next one. */
static int64_t found(const Scene *s, int64_t first, int64_t last)
{
    int64_t low = zone_day_start(s->zone, first), high = zone_day_start(s->zone, last + 1), best = INT64_MIN;
    for (size_t i = 0; i < s->count; i++) {
        int64_t at = s->visits[i];
        if (at >= low && at <= high && (best == INT64_MIN || (s->newest_first ? at > best : at < best)))
            best = at;
    }
    return best;
}

static void answer(Scene *s, MatomoCall *call, HttpOutcome outcome, const char *body)
{
    Err err = {0};
    call->body = g_strdup(body);
    assert_true(json_scan(&call->scan, call->body, strlen(call->body), &err));
    call->answer = json_root(&call->scan);
    call->outcome = outcome;
    matomo_gap_take(&s->gap, s->zone);
    assert_null(s->gap.pending);
    s->asked++;
}

/* Asks and is answered until nothing is in doubt. */
static void find(Scene *s, int64_t first, int64_t last)
{
    MatomoCall *call;
    s->asked = 0;
    while ((call = matomo_gap_ask(&s->gap, &settings, 1, first, last))) {
        int64_t from, to;
        asked_days(call, &from, &to);
        assert_int_equal(from, first);
        assert_true(to <= last && to <= SETTLED);
        int64_t visit = found(s, from, to);
        g_autofree char *body = visit == INT64_MIN
                                    ? g_strdup("[]")
                                    : g_strdup_printf("[{\"idVisit\":1,\"lastActionTimestamp\":%" G_GINT64_FORMAT "}]", visit);
        answer(s, call, HTTP_DONE, body);
    }
    assert_false(matomo_gap_open(&s->gap));
}

static int64_t empty_until(const Scene *s, int64_t first)
{
    while (matomo_gap_has(&s->gap, first))
        first++;
    return first;
}

static void an_empty_stretch_takes_one_question(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, "UTC", NULL, 0);
    empty_days(&s, 10000, 3);
    find(&s, 10003, 10400);
    assert_int_equal(s.asked, 1);
    assert_int_equal(empty_until(&s, 10003), 10401);
    assert_false(matomo_gap_has(&s.gap, 10002));
    close_scene(&s);
}

static void days_in_a_row_are_the_reason_to_ask(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, "UTC", NULL, 0);
    empty_days(&s, 10000, 2);
    matomo_gap_met(&s.gap, 10002, false);
    empty_days(&s, 10003, 2);
    find(&s, 10005, 10400);
    assert_int_equal(s.asked, 0);
    empty_days(&s, 10005, 1);
    find(&s, 10006, 10009);
    assert_int_equal(s.asked, 1);
    empty_days(&s, 10003, 3); /* in flight when it was asked */
    find(&s, 10010, 10400);
    assert_int_equal(s.asked, 0);
    close_scene(&s);
}

static void few_days_are_not_worth_it(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, "UTC", NULL, 0);
    empty_days(&s, 10000, 3);
    find(&s, 10003, 10005);
    assert_int_equal(s.asked, 0);
    close_scene(&s);
}

static void days_that_may_change_are_left_out(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, "UTC", NULL, 0);
    empty_days(&s, 19000, 3);
    find(&s, 19003, SETTLED + 5);
    assert_int_equal(empty_until(&s, 19003), SETTLED + 1);
    empty_days(&s, SETTLED + 1, 3);
    find(&s, SETTLED + 4, SETTLED + 400);
    assert_int_equal(s.asked, 0);
    close_scene(&s);
}

/* 86400 × 10100 is the first second of day 10100, with which day 10099 ends. */
static void a_visit_cuts_the_stretch(void **state)
{
    (void)state;
    static const int64_t inside[] = {86400LL * 10100 + 5, 86400LL * 10300}, edge[] = {86400LL * 10100},
                         behind[] = {86400LL * 10401};
    Scene s;
    open_scene(&s, "UTC", inside, 2);
    empty_days(&s, 10000, 3);
    find(&s, 10003, 10400);
    assert_int_equal(s.asked, 2);
    assert_int_equal(empty_until(&s, 10003), 10100);
    close_scene(&s);
    open_scene(&s, "UTC", edge, 1);
    empty_days(&s, 10000, 3);
    find(&s, 10003, 10400);
    assert_int_equal(empty_until(&s, 10003), 10099);
    close_scene(&s);
    open_scene(&s, "UTC", behind, 1);
    empty_days(&s, 10000, 3);
    find(&s, 10003, 10400);
    assert_int_equal(empty_until(&s, 10003), 10400);
    close_scene(&s);
}

static void a_failure_ends_it(void **state)
{
    (void)state;
    static const HttpOutcome failures[] = {HTTP_SMALLER, HTTP_FAILED};
    for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
        Scene s;
        open_scene(&s, "UTC", NULL, 0);
        empty_days(&s, 10000, 3);
        answer(&s, matomo_gap_ask(&s.gap, &settings, 1, 10003, 10400), failures[i], "[]");
        assert_false(matomo_gap_open(&s.gap));
        assert_int_equal(empty_until(&s, 10003), 10003);
        empty_days(&s, 10003, 9);
        find(&s, 10012, 10400);
        assert_int_equal(s.asked, 0);
        close_scene(&s);
    }
}

static void a_visit_without_its_time_ends_it(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, "UTC", NULL, 0);
    empty_days(&s, 10000, 3);
    answer(&s, matomo_gap_ask(&s.gap, &settings, 1, 10003, 10400), HTTP_DONE, "[{\"idVisit\":1}]");
    assert_false(matomo_gap_open(&s.gap));
    assert_int_equal(empty_until(&s, 10003), 10003);
    close_scene(&s);
}

/* Many sites: whichever way the server sorts, a day that is taken for an empty one has no visit. */
static void no_day_with_a_visit_is_empty(void **state)
{
    (void)state;
    static const char *const zones[] = {"UTC", "America/New_York", "Pacific/Auckland", "UTC+5.5"};
    g_autoptr(GRand) dice = g_rand_new_with_seed(5);
    for (int round = 0; round < 400; round++) {
        int64_t visits[6];
        size_t count = (size_t)g_rand_int_range(dice, 0, 7);
        Scene s;
        open_scene(&s, zones[round % 4], visits, count);
        for (size_t i = 0; i < count; i++)
            visits[i] =
                zone_day_start(s.zone, g_rand_int_range(dice, 19803, 20002)) + (i % 2 ? g_rand_int_range(dice, 0, 82800) : 0);
        s.newest_first = round % 3 == 0;
        empty_days(&s, 19800, 3);
        find(&s, 19803, 20010);
        assert_true(s.asked <= 4);
        for (int64_t day = 19803; matomo_gap_has(&s.gap, day); day++)
            assert_true(found(&s, day, day) == INT64_MIN);
        close_scene(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_stretch_takes_one_question),
        cmocka_unit_test(days_in_a_row_are_the_reason_to_ask),
        cmocka_unit_test(few_days_are_not_worth_it),
        cmocka_unit_test(days_that_may_change_are_left_out),
        cmocka_unit_test(a_visit_cuts_the_stretch),
        cmocka_unit_test(a_failure_ends_it),
        cmocka_unit_test(a_visit_without_its_time_ends_it),
        cmocka_unit_test(no_day_with_a_visit_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
