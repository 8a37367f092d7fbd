/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/postgres.h"

#define KEPT_BYTES (4 * 1024 * 1024) /* a buffer that one huge row blew up is not kept */
#define SEND_BYTES (512 * 1024)      /* handed to libpq at once; it keeps no more than this while the server is slow */

/* In non-blocking mode libpq would take any amount into memory, hence the flush behind each piece. */
static bool put_data(Destination *d, PgCall *call, Err *err)
{
    Postgres *p = d->private_data;
    int put;
    while ((put = PQputCopyData(p->conn, (const char *)p->buffer->data, (int)p->buffer->len)) == 0)
        if (!pg_flush(d, call, err))
            return false;
    if (p->buffer->len > KEPT_BYTES) {
        g_byte_array_unref(p->buffer);
        p->buffer = g_byte_array_new();
    }
    g_byte_array_set_size(p->buffer, 0);
    if (put < 0)
        return pg_send_failed(d, call, err);
    return pg_flush(d, call, err);
}

static bool put_end(Destination *d, PgCall *call, const char *reason, Err *err)
{
    Postgres *p = d->private_data;
    int put;
    while ((put = PQputCopyEnd(p->conn, reason)) == 0)
        if (!pg_flush(d, call, err))
            return false;
    return put > 0 || pg_send_failed(d, call, err);
}

/* Stops early, and in good order, once the call was cancelled. */
static bool put_rows(Destination *d, PgCall *call, PgEncoder *encoder, int64_t seq, Batch *const *batches, int batch_count,
                     Err *err)
{
    Postgres *p = d->private_data;
    g_byte_array_set_size(p->buffer, 0);
    pg_encode_header(encoder, p->buffer);
    for (int b = 0; b < batch_count; b++) {
        for (int r = 0; r < batches[b]->row_count && !call->cancelled; r++) {
            pg_encode_row(encoder, &batches[b]->rows[r], seq++, p->buffer);
            if (p->buffer->len >= SEND_BYTES && !put_data(d, call, err))
                return false;
        }
    }
    return p->buffer->len == 0 || call->cancelled || put_data(d, call, err);
}

/* The server's answer to the COPY itself. */
static bool start_copy(Destination *d, PgCall *call, const char *sql, Err *err)
{
    Postgres *p = d->private_data;
    PGresult *result = NULL;
    if (!pg_begin_call(d, sql, call, err))
        return false;
    if (!PQsendQuery(p->conn, sql))
        return pg_send_failed(d, call, err);
    if (!pg_next_result(d, call, &result, err))
        return false;
    if (PQresultStatus(result) == PGRES_COPY_IN) {
        PQclear(result);
        return true;
    }
    pg_fail_result(d, result, call->cancelled, err);
    PQclear(result);
    DbDiag diag = d->diag;
    pg_finish_call(d, call, NULL, NULL);
    d->diag = diag;
    return false;
}

bool pg_copy(Destination *d, const CopyTarget *target, Batch *const *batches, int batch_count, Err *err)
{
    PgEncoder *encoder = pg_encoder_new(target);
    g_autoptr(GString) sql = g_string_new("COPY ");
    g_string_append_printf(sql, "%s (", target->table);
    pg_encode_columns(encoder, sql);
    g_string_append_printf(sql, ") FROM STDIN (FORMAT %s)", pg_encoder_format(encoder));
    PgCall call;
    bool ok = start_copy(d, &call, sql->str, err) && put_rows(d, &call, encoder, target->first_seq, batches, batch_count, err) &&
              put_end(d, &call, call.cancelled ? "stopped on request" : NULL, err) && pg_finish_call(d, &call, NULL, err);
    pg_encoder_free(encoder);
    return ok;
}
