/* SPDX-License-Identifier: Apache-2.0 */
/* Relationship tables: rows that come from the arrays of a parent document. A named strategy is a shipped declaration and is read by the
 * same code as one in the file. */
#include "config/schema_parts.h"
#include "config/strategies.h"
#include "config/suggest.h"

/* A declaration and where it stands. For a shipped one, what does not fit the table is the fault of the line that names it. */
typedef struct Relation {
    TableReader *r;
    const YamlDoc *doc;
    const YamlNode *node;
    const YamlNode *named_at; /* `import_strategy`, or NULL */
    const char *where;        /* "`relationship` of table `x`" */
} Relation;

static const YamlNode *blame(const Relation *rel, const YamlNode *node)
{
    return rel->named_at ? rel->named_at : node;
}

char **schema_texts(const YamlDoc *doc, const YamlNode *node, const char *what)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    guint count = node->kind == YAML_LIST ? node->items->len : 1;
    for (guint i = 0; i < count; i++) {
        const YamlNode *item = node->kind == YAML_LIST ? g_ptr_array_index(node->items, i) : node;
        const char *text = yaml_text(doc, item, what);
        if (text && !*text)
            yaml_problem(doc, item, "%s: expected a field, found an empty name", what);
        if (!text || !*text)
            return NULL;
        g_ptr_array_add(texts, g_strdup(text));
    }
    g_ptr_array_add(texts, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&texts), FALSE);
}

static bool is_map(const Relation *rel, const YamlNode *node, const char *what)
{
    if (node->kind == YAML_MAP)
        return true;
    g_autofree char *found = yaml_describe(node);
    yaml_problem(rel->doc, node, "%s: expected a mapping, found %s", what, found);
    return false;
}

/* The column that is named; -1 when there is none that can be filled. */
static int fill_column(const Relation *rel, const YamlNode *node, const char *name)
{
    const TableDef *table = rel->r->table->table;
    int column = table_column(table, name);
    if (column < 0) {
        yaml_problem(rel->r->doc, blame(rel, node), "%s fills the column `%s`, which the table does not have", rel->where, name);
        return -1;
    }
    if (table->columns[column].type.generated) {
        yaml_problem(rel->r->doc, blame(rel, node), "%s fills the column `%s`, which the destination numbers itself", rel->where,
                     name);
        return -1;
    }
    rel->r->fed[column] = true;
    return column;
}

/* The text under the key as a column to fill. */
static int column_of(const Relation *rel, const YamlNode *map, const char *key, const char *what)
{
    const YamlNode *node = yaml_get(map, key);
    if (yaml_is_empty(node)) {
        yaml_problem(rel->doc, map, "%s has no `%s`", what, key);
        return -1;
    }
    const char *name = yaml_text(rel->doc, node, what);
    return name ? fill_column(rel, node, name) : -1;
}

static void read_set(const Relation *rel, const YamlNode *node, const char *what, ArrayMap *array)
{
    if (yaml_is_empty(node) || !is_map(rel, node, what))
        return;
    array->set = g_new0(ConstantMap, node->pairs->len);
    for (guint i = 0; i < node->pairs->len; i++) {
        const YamlPair *pair = &g_array_index(node->pairs, YamlPair, i);
        const char *text = yaml_text(rel->doc, pair->value, what);
        int column = fill_column(rel, pair->key, pair->key->text);
        if (text && column >= 0)
            array->set[array->set_count++] = (ConstantMap){column, g_strdup(text)};
    }
}

static void read_item_fields(const Relation *rel, const YamlNode *node, const char *what, ArrayMap *array)
{
    if (yaml_is_empty(node) || !is_map(rel, node, what))
        return;
    array->fields = g_new0(FieldMap, node->pairs->len);
    for (guint i = 0; i < node->pairs->len; i++) {
        const YamlPair *pair = &g_array_index(node->pairs, YamlPair, i);
        const char *name = yaml_text(rel->doc, pair->value, what);
        int column = name ? fill_column(rel, pair->value, name) : -1;
        if (column >= 0)
            array->fields[array->field_count++] = (FieldMap){g_strdup(pair->key->text), column};
    }
}

