/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/bson_value.h"

#include <string.h>

#include "sources/bson_json.h"

enum { ID_LEVELS = 8 }; /* of sub-documents that name each other */

bool bson_is_nothing(const bson_iter_t *iter)
{
    bson_type_t type = bson_iter_type(iter);
    return type == BSON_TYPE_NULL || type == BSON_TYPE_UNDEFINED;
}

static bool container(const bson_iter_t *iter, const uint8_t **bytes, uint32_t *len)
{
    *bytes = NULL;
    if (BSON_ITER_HOLDS_DOCUMENT(iter))
        bson_iter_document(iter, len, bytes);
    else if (BSON_ITER_HOLDS_ARRAY(iter))
        bson_iter_array(iter, len, bytes);
    return *bytes != NULL;
}

static bool find_key(const uint8_t *document, uint32_t len, const char *key, size_t key_len, bson_iter_t *found)
{
    return bson_iter_init_from_data(found, document, len) && bson_iter_find_w_len(found, key, (int)key_len);
}

bool bson_path_find(const uint8_t *document, uint32_t len, const char *path, bson_iter_t *found)
{
    for (;;) {
        if (find_key(document, len, path, strlen(path), found))
            return true;
        const char *dot = strchr(path, '.');
        if (!dot || !find_key(document, len, path, (size_t)(dot - path), found) || !container(found, &document, &len))
            return false;
        path = dot + 1;
    }
}

bool bson_path_find_in(const bson_iter_t *iter, const char *path, bson_iter_t *found)
{
    const uint8_t *bytes = NULL;
    uint32_t len = 0;
    return container(iter, &bytes, &len) && bson_path_find(bytes, len, path, found);
}

bool bson_named_id(const bson_iter_t *iter, const char *reference, bson_iter_t *id)
{
    *id = *iter;
    for (int level = 0; level < ID_LEVELS; level++) {
        const uint8_t *bytes = NULL;
        uint32_t len = 0;
        if (bson_is_nothing(id) || BSON_ITER_HOLDS_ARRAY(id))
            return false;
        if (!BSON_ITER_HOLDS_DOCUMENT(id))
            return true;
        bson_iter_document(id, &len, &bytes);
        bson_iter_t member;
        if (reference && bson_path_find(bytes, len, reference, &member) && !bson_is_nothing(&member))
            *id = member;
        else if (find_key(bytes, len, "_id", 3, &member))
            *id = member;
        else
            return false;
        reference = NULL;
    }
    return false;
}

void bson_key_text(const bson_iter_t *iter, GString *out)
{
    if (BSON_ITER_HOLDS_OID(iter)) {
        char hex[25];
        bson_oid_to_string(bson_iter_oid(iter), hex);
        g_string_append_len(out, hex, 24);
        return;
    }
    gsize before = out->len;
    if (bson_json_value(iter, false, out).unfit) {
        g_string_truncate(out, before);
        g_string_append(out, "?");
    }
}

static void set_bytes(SourceValue *out, SourceKind kind, const void *bytes, size_t len)
{
    out->kind = kind;
    out->bytes = bytes;
    out->len = (uint32_t)len;
}

static void set_text(SourceValue *out, SourceKind kind, const void *bytes, size_t len, const ValueRoom *room)
{
    set_bytes(out, kind, room->copy ? arena_dup(room->arena, bytes, len) : bytes, len);
}

static void set_json(SourceValue *out, const bson_iter_t *iter, const ValueRoom *room, bool *invalid_text)
{
    g_string_truncate(room->scratch, 0);
    BsonJsonResult result = bson_json_value(iter, room->replace_nul, room->scratch);
    if (result.unfit) {
        set_bytes(out, SOURCE_UNFIT, result.unfit, strlen(result.unfit));
        return;
    }
    if (result.replaced && invalid_text)
        *invalid_text = true;
    set_bytes(out, SOURCE_JSON, arena_dup(room->arena, room->scratch->str, room->scratch->len), room->scratch->len);
}

static void set_oid(SourceValue *out, const bson_oid_t *oid, Arena *arena)
{
    static const char digits[] = "0123456789abcdef";
    char *hex = arena_bytes(arena, 24);
    for (int i = 0; i < 12; i++) {
        hex[2 * i] = digits[oid->bytes[i] >> 4];
        hex[2 * i + 1] = digits[oid->bytes[i] & 15];
    }
    set_bytes(out, SOURCE_ID, hex, 24);
}

static void set_decimal(SourceValue *out, const bson_iter_t *iter, Arena *arena)
{
    bson_decimal128_t decimal;
    char text[BSON_DECIMAL128_STRING];
    bson_iter_decimal128(iter, &decimal);
    bson_decimal128_to_string(&decimal, text);
    size_t len = strlen(text);
    set_bytes(out, SOURCE_DECIMAL, arena_dup(arena, text, len), len);
}

static void set_binary(SourceValue *out, const bson_iter_t *iter, const ValueRoom *room)
{
    bson_subtype_t subtype = BSON_SUBTYPE_BINARY;
    uint32_t len = 0;
    const uint8_t *bytes = NULL;
    bson_iter_binary(iter, &subtype, &len, &bytes);
    set_text(out, SOURCE_BINARY, bytes, len, room);
    out->i = (int64_t)subtype;
}

void bson_source_value(const bson_iter_t *iter, const ValueRoom *room, SourceValue *out, bool *invalid_text)
{
    uint32_t len = 0;
    const char *text = NULL;
    *out = (SourceValue){.kind = SOURCE_NULL};
    switch (bson_iter_type(iter)) {
    case BSON_TYPE_NULL:
    case BSON_TYPE_UNDEFINED:
        return;
    case BSON_TYPE_BOOL:
        out->kind = SOURCE_BOOL;
        out->i = bson_iter_bool(iter);
        return;
    case BSON_TYPE_INT32:
        out->kind = SOURCE_INT;
        out->i = bson_iter_int32(iter);
        return;
    case BSON_TYPE_INT64:
        out->kind = SOURCE_INT;
        out->i = bson_iter_int64(iter);
        return;
    case BSON_TYPE_DOUBLE:
        out->kind = SOURCE_DOUBLE;
        out->d = bson_iter_double(iter);
        return;
    case BSON_TYPE_DATE_TIME:
        out->kind = SOURCE_DATETIME;
        out->i = bson_iter_date_time(iter);
        return;
    case BSON_TYPE_UTF8:
        text = bson_iter_utf8(iter, &len);
        set_text(out, SOURCE_TEXT, text, len, room);
        return;
    case BSON_TYPE_CODE:
        text = bson_iter_code(iter, &len);
        set_text(out, SOURCE_TEXT, text, len, room);
        return;
    case BSON_TYPE_SYMBOL:
        text = bson_iter_symbol(iter, &len);
        set_text(out, SOURCE_TEXT, text, len, room);
        return;
    case BSON_TYPE_OID:
        set_oid(out, bson_iter_oid(iter), room->arena);
        return;
    case BSON_TYPE_DECIMAL128:
        set_decimal(out, iter, room->arena);
        return;
    case BSON_TYPE_BINARY:
        set_binary(out, iter, room);
        return;
    default:
        set_json(out, iter, room, invalid_text);
        return;
    }
}
