/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/mongo_fixture.h - a mongodb source over a schema text, and what it reads as lines of text.
 *
 * A line per scope ("> KEY", "> KEY …" when more follows), row ("KEY: v|v|v", NULL as ~, absent as -) and reject
 * ("! REASON COLUMN KEY ROW"). Every batch is checked for the balance read = rows + rejects + filtered + same. */
#ifndef TIDEMARK_TESTS_MONGO_FIXTURE_H
#define TIDEMARK_TESTS_MONGO_FIXTURE_H

#include <bson/bson.h>
#include <glib.h>

#include "config/schema_mongo.h"
#include "sources/source.h"

typedef struct Fixture {
    SchemaFile *schema;
    SourceConfig config;
    SourceContext context;
    Source *source; /* NULL until fixture_open() */
    GPtrArray *streams;
    Problems *problems;
} Fixture;

void fixture_new(Fixture *fixture, const char *schema, const char *url, const char *database);
bool fixture_open(Fixture *fixture, Err *err);
void fixture_free(Fixture *fixture);
const Stream *fixture_stream(const Fixture *fixture, const char *name);

Window window_whole(void);
Window window_since(const char *low);
Window window_range(const char *low, const char *high);

/* The batch as lines; asserts the balance. */
void fixture_print(const Batch *batch, GString *out);

/* Starts the window and reads it to its end; fails the test on errors. The caller frees the text. */
char *fixture_read(Fixture *fixture, const char *stream, Window window);

/* A folder of its own under the temporary directory; fixture_rmdir() removes it with all files in it. */
char *fixture_mkdir(void);
void fixture_rmdir(char *dir);

/* Appends documents, written as Extended JSON, to DIR/NAME (made when missing). */
void fixture_dump(const char *dir, const char *name, const char *const *documents);
void fixture_bytes(const char *dir, const char *name, const void *bytes, size_t len);

#endif
