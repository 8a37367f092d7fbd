/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/destination.h - where rows land: the driver that a database needs, and what jobs do with it.
 *
 * A driver (postgres.c, sqlite.c) knows connections, the dialect, bulk copying, locks and the catalogue. What a sync means (staging, merging,
 * the ledger, rejects, reimport) is written once over the driver: stream_writer.c, merge.c, ledger.c, rejects.c, reimport.c, ddl.c.
 * So both destinations have the same semantics, and a third one is one file and one line in registry.c.
 *
 * Threads: one Destination is one connection and belongs to one thread; only interrupt() may come from another. */
#ifndef TIDEMARK_DESTINATIONS_DESTINATION_H
#define TIDEMARK_DESTINATIONS_DESTINATION_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "model/batch.h"
#include "model/stream.h"

typedef struct Destination Destination;
typedef struct DestinationOps DestinationOps;

/* Rows of a query as text. */
typedef struct DbRows {
    int count, columns;
    char **cells; /* count * columns, NULL for NULL; owned */
} DbRows;
const char *db_cell(const DbRows *rows, int row, int column);
void db_rows_clear(DbRows *rows);

/* A table as the database has it. */
typedef struct LiveColumn {
    char *name;
    SqlType type;
    bool type_known; /* false: a type that type.h has no name for; type_text says what */
    char *type_text;
    bool not_null, has_default, generated;
} LiveColumn;

typedef struct LiveKey {
    char *name;
    bool primary, unique, is_constraint, valid; /* a unique index that is partial or over expressions is not listed */
    GPtrArray *columns;                         /* char * */
} LiveKey;

typedef struct LiveForeign {
    char *name, *column, *ref_schema, *ref_table, *ref_column; /* single-column foreign keys */
} LiveForeign;

typedef struct LiveTable {
    char *schema, *name; /* resolved: where unqualified names land (H25) */
    bool exists;
    int64_t rows_estimate;
    bool empty;
    GPtrArray *columns;  /* LiveColumn */
    GPtrArray *keys;     /* LiveKey: primary key, unique constraints and unique indexes, plain indexes (unique false) */
    GPtrArray *foreigns; /* LiveForeign: from this table */
    GPtrArray *
        referenced_by; /* LiveForeign of other tables that point here; name = constraint, column = theirs, ref_schema/ref_table = THEIR schema and table */
} LiveTable;
void live_table_free(LiveTable *table);

/* Where bulk rows go. The copied columns are the mapped ones of the stream's table, then the bookkeeping columns if staged. */
typedef struct CopyTarget {
    const Stream *stream;
    const char *table;   /* quoted and qualified */
    bool staged;         /* also write _tm_seq, _tm_key, _tm_cursor, _tm_scope, (_tm_absent when stream->may_be_absent) */
    int64_t first_seq;   /* _tm_seq of the first row */
    int64_t first_scope; /* added to Row.scope for _tm_scope; NULL when Row.scope is -1 */
} CopyTarget;

/* Words that differ between databases. Everything else of our SQL is written in what both read: `$1` parameters, double-quoted names,
 * ON CONFLICT, IS DISTINCT FROM, RETURNING, row_number() OVER, UPDATE … FROM, CAST. */
typedef struct Dialect {
    const char *begin_write;  /* "BEGIN" / "BEGIN IMMEDIATE" */
    const char *temp_schema;  /* "pg_temp" / "temp" */
    const char *instant_type; /* control tables: "timestamptz" / "TEXT"; written and read as ISO text */
    const char *now;          /* SQL expression: the destination's now as instant_type */
    bool has_schemas;
    /* Column type text for CREATE TABLE; staged: as in a staging table (same type, no constraint of length needed). */
    void (*type)(const SqlType *type, GString *out);
    /* An expression that makes the row's JSON text (an object column → value) from the columns of `alias`. */
    void (*row_json)(const TableDef *table, const bool *mapped, const char *alias, GString *out);
    /* The reverse: an expression of the column's type from the JSON text expression `json`. */
    void (*from_json)(const Column *column, const char *json, GString *out);
    /* An expression under which two values of this column can be compared (PostgreSQL's json has no equality). */
    void (*comparable)(const Column *column, const char *alias, GString *out);
    /* A value of ours as literal of the column's type, for scope predicates. */
    void (*literal)(const Column *column, const char *text, GString *out);
} Dialect;

