/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "state/migrations.h"
#include "state/state_private.h"

#define SHARED_PREFIX "/var/lib/"

/* A directory that a group shares gives files the group can write; any other keeps them to their owner. A directory below /var/lib is made
 * for cron's user and the operators together. */
static bool prepare_directory(State *state, mode_t *file_mode, Err *err)
{
    g_autofree char *directory = g_path_get_dirname(state->path);
    bool shared = g_str_has_prefix(state->path, SHARED_PREFIX);
    if (!g_file_test(directory, G_FILE_TEST_IS_DIR)) {
        if (g_mkdir_with_parents(directory, 0700) == -1)
            return err_set(err, ERR_STATE, "cannot create the directory %s: %s", directory, g_strerror(errno));
        if (shared && chmod(directory, S_ISGID | 0770) == -1)
            return err_set(err, ERR_STATE, "cannot set the mode of %s: %s", directory, g_strerror(errno));
    }
    struct stat info;
    if (stat(directory, &info) == -1)
        return err_set(err, ERR_STATE, "cannot look at %s: %s", directory, g_strerror(errno));
    bool group = (info.st_mode & S_IWGRP) && !(info.st_mode & S_IWOTH);
    *file_mode = group && (shared || (info.st_mode & S_ISGID)) ? 0660 : 0600;
    return true;
}

/* SQLite would create the file with the umask's mode; its WAL files take over the mode of the file. */
static bool create_file(State *state, mode_t mode, Err *err)
{
    int fd = open(state->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd == -1)
        return errno == EEXIST || err_set(err, ERR_STATE, "cannot create the state file %s: %s", state->path, g_strerror(errno));
    bool ok = fchmod(fd, mode) != -1 || err_set(err, ERR_STATE, "cannot set the mode of %s: %s", state->path, g_strerror(errno));
    close(fd);
    return ok;
}

