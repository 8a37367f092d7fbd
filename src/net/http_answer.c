/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a try: good, to be tried again, or a failure with its sentence. */
#include "base/clock.h"
#include "net/http_parts.h"

/* ---- what the server said beside the body ---- */

static const char *header(const Transfer *transfer, const char *name)
{
    struct curl_header *found;
    return curl_easy_header(transfer->easy, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : NULL;
}

static void read_headers(Transfer *transfer)
{
    HttpReply *reply = transfer->reply;
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    reply->status = (int)status;
    reply->content_type = g_strdup(header(transfer, "Content-Type"));
    const char *date = header(transfer, "Date");
    time_t at = date ? curl_getdate(date, NULL) : -1;
    if (at >= 0)
        reply->date_us = (int64_t)at * G_USEC_PER_SEC;
}

/* Milliseconds that the server asks to wait, in seconds or until a date by its own clock; 0: it does not ask. */
static int64_t retry_after_ms(const Transfer *transfer)
{
    const char *text = header(transfer, "Retry-After");
    guint64 seconds = 0;
    if (!text)
        return 0;
    if (g_ascii_string_to_unsigned(text, 10, 0, INT32_MAX, &seconds, NULL))
        return (int64_t)seconds * 1000;
    time_t until = curl_getdate(text, NULL);
    int64_t now_us = transfer->reply->date_us != INT64_MIN ? transfer->reply->date_us : clock_now_us();
    return until < 0 ? 0 : MAX(0, (int64_t)until * 1000 - now_us / 1000);
}

static void count_bytes(Transfer *transfer)
{
    curl_off_t received = 0, took_us = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
    curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &took_us);
    transfer->client->bytes += received;
    transfer->client->bytes_unpacked += (int64_t)transfer->reply->body_len;
    transfer->reply->took_ms = took_us / 1000;
}

/* ---- failures ---- */

static void because(Transfer *transfer, const char *native, const char *reason)
{
    g_strlcpy(transfer->reply->err.native, native, sizeof transfer->reply->err.native);
    g_strlcpy(transfer->reason, reason, sizeof transfer->reason);
}

/* Half an answer is none. */
static void forget_body(HttpReply *reply)
{
    reply->body_len = 0;
    reply->body[0] = '\0';
}

static HttpVerdict late(Transfer *transfer)
{
    Err *err = &transfer->reply->err;
    forget_body(transfer->reply);
    err_set(err, ERR_UNREACHABLE, "%s gave no complete answer within %.3g s", transfer->shown,
            (double)transfer->deadline_ms / 1000);
    err->transient = true;
    because(transfer, "timeout", "time-out");
    return HTTP_RETRY;
}

static HttpVerdict too_large(Transfer *transfer)
{
    forget_body(transfer->reply);
    err_set(&transfer->reply->err, ERR_SOURCE, "the answer of %s is larger than %.3g MiB", transfer->shown,
            (double)transfer->client->options.body_max / (1024 * 1024));
    because(transfer, "too large", "answer too large");
    return HTTP_TOO_MUCH;
}

static bool is_about_trust(CURLcode result)
{
    return result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CACERT_BADFILE || result == CURLE_SSL_ISSUER_ERROR ||
           result == CURLE_SSL_CRL_BADFILE || result == CURLE_SSL_INVALIDCERTSTATUS;
}

/* The answer did not come, or not to its end. */
static HttpVerdict broken_off(Transfer *transfer, CURLcode result)
{
    Err *err = &transfer->reply->err;
    const char *detail = transfer->error[0] ? transfer->error : curl_easy_strerror(result);
    long sent = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &sent);
    if (is_about_trust(result)) {
        err_set(err, ERR_UNREACHABLE, "cannot verify %s: %s", transfer->host, detail);
        if (transfer->client->tls_hint)
            err_hint(err, "%s", transfer->client->tls_hint);
        because(transfer, "tls", "certificate not verified");
        return HTTP_BAD;
    }
    forget_body(transfer->reply);
    if (sent == 0) {
        err_set(err, ERR_UNREACHABLE, "cannot reach %s: %s", transfer->host, detail);
        because(transfer, "connect", "no connection");
    } else {
        err_set(err, ERR_UNREACHABLE, "the answer of %s broke off: %s", transfer->shown, detail);
        because(transfer, "broken", "broken connection");
    }
    err->transient = true;
    return HTTP_RETRY;
}

static HttpVerdict redirected(Transfer *transfer, const char *target)
{
    g_autofree char *shown = http_url_display(target);
    err_set(&transfer->reply->err, ERR_SOURCE, "%s answers with a redirect (HTTP %d) to %s, which is not followed", transfer->shown,
            transfer->reply->status, shown);
    err_hint(&transfer->reply->err,
             "if that is the right address, write it into the configuration; a missing slash at its end is the usual cause");
    because(transfer, "redirect", "redirect");
    return HTTP_BAD;
}

