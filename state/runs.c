/* SPDX-License-Identifier: Apache-2.0 */
/* Writing runs: begin, one row per stream, end, and marking those that died. */
#include "base/clock.h"
#include "base/secret.h"
#include "state/state_private.h"

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

static bool insert_run(State *state, RunRecord *record, Err *err)
{
    g_autofree char *arguments = g_strdup(text_or_empty(record->arguments));
    secret_mask(arguments);
    g_autoptr(sqlite3_stmt) statement = state_prepare(
        state,
        "INSERT INTO runs (job, operator_name, host, arguments, version, destination, started_us, outcome, exit_status, "
        "streams, memory_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, 'running', -1, ?, ?)",
        err);
    if (!statement)
        return false;
    state_bind_text(statement, 1, text_or_empty(record->job));
    state_bind_text(statement, 2, text_or_empty(record->operator_name));
    state_bind_text(statement, 3, text_or_empty(record->host));
    state_bind_text(statement, 4, arguments);
    state_bind_text(statement, 5, text_or_empty(record->version));
    state_bind_text(statement, 6, text_or_empty(record->destination));
    state_bind_int(statement, 7, record->started_us);
    state_bind_int(statement, 8, record->streams);
    state_bind_int(statement, 9, record->memory_bytes);
    if (!state_step(state, statement, NULL, err))
        return false;
    record->run = sqlite3_last_insert_rowid(state->db);
    return true;
}

/* The lock is taken before the row is committed: nobody can see a run of ours that looks dead. */
bool state_run_begin(State *state, RunRecord *record, Err *err)
{
    g_auto(StateGuard) guard = state_enter(state);
    if (record->started_us == 0 || record->started_us == TIME_NONE)
        record->started_us = clock_now_us();
    if (!state_begin(state, err))
        return false;
    bool ok = insert_run(state, record, err) && liveness_take(state, record->run, err);
    if (state_end(state, ok, err))
        return true;
    liveness_release(state, record->run);
    record->run = 0;
    return false;
}

static bool write_stream(State *state, const RunStreamRecord *record, Err *err)
{
    g_autoptr(sqlite3_stmt) statement = state_prepare(
        state,
        "INSERT INTO run_streams (run, stream, phase, note, error, hint, period, why, started_us, ended_us, updated_us, in_flight, "
        "estimate, rows_per_second, queue_fill, continues, kept, read, written, unchanged, rejected, "
        "filtered, removed, rejected_new) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (run, stream) DO UPDATE SET phase = excluded.phase, note = excluded.note, error = excluded.error, "
        "hint = excluded.hint, period = coalesce(excluded.period, period), why = coalesce(excluded.why, why), "
        "started_us = coalesce(excluded.started_us, started_us), ended_us = excluded.ended_us, updated_us = excluded.updated_us, "
        "in_flight = excluded.in_flight, estimate = excluded.estimate, rows_per_second = excluded.rows_per_second, "
        "queue_fill = excluded.queue_fill, continues = excluded.continues, kept = excluded.kept, "
        "read = excluded.read, written = excluded.written, unchanged = excluded.unchanged, rejected = excluded.rejected, "
        "filtered = excluded.filtered, removed = excluded.removed, rejected_new = excluded.rejected_new",
        err);
    if (!statement)
        return false;
    state_bind_int(statement, 1, record->run);
    state_bind_text(statement, 2, record->stream);
    state_bind_text(statement, 3, text_or_empty(record->phase));
    state_bind_text(statement, 4, record->note);
    state_bind_text(statement, 5, record->error);
    state_bind_text(statement, 6, record->hint);
    state_bind_text(statement, 7, record->window);
    state_bind_text(statement, 8, record->why);
    state_bind_time(statement, 9, record->started_us);
    state_bind_time(statement, 10, record->ended_us);
    state_bind_int(statement, 11, clock_now_us());
    state_bind_int(statement, 12, record->in_flight);
    state_bind_int(statement, 13, record->estimate);
    state_bind_int(statement, 14, record->rows_per_second);
    state_bind_int(statement, 15, record->queue_fill);
    state_bind_int(statement, 16, record->continues);
    state_bind_int(statement, 17, record->kept);
    state_bind_counts(statement, 18, &record->counts);
    return state_step(state, statement, NULL, err);
}

bool state_run_stream(State *state, const RunStreamRecord *record, Err *err)
{
    g_auto(StateGuard) guard = state_enter(state);
    return write_stream(state, record, err);
}

