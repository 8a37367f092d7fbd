/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/matomo_day.h"

#include "net/form.h"
#include "sources/matomo_row.h"

enum {
    LIMIT_MIN = 10,            /* a server that cannot return so many visits is beyond help */
    LIMIT_MAX = 100000,        /* visits in one second */
    CLOCK_MARGIN_S = 2 * 3600, /* the server draws the line itself; this only must not begin later than it */
    STATUS_TOO_MANY = 429
};

/* Big and never needed. Unknown names do no harm. */
#define HIDDEN                                                                                                                     \
    "pluginsIcons,plugins,fingerprint,countryFlag,deviceTypeIcon,operatingSystemIcon,browserIcon,visitorTypeIcon,"                 \
    "visitConvertedIcon,"                                                                                                          \
    "visitEcommerceStatusIcon,referrerSearchEngineIcon,referrerSocialNetworkIcon,siteCurrency,siteCurrencySymbol,"                 \
    "visitDurationPretty,"                                                                                                         \
    "referrerTypeName,referrerUrl,referrerSearchEngineUrl,referrerSocialNetworkUrl,browserFamilyDescription,browserFamily,"        \
    "location"

typedef struct Met {
    int64_t visit, last;
} Met;

/* A page that waits. What the page before has met of the seconds in which they overlap goes with it. */
typedef struct MatomoPage {
    MatomoCall *call;
    const JsonValue *next;
    GArray *met; /* Met */
} MatomoPage;

static void page_free(void *data)
{
    MatomoPage *page = data;
    matomo_call_free(page->call);
    g_array_unref(page->met);
    g_free(page);
}

MatomoDay *matomo_day_new(const Zone *zone, int64_t day, int64_t resume_from, const MatomoPaging *paging)
{
    MatomoDay *d = g_new0(MatomoDay, 1);
    d->day = day;
    d->low = zone_day_start(zone, day);
    d->high = zone_day_start(zone, day + 1);
    d->from = resume_from != INT64_MIN ? resume_from - 1 : d->low - CLOCK_MARGIN_S;
    d->limit = paging->limit;
    d->edge = INT64_MIN;
    d->met = g_array_new(FALSE, FALSE, sizeof(Met));
    g_queue_init(&d->pages);
    return d;
}

bool matomo_day_empty(const MatomoDay *day)
{
    return day->done && day->edge == INT64_MIN;
}

void matomo_day_free(MatomoDay *day)
{
    g_queue_clear_full(&day->pages, page_free);
    g_array_unref(day->met);
    g_free(day);
}

MatomoCall *matomo_day_ask(MatomoDay *day, const MatomoSettings *settings, int64_t site)
{
    MatomoCall *call = matomo_call_visits(settings, site, day->day, day->day, day->limit);
    form_add_int(call->form, "minTimestamp", day->from);
    form_add_int(call->form, "filter_offset", 0);
    form_add(call->form, "filter_sort_order", "asc");
    form_add(call->form, "hideColumns", HIDDEN);
    call->owner = day;
    day->pending = call;
    return call;
}

/* ---- a page arrives ---- */

static Met met_of(const JsonValue *visit)
{
    Met met = {.visit = -1, .last = matomo_visit_last(visit)};
    json_int64(json_get(visit, "idVisit"), &met.visit);
    return met;
}

/* The same visit again, not gone on since. */
static bool was_met(const GArray *before, Met visit)
{
    for (guint i = 0; i < before->len; i++) {
        const Met *met = &g_array_index(before, Met, i);
        if (met->visit == visit.visit && met->last == visit.last)
            return true;
    }
    return false;
}

static bool fail(MatomoDay *day, const char *why)
{
    day->failed = day->day_alone = true;
    return err_set(&day->err, ERR_SOURCE, "%s", why);
}

/* Keeps of those met only what the next page can bring again. */
static void prune(MatomoDay *day)
{
    for (guint i = day->met->len; i > 0; i--)
        if (g_array_index(day->met, Met, i - 1).last < day->edge - 1)
            g_array_remove_index_fast(day->met, i - 1);
}

