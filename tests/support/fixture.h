/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/fixture.h - destinations, streams and batches small enough to write down in a test.
 *
 * A test is written once and runs on each destination: SQLite always, PostgreSQL when TIDEMARK_TEST_POSTGRES_URL is set. Its tables are in a schema of
 * its own and so is its ledger, so that several programs may use one server. */
#ifndef TIDEMARK_TESTS_FIXTURE_H
#define TIDEMARK_TESTS_FIXTURE_H

#include "destinations/destination.h"
#include "destinations/ledger.h"
#include "destinations/stream_writer.h"

typedef struct Place {
    Destination *d;
    DestinationConfig config;
    char *schema; /* for streams' tables; NULL without schemas */
    char *file;   /* of a SQLite destination */
} Place;

/* Opens an empty destination with its ledger prepared; fails the test otherwise. kind: "sqlite" or "postgres". */
Place *place_open(const char *kind);
/* Another connection to the same place. */
Destination *place_connect(const Place *place);
void place_close(Place *place);

/* Runs every test on every destination that is there; name is printed by TAP with the destination's. */
typedef void (*PlaceTest)(Place *place);
typedef struct PlaceCase {
    const char *name;
    PlaceTest run;
} PlaceCase;
int place_run(const char *group, const PlaceCase *cases, int count);

/* "id varchar #; name varchar(20) !; company_id varchar >companies.id; at timestamp @" - per column: name, type (without blanks) and marks:
 * `#` primary key and conflict target, `!` NOT NULL, `>table.column` foreign key, `@` cursor, `~` inherited, `^` parent of a children stream (and
 * mode children), `%` conflict target that is no primary key (a unique key then), `-` not mapped, `*` unique by itself. */
Stream *stream_make(const Place *place, const char *name, const char *columns);

/* Makes the table by its plan; fails the test on conflicts. */
void stream_create(Place *place, const Stream *stream);

/* Both at once. */
Stream *stream_made(Place *place, const char *name, const char *columns);

/* Frees the batch of a test and its stream. */
void batch_done(Batch *batch, Stream *stream);

/* Appends a row: values in column order separated by `|`; NULL and ABSENT are those words; values of unmapped columns are left out. */
void put(Batch *batch, const char *key, int64_t cursor, int32_t scope, const char *values);
/* Opens a scope with these parent values. */
int32_t put_scope(Batch *batch, const char *key, const char *values);

/* The lease of the stream, for run 1. */
int64_t claim(Place *place, const Stream *stream, int64_t run);

StreamWriter *writer_make(Place *place, const Stream *stream, WriterKind kind, int64_t run, int64_t epoch, bool direct);
/* Adds the batch, commits it with the point (NULL: an open checkpoint) and returns what became of its rows; checks the balance. */
Counts commit_batch(StreamWriter *writer, Batch *batch, const CommitPoint *point);
/* One batch in one run: claims, writes, releases. */
Counts write_once(Place *place, const Stream *stream, Batch *batch, int64_t run);

/* Counts as "read written unchanged rejected filtered removed new", for comparing at a glance. */
#define assert_counts(counts, expected) check_counts(&(counts), expected, __FILE__, __LINE__)
void check_counts(const Counts *counts, const char *expected, const char *file, int line);

/* The query's rows, cells joined by `|`, rows by a line feed, NULL as NULL. Tables are written {name}, ours [name]. */
char *ask_rows(Place *place, const char *sql);
#define assert_rows(place, sql, expected) check_rows(place, sql, expected, __FILE__, __LINE__)
void check_rows(Place *place, const char *sql, const char *expected, const char *file, int line);
void run_sql(Place *place, const char *sql); /* the same brackets */

#endif
