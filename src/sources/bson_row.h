/* SPDX-License-Identifier: Apache-2.0 */
/* sources/bson_row.h - a document becomes rows, rejects and scopes of a batch: the hot path of the mongodb source.
 *
 * The same code serves the live server and dumps, so both agree on every rule: window, filter, ids, duplicates. One BsonRows per
 * reader; used by one thread. */
#ifndef TIDEMARK_SOURCES_BSON_ROW_H
#define TIDEMARK_SOURCES_BSON_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "model/batch.h"
#include "model/stream.h"
#include "model/window.h"

typedef struct BsonRows BsonRows;

typedef struct DocumentPlace {
    int64_t ordinal; /* of the document in its file or answer, from 1 */
    int64_t offset;  /* of its first byte in the (unpacked) file; -1: not from a file */
} DocumentPlace;

typedef enum RowsStatus {
    ROWS_DONE,   /* the whole document is in the batch (or not in the window) */
    ROWS_FULL,   /* nothing was taken: the batch has to go first, then the same document again */
    ROWS_PENDING /* part of its array items are in the batch: go on with bson_rows_continue() and a fresh batch */
} RowsStatus;

/* The stream's spec is a MongoSpec; it must outlive the result. */
BsonRows *bson_rows_new(const Stream *stream, const Window *window);
void bson_rows_free(BsonRows *rows);

/* The bytes (len of them, with sane outer framing) need to live only during the call. */
RowsStatus bson_rows_add(BsonRows *rows, const uint8_t *bytes, uint32_t len, DocumentPlace place, Batch *batch);
RowsStatus bson_rows_continue(BsonRows *rows, Batch *batch);

#endif
