/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <glib.h>
#include <stdlib.h>
#include <time.h>

int64_t clock_now_us(void)
{
    const char *pinned = getenv("TIDEMARK_TEST_NOW");
    if (pinned && *pinned)
        return g_ascii_strtoll(pinned, NULL, 10);
    return g_get_real_time();
}

int64_t clock_mono_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
