/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of a day: what is asked next, what was met before, when the day is at its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sources/matomo_day.h"
#include "sources/matomo_plan.h"

static MatomoSettings settings = {.base = (char *)"http://localhost/index.php", .token = (char *)"token99"};

typedef struct Scene {
    Zone *zone;
    MatomoPaging paging;
    MatomoDay *day;
} Scene;

static void open_scene(Scene *s, int limit)
{
    Err err = {0};
    *s = (Scene){.zone = zone_new("UTC", &err), .paging = {.limit = limit}};
    s->day = matomo_day_new(s->zone, 10, INT64_MIN, &s->paging);
}

static void close_scene(Scene *s)
{
    matomo_day_free(s->day);
    zone_free(s->zone);
}

/* The value of a parameter of the call; the caller frees it. */
static char *parameter(const MatomoCall *call, const char *name)
{
    g_auto(GStrv) parts = g_strsplit(call->form->str, "&", 0);
    g_autofree char *prefix = g_strconcat(name, "=", NULL);
    for (int i = 0; parts[i]; i++)
        if (g_str_has_prefix(parts[i], prefix))
            return g_strdup(parts[i] + strlen(prefix));
    return NULL;
}

/* The server answers the day's next question with visits "ID@LAST ID@LAST …". Returns what was asked as "FROM/LIMIT". */
static char *answer(Scene *s, const char *visits)
{
    Err err = {0};
    MatomoCall *call = matomo_day_ask(s->day, &settings, 1);
    g_autofree char *from = parameter(call, "minTimestamp"), *limit = parameter(call, "filter_limit");
    GString *body = g_string_new("[");
    g_auto(GStrv) words = g_strsplit(visits, " ", 0);
    for (int i = 0; words[i] && *words[i]; i++) {
        g_auto(GStrv) pair = g_strsplit(words[i], "@", 2);
        g_string_append_printf(body, "%s{\"idVisit\":%s,\"lastActionTimestamp\":%s}", i ? "," : "", pair[0], pair[1]);
    }
    g_string_append_c(body, ']');
    call->body = g_string_free(body, FALSE);
    assert_true(json_scan(&call->scan, call->body, strlen(call->body), &err));
    call->answer = json_root(&call->scan);
    call->bytes = 100;
    call->outcome = HTTP_DONE;
    matomo_day_take(s->day, &s->paging);
    return g_strdup_printf("%s/%s", from, limit);
}

static void asks(Scene *s, const char *wanted, const char *visits)
{
    g_autofree char *asked = answer(s, visits);
    assert_string_equal(asked, wanted);
}

/* The visits that are delivered now: "ID ID …". */
static void delivers(Scene *s, const char *wanted)
{
    g_autoptr(GString) ids = g_string_new(NULL);
    const JsonValue *visit;
    int64_t last, id;
    while ((visit = matomo_day_next(s->day, &last))) {
        assert_true(json_int64(json_get(visit, "idVisit"), &id));
        g_string_append_printf(ids, "%s%d", ids->len ? " " : "", (int)id);
    }
    assert_string_equal(ids->str, wanted);
    assert_int_equal(s->day->bytes, 0);
}

static void pages_go_on_from_the_last_second(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, 3);
    asks(&s, "856800/3", "1@864100 2@864200 3@864300");
    delivers(&s, "1 2 3");
    asks(&s, "864299/3", "3@864300 4@864300 5@864400");
    delivers(&s, "4 5");
    asks(&s, "864399/3", "5@864400 6@864401");
    assert_false(s.day->done);
    asks(&s, "864400/3", "6@864401");
    assert_true(s.day->done);
    delivers(&s, "6");
    assert_int_equal(s.paging.proven, 2);
    close_scene(&s);
}

/* Once a short page was proved to be the last, shorter ones are believed. */
static void short_pages_are_proved_once(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, 100);
    asks(&s, "856800/100", "1@864100 2@864200");
    asks(&s, "864199/100", "2@864200");
    assert_true(s.day->done);
    matomo_day_free(s.day);
    s.day = matomo_day_new(s.zone, 11, INT64_MIN, &s.paging);
    asks(&s, "943200/100", "3@950500");
    assert_true(s.day->done);
    delivers(&s, "3");
    close_scene(&s);
}

static void a_server_that_caps_its_pages_loses_nothing(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, 100);
    asks(&s, "856800/100", "1@864100 2@864200");
    asks(&s, "864199/100", "2@864200 3@864300");
    asks(&s, "864299/2", "3@864300 4@864400");
    asks(&s, "864399/2", "4@864400");
    delivers(&s, "1 2 3 4");
    assert_false(s.day->failed);
    close_scene(&s);
}

