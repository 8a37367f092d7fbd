/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

bool new_file_write(const char *path, const GString *text, Err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd == -1 && errno == EEXIST) {
        err_set(err, ERR_USAGE, "%s exists; it is left as it is", path);
        return err_hint(err, "move it away, or choose another directory with -C");
    }
    if (fd == -1)
        return err_set(err, ERR_USAGE, "cannot write %s: %s", path, g_strerror(errno));
    ssize_t written = write(fd, text->str, text->len);
    int closed = close(fd);
    if (written == (ssize_t)text->len && closed != -1)
        return true;
    err_set(err, ERR_USAGE, "cannot write %s: %s", path, g_strerror(errno));
    (void)unlink(path);
    return false;
}
