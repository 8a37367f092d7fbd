/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/reject_store.h"

#include "destinations/sql.h"

void reject_reason_sql(const char *number, GString *out)
{
    sql_add(out, "CASE %s", number);
    for (int i = REJECT_NONE + 1; i < REJECT_REASONS; i++) {
        sql_add(out, " WHEN %d THEN ", i);
        db_quote_text(out, reject_name((RejectReason)i));
    }
    g_string_append(out, " END");
}

bool reject_store_any(Destination *d, const Stream *stream, bool *any, Err *err)
{
    int64_t found = 0;
    g_autofree char *sql = g_strdup_printf("SELECT 1 FROM %srejects WHERE stream = $1 LIMIT 1", d->control);
    bool ok = db_number(d, &found, err, sql, 1, stream->id);
    *any = found == 1;
    return ok;
}

bool reject_store_drop_older(Stage *stage, int64_t *dropped, Err *err)
{
    g_autofree char *sql = g_strdup_printf("DELETE FROM %s WHERE _tm_seq IN (SELECT r._tm_seq FROM %s AS s JOIN %s AS r ON "
                                           "r._tm_key = s._tm_key WHERE " STAGE_LIVE("s") " AND s._tm_cursor > r._tm_cursor)",
                                           stage->rejects, stage->rows, stage->rejects);
    return stage->d->ops->exec(stage->d, sql, 0, NULL, dropped, err);
}

static bool count_fresh(Stage *stage, int64_t *fresh, Err *err)
{
    Destination *d = stage->d;
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_add(sql,
            "SELECT count(DISTINCT n._tm_key) FROM %s AS n WHERE NOT EXISTS (SELECT 1 FROM %srejects AS r WHERE r.stream = $1 AND "
            "r.\"key\" = n._tm_key AND r.row_digest IS NOT DISTINCT FROM coalesce(n.digest, %s(n.\"row\")) AND r.reason = ",
            stage->rejects, d->control, d->ops->dialect->digest);
    reject_reason_sql("n.reason", sql);
    g_string_append_c(sql, ')');
    return db_number(d, fresh, err, sql->str, 1, stage->stream->id);
}

/* One key, one reject: the last one staged. The same row with the same reason as before keeps its first sight and its dismissal. */
static char *put_sql(const Stage *stage)
{
    const Dialect *dialect = stage->d->ops->dialect;
    static const char same[] = "r.row_digest IS NOT DISTINCT FROM excluded.row_digest AND r.reason = excluded.reason";
    GString *sql = g_string_new("INSERT INTO ");
    sql_add(
        sql,
        "%srejects AS r (stream, \"key\", scope, reason, sqlstate, column_name, detail, \"row\", row_digest, absent, \"cursor\", "
        "first_seen, last_seen, first_run, last_run, tries) SELECT $1, n._tm_key, n.scope, ",
        stage->d->control);
    reject_reason_sql("n.reason", sql);
    sql_add(sql,
            ", n.sqlstate, n.column_name, n.detail, n.\"row\", coalesce(n.digest, %s(n.\"row\")), n.absent, n._tm_cursor, %s, %s, "
            "CAST($2 AS bigint), "
            "CAST($2 AS bigint), 1 FROM (SELECT *, row_number() OVER (PARTITION BY _tm_key ORDER BY _tm_cursor DESC NULLS LAST, "
            "_tm_seq DESC) AS place FROM %s) AS n WHERE n.place = 1 ON CONFLICT (stream, \"key\") DO UPDATE SET "
            "scope = coalesce(excluded.scope, r.scope), reason = excluded.reason, sqlstate = excluded.sqlstate, "
            "column_name = excluded.column_name, detail = excluded.detail, \"row\" = excluded.\"row\", "
            "row_digest = excluded.row_digest, absent = excluded.absent, \"cursor\" = excluded.\"cursor\", ",
            dialect->digest, dialect->now, dialect->now, stage->rejects);
    sql_add(sql,
            "first_seen = CASE WHEN %s THEN r.first_seen ELSE excluded.first_seen END, last_seen = excluded.last_seen, "
            "first_run = CASE WHEN %s THEN r.first_run ELSE excluded.first_run END, last_run = excluded.last_run, "
            "tries = CASE WHEN %s THEN r.tries + 1 ELSE 1 END, dismissed_at = CASE WHEN %s THEN r.dismissed_at END",
            same, same, same, same);
    return g_string_free(sql, FALSE);
}

bool reject_store_put(Stage *stage, int64_t run, int64_t *fresh, Err *err)
{
    SqlText number;
    g_autofree char *sql = put_sql(stage);
    *fresh = 0;
    return count_fresh(stage, fresh, err) && db_execf(stage->d, err, NULL, sql, 2, stage->stream->id, sql_int(run, &number));
}

/* `(… IN …) IS TRUE` keeps PostgreSQL from making a join of it: it knows too little of these tables to choose one, while a group's keys always fit
 * into a hash. */
bool reject_store_landed(Stage *stage, Err *err)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_add(sql,
            "DELETE FROM %srejects AS r WHERE r.stream = $1 AND ((r.\"key\" IN (SELECT s._tm_key FROM %s AS s WHERE " STAGE_LANDED(
                "s") ")) "
                     "IS TRUE",
            stage->d->control, stage->rows);
    if (stage->stream->mode == WRITE_CHILDREN)
        sql_add(sql, " OR (r.scope IN (SELECT c._tm_key FROM %s AS c)) IS TRUE", stage->scopes);
    sql_add(sql, ") AND (r.\"key\" IN (SELECT n._tm_key FROM %s AS n)) IS NOT TRUE", stage->rejects);
    return db_execf(stage->d, err, NULL, sql->str, 1, stage->stream->id);
}

bool reject_store_only(Stage *stage, Err *err)
{
    g_autofree char *sql =
        g_strdup_printf("DELETE FROM %srejects AS r WHERE r.stream = $1 AND NOT EXISTS (SELECT 1 FROM %s AS n WHERE "
                        "n._tm_key = r.\"key\")",
                        stage->d->control, stage->rejects);
    return db_execf(stage->d, err, NULL, sql, 1, stage->stream->id);
}
