/* SPDX-License-Identifier: Apache-2.0 */
/* Reading runs: pages of the history, the live ones, the streams of one. */
#include "state/state_private.h"

#define RUN_COLUMNS                                                                                                                \
    "run, job, operator_name, host, arguments, version, destination, started_us, ended_us, outcome, exit_status, streams, "        \
    "memory_bytes, read, written, unchanged, rejected, filtered, removed, rejected_new"

void run_record_free(void *record)
{
    RunRecord *run = record;
    if (!run)
        return;
    g_free(run->job);
    g_free(run->operator_name);
    g_free(run->host);
    g_free(run->arguments);
    g_free(run->version);
    g_free(run->destination);
    g_free(run->outcome);
    g_free(run);
}

void run_stream_record_free(void *record)
{
    RunStreamRecord *stream = record;
    if (!stream)
        return;
    g_free(stream->stream);
    g_free(stream->phase);
    g_free(stream->note);
    g_free(stream->error);
    g_free(stream->hint);
    g_free(stream->window);
    g_free(stream->why);
    g_free(stream->job);
    g_free(stream->outcome);
    g_free(stream);
}

static RunRecord *read_run(sqlite3_stmt *statement)
{
    RunRecord *run = g_new0(RunRecord, 1);
    run->run = sqlite3_column_int64(statement, 0);
    run->job = state_read_text(statement, 1);
    run->operator_name = state_read_text(statement, 2);
    run->host = state_read_text(statement, 3);
    run->arguments = state_read_text(statement, 4);
    run->version = state_read_text(statement, 5);
    run->destination = state_read_text(statement, 6);
    run->started_us = sqlite3_column_int64(statement, 7);
    run->ended_us = state_read_time(statement, 8);
    run->outcome = state_read_text(statement, 9);
    run->exit_status = sqlite3_column_int(statement, 10);
    run->streams = sqlite3_column_int64(statement, 11);
    run->memory_bytes = sqlite3_column_int64(statement, 12);
    state_read_counts(statement, 13, &run->counts);
    return run;
}

/* Sort names and what they order by; only these reach the statement. */
static const char *sort_expression(const char *name)
{
    static const struct {
        const char *name, *expression;
    } sorts[] = {
        {"run", "run"},
        {"job", "job"},
        {"operator", "operator_name"},
        {"host", "host"},
        {"outcome", "outcome"},
        {"started", "started_us"},
        {"ended", "ended_us"},
        {"duration", "ended_us - started_us"},
        {"streams", "streams"},
        {"read", "read"},
        {"written", "written"},
        {"unchanged", "unchanged"},
        {"rejected", "rejected"},
        {"filtered", "filtered"},
        {"removed", "removed"},
    };
    for (size_t i = 0; name && i < G_N_ELEMENTS(sorts); i++)
        if (!g_strcmp0(sorts[i].name, name))
            return sorts[i].expression;
    return name ? NULL : "run";
}

static void where_clause(const RunFilter *filter, GString *sql)
{
    g_string_append(sql, " FROM runs WHERE 1");
    if (filter->live)
        g_string_append(sql, " AND ended_us IS NULL");
    if (filter->text)
        g_string_append(sql, " AND instr(lower(arguments), lower(:text)) > 0");
    if (filter->job)
        g_string_append(sql, " AND job = :job");
    if (filter->outcome)
        g_string_append(sql, " AND outcome = :outcome");
    if (filter->stream)
        g_string_append(sql, " AND run IN (SELECT run FROM run_streams WHERE stream = :stream)");
    if (filter->since_us != TIME_NONE && filter->since_us != 0)
        g_string_append(sql, " AND started_us >= :since");
}

static void bind_named(sqlite3_stmt *statement, const char *name, const char *text)
{
    int at = sqlite3_bind_parameter_index(statement, name);
    if (at)
        state_bind_text(statement, at, text);
}

