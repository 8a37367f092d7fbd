/* SPDX-License-Identifier: Apache-2.0 */
/* One statement per window inside one snapshot, asked again behind the last key when the server goes away. */
#include <string.h>

#include "base/log.h"
#include "sources/mariadb_source.h"

enum { TRIES = 5 };

static void close_rows(Maria *maria)
{
    if (!maria->rows)
        return;
    bool unread = !mysql_eof(maria->rows);
    if (unread)
        maria_link_abandon(maria->link);
    mysql_free_result(maria->rows);
    maria->rows = NULL;
    maria->snapshot = maria->snapshot && !unread;
    if (unread)
        maria_link_disconnect(maria->link);
}

void maria_end_window(Maria *maria)
{
    Err ignored = {0};
    close_rows(maria);
    if (maria->snapshot)
        maria_link_exec(maria->link, "COMMIT", &ignored);
    maria->snapshot = false;
    maria_reader_free(maria->reader);
    maria->reader = NULL;
    if (maria->last)
        g_string_free(maria->last, TRUE);
    maria->last = NULL;
    maria->moved = false;
    maria->tries = 0;
}

/* ---- the checkpoint: "1", the key's columns, the key of the last row; a line each ---- */

static char *key_names(const MariaKey *key)
{
    GString *names = g_string_new("");
    for (int i = 0; i < key->count; i++)
        g_string_append_printf(names, "%s%s", i ? "," : "", key->columns[i]->name);
    return g_string_free(names, FALSE);
}

static void set_last(Maria *maria, const char *key)
{
    if (!maria->last)
        maria->last = g_string_new("");
    g_string_assign(maria->last, key);
}

static void take_last(Maria *maria)
{
    if (maria->moved)
        set_last(maria, maria_reader_last(maria->reader));
    maria->moved = false;
}

/* Without a key there is no position: the checkpoint says so by being empty. */
static void set_checkpoint(Maria *maria, Batch *batch)
{
    const MariaKey *key = maria_reader_key(maria->reader);
    take_last(maria);
    if (key->count == 0 || !maria->last) {
        batch_set_checkpoint(batch, "", 0);
        return;
    }
    g_autofree char *names = key_names(key);
    g_autofree char *text = g_strdup_printf("1\n%s\n%s", names, maria->last->str);
    batch_set_checkpoint(batch, text, strlen(text));
}

static bool resume(Maria *maria, GBytes *checkpoint)
{
    gsize len = 0;
    const char *bytes = g_bytes_get_data(checkpoint, &len);
    g_autofree char *text = g_strndup(bytes ? bytes : "", len);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 3);
    const MariaKey *key = maria_reader_key(maria->reader);
    g_autofree char *names = key_names(key);
    g_autoptr(GString) condition = g_string_new("");
    if (g_strv_length(lines) != 3 || strcmp(lines[0], "1") != 0 || strcmp(lines[1], names) != 0 ||
        !maria_key_after(key, lines[2], condition))
        return false;
    set_last(maria, lines[2]);
    return true;
}

/* ---- beginning ---- */

/* *missing: there is no such table. */
static bool look_at_table(Maria *maria, const Stream *stream, bool *missing, Err *err)
{
    const MariaSpec *spec = stream->spec;
    MariaTable *table = NULL;
    maria_reader_free(maria->reader);
    maria->reader = NULL;
    if (!maria_table_read(maria->link, spec->table, &table, err))
        return false;
    *missing = table == NULL;
    if (table)
        maria->reader = maria_reader_new(stream, table, err);
    return maria->reader || *missing;
}

/* The source's row is told apart by some unique index; the stream's columns that should do so may tell less. */
static bool identity_is_unique(const Maria *maria)
{
    const MariaTable *table = maria_reader_table(maria->reader);
    const Stream *stream = maria->stream;
    for (guint i = 0; i < table->indexes->len; i++) {
        const MariaIndex *index = g_ptr_array_index(table->indexes, i);
        guint found = 0;
        for (guint k = 0; k < index->columns->len; k++)
            for (int c = 0; c < stream->conflict.count; c++)
                found += g_ascii_strcasecmp(stream->table->columns[stream->conflict.columns[c]].name,
                                            g_ptr_array_index(index->columns, k)) == 0;
        if (index->unique && index->whole && found == index->columns->len)
            return true;
    }
    return false;
}

static void report_differences(const Maria *maria, int64_t run)
{
    const MariaTable *table = maria_reader_table(maria->reader);
    g_autofree char *unread = maria_reader_unread(maria->reader);
    if (unread)
        log_write(LOG_INFO, run, maria->stream->id, "table %s has columns that the schema file does not name: %s", table->name,
                  unread);
    if (!identity_is_unique(maria))
        log_write(LOG_WARN, run, maria->stream->id,
                  "table %s has no unique index on the stream's primary key: rows that agree in it replace each other",
                  table->name);
    if (maria_reader_key(maria->reader)->count == 0)
        log_write(LOG_WARN, run, maria->stream->id,
                  "table %s has no primary key: an interrupted window starts over instead of going on", table->name);
}

/* The clock comes before the snapshot: what was committed by then is in the snapshot. */
bool maria_start(Source *source, const Stream *stream, Window *window, GBytes *checkpoint, bool *restarted, bool *missing, Err *err)
{
    Maria *maria = maria_of(source);
    maria_end_window(maria);
    *restarted = *missing = false;
    maria->stream = stream;
    if (!maria_link_ready(maria->link, err) || !look_at_table(maria, stream, missing, err))
        return false;
    if (checkpoint && maria->reader && !resume(maria, checkpoint))
        *restarted = true;
    if ((window->clock == TIME_NONE || *restarted) && !maria_clock(source, &window->clock, err))
        return false;
    maria->window = *window;
    if (maria->reader)
        report_differences(maria, source->context->run);
    return true;
}

