/* SPDX-License-Identifier: Apache-2.0 */
/* cli/console.h - `tidemark` without a command: the console on a terminal. */
#ifndef TIDEMARK_CLI_CONSOLE_H
#define TIDEMARK_CLI_CONSOLE_H

#include "cli/cli.h"

/* True when this invocation is a console on a terminal: it gets a process of its own. */
bool console_wanted(const Cli *cli);

/* Returns the exit status. Without a terminal, and without --script, it is EXIT_USAGE and the line to use. */
int console_run(Cli *cli);

#endif
