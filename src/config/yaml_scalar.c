/* SPDX-License-Identifier: Apache-2.0 */
/* What a plain scalar means by YAML 1.1 (https://yaml.org/type/): the resolver of the loaders that the older systems used. */
#include <glib.h>

#include "config/yaml.h"

static bool one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

static bool is_null(const char *text)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};
    return one_of(text, words);
}

bool yaml_scalar_bool(const char *text, bool *out)
{
    static const char *const yes[] = {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", NULL};
    static const char *const no[] = {"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", NULL};
    *out = one_of(text, yes);
    return *out || one_of(text, no);
}

static int digit_of(char c)
{
    return g_ascii_isxdigit(c) ? g_ascii_xdigit_value(c) : 99;
}

/* Digits of the base with underscores between them; at least one digit. */
static bool add_digits(const char *at, int base, bool negative, int64_t *out)
{
    int64_t value = 0;
    bool any = false;
    for (; *at; at++) {
        if (*at == '_')
            continue;
        int digit = digit_of(*at);
        if (digit >= base)
            return false;
        any = true;
        if (__builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, negative ? -digit : digit, &value))
            return false;
    }
    *out = value;
    return any;
}

/* 190:20:30: base 60, as YAML 1.1 has it for times. */
static bool add_sexagesimal(const char *at, bool negative, int64_t *out)
{
    int64_t value = 0;
    int64_t part = 0;
    for (;; at++) {
        if (*at == '_')
            continue;
        if (g_ascii_isdigit(*at)) {
            if (__builtin_mul_overflow(part, 10, &part) || __builtin_add_overflow(part, *at - '0', &part))
                return false;
            continue;
        }
        if (*at != ':' && *at != '\0')
            return false;
        if (__builtin_mul_overflow(value, 60, &value) || __builtin_add_overflow(value, part, &value))
            return false;
        part = 0;
        if (*at == '\0')
            break;
    }
    *out = negative ? -value : value;
    return true;
}

/* The digits after sign and prefix, and their base; 60 for sexagesimal, 0 when it is no integer. */
static int int_base(const char **at)
{
    static const char *const shapes[] = {"^0b[01_]*[01][01_]*$", "^0x[0-9a-fA-F_]*[0-9a-fA-F][0-9a-fA-F_]*$",
                                         "^0o[0-7]+$",           "^0[0-7_]+$",
                                         "^(0|[1-9][0-9_]*)$",   "^[1-9][0-9_]*(:[0-5]?[0-9])+$"};
    static const int bases[] = {2, 16, 8, 8, 10, 60};
    static const int skips[] = {2, 2, 2, 1, 0, 0};
    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
        if (g_regex_match_simple(shapes[i], *at, 0, 0)) {
            *at += skips[i];
            return bases[i];
        }
    }
    return 0;
}

bool yaml_scalar_int(const char *text, int64_t *out)
{
    const char *at = text;
    bool negative = *at == '-';
    if (*at == '-' || *at == '+')
        at++;
    int base = int_base(&at);
    if (base == 0)
        return false;
    return base == 60 ? add_sexagesimal(at, negative, out) : add_digits(at, base, negative, out);
}

static bool is_int(const char *text)
{
    const char *at = *text == '-' || *text == '+' ? text + 1 : text;
    return int_base(&at) != 0;
}

static bool is_float(const char *text)
{
    static const char shape[] = "^([-+]?([0-9][0-9_]*)\\.[0-9_]*([eE][-+][0-9]+)?"
                                "|\\.[0-9][0-9_]*([eE][-+][0-9]+)?"
                                "|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\\.[0-9_]*"
                                "|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN))$";
    return g_regex_match_simple(shape, text, G_REGEX_DOLLAR_ENDONLY, 0);
}

static bool is_date(const char *text)
{
    static const char shape[] = "^([0-9]{4}-[0-9]{2}-[0-9]{2}"
                                "|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\\.[0-9]*)?"
                                "([ \t]*(Z|[-+][0-9]{1,2}(:?[0-9]{2})?))?)$";
    return g_regex_match_simple(shape, text, G_REGEX_DOLLAR_ENDONLY, 0);
}

YamlType yaml_scalar_type(const char *text)
{
    bool value;
    if (is_null(text))
        return YAML_NULL;
    if (yaml_scalar_bool(text, &value))
        return YAML_BOOL;
    /* Numbers and dates begin with one of few characters: most scalars need none of the patterns. */
    if (!strchr("+-.0123456789", text[0]) || strlen(text) > 128)
        return YAML_TEXT;
    if (is_int(text))
        return YAML_INT;
    if (is_float(text))
        return YAML_FLOAT;
    return is_date(text) ? YAML_DATE : YAML_TEXT;
}
