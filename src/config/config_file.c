/* SPDX-License-Identifier: Apache-2.0 */
/* tidemark.yaml. Unknown keys are errors: a setting that is misspelt must not be a setting that is ignored. */
#include "config/config_parts.h"
#include "config/expand.h"
#include "config/suggest.h"

char *config_text(Loader *loader, const YamlDoc *doc, const YamlNode *node, const char *what, bool *hidden)
{
    if (node->kind != YAML_SCALAR || node->type == YAML_NULL) {
        g_autofree char *found = yaml_describe(node);
        yaml_problem(doc, node, "%s: expected text, found %s", what, found);
        return NULL;
    }
    g_autofree char *wrong = NULL;
    char *text = expand(loader->env, node->text, hidden, &wrong);
    if (!text)
        yaml_problem(doc, node, "%s: %s", what, wrong);
    return text;
}

/* Sets one option from a node; `where` is "source `app`" or NULL. */
static void set_from_node(Loader *loader, const YamlDoc *doc, OptionValues *values, const YamlPair *pair, const char *where)
{
    bool hidden = false;
    g_autofree char *text = config_text(loader, doc, pair->value, pair->key->text, &hidden);
    Err err = {0};
    if (!text)
        return;
    if (!(hidden ? options_set_hidden(values, pair->key->text, text, &err) : options_set(values, pair->key->text, text, &err)))
        yaml_problem(doc, pair->value, "%s%s%s", where ? where : "", where ? ": " : "", err.message);
}

/* The names of a table of options with some of our own before them; the caller frees the array alone. */
static const char **names_with(const char *const *own, const OptionDef *defs)
{
    GPtrArray *names = g_ptr_array_new();
    for (; *own; own++)
        g_ptr_array_add(names, (char *)*own);
    for (; defs && defs->name; defs++)
        g_ptr_array_add(names, (char *)defs->name);
    g_ptr_array_add(names, NULL);
    return (const char **)g_ptr_array_free(names, FALSE);
}

/* The stream's name as the schema has it; NULL when there is none (reported). */
static const char *find_stream(const SourceConfig *source, const YamlDoc *doc, const YamlNode *key)
{
    if (!source->schema)
        return key->text;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    SchemaEntry entry;
    for (guint i = 0; source->schema_format->entry(source->schema, i, &entry); i++) {
        if (strcmp(entry.stream, key->text) == 0)
            return entry.stream;
        g_ptr_array_add(names, (char *)entry.stream);
    }
    g_ptr_array_add(names, NULL);
    const char *near = suggest(key->text, (const char *const *)names->pdata);
    yaml_problem(doc, key, "source `%s` has no stream `%s`%s%s%s", source->name, key->text, near ? " (did you mean `" : "",
                 near ? near : "", near ? "`?)" : "; its streams are the tables of its schema file");
    return NULL;
}

static void read_stream(Loader *loader, const YamlDoc *doc, SourceConfig *source, const YamlPair *pair)
{
    static const char *const none[] = {NULL};
    const char *name = find_stream(source, doc, pair->key);
    if (!name || yaml_is_empty(pair->value))
        return;
    g_autofree char *where = g_strdup_printf("stream `%s.%s`", source->name, name);
    if (pair->value->kind != YAML_MAP) {
        g_autofree char *found = yaml_describe(pair->value);
        yaml_problem(doc, pair->value, "%s: expected a mapping such as {lookback: 10m}, found %s", where, found);
        return;
    }
    g_autofree const char **known = names_with(none, stream_options);
    yaml_unknown_keys(doc, pair->value, known, where, false);
    OptionValues *values = options_new(stream_options);
    for (guint i = 0; i < pair->value->pairs->len; i++) {
        const YamlPair *setting = &g_array_index(pair->value->pairs, YamlPair, i);
        if (!yaml_is_empty(setting->value) && options_known(values, setting->key->text))
            set_from_node(loader, doc, values, setting, where);
    }
    g_hash_table_replace(source->streams, g_strdup(name), values);
}

static void read_streams(Loader *loader, const YamlDoc *doc, SourceConfig *source, const YamlNode *node)
{
    if (yaml_is_empty(node))
        return;
    if (node->kind != YAML_MAP) {
        g_autofree char *found = yaml_describe(node);
        yaml_problem(doc, node, "`streams` of source `%s`: expected a mapping of stream to settings, found %s", source->name,
                     found);
        return;
    }
    for (guint i = 0; i < node->pairs->len; i++)
        read_stream(loader, doc, source, &g_array_index(node->pairs, YamlPair, i));
}

