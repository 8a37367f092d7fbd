/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "destinations/sqlite.h"
#include "model/time.h"

#define TEXT_ROOM 40 /* what time_format_sql() needs */

/* One column of the INSERT. Short texts made here live in `text` until the row is in, so that SQLite need not copy them. */
typedef struct Binder {
    int column; /* index in the table's columns and in Row.values */
    TypeKind kind;
    char text[TEXT_ROOM];
} Binder;

typedef struct Copy {
    sqlite3_stmt *statement;
    Binder *binders;
    int binder_count;
    char *absent; /* one digit per column of the table, or NULL when the target has no _tm_absent */
    const CopyTarget *target;
} Copy;

static int bind_uuid(sqlite3_stmt *statement, int index, Binder *binder, const Value *value)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes = (const unsigned char *)value->bytes;
    int at = 0;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            binder->text[at++] = '-';
        binder->text[at++] = digits[bytes[i] >> 4];
        binder->text[at++] = digits[bytes[i] & 15];
    }
    return sqlite3_bind_text(statement, index, binder->text, at, SQLITE_STATIC);
}

static int bind_time(sqlite3_stmt *statement, int index, Binder *binder, int64_t us)
{
    int seconds = (int)(us / US_PER_SECOND), fraction = (int)(us % US_PER_SECOND);
    int len = g_snprintf(binder->text, TEXT_ROOM, "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (fraction % 1000)
        len += g_snprintf(binder->text + len, (gulong)(TEXT_ROOM - len), ".%06d", fraction);
    else if (fraction)
        len += g_snprintf(binder->text + len, (gulong)(TEXT_ROOM - len), ".%03d", fraction / 1000);
    return sqlite3_bind_text(statement, index, binder->text, len, SQLITE_STATIC);
}

static int bind_value(sqlite3_stmt *statement, int index, Binder *binder, const Value *value)
{
    if (value->state != VALUE_SET)
        return sqlite3_bind_null(statement, index);
    switch (binder->kind) {
    case TYPE_BOOL:
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:
        return sqlite3_bind_int64(statement, index, value->i);
    case TYPE_FLOAT4:
    case TYPE_FLOAT8: /* SQLite would turn a NaN into NULL */
        return isnan(value->d) ? sqlite3_bind_text(statement, index, "NaN", 3, SQLITE_STATIC)
                               : sqlite3_bind_double(statement, index, value->d);
    case TYPE_BYTEA: /* a NULL pointer would bind NULL, not the empty value */
        return sqlite3_bind_blob64(statement, index, value->len ? value->bytes : "", value->len, SQLITE_STATIC);
    case TYPE_UUID:
        return bind_uuid(statement, index, binder, value);
    case TYPE_DATE:
        return sqlite3_bind_text(statement, index, binder->text, (int)day_format(value->i, binder->text), SQLITE_STATIC);
    case TYPE_TIME:
        return bind_time(statement, index, binder, value->i);
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
        return sqlite3_bind_text(statement, index, binder->text, (int)time_format_sql(value->i, binder->text), SQLITE_STATIC);
    default:
        return sqlite3_bind_text64(statement, index, value->len ? value->bytes : "", value->len, SQLITE_STATIC, SQLITE_UTF8);
    }
}

static int bind_bookkeeping(Copy *copy, const Row *row, int index, int64_t seq)
{
    const CopyTarget *target = copy->target;
    sqlite3_stmt *statement = copy->statement;
    int code = sqlite3_bind_int64(statement, index++, seq);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text64(statement, index++, row->key_len ? row->key : "", row->key_len, SQLITE_STATIC, SQLITE_UTF8);
    if (code == SQLITE_OK)
        code = row->cursor == TIME_NONE ? sqlite3_bind_null(statement, index) : sqlite3_bind_int64(statement, index, row->cursor);
    index++;
    if (code == SQLITE_OK)
        code = row->scope < 0 ? sqlite3_bind_null(statement, index)
                              : sqlite3_bind_int64(statement, index, target->first_scope + row->scope);
    index++;
    if (code != SQLITE_OK || !copy->absent)
        return code;
    bool any = false;
    for (int i = 0; i < copy->binder_count; i++) {
        bool absent = row->values[copy->binders[i].column].state == VALUE_ABSENT;
        copy->absent[copy->binders[i].column] = absent ? '1' : '0';
        any = any || absent;
    }
    return any ? sqlite3_bind_text(statement, index, copy->absent, target->stream->table->column_count, SQLITE_STATIC)
               : sqlite3_bind_null(statement, index);
}

static char *insert_sql(const Copy *copy)
{
    const CopyTarget *target = copy->target;
    const TableDef *table = target->stream->table;
    g_autoptr(GString) sql = g_string_new("INSERT INTO ");
    g_autoptr(GString) marks = g_string_new(NULL);
    g_string_append_printf(sql, "%s (", target->table);
    for (int i = 0; i < copy->binder_count; i++) {
        g_string_append(sql, i ? ", " : "");
        db_quote(sql, table->columns[copy->binders[i].column].name);
        g_string_append(marks, i ? ", ?" : "?");
    }
    if (target->staged) {
        const char *separator = copy->binder_count ? ", " : "";
        g_string_append_printf(sql, "%s_tm_seq, _tm_key, _tm_cursor, _tm_scope%s", separator, copy->absent ? ", _tm_absent" : "");
        g_string_append_printf(marks, "%s?, ?, ?, ?%s", separator, copy->absent ? ", ?" : "");
    }
    g_string_append_printf(sql, ") VALUES (%s)", marks->str);
    return g_strdup(sql->str);
}

static bool copy_row(Destination *d, Copy *copy, const Row *row, int64_t seq, Err *err)
{
    int code = SQLITE_OK;
    for (int i = 0; i < copy->binder_count && code == SQLITE_OK; i++)
        code = bind_value(copy->statement, i + 1, &copy->binders[i], &row->values[copy->binders[i].column]);
    if (code == SQLITE_OK && copy->target->staged)
        code = bind_bookkeeping(copy, row, copy->binder_count + 1, seq);
    if (code == SQLITE_OK) {
        int stepped = sqlite3_step(copy->statement);
        code = stepped == SQLITE_DONE ? SQLITE_OK : stepped;
    }
    bool ok = code == SQLITE_OK || sqlite_fail(d, code, err);
    sqlite3_reset(copy->statement);
    return ok;
}

static bool copy_batches(Destination *d, Copy *copy, Batch *const *batches, int batch_count, Err *err)
{
    int64_t seq = copy->target->first_seq;
    for (int b = 0; b < batch_count; b++) {
        for (int r = 0; r < batches[b]->row_count; r++) {
            /* A single INSERT is too short for the progress handler ever to look. */
            if (r % 256 == 0 && destination_take_interrupt(d))
                return err_set(err, ERR_CANCELLED, "stopped on request");
            if (!copy_row(d, copy, &batches[b]->rows[r], seq++, err))
                return false;
        }
    }
    return true;
}

static void make_binders(Copy *copy)
{
    const Stream *stream = copy->target->stream;
    copy->binders = g_new0(Binder, (size_t)stream->table->column_count + 1);
    for (int i = 0; i < stream->table->column_count; i++)
        if (stream->mapped[i])
            copy->binders[copy->binder_count++] = (Binder){.column = i, .kind = stream->table->columns[i].type.kind};
    if (copy->target->staged && stream->may_be_absent) {
        copy->absent = g_malloc((size_t)stream->table->column_count + 1);
        memset(copy->absent, '0', (size_t)stream->table->column_count);
    }
}

bool sqlite_copy(Destination *d, const CopyTarget *target, Batch *const *batches, int batch_count, Err *err)
{
    Copy copy = {.target = target};
    make_binders(&copy);
    g_autofree char *sql = insert_sql(&copy);
    copy.statement = sqlite_prepare(d, sql, err);
    bool ok = copy.statement && sqlite_exec(d, "SAVEPOINT tm_copy", 0, NULL, NULL, err);
    if (ok) {
        ok = copy_batches(d, &copy, batches, batch_count, err);
        if (!ok) { /* nothing is left to undo where SQLite had to roll the whole transaction back */
            DbDiag diag = d->diag;
            sqlite_exec(d, "ROLLBACK TO tm_copy", 0, NULL, NULL, NULL);
            d->diag = diag;
        }
        Err ignored = {0};
        bool released = sqlite_exec(d, "RELEASE tm_copy", 0, NULL, NULL, ok ? err : &ignored);
        ok = ok && released;
    }
    if (copy.statement)
        sqlite3_clear_bindings(copy.statement);
    g_free(copy.binders);
    g_free(copy.absent);
    return ok;
}
