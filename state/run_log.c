/* SPDX-License-Identifier: Apache-2.0 */
#include "state/state_private.h"

void log_record_free(void *record)
{
    LogRecord *line = record;
    if (!line)
        return;
    g_free(line->stream);
    g_free(line->text);
    g_free(line);
}

bool state_run_log(State *state, const LogLine *line, Err *err)
{
    g_auto(StateGuard) guard = state_enter(state);
    g_autoptr(sqlite3_stmt) statement =
        state_prepare(state, "INSERT INTO run_log (run, at_us, level, stream, text) VALUES (?, ?, ?, ?, ?)", err);
    if (!statement)
        return false;
    state_bind_int(statement, 1, line->run);
    state_bind_int(statement, 2, line->at_us);
    state_bind_int(statement, 3, line->level);
    state_bind_text(statement, 4, line->stream);
    state_bind_text(statement, 5, line->text ? line->text : "");
    return state_step(state, statement, NULL, err);
}

static char *log_query(int64_t run, int64_t after_id)
{
    g_autofree char *lines = g_strdup_printf("SELECT id, run, at_us, level, stream, text FROM run_log "
                                             "WHERE %sid > ?2 AND level <= ?3 ORDER BY id %sLIMIT ?4",
                                             run ? "run = ?1 AND " : "", after_id < 0 ? "DESC " : "");
    return after_id < 0 ? g_strdup_printf("SELECT * FROM (%s) ORDER BY id", lines) : g_steal_pointer(&lines);
}

bool state_run_logs(State *state, int64_t run, int64_t after_id, LogLevel level, int limit, GPtrArray *out, Err *err)
{
    g_auto(StateGuard) guard = state_enter(state);
    g_autofree char *sql = log_query(run, after_id);
    g_autoptr(sqlite3_stmt) statement = state_prepare(state, sql, err);
    if (!statement)
        return false;
    if (run)
        state_bind_int(statement, 1, run);
    state_bind_int(statement, 2, after_id);
    state_bind_int(statement, 3, level);
    state_bind_int(statement, 4, limit > 0 ? limit : -1);
    for (bool row = false;;) {
        if (!state_step(state, statement, &row, err))
            return false;
        if (!row)
            return true;
        LogRecord *line = g_new0(LogRecord, 1);
        line->id = sqlite3_column_int64(statement, 0);
        line->run = sqlite3_column_int64(statement, 1);
        line->at_us = sqlite3_column_int64(statement, 2);
        line->level = (LogLevel)sqlite3_column_int(statement, 3);
        line->stream = state_read_text(statement, 4);
        line->text = state_read_text(statement, 5);
        g_ptr_array_add(out, line);
    }
}
