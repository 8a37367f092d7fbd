/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/mongo_wire.h"

#include <errno.h>
#include <glib.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

enum {
    STREAM_TYPE = 100, /* libmongoc's own are below; it only asks whether two are the same */
    CONNECT_MS = 10000,
    BUFFER_BYTES = 16 * 1024
};

struct MongoWire {
    int wake; /* readable for ever once interrupted */
    atomic_bool stopped;
    GHashTable *reached; /* host:port of servers that the client may know: see initiate() */
};

typedef struct WireStream {
    mongoc_stream_t base;
    MongoWire *wire;
    int fd;    /* -1: closed, or never connected */
    int error; /* errno of the last call */
} WireStream;

MongoWire *mongo_wire_new(void)
{
    MongoWire *wire = g_new0(MongoWire, 1);
    wire->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    wire->reached = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return wire;
}

void mongo_wire_free(MongoWire *wire)
{
    if (!wire)
        return;
    close(wire->wake);
    g_hash_table_unref(wire->reached);
    g_free(wire);
}

void mongo_wire_interrupt(MongoWire *wire)
{
    uint64_t one = 1;
    atomic_store(&wire->stopped, true);
    if (write(wire->wake, &one, sizeof one) < 0)
        return; /* full: it is readable already */
}

bool mongo_wire_stopped(const MongoWire *wire)
{
    return atomic_load(&wire->stopped);
}

static int left(int64_t deadline)
{
    if (deadline < 0)
        return -1;
    int64_t ms = deadline - clock_mono_ms();
    return ms < 0 ? 0 : (int)ms;
}

static int64_t deadline_in(int32_t ms)
{
    return ms < 0 ? -1 : clock_mono_ms() + ms;
}

bool mongo_wire_wait(MongoWire *wire, int milliseconds)
{
    int64_t deadline = deadline_in(milliseconds);
    struct pollfd wake = {.fd = wire->wake, .events = POLLIN};
    while (!mongo_wire_stopped(wire) && left(deadline) > 0)
        poll(&wake, 1, left(deadline));
    return !mongo_wire_stopped(wire);
}

/* 0: ready; otherwise an errno. */
static int await(MongoWire *wire, int fd, short events, int64_t deadline)
{
    for (;;) {
        struct pollfd fds[2] = {{.fd = fd, .events = events}, {.fd = wire->wake, .events = POLLIN}};
        if (mongo_wire_stopped(wire))
            return ECANCELED;
        int ready = poll(fds, 2, left(deadline));
        if (ready == 0)
            return ETIMEDOUT;
        if (ready < 0 && errno != EINTR)
            return errno;
        if (ready > 0 && fds[1].revents)
            return ECANCELED;
        if (ready > 0)
            return 0;
    }
}

static ssize_t failed(WireStream *stream, int error)
{
    errno = stream->error = error;
    return -1;
}

static void advance(mongoc_iovec_t *iov, size_t count, size_t *at, size_t done)
{
    while (*at < count && done >= iov[*at].iov_len)
        done -= iov[(*at)++].iov_len;
    if (*at < count) {
        iov[*at].iov_base = (char *)iov[*at].iov_base + done;
        iov[*at].iov_len -= done;
    }
}

static ssize_t wire_writev(mongoc_stream_t *base, mongoc_iovec_t *iov, size_t count, int32_t timeout)
{
    WireStream *stream = (WireStream *)base;
    int64_t deadline = deadline_in(timeout);
    ssize_t total = 0;
    for (size_t at = 0; at < count;) {
        struct msghdr message = {.msg_iov = iov + at, .msg_iovlen = count - at};
        if (mongo_wire_stopped(stream->wire))
            return failed(stream, ECANCELED);
        ssize_t sent = sendmsg(stream->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            total += sent;
            advance(iov, count, &at, (size_t)sent);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            int error = await(stream->wire, stream->fd, POLLOUT, deadline);
            if (error)
                return failed(stream, error);
        } else if (errno != EINTR) {
            return failed(stream, errno);
        }
    }
    stream->error = 0;
    return total;
}

static ssize_t wire_readv(mongoc_stream_t *base, mongoc_iovec_t *iov, size_t count, size_t min_bytes, int32_t timeout)
{
    WireStream *stream = (WireStream *)base;
    int64_t deadline = deadline_in(timeout);
    size_t total = 0;
    for (size_t at = 0; at < count;) {
        struct msghdr message = {.msg_iov = iov + at, .msg_iovlen = count - at};
        if (mongo_wire_stopped(stream->wire))
            return failed(stream, ECANCELED);
        ssize_t got = recvmsg(stream->fd, &message, MSG_DONTWAIT);
        if (got > 0) {
            total += (size_t)got;
            advance(iov, count, &at, (size_t)got);
            if (total >= min_bytes && min_bytes > 0)
                break;
        } else if (got == 0) {
            if (total > 0 && total >= min_bytes)
                break;
            return failed(stream, ECONNRESET);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (total > 0 && total >= min_bytes)
                break;
            if (timeout == 0)
                return failed(stream, EAGAIN);
            int error = await(stream->wire, stream->fd, POLLIN, deadline);
            if (error)
                return failed(stream, error);
        } else if (errno != EINTR) {
            return failed(stream, errno);
        }
    }
    stream->error = 0;
    return (ssize_t)total;
}

