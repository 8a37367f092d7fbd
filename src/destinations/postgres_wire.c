/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "destinations/postgres.h"

#define CANCEL_GRACE_MS 1000 /* for a server that was asked to stop; promise 8 allows two seconds in all */

typedef enum Waited { WAIT_READY, WAIT_WOKEN, WAIT_LATE } Waited;

static int remaining_ms(int64_t deadline)
{
    if (deadline == 0)
        return -1;
    int64_t left = deadline - clock_mono_ms();
    return left > 0 ? (int)MIN(left, G_MAXINT) : 0;
}

/* Waits for the socket, an interrupt or the deadline. A signal or a stale wake-up counts as ready: the caller looks again. */
static Waited wait_socket(Destination *d, short events, int64_t deadline)
{
    Postgres *p = d->private_data;
    if (PQsocket(p->conn) < 0)
        return WAIT_READY; /* closed: libpq says so on the next call */
    struct pollfd fds[] = {{.fd = PQsocket(p->conn), .events = events}, {.fd = p->wake_fd, .events = POLLIN}};
    int ready = poll(fds, 2, remaining_ms(deadline));
    if (ready == 0)
        return WAIT_LATE;
    if (ready > 0 && fds[1].revents) {
        uint64_t count;
        ssize_t got = read(p->wake_fd, &count, sizeof count);
        (void)got; /* the flag in Destination is what counts */
        return WAIT_WOKEN;
    }
    return WAIT_READY;
}

/* ---- cancelling ---- */

typedef struct CancelJob {
    PGcancel *cancel;
    int done_fd; /* ours: a duplicate of the caller's, so that either side may be the last */
} CancelJob;

/* PQcancel() connects and waits for the server without any time-out: a hung server would hold us as long as it held the statement. So it has
 * a thread of its own, which owns all it touches and may outlive the connection. */
static void *cancel_main(void *data)
{
    CancelJob *job = data;
    char ignored[256];
    PQcancel(job->cancel, ignored, sizeof ignored);
    PQfreeCancel(job->cancel);
    uint64_t one = 1;
    ssize_t put = write(job->done_fd, &one, sizeof one);
    (void)put;
    close(job->done_fd);
    g_free(job);
    return NULL;
}

static bool start_detached(void *(*run)(void *), void *data)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the threads that expect them */
    pthread_t thread;
    bool ok = pthread_create(&thread, NULL, run, data) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (ok)
        pthread_detach(thread);
    return ok;
}

static void ask_to_stop(Destination *d, PgCall *call)
{
    Postgres *p = d->private_data;
    call->cancelled = true;
    call->deadline = clock_mono_ms() + CANCEL_GRACE_MS;
    call->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    CancelJob *job = g_new0(CancelJob, 1);
    job->cancel = PQgetCancel(p->conn);
    job->done_fd = call->cancel_fd == -1 ? -1 : dup(call->cancel_fd);
    if (job->done_fd != -1 && job->cancel && start_detached(cancel_main, job))
        return;
    PQfreeCancel(job->cancel);
    if (job->done_fd != -1)
        close(job->done_fd);
    g_free(job);
    if (call->cancel_fd != -1)
        close(call->cancel_fd);
    call->cancel_fd = -1;
}

/* A request still on its way could hit the next statement. */
static void await_delivery(Destination *d, PgCall *call)
{
    Postgres *p = d->private_data;
    if (call->cancel_fd == -1)
        return;
    struct pollfd fd = {.fd = call->cancel_fd, .events = POLLIN};
    while (!p->lost) {
        int ready = poll(&fd, 1, remaining_ms(call->deadline));
        if (ready > 0)
            break;
        if (ready == 0)
            p->lost = true; /* the statement ended, but the request may arrive at any later moment */
    }
    close(call->cancel_fd);
    call->cancel_fd = -1;
}

static bool give_up(Destination *d, PgCall *call, Err *err)
{
    Postgres *p = d->private_data;
    p->lost = true;
    await_delivery(d, call);
    return err_set(err, ERR_CANCELLED, "stopped on request; the server did not answer and its connection was given up");
}

/* ---- waiting within a call ---- */

/* One wait; false when the server stays silent after an interrupt or closed the connection. */
static bool wait_call(Destination *d, PgCall *call, short events, Err *err)
{
    Postgres *p = d->private_data;
    switch (wait_socket(d, events, call->deadline)) {
    case WAIT_LATE:
        return give_up(d, call, err);
    case WAIT_WOKEN:
        if (call->protected && atomic_load(&d->interrupted)) {
            if (call->deadline == 0)
                call->deadline = clock_mono_ms() + CANCEL_GRACE_MS;
        } else if (!call->cancelled && destination_take_interrupt(d)) {
            ask_to_stop(d, call);
        }
        return true;
    default:
        break;
    }
    if (PQconsumeInput(p->conn))
        return true;
    pg_fail_lost(d, err);
    await_delivery(d, call);
    return false;
}

