/* SPDX-License-Identifier: Apache-2.0 */
/* The source `matomo`: visits and their actions by Matomo's Reporting API. */
#include <stdatomic.h>
#include <string.h>

#include "base/log.h"
#include "model/time.h"
#include "net/form.h"
#include "sources/matomo_check.h"
#include "sources/matomo_table.h"
#include "sources/matomo_window.h"
#include "sources/source.h"

#define LOOKBACK_US (2 * US_PER_DAY)
enum { COUNT_DAYS_MAX = 62, NEWEST_DAYS = 31 };

typedef struct Matomo {
    MatomoSettings *settings;
    _Atomic(HttpClient *) http; /* once interrupt() may be passed on */
    atomic_bool stopped;
    GPtrArray *sites;     /* MatomoSite: what was asked so far */
    const Stream *stream; /* that is read, or was last */
    MatomoWindow *window;
} Matomo;

static Matomo *self(const Source *source)
{
    return source->private_data;
}

static MatomoSettings *read_settings(const Source *source, Err *err)
{
    Problems *problems = problems_new();
    MatomoSettings *settings = matomo_settings_new(source->context->config, problems);
    if (!settings)
        err_set(err, ERR_CONFIG, "%s", ((const Problem *)problems->list->pdata[0])->text);
    problems_free(problems);
    return settings;
}

/* ---- opening, closing ---- */

static void show(void *data, const char *text)
{
    const Source *source = data;
    const SourceContext *context = source->context;
    const MatomoWindow *window = self(source)->window;
    char place[80];
    if (!context->phase)
        return;
    if (!window || !*text) {
        context->phase(context->phase_data, text);
        return;
    }
    matomo_window_place(window, place, sizeof place);
    g_autofree char *whole = g_strdup_printf("%s: %s", place, text);
    context->phase(context->phase_data, whole);
}

static void told_of_retry(void *data, const Err *why, const char *text)
{
    const Source *source = data;
    const Stream *stream = self(source)->stream;
    log_write(LOG_INFO, source->context->run, stream ? stream->id : NULL, "%s; %s", why->message, text);
}

static bool matomo_open(Source *source, Err *err)
{
    Matomo *m = self(source);
    m->sites = g_ptr_array_new_with_free_func((GDestroyNotify)matomo_site_free);
    m->settings = read_settings(source, err);
    if (!m->settings)
        return false;
    HttpClient *http = matomo_http_new(m->settings, show, told_of_retry, source);
    atomic_store(&m->http, http);
    if (atomic_load(&m->stopped))
        http_interrupt(http);
    return true;
}

static void matomo_interrupt(Source *source)
{
    Matomo *m = self(source);
    atomic_store(&m->stopped, true);
    HttpClient *http = atomic_load(&m->http);
    if (http)
        http_interrupt(http);
}

/* The client forgets what is in flight before its calls are freed. */
static void matomo_close(Source *source)
{
    Matomo *m = self(source);
    http_free(atomic_load(&m->http));
    matomo_window_free(m->window);
    if (m->sites)
        g_ptr_array_unref(m->sites);
    matomo_settings_free(m->settings);
}

static bool matomo_streams(Source *source, GPtrArray *out, Problems *problems)
{
    const SourceConfig *config = source->context->config;
    MatomoSettings *settings = matomo_settings_new(config, problems);
    if (!settings)
        return false;
    for (guint i = 0; i < settings->sites->len; i++)
        g_ptr_array_add(out, matomo_stream_new(config, settings, g_array_index(settings->sites, int64_t, i), (int)i, LOOKBACK_US));
    matomo_settings_free(settings);
    return true;
}

/* ---- what is known of a site ---- */

static const MatomoSite *find_site(const Matomo *m, int64_t site)
{
    for (guint i = 0; i < m->sites->len; i++)
        if (((const MatomoSite *)m->sites->pdata[i])->site == site)
            return m->sites->pdata[i];
    return NULL;
}

static const MatomoSite *ask_site(Matomo *m, const Stream *stream, Err *err)
{
    const MatomoSpec *spec = stream->spec;
    const MatomoSite *known = find_site(m, spec->site);
    if (known)
        return known;
    MatomoSite *site = matomo_site_ask(m->settings, m->http, spec->site, err);
    if (site)
        g_ptr_array_add(m->sites, site);
    return site;
}

/* Asked anew: its clock moved, and maybe its time zone. */
static const MatomoSite *ask_site_again(Matomo *m, const Stream *stream, Err *err)
{
    const MatomoSpec *spec = stream->spec;
    const MatomoSite *known = find_site(m, spec->site);
    if (known)
        g_ptr_array_remove(m->sites, (gpointer)known);
    return ask_site(m, stream, err);
}

static MatomoPlanning planning(const Source *source, const MatomoSite *site, const Stream *stream)
{
    const Matomo *m = self(source);
    return (MatomoPlanning){.context = source->context, .settings = m->settings, .http = m->http, .site = site, .stream = stream};
}

/* ---- windows ---- */

static bool matomo_start(Source *source, const Stream *stream, Window *window, GBytes *checkpoint, bool *restarted, bool *missing,
                         Err *err)
{
    Matomo *m = self(source);
    *restarted = *missing = false;
    m->stream = stream;
    g_clear_pointer(&m->window, matomo_window_free);
    const MatomoSite *site = ask_site_again(m, stream, err);
    if (!site)
        return false;
    MatomoPlanning p = planning(source, site, stream);
    MatomoDays days = {.from = INT64_MIN};
    *restarted = checkpoint && !matomo_days_parse(checkpoint, &days);
    if (window->clock == TIME_NONE || *restarted)
        window->clock = site->now * US_PER_SECOND;
    if ((!checkpoint || *restarted) && !matomo_days_plan(&p, window, &days, err)) {
        matomo_days_clear(&days);
        return false;
    }
    m->window = matomo_window_new(&p, &days, matomo_settled_day(&p, window));
    return true;
}

