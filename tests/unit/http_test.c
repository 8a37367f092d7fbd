/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/form.h"
#include "tests/support/http_scene.h"

/* ---- requests and answers ---- */

static void a_request_says_what_it_is_told(void **data)
{
    static const char *const headers[] = {"Authorization: Bearer abc", "Content-Type: application/json", NULL};
    HttpScene *scene = *data;
    int tag;
    scene_open(scene);
    scene_submit(scene, "/echo", (HttpRequest){.headers = headers, .body = "{\"a\":1}", .body_len = 7, .tag = &tag});
    HttpReply *reply = scene_next(scene);
    assert_int_equal(reply->outcome, HTTP_DONE);
    assert_int_equal(reply->status, 200);
    assert_ptr_equal(reply->tag, &tag);
    assert_int_equal(reply->tries, 1);
    assert_string_equal(reply->content_type, "text/plain; charset=utf-8");
    assert_true(reply->date_us == INT64_C(1714559696000000));
    assert_non_null(strstr(reply->body, "\nPOST /echo HTTP/1.1\r\n"));
    assert_non_null(strstr(reply->body, "\r\nAuthorization: Bearer abc\r\n"));
    assert_non_null(strstr(reply->body, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(reply->body, "\r\nUser-Agent: tidemark/"));
    assert_non_null(strstr(reply->body, "\r\n\r\n{\"a\":1}"));
    assert_null(strstr(reply->body, "Expect:"));
    http_reply_free(reply);
    reply = scene_fetch(scene, "/echo");
    assert_non_null(strstr(reply->body, "1\nGET /echo HTTP/1.1\r\n")); /* on the same connection */
    http_reply_free(reply);
}

/* Hazard B10 of the older program: a character that lies on the border of two chunks. */
static void bodies_arrive_whole(void **data)
{
    HttpScene *scene = *data;
    expect_done(scene_fetch(scene, "/packed"), "caf\xC3\xA9");
    expect_done(scene_fetch(scene, "/chunks"), "caf\xC3\xA9");
    HttpStats stats = http_stats(scene->client);
    assert_int_equal(stats.bytes_unpacked, 10);
    assert_int_equal(stats.in_flight, 0);
    GString *large = g_string_new(NULL);
    for (int i = 0; i < 200000; i++)
        g_string_append_printf(large, "%d ", i);
    scene_submit(scene, "/echo", (HttpRequest){.body = large->str, .body_len = large->len});
    HttpReply *reply = scene_next(scene);
    assert_true(g_str_has_suffix(reply->body, large->str));
    http_reply_free(reply);
    g_string_free(large, TRUE);
}

static void replies_come_as_they_finish(void **data)
{
    HttpScene *scene = *data;
    scene_open(scene);
    scene_submit(scene, "/held", (HttpRequest){0});
    scene_submit(scene, "/a", (HttpRequest){0});
    expect_done(scene_next(scene), "/a");
    scene_submit(scene, "/b", (HttpRequest){0});
    expect_done(scene_next(scene), "/b");
    assert_int_equal(http_pending(scene->client), 1);
    gate_open(true);
    expect_done(scene_next(scene), "held");
    assert_int_equal(http_pending(scene->client), 0);
    Err err = {.code = ERR_INTERNAL};
    assert_null(http_wait(scene->client, &err));
    assert_int_equal(err.code, ERR_NONE);
    assert_non_null(strstr(scene->phases->str, "2 requests in flight\n"));
    assert_true(g_str_has_suffix(scene->phases->str, "1 request in flight\n\n"));
}

static void *open_when_three_are_held(void *data)
{
    gate_wait_for(3);
    gate_open(true);
    return data;
}

/* A client that sends fewer at a time never ends here. */
static void as_many_are_in_flight_as_allowed(void **data)
{
    HttpScene *scene = *data;
    pthread_t opener;
    scene->options.in_flight = 3;
    scene_open(scene);
    for (int i = 0; i < 9; i++)
        scene_submit(scene, i < 3 ? "/held" : "/a", (HttpRequest){0});
    pthread_create(&opener, NULL, open_when_three_are_held, NULL);
    for (int i = 0; i < 9; i++)
        http_reply_free(scene_next(scene));
    pthread_join(opener, NULL);
    assert_int_equal(http_server_most(scene->server), 3);
}

static void beginnings_are_spaced(void **data)
{
    HttpScene *scene = *data;
    scene->options.spacing_ms = 40;
    scene_open(scene);
    int64_t began = clock_mono_ms();
    for (int i = 0; i < 4; i++)
        scene_submit(scene, "/a", (HttpRequest){0});
    for (int i = 0; i < 4; i++)
        expect_done(scene_next(scene), "/a");
    assert_true(clock_mono_ms() - began >= 120);
}

/* ---- secrets ---- */

static void redirects_are_refused(void **data)
{
    HttpScene *scene = *data;
    HttpReply *reply = scene_fetch(scene, "/moved");
    assert_non_null(strstr(reply->err.hint, "missing slash"));
    expect_failed(reply, ERR_SOURCE, "redirect", false,
                  "/moved answers with a redirect (HTTP 301) to https://other.example.org/matomo/, which is not followed");
    assert_int_equal(http_server_requests(scene->server), 1);
}

static void texts_hold_no_part_that_may_be_secret(void **data)
{
    HttpScene *scene = *data;
    Err err = {0};
    scene->options.tries = 2;
    scene_open(scene);
    g_autofree char *there = http_server_url(scene->server, "/always/503?token_auth=hidden#hidden");
    g_autofree char *url = g_strdup_printf("http://hidden:hidden@%s", there + strlen("http://"));
    assert_true(http_submit(scene->client, &(HttpRequest){.url = url, .body = "hidden", .body_len = 6}, &err));
    HttpReply *reply = scene_next(scene);
    assert_null(strstr(reply->err.message, "hidden"));
    assert_null(strstr(scene->phases->str, "hidden"));
    assert_null(strstr(scene->retries->str, "hidden"));
    http_reply_free(reply);
    static const char *const none[] = {"",        "hidden",  "ftp://hidden/", "file:///hidden",
                                       "/hidden", "http://", "hidden:80/x",   "http://[hidden/"};
    for (size_t i = 0; i < G_N_ELEMENTS(none); i++) {
        assert_false(http_submit(scene->client, &(HttpRequest){.url = none[i]}, &err));
        assert_int_equal(err.code, ERR_CONFIG);
        assert_null(strstr(err.message, "hidden"));
    }
}

static void urls_are_shown_without_them(void **data)
{
    static const char *const cases[][2] = {
        {"https://stats.example.org/matomo/index.php?token_auth=x&a=b#c", "https://stats.example.org/matomo/index.php"},
        {"https://u:p@stats.example.org:8443/", "https://stats.example.org:8443/"},
        {"http://u@[::1]:80/a?b", "http://[::1]:80/a"},
        {"https://stats.example.org", "https://stats.example.org/"},
        {"no url with a secret", "(not a URL)"},
    };
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *shown = http_url_display(cases[i][0]);
        assert_string_equal(shown, cases[i][1]);
    }
}

