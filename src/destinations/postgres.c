/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/postgres.h"

#include <inttypes.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/secret.h"
#include "destinations/drivers.h"

#define DEFAULT_CONNECT_MS 10000
#define POOLED_SETTINGS                                                                                                            \
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL bytea_output "  \
    "= 'hex'; "                                                                                                                    \
    "SET LOCAL extra_float_digits = 1; SET LOCAL standard_conforming_strings = on; SET LOCAL lock_timeout = 0"

static const char *const pg_schemes[] = {"postgresql", "postgres", NULL};

static const OptionDef pg_options[] = {
    {"control_schema", OPT_STRING, 0, 0, "tidemark", false, "schema of our own tables (watermarks, rejects)", NULL, NULL},
    {"pooled", OPT_BOOL, 0, 0, NULL, false, "behind a transaction pooler such as pgbouncer (found out when not given)", NULL, NULL},
    {"connect_timeout", OPT_DURATION, 1000000, INT64_C(600000000), "10s", false, "how long connecting may take", NULL, NULL},
    {"statement_timeout", OPT_DURATION, 0, INT64_C(604800000000), NULL, false, "how long one statement may take", NULL, NULL},
    {0},
};

/* ---- statements ---- */

static bool run_call(Destination *d, const char *sql, int param_count, const char *const *params, PGresult **out, Err *err)
{
    Postgres *p = d->private_data;
    PgCall call;
    if (!pg_begin_call(d, sql, &call, err))
        return false;
    int sent =
        param_count > 0 ? PQsendQueryParams(p->conn, sql, param_count, NULL, params, NULL, NULL, 0) : PQsendQuery(p->conn, sql);
    if (!sent)
        return pg_send_failed(d, &call, err);
    return pg_finish_call(d, &call, out, err);
}

static bool begins(const char *sql)
{
    while (g_ascii_isspace(*sql))
        sql++;
    return g_ascii_strncasecmp(sql, "BEGIN", 5) == 0;
}

/* Behind a pooler each transaction may meet another server session, so each brings its own settings. */
static bool run_pooled(Destination *d, const char *sql, int param_count, const char *const *params, PGresult **out, Err *err)
{
    Postgres *p = d->private_data;
    if (PQtransactionStatus(p->conn) != PQTRANS_IDLE)
        return run_call(d, sql, param_count, params, out, err);
    if (begins(sql)) {
        g_autofree char *script = g_strconcat(sql, "; " POOLED_SETTINGS, NULL);
        return run_call(d, script, 0, NULL, out, err);
    }
    if (!run_call(d, "BEGIN; " POOLED_SETTINGS, 0, NULL, NULL, err))
        return false;
    PGresult *result = NULL;
    bool ok = run_call(d, sql, param_count, params, &result, err);
    DbDiag diag = d->diag;
    ok = run_call(d, ok ? "COMMIT" : "ROLLBACK", 0, NULL, NULL, ok ? err : NULL) && ok;
    if (!ok)
        d->diag = diag;
    if (ok && out)
        *out = result;
    else
        PQclear(result);
    return ok;
}

static bool run(Destination *d, const char *sql, int param_count, const char *const *params, PGresult **out, Err *err)
{
    return d->pooled ? run_pooled(d, sql, param_count, params, out, err) : run_call(d, sql, param_count, params, out, err);
}

bool pg_exec(Destination *d, const char *sql, int param_count, const char *const *params, int64_t *changed, Err *err)
{
    PGresult *result = NULL;
    if (!run(d, sql, param_count, params, &result, err))
        return false;
    if (changed)
        *changed = result ? g_ascii_strtoll(PQcmdTuples(result), NULL, 10) : 0;
    PQclear(result);
    return true;
}

void pg_take_rows(const PGresult *result, DbRows *out)
{
    *out = (DbRows){.count = PQntuples(result), .columns = PQnfields(result)};
    out->cells = g_new0(char *, (size_t)out->count *(size_t)out->columns + 1);
    char **cell = out->cells;
    for (int r = 0; r < out->count; r++)
        for (int c = 0; c < out->columns; c++, cell++)
            if (!PQgetisnull(result, r, c))
                *cell = g_strndup(PQgetvalue(result, r, c), (gsize)PQgetlength(result, r, c));
}

