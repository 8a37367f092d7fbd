/* SPDX-License-Identifier: Apache-2.0 */
#include "model/batch.h"

#include "model/time.h"

enum {
    /* The row that fills a batch usually ends beyond BATCH_BYTES; it should not cost a second block. */
    FIRST_BLOCK = BATCH_BYTES + BATCH_BYTES / 4,
    /* A batch of filtered rows alone ends, too: its checkpoint and its counts are progress. */
    FILTERED_PER_ROW = 16
};

Batch *batch_new(const Stream *stream)
{
    Batch *batch = g_new0(Batch, 1);
    arena_init(&batch->arena, FIRST_BLOCK);
    batch->stream = stream;
    return batch;
}

void batch_free(Batch *batch)
{
    if (!batch)
        return;
    arena_done(&batch->arena);
    g_free(batch->rows);
    g_free(batch->scopes);
    g_free(batch->rejects);
    g_free(batch->notes);
    g_free(batch);
}

void batch_reset(Batch *batch, const Stream *stream)
{
    arena_reset(&batch->arena);
    batch->stream = stream;
    batch->row_count = batch->scope_count = batch->reject_count = batch->note_count = 0;
    batch->read = batch->filtered = batch->same = 0;
    batch->checkpoint = NULL;
    batch->checkpoint_len = 0;
}

bool batch_full(const Batch *batch, int max_rows)
{
    int limit = max_rows > 0 ? MIN(max_rows, BATCH_ROWS) : BATCH_ROWS;
    return batch->row_count + batch->reject_count >= limit || batch->scope_count >= limit ||
           batch->read >= (int64_t)limit * FILTERED_PER_ROW || batch->arena.used >= BATCH_BYTES;
}

size_t batch_bytes(const Batch *batch)
{
    return batch->arena.used + (size_t)batch->row_count * sizeof(Row) + (size_t)batch->scope_count * sizeof(Scope) +
           (size_t)batch->reject_count * sizeof(RejectRow);
}

static void grow(void **items, int *capacity, size_t size)
{
    *capacity = *capacity ? *capacity * 2 : 64;
    *items = g_realloc_n(*items, (gsize)*capacity, size);
}

Row *batch_row(Batch *batch, const char *key, size_t key_len, int64_t cursor, int32_t scope)
{
    G_STATIC_ASSERT(VALUE_ABSENT == 0);
    if (G_UNLIKELY(batch->row_count == batch->row_capacity))
        grow((void **)&batch->rows, &batch->row_capacity, sizeof *batch->rows);
    size_t values = (size_t)batch->stream->table->column_count * sizeof(Value);
    char *room = arena_alloc(&batch->arena, values + key_len);
    memset(room, 0, values);
    if (key_len > 0)
        memcpy(room + values, key, key_len);
    Row *row = &batch->rows[batch->row_count++];
    *row = (Row){
        .values = (Value *)(void *)room, .key = room + values, .key_len = (uint32_t)key_len, .scope = scope, .cursor = cursor};
    batch->read++;
    return row;
}

void batch_drop_row(Batch *batch)
{
    g_assert(batch->row_count > 0);
    batch->row_count--;
}

void batch_reject(Batch *batch, RejectReason reason, int column, const char *detail, const char *key, size_t key_len,
                  const char *row_json, size_t row_len, int64_t cursor, int32_t scope)
{
    if (batch->reject_count == batch->reject_capacity)
        grow((void **)&batch->rejects, &batch->reject_capacity, sizeof *batch->rejects);
    batch->rejects[batch->reject_count++] = (RejectRow){
        .reason = reason,
        .column = column,
        .detail = arena_dup(&batch->arena, detail, strlen(detail)),
        .key = arena_dup(&batch->arena, key, key_len),
        .key_len = (uint32_t)key_len,
        .row = arena_dup(&batch->arena, row_json, row_len),
        .cursor = cursor,
        .scope = scope,
    };
}

int32_t batch_scope(Batch *batch, const Value *values, const char *key, size_t key_len)
{
    const Stream *stream = batch->stream;
    if (batch->scope_count == batch->scope_capacity)
        grow((void **)&batch->scopes, &batch->scope_capacity, sizeof *batch->scopes);
    size_t size = (size_t)stream->scope_column_count * sizeof(Value);
    Value *copy = arena_alloc(&batch->arena, size);
    for (int i = 0; i < stream->scope_column_count; i++) {
        const Column *column = &stream->table->columns[stream->scope_columns[i]];
        copy[i] = values[i];
        if (values[i].state == VALUE_SET && type_shape(column->type.kind) == SHAPE_BYTES)
            copy[i].bytes = arena_dup(&batch->arena, values[i].bytes, values[i].len);
    }
    batch->scopes[batch->scope_count] = (Scope){.values = copy,
                                                .key = arena_dup(&batch->arena, key, key_len),
                                                .key_len = (uint32_t)key_len,
                                                .low = TIME_NONE,
                                                .high = TIME_NONE};
    return batch->scope_count++;
}

void batch_note(Batch *batch, int64_t low, int64_t high, int64_t count, const char *text)
{
    if (batch->note_count == batch->note_capacity)
        grow((void **)&batch->notes, &batch->note_capacity, sizeof *batch->notes);
    batch->notes[batch->note_count++] = (UnitNote){
        .low = low, .high = high, .count = count, .text = arena_dup(&batch->arena, text ? text : "", text ? strlen(text) : 0)};
}

void batch_set_checkpoint(Batch *batch, const void *bytes, size_t len)
{
    batch->checkpoint = arena_dup(&batch->arena, bytes, len);
    batch->checkpoint_len = len;
}
