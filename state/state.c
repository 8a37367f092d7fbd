/* SPDX-License-Identifier: Apache-2.0 */
#include "state/state_private.h"

#include "base/clock.h"

#define TRY_US       5000
#define BUSY_MOST_US 25000

StateGuard state_enter(State *state)
{
    pthread_mutex_lock(&state->mutex);
    return &state->mutex;
}

StateGuard state_enter_within(State *state, int patience_ms, Err *err)
{
    int64_t deadline = clock_mono_ms() + patience_ms;
    while (pthread_mutex_trylock(&state->mutex)) {
        if (clock_mono_ms() > deadline) {
            err_set(err, ERR_STATE, "state file %s: another thread is at it", state->path);
            if (err)
                err->transient = true;
            return NULL;
        }
        g_usleep(TRY_US);
    }
    state_patience(state, patience_ms);
    return &state->mutex;
}

void state_patience(State *state, int patience_ms)
{
    atomic_store(&state->patience_ms, patience_ms);
}

/* SQLite's own handler cannot be told to hurry once it waits. */
int state_busy(void *data, int tries)
{
    State *state = data;
    if (tries == 0)
        state->busy_ms = clock_mono_ms();
    if (clock_mono_ms() - state->busy_ms >= atomic_load(&state->patience_ms))
        return 0;
    g_usleep(MIN((gulong)(tries + 1) * 1000, BUSY_MOST_US));
    return 1;
}

void state_leave(StateGuard guard)
{
    pthread_mutex_unlock(guard);
}

State *state_open(const char *path, char **set_aside, Err *err)
{
    State *state = g_new0(State, 1);
    state->path = g_strdup(path);
    state->lock_fd = -1;
    state_patience(state, STATE_PATIENCE_MS);
    state->own = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    pthread_mutex_init(&state->mutex, NULL);
    if (state_connect(state, set_aside, err))
        return state;
    state_close(state);
    return NULL;
}

void state_close(State *state)
{
    if (!state)
        return;
    sqlite3_close(state->db);
    liveness_close(state);
    g_hash_table_destroy(state->own);
    pthread_mutex_destroy(&state->mutex);
    g_free(state->path);
    g_free(state);
}

const char *state_path(const State *state)
{
    return state->path;
}

bool state_fail(State *state, Err *err)
{
    int code = sqlite3_errcode(state->db);
    err_set(err, ERR_STATE, "state file %s: %s", state->path, sqlite3_errmsg(state->db));
    if (!err)
        return false;
    g_snprintf(err->native, sizeof err->native, "sqlite %d", sqlite3_extended_errcode(state->db));
    err->transient = code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_FULL;
    if (code == SQLITE_CORRUPT)
        state_suspect(state);
    if (code == SQLITE_FULL)
        err_hint(err, "make room on the disk, or name another file with --state");
    return false;
}

sqlite3_stmt *state_prepare(State *state, const char *sql, Err *err)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(state->db, sql, -1, &statement, NULL) == SQLITE_OK)
        return statement;
    state_fail(state, err);
    return NULL;
}

bool state_step(State *state, sqlite3_stmt *statement, bool *row, Err *err)
{
    int code = sqlite3_step(statement);
    if (row)
        *row = code == SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE || state_fail(state, err);
}

bool state_exec(State *state, const char *sql, Err *err)
{
    return sqlite3_exec(state->db, sql, NULL, NULL, NULL) == SQLITE_OK || state_fail(state, err);
}

bool state_begin(State *state, Err *err)
{
    return state_exec(state, "BEGIN IMMEDIATE", err);
}

bool state_end(State *state, bool ok, Err *err)
{
    if (ok && state_exec(state, "COMMIT", err))
        return true;
    if (!sqlite3_get_autocommit(state->db)) /* a full disk has rolled back by itself */
        (void)state_exec(state, "ROLLBACK", NULL);
    return false;
}

void state_bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

void state_bind_int(sqlite3_stmt *statement, int at, int64_t value)
{
    sqlite3_bind_int64(statement, at, value);
}

void state_bind_time(sqlite3_stmt *statement, int at, int64_t us)
{
    if (us == TIME_NONE)
        sqlite3_bind_null(statement, at);
    else
        sqlite3_bind_int64(statement, at, us);
}

void state_bind_counts(sqlite3_stmt *statement, int at, const Counts *counts)
{
    const int64_t all[] = {counts->read,     counts->written, counts->unchanged,   counts->rejected,
                           counts->filtered, counts->removed, counts->rejected_new};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        sqlite3_bind_int64(statement, at + (int)i, all[i]);
}

void state_read_counts(sqlite3_stmt *statement, int at, Counts *counts)
{
    int64_t *const all[] = {&counts->read,     &counts->written, &counts->unchanged,   &counts->rejected,
                            &counts->filtered, &counts->removed, &counts->rejected_new};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        *all[i] = sqlite3_column_int64(statement, at + (int)i);
}

char *state_read_text(sqlite3_stmt *statement, int at)
{
    return g_strdup((const char *)sqlite3_column_text(statement, at));
}

int64_t state_read_time(sqlite3_stmt *statement, int at)
{
    return sqlite3_column_type(statement, at) == SQLITE_NULL ? TIME_NONE : sqlite3_column_int64(statement, at);
}
