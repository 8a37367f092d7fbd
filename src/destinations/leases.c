/* SPDX-License-Identifier: Apache-2.0 */
#include <poll.h>

#include "base/clock.h"
#include "destinations/ledger.h"
#include "destinations/ledger_commit.h"
#include "destinations/sql.h"
#include "model/time.h"

#define POLL_MS  50
#define LEASE_US (INT64_C(60) * US_PER_SECOND) /* behind a pooler: how long a lease outlives its last sign of life */

bool ledger_lock_name(Destination *d, const Stream *stream, char **name, Err *err)
{
    g_autofree char *schema = NULL;
    *name = NULL;
    if (!db_resolve_schema(d, stream->table, &schema, err))
        return false;
    g_autofree char *scope = stream_scope_text(stream);
    *name = g_strconcat(schema ? schema : "", schema ? "." : "", stream->table->name, scope ? " where " : "", scope, NULL);
    return true;
}

/* "5 s", "4 min", "3 h", "2 d" */
static void age_text(int64_t us, char *out, size_t size)
{
    int64_t seconds = us > 0 ? us / US_PER_SECOND : 0;
    if (seconds < 60)
        g_snprintf(out, size, "%" G_GINT64_FORMAT " s", seconds);
    else if (seconds < 3600)
        g_snprintf(out, size, "%" G_GINT64_FORMAT " min", seconds / 60);
    else if (seconds < 86400)
        g_snprintf(out, size, "%" G_GINT64_FORMAT " h", seconds / 3600);
    else
        g_snprintf(out, size, "%" G_GINT64_FORMAT " d", seconds / 86400);
}

static bool say_who(Destination *d, const Stream *stream, const char *name, Err *err)
{
    g_autofree char *sql =
        g_strdup_printf("SELECT stream, holder_user, holder_host, run, taken_at, %s FROM %sleases WHERE name = $1",
                        d->ops->dialect->now, d->control);
    DbRows rows;
    Err ignored = {0};
    if (!db_queryf(d, &rows, &ignored, sql, 1, name))
        return err_set(err, ERR_BUSY, "%s is being written by another run", stream->id);
    if (rows.count == 0 || !db_cell(&rows, 0, 1)) {
        db_rows_clear(&rows);
        return err_set(err, ERR_BUSY, "%s is being written by another run", stream->id);
    }
    int64_t taken = sql_cell_instant(&rows, 0, 4), now = sql_cell_instant(&rows, 0, 5);
    char since[40] = "", age[32];
    time_format_iso(taken, since);
    age_text(now - taken, age, sizeof age);
    bool today = now != TIME_NONE && taken != TIME_NONE && now - taken < US_PER_DAY;
    bool alias = !g_str_equal(db_cell(&rows, 0, 0), stream->id);
    err_set(err, ERR_BUSY, "%s%s%s%s is being written by %s@%s (run %s) since %.*s UTC (%s)", stream->id, alias ? " (as " : "",
            alias ? db_cell(&rows, 0, 0) : "", alias ? ")" : "", db_cell(&rows, 0, 1), db_cell(&rows, 0, 2),
            db_cell(&rows, 0, 3) ? db_cell(&rows, 0, 3) : "?", today ? 5 : 10, today ? since + 11 : since, age);
    db_rows_clear(&rows);
    return err_hint(err, "wait for it, or stop it with `tidemark cancel`");
}

/* Where nothing frees a lock when its holder dies (a pooled connection), the lease expires. The server's clock alone is asked. */
static bool expiry(Destination *d, SqlText *room, const char **expires, Err *err)
{
    *expires = NULL;
    if (!d->pooled)
        return true;
    DbRows rows;
    g_autofree char *sql = g_strdup_printf("SELECT %s", d->ops->dialect->now);
    if (!db_queryf(d, &rows, err, sql, 0))
        return false;
    *expires = sql_instant(sql_cell_instant(&rows, 0, 0) + LEASE_US, room);
    db_rows_clear(&rows);
    return true;
}

/* *epoch stays 0 when a lease that has not expired is in the way. */
static bool take_lease(Destination *d, const Stream *stream, const char *name, const LeaseHolder *holder, int64_t *epoch, Err *err)
{
    SqlText room, run;
    const char *expires;
    const char *now = d->ops->dialect->now;
    if (!expiry(d, &room, &expires, err))
        return false;
    g_autofree char *sql = g_strdup_printf(
        "INSERT INTO %sleases AS l (name, stream, holder_user, holder_host, run, epoch, taken_at, renewed_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, 1, %s, %s, $6) ON CONFLICT (name) DO UPDATE SET stream = excluded.stream, "
        "holder_user = excluded.holder_user, holder_host = excluded.holder_host, run = excluded.run, epoch = l.epoch + 1, "
        "taken_at = excluded.taken_at, renewed_at = excluded.renewed_at, expires_at = excluded.expires_at%s RETURNING epoch",
        d->control, now, now,
        d->pooled ? " WHERE l.holder_user IS NULL OR l.expires_at IS NULL OR l.expires_at < excluded.taken_at" : "");
    *epoch = 0;
    return db_number(d, epoch, err, sql, 6, name, stream->id, holder->user, holder->host, sql_int(holder->run, &run), expires);
}