static ReadStatus matomo_read(Source *source, Batch *batch, Err *err)
{
    return matomo_window_read(self(source)->window, batch, err);
}

static int64_t matomo_unit_low(const Source *source)
{
    return matomo_window_unit_low(self(source)->window);
}

/* ---- questions ---- */

static bool matomo_now(Source *source, int64_t *now, Err *err)
{
    Matomo *m = self(source);
    g_autoptr(MatomoCall) call = matomo_call_new(m->settings, "API.getMatomoVersion", JSON_NULL);
    if (!matomo_call_ask(call, m->http, err))
        return false;
    *now = call->date_us;
    return true;
}

/* A call for a visit of the site from then until now. */
static MatomoCall *visits_call(const Matomo *m, const MatomoSite *site, int64_t first_day)
{
    return matomo_call_visits(m->settings, site->site, MAX(first_day, site->created_day), zone_day(site->zone, site->now), 1);
}

static bool matomo_newest(Source *source, const Stream *stream, int64_t *cursor, Err *err)
{
    Matomo *m = self(source);
    *cursor = TIME_NONE;
    const MatomoSite *site = ask_site_again(m, stream, err);
    if (!site)
        return false;
    g_autoptr(MatomoCall) call = visits_call(m, site, zone_day(site->zone, site->now) - NEWEST_DAYS);
    form_add(call->form, "doNotFetchActions", "1");
    if (!matomo_call_ask(call, m->http, err))
        return false;
    const JsonValue *visit = json_first(call->answer);
    int64_t last = visit ? matomo_visit_last(visit) : INT64_MIN;
    if (last != INT64_MIN)
        *cursor = last * US_PER_SECOND;
    return true;
}

/* Actions as the server's reports count them; conversions and contents come on top. Where no report was made yet, asking for many days would make the
 * server work for minutes. */
static bool matomo_count(Source *source, const Stream *stream, const Window *window, int64_t *rows, Err *err)
{
    Matomo *m = self(source);
    MatomoSpan span;
    bool any;
    *rows = -1;
    const MatomoSite *site = ask_site(m, stream, err);
    if (!site)
        return false;
    Window opened = *window;
    opened.clock = window->clock != TIME_NONE ? window->clock : site->now * US_PER_SECOND;
    MatomoPlanning p = planning(source, site, stream);
    if (window->take_over)
        return true;
    if (!matomo_days_span(&p, &opened, &span, &any, err))
        return false;
    int64_t days = any ? span.last - span.first + 1 : 0;
    if (days > COUNT_DAYS_MAX)
        return true;
    MatomoFigures figures[COUNT_DAYS_MAX + 1];
    if (any && !matomo_site_figures(m->settings, m->http, site->site, span.first, span.last, figures, err))
        return false;
    int64_t sum = 0;
    for (int64_t i = 0; i < days; i++) {
        if (figures[i].visits < 0)
            return true;
        sum += figures[i].actions;
    }
    *rows = sum;
    return true;
}

static bool matomo_check(Source *source, const GPtrArray *streams, GPtrArray *lines, Err *err)
{
    Matomo *m = self(source);
    return matomo_check_server(m->settings, m->http, streams, lines, err);
}

static bool matomo_discover(Source *source, GPtrArray *out, Err *err)
{
    Matomo *m = self(source);
    return matomo_check_sites(m->settings, m->http, out, err);
}

/* A visit's key is its number, an action's the number and its place. */
static bool matomo_lookup(Source *source, const Stream *stream, const char *key, Batch *batch, Err *err)
{
    Matomo *m = self(source);
    int64_t visit_id = 0;
    g_autofree char *digits = g_strndup(key, strspn(key, "0123456789"));
    if (!g_ascii_string_to_signed(digits, 10, 0, INT64_MAX, &visit_id, NULL))
        return true; /* it had no number: the next reading of its day brings it again */
    const MatomoSite *site = ask_site(m, stream, err);
    if (!site)
        return false;
    g_autoptr(MatomoCall) call = visits_call(m, site, site->created_day);
    g_autofree char *segment = g_strdup_printf("visitId==%" G_GINT64_FORMAT, visit_id);
    form_add(call->form, "segment", segment);
    if (!matomo_call_ask(call, m->http, err))
        return false;
    const JsonValue *visit = json_first(call->answer);
    MatomoRows *rows = visit ? matomo_rows_new(stream, site->zone) : NULL;
    bool truncated;
    if (rows && !matomo_rows_add(rows, visit, batch, &truncated))
        batch_reset(batch, stream); /* wider than a batch: its day must be read again */
    matomo_rows_free(rows);
    return true;
}

const SourceOps source_matomo = {
    .kind = "matomo",
    .options = matomo_options,
    .caps = SOURCE_CAN_RESUME | SOURCE_HAS_UNITS | SOURCE_OWN_START,
    .size = sizeof(Matomo),
    .lookback_us = LOOKBACK_US,
    .open = matomo_open,
    .streams = matomo_streams,
    .start = matomo_start,
    .read = matomo_read,
    .interrupt = matomo_interrupt,
    .close = matomo_close,
    .unit_low = matomo_unit_low,
    .clock = matomo_now,
    .newest = matomo_newest,
    .count = matomo_count,
    .check = matomo_check,
    .discover = matomo_discover,
    .lookup = matomo_lookup,
};
