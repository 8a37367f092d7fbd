/* SPDX-License-Identifier: Apache-2.0 */
/* sources/mariadb_stream.h - the streams of a schema file of tables. */
#ifndef TIDEMARK_SOURCES_MARIADB_STREAM_H
#define TIDEMARK_SOURCES_MARIADB_STREAM_H

#include "config/options.h"
#include "config/schema_tables.h"
#include "model/stream.h"
#include "sources/mariadb_table.h"

typedef struct MariaSpec { /* Stream.spec; columns have the same names on both sides */
    char *table;           /* at the source */
    int cursor;            /* column of the stream's table, or -1 */
} MariaSpec;

/* Copies all it needs. options are the stream's settings (stream_options) or NULL: those that are part of its definition are taken from
 * there, the others are added by the catalog. */
Stream *maria_stream_new(const char *source_name, const SourceTable *table, int position, const OptionValues *options,
                         int64_t lookback_us);

/* The stream with columns wide enough for the unsigned integers of the source, which its schema file makes too narrow, and `distinct` when the key that
 * orders the source's rows tells the stream's apart as well; NULL when neither is to be said. An unsigned bigint fits a bigint until `beyond` says of the
 * column (by its number) that it holds a value that does not; beyond may be NULL. */
Stream *maria_stream_fitted(const Stream *stream, const MariaTable *table, const bool *beyond);

#endif
