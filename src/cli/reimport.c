/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/job_command.h"

static const CliOption *const reimport_tables[] = {reimport_options, job_options, NULL};

static int reimport_run(Cli *cli)
{
    return job_command(cli, &job_reimport, NULL);
}

const Command command_reimport = {
    .name = "reimport",
    .arguments = "STREAM…",
    .help = "read a stream whole and make its table equal to it",
    .text = "Reads the stream whole into a staging table, then makes the destination's table equal to it in one transaction: "
            "readers never see a "
            "hole, rows that are equal are not touched. It asks for the table's name first; with --batch it needs --yes. It stops "
            "before its "
            "commit when the source has no rows, or under 80 % of those it replaces, unless --allow-shrink is given.",
    .options = reimport_tables,
    .min_arguments = 1,
    .max_arguments = -1,
    .run = reimport_run,
};
