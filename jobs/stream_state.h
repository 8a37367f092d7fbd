/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/stream_state.h - the one word that says how a stream is, from what is known of it. Pure. */
#ifndef TIDEMARK_JOBS_STREAM_STATE_H
#define TIDEMARK_JOBS_STREAM_STATE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct StreamSigns {
    bool running, waiting; /* in a run that is going on: worked on, or queued */
    bool stopped;          /* its last run failed, was refused, cancelled or killed before it was done */
    bool closed;           /* a sync or reimport of it was finished at least once */
    bool unaudited;        /* taken over by trust */
    int64_t lag_us;        /* source's newest minus watermark, TIME_NONE: not known */
    int64_t age_us;        /* since its last run ended, TIME_NONE: not known */
    int64_t interval_us;   /* usual time between its runs, 0: not known */
} StreamSigns;

/* "running", "waiting", "stopped", "never run", "late", "unaudited", "fresh": the first that applies. Late is what lags (or, where the lag is not
 * known, has not run) for more than three usual intervals, or 26 hours where none is known. */
const char *stream_state(const StreamSigns *signs);

/* The usual interval between starts (microseconds, newest first): the median of those of a minute and more; 0 with fewer than two of them. */
int64_t usual_interval(const int64_t *starts, int count);

#endif
