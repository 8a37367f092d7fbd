/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/job_command.h"

static const CliOption *const sync_options[] = {job_options, NULL};

static int sync_run(Cli *cli)
{
    return job_command(cli, &job_sync, NULL);
}

const Command command_sync = {
    .name = "sync",
    .arguments = "[STREAM…]",
    .help = "read what is new or changed, into the destination",
    .text = "Reads what is new or changed since the stream's watermark (and a lookback below it) and writes what differs. Without "
            "a STREAM: all "
            "of them. The first sync of a stream reads it whole; an interrupted one is resumed from its last commit.",
    .options = sync_options,
    .max_arguments = -1,
    .run = sync_run,
};
