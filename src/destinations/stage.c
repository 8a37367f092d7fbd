/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/stage.h"

#include "base/json.h"
#include "destinations/sql.h"
#include "model/time.h"

/* _tm_seq of rejects that never were staged rows: told apart from those of rows. */
#define REJECT_SEQ (INT64_C(1) << 40)

/* Columns of the table of rejects, in order. */
enum { R_REASON, R_COLUMN, R_SQLSTATE, R_DETAIL, R_ROW, R_DIGEST, R_SCOPE, R_ABSENT, R_COLUMNS };
static const char *const reject_columns[R_COLUMNS] = {"reason", "column_name", "sqlstate", "detail",
                                                      "row",    "digest",      "scope",    "absent"};

/* ---- shapes: the smaller tables are described as streams of their own, so that drivers can copy into them ---- */

static Stream *shape_new(int column_count)
{
    Stream *shape = g_new0(Stream, 1);
    shape->table = table_new(NULL, "staging", column_count);
    shape->mapped = g_new(bool, column_count + 1);
    for (int i = 0; i <= column_count; i++)
        shape->mapped[i] = true;
    return shape;
}

static Stream *reject_shape(void)
{
    Stream *shape = shape_new(R_COLUMNS);
    for (int i = 0; i < R_COLUMNS; i++)
        shape->table->columns[i] = (Column){
            .name = g_strdup(reject_columns[i]), .type = {.kind = i == R_REASON ? TYPE_INT2 : TYPE_TEXT}, .nullable = true};
    return shape;
}

static Stream *scope_shape(const Stream *stream)
{
    Stream *shape = shape_new(stream->scope_column_count);
    for (int i = 0; i < stream->scope_column_count; i++) {
        const Column *column = &stream->table->columns[stream->scope_columns[i]];
        shape->table->columns[i] = (Column){.name = g_strdup(column->name), .type = column->type, .nullable = true};
    }
    return shape;
}

/* ---- the tables ---- */

static char *table_name(const Destination *d, const Stream *stream, const char *what, int64_t epoch)
{
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, stream->id, -1);
    if (epoch == 0)
        return g_strdup_printf("%s._tm_%s_%.8s", d->ops->dialect->temp_schema, what, digest);
    return g_strdup_printf("%sstage_%" G_GINT64_FORMAT "_%.8s_%s", d->control, epoch, digest, what);
}

Stage *stage_new(Destination *d, const Stream *stream, int64_t epoch)
{
    Stage *stage = g_new0(Stage, 1);
    stage->d = d;
    stage->stream = stream;
    stage->kept = epoch > 0;
    stage->rows = table_name(d, stream, "rows", epoch);
    stage->scopes = table_name(d, stream, "scopes", epoch);
    stage->rejects = table_name(d, stream, "rejects", epoch);
    stage->scope_shape = scope_shape(stream);
    stage->reject_shape = reject_shape();
    return stage;
}

void stage_free(Stage *stage)
{
    if (!stage)
        return;
    g_free(stage->rows);
    g_free(stage->scopes);
    g_free(stage->rejects);
    stream_free(stage->scope_shape);
    stream_free(stage->reject_shape);
    g_free(stage);
}

static void add_table(const Stage *stage, const Stream *shape, const char *name, const char *bookkeeping, GString *sql)
{
    const Dialect *dialect = stage->d->ops->dialect;
    if (stage->kept) {
        sql_add(sql, "%s %s (", dialect->create_unlogged, name);
    } else { /* a temporary table is made without its schema, found with it */
        const char *dot = strchr(name, '.');
        sql_add(sql, "DROP TABLE IF EXISTS %s;\nCREATE TEMP TABLE %s (", name, dot + 1);
    }
    for (int i = 0; i < shape->table->column_count; i++) {
        if (!shape->mapped[i])
            continue;
        SqlType type = shape->table->columns[i].type;
        type.generated = false;
        db_quote(sql, shape->table->columns[i].name);
        g_string_append_c(sql, ' ');
        dialect->type(&type, sql);
        g_string_append(sql, ", ");
    }
    /* An integer primary key is the row's own address in SQLite: a lookup by number for nothing. */
    sql_add(sql, "_tm_seq %s, _tm_key text, _tm_cursor bigint, _tm_scope bigint%s)%s;\n",
            stage->d->ops->caps & DEST_NESTED_LOOPS ? "INTEGER PRIMARY KEY" : "bigint", bookkeeping,
            stage->d->pooled && !stage->kept ? " ON COMMIT DROP" : "");
}

