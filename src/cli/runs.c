/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/term_text.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/grid.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/run_text.h"

/* A run's own counts are written at its end; until then its streams have them. */
static void sum_streams(const GPtrArray *streams, RunRecord *run, RunView *view, GString *at_work)
{
    run->counts = (Counts){0};
    view->stream_count = (int)streams->len;
    view->streams = g_new0(StreamView, streams->len);
    for (guint i = 0; i < streams->len; i++) {
        const RunStreamRecord *stream = g_ptr_array_index(streams, i);
        counts_add(&run->counts, &stream->counts);
        stream_view_of_record(stream, clock_now_us(), clock_mono_ms(), &view->streams[i]);
        if (stream->started_us != TIME_NONE && stream->ended_us == TIME_NONE)
            g_string_append_printf(at_work, "%s%s (%s)", at_work->len ? ", " : "", stream->stream, stream->phase);
    }
}

static int list_live(const Session *session, Board *board)
{
    static const GridColumn columns[] = {
        {"run", .right = true},
        {"started (UTC)"},
        {"for", .right = true},
        {"what", .gives = true},
        {"by"},
        {"host"},
        {"read", .right = true},
        {"written", .right = true},
        {"rejected", .right = true},
        {"held up by"},
        {"at work", .gives = true},
    };
    Err err = {0};
    BoardAsk question = {.question = ASK_HISTORY, .history = {.live = true, .since_us = TIME_NONE, .limit = 1000}};
    g_autoptr(BoardAnswer) answer = ask(board, &question, &err);
    if (!answer)
        return cli_fail(&err);
    g_autoptr(Grid) grid = grid_new(columns, G_N_ELEMENTS(columns));
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < answer->rows->len; i++) {
        RunRecord *run = g_ptr_array_index(answer->rows, i);
        g_autoptr(BoardAnswer) detail = ask(board, &(BoardAsk){.question = ASK_RUN, .run = run->run}, &err);
        if (!detail)
            return cli_fail(&err);
        g_autoptr(GString) at_work = g_string_new(NULL);
        RunView view = {0};
        sum_streams(detail->run_streams, run, &view, at_work);
        g_autofree char *held_up_by = run_view_held_up_by(&view), *held = g_strdup(held_up_by ? held_up_by : "-");
        g_free(view.streams);
        if (session->cli->json) {
            run_print_json(run, out);
            for (guint k = 0; k < detail->run_streams->len; k++)
                run_stream_print_json(g_ptr_array_index(detail->run_streams, k), out);
            continue;
        }
        grid_take(grid, g_strdup_printf("%" G_GINT64_FORMAT, run->run));
        grid_time(grid, run->started_us);
        grid_take(grid, run_took(run->started_us, TIME_NONE));
        grid_text(grid, run->arguments);
        grid_text(grid, run->operator_name);
        grid_text(grid, run->host);
        grid_number(grid, run->counts.read);
        grid_number(grid, run->counts.written);
        grid_number(grid, run->counts.rejected);
        grid_text(grid, held);
        grid_text(grid, at_work->str);
    }
    if (session->cli->json)
        return EXIT_DONE;
    if (grid_rows(grid) == 0)
        g_string_append(out, "no run is going on\n");
    else
        grid_append(grid, out_width(stdout), out);
    out_text(stdout, out->str);
    return EXIT_DONE;
}

static int runs_run(Cli *cli)
{
    return ask_command(cli, SESSION_HISTORY, list_live);
}

const Command command_runs = {
    .name = "runs",
    .arguments = "",
    .help = "show the runs that are going on",
    .text = "Shows the runs of this host's state file that are going on, with the streams they are at work on. A run whose process "
            "died is not "
            "among them: it stands in the history as killed.",
    .run = runs_run,
};
