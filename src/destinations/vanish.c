/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/vanish.h"

#include "destinations/sql.h"

#define MOST_LEVELS 16

char *vanish_condition(const StreamWriter *writer)
{
    const Merge *m = writer->merge;
    GString *sql = g_string_new("NOT EXISTS (SELECT 1 FROM ");
    sql_add(sql, "%s AS s WHERE ", m->stage->rows);
    merge_same_key(m, "s", "t", sql);
    for (guint i = 0; i < m->parents->len; i++) { /* its parent is in this table and goes too, so it cannot stay as it is */
        const Parent *parent = m->parents->pdata[i];
        if (parent->self)
            sql_add(sql, " AND (s._tm_reason <> %d OR s._tm_column <> %d)", REJECT_MISSING_PARENT, parent->column);
    }
    g_string_append_c(sql, ')');
    merge_not_kept(m, sql);
    if (m->has_source_rejects)
        merge_not_refused(m, sql);
    sql_scope(sql, m->d, m->stream, "t");
    return g_string_free(sql, FALSE);
}

static bool same_schema(Destination *d, const Stream *stream, const char *schema, bool *same, Err *err)
{
    g_autofree char *resolved = NULL;
    if (!db_resolve_schema(d, stream->table, &resolved, err))
        return false;
    *same = !d->ops->dialect->has_schemas || g_strcmp0(resolved, schema) == 0;
    return true;
}

bool vanish_streams_of(Destination *d, const GPtrArray *streams, const char *schema, const char *name, GPtrArray *out, Err *err)
{
    for (guint i = 0; streams && i < streams->len; i++) {
        const Stream *stream = streams->pdata[i];
        bool same = false;
        if (!g_str_equal(stream->table->name, name))
            continue;
        if (!same_schema(d, stream, schema, &same, err))
            return false;
        if (same)
            g_ptr_array_add(out, (gpointer)stream);
    }
    return true;
}

/* ---- the key under which a removed row waits ---- */

/* A text id is written as the source would: bare when it looks like an ObjectId, else as JSON text. */
static void add_text_key(const char *column, GString *out)
{
    sql_add(out, "CASE WHEN length(%s) = 24 AND ltrim(%s, '0123456789abcdef') = '' THEN %s ELSE '\"' || %s || '\"' END", column,
            column, column, column);
}

static void add_key(const Stream *stream, GString *out)
{
    const char *separator = "";
    for (int i = 0; i < stream->conflict.count; i++) {
        const Column *column = &stream->table->columns[stream->conflict.columns[i]];
        g_autoptr(GString) name = g_string_new(NULL);
        sql_column(name, "c", column->name);
        g_string_append(out, separator);
        if (stream->conflict.count == 1 && stream->mode != WRITE_CHILDREN && type_is_text(column->type.kind))
            add_text_key(name->str, out);
        else
            sql_add(out, "CAST(%s AS text)", name->str);
        separator = " || '/' || ";
    }
}

/* ---- one table that points here ---- */

static char *points_at(const Destination *d, const LiveForeign *foreign, const char *gone, const Stream *stream)
{
    GString *sql = g_string_new(NULL);
    sql_column(sql, "c", foreign->column);
    g_string_append(sql, " IN (SELECT ");
    sql_column(sql, "g", foreign->ref_column);
    sql_add(sql, " FROM %s AS g)", gone);
    if (stream)
        sql_scope(sql, d, stream, "c");
    return g_string_free(sql, FALSE);
}

static bool lock_stream(Vanish *v, const Stream *stream, Err *err)
{
    char *name = NULL;
    if (!ledger_lock_name(v->writer->d, stream, &name, err))
        return false;
    for (guint i = 0; i < v->locks->len; i++) {
        if (g_str_equal(v->locks->pdata[i], name)) {
            g_free(name);
            return true;
        }
    }
    if (v->writer->d->ops->lock(v->writer->d, name, err)) {
        g_ptr_array_add(v->locks, name);
        return true;
    }
    g_free(name);
    return err_context(err, "%s points at rows that would vanish", stream->id);
}

