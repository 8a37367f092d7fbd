/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/rejects.h"

#include "base/clock.h"
#include "destinations/sql.h"
#include "model/time.h"

void reject_free(void *reject)
{
    Reject *r = reject;
    if (!r)
        return;
    g_free(r->stream);
    g_free(r->key);
    g_free(r->scope);
    g_free(r->sqlstate);
    g_free(r->column);
    g_free(r->detail);
    g_free(r->row);
    g_free(r);
}

void reject_group_free(void *group)
{
    RejectGroup *g = group;
    if (!g)
        return;
    g_free(g->stream);
    g_free(g->column);
    g_free(g);
}

/* The conditions of a query; their parameters are always $1 … $6 (NULL: not asked for). */
enum { WHERE_PARAMS = 6 };
typedef struct Where {
    char *sql;
    const char *params[WHERE_PARAMS];
    SqlText after, id;
} Where;

static void where_init(Where *where, const RejectQuery *query)
{
    where->params[0] = query->stream;
    where->params[1] = query->reason == REJECT_NONE ? NULL : reject_name(query->reason);
    where->params[2] = query->sqlstate;
    where->params[3] = sql_int(query->after_id, &where->after);
    where->params[4] = query->column;
    where->params[5] = query->id ? sql_int(query->id, &where->id) : NULL;
    where->sql = g_strdup_printf("(CAST($1 AS text) IS NULL OR r.stream = CAST($1 AS text)) AND (CAST($2 AS text) IS NULL OR "
                                 "r.reason = CAST($2 AS text)) AND (CAST($3 AS text) IS NULL OR r.sqlstate = CAST($3 AS text)) AND "
                                 "r.id > CAST($4 AS bigint) AND (CAST($5 AS text) IS NULL OR coalesce(r.column_name, '') = "
                                 "CAST($5 AS text)) AND (CAST($6 AS bigint) IS NULL OR r.id = CAST($6 AS bigint))%s",
                                 query->dismissed ? "" : " AND r.dismissed_at IS NULL");
}

static RejectReason reason_of(const char *name)
{
    RejectReason reason;
    return name && reject_parse(name, &reason) ? reason : REJECT_OTHER;
}

bool rejects_list(Destination *d, const RejectQuery *query, GPtrArray *out, Err *err)
{
    Where where;
    DbRows rows;
    where_init(&where, query);
    g_autofree char *condition = where.sql;
    g_autofree char *sql = g_strdup_printf(
        "SELECT r.id, r.stream, r.\"key\", r.scope, r.reason, r.sqlstate, r.column_name, r.detail, r.\"row\", r.first_seen, "
        "r.last_seen, r.tries, r.dismissed_at FROM %srejects AS r WHERE %s ORDER BY r.id LIMIT %d",
        d->control, condition, query->limit > 0 ? query->limit : G_MAXINT);
    if (!d->ops->query(d, sql, WHERE_PARAMS, where.params, &rows, err))
        return err_context(err, "reading rejects");
    for (int i = 0; i < rows.count; i++) {
        Reject *r = g_new0(Reject, 1);
        r->id = sql_cell_int(&rows, i, 0, 0);
        r->stream = g_strdup(db_cell(&rows, i, 1));
        r->key = g_strdup(db_cell(&rows, i, 2));
        r->scope = g_strdup(db_cell(&rows, i, 3));
        r->reason = reason_of(db_cell(&rows, i, 4));
        r->sqlstate = g_strdup(db_cell(&rows, i, 5));
        r->column = g_strdup(db_cell(&rows, i, 6));
        r->detail = g_strdup(db_cell(&rows, i, 7));
        r->row = g_strdup(db_cell(&rows, i, 8));
        r->first_seen = sql_cell_instant(&rows, i, 9);
        r->last_seen = sql_cell_instant(&rows, i, 10);
        r->tries = sql_cell_int(&rows, i, 11, 0);
        r->dismissed_at = sql_cell_instant(&rows, i, 12);
        g_ptr_array_add(out, r);
    }
    db_rows_clear(&rows);
    return true;
}

