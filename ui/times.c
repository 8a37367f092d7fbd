/* SPDX-License-Identifier: Apache-2.0 */
/* Instants and spans as the console shows them. */
#include "model/time.h"
#include "ui/ui_private.h"

static const char *format_time(const Ui *ui, int64_t us, const char *format, char out[32])
{
    g_strlcpy(out, "-", 32);
    if (us == TIME_NONE)
        return out;
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(us / US_PER_SECOND - (us % US_PER_SECOND < 0));
    g_autoptr(GDateTime) shown = utc && ui->local_time ? g_date_time_to_local(utc) : utc ? g_date_time_ref(utc) : NULL;
    g_autofree char *text = shown ? g_date_time_format(shown, format) : NULL;
    if (text)
        g_strlcpy(out, text, 32);
    return out;
}

const char *ui_time_short(const Ui *ui, int64_t us, char out[32])
{
    return format_time(ui, us, "%m-%d %H:%M", out);
}

const char *ui_time_clock(const Ui *ui, int64_t us, char out[32])
{
    return format_time(ui, us, "%H:%M:%S", out);
}

const char *ui_time_day_clock(const Ui *ui, int64_t us, char out[32])
{
    return format_time(ui, us, "%m-%d %H:%M:%S", out);
}

const char *ui_time_long(const Ui *ui, int64_t us, char out[32])
{
    return format_time(ui, us, "%Y-%m-%d %H:%M:%S", out);
}

const char *ui_zone(const Ui *ui, int64_t us, char out[32])
{
    if (!ui->local_time) {
        g_strlcpy(out, "UTC", 32);
        return out;
    }
    return format_time(ui, us, "%Z", out);
}

const char *ui_age_short(const Ui *ui, int64_t us, char out[32])
{
    int64_t age = ui->now_us - us;
    if (us != TIME_NONE && age < 60 * US_PER_SECOND)
        g_strlcpy(out, "<1m", 32);
    else
        ui_span_short(us == TIME_NONE ? TIME_NONE : age, out);
    return out;
}

const char *ui_span_short(int64_t us, char out[32])
{
    int64_t seconds = MAX(us, 0) / US_PER_SECOND, minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
    if (us == TIME_NONE)
        g_strlcpy(out, "-", 32);
    else if (seconds < 60)
        g_snprintf(out, 32, "%ds", (int)seconds);
    else if (minutes < 60)
        g_snprintf(out, 32, "%dm", (int)minutes);
    else if (hours < 24)
        g_snprintf(out, 32, "%dh%02d", (int)hours, (int)(minutes % 60));
    else if (days < 100)
        g_snprintf(out, 32, "%dd%02dh", (int)days, (int)(hours % 24));
    else
        g_snprintf(out, 32, "%" G_GINT64_FORMAT "d", days);
    return out;
}
