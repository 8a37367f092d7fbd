/* SPDX-License-Identifier: Apache-2.0 */
/* The loop: which request begins when, and which comes back. */
#include "net/http.h"

#include <pthread.h>

#include "base/clock.h"
#include "net/http_parts.h"

/* The longest sleep of a loop in which nothing is due; an interrupt ends any sleep at once. */
#define SLEEP_MS 60000
/* With an operator looking on, texts with seconds in them are renewed. */
#define SHOW_MS 1000

const HttpOptions http_options_default = {
    .in_flight = 4,
    .connect_ms = 10000,
    .deadline_ms = 180000,
    .tries = 6,
    .backoff_ms = 1000,
    .backoff_max_ms = 60000,
    .retry_after_max_ms = 15 * 60 * 1000,
    .body_max = 64 * 1024 * 1024,
};

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

HttpClient *http_new(const HttpOptions *options)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_curl);
    HttpClient *client = g_new0(HttpClient, 1);
    client->options = *options;
    client->ca_file = g_strdup(options->ca_file);
    client->tls_hint = g_strdup(options->tls_hint);
    client->user_agent = g_strdup(options->user_agent);
    client->multi = curl_multi_init();
    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)MAX(options->in_flight, 1));
    client->running = g_ptr_array_new();
    g_queue_init(&client->waiting);
    g_queue_init(&client->finished);
    client->random = g_rand_new();
    return client;
}

void http_free(HttpClient *client)
{
    if (!client)
        return;
    for (guint i = 0; i < client->running->len; i++)
        transfer_free(client->running->pdata[i]);
    g_ptr_array_unref(client->running);
    g_queue_clear_full(&client->waiting, (GDestroyNotify)transfer_free);
    g_queue_clear_full(&client->finished, (GDestroyNotify)http_reply_free);
    curl_multi_cleanup(client->multi);
    g_rand_free(client->random);
    g_free(client->ca_file);
    g_free(client->tls_hint);
    g_free(client->user_agent);
    g_free(client->phase);
    g_free(client);
}

void http_reply_free(HttpReply *reply)
{
    if (!reply)
        return;
    g_free(reply->body);
    g_free(reply->content_type);
    g_free(reply);
}

static bool stopped(const HttpClient *client, Err *err)
{
    if (!atomic_load(&client->interrupted))
        return false;
    err_set(err, ERR_CANCELLED, "stopped on request");
    return true;
}

void http_interrupt(HttpClient *client)
{
    atomic_store(&client->interrupted, true);
    curl_multi_wakeup(client->multi);
}

HttpStats http_stats(const HttpClient *client)
{
    return (HttpStats){.tries = client->tries,
                       .retries = client->retries,
                       .bytes = client->bytes,
                       .bytes_unpacked = client->bytes_unpacked,
                       .in_flight = client->in_flight};
}

bool http_submit(HttpClient *client, const HttpRequest *request, Err *err)
{
    if (stopped(client, err))
        return false;
    Transfer *transfer = transfer_new(client, request, err);
    if (!transfer)
        return false;
    g_queue_push_tail(&client->waiting, transfer);
    return true;
}

int http_pending(const HttpClient *client)
{
    return (int)(client->waiting.length + client->running->len + client->finished.length);
}

/* ---- beginning ---- */

/* The first request that may begin now. */
static Transfer *take_due(HttpClient *client, int64_t now_ms)
{
    if (now_ms < client->next_start_ms || (int)client->running->len >= MAX(client->options.in_flight, 1))
        return NULL;
    for (GList *link = client->waiting.head; link; link = link->next) {
        Transfer *transfer = link->data;
        if (transfer->not_before_ms <= now_ms) {
            g_queue_delete_link(&client->waiting, link);
            return transfer;
        }
    }
    return NULL;
}

static void finish(HttpClient *client, Transfer *transfer)
{
    g_queue_push_tail(&client->finished, g_steal_pointer(&transfer->reply));
    transfer_free(transfer);
}

static void start_due(HttpClient *client, int64_t now_ms)
{
    Transfer *transfer;
    while ((transfer = take_due(client, now_ms))) {
        if (!transfer_start(transfer, &transfer->reply->err)) {
            transfer->reply->outcome = HTTP_FAILED;
            finish(client, transfer);
            continue;
        }
        transfer->started_ms = now_ms - client->away_ms;
        client->next_start_ms = now_ms + client->options.spacing_ms;
        g_ptr_array_add(client->running, transfer);
    }
}

