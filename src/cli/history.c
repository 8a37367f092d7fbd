/* SPDX-License-Identifier: Apache-2.0 */
#include "base/term_text.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/grid.h"
#include "cli/json_list.h"
#include "cli/output.h"
#include "cli/run_text.h"
#include "cli/summary.h"
#include "cli/term_time.h"

static const CliOption *const history_tables[] = {history_options, NULL};

static void print_page(const BoardAnswer *answer)
{
    static const GridColumn columns[] = {
        {"run", .right = true},
        {"started (UTC)"},
        {"took", .right = true},
        {"what", .gives = true},
        {"by"},
        {"outcome"},
        {"exit", .right = true},
        {"read", .right = true},
        {"written", .right = true},
        {"rejected", .right = true},
        {"destination", .gives = true},
    };
    g_autoptr(Grid) grid = grid_new(columns, G_N_ELEMENTS(columns));
    for (guint i = 0; i < answer->rows->len; i++) {
        const RunRecord *run = g_ptr_array_index(answer->rows, i);
        grid_take(grid, g_strdup_printf("%" G_GINT64_FORMAT, run->run));
        grid_time(grid, run->started_us);
        grid_take(grid, run_took(run->started_us, run->ended_us));
        grid_text(grid, run->arguments);
        grid_text(grid, run->operator_name);
        grid_text(grid, run->outcome);
        grid_number(grid, run->exit_status);
        grid_number(grid, run->counts.read);
        grid_number(grid, run->counts.written);
        grid_number(grid, run->counts.rejected);
        grid_text(grid, run->destination);
    }
    g_autoptr(GString) out = g_string_new(NULL);
    grid_append(grid, out_width(stdout), out);
    if (answer->total > answer->rows->len)
        g_string_append_printf(out, "%u of %" G_GINT64_FORMAT " runs; --limit shows more\n", answer->rows->len, answer->total);
    if (answer->total == 0)
        g_string_assign(out, "no run yet\n");
    out_text(stdout, out->str);
}

static int show_page(const Session *session, Board *board)
{
    const Cli *cli = session->cli;
    Err err = {0};
    BoardAsk question = {.question = ASK_HISTORY,
                         .history = {.job = cli_text(cli, "job"),
                                     .outcome = cli_text(cli, "outcome"),
                                     .stream = cli_text(cli, "stream"),
                                     .since_us = TIME_NONE,
                                     .limit = (int)cli_int(cli, "limit")}};
    g_autoptr(BoardAnswer) answer = ask(board, &question, &err);
    if (!answer)
        return cli_fail(&err);
    if (!cli->json) {
        print_page(answer);
        return EXIT_DONE;
    }
    g_autoptr(GString) json = g_string_new(NULL);
    for (guint i = 0; i < answer->rows->len; i++)
        run_print_json(g_ptr_array_index(answer->rows, i), json);
    return EXIT_DONE;
}

static void append_run(const RunRecord *run, GString *out)
{
    g_autofree char *started = term_time(run->started_us), *took = run_took(run->started_us, run->ended_us);
    g_autofree char *arguments = term_dup(run->arguments), *destination = term_dup(run->destination);
    g_autofree char *who = term_dup(run->operator_name), *host = term_dup(run->host), *memory = term_bytes(run->memory_bytes);
    g_string_append_printf(out, "run %" G_GINT64_FORMAT ": %s\n", run->run, arguments);
    g_string_append_printf(out, "into %s\n", destination);
    g_string_append_printf(out, "started %s UTC by %s on %s, took %s, version %s\n", started, who, host, took, run->version);
    if (run->ended_us == TIME_NONE)
        g_string_append(out, "running\n");
    else
        g_string_append_printf(out, "%s (exit status %d), memory %s\n", run->outcome, run->exit_status, memory);
}

