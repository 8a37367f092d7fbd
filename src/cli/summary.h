/* SPDX-License-Identifier: Apache-2.0 */
/* cli/summary.h - what a run says of itself: a first line, a table of its streams, the balance of promise 3, what failed and what to do next.
 *
 * --batch says nothing when the exit status is 0; otherwise rejects and failures go to stderr. */
#ifndef TIDEMARK_CLI_SUMMARY_H
#define TIDEMARK_CLI_SUMMARY_H

#include "cli/session.h"
#include "jobs/engine.h"
#include "jobs/plan.h"

typedef struct Summary Summary;

/* Takes what it needs out of the plan, which the engine frees later. */
Summary *summary_new(const Session *session, const Plan *plan);
void summary_free(Summary *summary);

void summary_begin(Summary *summary);
void summary_end(Summary *summary, const RunView *run, int status);

/* "balance: read 1,204 = written 1,000 + unchanged 200 + rejected 4 + filtered 0": says so when it does not hold. */
void summary_balance(const Counts *counts, GString *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Summary, summary_free)

#endif
