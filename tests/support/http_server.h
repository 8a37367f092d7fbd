/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/http_server.h - an HTTP server inside a test: a thread for each connection, and a function of the test that answers.
 *
 * Connections stay open until the handler or the client ends them. */
#ifndef TIDEMARK_TESTS_HTTP_SERVER_H
#define TIDEMARK_TESTS_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct HttpServer HttpServer;

typedef struct HttpSeen {
    int connection;   /* from 1 */
    int number;       /* the how manieth request for this path, from 1 */
    const char *path; /* "/a?b=c" */
    const char *head; /* request line and headers */
    const char *body;
    size_t body_len;
} HttpSeen;

/* On the connection's thread: writes what it likes to the socket. False: the connection is closed. */
typedef bool (*HttpHandler)(void *data, const HttpSeen *seen, int socket);

HttpServer *http_server_new(HttpHandler handler, void *data);
void http_server_free(HttpServer *server); /* closes all connections and waits for their threads: handlers must not block then */

/* "http://127.0.0.1:PORT" + path. g_free() it. */
char *http_server_url(const HttpServer *server, const char *path);
int http_server_requests(HttpServer *server); /* so far */
int http_server_most(HttpServer *server);     /* the most that were being answered at a time */

/* A whole answer; headers are lines with their line ends, or "". False when the client is gone. */
bool http_server_say(int socket, int status, const char *headers, const char *body, size_t len);
bool http_server_write(int socket, const char *bytes, size_t len);

#endif
