/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/outcome.h - how a run ended, from how its streams ended. */
#ifndef TIDEMARK_JOBS_OUTCOME_H
#define TIDEMARK_JOBS_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "jobs/engine.h"

typedef struct Outcome {
    int streams, done, failed, refused, locked, cancelled;
    int unreachable;      /* of failed and refused: because a server could not be reached */
    int64_t rejected_new; /* rows rejected that no earlier run had, and that did not land before the run ended */
    int64_t waiting;      /* open rejects of these streams now, old ones included */
    bool strict;
} Outcome;

/* Counts one ended stream. */
void outcome_add(Outcome *outcome, StreamPhase phase, const Err *err);

/* 130 cancelled · 69 nothing done and a server unreachable · 75 all locked · 3 some failed, refused or locked · 1 new rejects (strict:
 * or rows that wait) · 0. Signals are the command's business: it knows which one it was. */
int outcome_exit_status(const Outcome *outcome);

/* "done", "rejects", "failed", "partly", "cancelled", "locked": RunRecord.outcome. */
const char *outcome_name(const Outcome *outcome);

#endif