static void read_schema(Loader *loader, const YamlDoc *doc, SourceConfig *source, const YamlNode *map)
{
    const YamlNode *node = yaml_get(map, "schema");
    bool hidden = false;
    if (yaml_is_empty(node)) {
        if (source->schema_format && !loader->request->without_schemas)
            yaml_problem(doc, map, "source `%s` has no `schema`, expected the path of its schema file", source->name);
        return;
    }
    g_autofree char *text = config_text(loader, doc, node, "`schema`", &hidden);
    g_autofree char *path = text ? path_under(loader->config->directory, text) : NULL;
    if (path)
        source_read_schema(loader, source, path, place_of_node(doc, node));
}

static void set_from_scalar(Loader *loader, const YamlDoc *doc, SourceConfig *source, const char *option, const YamlNode *node,
                            const char *where, GString *texts)
{
    bool hidden = false;
    g_autofree char *text = config_text(loader, doc, node, where, &hidden);
    if (text)
        source_set(loader, source, option, text, hidden, loader->config->directory, place_of_node(doc, node));
    if (text && texts)
        g_string_append_printf(texts, "%s%s", texts->len ? "," : "", text);
}

/* Each item is set by itself, so that a mistake points at it; then all of them. */
static void set_from_list(Loader *loader, const YamlDoc *doc, SourceConfig *source, const char *option, const YamlNode *list,
                          const char *where)
{
    g_autoptr(GString) texts = g_string_new(NULL);
    int before = loader->problems->errors;
    if (list->items->len == 0)
        yaml_problem(doc, list, "%s: `%s`: the list is empty", where, option);
    for (guint i = 0; i < list->items->len; i++)
        set_from_scalar(loader, doc, source, option, list->items->pdata[i], where, texts);
    if (loader->problems->errors == before)
        source_set(loader, source, option, texts->str, true, loader->config->directory, place_of_node(doc, list));
}

static const char *const source_keys[] = {"type", "schema", "into", "destination", "streams", NULL};

static void read_source_options(Loader *loader, const YamlDoc *doc, SourceConfig *source, const YamlNode *map, const char *where)
{
    g_autofree const char **known = names_with(source_keys, options_defs(source->options));
    yaml_unknown_keys(doc, map, known, where, false);
    for (guint i = 0; i < map->pairs->len; i++) {
        const YamlPair *pair = &g_array_index(map->pairs, YamlPair, i);
        if (yaml_is_empty(pair->value) || g_strv_contains(source_keys, pair->key->text) ||
            !options_known(source->options, pair->key->text))
            continue;
        if (pair->value->kind == YAML_LIST && options_takes_list(source->options, pair->key->text))
            set_from_list(loader, doc, source, pair->key->text, pair->value, where);
        else
            set_from_scalar(loader, doc, source, pair->key->text, pair->value, where, NULL);
    }
    bool has_place = options_given(source->options, "host") || options_given(source->options, "socket");
    if (options_known(source->options, "url") && !has_place && !options_text(source->options, "url") &&
        yaml_is_empty(yaml_get(map, "url")))
        yaml_problem(doc, map, "%s has no `url`", where);
}

/* The kind under `type`; NULL when it is none of this version's (reported). */
static const KindOptions *read_kind(Loader *loader, const YamlDoc *doc, const YamlNode *map, const char *where)
{
    static const char *const later[] = {"posthog", "search-stats", NULL};
    const YamlNode *node = yaml_get(map, "type");
    bool hidden = false;
    g_autofree const char **names = kind_names(loader->request->sources);
    g_autofree char *list = suggest_list(names);
    if (yaml_is_empty(node)) {
        yaml_problem(doc, map, "%s has no `type`, expected one of %s", where, list);
        return NULL;
    }
    g_autofree char *text = config_text(loader, doc, node, "`type`", &hidden);
    const KindOptions *kind = text ? kind_find(loader->request->sources, text) : NULL;
    if (!text || kind)
        return kind;
    g_autofree char *hint = suggest_hint(text, names);
    if (g_strv_contains(later, text))
        yaml_problem(doc, node, "%s: sources of type `%s` are not there yet, expected one of %s", where, text, list);
    else
        yaml_problem(doc, node, "%s: unknown type `%s`%s", where, text, hint);
    return NULL;
}

static bool is_source_name(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return len > 0 && len <= 63 && name[len] == '\0' && name[0] != '-';
}

