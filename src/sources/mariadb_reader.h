/* SPDX-License-Identifier: Apache-2.0 */
/* sources/mariadb_reader.h - how one stream is read from its table: the statement, and its rows into batches.
 *
 * A window of a stream is read with one statement, in the order of the key and inside the bounds of the cursor column. Rows whose cursor is
 * NULL, or a zero date, tell nothing about when they changed: every sync reads them, no backfill does. */
#ifndef TIDEMARK_SOURCES_MARIADB_READER_H
#define TIDEMARK_SOURCES_MARIADB_READER_H

#include "model/batch.h"
#include "model/window.h"
#include "sources/mariadb_key.h"
#include "sources/mariadb_stream.h"

typedef struct MariaReader MariaReader;

/* Takes the table, also when it fails: ERR_SOURCE names the columns that the source does not have. The stream must outlive the reader. */
MariaReader *maria_reader_new(const Stream *stream, MariaTable *table, Err *err);
void maria_reader_free(MariaReader *reader);

const MariaTable *maria_reader_table(const MariaReader *reader);
const MariaKey *maria_reader_key(const MariaReader *reader);

/* Names of columns that the source has and the stream does not read, with commas; NULL when there are none. g_free() it. */
char *maria_reader_unread(const MariaReader *reader);

/* " WHERE …" of the window; nothing when it has no bounds. */
void maria_reader_where(const MariaReader *reader, const Window *window, GString *sql);

/* A condition that is true of every row and lets the server find those of the window through an index that has another column before the
 * cursor: that column's values, asked now. Appends nothing where it does not help. Inside the snapshot that the rows are read in. */
bool maria_reader_narrow(const MariaReader *reader, MariaLink *link, const Window *window, GString *condition, Err *err);

/* The statement for the rows of the window behind the key `after` (NULL: from the start), `narrow` (may be empty) holding. False when that text
 * is none of this key. */
bool maria_reader_select(const MariaReader *reader, const Window *window, const char *narrow, const char *after, GString *sql);
/* The statement for the row with that key. */
bool maria_reader_select_one(const MariaReader *reader, const char *key, GString *sql);

/* Appends the row, or a reject, to the batch. */
void maria_reader_add(MariaReader *reader, MYSQL_ROW row, const unsigned long *lengths, Batch *batch);
/* The key of the row last added. */
const char *maria_reader_last(const MariaReader *reader);

#endif
