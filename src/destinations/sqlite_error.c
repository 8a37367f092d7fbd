/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/sqlite.h"

typedef struct ErrorClass {
    int code;             /* primary or extended result code; the first match wins */
    const char *sqlstate; /* what PostgreSQL would say, so that rejects have one language (H36) */
    ErrCode kind;
    bool transient;
    const char *what; /* NULL: SQLite's own message, which holds no values in these classes */
} ErrorClass;

static const ErrorClass error_classes[] = {
    {SQLITE_CONSTRAINT_NOTNULL, "23502", ERR_DEST, false, "a required value is missing"},
    {SQLITE_CONSTRAINT_FOREIGNKEY, "23503", ERR_DEST, false, "a foreign key is violated"},
    {SQLITE_CONSTRAINT_UNIQUE, "23505", ERR_DEST, false, "a unique key is violated"},
    {SQLITE_CONSTRAINT_PRIMARYKEY, "23505", ERR_DEST, false, "the primary key is violated"},
    {SQLITE_CONSTRAINT_ROWID, "23505", ERR_DEST, false, "the primary key is violated"},
    {SQLITE_CONSTRAINT_CHECK, "23514", ERR_DEST, false, "a check is violated"},
    {SQLITE_CONSTRAINT_DATATYPE, "22P02", ERR_DEST, false, "a value has the wrong type"},
    {SQLITE_CONSTRAINT, "23000", ERR_DEST, false, "a constraint or trigger refused a row"},
    {SQLITE_MISMATCH, "22P02", ERR_DEST, false, "a value has the wrong type"},
    {SQLITE_TOOBIG, "54000", ERR_DEST, false, "a value is larger than SQLite allows"},
    {SQLITE_BUSY, "55P03", ERR_DEST, true, "another program is writing to"},
    {SQLITE_LOCKED, "55P03", ERR_DEST, true, "another program is writing to"},
    {SQLITE_FULL, "53100", ERR_DEST, false, "the disk is full"},
    {SQLITE_NOMEM, "53200", ERR_DEST, true, "out of memory"},
    {SQLITE_INTERRUPT, "57014", ERR_CANCELLED, false, "stopped on request"},
    {SQLITE_CANTOPEN, "58030", ERR_UNREACHABLE, false, NULL},
    {SQLITE_NOTADB, "58030", ERR_UNREACHABLE, false, "the file is not an SQLite database"},
    {SQLITE_CORRUPT, "XX001", ERR_DEST, false, "the database file is damaged"},
    {SQLITE_READONLY, "25006", ERR_DEST, false, "the database file is read-only"},
    {SQLITE_IOERR, "58030", ERR_DEST, false, NULL},
    {SQLITE_ERROR, "42000", ERR_DEST, false, NULL},
};

static const ErrorClass *classify(int code)
{
    static const ErrorClass other = {0, "XX000", ERR_DEST, false, NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(error_classes); i++)
        if (error_classes[i].code == code || error_classes[i].code == (code & 0xff))
            return &error_classes[i];
    return &other;
}

/* "UNIQUE constraint failed: users.email, users.tenant" → table users, column email. */
static void read_place(DbDiag *diag, int code, const char *message)
{
    *diag = (DbDiag){0};
    const char *place = strstr(message, "failed: ");
    if ((code & 0xff) != SQLITE_CONSTRAINT || code == SQLITE_CONSTRAINT_TRIGGER || !place)
        return;
    place += strlen("failed: ");
    if (code == SQLITE_CONSTRAINT_CHECK) {
        g_strlcpy(diag->constraint, place, sizeof diag->constraint);
        return;
    }
    const char *end = strstr(place, ", ");
    g_autofree char *first = end ? g_strndup(place, (gsize)(end - place)) : g_strdup(place);
    char *dot = strrchr(first, '.');
    if (!dot)
        return;
    *dot = '\0';
    g_strlcpy(diag->table, first, sizeof diag->table);
    g_strlcpy(diag->column, dot + 1, sizeof diag->column);
}

static bool is_busy(int code)
{
    return (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;
}

bool sqlite_fail(Destination *d, int code, Err *err)
{
    Sqlite *s = d->private_data;
    const char *message = sqlite3_errmsg(s->db);
    int extended = sqlite3_extended_errcode(s->db);
    if ((extended & 0xff) != (code & 0xff))
        extended = code;
    /* A wait for the write lock that was given up on request, not on time. */
    if ((extended & 0xff) == SQLITE_BUSY && !s->rolling_back && atomic_load(&d->interrupted))
        extended = SQLITE_INTERRUPT;
    const ErrorClass *class = classify(extended);
    read_place(&d->diag, extended, message);
    if (class->kind == ERR_CANCELLED)
        destination_take_interrupt(d);
    if (d->diag.table[0])
        err_set(err, class->kind, "%s: table %s, column %s", class->what, d->diag.table, d->diag.column);
    else if (is_busy(extended))
        err_set(err, class->kind, "%s %s", class->what, s->path);
    else if (class->what)
        err_set(err, class->kind, "%s", class->what);
    else
        err_set(err, class->kind, "%s (SQLite %d)", message, extended);
    if (err) {
        err->transient = class->transient;
        g_strlcpy(err->native, class->sqlstate, sizeof err->native);
    }
    return false;
}
