/* SPDX-License-Identifier: Apache-2.0 */
#include "config/schema_tables.h"

#include "config/options.h"
#include "config/schema_column.h"
#include "model/time.h"

static const char *const table_keys[] = {"description", "source_table", "columns", "cursor", "lookback", "indexes", NULL};
static const char *const column_keys[] = {"name", "sql_type", "nullable", "primary_key", NULL};

/* What is known of Matomo's tables: rows are touched again for a while after their cursor's time (a visit goes on, a page's timings come
 * late), and people join them by these columns. */
typedef struct KnownTable {
    const char *suffix, *cursor;
    const char *indexes[3];
} KnownTable;

static const KnownTable known_tables[] = {
    {"log_visit", "visit_last_action_time", {"visit_last_action_time", "idvisitor"}},
    {"log_link_visit_action", "server_time", {"server_time", "idvisit"}},
};

/* One table being read. */
typedef struct TableReader {
    const YamlDoc *doc;
    const YamlNode *key, *node;
    char *where; /* "table `users`" */
    SourceTable *table;
    const KnownTable *known; /* or NULL */
} TableReader;

static void source_table_free(void *data)
{
    SourceTable *table = data;
    if (!table)
        return;
    table_free(table->table);
    g_free(table->source);
    g_free(table->description);
    g_free(table->key);
    g_free(table);
}

void schema_tables_free(SchemaTables *schema)
{
    if (!schema)
        return;
    g_ptr_array_unref(schema->tables);
    g_free(schema->path);
    g_free(schema);
}

static const KnownTable *find_known(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(known_tables); i++) {
        const char *suffix = known_tables[i].suffix;
        size_t len = strlen(name), end = strlen(suffix);
        if (g_str_has_suffix(name, suffix) && (len == end || name[len - end - 1] == '_'))
            return &known_tables[i];
    }
    return NULL;
}

/* A text of the table; NULL when it is not given, or is none (reported). */
static const char *read_text(TableReader *r, const char *key)
{
    const YamlNode *node = yaml_get(r->node, key);
    g_autofree char *what = g_strdup_printf("`%s` of %s", key, r->where);
    return yaml_is_empty(node) ? NULL : yaml_text(r->doc, node, what);
}

static bool read_columns(TableReader *r, const char *into)
{
    const YamlNode *list = yaml_get(r->node, "columns");
    if (yaml_is_empty(list))
        list = NULL;
    if (list && list->kind != YAML_LIST) {
        g_autofree char *found = yaml_describe(list);
        yaml_problem(r->doc, list, "`columns` of %s: expected a list of columns, found %s", r->where, found);
        return false;
    }
    int count = list ? (int)list->items->len : 0;
    if (count == 0 || count > SCHEMA_MAX_COLUMNS) {
        yaml_problem(r->doc, r->key, "%s has %d columns, expected 1 to %d: list them under `columns`", r->where, count,
                     SCHEMA_MAX_COLUMNS);
        return false;
    }
    int errors = r->doc->problems->errors;
    TableDef *table = table_new(into, r->table->key, count);
    r->table->table = table;
    const ColumnReader reader = {.doc = r->doc, .table = table, .where = r->where, .keys = column_keys, .lenient = true};
    for (int i = 0; i < count; i++) {
        g_free(schema_read_column(&reader, g_ptr_array_index(list->items, i), i, i + 1));
        /* The source has the numbers; nothing is left for the destination to number. */
        table->columns[i].type.generated = false;
    }
    schema_set_primary(table);
    if (table->primary.count == 0 && r->doc->problems->errors == errors)
        yaml_problem(r->doc, r->key, "%s has no primary key: its rows could not be told apart; set `primary_key: true`", r->where);
    return true;
}

static bool holds_instants(const TableDef *table, int column)
{
    TypeKind kind = table->columns[column].type.kind;
    return kind == TYPE_TIMESTAMP || kind == TYPE_TIMESTAMPTZ || kind == TYPE_DATE;
}