static void bind_number(sqlite3_stmt *statement, const char *name, int64_t value)
{
    int at = sqlite3_bind_parameter_index(statement, name);
    if (at)
        state_bind_int(statement, at, value);
}

static sqlite3_stmt *prepare_filtered(State *state, const RunFilter *filter, const char *sql, Err *err)
{
    sqlite3_stmt *statement = state_prepare(state, sql, err);
    if (!statement)
        return NULL;
    bind_named(statement, ":text", filter->text);
    bind_named(statement, ":job", filter->job);
    bind_named(statement, ":outcome", filter->outcome);
    bind_named(statement, ":stream", filter->stream);
    bind_number(statement, ":since", filter->since_us);
    bind_number(statement, ":limit", filter->limit > 0 && !filter->live ? filter->limit : -1);
    bind_number(statement, ":offset", filter->live ? 0 : filter->offset);
    return statement;
}

static bool count_runs(State *state, const RunFilter *filter, int64_t *total, Err *err)
{
    g_autoptr(GString) sql = g_string_new("SELECT count(*)");
    where_clause(filter, sql);
    g_autoptr(sqlite3_stmt) statement = prepare_filtered(state, filter, sql->str, err);
    if (!statement || !state_step(state, statement, NULL, err))
        return false;
    *total = sqlite3_column_int64(statement, 0);
    return true;
}

/* Whether a run is alive is known to the kernel, not to the database, so the page of live runs (there are few) is cut here. */
static bool list_runs(State *state, const RunFilter *filter, const char *order, GPtrArray *out, int64_t *total, Err *err)
{
    g_autoptr(GString) sql = g_string_new("SELECT " RUN_COLUMNS);
    where_clause(filter, sql);
    const char *direction = filter->ascending ? "ASC" : "DESC";
    g_string_append_printf(sql, " ORDER BY %s %s", order, direction);
    if (g_strcmp0(order, "run") != 0)
        g_string_append_printf(sql, ", run %s", direction);
    g_string_append(sql, " LIMIT :limit OFFSET :offset");
    g_autoptr(sqlite3_stmt) statement = prepare_filtered(state, filter, sql->str, err);
    if (!statement)
        return false;
    int64_t alive = 0;
    for (bool row = false;;) {
        if (!state_step(state, statement, &row, err))
            return false;
        if (!row)
            break;
        if (!filter->live) {
            g_ptr_array_add(out, read_run(statement));
            continue;
        }
        if (!liveness_held(state, sqlite3_column_int64(statement, 0)))
            continue;
        if (alive >= filter->offset && (filter->limit <= 0 || alive < filter->offset + filter->limit))
            g_ptr_array_add(out, read_run(statement));
        alive++;
    }
    if (filter->live && total)
        *total = alive;
    return true;
}

bool state_runs(State *state, const RunFilter *filter, GPtrArray *out, int64_t *total, Err *err)
{
    const char *order = sort_expression(filter->sort);
    if (!order)
        return err_set(err, ERR_USAGE, "cannot sort runs by '%s'", filter->sort);
    g_auto(StateGuard) guard = state_enter(state);
    return list_runs(state, filter, order, out, total, err) && (!total || filter->live || count_runs(state, filter, total, err));
}

bool state_run(State *state, int64_t run, RunRecord **out, Err *err)
{
    g_auto(StateGuard) guard = state_enter(state);
    *out = NULL;
    g_autoptr(sqlite3_stmt) statement = state_prepare(state, "SELECT " RUN_COLUMNS " FROM runs WHERE run = ?", err);
    if (!statement)
        return false;
    state_bind_int(statement, 1, run);
    bool row = false;
    if (!state_step(state, statement, &row, err))
        return false;
    if (row)
        *out = read_run(statement);
    return true;
}

