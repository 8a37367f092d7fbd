/* SPDX-License-Identifier: Apache-2.0 */
#include "config/yaml.h"

#include <libfyaml.h>

#define CORE_TAG "tag:yaml.org,2002:"

enum { MAX_BYTES = 16 * 1024 * 1024, MAX_DEPTH = 64, MAX_ALIASED = 100000 };

typedef struct Builder {
    YamlDoc *doc;
    GHashTable *anchors; /* name → YamlNode */
    GPtrArray *stack;    /* open collections */
    GPtrArray *keys;     /* beside the stack: the key that waits for its value, or NULL */
    int64_t aliased;     /* nodes that aliases added */
    int documents;
    bool failed;
} Builder;

static void node_free(void *data)
{
    YamlNode *node = data;
    g_free(node->text);
    if (node->pairs)
        g_array_unref(node->pairs);
    if (node->items)
        g_ptr_array_unref(node->items);
    g_free(node);
}

void yaml_free(YamlDoc *doc)
{
    if (!doc)
        return;
    g_ptr_array_unref(doc->nodes);
    g_free(doc->file);
    g_free(doc);
}

static YamlNode *node_new(Builder *b, YamlKind kind, struct fy_event *event)
{
    YamlNode *node = g_new0(YamlNode, 1);
    const struct fy_mark *mark = fy_event_start_mark(event);
    node->kind = kind;
    node->weight = 1;
    node->line = mark ? mark->line + 1 : 0;
    node->column = mark ? mark->column + 1 : 0;
    if (kind == YAML_MAP)
        node->pairs = g_array_new(FALSE, FALSE, sizeof(YamlPair));
    if (kind == YAML_LIST)
        node->items = g_ptr_array_new();
    g_ptr_array_add(b->doc->nodes, node);
    return node;
}

static bool fail(Builder *b, const YamlNode *at, const char *text)
{
    yaml_problem(b->doc, at, "%s", text);
    b->failed = true;
    return false;
}

static void remember_anchor(Builder *b, struct fy_event *event, YamlNode *node)
{
    struct fy_token *token = fy_event_get_anchor_token(event);
    size_t len = 0;
    const char *text = token ? fy_token_get_text(token, &len) : NULL;
    if (text)
        g_hash_table_replace(b->anchors, g_strndup(text, len), node);
}

/* A value, key or item arrives: into the innermost open collection. */
static bool place(Builder *b, YamlNode *node)
{
    if (b->stack->len == 0) {
        b->doc->root = node;
        return true;
    }
    YamlNode *parent = g_ptr_array_index(b->stack, b->stack->len - 1);
    if (parent->kind == YAML_LIST) {
        g_ptr_array_add(parent->items, node);
        return true;
    }
    YamlNode *key = g_ptr_array_index(b->keys, b->keys->len - 1);
    if (!key) {
        if (node->kind != YAML_SCALAR)
            return fail(b, node, "a list or mapping cannot be a key here, expected a name");
        g_ptr_array_index(b->keys, b->keys->len - 1) = node;
        return true;
    }
    if (node->line == 0) { /* `key:` with nothing behind it stands where its key stands */
        node->line = key->line;
        node->column = key->column;
    }
    YamlPair pair = {key, node};
    g_array_append_val(parent->pairs, pair);
    g_ptr_array_index(b->keys, b->keys->len - 1) = NULL;
    return true;
}

/* The pairs of `from` over those already there: an equal key keeps its place and takes the new value. */
static void put_pairs(const YamlDoc *doc, GArray *to, GHashTable *places, const GArray *from, bool warn)
{
    for (guint i = 0; i < from->len; i++) {
        YamlPair pair = g_array_index(from, YamlPair, i);
        void *place;
        if (pair.key->merge)
            continue;
        if (!g_hash_table_lookup_extended(places, pair.key->text, NULL, &place)) {
            g_hash_table_insert(places, pair.key->text, GUINT_TO_POINTER(to->len));
            g_array_append_val(to, pair);
            continue;
        }
        YamlPair *there = &g_array_index(to, YamlPair, GPOINTER_TO_UINT(place));
        if (warn)
            yaml_warning(doc, pair.key, "the key `%s` is given twice (first in line %d), the last one counts", pair.key->text,
                         there->key->line);
        *there = pair;
    }
}

/* Value of a `<<` key: a mapping, or a list of mappings of which the first wins. */
static bool merge_from(Builder *b, GArray *to, GHashTable *places, const YamlNode *value)
{
    if (value->kind == YAML_MAP) {
        put_pairs(b->doc, to, places, value->pairs, false);
        return true;
    }
    if (value->kind != YAML_LIST)
        return fail(b, value, "`<<` takes a mapping or a list of mappings");
    for (guint i = value->items->len; i > 0; i--) {
        const YamlNode *item = g_ptr_array_index(value->items, i - 1);
        if (item->kind != YAML_MAP)
            return fail(b, item, "`<<` takes a mapping or a list of mappings");
        put_pairs(b->doc, to, places, item->pairs, false);
    }
    return true;
}

