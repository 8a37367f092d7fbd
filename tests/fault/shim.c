/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fault/shim.c - a preload library that counts a program's calls to the outside and kills it with SIGKILL at a chosen one.
 *
 *   TIDEMARK_FAULT=CLASS:N      die at the N-th call (from 1) of that class, before the call is made
 *   TIDEMARK_FAULT_COUNT=FILE   at exit, write a line `CLASS COUNT` for each class to FILE, so that a driver knows the range of N
 *
 * Classes:
 *   send    anything that leaves the process: write, writev, pwrite, send, sendto, sendmsg to anything but stdout and stderr
 *   commit  a send to a socket whose bytes hold COMMIT as a word (PostgreSQL), and each fsync or fdatasync (how SQLite commits)
 *   fsync   fsync and fdatasync
 * Bytes that libpq sends under TLS cannot be read here: tests of the commit class connect with sslmode=disable. */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CLASS_SEND, CLASS_COMMIT, CLASS_FSYNC, CLASSES };
static const char *const class_names[CLASSES] = {"send", "commit", "fsync"};
static atomic_long counts[CLASSES];
static long fatal_at[CLASSES]; /* 0: never */

static void *next_function(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

static void passed(int class)
{
    long now = atomic_fetch_add(&counts[class], 1) + 1;
    if (now == fatal_at[class])
        kill(getpid(), SIGKILL);
}

static bool holds_commit(const void *bytes, size_t len)
{
    return bytes && memmem(bytes, len, "COMMIT", 6);
}

static bool is_socket(int fd)
{
    struct stat about;
    return fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode);
}

static void sending(int fd, const void *bytes, size_t len)
{
    if (fd == STDOUT_FILENO || fd == STDERR_FILENO)
        return;
    passed(CLASS_SEND);
    if (holds_commit(bytes, len) && is_socket(fd))
        passed(CLASS_COMMIT);
}

static void sending_parts(int fd, const struct iovec *parts, size_t count)
{
    if (fd == STDOUT_FILENO || fd == STDERR_FILENO)
        return;
    passed(CLASS_SEND);
    for (size_t i = 0; i < count; i++)
        if (holds_commit(parts[i].iov_base, parts[i].iov_len) && is_socket(fd)) {
            passed(CLASS_COMMIT);
            return;
        }
}

static void syncing(void)
{
    passed(CLASS_FSYNC);
    passed(CLASS_COMMIT);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    static ssize_t (*next)(int, const void *, size_t);
    if (!next)
        next = next_function("write");
    sending(fd, bytes, len);
    return next(fd, bytes, len);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    static ssize_t (*next)(int, const struct iovec *, int);
    if (!next)
        next = next_function("writev");
    sending_parts(fd, parts, count < 0 ? 0 : (size_t)count);
    return next(fd, parts, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    static ssize_t (*next)(int, const void *, size_t, off_t);
    if (!next)
        next = next_function("pwrite");
    sending(fd, bytes, len);
    return next(fd, bytes, len, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
    static ssize_t (*next)(int, const void *, size_t, off64_t);
    if (!next)
        next = next_function("pwrite64");
    sending(fd, bytes, len);
    return next(fd, bytes, len, at);
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    static ssize_t (*next)(int, const void *, size_t, int);
    if (!next)
        next = next_function("send");
    sending(fd, bytes, len);
    return next(fd, bytes, len, flags);
}

ssize_t sendto(int fd, const void *bytes, size_t len, int flags, const struct sockaddr *to, socklen_t to_len)
{
    static ssize_t (*next)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
    if (!next)
        next = next_function("sendto");
    sending(fd, bytes, len);
    return next(fd, bytes, len, flags, to, to_len);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    static ssize_t (*next)(int, const struct msghdr *, int);
    if (!next)
        next = next_function("sendmsg");
    sending_parts(fd, message->msg_iov, message->msg_iovlen);
    return next(fd, message, flags);
}

int fsync(int fd)
{
    static int (*next)(int);
    if (!next)
        next = next_function("fsync");
    syncing();
    return next(fd);
}

int fdatasync(int fd)
{
    static int (*next)(int);
    if (!next)
        next = next_function("fdatasync");
    syncing();
    return next(fd);
}

__attribute__((constructor)) static void fault_begin(void)
{
    const char *fault = getenv("TIDEMARK_FAULT");
    const char *colon = fault ? strchr(fault, ':') : NULL;
    if (!colon)
        return;
    for (int i = 0; i < CLASSES; i++)
        if (strlen(class_names[i]) == (size_t)(colon - fault) && strncmp(class_names[i], fault, (size_t)(colon - fault)) == 0)
            fatal_at[i] = strtol(colon + 1, NULL, 10);
}

__attribute__((destructor)) static void fault_end(void)
{
    const char *path = getenv("TIDEMARK_FAULT_COUNT");
    FILE *file = path ? fopen(path, "we") : NULL;
    if (!file)
        return;
    for (int i = 0; i < CLASSES; i++)
        fprintf(file, "%s %ld\n", class_names[i], atomic_load(&counts[i]));
    fclose(file);
}