/* ---- ending ---- */

static void end_try(HttpClient *client, Transfer *transfer, CURLcode result, int64_t now_ms)
{
    int64_t wait_ms = 0;
    bool everyone = false;
    bool final = answer_read(transfer, result, &wait_ms, &everyone);
    g_ptr_array_remove(client->running, transfer);
    transfer_stop(transfer);
    if (final) {
        finish(client, transfer);
        return;
    }
    transfer->not_before_ms = now_ms + wait_ms;
    if (everyone)
        client->next_start_ms = MAX(client->next_start_ms, transfer->not_before_ms);
    phase_retrying(transfer, now_ms);
    g_queue_push_head(&client->waiting, transfer);
}

static void take_ended(HttpClient *client, int64_t now_ms)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(client->multi, &left))) {
        char *transfer = NULL;
        CURLcode result = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        end_try(client, (Transfer *)(void *)transfer, result, now_ms);
    }
}

static void end_late(HttpClient *client, int64_t now_ms)
{
    for (guint i = client->running->len; i-- > 0;) {
        Transfer *transfer = client->running->pdata[i];
        if (now_ms - client->away_ms - transfer->started_ms >= transfer->deadline_ms)
            end_try(client, transfer, CURLE_OPERATION_TIMEDOUT, now_ms);
    }
}

/* ---- waiting ---- */

/* A connection that is being made is not left alone: its time-out counts the caller's absence, too. */
static bool is_connecting(const HttpClient *client)
{
    for (guint i = 0; i < client->running->len; i++)
        if (transfer_is_connecting(client->running->pdata[i]))
            return true;
    return false;
}

static int sleep_ms(const HttpClient *client, int64_t now_ms)
{
    int64_t until = now_ms + (client->options.phase ? SHOW_MS : SLEEP_MS);
    for (guint i = 0; i < client->running->len; i++) {
        const Transfer *transfer = client->running->pdata[i];
        until = MIN(until, transfer->started_ms + client->away_ms + transfer->deadline_ms);
    }
    if ((int)client->running->len < MAX(client->options.in_flight, 1))
        for (const GList *link = client->waiting.head; link; link = link->next) {
            const Transfer *transfer = link->data;
            until = MIN(until, MAX(transfer->not_before_ms, client->next_start_ms));
        }
    return (int)MAX(until - now_ms, 0);
}

/* Moves everything as far as it goes without waiting. */
static bool move(HttpClient *client, Err *err)
{
    int running;
    start_due(client, clock_mono_ms());
    CURLMcode code = curl_multi_perform(client->multi, &running);
    if (code != CURLM_OK)
        return err_set(err, ERR_INTERNAL, "libcurl: %s", curl_multi_strerror(code));
    int64_t now_ms = clock_mono_ms();
    take_ended(client, now_ms);
    end_late(client, now_ms);
    start_due(client, now_ms);
    phase_show(client, now_ms);
    return true;
}

static HttpReply *wait_inside(HttpClient *client, Err *err)
{
    while (!stopped(client, err)) {
        if (!move(client, err))
            return NULL;
        if (client->finished.length > 0 && !is_connecting(client))
            return g_queue_pop_head(&client->finished);
        if (http_pending(client) == 0)
            return NULL;
        CURLMcode code = curl_multi_poll(client->multi, NULL, 0, sleep_ms(client, clock_mono_ms()), NULL);
        if (code != CURLM_OK) {
            err_set(err, ERR_INTERNAL, "libcurl: %s", curl_multi_strerror(code));
            return NULL;
        }
    }
    return NULL;
}

HttpReply *http_wait(HttpClient *client, Err *err)
{
    if (err)
        *err = (Err){0};
    if (client->left_ms)
        client->away_ms += clock_mono_ms() - client->left_ms;
    HttpReply *reply = wait_inside(client, err);
    client->left_ms = clock_mono_ms();
    return reply;
}

HttpReply *http_fetch(HttpClient *client, const HttpRequest *request, Err *err)
{
    return http_submit(client, request, err) ? http_wait(client, err) : NULL;
}
