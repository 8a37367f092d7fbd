/* SPDX-License-Identifier: Apache-2.0 */
/* Into text, JSON, bytea and uuid. */
#include <glib.h>
#include <math.h>

#include "base/json.h"
#include "base/utf8.h"
#include "model/decimal.h"
#include "model/number.h"
#include "model/time.h"
#include "model/value_internal.h"

/* ---- text ---- */

/* Where the n-th code point ends; valid UTF-8 of more than n code points. */
static uint32_t bytes_of_characters(const char *bytes, uint32_t len, int n)
{
    uint32_t at = 0;
    for (; at < len; at++)
        if (((unsigned char)bytes[at] & 0xC0) != 0x80 && n-- == 0)
            break;
    return at;
}

static RejectReason fit_length(const Conversion *c, const char *bytes, uint32_t len)
{
    int most = c->column->type.length;
    size_t characters = utf8_length(bytes, len);
    if (characters <= (size_t)most)
        return set_bytes(c, bytes, len);
    uint32_t cut = bytes_of_characters(bytes, len, most);
    uint32_t blank = cut;
    while (blank < len && bytes[blank] == ' ')
        blank++;
    if (blank == len || c->options->truncate_too_long)
        return set_bytes(c, bytes, cut);
    g_snprintf(c->detail, DETAIL_SIZE, "longer than %d characters (%zu)", most, characters);
    return REJECT_TOO_LONG;
}

/* Valid UTF-8 into the column. */
static inline RejectReason set_text(const Conversion *c, const char *bytes, uint32_t len)
{
    int most = c->column->type.length;
    if (G_LIKELY(most == 0 || len <= (uint32_t)most))
        return set_bytes(c, bytes, len);
    return fit_length(c, bytes, len);
}

static const char *replaced(const Conversion *c, uint32_t *len)
{
    size_t most = 3 * (size_t)c->from->len;
    g_autofree char *room = g_malloc(most);
    *len = (uint32_t)utf8_replace(c->from->bytes, c->from->len, room);
    return arena_dup(c->arena, room, *len);
}

/* The source's bytes as valid UTF-8, or why not. */
static inline RejectReason valid_text(const Conversion *c, const char **bytes, uint32_t *len)
{
    *bytes = c->from->bytes;
    *len = c->from->len;
    if (G_LIKELY(utf8_valid(*bytes, *len)))
        return REJECT_NONE;
    if (c->options->replace_invalid) {
        *bytes = replaced(c, len);
        return REJECT_NONE;
    }
    bool nul = memchr(*bytes, '\0', *len) != NULL;
    g_snprintf(c->detail, DETAIL_SIZE, "expected UTF-8 text, found %s", nul ? "U+0000 in it" : "bytes that are no UTF-8");
    return REJECT_INVALID_TEXT;
}

static RejectReason set_copy(const Conversion *c, const char *text, size_t len)
{
    return set_text(c, arena_dup(c->arena, text, len), (uint32_t)len);
}

static RejectReason text_from_document(const Conversion *c)
{
    const char *bytes;
    uint32_t len;
    if (c->column->ref_table) {
        if (c->from->id)
            return set_text(c, c->from->id, c->from->id_len);
        g_snprintf(c->detail, DETAIL_SIZE, "expected a reference to %.60s, found a document that names none", c->column->ref_table);
        return REJECT_WRONG_TYPE;
    }
    RejectReason reason = valid_text(c, &bytes, &len);
    return reason == REJECT_NONE ? set_text(c, bytes, len) : reason;
}

RejectReason convert_text(const Conversion *c)
{
    const SourceValue *from = c->from;
    char room[40];
    const char *bytes;
    uint32_t len;
    RejectReason reason;
    switch (from->kind) {
    case SOURCE_TEXT:
        reason = valid_text(c, &bytes, &len);
        return reason == REJECT_NONE ? set_text(c, bytes, len) : reason;
    case SOURCE_ID:
    case SOURCE_DECIMAL:
        return set_text(c, from->bytes, from->len);
    case SOURCE_INT:
        return set_copy(c, room, integer_text(from->i, room));
    case SOURCE_DOUBLE:
        return set_copy(c, room, real_text(from->d, room));
    case SOURCE_BOOL:
        return from->i ? set_text(c, "true", 4) : set_text(c, "false", 5);
    case SOURCE_DATETIME:
        return set_copy(c, room, time_format_iso_ms(from->i, room));
    case SOURCE_JSON:
        return text_from_document(c);
    default:
        return wrong_type(c);
    }
}

/* ---- JSON ---- */

/* The escape of U+0000 inside JSON text, or NULL. "\\u0000" is a backslash before four digits, not the escape. */
static const char *nul_escape(const char *json, const char *end)
{
    static const char escape[] = "\\u0000";
    const char *at = json;
    while ((at = memmem(at, (size_t)(end - at), escape, sizeof escape - 1))) {
        size_t before = 0;
        while (at - before > json && at[-(ptrdiff_t)before - 1] == '\\')
            before++;
        if (before % 2 == 0)
            return at;
        at += 2;
    }
    return NULL;
}