bool pg_query(Destination *d, const char *sql, int param_count, const char *const *params, DbRows *out, Err *err)
{
    PGresult *result = NULL;
    *out = (DbRows){0};
    if (!run(d, sql, param_count, params, &result, err))
        return false;
    pg_take_rows(result, out);
    PQclear(result);
    return true;
}

static void pg_interrupt(Destination *d)
{
    Postgres *p = d->private_data;
    uint64_t one = 1;
    if (p->wake_fd == -1)
        return;
    ssize_t put = write(p->wake_fd, &one, sizeof one);
    (void)put;
}

/* ---- opening and closing ---- */

/* libpq's own text could repeat the password, so only what it says about an unknown parameter is passed on. */
static bool refuse_url(char *message, Err *err)
{
    if (message && g_str_has_prefix(message, "invalid URI query parameter"))
        err_set(err, ERR_CONFIG, "the connection URL of the destination: %s", g_strchomp(message));
    else
        err_set(err, ERR_CONFIG, "the connection URL of the destination cannot be read");
    PQfreemem(message);
    return err_hint(err, "expected postgresql://user:password@host:port/database; write special characters as %%XX");
}

static bool connect_url(Destination *d, Err *err)
{
    const OptionValues *options = d->config->options;
    char *message = NULL;
    PQconninfoOption *given = PQconninfoParse(d->config->url, &message);
    if (!given)
        return refuse_url(message, err);
    const char *sslmode = pg_default_sslmode(given);
    int64_t timeout_ms = options ? options_int(options, "connect_timeout") / 1000 : DEFAULT_CONNECT_MS;
    bool own_timeout = options && options_given(options, "connect_timeout");
    for (PQconninfoOption *o = given; o->keyword; o++) {
        if (!o->val)
            continue;
        if (g_str_equal(o->keyword, "password") || g_str_equal(o->keyword, "sslpassword"))
            secret_register(o->val);
        else if (g_str_equal(o->keyword, "connect_timeout") && !own_timeout)
            timeout_ms = g_ascii_strtoll(o->val, NULL, 10) * 1000; /* libpq leaves it to whoever polls; 0: none */
    }
    PQconninfoFree(given);
    /* What stands before dbname is a default that the URL may override; what stands behind it is not open to choice. Without the keepalives and the
     * user time-out a network that swallows everything would be noticed after hours. */
    const char *keywords[] = {"sslmode",
                              "application_name",
                              "keepalives_idle",
                              "keepalives_interval",
                              "keepalives_count",
                              "tcp_user_timeout",
                              "dbname",
                              "client_encoding",
                              NULL};
    const char *values[] = {sslmode, "tidemark", "60", "10", "3", "90000", d->config->url, "UTF8", NULL};
    return pg_connect(d, keywords, values, timeout_ms, err);
}

/* A pooler makes up the process number it gives its clients; the number the server itself tells is another. */
static bool find_pooler(Destination *d, Err *err)
{
    Postgres *p = d->private_data;
    const OptionValues *options = d->config->options;
    if (options && options_given(options, "pooled")) {
        d->pooled = options_bool(options, "pooled");
        return true;
    }
    DbRows rows;
    if (!pg_query(d, "SELECT pg_backend_pid()", 0, NULL, &rows, err))
        return false;
    d->pooled = g_ascii_strtoll(db_cell(&rows, 0, 0), NULL, 10) != PQbackendPID(p->conn);
    db_rows_clear(&rows);
    return true;
}

