/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/ddl_parts.h"
#include "destinations/partitions.h"
#include "destinations/sql.h"

/* ---- types ---- */

typedef enum Fit {
    FIT_SAME,
    FIT_WIDER, /* every value of the definition can be stored unchanged */
    FIT_NOT
} Fit;

static int int_rank(TypeKind kind)
{
    return kind == TYPE_INT2 ? 1 : kind == TYPE_INT4 ? 2 : kind == TYPE_INT8 ? 3 : 0;
}

static Fit fit_text(const SqlType *live, const SqlType *want)
{
    if (live->kind == TYPE_CHAR || want->kind == TYPE_CHAR) /* blank-padded: only the very same is the same */
        return live->kind == want->kind && live->length == want->length ? FIT_SAME
               : live->kind != TYPE_CHAR && live->length == 0           ? FIT_WIDER
                                                                        : FIT_NOT;
    if (live->length == want->length)
        return live->kind == want->kind ? FIT_SAME : FIT_WIDER;
    return live->length == 0 || (want->length > 0 && live->length > want->length) ? FIT_WIDER : FIT_NOT;
}

static int int_digits(TypeKind kind)
{
    return kind == TYPE_INT2 ? 5 : kind == TYPE_INT4 ? 10 : 19;
}

static Fit fit_numeric(const SqlType *live, const SqlType *want)
{
    if (live->length == 0)
        return want->kind == TYPE_NUMERIC && want->length == 0 ? FIT_SAME : FIT_WIDER;
    if (want->kind != TYPE_NUMERIC)
        return live->length - live->scale >= int_digits(want->kind) ? FIT_WIDER : FIT_NOT;
    if (live->length == want->length && live->scale == want->scale)
        return FIT_SAME;
    bool wider = want->length > 0 && live->scale >= want->scale && live->length - live->scale >= want->length - want->scale;
    return wider ? FIT_WIDER : FIT_NOT;
}

static Fit fit(const LiveColumn *live, const SqlType *want)
{
    if (!live->type_known)
        return FIT_NOT;
    const SqlType *have = &live->type;
    int have_rank = int_rank(have->kind), want_rank = int_rank(want->kind);
    if (type_is_text(have->kind) && type_is_text(want->kind))
        return fit_text(have, want);
    if (have_rank && want_rank)
        return have_rank == want_rank ? FIT_SAME : have_rank > want_rank || live->generated ? FIT_WIDER : FIT_NOT;
    if (have->kind == TYPE_NUMERIC && (want->kind == TYPE_NUMERIC || want_rank))
        return fit_numeric(have, want);
    if (have->kind == want->kind)
        return FIT_SAME;
    if (have->kind == TYPE_FLOAT8 && want->kind == TYPE_FLOAT4)
        return FIT_WIDER;
    if (type_is_json(have->kind) && type_is_json(want->kind))
        return FIT_WIDER;
    return FIT_NOT;
}

/* Whether the column may be altered so that all it holds, and all that is to come, fits. */
static bool can_widen(const Column *column, const LiveColumn *live)
{
    LiveColumn as_wanted = {.type = column->type, .type_known = true};
    return column->may_widen && live->type_known && !live->generated && fit(&as_wanted, &live->type) == FIT_WIDER;
}

static bool widen(const Ddl *ddl, const Column *column, const LiveColumn *live, const char *want)
{
    if (!can_widen(column, live))
        return false;
    if (!(ddl->d->ops->caps & DEST_ALTER_TYPES)) {
        if (!int_rank(live->type.kind) || !int_rank(column->type.kind))
            return false;
        ddl_say(ddl->plan->notes, "column %s is %s, defined as %s: every value fits", column->name, live->type_text, want);
        return true;
    }
    g_autoptr(GString) sql = g_string_new("ALTER TABLE ");
    ddl_table_name(ddl, ddl->table->name, sql);
    g_string_append(sql, " ALTER COLUMN ");
    db_quote(sql, column->name);
    g_string_append(sql, " TYPE ");
    ddl->d->ops->dialect->type(&column->type, sql);
    g_ptr_array_add(ddl->plan->statements, g_strdup(sql->str));
    ddl_say(
        ddl->plan->notes,
        "column %s is %s and becomes %s, which the source needs: the table may be written anew, and who reads it waits for that",
        column->name, live->type_text, want);
    return true;
}

static void compare_type(const Ddl *ddl, const Column *column, const LiveColumn *live)
{
    char want[64];
    type_format(&column->type, want, sizeof want);
    switch (fit(live, &column->type)) {
    case FIT_SAME:
        return;
    case FIT_WIDER:
        ddl_say(ddl->plan->notes, "column %s is %s, defined as %s: every value fits", column->name, live->type_text, want);
        return;
    case FIT_NOT:
        if (widen(ddl, column, live, want))
            return;
        ddl_say(ddl->plan->conflicts,
                "column %s is %s, the schema file wants %s: write `sql_type: %s` there, or change the column by hand "
                "(ALTER TABLE … ALTER COLUMN … TYPE), or drop the table and sync again",
                column->name, live->type_text, want, live->type_text);
        return;
    }
}

