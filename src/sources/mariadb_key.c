/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/mariadb_key.h"

#include <string.h>

#include "base/utf8.h"

static bool is_number(const MariaColumn *column)
{
    switch (column->kind) {
    case MARIA_INT:
    case MARIA_DECIMAL:
    case MARIA_FLOAT:
    case MARIA_DOUBLE:
    case MARIA_BIT:
    case MARIA_YEAR:
        return true;
    default:
        return column->by_number;
    }
}

void maria_key_append(const MariaColumn *column, const char *bytes, size_t len, GString *out)
{
    if (column->kind == MARIA_BYTES) {
        for (size_t i = 0; i < len; i++)
            g_string_append_printf(out, "%02x", (unsigned char)bytes[i]);
        return;
    }
    bool text = utf8_valid(bytes, len);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x20 || c == 0x7f || c == '%' || c == '/' || (c >= 0x80 && !text))
            g_string_append_printf(out, "%%%02X", c);
        else
            g_string_append_c(out, (char)c);
    }
}

void maria_key_expression(const MariaColumn *column, GString *sql)
{
    bool as_number = column->by_number || column->kind == MARIA_BIT;
    bool as_double = column->kind == MARIA_FLOAT || column->kind == MARIA_DOUBLE;
    g_string_append(sql, as_double ? "CAST(" : "");
    maria_quote(sql, column->name);
    g_string_append(sql, as_double ? " AS DOUBLE)" : as_number ? " + 0" : "");
}

void maria_key_order(const MariaKey *key, GString *sql)
{
    for (int i = 0; i < key->count; i++) {
        g_string_append(sql, i ? ", " : " ORDER BY ");
        maria_quote(sql, key->columns[i]->name);
    }
}

static bool unescape(const char *text, GString *out)
{
    for (const char *c = text; *c; c++) {
        if (*c != '%') {
            g_string_append_c(out, *c);
            continue;
        }
        int high = g_ascii_xdigit_value(c[1]), low = high < 0 ? -1 : g_ascii_xdigit_value(c[2]);
        if (low < 0)
            return false;
        g_string_append_c(out, (char)(high << 4 | low));
        c += 2;
    }
    return true;
}

static bool append_number(const char *text, GString *sql)
{
    char *end = NULL;
    if (!*text || strspn(text, "+-.0123456789eE") != strlen(text))
        return false;
    g_ascii_strtod(text, &end);
    if (*end)
        return false;
    g_string_append(sql, text);
    return true;
}

bool maria_key_literal(const MariaColumn *column, const char *part, GString *sql)
{
    if (is_number(column))
        return append_number(part, sql);
    if (column->kind == MARIA_BYTES) {
        size_t len = strlen(part);
        if (len % 2 || strspn(part, "0123456789abcdef") != len)
            return false;
        g_string_append_printf(sql, "x'%s'", part);
        return true;
    }
    g_autoptr(GString) plain = g_string_new("");
    if (!unescape(part, plain))
        return false;
    maria_quote_text(sql, plain->str, plain->len);
    return true;
}

/* The literals of all parts, in order; NULL when the text is none of this key. */
static GPtrArray *literals(const MariaKey *key, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", -1);
    /* An empty text is one empty part. */
    int count = *text ? (int)g_strv_length(parts) : 1;
    if (key->count == 0 || count != key->count)
        return NULL;
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < count; i++) {
        GString *literal = g_string_new("");
        bool good = maria_key_literal(key->columns[i], *text ? parts[i] : "", literal);
        g_ptr_array_add(out, g_string_free(literal, FALSE));
        if (!good)
            return NULL;
    }
    return g_steal_pointer(&out);
}

static void compare(const MariaColumn *column, const char *operator, const char * literal, GString *sql)
{
    maria_quote(sql, column->name);
    g_string_append_printf(sql, " %s %s", operator, literal);
}

/* (a > 1 OR (a = 1 AND (b > 2 OR (b = 2 AND c > 3)))): what the range optimiser reads as one range of the index; row comparisons it does not. */
bool maria_key_after(const MariaKey *key, const char *text, GString *sql)
{
    g_autoptr(GPtrArray) values = literals(key, text);
    if (!values)
        return false;
    for (int i = 0; i < key->count; i++) {
        const char *literal = g_ptr_array_index(values, (guint)i);
        g_string_append_c(sql, '(');
        compare(key->columns[i], ">", literal, sql);
        if (i + 1 < key->count) {
            g_string_append(sql, " OR (");
            compare(key->columns[i], "=", literal, sql);
            g_string_append(sql, " AND ");
        }
    }
    for (int i = 0; i < key->count; i++)
        g_string_append(sql, i + 1 < key->count ? "))" : ")");
    return true;
}

bool maria_key_is(const MariaKey *key, const char *text, GString *sql)
{
    g_autoptr(GPtrArray) values = literals(key, text);
    for (int i = 0; values && i < key->count; i++) {
        g_string_append(sql, i ? " AND " : "(");
        compare(key->columns[i], "=", g_ptr_array_index(values, (guint)i), sql);
    }
    if (values)
        g_string_append_c(sql, ')');
    return values != NULL;
}
