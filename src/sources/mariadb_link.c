/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/mariadb_link.h"

#include <errmsg.h>
#include <mysqld_error.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum {
    CONNECT_SECONDS = 10,
    COROUTINE_STACK = 256 * 1024, /* name resolution runs on it */
    /* A peer that is gone without a word is found out after about two minutes; a query may be silent for as long as it takes. */
    KEEP_IDLE = 60,
    KEEP_INTERVAL = 15,
    KEEP_COUNT = 4
};

struct MariaLink {
    const MariaTarget *target;
    MYSQL *mysql;
    int wake; /* readable for ever once interrupted */
    atomic_bool stopped;
    pthread_mutex_t lock; /* guards socket */
    int socket;           /* our own duplicate: the client closes its descriptor whenever it likes; -1: none */
};

MariaLink *maria_link_new(const MariaTarget *target)
{
    MariaLink *link = g_new0(MariaLink, 1);
    link->target = target;
    link->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    link->socket = -1;
    pthread_mutex_init(&link->lock, NULL);
    return link;
}

void maria_link_free(MariaLink *link)
{
    if (!link)
        return;
    maria_link_disconnect(link);
    pthread_mutex_destroy(&link->lock);
    close(link->wake);
    g_free(link);
}

bool maria_link_stopped(const MariaLink *link)
{
    return atomic_load(&link->stopped);
}

MYSQL *maria_link_handle(MariaLink *link)
{
    return link->mysql;
}

const MariaTarget *maria_link_target(const MariaLink *link)
{
    return link->target;
}

/* Wakes whoever waits on the socket. Its end is a reset: the server would otherwise go on for a minute with an answer that nobody reads.
 * Under the lock. */
static void cut(const MariaLink *link)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    if (link->socket < 0)
        return;
    setsockopt(link->socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    shutdown(link->socket, SHUT_RDWR);
}

void maria_link_interrupt(MariaLink *link)
{
    uint64_t one = 1;
    pthread_mutex_lock(&link->lock);
    atomic_store(&link->stopped, true);
    cut(link);
    ssize_t told = write(link->wake, &one, sizeof one); /* when it is full it is readable already */
    (void)told;
    pthread_mutex_unlock(&link->lock);
}

void maria_link_abandon(MariaLink *link)
{
    pthread_mutex_lock(&link->lock);
    cut(link);
    pthread_mutex_unlock(&link->lock);
}

static int left(int64_t deadline)
{
    int64_t ms = deadline - clock_mono_ms();
    return ms < 0 ? 0 : (int)ms;
}

bool maria_link_wait(MariaLink *link, int milliseconds)
{
    int64_t deadline = clock_mono_ms() + milliseconds;
    struct pollfd wake = {.fd = link->wake, .events = POLLIN};
    while (!maria_link_stopped(link) && left(deadline) > 0)
        poll(&wake, 1, left(deadline));
    return !maria_link_stopped(link);
}

/* ---- errors ---- */

