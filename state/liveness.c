/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "state/state_private.h"

#define OPENING_BYTE    0
#define OPENING_WAIT_MS 5000
#define RETRY_US        10000

static bool lock_byte(int fd, int64_t byte, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    return fcntl(fd, F_OFD_SETLK, &lock) != -1;
}

bool liveness_open(State *state, mode_t mode, Err *err)
{
    g_autofree char *path = g_strconcat(state->path, ".locks", NULL);
    state->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, mode);
    if (state->lock_fd == -1)
        return err_set(err, ERR_STATE, "cannot open %s: %s", path, g_strerror(errno));
    /* The umask may have taken the group's right away; only the owner can give it back, and only the owner needs to. */
    struct stat info;
    if (fstat(state->lock_fd, &info) != -1 && info.st_uid == geteuid() && (info.st_mode & 0777) != mode &&
        fchmod(state->lock_fd, mode) == -1)
        return err_set(err, ERR_STATE, "cannot set the mode of %s: %s", path, g_strerror(errno));
    return true;
}

void liveness_close(State *state)
{
    if (state->lock_fd != -1)
        close(state->lock_fd);
    state->lock_fd = -1;
}

bool liveness_take(State *state, int64_t run, Err *err)
{
    if (!lock_byte(state->lock_fd, run, F_WRLCK))
        return err_set(err, ERR_STATE, "cannot lock run %" G_GINT64_FORMAT " in %s.locks: %s", run, state->path, g_strerror(errno));
    int64_t *key = g_new(int64_t, 1);
    *key = run;
    g_hash_table_add(state->own, key);
    return true;
}

void liveness_release(State *state, int64_t run)
{
    if (g_hash_table_remove(state->own, &run))
        (void)lock_byte(state->lock_fd, run, F_UNLCK);
}

bool liveness_held(State *state, int64_t run)
{
    if (g_hash_table_contains(state->own, &run))
        return true;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = run, .l_len = 1};
    /* When the kernel cannot tell, calling a run alive is the mistake that does no harm. */
    return fcntl(state->lock_fd, F_OFD_GETLK, &lock) == -1 || lock.l_type != F_UNLCK;
}

bool liveness_guard_opening(State *state, Err *err)
{
    int64_t deadline = clock_mono_ms() + OPENING_WAIT_MS;
    while (!lock_byte(state->lock_fd, OPENING_BYTE, F_WRLCK)) {
        if (errno != EAGAIN && errno != EACCES && errno != EINTR)
            return err_set(err, ERR_STATE, "cannot lock %s.locks: %s", state->path, g_strerror(errno));
        if (clock_mono_ms() > deadline)
            return err_set(err, ERR_STATE, "state file %s is being opened by another process that does not finish", state->path);
        g_usleep(RETRY_US);
    }
    return true;
}

void liveness_end_opening(State *state)
{
    (void)lock_byte(state->lock_fd, OPENING_BYTE, F_UNLCK);
}
