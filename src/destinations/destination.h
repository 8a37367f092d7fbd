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
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "model/batch.h"
#include "model/stream.h"

typedef struct Destination Destination;
typedef struct DestinationOps DestinationOps;
typedef struct KnownTables KnownTables; /* known_tables.h */

/* Rows of a query as text. */
typedef struct DbRows {
    int count, columns;
    char **cells; /* count * columns, NULL for NULL; owned */
} DbRows;
const char *db_cell(const DbRows *rows, int row, int column);
void db_rows_clear(DbRows *rows);

/* What the last failed call said about the place of the error, next to Err.native (an SQLSTATE, on SQLite too); each empty when not told.
 * Names only: the database's detail text may hold values and is never kept. */
typedef struct DbDiag {
    char constraint[128], table[128], column[128];
} DbDiag;

/* A table as the database has it. */
typedef struct LiveColumn {
    char *name;
    SqlType type;
    bool type_known; /* false: a type that type.h has no name for; type_text says what */
    char *type_text;
    bool not_null, has_default;
    bool
        generated; /* the database can fill it by itself: identity, serial, computed, SQLite's INTEGER PRIMARY KEY (whose width says nothing) */
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
    gatomicrefcount refs;
    char *schema, *name; /* resolved: where unqualified names land (H25) */
    bool exists;
    int64_t rows_estimate; /* by statistics, without reading the table */
    bool empty;            /* exact */
    char *partition_key;   /* as the database spells it: "RANGE (at)"; NULL: not partitioned */
    GPtrArray *columns;    /* LiveColumn */
    GPtrArray *keys;       /* LiveKey: primary key, unique constraints and unique indexes, plain indexes (unique false) */
    GPtrArray *indexes;    /* char *: names of all indexes, also of those that are no LiveKey */
    GPtrArray *foreigns;   /* LiveForeign: from this table */
    GPtrArray *
        referenced_by; /* LiveForeign of other tables that point here; name = constraint, column = theirs, ref_schema/ref_table = THEIR schema and table */
} LiveTable;
void live_table_free(LiveTable *table); /* gives a reference back */

/* Where bulk rows go. The copied columns are the mapped ones of the stream's table, in order, then the bookkeeping columns if staged:
 * _tm_seq bigint, _tm_key text, _tm_cursor bigint (microseconds; NULL for TIME_NONE), _tm_scope bigint, and with stream->may_be_absent
 * _tm_absent text: one '0' or '1' per column of the table, '1' where a mapped value is absent; NULL when none is. An absent value of a mapped
 * column is written as NULL.
 *
 * The target's columns must have the types of the stream's definition (PostgreSQL's binary COPY stores a wrong type of the same size
 * without a word): ddl_plan() stops a stream with a type conflict, and staging tables are made from Dialect.type. */
typedef struct CopyTarget {
    const Stream *stream;
    const char *table; /* quoted and qualified */
    bool staged;
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
    const char *create_unlogged; /* "CREATE UNLOGGED TABLE" / "CREATE TABLE": staging of a reimport */
    const char *digest;          /* name of an SQL function text -> text whose equal results mean equal texts: "md5" */
    const char *schema_exists;   /* query that gives a row when the schema named $1 exists; NULL without schemas */
    const char
        *name_taken; /* query that gives a row when the schema $1 has an index (a table, …) named $2, so that no index can be */
    const char
        *partitions; /* query for the range partitions of the table whose quoted name is $1: quoted name, lower and upper bound as
                                    text, NULL where there is none, 1 for a default partition, 1 for one without statistics; NULL: this database has no
                                    partitions */
    const char *
        check_expression; /* query for the text of the CHECK constraint $2 of the table whose quoted name is $1; NULL: it cannot be asked */
    const char *ddl_lock; /* statement that lets one session at a time make tables until its transaction ends; NULL where
                                    begin_write does */
    /* Column type text for CREATE TABLE; staged: as in a staging table (same type, no constraint of length needed). */
    void (*type)(const SqlType *type, GString *out);
    /* An expression that makes the row's JSON text (an object column → value) from the columns of `alias`. */
    void (*row_json)(const TableDef *table, const bool *mapped, const char *alias, GString *out);
    /* The reverse: an expression of the column's type from the JSON text expression `json`. */
    void (*from_json)(const Column *column, const char *json, GString *out);
    /* An expression under which two values of this column can be compared (PostgreSQL's json has no equality). TYPE_JSONB: the column may be one of
     * json, too. */
    void (*comparable)(const Column *column, const char *alias, GString *out);
    /* An expression for the UTC day of a timestamptz column, fit for an index. */
    void (*utc_day)(const Column *column, GString *out);
    /* A value of ours as literal of the column's type, for scope predicates. */
    void (*literal)(const Column *column, const char *text, GString *out);
} Dialect;

enum {
    DEST_SCHEMAS = 1,            /* tables live in schemas */
    DEST_DIRECT_COPY = 2,        /* copying straight into the table during a first load pays */
    DEST_WRITERS = 4,            /* several writers at once */
    DEST_TRUNCATE = 8,           /* TRUNCATE with its locks and CASCADE; otherwise DELETE */
    DEST_ALTER_CONSTRAINTS = 16, /* ALTER TABLE … ADD CONSTRAINT works on an existing table */
    DEST_NESTED_LOOPS = 64,      /* joins by nested loops alone: a staging table needs an index on what it is looked up by */
    DEST_ANALYZE_STAGE = 32,     /* statistics of a staging table must be taken by hand */
    DEST_ALTER_TYPES = 128 /* ALTER TABLE … ALTER COLUMN … TYPE; without it an integer column holds the widest integer anyway */
};

