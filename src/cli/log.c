/* SPDX-License-Identifier: Apache-2.0 */
#include <poll.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/output.h"
#include "cli/run_text.h"

#define FOLLOW_MS 300
#define PAGE      1000

static const CliOption *const log_tables[] = {log_options, NULL};

/* Prints what came since *after; false with *err. *count: lines printed. */
static bool print_new(const Cli *cli, Board *board, int64_t run, int64_t *after, guint *count, Err *err)
{
    LogLevel level = LOG_DEBUG;
    if (cli_text(cli, "log-level"))
        (void)log_level_parse(cli_text(cli, "log-level"), &level);
    BoardAsk question = {.question = ASK_LOG, .run = run, .after_log_id = *after, .log_level = level, .limit = PAGE};
    g_autoptr(BoardAnswer) answer = ask(board, &question, err);
    if (!answer)
        return false;
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < answer->rows->len; i++) {
        const LogRecord *line = g_ptr_array_index(answer->rows, i);
        *after = line->id;
        if (cli->json)
            log_print_json(line, out);
        else
            log_append_text(line, out);
    }
    if (!cli->json)
        out_text(stdout, out->str);
    fflush(stdout);
    *count = answer->rows->len;
    return true;
}

static bool has_ended(const Session *session, int64_t run, bool *ended, Err *err)
{
    RunRecord *record = NULL;
    if (!state_reap(session->state, NULL, err) || !state_run(session->state, run, &record, err))
        return false;
    *ended = record && record->ended_us != TIME_NONE;
    bool known = record != NULL;
    run_record_free(record);
    return known || err_set(err, ERR_USAGE, "there is no run %" G_GINT64_FORMAT, run);
}

static int show_log(const Session *session, Board *board)
{
    const Cli *cli = session->cli;
    Err err = {0};
    int64_t run = 0, after = 0;
    bool ended = false, follow = cli_flag(cli, "follow");
    if (!parse_run_number(g_ptr_array_index(cli->arguments, 0), &run, &err))
        return cli_fail(&err);
    for (;;) {
        /* Asked first: what is written before the end is then printed after this. */
        if (!has_ended(session, run, &ended, &err))
            return cli_fail(&err);
        for (guint count = PAGE; count == PAGE;)
            if (!print_new(cli, board, run, &after, &count, &err))
                return cli_fail(&err);
        if (ended || !follow || ferror(stdout))
            return EXIT_DONE;
        (void)poll(NULL, 0, FOLLOW_MS);
    }
}

static int log_run(Cli *cli)
{
    Err err = {0};
    int64_t run = 0;
    if (!parse_run_number(g_ptr_array_index(cli->arguments, 0), &run, &err))
        return cli_fail(&err);
    return ask_command(cli, SESSION_HISTORY, show_log);
}

const Command command_log = {
    .name = "log",
    .arguments = "RUN",
    .help = "show the log of a run",
    .text = "Shows the log lines of a run, oldest first, with times in UTC. With -f it goes on until the run ends. --log-level "
            "leaves out what is "
            "less urgent.",
    .options = log_tables,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = log_run,
};
