/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/matomo_call.h"

#include <string.h>

#include "model/time.h"
#include "net/form.h"

enum {
    STATUS_UNAUTHORIZED = 401,
    STATUS_FORBIDDEN = 403,
    STATUS_TOO_MANY = 429,
    STATUS_ERROR = 500,
    STATUS_TIMEOUT = 504,
    STATUS_TIMEOUT_CLOUD = 524
};

#define MS_PER_SECOND 1000

/* What Matomo, PHP and the database say where a smaller request may pass, where the same one may pass later, and where a token was refused. */
static const char *const too_much[] = {"allowed memory size",
                                       "maximum execution time",
                                       "out of memory",
                                       "run the query in time",
                                       "max_statement_time",
                                       "maximum statement execution time",
                                       NULL};
static const char *const passing[] = {
    "sqlstate", "deadlock", "lock wait timeout", "server has gone away", "connection refused", "too many connections", NULL};

MatomoCall *matomo_call_new(const MatomoSettings *settings, const char *method, JsonType shape)
{
    MatomoCall *call = g_new0(MatomoCall, 1);
    g_autoptr(GString) query = g_string_new(NULL);
    form_add(query, "module", "API");
    form_add(query, "method", method);
    form_add(query, "format", "JSON");
    call->url = g_strdup_printf("%s?%s", settings->base, query->str);
    call->shape = shape;
    call->form = g_string_new(NULL);
    form_add(call->form, "token_auth", settings->token);
    form_add(call->form, "language", "en");
    form_add(call->form, "format_metrics", "0");
    return call;
}

void matomo_call_free(MatomoCall *call)
{
    if (!call)
        return;
    json_scan_done(&call->scan);
    g_string_free(call->form, TRUE);
    g_free(call->body);
    g_free(call->url);
    g_free(call);
}

void matomo_call_day(MatomoCall *call, const char *name, int64_t first_day, int64_t last_day)
{
    char first[40], last[40];
    day_format(first_day, first);
    day_format(last_day, last);
    g_autofree char *range = g_strdup_printf("%s,%s", first, last);
    form_add(call->form, name, range);
}

MatomoCall *matomo_call_visits(const MatomoSettings *settings, int64_t site, int64_t first_day, int64_t last_day, int limit)
{
    MatomoCall *call = matomo_call_new(settings, "Live.getLastVisitsDetails", JSON_ARRAY);
    form_add_int(call->form, "idSite", site);
    form_add(call->form, "period", "range"); /* `day` begins today's day a day early */
    matomo_call_day(call, "date", first_day, last_day);
    form_add_int(call->form, "filter_limit", limit);
    return call;
}

char *matomo_text(const JsonValue *value)
{
    Arena arena;
    size_t len;
    if (!value || value->type == JSON_NULL)
        return NULL;
    arena_init(&arena, value->len + 1);
    const char *bytes = json_text(value, &arena, &len, NULL);
    char *text = g_utf8_make_valid(bytes, (gssize)len);
    arena_done(&arena);
    return text;
}

/* ---- judging ---- */

static bool says(const char *message, const char *const *words)
{
    g_autofree char *lower = g_ascii_strdown(message, -1);
    for (; *words; words++)
        if (strstr(lower, *words))
            return true;
    return false;
}

/* The message of an error object, fit to be shown; NULL: it is none. */
static char *error_message(const JsonValue *answer)
{
    enum { SHOWN = 200 };
    const JsonValue *message = json_get(answer, "message");
    if (!json_is(json_get(answer, "result"), "error"))
        return NULL;
    if (!message || message->type != JSON_STRING)
        return g_strdup("it does not say why");
    g_autofree char *text = matomo_text(message);
    g_autofree char *cut = g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), SHOWN));
    for (char *at = cut; *at; at++)
        if (g_ascii_iscntrl(*at))
            *at = ' ';
    return g_steal_pointer(&cut);
}

static HttpVerdict refused(int status, const char *message, Err *err)
{
    g_snprintf(err->native, sizeof err->native, "%d", status);
    if (status == STATUS_UNAUTHORIZED || status == STATUS_FORBIDDEN || strstr(message, "failed logins"))
        err_hint(err, "the token needs the permission view on the site; Matomo's page Personal, Security makes tokens");
    return HTTP_BAD;
}

static HttpVerdict judge_message(int status, const char *message, Err *err)
{
    err_set(err, ERR_SOURCE, "matomo answered: %s", message);
    if (says(message, too_much))
        return HTTP_TOO_MUCH;
    if (status == STATUS_TOO_MANY)
        return HTTP_BY_STATUS;
    err->transient = says(message, passing);
    return err->transient ? HTTP_RETRY : refused(status, message, err);
}