/* Temporary tables are without statistics: an index on what they are looked up by is all that helps a database of nested loops, and a planner that takes
 * the rows of one part of a shared table for a handful. */
static bool wants_indexes(const Stage *stage)
{
    return !stage->kept && (stage->d->ops->caps & DEST_NESTED_LOOPS || (stage->indexed && stage->stream->scope_count > 0));
}

/* SQLite wants the schema with the index's name, PostgreSQL with the table's. */
static void begin_index(const Stage *stage, const char *table, GString *sql)
{
    const char *plain = strchr(table, '.') + 1;
    if (stage->d->ops->dialect->has_schemas)
        sql_add(sql, "CREATE INDEX IF NOT EXISTS %s_key ON %s (", plain, table);
    else
        sql_add(sql, "CREATE INDEX IF NOT EXISTS %s_key ON %s (", table, plain);
}

static void add_indexes(const Stage *stage, GString *sql)
{
    const TableKey *key = &stage->stream->conflict;
    begin_index(stage, stage->rejects, sql);
    g_string_append(sql, "_tm_key);\n");
    if (!stage->indexed)
        return;
    begin_index(stage, stage->rows, sql);
    for (int i = 0; i < key->count; i++) {
        g_string_append(sql, i ? ", " : "");
        db_quote(sql, stage->stream->table->columns[key->columns[i]].name);
    }
    g_string_append(sql, ");\n");
}

bool stage_make(Stage *stage, Err *err)
{
    if (stage->made)
        return true;
    g_autoptr(GString) sql = g_string_new(NULL);
    add_table(stage, stage->stream, stage->rows,
              ", _tm_absent text, _tm_reason smallint NOT NULL DEFAULT 0, _tm_column smallint, _tm_sqlstate text", sql);
    add_table(stage, stage->reject_shape, stage->rejects, "", sql);
    if (stage->stream->mode == WRITE_CHILDREN)
        add_table(stage, stage->scope_shape, stage->scopes, "", sql);
    if (wants_indexes(stage))
        add_indexes(stage, sql);
    stage->made = stage->fresh = db_exec(stage->d, err, sql->str);
    return stage->made || err_context(err, "creating the staging tables of %s", stage->stream->id);
}

static void add_for_each(const Stage *stage, const char *words, GString *sql)
{
    const char *tables[] = {stage->rows, stage->rejects, stage->stream->mode == WRITE_CHILDREN ? stage->scopes : NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        if (tables[i])
            sql_add(sql, "%s %s;", words, tables[i]);
}

bool stage_clear(Stage *stage, Err *err)
{
    if (stage->fresh) { /* truncating costs as much as making them */
        stage->fresh = false;
        return true;
    }
    g_autoptr(GString) sql = g_string_new(NULL);
    add_for_each(stage, stage->d->ops->caps & DEST_TRUNCATE ? "TRUNCATE" : "DELETE FROM", sql);
    stage->next_seq = stage->next_scope = stage->next_reject = stage->refused = 0;
    return db_exec(stage->d, err, sql->str);
}

void stage_gone(Stage *stage)
{
    stage->made = false;
    stage->next_seq = stage->next_scope = stage->next_reject = stage->refused = 0;
}

bool stage_drop(Stage *stage, Err *err)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    add_for_each(stage, "DROP TABLE IF EXISTS", sql);
    stage_gone(stage);
    return db_exec(stage->d, err, sql->str);
}

/* ---- copying ---- */

static Value text_value(const char *text)
{
    return text ? (Value){.state = VALUE_SET, .len = (uint32_t)strlen(text), .bytes = text} : (Value){.state = VALUE_NULL};
}