/* ---- columns ---- */

static void compare_nullability(const Ddl *ddl, int index, const LiveColumn *live)
{
    const Column *column = &ddl->table->columns[index];
    bool wants_null = column->nullable && !column->primary_key && !column->type.generated;
    if (live->not_null && wants_null && ddl->stream->mapped[index])
        ddl_say(ddl->plan->conflicts,
                "column %s is NOT NULL, the schema file says nullable: write `nullable: false` there, or allow NULL by hand "
                "(ALTER TABLE … ALTER COLUMN … DROP NOT NULL)",
                column->name);
    else if (live->not_null && wants_null && !live->has_default && !live->generated)
        ddl_say(ddl->plan->conflicts,
                "column %s is NOT NULL and nothing is mapped to it: give it a default by hand, or map a field", column->name);
    else if (!live->not_null && !column->nullable)
        ddl_say(ddl->plan->notes, "column %s allows NULL, defined as NOT NULL: rows without it are rejected all the same",
                column->name);
}

static bool add_missing(Ddl *ddl, const Column *column, Err *err)
{
    bool required = !column->nullable || column->primary_key;
    if (required && !ddl->plan->live->empty) {
        ddl_say(
            ddl->plan->conflicts,
            "column %s is missing, the schema file says NOT NULL and the table has rows: write `nullable: true` there, or add the "
            "column by hand with a default, or reimport into an emptied table",
            column->name);
        return true;
    }
    g_autoptr(GString) sql = g_string_new("ALTER TABLE ");
    ddl_table_name(ddl, ddl->table->name, sql);
    g_string_append(sql, " ADD COLUMN ");
    db_quote(sql, column->name);
    g_string_append_c(sql, ' ');
    ddl->d->ops->dialect->type(&column->type, sql);
    bool strict = required && (ddl->d->ops->caps & DEST_ALTER_CONSTRAINTS);
    if (strict)
        g_string_append(sql, " NOT NULL");
    else if (required)
        ddl_say(ddl->plan->notes,
                "column %s is added without NOT NULL (this database cannot): rows without it are rejected all the same",
                column->name);
    bool can;
    g_autofree char *why = NULL;
    if (!ddl_can_reference(ddl, column, &can, &why, err))
        return false;
    if (can) {
        g_string_append(sql, " REFERENCES ");
        ddl_table_name(ddl, column->ref_table, sql);
        g_string_append(sql, " (");
        db_quote(sql, column->ref_column);
        g_string_append_c(sql, ')');
    } else if (why) {
        ddl_say(ddl->plan->notes, "%s", why);
    }
    g_ptr_array_add(ddl->plan->statements, g_strdup(sql->str));
    return true;
}

/* ---- columns that another program adds by itself ---- */

static bool step_is_ahead(const Ddl *ddl, const TableStep *step, bool *ahead, Err *err)
{
    LiveTable *steps = NULL;
    DbRows rows = {0};
    *ahead = false;
    if (!ddl->d->ops->describe(ddl->d, ddl->plan->live->schema, step->table, &steps, err))
        return false;
    bool there = live_column(steps, "name") != NULL;
    live_table_free(steps);
    if (!there)
        return true;
    g_autoptr(GString) sql = g_string_new("SELECT 1 FROM ");
    ddl_table_name(ddl, step->table, sql);
    g_string_append(sql, " AS s WHERE s.\"name\" = $1");
    if (!db_queryf(ddl->d, &rows, err, sql->str, 1, step->name))
        return false;
    *ahead = rows.count == 0;
    db_rows_clear(&rows);
    return true;
}

static bool left_to_others(const Ddl *ddl, int column, bool *left, Err *err)
{
    *left = false;
    for (int i = 0; i < ddl->table->step_count && !*left; i++) {
        const TableStep *step = &ddl->table->steps[i];
        if (step->column != column)
            continue;
        if (!step_is_ahead(ddl, step, left, err))
            return false;
        if (*left)
            ddl_say(ddl->plan->notes,
                    "column %s is not there and is not added, so that %s can do so by its own step %s, which would fail otherwise; "
                    "until then its values are not stored (without the table %s it is added at once)",
                    ddl->table->columns[column].name, step->program, step->name, step->table);
    }
    return true;
}

static bool compare_columns(Ddl *ddl, Err *err)
{
    for (int i = 0; i < ddl->table->column_count; i++) {
        const LiveColumn *live = live_column(ddl->plan->live, ddl->table->columns[i].name);
        if (!live) {
            bool left;
            if (!left_to_others(ddl, i, &left, err) || (!left && !add_missing(ddl, &ddl->table->columns[i], err)))
                return false;
            continue;
        }
        compare_type(ddl, &ddl->table->columns[i], live);
        compare_nullability(ddl, i, live);
    }
    for (guint i = 0; i < ddl->plan->live->columns->len; i++) {
        const LiveColumn *live = ddl->plan->live->columns->pdata[i];
        if (table_column(ddl->table, live->name) >= 0)
            continue;
        if (live->not_null && !live->has_default && !live->generated)
            ddl_say(ddl->plan->conflicts,
                    "column %s is not in the schema file, is NOT NULL and has no default: give it a default or drop it by hand, or "
                    "add it to the schema file",
                    live->name);
        else
            ddl_say(ddl->plan->notes, "column %s is not in the schema file: left as it is", live->name);
    }
    return true;
}