static bool configure_session(Destination *d, Err *err)
{
    Postgres *p = d->private_data;
    const OptionValues *options = d->config->options;
    if (d->pooled)
        return true;
    int64_t statement_ms = options ? options_int(options, "statement_timeout") / 1000 : 0;
    g_autofree char *sql =
        g_strdup_printf("SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; "
                        "SET bytea_output = 'hex'; SET extra_float_digits = 1; SET standard_conforming_strings = on; "
                        "SET client_min_messages = warning; SET lock_timeout = 0; SET statement_timeout = %" PRId64,
                        statement_ms);
    if (!pg_exec(d, sql, 0, NULL, NULL, err))
        return false;
    /* Promise 7: a server that computes for a dead client lets go of its locks soon. Some platforms cannot, and then it must not stop us. */
    if (p->version >= 140000) {
        Err ignored = {0};
        pg_exec(d, "SET client_connection_check_interval = '2s'", 0, NULL, NULL, &ignored);
        return !p->lost || pg_fail_lost(d, err);
    }
    return true;
}

static void drop_notice(void *data, const PGresult *result)
{
    (void)data;
    (void)result; /* libpq would print it on stderr, and a notice may quote values */
}

static void pg_init(Destination *d)
{
    Postgres *p = d->private_data;
    p->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

static bool pg_open(Destination *d, Err *err)
{
    Postgres *p = d->private_data;
    if (p->wake_fd == -1)
        return err_set(err, ERR_INTERNAL, "no file descriptor is left for the destination");
    p->buffer = g_byte_array_new();
    if (!connect_url(d, err))
        return false;
    PQsetNoticeReceiver(p->conn, drop_notice, NULL);
    p->version = PQserverVersion(p->conn);
    const char *version = PQparameterStatus(p->conn, "server_version");
    g_snprintf(p->version_text, sizeof p->version_text, "PostgreSQL %s", version ? version : "of unknown version");
    pg_read_security(p);
    return find_pooler(d, err) && configure_session(d, err);
}

static void pg_close(Destination *d)
{
    Postgres *p = d->private_data;
    PQfinish(p->conn);
    if (p->buffer)
        g_byte_array_unref(p->buffer);
    if (p->wake_fd != -1)
        close(p->wake_fd);
}

/* ---- locks ---- */

#define LOCK_KEY "hashtextextended('tidemark:' || $1, 0)"

static bool pg_lock(Destination *d, const char *name, Err *err)
{
    if (d->pooled)
        return true; /* a session lock would stay with a server session that is somebody else's next */
    DbRows rows;
    const char *params[] = {name};
    if (!pg_query(d, "SELECT pg_try_advisory_lock(" LOCK_KEY ")", 1, params, &rows, err))
        return false;
    bool taken = g_str_equal(db_cell(&rows, 0, 0), "t");
    db_rows_clear(&rows);
    return taken || err_set(err, ERR_BUSY, "%s is locked by another run", name);
}

static void pg_unlock(Destination *d, const char *name)
{
    Err ignored = {0};
    DbRows rows;
    const char *params[] = {name};
    if (!d->pooled && pg_query(d, "SELECT pg_advisory_unlock(" LOCK_KEY ")", 1, params, &rows, &ignored))
        db_rows_clear(&rows);
}

static const char *pg_security(Destination *d)
{
    Postgres *p = d->private_data;
    return p->security;
}

static const char *pg_version(Destination *d)
{
    Postgres *p = d->private_data;
    return p->version_text;
}

const DestinationOps destination_postgres = {
    .kind = "postgres",
    .schemes = pg_schemes,
    .options = pg_options,
    .caps = DEST_SCHEMAS | DEST_DIRECT_COPY | DEST_WRITERS | DEST_TRUNCATE | DEST_ALTER_CONSTRAINTS | DEST_ANALYZE_STAGE |
            DEST_ALTER_TYPES,
    .size = sizeof(Postgres),
    .dialect = &pg_dialect,
    .init = pg_init,
    .open = pg_open,
    .close = pg_close,
    .interrupt = pg_interrupt,
    .exec = pg_exec,
    .query = pg_query,
    .copy = pg_copy,
    .describe = pg_describe,
    .describe_all = pg_describe_all,
    .place = pg_place,
    .lock = pg_lock,
    .unlock = pg_unlock,
    .link_security = pg_security,
    .server_version = pg_version,
    .grants = pg_grants,
};