static void put_reject(Batch *to, const Stream *stream, const RejectRow *from, const char *sqlstate, const Scope *scope)
{
    Row *row = batch_row(to, from->key, from->key_len, from->cursor, -1);
    char *scope_key = scope ? arena_dup(&to->arena, scope->key, scope->key_len) : NULL;
    row->values[R_REASON] = (Value){.state = VALUE_SET, .i = from->reason};
    row->values[R_COLUMN] = text_value(from->column >= 0 ? stream->table->columns[from->column].name : NULL);
    row->values[R_SQLSTATE] = text_value(sqlstate);
    row->values[R_DETAIL] = text_value(from->detail);
    row->values[R_ROW] = text_value(from->row);
    row->values[R_DIGEST] = text_value(NULL); /* of the whole text */
    row->values[R_SCOPE] = text_value(scope_key);
    row->values[R_ABSENT] = text_value(NULL);
}

static bool copy_shape(Stage *stage, const Stream *shape, const char *table, Batch *batch, int64_t first_seq, Err *err)
{
    CopyTarget target = {.stream = shape, .table = table, .staged = true, .first_seq = first_seq};
    return batch->row_count == 0 || stage->d->ops->copy(stage->d, &target, &batch, 1, err);
}

static bool copy_rejects(Stage *stage, Batch *rows, Err *err)
{
    int64_t first = REJECT_SEQ + stage->next_reject;
    stage->next_reject += rows->row_count;
    return copy_shape(stage, stage->reject_shape, stage->rejects, rows, first, err);
}

static const Scope *scope_of(const Batch *batch, int32_t index)
{
    return index >= 0 && index < batch->scope_count ? &batch->scopes[index] : NULL;
}

bool stage_copy_rejects(Stage *stage, Batch *const *batches, int count, Err *err)
{
    int total = 0;
    for (int b = 0; b < count; b++)
        total += batches[b]->reject_count;
    if (total == 0)
        return true;
    Batch *rows = batch_new(stage->reject_shape);
    for (int b = 0; b < count; b++)
        for (int i = 0; i < batches[b]->reject_count; i++)
            put_reject(rows, stage->stream, &batches[b]->rejects[i], NULL, scope_of(batches[b], batches[b]->rejects[i].scope));
    bool ok = copy_rejects(stage, rows, err);
    batch_free(rows);
    return ok;
}

/* _tm_seq of a scope is its number: scopes of the first batch first. _tm_scope is NULL unless it keeps its others. */
static bool copy_scopes(Stage *stage, Batch *const *batches, int count, Err *err)
{
    Batch *rows = batch_new(stage->scope_shape);
    for (int b = 0; b < count; b++) {
        for (int i = 0; i < batches[b]->scope_count; i++) {
            const Scope *scope = &batches[b]->scopes[i];
            Row *row = batch_row(rows, scope->key, scope->key_len, TIME_NONE, scope->keep_others ? 0 : -1);
            memcpy(row->values, scope->values, sizeof(Value) * (size_t)stage->stream->scope_column_count);
        }
    }
    bool ok = copy_shape(stage, stage->scope_shape, stage->scopes, rows, stage->next_scope, err);
    batch_free(rows);
    return ok;
}

static void shift_scopes(Batch *const *batches, int count, int sign)
{
    int base = 0;
    for (int b = 0; b < count; b++) {
        for (int i = 0; i < batches[b]->row_count; i++)
            if (batches[b]->rows[i].scope >= 0)
                batches[b]->rows[i].scope += sign * base;
        base += batches[b]->scope_count;
    }
}

static bool copy_rows(Stage *stage, Batch *const *batches, int count, int64_t first_seq, Err *err)
{
    CopyTarget target = {
        .stream = stage->stream, .table = stage->rows, .staged = true, .first_seq = first_seq, .first_scope = stage->next_scope};
    return stage->d->ops->copy(stage->d, &target, batches, count, err);
}

/* ---- a row that even the staging table refuses ---- */

bool stage_row_error(const Err *err)
{
    static const char *const classes[] = {"22", "23", "44", "54", "P0", NULL}; /* 54: a value too large for an index */
    for (int i = 0; classes[i]; i++)
        if (err->code == ERR_DEST && g_str_has_prefix(err->native, classes[i]))
            return true;
    return false;
}

RejectReason stage_reason(const char *sqlstate)
{
    RejectReason reason = reject_from_sqlstate(sqlstate);
    return reason == REJECT_NONE ? REJECT_OTHER : reason;
}

