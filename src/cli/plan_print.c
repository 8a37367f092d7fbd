/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/plan_print.h"

#include "base/json.h"
#include "base/term_text.h"
#include "cli/grid.h"
#include "cli/json_list.h"
#include "cli/output.h"
#include "model/date_range.h"

static GPtrArray *streams_of(const Plan *plan)
{
    GPtrArray *streams = g_ptr_array_new();
    for (guint i = 0; i < plan->streams->len; i++)
        g_ptr_array_add(streams, (gpointer)((const StreamPlan *)g_ptr_array_index(plan->streams, i))->stream);
    return streams;
}

char *plan_table_name(const StreamPlan *stream)
{
    GString *out = g_string_new(NULL);
    const LiveTable *live = stream->ddl ? stream->ddl->live : NULL;
    const char *schema = live ? live->schema : stream->stream->table->schema;
    if (schema && *schema) {
        db_quote(out, schema);
        g_string_append_c(out, '.');
    }
    db_quote(out, stream->stream->table->name);
    g_autofree char *scope = stream_scope_text(stream->stream);
    if (scope)
        g_string_append_printf(out, " where %s", scope);
    g_autofree char *raw = g_string_free(out, FALSE);
    return term_dup(raw);
}

char *plan_header(const Session *session, const Plan *plan)
{
    g_autoptr(GPtrArray) streams = streams_of(plan);
    g_autofree char *destinations = session_destinations(session, streams);
    g_autofree char *configuration = session_configuration(session);
    return g_strdup_printf("%s into %s (configuration: %s)\n", plan->request.job->name, destinations, configuration);
}

static void append_lines(GString *out, const char *what, const GPtrArray *lines)
{
    for (guint i = 0; lines && i < lines->len; i++) {
        g_autofree char *line = term_dup(g_ptr_array_index(lines, i));
        g_string_append_printf(out, "  %s%s\n", what, line);
    }
}

void plan_append_touched(const Plan *plan, const StreamPlan *stream, GString *out)
{
    if (stream->reimport.rows >= 0) {
        g_string_append(out, "  rows it replaces: ");
        term_append_number(out, stream->reimport.rows);
        g_string_append_c(out, '\n');
    }
    append_lines(out, "pointed at by ", stream->reimport.referenced_by);
    append_lines(out, "locks, if ", stream->reimport.locks);
    if (plan->request.truncate)
        append_lines(out, "a CASCADE, which is never used, would reach ", stream->reimport.cascade);
}

static void append_statement(GString *out, const char *statement)
{
    size_t len = strlen(statement);
    bool comment = g_str_has_prefix(statement, "--") && !strchr(statement, '\n');
    g_auto(GStrv) lines = g_strsplit(statement, "\n", -1);
    for (int i = 0; lines[i]; i++) {
        g_string_append(out, i ? "\n" : "");
        term_append(out, lines[i]);
    }
    g_string_append(out, comment || (len && statement[len - 1] == ';') ? "\n" : ";\n");
}

static void append_streams(const Plan *plan, GString *out)
{
    static const GridColumn columns[] = {
        {"stream"},
        {"job"},
        {"window"},
        {"rows at source", .right = true},
        {"table"},
        {"rows there", .right = true},
        {"why", .gives = true},
    };
    g_autoptr(Grid) grid = grid_new(columns, G_N_ELEMENTS(columns));
    for (guint i = 0; i < plan->streams->len; i++) {
        const StreamPlan *stream = g_ptr_array_index(plan->streams, i);
        grid_text(grid, stream->stream->id);
        grid_text(grid, stream->job->name);
        grid_take(grid, window_format(&stream->window));
        grid_number(grid, stream->estimate);
        grid_take(grid, plan_table_name(stream));
        grid_number(grid, stream->table_rows);
        grid_text(grid, stream->refused.code != ERR_NONE ? "cannot run: see below" : stream->why);
    }
    grid_append(grid, out_width(stdout), out);
}

static void append_stream_notes(const Plan *plan, const StreamPlan *stream, GString *out)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (stream->refused.code != ERR_NONE) {
        g_autofree char *message = term_dup(stream->refused.message), *hint = term_dup(stream->refused.hint);
        g_string_append_printf(text, "  cannot run: %s\n", message);
        if (*hint)
            g_string_append_printf(text, "  %s\n", hint);
    }
    if (stream->take_over)
        g_string_append(text, "  takes over rows that no run of tidemark wrote: what differs is written\n");
    if (stream->ddl) {
        append_lines(text, "conflict: ", stream->ddl->conflicts);
        append_lines(text, "note: ", stream->ddl->notes);
    }
    if (stream->job->destructive && stream->refused.code == ERR_NONE)
        plan_append_touched(plan, stream, text);
    if (text->len)
        g_string_append_printf(out, "%s\n%s", stream->stream->id, text->str);
}