static void append_continued(const BoardAnswer *answer, GString *out)
{
    g_autofree char *kept = term_number(answer->kept);
    if (!answer->continues)
        return;
    g_string_append_printf(out, "continues run %" G_GINT64_FORMAT, answer->continues);
    if (answer->continued && answer->continued->ended_us != TIME_NONE) {
        g_autofree char *ended = term_time(answer->continued->ended_us);
        g_string_append_printf(out, " (%s %s)", answer->continued->outcome, ended);
    }
    g_string_append_printf(out, ": %s committed rows kept\n", kept);
}

static void append_streams(const GPtrArray *streams, GString *out)
{
    static const GridColumn columns[] = {
        {"stream", .gives = true},    {"read", .right = true},     {"written", .right = true},
        {"unchanged", .right = true}, {"rejected", .right = true}, {"filtered", .right = true},
        {"removed", .right = true},   {"took", .right = true},     {"result"},
        {"window", .gives = true},    {"why", .gives = true},
    };
    g_autoptr(Grid) grid = grid_new(columns, G_N_ELEMENTS(columns));
    for (guint i = 0; i < streams->len; i++) {
        const RunStreamRecord *stream = g_ptr_array_index(streams, i);
        grid_text(grid, stream->stream);
        grid_number(grid, stream->counts.read);
        grid_number(grid, stream->counts.written);
        grid_number(grid, stream->counts.unchanged);
        grid_number(grid, stream->counts.rejected);
        grid_number(grid, stream->counts.filtered);
        grid_number(grid, stream->counts.removed);
        grid_take(grid, run_took(stream->started_us, stream->ended_us));
        grid_text(grid, stream->phase);
        grid_text(grid, stream->window);
        grid_text(grid, stream->why);
    }
    grid_append(grid, out_width(stdout), out);
    for (guint i = 0; i < streams->len; i++) {
        const RunStreamRecord *stream = g_ptr_array_index(streams, i);
        if (!stream->error)
            continue;
        g_autofree char *error = term_dup(stream->error), *hint = term_dup(stream->hint);
        g_string_append_printf(out, "%s: %s\n%s%s%s", stream->stream, error, *hint ? "  " : "", hint, *hint ? "\n" : "");
    }
}

static int show_run(const Session *session, Board *board)
{
    BoardAsk question = {.question = ASK_RUN, .log_level = LOG_WARN};
    Err err = {0};
    if (!parse_run_number(g_ptr_array_index(session->cli->arguments, 0), &question.run, &err))
        return cli_fail(&err);
    g_autoptr(BoardAnswer) answer = ask(board, &question, &err);
    if (!answer)
        return cli_fail(&err);
    if (!answer->rows || answer->rows->len == 0) {
        err_set(&err, ERR_USAGE, "there is no run %" G_GINT64_FORMAT, question.run);
        return cli_fail(&err);
    }
    const RunRecord *run = g_ptr_array_index(answer->rows, 0);
    g_autoptr(GString) out = g_string_new(NULL);
    if (session->cli->json) {
        run_print_json(run, out);
        for (guint i = 0; i < answer->run_streams->len; i++)
            run_stream_print_json(g_ptr_array_index(answer->run_streams, i), out);
        return EXIT_DONE;
    }
    append_run(run, out);
    append_continued(answer, out);
    append_streams(answer->run_streams, out);
    summary_balance(&run->counts, out);
    g_string_append_printf(out, "\n`tidemark log %" G_GINT64_FORMAT "` shows its log\n", run->run);
    out_text(stdout, out->str);
    return EXIT_DONE;
}

static int history_run(Cli *cli)
{
    Err err = {0};
    int64_t run = 0;
    if (cli->arguments->len && !parse_run_number(g_ptr_array_index(cli->arguments, 0), &run, &err))
        return cli_fail(&err);
    return ask_command(cli, SESSION_HISTORY, cli->arguments->len ? show_run : show_page);
}

const Command command_history = {
    .name = "history",
    .arguments = "[RUN]",
    .help = "show past runs, or one of them with its streams",
    .text = "Shows the latest runs, newest first; with the number of a RUN that one with its streams, what each read and wrote, "
            "and why one failed.",
    .options = history_tables,
    .max_arguments = 1,
    .run = history_run,
};
