/* SPDX-License-Identifier: Apache-2.0 */
/* What the client is doing, in words for the operator. */
#include "net/http_parts.h"

/* From here on the age of the oldest request is worth a word; it is told in steps of as much, so that the text does not flicker. */
#define SLOW_S 5

static void say_in_flight(const HttpClient *client, int64_t now_ms, GString *out)
{
    guint count = client->running->len;
    int64_t oldest_ms = 0;
    if (count == 0)
        return;
    for (guint i = 0; i < count; i++) {
        const Transfer *transfer = client->running->pdata[i];
        oldest_ms = MAX(oldest_ms, now_ms - client->away_ms - transfer->started_ms);
    }
    g_string_append_printf(out, "%s%u request%s in flight", out->len > 0 ? "; " : "", count, count == 1 ? "" : "s");
    int64_t seconds = oldest_ms / 1000 / SLOW_S * SLOW_S;
    if (seconds > 0)
        g_string_append_printf(out, ", the oldest for %d s", (int)seconds);
}

static void say_retry(const Transfer *transfer, int64_t now_ms, GString *out)
{
    int64_t left_ms = MAX(transfer->not_before_ms - now_ms, 0);
    g_string_append_printf(out, "retry %d in %d s: %s from %s", transfer->reply->tries, (int)((left_ms + 999) / 1000),
                           transfer->reason, transfer->host);
}

/* Of the requests that wait for another try, the one that failed most often. */
static const Transfer *most_tried(const HttpClient *client)
{
    const Transfer *most = NULL;
    for (const GList *link = client->waiting.head; link; link = link->next) {
        const Transfer *transfer = link->data;
        if (transfer->reply->tries > (most ? most->reply->tries : 0))
            most = transfer;
    }
    return most;
}

void phase_show(HttpClient *client, int64_t now_ms)
{
    if (!client->options.phase)
        return;
    g_autoptr(GString) text = g_string_new(NULL);
    const Transfer *retry = most_tried(client);
    if (retry)
        say_retry(retry, now_ms, text);
    say_in_flight(client, now_ms, text);
    if (g_strcmp0(text->str, client->phase) == 0)
        return;
    g_free(client->phase);
    client->phase = g_strdup(text->str);
    client->options.phase(client->options.data, client->phase);
}

void phase_retrying(Transfer *transfer, int64_t now_ms)
{
    if (!transfer->client->options.retrying)
        return;
    g_autoptr(GString) text = g_string_new(NULL);
    say_retry(transfer, now_ms, text);
    transfer->client->options.retrying(transfer->client->options.data, &transfer->reply->err, text->str);
}
