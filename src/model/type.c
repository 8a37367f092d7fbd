/* SPDX-License-Identifier: Apache-2.0 */
#include "model/type.h"

#include <glib.h>
#include <stdint.h>

enum { NUMERIC_DIGITS = 1000, TEXT_CHARACTERS = 10485760, TIME_DIGITS = 6, FLOAT4_BITS = 24, FLOAT8_BITS = 53 };

/* What may stand in parentheses. */
typedef enum Arguments { ARGS_NONE, ARGS_LENGTH, ARGS_DIGITS, ARGS_BITS, ARGS_FRACTION } Arguments;

typedef struct Spelling {
    const char *words;
    TypeKind kind;
    Arguments arguments;
    bool generated;
} Spelling;

static const Spelling spellings[] = {
    {"bigint", TYPE_INT8},
    {"bigserial", TYPE_INT8, ARGS_NONE, true},
    {"bool", TYPE_BOOL},
    {"boolean", TYPE_BOOL},
    {"bpchar", TYPE_CHAR, ARGS_LENGTH},
    {"bytea", TYPE_BYTEA},
    {"char", TYPE_CHAR, ARGS_LENGTH},
    {"char varying", TYPE_VARCHAR, ARGS_LENGTH},
    {"character", TYPE_CHAR, ARGS_LENGTH},
    {"character varying", TYPE_VARCHAR, ARGS_LENGTH},
    {"date", TYPE_DATE},
    {"dec", TYPE_NUMERIC, ARGS_DIGITS},
    {"decimal", TYPE_NUMERIC, ARGS_DIGITS},
    {"double precision", TYPE_FLOAT8},
    {"float", TYPE_FLOAT8, ARGS_BITS},
    {"float4", TYPE_FLOAT4},
    {"float8", TYPE_FLOAT8},
    {"int", TYPE_INT4},
    {"int2", TYPE_INT2},
    {"int4", TYPE_INT4},
    {"int8", TYPE_INT8},
    {"integer", TYPE_INT4},
    {"interval", TYPE_INTERVAL, ARGS_FRACTION},
    {"json", TYPE_JSON},
    {"jsonb", TYPE_JSONB},
    {"numeric", TYPE_NUMERIC, ARGS_DIGITS},
    {"real", TYPE_FLOAT4},
    {"serial", TYPE_INT4, ARGS_NONE, true},
    {"serial2", TYPE_INT2, ARGS_NONE, true},
    {"serial4", TYPE_INT4, ARGS_NONE, true},
    {"serial8", TYPE_INT8, ARGS_NONE, true},
    {"smallint", TYPE_INT2},
    {"smallserial", TYPE_INT2, ARGS_NONE, true},
    {"text", TYPE_TEXT},
    {"time", TYPE_TIME, ARGS_FRACTION},
    {"time without time zone", TYPE_TIME, ARGS_FRACTION},
    {"timestamp", TYPE_TIMESTAMP, ARGS_FRACTION},
    {"timestamp with time zone", TYPE_TIMESTAMPTZ, ARGS_FRACTION},
    {"timestamp without time zone", TYPE_TIMESTAMP, ARGS_FRACTION},
    {"timestamptz", TYPE_TIMESTAMPTZ, ARGS_FRACTION},
    {"uuid", TYPE_UUID},
    {"varchar", TYPE_VARCHAR, ARGS_LENGTH},
};

/* The name format_type() prints, by kind; also the list in our message. */
static const char *const canonical[TYPE_KINDS] = {
    [TYPE_BOOL] = "boolean",
    [TYPE_INT2] = "smallint",
    [TYPE_INT4] = "integer",
    [TYPE_INT8] = "bigint",
    [TYPE_FLOAT4] = "real",
    [TYPE_FLOAT8] = "double precision",
    [TYPE_NUMERIC] = "numeric",
    [TYPE_TEXT] = "text",
    [TYPE_VARCHAR] = "character varying",
    [TYPE_CHAR] = "character",
    [TYPE_BYTEA] = "bytea",
    [TYPE_UUID] = "uuid",
    [TYPE_DATE] = "date",
    [TYPE_TIME] = "time without time zone",
    [TYPE_TIMESTAMP] = "timestamp without time zone",
    [TYPE_TIMESTAMPTZ] = "timestamp with time zone",
    [TYPE_INTERVAL] = "interval",
    [TYPE_JSON] = "json",
    [TYPE_JSONB] = "jsonb",
};

/* Up to two non-negative numbers; count -1: no parentheses at all. */
typedef struct Given {
    int count;
    int numbers[2];
} Given;

static bool read_numbers(const char *p, const char *end, Given *given)
{
    given->count = 0;
    while (given->count < 2) {
        while (p < end && g_ascii_isspace(*p))
            p++;
        if (p == end || !g_ascii_isdigit(*p))
            return false;
        int64_t number = 0;
        for (; p < end && g_ascii_isdigit(*p); p++)
            number = MIN(number * 10 + (*p - '0'), INT32_MAX);
        given->numbers[given->count++] = (int)number;
        while (p < end && g_ascii_isspace(*p))
            p++;
        if (p == end)
            return true;
        if (*p++ != ',')
            return false;
    }
    return false;
}

