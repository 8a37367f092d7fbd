/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"
#include "base/term_text.h"

#define NAMES_SHOWN 2

static bool at_work(const StreamView *stream)
{
    return stream->phase >= PHASE_LOCKING && stream->phase <= PHASE_RETRYING;
}

static void append_names(const RunView *run, GString *out)
{
    int shown = 0, more = 0;
    for (int i = 0; i < run->stream_count; i++) {
        if (!at_work(&run->streams[i]))
            continue;
        if (shown == NAMES_SHOWN) {
            more++;
            continue;
        }
        g_string_append(out, shown++ ? ", " : "  ");
        term_append(out, run->streams[i].id);
    }
    if (more)
        g_string_append_printf(out, " +%d", more);
}

static void append_share(const RunView *run, GString *out)
{
    int done = 0;
    for (int i = 0; i < run->stream_count; i++)
        done += run->streams[i].phase >= PHASE_DONE;
    if (run->estimate > 0) {
        /* An estimate may be too low; 100 % is for the end alone. */
        int64_t percent = MIN(run->counts.read * 100 / run->estimate, 99);
        g_string_append_printf(out, "%d %%  ", (int)percent);
    }
    g_string_append_printf(out, "%d/%d streams  ", done, run->stream_count);
}

void progress_line(const RunView *run, int width, GString *out)
{
    g_autoptr(GString) line = g_string_new(NULL);
    append_share(run, line);
    term_append_number(line, run->counts.read);
    g_string_append(line, " rows");
    if (run->rows_per_second >= 1) {
        g_string_append(line, "  ");
        term_append_number(line, (int64_t)run->rows_per_second);
        g_string_append(line, "/s");
    }
    if (run->eta_ms >= 0) {
        g_autofree char *eta = term_span(run->eta_ms);
        g_string_append_printf(line, "  ETA %s", eta);
    }
    g_autofree char *held = run_view_held_up_by(run);
    if (held) {
        g_string_append(line, "  held up by ");
        term_append(line, held);
    }
    append_names(run, line);
    if (width > 0)
        term_append_cut(out, line->str, width);
    else
        g_string_append(out, line->str);
}