enum {
    DEST_SCHEMAS = 1,            /* tables live in schemas */
    DEST_DIRECT_COPY = 2,        /* copying straight into the table during a first load pays */
    DEST_WRITERS = 4,            /* several writers at once */
    DEST_TRUNCATE = 8,           /* TRUNCATE with its locks and CASCADE; otherwise DELETE */
    DEST_ALTER_CONSTRAINTS = 16, /* ALTER TABLE … ADD CONSTRAINT works on an existing table */
    DEST_ANALYZE_STAGE = 32      /* statistics of a staging table must be taken by hand */
};

struct DestinationOps {
    const char *kind;           /* "postgres" */
    const char *const *schemes; /* URL schemes it answers to: "postgresql", "postgres" */
    const OptionDef *options;
    unsigned caps;
    size_t size;
    const Dialect *dialect;

    bool (*open)(Destination *d, Err *err);
    void (*close)(Destination *d);     /* exactly once, even after a failed open */
    void (*interrupt)(Destination *d); /* any thread: the running statement ends soon with ERR_CANCELLED */

    /* Statements without rows; several, separated by semicolons, only when param_count is 0. changed (may be NULL): affected rows. */
    bool (*exec)(Destination *d, const char *sql, int param_count, const char *const *params, int64_t *changed, Err *err);
    bool (*query)(Destination *d, const char *sql, int param_count, const char *const *params, DbRows *out, Err *err);

    /* Bulk rows of the batches into the target, in order, as one statement: all or none. Called inside a transaction. */
    bool (*copy)(Destination *d, const CopyTarget *target, Batch *const *batches, int batch_count, Err *err);

    /* The table as it is. A table that does not exist: exists false, schema resolved. */
    bool (*describe)(Destination *d, const char *schema, const char *table, LiveTable **out, Err *err);

    /* Liveness lock (promise 7), freed by the server or kernel when the holder dies. Returns false with err->code ERR_BUSY when another
     * session holds it (no waiting here). lock may be NULL-op for a pooled PostgreSQL, where the lease alone decides. */
    bool (*lock)(Destination *d, const char *name, Err *err);
    void (*unlock)(Destination *d, const char *name);

    /* "verified", "encrypted only", "clear", "local socket", "file": for check. */
    const char *(*link_security)(Destination *d);
    const char *(*server_version)(Destination *d);
};

struct Destination {
    const DestinationOps *ops;
    const DestinationConfig *config;
    void *private_data;
    char *control; /* qualified prefix of our own tables: `"tidemark".` or `tidemark_`; see ledger.h */
    bool pooled;   /* behind a transaction pooler: no session state may outlive a transaction */
};

extern const DestinationOps *const destination_registry[]; /* NULL-terminated */
const DestinationOps *destination_find(const char *kind);
const DestinationOps *destination_for_url(const char *url);

/* NULL with *err (ERR_UNREACHABLE for connection and login failures). */
Destination *destination_open(const DestinationConfig *config, Err *err);
void destination_close(Destination *d); /* NULL is fine */
void destination_interrupt(Destination *d);

/* Small helpers over the driver. */
bool db_exec(Destination *d, Err *err, const char *sql);
bool db_execf(Destination *d, Err *err, int64_t *changed, const char *sql, int param_count, ...); /* params: const char * */
void db_quote(GString *out, const char *identifier);                                              /* "a""b" */
void db_quote_table(GString *out, const Destination *d, const char *schema,
                    const char *name); /* schema left out when NULL or unsupported */

#endif
