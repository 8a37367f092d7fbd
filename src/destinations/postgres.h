/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/postgres.h - what the files of the PostgreSQL driver share. */
#ifndef TIDEMARK_DESTINATIONS_POSTGRES_H
#define TIDEMARK_DESTINATIONS_POSTGRES_H

#include <libpq-fe.h>

#include "destinations/destination.h"

typedef struct Postgres {
    PGconn *conn;
    int wake_fd;           /* an eventfd: interrupt() makes it readable */
    bool lost;             /* given up, or closed by the server */
    bool session_prepared; /* the statements of postgres_describe.c are prepared on this connection */
    int version;           /* 150004 */
    char version_text[64];
    char security[64];
    GByteArray *buffer; /* of COPY, kept between batches */
} Postgres;

/* One statement on its way: what an interrupt has done to it so far. */
typedef struct PgCall {
    bool protected;   /* a ROLLBACK: an interrupt is left for the next statement */
    bool cancelled;   /* the interrupt was taken and the server asked to stop */
    int64_t deadline; /* clock_mono_ms() after which a silent server is given up; 0: none */
    int cancel_fd;    /* readable when the cancel request was delivered; -1: none under way */
} PgCall;

/* ---- postgres_wire.c: no call here blocks longer than an interrupt allows ---- */
bool pg_connect(Destination *d, const char *const *keywords, const char *const *values, int64_t timeout_ms, Err *err);
/* Refuses on a lost connection, and on a pending interrupt, which it takes. */
bool pg_begin_call(Destination *d, const char *sql, PgCall *call, Err *err);
/* Waits for the server's next answer; NULL in *out: there is none left. */
bool pg_next_result(Destination *d, PgCall *call, PGresult **out, Err *err);
/* Sends what libpq holds back. */
bool pg_flush(Destination *d, PgCall *call, Err *err);
/* Reads all answers: the last good one in *out (may be NULL), or the first error. Ends the call. */
bool pg_finish_call(Destination *d, PgCall *call, PGresult **out, Err *err);
/* A statement that libpq would not even send. Ends the call. */
bool pg_send_failed(Destination *d, PgCall *call, Err *err);

/* ---- postgres_error.c ---- */
bool pg_fail_result(Destination *d, const PGresult *result, bool cancelled, Err *err);
bool pg_fail_lost(Destination *d, Err *err);
/* libpq's text on one line, bounded; for connection failures only. */
void pg_connection_text(const PGconn *conn, char *out, size_t size);

/* ---- postgres_grants.c ---- */
bool pg_grants(Destination *d, const char *schema, const char *table, GPtrArray *out, Err *err);

/* ---- postgres_link.c ---- */
/* Promise 9: `require` when neither URL, environment nor service file say and the host is another one; else NULL. */
const char *pg_default_sslmode(PQconninfoOption *given);
void pg_read_security(Postgres *p);

/* ---- postgres_encode.c ---- */
typedef struct PgEncoder PgEncoder;
PgEncoder *pg_encoder_new(const CopyTarget *target);
void pg_encoder_free(PgEncoder *encoder);
const char *pg_encoder_format(const PgEncoder *encoder); /* "binary" or "text", for the COPY statement */
void pg_encode_columns(const PgEncoder *encoder, GString *out);
void pg_encode_header(const PgEncoder *encoder, GByteArray *out);
void pg_encode_row(PgEncoder *encoder, const Row *row, int64_t seq, GByteArray *out);

/* ---- postgres_text.c: one value for COPY's text format ---- */
void pg_text_value(TypeKind kind, const Value *value, GByteArray *out);
void pg_text_bytes(const char *bytes, size_t len, GByteArray *out);

/* ---- the rest of the driver ---- */
bool pg_query(Destination *d, const char *sql, int param_count, const char *const *params, DbRows *out, Err *err);
bool pg_exec(Destination *d, const char *sql, int param_count, const char *const *params, int64_t *changed, Err *err);
bool pg_copy(Destination *d, const CopyTarget *target, Batch *const *batches, int batch_count, Err *err);
bool pg_describe(Destination *d, const char *schema, const char *table, LiveTable **out, Err *err);
bool pg_describe_all(Destination *d, const TableDef *const *tables, int count, GPtrArray *out, Err *err);
bool pg_place(Destination *d, const char *table, char **schema, Err *err);
void pg_take_rows(const PGresult *result, DbRows *out);
extern const Dialect pg_dialect;

#endif