/* Merge keys first, then the mapping's own: those win, the last of two equal ones. */
static bool settle_map(Builder *b, YamlNode *map)
{
    GArray *own = map->pairs;
    GArray *merged = g_array_new(FALSE, FALSE, sizeof(YamlPair));
    g_autoptr(GHashTable) places = g_hash_table_new(g_str_hash, g_str_equal);
    bool fine = true;
    for (guint i = 0; i < own->len && fine; i++) {
        const YamlPair *pair = &g_array_index(own, YamlPair, i);
        if (pair->key->merge)
            fine = merge_from(b, merged, places, pair->value);
    }
    g_autoptr(GArray) distinct = g_array_new(FALSE, FALSE, sizeof(YamlPair));
    g_autoptr(GHashTable) own_places = g_hash_table_new(g_str_hash, g_str_equal);
    put_pairs(b->doc, distinct, own_places, own, true);
    put_pairs(b->doc, merged, places, distinct, false);
    map->pairs = merged;
    g_array_unref(own);
    return fine;
}

/* The whole tag ("tag:yaml.org,2002:str", "!"), or NULL. The caller frees it. */
static char *tag_of(struct fy_event *event)
{
    struct fy_token *token = fy_event_get_tag_token(event);
    size_t len = 0;
    const char *text = token ? fy_token_get_text(token, &len) : NULL;
    return text ? g_strndup(text, len) : NULL;
}

static bool open_collection(Builder *b, YamlKind kind, struct fy_event *event)
{
    YamlNode *node = node_new(b, kind, event);
    node->open = true;
    if (b->stack->len >= MAX_DEPTH)
        return fail(b, node, "nested deeper than 64 levels");
    g_autofree char *tag = tag_of(event);
    if (tag && strcmp(tag, "!") != 0 && strcmp(tag, kind == YAML_MAP ? CORE_TAG "map" : CORE_TAG "seq") != 0)
        return fail(b, node, "unknown tag on a list or mapping");
    remember_anchor(b, event, node);
    if (!place(b, node))
        return false;
    g_ptr_array_add(b->stack, node);
    g_ptr_array_add(b->keys, NULL);
    return true;
}

static bool close_collection(Builder *b)
{
    YamlNode *node = g_ptr_array_index(b->stack, b->stack->len - 1);
    g_ptr_array_set_size(b->stack, (int)b->stack->len - 1);
    g_ptr_array_set_size(b->keys, (int)b->keys->len - 1);
    node->open = false;
    if (node->kind == YAML_LIST)
        for (guint i = 0; i < node->items->len; i++)
            node->weight += ((const YamlNode *)g_ptr_array_index(node->items, i))->weight;
    if (node->kind == YAML_MAP)
        for (guint i = 0; i < node->pairs->len; i++)
            node->weight += 1 + g_array_index(node->pairs, YamlPair, i).value->weight;
    return node->kind != YAML_MAP || settle_map(b, node);
}

/* Type of a scalar: by its tag, else quoted is text and plain is resolved. */
static bool scalar_type(Builder *b, struct fy_event *event, YamlNode *node)
{
    struct fy_token *token = fy_event_get_token(event);
    bool plain = !token || fy_token_scalar_style(token) == FYSS_PLAIN;
    g_autofree char *tag = tag_of(event);
    node->merge = !tag && plain && strcmp(node->text, "<<") == 0;
    if (!tag) {
        node->type = plain ? yaml_scalar_type(node->text) : YAML_TEXT;
        return true;
    }
    if (strcmp(tag, "!") == 0 || strcmp(tag, CORE_TAG "str") == 0)
        return true;
    if (!g_str_has_prefix(tag, CORE_TAG))
        return fail(b, node, "unknown tag, expected one of !!str, !!int, !!float, !!bool, !!null, !!timestamp");
    static const char *const names[] = {
        [YAML_NULL] = "null", [YAML_BOOL] = "bool", [YAML_INT] = "int", [YAML_FLOAT] = "float", [YAML_DATE] = "timestamp"};
    node->type = yaml_scalar_type(node->text);
    for (int type = YAML_NULL; type <= YAML_DATE; type++)
        if (strcmp(tag + strlen(CORE_TAG), names[type]) == 0)
            return (int)node->type == type || fail(b, node, "the value does not fit its tag");
    return fail(b, node, "unknown tag, expected one of !!str, !!int, !!float, !!bool, !!null, !!timestamp");
}

