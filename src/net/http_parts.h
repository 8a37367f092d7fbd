/* SPDX-License-Identifier: Apache-2.0 */
/* net/http_parts.h - what the files of the HTTP client share: http.c is the loop, http_transfer.c one try, http_answer.c what became of it, http_phase.c
 * what the operator reads. */
#ifndef TIDEMARK_NET_HTTP_PARTS_H
#define TIDEMARK_NET_HTTP_PARTS_H

#include <curl/curl.h>
#include <glib.h>
#include <stdatomic.h>

#include "net/http.h"

/* A request from its submission to its reply. */
typedef struct Transfer {
    HttpClient *client;
    char *url, *shown, *host; /* shown: for texts; host: with its port */
    struct curl_slist *headers;
    char *body;
    size_t body_len;
    int64_t deadline_ms;
    HttpJudge judge;
    void *judge_data;
    HttpReply *reply;

    CURL *easy;            /* NULL: waits */
    int64_t not_before_ms; /* when it waits */
    int64_t started_ms;    /* the try, by the client's own time: http.c */
    size_t capacity;       /* of reply->body */
    bool too_large;
    char error[CURL_ERROR_SIZE];
    char reason[32]; /* why the last try failed, in a word or two: "503", "no connection" */
} Transfer;

struct HttpClient {
    HttpOptions options;
    char *ca_file, *tls_hint, *user_agent;
    CURLM *multi;
    GQueue waiting;     /* Transfer, in order of submission, those to be tried again first */
    GPtrArray *running; /* Transfer, borrowed from nobody: moved between here and waiting */
    GQueue finished;    /* HttpReply, in order of arrival */
    GRand *random;
    atomic_bool interrupted;
    int64_t away_ms, left_ms; /* time spent outside http_wait(), and when that began; 0: inside, or never entered */
    int64_t next_start_ms;    /* spacing, and the wait that a 429 asks of everyone */
    char *phase;
    _Atomic int64_t tries, retries, bytes, bytes_unpacked, in_flight;
};

/* ---- http_transfer.c ---- */
Transfer *transfer_new(HttpClient *client, const HttpRequest *request, Err *err);
void transfer_free(Transfer *transfer); /* the reply too, unless it was taken */
bool transfer_start(Transfer *transfer, Err *err);
void transfer_stop(Transfer *transfer); /* ends the try; what was received stays */
bool transfer_is_connecting(const Transfer *transfer);

/* ---- http_answer.c ---- */
/* Reads what became of a try, while its handle is still there. True: the reply is final. False: to be tried again after *wait_ms; *everyone: no other request
 * should begin before that either. The reply's err says why in both cases. */
bool answer_read(Transfer *transfer, CURLcode result, int64_t *wait_ms, bool *everyone);

/* ---- http_phase.c ---- */
void phase_show(HttpClient *client, int64_t now_ms);
void phase_retrying(Transfer *transfer, int64_t now_ms);

#endif
