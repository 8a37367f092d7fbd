/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/advice.h"

#include "model/time.h"

char *advice_span(int64_t us)
{
    int minutes = (int)(us / (60 * US_PER_SECOND)), hours = minutes / 60, days = hours / 24;
    if (us < 0)
        return g_strdup("-");
    if (minutes < 1)
        return g_strdup_printf("%ds", (int)(us / US_PER_SECOND));
    if (hours < 1)
        return g_strdup_printf("%dm", minutes);
    if (days < 1)
        return g_strdup_printf("%dh%02d", hours, minutes % 60);
    return days < 100 ? g_strdup_printf("%dd%02dh", days, hours % 24) : g_strdup_printf("%dd", days);
}

static void stopped(const AdviceFacts *facts, char **why, char **to_do)
{
    if (facts->error && *facts->error) {
        *why = g_strdup(facts->error);
        *to_do = facts->hint && *facts->hint ? g_strdup(facts->hint)
                                             : g_strdup("correct that and sync it again; committed rows are kept");
        return;
    }
    bool killed = !g_strcmp0(facts->outcome, "killed");
    *why =
        g_strdup_printf("run %" G_GINT64_FORMAT " was %s before it was done with it", facts->run, killed ? "killed" : "cancelled");
    *to_do = g_strdup("sync it again: it goes on where it stopped; committed rows are kept");
}

static void late(const AdviceFacts *facts, char **why, char **to_do)
{
    g_autofree char *behind = advice_span(facts->lag_us != TIME_NONE ? facts->lag_us : facts->age_us);
    g_autofree char *interval = advice_span(facts->interval_us);
    g_autofree char *usual = facts->interval_us > 0 ? g_strdup_printf("; its runs are usually %s apart", interval) : g_strdup("");
    *why = facts->lag_us != TIME_NONE ? g_strdup_printf("the source has rows %s newer than the watermark%s", behind, usual)
                                      : g_strdup_printf("its last run ended %s ago%s", behind, usual);
    *to_do = g_strdup("sync it; see whether what usually starts it still does");
}

static void waiting(const AdviceFacts *facts, char **why)
{
    static const char waits[] = "waiting: ";
    if (facts->note && g_str_has_prefix(facts->note, waits))
        *why = g_strdup_printf("waits for %s, which its rows refer to; it starts by itself", facts->note + strlen(waits));
    else
        *why = g_strdup_printf("run %" G_GINT64_FORMAT " has it in its queue; it starts by itself", facts->run);
}

static void fresh(const AdviceFacts *facts, char **why, char **to_do)
{
    if (facts->rejects > 0) {
        *why = g_strdup_printf("%" G_GINT64_FORMAT " row%s could not be stored", facts->rejects, facts->rejects == 1 ? "" : "s");
        *to_do = g_strdup("see its rejects: repair, retry or dismiss them");
        return;
    }
    g_autofree char *age = advice_span(facts->age_us);
    *why = facts->run > 0 && facts->age_us != TIME_NONE
               ? g_strdup_printf("run %" G_GINT64_FORMAT " ended well %s ago", facts->run, age)
               : g_strdup("complete up to its watermark");
}

void advice(const AdviceFacts *facts, char **why, char **to_do)
{
    const char *state = facts->state;
    *why = *to_do = NULL;
    if (!g_strcmp0(state, "stopped")) {
        stopped(facts, why, to_do);
    } else if (!g_strcmp0(state, "late")) {
        late(facts, why, to_do);
    } else if (!g_strcmp0(state, "unknown")) {
        *why = g_strdup("its destination has not been asked yet");
    } else if (!g_strcmp0(state, "waiting") || !g_strcmp0(state, "queued")) {
        waiting(facts, why);
    } else if (!g_strcmp0(state, "running")) {
        *why = g_strdup_printf("run %" G_GINT64_FORMAT " is working on it", facts->run);
    } else if (!g_strcmp0(state, "never run")) {
        *why = g_strdup("no sync of it has been finished yet");
        *to_do = g_strdup("sync it");
    } else if (!g_strcmp0(state, "unaudited")) {
        *why = g_strdup("its table was taken over by trust: rows from before were never compared");
        *to_do = g_strdup("reimport it: that compares every row");
    } else {
        fresh(facts, why, to_do);
    }
}