static bool take_scalar(Builder *b, struct fy_event *event)
{
    YamlNode *node = node_new(b, YAML_SCALAR, event);
    struct fy_token *token = fy_event_get_token(event);
    enum fy_scalar_style style = token ? fy_token_scalar_style(token) : FYSS_PLAIN;
    if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED)
        node->column--; /* the mark stands behind the quote */
    size_t len = 0;
    const char *text = token ? fy_token_get_text(token, &len) : NULL;
    node->text = text ? g_strndup(text, len) : g_strdup("");
    if (text && memchr(text, 0, len))
        return fail(b, node, "the text holds a NUL character");
    if (!scalar_type(b, event, node))
        return false;
    remember_anchor(b, event, node);
    return place(b, node);
}

static bool take_alias(Builder *b, struct fy_event *event)
{
    struct fy_token *token = fy_event_get_token(event);
    size_t len = 0;
    const char *text = token ? fy_token_get_text(token, &len) : NULL;
    g_autofree char *name = g_strndup(text ? text : "", len);
    const struct fy_mark *mark = fy_event_start_mark(event);
    YamlNode at = {.line = mark ? mark->line + 1 : 0, .column = mark ? mark->column + 1 : 0};
    YamlNode *target = g_hash_table_lookup(b->anchors, name);
    if (!target) {
        yaml_problem(b->doc, &at, "the alias `*%s` names no anchor above it", name);
        b->failed = true;
        return false;
    }
    if (target->open) {
        yaml_problem(b->doc, &at, "the alias `*%s` stands inside what it refers to", name);
        b->failed = true;
        return false;
    }
    b->aliased += target->weight;
    if (b->aliased > MAX_ALIASED)
        return fail(b, &at, "aliases would expand to more than 100,000 values");
    return place(b, target);
}

static bool take_event(Builder *b, struct fy_event *event)
{
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (++b->documents > 1) {
            YamlNode at = {.line = 0};
            return fail(b, &at, "the file holds several documents (`---`), expected one");
        }
        g_hash_table_remove_all(b->anchors);
        return true;
    case FYET_MAPPING_START:
        return open_collection(b, YAML_MAP, event);
    case FYET_SEQUENCE_START:
        return open_collection(b, YAML_LIST, event);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        return close_collection(b);
    case FYET_SCALAR:
        return take_scalar(b, event);
    case FYET_ALIAS:
        return take_alias(b, event);
    default:
        return true;
    }
}

static void report_syntax(Builder *b, struct fy_diag *diag)
{
    void *iterator = NULL;
    struct fy_diag_error *error = fy_diag_errors_iterate(diag, &iterator);
    if (error) {
        int line = error->line > 0 ? error->line : 0;
        problems_add(b->doc->problems, b->doc->file, line, line ? MAX(error->column, 1) : 0, "not valid YAML: %s", error->msg);
    } else {
        problems_add(b->doc->problems, b->doc->file, 0, 0, "not valid YAML");
    }
    b->failed = true;
}

static void build(Builder *b, const char *text, size_t len)
{
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_1 | FYPCF_JSON_NONE |
                                        FYPCF_SLOPPY_FLOW_INDENTATION,
                               .diag = diag};
    struct fy_parser *parser = fy_parser_create(&cfg);
    if (parser && fy_parser_set_string(parser, text, len) == 0) {
        struct fy_event *event;
        while (!b->failed && (event = fy_parser_parse(parser))) {
            take_event(b, event);
            fy_parser_event_free(parser, event);
        }
    }
    if (!b->failed && (!parser || fy_parser_get_stream_error(parser) || b->stack->len > 0))
        report_syntax(b, diag);
    if (parser)
        fy_parser_destroy(parser);
    fy_diag_destroy(diag);
}

/* Bytes that no YAML file may hold; says in which line. */
static bool check_bytes(const char *text, size_t len, const char *file, Problems *problems)
{
    if (len > MAX_BYTES) {
        problems_add(problems, file, 0, 0, "the file has %zu bytes, expected at most 16 MiB", len);
        return false;
    }
    return problems_check_text(problems, file, text, len);
}

YamlDoc *yaml_parse(const char *text, size_t len, const char *file, Problems *problems)
{
    if (!check_bytes(text, len, file, problems))
        return NULL;
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        len -= 3;
    }
    YamlDoc *doc = g_new0(YamlDoc, 1);
    doc->file = g_strdup(file);
    doc->problems = problems;
    doc->nodes = g_ptr_array_new_with_free_func(node_free);
    Builder b = {.doc = doc,
                 .anchors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                 .stack = g_ptr_array_new(),
                 .keys = g_ptr_array_new()};
    if (len > 0)
        build(&b, text, len);
    g_hash_table_unref(b.anchors);
    g_ptr_array_unref(b.stack);
    g_ptr_array_unref(b.keys);
    if (!b.failed)
        return doc;
    yaml_free(doc);
    return NULL;
}

YamlDoc *yaml_load(const char *path, Problems *problems)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    gsize len = 0;
    if (!g_file_get_contents(path, &text, &len, &error)) {
        problems_unreadable(problems, path, error);
        return NULL;
    }
    return yaml_parse(text, len, path, problems);
}
