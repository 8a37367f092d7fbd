/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/json_text.h"

#include <string.h>

enum { SHORT = 56, MOST_DEPTH = 32, INDENT = 2 };

void json_line_free(void *data)
{
    JsonLine *line = data;
    g_free(line->text);
    g_free(line);
}

static const char *skip_blank(const char *at)
{
    while (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')
        at++;
    return at;
}

/* Behind a string; NULL: it does not end. */
static const char *skip_string(const char *at)
{
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1])
            at++;
    return *at ? at + 1 : NULL;
}

/* Behind a number or a word. Character by character, as all here: strcspn() may look at the whole text each time. */
static const char *skip_word(const char *at)
{
    while (*at && !strchr("\",:{}[] \t\r\n", *at))
        at++;
    return at;
}

/* Behind a value of any kind; NULL: it does not end, or there is none. */
static const char *skip_value(const char *at)
{
    int depth = 0;
    do {
        at = skip_blank(at);
        if (*at == '"') {
            at = skip_string(at);
            if (!at)
                return NULL;
        } else if (*at && strchr("{[", *at)) {
            depth++;
            at++;
        } else if (*at && strchr("}]", *at)) {
            depth--;
            at++;
        } else if (*at && strchr(",:", *at)) {
            if (depth == 0)
                return NULL;
            at++;
        } else {
            const char *behind = skip_word(at);
            if (behind == at)
                return NULL;
            at = behind;
        }
    } while (depth > 0);
    return depth == 0 ? at : NULL;
}

typedef struct Writer {
    GPtrArray *out;
    const char *member;
    bool marked;
} Writer;

static void add_line(const Writer *writer, int depth, const char *name, size_t name_length, const char *text, size_t length,
                     const char *tail)
{
    JsonLine *line = g_new0(JsonLine, 1);
    line->text = g_strdup_printf("%*s%.*s%s%.*s%s", depth * INDENT, "", (int)name_length, name, name_length ? ": " : "",
                                 (int)length, text, tail);
    line->marked = writer->marked;
    g_ptr_array_add(writer->out, line);
}

static bool is_member(const char *name, size_t length, const char *member)
{
    return member && length == strlen(member) + 2 && !strncmp(name + 1, member, length - 2);
}

/* One `"name": value` or value of an object or array; `close` is what ends it. NULL: it is no JSON. */
static const char *next_item(const char *at, char close, const char **name, size_t *name_length, const char **value,
                             const char **end)
{
    *name = "";
    *name_length = 0;
    if (close == '}') {
        const char *behind = *at == '"' ? skip_string(at) : NULL;
        if (!behind || *skip_blank(behind) != ':')
            return NULL;
        *name = at;
        *name_length = (size_t)(behind - at);
        at = skip_blank(skip_blank(behind) + 1);
    }
    *value = at;
    *end = skip_value(at);
    if (!*end)
        return NULL;
    at = skip_blank(*end);
    return *at == ',' || *at == close ? at : NULL;
}

static bool write_items(Writer *writer, const char *at, int depth);

static bool write_item(Writer *writer, int depth, const char *name, size_t name_length, const char *value, const char *end,
                       bool last)
{
    const char *tail = last ? "" : ",";
    bool open = (*value == '{' || *value == '[') && end - value > SHORT && depth < MOST_DEPTH;
    if (!open) {
        add_line(writer, depth, name, name_length, value, (size_t)(end - value), tail);
        return true;
    }
    add_line(writer, depth, name, name_length, value, 1, "");
    if (!write_items(writer, value, depth + 1))
        return false;
    add_line(writer, depth, "", 0, end - 1, 1, tail);
    return true;
}

/* What stands between the brackets that begin at `at`. */
static bool write_items(Writer *writer, const char *at, int depth)
{
    const char close = *at == '{' ? '}' : ']', *name, *value, *end;
    size_t name_length = 0;
    for (at = skip_blank(at + 1); *at != close;) {
        at = next_item(at, close, &name, &name_length, &value, &end);
        if (!at)
            return false;
        if (depth == 1)
            writer->marked = is_member(name, name_length, writer->member);
        if (!write_item(writer, depth, name, name_length, value, end, *at == close))
            return false;
        if (*at == ',')
            at = skip_blank(at + 1);
    }
    if (depth == 1)
        writer->marked = false;
    return true;
}

void json_lines(const char *json, const char *member, GPtrArray *out)
{
    Writer writer = {.out = out, .member = member};
    const char *at = skip_blank(json), *end = skip_value(at);
    guint before = out->len;
    if ((*at == '{' || *at == '[') && end && !*skip_blank(end)) {
        add_line(&writer, 0, "", 0, at, 1, "");
        if (write_items(&writer, at, 1)) {
            add_line(&writer, 0, "", 0, end - 1, 1, "");
            return;
        }
        g_ptr_array_set_size(out, (int)before);
        writer.marked = false;
    }
    add_line(&writer, 0, "", 0, json, strlen(json), "");
}

char *json_member(const char *json, const char *member)
{
    const char *at = skip_blank(json), *name, *value, *end;
    size_t name_length = 0;
    if (*at != '{')
        return NULL;
    for (at = skip_blank(at + 1); *at != '}';) {
        at = next_item(at, '}', &name, &name_length, &value, &end);
        if (!at)
            return NULL;
        if (is_member(name, name_length, member))
            return g_strndup(value, (gsize)(end - value));
        if (*at == ',')
            at = skip_blank(at + 1);
    }
    return NULL;
}