struct DestinationOps {
    const char *kind;           /* "postgres" */
    const char *const *schemes; /* URL schemes it answers to: "postgresql", "postgres" */
    const OptionDef *options;
    unsigned caps;
    size_t size;
    const Dialect *dialect;

    void (*init)(Destination *d); /* may be NULL: what interrupt() and close() need even before open() */
    bool (*open)(Destination *d, Err *err);
    void (*close)(Destination *d);     /* exactly once, even after a failed open */
    void (*interrupt)(Destination *d); /* any thread, after d->interrupted was set: wakes the thread that waits in a statement */

    /* Statements without rows; several, separated by semicolons, only when param_count is 0. changed (may be NULL): affected rows. */
    bool (*exec)(Destination *d, const char *sql, int param_count, const char *const *params, int64_t *changed, Err *err);
    bool (*query)(Destination *d, const char *sql, int param_count, const char *const *params, DbRows *out, Err *err);

    /* Bulk rows of the batches into the target, in order, as one statement: all or none. Called inside a transaction. */
    bool (*copy)(Destination *d, const CopyTarget *target, Batch *const *batches, int batch_count, Err *err);

    /* The table as it is. A table that does not exist: exists false, schema resolved. */
    bool (*describe)(Destination *d, const char *schema, const char *table, LiveTable **out, Err *err);

    /* The same of many tables with few questions: to `out` is appended a LiveTable per table asked for, NULL for one that does not exist. May be
     * NULL: describe() is just as fast. */
    bool (*describe_all)(Destination *d, const TableDef *const *tables, int count, GPtrArray *out, Err *err);

    /* The schema where an unqualified name lands, as describe() resolves it, and nothing else; the caller frees it. Asked of databases with
     * schemas only: NULL elsewhere. */
    bool (*place)(Destination *d, const char *table, char **schema, Err *err);

    /* Liveness lock (promise 7), freed by the server or kernel when the holder dies. Returns false with err->code ERR_BUSY when another
     * session holds it (no waiting here). lock may be NULL-op for a pooled PostgreSQL, where the lease alone decides. */
    bool (*lock)(Destination *d, const char *name, Err *err);
    void (*unlock)(Destination *d, const char *name);

    /* "verified", "encrypted only", "clear", "local socket", "file": for check. */
    const char *(*link_security)(Destination *d);
    const char *(*server_version)(Destination *d);

    /* Statements (char *) that would give the login what it lacks to fill the table, which may not exist yet; table NULL: to keep our own
     * tables in that schema. May be NULL: there is nothing to grant. */
    bool (*grants)(Destination *d, const char *schema, const char *table, GPtrArray *out, Err *err);
};

struct Destination {
    const DestinationOps *ops;
    const DestinationConfig *config;
    void *private_data;
    atomic_bool interrupted; /* see destination_interrupt() */
    DbDiag diag;             /* of the last failed exec, query or copy */
    char *control;           /* qualified prefix of our own tables: `"tidemark".` or `tidemark_`; see ledger.h */
    KnownTables *known;      /* shared with other connections; may be NULL */
    bool pooled;             /* behind a transaction pooler: no session state may outlive a transaction */
};

extern const DestinationOps *const destination_registry[]; /* NULL-terminated */
const DestinationOps *destination_find(const char *kind);
const DestinationOps *destination_for_url(const char *url);

/* NULL with *err (ERR_UNREACHABLE for connection and login failures). The configuration must outlive the destination. */
Destination *destination_open(const DestinationConfig *config, Err *err);
/* The same in two steps, for a caller that wants to interrupt a connection attempt. After a failed connect, close. */
Destination *destination_new(const DestinationConfig *config, Err *err);
bool destination_connect(Destination *d, Err *err);
void destination_close(Destination *d); /* NULL is fine */

/* Any thread, between new and close: the running statement, or else the next one, fails with ERR_CANCELLED within two seconds, also when the
 * server hangs. One request ends one statement; ROLLBACK neither takes it nor fails for it, so that the caller can always clean up.
 * A connection whose server did not even answer the cancel request is given up: each later call fails with ERR_UNREACHABLE. */
void destination_interrupt(Destination *d);
void destination_clear_interrupt(Destination *d); /* forgets a request that came too late for any statement */

/* For drivers: takes a pending request; false when there is none. */
bool destination_take_interrupt(Destination *d);

/* Small helpers over the driver. */
bool db_exec(Destination *d, Err *err, const char *sql);
bool db_execf(Destination *d, Err *err, int64_t *changed, const char *sql, int param_count, ...); /* params: const char * */
void db_quote(GString *out, const char *identifier);                                              /* "a""b" */
void db_quote_text(GString *out, const char *text);                                               /* 'it''s' */
void db_quote_table(GString *out, const Destination *d, const char *schema,
                    const char *name); /* schema left out when NULL or unsupported */

#endif