/* A column that one array fills twice would hold whichever came last. */
static void check_filled_once(const Relation *rel, const YamlNode *node, const ArrayMap *array, const char *what)
{
    const TableDef *table = rel->r->table->table;
    g_autofree int *times = g_new0(int, table->column_count);
    if (rel->r->table->parent_column >= 0)
        times[rel->r->table->parent_column]++;
    if (array->column >= 0)
        times[array->column]++;
    for (int i = 0; i < array->set_count; i++)
        times[array->set[i].column]++;
    for (int i = 0; i < array->field_count; i++)
        times[array->fields[i].column]++;
    for (int i = 0; i < table->column_count; i++)
        if (times[i] > 1)
            yaml_problem(rel->r->doc, blame(rel, node), "%s fills the column `%s` twice", what, table->columns[i].name);
}

static void read_array(const Relation *rel, const YamlNode *node, int number, ArrayMap *array)
{
    static const char *const known[] = {"field", "column", "reference", "set", "fields", NULL};
    g_autofree char *what = g_strdup_printf("array %d in %s", number, rel->where);
    array->column = -1;
    if (!is_map(rel, node, what))
        return;
    yaml_unknown_keys(rel->doc, node, known, what, false);
    const YamlNode *field = yaml_get(node, "field");
    const char *text = yaml_is_empty(field) ? NULL : yaml_text(rel->doc, field, what);
    if (yaml_is_empty(field) || (text && !*text))
        yaml_problem(rel->doc, node, "%s has no `field`", what);
    array->field = g_strdup(text ? text : "");
    array->column = column_of(rel, node, "column", what);
    const YamlNode *reference = yaml_get(node, "reference");
    if (!yaml_is_empty(reference))
        array->reference = g_strdup(yaml_text(rel->doc, reference, what));
    read_set(rel, yaml_get(node, "set"), what, array);
    read_item_fields(rel, yaml_get(node, "fields"), what, array);
    check_filled_once(rel, node, array, what);
}

static void read_arrays(const Relation *rel)
{
    MongoTable *table = rel->r->table;
    const YamlNode *list = yaml_get(rel->node, "arrays");
    if (!list || list->kind != YAML_LIST || list->items->len == 0) {
        yaml_problem(rel->doc, list ? list : rel->node,
                     "%s: expected `arrays` with a list of arrays, such as "
                     "`- {field: targets, column: target_id}`",
                     rel->where);
        return;
    }
    table->arrays = g_new0(ArrayMap, list->items->len);
    for (guint i = 0; i < list->items->len; i++, table->array_count++)
        read_array(rel, g_ptr_array_index(list->items, i), (int)i + 1, &table->arrays[i]);
}

static void read_date(const Relation *rel, const YamlPair *pair, DateMap *date)
{
    static const char *const known[] = {"item", "parent", "item_last", NULL};
    g_autofree char *what = g_strdup_printf("date `%s` in %s", pair->key->text, rel->where);
    date->column = fill_column(rel, pair->key, pair->key->text);
    date->parent_fields = g_new0(char *, 1);
    if (!is_map(rel, pair->value, what))
        return;
    yaml_unknown_keys(rel->doc, pair->value, known, what, false);
    const YamlNode *item = yaml_get(pair->value, "item");
    const YamlNode *parent = yaml_get(pair->value, "parent");
    const YamlNode *last = yaml_get(pair->value, "item_last");
    if (!yaml_is_empty(item))
        date->item_field = g_strdup(yaml_text(rel->doc, item, what));
    char **fields = yaml_is_empty(parent) ? NULL : schema_texts(rel->doc, parent, what);
    if (fields) {
        g_strfreev(date->parent_fields);
        date->parent_fields = fields;
    }
    if (!yaml_is_empty(last))
        yaml_bool(rel->doc, last, what, &date->item_last);
    if (yaml_is_empty(item) && yaml_is_empty(parent))
        yaml_problem(rel->doc, pair->value, "%s: expected `item`, `parent` or both", what);
}

static void read_dates(const Relation *rel)
{
    MongoTable *table = rel->r->table;
    const YamlNode *node = yaml_get(rel->node, "dates");
    if (yaml_is_empty(node) || !is_map(rel, node, rel->where))
        return;
    table->dates = g_new0(DateMap, node->pairs->len);
    for (guint i = 0; i < node->pairs->len; i++)
        read_date(rel, &g_array_index(node->pairs, YamlPair, i), &table->dates[table->date_count++]);
}