/* In the form that Dialect.from_json reads. */
static void value_json(const Column *column, const Value *value, GString *out)
{
    TypeKind kind = column->type.kind;
    if (value->state != VALUE_SET) {
        g_string_append(out, "null");
    } else if (kind == TYPE_BOOL) {
        g_string_append(out, value->i ? "true" : "false");
    } else if (kind == TYPE_INT2 || kind == TYPE_INT4 || kind == TYPE_INT8) {
        sql_add(out, "%" G_GINT64_FORMAT, value->i);
    } else {
        g_autoptr(GString) text = g_string_new(NULL);
        value_text(column, value, text);
        json_string(out, text->str, text->len);
    }
}

char *stage_row_json(const Stream *stream, const Value *values)
{
    GString *json = g_string_new("{");
    for (int i = 0; i < stream->table->column_count; i++) {
        if (!stream->mapped[i])
            continue;
        g_autoptr(GString) value = g_string_new(NULL);
        value_json(&stream->table->columns[i], &values[i], value);
        json_member_raw(json, stream->table->columns[i].name, value->str);
    }
    g_string_append_c(json, '}');
    return g_string_free(json, FALSE);
}

static bool refuse_row(Stage *stage, const Batch *batch, const Row *row, const Err *why, Err *err)
{
    g_autofree char *json = stage_row_json(stage->stream, row->values);
    RejectRow reject = {.reason = stage_reason(why->native),
                        .column = stage->d->diag.column[0] ? table_column(stage->stream->table, stage->d->diag.column) : -1,
                        .detail = "the database refused the value",
                        .key = row->key,
                        .key_len = row->key_len,
                        .row = json,
                        .cursor = row->cursor};
    Batch *rows = batch_new(stage->reject_shape);
    put_reject(rows, stage->stream, &reject, why->native, scope_of(batch, row->scope));
    bool ok = copy_rejects(stage, rows, err);
    batch_free(rows);
    stage->refused += ok;
    return ok;
}

/* Halves the rows until those that cannot be copied stand alone. */
static bool copy_halving(Stage *stage, Batch *batch, int from, int count, int64_t first_seq, Err *err)
{
    Batch view = *batch;
    Batch *views[] = {&view};
    view.rows = batch->rows + from;
    view.row_count = count;
    if (count == 0)
        return true;
    if (!db_exec(stage->d, err, "SAVEPOINT tm_stage"))
        return false;
    Err why = {0};
    if (copy_rows(stage, views, 1, first_seq + from, &why))
        return db_exec(stage->d, err, "RELEASE SAVEPOINT tm_stage");
    DbDiag diag = stage->d->diag;
    if (!stage_row_error(&why))
        return sql_fail(err, &why);
    if (!db_exec(stage->d, err, "ROLLBACK TO SAVEPOINT tm_stage") || !db_exec(stage->d, err, "RELEASE SAVEPOINT tm_stage"))
        return false;
    stage->d->diag = diag;
    if (count == 1)
        return refuse_row(stage, batch, view.rows, &why, err);
    return copy_halving(stage, batch, from, count / 2, first_seq, err) &&
           copy_halving(stage, batch, from + count / 2, count - count / 2, first_seq, err);
}

static bool copy_all_rows(Stage *stage, Batch *const *batches, int count, bool careful, Err *err)
{
    if (!careful)
        return copy_rows(stage, batches, count, stage->next_seq, err);
    int64_t seq = stage->next_seq;
    for (int b = 0; b < count; b++) {
        if (!copy_halving(stage, batches[b], 0, batches[b]->row_count, seq, err))
            return false;
        seq += batches[b]->row_count;
    }
    return true;
}

bool stage_copy(Stage *stage, Batch *const *batches, int count, bool careful, Err *err)
{
    int64_t rows = 0, scopes = 0;
    for (int b = 0; b < count; b++) {
        rows += batches[b]->row_count;
        scopes += batches[b]->scope_count;
    }
    bool ok = stage_copy_rejects(stage, batches, count, err) &&
              (stage->stream->mode != WRITE_CHILDREN || copy_scopes(stage, batches, count, err));
    if (ok && rows > 0) {
        shift_scopes(batches, count, 1);
        ok = copy_all_rows(stage, batches, count, careful, err);
        shift_scopes(batches, count, -1);
    }
    stage->next_seq += rows;
    stage->next_scope += scopes;
    return ok || err_context(err, "staging rows of %s", stage->stream->id);
}