bool pg_begin_call(Destination *d, const char *sql, PgCall *call, Err *err)
{
    Postgres *p = d->private_data;
    while (g_ascii_isspace(*sql))
        sql++;
    *call = (PgCall){.protected = g_ascii_strncasecmp(sql, "ROLLBACK", 8) == 0, .cancel_fd = -1};
    d->diag = (DbDiag){0};
    if (p->lost || PQstatus(p->conn) != CONNECTION_OK)
        return pg_fail_lost(d, err);
    if (!call->protected && destination_take_interrupt(d))
        return err_set(err, ERR_CANCELLED, "stopped on request");
    return true;
}

bool pg_flush(Destination *d, PgCall *call, Err *err)
{
    Postgres *p = d->private_data;
    for (;;) {
        int rest = PQflush(p->conn);
        if (rest == 0)
            return true;
        if (rest < 0) {
            pg_fail_lost(d, err);
            await_delivery(d, call);
            return false;
        }
        if (!wait_call(d, call, POLLIN | POLLOUT, err))
            return false;
    }
}

bool pg_next_result(Destination *d, PgCall *call, PGresult **out, Err *err)
{
    Postgres *p = d->private_data;
    if (!pg_flush(d, call, err))
        return false;
    while (PQisBusy(p->conn))
        if (!wait_call(d, call, POLLIN, err))
            return false;
    *out = PQgetResult(p->conn);
    return true;
}

static void end_call(Destination *d, PgCall *call, bool ok)
{
    Postgres *p = d->private_data;
    await_delivery(d, call);
    if (ok && call->cancelled) /* it was done before the server heard of it: the request stands for the next statement */
        atomic_store(&d->interrupted, true);
    if (PQstatus(p->conn) == CONNECTION_BAD)
        p->lost = true;
}

static bool is_good(ExecStatusType status)
{
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

bool pg_finish_call(Destination *d, PgCall *call, PGresult **out, Err *err)
{
    PGresult *result = NULL, *last = NULL;
    bool ok = true;
    for (;;) {
        if (!pg_next_result(d, call, &result, ok ? err : NULL)) {
            PQclear(last);
            return false;
        }
        if (!result)
            break;
        if (!is_good(PQresultStatus(result))) {
            if (ok)
                pg_fail_result(d, result, call->cancelled, err);
            ok = false;
            PQclear(result);
            continue;
        }
        PQclear(last);
        last = result;
    }
    end_call(d, call, ok);
    if (ok && out)
        *out = last;
    else
        PQclear(last);
    return ok;
}

bool pg_send_failed(Destination *d, PgCall *call, Err *err)
{
    Postgres *p = d->private_data;
    await_delivery(d, call);
    if (PQstatus(p->conn) != CONNECTION_OK)
        return pg_fail_lost(d, err);
    return err_set(err, ERR_INTERNAL, "libpq refused to send a statement");
}

/* ---- connecting ---- */

static bool connect_failed(Destination *d, Err *err)
{
    Postgres *p = d->private_data;
    char text[300];
    pg_connection_text(p->conn, text, sizeof text);
    p->lost = true;
    err_set(err, ERR_UNREACHABLE, "destination %s: %s", d->config->display ? d->config->display : "postgres", text);
    if (!err)
        return false;
    /* A server that starts or is away looks the same again and again; a refused password does not get better. */
    err->transient = !PQconnectionNeedsPassword(p->conn) && !PQconnectionUsedPassword(p->conn);
    if (PQconnectionNeedsPassword(p->conn))
        err_hint(err, "put the password into the URL, ~/.pgpass or PGPASSWORD");
    return false;
}

bool pg_connect(Destination *d, const char *const *keywords, const char *const *values, int64_t timeout_ms, Err *err)
{
    Postgres *p = d->private_data;
    if (destination_take_interrupt(d))
        return err_set(err, ERR_CANCELLED, "stopped on request");
    p->conn = PQconnectStartParams(keywords, values, 1);
    int64_t deadline = timeout_ms ? clock_mono_ms() + timeout_ms : 0;
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (PQstatus(p->conn) != CONNECTION_BAD) {
        if (next == PGRES_POLLING_OK)
            return PQsetnonblocking(p->conn, 1) == 0 || connect_failed(d, err);
        if (next == PGRES_POLLING_FAILED)
            break;
        Waited waited = wait_socket(d, next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline);
        if (waited == WAIT_LATE) {
            p->lost = true;
            err_set(err, ERR_UNREACHABLE, "destination %s: no answer within %d s",
                    d->config->display ? d->config->display : "postgres", (int)(timeout_ms / 1000));
            if (err)
                err->transient = true;
            return false;
        }
        if (waited == WAIT_WOKEN && destination_take_interrupt(d)) {
            p->lost = true;
            return err_set(err, ERR_CANCELLED, "stopped on request");
        }
        if (waited == WAIT_READY)
            next = PQconnectPoll(p->conn);
    }
    return connect_failed(d, err);
}