static void read_cursor(TableReader *r)
{
    const YamlNode *node = yaml_get(r->node, "cursor");
    const TableDef *table = r->table->table;
    int usual = r->known ? table_column(table, r->known->cursor) : -1;
    if (usual < 0 || !holds_instants(table, usual))
        r->known = NULL;
    else if (!node)
        r->table->cursor_column = usual;
    const char *name = read_text(r, "cursor");
    if (!name)
        return;
    r->table->cursor_column = table_column(table, name);
    if (r->table->cursor_column < 0)
        yaml_problem(r->doc, node, "`cursor` of %s: there is no column `%s`", r->where, name);
    else if (!holds_instants(table, r->table->cursor_column))
        yaml_problem(r->doc, node, "`cursor` of %s: expected a column of type timestamp, timestamptz or date, found `%s`", r->where,
                     name);
}

static void read_lookback(TableReader *r)
{
    static const OptionDef defs[] = {{.name = "lookback", .type = OPT_DURATION, .max = 3650 * US_PER_DAY}, {0}};
    r->table->lookback_us = r->known ? US_PER_DAY : -1;
    const char *text = read_text(r, "lookback");
    if (!text)
        return;
    OptionValues *values = options_new(defs);
    Err err = {0};
    if (options_set(values, "lookback", text, &err))
        r->table->lookback_us = options_int(values, "lookback");
    else
        yaml_problem(r->doc, yaml_get(r->node, "lookback"), "%s: %s", r->where, err.message);
    options_free(values);
}

static void append_quoted(GString *out, const char *name)
{
    g_string_append_c(out, '"');
    for (; *name; name++) {
        if (*name == '"')
            g_string_append_c(out, '"');
        g_string_append_c(out, *name);
    }
    g_string_append_c(out, '"');
}

static void add_index(TableDef *table, const TableKey *key)
{
    GString *expression = g_string_new(NULL);
    for (int i = 0; i < key->count; i++) {
        g_string_append(expression, i ? ", " : "");
        append_quoted(expression, table->columns[key->columns[i]].name);
    }
    table->indexes = g_renew(TableIndex, table->indexes, table->index_count + 1);
    table->indexes[table->index_count++] = (TableIndex){.expression = g_string_free(expression, FALSE)};
}

/* Each entry is a column or a list of columns. */
static void read_indexes(TableReader *r)
{
    const YamlNode *list = yaml_get(r->node, "indexes");
    TableDef *table = r->table->table;
    for (size_t i = 0; !list && r->known && r->known->indexes[i]; i++) {
        int column = table_column(table, r->known->indexes[i]);
        if (column >= 0)
            add_index(table, &(TableKey){.columns = &column, .count = 1});
    }
    g_autofree char *what = g_strdup_printf("`indexes` of %s", r->where);
    if (!list || yaml_is_empty(list))
        return;
    if (list->kind != YAML_LIST) {
        g_autofree char *found = yaml_describe(list);
        yaml_problem(r->doc, list, "%s: expected a list of columns or of lists of columns, found %s", what, found);
        return;
    }
    for (guint i = 0; i < list->items->len; i++) {
        const YamlNode *entry = g_ptr_array_index(list->items, i);
        GPtrArray one = {.pdata = (gpointer *)&entry, .len = 1};
        const YamlNode alone = {.kind = YAML_LIST, .line = entry->line, .column = entry->column, .items = &one};
        TableKey key = {0};
        if (schema_read_column_list(r->doc, table, entry->kind == YAML_SCALAR ? &alone : entry, what, &key))
            add_index(table, &key);
        g_free(key.columns);
    }
}