/* Hazard B6: a visit that goes on moves behind newer ones, and is met again there. */
static void a_visit_that_goes_on_is_met_again(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, 2);
    asks(&s, "856800/2", "1@864100 2@864200");
    asks(&s, "864199/2", "3@864300 2@864400");
    asks(&s, "864399/2", "2@864400 1@864500");
    asks(&s, "864499/2", "1@864500");
    delivers(&s, "1 2 3 2 1");
    close_scene(&s);
}

static void more_visits_in_a_second_than_a_page_holds(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, 2);
    asks(&s, "856800/2", "1@864100 2@864100");
    asks(&s, "864099/2", "1@864100 2@864100");
    asks(&s, "864099/4", "1@864100 2@864100 3@864100");
    asks(&s, "864099/4", "1@864100 2@864100 3@864100");
    assert_true(s.day->done);
    delivers(&s, "1 2 3");
    close_scene(&s);
}

static void servers_that_include_the_bound(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, 3);
    asks(&s, "856800/3", "1@864199 2@864200 3@864200");
    asks(&s, "864199/3", "1@864199 2@864200 3@864200");
    asks(&s, "864199/6", "1@864199 2@864200 3@864200 4@864201");
    asks(&s, "864200/6", "2@864200 3@864200 4@864201");
    assert_true(s.day->done);
    delivers(&s, "1 2 3 4");
    close_scene(&s);
}

static void an_overtaxed_server_is_asked_for_less(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, 50);
    for (int limit = 50; limit > 10; limit = limit / 2 > 10 ? limit / 2 : 10) {
        MatomoCall *call = matomo_day_ask(s.day, &settings, 1);
        g_autofree char *asked = parameter(call, "filter_limit");
        assert_int_equal(g_ascii_strtoll(asked, NULL, 10), limit);
        call->outcome = HTTP_SMALLER;
        matomo_day_take(s.day, &s.paging);
        assert_false(s.day->failed);
    }
    assert_int_equal(s.paging.limit, 10);
    MatomoCall *call = matomo_day_ask(s.day, &settings, 1);
    call->outcome = HTTP_SMALLER;
    err_set(&call->err, ERR_SOURCE, "memory");
    matomo_day_take(s.day, &s.paging);
    assert_true(s.day->failed && s.day->day_alone);
    assert_string_equal(s.day->err.message, "memory");
    close_scene(&s);
}

static void a_page_out_of_order_is_not_built_on(void **state)
{
    (void)state;
    Scene s;
    open_scene(&s, 2);
    asks(&s, "856800/2", "2@864200 1@864100");
    assert_true(s.day->failed);
    delivers(&s, "2 1");
    close_scene(&s);
}

static void checkpoints_are_read_back(void **state)
{
    (void)state;
    MatomoDays days = {.spans = g_array_new(FALSE, FALSE, sizeof(MatomoSpan)), .from = 864100, .truncated = 3}, back = {0};
    MatomoSpan spans[] = {{10, 12}, {20, 20}};
    g_array_append_vals(days.spans, spans, 2);
    g_autofree char *text = matomo_days_text(&days);
    assert_string_equal(text, "matomo1 864100 3 10-12,20-20");
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    assert_true(matomo_days_parse(bytes, &back));
    assert_int_equal(matomo_days_count(&back), 4);
    assert_int_equal(back.from, 864100);
    assert_int_equal(back.truncated, 3);
    matomo_days_clear(&back);
    matomo_days_clear(&days);
    static const char *const wrong[] = {"", "dump1 a b c", "matomo1 1 2", "matomo1 1 2 9", "matomo1 1 2 9-8", "matomo1 1 2 9-10,x"};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GBytes) bad = g_bytes_new(wrong[i], strlen(wrong[i]));
        assert_false(matomo_days_parse(bad, &back));
        matomo_days_clear(&back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_go_on_from_the_last_second),
        cmocka_unit_test(short_pages_are_proved_once),
        cmocka_unit_test(a_server_that_caps_its_pages_loses_nothing),
        cmocka_unit_test(a_visit_that_goes_on_is_met_again),
        cmocka_unit_test(more_visits_in_a_second_than_a_page_holds),
        cmocka_unit_test(servers_that_include_the_bound),
        cmocka_unit_test(an_overtaxed_server_is_asked_for_less),
        cmocka_unit_test(a_page_out_of_order_is_not_built_on),
        cmocka_unit_test(checkpoints_are_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
