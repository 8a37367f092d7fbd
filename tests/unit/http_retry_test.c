/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/clock.h"
#include "tests/support/http_scene.h"

/* ---- what may pass ---- */

static void what_may_pass_is_tried_again(void **data)
{
    static const char *const passing[] = {"/status/429", "/status/500", "/status/502", "/status/503", "/status/504", "/status/524"};
    HttpScene *scene = *data;
    for (size_t i = 0; i < G_N_ELEMENTS(passing); i++) {
        HttpReply *reply = scene_fetch(scene, passing[i]);
        assert_int_equal(reply->tries, 2);
        expect_done(reply, "good");
    }
    assert_int_equal(http_stats(scene->client).tries, 2 * G_N_ELEMENTS(passing));
    assert_int_equal(http_stats(scene->client).retries, G_N_ELEMENTS(passing));
    assert_true(g_str_has_prefix(scene->retries->str, "retry 1 in 1 s: 429 from 127.0.0.1:"));
    assert_non_null(strstr(scene->retries->str, "/status/503 answers HTTP 503\n"));
    HttpReply *reply = scene_fetch(scene, "/cut");
    assert_int_equal(reply->tries, 3);
    expect_done(reply, "/cut");
    reply = scene_fetch(scene, "/gone");
    assert_in_range(reply->tries, 2, 3); /* libcurl itself repeats a request that found its connection closed */
    expect_done(reply, "/gone");
}

static void what_stays_is_not(void **data)
{
    static const struct {
        const char *path, *native, *end;
        ErrCode code;
    } cases[] = {
        {"/always/400", "400", "/always/400 answers HTTP 400", ERR_SOURCE},
        {"/always/401", "401", "/always/401 refuses the login (HTTP 401)", ERR_UNREACHABLE},
        {"/always/403", "403", "/always/403 answers HTTP 403", ERR_SOURCE},
        {"/always/404", "404", "/always/404 answers HTTP 404", ERR_SOURCE},
        {"/always/408", "408", "/always/408 answers HTTP 408", ERR_SOURCE},
        {"/always/304", "304", "/always/304 answers HTTP 304", ERR_SOURCE},
    };
    HttpScene *scene = *data;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        expect_failed(scene_fetch(scene, cases[i].path), cases[i].code, cases[i].native, false, cases[i].end);
    assert_int_equal(http_stats(scene->client).retries, 0);
    assert_string_equal(scene->retries->str, "");
}

static void tries_end(void **data)
{
    HttpScene *scene = *data;
    scene->options.tries = 3;
    HttpReply *reply = scene_fetch(scene, "/always/503");
    assert_string_equal(reply->body, "<html>no</html>");
    expect_failed(reply, ERR_SOURCE, "503", true, "/always/503 answers HTTP 503 (tried 3 times)");
    assert_int_equal(http_server_requests(scene->server), 3);
}

/* Matomo Cloud says 429 to everyone at that address: the request behind waits as well, and the first one comes first. */
static void a_429_holds_back_the_others(void **data)
{
    HttpScene *scene = *data;
    scene->options.in_flight = 1;
    scene_open(scene);
    scene_submit(scene, "/status/429", (HttpRequest){0});
    scene_submit(scene, "/a", (HttpRequest){0});
    expect_done(scene_next(scene), "good");
    expect_done(scene_next(scene), "/a");
}

static void a_500_does_not(void **data)
{
    HttpScene *scene = *data;
    scene->options.in_flight = 1;
    scene->options.backoff_ms = scene->options.backoff_max_ms = 500;
    scene_open(scene);
    scene_submit(scene, "/status/500", (HttpRequest){0});
    scene_submit(scene, "/a", (HttpRequest){0});
    expect_done(scene_next(scene), "/a");
    expect_done(scene_next(scene), "good");
}

/* The waits themselves are read from the phase, which stops the client. */
static void expect_wait(HttpScene *scene, const char *path, const char *phase)
{
    Err err = {0};
    scene->stop_at = "retry";
    scene_open(scene);
    scene_submit(scene, path, (HttpRequest){0});
    assert_null(http_wait(scene->client, &err));
    assert_int_equal(err.code, ERR_CANCELLED);
    if (!strstr(scene->phases->str, phase))
        fail_msg("not «%s»: %s", phase, scene->phases->str);
}

