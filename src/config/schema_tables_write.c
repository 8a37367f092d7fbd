/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "config/schema_tables.h"
#include "config/yaml.h"

void table_draft_free(void *data)
{
    TableDraft *draft = data;
    if (!draft)
        return;
    table_free(draft->table);
    for (int i = 0; i < draft->index_count; i++)
        g_free(draft->indexes[i].columns);
    g_free(draft->indexes);
    g_free(draft->cursor);
    g_free(draft->comment);
    g_strfreev(draft->column_notes);
    g_free(draft);
}

/* Plain where it cannot mean anything else, also inside `{…}`; JSON's strings are YAML's. */
static void put_scalar(GString *out, const char *text)
{
    bool plain = g_ascii_isalpha(*text) && yaml_scalar_type(text) == YAML_TEXT;
    for (const char *at = text; plain && *at; at++)
        plain = g_ascii_isalnum(*at) || *at == '_' || *at == '(' || *at == ')' || (*at == ' ' && at[1] && at[1] != ' ');
    if (plain)
        g_string_append(out, text);
    else
        json_string(out, text, strlen(text));
}

/* Behind `# `: a text of the source must not begin a line of its own. */
static void put_comment(GString *out, const char *text)
{
    for (const char *at = text; *at; at++)
        g_string_append_c(out, g_ascii_iscntrl(*at) ? ' ' : *at);
}

static void put_column(const TableDraft *draft, int index, const char *indent, GString *out)
{
    const Column *column = &draft->table->columns[index];
    char type[64];
    type_format(&column->type, type, sizeof type);
    g_string_append_printf(out, "%s    - {name: ", indent);
    put_scalar(out, column->name);
    g_string_append(out, ", sql_type: ");
    put_scalar(out, type);
    if (!column->nullable)
        g_string_append(out, ", nullable: false");
    if (column->primary_key)
        g_string_append(out, ", primary_key: true");
    g_string_append(out, "}");
    if (draft->column_notes && draft->column_notes[index][0]) {
        g_string_append(out, "   # ");
        put_comment(out, draft->column_notes[index]);
    }
    g_string_append(out, "\n");
}

static bool has_key(const TableDef *table)
{
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].primary_key)
            return true;
    return false;
}

static void put_indexes(const TableDraft *draft, const char *indent, GString *out)
{
    if (draft->index_count > 0)
        g_string_append_printf(out, "%s  indexes:\n", indent);
    for (int i = 0; i < draft->index_count; i++) {
        const TableKey *index = &draft->indexes[i];
        g_string_append_printf(out, "%s    - [", indent);
        for (int k = 0; k < index->count; k++) {
            g_string_append(out, k ? ", " : "");
            put_scalar(out, draft->table->columns[index->columns[k]].name);
        }
        g_string_append(out, "]\n");
    }
}

static void put_table(const TableDraft *draft, GString *out)
{
    bool usable = has_key(draft->table);
    const char *indent = usable ? "" : "# ";
    g_string_append(out, "\n");
    if (!usable)
        g_string_append(out, "# Without a primary key or a unique one of columns that are never NULL, rows cannot be told apart. "
                             "Where you know what\n"
                             "# does: uncomment this and set `primary_key: true` there.\n");
    g_string_append(out, indent);
    put_scalar(out, draft->table->name);
    g_string_append(out, ":\n");
    if (draft->comment && *draft->comment) {
        g_string_append_printf(out, "%s  description: ", indent);
        put_scalar(out, draft->comment);
        g_string_append(out, "\n");
    }
    if (draft->cursor) {
        g_string_append_printf(out, "%s  cursor: ", indent);
        put_scalar(out, draft->cursor);
        g_string_append(out, "\n");
    }
    put_indexes(draft, indent, out);
    g_string_append_printf(out, "%s  columns:\n", indent);
    for (int i = 0; i < draft->table->column_count; i++)
        put_column(draft, i, indent, out);
}

void schema_tables_write(const GPtrArray *drafts, GString *out)
{
    for (guint i = 0; i < drafts->len; i++)
        put_table(g_ptr_array_index(drafts, i), out);
}
