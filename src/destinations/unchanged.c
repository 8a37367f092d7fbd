/* SPDX-License-Identifier: Apache-2.0 */
/* A sync that finds nothing reads the few rows of its lookback again. Making staging tables, merging and dropping them costs a database some hundred
 * times what one look at those rows does. */
#include "destinations/sql.h"
#include "destinations/writer.h"

#define ROWS_AT_MOST  500
#define BYTES_AT_MOST ((size_t)256 * 1024)

typedef struct Question {
    const StreamWriter *writer;
    GString *sql;
    GPtrArray *params; /* char * */
    int rows, scopes;
} Question;

static bool may_ask(const StreamWriter *writer, int *rows, int *scopes)
{
    size_t bytes = 0;
    *rows = *scopes = 0;
    for (guint i = 0; i < writer->batches->len; i++) {
        const Batch *batch = writer->batches->pdata[i];
        *rows += batch->row_count;
        *scopes += batch->scope_count;
        bytes += batch_bytes(batch);
        if (batch->reject_count > 0)
            return false;
        for (int k = 0; k < batch->scope_count; k++)
            if (batch->scopes[k].keep_others)
                return false;
    }
    return *rows + *scopes > 0 && *rows + *scopes <= ROWS_AT_MOST && bytes <= BYTES_AT_MOST && !writer->setup.direct &&
           !writer->stream->may_be_absent && !writer->merge->nullable_key;
}

static void add_param(Question *q, char *text_taken)
{
    g_ptr_array_add(q->params, text_taken);
    sql_add(q->sql, "CAST($%u AS text)", q->params->len);
}

static void add_pair(Question *q, const Stream *shape, const Value *values, const char *key, uint32_t key_len, int number)
{
    g_string_append(q->sql, number ? ", (" : "(");
    add_param(q, stage_row_json(shape, values));
    g_string_append(q->sql, ", ");
    add_param(q, g_strndup(key, key_len));
    g_string_append_c(q->sql, ')');
}

/* name AS (the columns that came, typed, and _tm_key) */
static void add_source(Question *q, const char *name, const Stream *shape, bool scopes)
{
    int number = 0;
    sql_add(q->sql, "%s_doc(doc, tm_key) AS (VALUES ", name);
    for (guint b = 0; b < q->writer->batches->len; b++) {
        const Batch *batch = q->writer->batches->pdata[b];
        for (int i = 0; i < (scopes ? batch->scope_count : batch->row_count); i++, number++)
            if (scopes)
                add_pair(q, shape, batch->scopes[i].values, batch->scopes[i].key, batch->scopes[i].key_len, number);
            else
                add_pair(q, shape, batch->rows[i].values, batch->rows[i].key, batch->rows[i].key_len, number);
    }
    sql_add(q->sql, "), %s AS (SELECT ", name);
    for (int i = 0; i < shape->table->column_count; i++) {
        if (!shape->mapped[i])
            continue;
        q->writer->d->ops->dialect->from_json(&shape->table->columns[i], "v.doc", q->sql);
        g_string_append(q->sql, " AS ");
        sql_column(q->sql, NULL, shape->table->columns[i].name);
        g_string_append(q->sql, ", ");
    }
    sql_add(q->sql, "v.tm_key AS _tm_key FROM %s_doc AS v)", name);
}

/* A parent that the database itself does not hold on to may have vanished meanwhile. */
static void add_parents(Question *q)
{
    for (guint i = 0; i < q->writer->merge->parents->len; i++) {
        const Parent *parent = q->writer->merge->parents->pdata[i];
        g_autoptr(GString) value = g_string_new(NULL);
        if (parent->enforced)
            continue;
        sql_column(value, "s", q->writer->stream->table->columns[parent->column].name);
        sql_add(q->sql, " AND (%s IS NULL OR ", value->str);
        merge_parent_exists(parent, value->str, q->sql);
        g_string_append_c(q->sql, ')');
    }
}

static void add_columns(GString *sql, const Stream *stream, const char *alias, const int *columns, int count)
{
    for (int i = 0; i < count; i++) {
        g_string_append(sql, i ? ", " : "");
        sql_column(sql, alias, stream->table->columns[columns[i]].name);
    }
}

