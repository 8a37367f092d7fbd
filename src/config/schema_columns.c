/* SPDX-License-Identifier: Apache-2.0 */
#include "config/schema_parts.h"

/* `table(column)`, kept as written until the whole file is known. */
static void read_foreign_key(TableReader *r, const YamlNode *node, int index, const char *what)
{
    const char *text = yaml_text(r->doc, node, what);
    if (!text)
        return;
    g_autofree char *copy = g_strstrip(g_strdup(text));
    char *open = strrchr(copy, '(');
    size_t len = strlen(copy);
    if (!open || open == copy || copy[len - 1] != ')') {
        yaml_problem(r->doc, node, "%s: expected `table(column)`, found `%s`", what, text);
        return;
    }
    copy[len - 1] = '\0';
    *open = '\0';
    g_autofree char *table = g_strdup(g_strstrip(copy));
    g_autofree char *column = g_strdup(g_strstrip(open + 1));
    if (!*table || !*column || strlen(table) > SCHEMA_NAME_BYTES || strlen(column) > SCHEMA_NAME_BYTES || strchr(table, '(') ||
        strchr(table, ')')) {
        yaml_problem(r->doc, node, "%s: expected `table(column)`, found `%s`", what, text);
        return;
    }
    Column *target = &r->table->table->columns[index];
    target->ref_table = g_steal_pointer(&table);
    target->ref_column = g_steal_pointer(&column);
    SchemaLink link = {r->table, index, node};
    g_array_append_val(r->reader->links, link);
}

static void read_column(TableReader *r, const YamlNode *node, int index, int number)
{
    static const char *const keys[] = {"name", "sql_type", "nullable", "primary_key", "foreign_key", NULL};
    const ColumnReader reader = {.doc = r->doc, .table = r->table->table, .where = r->where, .keys = keys};
    g_autofree char *what = schema_read_column(&reader, node, index, number);
    const YamlNode *foreign = yaml_get(node, "foreign_key");
    if (!yaml_is_empty(foreign))
        read_foreign_key(r, foreign, index, what);
}

static void add_base(TableDef *table)
{
    static const struct {
        const char *name;
        TypeKind kind;
    } base[] = {{"id", TYPE_VARCHAR}, {"created_at", TYPE_TIMESTAMP}, {"updated_at", TYPE_TIMESTAMP}};
    for (size_t i = 0; i < G_N_ELEMENTS(base); i++) {
        table->columns[i].name = g_strdup(base[i].name);
        table->columns[i].type.kind = base[i].kind;
        table->columns[i].primary_key = i == 0;
    }
}

/* The key of the other form: the older loader dropped it without a word. */
static void warn_other_form(TableReader *r, const char *key, const char *instead)
{
    const YamlNode *node = yaml_get(r->node, key);
    if (!yaml_is_empty(node))
        yaml_warning(r->doc, node, "`%s` of %s is ignored %s `include_base`: use `%s`", key, r->where,
                     r->include_base ? "with" : "without", instead);
}

bool schema_read_columns(TableReader *r)
{
    const char *key = r->include_base ? "additional_columns" : "columns";
    warn_other_form(r, r->include_base ? "columns" : "additional_columns", key);
    const YamlNode *list = yaml_get(r->node, key);
    if (yaml_is_empty(list))
        list = NULL;
    if (list && list->kind != YAML_LIST) {
        g_autofree char *found = yaml_describe(list);
        yaml_problem(r->doc, list, "`%s` of %s: expected a list of columns, found %s", key, r->where, found);
        return false;
    }
    int base = r->include_base ? 3 : 0;
    int given = list ? (int)list->items->len : 0;
    if (base + given == 0 || given > SCHEMA_MAX_COLUMNS - base) {
        yaml_problem(r->doc, r->key, "%s has %d columns, expected 1 to %d%s", r->where, base + given, SCHEMA_MAX_COLUMNS,
                     given ? "" : ": list them under `columns`, or set `include_base: true`");
        return false;
    }
    const YamlNode *name_node = yaml_get(r->node, "name");
    const char *name = yaml_is_empty(name_node) ? r->table->key : schema_name(r->doc, name_node, r->where);
    r->table->table = table_new(r->reader->into, name ? name : r->table->key, base + given);
    if (base)
        add_base(r->table->table);
    for (int i = 0; i < given; i++)
        read_column(r, g_ptr_array_index(list->items, i), base + i, i + 1);
    schema_set_primary(r->table->table);
    r->fed = g_new0(bool, base + given);
    return true;
}

/* A key that the table has already is not made twice. */
static void add_unique(TableDef *table, const TableKey *key)
{
    if (!table_has_key(table, key))
        table_add_unique(table, key->columns, key->count);
}

void schema_read_uniques(TableReader *r)
{
    const YamlNode *lists = yaml_get(r->node, "unique_constraints");
    g_autofree char *what = g_strdup_printf("`unique_constraints` of %s", r->where);
    if (!yaml_is_empty(lists) && lists->kind != YAML_LIST) {
        g_autofree char *found = yaml_describe(lists);
        yaml_problem(r->doc, lists, "%s: expected a list of lists of column names, found %s", what, found);
    } else if (!yaml_is_empty(lists)) {
        for (guint i = 0; i < lists->items->len; i++) {
            TableKey key = {0};
            if (schema_read_column_list(r->doc, r->table->table, g_ptr_array_index(lists->items, i), what, &key))
                add_unique(r->table->table, &key);
            g_free(key.columns);
        }
    }
    const YamlNode *conflict = yaml_get(r->node, "conflict");
    g_autofree char *conflict_what = g_strdup_printf("`conflict` of %s", r->where);
    if (!yaml_is_empty(conflict) && schema_read_column_list(r->doc, r->table->table, conflict, conflict_what, &r->table->conflict))
        add_unique(r->table->table, &r->table->conflict);
}
