/* SPDX-License-Identifier: Apache-2.0 */
/* cli/commands.h - the commands, each in a file of its name. */
#ifndef TIDEMARK_CLI_COMMANDS_H
#define TIDEMARK_CLI_COMMANDS_H

#include "cli/cli.h"

extern const Command command_sync, command_backfill, command_reimport, command_streams, command_history, command_runs, command_log,
    command_cancel, command_rejects, command_check, command_init, command_demo;

#endif
