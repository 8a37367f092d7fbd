/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/bson_row_parts.h"

#include <string.h>

void bson_items_begin(BsonRows *rows)
{
    key_set_clear(&rows->keys);
    rows->array_at = 0;
    rows->in_array = rows->single = rows->held = false;
    rows->item_number = 0;
}

static bool open_array(BsonRows *rows, const SpecArray *array)
{
    bson_iter_t iter;
    if (!bson_rows_find(rows, &array->path, &iter) || bson_is_nothing(&iter))
        return false;
    rows->item_number = 0;
    rows->single = !BSON_ITER_HOLDS_ARRAY(&iter);
    if (rows->single) { /* a scalar or sub-document where an array is expected is its only item (H17) */
        rows->item = iter;
        return true;
    }
    return bson_iter_recurse(&iter, &rows->items);
}

/* Moves to the next item of any array; false at the end of the document. */
static bool next_item(BsonRows *rows)
{
    while (rows->array_at < rows->spec->array_count) {
        if (rows->in_array) {
            rows->item_number++;
            if (!rows->single && bson_iter_next(&rows->items)) {
                rows->item = rows->items;
                return true;
            }
            rows->in_array = false;
            rows->array_at++;
        } else if (open_array(rows, &rows->spec->arrays[rows->array_at])) {
            rows->in_array = true;
            rows->item_number = -1;
            if (rows->single) {
                rows->item_number = 0;
                return true;
            }
        } else {
            rows->array_at++;
        }
    }
    return false;
}

int64_t bson_items_count(BsonRows *rows)
{
    int64_t count = 0;
    bson_items_begin(rows);
    while (next_item(rows))
        count++;
    return count;
}

bool bson_items_scope(BsonRows *rows, Batch *batch, int32_t *scope)
{
    char detail[DETAIL_SIZE] = "";
    const bson_iter_t *from = &rows->found[SPEC_ID_SLOT].iter;
    *scope = -1;
    rows->parent = (Value){0};
    RejectReason reason = bson_rows_value(rows, rows->spec->parent_column, from, false, &rows->parent, detail);
    if (reason == REJECT_NONE) {
        if (rows->stream->mode == WRITE_CHILDREN)
            *scope = batch_scope(batch, &rows->parent, rows->key->str, rows->key->len);
        return true;
    }
    bson_rows_json_begin(rows);
    bson_rows_json_value(rows, rows->spec->parent_column, from);
    bson_rows_json_end(rows);
    batch->read++;
    batch_reject(batch, reason, rows->spec->parent_column, detail, rows->key->str, rows->key->len, rows->json->str, rows->json->len,
                 rows->cursor, -1);
    return false;
}

static bool item_date(const BsonRows *rows, const SpecDate *date, bson_iter_t *found)
{
    return date->item_field && BSON_ITER_HOLDS_DOCUMENT(&rows->item) && bson_path_find_in(&rows->item, date->item_field, found) &&
           !bson_is_nothing(found);
}

static bool date_source(BsonRows *rows, const SpecDate *date, bson_iter_t *found)
{
    if (!date->item_last && item_date(rows, date, found))
        return true;
    for (int i = 0; i < date->parent_count; i++)
        if (bson_rows_find(rows, &date->parents[i], found) && !bson_is_nothing(found))
            return true;
    return date->item_last && item_date(rows, date, found);
}

static void item_json(BsonRows *rows, const SpecArray *array)
{
    bson_iter_t iter;
    bson_rows_json_begin(rows);
    bson_rows_json_value(rows, rows->spec->parent_column, &rows->found[SPEC_ID_SLOT].iter);
    bson_rows_json_value(rows, array->column, &rows->item);
    for (int i = 0; i < array->set_count; i++)
        bson_rows_json_text(rows, array->set[i].column, array->set[i].text);
    for (int i = 0; i < array->field_count; i++)
        if (bson_path_find_in(&rows->item, array->fields[i].path.text, &iter))
            bson_rows_json_value(rows, array->fields[i].column, &iter);
    for (int i = 0; i < rows->spec->date_count; i++)
        if (date_source(rows, &rows->spec->dates[i], &iter))
            bson_rows_json_value(rows, rows->spec->dates[i].column, &iter);
    bson_rows_json_end(rows);
}

/* Two bad items with one key are one reject: the ledger has one line per key. */
static void reject_item(BsonRows *rows, const SpecArray *array, Batch *batch, RejectReason reason, int column, const char *detail,
                        int32_t scope)
{
    g_byte_array_set_size(rows->conflict_key, 0);
    g_byte_array_append(rows->conflict_key, (const guint8 *)"r", 1);
    g_byte_array_append(rows->conflict_key, (const guint8 *)rows->item_key->str, (guint)rows->item_key->len);
    if (!key_set_add(&rows->keys, rows->conflict_key->data, rows->conflict_key->len)) {
        batch->same++;
        return;
    }
    item_json(rows, array);
    batch_reject(batch, reason, column, detail, rows->item_key->str, rows->item_key->len, rows->json->str, rows->json->len,
                 rows->cursor, scope);
}