/* ---- keys ---- */

static char *key_text(const TableDef *table, const TableKey *key)
{
    GString *text = g_string_new(NULL);
    for (int i = 0; i < key->count; i++)
        sql_add(text, "%s%s", i ? ", " : "", table->columns[key->columns[i]].name);
    return g_string_free(text, FALSE);
}

static char *unique_index(const Ddl *ddl)
{
    const TableDef *table = ddl->table;
    const TableKey *conflict = &ddl->stream->conflict;
    g_autofree char *columns = key_text(table, conflict);
    g_autofree char *base = g_strdup_printf("%s_%s_key", table->name, columns);
    g_autofree char *name = sql_name(g_strdelimit(base, ", ", '_'), columns, false);
    GString *sql = g_string_new("CREATE UNIQUE INDEX ");
    db_quote(sql, name);
    g_string_append(sql, " ON ");
    ddl_table_name(ddl, table->name, sql);
    for (int i = 0; i < conflict->count; i++) {
        g_string_append(sql, i ? ", " : " (");
        db_quote(sql, table->columns[conflict->columns[i]].name);
    }
    g_string_append_c(sql, ')');
    return g_string_free(sql, FALSE);
}

/* A table as ddl_create() makes it, whose first load did not come to its end. */
static bool awaits_key(const Ddl *ddl)
{
    const LiveTable *live = ddl->plan->live;
    bool awaits = ddl_key_is_apart(ddl) && !live->partition_key;
    for (guint i = 0; awaits && i < live->keys->len; i++)
        awaits = !((const LiveKey *)live->keys->pdata[i])->primary;
    for (int i = 0; awaits && i < ddl->stream->conflict.count; i++) {
        const LiveColumn *column = live_column(live, ddl->table->columns[ddl->stream->conflict.columns[i]].name);
        awaits = column && column->not_null;
    }
    return awaits;
}

/* The upsert needs a unique index on exactly its conflict columns; other keys are checked by the merge. */
static void compare_keys(const Ddl *ddl)
{
    const TableDef *table = ddl->table;
    bool awaits = false;
    if (!live_has_key(ddl->plan->live, ddl->table, &ddl->stream->conflict)) {
        awaits = awaits_key(ddl);
        ddl->plan->key = awaits ? ddl_primary_key(ddl) : unique_index(ddl);
        g_ptr_array_add(ddl->plan->statements, (char *)(uintptr_t)ddl->plan->key);
    }
    if (table->primary.count > 0 && !awaits && !live_has_key(ddl->plan->live, ddl->table, &table->primary)) {
        g_autofree char *columns = key_text(table, &table->primary);
        ddl_say(ddl->plan->notes, "the table has no primary key on (%s): the merge alone keeps it unique", columns);
    }
    for (int i = 0; i < table->unique_count; i++) {
        if (live_has_key(ddl->plan->live, ddl->table, &table->uniques[i]))
            continue;
        g_autofree char *columns = key_text(table, &table->uniques[i]);
        ddl_say(ddl->plan->notes, "the table has no unique key on (%s): the merge alone keeps it unique", columns);
    }
}

static bool has_foreign(const LiveTable *live, const Column *column)
{
    for (guint i = 0; i < live->foreigns->len; i++) {
        const LiveForeign *foreign = live->foreigns->pdata[i];
        if (g_str_equal(foreign->column, column->name) && g_str_equal(foreign->ref_table, column->ref_table))
            return true;
    }
    return false;
}

static void compare_foreigns(const Ddl *ddl)
{
    for (int i = 0; i < ddl->table->column_count; i++) {
        const Column *column = &ddl->table->columns[i];
        if (column->ref_table && live_column(ddl->plan->live, column->name) && !has_foreign(ddl->plan->live, column))
            ddl_say(ddl->plan->notes, "foreign key of %s to %s (%s) is not declared in the table: the merge alone checks it",
                    column->name, column->ref_table, column->ref_column);
    }
}

static void compare_partitions(const Ddl *ddl)
{
    const char *wanted = ddl->table->partitions.column, *key = ddl->plan->live->partition_key;
    if (!wanted || !ddl->d->ops->dialect->partitions || partitions_fit(ddl->plan->live, ddl->table))
        return;
    if (key)
        ddl_say(ddl->plan->notes,
                "the table is partitioned by %s, defined by RANGE (%s): its partitions are left to whoever made it", key, wanted);
    else
        ddl_say(ddl->plan->notes, "the table has no partitions, defined are partitions by %s: its rows go into one table", wanted);
}

bool ddl_compare(Ddl *ddl, Err *err)
{
    if (!compare_columns(ddl, err))
        return false;
    compare_keys(ddl);
    compare_foreigns(ddl);
    compare_partitions(ddl);
    return ddl_add_indexes(ddl, err);
}
