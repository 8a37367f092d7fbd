/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/advice.h - why a stream is as it is, and what to do about it: one sentence each. Pure. */
#ifndef TIDEMARK_JOBS_ADVICE_H
#define TIDEMARK_JOBS_ADVICE_H

#include <glib.h>
#include <stdint.h>

typedef struct AdviceFacts {
    const char *state;                          /* StreamRow.state */
    int64_t lag_us, age_us;                     /* TIME_NONE: not known; age: since its last run ended */
    int64_t interval_us;                        /* usual time between its runs; 0: not known */
    int64_t rejects;                            /* -1: not known */
    int64_t run;                                /* its last run; 0: none */
    const char *phase, *outcome, *error, *hint; /* of it in that run; NULL: not known */
    const char *note;                           /* "waiting: users" */
} AdviceFacts;

/* Both are to be freed with g_free(); *to_do NULL: nothing. Neither names a key: commands print them, too. */
void advice(const AdviceFacts *facts, char **why, char **to_do);

/* "2m", "1h02", "3d04h" of microseconds; "-" when negative. */
char *advice_span(int64_t us);

#endif
