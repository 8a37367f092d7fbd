/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/http_scene.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <pthread.h>
#include <zlib.h>

#include "base/clock.h"

_Atomic int64_t skipped_ms;

int64_t clock_mono_ms(void)
{
    return g_get_monotonic_time() / 1000 + skipped_ms;
}

int64_t clock_now_us(void)
{
    return INT64_C(1700000000000000); /* 14 November 2023, 22:13:20 */
}

typedef struct Gate { /* holds requests for /held until it is opened */
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool open;
    int held;
} Gate;
static Gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};

void gate_hold(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.held++;
    pthread_cond_broadcast(&gate.moved);
    while (!gate.open)
        pthread_cond_wait(&gate.moved, &gate.lock);
    gate.held--;
    pthread_mutex_unlock(&gate.lock);
}

void gate_open(bool open)
{
    pthread_mutex_lock(&gate.lock);
    gate.open = open;
    pthread_cond_broadcast(&gate.moved);
    pthread_mutex_unlock(&gate.lock);
}

void gate_wait_for(int held)
{
    pthread_mutex_lock(&gate.lock);
    while (gate.held < held)
        pthread_cond_wait(&gate.moved, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
}

static bool say(int socket, int status, const char *headers, const char *body)
{
    return http_server_say(socket, status, headers, body, strlen(body));
}

static char *packed(const char *text, size_t len, size_t *out_len)
{
    z_stream stream = {0};
    deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    size_t room = deflateBound(&stream, len);
    char *out = g_malloc(room);
    stream.next_in = (Bytef *)text;
    stream.avail_in = (uInt)len;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (uInt)room;
    deflate(&stream, Z_FINISH);
    *out_len = room - stream.avail_out;
    deflateEnd(&stream);
    return out;
}

static bool say_packed(int socket, const char *text, size_t len)
{
    size_t out_len;
    g_autofree char *out = packed(text, len, &out_len);
    return http_server_say(socket, 200, "Content-Encoding: gzip\r\n", out, out_len);
}

/* "/status/429": that status once, then 200; "/always/503": for good. */
static bool say_status(const HttpSeen *seen, int socket, const char *headers)
{
    bool once = g_str_has_prefix(seen->path, "/status/");
    int status = atoi(seen->path + 8);
    return once && seen->number > 1 ? say(socket, 200, "", "good") : say(socket, status, headers, "<html>no</html>");
}

static bool answer(void *data, const HttpSeen *seen, int socket)
{
    (void)data;
    if (g_str_has_prefix(seen->path, "/status/") || g_str_has_prefix(seen->path, "/always/"))
        return say_status(seen, socket, "Retry-After: 0\r\n");
    if (g_str_equal(seen->path, "/held")) {
        gate_hold();
        return say(socket, 200, "", "held");
    }
    if (g_str_equal(seen->path, "/echo")) {
        g_autofree char *all = g_strdup_printf("%d\n%s%s", seen->connection, seen->head, seen->body);
        return say(socket, 200, "Content-Type: text/plain; charset=utf-8\r\nDate: Wed, 01 May 2024 10:34:56 GMT\r\n", all);
    }
    if (g_str_equal(seen->path, "/soon"))
        return say(socket, 429, "Retry-After: 7\r\n", "");
    if (g_str_equal(seen->path, "/late"))
        return say(socket, 503, "Date: Wed, 01 May 2024 10:00:00 GMT\r\nRetry-After: Wed, 01 May 2024 10:02:00 GMT\r\n", "");
    if (g_str_equal(seen->path, "/moved"))
        return say(socket, 301, "Location: https://user:pw@other.example.org/matomo/?token_auth=secret#x\r\n", "");
    if (g_str_equal(seen->path, "/packed"))
        return say_packed(socket, "caf\xC3\xA9", 5);
    if (g_str_equal(seen->path, "/large"))
        return say(socket, 200, "", "0123456789abcdef0123456789abcdef");
    if (g_str_equal(seen->path, "/bomb")) {
        g_autofree char *zeros = g_malloc0(1 << 20);
        return say_packed(socket, zeros, 1 << 20);
    }
    if (g_str_equal(seen->path, "/chunks")) {
        static const char chunks[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ncaf\xC3\r\n1\r\n\xA9\r\n0\r\n\r\n";
        return http_server_write(socket, chunks, sizeof chunks - 1);
    }
    if (g_str_equal(seen->path, "/cut") && seen->number < 3) {
        http_server_write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", 44);
        return false;
    }
    if (g_str_equal(seen->path, "/gone") && seen->number < 3)
        return false;
    return say(socket, 200, "", seen->path);
}

static void note_phase(void *data, const char *text)
{
    HttpScene *scene = data;
    g_string_append_printf(scene->phases, "%s\n", text);
    if (scene->stop_at && strstr(text, scene->stop_at))
        http_interrupt(scene->client);
}

static void note_retry(void *data, const Err *why, const char *text)
{
    HttpScene *scene = data;
    g_string_append_printf(scene->retries, "%s: %s\n", text, why->message);
}

int scene_set_up(void **data)
{
    /* Proxies of the machine are none of the tests' business. */
    static const char *const proxies[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < G_N_ELEMENTS(proxies); i++)
        g_unsetenv(proxies[i]);
    HttpScene *scene = g_new0(HttpScene, 1);
    scene->server = http_server_new(answer, NULL);
    scene->options = http_options_default;
    scene->options.backoff_ms = 1;
    scene->options.backoff_max_ms = 2;
    scene->options.phase = note_phase;
    scene->options.retrying = note_retry;
    scene->options.data = scene;
    scene->phases = g_string_new(NULL);
    scene->retries = g_string_new(NULL);
    gate_open(false);
    *data = scene;
    return 0;
}

int scene_tear_down(void **data)
{
    HttpScene *scene = *data;
    gate_open(true);
    http_free(scene->client);
    http_server_free(scene->server);
    g_string_free(scene->phases, TRUE);
    g_string_free(scene->retries, TRUE);
    g_free(scene);
    return 0;
}

void scene_open(HttpScene *scene)
{
    scene->client = http_new(&scene->options);
}

void scene_submit(HttpScene *scene, const char *path, HttpRequest request)
{
    g_autofree char *url = http_server_url(scene->server, path);
    Err err = {0};
    request.url = url;
    if (!http_submit(scene->client, &request, &err))
        fail_msg("%s", err.message);
}

HttpReply *scene_next(HttpScene *scene)
{
    Err err = {0};
    HttpReply *reply = http_wait(scene->client, &err);
    if (!reply)
        fail_msg("no reply: %s", err.message);
    return reply;
}

HttpReply *scene_fetch(HttpScene *scene, const char *path)
{
    if (!scene->client)
        scene_open(scene);
    scene_submit(scene, path, (HttpRequest){0});
    return scene_next(scene);
}

void expect_done(HttpReply *reply, const char *body)
{
    if (reply->outcome != HTTP_DONE)
        fail_msg("failed: %s", reply->err.message);
    assert_string_equal(reply->body, body);
    assert_int_equal(reply->body_len, strlen(body));
    assert_int_equal(reply->err.code, ERR_NONE);
    http_reply_free(reply);
}

void expect_failed(HttpReply *reply, ErrCode code, const char *native, bool transient, const char *end)
{
    assert_int_equal(reply->outcome, HTTP_FAILED);
    assert_int_equal(reply->err.code, code);
    assert_string_equal(reply->err.native, native);
    assert_int_equal(reply->err.transient, transient);
    if (!g_str_has_suffix(reply->err.message, end))
        fail_msg("not «…%s»: %s", end, reply->err.message);
    http_reply_free(reply);
}
