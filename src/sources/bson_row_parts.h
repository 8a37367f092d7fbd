/* SPDX-License-Identifier: Apache-2.0 */
/* sources/bson_row_parts.h - what bson_row.c (documents) and bson_items.c (array items) share. */
#ifndef TIDEMARK_SOURCES_BSON_ROW_PARTS_H
#define TIDEMARK_SOURCES_BSON_ROW_PARTS_H

#include <bson/bson.h>

#include "sources/bson_row.h"
#include "sources/bson_skim.h"
#include "sources/bson_value.h"
#include "sources/key_set.h"
#include "sources/mongo_spec.h"

enum { DETAIL_SIZE = 128 };

/* An iterator is declared with an alignment greater than its size: only inside a struct can it be in an array. */
typedef struct FoundElement {
    bson_iter_t iter;
} FoundElement;

struct BsonRows {
    const Stream *stream;
    const MongoSpec *spec;
    Window window;
    BsonSkim skim;
    /* the document at hand */
    FoundElement *found; /* per slot, valid when seen[slot] == epoch */
    uint32_t *seen;
    uint32_t epoch;
    DocumentPlace place;
    int64_t cursor;
    GString *key;  /* identity of the document */
    GString *json; /* of a reject's row */
    ValueRoom room;
    /* its array items */
    GByteArray *document; /* the bytes `found` points into: they outlive a batch */
    Value parent;         /* the document's id in the parent column; lives in the batch being filled */
    GString *item_key;
    GByteArray *conflict_key;
    KeySet keys;
    int array_at; /* array being read; array_count: done */
    bool in_array, single;
    bson_iter_t items; /* of the array being read */
    int64_t item_number;
    bool held; /* item was fetched and found no room */
    bson_iter_t item;
};

/* The element a path names in the document at hand. */
bool bson_rows_find(BsonRows *rows, const SpecPath *path, bson_iter_t *found);

/* Makes the value of a column from an element (NULL: missing). as_id: a sub-document stands for its id where the column references
 * a table. */
RejectReason bson_rows_value(BsonRows *rows, int column, const bson_iter_t *from, bool as_id, Value *out, char detail[DETAIL_SIZE]);

/* Members of a reject's row text, `"column":value`. */
void bson_rows_json_begin(BsonRows *rows);
void bson_rows_json_text(BsonRows *rows, int column, const char *text);
void bson_rows_json_value(BsonRows *rows, int column, const bson_iter_t *value);
void bson_rows_json_end(BsonRows *rows);

/* bson_items.c */
void bson_items_begin(BsonRows *rows);
int64_t bson_items_count(BsonRows *rows);
RowsStatus bson_items_read(BsonRows *rows, Batch *batch);

/* Makes the parent's value and (WRITE_CHILDREN; otherwise -1) opens its scope; false: the id fits no column, the document is a
 * reject. */
bool bson_items_scope(BsonRows *rows, Batch *batch, int32_t *scope);

#endif
