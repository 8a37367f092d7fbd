/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/ddl_parts.h"
#include "destinations/known_tables.h"

static const TableDef *planned_table(const Ddl *ddl, const char *name)
{
    if (g_str_equal(ddl->table->name, name))
        return ddl->table;
    for (guint i = 0; ddl->plan->planned && i < ddl->plan->planned->len; i++) {
        const TableDef *table = ((const Stream *)ddl->plan->planned->pdata[i])->table;
        if (g_str_equal(table->name, name) && g_strcmp0(table->schema, ddl->table->schema) == 0)
            return table;
    }
    return NULL;
}

static bool live_unique_alone(const LiveTable *table, const char *column)
{
    for (guint i = 0; i < table->keys->len; i++) {
        const LiveKey *key = table->keys->pdata[i];
        if (key->unique && key->valid && key->columns->len == 1 && g_str_equal(key->columns->pdata[0], column))
            return true;
    }
    return false;
}

static LiveTable *referenced_table(Ddl *ddl, const char *name, Err *err)
{
    LiveTable *live = g_hash_table_lookup(ddl->referenced, name);
    if (!live && destination_table(ddl->d, ddl->plan->live->schema, name, &live, err))
        g_hash_table_insert(ddl->referenced, g_strdup(name), live);
    return live;
}

bool ddl_can_reference(Ddl *ddl, const Column *column, bool *can, char **why, Err *err)
{
    *can = false;
    *why = NULL;
    if (!column->ref_table)
        return true;
    const LiveTable *live = referenced_table(ddl, column->ref_table, err);
    if (!live)
        return false;
    bool there = false, unique = false, meets = false;
    const TableDef *planned = live->exists ? NULL : planned_table(ddl, column->ref_table);
    if (live->exists) {
        const LiveColumn *far = live_column(live, column->ref_column);
        there = far != NULL;
        meets = far && far->type_known && type_meets(&far->type, &column->type);
        unique = live_unique_alone(live, column->ref_column);
    } else if (planned) {
        int far = table_column(planned, column->ref_column);
        there = far >= 0;
        meets = there && type_meets(&planned->columns[far].type, &column->type);
        unique = there && table_unique_alone(planned, far);
    }
    *can = there && unique && meets;
    if (!*can)
        *why = g_strdup_printf("foreign key of %s is not declared: %s.%s %s", column->name, column->ref_table, column->ref_column,
                               !there    ? "does not exist"
                               : !unique ? "is not unique; the merge alone checks it"
                                         : "has another type; the merge alone checks it");
    return true;
}