static bool worth_retrying(unsigned code)
{
    static const unsigned codes[] = {
        CR_CONNECTION_ERROR,   CR_CONN_HOST_ERROR,       CR_SERVER_GONE_ERROR, CR_SERVER_LOST,    CR_SERVER_LOST_EXTENDED,
        ER_CON_COUNT_ERROR,    ER_SERVER_SHUTDOWN,       ER_NORMAL_SHUTDOWN,   ER_NET_READ_ERROR, ER_NET_READ_INTERRUPTED,
        ER_NET_ERROR_ON_WRITE, ER_NET_WRITE_INTERRUPTED, ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK,  ER_CONNECTION_KILLED,
        ER_TABLE_DEF_CHANGED,  ER_QUERY_INTERRUPTED,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
        if (code == codes[i])
            return true;
    return false;
}

bool maria_link_error(MariaLink *link, ErrCode code, Err *err, const char *what)
{
    if (maria_link_stopped(link))
        return err_set(err, ERR_CANCELLED, "%s: stopped", what);
    unsigned number = link->mysql ? mysql_errno(link->mysql) : 0;
    const char *text = link->mysql && number ? mysql_error(link->mysql) : "the connection is closed";
    err_set(err, code, "%s: %s", what, text);
    err->transient = number == 0 || worth_retrying(number);
    g_snprintf(err->native, sizeof err->native, "%u", number);
    return false;
}

/* ---- connecting ---- */

void maria_link_disconnect(MariaLink *link)
{
    pthread_mutex_lock(&link->lock);
    if (link->socket >= 0)
        close(link->socket);
    link->socket = -1;
    pthread_mutex_unlock(&link->lock);
    if (link->mysql)
        mysql_close(link->mysql);
    link->mysql = NULL;
}

static void keep_socket(MariaLink *link)
{
    int fd = (int)mysql_get_socket(link->mysql);
    pthread_mutex_lock(&link->lock);
    if (link->socket >= 0)
        close(link->socket);
    link->socket = fd >= 0 ? dup(fd) : -1;
    if (atomic_load(&link->stopped))
        cut(link);
    pthread_mutex_unlock(&link->lock);
}

static void keep_alive(const MariaLink *link)
{
    int one = 1, idle = KEEP_IDLE, interval = KEEP_INTERVAL, count = KEEP_COUNT;
    if (link->socket < 0 || link->target->socket)
        return;
    setsockopt(link->socket, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    setsockopt(link->socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(link->socket, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    setsockopt(link->socket, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

static void set_tls(MYSQL *mysql, const MariaTarget *target)
{
    my_bool on = target->tls != MARIA_TLS_OFF, verify = target->tls == MARIA_TLS_VERIFY;
    mysql_optionsv(mysql, MYSQL_OPT_SSL_ENFORCE, &on);
    mysql_optionsv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    if (!on)
        return;
    if (target->ca)
        mysql_optionsv(mysql, MYSQL_OPT_SSL_CA, target->ca);
    if (target->cert)
        mysql_optionsv(mysql, MYSQL_OPT_SSL_CERT, target->cert);
    if (target->key)
        mysql_optionsv(mysql, MYSQL_OPT_SSL_KEY, target->key);
}

static void set_options(MYSQL *mysql, const MariaTarget *target)
{
    size_t stack = COROUTINE_STACK;
    unsigned off = 0, seconds = CONNECT_SECONDS, protocol = target->socket ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    my_bool no = 0;
    mysql_optionsv(mysql, MYSQL_OPT_NONBLOCK, &stack);
    mysql_optionsv(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    mysql_optionsv(mysql, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_optionsv(mysql, MYSQL_OPT_RECONNECT, &no);
    mysql_optionsv(mysql, MYSQL_OPT_LOCAL_INFILE, &off);
    mysql_optionsv(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_optionsv(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "tidemark");
    set_tls(mysql, target);
}

static short poll_events(int status)
{
    return (short)((status & MYSQL_WAIT_READ ? POLLIN : 0) | (status & MYSQL_WAIT_WRITE ? POLLOUT : 0) |
                   (status & MYSQL_WAIT_EXCEPT ? POLLPRI : 0));
}

/* What of `status` has happened. An interrupt is a time-out, too. */
static int await(MariaLink *link, int status, int64_t deadline)
{
    struct pollfd fds[2] = {{.fd = (int)mysql_get_socket(link->mysql), .events = poll_events(status)},
                            {.fd = link->wake, .events = POLLIN}};
    int ready;
    do
        ready = poll(fds, 2, left(deadline));
    while (ready < 0 && left(deadline) > 0);
    if (maria_link_stopped(link) || ready <= 0 || !fds[0].revents)
        return MYSQL_WAIT_TIMEOUT;
    return (fds[0].revents & ~POLLOUT ? status & MYSQL_WAIT_READ : 0) | (fds[0].revents & ~POLLIN ? status & MYSQL_WAIT_WRITE : 0) |
           (fds[0].revents & POLLPRI ? status & MYSQL_WAIT_EXCEPT : 0);
}

/* The client's connect runs as a coroutine, so that the waiting is ours. It is always run to its end: time-outs make it fail. */
static bool log_in(MariaLink *link)
{
    const MariaTarget *target = link->target;
    MYSQL *connected = NULL;
    int64_t deadline = clock_mono_ms() + CONNECT_SECONDS * 1000;
    int status = mysql_real_connect_start(&connected, link->mysql, target->host, target->user, target->password, target->database,
                                          target->port, target->socket, 0);
    while (status) {
        keep_socket(link);
        status = mysql_real_connect_cont(&connected, link->mysql, await(link, status, deadline));
    }
    keep_socket(link);
    keep_alive(link);
    return connected != NULL;
}

static bool connect_error(MariaLink *link, Err *err)
{
    const MariaTarget *target = link->target;
    maria_link_error(link, ERR_UNREACHABLE, err, "MariaDB");
    if (err->code == ERR_CANCELLED)
        return false;
    unsigned number = mysql_errno(link->mysql);
    g_autofree char *at = g_strdup_printf("MariaDB at %s", target->display);
    err_set(err, ERR_UNREACHABLE, "%s: %s", at, mysql_error(link->mysql));
    err->transient = worth_retrying(number);
    g_snprintf(err->native, sizeof err->native, "%u", number);
    if (number == ER_BAD_DB_ERROR || number == ER_DBACCESS_DENIED_ERROR) {
        err->code = ERR_CONFIG;
        return err_hint(err, number == ER_BAD_DB_ERROR ? "check `database` (MATOMO_DATABASE)"
                                                       : "the login needs SELECT on the tables of this database");
    }
    if (number == CR_SSL_CONNECTION_ERROR)
        return err_hint(
            err, target->tls == MARIA_TLS_VERIFY
                     ? "give the authority's certificate with `tls_ca`; `tls: encrypt` does not check it, `tls: off` goes without"
                     : "the server offers no TLS: `tls: off` goes without");
    return false;
}

/* Settings that servers of other versions or makers do not have are tried only. */
static bool prepare_session(MariaLink *link, Err *err)
{
    static const char *const needed[] = {
        "SET NAMES utf8mb4",
        "SET SESSION time_zone = '+00:00', sql_mode = '', sql_select_limit = 18446744073709551615",
        "SET SESSION net_write_timeout = 600, net_read_timeout = 60, wait_timeout = 28800",
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    };
    static const char *const tried[] = {"SET SESSION max_statement_time = 0", "SET SESSION max_execution_time = 0"};
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++)
        if (!maria_link_exec(link, needed[i], err))
            return false;
    for (size_t i = 0; i < G_N_ELEMENTS(tried) && !maria_link_stopped(link); i++)
        mysql_real_query(link->mysql, tried[i], strlen(tried[i]));
    return true;
}

/* The client takes a server without TLS for good enough when its certificate is not to be checked. */
static bool encrypted_as_asked(MariaLink *link, Err *err)
{
    if (link->target->tls == MARIA_TLS_OFF || mysql_get_ssl_cipher(link->mysql))
        return true;
    err_set(err, ERR_UNREACHABLE, "MariaDB at %s: the server offers no TLS", link->target->display);
    return err_hint(err, "`tls: off` goes without");
}

bool maria_link_connect(MariaLink *link, Err *err)
{
    maria_link_disconnect(link);
    if (maria_link_stopped(link))
        return err_set(err, ERR_CANCELLED, "MariaDB: stopped");
    link->mysql = mysql_init(NULL);
    if (!link->mysql)
        return err_set(err, ERR_INTERNAL, "the MariaDB client library cannot be initialised");
    set_options(link->mysql, link->target);
    if (!log_in(link))
        return connect_error(link, err);
    if (!encrypted_as_asked(link, err))
        return false;
    if (prepare_session(link, err))
        return true;
    if (err->code != ERR_CANCELLED)
        err->code = ERR_UNREACHABLE;
    return false;
}

bool maria_link_ready(MariaLink *link, Err *err)
{
    if (link->mysql && !maria_link_stopped(link) && mysql_ping(link->mysql) == 0)
        return true;
    return maria_link_connect(link, err);
}

/* ---- statements ---- */

static bool run(MariaLink *link, const char *sql, Err *err)
{
    if (link->mysql && !maria_link_stopped(link) && mysql_real_query(link->mysql, sql, strlen(sql)) == 0)
        return true;
    return maria_link_error(link, ERR_SOURCE, err, "MariaDB");
}

bool maria_link_exec(MariaLink *link, const char *sql, Err *err)
{
    return run(link, sql, err);
}

MYSQL_RES *maria_link_query(MariaLink *link, const char *sql, Err *err)
{
    if (!run(link, sql, err))
        return NULL;
    MYSQL_RES *result = mysql_store_result(link->mysql);
    if (!result)
        maria_link_error(link, ERR_SOURCE, err, "MariaDB");
    return result;
}

MYSQL_RES *maria_link_stream(MariaLink *link, const char *sql, Err *err)
{
    if (!run(link, sql, err))
        return NULL;
    MYSQL_RES *result = mysql_use_result(link->mysql);
    if (!result)
        maria_link_error(link, ERR_SOURCE, err, "MariaDB");
    return result;
}

bool maria_link_text(MariaLink *link, const char *sql, char **out, Err *err)
{
    *out = NULL;
    MYSQL_RES *result = maria_link_query(link, sql, err);
    if (!result)
        return false;
    MYSQL_ROW row = mysql_fetch_row(result);
    *out = row ? g_strdup(row[0]) : NULL;
    mysql_free_result(result);
    return true;
}

void maria_quote(GString *out, const char *identifier)
{
    g_string_append_c(out, '`');
    for (; *identifier; identifier++) {
        if (*identifier == '`')
            g_string_append_c(out, '`');
        g_string_append_c(out, *identifier);
    }
    g_string_append_c(out, '`');
}

void maria_quote_text(GString *out, const char *bytes, size_t len)
{
    g_string_append(out, "_utf8mb4 x'");
    for (size_t i = 0; i < len; i++)
        g_string_append_printf(out, "%02x", (unsigned char)bytes[i]);
    g_string_append_c(out, '\'');
}