/* ---- connections ---- */

static void a_server_that_is_not_there(void **data)
{
    HttpScene *scene = *data;
    Err err = {0};
    scene->options.tries = 2;
    scene_open(scene);
    HttpReply *reply = http_fetch(scene->client, &(HttpRequest){.url = "http://127.0.0.1:1/x?secret"}, &err);
    assert_non_null(reply);
    assert_true(g_str_has_prefix(reply->err.message, "cannot reach 127.0.0.1:1: "));
    expect_failed(reply, ERR_UNREACHABLE, "connect", true, " (tried 2 times)");
}

static void *interrupt_when_held(void *data)
{
    gate_wait_for(1);
    http_interrupt(data);
    return NULL;
}

static void an_interrupt_ends_a_wait_at_once(void **data)
{
    HttpScene *scene = *data;
    pthread_t thread;
    Err err = {0};
    scene_open(scene);
    scene_submit(scene, "/held", (HttpRequest){0});
    pthread_create(&thread, NULL, interrupt_when_held, scene->client);
    int64_t began = clock_mono_ms();
    assert_null(http_wait(scene->client, &err));
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_true(clock_mono_ms() - began < 20000); /* the deadline is 180 s, the server never answers */
    pthread_join(thread, NULL);
    assert_null(http_wait(scene->client, &err));
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_false(http_submit(scene->client, &(HttpRequest){.url = "http://127.0.0.1/"}, &err));
    assert_int_equal(err.code, ERR_CANCELLED);
}

/* A TLS server with a certificate of its own for 127.0.0.1; returns its port as text, or NULL where there is no openssl. */
static char *start_tls(const char *dir, GPid *pid)
{
    const char *const make[] = {"openssl",
                                "req",
                                "-x509",
                                "-newkey",
                                "ec",
                                "-pkeyopt",
                                "ec_paramgen_curve:prime256v1",
                                "-nodes",
                                "-keyout",
                                "key",
                                "-out",
                                "cert",
                                "-days",
                                "2",
                                "-subj",
                                "/CN=x",
                                "-addext",
                                "subjectAltName=IP:127.0.0.1",
                                NULL};
    const char *const serve[] = {"openssl", "s_server", "-www", "-key", "key", "-cert", "cert", "-accept", "127.0.0.1:0", NULL};
    GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL;
    int said, status = 1;
    char line[128] = "";
    if (!g_spawn_sync(dir, (char **)make, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL) || status != 0 ||
        !g_spawn_async_with_pipes(dir, (char **)serve, NULL, flags, NULL, NULL, pid, NULL, &said, NULL, NULL))
        return NULL;
    FILE *lines = fdopen(said, "r");
    while (fgets(line, sizeof line, lines) && !g_str_has_prefix(line, "ACCEPT"))
        ;
    fclose(lines);
    return g_strdup(g_strchomp(strrchr(line, ':') ? strrchr(line, ':') + 1 : line));
}

