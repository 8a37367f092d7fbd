/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/bson_row.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "sources/bson_json.h"
#include "sources/bson_row_parts.h"

/* A small document is copied into the batch as a whole, once, and its texts point there; of a larger one only the mapped texts are. */
enum { WHOLE_COPY_BYTES = 8 * 1024 };

/* libbson declares its iterators with an alignment that malloc() does not promise. Zeroed; released with free(). */
static void *iterators_new(size_t size)
{
    size_t rounded = (size + alignof(bson_iter_t) - 1) / alignof(bson_iter_t) * alignof(bson_iter_t);
    void *room = aligned_alloc(alignof(bson_iter_t), rounded);
    g_assert(room);
    return memset(room, 0, rounded);
}

BsonRows *bson_rows_new(const Stream *stream, const Window *window)
{
    BsonRows *rows = iterators_new(sizeof *rows);
    rows->stream = stream;
    rows->spec = stream->spec;
    rows->window = *window;
    bson_skim_init(&rows->skim, rows->spec, window);
    rows->found = iterators_new((size_t)rows->spec->slot_count * sizeof *rows->found);
    rows->seen = g_new0(uint32_t, rows->spec->slot_count);
    rows->key = g_string_new("");
    rows->json = g_string_new("");
    rows->item_key = g_string_new("");
    rows->document = g_byte_array_new();
    rows->conflict_key = g_byte_array_new();
    rows->room.scratch = g_string_new("");
    rows->room.replace_nul = stream->settings.convert.replace_invalid;
    key_set_init(&rows->keys);
    return rows;
}

void bson_rows_free(BsonRows *rows)
{
    if (!rows)
        return;
    key_set_done(&rows->keys);
    g_string_free(rows->room.scratch, TRUE);
    g_byte_array_unref(rows->conflict_key);
    g_byte_array_unref(rows->document);
    g_string_free(rows->item_key, TRUE);
    g_string_free(rows->json, TRUE);
    g_string_free(rows->key, TRUE);
    g_free(rows->seen);
    free(rows->found);
    free(rows);
}

bool bson_rows_find(BsonRows *rows, const SpecPath *path, bson_iter_t *found)
{
    if (rows->seen[path->literal] == rows->epoch) {
        *found = rows->found[path->literal].iter;
        return true;
    }
    return path->first >= 0 && rows->seen[path->first] == rows->epoch &&
           bson_path_find_in(&rows->found[path->first].iter, path->rest, found);
}

/* A container's own framing is checked also where nothing is mapped: a document that is broken anywhere is a reject, not a row whose
 * later fields were read from the wrong place. */
static bool container_framed(const bson_iter_t *iter)
{
    uint32_t len = 0;
    const uint8_t *bytes = NULL;
    if (BSON_ITER_HOLDS_DOCUMENT(iter))
        bson_iter_document(iter, &len, &bytes);
    else if (BSON_ITER_HOLDS_ARRAY(iter))
        bson_iter_array(iter, &len, &bytes);
    else
        return true;
    return bytes && len >= 5 && bytes[len - 1] == 0;
}

/* Walks the document once. Of a key that occurs twice the first counts. */
static bool scan(BsonRows *rows, const uint8_t *bytes, uint32_t len)
{
    bson_iter_t iter;
    if (++rows->epoch == 0) {
        memset(rows->seen, 0, (size_t)rows->spec->slot_count * sizeof *rows->seen);
        rows->epoch = 1;
    }
    if (!bson_iter_init_from_data(&iter, bytes, len))
        return false;
    while (bson_iter_next(&iter)) {
        int slot = spec_slot(rows->spec, bson_iter_key(&iter), bson_iter_key_len(&iter));
        if (slot >= 0 && rows->seen[slot] != rows->epoch) {
            rows->seen[slot] = rows->epoch;
            rows->found[slot].iter = iter;
        }
        if (!container_framed(&iter))
            return false;
    }
    return iter.err_off == 0;
}

/* Whether the document is in the window; sets its cursor. A document that has neither date, or a date field of another type, is in
 * every sync: nothing tells whether it changed. */