static bool open_rows(Maria *maria, Err *err)
{
    g_autoptr(GString) sql = g_string_new(""), narrow = g_string_new("");
    if (!maria->snapshot && !maria_link_exec(maria->link, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", err))
        return false;
    maria->snapshot = true;
    if (!maria_reader_narrow(maria->reader, maria->link, &maria->window, narrow, err))
        return false;
    if (!maria_reader_select(maria->reader, &maria->window, narrow->str, maria->last ? maria->last->str : NULL, sql))
        return err_set(err, ERR_SOURCE, "table %s has another primary key than when its reading began",
                       maria_reader_table(maria->reader)->name);
    maria->rows = maria_link_stream(maria->link, sql->str, err);
    return maria->rows != NULL;
}

/* ---- going on after a failure ---- */

/* Waits 1, 2, 4 … seconds; false when there are no tries left or the wait was interrupted. */
static bool wait_for_retry(Source *source, Err *err)
{
    Maria *maria = maria_of(source);
    const SourceContext *context = source->context;
    take_last(maria);
    bool can_go_on = !maria->last || maria_reader_key(maria->reader)->count > 0;
    if (maria_link_stopped(maria->link) || !err->transient || !can_go_on || maria->tries >= TRIES)
        return false;
    int seconds = 1 << maria->tries++;
    char text[64];
    g_snprintf(text, sizeof text, "retry %d in %d s", maria->tries, seconds);
    log_write(LOG_INFO, source->context->run, maria->stream->id, "%s; %s", err->message, text);
    if (context->phase)
        context->phase(context->phase_data, text);
    if (!maria_link_wait(maria->link, seconds * 1000))
        return err_set(err, ERR_CANCELLED, "reading %s was stopped", maria->stream->id);
    if (context->phase)
        context->phase(context->phase_data, "reading again");
    return true;
}

/* A table that has vanished or changed meanwhile is no reason to lose the reader that the next try needs. */
static bool connect_again(Maria *maria, Err *err)
{
    bool missing = false;
    MariaReader *before = g_steal_pointer(&maria->reader);
    bool good = maria_link_connect(maria->link, err) && look_at_table(maria, maria->stream, &missing, err);
    if (good && missing)
        good = err_set(err, ERR_SOURCE, "%s is gone", maria->stream->origin);
    if (maria->reader)
        maria_reader_free(before);
    else
        maria->reader = before;
    return good;
}

static bool recover(Source *source, Err *err)
{
    Maria *maria = maria_of(source);
    close_rows(maria);
    maria->snapshot = false;
    while (wait_for_retry(source, err))
        if (connect_again(maria, err))
            return true;
    return false;
}

/* ---- reading ---- */

/* The next row; NULL with *failed false: the end. */
static MYSQL_ROW next_row(Source *source, bool *failed, Err *err)
{
    Maria *maria = maria_of(source);
    *failed = false;
    for (;;) {
        bool open = maria->rows || open_rows(maria, err);
        MYSQL_ROW row = open ? mysql_fetch_row(maria->rows) : NULL;
        if (row) {
            maria->tries = 0;
            return row;
        }
        if (open && mysql_errno(maria_link_handle(maria->link)) == 0 && !maria_link_stopped(maria->link))
            return NULL;
        if (open)
            maria_link_error(maria->link, ERR_SOURCE, err, maria->stream->origin);
        if (!recover(source, err)) {
            *failed = true;
            return NULL;
        }
    }
}

static ReadStatus read_rows(Source *source, Batch *batch, Err *err)
{
    Maria *maria = maria_of(source);
    while (!batch_full(batch, maria->stream->settings.batch_size)) {
        bool failed;
        MYSQL_ROW row = next_row(source, &failed, err);
        if (!row)
            return failed ? READ_FAIL : READ_END;
        maria_reader_add(maria->reader, row, mysql_fetch_lengths(maria->rows), batch);
        maria->moved = true;
    }
    return READ_MORE;
}

ReadStatus maria_read(Source *source, Batch *batch, Err *err)
{
    Maria *maria = maria_of(source);
    if (!maria->reader)
        return READ_END; /* the table is missing: the window is empty */
    if (maria_link_stopped(maria->link)) {
        err_set(err, ERR_CANCELLED, "reading %s was stopped", maria->stream->id);
        return READ_FAIL;
    }
    ReadStatus status = read_rows(source, batch, err);
    if (status != READ_FAIL)
        set_checkpoint(maria, batch);
    if (status == READ_END)
        maria_end_window(maria);
    return status;
}

bool maria_lookup(Source *source, const Stream *stream, const char *key, Batch *batch, Err *err)
{
    Maria *maria = maria_of(source);
    bool missing = false;
    g_autoptr(GString) sql = g_string_new("");
    maria_end_window(maria);
    maria->stream = stream;
    if (!maria_link_ready(maria->link, err) || !look_at_table(maria, stream, &missing, err))
        return false;
    if (missing)
        return true;
    if (!maria_reader_select_one(maria->reader, key, sql))
        return err_set(err, ERR_SOURCE, "%s: the key of a rejected row is none of its primary key", stream->origin);
    MYSQL_RES *result = maria_link_query(maria->link, sql->str, err);
    if (!result)
        return false;
    MYSQL_ROW row = mysql_fetch_row(result);
    if (row)
        maria_reader_add(maria->reader, row, mysql_fetch_lengths(result), batch);
    mysql_free_result(result);
    return true;
}
