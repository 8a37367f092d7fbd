/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/dump_file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { BUFFER_BYTES = 256 * 1024, PACKED_BYTES = 256 * 1024 };

struct DumpFile {
    char *path;
    int fd;
    int64_t packed;
    uint8_t *buffer;
    size_t capacity, start, end; /* readable: start … end */
    int64_t offset;              /* of buffer[start] in the unpacked file */
    bool at_end;
    Err failure; /* sticky: what was read before it is delivered first */
    bool gzip, in_member;
    z_stream stream;
    uint8_t *input;
};

DumpFile *dump_file_open(const char *path, Err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        err_set(err, ERR_SOURCE, "%s: %s", path, g_strerror(errno));
        return NULL;
    }
    DumpFile *file = g_new0(DumpFile, 1);
    file->path = g_strdup(path);
    file->fd = fd;
    file->gzip = g_str_has_suffix(path, ".gz");
    file->capacity = BUFFER_BYTES;
    file->buffer = g_malloc(file->capacity);
    if (file->gzip) {
        file->input = g_malloc(PACKED_BYTES);
        if (inflateInit2(&file->stream, 15 + 16) != Z_OK) { /* 16: expect a gzip header */
            err_set(err, ERR_INTERNAL, "%s: zlib could not be started", path);
            dump_file_close(file);
            return NULL;
        }
    }
    return file;
}

void dump_file_close(DumpFile *file)
{
    if (!file)
        return;
    if (file->gzip)
        inflateEnd(&file->stream);
    close(file->fd);
    g_free(file->input);
    g_free(file->buffer);
    g_free(file->path);
    g_free(file);
}

static bool fail(DumpFile *file, const char *what)
{
    return err_set(&file->failure, ERR_SOURCE, "%s: %s", file->path, what);
}

static ssize_t read_some(DumpFile *file, uint8_t *to, size_t size)
{
    ssize_t got;
    do
        got = read(file->fd, to, size);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        fail(file, g_strerror(errno));
    else
        file->packed += got;
    return got;
}

static bool fill_plain(DumpFile *file)
{
    ssize_t got = read_some(file, file->buffer + file->end, file->capacity - file->end);
    if (got < 0)
        return false;
    file->at_end = got == 0;
    file->end += (size_t)got;
    return true;
}

static bool fill_input(DumpFile *file)
{
    if (file->stream.avail_in > 0)
        return true;
    ssize_t got = read_some(file, file->input, PACKED_BYTES);
    if (got < 0)
        return false;
    file->stream.next_in = file->input;
    file->stream.avail_in = (uInt)got;
    return true;
}

static bool fill_unpacked(DumpFile *file)
{
    if (!fill_input(file))
        return false;
    if (file->stream.avail_in == 0) {
        file->at_end = !file->in_member;
        return file->at_end || fail(file, "the gzip data ends in the middle");
    }
    file->stream.next_out = file->buffer + file->end;
    file->stream.avail_out = (uInt)(file->capacity - file->end);
    file->in_member = true;
    int result = inflate(&file->stream, Z_NO_FLUSH);
    file->end = file->capacity - file->stream.avail_out;
    if (result == Z_STREAM_END) {
        file->in_member = false;
        inflateReset(&file->stream);
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return fail(file, file->stream.msg ? file->stream.msg : "the gzip data is damaged");
    }
    return true;
}

static void make_room(DumpFile *file, size_t want)
{
    if (file->start > 0) {
        memmove(file->buffer, file->buffer + file->start, file->end - file->start);
        file->end -= file->start;
        file->start = 0;
    }
    if (want > file->capacity) {
        file->capacity = want;
        file->buffer = g_realloc(file->buffer, file->capacity);
    }
}

bool dump_file_peek(DumpFile *file, size_t want, const uint8_t **bytes, size_t *have, Err *err)
{
    if (file->end - file->start < want)
        make_room(file, want);
    while (file->end - file->start < want && !file->at_end) {
        if (file->failure.code != ERR_NONE || !(file->gzip ? fill_unpacked(file) : fill_plain(file))) {
            *err = file->failure;
            return false;
        }
    }
    *bytes = file->buffer + file->start;
    *have = file->end - file->start;
    return true;
}

void dump_file_skip(DumpFile *file, size_t count)
{
    file->start += count;
    file->offset += (int64_t)count;
}

bool dump_file_seek(DumpFile *file, int64_t offset, Err *err)
{
    if (!file->gzip && offset > file->offset + (int64_t)(file->end - file->start)) {
        if (lseek(file->fd, (off_t)offset, SEEK_SET) < 0)
            return err_set(err, ERR_SOURCE, "%s: %s", file->path, g_strerror(errno));
        file->start = file->end = 0;
        file->offset = file->packed = offset;
        return true;
    }
    while (file->offset < offset) {
        const uint8_t *bytes = NULL;
        size_t have = 0;
        if (!dump_file_peek(file, 1, &bytes, &have, err))
            return false;
        if (have == 0)
            return err_set(err, ERR_SOURCE, "%s: ends before byte %" G_GINT64_FORMAT, file->path, offset);
        dump_file_skip(file, (size_t)MIN((int64_t)have, offset - file->offset));
    }
    return true;
}

int64_t dump_file_offset(const DumpFile *file)
{
    return file->offset;
}

int64_t dump_file_packed(const DumpFile *file)
{
    return file->packed;
}
