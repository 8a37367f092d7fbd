/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/stream_state.h"

#include <glib.h>

#include "model/time.h"

enum { LATE_INTERVALS = 3, LATE_HOURS = 26, RHYTHM_SECONDS = 60 };

static bool is_late(const StreamSigns *signs)
{
    int64_t behind = signs->lag_us != TIME_NONE ? signs->lag_us : signs->age_us;
    int64_t limit = signs->interval_us > 0 ? LATE_INTERVALS * signs->interval_us : (int64_t)LATE_HOURS * 3600 * US_PER_SECOND;
    return behind != TIME_NONE && behind > limit;
}

const char *stream_state(const StreamSigns *signs)
{
    if (signs->running)
        return "running";
    if (signs->waiting)
        return "waiting";
    if (signs->stopped)
        return "stopped";
    if (!signs->closed)
        return "never run";
    if (is_late(signs))
        return "late";
    return signs->unaudited ? "unaudited" : "fresh";
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

int64_t usual_interval(const int64_t *starts, int count)
{
    if (count < 3)
        return 0;
    g_autofree int64_t *gaps = g_new(int64_t, count - 1);
    int known = 0;
    for (int i = 0; i + 1 < count; i++) {
        int64_t gap = starts[i] - starts[i + 1];
        if (gap >= RHYTHM_SECONDS * US_PER_SECOND) /* what an operator does twice in a minute is no rhythm */
            gaps[known++] = gap;
    }
    if (known < 2)
        return 0;
    qsort(gaps, (size_t)known, sizeof *gaps, compare);
    return gaps[known / 2];
}