/* + the stream's rejects that have such a key. */
static void add_rejects(Question *q, const char *source, const char *column)
{
    sql_add(q->sql,
            " + (SELECT count(*) FROM %srejects AS r, %s WHERE r.\"%s\" = %s._tm_key AND r.stream = ", q->writer->d->control,
            source, column, source);
    add_param(q, g_strdup(q->writer->stream->id));
    g_string_append_c(q->sql, ')');
}

/* How many rows of the table agree with one that came, how many rows came for them; how many the table has in the scopes; how many rejects would be settled. */
static void put_question(Question *q)
{
    const StreamWriter *writer = q->writer;
    const Stream *stream = writer->stream;
    g_string_append(q->sql, "WITH ");
    if (q->rows > 0)
        add_source(q, "s", stream, false);
    if (q->scopes > 0) {
        g_string_append(q->sql, q->rows > 0 ? ", " : "");
        add_source(q, "c", writer->stage->scope_shape, true);
    }
    g_string_append(q->sql, " SELECT ");
    if (q->rows > 0) {
        sql_add(q->sql, "count(*), sum(g.n)");
    } else {
        g_string_append(q->sql, "0, 0");
    }
    if (q->scopes > 0) {
        sql_add(q->sql, ", (SELECT count(*) FROM %s AS t WHERE (", writer->merge->target);
        add_columns(q->sql, stream, "t", stream->scope_columns, stream->scope_column_count);
        g_string_append(q->sql, ") IN (SELECT ");
        add_columns(q->sql, stream, "c", stream->scope_columns, stream->scope_column_count);
        g_string_append(q->sql, " FROM c)");
        sql_scope(q->sql, writer->d, stream, "t");
        partitions_bound(writer->merge->partitions, &writer->merge->near_scopes, "t", q->sql);
        g_string_append_c(q->sql, ')');
    } else {
        sql_add(q->sql, ", %d", q->rows);
    }
    g_string_append(q->sql, ", 0");
    if (writer->any_rejects && q->rows > 0)
        add_rejects(q, "s", "key");
    if (writer->any_rejects && q->scopes > 0)
        add_rejects(q, "c", "scope");
    if (q->rows == 0)
        return;
    sql_add(q->sql, " FROM (SELECT count(*) AS n FROM s JOIN %s AS t ON ", writer->merge->target);
    merge_same_key(writer->merge, "t", "s", q->sql);
    partitions_bound(writer->merge->partitions, &writer->merge->near, "t", q->sql);
    g_string_append(q->sql, " WHERE 1 = 1");
    merge_agrees(writer->merge, "t", "s", q->sql);
    sql_scope(q->sql, writer->d, stream, "t");
    add_parents(q);
    g_string_append(q->sql, " GROUP BY ");
    add_columns(q->sql, stream, "t", stream->conflict.columns, stream->conflict.count);
    g_string_append(q->sql, ") AS g");
}

/* The rows came each once, each agrees with its own, the table has no others in their scopes, and no reject is settled by them. */
static bool says_unchanged(const Question *q, const DbRows *answer)
{
    return answer->count == 1 && sql_cell_int(answer, 0, 0, -1) == q->rows && sql_cell_int(answer, 0, 1, 0) == q->rows &&
           sql_cell_int(answer, 0, 2, -1) == q->rows && sql_cell_int(answer, 0, 3, -1) == 0;
}

bool unchanged_group(StreamWriter *writer, bool *unchanged, Err *err)
{
    Question q = {.writer = writer};
    DbRows answer = {0};
    Err why = {0};
    *unchanged = false;
    if (!may_ask(writer, &q.rows, &q.scopes))
        return true;
    q.sql = g_string_new(NULL);
    q.params = g_ptr_array_new_with_free_func(g_free);
    put_question(&q);
    bool asked =
        writer->d->ops->query(writer->d, q.sql->str, (int)q.params->len, (const char *const *)q.params->pdata, &answer, &why);
    *unchanged = asked && says_unchanged(&q, &answer);
    db_rows_clear(&answer);
    g_ptr_array_unref(q.params);
    g_string_free(q.sql, TRUE);
    /* A value that does not pass this way, or types that do not meet: staging tells whether that is an error. */
    return asked || why.code == ERR_DEST || sql_fail(err, &why);
}
