/* SPDX-License-Identifier: Apache-2.0 */
/* base/wait.h - waiting for a condition with a deadline on the clock that never jumps. */
#ifndef TIDEMARK_BASE_WAIT_H
#define TIDEMARK_BASE_WAIT_H

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

void wait_cond_init(pthread_cond_t *cond);
struct timespec wait_deadline(int from_now_ms);
/* False when the deadline has passed. */
bool wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, const struct timespec *deadline);

#endif
