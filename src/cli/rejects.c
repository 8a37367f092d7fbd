/* SPDX-License-Identifier: Apache-2.0 */
#include "base/term_text.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/grid.h"
#include "cli/json_list.h"
#include "cli/output.h"
#include "model/time.h"

static const CliOption *const rejects_tables[] = {rejects_options, NULL};

static bool make_query(const Cli *cli, RejectQuery *query, Err *err)
{
    *query = (RejectQuery){.column = cli_text(cli, "column"),
                           .id = cli_int(cli, "id"),
                           .dismissed = cli_flag(cli, "dismissed"),
                           .limit = (int)cli_int(cli, "limit")};
    const char *reason = cli_text(cli, "reason");
    if (!reason || reject_parse(reason, &query->reason))
        return true;
    g_autoptr(GString) known = g_string_new(NULL);
    for (int i = REJECT_NONE + 1; i < REJECT_REASONS; i++)
        g_string_append_printf(known, "%s'%s'", i > 1 ? ", " : "", reject_name((RejectReason)i));
    return err_set(err, ERR_USAGE, "--reason: expected one of %s, found '%s'", known->str, reason);
}

/* ---- groups ---- */

static void print_group_json(const RejectGroup *group, GString *json)
{
    g_string_append_c(json, '{');
    json_member_text(json, "type", "reject_group");
    json_member_text(json, "stream", group->stream);
    json_member_text(json, "reason", reject_name(group->reason));
    json_member_text(json, "column", group->column);
    json_member_int(json, "open", group->open);
    json_member_int(json, "dismissed", group->dismissed);
    json_member_time(json, "first_seen", group->first_seen);
    json_member_time(json, "last_seen", group->last_seen);
    out_json(json);
}

static int print_groups(const Session *session, Board *board, const RejectQuery *query)
{
    static const GridColumn columns[] = {
        {"stream"},           {"reason"},          {"column"}, {"open", .right = true}, {"dismissed", .right = true},
        {"first seen (UTC)"}, {"last seen (UTC)"},
    };
    Err err = {0};
    g_autoptr(BoardAnswer) answer = ask(board, &(BoardAsk){.question = ASK_REJECT_GROUPS, .rejects = *query}, &err);
    if (!answer)
        return cli_fail(&err);
    g_autoptr(Grid) grid = grid_new(columns, G_N_ELEMENTS(columns));
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < answer->rows->len; i++) {
        const RejectGroup *group = g_ptr_array_index(answer->rows, i);
        if (!group->open && !query->dismissed)
            continue;
        if (session->cli->json) {
            print_group_json(group, out);
            continue;
        }
        grid_text(grid, group->stream);
        grid_text(grid, reject_name(group->reason));
        grid_text(grid, group->column);
        grid_number(grid, group->open);
        grid_number(grid, group->dismissed);
        grid_time(grid, group->first_seen);
        grid_time(grid, group->last_seen);
    }
    if (session->cli->json)
        return EXIT_DONE;
    if (grid_rows(grid) == 0)
        g_string_append(out, "no row is waiting\n");
    else
        grid_append(grid, out_width(stdout), out);
    out_text(stdout, out->str);
    return EXIT_DONE;
}

/* ---- rows ---- */

static void print_reject_json(const Reject *reject, bool rows, GString *json)
{
    g_string_append_c(json, '{');
    json_member_text(json, "type", "reject");
    json_member_int(json, "id", reject->id);
    json_member_text(json, "stream", reject->stream);
    json_member_text(json, "key", reject->key);
    json_member_text(json, "reason", reject_name(reject->reason));
    json_member_text(json, "sqlstate", reject->sqlstate);
    json_member_text(json, "column", reject->column);
    json_member_text(json, "detail", reject->detail);
    json_member_time(json, "first_seen", reject->first_seen);
    json_member_time(json, "last_seen", reject->last_seen);
    json_member_int(json, "tries", reject->tries);
    json_member_time(json, "dismissed", reject->dismissed_at);
    if (rows)
        json_member_raw(json, "row", reject->row ? reject->row : "null");
    out_json(json);
}

static void add_reject(Grid *grid, const Reject *reject)
{
    grid_text(grid, reject->key);
    grid_text(grid, reject_name(reject->reason));
    grid_text(grid, reject->column);
    grid_text(grid, reject->detail);
    grid_time(grid, reject->first_seen);
    grid_time(grid, reject->last_seen);
    grid_number(grid, reject->tries);
    grid_text(grid, reject->dismissed_at == TIME_NONE ? "open" : "dismissed");
}

static void append_rows(const GPtrArray *rejects, GString *out)
{
    for (guint i = 0; i < rejects->len; i++) {
        const Reject *reject = g_ptr_array_index(rejects, i);
        term_append(out, reject->key);
        g_string_append(out, ": ");
        term_append(out, reject->row ? reject->row : "(its text is no longer kept)");
        g_string_append_c(out, '\n');
    }
}

