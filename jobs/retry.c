/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/retry.h"

const RetryPolicy retry_default = {.first_ms = 500, .cap_ms = 30000, .deadline_ms = 600000};
const RetryPolicy retry_busy = {.first_ms = 500, .cap_ms = 5000, .deadline_ms = 60000};

void retry_begin(Retry *retry, const RetryPolicy *policy, uint64_t seed)
{
    *retry = (Retry){.policy = policy, .random = seed | 1};
}

void retry_progress(Retry *retry)
{
    retry->tries = 0;
}

/* xorshift64: good enough to spread waits. */
static uint64_t next_random(Retry *retry)
{
    retry->random ^= retry->random << 13;
    retry->random ^= retry->random >> 7;
    retry->random ^= retry->random << 17;
    return retry->random;
}

bool retry_again(Retry *retry, const Err *err, int64_t now_ms, int *wait_ms)
{
    if (!err->transient)
        return false;
    if (retry->tries == 0)
        retry->since_ms = now_ms;
    if (now_ms - retry->since_ms >= retry->policy->deadline_ms)
        return false;
    int64_t full = retry->policy->first_ms;
    for (int i = 0; i < retry->tries && full < retry->policy->cap_ms; i++)
        full *= 2;
    if (full > retry->policy->cap_ms)
        full = retry->policy->cap_ms;
    int64_t half = full / 2;
    *wait_ms = (int)(full - (half > 0 ? (int64_t)(next_random(retry) % (uint64_t)half) : 0));
    retry->tries++;
    return true;
}