static bool finish_run(State *state, const RunRecord *record, Err *err)
{
    g_autoptr(sqlite3_stmt) statement =
        state_prepare(state,
                      "UPDATE runs SET ended_us = ?, outcome = ?, exit_status = ?, streams = ?, memory_bytes = ?, read = ?, "
                      "written = ?, unchanged = ?, rejected = ?, filtered = ?, removed = ?, rejected_new = ? WHERE run = ?",
                      err);
    if (!statement)
        return false;
    bool given = record->ended_us != 0 && record->ended_us != TIME_NONE;
    state_bind_int(statement, 1, given ? record->ended_us : clock_now_us());
    state_bind_text(statement, 2, text_or_empty(record->outcome));
    state_bind_int(statement, 3, record->exit_status);
    state_bind_int(statement, 4, record->streams);
    state_bind_int(statement, 5, record->memory_bytes);
    state_bind_counts(statement, 6, &record->counts);
    state_bind_int(statement, 13, record->run);
    return state_step(state, statement, NULL, err);
}

bool state_run_end(State *state, const RunRecord *record, Err *err)
{
    g_auto(StateGuard) guard = state_enter(state);
    bool ok = finish_run(state, record, err);
    liveness_release(state, record->run);
    return ok;
}

static bool dead_runs(State *state, GArray *out, Err *err)
{
    g_autoptr(sqlite3_stmt) statement = state_prepare(state, "SELECT run FROM runs WHERE ended_us IS NULL", err);
    if (!statement)
        return false;
    for (bool row = false;;) {
        if (!state_step(state, statement, &row, err))
            return false;
        if (!row)
            return true;
        int64_t run = sqlite3_column_int64(statement, 0);
        if (!liveness_held(state, run))
            g_array_append_val(out, run);
    }
}

/* It ended when it was last heard of, and it did what its streams had reported until then. */
static bool mark_killed(State *state, int64_t run, Err *err)
{
    static const char *const steps[] = {
        "UPDATE run_streams SET phase = 'killed', ended_us = updated_us WHERE run = ?1 AND ended_us IS NULL",
        "UPDATE runs SET outcome = 'killed', exit_status = 137, ended_us = max(started_us, "
        "coalesce((SELECT max(updated_us) FROM run_streams s WHERE s.run = runs.run), 0), "
        "coalesce((SELECT at_us FROM run_log l WHERE l.run = runs.run ORDER BY id DESC LIMIT 1), 0)), "
        "(read, written, unchanged, rejected, filtered, removed, rejected_new) = (SELECT total(read), total(written), "
        "total(unchanged), total(rejected), total(filtered), total(removed), total(rejected_new) FROM run_streams s "
        "WHERE s.run = runs.run) WHERE run = ?1",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autoptr(sqlite3_stmt) statement = state_prepare(state, steps[i], err);
        if (!statement)
            return false;
        state_bind_int(statement, 1, run);
        if (!state_step(state, statement, NULL, err))
            return false;
    }
    return true;
}

bool state_reap(State *state, int64_t *count, Err *err)
{
    g_auto(StateGuard) guard = state_enter(state);
    g_autoptr(GArray) dead = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (count)
        *count = 0;
    if (!dead_runs(state, dead, err))
        return false;
    if (dead->len == 0) /* the usual case writes nothing */
        return true;
    if (!state_begin(state, err))
        return false;
    /* Once more under the write lock: a run that ended by itself since then is not ours to judge. */
    g_array_set_size(dead, 0);
    bool ok = dead_runs(state, dead, err);
    for (guint i = 0; ok && i < dead->len; i++)
        ok = mark_killed(state, g_array_index(dead, int64_t, i), err);
    if (!state_end(state, ok, err))
        return false;
    if (count)
        *count = dead->len;
    return true;
}

bool state_retain(State *state, int64_t before_us, int64_t *count, Err *err)
{
    g_auto(StateGuard) guard = state_enter(state);
    g_autoptr(sqlite3_stmt) statement = state_prepare(state, "DELETE FROM runs WHERE ended_us < ? AND started_us < ?1", err);
    if (!statement)
        return false;
    state_bind_int(statement, 1, before_us);
    if (!state_step(state, statement, NULL, err))
        return false;
    if (count)
        *count = sqlite3_changes(state->db);
    return true;
}
