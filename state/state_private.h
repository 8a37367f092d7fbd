/* SPDX-License-Identifier: Apache-2.0 */
/* state/state_private.h - what the files of this room share: the connection, its mutex, and short ways to a statement.
 *
 * Every public function enters the mutex first (state_enter) and leaves it by scope; everything below it assumes that it is held. */
#ifndef TIDEMARK_STATE_PRIVATE_H
#define TIDEMARK_STATE_PRIVATE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "model/time.h"
#include "state/state.h"

struct State {
    char *path;
    sqlite3 *db;
    pthread_mutex_t mutex;
    atomic_int patience_ms;
    int64_t busy_ms; /* when the wait for another process began */
    int lock_fd;     /* of the side file whose bytes are the liveness locks */
    GHashTable *own; /* int64_t * → itself: runs whose lock this State holds */
};

typedef pthread_mutex_t *StateGuard __attribute__((unused)); /* a variable of it only lives and dies */
StateGuard state_enter(State *state);
/* NULL with a transient error when another thread was inside all the time. What is asked within it waits no longer for other processes, until
 * state_patience() sets that back. */
StateGuard state_enter_within(State *state, int patience_ms, Err *err);
/* For sqlite3_busy_handler(). */
int state_busy(void *state, int tries);
void state_leave(StateGuard guard);
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(StateGuard, state_leave, NULL)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3_stmt, sqlite3_finalize)

/* *err from the connection's last error. Returns false. */
bool state_fail(State *state, Err *err);

sqlite3_stmt *state_prepare(State *state, const char *sql, Err *err);
/* One step; *row (may be NULL) tells whether there is one. */
bool state_step(State *state, sqlite3_stmt *statement, bool *row, Err *err);
bool state_exec(State *state, const char *sql, Err *err);
/* BEGIN IMMEDIATE, and its end; end rolls back when the work failed. Returns ok && committed. */
bool state_begin(State *state, Err *err);
bool state_end(State *state, bool ok, Err *err);

/* Parameters count from 1. Text is borrowed until the statement is reset; NULL and TIME_NONE become NULL. */
void state_bind_text(sqlite3_stmt *statement, int at, const char *text);
void state_bind_int(sqlite3_stmt *statement, int at, int64_t value);
void state_bind_time(sqlite3_stmt *statement, int at, int64_t us);
/* The seven counts, from parameter or column `at` on, in the order of the Counts struct. */
void state_bind_counts(sqlite3_stmt *statement, int at, const Counts *counts);
void state_read_counts(sqlite3_stmt *statement, int at, Counts *counts);
char *state_read_text(sqlite3_stmt *statement, int at); /* a copy, or NULL */
int64_t state_read_time(sqlite3_stmt *statement, int at);

/* Kernel locks on bytes of "<path>.locks": byte 0 guards opening, byte N says that run N is alive. They belong to the open file, so the kernel
 * frees them when the process dies, whatever killed it, and a second State in one process is another holder. */
bool liveness_open(State *state, mode_t mode, Err *err);
void liveness_close(State *state);
bool liveness_take(State *state, int64_t run, Err *err);
void liveness_release(State *state, int64_t run);
bool liveness_held(State *state, int64_t run); /* by this State or by anyone else */
/* Byte 0, waiting up to five seconds. */
bool liveness_guard_opening(State *state, Err *err);
void liveness_end_opening(State *state);

/* The connection of a state whose path is set: directory, file, pragmas, migrations. */
bool state_connect(State *state, char **set_aside, Err *err);
/* Damage showed itself during work: leaves a mark beside the file, so that the next opening checks all of it. */
void state_suspect(State *state);

#endif
