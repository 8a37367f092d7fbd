/* SPDX-License-Identifier: Apache-2.0 */
/* sources/matomo_call.h - one call of Matomo's Reporting API.
 *
 * The method stands in the URL (only then does a refused token answer with JSON), everything else, the token first, in the body. An answer is judged by
 * what it says, since most of the API's errors come with status 200: see judge() in matomo_call.c. */
#ifndef TIDEMARK_SOURCES_MATOMO_CALL_H
#define TIDEMARK_SOURCES_MATOMO_CALL_H

#include "base/json_scan.h"
#include "net/http.h"
#include "sources/matomo_settings.h"

typedef struct MatomoCall {
    char *url;
    GString *form;
    JsonType shape; /* what a good answer is; JSON_NULL: whatever it is */
    void *owner;    /* the caller's */
    /* when it is finished */
    HttpOutcome outcome;
    int status;
    Err err;                 /* of HTTP_SMALLER and HTTP_FAILED */
    const JsonValue *answer; /* of HTTP_DONE */
    size_t bytes;            /* that it holds */
    int64_t date_us, took_ms;
    char *body; /* that the answer points into */
    JsonScan scan;
} MatomoCall;

/* A call with the token, and language and number format set so that values come raw. */
MatomoCall *matomo_call_new(const MatomoSettings *settings, const char *method, JsonType shape);
void matomo_call_free(MatomoCall *call); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MatomoCall, matomo_call_free)

void matomo_call_day(MatomoCall *call, const char *name, int64_t first_day, int64_t last_day); /* "2024-01-01,2024-01-31" */

/* A call for visits of these days of the site, at most `limit`. */
MatomoCall *matomo_call_visits(const MatomoSettings *settings, int64_t site, int64_t first_day, int64_t last_day, int limit);

/* The call must live until matomo_call_wait() has returned it. */
bool matomo_call_submit(MatomoCall *call, HttpClient *http, Err *err);
/* The next finished call; NULL: interrupted. */
MatomoCall *matomo_call_wait(HttpClient *http, Err *err);

/* Submits and waits; nothing else may be pending. False with *err: also when the answer was none. */
bool matomo_call_ask(MatomoCall *call, HttpClient *http, Err *err);

/* A value's text, made valid UTF-8; NULL where there is none. The caller frees it. */
char *matomo_text(const JsonValue *value);

/* A client for the server of the settings. phase, retrying: see HttpOptions. */
HttpClient *matomo_http_new(const MatomoSettings *settings, void (*phase)(void *data, const char *text),
                            void (*retrying)(void *data, const Err *why, const char *text), void *data);

#endif
