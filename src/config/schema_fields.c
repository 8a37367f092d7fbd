/* SPDX-License-Identifier: Apache-2.0 */
/* Which document field fills which column. The rule is the older system's, so that its files mean what they meant:
 *   1. the explicit map is the base mappings with `additional_mappings` over them, or `explicit_mappings`;
 *   2. every column but `id`, the generated ones and the targets of the explicit map is filled by the field of its own name;
 *   3. the explicit map goes over that: an entry whose field is already used takes it away from the column of that name. */
#include "config/schema_parts.h"

typedef struct Mapping {
    const char *field, *column;
    const YamlNode *at; /* the entry in the file, NULL for a base mapping or a column's own name */
} Mapping;

static Mapping *find_field(GArray *map, const char *field)
{
    for (guint i = 0; i < map->len; i++) {
        Mapping *mapping = &g_array_index(map, Mapping, i);
        if (strcmp(mapping->field, field) == 0)
            return mapping;
    }
    return NULL;
}

static bool is_target(const GArray *map, const char *column)
{
    for (guint i = 0; i < map->len; i++)
        if (strcmp(g_array_index(map, Mapping, i).column, column) == 0)
            return true;
    return false;
}

static void put(GArray *map, Mapping mapping)
{
    Mapping *there = find_field(map, mapping.field);
    if (there)
        *there = mapping;
    else
        g_array_append_val(map, mapping);
}

static GArray *explicit_map(TableReader *r)
{
    GArray *map = g_array_new(FALSE, FALSE, sizeof(Mapping));
    if (r->include_base) {
        put(map, (Mapping){"_id", "id", NULL});
        put(map, (Mapping){"creation_date", "created_at", NULL});
        put(map, (Mapping){"update_date", "updated_at", NULL});
    }
    const char *key = r->include_base ? "additional_mappings" : "explicit_mappings";
    const char *other = r->include_base ? "explicit_mappings" : "additional_mappings";
    const YamlNode *unused = yaml_get(r->node, other);
    if (!yaml_is_empty(unused))
        yaml_warning(r->doc, unused, "`%s` of %s is ignored %s `include_base`: use `%s`", other, r->where,
                     r->include_base ? "with" : "without", key);
    const YamlNode *node = yaml_get(r->node, key);
    if (yaml_is_empty(node))
        return map;
    if (node->kind != YAML_MAP) {
        g_autofree char *found = yaml_describe(node);
        yaml_problem(r->doc, node, "`%s` of %s: expected a mapping of document field to column, found %s", key, r->where, found);
        return map;
    }
    g_autofree char *what = g_strdup_printf("`%s` of %s", key, r->where);
    for (guint i = 0; i < node->pairs->len; i++) {
        const YamlPair *pair = &g_array_index(node->pairs, YamlPair, i);
        const char *field = yaml_key(r->doc, pair->key);
        const char *column = yaml_text(r->doc, pair->value, what);
        if (!*field)
            yaml_problem(r->doc, pair->key, "%s: expected a document field, found an empty name", what);
        else if (column)
            put(map, (Mapping){field, column, pair->key});
    }
    return map;
}

/* The position to blame: the entry, else the table. */
static const YamlNode *place(const TableReader *r, const Mapping *mapping)
{
    return mapping->at ? mapping->at : r->key;
}

static void take_mapping(TableReader *r, const Mapping *mapping, GArray *fields)
{
    const TableDef *table = r->table->table;
    int column = table_column(table, mapping->column);
    if (column < 0) {
        yaml_problem(r->doc, place(r, mapping), "%s: the field `%s` is mapped to `%s`, which is no column of it", r->where,
                     mapping->field, mapping->column);
        return;
    }
    if (table->columns[column].type.generated) {
        yaml_problem(r->doc, place(r, mapping), "%s: the field `%s` is mapped to `%s`, which the destination numbers itself",
                     r->where, mapping->field, mapping->column);
        return;
    }
    if (r->fed[column]) {
        yaml_problem(r->doc, place(r, mapping), "%s: two fields are mapped to the column `%s`", r->where, mapping->column);
        return;
    }
    r->fed[column] = true;
    if (strcmp(mapping->field, "_id") == 0)
        r->fed_by_id = column;
    FieldMap field = {g_strdup(mapping->field), column};
    g_array_append_val(fields, field);
}

void schema_read_fields(TableReader *r)
{
    const TableDef *table = r->table->table;
    g_autoptr(GArray) explicit = explicit_map(r);
    g_autoptr(GArray) map = g_array_new(FALSE, FALSE, sizeof(Mapping));
    for (int i = 0; i < table->column_count; i++) {
        const char *name = table->columns[i].name;
        if (*name && strcmp(name, "id") != 0 && !table->columns[i].type.generated && !is_target(explicit, name))
            put(map, (Mapping){name, name, NULL});
    }
    for (guint i = 0; i < explicit->len; i++)
        put(map, g_array_index(explicit, Mapping, i));
    GArray *fields = g_array_new(FALSE, FALSE, sizeof(FieldMap));
    for (guint i = 0; i < map->len; i++)
        take_mapping(r, &g_array_index(map, Mapping, i), fields);
    r->table->field_count = (int)fields->len;
    r->table->fields = (FieldMap *)(void *)g_array_free(fields, FALSE);
}
