/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/bson_json.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"
#include "model/number.h"
#include "model/time.h"

#define YEAR_10000_MS INT64_C(253402300800000)

typedef struct Writer {
    GString *out;
    bool replace_nul;
    BsonJsonResult result;
} Writer;

static bool write_value(Writer *writer, const bson_iter_t *iter, int level);

static bool unfit(Writer *writer, const char *why)
{
    writer->result.unfit = why;
    return false;
}

static void write_text(Writer *writer, const char *bytes, size_t len)
{
    if (utf8_valid(bytes, len)) {
        json_string(writer->out, bytes, len);
        return;
    }
    writer->result.replaced = true;
    if (!writer->replace_nul) {
        json_string(writer->out, bytes, len);
        return;
    }
    g_autofree char *clean = g_malloc(len * 3 + 1);
    json_string(writer->out, clean, utf8_replace(bytes, len, clean));
}

static void write_key(Writer *writer, const char *key, size_t len)
{
    write_text(writer, key, len);
    g_string_append_c(writer->out, ':');
}

static void write_double(Writer *writer, double value)
{
    char text[32];
    if (isfinite(value))
        g_string_append_len(writer->out, text, (gssize)real_text(value, text));
    else
        g_string_append_printf(writer->out, "{\"$numberDouble\":\"%s\"}",
                               isnan(value) ? "NaN"
                               : value > 0  ? "Infinity"
                                            : "-Infinity");
}

static void write_date(Writer *writer, int64_t ms)
{
    if (ms < 0 || ms >= YEAR_10000_MS) {
        g_string_append_printf(writer->out, "{\"$date\":{\"$numberLong\":\"%" G_GINT64_FORMAT "\"}}", ms);
        return;
    }
    char iso[40];
    time_format_iso(ms * 1000, iso);
    g_string_append_printf(writer->out, "{\"$date\":\"%s\"}", iso);
}

static void write_binary(Writer *writer, const bson_iter_t *iter)
{
    bson_subtype_t subtype = BSON_SUBTYPE_BINARY;
    uint32_t len = 0;
    const uint8_t *bytes = NULL;
    bson_iter_binary(iter, &subtype, &len, &bytes);
    g_autofree char *base64 = g_base64_encode(bytes, len);
    g_string_append_printf(writer->out, "{\"$binary\":{\"base64\":\"%s\",\"subType\":\"%02x\"}}", base64,
                           (unsigned)subtype & 0xffU);
}

static void write_oid(Writer *writer, const bson_oid_t *oid)
{
    char hex[25];
    bson_oid_to_string(oid, hex);
    g_string_append_printf(writer->out, "{\"$oid\":\"%s\"}", hex);
}

static void write_regex(Writer *writer, const bson_iter_t *iter)
{
    const char *options = "";
    const char *pattern = bson_iter_regex(iter, &options);
    g_string_append(writer->out, "{\"$regularExpression\":{\"pattern\":");
    write_text(writer, pattern, strlen(pattern));
    g_string_append(writer->out, ",\"options\":");
    write_text(writer, options, strlen(options));
    g_string_append(writer->out, "}}");
}

static void write_wrapped(Writer *writer, const char *key, const char *text, size_t len)
{
    g_string_append_printf(writer->out, "{\"%s\":", key);
    write_text(writer, text, len);
    g_string_append_c(writer->out, '}');
}

static void write_dbpointer(Writer *writer, const bson_iter_t *iter)
{
    uint32_t len = 0;
    const char *collection = NULL;
    const bson_oid_t *oid = NULL;
    bson_iter_dbpointer(iter, &len, &collection, &oid);
    g_string_append(writer->out, "{\"$dbPointer\":{\"$ref\":");
    write_text(writer, collection, len);
    g_string_append(writer->out, ",\"$id\":");
    write_oid(writer, oid);
    g_string_append(writer->out, "}}");
}

/* Which keys a document has had so far. A Bloom filter answers almost always; the set is only made at its first doubt, so that a
 * document of many keys costs no more than linear time. */
typedef struct KeysSeen {
    uint64_t bloom[4];
    GHashTable *set;
} KeysSeen;

static bool key_is_new(KeysSeen *seen, const bson_iter_t *document, const char *key)
{
    guint hash = g_str_hash(key);
    uint64_t bit = UINT64_C(1) << (hash & 63);
    uint64_t *word = &seen->bloom[(hash >> 6) & 3];
    bool doubt = (*word & bit) != 0;
    *word |= bit;
    if (!doubt && !seen->set)
        return true;
    if (!seen->set) {
        seen->set = g_hash_table_new(g_str_hash, g_str_equal);
        bson_iter_t before = *document;
        while (bson_iter_next(&before) && bson_iter_key(&before) != key)
            g_hash_table_add(seen->set, (gpointer)bson_iter_key(&before));
    }
    return g_hash_table_add(seen->set, (gpointer)key);
}

static bool write_members(Writer *writer, const bson_iter_t *start, bool array, int level)
{
    bson_iter_t iter = *start;
    KeysSeen seen = {0};
    bool first = true, good = true;
    g_string_append_c(writer->out, array ? '[' : '{');
    while (good && bson_iter_next(&iter)) {
        if (!array && !key_is_new(&seen, start, bson_iter_key(&iter)))
            continue;
        if (!first)
            g_string_append_c(writer->out, ',');
        first = false;
        if (!array)
            write_key(writer, bson_iter_key(&iter), bson_iter_key_len(&iter));
        good = write_value(writer, &iter, level + 1);
    }
    if (seen.set)
        g_hash_table_destroy(seen.set);
    if (good && iter.err_off)
        return unfit(writer, "corrupt BSON inside it");
    g_string_append_c(writer->out, array ? ']' : '}');
    return good;
}

