/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/console_headless.h"
#include "cli/demo.h"
#include "cli/exit_status.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/stop_signals.h"
#include "ui/ui.h"

/* What the welcome screen says: where a configuration was looked for. */
static char *all_problems(const Problems *problems)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < problems->list->len; i++) {
        g_autofree char *line = problem_format(g_ptr_array_index(problems->list, i));
        g_string_append_printf(out, "%s\n", line);
    }
    return g_string_free(out, FALSE);
}

static bool cannot_show_utf8(void)
{
    return g_ascii_strcasecmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

/* "~/demo.db": a file's place in the home directory, short enough for a header. */
static char *short_destination(const Config *config)
{
    if (!config || config->destinations->len == 0)
        return NULL;
    const DestinationConfig *first = g_ptr_array_index(config->destinations, 0);
    const char *home = g_get_home_dir(), *shown = first->display;
    size_t len = home ? strlen(home) : 0;
    bool at_home = len > 1 && g_str_has_prefix(shown, home) && shown[len] == '/';
    GString *out = g_string_new(at_home ? "~" : NULL);
    g_string_append(out, at_home ? shown + len : shown);
    if (config->destinations->len > 1)
        g_string_append_printf(out, " +%u", config->destinations->len - 1);
    return g_string_free(out, FALSE);
}

/* What was only asked for the screen is not waited for when another process has the state file locked. */
static void free_board(const UiSetup *setup)
{
    if (!setup->board)
        return;
    if (setup->state)
        state_patience(setup->state, 0);
    board_free(setup->board);
    if (setup->state)
        state_patience(setup->state, STATE_PATIENCE_MS);
}

static int run_ui(const Session *session, const int wake[2], UiWish *wish)
{
    const Cli *cli = session->cli;
    const Config *config = session->config;
    const DestinationConfig *destination = config && config->destinations->len ? g_ptr_array_index(config->destinations, 0) : NULL;
    g_autofree char *problems = all_problems(session->problems);
    g_autofree char *shown = short_destination(config);
    bool detached = false;
    UiSetup setup = {
        .catalog = session->catalog,
        .state = session->state,
        .wake_fd = wake[0],
        .waker_fd = wake[1],
        .destination = shown,
        .label = destination ? destination->label : NULL,
        .problems = problems,
        .read_only = cli_flag(cli, "read-only"),
        .ascii = cli_flag(cli, "ascii") || cannot_show_utf8(),
        .theme = cli_text(cli, "theme"),
        .script = cli_text(cli, "script"),
        .script_out = cli_text(cli, "script-out"),
        .stop_fd = stop_signals_fd(),
        .stop_signal = stop_signals_first,
        .can_detach = console_wanted(cli),
        .wish = wish,
    };
    if (session->catalog) {
        setup.engine = engine_new(session->catalog, session->state, wake[1]);
        setup.board = board_new(session->catalog, session->state, wake[1]);
    }
    stop_signals_catch();
    int status = ui_run(&setup, &detached);
    if (detached)
        console_finish_headless(setup.engine, wake[0], status);
    free_board(&setup);
    if (setup.engine)
        engine_free(setup.engine);
    return status;
}

static int look(Cli *cli, UiWish *wish)
{
    Session session;
    int status = EXIT_USAGE, wake[2] = {-1, -1};
    if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) == -1) {
        Err err = {0};
        err_set(&err, ERR_INTERNAL, "cannot make a pipe: %s", g_strerror(errno));
        return cli_fail(&err);
    }
    if (session_open(&session, cli, SESSION_CONSOLE, &status))
        status = run_ui(&session, wake, wish);
    session_close(&session);
    close(wake[0]);
    close(wake[1]);
    return status;
}

/* The sample's own settings hold for the console, too. */
static int look_at_demo(Cli *cli)
{
    UiWish none = UI_WISH_NONE;
    char **environment = cli->environment;
    cli->environment = demo_environment(environment);
    int status = look(cli, &none);
    g_strfreev(cli->environment);
    cli->environment = environment;
    return status;
}

static int fulfil(Cli *cli, UiWish wish)
{
    const Command *command = wish == UI_WISH_DEMO ? &command_demo : &command_init;
    int status = command->run(cli);
    cli->command = NULL;
    return wish == UI_WISH_DEMO && status == EXIT_DONE && !cli_given(cli, "script") ? look_at_demo(cli) : status;
}

bool console_wanted(const Cli *cli)
{
    bool words = cli_flag(cli, "version") || cli_flag(cli, "man") || cli_flag(cli, "help");
    return !cli->command && !words && !cli->batch && !cli_given(cli, "script") && cli->in_is_tty && cli->out_is_tty;
}

int console_run(Cli *cli)
{
    UiWish wish = UI_WISH_NONE;
    if (cli->batch || (!cli_given(cli, "script") && !console_wanted(cli))) {
        out_text(stderr, "tidemark: no command, and no terminal for the console; use: tidemark --batch sync [STREAM…]\n");
        return EXIT_USAGE;
    }
    int status = look(cli, &wish);
    return wish == UI_WISH_NONE ? status : fulfil(cli, wish);
}
