/* SPDX-License-Identifier: Apache-2.0 */
/* cli/confirm.h - the question before a destructive job (promise 6). */
#ifndef TIDEMARK_CLI_CONFIRM_H
#define TIDEMARK_CLI_CONFIRM_H

#include "cli/cli.h"
#include "jobs/plan.h"

/* Shows what the plan will touch and wants the table's name typed; several tables: the destination's database. With --yes, or when no stream
 * can run anyway, it asks nothing. Without a terminal, or with --batch, it is ERR_USAGE. */
bool confirm_plan(const Cli *cli, const Plan *plan, Err *err);

/* The warning above the question. */
void confirm_text(const Plan *plan, GString *out);

#endif
