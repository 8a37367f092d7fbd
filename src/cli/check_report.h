/* SPDX-License-Identifier: Apache-2.0 */
/* cli/check_report.h - the table that `tidemark check` prints, and the exit status that follows from it. */
#ifndef TIDEMARK_CLI_CHECK_REPORT_H
#define TIDEMARK_CLI_CHECK_REPORT_H

#include "cli/cli.h"

typedef enum ReportState { REPORT_OK, REPORT_NOTE, REPORT_PROBLEM, REPORT_UNREACHABLE } ReportState;

typedef struct CheckReport CheckReport;

CheckReport *report_new(const Cli *cli);
void report_free(CheckReport *report);

/* What the following lines belong to: "destination", "postgres", "PROD warehouse@pg1". name may be NULL. */
void report_group(CheckReport *report, const char *what, const char *kind, const char *name);
/* fix: what to do; NULL or empty: nothing. With --batch only problems are kept. */
void report_add(CheckReport *report, ReportState state, const char *what, const char *found, const char *fix);

/* Prints table and last line; returns 0, 2 when there is a problem, 69 when a server was not reached. */
int report_end(const CheckReport *report, guint streams);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CheckReport, report_free)

#endif