static int wire_flush(mongoc_stream_t *base)
{
    (void)base;
    return 0;
}

static int wire_close(mongoc_stream_t *base)
{
    WireStream *stream = (WireStream *)base;
    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
    return 0;
}

static void wire_destroy(mongoc_stream_t *base)
{
    wire_close(base);
    g_free(base);
}

static int wire_setsockopt(mongoc_stream_t *base, int level, int name, void *value, mongoc_socklen_t len)
{
    return setsockopt(((WireStream *)base)->fd, level, name, value, len);
}

static bool wire_check_closed(mongoc_stream_t *base)
{
    char byte;
    ssize_t got = recv(((WireStream *)base)->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

static bool wire_timed_out(mongoc_stream_t *base)
{
    return ((WireStream *)base)->error == ETIMEDOUT;
}

static bool wire_should_retry(mongoc_stream_t *base)
{
    return ((WireStream *)base)->error == EAGAIN;
}

static ssize_t wire_poll(mongoc_stream_poll_t *streams, size_t count, int32_t timeout)
{
    g_autofree struct pollfd *fds = g_new0(struct pollfd, count + 1);
    if (count == 0)
        return 0;
    MongoWire *wire = ((WireStream *)streams[0].stream)->wire;
    for (size_t i = 0; i < count; i++)
        fds[i] = (struct pollfd){.fd = ((WireStream *)streams[i].stream)->fd, .events = (short)streams[i].events};
    fds[count] = (struct pollfd){.fd = wire->wake, .events = POLLIN};
    int ready = poll(fds, count + 1, timeout);
    if (ready <= 0)
        return ready;
    bool woken = fds[count].revents != 0;
    for (size_t i = 0; i < count; i++)
        streams[i].revents = fds[i].revents | (woken ? POLLIN : 0); /* the read that follows says ECANCELED */
    return woken ? (ssize_t)count : ready;
}

/* A stream that was never connected is ready at once: poll() would pass it over, and the call that follows says so. */
static ssize_t dead_poll(mongoc_stream_poll_t *streams, size_t count, int32_t timeout)
{
    (void)timeout;
    for (size_t i = 0; i < count; i++)
        streams[i].revents = streams[i].events;
    return (ssize_t)count;
}

static mongoc_stream_t *stream_new(MongoWire *wire, int fd)
{
    int one = 1;
    WireStream *stream = g_new0(WireStream, 1);
    if (fd >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    }
    stream->wire = wire;
    stream->fd = fd;
    stream->base = (mongoc_stream_t){
        .type = STREAM_TYPE,
        .destroy = wire_destroy,
        .close = wire_close,
        .flush = wire_flush,
        .writev = wire_writev,
        .readv = wire_readv,
        .setsockopt = wire_setsockopt,
        .check_closed = wire_check_closed,
        .poll = fd >= 0 ? wire_poll : dead_poll,
        .failed = wire_destroy,
        .timed_out = wire_timed_out,
        .should_retry = wire_should_retry,
    };
    return &stream->base;
}

/* A connected socket, or -1 with errno. */
static int connect_to(MongoWire *wire, int family, const struct sockaddr *address, socklen_t len, int64_t deadline)
{
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error = 0;
    socklen_t size = sizeof error;
    if (fd < 0)
        return -1;
    if (connect(fd, address, len) != 0)
        error = errno;
    if (error == EINPROGRESS) {
        error = await(wire, fd, POLLOUT, deadline);
        if (error == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
            error = errno;
    }
    if (error == 0)
        return fd;
    close(fd);
    errno = error;
    return -1;
}

static int connect_unix(MongoWire *wire, const char *path, int64_t deadline)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (g_strlcpy(address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return connect_to(wire, AF_UNIX, (struct sockaddr *)&address, sizeof address, deadline);
}

static int connect_host(MongoWire *wire, const mongoc_host_list_t *host, int64_t deadline, bson_error_t *error)
{
    struct addrinfo hints = {.ai_family = host->family, .ai_socktype = SOCK_STREAM}, *list = NULL;
    char port[8];
    g_snprintf(port, sizeof port, "%u", (unsigned)host->port);
    int result = getaddrinfo(host->host, port, &hints, &list);
    if (result != 0) {
        bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_NAME_RESOLUTION, "cannot resolve %s: %s", host->host,
                       gai_strerror(result));
        return -1;
    }
    int fd = -1;
    for (struct addrinfo *at = list; at && fd < 0 && !mongo_wire_stopped(wire); at = at->ai_next)
        fd = connect_to(wire, at->ai_family, at->ai_addr, at->ai_addrlen, deadline);
    int last = errno;
    freeaddrinfo(list);
    if (fd < 0)
        bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_CONNECT, "cannot connect to %s: %s", host->host_and_port,
                       g_strerror(last));
    return fd;
}

static bool wants_tls(const mongoc_uri_t *uri)
{
    const char *mechanism = mongoc_uri_get_auth_mechanism(uri);
    return mongoc_uri_get_tls(uri) || (mechanism && strcmp(mechanism, "MONGODB-X509") == 0);
}

/* Takes the stream; verification is on unless the URL says otherwise in as many words. */
static mongoc_stream_t *with_tls(mongoc_stream_t *stream, const mongoc_uri_t *uri, const mongoc_host_list_t *host, int32_t timeout,
                                 bson_error_t *error)
{
    bool insecure = mongoc_uri_get_option_as_bool(uri, MONGOC_URI_TLSINSECURE, false);
    mongoc_ssl_opt_t options = {
        .pem_file = mongoc_uri_get_option_as_utf8(uri, MONGOC_URI_TLSCERTIFICATEKEYFILE, NULL),
        .pem_pwd = mongoc_uri_get_option_as_utf8(uri, MONGOC_URI_TLSCERTIFICATEKEYFILEPASSWORD, NULL),
        .ca_file = mongoc_uri_get_option_as_utf8(uri, MONGOC_URI_TLSCAFILE, NULL),
        .weak_cert_validation = insecure || mongoc_uri_get_option_as_bool(uri, MONGOC_URI_TLSALLOWINVALIDCERTIFICATES, false),
        .allow_invalid_hostname = insecure || mongoc_uri_get_option_as_bool(uri, MONGOC_URI_TLSALLOWINVALIDHOSTNAMES, false),
    };
    mongoc_stream_t *tls = mongoc_stream_tls_new_with_hostname(stream, host->host, &options, 1);
    if (!tls) {
        mongoc_stream_destroy(stream);
        bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET,
                       "TLS cannot be set up: check tlsCAFile and tlsCertificateKeyFile");
        return NULL;
    }
    if (mongoc_stream_tls_handshake_block(tls, host->host, timeout, error))
        return tls;
    mongoc_stream_destroy(tls);
    return NULL;
}

/* NULL with *error: no connection. */
static mongoc_stream_t *connected(MongoWire *wire, const mongoc_uri_t *uri, const mongoc_host_list_t *host, bson_error_t *error)
{
    int32_t timeout = mongoc_uri_get_option_as_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS, CONNECT_MS);
    int64_t deadline = deadline_in(timeout);
    int fd;
    if (host->family == AF_UNIX) {
        fd = connect_unix(wire, host->host, deadline);
        if (fd < 0)
            bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_CONNECT, "cannot connect to %s: %s", host->host,
                           g_strerror(errno));
    } else {
        fd = connect_host(wire, host, deadline, error);
    }
    if (fd < 0)
        return NULL;
    mongoc_stream_t *stream = stream_new(wire, fd);
    return wants_tls(uri) ? with_tls(stream, uri, host, timeout, error) : stream;
}

