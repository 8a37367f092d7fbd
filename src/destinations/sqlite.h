/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/sqlite.h - what the files of the SQLite driver share. */
#ifndef TIDEMARK_DESTINATIONS_SQLITE_H
#define TIDEMARK_DESTINATIONS_SQLITE_H

#include <sqlite3.h>

#include "destinations/destination.h"

typedef struct Sqlite {
    sqlite3 *db;
    char *path;
    GHashTable *statements; /* SQL text → sqlite3_stmt *, reset between uses */
    int lock_fd;            /* the side file of lock(), or -1 */
    int busy_ms;            /* how long a statement waits for another writer */
    int64_t busy_since;     /* clock_mono_ms() when the present wait began */
    bool rolling_back;      /* the running statement is a ROLLBACK: not to be interrupted */
} Sqlite;

/* The cached statement of this SQL (one statement only), ready to be bound; owned by the driver. NULL: *err says why. */
sqlite3_stmt *sqlite_prepare(Destination *d, const char *sql, Err *err);

/* Fills *err and d->diag from the connection's last error; false. Never repeats a value. */
bool sqlite_fail(Destination *d, int code, Err *err);

bool sqlite_query(Destination *d, const char *sql, int param_count, const char *const *params, DbRows *out, Err *err);
bool sqlite_exec(Destination *d, const char *sql, int param_count, const char *const *params, int64_t *changed, Err *err);
bool sqlite_copy(Destination *d, const CopyTarget *target, Batch *const *batches, int batch_count, Err *err);
bool sqlite_describe(Destination *d, const char *schema, const char *table, LiveTable **out, Err *err);

/* Locks that the kernel frees: bytes of a file beside the database. */
bool sqlite_lock(Destination *d, const char *name, Err *err);
void sqlite_unlock(Destination *d, const char *name);

/* SQL functions that the dialect's expressions use. */
bool sqlite_register_functions(sqlite3 *db);
extern const Dialect sqlite_dialect;

#endif
