/* SPDX-License-Identifier: Apache-2.0 */
#include "state/state_private.h"

void stream_fact_free(void *fact)
{
    StreamFact *known = fact;
    if (!known)
        return;
    g_free(known->stream);
    g_free(known);
}

bool state_facts_put(State *state, const StreamFact *fact, Err *err)
{
    g_auto(StateGuard) guard = state_enter(state);
    g_autoptr(sqlite3_stmt) statement = state_prepare(
        state,
        "INSERT INTO streams (stream, watermark, newest, rows, rejects, unaudited, at_us) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (stream) DO UPDATE SET watermark = excluded.watermark, newest = excluded.newest, "
        "rows = excluded.rows, rejects = excluded.rejects, unaudited = excluded.unaudited, at_us = excluded.at_us",
        err);
    if (!statement)
        return false;
    state_bind_text(statement, 1, fact->stream);
    state_bind_time(statement, 2, fact->watermark);
    state_bind_time(statement, 3, fact->newest);
    state_bind_int(statement, 4, fact->rows);
    state_bind_int(statement, 5, fact->rejects);
    state_bind_int(statement, 6, fact->unaudited);
    state_bind_int(statement, 7, fact->at_us);
    return state_step(state, statement, NULL, err);
}

bool state_facts(State *state, GPtrArray *out, Err *err)
{
    g_auto(StateGuard) guard = state_enter(state);
    g_autoptr(sqlite3_stmt) statement =
        state_prepare(state, "SELECT stream, watermark, newest, rows, rejects, unaudited, at_us FROM streams ORDER BY stream", err);
    if (!statement)
        return false;
    for (bool row = false;;) {
        if (!state_step(state, statement, &row, err))
            return false;
        if (!row)
            return true;
        StreamFact *fact = g_new0(StreamFact, 1);
        fact->stream = state_read_text(statement, 0);
        fact->watermark = state_read_time(statement, 1);
        fact->newest = state_read_time(statement, 2);
        fact->rows = sqlite3_column_int64(statement, 3);
        fact->rejects = sqlite3_column_int64(statement, 4);
        fact->unaudited = sqlite3_column_int(statement, 5) != 0;
        fact->at_us = sqlite3_column_int64(statement, 6);
        g_ptr_array_add(out, fact);
    }
}