/* Counts what is new in the page and moves the edge to its last second. False: it is not in order, so nothing can be built on it. */
static bool look_through(MatomoDay *day, const JsonValue *visits, const GArray *before, int *fresh)
{
    int64_t latest = INT64_MIN;
    *fresh = 0;
    JSON_EACH(visit, visits) {
        Met met = met_of(visit);
        *fresh += !was_met(before, met);
        if (met.last == INT64_MIN)
            continue;
        if (met.last < latest)
            return fail(day, "the server did not sort its visits by their last actions");
        latest = met.last;
        if (latest > day->edge) {
            day->edge = latest;
            prune(day);
        }
        g_array_append_val(day->met, met);
    }
    return true;
}

static void go_on(MatomoDay *day)
{
    if (day->edge == INT64_MIN)
        fail(day, "the server's visits do not say when their last actions were");
    else if (day->edge - 1 > day->from)
        day->from = day->edge - 1;
    else if (day->limit < LIMIT_MAX)
        day->limit *= 2; /* more visits in one second than fit into a page */
    else
        fail(day, "more visits ended within one second than the server returns");
}

static void short_page(MatomoDay *day, int count, int fresh, MatomoPaging *paging)
{
    if (fresh == 0) {
        paging->proven = MAX(paging->proven, day->unproven);
        day->done = true;
    } else if (count < paging->proven || day->edge == INT64_MIN) {
        day->done = true;
    } else {
        if (day->unproven > 0 && day->unproven < day->limit)
            day->limit = day->unproven; /* there was more behind it: that is as much as this server returns */
        day->unproven = count;
        day->from = MAX(day->from, day->edge - 1);
    }
}

/* Keeps the page, unless it brings nothing. */
static void keep_page(MatomoDay *day, MatomoCall *call_taken, GArray *met_taken, int fresh)
{
    MatomoPage *page = g_new0(MatomoPage, 1);
    *page = (MatomoPage){.call = call_taken, .next = json_first(call_taken->answer), .met = met_taken};
    if (fresh == 0) {
        page_free(page);
        return;
    }
    day->bytes += call_taken->bytes;
    g_queue_push_tail(&day->pages, page);
}

static void take_page(MatomoDay *day, MatomoCall *call_taken, MatomoPaging *paging)
{
    int count = (int)json_count(call_taken->answer), fresh = 0;
    GArray *before = g_array_copy(day->met);
    if (look_through(day, call_taken->answer, before, &fresh)) {
        if (count >= day->limit)
            go_on(day);
        else
            short_page(day, count, fresh, paging);
    }
    keep_page(day, call_taken, before, fresh);
}

static void take_smaller(MatomoDay *day, const Err *why, MatomoPaging *paging)
{
    if (day->limit <= LIMIT_MIN) {
        day->failed = day->day_alone = true;
        day->err = *why;
        return;
    }
    day->limit = MAX(day->limit / 2, LIMIT_MIN);
    paging->limit = MIN(paging->limit, day->limit);
}

void matomo_day_take(MatomoDay *day, MatomoPaging *paging)
{
    g_autoptr(MatomoCall) call = g_steal_pointer(&day->pending);
    if (call->outcome == HTTP_DONE) {
        take_page(day, g_steal_pointer(&call), paging);
    } else if (call->outcome == HTTP_SMALLER) {
        take_smaller(day, &call->err, paging);
    } else {
        day->failed = true;
        day->day_alone = call->err.transient && call->err.code == ERR_SOURCE && call->status != STATUS_TOO_MANY;
        day->err = call->err;
    }
}

/* ---- the visits leave ---- */

const JsonValue *matomo_day_next(MatomoDay *day, int64_t *last)
{
    MatomoPage *page;
    while ((page = g_queue_peek_head(&day->pages))) {
        const JsonValue *visit = page->next;
        if (!visit) {
            day->bytes -= page->call->bytes;
            page_free(g_queue_pop_head(&day->pages));
            continue;
        }
        page->next = json_next(page->call->answer, visit);
        *last = matomo_visit_last(visit);
        if (!was_met(page->met, met_of(visit)))
            return visit;
    }
    return NULL;
}
