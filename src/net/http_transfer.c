/* SPDX-License-Identifier: Apache-2.0 */
/* One request, and the handle of its current try. */
#include "config.h"

#include "net/http_parts.h"

/* What may be shown of a URL, and its host. False: it is none that we could ask. */
static bool read_url(const char *url, char **shown, char **host)
{
    CURLU *parts = curl_url();
    char *scheme = NULL, *name = NULL, *port = NULL, *text = NULL;
    bool good =
        curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK && curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        (g_str_equal(scheme, "http") || g_str_equal(scheme, "https")) && curl_url_get(parts, CURLUPART_HOST, &name, 0) == CURLUE_OK;
    if (good) {
        static const CURLUPart hidden[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS, CURLUPART_QUERY,
                                           CURLUPART_FRAGMENT};
        for (size_t i = 0; i < G_N_ELEMENTS(hidden); i++)
            curl_url_set(parts, hidden[i], NULL, 0);
        good = curl_url_get(parts, CURLUPART_URL, &text, 0) == CURLUE_OK;
    }
    if (good) {
        curl_url_get(parts, CURLUPART_PORT, &port, 0);
        *shown = g_strdup(text);
        *host = port ? g_strconcat(name, ":", port, NULL) : g_strdup(name);
    }
    curl_free(scheme);
    curl_free(name);
    curl_free(port);
    curl_free(text);
    curl_url_cleanup(parts);
    return good;
}

char *http_url_display(const char *url)
{
    char *shown = NULL;
    g_autofree char *host = NULL;
    return read_url(url, &shown, &host) ? shown : g_strdup("(not a URL)");
}

Transfer *transfer_new(HttpClient *client, const HttpRequest *request, Err *err)
{
    char *shown = NULL, *host = NULL;
    if (!read_url(request->url, &shown, &host)) {
        err_set(err, ERR_CONFIG, "this is not a URL to ask: expected http://HOST/… or https://HOST/…");
        return NULL;
    }
    Transfer *transfer = g_new0(Transfer, 1);
    *transfer = (Transfer){
        .client = client,
        .url = g_strdup(request->url),
        .shown = shown,
        .host = host,
        .body = request->body ? g_memdup2(request->body, MAX(request->body_len, 1)) : NULL,
        .body_len = request->body_len,
        .deadline_ms = request->deadline_ms > 0 ? request->deadline_ms : client->options.deadline_ms,
        .judge = request->judge,
        .judge_data = request->judge_data,
        .reply = g_new0(HttpReply, 1),
    };
    transfer->reply->tag = request->tag;
    for (const char *const *header = request->headers; header && *header; header++)
        transfer->headers = curl_slist_append(transfer->headers, *header);
    /* Without it large bodies wait a second for servers that do not know the word. */
    transfer->headers = curl_slist_append(transfer->headers, "Expect:");
    return transfer;
}

void transfer_free(Transfer *transfer)
{
    transfer_stop(transfer);
    curl_slist_free_all(transfer->headers);
    http_reply_free(transfer->reply);
    g_free(transfer->url);
    g_free(transfer->shown);
    g_free(transfer->host);
    g_free(transfer->body);
    g_free(transfer);
}

/* ---- a try ---- */

/* The size that the server promised, when that is the size of what we keep; 0: not known. */
static size_t promised_size(const Transfer *transfer)
{
    struct curl_header *encoding;
    curl_off_t length = -1;
    if (curl_easy_header(transfer->easy, "Content-Encoding", 0, CURLH_HEADER, -1, &encoding) == CURLHE_OK)
        return 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    return length > 0 && (size_t)length <= transfer->client->options.body_max ? (size_t)length : 0;
}

static size_t receive(char *bytes, size_t size, size_t count, void *data)
{
    Transfer *transfer = data;
    HttpReply *reply = transfer->reply;
    size_t len = size * count, body_max = transfer->client->options.body_max;
    if (len > body_max - reply->body_len) {
        transfer->too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    size_t needed = reply->body_len + len + 1;
    if (needed > transfer->capacity) {
        size_t first = MAX(promised_size(transfer) + 1, 16384);
        transfer->capacity = MAX(needed, transfer->capacity ? MIN(2 * transfer->capacity, body_max + 1) : first);
        reply->body = g_realloc(reply->body, transfer->capacity);
    }
    memcpy(reply->body + reply->body_len, bytes, len);
    reply->body_len += len;
    reply->body[reply->body_len] = '\0';
    return len;
}

/* Forgets what an earlier try left. */
static void empty_reply(Transfer *transfer)
{
    HttpReply *reply = transfer->reply;
    g_free(reply->body);
    g_free(reply->content_type);
    transfer->capacity = 1;
    transfer->too_large = false;
    transfer->error[0] = '\0';
    *reply = (HttpReply){.tag = reply->tag, .tries = reply->tries, .date_us = INT64_MIN, .body = g_malloc0(1)};
}

static void set_options(Transfer *transfer)
{
    const HttpClient *client = transfer->client;
    const HttpOptions *options = &client->options;
    CURL *easy = transfer->easy;
    curl_easy_setopt(easy, CURLOPT_URL, transfer->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* a name service that does not answer must not hold up a cancel */
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_ms);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    curl_easy_setopt(easy, CURLOPT_USERAGENT, client->user_agent ? client->user_agent : "tidemark/" PACKAGE_VERSION);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, options->insecure ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, options->insecure ? 0L : 2L);
    if (client->ca_file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, client->ca_file);
    if (transfer->body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->body_len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->body);
    }
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
}

bool transfer_start(Transfer *transfer, Err *err)
{
    HttpClient *client = transfer->client;
    empty_reply(transfer);
    transfer->easy = curl_easy_init();
    if (transfer->easy)
        set_options(transfer);
    if (!transfer->easy || curl_multi_add_handle(client->multi, transfer->easy) != CURLM_OK) {
        curl_easy_cleanup(transfer->easy);
        transfer->easy = NULL;
        return err_set(err, ERR_INTERNAL, "libcurl takes no further request for %s", transfer->shown);
    }
    client->tries++;
    client->retries += transfer->reply->tries > 0;
    client->in_flight++;
    transfer->reply->tries++;
    return true;
}

void transfer_stop(Transfer *transfer)
{
    if (!transfer->easy)
        return;
    curl_multi_remove_handle(transfer->client->multi, transfer->easy);
    curl_easy_cleanup(transfer->easy);
    transfer->easy = NULL;
    transfer->client->in_flight--;
}

bool transfer_is_connecting(const Transfer *transfer)
{
    long sent = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &sent);
    return sent == 0;
}