bool rejects_groups(Destination *d, const RejectQuery *query, GPtrArray *out, Err *err)
{
    Where where;
    DbRows rows;
    where_init(&where, query);
    g_autofree char *condition = where.sql;
    g_autofree char *sql = g_strdup_printf(
        "SELECT r.stream, r.reason, r.column_name, sum(CASE WHEN r.dismissed_at IS NULL THEN 1 ELSE 0 END), "
        "sum(CASE WHEN r.dismissed_at IS NULL THEN 0 ELSE 1 END), min(r.first_seen), max(r.last_seen) FROM %srejects AS r WHERE %s "
        "GROUP BY r.stream, r.reason, r.column_name ORDER BY r.stream, r.reason, r.column_name",
        d->control, condition);
    if (!d->ops->query(d, sql, WHERE_PARAMS, where.params, &rows, err))
        return err_context(err, "reading rejects");
    for (int i = 0; i < rows.count; i++) {
        RejectGroup *group = g_new0(RejectGroup, 1);
        group->stream = g_strdup(db_cell(&rows, i, 0));
        group->reason = reason_of(db_cell(&rows, i, 1));
        group->column = g_strdup(db_cell(&rows, i, 2));
        group->open = sql_cell_int(&rows, i, 3, 0);
        group->dismissed = sql_cell_int(&rows, i, 4, 0);
        group->first_seen = sql_cell_instant(&rows, i, 5);
        group->last_seen = sql_cell_instant(&rows, i, 6);
        g_ptr_array_add(out, group);
    }
    db_rows_clear(&rows);
    return true;
}

bool rejects_dismiss(Destination *d, const RejectQuery *query, int64_t *count, Err *err)
{
    Where where;
    RejectQuery open = *query;
    open.dismissed = false;
    where_init(&where, &open);
    g_autofree char *condition = where.sql;
    g_autofree char *sql =
        g_strdup_printf("UPDATE %srejects AS r SET dismissed_at = %s WHERE %s", d->control, d->ops->dialect->now, condition);
    return d->ops->exec(d, sql, WHERE_PARAMS, where.params, count, err) || err_context(err, "dismissing rejects");
}

/* A waiting row whose text is kept needs no document; one whose text was forgotten does. */
bool rejects_keys(Destination *d, const RejectQuery *query, GPtrArray *keys, Err *err)
{
    Where where;
    DbRows rows;
    where_init(&where, query);
    g_autofree char *condition = where.sql;
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_add(sql, "SELECT r.\"key\" FROM %srejects AS r WHERE %s AND (r.\"row\" IS NULL OR r.reason <> ", d->control, condition);
    db_quote_text(sql, reject_name(REJECT_MISSING_PARENT));
    sql_add(sql, ") ORDER BY r.id LIMIT %d", query->limit > 0 ? query->limit : G_MAXINT);
    if (!d->ops->query(d, sql->str, WHERE_PARAMS, where.params, &rows, err))
        return err_context(err, "reading rejects");
    for (int i = 0; i < rows.count; i++)
        g_ptr_array_add(keys, g_strdup(db_cell(&rows, i, 0)));
    db_rows_clear(&rows);
    return true;
}

bool rejects_forget(Destination *d, const Stream *stream, int64_t *count, Err *err)
{
    SqlText room;
    *count = 0;
    if (stream->settings.keep_rows_us < 0)
        return true;
    g_autofree char *sql = g_strdup_printf("UPDATE %srejects SET \"row\" = NULL WHERE stream = $1 AND \"row\" IS NOT NULL AND "
                                           "first_seen <= CAST($2 AS %s)",
                                           d->control, d->ops->dialect->instant_type);
    const char *before = sql_instant(clock_now_us() - stream->settings.keep_rows_us, &room);
    return db_execf(d, err, count, sql, 2, stream->id, before) || err_context(err, "forgetting rows of %s", stream->id);
}