#define STREAM_COLUMNS                                                                                                             \
    "rs.run, rs.stream, rs.phase, rs.note, rs.error, rs.hint, rs.period, rs.why, rs.started_us, rs.ended_us, rs.in_flight, "       \
    "rs.estimate, rs.rows_per_second, rs.queue_fill, rs.continues, rs.kept, rs.read, rs.written, rs.unchanged, rs.rejected, "      \
    "rs.filtered, rs.removed, "                                                                                                    \
    "rs.rejected_new"
enum { STREAM_COLUMN_COUNT = 23 };

static RunStreamRecord *read_stream(sqlite3_stmt *statement)
{
    RunStreamRecord *stream = g_new0(RunStreamRecord, 1);
    stream->run = sqlite3_column_int64(statement, 0);
    stream->stream = state_read_text(statement, 1);
    stream->phase = state_read_text(statement, 2);
    stream->note = state_read_text(statement, 3);
    stream->error = state_read_text(statement, 4);
    stream->hint = state_read_text(statement, 5);
    stream->window = state_read_text(statement, 6);
    stream->why = state_read_text(statement, 7);
    stream->started_us = state_read_time(statement, 8);
    stream->ended_us = state_read_time(statement, 9);
    stream->in_flight = sqlite3_column_int64(statement, 10);
    stream->estimate = sqlite3_column_int64(statement, 11);
    stream->rows_per_second = sqlite3_column_int64(statement, 12);
    stream->queue_fill = sqlite3_column_int(statement, 13);
    stream->continues = sqlite3_column_int64(statement, 14);
    stream->kept = sqlite3_column_int64(statement, 15);
    state_read_counts(statement, 16, &stream->counts);
    return stream;
}

bool state_run_streams(State *state, int64_t run, GPtrArray *out, Err *err)
{
    g_auto(StateGuard) guard = state_enter(state);
    g_autoptr(sqlite3_stmt) statement =
        state_prepare(state, "SELECT " STREAM_COLUMNS " FROM run_streams AS rs WHERE rs.run = ? ORDER BY rs.stream", err);
    if (!statement)
        return false;
    state_bind_int(statement, 1, run);
    for (bool row = false;;) {
        if (!state_step(state, statement, &row, err))
            return false;
        if (!row)
            return true;
        g_ptr_array_add(out, read_stream(statement));
    }
}

/* Steps through the index from stream to stream and takes the newest entries of each: a long history costs no more than a short one. */
bool state_stream_runs(State *state, const char *stream, int limit, GPtrArray *out, Err *err)
{
    g_auto(StateGuard) guard = state_enter(state);
    g_autoptr(sqlite3_stmt) statement = state_prepare(
        state,
        "WITH RECURSIVE names (stream) AS ("
        "SELECT coalesce(?1, (SELECT min(stream) FROM run_streams)) "
        "UNION ALL SELECT (SELECT min(r.stream) FROM run_streams AS r WHERE r.stream > names.stream) FROM names "
        "WHERE names.stream IS NOT NULL AND ?1 IS NULL) "
        "SELECT " STREAM_COLUMNS ", runs.job, runs.outcome, runs.started_us FROM names "
        "JOIN run_streams AS rs ON rs.stream = names.stream "
        "AND rs.run IN (SELECT n.run FROM run_streams AS n WHERE n.stream = names.stream ORDER BY n.run DESC LIMIT ?2) "
        "JOIN runs ON runs.run = rs.run ORDER BY rs.stream, rs.run DESC",
        err);
    if (!statement)
        return false;
    state_bind_text(statement, 1, stream);
    state_bind_int(statement, 2, limit);
    for (bool row = false;;) {
        if (!state_step(state, statement, &row, err))
            return false;
        if (!row)
            return true;
        RunStreamRecord *record = read_stream(statement);
        record->job = state_read_text(statement, STREAM_COLUMN_COUNT);
        record->outcome = state_read_text(statement, STREAM_COLUMN_COUNT + 1);
        record->run_started_us = sqlite3_column_int64(statement, STREAM_COLUMN_COUNT + 2);
        g_ptr_array_add(out, record);
    }
}
