/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "destinations/sqlite.h"

/* One byte of the side file per name. An open-file-description lock belongs to the descriptor, not to the process: two workers of one
 * program exclude each other, closing another descriptor of the file frees nothing, and the kernel frees it with the holder. */
static off_t offset_of(const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (const unsigned char *c = (const unsigned char *)name; *c; c++)
        hash = (hash ^ *c) * UINT64_C(1099511628211);
    return (off_t)(hash >> 2);
}

static bool set_lock(int fd, short type, const char *name)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = offset_of(name), .l_len = 1};
    return fcntl(fd, F_OFD_SETLK, &lock) != -1;
}

bool sqlite_lock(Destination *d, const char *name, Err *err)
{
    Sqlite *s = d->private_data;
    if (s->lock_fd < 0) {
        g_autofree char *path = g_strconcat(s->path, ".tidemark-locks", NULL);
        s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0664);
        if (s->lock_fd == -1)
            return err_set(err, ERR_DEST, "lock file %s cannot be opened: %s", path, g_strerror(errno));
    }
    if (set_lock(s->lock_fd, F_WRLCK, name))
        return true;
    if (errno == EAGAIN || errno == EACCES)
        return err_set(err, ERR_BUSY, "%s is locked by another run", name);
    return err_set(err, ERR_DEST, "%s cannot be locked beside %s: %s", name, s->path, g_strerror(errno));
}

void sqlite_unlock(Destination *d, const char *name)
{
    Sqlite *s = d->private_data;
    if (s->lock_fd >= 0)
        set_lock(s->lock_fd, F_UNLCK, name);
}
