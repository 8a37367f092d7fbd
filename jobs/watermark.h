/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/watermark.h - what the ledger may be told when a window closes (promise 1). Pure: no clock but the source's. */
#ifndef TIDEMARK_JOBS_WATERMARK_H
#define TIDEMARK_JOBS_WATERMARK_H

#include "jobs/plan.h"

/* Raises *highest to the highest cursor of the batch that is not after the source's clock (rejected rows count: they were read).
 * Without a clock nothing is raised. */
void watermark_take(int64_t *highest, const Batch *batch, int64_t clock);

/* The earlier of two bounds, TIME_NONE meaning "none". */
int64_t watermark_bound(int64_t stop_before, int64_t unit_low);

/* Fills the point that closes the window. With an incomplete unit the watermark stays strictly below it (and where it was, when that is
 * further: the next sync reads from there less the lookback), and history that was left out stays left out. */
void watermark_close(const StreamPlan *plan, const Checkpoint *end, CommitPoint *out);

#endif