static void read_settings(TableReader *r)
{
    SourceTable *table = r->table;
    const YamlNode *node = yaml_get(r->node, "source_table");
    const char *text = read_text(r, "source_table");
    table->source = g_strdup(text ? text : table->key);
    if (!*table->source)
        yaml_problem(r->doc, node, "`source_table` of %s: expected the name of a table, found an empty text", r->where);
    table->description = g_strdup(read_text(r, "description"));
    r->known = find_known(table->source);
    if (!r->known)
        r->known = find_known(table->key);
}

static SourceTable *read_table(const YamlDoc *doc, const YamlPair *pair, const char *into)
{
    const char *name = yaml_key(doc, pair->key);
    if (!schema_table_name(doc, pair->key))
        return NULL;
    TableReader r = {.doc = doc, .key = pair->key, .node = pair->value, .table = g_new0(SourceTable, 1)};
    r.where = g_strdup_printf("table `%s`", name);
    r.table->key = g_strdup(name);
    r.table->line = pair->key->line;
    r.table->cursor_column = -1;
    bool usable = false;
    if (schema_has_settings(doc, pair, r.where)) {
        yaml_unknown_keys(doc, r.node, table_keys, r.where, true);
        read_settings(&r);
        usable = read_columns(&r, into);
    }
    if (usable) {
        read_cursor(&r);
        read_lookback(&r);
        read_indexes(&r);
    }
    g_free(r.where);
    if (usable)
        return r.table;
    source_table_free(r.table);
    return NULL;
}

/* A mapping `tables` of tables is what the other format has. */
static bool is_other_format(const YamlNode *root)
{
    const YamlNode *tables = yaml_get(root, "tables");
    return tables && tables->kind == YAML_MAP && !yaml_get(tables, "columns");
}

static void read_tables(const YamlDoc *doc, const char *into, SchemaTables *schema)
{
    const YamlNode *root = doc->root;
    if (yaml_is_empty(root) || root->kind != YAML_MAP || root->pairs->len == 0) {
        g_autofree char *found = yaml_is_empty(root) ? g_strdup("nothing") : yaml_describe(root);
        yaml_problem(doc, root, "expected a mapping of tables, found %s", found);
        return;
    }
    if (is_other_format(root)) {
        yaml_problem(doc, root,
                     "expected the tables at the top of the file, found them under `tables`: is this the schema file of "
                     "another source?");
        return;
    }
    for (guint i = 0; i < root->pairs->len; i++) {
        SourceTable *table = read_table(doc, &g_array_index(root->pairs, YamlPair, i), into);
        if (table)
            g_ptr_array_add(schema->tables, table);
    }
}

static SchemaTables *take(YamlDoc *doc, const char *into, Problems *problems, int errors)
{
    if (!doc)
        return NULL;
    SchemaTables *schema = g_new0(SchemaTables, 1);
    schema->path = g_strdup(doc->file);
    schema->tables = g_ptr_array_new_with_free_func(source_table_free);
    read_tables(doc, into, schema);
    yaml_free(doc);
    if (problems->errors == errors)
        return schema;
    schema_tables_free(schema);
    return NULL;
}

SchemaTables *schema_tables_parse(const char *text, size_t len, const char *path, const char *into, Problems *problems)
{
    int errors = problems->errors;
    return take(yaml_parse(text, len, path, problems), into, problems, errors);
}

static void *format_load(const char *path, const char *into, Problems *problems)
{
    int errors = problems->errors;
    return take(yaml_load(path, problems), into, problems, errors);
}

static void format_free(void *schema)
{
    schema_tables_free(schema);
}

static bool format_entry(const void *schema, guint index, SchemaEntry *out)
{
    const GPtrArray *tables = ((const SchemaTables *)schema)->tables;
    if (index >= tables->len)
        return false;
    const SourceTable *table = g_ptr_array_index(tables, index);
    *out = (SchemaEntry){.stream = table->key, .table = table->key};
    return true;
}

const SchemaFormat schema_format_tables = {
    .load = format_load,
    .free = format_free,
    .entry = format_entry,
    .write = schema_tables_write,
};
