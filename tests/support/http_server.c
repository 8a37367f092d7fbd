/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/http_server.h"

#include <arpa/inet.h>
#include <glib.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

struct HttpServer {
    HttpHandler handler;
    void *data;
    int listener, port;
    pthread_t acceptor;
    pthread_mutex_t lock; /* over what follows */
    GPtrArray *connections;
    GHashTable *counts; /* path → number of requests */
    int requests, busy, most;
};

typedef struct Connection {
    HttpServer *server;
    int socket, number;
    pthread_t thread;
} Connection;

bool http_server_write(int socket, const char *bytes, size_t len)
{
    for (size_t sent = 0; sent < len;) {
        ssize_t n = send(socket, bytes + sent, len - sent, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        sent += (size_t)n;
    }
    return true;
}

bool http_server_say(int socket, int status, const char *headers, const char *body, size_t len)
{
    g_autoptr(GString) all = g_string_new(NULL);
    g_string_printf(all, "HTTP/1.1 %d Word\r\n%sContent-Length: %zu\r\n\r\n", status, headers, len);
    g_string_append_len(all, body, (gssize)len);
    return http_server_write(socket, all->str, all->len);
}

/* Reads one request into the buffer, head and body; returns where the head ends, or 0 when there is none any more. */
static size_t read_request(int socket, GString *in)
{
    size_t head = 0, body = 0;
    g_string_truncate(in, 0);
    while (!head || in->len < head + body) {
        char room[4096];
        ssize_t n = recv(socket, room, sizeof room, 0);
        if (n <= 0)
            return 0;
        g_string_append_len(in, room, n);
        const char *end = head ? NULL : strstr(in->str, "\r\n\r\n");
        if (end) {
            const char *length = strcasestr(in->str, "\r\nContent-Length:");
            head = (size_t)(end + 4 - in->str);
            body = length && length < end ? strtoul(length + strlen("\r\nContent-Length:"), NULL, 10) : 0;
        }
    }
    return head;
}

static bool answer(Connection *connection, const GString *in, size_t head)
{
    HttpServer *server = connection->server;
    g_autofree char *lines = g_strndup(in->str, head);
    const char *from = strchr(lines, ' ') + 1;
    g_autofree char *path = g_strndup(from, strcspn(from, " "));
    HttpSeen seen = {
        .connection = connection->number, .path = path, .head = lines, .body = in->str + head, .body_len = in->len - head};
    pthread_mutex_lock(&server->lock);
    seen.number = GPOINTER_TO_INT(g_hash_table_lookup(server->counts, path)) + 1;
    g_hash_table_replace(server->counts, g_strdup(path), GINT_TO_POINTER(seen.number));
    server->requests++;
    server->busy++;
    server->most = MAX(server->most, server->busy);
    pthread_mutex_unlock(&server->lock);
    bool stay = server->handler(server->data, &seen, connection->socket);
    pthread_mutex_lock(&server->lock);
    server->busy--;
    pthread_mutex_unlock(&server->lock);
    return stay;
}

static void *serve(void *data)
{
    Connection *connection = data;
    g_autoptr(GString) in = g_string_new(NULL);
    for (size_t head; (head = read_request(connection->socket, in));)
        if (!answer(connection, in, head))
            break;
    shutdown(connection->socket, SHUT_RDWR);
    return NULL;
}

static void *accept_all(void *data)
{
    HttpServer *server = data;
    for (int socket; (socket = accept(server->listener, NULL, NULL)) >= 0;) {
        Connection *connection = g_new0(Connection, 1);
        connection->server = server;
        connection->socket = socket;
        pthread_mutex_lock(&server->lock);
        g_ptr_array_add(server->connections, connection);
        connection->number = (int)server->connections->len;
        pthread_mutex_unlock(&server->lock);
        pthread_create(&connection->thread, NULL, serve, connection);
    }
    return NULL;
}

HttpServer *http_server_new(HttpHandler handler, void *data)
{
    HttpServer *server = g_new0(HttpServer, 1);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    server->handler = handler;
    server->data = data;
    server->connections = g_ptr_array_new_with_free_func(g_free);
    server->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    pthread_mutex_init(&server->lock, NULL);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->listener, (struct sockaddr *)&address, len) != 0 || listen(server->listener, 64) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &len) != 0)
        g_error("no socket to listen on");
    server->port = ntohs(address.sin_port);
    pthread_create(&server->acceptor, NULL, accept_all, server);
    return server;
}

void http_server_free(HttpServer *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->acceptor, NULL);
    close(server->listener);
    for (guint i = 0; i < server->connections->len; i++) {
        Connection *connection = server->connections->pdata[i];
        shutdown(connection->socket, SHUT_RDWR);
        pthread_join(connection->thread, NULL);
        close(connection->socket);
    }
    g_ptr_array_unref(server->connections);
    g_hash_table_unref(server->counts);
    pthread_mutex_destroy(&server->lock);
    g_free(server);
}

char *http_server_url(const HttpServer *server, const char *path)
{
    return g_strdup_printf("http://127.0.0.1:%d%s", server->port, path);
}

static int locked(HttpServer *server, const int *number)
{
    pthread_mutex_lock(&server->lock);
    int copy = *number;
    pthread_mutex_unlock(&server->lock);
    return copy;
}

int http_server_requests(HttpServer *server)
{
    return locked(server, &server->requests);
}

int http_server_most(HttpServer *server)
{
    return locked(server, &server->most);
}
