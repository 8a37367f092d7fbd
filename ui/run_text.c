/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/run_text.h"

#include "base/term_text.h"
#include "ui/wrap.h"

bool run_outcome_bad(const char *outcome)
{
    return !g_strcmp0(outcome, "failed") || !g_strcmp0(outcome, "partly") || !g_strcmp0(outcome, "killed");
}

void run_draw_outcome(Canvas *canvas, int x, int y, int width, const char *outcome)
{
    bool bad = run_outcome_bad(outcome), rejects = !g_strcmp0(outcome, "rejects");
    bool running = !g_strcmp0(outcome, "running"), done = !g_strcmp0(outcome, "done");
    Style style = bad ? STYLE_BAD : rejects ? STYLE_WARN : running ? STYLE_RUNNING : done ? STYLE_GOOD : STYLE_TEXT;
    if (width < 3)
        return;
    if (bad || rejects)
        canvas_glyph(canvas, x, y, style, bad ? GLYPH_FAILED : GLYPH_REJECTS);
    canvas_text(canvas, x + 2, y, width - 2, style, outcome);
}

static void append_part(GString *out, const char *sign, const char *name, int64_t count)
{
    g_string_append_printf(out, "%s%s%s", sign, name, *name ? " " : "");
    term_append_number(out, count);
}

void run_append_balance(GString *out, const Counts *counts, int64_t in_flight)
{
    append_part(out, "", "read", counts->read);
    append_part(out, " = ", "written", counts->written);
    append_part(out, " + ", "unchanged", counts->unchanged);
    append_part(out, " + ", "rejected", counts->rejected);
    append_part(out, " + ", "filtered", counts->filtered);
    if (in_flight >= 0)
        append_part(out, " + ", "in flight", in_flight);
}

void run_append_balance_short(GString *out, const Counts *counts, int64_t in_flight)
{
    append_part(out, "", "", counts->read);
    append_part(out, " = ", "", counts->written);
    append_part(out, " w + ", "", counts->unchanged);
    append_part(out, " u + ", "", counts->rejected);
    append_part(out, " r + ", "", counts->filtered);
    g_string_append(out, " f");
    if (in_flight >= 0) {
        append_part(out, " + ", "", in_flight);
        g_string_append(out, " in flight");
    }
}

/* The job's name, and what stands behind it. */
static char *split_arguments(const char *arguments, const char **rest)
{
    size_t length = strcspn(arguments, " ");
    *rest = arguments[length] ? arguments + length + 1 : NULL;
    return g_strndup(arguments, length);
}

const char *run_again_unavailable(const char *arguments)
{
    const char *rest = NULL;
    if (!arguments)
        return "what it was asked to do is not known";
    g_autofree char *job = split_arguments(arguments, &rest);
    return screen_find(job) ? NULL : "this console has no dialog for its job";
}

void run_again(Ui *ui, const char *arguments)
{
    const char *rest = NULL;
    g_autofree char *job = split_arguments(arguments, &rest);
    ui_open(ui, job, rest);
}

void run_draw_error(Canvas *canvas, Rect area, const Err *err)
{
    int used = wrap_draw(canvas, area.x + 1, area.y, area.w - 2, area.h, STYLE_BAD, err->message);
    wrap_draw(canvas, area.x + 1, area.y + used, area.w - 2, area.h - used, STYLE_TEXT, err->hint);
}
