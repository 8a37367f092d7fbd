/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/matomo_gap.h"

#include "net/form.h"
#include "sources/matomo_row.h"

enum {
    WORTH_DAYS = 3, /* so many empty days in a row are reason to ask; so many or fewer are as quickly read */
    ASKS_MAX = 4    /* of a stretch. Two do, unless the server sorts by something else than the last action */
};

void matomo_gap_init(MatomoGap *gap, int64_t settled)
{
    *gap = (MatomoGap){.settled = settled, .first = INT64_MIN, .last = INT64_MIN};
}

/* Days before the stretch were in flight when it was asked about: they are no reason to ask about what is behind it. */
void matomo_gap_met(MatomoGap *gap, int64_t day, bool empty)
{
    if (day >= gap->first)
        gap->empty_days = empty ? gap->empty_days + 1 : 0;
}

static bool begin(MatomoGap *gap, int64_t first, int64_t last)
{
    last = MIN(last, gap->settled);
    if (gap->off || gap->empty_days < WORTH_DAYS || last - first < WORTH_DAYS)
        return false;
    gap->first = first;
    gap->last = last;
    gap->asks = gap->empty_days = 0;
    gap->empty = false;
    gap->asking = true;
    return true;
}

MatomoCall *matomo_gap_ask(MatomoGap *gap, const MatomoSettings *settings, int64_t site, int64_t first, int64_t last)
{
    if (!gap->asking && !begin(gap, first, last))
        return NULL;
    MatomoCall *call = matomo_call_visits(settings, site, gap->first, gap->last, 1);
    form_add(call->form, "filter_sort_order", "asc");
    form_add(call->form, "doNotFetchActions", "1");
    call->owner = gap;
    gap->pending = call;
    gap->asks++;
    return call;
}

/* The stretch ends before the first day that has the visit; one of the first second belongs to the day before, too. */
static void cut(MatomoGap *gap, int64_t visit_last, const Zone *zone)
{
    gap->off = visit_last == INT64_MIN;
    if (!gap->off)
        gap->last = MIN(zone_day(zone, visit_last - 1), gap->last) - 1;
    gap->asking = !gap->off && gap->asks < ASKS_MAX && gap->last - gap->first >= WORTH_DAYS;
}

void matomo_gap_take(MatomoGap *gap, const Zone *zone)
{
    g_autoptr(MatomoCall) call = g_steal_pointer(&gap->pending);
    if (call->outcome != HTTP_DONE) {
        gap->off = true;
        gap->asking = false;
    } else if (json_count(call->answer) == 0) {
        gap->empty = true;
        gap->asking = false;
    } else {
        cut(gap, matomo_visit_last(json_first(call->answer)), zone);
    }
}

bool matomo_gap_open(const MatomoGap *gap)
{
    return gap->asking;
}

bool matomo_gap_has(const MatomoGap *gap, int64_t day)
{
    return gap->empty && day >= gap->first && day <= gap->last;
}