/* Lower case, single blanks, without what stands in parentheses (which may be in the middle: "timestamp(3) with time zone"). */
static bool split(const char *text, GString *words, Given *given)
{
    given->count = -1;
    for (const char *p = text; *p; p++) {
        if (*p == '(') {
            const char *end = strchr(p, ')');
            if (!end || given->count >= 0 || !read_numbers(p + 1, end, given))
                return false;
            p = end;
        } else if (!g_ascii_isspace(*p)) {
            g_string_append_c(words, g_ascii_tolower(*p));
            continue;
        }
        if (words->len > 0 && words->str[words->len - 1] != ' ')
            g_string_append_c(words, ' ');
    }
    while (words->len > 0 && words->str[words->len - 1] == ' ')
        g_string_truncate(words, words->len - 1);
    return true;
}

static bool in_range(const Given *given, int at, int low, int high, const char *what, const char *text, Err *err)
{
    if (given->numbers[at] >= low && given->numbers[at] <= high)
        return true;
    return err_set(err, ERR_CONFIG, "%s of type \"%s\" must be between %d and %d", what, text, low, high);
}

static bool apply_arguments(const Spelling *spelling, const Given *given, const char *text, SqlType *out, Err *err)
{
    int most = spelling->arguments == ARGS_NONE ? 0 : spelling->arguments == ARGS_DIGITS ? 2 : 1;
    if (given->count > most)
        return err_set(err, ERR_CONFIG, "type \"%s\" has too many numbers in parentheses, expected %s", text,
                       most == 0   ? "none"
                       : most == 1 ? "one"
                                   : "at most two");
    switch (spelling->arguments) {
    case ARGS_LENGTH:
        if (given->count < 0) {
            out->length = out->kind == TYPE_CHAR && strcmp(spelling->words, "bpchar") != 0 ? 1 : 0;
            return true;
        }
        out->length = given->numbers[0];
        return in_range(given, 0, 1, TEXT_CHARACTERS, "length", text, err);
    case ARGS_DIGITS:
        if (given->count < 0)
            return true;
        out->length = given->numbers[0];
        out->scale = given->count == 2 ? given->numbers[1] : 0;
        return in_range(given, 0, 1, NUMERIC_DIGITS, "precision", text, err) &&
               (given->count < 2 || in_range(given, 1, 0, NUMERIC_DIGITS, "scale", text, err));
    case ARGS_BITS:
        if (given->count < 0)
            return true;
        out->kind = given->numbers[0] <= FLOAT4_BITS ? TYPE_FLOAT4 : TYPE_FLOAT8;
        return in_range(given, 0, 1, FLOAT8_BITS, "precision", text, err);
    case ARGS_FRACTION:
        return given->count < 0 || in_range(given, 0, 0, TIME_DIGITS, "precision", text, err);
    case ARGS_NONE:
        break;
    }
    return true;
}

static bool unknown(const char *text, Err *err)
{
    GString *list = g_string_new(NULL);
    for (int i = 0; i < TYPE_KINDS; i++)
        g_string_append_printf(list, "%s%s", i ? ", " : "", canonical[i]);
    err_set(err, ERR_CONFIG, "unknown type \"%.60s\", expected one of %s, smallserial, serial, bigserial", text, list->str);
    g_string_free(list, TRUE);
    return false;
}

bool type_parse(const char *text, SqlType *out, Err *err)
{
    g_autoptr(GString) words = g_string_new(NULL);
    Given given;
    if (!split(text, words, &given))
        return unknown(text, err);
    for (size_t i = 0; i < G_N_ELEMENTS(spellings); i++)
        if (strcmp(words->str, spellings[i].words) == 0) {
            *out = (SqlType){.kind = spellings[i].kind, .generated = spellings[i].generated};
            return apply_arguments(&spellings[i], &given, text, out, err);
        }
    return unknown(text, err);
}

void type_format(const SqlType *type, char *out, size_t size)
{
    const char *name = canonical[type->kind];
    if (type->kind == TYPE_NUMERIC && type->length > 0)
        g_snprintf(out, size, "%s(%d,%d)", name, type->length, type->scale);
    else if (type->kind == TYPE_CHAR && type->length == 0)
        g_strlcpy(out, "bpchar", size);
    else if ((type->kind == TYPE_CHAR || type->kind == TYPE_VARCHAR) && type->length > 0)
        g_snprintf(out, size, "%s(%d)", name, type->length);
    else
        g_strlcpy(out, name, size);
}

ValueShape type_shape(TypeKind kind)
{
    switch (kind) {
    case TYPE_BOOL:
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
        return SHAPE_INT;
    case TYPE_FLOAT4:
    case TYPE_FLOAT8:
        return SHAPE_REAL;
    default:
        return SHAPE_BYTES;
    }
}

bool type_is_text(TypeKind kind)
{
    return kind == TYPE_TEXT || kind == TYPE_VARCHAR || kind == TYPE_CHAR;
}

bool type_is_json(TypeKind kind)
{
    return kind == TYPE_JSON || kind == TYPE_JSONB;
}

bool type_same(const SqlType *a, const SqlType *b)
{
    return a->kind == b->kind && a->length == b->length && a->scale == b->scale;
}

static bool is_integer(TypeKind kind)
{
    return kind == TYPE_INT2 || kind == TYPE_INT4 || kind == TYPE_INT8;
}

bool type_meets(const SqlType *a, const SqlType *b)
{
    return a->kind == b->kind || (type_is_text(a->kind) && type_is_text(b->kind)) || (is_integer(a->kind) && is_integer(b->kind));
}