/* One try: *epoch 0 when somebody else holds the stream. */
static bool try_claim(Destination *d, const Stream *stream, const char *name, const LeaseHolder *holder, int64_t *epoch, Err *err)
{
    Err busy = {0};
    *epoch = 0;
    if (!d->ops->lock(d, name, &busy)) {
        return busy.code == ERR_BUSY || sql_fail(err, &busy);
    }
    bool ok = take_lease(d, stream, name, holder, epoch, err);
    if (!ok || *epoch == 0)
        d->ops->unlock(d, name);
    return ok;
}

bool ledger_claim(Destination *d, const Stream *stream, const LeaseHolder *holder, int wait_ms, int64_t *epoch, Err *err)
{
    Err local = {0};
    Err *out = err ? err : &local;
    g_autofree char *name = NULL;
    if (!ledger_lock_name(d, stream, &name, out))
        return false;
    int64_t deadline = clock_mono_ms() + wait_ms;
    for (;;) {
        if (!try_claim(d, stream, name, holder, epoch, out))
            return err_context(out, "claiming %s", stream->id);
        if (*epoch)
            return true;
        if (clock_mono_ms() >= deadline)
            return say_who(d, stream, name, out);
        if (destination_take_interrupt(d))
            return err_set(out, ERR_CANCELLED, "stopped on request");
        poll(NULL, 0, POLL_MS);
    }
}

void ledger_release(Destination *d, const Stream *stream, int64_t epoch)
{
    SqlText number;
    Err ignored = {0};
    g_autofree char *name = NULL;
    g_autofree char *sql =
        g_strdup_printf("UPDATE %sleases SET holder_user = NULL, holder_host = NULL, run = NULL, renewed_at = %s, "
                        "expires_at = NULL WHERE stream = $1 AND epoch = CAST($2 AS bigint)",
                        d->control, d->ops->dialect->now);
    db_execf(d, &ignored, NULL, sql, 2, stream->id, sql_int(epoch, &number));
    if (ledger_lock_name(d, stream, &name, &ignored))
        d->ops->unlock(d, name);
}

bool ledger_check_lease(Destination *d, const Stream *stream, int64_t epoch, LeaseFacts *facts, Err *err)
{
    SqlText number, room;
    DbRows rows;
    const char *expires;
    char before[40], counted[40];
    if (!expiry(d, &room, &expires, err))
        return false;
    day_format(clock_now_us() / US_PER_DAY - LEDGER_DETAILED_DAYS, before);
    time_format_iso(clock_now_us() - LEDGER_COUNT_DAYS * US_PER_DAY, counted);
    g_autofree char *sql = g_strdup_printf(
        "UPDATE %sleases SET renewed_at = %s, expires_at = $3 WHERE stream = $1 AND epoch = CAST($2 AS bigint) AND holder_user IS "
        "NOT NULL RETURNING (SELECT count(*) FROM %scheckpoints AS k WHERE k.stream = $1), (SELECT count(*) FROM (SELECT 1 FROM "
        "%scommits AS c WHERE c.stream = $1 AND c.\"day\" < $4 AND c.run IS NOT NULL LIMIT 1) AS o), (SELECT CASE WHEN p.\"rows\" "
        "IS NULL "
        "THEN 0 WHEN p.counted_at > $5 THEN 2 ELSE 1 END FROM %sstreams AS p WHERE p.stream = $1)",
        d->control, d->ops->dialect->now, d->control, d->control, d->control);
    if (!db_queryf(d, &rows, err, sql, 5, stream->id, sql_int(epoch, &number), expires, before, counted))
        return false;
    bool ours = rows.count == 1;
    if (ours && facts)
        *facts = (LeaseFacts){.any_checkpoint = sql_cell_int(&rows, 0, 0, 0) > 0,
                              .old_lines = sql_cell_int(&rows, 0, 1, 0) > 0,
                              .rows_known = sql_cell_int(&rows, 0, 2, 0) > 0,
                              .rows_counted = sql_cell_int(&rows, 0, 2, 0) == 2};
    db_rows_clear(&rows);
    if (ours)
        return true;
    err_set(err, ERR_BUSY, "%s was taken over by another run: its lease is lost", stream->id);
    return err_hint(err, "nothing of the lost run's open transaction was kept; the other run goes on from the last commit");
}

bool ledger_renew(Destination *d, const Stream *stream, int64_t epoch, Err *err)
{
    return !d->pooled || ledger_check_lease(d, stream, epoch, NULL, err);
}
