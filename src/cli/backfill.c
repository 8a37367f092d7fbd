/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/job_command.h"

static const CliOption *const backfill_tables[] = {backfill_options, job_options, NULL};

static int backfill_run(Cli *cli)
{
    Err err = {0};
    DateRange range;
    if (!date_range_parse(cli_text(cli, "from"), cli_text(cli, "to"), cli_text(cli, "date"), &range, &err))
        return cli_fail(&err);
    return job_command(cli, &job_backfill, &range);
}

const Command command_backfill = {
    .name = "backfill",
    .arguments = "STREAM…",
    .help = "read a chosen window again; the watermark stays",
    .text = "Reads the rows of a window (--from and --to, or --date) again and writes what differs. The stream's watermark stays "
            "where it is. "
            "A day in --to is included, a time there is not; without --to the window has no end.",
    .options = backfill_tables,
    .min_arguments = 1,
    .max_arguments = -1,
    .run = backfill_run,
};