static void append_sql(const Plan *plan, GString *out)
{
    g_string_append(out, "\n");
    int statements = 0;
    for (guint i = 0; i < plan->ledger_ddl->len; i++, statements++)
        append_statement(out, g_ptr_array_index(plan->ledger_ddl, i));
    for (guint i = 0; i < plan->streams->len; i++) {
        const StreamPlan *stream = g_ptr_array_index(plan->streams, i);
        if (!stream->ddl || stream->refused.code != ERR_NONE)
            continue;
        if (stream->ddl->statements->len)
            g_string_append_printf(out, "-- %s\n", stream->stream->id);
        for (guint k = 0; k < stream->ddl->statements->len; k++, statements++)
            append_statement(out, g_ptr_array_index(stream->ddl->statements, k));
        if (!stream->ddl->key_later)
            continue;
        g_string_append_printf(out, "-- %s: %s\n", stream->stream->id, plan_when_key(stream));
        append_statement(out, stream->ddl->key_later);
        for (guint k = 0; k < stream->ddl->indexes_later->len; k++, statements++)
            append_statement(out, g_ptr_array_index(stream->ddl->indexes_later, k));
        statements++;
    }
    if (!statements)
        g_string_append(out, "-- no table has to be made or changed\n");
}

static void print_text(const Session *session, const Plan *plan)
{
    g_autofree char *header = plan_header(session, plan);
    g_autoptr(GString) out = g_string_new("plan: ");
    g_string_append(out, header);
    append_streams(plan, out);
    for (guint i = 0; i < plan->streams->len; i++)
        append_stream_notes(plan, g_ptr_array_index(plan->streams, i), out);
    append_lines(out, "note: ", plan->notes);
    append_sql(plan, out);
    out_text(stdout, out->str);
}

static void print_stream_json(const StreamPlan *stream, GString *json)
{
    g_autofree char *window = window_format(&stream->window), *table = plan_table_name(stream);
    g_string_append_c(json, '{');
    json_member_text(json, "type", "plan_stream");
    json_member_text(json, "stream", stream->stream->id);
    json_member_text(json, "job", stream->job->name);
    json_member_text(json, "window", window);
    json_member_text(json, "why", stream->why);
    json_member_known(json, "estimate", stream->estimate);
    json_member_text(json, "table", table);
    json_member_known(json, "table_rows", stream->table_rows);
    json_member_bool(json, "first_load", stream->first_load);
    json_member_bool(json, "take_over", stream->take_over);
    json_member_bool(json, "resumes", stream->resumes);
    json_member_list(json, "statements", stream->ddl ? stream->ddl->statements : NULL);
    g_autoptr(GPtrArray) last = g_ptr_array_new();
    const char *later = stream->ddl ? stream->ddl->key_later : NULL;
    json_member_text(json, "statement_when_empty", stream->job->destructive ? later : NULL);
    if (later && !stream->job->destructive)
        g_ptr_array_add(last, (char *)(uintptr_t)later);
    for (guint i = 0; stream->ddl && i < stream->ddl->indexes_later->len; i++)
        g_ptr_array_add(last, stream->ddl->indexes_later->pdata[i]);
    json_member_list(json, "statements_when_filled", last);
    json_member_list(json, "conflicts", stream->ddl ? stream->ddl->conflicts : NULL);
    json_member_list(json, "notes", stream->ddl ? stream->ddl->notes : NULL);
    json_member_list(json, "referenced_by", stream->reimport.referenced_by);
    json_member_list(json, "locks", stream->reimport.locks);
    json_member_list(json, "cascade", stream->reimport.cascade);
    json_member_err(json, "refused", &stream->refused);
    out_json(json);
}

static void print_json(const Session *session, const Plan *plan)
{
    g_autoptr(GString) json = g_string_new("{");
    g_autoptr(GPtrArray) streams = streams_of(plan);
    g_autofree char *destinations = session_destinations(session, streams), *configuration = session_configuration(session);
    json_member_text(json, "type", "plan");
    json_member_text(json, "job", plan->request.job->name);
    json_member_text(json, "destination", destinations);
    json_member_text(json, "configuration", configuration);
    json_member_int(json, "jobs", plan->jobs);
    json_member_int(json, "streams", plan->streams->len);
    json_member_list(json, "statements", plan->ledger_ddl);
    json_member_list(json, "notes", plan->notes);
    out_json(json);
    for (guint i = 0; i < plan->streams->len; i++)
        print_stream_json(g_ptr_array_index(plan->streams, i), json);
}

void plan_print(const Session *session, const Plan *plan)
{
    if (session->cli->json)
        print_json(session, plan);
    else
        print_text(session, plan);
}