static bool write_nested(Writer *writer, const uint8_t *bytes, uint32_t len, bool array, int level)
{
    bson_iter_t inner;
    if (level > BSON_JSON_LEVELS)
        return unfit(writer, "nested deeper than 200 levels");
    if (!bytes || !bson_iter_init_from_data(&inner, bytes, len))
        return unfit(writer, "corrupt BSON inside it");
    return write_members(writer, &inner, array, level);
}

static bool write_scoped_code(Writer *writer, const bson_iter_t *iter, int level)
{
    uint32_t len = 0, scope_len = 0;
    const uint8_t *scope = NULL;
    const char *code = bson_iter_codewscope(iter, &len, &scope_len, &scope);
    g_string_append(writer->out, "{\"$code\":");
    write_text(writer, code, len);
    g_string_append(writer->out, ",\"$scope\":");
    if (!write_nested(writer, scope, scope_len, false, level + 1))
        return false;
    g_string_append_c(writer->out, '}');
    return true;
}

static bool write_container(Writer *writer, const bson_iter_t *iter, int level)
{
    uint32_t len = 0;
    const uint8_t *bytes = NULL;
    bool array = BSON_ITER_HOLDS_ARRAY(iter);
    if (array)
        bson_iter_array(iter, &len, &bytes);
    else
        bson_iter_document(iter, &len, &bytes);
    return write_nested(writer, bytes, len, array, level);
}

static void write_decimal(Writer *writer, const bson_iter_t *iter)
{
    bson_decimal128_t decimal;
    char text[BSON_DECIMAL128_STRING];
    bson_iter_decimal128(iter, &decimal);
    bson_decimal128_to_string(&decimal, text);
    g_string_append_printf(writer->out, "{\"$numberDecimal\":\"%s\"}", text);
}

static void write_timestamp(Writer *writer, const bson_iter_t *iter)
{
    uint32_t seconds = 0, increment = 0;
    bson_iter_timestamp(iter, &seconds, &increment);
    g_string_append_printf(writer->out, "{\"$timestamp\":{\"t\":%u,\"i\":%u}}", seconds, increment);
}

static bool write_value(Writer *writer, const bson_iter_t *iter, int level)
{
    uint32_t len = 0;
    const char *text = NULL;
    switch (bson_iter_type(iter)) {
    case BSON_TYPE_DOUBLE:
        write_double(writer, bson_iter_double(iter));
        return true;
    case BSON_TYPE_UTF8:
        text = bson_iter_utf8(iter, &len);
        write_text(writer, text, len);
        return true;
    case BSON_TYPE_DOCUMENT:
    case BSON_TYPE_ARRAY:
        return write_container(writer, iter, level);
    case BSON_TYPE_BINARY:
        write_binary(writer, iter);
        return true;
    case BSON_TYPE_UNDEFINED:
        g_string_append(writer->out, "{\"$undefined\":true}");
        return true;
    case BSON_TYPE_OID:
        write_oid(writer, bson_iter_oid(iter));
        return true;
    case BSON_TYPE_BOOL:
        g_string_append(writer->out, bson_iter_bool(iter) ? "true" : "false");
        return true;
    case BSON_TYPE_DATE_TIME:
        write_date(writer, bson_iter_date_time(iter));
        return true;
    case BSON_TYPE_NULL:
        g_string_append(writer->out, "null");
        return true;
    case BSON_TYPE_REGEX:
        write_regex(writer, iter);
        return true;
    case BSON_TYPE_DBPOINTER:
        write_dbpointer(writer, iter);
        return true;
    case BSON_TYPE_CODE:
        text = bson_iter_code(iter, &len);
        write_wrapped(writer, "$code", text, len);
        return true;
    case BSON_TYPE_SYMBOL:
        text = bson_iter_symbol(iter, &len);
        write_wrapped(writer, "$symbol", text, len);
        return true;
    case BSON_TYPE_CODEWSCOPE:
        return write_scoped_code(writer, iter, level);
    case BSON_TYPE_INT32:
        g_string_append_printf(writer->out, "%d", bson_iter_int32(iter));
        return true;
    case BSON_TYPE_INT64:
        g_string_append_printf(writer->out, "%" G_GINT64_FORMAT, bson_iter_int64(iter));
        return true;
    case BSON_TYPE_TIMESTAMP:
        write_timestamp(writer, iter);
        return true;
    case BSON_TYPE_DECIMAL128:
        write_decimal(writer, iter);
        return true;
    case BSON_TYPE_MINKEY:
        g_string_append(writer->out, "{\"$minKey\":1}");
        return true;
    case BSON_TYPE_MAXKEY:
        g_string_append(writer->out, "{\"$maxKey\":1}");
        return true;
    case BSON_TYPE_EOD:
        break;
    }
    return unfit(writer, "of an unknown BSON type");
}

BsonJsonResult bson_json_value(const bson_iter_t *iter, bool replace_nul, GString *out)
{
    Writer writer = {.out = out, .replace_nul = replace_nul};
    write_value(&writer, iter, 1);
    return writer.result;
}
