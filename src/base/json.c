/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/utf8.h"

/* Writes bytes that are valid UTF-8 or U+0000. */
static void write_clean(GString *out, const char *bytes, size_t len)
{
    size_t run = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        g_string_append_len(out, bytes + run, (gssize)(i - run));
        run = i + 1;
        const char *named = c == '"'    ? "\\\""
                            : c == '\\' ? "\\\\"
                            : c == '\n' ? "\\n"
                            : c == '\r' ? "\\r"
                            : c == '\t' ? "\\t"
                            : c == '\b' ? "\\b"
                            : c == '\f' ? "\\f"
                                        : NULL;
        if (named)
            g_string_append(out, named);
        else
            g_string_append_printf(out, "\\u%04x", c);
    }
    g_string_append_len(out, bytes + run, (gssize)(len - run));
}

void json_string(GString *out, const char *bytes, size_t len)
{
    g_string_append_c(out, '"');
    while (len > 0) {
        const char *nul = memchr(bytes, '\0', len);
        size_t part = nul ? (size_t)(nul - bytes) : len;
        if (utf8_valid(bytes, part)) {
            write_clean(out, bytes, part);
        } else {
            g_autofree char *repaired = g_malloc(3 * part);
            write_clean(out, repaired, utf8_replace(bytes, part, repaired));
        }
        if (nul) {
            g_string_append(out, "\\u0000");
            part++;
        }
        bytes += part;
        len -= part;
    }
    g_string_append_c(out, '"');
}

static void member(GString *out, const char *key)
{
    if (out->len > 0 && out->str[out->len - 1] != '{')
        g_string_append_c(out, ',');
    json_string(out, key, strlen(key));
    g_string_append_c(out, ':');
}

void json_member_text(GString *out, const char *key, const char *text)
{
    member(out, key);
    if (text)
        json_string(out, text, strlen(text));
    else
        g_string_append(out, "null");
}

void json_member_int(GString *out, const char *key, int64_t value)
{
    member(out, key);
    g_string_append_printf(out, "%" G_GINT64_FORMAT, value);
}

void json_member_bool(GString *out, const char *key, bool value)
{
    member(out, key);
    g_string_append(out, value ? "true" : "false");
}

void json_member_raw(GString *out, const char *key, const char *json)
{
    member(out, key);
    g_string_append(out, json);
}
