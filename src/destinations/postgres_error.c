/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/postgres.h"

/* Behind `connection to server at "host", port 5432 failed: FATAL: `, which whoever names the destination has said. */
static const char *skip_place(const char *line)
{
    const char *failed = g_str_has_prefix(line, "connection to server") ? strstr(line, " failed: ") : NULL;
    const char *text = failed ? failed + strlen(" failed: ") : line;
    const char *fatal = g_str_has_prefix(text, "FATAL:") ? text + strlen("FATAL:") : text;
    return fatal + strspn(fatal, " ");
}

/* libpq says the same once for each attempt: with TLS, and without. */
void pg_connection_text(const PGconn *conn, char *out, size_t size)
{
    g_auto(GStrv) lines = g_strsplit(PQerrorMessage(conn), "\n", -1);
    g_autoptr(GPtrArray) said = g_ptr_array_new();
    for (int i = 0; lines[i]; i++)
        if (*g_strstrip(lines[i]) && !g_ptr_array_find_with_equal_func(said, lines[i], g_str_equal, NULL))
            g_ptr_array_add(said, lines[i]);
    bool one_server = true;
    for (guint i = 1; i < said->len; i++)
        one_server = one_server && !g_str_has_prefix(said->pdata[i], "connection to server");
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < said->len; i++)
        g_string_append_printf(text, "%s%s", i ? " " : "", one_server ? skip_place(said->pdata[i]) : (const char *)said->pdata[i]);
    g_strlcpy(out, text->str, size);
}

bool pg_fail_lost(Destination *d, Err *err)
{
    Postgres *p = d->private_data;
    p->lost = true;
    err_set(err, ERR_UNREACHABLE, "destination %s: the connection to the server was lost",
            d->config->display ? d->config->display : "postgres");
    if (err) {
        err->transient = true;
        g_strlcpy(err->native, "08006", sizeof err->native);
    }
    return false;
}

static bool in_class(const char *sqlstate, const char *class)
{
    return strncmp(sqlstate, class, 2) == 0;
}

static ErrCode kind_of(const char *sqlstate, bool cancelled)
{
    if (cancelled && g_str_equal(sqlstate, "57014"))
        return ERR_CANCELLED;
    if (g_str_equal(sqlstate, "08P01"))
        return ERR_DEST; /* bytes that do not fit the column: the connection is fine */
    if (in_class(sqlstate, "08") || in_class(sqlstate, "28") || g_str_has_prefix(sqlstate, "57P0"))
        return ERR_UNREACHABLE;
    return ERR_DEST;
}

static bool is_transient(const char *sqlstate)
{
    static const char *const states[] = {"40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03", "57P05"};
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        if (g_str_equal(states[i], sqlstate))
            return true;
    return (in_class(sqlstate, "08") && !g_str_equal(sqlstate, "08P01")) || in_class(sqlstate, "53");
}

static void keep_field(const PGresult *result, int field, char *out, size_t size)
{
    const char *text = PQresultErrorField(result, field);
    g_strlcpy(out, text ? text : "", size);
}

static void append_place(GString *text, const char *what, const char *name)
{
    if (name[0])
        g_string_append_printf(text, "%s%s %s", strchr(text->str, ':') ? ", " : ": ", what, name);
}

/* Only names: messages of these classes quote values, and what a function raises or a foreign server says may be anything. */
static void describe_quietly(const Destination *d, const char *sqlstate, Err *err)
{
    RejectReason reason = reject_from_sqlstate(sqlstate);
    g_autoptr(GString) text = g_string_new(NULL);
    if (reason != REJECT_NONE && reason != REJECT_OTHER)
        g_string_append(text, reject_name(reason));
    else
        g_string_append_printf(text, "the server refused a statement with SQLSTATE %s", sqlstate);
    append_place(text, "table", d->diag.table);
    append_place(text, "column", d->diag.column);
    append_place(text, "constraint", d->diag.constraint);
    err_set(err, kind_of(sqlstate, false), "%s", text->str);
}

static bool may_quote_values(const char *sqlstate)
{
    static const char *const classes[] = {"22", "23", "38", "39", "44", "HV", "P0"};
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++)
        if (in_class(sqlstate, classes[i]))
            return true;
    return false;
}

bool pg_fail_result(Destination *d, const PGresult *result, bool cancelled, Err *err)
{
    Postgres *p = d->private_data;
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (!sqlstate) {
        if (PQstatus(p->conn) == CONNECTION_BAD)
            return pg_fail_lost(d, err);
        return err_set(err, ERR_INTERNAL, "the server answered out of turn (%s)", PQresStatus(PQresultStatus(result)));
    }
    keep_field(result, PG_DIAG_CONSTRAINT_NAME, d->diag.constraint, sizeof d->diag.constraint);
    keep_field(result, PG_DIAG_TABLE_NAME, d->diag.table, sizeof d->diag.table);
    keep_field(result, PG_DIAG_COLUMN_NAME, d->diag.column, sizeof d->diag.column);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    ErrCode kind = kind_of(sqlstate, cancelled);
    if (kind == ERR_CANCELLED)
        err_set(err, kind, "stopped on request");
    else if (may_quote_values(sqlstate) || !message)
        describe_quietly(d, sqlstate, err);
    else
        err_set(err, kind, "%s (SQLSTATE %s)", message, sqlstate);
    if (err) {
        err->transient = kind != ERR_CANCELLED && is_transient(sqlstate);
        g_strlcpy(err->native, sqlstate, sizeof err->native);
    }
    return false;
}
