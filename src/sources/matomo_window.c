/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/matomo_window.h"

#include <string.h>

#include "model/time.h"
#include "sources/matomo_day.h"
#include "sources/matomo_gap.h"

enum {
    BUFFER_BYTES = 4 * 1024 * 1024, /* of pages that wait for their turn; the day whose turn it is asks on in any case */
    SURELY_LAST = 10,               /* no server caps its pages below */
    FAILED_DAYS_MAX = 3             /* in a row */
};

#define TRUNCATED_NOTE                                                                                                             \
    "visits have more actions than the server returns; raise visitor_log_maximum_actions_per_visit in the section [General] of "   \
    "Matomo's config.ini.php"

struct MatomoWindow {
    MatomoPlanning p;
    MatomoRows *rows;
    MatomoDays days; /* left, the one that is read included */
    MatomoPaging paging;
    MatomoGap gap;
    GQueue active; /* MatomoDay: the head is read, the others are fetched ahead */
    guint span;    /* the next day to fetch: its span */
    int64_t next_day;
    int64_t total, finished;     /* days */
    const JsonValue *visit;      /* partly delivered */
    int64_t visit_last, reached; /* of the visits delivered: the last second */
    int64_t unit_low;
    int failed_days;
};

MatomoWindow *matomo_window_new(const MatomoPlanning *planning, MatomoDays *days_taken, int64_t settled_day)
{
    MatomoWindow *w = g_new0(MatomoWindow, 1);
    w->p = *planning;
    w->rows = matomo_rows_new(planning->stream, planning->site->zone);
    w->days = *days_taken;
    *days_taken = (MatomoDays){.from = INT64_MIN};
    w->paging = (MatomoPaging){.limit = planning->settings->page_size, .proven = SURELY_LAST};
    w->total = matomo_days_count(&w->days);
    w->next_day = w->days.spans->len ? g_array_index(w->days.spans, MatomoSpan, 0).first : 0;
    w->reached = w->days.from;
    w->unit_low = TIME_NONE;
    matomo_gap_init(&w->gap, settled_day);
    g_queue_init(&w->active);
    return w;
}

void matomo_window_free(MatomoWindow *window)
{
    MatomoDay *day;
    if (!window)
        return;
    while ((day = g_queue_pop_head(&window->active))) {
        matomo_call_free(day->pending);
        matomo_day_free(day);
    }
    matomo_call_free(window->gap.pending);
    matomo_rows_free(window->rows);
    matomo_days_clear(&window->days);
    g_free(window);
}

int64_t matomo_window_unit_low(const MatomoWindow *window)
{
    return window->unit_low;
}

void matomo_window_place(const MatomoWindow *window, char *out, size_t size)
{
    const MatomoDay *head = g_queue_peek_head((GQueue *)&window->active);
    char day[40];
    day_format(head ? head->day : window->next_day, day);
    g_snprintf(out, size, "%s, day %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT, day, MIN(window->finished + 1, window->total),
               window->total);
}

/* ---- asking ahead ---- */

/* Brings the next day into play; false: there is none. */
static bool activate(MatomoWindow *w)
{
    if (w->span >= w->days.spans->len)
        return false;
    const MatomoSpan *span = &g_array_index(w->days.spans, MatomoSpan, w->span);
    bool resumes = g_queue_is_empty(&w->active) && w->finished == 0;
    MatomoDay *day = matomo_day_new(w->p.site->zone, w->next_day, resumes ? w->days.from : INT64_MIN, &w->paging);
    day->done = matomo_gap_has(&w->gap, day->day);
    g_queue_push_tail(&w->active, day);
    if (w->next_day < span->last)
        w->next_day++;
    else if (++w->span < w->days.spans->len)
        w->next_day = g_array_index(w->days.spans, MatomoSpan, w->span).first;
    return true;
}

static size_t buffered(const MatomoWindow *w)
{
    size_t bytes = 0;
    for (const GList *at = w->active.head; at; at = at->next)
        bytes += ((const MatomoDay *)at->data)->bytes;
    return bytes;
}

static bool ask_on(MatomoWindow *w, MatomoDay *day, bool may_buffer, Err *err)
{
    if (day->done || day->failed || day->pending || !may_buffer)
        return true;
    return matomo_call_submit(matomo_day_ask(day, w->p.settings, w->p.site->site), w->p.http, err);
}

static bool may_ask(const MatomoWindow *w)
{
    return http_pending(w->p.http) < w->p.settings->in_flight;
}

/* Asks about all days behind those in play, if there is reason to think that they are empty. */
static bool look_ahead(MatomoWindow *w, Err *err)
{
    if (w->gap.pending || w->span >= w->days.spans->len || !may_ask(w))
        return true;
    const MatomoSpan *span = &g_array_index(w->days.spans, MatomoSpan, w->span);
    MatomoCall *call = matomo_gap_ask(&w->gap, w->p.settings, w->p.site->site, w->next_day, span->last);
    return !call || matomo_call_submit(call, w->p.http, err);
}

