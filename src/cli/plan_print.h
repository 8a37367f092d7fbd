/* SPDX-License-Identifier: Apache-2.0 */
/* cli/plan_print.h - a plan on stdout, as text or JSON lines. */
#ifndef TIDEMARK_CLI_PLAN_PRINT_H
#define TIDEMARK_CLI_PLAN_PRINT_H

#include "cli/session.h"
#include "jobs/plan.h"

void plan_print(const Session *session, const Plan *plan);

/* `"raw_app"."users"`, as SQL names it; g_free() it. */
char *plan_table_name(const StreamPlan *stream);

/* What a reimport touches, one indented line each: rows, tables that point at it, locks; with --truncate what a CASCADE would reach. */
void plan_append_touched(const Plan *plan, const StreamPlan *stream, GString *out);

/* The first line of a run's output: job, destination with label, configuration; with the line's end. g_free() it. */
char *plan_header(const Session *session, const Plan *plan);

#endif