static void retry_after_in_seconds_is_kept(void **data)
{
    expect_wait(*data, "/soon", "retry 1 in 7 s: 429 from 127.0.0.1:");
}

static void retry_after_as_a_date_is_by_the_servers_clock(void **data)
{
    expect_wait(*data, "/late", "retry 1 in 120 s: 503 from 127.0.0.1:");
}

static void retry_after_is_capped(void **data)
{
    HttpScene *scene = *data;
    scene->options.retry_after_max_ms = 5000;
    expect_wait(scene, "/late", "retry 1 in 5 s: 503 from 127.0.0.1:");
}

static void waits_double(void **data)
{
    HttpScene *scene = *data;
    scene->options.backoff_ms = 10;
    scene->options.backoff_max_ms = 45;
    scene->options.tries = 5;
    int64_t began = clock_mono_ms();
    http_reply_free(scene_fetch(scene, "/always/500"));
    assert_true(clock_mono_ms() - began >= (10 + 20 + 40 + 45) / 2); /* half of each may be taken off */
}

/* ---- time ---- */

static HttpVerdict smaller_when_late(void *data, const HttpReply *reply, int64_t *wait_ms, Err *err)
{
    (void)wait_ms;
    ++*(int *)data;
    if (!reply->timed_out)
        return HTTP_BY_STATUS;
    err_set(err, ERR_SOURCE, "the page was too long in the making");
    return HTTP_TOO_MUCH;
}

static void a_try_has_a_deadline(void **data)
{
    HttpScene *scene = *data;
    scene->options.deadline_ms = 30;
    scene->options.tries = 2;
    HttpReply *reply = scene_fetch(scene, "/held");
    assert_true(reply->timed_out);
    assert_int_equal(reply->status, 0);
    expect_failed(reply, ERR_UNREACHABLE, "timeout", true, "/held gave no complete answer within 0.03 s (tried 2 times)");
}

static void the_judge_may_ask_for_less_when_time_runs_out(void **data)
{
    HttpScene *scene = *data;
    int asked = 0;
    scene_open(scene);
    scene_submit(scene, "/held", (HttpRequest){.deadline_ms = 30, .judge = smaller_when_late, .judge_data = &asked});
    HttpReply *reply = scene_next(scene);
    assert_int_equal(reply->outcome, HTTP_SMALLER);
    assert_int_equal(reply->tries, 1);
    assert_string_equal(reply->err.message, "the page was too long in the making");
    assert_int_equal(asked, 1);
    http_reply_free(reply);
}

/* A full queue keeps the caller away for as long as it likes. */
static void time_outside_counts_for_nobody(void **data)
{
    HttpScene *scene = *data;
    scene->options.deadline_ms = 60000;
    scene_open(scene);
    scene_submit(scene, "/held", (HttpRequest){0});
    scene_submit(scene, "/a", (HttpRequest){0});
    expect_done(scene_next(scene), "/a");
    skipped_ms += 3600000;
    gate_open(true);
    HttpReply *reply = scene_next(scene);
    assert_int_equal(reply->tries, 1);
    expect_done(reply, "held");
    assert_null(strstr(scene->phases->str, "the oldest for"));
}

static void *let_a_minute_pass(void *data)
{
    gate_wait_for(1);
    skipped_ms += 61000;
    return data;
}

static void slowness_shows(void **data)
{
    HttpScene *scene = *data;
    pthread_t passer;
    Err err = {0};
    scene->options.deadline_ms = 600000;
    scene->stop_at = "oldest";
    scene_open(scene);
    pthread_create(&passer, NULL, let_a_minute_pass, NULL);
    scene_submit(scene, "/held", (HttpRequest){0});
    assert_null(http_wait(scene->client, &err));
    pthread_join(passer, NULL);
    assert_true(g_str_has_prefix(scene->phases->str, "1 request in flight\n1 request in flight, the oldest for 6"));
}

/* ---- what the caller's judge says ---- */

typedef struct Verdicts {
    HttpVerdict first, then;
    int64_t wait_ms;
    int asked;
} Verdicts;