static int print_rows(const Session *session, Board *board, const RejectQuery *query)
{
    static const GridColumn columns[] = {
        {"key", .gives = true},   {"reason"}, {"column"}, {"detail", .gives = true}, {"first seen (UTC)"}, {"last seen (UTC)"},
        {"tries", .right = true}, {"state"},
    };
    Err err = {0};
    g_autoptr(BoardAnswer) answer = ask(board, &(BoardAsk){.question = ASK_REJECTS, .rejects = *query}, &err);
    if (!answer)
        return cli_fail(&err);
    bool rows = cli_flag(session->cli, "rows");
    g_autoptr(Grid) grid = grid_new(columns, G_N_ELEMENTS(columns));
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < answer->rows->len; i++) {
        if (session->cli->json)
            print_reject_json(g_ptr_array_index(answer->rows, i), rows, out);
        else
            add_reject(grid, g_ptr_array_index(answer->rows, i));
    }
    if (session->cli->json)
        return EXIT_DONE;
    g_string_append_printf(out, "%s: ", query->stream);
    if (grid_rows(grid) == 0) {
        g_string_append(out, "no row is waiting\n");
    } else {
        g_string_append_printf(out, "%d row%s%s\n", grid_rows(grid), grid_rows(grid) == 1 ? "" : "s",
                               grid_rows(grid) == query->limit ? ", and perhaps more (--limit)" : "");
        grid_append(grid, out_width(stdout), out);
    }
    if (rows)
        append_rows(answer->rows, out);
    out_text(stdout, out->str);
    return EXIT_DONE;
}

/* ---- retry and dismiss ---- */

static int print_change(const Session *session, Board *board, BoardQuestion what, const RejectQuery *query)
{
    Err err = {0};
    g_autoptr(BoardAnswer) answer = ask(board, &(BoardAsk){.question = what, .rejects = *query}, &err);
    if (!answer)
        return cli_fail(&err);
    bool retry = what == ASK_RETRY;
    g_autoptr(GString) out = g_string_new(NULL);
    if (session->cli->json) {
        g_string_append_c(out, '{');
        json_member_text(out, "type", retry ? "retry" : "dismiss");
        json_member_text(out, "stream", query->stream);
        if (retry)
            json_member_int(out, "tried", answer->total);
        json_member_int(out, retry ? "landed" : "dismissed", answer->changed);
        out_json(out);
        return EXIT_DONE;
    }
    if (session->cli->quiet || (session->cli->batch && !session->cli->verbose))
        return EXIT_DONE;
    g_string_append_printf(out, "%s: ", query->stream);
    term_append_number(out, answer->changed);
    const char *rows = answer->changed == 1 ? " row " : " rows ";
    g_string_append_printf(out, "%s%s", rows, retry ? "landed of " : "dismissed");
    if (retry) {
        term_append_number(out, answer->total);
        g_string_append(out, " tried");
    }
    g_string_append_c(out, '\n');
    out_text(stdout, out->str);
    return EXIT_DONE;
}

typedef enum RejectsVerb { VERB_GROUPS, VERB_ROWS, VERB_RETRY, VERB_DISMISS } RejectsVerb;

static RejectsVerb find_verb(const GPtrArray *arguments)
{
    const char *first = arguments->len ? g_ptr_array_index(arguments, 0) : NULL;
    return !first ? VERB_GROUPS : !g_strcmp0(first, "retry") ? VERB_RETRY : !g_strcmp0(first, "dismiss") ? VERB_DISMISS : VERB_ROWS;
}

static int each_stream(const Session *session, Board *board)
{
    const GPtrArray *arguments = session->cli->arguments;
    RejectsVerb verb = find_verb(arguments);
    RejectQuery query;
    Err err = {0};
    if (!make_query(session->cli, &query, &err))
        return cli_fail(&err);
    if (verb == VERB_GROUPS)
        return print_groups(session, board, &query);
    g_autoptr(GPtrArray) patterns = g_ptr_array_new(), streams = g_ptr_array_new();
    for (guint i = verb == VERB_ROWS ? 0 : 1; i < arguments->len; i++)
        g_ptr_array_add(patterns, g_ptr_array_index(arguments, i));
    if (patterns->len == 0) {
        err_set(&err, ERR_USAGE, "`tidemark rejects %s` needs a stream", (const char *)g_ptr_array_index(arguments, 0));
        return cli_fail(&err);
    }
    if (!catalog_select(session->catalog, patterns, streams, &err))
        return cli_fail(&err);
    int status = EXIT_DONE;
    for (guint i = 0; i < streams->len && status == EXIT_DONE; i++) {
        query.stream = ((const Stream *)g_ptr_array_index(streams, i))->id;
        status = verb == VERB_ROWS ? print_rows(session, board, &query)
                                   : print_change(session, board, verb == VERB_RETRY ? ASK_RETRY : ASK_DISMISS, &query);
    }
    return status;
}

static int rejects_run(Cli *cli)
{
    return ask_command(cli, SESSION_WORK, each_stream);
}

const Command command_rejects = {
    .name = "rejects",
    .arguments = "[[retry|dismiss] STREAM…]",
    .help = "show rows that could not be stored; retry or dismiss them",
    .text = "Without arguments: how many rows wait, by stream, reason and column. With a STREAM: its rows, by key; --rows adds "
            "what is in them. "
            "`retry` reads their documents again and takes up rows whose parent has arrived. `dismiss` sets rows aside until they "
            "change; --reason, "
            "--column and --id "
            "name which.",
    .options = rejects_tables,
    .max_arguments = -1,
    .run = rejects_run,
};
