/* SPDX-License-Identifier: Apache-2.0 */
#include "model/decimal.h"

#include <glib.h>

#define EXPONENT_LIMIT 1000000000 /* far beyond any number we store, far from overflow */

static size_t digits_at(const char *p, const char *end)
{
    size_t count = 0;
    while (p + count < end && g_ascii_isdigit(p[count]))
        count++;
    return count;
}

static bool read_exponent(const char *p, const char *end, int64_t *exponent)
{
    bool minus = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end || digits_at(p, end) != (size_t)(end - p))
        return false;
    int64_t value = 0;
    for (; p < end; p++)
        value = MIN(value * 10 + (*p - '0'), EXPONENT_LIMIT);
    *exponent = minus ? -value : value;
    return true;
}

static bool read_word(const char *p, size_t len, Decimal *out)
{
    static const struct {
        const char *word;
        DecimalKind kind;
    } words[] = {{"nan", DECIMAL_NAN}, {"infinity", DECIMAL_INFINITY}, {"inf", DECIMAL_INFINITY}};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (len == strlen(words[i].word) && g_ascii_strncasecmp(p, words[i].word, len) == 0) {
            out->kind = words[i].kind;
            return true;
        }
    return false;
}

static char digit(const Decimal *decimal, int64_t at)
{
    return (size_t)at < decimal->whole_len ? decimal->whole[at] : decimal->fraction[(size_t)at - decimal->whole_len];
}

static void find_significant(Decimal *out, int64_t exponent)
{
    int64_t count = (int64_t)(out->whole_len + out->fraction_len);
    out->first = 0;
    out->last = count - 1;
    while (out->first < count && digit(out, out->first) == '0')
        out->first++;
    while (out->last >= out->first && digit(out, out->last) == '0')
        out->last--;
    int64_t point = (int64_t)out->whole_len + exponent;
    out->point = point - out->first;
    out->written_scale = MAX(0, count - point);
    if (decimal_is_zero(out))
        out->negative = false;
}

bool decimal_read(const char *text, size_t len, Decimal *out)
{
    const char *p = text, *end = text + len;
    while (p < end && g_ascii_isspace(*p))
        p++;
    while (p < end && g_ascii_isspace(end[-1]))
        end--;
    *out = (Decimal){.kind = DECIMAL_FINITE};
    if (p < end && (*p == '-' || *p == '+'))
        out->negative = *p++ == '-';
    if (p < end && g_ascii_isalpha(*p))
        return read_word(p, (size_t)(end - p), out);
    out->whole = p;
    out->whole_len = digits_at(p, end);
    p += out->whole_len;
    if (p < end && *p == '.') {
        out->fraction = p + 1;
        out->fraction_len = digits_at(p + 1, end);
        p += 1 + out->fraction_len;
    }
    int64_t exponent = 0;
    if (out->whole_len + out->fraction_len == 0)
        return false;
    if (p < end && (*p == 'e' || *p == 'E')) {
        if (!read_exponent(p + 1, end, &exponent))
            return false;
        p = end;
    }
    if (p != end)
        return false;
    find_significant(out, exponent);
    return true;
}

bool decimal_is_zero(const Decimal *decimal)
{
    return decimal->kind == DECIMAL_FINITE && decimal->last < decimal->first;
}

int64_t decimal_integer_digits(const Decimal *decimal)
{
    return decimal_is_zero(decimal) ? 0 : MAX(0, decimal->point);
}

int64_t decimal_fraction_digits(const Decimal *decimal)
{
    return decimal_is_zero(decimal) ? 0 : MAX(0, decimal->last - decimal->first + 1 - decimal->point);
}

bool decimal_int64(const Decimal *decimal, int64_t *out)
{
    if (decimal->kind != DECIMAL_FINITE || decimal_fraction_digits(decimal) > 0 || decimal_integer_digits(decimal) > 19)
        return false;
    /* Summed below zero, where INT64_MIN has room. */
    int64_t value = 0;
    for (int64_t i = 0; i < decimal_integer_digits(decimal); i++) {
        int64_t at = decimal->first + i;
        int64_t next = at <= decimal->last ? digit(decimal, at) - '0' : 0;
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, next, &value))
            return false;
    }
    if (!decimal->negative && value == INT64_MIN)
        return false;
    *out = decimal->negative ? value : -value;
    return true;
}

const char *decimal_plain(const Decimal *decimal, int64_t scale, Arena *arena, uint32_t *len)
{
    bool zero = decimal_is_zero(decimal);
    int64_t integer = decimal_integer_digits(decimal);
    size_t size = (size_t)(decimal->negative + MAX(integer, 1) + (scale > 0 ? 1 + scale : 0));
    char *text = arena_bytes(arena, size);
    char *p = text;
    if (decimal->negative)
        *p++ = '-';
    if (integer == 0)
        *p++ = '0';
    int64_t at = zero ? decimal->last + 1 : decimal->first;
    for (int64_t i = 0; i < integer; i++, at++)
        *p++ = at <= decimal->last ? digit(decimal, at) : '0';
    if (scale > 0)
        *p++ = '.';
    int64_t zeros = zero ? scale : MAX(0, -decimal->point); /* between the point and the first digit */
    for (int64_t i = 0; i < scale; i++) {
        bool significant = i >= zeros && at <= decimal->last;
        *p++ = significant ? digit(decimal, at) : '0';
        at += significant;
    }
    *len = (uint32_t)(p - text);
    return text;
}
