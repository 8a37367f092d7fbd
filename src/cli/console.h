/* SPDX-License-Identifier: Apache-2.0 */
/* cli/console.h - `tidemark` without a command: the console on a terminal. */
#ifndef TIDEMARK_CLI_CONSOLE_H
#define TIDEMARK_CLI_CONSOLE_H

#include "cli/cli.h"

/* Returns the exit status. Without a terminal, and without --script, it is EXIT_USAGE and the line to use. */
int console_run(Cli *cli);

#endif
