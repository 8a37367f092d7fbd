/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/version.h"

static int print(GString *text)
{
    out_text(stdout, text->str);
    return EXIT_DONE;
}

int cli_run(Cli *cli)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (cli_flag(cli, "version")) {
        version_append(text);
        return print(text);
    }
    if (cli_flag(cli, "man")) {
        help_manual(text);
        return print(text);
    }
    if (cli_flag(cli, "help")) {
        if (cli->command)
            help_command(cli->command, text);
        else
            help_program(text);
        return print(text);
    }
    return cli->command ? cli->command->run(cli) : console_run(cli);
}
