/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/ddl.h"

#include "destinations/ddl_parts.h"
#include "destinations/known_tables.h"
#include "destinations/sql.h"

/* ---- the plan ---- */

static const char *const bookkeeping[] = {"_tm_seq",    "_tm_key",    "_tm_cursor",   "_tm_scope", "_tm_absent",
                                          "_tm_reason", "_tm_column", "_tm_sqlstate", NULL};

static void check_names(const Ddl *ddl)
{
    for (int i = 0; i < ddl->table->column_count; i++)
        if (g_strv_contains(bookkeeping, ddl->table->columns[i].name))
            ddl_say(ddl->plan->conflicts,
                    "column %s: the name is taken by the staging tables; rename the column in the schema file",
                    ddl->table->columns[i].name);
}

static bool same_columns(const TableDef *a, const TableDef *b)
{
    bool same = a->column_count == b->column_count;
    for (int i = 0; same && i < a->column_count; i++)
        same = g_str_equal(a->columns[i].name, b->columns[i].name);
    return same;
}

/* Streams that share a table plan the same statements: the first of them has them. */
static bool planned_before(const Ddl *ddl)
{
    for (guint i = 0; i < ddl->plan->planned->len; i++) {
        const Stream *other = ddl->plan->planned->pdata[i];
        if (other != ddl->stream && g_str_equal(other->table->name, ddl->table->name) &&
            g_strcmp0(other->table->schema, ddl->table->schema) == 0 && same_columns(other->table, ddl->table))
            return true;
    }
    return false;
}

DdlPlan *ddl_plan(Destination *d, const Stream *stream, const GPtrArray *planned, Err *err)
{
    DdlPlan *plan = g_new0(DdlPlan, 1);
    plan->statements = g_ptr_array_new_with_free_func(g_free);
    plan->conflicts = g_ptr_array_new_with_free_func(g_free);
    plan->notes = g_ptr_array_new_with_free_func(g_free);
    plan->light = g_ptr_array_new();
    plan->indexes_later = g_ptr_array_new_with_free_func(g_free);
    plan->planned = g_ptr_array_new();
    for (guint i = 0; planned && i < planned->len; i++)
        g_ptr_array_add(plan->planned, planned->pdata[i]);
    Ddl ddl = {.d = d, .stream = stream, .table = stream->table, .plan = plan};
    ddl.referenced = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)live_table_free);
    bool ok = destination_table(d, stream->table->schema, stream->table->name, &plan->live, err);
    if (ok) {
        plan->creates = !plan->live->exists;
        check_names(&ddl);
        ok = plan->creates ? ddl_create(&ddl, err) : ddl_compare(&ddl, err);
        if (planned_before(&ddl))
            g_ptr_array_set_size(plan->statements, 0);
    }
    g_hash_table_unref(ddl.referenced);
    if (ok)
        return plan;
    err_context(err, "planning table %s", stream->table->name);
    ddl_plan_free(plan);
    return NULL;
}

void ddl_plan_free(DdlPlan *plan)
{
    if (!plan)
        return;
    g_ptr_array_unref(plan->statements);
    g_ptr_array_unref(plan->conflicts);
    g_ptr_array_unref(plan->notes);
    g_ptr_array_unref(plan->planned);
    g_ptr_array_unref(plan->light);
    g_ptr_array_unref(plan->indexes_later);
    g_free(plan->key_later);
    if (plan->live)
        live_table_free(plan->live);
    g_free(plan);
}

/* NULL when it is not among them: a stream planned before has it. */
static char *take_out(DdlPlan *plan, const char *statement)
{
    guint at;
    bool found = statement && g_ptr_array_find(plan->statements, statement, &at);
    return found ? g_ptr_array_steal_index(plan->statements, at) : NULL;
}

void ddl_defer_key(DdlPlan *plan)
{
    plan->key_later = take_out(plan, plan->key);
    plan->key = NULL;
}

void ddl_fill_first(DdlPlan *plan)
{
    ddl_defer_key(plan);
    for (guint i = 0; plan->key_later && i < plan->light->len; i++) {
        char *index = take_out(plan, plan->light->pdata[i]);
        if (index)
            g_ptr_array_add(plan->indexes_later, index);
    }
}

static bool shares_or_points(const Stream *stream, const Stream *other)
{
    const TableDef *table = stream->table, *theirs = other->table;
    if (g_str_equal(table->name, theirs->name) && !g_str_equal(stream->id, other->id))
        return true;
    for (int i = 0; i < theirs->column_count; i++)
        if (g_strcmp0(theirs->columns[i].ref_table, table->name) == 0)
            return true;
    return false;
}

bool ddl_key_can_wait(const Destination *d, const Stream *stream, const GPtrArray *neighbours)
{
    if (!stream->distinct || stream->mode != WRITE_UPSERT || d->pooled || !(d->ops->caps & DEST_DIRECT_COPY))
        return false;
    for (guint i = 0; i < neighbours->len; i++)
        if (shares_or_points(stream, neighbours->pdata[i]))
            return false;
    return true;
}

/* ---- applying it ---- */

static bool execute(Destination *d, const GPtrArray *statements, Err *err)
{
    if (!db_begin(d, err))
        return false;
    bool ok = !d->ops->dialect->ddl_lock || db_exec(d, err, d->ops->dialect->ddl_lock);
    for (guint i = 0; ok && i < statements->len; i++)
        ok = db_exec(d, err, statements->pdata[i]);
    ok = ok && db_commit(d, err);
    destination_forget_tables(d);
    if (!ok)
        db_rollback(d);
    return ok;
}

static bool same_statements(const GPtrArray *a, const GPtrArray *b)
{
    if (a->len != b->len)
        return false;
    for (guint i = 0; i < a->len; i++)
        if (!g_str_equal(a->pdata[i], b->pdata[i]))
            return false;
    return true;
}

static bool fail(const Stream *stream, const Err *why, Err *err)
{
    if (!err)
        return false;
    *err = *why;
    err_context(err, "table %s", stream->table->name);
    if (!g_str_equal(why->native, "23505"))
        return false;
    if (stream->scope_count > 0)
        err_hint(err, "rows share the key that the upsert needs: remove the duplicates, or drop the table and sync again");
    else
        err_hint(
            err,
            "rows share the key that the upsert needs: `tidemark reimport %s --truncate` fills the table anew, each row once; or "
            "remove the duplicates by hand",
            stream->id);
    return false;
}

bool ddl_apply(Destination *d, const Stream *stream, const DdlPlan *plan, Err *err)
{
    if (plan->conflicts->len > 0) {
        err_set(err, ERR_DEST, "table %s: %s", stream->table->name, (const char *)plan->conflicts->pdata[0]);
        return false;
    }
    Err first = {0};
    if (plan->statements->len == 0 || execute(d, plan->statements, &first))
        return true;
    bool race = g_str_has_prefix(first.native, "42") || g_str_equal(first.native, "23505");
    if (!race)
        return fail(stream, &first, err);
    DdlPlan *again = ddl_plan(d, stream, plan->planned, err);
    if (!again)
        return false;
    if (plan->indexes_later->len > 0)
        ddl_fill_first(again);
    else if (plan->key_later)
        ddl_defer_key(again);
    bool same = same_statements(again->statements, plan->statements);
    bool ok = same ? fail(stream, &first, err) : ddl_apply(d, stream, again, err);
    ddl_plan_free(again);
    return ok;
}
