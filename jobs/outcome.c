/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/outcome.h"

#include "base/exit_status.h"

void outcome_add(Outcome *outcome, StreamPhase phase, const Err *err)
{
    outcome->streams++;
    outcome->done += phase == PHASE_DONE;
    outcome->failed += phase == PHASE_FAILED;
    outcome->refused += phase == PHASE_REFUSED;
    outcome->locked += phase == PHASE_LOCKED;
    outcome->cancelled += phase == PHASE_CANCELLED;
    outcome->unreachable += (phase == PHASE_FAILED || phase == PHASE_REFUSED) && err && err->code == ERR_UNREACHABLE;
}

int outcome_exit_status(const Outcome *outcome)
{
    if (outcome->cancelled > 0)
        return EXIT_INTERRUPTED;
    if (outcome->done == 0 && outcome->unreachable > 0)
        return EXIT_UNREACHABLE;
    if (outcome->streams > 0 && outcome->locked == outcome->streams)
        return EXIT_LOCKED;
    if (outcome->done < outcome->streams)
        return EXIT_PARTLY;
    if (outcome->rejected_new > 0 || (outcome->strict && outcome->waiting > 0))
        return EXIT_REJECTS;
    return EXIT_DONE;
}

const char *outcome_name(const Outcome *outcome)
{
    switch (outcome_exit_status(outcome)) {
    case EXIT_DONE:
        return "done";
    case EXIT_REJECTS:
        return "rejects";
    case EXIT_LOCKED:
        return "locked";
    case EXIT_INTERRUPTED:
        return "cancelled";
    default:
        return outcome->done > 0 ? "partly" : "failed";
    }
}
