/* SPDX-License-Identifier: Apache-2.0 */
/* cli/job_command.h - what the commands that run a job have in common: configuration, plan, question, run, summary, exit status. */
#ifndef TIDEMARK_CLI_JOB_COMMAND_H
#define TIDEMARK_CLI_JOB_COMMAND_H

#include "cli/cli.h"
#include "jobs/job.h"
#include "model/date_range.h"

/* The streams are the command's arguments. range: of a backfill, NULL otherwise. Returns the exit status. */
int job_command(const Cli *cli, const JobOps *job, const DateRange *range);

#endif
