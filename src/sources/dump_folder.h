/* SPDX-License-Identifier: Apache-2.0 */
/* sources/dump_folder.h - which files of a mongodump folder hold which collection. */
#ifndef TIDEMARK_SOURCES_DUMP_FOLDER_H
#define TIDEMARK_SOURCES_DUMP_FOLDER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* The folder of the database: DIR/database when that is a folder; else DIR itself, unless database names another one. An archive, a
 * folder without collections and a database that is not there are errors. The caller frees the result. */
char *dump_folder_open(const char *dir, const char *database, Err *err);

typedef struct DumpCollection {
    char *data;     /* path of the .bson or .bson.gz file; NULL: there is no such collection */
    char *metadata; /* path of the metadata file, or NULL */
} DumpCollection;

/* Finds a collection by its name; false with ERR_SOURCE for what cannot be read as documents (a view, a time series). */
bool dump_folder_find(const char *folder, const char *collection, DumpCollection *out, Err *err);
void dump_collection_clear(DumpCollection *collection);

/* Names of all collections (char *, owned by the array), in no order. */
void dump_folder_list(const char *folder, GPtrArray *out);

/* The oldest modification time of the collection's files and prelude.json, microseconds: no document is newer than the moment
 * the dump was begun, as far as files can tell. */
bool dump_folder_clock(const char *folder, const DumpCollection *collection, int64_t *us, Err *err);

/* The server version of prelude.json ("7.0.16"), or NULL. The caller frees it. */
char *dump_folder_server(const char *folder);

#endif
