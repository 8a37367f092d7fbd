/* SPDX-License-Identifier: Apache-2.0 */
#include "config/schema_column.h"

const char *schema_name(const YamlDoc *doc, const YamlNode *node, const char *what)
{
    const char *name = yaml_text(doc, node, what);
    if (!name)
        return NULL;
    size_t len = strlen(name);
    if (len == 0) {
        yaml_problem(doc, node, "%s: expected a name, found an empty text", what);
        return NULL;
    }
    if (len > SCHEMA_NAME_BYTES) {
        yaml_problem(doc, node, "%s: the name has %zu bytes, expected at most %d (a database would cut it)", what, len,
                     SCHEMA_NAME_BYTES);
        return NULL;
    }
    for (const char *at = name; *at; at = g_utf8_next_char(at)) {
        if (g_unichar_iscntrl(g_utf8_get_char(at))) {
            yaml_problem(doc, node, "%s: the name holds a control character", what);
            return NULL;
        }
    }
    return name;
}

const char *schema_table_name(const YamlDoc *doc, const YamlNode *key)
{
    const YamlNode text = {.kind = YAML_SCALAR, .text = key->text, .line = key->line, .column = key->column};
    return schema_name(doc, &text, "name of a table") ? key->text : NULL;
}

bool schema_has_settings(const YamlDoc *doc, const YamlPair *table, const char *where)
{
    if (table->value->kind == YAML_MAP && table->value->pairs->len > 0)
        return true;
    g_autofree char *found = table->value->kind == YAML_MAP ? g_strdup("nothing") : yaml_describe(table->value);
    yaml_problem(doc, table->key, "%s: expected a mapping with its columns, found %s", where, found);
    return false;
}

static void read_type(const YamlDoc *doc, const YamlNode *node, const char *what, SqlType *out)
{
    const char *text = yaml_text(doc, node, what);
    Err err = {0};
    if (text && !type_parse(text, out, &err))
        yaml_problem(doc, node, "%s: %s", what, err.message);
}

static const YamlNode *required(const YamlDoc *doc, const YamlNode *map, const char *key, const char *where)
{
    const YamlNode *node = yaml_get(map, key);
    if (!node)
        yaml_problem(doc, map, "%s has no `%s`", where, key);
    return node;
}

static void read_flag(const YamlDoc *doc, const YamlNode *map, const char *key, const char *what, bool *out)
{
    const YamlNode *flag = yaml_get(map, key);
    if (!yaml_is_empty(flag))
        yaml_bool(doc, flag, what, out);
}

char *schema_read_column(const ColumnReader *r, const YamlNode *node, int index, int number)
{
    const YamlDoc *doc = r->doc;
    Column *column = &r->table->columns[index];
    column->nullable = true;
    char *place = g_strdup_printf("column %d of %s", number, r->where);
    if (node->kind != YAML_MAP) {
        g_autofree char *found = yaml_describe(node);
        yaml_problem(doc, node, "%s: expected a mapping with `name` and `sql_type`, found %s", place, found);
        column->name = g_strdup("");
        return place;
    }
    yaml_unknown_keys(doc, node, r->keys, place, r->lenient);
    const YamlNode *name_node = required(doc, node, "name", place);
    const char *name = name_node ? schema_name(doc, name_node, place) : NULL;
    column->name = g_strdup(name ? name : "");
    if (name && table_column(r->table, name) != index)
        yaml_problem(doc, name_node, "%s has two columns named `%s`", r->where, name);
    char *what = name ? g_strdup_printf("column `%s` of %s", name, r->where) : g_strdup(place);
    g_free(place);
    const YamlNode *type = required(doc, node, "sql_type", what);
    if (type)
        read_type(doc, type, what, &column->type);
    read_flag(doc, node, "nullable", what, &column->nullable);
    read_flag(doc, node, "primary_key", what, &column->primary_key);
    if (column->primary_key || column->type.generated)
        column->nullable = false;
    return what;
}

void schema_set_primary(TableDef *table)
{
    GArray *columns = g_array_new(FALSE, FALSE, sizeof(int));
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].primary_key)
            g_array_append_val(columns, i);
    table->primary.count = (int)columns->len;
    table->primary.columns = (int *)(void *)g_array_free(columns, FALSE);
}

bool schema_read_column_list(const YamlDoc *doc, const TableDef *table, const YamlNode *list, const char *what, TableKey *out)
{
    if (list->kind != YAML_LIST || list->items->len == 0) {
        g_autofree char *found = list->kind == YAML_LIST ? g_strdup("an empty one") : yaml_describe(list);
        yaml_problem(doc, list, "%s: expected a list of column names, found %s", what, found);
        return false;
    }
    g_autofree int *columns = g_new0(int, list->items->len);
    bool fine = true;
    for (guint i = 0; i < list->items->len; i++) {
        const YamlNode *item = g_ptr_array_index(list->items, i);
        const char *name = yaml_text(doc, item, what);
        columns[i] = name ? table_column(table, name) : -1;
        if (name && columns[i] < 0)
            yaml_problem(doc, item, "%s: there is no column `%s`", what, name);
        for (guint k = 0; k < i && columns[i] >= 0; k++)
            if (columns[k] == columns[i]) {
                yaml_problem(doc, item, "%s: the column `%s` is named twice", what, name);
                fine = false;
            }
        fine = fine && columns[i] >= 0;
    }
    if (!fine)
        return false;
    out->count = (int)list->items->len;
    out->columns = g_steal_pointer(&columns);
    return true;
}