static bool put_parked(Vanish *v, const Stream *stream, const LiveForeign *foreign, const char *gone, Err *err)
{
    const Dialect *dialect = v->writer->d->ops->dialect;
    SqlText run;
    g_autoptr(GString) row = g_string_new(NULL);
    g_autoptr(GString) digested = g_string_new(NULL);
    g_autoptr(GString) key = g_string_new(NULL);
    g_autoptr(GString) sql = g_string_new("INSERT INTO ");
    g_autofree bool *own = g_new0(bool, stream->table->column_count);
    for (int i = 0; i < stream->table->column_count; i++)
        own[i] = stream->mapped[i] && !(stream->inherited && stream->inherited[i]);
    dialect->row_json(stream->table, stream->mapped, "c", row);
    dialect->row_json(stream->table, own, "c", digested);
    add_key(stream, key);
    sql_add(sql,
            "%srejects (stream, \"key\", scope, reason, sqlstate, column_name, detail, \"row\", row_digest, first_seen, last_seen, "
            "first_run, last_run, tries) SELECT $1, %s, ",
            v->writer->d->control, key->str);
    if (stream->mode == WRITE_CHILDREN) {
        g_string_append(sql, "CAST(");
        sql_column(sql, "c", stream->table->columns[stream->scope_columns[0]].name);
        g_string_append(sql, " AS text), ");
    } else {
        g_string_append(sql, "NULL, ");
    }
    sql_add(sql,
            "$2, '23503', $3, 'its parent vanished in a reimport', %s, %s(%s), %s, %s, CAST($4 AS bigint), CAST($4 AS bigint), 1 "
            "FROM %s AS c WHERE 1 = 1 ON CONFLICT (stream, \"key\") DO NOTHING",
            row->str, dialect->digest, digested->str, dialect->now, dialect->now, gone);
    return db_execf(v->writer->d, err, NULL, sql->str, 4, stream->id, reject_name(REJECT_MISSING_PARENT), foreign->column,
                    sql_int(v->writer->setup.run, &run));
}

static bool park_level(Vanish *v, const LiveTable *live, const char *gone, int level, Err *err);

static bool count_out(const Vanish *v, const Stream *stream, int64_t removed, Err *err)
{
    SqlText number;
    g_autofree char *sql =
        g_strdup_printf("UPDATE %sstreams SET \"rows\" = \"rows\" - CAST($2 AS bigint) WHERE stream = $1", v->writer->d->control);
    return db_execf(v->writer->d, err, NULL, sql, 2, stream->id, sql_int(removed, &number));
}

/* Takes the rows of `child` that point at `gone` out, those that point at them first. */
static bool take_out(Vanish *v, const LiveForeign *foreign, const Stream *stream, const char *child, const char *gone, int level,
                     Err *err)
{
    Destination *d = v->writer->d;
    int64_t removed = 0;
    LiveTable *live = NULL;
    g_autofree char *condition = points_at(d, foreign, gone, stream);
    g_autofree char *name = g_strdup_printf("%s._tm_gone_%d", d->ops->dialect->temp_schema, level);
    g_autofree char *make =
        g_strdup_printf("CREATE TEMP TABLE _tm_gone_%d AS SELECT c.* FROM %s AS c WHERE %s", level, child, condition);
    g_autofree char *drop = g_strdup_printf("DROP TABLE %s", name);
    g_autofree char *take = g_strdup_printf("DELETE FROM %s AS c WHERE %s", child, condition);
    if (!d->ops->describe(d, foreign->ref_schema, foreign->ref_table, &live, err))
        return false;
    bool ok = lock_stream(v, stream, err) && db_exec(d, err, make) && park_level(v, live, name, level, err) &&
              put_parked(v, stream, foreign, name, err) && d->ops->exec(d, take, 0, NULL, &removed, err) &&
              count_out(v, stream, removed, err) && db_exec(d, err, drop);
    v->removed += removed;
    live_table_free(live);
    return ok;
}