static HttpVerdict judge(void *data, const HttpReply *reply, int64_t *wait_ms, Err *err)
{
    Verdicts *verdicts = data;
    HttpVerdict verdict = verdicts->asked++ ? verdicts->then : verdicts->first;
    *wait_ms = verdicts->wait_ms;
    if (verdict > HTTP_GOOD) {
        err_set(err, ERR_SOURCE, "judged %d with %d", (int)verdict, reply->status);
        err->transient = verdict == HTTP_RETRY;
    }
    return verdict;
}

static HttpReply *judged_reply(HttpScene *scene, const char *path, Verdicts *verdicts)
{
    if (!scene->client)
        scene_open(scene);
    scene_submit(scene, path, (HttpRequest){.judge = judge, .judge_data = verdicts});
    return scene_next(scene);
}

static void the_judge_decides(void **data)
{
    HttpScene *scene = *data;
    scene->options.tries = 3;
    HttpReply *reply = judged_reply(scene, "/a", &(Verdicts){HTTP_RETRY, HTTP_GOOD, 0, 0});
    assert_int_equal(reply->tries, 2);
    expect_done(reply, "/a");
    assert_true(g_str_has_prefix(scene->retries->str, "retry 1 in 1 s: unusable answer from 127.0.0.1:"));
    expect_done(judged_reply(scene, "/always/400", &(Verdicts){HTTP_GOOD, 0, 0, 0}), "<html>no</html>");
    expect_failed(judged_reply(scene, "/a", &(Verdicts){HTTP_RETRY, HTTP_RETRY, 0, 0}), ERR_SOURCE, "200", true,
                  "judged 2 with 200 (tried 3 times)");
    expect_failed(judged_reply(scene, "/always/500", &(Verdicts){HTTP_BAD, 0, 0, 0}), ERR_SOURCE, "500", false,
                  "judged 4 with 500");
    reply = judged_reply(scene, "/always/500", &(Verdicts){HTTP_TOO_MUCH, 0, 0, 0});
    assert_int_equal(reply->outcome, HTTP_SMALLER);
    assert_string_equal(reply->err.message, "judged 3 with 500");
    http_reply_free(reply);
    expect_failed(judged_reply(scene, "/always/404", &(Verdicts){0, 0, 0, 0}), ERR_SOURCE, "404", false, "answers HTTP 404");
}

static void the_judge_may_name_the_wait(void **data)
{
    HttpScene *scene = *data;
    Verdicts verdicts = {HTTP_RETRY, HTTP_GOOD, 61000, 0};
    Err err = {0};
    scene->stop_at = "retry";
    scene_open(scene);
    scene_submit(scene, "/a", (HttpRequest){.judge = judge, .judge_data = &verdicts});
    assert_null(http_wait(scene->client, &err));
    assert_non_null(strstr(scene->phases->str, "retry 1 in 61 s: unusable answer from"));
}

static void a_body_has_a_limit(void **data)
{
    static const char *const paths[] = {"/large", "/bomb"};
    HttpScene *scene = *data;
    scene->options.body_max = 31;
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        HttpReply *reply = scene_fetch(scene, paths[i]);
        assert_int_equal(reply->outcome, HTTP_SMALLER);
        assert_string_equal(reply->err.native, "too large");
        assert_int_equal(reply->body_len, 0);
        assert_int_equal(reply->tries, 1);
        http_reply_free(reply);
    }
    http_free(scene->client);
    scene->options.body_max = 32;
    scene_open(scene);
    expect_done(scene_fetch(scene, "/large"), "0123456789abcdef0123456789abcdef");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, scene_set_up, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_may_pass_is_tried_again),
        TEST(what_stays_is_not),
        TEST(tries_end),
        TEST(a_429_holds_back_the_others),
        TEST(a_500_does_not),
        TEST(retry_after_in_seconds_is_kept),
        TEST(retry_after_as_a_date_is_by_the_servers_clock),
        TEST(retry_after_is_capped),
        TEST(waits_double),
        TEST(a_try_has_a_deadline),
        TEST(the_judge_may_ask_for_less_when_time_runs_out),
        TEST(time_outside_counts_for_nobody),
        TEST(slowness_shows),
        TEST(the_judge_decides),
        TEST(the_judge_may_name_the_wait),
        TEST(a_body_has_a_limit),
    };
    return cmocka_run_group_tests_name("http retries", tests, NULL, NULL);
}