static void read_source(Loader *loader, const YamlDoc *doc, const YamlPair *pair)
{
    const char *name = yaml_key(doc, pair->key);
    g_autofree char *where = g_strdup_printf("source `%s`", name);
    if (!is_source_name(name)) {
        yaml_problem(doc, pair->key, "%s: expected a name of letters, digits, `_` and `-`", where);
        return;
    }
    if (pair->value->kind != YAML_MAP) {
        g_autofree char *found = yaml_describe(pair->value);
        yaml_problem(doc, pair->value, "%s: expected a mapping, found %s", where, found);
        return;
    }
    const YamlNode *map = pair->value;
    const KindOptions *kind = read_kind(loader, doc, map, where);
    if (!kind)
        return;
    SourceConfig *source = source_config_new(name, kind);
    g_ptr_array_add(loader->config->sources, source);
    source->file = g_strdup(doc->file);
    source->line = pair->key->line;
    bool hidden = false;
    const YamlNode *into = yaml_get(map, "into");
    if (!yaml_is_empty(into))
        source->into = config_text(loader, doc, into, "`into`", &hidden);
    if (source->into && (!*source->into || strlen(source->into) > 63))
        yaml_problem(doc, into, "`into` of %s: expected the name of a schema, of at most 63 bytes", where);
    read_source_options(loader, doc, source, map, where);
    const YamlNode *destination = yaml_get(map, "destination");
    if (!yaml_is_empty(destination) && !loader->overridden)
        source->destination = destination_from_node(loader, doc, destination);
    read_schema(loader, doc, source, map);
    read_streams(loader, doc, source, yaml_get(map, "streams"));
}

static void read_top_options(Loader *loader, const YamlDoc *doc)
{
    OptionValues *values = options_new(config_options);
    Config *config = loader->config;
    for (guint i = 0; i < doc->root->pairs->len; i++) {
        const YamlPair *pair = &g_array_index(doc->root->pairs, YamlPair, i);
        if (!yaml_is_empty(pair->value) && options_known(values, pair->key->text))
            set_from_node(loader, doc, values, pair, NULL);
    }
    config->jobs = (int)options_int(values, "jobs");
    if (options_given(values, "state"))
        config->state_file = path_under(config->directory, options_text(values, "state"));
    config->keep_history_us = MAX(options_int(values, "keep_history"), 0);
    if (options_given(values, "date_threshold"))
        config->global_threshold_us = options_int(values, "date_threshold");
    if (options_given(values, "batch_size"))
        config->batch_size = (int)options_int(values, "batch_size");
    options_free(values);
}

static void read_sources(Loader *loader, const YamlDoc *doc)
{
    const YamlNode *node = yaml_get(doc->root, "sources");
    if (yaml_is_empty(node) || node->kind != YAML_MAP || node->pairs->len == 0) {
        g_autofree char *found = yaml_describe(node);
        yaml_problem(doc, node ? node : doc->root, "`sources`: expected a mapping of name to source, found %s", found);
        return;
    }
    for (guint i = 0; i < node->pairs->len; i++)
        read_source(loader, doc, &g_array_index(node->pairs, YamlPair, i));
}

void config_read_file(Loader *loader, const char *path)
{
    YamlDoc *doc = yaml_load(path, loader->problems);
    if (!doc)
        return;
    if (yaml_is_empty(doc->root) || doc->root->kind != YAML_MAP) {
        g_autofree char *found = yaml_describe(doc->root);
        yaml_problem(doc, doc->root, "expected a mapping with `destination` and `sources`, found %s", found);
        yaml_free(doc);
        return;
    }
    static const char *const own[] = {"destination", "sources", NULL};
    g_autofree const char **known = names_with(own, config_options);
    yaml_unknown_keys(doc, doc->root, known, "the file", false);
    read_top_options(loader, doc);
    const YamlNode *destination = yaml_get(doc->root, "destination");
    /* The default comes first in config->destinations, yet sources may bring their own: read it before them. */
    bool skip = yaml_is_empty(destination) || loader->overridden;
    DestinationConfig *fallback = skip ? NULL : destination_from_node(loader, doc, destination);
    read_sources(loader, doc);
    for (guint i = 0; fallback && i < loader->config->sources->len; i++) {
        SourceConfig *source = g_ptr_array_index(loader->config->sources, i);
        if (!source->destination)
            source->destination = fallback;
    }
    yaml_free(doc);
}
