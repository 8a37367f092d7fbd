/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/partitions.h"

#include "destinations/sql.h"
#include "model/time.h"

#define MOST_TRIES 5 /* another program may make the same partition */

typedef struct Range {
    int64_t low, high; /* [low, high); INT64_MIN and INT64_MAX: without an end */
    char *name;        /* of the partition, quoted */
    bool unknown;      /* it has no statistics */
    bool made_now;     /* by the group at hand: it is empty */
} Range;

struct Partitions {
    Destination *d;
    const Stream *stream;
    int column;
    char *schema, *table; /* as they are */
    char *quoted;
    GArray *ranges;    /* Range, sorted: what is covered */
    GHashTable *steps; /* int64_t: steps whose rows are all covered */
    bool known;        /* the ranges were asked for */
};

bool partitions_fit(const LiveTable *live, const TableDef *table)
{
    if (!table->partitions.column || !live->partition_key)
        return false;
    g_autofree char *plain = g_strdup_printf("RANGE (%s)", table->partitions.column);
    g_autoptr(GString) quoted = g_string_new("RANGE (");
    db_quote(quoted, table->partitions.column);
    g_string_append_c(quoted, ')');
    return g_str_equal(live->partition_key, plain) || g_str_equal(live->partition_key, quoted->str);
}

static void range_clear(void *data)
{
    g_free(((Range *)data)->name);
}

Partitions *partitions_new(Destination *d, const Stream *stream, const LiveTable *live)
{
    if (!d->ops->dialect->partitions || !partitions_fit(live, stream->table))
        return NULL;
    Partitions *p = g_new0(Partitions, 1);
    GString *quoted = g_string_new(NULL);
    db_quote_table(quoted, d, live->schema, live->name);
    p->d = d;
    p->stream = stream;
    p->column = table_column(stream->table, stream->table->partitions.column);
    p->schema = g_strdup(live->schema);
    p->table = g_strdup(live->name);
    p->quoted = g_string_free(quoted, FALSE);
    p->ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    g_array_set_clear_func(p->ranges, range_clear);
    p->steps = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    return p;
}

void partitions_free(Partitions *partitions)
{
    if (!partitions)
        return;
    g_free(partitions->schema);
    g_free(partitions->table);
    g_free(partitions->quoted);
    g_array_unref(partitions->ranges);
    g_hash_table_unref(partitions->steps);
    g_free(partitions);
}

/* ---- what is covered ---- */

static int compare_ranges(const void *a, const void *b)
{
    const Range *left = a, *right = b;
    return left->low < right->low ? -1 : left->low > right->low;
}

/* "MINVALUE", "-infinity" and what is beyond our time have no end. */
static int64_t bound_of(const char *text, int64_t without)
{
    int64_t at;
    return text && time_parse(text, strlen(text), &at, NULL, NULL) ? at : without;
}

static bool look(Partitions *p, Err *err)
{
    DbRows rows;
    if (!db_queryf(p->d, &rows, err, p->d->ops->dialect->partitions, 1, p->quoted))
        return false;
    g_array_set_size(p->ranges, 0);
    for (int i = 0; i < rows.count; i++) {
        bool takes_all = sql_cell_int(&rows, i, 3, 0) != 0; /* what is in a default partition need not be asked */
        Range range = {.low = bound_of(takes_all ? NULL : db_cell(&rows, i, 1), INT64_MIN),
                       .high = bound_of(takes_all ? NULL : db_cell(&rows, i, 2), INT64_MAX),
                       .name = g_strdup(db_cell(&rows, i, 0)),
                       .unknown = sql_cell_int(&rows, i, 4, 0) != 0};
        g_array_append_val(p->ranges, range);
    }
    db_rows_clear(&rows);
    g_array_sort(p->ranges, compare_ranges);
    p->known = true;
    return true;
}

/* The first part of [low, high) that no partition covers. */
static bool first_gap(const Partitions *p, int64_t low, int64_t high, Range *gap)
{
    for (guint i = 0; i < p->ranges->len && low < high; i++) {
        const Range *range = &g_array_index(p->ranges, Range, i);
        if (range->high <= low)
            continue;
        if (range->low > low) {
            *gap = (Range){.low = low, .high = MIN(high, range->low)};
            return true;
        }
        low = range->high;
    }
    *gap = (Range){.low = low, .high = high};
    return low < high;
}

/* ---- which steps have rows ---- */

static bool is_far(int64_t at)
{
    return at <= INT64_MIN / 2 || at >= INT64_MAX / 2; /* so far away that only arithmetic would suffer */
}

static int64_t step_of(const TablePartitions *by, int64_t at)
{
    int64_t since = (at - by->origin_us) % by->step_us;
    return at - (since < 0 ? since + by->step_us : since);
}

