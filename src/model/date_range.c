/* SPDX-License-Identifier: Apache-2.0 */
#include "model/date_range.h"

#include <glib.h>

#include "model/time.h"

static bool parse(const char *name, const char *text, int64_t *us, bool *had_time, Err *err)
{
    if (time_parse(text, strlen(text), us, had_time, NULL))
        return true;
    return err_set(err, ERR_USAGE, "--%s: expected a date such as 2024-01-15, or a time such as 2024-01-15T10:00:00Z, found `%s`",
                   name, text);
}

bool date_range_parse(const char *from, const char *to, const char *date, DateRange *out, Err *err)
{
    bool had_time = false;
    *out = (DateRange){.from = TIME_NONE, .to = TIME_NONE};
    if (date) {
        if (from || to)
            return err_set(err, ERR_USAGE, "give either --date or --from and --to, not both");
        if (!parse("date", date, &out->from, &had_time, err))
            return false;
        if (had_time)
            return err_set(err, ERR_USAGE, "--date: expected a day without a time, found `%s`", date);
        out->to = out->from + US_PER_DAY;
        return true;
    }
    if (!from) {
        err_set(err, ERR_USAGE, "a backfill needs a window");
        return err_hint(err, "give --from 2024-01-01 [--to 2024-01-31], or --date 2024-01-15");
    }
    if (!parse("from", from, &out->from, &had_time, err))
        return false;
    if (!to)
        return true;
    if (!parse("to", to, &out->to, &had_time, err))
        return false;
    if (!had_time)
        out->to += US_PER_DAY;
    if (out->to <= out->from)
        return err_set(err, ERR_USAGE, "the window is empty: --from %s is not before the end of --to %s", from, to);
    return true;
}

static void append_instant(GString *out, int64_t us, bool day_only)
{
    char text[40];
    size_t len = time_format_sql(us, text);
    size_t shown = us % US_PER_SECOND ? len : us % (60 * US_PER_SECOND) ? len : len - 3; /* seconds only where they say something */
    if (day_only)
        shown = len - 9;
    g_string_append_len(out, text, (gssize)shown);
}

char *date_range_format(const DateRange *range)
{
    GString *out = g_string_new(NULL);
    bool open = range->to == TIME_NONE;
    bool days = range->from != TIME_NONE && range->from % US_PER_DAY == 0 && (open || range->to % US_PER_DAY == 0);
    const char *zone = days && range->calendar ? range->calendar : "UTC";
    if (range->from == TIME_NONE)
        g_string_append(out, "the beginning");
    else
        append_instant(out, range->from, days);
    if (open) {
        g_string_append_printf(out, " … (no end, %s)", zone);
    } else if (days) {
        int64_t count = (range->to - range->from) / US_PER_DAY;
        if (count > 1) {
            g_string_append(out, " … ");
            append_instant(out, range->to - US_PER_DAY, true);
        }
        g_string_append_printf(out, " (%" G_GINT64_FORMAT " day%s, %s)", count, count == 1 ? "" : "s", zone);
    } else {
        g_string_append(out, " … ");
        append_instant(out, range->to, false);
        g_string_append(out, " (UTC)");
    }
    return g_string_free(out, FALSE);
}

char *window_format(const Window *window)
{
    if (window->kind == WINDOW_RANGE)
        return date_range_format(&(DateRange){window->low, window->high, window->calendar});
    if (window->kind == WINDOW_WHOLE || window->low == TIME_NONE)
        return g_strdup("whole");
    GString *out = g_string_new("since ");
    append_instant(out, window->low, false);
    g_string_append(out, " (UTC)");
    return g_string_free(out, FALSE);
}
