/* SPDX-License-Identifier: Apache-2.0 */
#include "state/state_private.h"

static bool read_settings(State *state, const char *prefix, GHashTable *out, Err *err)
{
    g_autoptr(sqlite3_stmt) statement = state_prepare(
        state, "SELECT substr(name, 1 + length(?1)), value FROM settings WHERE substr(name, 1, length(?1)) = ?1", err);
    if (!statement)
        return false;
    state_bind_text(statement, 1, prefix);
    for (bool row = false;;) {
        if (!state_step(state, statement, &row, err))
            return false;
        if (!row)
            return true;
        g_hash_table_insert(out, state_read_text(statement, 0), state_read_text(statement, 1));
    }
}

static bool write_settings(State *state, const char *prefix, GHashTable *values, Err *err)
{
    g_autoptr(sqlite3_stmt) statement = state_prepare(
        state, "INSERT INTO settings (name, value) VALUES (? || ?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        err);
    GHashTableIter at;
    gpointer name = NULL, value = NULL;
    g_hash_table_iter_init(&at, values);
    while (statement && g_hash_table_iter_next(&at, &name, &value)) {
        state_bind_text(statement, 1, prefix);
        state_bind_text(statement, 2, name);
        state_bind_text(statement, 3, value);
        if (!state_step(state, statement, NULL, err))
            return false;
        sqlite3_reset(statement);
    }
    return statement != NULL;
}

bool state_settings(State *state, const char *prefix, int patience_ms, GHashTable *out, Err *err)
{
    g_auto(StateGuard) guard = state_enter_within(state, patience_ms, err);
    if (!guard)
        return false;
    bool ok = read_settings(state, prefix, out, err);
    state_patience(state, STATE_PATIENCE_MS);
    return ok;
}

bool state_set_settings(State *state, const char *prefix, int patience_ms, GHashTable *values, Err *err)
{
    g_auto(StateGuard) guard = state_enter_within(state, patience_ms, err);
    if (!guard)
        return false;
    bool ok = state_begin(state, err) && state_end(state, write_settings(state, prefix, values, err), err);
    state_patience(state, STATE_PATIENCE_MS);
    return ok;
}
