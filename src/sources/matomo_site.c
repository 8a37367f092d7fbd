/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/matomo_site.h"

#include <string.h>

#include "model/time.h"
#include "net/form.h"

enum { FIGURE_DAYS = 31 }; /* of a request: an archive that is not made yet takes the server a second per day */

void matomo_site_free(MatomoSite *site)
{
    if (!site)
        return;
    zone_free(site->zone);
    g_free(site->name);
    g_free(site);
}

/* "2024-01-15 10:00:00", UTC. */
static int64_t created_day(const JsonValue *about, const Zone *zone)
{
    int64_t at;
    g_autofree char *text = matomo_text(json_get(about, "ts_created"));
    if (!text || !time_parse(text, strlen(text), &at, NULL, NULL))
        return 0;
    return zone_day(zone, at / US_PER_SECOND) - 1; /* a visit may be a little older than its site */
}

static bool read_site(MatomoSite *site, const MatomoCall *call, Err *err)
{
    const JsonValue *about = call->answer;
    if (about->type == JSON_ARRAY && json_first(about))
        about = json_first(about); /* as older servers have it */
    g_autofree char *zone = matomo_text(json_get(about, "timezone"));
    if (!zone)
        return err_set(err, ERR_SOURCE, "matomo does not say the time zone of site %" G_GINT64_FORMAT, site->site);
    if (call->date_us == TIME_NONE) {
        err_set(err, ERR_SOURCE, "the server does not say what time it is");
        return err_hint(err, "answers need the header Date: let the proxy before Matomo pass it on");
    }
    site->name = matomo_text(json_get(about, "name"));
    site->now = call->date_us / US_PER_SECOND;
    site->zone = zone_new(zone, err);
    if (!site->zone)
        return false;
    site->created_day = created_day(about, site->zone);
    return true;
}

MatomoSite *matomo_site_ask(const MatomoSettings *settings, HttpClient *http, int64_t number, Err *err)
{
    g_autoptr(MatomoCall) call = matomo_call_new(settings, "SitesManager.getSiteFromId", JSON_NULL);
    g_autoptr(MatomoSite) site = g_new0(MatomoSite, 1);
    site->site = number;
    form_add_int(call->form, "idSite", number);
    if (matomo_call_ask(call, http, err) && read_site(site, call, err))
        return g_steal_pointer(&site);
    err_context(err, "site %" G_GINT64_FORMAT, number);
    return NULL;
}

/* ---- figures ---- */

static int64_t figure(const JsonValue *day, const char *name)
{
    int64_t number;
    return json_int64(json_get(day, name), &number) ? number : 0;
}

static void take_figures(const MatomoCall *call, int64_t first, int64_t last, MatomoFigures *out)
{
    for (int64_t day = first; day <= last; day++) {
        char name[40];
        day_format(day, name);
        const JsonValue *about = json_get(call->answer, name); /* a day without visits is an empty list */
        out[day - first] = (MatomoFigures){figure(about, "nb_visits"), figure(about, "nb_actions")};
    }
}

/* One day alone would come without its date, so a request always covers two. */
static MatomoCall *figures_call(const MatomoSettings *settings, int64_t site, int64_t first, int64_t last)
{
    MatomoCall *call = matomo_call_new(settings, "VisitsSummary.get", JSON_OBJECT);
    form_add_int(call->form, "idSite", site);
    form_add(call->form, "period", "day");
    matomo_call_day(call, "date", first, MAX(last, first + 1));
    form_add(call->form, "columns", "nb_visits,nb_actions");
    return call;
}

static bool submit_all(GPtrArray *calls, HttpClient *http, Err *err)
{
    for (guint i = 0; i < calls->len; i++)
        if (!matomo_call_submit(calls->pdata[i], http, err))
            return false;
    return true;
}

bool matomo_site_figures(const MatomoSettings *settings, HttpClient *http, int64_t site, int64_t first, int64_t last,
                         MatomoFigures *out, Err *err)
{
    g_autoptr(GPtrArray) calls = g_ptr_array_new_with_free_func((GDestroyNotify)matomo_call_free);
    for (int64_t day = first; day <= last; day += FIGURE_DAYS)
        g_ptr_array_add(calls, figures_call(settings, site, day, MIN(day + FIGURE_DAYS - 1, last)));
    for (int64_t day = first; day <= last; day++)
        out[day - first] = (MatomoFigures){-1, -1};
    if (!submit_all(calls, http, err))
        return false;
    for (guint left = calls->len; left > 0; left--) {
        guint index;
        MatomoCall *call = matomo_call_wait(http, err);
        if (!call)
            return false;
        if (call->outcome != HTTP_DONE || !g_ptr_array_find(calls, call, &index))
            continue;
        int64_t from = first + (int64_t)index * FIGURE_DAYS;
        take_figures(call, from, MIN(from + FIGURE_DAYS - 1, last), out + (from - first));
    }
    return true;
}
