/* SPDX-License-Identifier: Apache-2.0 */
#include "config/schema_mongo.h"

#include "config/schema_parts.h"
#include "model/time.h"

static const char *const table_keys[] = {"name",
                                         "mongo_collection",
                                         "include_base",
                                         "additional_columns",
                                         "additional_mappings",
                                         "columns",
                                         "explicit_mappings",
                                         "unique_constraints",
                                         "export_order",
                                         "import_strategy",
                                         "force_reimport",
                                         "truncate_before_import",
                                         "date_threshold",
                                         "relationship",
                                         "filter",
                                         "conflict",
                                         "newer_wins",
                                         "cursor",
                                         NULL};

static void clear_array(ArrayMap *array)
{
    g_free(array->field);
    g_free(array->reference);
    for (int i = 0; i < array->set_count; i++)
        g_free(array->set[i].text);
    for (int i = 0; i < array->field_count; i++)
        g_free(array->fields[i].field);
    g_free(array->set);
    g_free(array->fields);
}

static void mongo_table_free(void *data)
{
    MongoTable *table = data;
    if (!table)
        return;
    for (int i = 0; i < table->field_count; i++)
        g_free(table->fields[i].field);
    for (int i = 0; i < table->array_count; i++)
        clear_array(&table->arrays[i]);
    for (int i = 0; i < table->date_count; i++) {
        g_free(table->dates[i].item_field);
        g_strfreev(table->dates[i].parent_fields);
    }
    g_free(table->fields);
    g_free(table->arrays);
    g_free(table->dates);
    g_strfreev(table->filter_exists);
    g_free(table->cursor_fields[0]);
    g_free(table->cursor_fields[1]);
    g_free(table->conflict.columns);
    g_free(table->strategy);
    g_free(table->collection);
    g_free(table->key);
    table_free(table->table);
    g_free(table);
}

void schema_mongo_free(SchemaFile *file)
{
    if (!file)
        return;
    g_ptr_array_unref(file->tables);
    g_free(file->path);
    g_free(file);
}

static bool read_flag(TableReader *r, const char *key, bool *out)
{
    const YamlNode *node = yaml_get(r->node, key);
    if (yaml_is_empty(node))
        return true;
    g_autofree char *what = g_strdup_printf("`%s` of %s", key, r->where);
    return yaml_bool(r->doc, node, what, out);
}

static void read_threshold(TableReader *r)
{
    const YamlNode *node = yaml_get(r->node, "date_threshold");
    r->table->threshold_us = TIME_NONE;
    if (yaml_is_empty(node))
        return;
    g_autofree char *what = g_strdup_printf("`date_threshold` of %s", r->where);
    const char *text = yaml_text(r->doc, node, what);
    g_autofree char *trimmed = text ? g_strstrip(g_strdup(text)) : NULL;
    if (trimmed && *trimmed && !time_parse(trimmed, strlen(trimmed), &r->table->threshold_us, NULL, NULL))
        yaml_problem(r->doc, node, "%s: expected an ISO 8601 date such as 2024-01-15 or 2024-01-15T10:00:00Z, found `%s`", what,
                     text);
}

static void read_cursor(TableReader *r)
{
    const YamlNode *node = yaml_get(r->node, "cursor");
    r->table->cursor_fields[0] = g_strdup("creation_date");
    r->table->cursor_fields[1] = g_strdup("update_date");
    if (yaml_is_empty(node))
        return;
    g_autofree char *what = g_strdup_printf("`cursor` of %s", r->where);
    g_auto(GStrv) fields = schema_texts(r->doc, node, what);
    if (!fields)
        return;
    guint count = g_strv_length(fields);
    if (count < 1 || count > 2) {
        yaml_problem(r->doc, node, "%s: expected one or two date fields, found %u", what, count);
        return;
    }
    for (guint i = 0; i < 2; i++) {
        g_free(r->table->cursor_fields[i]);
        r->table->cursor_fields[i] = i < count ? g_strdup(fields[i]) : NULL;
    }
}