static void read_mode(const Relation *rel)
{
    static const char *const names[] = {
        [WRITE_UPSERT] = "upsert", [WRITE_INSERT_IGNORE] = "insert-ignore", [WRITE_CHILDREN] = "children"};
    rel->r->table->mode = WRITE_CHILDREN;
    const YamlNode *node = yaml_get(rel->node, "mode");
    if (yaml_is_empty(node))
        return;
    const char *text = yaml_text(rel->doc, node, rel->where);
    for (int i = 0; text && i < (int)G_N_ELEMENTS(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            rel->r->table->mode = (WriteModeId)i;
            return;
        }
    }
    if (text)
        yaml_problem(rel->doc, node, "`mode` in %s: expected children, upsert or insert-ignore, found `%s`", rel->where, text);
}

void schema_read_filter(TableReader *r, const YamlDoc *doc, const YamlNode *node, const char *where)
{
    static const char *const known[] = {"exists", NULL};
    if (yaml_is_empty(node))
        return;
    const YamlNode *exists = yaml_get(node, "exists");
    if (node->kind != YAML_MAP || yaml_is_empty(exists)) {
        yaml_problem(doc, node, "`filter` of %s: expected `{exists: FIELD}` or `{exists: [FIELD, …]}`", where);
        return;
    }
    yaml_unknown_keys(doc, node, known, where, false);
    g_auto(GStrv) fields = schema_texts(doc, exists, where);
    if (!fields)
        return;
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    for (char **at = r->table->filter_exists; at && *at; at++)
        g_ptr_array_add(all, *at);
    for (char **at = fields; *at; at++)
        g_ptr_array_add(all, g_strdup(*at));
    g_ptr_array_add(all, NULL);
    g_free(r->table->filter_exists);
    r->table->filter_exists = (char **)g_ptr_array_free(g_steal_pointer(&all), FALSE);
}

static void read_declaration(const Relation *rel)
{
    static const char *const known[] = {"parent", "mode", "arrays", "dates", "filter", NULL};
    if (!is_map(rel, rel->node, rel->where))
        return;
    yaml_unknown_keys(rel->doc, rel->node, known, rel->where, false);
    rel->r->table->parent_column = column_of(rel, rel->node, "parent", rel->where);
    read_mode(rel);
    read_arrays(rel);
    read_dates(rel);
    schema_read_filter(rel->r, rel->doc, yaml_get(rel->node, "filter"), rel->where);
}

/* The shipped declaration of that name; NULL when there is none (reported). */
static const YamlNode *shipped(TableReader *r, const YamlNode *named)
{
    g_autofree char *what = g_strdup_printf("`import_strategy` of %s", r->where);
    const char *name = yaml_text(r->doc, named, what);
    if (!name)
        return NULL;
    if (!r->reader->strategies)
        r->reader->strategies = strategies_read(r->doc->problems);
    if (!r->reader->strategies)
        return NULL;
    const YamlNode *node = yaml_get(r->reader->strategies->root, name);
    if (node) {
        r->table->strategy = g_strdup(name);
        return node;
    }
    g_autofree const char **names = strategies_names(r->reader->strategies);
    g_autofree char *hint = suggest_hint(name, names);
    yaml_problem(r->doc, named, "%s: unknown strategy `%s`%s", what, name, hint);
    return NULL;
}

bool schema_read_relation(TableReader *r)
{
    const YamlNode *named = yaml_get(r->node, "import_strategy");
    const YamlNode *declared = yaml_get(r->node, "relationship");
    if (!yaml_is_empty(named) && !yaml_is_empty(declared))
        yaml_problem(r->doc, declared, "%s has both `import_strategy` and `relationship`, expected one of them", r->where);
    if (!yaml_is_empty(declared)) {
        g_autofree char *where = g_strdup_printf("`relationship` of %s", r->where);
        Relation rel = {.r = r, .doc = r->doc, .node = declared, .where = where};
        read_declaration(&rel);
        return true;
    }
    if (yaml_is_empty(named))
        return false;
    const YamlNode *node = shipped(r, named);
    if (!node)
        return true;
    g_autofree char *where = g_strdup_printf("the strategy `%s` of %s", r->table->strategy, r->where);
    Relation rel = {.r = r, .doc = r->reader->strategies, .node = node, .named_at = named, .where = where};
    read_declaration(&rel);
    return true;
}
