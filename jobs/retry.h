/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/retry.h - when to try again after a transient error: a policy, never a loop of its own.
 *
 * Waits grow by doubling up to a cap, each cut by a random part (so that four workers do not come back at the same instant); after
 * deadline_ms without any progress it is given up. Data errors are never transient, so they never get here. */
#ifndef TIDEMARK_JOBS_RETRY_H
#define TIDEMARK_JOBS_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

typedef struct RetryPolicy {
    int first_ms, cap_ms, deadline_ms;
} RetryPolicy;

extern const RetryPolicy retry_default; /* 0.5 s, doubling to 30 s, for 10 minutes */
extern const RetryPolicy
    retry_busy; /* another program keeps the file: 0.5 s, doubling to 5 s, for one minute after the first wait */

typedef struct Retry {
    const RetryPolicy *policy;
    int tries;        /* since the last progress */
    int64_t since_ms; /* the first failure since then */
    uint64_t random;
} Retry;

void retry_begin(Retry *retry, const RetryPolicy *policy, uint64_t seed);

/* Something was committed: the next failure counts as the first. */
void retry_progress(Retry *retry);

/* True, with the time to wait, when the error is transient and the deadline is not over. now_ms: clock_mono_ms(). */
bool retry_again(Retry *retry, const Err *err, int64_t now_ms, int *wait_ms);

#endif