static void read_settings(TableReader *r)
{
    MongoTable *table = r->table;
    const YamlNode *node = yaml_get(r->node, "mongo_collection");
    g_autofree char *what = g_strdup_printf("`mongo_collection` of %s", r->where);
    const char *collection = yaml_is_empty(node) ? table->table->name : yaml_text(r->doc, node, what);
    table->collection = g_strdup(collection);
    if (collection && !*collection)
        yaml_problem(r->doc, node, "%s: expected the name of a collection, found an empty text", what);
    node = yaml_get(r->node, "export_order");
    g_autofree char *order_what = g_strdup_printf("`export_order` of %s", r->where);
    int64_t order = 0;
    if (node && yaml_int(r->doc, node, order_what, INT32_MIN, INT32_MAX, &order))
        table->export_order = (int)order;
    read_flag(r, "force_reimport", &table->force_reimport);
    read_flag(r, "truncate_before_import", &table->truncate_before_import);
    if (table->truncate_before_import && !table->force_reimport)
        yaml_warning(r->doc, yaml_get(r->node, "truncate_before_import"),
                     "`truncate_before_import` of %s has no effect without `force_reimport: true`", r->where);
    read_threshold(r);
    read_cursor(r);
    schema_read_filter(r, r->doc, yaml_get(r->node, "filter"), r->where);
}

static bool all_fed(const TableReader *r, const TableKey *key)
{
    for (int i = 0; i < key->count; i++)
        if (!r->fed[key->columns[i]])
            return false;
    return true;
}

static bool holds(const TableKey *key, int column)
{
    for (int i = 0; i < key->count; i++)
        if (key->columns[i] == column)
            return true;
    return false;
}

static void set_conflict(MongoTable *table, const TableKey *key)
{
    table->conflict.count = key->count;
    table->conflict.columns = g_new0(int, key->count);
    memcpy(table->conflict.columns, key->columns, sizeof(int) * (size_t)key->count);
}

/* What makes two rows the same: `conflict`, else the primary key, else the first unique key; always one that is filled. */
static void choose_conflict(TableReader *r)
{
    MongoTable *table = r->table;
    const TableDef *def = table->table;
    if (table->conflict.count == 0 && def->primary.count > 0 && all_fed(r, &def->primary))
        set_conflict(table, &def->primary);
    for (int i = 0; i < def->unique_count && table->conflict.count == 0; i++)
        if (all_fed(r, &def->uniques[i]))
            set_conflict(table, &def->uniques[i]);
    if (table->conflict.count == 0) {
        yaml_problem(
            r->doc, r->key,
            "%s has neither a primary key nor a unique constraint whose columns are filled: its rows could not be told apart; "
            "add `unique_constraints`",
            r->where);
        return;
    }
    if (!all_fed(r, &table->conflict))
        yaml_problem(r->doc, r->key, "`conflict` of %s names a column that no field fills", r->where);
    if (table->mode == WRITE_CHILDREN && table->parent_column >= 0 && !holds(&table->conflict, table->parent_column))
        yaml_problem(r->doc, r->key,
                     "%s: what makes its rows the same must include the parent column `%s`; put it into the unique constraint",
                     r->where, def->columns[table->parent_column].name);
    table->conflict_is_identity = table->conflict.count == 1 && table->conflict.columns[0] == r->fed_by_id;
    table->newer_wins = !table->conflict_is_identity && table->mode != WRITE_CHILDREN;
    read_flag(r, "newer_wins", &table->newer_wins);
}

static void warn_unfilled(TableReader *r)
{
    const TableDef *def = r->table->table;
    for (int i = 0; i < def->column_count; i++) {
        const Column *column = &def->columns[i];
        if (r->fed[i] || column->type.generated || !*column->name)
            continue;
        yaml_warning(r->doc, r->key, "%s: nothing fills the column `%s`%s", r->where, column->name,
                     column->nullable ? "" : ", which is NOT NULL: rows are rejected unless the destination has a default for it");
    }
}

