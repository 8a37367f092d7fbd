/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/pool.h - the batches of a run, and the bytes they may hold together.
 *
 * All streams of a run share one budget: a reader waits in pool_take() while the batches that are alive fill it. So that streams cannot starve
 * each other, each holder may always have POOL_GUARANTEED batches, and as many more as its writer asks for with pool_need_more()
 * (a parent with more children than the budget holds has to be merged in one piece). Safe from any thread. */
#ifndef TIDEMARK_JOBS_POOL_H
#define TIDEMARK_JOBS_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "model/batch.h"

enum { POOL_GUARANTEED = 2 };
#define POOL_DEFAULT_BYTES ((size_t)24 * 1024 * 1024)

typedef struct Pool Pool;

/* One stream's account; zeroed before use. Its fields belong to the pool. */
typedef struct PoolHolder {
    int held, extra;
    bool stopped, waiting;
} PoolHolder;

Pool *pool_new(size_t bytes);
void pool_free(Pool *pool); /* all batches must have been given back */

/* An empty batch for the stream; waits for room. NULL once the holder was stopped. */
Batch *pool_take(Pool *pool, PoolHolder *holder, const Stream *stream);

/* The batch was filled: counts what it really holds from now on. */
void pool_filled(Pool *pool, Batch *batch);

void pool_give(Pool *pool, PoolHolder *holder, Batch *batch);

/* The writer cannot end its group yet: lets the holder have one more batch than it has, whatever the budget says. */
void pool_need_more(Pool *pool, PoolHolder *holder);

/* Whether the holder's reader waits for room: its writer had better commit what it has. */
bool pool_waits(Pool *pool, const PoolHolder *holder);

/* Wakes a waiting pool_take(), which then returns NULL, as do all later ones. */
void pool_stop(Pool *pool, PoolHolder *holder);

size_t pool_bytes(Pool *pool); /* alive now */
size_t pool_peak(Pool *pool);  /* the most that ever were */

#endif