static bool in_window(BsonRows *rows)
{
    const Window *window = &rows->window;
    int missing = 0;
    bool other_type = false, inside = false;
    rows->cursor = TIME_NONE;
    for (int i = 0; i < rows->spec->cursor_count; i++) {
        bson_iter_t iter;
        if (!bson_rows_find(rows, &rows->spec->cursors[i], &iter) || bson_is_nothing(&iter)) {
            missing++;
        } else if (!BSON_ITER_HOLDS_DATE_TIME(&iter)) {
            other_type = true;
        } else {
            int64_t at = bson_instant(bson_iter_date_time(&iter));
            rows->cursor = MAX(rows->cursor, at);
            inside = inside || (at >= window->low && (window->kind != WINDOW_RANGE || at < window->high));
        }
    }
    if (window->kind == WINDOW_WHOLE || inside)
        return true;
    return window->kind == WINDOW_SINCE && (window->low == TIME_NONE || other_type || missing == rows->spec->cursor_count);
}

static bool filtered_out(BsonRows *rows)
{
    for (int i = 0; i < rows->spec->filter_count; i++) {
        bson_iter_t iter;
        if (!bson_rows_find(rows, &rows->spec->filters[i], &iter) || bson_is_nothing(&iter))
            return true;
    }
    return false;
}

RejectReason bson_rows_value(BsonRows *rows, int column, const bson_iter_t *from, bool as_id, Value *out, char detail[DETAIL_SIZE])
{
    const Column *to = &rows->stream->table->columns[column];
    const ConvertOptions *options = &rows->stream->settings.convert;
    SourceValue value = {.kind = SOURCE_MISSING};
    bool invalid_text = false;
    if (from) {
        bson_iter_t id = *from;
        bool stands_for_id = as_id && to->ref_table && type_is_text(to->type.kind) && BSON_ITER_HOLDS_DOCUMENT(from);
        if (stands_for_id && !bson_named_id(from, NULL, &id))
            id = *from;
        bson_source_value(&id, &rows->room, &value, &invalid_text);
    }
    if (invalid_text && !options->replace_invalid) {
        g_strlcpy(detail, "expected text, found U+0000 or invalid UTF-8 inside a sub-document or array", DETAIL_SIZE);
        return REJECT_INVALID_TEXT;
    }
    return value_convert(to, &value, options, rows->room.arena, out, detail);
}

void bson_rows_json_begin(BsonRows *rows)
{
    g_string_assign(rows->json, "{");
}

static void json_name(BsonRows *rows, int column)
{
    const char *name = rows->stream->table->columns[column].name;
    if (rows->json->len > 1)
        g_string_append_c(rows->json, ',');
    json_string(rows->json, name, strlen(name));
    g_string_append_c(rows->json, ':');
}

void bson_rows_json_text(BsonRows *rows, int column, const char *text)
{
    json_name(rows, column);
    json_string(rows->json, text, strlen(text));
}

void bson_rows_json_value(BsonRows *rows, int column, const bson_iter_t *value)
{
    json_name(rows, column);
    gsize before = rows->json->len;
    const char *unfit = bson_json_value(value, false, rows->json).unfit;
    if (unfit) {
        g_string_truncate(rows->json, before);
        g_string_append_printf(rows->json, "\"(%s)\"", unfit);
    }
}

void bson_rows_json_end(BsonRows *rows)
{
    g_string_append_c(rows->json, '}');
}

static void direct_json(BsonRows *rows)
{
    bson_rows_json_begin(rows);
    for (int i = 0; i < rows->spec->field_count; i++) {
        bson_iter_t iter;
        if (bson_rows_find(rows, &rows->spec->fields[i].path, &iter))
            bson_rows_json_value(rows, rows->spec->fields[i].column, &iter);
    }
    bson_rows_json_end(rows);
}

static void direct_row(BsonRows *rows, Batch *batch)
{
    Row *row = batch_row(batch, rows->key->str, rows->key->len, rows->cursor, -1);
    for (int i = 0; i < rows->spec->field_count; i++) {
        const SpecField *field = &rows->spec->fields[i];
        bson_iter_t iter;
        bool there = bson_rows_find(rows, &field->path, &iter);
        char detail[DETAIL_SIZE] = "";
        RejectReason reason = bson_rows_value(rows, field->column, there ? &iter : NULL, true, &row->values[field->column], detail);
        if (reason != REJECT_NONE) {
            batch_drop_row(batch);
            direct_json(rows);
            batch_reject(batch, reason, field->column, detail, rows->key->str, rows->key->len, rows->json->str, rows->json->len,
                         rows->cursor, -1);
            return;
        }
    }
}

