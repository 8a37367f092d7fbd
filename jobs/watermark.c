/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/watermark.h"

#include "model/time.h"

static void take(int64_t *highest, int64_t cursor, int64_t clock)
{
    if (cursor != TIME_NONE && cursor <= clock && cursor > *highest)
        *highest = cursor;
}

void watermark_take(int64_t *highest, const Batch *batch, int64_t clock)
{
    G_STATIC_ASSERT(TIME_NONE == INT64_MIN); /* so that "none" is below every instant */
    for (int i = 0; i < batch->row_count; i++)
        take(highest, batch->rows[i].cursor, clock);
    for (int i = 0; i < batch->reject_count; i++)
        take(highest, batch->rejects[i].cursor, clock);
}

int64_t watermark_bound(int64_t stop_before, int64_t unit_low)
{
    if (stop_before == TIME_NONE)
        return unit_low;
    return unit_low == TIME_NONE ? stop_before : MIN(stop_before, unit_low);
}

void watermark_close(const StreamPlan *plan, const Checkpoint *end, CommitPoint *out)
{
    *out = (CommitPoint){.closed = true, .watermark = TIME_NONE, .history_from = plan->history_from, .unaudited = plan->unaudited};
    if (!plan->moves_watermark)
        return;
    bool incomplete = end->stop_before != TIME_NONE;
    int64_t watermark = end->highest;
    if (incomplete && watermark >= end->stop_before)
        watermark = end->stop_before - 1;
    bool closed_before = plan->position.known && plan->position.definition[0];
    if (end->window.kind == WINDOW_SINCE && closed_before) {
        /* What was complete before stays so: this window only went over its upper end again. */
        watermark = MAX(watermark, plan->position.watermark);
        if (incomplete)
            out->history_from = plan->position.history_from;
    } else if (incomplete && watermark == TIME_NONE) {
        return; /* nothing is complete: the next sync begins as this one did */
    }
    out->watermark = watermark;
    out->moves_watermark = true;
}
