/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/matomo_check.h"

#include <string.h>

#include "sources/matomo_site.h"
#include "sources/matomo_table.h"
#include "sources/source.h"

static void add(GPtrArray *lines, bool ok, const char *what, const char *found, const char *fix)
{
    g_ptr_array_add(lines, check_line_new(ok, what, found, fix));
}

static void add_failure(GPtrArray *lines, const char *what, const Err *why, const char *fix)
{
    add(lines, false, what, why->message, why->hint[0] ? why->hint : fix);
}

static void check_link(const MatomoSettings *s, GPtrArray *lines)
{
    if (g_str_has_prefix(s->base, "http:"))
        add(lines, !s->clear, "TLS", s->clear ? "clear" : "clear, on this host",
            s->clear ? "the token can be read on the way: use https://" : NULL);
    else
        add(lines, s->verify, "TLS", s->verify ? "verified" : "encrypted only",
            s->verify ? NULL : "remove `verify: false`; `ca_file` names the authority of a certificate of your own");
}

/* A link is called verified when something came over it. */
static bool check_login(const MatomoSettings *s, HttpClient *http, GPtrArray *lines, Err *err)
{
    g_autoptr(MatomoCall) call = matomo_call_new(s, "API.getMatomoVersion", JSON_NULL);
    bool answered = matomo_call_ask(call, http, err);
    if (answered || call->status > 0)
        check_link(s, lines);
    if (!answered) {
        add_failure(lines, call->status > 0 ? "login" : "server", err, "check `url` and `token`");
        return false;
    }
    g_autofree char *version = matomo_text(json_get(call->answer, "value"));
    g_autofree char *found = g_strdup_printf("Matomo %s", version ? version : "of unknown version");
    add(lines, true, "login", found, NULL);
    return true;
}

/* Visits may be shut although the site may be seen: the visits log can be switched off. */
static bool check_visits(const MatomoSettings *s, HttpClient *http, const MatomoSite *site, GPtrArray *lines, Err *err)
{
    int64_t today = zone_day(site->zone, site->now);
    g_autoptr(MatomoCall) call = matomo_call_visits(s, site->site, today, today, 1);
    g_autofree char *what = g_strdup_printf("visits of site %" G_GINT64_FORMAT, site->site);
    bool readable = matomo_call_ask(call, http, err);
    if (readable)
        add(lines, true, what, "readable", NULL);
    else
        add_failure(lines, what, err, "switch the visits log on in Matomo, for this site and for the token's user");
    return readable || err->code != ERR_CANCELLED;
}

static bool check_site(const MatomoSettings *s, HttpClient *http, int64_t number, GPtrArray *lines, Err *err)
{
    g_autofree char *what = g_strdup_printf("site %" G_GINT64_FORMAT, number);
    g_autoptr(MatomoSite) site = matomo_site_ask(s, http, number, err);
    if (!site) {
        g_autofree char *fix = g_strdup_printf("give the token's user the permission view on site %" G_GINT64_FORMAT, number);
        add_failure(lines, what, err, fix);
        return err->code != ERR_CANCELLED;
    }
    g_autofree char *found = g_strdup_printf("%s, %s", site->name ? site->name : "without a name", zone_name(site->zone));
    add(lines, true, what, found, NULL);
    return check_visits(s, http, site, lines, err);
}

bool matomo_check_server(const MatomoSettings *settings, HttpClient *http, const GPtrArray *streams, GPtrArray *lines, Err *err)
{
    if (!check_login(settings, http, lines, err))
        return err->code != ERR_CANCELLED;
    for (guint i = 0; streams && i < streams->len; i++) {
        const MatomoSpec *spec = ((const Stream *)streams->pdata[i])->spec;
        Err why = {0};
        if (!check_site(settings, http, spec->site, lines, &why)) {
            *err = why;
            return false;
        }
    }
    return true;
}

bool matomo_check_sites(const MatomoSettings *settings, HttpClient *http, GPtrArray *out, Err *err)
{
    g_autoptr(MatomoCall) call = matomo_call_new(settings, "SitesManager.getSitesWithAtLeastViewAccess", JSON_ARRAY);
    if (!matomo_call_ask(call, http, err))
        return false;
    JSON_EACH(site, call->answer) {
        g_autofree char *number = matomo_text(json_get(site, "idsite"));
        g_autofree char *name = matomo_text(json_get(site, "name"));
        g_autofree char *zone = matomo_text(json_get(site, "timezone"));
        if (number)
            g_ptr_array_add(out,
                            g_strdup_printf("%s (%s, %s)", number, name ? name : "without a name", zone ? zone : "zone not told"));
    }
    return true;
}