static bool connect_file(State *state, Err *err)
{
    if (sqlite3_open_v2(state->path, &state->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return state_fail(state, err);
    sqlite3_extended_result_codes(state->db, 0);
    sqlite3_busy_handler(state->db, state_busy, state);
    return state_exec(state, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON", err);
}

static void disconnect_file(State *state)
{
    sqlite3_close(state->db);
    state->db = NULL;
}

static bool read_version(State *state, int *version, Err *err)
{
    g_autoptr(sqlite3_stmt) statement = state_prepare(state, "PRAGMA user_version", err);
    if (!statement || !state_step(state, statement, NULL, err))
        return false;
    *version = sqlite3_column_int(statement, 0);
    return true;
}

static int newest_version(void)
{
    int version = 0;
    for (const StateMigration *m = state_migrations; m->version; m++)
        version = m->version;
    return version;
}

static bool migrate(State *state, Err *err)
{
    for (const StateMigration *m = state_migrations; m->version; m++) {
        int version = 0;
        if (!state_begin(state, err))
            return false;
        bool ok = read_version(state, &version, err);
        if (ok && version < m->version) {
            g_autofree char *mark = g_strdup_printf("PRAGMA user_version = %d", m->version);
            ok = state_exec(state, m->sql, err) && state_exec(state, mark, err);
        }
        if (!state_end(state, ok, err))
            return err_context(err, "migration %s", m->name);
    }
    return true;
}

/* Touches every table once, so that a damaged file shows itself here and not in the middle of a run. */
static bool probe(State *state, Err *err)
{
    static const char *const reads[] = {
        "SELECT max(run) FROM runs",    "SELECT 1 FROM run_streams LIMIT 1", "SELECT max(id) FROM run_log",
        "SELECT max(id) FROM requests", "SELECT 1 FROM streams LIMIT 1",     "SELECT 1 FROM settings LIMIT 1",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(reads); i++) {
        g_autoptr(sqlite3_stmt) statement = state_prepare(state, reads[i], err);
        if (!statement || !state_step(state, statement, NULL, err))
            return false;
    }
    return true;
}

static char *suspect_path(const State *state)
{
    return g_strconcat(state->path, ".suspect", NULL);
}

void state_suspect(State *state)
{
    g_autofree char *mark = suspect_path(state);
    int fd = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0660);
    if (fd != -1)
        close(fd);
}

/* Reads every page, which takes too long for each opening: only after damage was met. */
static bool whole_check(State *state)
{
    g_autofree char *mark = suspect_path(state);
    if (!g_file_test(mark, G_FILE_TEST_EXISTS))
        return true;
    g_autoptr(sqlite3_stmt) statement = state_prepare(state, "PRAGMA quick_check(1)", NULL);
    bool good =
        statement && sqlite3_step(statement) == SQLITE_ROW && g_strcmp0((const char *)sqlite3_column_text(statement, 0), "ok") == 0;
    if (good)
        (void)unlink(mark);
    return good;
}

typedef enum OpenResult { OPEN_GOOD, OPEN_OLD, OPEN_DAMAGED, OPEN_FAILED } OpenResult;

static OpenResult look(State *state, Err *err)
{
    int version = 0;
    bool ok = connect_file(state, err) && read_version(state, &version, err);
    if (ok && version > newest_version()) {
        err_set(err, ERR_STATE, "state file %s has version %d, this program knows up to %d", state->path, version,
                newest_version());
        err_hint(err, "use the newer program, or name another file with --state");
        return OPEN_FAILED;
    }
    if (ok && version < newest_version())
        return OPEN_OLD;
    if (ok && probe(state, err))
        return whole_check(state) ? OPEN_GOOD : OPEN_DAMAGED;
    int code = state->db ? sqlite3_errcode(state->db) : SQLITE_OK;
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR ? OPEN_DAMAGED : OPEN_FAILED;
}

static bool set_file_aside(State *state, char **name, Err *err)
{
    static const char *const parts[] = {"", "-wal", "-shm", ".suspect"};
    g_autofree char *aside = NULL;
    for (int64_t at = clock_now_us() / US_PER_SECOND;; at++) { /* the name must not hit an earlier one */
        g_free(aside);
        aside = g_strdup_printf("%s.corrupt-%" G_GINT64_FORMAT, state->path, at);
        if (!g_file_test(aside, G_FILE_TEST_EXISTS))
            break;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *from = g_strconcat(state->path, parts[i], NULL);
        g_autofree char *to = g_strconcat(aside, parts[i], NULL);
        if (rename(from, to) == -1 && errno != ENOENT)
            return err_set(err, ERR_STATE, "cannot rename the damaged state file %s to %s: %s", from, to, g_strerror(errno));
    }
    if (name && !*name)
        *name = g_steal_pointer(&aside);
    return true;
}

/* Runs alone on this file: what look() found may have been put right by another process meanwhile, so it looks again. */
static bool repair(State *state, mode_t mode, char **set_aside, Err *err)
{
    disconnect_file(state);
    if (!create_file(state, mode, err))
        return false;
    OpenResult result = look(state, err);
    bool ok = result == OPEN_GOOD || (result == OPEN_OLD && migrate(state, err));
    if (!ok && result == OPEN_OLD) {
        int code = sqlite3_errcode(state->db);
        if (code == SQLITE_CORRUPT || code == SQLITE_ERROR)
            result = OPEN_DAMAGED;
    }
    if (!ok && result == OPEN_DAMAGED) {
        disconnect_file(state);
        ok = set_file_aside(state, set_aside, err) && create_file(state, mode, err) && connect_file(state, err) &&
             migrate(state, err);
    }
    return ok;
}

bool state_connect(State *state, char **set_aside, Err *err)
{
    mode_t mode = 0600;
    Err why = {0};
    if (!prepare_directory(state, &mode, err) || !liveness_open(state, mode, err))
        return false;
    if (g_file_test(state->path, G_FILE_TEST_EXISTS)) {
        OpenResult result = look(state, &why);
        if (result == OPEN_GOOD)
            return true;
        if (result == OPEN_FAILED) {
            if (err)
                *err = why;
            return false;
        }
    }
    if (!liveness_guard_opening(state, err))
        return false;
    bool ok = repair(state, mode, set_aside, &why);
    liveness_end_opening(state);
    if (!ok && err)
        *err = why;
    return ok;
}
