/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/sql.h - pieces of SQL text, parameters and single answers, for the files that write SQL once for all databases. */
#ifndef TIDEMARK_DESTINATIONS_SQL_H
#define TIDEMARK_DESTINATIONS_SQL_H

#include "destinations/destination.h"

/* Appends printf-like text; `%q` does not exist: identifiers go through sql_column() and db_quote(). */
#define sql_add g_string_append_printf

/* alias."name"; alias NULL: "name" alone. */
void sql_column(GString *out, const char *alias, const char *name);

/* Hands an error on; false. err may be NULL. */
bool sql_fail(Err *err, const Err *why);

/* Numbers and instants as parameters. */
typedef struct SqlText {
    char text[40];
} SqlText;
const char *sql_int(int64_t value, SqlText *room);
const char *sql_instant(int64_t us, SqlText *room); /* ISO text; NULL for TIME_NONE */

/* Reads a cell written by our control tables; NULL: the given value, TIME_NONE for instants. */
int64_t sql_cell_int(const DbRows *rows, int row, int column, int64_t when_null);
int64_t sql_cell_instant(const DbRows *rows, int row, int column);

/* A query with text parameters (const char *, NULL for NULL). */
bool db_queryf(Destination *d, DbRows *out, Err *err, const char *sql, int param_count, ...);

/* The number in the first cell of the first row; 0 when there is none. */
bool db_number(Destination *d, int64_t *out, Err *err, const char *sql, int param_count, ...);

bool db_begin(Destination *d, Err *err); /* with the write lock, where the database has one */
bool db_commit(Destination *d, Err *err);
void db_rollback(Destination *d); /* never fails: what cannot be rolled back is gone with the connection */

/* Where `stream`'s table is: NULL, or the schema's name as the database resolves it; g_free it. */
bool db_resolve_schema(Destination *d, const TableDef *table, char **schema, Err *err);

/* ` AND alias."idsite" = 2 …` for the scope predicates of a shared table; nothing without. */
void sql_scope(GString *out, const Destination *d, const Stream *stream, const char *alias);

/* A name of at most 63 bytes: `base`, cut where needed, with the first 8 hex digits of a digest of `whole` behind it when cut or when
 * `always_hash`. The caller frees it. */
char *sql_name(const char *base, const char *whole, bool always_hash);

#endif