static HttpVerdict judge_shape(const MatomoCall *call, Err *err)
{
    static const char *const names[] = {[JSON_ARRAY] = "a list", [JSON_OBJECT] = "an object"};
    const JsonValue *answer = json_root(&call->scan);
    if (call->shape == JSON_NULL || answer->type == call->shape)
        return HTTP_GOOD;
    /* PHP writes an empty map as an empty list. */
    if (call->shape == JSON_OBJECT && answer->type == JSON_ARRAY && json_count(answer) == 0)
        return HTTP_GOOD;
    err_set(err, ERR_SOURCE, "matomo answered with something else than %s", names[call->shape]);
    return HTTP_BAD;
}

/* PHP's own page about it. */
static bool page_says_too_much(const HttpReply *reply)
{
    enum { LOOKED_AT = 4096 };
    g_autofree char *head = g_strndup(reply->body, MIN(reply->body_len, LOOKED_AT));
    return *reply->body != '[' && says(head, too_much);
}

/* An empty answer, or status 500 without a word, is what PHP leaves when its memory is used up; time-outs on the way say the same of its time. */
static HttpVerdict judge_silent(const HttpReply *reply, const Err *why, Err *err)
{
    bool empty = reply->body_len == 0;
    err_set(err, ERR_SOURCE, empty ? "matomo gave an empty answer (status %d)" : "matomo gave no JSON (status %d)", reply->status);
    if (page_says_too_much(reply) || reply->status == STATUS_TIMEOUT || reply->status == STATUS_TIMEOUT_CLOUD ||
        (empty && (reply->status == STATUS_ERROR || reply->status < 300)))
        return HTTP_TOO_MUCH;
    if (reply->status >= 300)
        return HTTP_BY_STATUS;
    if (!empty && (*reply->body == '[' || *reply->body == '{'))
        err_set(err, ERR_SOURCE, "matomo's answer is broken: %s", why->message);
    err->transient = true;
    return HTTP_RETRY;
}

static HttpVerdict judge(void *data, const HttpReply *reply, int64_t *wait_ms, Err *err)
{
    MatomoCall *call = data;
    Err why = {0};
    (void)wait_ms;
    if (reply->timed_out) {
        err_set(err, ERR_SOURCE, "matomo did not answer in time");
        return HTTP_TOO_MUCH;
    }
    if (reply->body_len == 0 || !json_scan(&call->scan, reply->body, reply->body_len, &why))
        return judge_silent(reply, &why, err);
    g_autofree char *message = error_message(json_root(&call->scan));
    if (message)
        return judge_message(reply->status, message, err);
    return reply->status >= 300 ? HTTP_BY_STATUS : judge_shape(call, err);
}

/* ---- sending ---- */

bool matomo_call_submit(MatomoCall *call, HttpClient *http, Err *err)
{
    HttpRequest request = {
        .url = call->url,
        .body = call->form->str,
        .body_len = call->form->len,
        .judge = judge,
        .judge_data = call,
        .tag = call,
    };
    return http_submit(http, &request, err);
}

/* The judge has scanned the body already, where it lies. */
static void take_body(MatomoCall *call, HttpReply *reply)
{
    call->bytes = reply->body_len + call->scan.count * sizeof *call->scan.values;
    call->body = g_steal_pointer(&reply->body);
    call->answer = json_root(&call->scan);
}

MatomoCall *matomo_call_wait(HttpClient *http, Err *err)
{
    HttpReply *reply = http_wait(http, err);
    if (!reply)
        return NULL;
    MatomoCall *call = reply->tag;
    call->outcome = reply->outcome;
    call->status = reply->status;
    call->err = reply->err;
    call->date_us = reply->date_us;
    call->took_ms = reply->took_ms;
    if (reply->outcome == HTTP_DONE)
        take_body(call, reply);
    http_reply_free(reply);
    return call;
}

bool matomo_call_ask(MatomoCall *call, HttpClient *http, Err *err)
{
    if (!matomo_call_submit(call, http, err) || !matomo_call_wait(http, err))
        return false;
    if (call->outcome == HTTP_DONE)
        return true;
    *err = call->err;
    return false;
}

HttpClient *matomo_http_new(const MatomoSettings *settings, void (*phase)(void *data, const char *text),
                            void (*retrying)(void *data, const Err *why, const char *text), void *data)
{
    HttpOptions options = http_options_default;
    options.in_flight = settings->in_flight;
    options.spacing_ms = settings->spacing_ms;
    options.deadline_ms = settings->timeout_us / MS_PER_SECOND;
    options.tries = settings->tries;
    options.ca_file = settings->ca_file;
    options.insecure = !settings->verify;
    options.tls_hint = "`ca_file` names other certificate authorities; `verify: false` accepts any certificate";
    options.phase = phase;
    options.retrying = retrying;
    options.data = data;
    return http_new(&options);
}