static RejectReason set_constant(BsonRows *rows, const SpecConstant *constant, Value *out, char detail[DETAIL_SIZE])
{
    SourceValue text = {.kind = SOURCE_TEXT, .bytes = constant->text, .len = (uint32_t)strlen(constant->text)};
    return value_convert(&rows->stream->table->columns[constant->column], &text, &rows->stream->settings.convert, rows->room.arena,
                         out, detail);
}

/* Fills the row; returns the column that could not be filled, with the reason, or -1. */
static int fill_item(BsonRows *rows, const SpecArray *array, const bson_iter_t *id, Value *values, RejectReason *reason,
                     char detail[DETAIL_SIZE])
{
    bson_iter_t iter;
    *reason = bson_rows_value(rows, array->column, id, true, &values[array->column], detail);
    if (*reason)
        return array->column;
    for (int i = 0; i < array->set_count; i++)
        if ((*reason = set_constant(rows, &array->set[i], &values[array->set[i].column], detail)))
            return array->set[i].column;
    for (int i = 0; i < array->field_count; i++) {
        int column = array->fields[i].column;
        bool there = bson_path_find_in(&rows->item, array->fields[i].path.text, &iter);
        if ((*reason = bson_rows_value(rows, column, there ? &iter : NULL, true, &values[column], detail)))
            return column;
    }
    for (int i = 0; i < rows->spec->date_count; i++) {
        int column = rows->spec->dates[i].column;
        bool there = date_source(rows, &rows->spec->dates[i], &iter);
        if ((*reason = bson_rows_value(rows, column, there ? &iter : NULL, false, &values[column], detail)))
            return column;
    }
    for (int i = 0; i < array->empty_count; i++)
        if ((*reason = bson_rows_value(rows, array->empty[i], NULL, false, &values[array->empty[i]], detail)))
            return array->empty[i];
    return -1;
}

/* Whether the row is the first of its document with this conflict key. */
static bool is_first(BsonRows *rows, const Value *values)
{
    const Stream *stream = rows->stream;
    GByteArray *key = rows->conflict_key;
    g_byte_array_set_size(key, 0);
    g_byte_array_append(key, (const guint8 *)"w", 1);
    for (int i = 0; i < stream->conflict.count; i++) {
        int column = stream->conflict.columns[i];
        const Value *value = &values[column];
        if (!stream->mapped[column])
            return true; /* the destination makes this part of the key: no two rows are the same */
        guint8 state = value->state;
        g_byte_array_append(key, &state, 1);
        if (value->state != VALUE_SET)
            continue;
        if (type_shape(stream->table->columns[column].type.kind) == SHAPE_BYTES) {
            g_byte_array_append(key, (const guint8 *)&value->len, sizeof value->len);
            g_byte_array_append(key, (const guint8 *)value->bytes, value->len);
        } else {
            g_byte_array_append(key, (const guint8 *)&value->i, sizeof value->i);
        }
    }
    return key_set_add(&rows->keys, key->data, key->len);
}

static void add_item(BsonRows *rows, Batch *batch, int32_t scope)
{
    const SpecArray *array = &rows->spec->arrays[rows->array_at];
    char detail[DETAIL_SIZE] = "";
    bson_iter_t id;
    g_string_assign(rows->item_key, rows->key->str);
    g_string_append_c(rows->item_key, '/');
    if (!bson_named_id(&rows->item, array->reference, &id)) {
        g_string_append_printf(rows->item_key, "%s[%" G_GINT64_FORMAT "]", array->path.text, rows->item_number);
        batch->read++;
        reject_item(rows, array, batch, REJECT_WRONG_TYPE, array->column,
                    "expected an id or a sub-document that names one, found an item that names nothing", scope);
        return;
    }
    bson_key_text(&id, rows->item_key);
    g_string_append(rows->item_key, array->discriminator);
    Row *row = batch_row(batch, rows->item_key->str, rows->item_key->len, rows->cursor, scope);
    row->values[rows->spec->parent_column] = rows->parent;
    RejectReason reason = REJECT_NONE;
    int column = fill_item(rows, array, &id, row->values, &reason, detail);
    if (column >= 0) {
        batch_drop_row(batch);
        reject_item(rows, array, batch, reason, column, detail, scope);
    } else if (!is_first(rows, row->values)) {
        batch_drop_row(batch);
        batch->same++;
    }
}

RowsStatus bson_items_read(BsonRows *rows, Batch *batch)
{
    int32_t scope = -1;
    if (!bson_items_scope(rows, batch, &scope))
        return ROWS_DONE;
    for (;;) {
        if (!rows->held && !next_item(rows))
            return ROWS_DONE;
        rows->held = false;
        add_item(rows, batch, scope);
        if (!batch_full(batch, rows->stream->settings.batch_size))
            continue;
        rows->held = next_item(rows);
        if (!rows->held)
            return ROWS_DONE;
        if (scope >= 0)
            batch->scopes[scope].more_follows = true;
        return ROWS_PENDING;
    }
}