static bool count_pointing(Vanish *v, const LiveForeign *foreign, const char *child, const char *gone, const Stream *stream,
                           int64_t *count, Err *err)
{
    g_autofree char *condition = points_at(v->writer->d, foreign, gone, stream);
    g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM %s AS c WHERE %s", child, condition);
    return db_number(v->writer->d, count, err, sql, 0);
}

static bool nobody_fills(const LiveForeign *foreign, const char *child, int64_t count, Err *err)
{
    err_set(err, ERR_DEST,
            "%" G_GINT64_FORMAT " rows of %s point at rows that would vanish (%s.%s), and no stream fills that table", count, child,
            foreign->ref_table, foreign->column);
    return err_hint(err, "remove or redirect those rows, or drop the foreign key, then run the reimport again");
}

/* Streams may share the table: each takes its own rows out, and what is left then is nobody's. */
static bool park_pointing(Vanish *v, const LiveForeign *foreign, const char *gone, int level, Err *err)
{
    Destination *d = v->writer->d;
    int64_t count = 0;
    g_autoptr(GString) child = g_string_new(NULL);
    g_autoptr(GPtrArray) streams = g_ptr_array_new();
    db_quote_table(child, d, foreign->ref_schema, foreign->ref_table);
    if (!count_pointing(v, foreign, child->str, gone, NULL, &count, err))
        return false;
    if (count == 0)
        return true;
    if (!vanish_streams_of(d, v->writer->setup.streams, foreign->ref_schema, foreign->ref_table, streams, err))
        return false;
    if (streams->len > 0 && level > MOST_LEVELS)
        return err_set(err, ERR_DEST, "rows of %s point at each other: they cannot be removed with the rows that vanish",
                       child->str);
    for (guint i = 0; i < streams->len; i++) {
        const Stream *stream = streams->pdata[i];
        int64_t own = count;
        if (stream->scope_count > 0 && !count_pointing(v, foreign, child->str, gone, stream, &own, err))
            return false;
        if (own > 0 && !take_out(v, foreign, stream, child->str, gone, level, err))
            return false;
        count -= own;
    }
    return count == 0 || nobody_fills(foreign, child->str, count, err);
}

static bool is_self(const Merge *m, const LiveTable *live, const LiveForeign *foreign)
{
    return live == m->live && g_str_equal(foreign->ref_table, live->name) && g_strcmp0(foreign->ref_schema, live->schema) == 0;
}

static bool park_level(Vanish *v, const LiveTable *live, const char *gone, int level, Err *err)
{
    for (guint i = 0; i < live->referenced_by->len; i++) {
        const LiveForeign *foreign = live->referenced_by->pdata[i];
        if (!is_self(v->writer->merge, live, foreign) && !park_pointing(v, foreign, gone, level + 1, err))
            return false;
    }
    return true;
}

bool vanish_park(Vanish *vanish, Err *err)
{
    const Merge *m = vanish->writer->merge;
    Destination *d = m->d;
    if (m->live->referenced_by->len == 0)
        return true;
    g_autofree char *condition = vanish_condition(vanish->writer);
    g_autofree char *name = g_strdup_printf("%s._tm_gone_0", d->ops->dialect->temp_schema);
    g_autofree char *make =
        g_strdup_printf("CREATE TEMP TABLE _tm_gone_0 AS SELECT t.* FROM %s AS t WHERE %s", m->target, condition);
    g_autofree char *drop = g_strdup_printf("DROP TABLE %s", name);
    return db_exec(d, err, make) && park_level(vanish, m->live, name, 0, err) && db_exec(d, err, drop);
}

void vanish_done(Vanish *vanish)
{
    for (guint i = 0; i < vanish->locks->len; i++)
        vanish->writer->d->ops->unlock(vanish->writer->d, vanish->locks->pdata[i]);
    g_ptr_array_unref(vanish->locks);
}
