/* SPDX-License-Identifier: Apache-2.0 */
/* base/clock.h - the only place that asks the machine for the time.
 *
 * Never used for a watermark or a window (promise 1: those come from the source); only for run history, leases,
 * progress and logs. */
#ifndef TIDEMARK_BASE_CLOCK_H
#define TIDEMARK_BASE_CLOCK_H

#include <stdint.h>

/* Microseconds since the Unix epoch, UTC. Honours TIDEMARK_TEST_NOW (microseconds) so that tests can pin it. */
int64_t clock_now_us(void);

/* Milliseconds of a clock that never jumps: for durations, deadlines and rates. */
int64_t clock_mono_ms(void);

#endif
