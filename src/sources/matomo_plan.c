/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/matomo_plan.h"

#include <string.h>

#include "sources/matomo_table.h"

#define CHECKPOINT "matomo1"

void matomo_days_clear(MatomoDays *days)
{
    if (days->spans)
        g_array_unref(days->spans);
    *days = (MatomoDays){.from = INT64_MIN};
}

int64_t matomo_days_count(const MatomoDays *days)
{
    int64_t count = 0;
    for (guint i = 0; days->spans && i < days->spans->len; i++) {
        const MatomoSpan *span = &g_array_index(days->spans, MatomoSpan, i);
        count += span->last - span->first + 1;
    }
    return count;
}

static void add_day(MatomoDays *days, int64_t day)
{
    MatomoSpan one = {day, day};
    MatomoSpan *last = days->spans->len ? &g_array_index(days->spans, MatomoSpan, days->spans->len - 1) : NULL;
    if (last && last->last == day - 1)
        last->last = day;
    else
        g_array_append_val(days->spans, one);
}

/* ---- checkpoints ---- */

/* "matomo1 FROM TRUNCATED FIRST-LAST,FIRST-LAST…" */
char *matomo_days_text(const MatomoDays *days)
{
    GString *text = g_string_new(CHECKPOINT " ");
    g_string_append_printf(text, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " ", days->from, days->truncated);
    for (guint i = 0; i < days->spans->len; i++) {
        const MatomoSpan *span = &g_array_index(days->spans, MatomoSpan, i);
        g_string_append_printf(text, "%s%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT, i ? "," : "", span->first, span->last);
    }
    return g_string_free(text, FALSE);
}

static bool parse_span(const char *text, GArray *spans)
{
    char *end = NULL;
    MatomoSpan span = {.first = g_ascii_strtoll(text, &end, 10)};
    if (end == text || *end != '-')
        return false;
    text = end + 1;
    span.last = g_ascii_strtoll(text, &end, 10);
    if (end == text || *end || span.first > span.last || !day_fits_postgres(span.first) || !day_fits_postgres(span.last))
        return false;
    g_array_append_val(spans, span);
    return true;
}

bool matomo_days_parse(GBytes *checkpoint, MatomoDays *out)
{
    gsize len = 0;
    const char *bytes = g_bytes_get_data(checkpoint, &len);
    g_autofree char *text = g_strndup(bytes ? bytes : "", len);
    g_auto(GStrv) parts = g_strsplit(text, " ", 4);
    matomo_days_clear(out);
    if (g_strv_length(parts) != 4 || strcmp(parts[0], CHECKPOINT) != 0)
        return false;
    out->from = g_ascii_strtoll(parts[1], NULL, 10);
    out->truncated = g_ascii_strtoll(parts[2], NULL, 10);
    out->spans = g_array_new(FALSE, FALSE, sizeof(MatomoSpan));
    g_auto(GStrv) spans = g_strsplit(parts[3], ",", 0);
    for (guint i = 0; spans[i]; i++)
        if (!parse_span(spans[i], out->spans))
            return false;
    return true;
}

/* ---- what is stored ---- */

typedef struct Stored {
    int64_t day, visits, actions, incomplete;
} Stored;

/* A visit's day is that of its last stored action. The older program stored the site's wall clock as if it were UTC, which makes the UTC date the site's day;
 * where it did not, a day near midnight counts as different and is read again. `actions` is text: only digits are a number. */
#define STORED_DAYS                                                                                                                \
    "SELECT day, count(*) AS visits, sum(actions) AS actions, sum(incomplete) AS incomplete FROM (SELECT substr(CAST("             \
    "max(\"action_timestamp\") AS text), 1, 10) AS day, max(" NUMBER ") AS actions, CASE WHEN count(*) < max(" NUMBER              \
    ") THEN 1 ELSE "                                                                                                               \
    "0 END AS incomplete FROM {table} WHERE \"idsite\" = $1 GROUP BY \"idvisit\") AS visit WHERE day IS NOT NULL GROUP BY day "    \
    "ORDER BY day"
#define NUMBER                                                                                                                     \
    "CASE WHEN \"actions\" <> '' AND rtrim(\"actions\", '0123456789') = '' AND length(\"actions\") < 10 THEN CAST(\"actions\" AS " \
    "integer) ELSE 0 END"
#define STORED_FIRST "SELECT substr(CAST(min(\"action_timestamp\") AS text), 1, 10) AS day FROM {table} WHERE \"idsite\" = $1"

static bool read_day(const char *text, int64_t *day)
{
    int64_t at;
    if (!text || !time_parse(text, strlen(text), &at, NULL, NULL))
        return false;
    *day = at / US_PER_DAY - (at % US_PER_DAY < 0);
    return true;
}

static bool ask_stored(const MatomoPlanning *p, const char *sql, GPtrArray **rows, Err *err)
{
    const char *site = p->stream->scope[0].value;
    return p->context->query(p->context->query_data, p->stream, sql, 1, &site, rows, err) ||
           err_context(err, "comparing what %s holds", p->stream->table->name);
}

/* Stored, by day. */
static GArray *stored_days(const MatomoPlanning *p, Err *err)
{
    g_autoptr(GPtrArray) rows = NULL;
    if (!ask_stored(p, STORED_DAYS, &rows, err))
        return NULL;
    GArray *days = g_array_new(FALSE, FALSE, sizeof(Stored));
    for (guint i = 0; i < rows->len; i++) {
        char **row = rows->pdata[i];
        Stored stored = {.visits = g_ascii_strtoll(row[1], NULL, 10),
                         .actions = row[2] ? g_ascii_strtoll(row[2], NULL, 10) : 0,
                         .incomplete = row[3] ? g_ascii_strtoll(row[3], NULL, 10) : 0};
        if (read_day(row[0], &stored.day))
            g_array_append_val(days, stored);
    }
    return days;
}

static bool oldest_stored(const MatomoPlanning *p, int64_t *day, bool *any, Err *err)
{
    g_autoptr(GPtrArray) rows = NULL;
    *any = false;
    if (!p->context->query)
        return true;
    if (!ask_stored(p, STORED_FIRST, &rows, err))
        return false;
    *any = rows->len > 0 && read_day(((char **)rows->pdata[0])[0], day);
    return true;
}

/* ---- windows ---- */

static int64_t seconds(int64_t us)
{
    return us / US_PER_SECOND - (us % US_PER_SECOND < 0);
}

static int64_t today_of(const MatomoPlanning *p, const Window *window)
{
    return zone_day(p->site->zone, seconds(window->clock));
}

/* The first day within the lookback. */
static int64_t recent_day(const MatomoPlanning *p, const Window *window)
{
    return zone_day(p->site->zone, seconds(window->clock - p->stream->settings.lookback_us));
}

int64_t matomo_settled_day(const MatomoPlanning *p, const Window *window)
{
    return MIN(recent_day(p, window), today_of(p, window) - 1) - 1;
}

/* A bare date is a day of the site's, whatever instant that is; any other instant lies in one. */
static int64_t day_of(const MatomoPlanning *p, int64_t us)
{
    if (us % US_PER_DAY == 0)
        return us / US_PER_DAY;
    return zone_day(p->site->zone, seconds(us));
}

static int64_t configured_start(const MatomoPlanning *p, int64_t today)
{
    const MatomoSettings *s = p->settings;
    if (s->start_us != TIME_NONE)
        return day_of(p, s->start_us);
    return s->initial_offset >= 0 ? today - s->initial_offset : p->site->created_day;
}

static bool whole_start(const MatomoPlanning *p, int64_t today, int64_t *first, Err *err)
{
    int64_t oldest = 0;
    bool any = false;
    *first = configured_start(p, today);
    if (!oldest_stored(p, &oldest, &any, err))
        return false;
    if (any)
        *first = MIN(*first, oldest);
    return true;
}

bool matomo_days_span(const MatomoPlanning *p, const Window *window, MatomoSpan *out, bool *any, Err *err)
{
    int64_t today = today_of(p, window);
    *out = (MatomoSpan){p->site->created_day, today};
    if (window->kind == WINDOW_WHOLE) {
        if (!whole_start(p, today, &out->first, err))
            return false;
    } else if (window->kind == WINDOW_SINCE) {
        /* A watermark is an instant, also when it falls on midnight of UTC; a start that was given is a date. */
        bool date = window->low == p->stream->settings.threshold_us;
        out->first = date ? day_of(p, window->low) : zone_day(p->site->zone, seconds(window->low));
    } else {
        out->first = day_of(p, window->low);
        if (window->high % US_PER_DAY == 0)
            out->last = MIN(today, window->high / US_PER_DAY - 1);
        else if (window->high <= window->clock)
            out->last = day_of(p, window->high - 1);
    }
    out->first = MAX(out->first, p->site->created_day);
    *any = out->first <= out->last;
    return true;
}

/* That nothing is stored of a day and a report knows of no visit is no agreement: a server that makes no reports by itself knows of none either. To
 * read empty days takes few requests. */
static bool agrees(const Stored *stored, const MatomoFigures *figures)
{
    return stored && stored->incomplete == 0 && stored->visits == figures->visits && stored->actions == figures->actions;
}

static const Stored *find_stored(const GArray *stored, int64_t day)
{
    for (guint i = 0; i < stored->len; i++)
        if (g_array_index(stored, Stored, i).day == day)
            return &g_array_index(stored, Stored, i);
    return NULL;
}

static void phase(const MatomoPlanning *p, const char *text)
{
    if (p->context->phase)
        p->context->phase(p->context->phase_data, text);
}

/* The days that differ, those that may still change, and those that were asked for in any case. */
static bool compare(const MatomoPlanning *p, const Window *window, const GArray *stored, MatomoDays *out, Err *err)
{
    int64_t today = today_of(p, window), recent = recent_day(p, window);
    int64_t first = g_array_index(stored, Stored, 0).day, last = g_array_index(stored, Stored, stored->len - 1).day;
    if (p->settings->force_start && p->settings->start_us != TIME_NONE) {
        recent = MIN(recent, day_of(p, p->settings->start_us));
        first = MIN(first, recent);
    }
    first = CLAMP(first, p->site->created_day, today);
    last = CLAMP(last, first, today);
    g_autofree MatomoFigures *figures = g_new(MatomoFigures, last - first + 1);
    phase(p, "comparing the server's figures with the stored days");
    if (!matomo_site_figures(p->settings, p->http, p->site->site, first, last, figures, err))
        return false;
    for (int64_t day = first; day <= today; day++)
        if (day >= recent || day > last || !agrees(find_stored(stored, day), &figures[day - first]))
            add_day(out, day);
    return true;
}

bool matomo_days_plan(const MatomoPlanning *p, const Window *window, MatomoDays *out, Err *err)
{
    MatomoSpan span;
    bool any;
    matomo_days_clear(out);
    out->spans = g_array_new(FALSE, FALSE, sizeof(MatomoSpan));
    if (window->take_over && p->context->query) {
        phase(p, "counting the stored visits");
        g_autoptr(GArray) stored = stored_days(p, err);
        if (!stored)
            return false;
        if (stored->len > 0)
            return compare(p, window, stored, out, err);
    }
    if (!matomo_days_span(p, window, &span, &any, err))
        return false;
    if (any)
        g_array_append_val(out->spans, span);
    return true;
}
