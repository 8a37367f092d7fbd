/* SPDX-License-Identifier: Apache-2.0 */
/* net/http.h - an HTTP client for one thread that keeps several requests in flight.
 *
 * Submit requests, then take the finished ones with http_wait(), in the order in which they finish. What may pass (time-outs, broken
 * connections, 429, 5xx) is tried again by the client, with growing and jittered waits; everything else comes back at once. So a request must be
 * safe to repeat. Requests beyond `in_flight` wait their turn in the order of submission.
 *
 * Threads: one thread uses a client; only http_interrupt() and http_stats() may be called from others.
 *
 * Time: transfers move only inside http_wait(). A caller that stays away (its queue is full) makes nothing late: deadlines count the time spent
 * inside http_wait() alone.
 *
 * Secrets: bodies and headers are never logged and never part of an error. URLs appear without user info, query and fragment; keep secrets out of
 * the path all the same. Redirects are never followed: a token must not go where nobody sent it. TLS is verified unless `insecure` is set.
 * Proxies are taken from the usual environment variables (https_proxy, no_proxy), as everywhere. */
#ifndef TIDEMARK_NET_HTTP_H
#define TIDEMARK_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef struct HttpClient HttpClient;
typedef struct HttpReply HttpReply;

/* What a complete answer is, as the caller's judge reads it. */
typedef enum HttpVerdict {
    HTTP_BY_STATUS = 0, /* the client's own rule: 2xx is good, 429 and 5xx pass, everything else is a failure */
    HTTP_GOOD,          /* deliver it, whatever its status */
    HTTP_RETRY,         /* try again; *err says why, and is what is delivered when the tries are used up */
    HTTP_TOO_MUCH,      /* the server would manage a smaller request: deliver it as HTTP_SMALLER, with *err */
    HTTP_BAD            /* a failure that stays one: deliver it, with *err */
} HttpVerdict;

/* Called on the client's thread, inside http_wait(), for every try that was answered completely (whatever its status, redirects excepted) and for
 * every try that ran out of time while it waited for the answer (reply->timed_out; no status, no body, and reply->err says so already). With HTTP_RETRY it
 * may set *wait_ms: the least time to wait, where the body or the API's rules name one; the larger of it, Retry-After and the client's own wait
 * counts. With any verdict but HTTP_BY_STATUS and HTTP_GOOD it fills *err, and marks it transient where it may pass. It must not call the client. */
typedef HttpVerdict (*HttpJudge)(void *data, const HttpReply *reply, int64_t *wait_ms, Err *err);

typedef struct HttpOptions {
    int in_flight;              /* requests at a time */
    int64_t spacing_ms;         /* least time between the beginnings of two requests; 0: none */
    int64_t connect_ms;         /* until the connection stands, TLS included */
    int64_t deadline_ms;        /* of one try, from its beginning to its last byte */
    int tries;                  /* of one request, the first included */
    int64_t backoff_ms;         /* wait before the second try; doubled before each further one. Up to half is taken off at random */
    int64_t backoff_max_ms;     /* where doubling ends */
    int64_t retry_after_max_ms; /* the longest wait that a Retry-After or a judge may ask for */
    size_t body_max;            /* bytes of an unpacked body; a longer one comes back as HTTP_SMALLER */
    const char *ca_file;        /* PEM file of certificate authorities instead of the system's; NULL: the system's */
    bool insecure;              /* encrypt without verifying */
    const char *tls_hint;       /* hint of an error in verification: names the caller's options; may be NULL */
    const char *user_agent;     /* NULL: "tidemark/VERSION" */
    /* What the client is doing, when that changes: "4 requests in flight", "4 requests in flight, the oldest for 15 s", "retry 2 in 4 s: 503 from
     * stats.example.org", "" when nothing is pending. Called inside http_wait(); may be NULL. */
    void (*phase)(void *data, const char *text);
    /* A try failed and the next one follows: *why is what failed, text the phase. For the caller's log. Called inside http_wait(); may be NULL. */
    void (*retrying)(void *data, const Err *why, const char *text);
    void *data; /* of both */
} HttpOptions;

/* 4 in flight, connect 10 s, deadline 180 s, 6 tries from 1 s doubled up to 60 s, Retry-After up to 15 min, bodies up to 64 MiB. */
extern const HttpOptions http_options_default;

/* Strings and pointers are copied by http_submit(), except data and tag. */
typedef struct HttpRequest {
    const char *url; /* http:// or https://; user info is sent as basic authentication (and must be registered as a secret) */
    const char *const *headers; /* "Name: value", NULL-terminated; may be NULL */
    const char *body;           /* NULL: a GET; otherwise a POST, form-urlencoded unless headers name a Content-Type */
    size_t body_len;
    int64_t deadline_ms; /* 0: the client's */
    HttpJudge judge;     /* NULL: HTTP_BY_STATUS */
    void *judge_data;
    void *tag; /* comes back with the reply */
} HttpRequest;

typedef enum HttpOutcome {
    HTTP_DONE,    /* body is the answer */
    HTTP_SMALLER, /* a smaller request may succeed: err says why */
    HTTP_FAILED   /* err says why; err.transient: it failed to the last try in a way that may pass */
} HttpOutcome;

struct HttpReply {
    void *tag;
    HttpOutcome outcome;
    int status;     /* 0: no answer */
    bool timed_out; /* the last try ran out of time after its connection stood */
    char *body;     /* the whole, unpacked; a NUL stands behind it. Never NULL. g_steal_pointer() it to keep it */
    size_t body_len;
    char *content_type; /* as sent; NULL: none */
    int64_t date_us;    /* the server's clock by its Date header, microseconds since 1970 UTC (whole seconds); INT64_MIN: none */
    int tries;          /* used */
    int64_t took_ms;    /* the last try */
    Err err; /* of HTTP_SMALLER and HTTP_FAILED. native: the HTTP status, or "timeout", "connect", "tls", "broken", "redirect", "too large" */
};

/* Never NULL. Options are copied; what they point to must outlive the client. */
HttpClient *http_new(const HttpOptions *options);
/* Drops what is pending. NULL is fine. Never waits for a server or a name service. */
void http_free(HttpClient *client);

/* False: the URL is none (ERR_CONFIG), or the client was interrupted (ERR_CANCELLED). */
bool http_submit(HttpClient *client, const HttpRequest *request, Err *err);

/* Requests submitted and not yet returned by http_wait(). */
int http_pending(const HttpClient *client);

/* The next finished request; blocks. NULL: nothing is pending (err->code is ERR_NONE), or the client was interrupted (ERR_CANCELLED), also while it
 * waits before a try. The caller owns the reply. */
HttpReply *http_wait(HttpClient *client, Err *err);
void http_reply_free(HttpReply *reply);

/* Submits and waits for this one; nothing else may be pending. NULL only when cancelled or when the URL is none. */
HttpReply *http_fetch(HttpClient *client, const HttpRequest *request, Err *err);

/* Any thread: a blocked http_wait() returns at once, and this and every later call fails with ERR_CANCELLED. */
void http_interrupt(HttpClient *client);

typedef struct HttpStats {
    int64_t tries;          /* sent, repeated ones included */
    int64_t retries;        /* of which were not the first of their request */
    int64_t bytes;          /* of bodies, as received (packed) */
    int64_t bytes_unpacked; /* of bodies */
    int64_t in_flight;      /* now */
} HttpStats;
/* Any thread. */
HttpStats http_stats(const HttpClient *client);

/* The URL as it may be shown: without user info, query and fragment. g_free() it. */
char *http_url_display(const char *url);

#endif