/* libmongoc 1.23 asks a server that it knows once more on a new connection, with its lock held, when the old one failed; told NULL there, it
 * takes that lock a second time and waits for itself for ever. So the first failure after a success is a stream of which each use fails. As
 * the server is unknown to it from then on, the next try is made without the lock, and its NULL brings the operator the reason. */
static mongoc_stream_t *initiate(const mongoc_uri_t *uri, const mongoc_host_list_t *host, void *data, bson_error_t *error)
{
    MongoWire *wire = data;
    mongoc_stream_t *stream = connected(wire, uri, host, error);
    if (stream)
        g_hash_table_add(wire->reached, g_strdup(host->host_and_port));
    else if (g_hash_table_remove(wire->reached, host->host_and_port))
        stream = stream_new(wire, -1);
    return stream ? mongoc_stream_buffered_new(stream, BUFFER_BYTES) : NULL;
}

void mongo_wire_attach(MongoWire *wire, mongoc_client_t *client, const mongoc_uri_t *uri)
{
    if (mongoc_uri_get_option_as_bool(uri, MONGOC_URI_TLSDISABLEOCSPENDPOINTCHECK, false) ||
        mongoc_uri_get_option_as_bool(uri, MONGOC_URI_TLSDISABLECERTIFICATEREVOCATIONCHECK, false))
        return;
    mongoc_client_set_stream_initiator(client, initiate, wire);
}
