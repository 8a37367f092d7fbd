/* SPDX-License-Identifier: Apache-2.0 */
/* sources/mariadb_source.h - the source `mariadb`, shared by opening (mariadb.c), reading (mariadb_read.c) and asking (mariadb_check.c,
 * mariadb_describe.c). */
#ifndef TIDEMARK_SOURCES_MARIADB_SOURCE_H
#define TIDEMARK_SOURCES_MARIADB_SOURCE_H

#include <stdatomic.h>

#include "sources/mariadb_reader.h"
#include "sources/source.h"

typedef struct Maria {
    MariaTarget target;
    MariaLink *link;
    _Atomic(MariaLink *) ready; /* link once interrupt() may be passed on */
    atomic_bool stopped;
    /* the window being read */
    const Stream *stream;
    Window window;
    MariaReader *reader; /* NULL: the table is missing */
    MYSQL_RES *rows;     /* NULL: not asked yet */
    bool snapshot;       /* a transaction is open */
    GString *last;       /* key of the last row that is in some batch; NULL: none */
    bool moved;          /* it is no longer: the reader knows a later one */
    int tries;
} Maria;

static inline Maria *maria_of(const Source *source)
{
    return source->private_data;
}

/* mariadb_read.c */
bool maria_start(Source *source, const Stream *stream, Window *window, GBytes *checkpoint, bool *restarted, bool *missing,
                 Err *err);
ReadStatus maria_read(Source *source, Batch *batch, Err *err);
bool maria_lookup(Source *source, const Stream *stream, const char *key, Batch *batch, Err *err);
void maria_end_window(Maria *maria);

/* mariadb_check.c */
bool maria_clock(Source *source, int64_t *now, Err *err);
bool maria_newest(Source *source, const Stream *stream, int64_t *cursor, Err *err);
bool maria_count(Source *source, const Stream *stream, const Window *window, int64_t *rows, Err *err);
bool maria_check(Source *source, const GPtrArray *streams, GPtrArray *lines, Err *err);

/* mariadb_describe.c */
bool maria_discover(Source *source, GPtrArray *out, Err *err);
bool maria_describe(Source *source, GPtrArray *drafts, Err *err);
bool maria_fit(Source *source, const Stream *stream, Stream **fitted, Err *err);

#endif
