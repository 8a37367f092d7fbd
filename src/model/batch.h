/* SPDX-License-Identifier: Apache-2.0 */
/* model/batch.h - the only thing that moves from reader to writer: typed rows in one arena.
 *
 * A batch belongs to one thread at a time; the queue hands it over. A reader fills it until batch_full(), at most 1 MiB or 4,096 rows
 * (one larger row is allowed). Nothing is freed piecemeal: batch_reset() forgets everything and keeps the memory. */
#ifndef TIDEMARK_MODEL_BATCH_H
#define TIDEMARK_MODEL_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/reject.h"
#include "model/stream.h"
#include "model/value.h"

#define BATCH_BYTES (1024 * 1024)
#define BATCH_ROWS  4096

typedef struct Row {
    Value *values;   /* one per column of the table, in order; unmapped and generated columns are VALUE_ABSENT */
    const char *key; /* the source's identity of this row, for rejects and people: see batch_row() */
    uint32_t key_len;
    int32_t scope;  /* index into scopes, or -1 */
    int64_t cursor; /* microseconds, or TIME_NONE */
} Row;

/* A parent whose children this batch carries (WRITE_CHILDREN), also one without any row. */
typedef struct Scope {
    Value *values;   /* one per scope column */
    const char *key; /* the parent's identity, for rejects */
    uint32_t key_len;
    bool more_follows; /* rows of this scope go on in the next batch, which opens with the same scope */
    bool
        keep_others; /* the source did not return all of its rows: stored ones that did not come stay (said on each part of a scope) */
    int64_t low,
        high; /* where its rows lie in the partition column, for Stream.scope_span_us; TIME_NONE: where those that came lie */
} Scope;

/* What a unit leaves behind at the source for good, in words of our own making, never with values: the unit counts as complete. */
typedef struct UnitNote {
    int64_t low, high; /* the unit: [low, high) of the cursor */
    int64_t count;     /* how much of it; 0: nothing, what an earlier reading said of this unit is forgotten */
    const char *text;  /* "visits have more actions than the server returns; raise … there" */
} UnitNote;

/* A row that could not be formed. */
typedef struct RejectRow {
    RejectReason reason;
    int column;         /* index, or -1 */
    const char *detail; /* expected and found, NUL-terminated, never a value */
    const char *key;
    uint32_t key_len;
    const char *row; /* JSON object column → source value (relaxed Extended JSON where it has no own form), NUL-terminated */
    int64_t cursor;
    int32_t scope;
} RejectRow;

typedef struct Batch {
    const Stream *stream;
    Arena arena;
    Row *rows;
    int row_count, row_capacity;
    Scope *scopes;
    int scope_count, scope_capacity;
    RejectRow *rejects;
    int reject_count, reject_capacity;
    UnitNote *notes;
    int note_count, note_capacity;
    int64_t read; /* rows formed: row_count + reject_count + filtered (+ same: see below) */
    int64_t filtered;
    int64_t same; /* the same item twice in one array: counted as unchanged */
    /* Where the reader stood after this batch; the engine commits it with the rows. Lives in the arena. */
    const void *checkpoint;
    size_t checkpoint_len;
} Batch;

Batch *batch_new(const Stream *stream);
void batch_free(Batch *batch);
void batch_reset(Batch *batch, const Stream *stream);
bool batch_full(const Batch *batch, int max_rows); /* max_rows 0: BATCH_ROWS; also after 16 times as many filtered rows */
size_t batch_bytes(const Batch *batch);            /* what it weighs in the byte budget */

/* Appends a row with every value VALUE_ABSENT and returns it; valid until the next call. Counts it as read.
 * The key is copied: unique within the stream ("65e8…" for an ObjectId, otherwise relaxed JSON: `"abc"`, `12`;
 * children: `<parent>/<item>` and where needed `/<discriminator>`). */
Row *batch_row(Batch *batch, const char *key, size_t key_len, int64_t cursor, int32_t scope);

/* Takes the row last appended back (it turned out to be a reject, filtered or the same item again); read is left as counted. */
void batch_drop_row(Batch *batch);

/* Appends a reject; everything is copied. Does not count read. */
void batch_reject(Batch *batch, RejectReason reason, int column, const char *detail, const char *key, size_t key_len,
                  const char *row_json, size_t row_len, int64_t cursor, int32_t scope);

/* Opens a scope; returns its index. Values (scope_column_count of them) and key are copied. */
int32_t batch_scope(Batch *batch, const Value *values, const char *key, size_t key_len);

/* Says of a unit, with the batch that ends it, what it left behind. It is stored in the transaction of the batch's rows and replaces all that was noted
 * within [low, high) before; a source that ever notes anything says so of each unit it completes, with count 0 and no text
 * where there is nothing. text is copied. */
void batch_note(Batch *batch, int64_t low, int64_t high, int64_t count, const char *text);

void batch_set_checkpoint(Batch *batch, const void *bytes, size_t len);

#endif
