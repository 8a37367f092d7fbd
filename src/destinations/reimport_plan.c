/* SPDX-License-Identifier: Apache-2.0 */
/* What a reimport will touch, told beforehand, and the tables that dead ones left behind. */
#include "destinations/sql.h"
#include "destinations/vanish.h"

/* ---- scope ---- */

/* 1204 → "1,204" */
static char *grouped(int64_t number)
{
    GString *text = g_string_new(NULL);
    sql_add(text, "%" G_GINT64_FORMAT, number);
    for (gssize at = (gssize)text->len - 3; at > 0; at -= 3)
        g_string_insert_c(text, at, ',');
    return g_string_free(text, FALSE);
}

static char *dotted(const char *schema, const char *name)
{
    return g_strconcat(schema ? schema : "", schema ? "." : "", name, NULL);
}

static bool is_table(const LiveTable *live, const LiveForeign *foreign)
{
    return g_str_equal(foreign->ref_table, live->name) && g_strcmp0(foreign->ref_schema, live->schema) == 0;
}

static char *filled_by(const GPtrArray *streams)
{
    GString *text = g_string_new(streams->len == 0 ? "no stream fills it" : streams->len == 1 ? "stream " : "streams ");
    for (guint i = 0; i < streams->len; i++)
        sql_add(text, "%s%s", i ? ", " : "", ((const Stream *)streams->pdata[i])->id);
    return g_string_free(text, FALSE);
}

static bool add_reference(Destination *d, const LiveForeign *foreign, const GPtrArray *streams, GPtrArray *out, Err *err)
{
    int64_t count = 0;
    g_autoptr(GPtrArray) fillers = g_ptr_array_new();
    g_autoptr(GString) sql = g_string_new("SELECT count(*) FROM ");
    db_quote_table(sql, d, foreign->ref_schema, foreign->ref_table);
    g_string_append(sql, " AS c WHERE ");
    sql_column(sql, "c", foreign->column);
    g_string_append(sql, " IS NOT NULL");
    if (!db_number(d, &count, err, sql->str, 0) ||
        !vanish_streams_of(d, streams, foreign->ref_schema, foreign->ref_table, fillers, err))
        return false;
    g_autofree char *name = dotted(foreign->ref_schema, foreign->ref_table);
    g_autofree char *rows = grouped(count);
    g_autofree char *by = filled_by(fillers);
    g_ptr_array_add(out, g_strdup_printf("%s.%s (%s rows, %s)", name, foreign->column, rows, by));
    return true;
}

static bool known(const GPtrArray *names, const char *name)
{
    for (guint i = 0; i < names->len; i++)
        if (g_str_equal(names->pdata[i], name))
            return true;
    return false;
}

/* Every table that a cascade would reach, each once. */
static bool add_cascade(Destination *d, const LiveTable *live, const char *origin, GPtrArray *out, Err *err)
{
    for (guint i = 0; i < live->referenced_by->len; i++) {
        const LiveForeign *foreign = live->referenced_by->pdata[i];
        char *name = dotted(foreign->ref_schema, foreign->ref_table);
        if (g_str_equal(name, origin) || known(out, name)) {
            g_free(name);
            continue;
        }
        g_ptr_array_add(out, name);
        LiveTable *next = NULL;
        if (!d->ops->describe(d, foreign->ref_schema, foreign->ref_table, &next, err))
            return false;
        bool ok = add_cascade(d, next, origin, out, err);
        live_table_free(next);
        if (!ok)
            return false;
    }
    return true;
}

static void add_locks(Destination *d, const Stream *stream, const char *name, bool referenced, GPtrArray *out)
{
    if (!(d->ops->caps & DEST_WRITERS)) {
        g_ptr_array_add(out, g_strdup_printf("made equal: other writers of the file wait while %s is merged, readers go on", name));
        g_ptr_array_add(out, g_strdup("--truncate: the same, for as long as it takes to fill the table"));
        return;
    }
    g_ptr_array_add(out, g_strdup_printf("made equal: %s is locked ROW EXCLUSIVE, nobody who reads it waits", name));
    if (referenced || stream->scope_count > 0)
        g_ptr_array_add(out, g_strdup_printf("--truncate: DELETE instead of TRUNCATE (%s), %s is locked ROW EXCLUSIVE",
                                             referenced ? "other tables point at it" : "other streams share it", name));
    else
        g_ptr_array_add(out, g_strdup_printf("--truncate: %s is locked ACCESS EXCLUSIVE until the commit, its readers wait", name));
}

static bool fill_scope(Destination *d, const Stream *stream, const GPtrArray *streams, const LiveTable *live, ReimportScope *out,
                       Err *err)
{
    g_autofree char *name = dotted(live->schema, live->name);
    bool referenced = false;
    if (live->exists) {
        g_autoptr(GString) sql = g_string_new("SELECT count(*) FROM ");
        db_quote_table(sql, d, live->schema, live->name);
        g_string_append(sql, " AS t WHERE 1 = 1");
        sql_scope(sql, d, stream, "t");
        if (!db_number(d, &out->rows, err, sql->str, 0))
            return false;
    }
    for (guint i = 0; i < live->referenced_by->len; i++) {
        const LiveForeign *foreign = live->referenced_by->pdata[i];
        if (is_table(live, foreign))
            continue;
        referenced = true;
        if (!add_reference(d, foreign, streams, out->referenced_by, err))
            return false;
    }
    add_locks(d, stream, name, referenced, out->locks);
    return add_cascade(d, live, name, out->cascade, err);
}