/* jsonb refuses \u0000 (22P05); json would take it and fail when read. */
static RejectReason set_json(const Conversion *c, const char *json, uint32_t len)
{
    static const char replacement[] = {'\\', 'u', 'f', 'f', 'f', 'd'}; /* as long as what it replaces */
    const char *end = json + len, *nul = nul_escape(json, end);
    if (G_LIKELY(!nul))
        return set_bytes(c, json, len);
    if (!c->options->replace_invalid) {
        g_snprintf(c->detail, DETAIL_SIZE, "expected JSON without U+0000, found \\u0000 in a string");
        return REJECT_INVALID_TEXT;
    }
    char *copy = arena_dup(c->arena, json, len);
    while (nul) {
        memcpy(copy + (nul - json), replacement, sizeof replacement);
        nul = nul_escape(nul + sizeof replacement, end);
    }
    return set_bytes(c, copy, len);
}

static RejectReason set_json_string(const Conversion *c, const char *bytes, size_t len)
{
    g_autoptr(GString) json = g_string_sized_new(len + 16);
    json_string(json, bytes, len);
    return set_bytes(c, arena_dup(c->arena, json->str, json->len), (uint32_t)json->len);
}

static RejectReason json_from_decimal(const Conversion *c)
{
    Decimal decimal;
    uint32_t len;
    if (!decimal_read(c->from->bytes, c->from->len, &decimal))
        return wrong_type(c);
    if (decimal.kind != DECIMAL_FINITE)
        return set_json_string(c, c->from->bytes, c->from->len);
    if (decimal_integer_digits(&decimal) > NUMERIC_MAX_INTEGER || decimal.written_scale > NUMERIC_MAX_FRACTION)
        return out_of_range(c);
    const char *plain = decimal_plain(&decimal, decimal.written_scale, c->arena, &len);
    return set_bytes(c, plain, len);
}

static RejectReason json_from_double(const Conversion *c, double value)
{
    char room[32];
    if (isnan(value))
        return set_json_string(c, "NaN", 3);
    if (isinf(value))
        return value < 0 ? set_json_string(c, "-Infinity", 9) : set_json_string(c, "Infinity", 8);
    size_t len = real_text(value, room);
    return set_bytes(c, arena_dup(c->arena, room, len), (uint32_t)len);
}

/* As relaxed Extended JSON writes a binary inside a document. */
static RejectReason json_from_binary(const Conversion *c)
{
    g_autofree char *base64 = g_base64_encode((const guchar *)c->from->bytes, c->from->len);
    g_autofree char *json =
        g_strdup_printf("{\"$binary\":{\"base64\":\"%s\",\"subType\":\"%02x\"}}", base64, (unsigned)c->from->i & 0xFF);
    size_t len = strlen(json);
    return set_bytes(c, arena_dup(c->arena, json, len), (uint32_t)len);
}

RejectReason convert_json(const Conversion *c)
{
    const SourceValue *from = c->from;
    char room[40];
    const char *bytes;
    uint32_t len;
    RejectReason reason;
    size_t size;
    switch (from->kind) {
    case SOURCE_JSON:
        reason = valid_text(c, &bytes, &len);
        return reason == REJECT_NONE ? set_json(c, bytes, len) : reason;
    case SOURCE_TEXT:
        reason = valid_text(c, &bytes, &len);
        return reason == REJECT_NONE ? set_json_string(c, bytes, len) : reason;
    case SOURCE_ID:
        return set_json_string(c, from->bytes, from->len);
    case SOURCE_BOOL:
        return from->i ? set_bytes(c, "true", 4) : set_bytes(c, "false", 5);
    case SOURCE_INT:
        size = integer_text(from->i, room);
        return set_bytes(c, arena_dup(c->arena, room, size), (uint32_t)size);
    case SOURCE_DOUBLE:
        return json_from_double(c, from->d);
    case SOURCE_DECIMAL:
        return json_from_decimal(c);
    case SOURCE_DATETIME:
        return set_json_string(c, room, time_format_iso_ms(from->i, room));
    case SOURCE_BINARY:
        return json_from_binary(c);
    default:
        return wrong_type(c);
    }
}

/* ---- bytea, uuid ---- */

RejectReason convert_bytea(const Conversion *c)
{
    return c->from->kind == SOURCE_BINARY ? set_bytes(c, c->from->bytes, c->from->len) : wrong_type(c);
}

/* 32 hex digits, dashes allowed behind each group of four, braces around it all: what PostgreSQL reads. */
static bool read_uuid(const char *p, size_t len, unsigned char out[16])
{
    int digits = 0;
    if (len >= 2 && p[0] == '{' && p[len - 1] == '}') {
        p++;
        len -= 2;
    }
    for (size_t i = 0; i < len; i++) {
        int digit = g_ascii_xdigit_value(p[i]);
        if (digit < 0) {
            if (p[i] == '-' && digits % 4 == 0 && digits > 0 && digits < 32 && p[i - 1] != '-')
                continue;
            return false;
        }
        if (digits == 32)
            return false;
        out[digits / 2] = (unsigned char)(digits % 2 ? out[digits / 2] | digit : digit << 4);
        digits++;
    }
    return digits == 32;
}

RejectReason convert_uuid(const Conversion *c)
{
    enum { SUBTYPE_UUID = 4, UUID_BYTES = 16 };
    if (c->from->kind == SOURCE_BINARY && c->from->i == SUBTYPE_UUID && c->from->len == UUID_BYTES)
        return set_bytes(c, c->from->bytes, UUID_BYTES);
    if (c->from->kind != SOURCE_TEXT)
        return wrong_type(c);
    unsigned char *room = (unsigned char *)arena_bytes(c->arena, UUID_BYTES);
    if (!read_uuid(c->from->bytes, c->from->len, room))
        return wrong_type_found(c, "text that is no UUID");
    return set_bytes(c, (const char *)room, UUID_BYTES);
}