/* A document that has no identity, or no sound framing, is known by its place. */
static void reject_document(BsonRows *rows, Batch *batch, RejectReason reason, const char *detail)
{
    g_string_printf(rows->key, "#%" G_GINT64_FORMAT, rows->place.ordinal);
    if (rows->place.offset >= 0)
        g_string_append_printf(rows->key, "@%" G_GINT64_FORMAT, rows->place.offset);
    batch->read++;
    batch_reject(batch, reason, -1, detail, rows->key->str, rows->key->len, "{}", 2, TIME_NONE, -1);
}

static bool identify(BsonRows *rows)
{
    g_string_truncate(rows->key, 0);
    if (rows->seen[SPEC_ID_SLOT] != rows->epoch)
        return false;
    bson_key_text(&rows->found[SPEC_ID_SLOT].iter, rows->key);
    return true;
}

static bool has_room(const BsonRows *rows, const Batch *batch, int64_t items, uint32_t len)
{
    int limit = rows->stream->settings.batch_size;
    limit = limit > 0 ? MIN(limit, BATCH_ROWS) : BATCH_ROWS;
    if (batch->scope_count == 0 && batch->row_count == 0 && batch->reject_count == 0)
        return true;
    int64_t row_bytes = (int64_t)(sizeof(Row) + (size_t)rows->spec->column_count * sizeof(Value)) + 96;
    return batch->row_count + batch->reject_count + items <= limit &&
           (int64_t)batch_bytes(batch) + items * row_bytes + len <= BATCH_BYTES;
}

/* Items of a document never start in a batch they do not fit in: a scope split over batches costs the writer more. */
static RowsStatus add_items(BsonRows *rows, uint32_t len, Batch *batch)
{
    int32_t scope = -1;
    int64_t items = bson_items_count(rows);
    if (!has_room(rows, batch, items, len))
        return ROWS_FULL;
    if (filtered_out(rows)) {
        bson_items_begin(rows);
        bson_items_scope(rows, batch, &scope);
        batch->read += items;
        batch->filtered += items;
        return ROWS_DONE;
    }
    bson_items_begin(rows);
    return bson_items_read(rows, batch);
}

static const uint8_t *settle(BsonRows *rows, const uint8_t *bytes, uint32_t len, Batch *batch)
{
    rows->room.arena = &batch->arena;
    rows->room.copy = true;
    if (rows->spec->parent_column >= 0) {
        g_byte_array_set_size(rows->document, len);
        memcpy(rows->document->data, bytes, len);
        return rows->document->data;
    }
    if (len > WHOLE_COPY_BYTES)
        return bytes;
    rows->room.copy = false;
    return (const uint8_t *)arena_dup(&batch->arena, bytes, len);
}

RowsStatus bson_rows_add(BsonRows *rows, const uint8_t *bytes, uint32_t len, DocumentPlace place, Batch *batch)
{
    if (bson_skim_outside(&rows->skim, bytes, len))
        return ROWS_DONE;
    rows->place = place;
    if (!scan(rows, bytes, len)) {
        reject_document(rows, batch, REJECT_WRONG_TYPE, "corrupt BSON: the framing inside the document is broken");
        return ROWS_DONE;
    }
    if (!in_window(rows))
        return ROWS_DONE;
    if (!identify(rows)) {
        reject_document(rows, batch, REJECT_REQUIRED, "expected an _id, found none");
        return ROWS_DONE;
    }
    if (rows->spec->parent_column < 0 && filtered_out(rows)) {
        batch->read++;
        batch->filtered++;
        return ROWS_DONE;
    }
    const uint8_t *settled = settle(rows, bytes, len, batch);
    if (settled != bytes) {
        for (int i = 0; i < rows->spec->slot_count; i++)
            if (rows->seen[i] == rows->epoch)
                rows->found[i].iter.raw = settled;
    }
    if (rows->spec->parent_column >= 0)
        return add_items(rows, len, batch);
    direct_row(rows, batch);
    return ROWS_DONE;
}

RowsStatus bson_rows_continue(BsonRows *rows, Batch *batch)
{
    rows->room.arena = &batch->arena;
    return bson_items_read(rows, batch);
}