bool reimport_scope(Destination *d, const Stream *stream, const GPtrArray *streams, ReimportScope *out, Err *err)
{
    LiveTable *live = NULL;
    *out = (ReimportScope){.referenced_by = g_ptr_array_new_with_free_func(g_free),
                           .locks = g_ptr_array_new_with_free_func(g_free),
                           .cascade = g_ptr_array_new_with_free_func(g_free)};
    if (!d->ops->describe(d, stream->table->schema, stream->table->name, &live, err)) {
        reimport_scope_clear(out);
        return err_context(err, "planning the reimport of %s", stream->id);
    }
    bool ok = fill_scope(d, stream, streams, live, out, err);
    live_table_free(live);
    if (!ok)
        reimport_scope_clear(out);
    return ok || err_context(err, "planning the reimport of %s", stream->id);
}

void reimport_scope_clear(ReimportScope *scope)
{
    g_clear_pointer(&scope->referenced_by, g_ptr_array_unref);
    g_clear_pointer(&scope->locks, g_ptr_array_unref);
    g_clear_pointer(&scope->cascade, g_ptr_array_unref);
    scope->rows = 0;
}

bool reimport_may_empty(Destination *d, const LiveTable *live, bool *referenced, Err *err)
{
    *referenced = false;
    for (guint i = 0; i < live->referenced_by->len; i++) {
        const LiveForeign *foreign = live->referenced_by->pdata[i];
        int64_t pointing = 0;
        if (is_table(live, foreign))
            continue;
        *referenced = true;
        g_autoptr(GString) sql = g_string_new("SELECT count(*) FROM (SELECT 1 FROM ");
        db_quote_table(sql, d, foreign->ref_schema, foreign->ref_table);
        g_string_append(sql, " AS c WHERE ");
        sql_column(sql, "c", foreign->column);
        g_string_append(sql, " IS NOT NULL LIMIT 1) AS n");
        if (!db_number(d, &pointing, err, sql->str, 0))
            return false;
        if (pointing == 0)
            continue;
        g_autofree char *name = dotted(foreign->ref_schema, foreign->ref_table);
        err_set(err, ERR_DEST, "%s.%s points at rows of table %s, so it cannot be emptied", name, foreign->column, live->name);
        return err_hint(err, "run the reimport without --truncate: it keeps the rows that stay");
    }
    return true;
}

/* ---- left-over staging tables ---- */

/* A run is dead when its lease was given up, expired or taken by another one, or when its lock is free. */
static bool is_dead(Destination *d, const DbRows *rows, int row, bool *dead, Err *err)
{
    const char *lock = db_cell(rows, row, 1);
    *dead = !lock || !db_cell(rows, row, 2) || g_strcmp0(db_cell(rows, row, 3), "1") == 0;
    if (*dead || d->pooled)
        return true;
    Err busy = {0};
    if (d->ops->lock(d, lock, &busy)) {
        d->ops->unlock(d, lock);
        *dead = true;
        return true;
    }
    return busy.code == ERR_BUSY || sql_fail(err, &busy);
}

static bool drop_stage(Destination *d, const char *rows_table, Err *err)
{
    g_autofree char *base = g_strndup(rows_table, strlen(rows_table) - strlen("rows"));
    g_autofree char *drop = g_strdup_printf(
        "DROP TABLE IF EXISTS %srows; DROP TABLE IF EXISTS %sscopes; DROP TABLE IF EXISTS %srejects", base, base, base);
    g_autofree char *forget = g_strdup_printf("DELETE FROM %sstages WHERE name = $1", d->control);
    bool ok = db_begin(d, err) && db_exec(d, err, drop) && db_execf(d, err, NULL, forget, 1, rows_table) && db_commit(d, err);
    if (!ok)
        db_rollback(d);
    return ok;
}

bool reimport_sweep(Destination *d, Err *err)
{
    DbRows rows;
    g_autofree char *sql = g_strdup_printf("SELECT s.name, l.name, l.holder_user, CASE WHEN l.expires_at < %s THEN 1 ELSE 0 END "
                                           "FROM %sstages AS s LEFT JOIN %sleases AS l "
                                           "ON l.stream = s.stream AND l.epoch = s.epoch",
                                           d->ops->dialect->now, d->control, d->control);
    if (!db_queryf(d, &rows, err, sql, 0))
        return err_context(err, "looking for left-over staging tables");
    bool ok = true;
    for (int i = 0; ok && i < rows.count; i++) {
        bool dead;
        ok = is_dead(d, &rows, i, &dead, err) && (!dead || drop_stage(d, db_cell(&rows, i, 0), err));
    }
    db_rows_clear(&rows);
    return ok || err_context(err, "dropping left-over staging tables");
}