static void take_step(const Partitions *p, int64_t at, GArray *steps, int64_t *last)
{
    const TablePartitions *by = &p->stream->table->partitions;
    if (is_far(at))
        return;
    int64_t step = step_of(by, at);
    if (step == *last)
        return;
    *last = step;
    if (g_hash_table_contains(p->steps, &step))
        return;
    for (guint i = 0; i < steps->len; i++)
        if (g_array_index(steps, int64_t, i) == step)
            return;
    g_array_append_val(steps, step);
}

static GArray *steps_needed(const Partitions *p, Batch *const *batches, int count)
{
    GArray *steps = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t last = INT64_MAX;
    for (int b = 0; b < count; b++)
        for (int i = 0; i < batches[b]->row_count; i++) {
            const Value *at = &batches[b]->rows[i].values[p->column];
            if (at->state == VALUE_SET)
                take_step(p, at->i, steps, &last);
        }
    return steps;
}

static bool anything_missing(const Partitions *p, const GArray *steps)
{
    Range gap;
    for (guint i = 0; i < steps->len; i++) {
        int64_t low = g_array_index(steps, int64_t, i);
        if (first_gap(p, low, low + p->stream->table->partitions.step_us, &gap))
            return true;
    }
    return false;
}

/* ---- making them ---- */

/* The step's own name, or that with a number: a partition of that name may begin or end elsewhere. */
static bool free_name(const Partitions *p, int64_t step, char **name, Err *err)
{
    g_autofree char *base = p->stream->table->partitions.name(p->table, step);
    for (int number = 1;; number++) {
        g_autofree char *wanted = number == 1 ? g_strdup(base) : g_strdup_printf("%s_%d", base, number);
        DbRows rows;
        *name = sql_name(wanted, wanted, false);
        if (!db_queryf(p->d, &rows, err, p->d->ops->dialect->name_taken, 2, p->schema, *name)) {
            g_clear_pointer(name, g_free);
            return false;
        }
        bool taken = rows.count > 0;
        db_rows_clear(&rows);
        if (!taken)
            return true;
        g_clear_pointer(name, g_free);
    }
}

static void add_bound(const Partitions *p, int64_t at, GString *sql)
{
    char text[40];
    time_format_sql(at, text);
    p->d->ops->dialect->literal(&p->stream->table->columns[p->column], text, sql);
}

/* Indexes and triggers of the table come with attaching. */
static bool make_one(Partitions *p, int64_t step, const Range *range, Err *err)
{
    char *name = NULL;
    if (!free_name(p, step, &name, err))
        return false;
    g_autoptr(GString) quoted = g_string_new(NULL);
    g_autoptr(GString) sql = g_string_new("CREATE TABLE ");
    db_quote_table(quoted, p->d, p->schema, name);
    g_free(name);
    sql_add(sql,
            "%s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE);\nALTER TABLE %s ATTACH "
            "PARTITION %s FOR VALUES FROM (",
            quoted->str, p->quoted, p->quoted, quoted->str);
    add_bound(p, range->low, sql);
    g_string_append(sql, ") TO (");
    add_bound(p, range->high, sql);
    g_string_append_c(sql, ')');
    if (!db_exec(p->d, err, sql->str))
        return false;
    Range made = {.low = range->low, .high = range->high, .name = g_strdup(quoted->str), .unknown = true, .made_now = true};
    g_array_append_val(p->ranges, made);
    g_array_sort(p->ranges, compare_ranges);
    return true;
}

static bool make_step(Partitions *p, int64_t step, Err *err)
{
    Range gap;
    while (first_gap(p, step, step + p->stream->table->partitions.step_us, &gap))
        if (!make_one(p, step, &gap, err))
            return false;
    return true;
}

/* The lock first, then the look: a session that waited for the lock finds what the other one made. */
static bool make_locked(Partitions *p, const GArray *steps, Err *err)
{
    const char *lock = p->d->ops->dialect->ddl_lock;
    if ((lock && !db_exec(p->d, err, lock)) || !look(p, err))
        return false;
    for (guint i = 0; i < steps->len; i++)
        if (!make_step(p, g_array_index(steps, int64_t, i), err))
            return false;
    return db_commit(p->d, err);
}

/* A program that does not know our lock may have been faster. */
static bool was_faster(const Err *why)
{
    static const char *const codes[] = {"42P07", "42P17", "23505", NULL};
    return g_strv_contains(codes, why->native);
}

static bool make_missing(Partitions *p, const GArray *steps, Err *err)
{
    for (int tries = 1;; tries++) {
        Err why = {0};
        if (db_begin(p->d, &why) && make_locked(p, steps, &why))
            return true;
        db_rollback(p->d);
        p->known = false;
        if (tries == MOST_TRIES || !was_faster(&why)) {
            if (g_str_equal(why.native, "42501"))
                err_hint(&why,
                         "only the owner of %s can attach partitions to it: sync as its owner, or have the partitions made before",
                         p->table);
            sql_fail(err, &why);
            return err_context(err, "making partitions of %s", p->table);
        }
    }
}

