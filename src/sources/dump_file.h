/* SPDX-License-Identifier: Apache-2.0 */
/* sources/dump_file.h - the bytes of a .bson or .bson.gz file, in order, through one buffer.
 *
 * Several gzip members may follow each other. What follows the last one must be nothing: bytes that are no gzip member are an error, not
 * the end (a damaged header would otherwise hide every document behind it). */
#ifndef TIDEMARK_SOURCES_DUMP_FILE_H
#define TIDEMARK_SOURCES_DUMP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef struct DumpFile DumpFile;

/* A name that ends in ".gz" is unpacked. NULL with ERR_SOURCE. */
DumpFile *dump_file_open(const char *path, Err *err);
void dump_file_close(DumpFile *file);

/* Makes at least `want` bytes from the present position readable in one piece; *have is less only at the end of the file. False: the
 * file cannot be read or unpacked any further. The bytes are valid until the next call. */
bool dump_file_peek(DumpFile *file, size_t want, const uint8_t **bytes, size_t *have, Err *err);

/* Moves on by bytes that were peeked. */
void dump_file_skip(DumpFile *file, size_t count);

/* Moves to an offset of the unpacked bytes that is not before the present one. */
bool dump_file_seek(DumpFile *file, int64_t offset, Err *err);

int64_t dump_file_offset(const DumpFile *file); /* unpacked */
int64_t dump_file_packed(const DumpFile *file); /* bytes of the file itself that were read so far */

#endif
