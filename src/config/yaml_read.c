/* SPDX-License-Identifier: Apache-2.0 */
/* Typed values out of a YAML tree, with a sentence for what does not fit. */
#include "config/suggest.h"
#include "config/yaml.h"

enum { SHOWN = 60 }; /* characters of a found text that a message repeats */

static void say(const YamlDoc *doc, const YamlNode *at, bool warning, const char *fmt, va_list args)
{
    g_autofree char *text = g_strdup_vprintf(fmt, args);
    problems_put(doc->problems, warning, doc->file, at ? at->line : 0, at ? at->column : 0, text);
}

void yaml_problem(const YamlDoc *doc, const YamlNode *at, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(doc, at, false, fmt, args);
    va_end(args);
}

void yaml_warning(const YamlDoc *doc, const YamlNode *at, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(doc, at, true, fmt, args);
    va_end(args);
}

bool yaml_is_empty(const YamlNode *node)
{
    return !node || (node->kind == YAML_SCALAR && node->type == YAML_NULL);
}

const YamlNode *yaml_get(const YamlNode *map, const char *key)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    for (guint i = 0; i < map->pairs->len; i++) {
        const YamlPair *pair = &g_array_index(map->pairs, YamlPair, i);
        if (strcmp(pair->key->text, key) == 0)
            return pair->value;
    }
    return NULL;
}

char *yaml_describe(const YamlNode *node)
{
    static const char *const names[] = {[YAML_TEXT] = "the text",
                                        [YAML_BOOL] = "the boolean",
                                        [YAML_INT] = "the number",
                                        [YAML_FLOAT] = "the number",
                                        [YAML_DATE] = "the date"};
    if (yaml_is_empty(node))
        return g_strdup("nothing");
    if (node->kind == YAML_LIST)
        return g_strdup("a list");
    if (node->kind == YAML_MAP)
        return g_strdup("a mapping");
    if (g_utf8_strlen(node->text, -1) <= SHOWN)
        return g_strdup_printf("%s `%s`", names[node->type], node->text);
    g_autofree char *head = g_utf8_substring(node->text, 0, SHOWN);
    return g_strdup_printf("%s `%s…`", names[node->type], head);
}

static void expected(const YamlDoc *doc, const YamlNode *node, const char *what, const char *wanted)
{
    g_autofree char *found = yaml_describe(node);
    yaml_problem(doc, node, "%s: expected %s, found %s", what, wanted, found);
}

const char *yaml_text(const YamlDoc *doc, const YamlNode *node, const char *what)
{
    if (node->kind == YAML_SCALAR && node->type == YAML_BOOL) {
        expected(doc, node, what, "text (put it in quotes)");
        return NULL;
    }
    if (node->kind != YAML_SCALAR || node->type == YAML_NULL) {
        expected(doc, node, what, "text");
        return NULL;
    }
    return node->text;
}

bool yaml_bool(const YamlDoc *doc, const YamlNode *node, const char *what, bool *out)
{
    if (node->kind == YAML_SCALAR && node->type == YAML_BOOL)
        return yaml_scalar_bool(node->text, out);
    bool understood = false;
    if (node->kind == YAML_SCALAR && node->type == YAML_TEXT)
        understood = yaml_scalar_bool(node->text, out);
    if (node->kind == YAML_SCALAR && node->type == YAML_INT && (strcmp(node->text, "0") == 0 || strcmp(node->text, "1") == 0)) {
        *out = node->text[0] == '1';
        understood = true;
    }
    if (understood)
        yaml_warning(doc, node, "%s: `%s` is read as %s, write it without quotes as true or false", what, node->text,
                     *out ? "true" : "false");
    else
        expected(doc, node, what, "true or false");
    return understood;
}

bool yaml_int(const YamlDoc *doc, const YamlNode *node, const char *what, int64_t min, int64_t max, int64_t *out)
{
    if (node->kind == YAML_SCALAR && node->type == YAML_INT && yaml_scalar_int(node->text, out) && *out >= min && *out <= max)
        return true;
    g_autofree char *wanted = g_strdup_printf("an integer from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, min, max);
    expected(doc, node, what, wanted);
    return false;
}

const char *yaml_key(const YamlDoc *doc, const YamlNode *key)
{
    if (key->type == YAML_BOOL || key->type == YAML_NULL)
        yaml_warning(doc, key, "YAML means %s by the unquoted name `%s`; it is read as text, put it in quotes",
                     key->type == YAML_BOOL ? "a boolean" : "nothing", key->text);
    return key->text;
}

void yaml_unknown_keys(const YamlDoc *doc, const YamlNode *map, const char *const *known, const char *where, bool warn)
{
    for (guint i = 0; i < map->pairs->len; i++) {
        const YamlNode *key = g_array_index(map->pairs, YamlPair, i).key;
        if (g_strv_contains(known, key->text))
            continue;
        g_autofree char *hint = suggest_hint(key->text, known);
        g_autofree char *name = yaml_describe(key);
        const char *tick = strchr(name, '`');
        if (warn)
            yaml_warning(doc, key, "unknown key %s in %s is ignored%s", tick ? tick : "``", where, hint);
        else
            yaml_problem(doc, key, "unknown key %s in %s%s", tick ? tick : "``", where, hint);
    }
}