static HttpReply *fetch_tls(HttpScene *scene, const char *port)
{
    g_autofree char *url = g_strdup_printf("https://127.0.0.1:%s/", port);
    Err err = {0};
    http_free(scene->client);
    scene_open(scene);
    HttpReply *reply = http_fetch(scene->client, &(HttpRequest){.url = url}, &err);
    assert_non_null(reply);
    return reply;
}

static void promise_9_tls_is_verified(void **data)
{
    HttpScene *scene = *data;
    GPid pid = 0;
    g_autofree char *dir = g_dir_make_tmp("http-test-XXXXXX", NULL);
    g_autofree char *cert = g_build_filename(dir, "cert", NULL), *key = g_build_filename(dir, "key", NULL);
    g_autofree char *port = start_tls(dir, &pid);
    if (!port)
        skip();
    scene->options.tls_hint = "set tls_ca";
    HttpReply *reply = fetch_tls(scene, port);
    assert_int_equal(reply->tries, 1);
    assert_string_equal(reply->err.hint, "set tls_ca");
    assert_true(g_str_has_prefix(reply->err.message, "cannot verify 127.0.0.1:"));
    expect_failed(reply, ERR_UNREACHABLE, "tls", false, "");
    scene->options.ca_file = cert;
    reply = fetch_tls(scene, port);
    assert_int_equal(reply->outcome, HTTP_DONE);
    http_reply_free(reply);
    scene->options.ca_file = key; /* a file without any certificate */
    expect_failed(fetch_tls(scene, port), ERR_UNREACHABLE, "tls", false, "");
    scene->options.ca_file = NULL;
    scene->options.insecure = true;
    reply = fetch_tls(scene, port);
    assert_int_equal(reply->outcome, HTTP_DONE);
    http_reply_free(reply);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    unlink(cert);
    unlink(key);
    rmdir(dir);
}

/* In place of the C library's: a name service that does not answer. */
static atomic_bool asked_for_name;
int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict result)
{
    (void)node, (void)service, (void)hints, (void)result;
    gate_hold();
    asked_for_name = true;
    return -2; /* EAI_NONAME */
}

static void a_silent_name_service_holds_up_no_cancel(void **data)
{
    HttpScene *scene = *data;
    pthread_t thread;
    Err err = {0};
    scene_open(scene);
    assert_true(http_submit(scene->client, &(HttpRequest){.url = "http://stats.example.org/"}, &err));
    pthread_create(&thread, NULL, interrupt_when_held, scene->client);
    assert_null(http_wait(scene->client, &err));
    assert_int_equal(err.code, ERR_CANCELLED);
    pthread_join(thread, NULL);
    http_free(scene->client); /* hangs when it waits for the name: the gate is still closed */
    scene->client = NULL;
    assert_false(asked_for_name);
    gate_open(true);
}

/* ---- forms ---- */

static void forms_are_escaped(void **data)
{
    g_autoptr(GString) inner = g_string_new(NULL), form = g_string_new(NULL);
    (void)data;
    form_add(inner, "method", "VisitsSummary.get");
    form_add_int(inner, "idSite", -1);
    form_add(form, "urls[0]", inner->str);
    form_add(form, "caf\xC3\xA9", " a+b/\"~-._");
    assert_string_equal(form->str, "urls%5B0%5D=method%3DVisitsSummary.get%26idSite%3D-1&caf%C3%A9=%20a%2Bb%2F%22~-._");
    g_autofree char *segment = form_escape("sc-domain:example.com");
    assert_string_equal(segment, "sc-domain%3Aexample.com");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, scene_set_up, scene_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_says_what_it_is_told),
        TEST(bodies_arrive_whole),
        TEST(replies_come_as_they_finish),
        TEST(as_many_are_in_flight_as_allowed),
        TEST(beginnings_are_spaced),
        TEST(redirects_are_refused),
        TEST(texts_hold_no_part_that_may_be_secret),
        TEST(urls_are_shown_without_them),
        TEST(a_server_that_is_not_there),
        TEST(an_interrupt_ends_a_wait_at_once),
        TEST(promise_9_tls_is_verified),
        TEST(a_silent_name_service_holds_up_no_cancel),
        TEST(forms_are_escaped),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
