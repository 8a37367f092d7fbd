/* SPDX-License-Identifier: Apache-2.0 */
#include "state/state_private.h"

bool state_setting(State *state, const char *name, char **value, Err *err)
{
    g_auto(StateGuard) guard = state_enter(state);
    *value = NULL;
    g_autoptr(sqlite3_stmt) statement = state_prepare(state, "SELECT value FROM settings WHERE name = ?", err);
    if (!statement)
        return false;
    state_bind_text(statement, 1, name);
    bool row = false;
    if (!state_step(state, statement, &row, err))
        return false;
    if (row)
        *value = state_read_text(statement, 0);
    return true;
}

bool state_set_setting(State *state, const char *name, const char *value, Err *err)
{
    g_auto(StateGuard) guard = state_enter(state);
    g_autoptr(sqlite3_stmt) statement = state_prepare(
        state, "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", err);
    if (!statement)
        return false;
    state_bind_text(statement, 1, name);
    state_bind_text(statement, 2, value ? value : "");
    return state_step(state, statement, NULL, err);
}
