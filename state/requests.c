/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to a run of another process; its engine takes them up. */
#include "base/clock.h"
#include "state/state_private.h"

/* "" when the run is not known. */
static bool run_outcome(State *state, int64_t run, char **outcome, Err *err)
{
    g_autoptr(sqlite3_stmt) statement = state_prepare(state, "SELECT outcome FROM runs WHERE run = ?", err);
    if (!statement)
        return false;
    state_bind_int(statement, 1, run);
    bool row = false;
    if (!state_step(state, statement, &row, err))
        return false;
    *outcome = row ? state_read_text(statement, 0) : g_strdup("");
    return true;
}

static bool has_stream(State *state, int64_t run, const char *stream, bool *found, Err *err)
{
    g_autoptr(sqlite3_stmt) statement = state_prepare(state, "SELECT 1 FROM run_streams WHERE run = ? AND stream = ?", err);
    if (!statement)
        return false;
    state_bind_int(statement, 1, run);
    state_bind_text(statement, 2, stream);
    return state_step(state, statement, found, err);
}

bool state_request_cancel(State *state, int64_t run, const char *stream, Err *err)
{
    g_auto(StateGuard) guard = state_enter(state);
    g_autofree char *outcome = NULL;
    if (!run_outcome(state, run, &outcome, err))
        return false;
    if (!*outcome)
        return err_set(err, ERR_USAGE, "there is no run %" G_GINT64_FORMAT, run);
    if (g_strcmp0(outcome, "running") != 0)
        return err_set(err, ERR_USAGE, "run %" G_GINT64_FORMAT " is not running: it has ended (%s)", run, outcome);
    if (!liveness_held(state, run))
        return err_set(err, ERR_USAGE, "run %" G_GINT64_FORMAT " is not running: its process is gone", run);
    bool found = true;
    if (stream && !has_stream(state, run, stream, &found, err))
        return false;
    if (!found)
        return err_set(err, ERR_USAGE, "run %" G_GINT64_FORMAT " has no stream %s", run, stream);
    g_autoptr(sqlite3_stmt) statement = state_prepare(state, "INSERT INTO requests (run, stream, at_us) VALUES (?, ?, ?)", err);
    if (!statement)
        return false;
    state_bind_int(statement, 1, run);
    state_bind_text(statement, 2, stream ? stream : "");
    state_bind_int(statement, 3, clock_now_us());
    return state_step(state, statement, NULL, err);
}

static bool list_requests(State *state, int64_t run, GPtrArray *out, int64_t *last, Err *err)
{
    g_autoptr(sqlite3_stmt) statement =
        state_prepare(state, "SELECT id, stream FROM requests WHERE run = ? AND seen_us IS NULL ORDER BY id", err);
    if (!statement)
        return false;
    state_bind_int(statement, 1, run);
    for (bool row = false;;) {
        if (!state_step(state, statement, &row, err))
            return false;
        if (!row)
            return true;
        *last = sqlite3_column_int64(statement, 0);
        g_ptr_array_add(out, state_read_text(statement, 1));
    }
}

bool state_requests_take(State *state, int64_t run, GPtrArray *out, Err *err)
{
    g_auto(StateGuard) guard = state_enter(state);
    int64_t last = 0;
    if (!list_requests(state, run, out, &last, err))
        return false;
    if (!last) /* asked twice a second: without a request nothing is written */
        return true;
    g_autoptr(sqlite3_stmt) statement =
        state_prepare(state, "UPDATE requests SET seen_us = ? WHERE run = ? AND id <= ? AND seen_us IS NULL", err);
    if (!statement)
        return false;
    state_bind_int(statement, 1, clock_now_us());
    state_bind_int(statement, 2, run);
    state_bind_int(statement, 3, last);
    return state_step(state, statement, NULL, err);
}

bool state_requests_pending(State *state, int64_t run, int64_t *count, Err *err)
{
    g_auto(StateGuard) guard = state_enter(state);
    g_autoptr(sqlite3_stmt) statement =
        state_prepare(state, "SELECT count(*) FROM requests WHERE run = ? AND seen_us IS NULL", err);
    if (!statement)
        return false;
    state_bind_int(statement, 1, run);
    if (!state_step(state, statement, NULL, err))
        return false;
    *count = sqlite3_column_int64(statement, 0);
    return true;
}
