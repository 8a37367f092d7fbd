/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/http_scene.h - a client, a server that misbehaves by path, and what the client said meanwhile. It brings its own base/clock.h, so a
 * program with it can let time pass. */
#ifndef TIDEMARK_TESTS_HTTP_SCENE_H
#define TIDEMARK_TESTS_HTTP_SCENE_H

#include <glib.h>
#include <stdatomic.h>

#include "net/http.h"
#include "tests/support/http_server.h"

/* Answers by path: /status/N that status once, then 200 `good`; /always/N; /held when the gate opens, `held`; /echo connection, head and body of the
 * request; /soon 429 with Retry-After: 7; /late 503 with a Retry-After two minutes from its Date; /moved a redirect with secrets in it; /packed gzip;
 * /chunks a character on the border of two; /large 32 bytes; /bomb a megabyte, packed; /cut half a body, and /gone nothing, twice; others their path. */
typedef struct HttpScene {
    HttpServer *server;
    HttpOptions options; /* to be changed before scene_open() */
    HttpClient *client;
    GString *phases, *retries; /* a line each */
    const char *stop_at;       /* a word of the phase at which the client is interrupted */
} HttpScene;

int scene_set_up(void **data); /* of cmocka: *data becomes an HttpScene; the gate is closed */
int scene_tear_down(void **data);
void scene_open(HttpScene *scene);
void scene_submit(HttpScene *scene, const char *path, HttpRequest request); /* request.url is made from the path */
HttpReply *scene_next(HttpScene *scene);
HttpReply *scene_fetch(HttpScene *scene, const char *path); /* a GET; opens the client when that was not done */

/* Both free the reply. The message must end as given: what comes before is the server's address. */
void expect_done(HttpReply *reply, const char *body);
void expect_failed(HttpReply *reply, ErrCode code, const char *native, bool transient, const char *end);

extern _Atomic int64_t skipped_ms; /* added to what clock_mono_ms() says */

void gate_hold(void); /* returns when the gate is open */
void gate_open(bool open);
void gate_wait_for(int held); /* until that many are held */

#endif