static MongoTable *read_table(SchemaReader *reader, const YamlPair *pair, int errors_before)
{
    const YamlDoc *doc = reader->doc;
    const char *key = yaml_key(doc, pair->key);
    if (!schema_table_name(doc, pair->key))
        return NULL;
    TableReader r = {.reader = reader, .doc = doc, .key = pair->key, .node = pair->value, .fed_by_id = -1};
    r.where = g_strdup_printf("table `%s`", key);
    MongoTable *table = g_new0(MongoTable, 1);
    r.table = table;
    table->key = g_strdup(key);
    table->line = pair->key->line;
    table->parent_column = -1;
    bool usable = false;
    if (schema_has_settings(doc, pair, r.where)) {
        yaml_unknown_keys(doc, r.node, table_keys, r.where, true);
        usable = read_flag(&r, "include_base", &r.include_base) && schema_read_columns(&r);
    }
    if (usable) {
        schema_read_uniques(&r);
        read_settings(&r);
        if (!schema_read_relation(&r))
            schema_read_fields(&r);
        if (doc->problems->errors == errors_before) /* what follows from a mistake is not worth a line */
            choose_conflict(&r);
        if (doc->problems->errors == errors_before)
            warn_unfilled(&r);
    }
    g_free(r.fed);
    g_free(r.where);
    if (usable)
        return table;
    mongo_table_free(table);
    return NULL;
}

/* The mapping of tables: under `tables`, or the whole file. */
static const YamlNode *tables_of(const YamlDoc *doc)
{
    const YamlNode *root = doc->root;
    if (yaml_is_empty(root)) {
        yaml_problem(doc, NULL, "the file says nothing, expected a mapping of tables");
        return NULL;
    }
    const YamlNode *tables = root->kind == YAML_MAP ? yaml_get(root, "tables") : root;
    if (!tables)
        tables = root;
    if (tables->kind != YAML_MAP || tables->pairs->len == 0) {
        g_autofree char *found = tables->kind == YAML_MAP ? g_strdup("an empty one") : yaml_describe(tables);
        yaml_problem(doc, tables, "expected a mapping of tables, found %s", found);
        return NULL;
    }
    if (tables == root)
        return tables;
    for (guint i = 0; i < root->pairs->len; i++) {
        const YamlNode *key = g_array_index(root->pairs, YamlPair, i).key;
        if (strcmp(key->text, "tables") != 0 && !g_str_has_prefix(key->text, "x-"))
            yaml_warning(doc, key, "the key `%s` beside `tables` is ignored; put a table under `tables`", key->text);
    }
    return tables;
}

static SchemaFile *read_tables(SchemaReader *reader, const char *path)
{
    SchemaFile *file = g_new0(SchemaFile, 1);
    file->path = g_strdup(path);
    file->tables = g_ptr_array_new_with_free_func(mongo_table_free);
    const YamlNode *tables = tables_of(reader->doc);
    for (guint i = 0; tables && i < tables->pairs->len; i++) {
        MongoTable *table = read_table(reader, &g_array_index(tables->pairs, YamlPair, i), reader->doc->problems->errors);
        if (table)
            g_ptr_array_add(file->tables, table);
    }
    schema_check_links(reader, file);
    return file;
}

static SchemaFile *take(YamlDoc *doc, const char *into, Problems *problems, int errors)
{
    if (!doc)
        return NULL;
    SchemaReader reader = {.doc = doc, .into = into, .links = g_array_new(FALSE, FALSE, sizeof(SchemaLink))};
    SchemaFile *file = read_tables(&reader, doc->file);
    g_array_unref(reader.links);
    yaml_free(reader.strategies);
    yaml_free(doc);
    if (problems->errors == errors)
        return file;
    schema_mongo_free(file);
    return NULL;
}

SchemaFile *schema_mongo_parse(const char *text, size_t len, const char *path, const char *into, Problems *problems)
{
    int errors = problems->errors;
    return take(yaml_parse(text, len, path, problems), into, problems, errors);
}

static void *format_load(const char *path, const char *into, Problems *problems)
{
    int errors = problems->errors;
    return take(yaml_load(path, problems), into, problems, errors);
}

static void format_free(void *file)
{
    schema_mongo_free(file);
}

static bool format_entry(const void *file, guint index, SchemaEntry *out)
{
    const GPtrArray *tables = ((const SchemaFile *)file)->tables;
    if (index >= tables->len)
        return false;
    const MongoTable *table = g_ptr_array_index(tables, index);
    *out = (SchemaEntry){.stream = table->key, .table = table->table->name};
    return true;
}

const SchemaFormat schema_format_mongo = {.load = format_load, .free = format_free, .entry = format_entry};