/* As many requests as may be in flight: the head's first, then those of the days behind it. */
static bool pump(MatomoWindow *w, Err *err)
{
    bool room = buffered(w) < BUFFER_BYTES;
    for (const GList *at = w->active.head; at; at = at->next)
        if (may_ask(w) &&
            !ask_on(w, at->data, room || (at == w->active.head && g_queue_is_empty(&((MatomoDay *)at->data)->pages)), err))
            return false;
    if (!look_ahead(w, err))
        return false;
    while (room && !matomo_gap_open(&w->gap) && may_ask(w) && activate(w))
        if (!ask_on(w, g_queue_peek_tail(&w->active), true, err))
            return false;
    return true;
}

/* ---- delivering ---- */

static void set_checkpoint(const MatomoWindow *w, Batch *batch)
{
    MatomoDays left = w->days;
    left.from = w->reached;
    g_autofree char *text = matomo_days_text(&left);
    batch_set_checkpoint(batch, text, strlen(text));
}

/* Visits of the head until the batch is full or none is there. */
static bool deliver(MatomoWindow *w, MatomoDay *head, Batch *batch)
{
    while (!batch_full(batch, w->p.stream->settings.batch_size)) {
        bool truncated;
        if (!w->visit)
            w->visit = matomo_day_next(head, &w->visit_last);
        if (!w->visit)
            return true;
        if (!matomo_rows_add(w->rows, w->visit, batch, &truncated))
            return false;
        w->visit = NULL;
        w->days.truncated += truncated;
        w->reached = MAX(w->reached, w->visit_last);
    }
    return false;
}

/* The head's day is no more among those that are left. */
static void leave_day(MatomoWindow *w)
{
    MatomoSpan *span = &g_array_index(w->days.spans, MatomoSpan, 0);
    if (++span->first > span->last) {
        g_array_remove_index(w->days.spans, 0);
        w->span = w->span > 0 ? w->span - 1 : 0;
    }
    w->finished++;
    w->reached = w->days.from = INT64_MIN;
    w->days.truncated = 0;
}

static ReadStatus end_day(MatomoWindow *w, Batch *batch, Err *err)
{
    MatomoDay *day = g_queue_pop_head(&w->active);
    ReadStatus status = READ_UNIT_COMPLETE;
    int64_t low = day->low * US_PER_SECOND, high = day->high * US_PER_SECOND;
    w->unit_low = low;
    w->failed_days = day->failed ? w->failed_days + 1 : 0;
    if (day->failed) {
        char name[40];
        day_format(day->day, name);
        *err = day->err;
        err_context(err, "site %" G_GINT64_FORMAT ", %s", w->p.site->site, name);
        status = day->day_alone && w->failed_days < FAILED_DAYS_MAX ? READ_UNIT_INCOMPLETE : READ_FAIL;
    } else {
        batch_note(batch, low, high, w->days.truncated, w->days.truncated ? TRUNCATED_NOTE : NULL);
    }
    matomo_day_free(day);
    if (status == READ_FAIL)
        return status;
    leave_day(w);
    set_checkpoint(w, batch);
    return status;
}

static bool has_content(const Batch *batch)
{
    return batch->read > 0 || batch->scope_count > 0;
}

static void take_page(MatomoWindow *w, MatomoDay *day)
{
    matomo_day_take(day, &w->paging);
    matomo_gap_met(&w->gap, day->day, matomo_day_empty(day));
}

/* The next answer, whatever it was asked for. */
static bool take_answer(MatomoWindow *w, Err *err)
{
    MatomoCall *call = matomo_call_wait(w->p.http, err);
    if (!call)
        return false;
    if (call == w->gap.pending)
        matomo_gap_take(&w->gap, w->p.site->zone);
    else
        take_page(w, call->owner);
    return true;
}

/* Hands over what is there of the head; false: an answer must come first. */
static bool hand_over(MatomoWindow *w, MatomoDay *head, Batch *batch, ReadStatus *status, Err *err)
{
    bool ended = head->done || head->failed;
    if (!deliver(w, head, batch) || (has_content(batch) && !ended)) {
        set_checkpoint(w, batch);
        *status = READ_MORE;
        return true;
    }
    if (ended)
        *status = end_day(w, batch, err);
    return ended;
}

ReadStatus matomo_window_read(MatomoWindow *w, Batch *batch, Err *err)
{
    for (;;) {
        if (!pump(w, err))
            return READ_FAIL;
        MatomoDay *head = g_queue_peek_head(&w->active);
        if (!head && !w->gap.pending)
            return READ_END;
        ReadStatus status = READ_FAIL;
        if (head && hand_over(w, head, batch, &status, err))
            return status;
        if (!take_answer(w, err))
            return READ_FAIL;
    }
}