static HttpVerdict by_status(Transfer *transfer)
{
    Err *err = &transfer->reply->err;
    int status = transfer->reply->status;
    char number[16];
    if (status >= 200 && status < 300)
        return HTTP_GOOD;
    bool login = status == 401 || status == 407;
    if (login)
        err_set(err, ERR_UNREACHABLE, "%s refuses the login (HTTP %d)", transfer->shown, status);
    else
        err_set(err, ERR_SOURCE, "%s answers HTTP %d", transfer->shown, status);
    err->transient = status == 429 || status >= 500;
    g_snprintf(number, sizeof number, "%d", status);
    because(transfer, number, number);
    return err->transient ? HTTP_RETRY : HTTP_BAD;
}

/* Asks the judge, who may leave it to the status. */
static HttpVerdict judged(Transfer *transfer, int64_t *wait_ms)
{
    HttpReply *reply = transfer->reply;
    Err err = {0};
    char number[16];
    HttpVerdict verdict = transfer->judge ? transfer->judge(transfer->judge_data, reply, wait_ms, &err) : HTTP_BY_STATUS;
    if (verdict == HTTP_BY_STATUS)
        return reply->timed_out ? HTTP_RETRY : by_status(transfer);
    if (verdict == HTTP_GOOD)
        return verdict;
    if (err.code != ERR_NONE)
        reply->err = err;
    g_snprintf(number, sizeof number, "%d", reply->status);
    if (!err.native[0] && reply->status)
        g_strlcpy(reply->err.native, number, sizeof reply->err.native);
    if (!reply->timed_out)
        g_strlcpy(transfer->reason, reply->status >= 300 ? number : "unusable answer", sizeof transfer->reason);
    return verdict;
}

static HttpVerdict verdict_of(Transfer *transfer, CURLcode result, int64_t *wait_ms)
{
    char *target = NULL;
    if (transfer->too_large)
        return too_large(transfer);
    if (result == CURLE_OPERATION_TIMEDOUT && !transfer_is_connecting(transfer)) {
        transfer->reply->timed_out = true;
        late(transfer);
        return judged(transfer, wait_ms);
    }
    if (result != CURLE_OK)
        return broken_off(transfer, result);
    read_headers(transfer);
    curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &target);
    if (target)
        return redirected(transfer, target);
    return judged(transfer, wait_ms);
}

/* ---- the next try ---- */

/* Doubled from one try to the next; up to half is taken off, so that requests that failed together do not come back together. */
static int64_t own_wait_ms(const Transfer *transfer)
{
    const HttpOptions *options = &transfer->client->options;
    int64_t wait = options->backoff_ms;
    for (int i = 1; i < transfer->reply->tries && wait < options->backoff_max_ms; i++)
        wait *= 2;
    wait = MIN(wait, options->backoff_max_ms);
    return wait - (int64_t)(g_rand_double(transfer->client->random) * 0.5 * (double)wait);
}

static void tell_tries(HttpReply *reply)
{
    if (reply->tries < 2)
        return;
    g_autofree char *message = g_strdup(reply->err.message);
    Err whole = reply->err;
    err_set(&reply->err, whole.code, "%s (tried %d times)", message, reply->tries);
    reply->err.transient = whole.transient;
    g_strlcpy(reply->err.native, whole.native, sizeof whole.native);
    g_strlcpy(reply->err.hint, whole.hint, sizeof whole.hint);
}

bool answer_read(Transfer *transfer, CURLcode result, int64_t *wait_ms, bool *everyone)
{
    HttpReply *reply = transfer->reply;
    const HttpOptions *options = &transfer->client->options;
    int64_t asked_ms = 0;
    count_bytes(transfer);
    HttpVerdict verdict = verdict_of(transfer, result, &asked_ms);
    if (verdict == HTTP_RETRY && reply->tries < options->tries) {
        asked_ms = MIN(MAX(asked_ms, retry_after_ms(transfer)), options->retry_after_max_ms);
        *wait_ms = MAX(asked_ms, own_wait_ms(transfer));
        *everyone = asked_ms > 0 || reply->status == 429;
        return false;
    }
    reply->outcome = verdict == HTTP_GOOD ? HTTP_DONE : verdict == HTTP_TOO_MUCH ? HTTP_SMALLER : HTTP_FAILED;
    if (verdict == HTTP_GOOD)
        reply->err = (Err){0};
    else
        tell_tries(reply);
    return true;
}