bool partitions_make(Partitions *partitions, Batch *const *batches, int count, Err *err)
{
    Partitions *p = partitions;
    g_autoptr(GArray) steps = steps_needed(p, batches, count);
    if (steps->len == 0)
        return true;
    if (!p->known && !look(p, err))
        return err_context(err, "looking for partitions of %s", p->table);
    if (anything_missing(p, steps) && !make_missing(p, steps, err))
        return false;
    for (guint i = 0; i < steps->len; i++)
        g_hash_table_add(p->steps, g_memdup2(&g_array_index(steps, int64_t, i), sizeof(int64_t)));
    return true;
}

/* ---- where rows lie ---- */

static void reach(PartitionSpan *span, int64_t low, int64_t high)
{
    span->low = span->low == TIME_NONE ? low : MIN(span->low, low);
    span->high = span->high == TIME_NONE ? high : MAX(span->high, high);
}

static const PartitionSpan nowhere = {TIME_NONE, TIME_NONE};

PartitionSpan partitions_of_rows(const Partitions *partitions, Batch *const *batches, int count)
{
    PartitionSpan span = nowhere;
    for (int b = 0; partitions && b < count; b++)
        for (int i = 0; i < batches[b]->row_count; i++) {
            const Value *at = &batches[b]->rows[i].values[partitions->column];
            if (at->state != VALUE_SET || is_far(at->i))
                return nowhere;
            reach(&span, at->i, at->i);
        }
    return span;
}

/* A scope of which nothing says where its rows lie may have them anywhere. */
static bool scopes_told(const Batch *batch, PartitionSpan *span)
{
    g_autofree bool *has_rows = g_new0(bool, (size_t)batch->scope_count + 1);
    for (int i = 0; i < batch->row_count; i++)
        if (batch->rows[i].scope >= 0)
            has_rows[batch->rows[i].scope] = true;
    for (int i = 0; i < batch->scope_count; i++) {
        const Scope *scope = &batch->scopes[i];
        bool told = !is_far(scope->low) && !is_far(scope->high);
        if (!told && !has_rows[i])
            return false;
        if (told)
            reach(span, scope->low, scope->high);
    }
    return true;
}

PartitionSpan partitions_of_scopes(const Partitions *partitions, Batch *const *batches, int count)
{
    int64_t around = partitions ? partitions->stream->scope_span_us : 0;
    if (around == 0)
        return nowhere;
    PartitionSpan span = partitions_of_rows(partitions, batches, count);
    for (int b = 0; b < count; b++)
        if (!scopes_told(batches[b], &span))
            return nowhere;
    if (span.low == TIME_NONE)
        return nowhere;
    return (PartitionSpan){span.low - around, span.high + around};
}

void partitions_bound(const Partitions *partitions, const PartitionSpan *span, const char *alias, GString *out)
{
    if (!partitions || span->low == TIME_NONE)
        return;
    const TablePartitions *by = &partitions->stream->table->partitions;
    const char *words[] = {" >= ", " < "};
    const int64_t bounds[] = {step_of(by, span->low), step_of(by, span->high) + by->step_us};
    for (size_t i = 0; i < G_N_ELEMENTS(bounds); i++) {
        g_string_append(out, " AND ");
        sql_column(out, alias, partitions->stream->table->columns[partitions->column].name);
        g_string_append(out, words[i]);
        add_bound(partitions, bounds[i], out);
    }
}

/* ---- statistics ---- */

static void add_column(const Partitions *p, int column, GString *list)
{
    g_autoptr(GString) quoted = g_string_new(NULL);
    db_quote(quoted, p->stream->table->columns[column].name);
    if (!strstr(list->str, quoted->str))
        sql_add(list, "%s%s", list->len ? ", " : "", quoted->str);
}

static bool analyze(Partitions *p, Range *range, Err *err)
{
    Err why = {0};
    const Stream *stream = p->stream;
    g_autoptr(GString) columns = g_string_new(NULL);
    for (int i = 0; i < stream->conflict.count; i++)
        add_column(p, stream->conflict.columns[i], columns);
    for (int i = 0; i < stream->scope_column_count; i++)
        add_column(p, stream->scope_columns[i], columns);
    g_autofree char *sql = g_strdup_printf("ANALYZE %s (%s)", range->name, columns->str);
    range->unknown = false;
    bool done = db_exec(p->d, &why, sql);
    bool gone = why.code == ERR_UNREACHABLE || why.code == ERR_CANCELLED;
    return done || !gone || sql_fail(err, &why); /* it is only slower without */
}

bool partitions_know(Partitions *partitions, const PartitionSpan *span, Err *err)
{
    Partitions *p = partitions;
    if (!p || span->low == TIME_NONE)
        return true;
    if (!p->known && !look(p, err))
        return err_context(err, "looking for partitions of %s", p->table);
    for (guint i = 0; i < p->ranges->len; i++) {
        Range *range = &g_array_index(p->ranges, Range, i);
        bool inside = range->low <= span->high && range->high > span->low;
        if (inside && range->made_now)
            range->made_now = false;
        else if (inside && range->unknown && !analyze(p, range, err))
            return false;
    }
    return true;
}
