/* SPDX-License-Identifier: Apache-2.0 */
/* One run by its number, going on or ended. */
#include "ui/run_pane.h"
#include "ui/screens.h"

enum { ACT_LEAVE = PANE_OWN };

static bool run_open(Screen *screen, const char *argument)
{
    gint64 run = 0;
    if (!argument || !g_ascii_string_to_signed(argument, 10, 1, G_MAXINT64, &run, NULL)) {
        ui_say(screen->ui, true, "expected the number of a run, found `%s`", argument ? argument : "");
        return false;
    }
    run_pane_open(screen->data, screen, run);
    return true;
}

static void run_refresh(Screen *screen)
{
    run_pane_refresh(screen->data, screen);
}

static void run_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    run_pane_draw(screen->data, screen, canvas, area);
}

static UiReaction run_act(Screen *screen, int action, const char *argument)
{
    (void)argument;
    return action == ACT_LEAVE ? UI_BACK : run_pane_act(screen->data, screen, action);
}

static const char *run_unavailable(const Screen *screen, int action)
{
    const RunPane *pane = screen->data;
    if (action == ACT_LEAVE)
        return pane->live ? NULL : "the run has ended";
    return run_pane_unavailable(pane, action);
}

static UiReaction run_click(Screen *screen, Rect area, const UiKey *at)
{
    return run_pane_click(screen->data, screen, run_pane_list(screen->data, screen, area), at);
}

static void run_crumb(const Screen *screen, GString *out)
{
    const RunPane *pane = screen->data;
    g_string_append_printf(out, "run %" G_GINT64_FORMAT, pane->run);
    if (pane->arguments || pane->job)
        g_string_append_printf(out, "  %s", pane->arguments ? pane->arguments : pane->job);
    if (pane->operator_name)
        g_string_append_printf(out, "  by %s (%s)", pane->operator_name, pane->host);
}

static void run_summary(const Screen *screen, Canvas *canvas, Rect area)
{
    run_pane_summary(screen->data, screen, canvas, area);
}

static void run_command_line(const Screen *screen, GString *out)
{
    const RunPane *pane = screen->data;
    g_string_append_printf(out, "tidemark %s %" G_GINT64_FORMAT, pane->live ? "log -f" : "history", pane->run);
}

static void run_close(Screen *screen)
{
    run_pane_close(screen->data);
}

static const Action run_actions[] = {
    RUN_PANE_ACTIONS,
    {ACT_LEAVE, "w", "leave-running", .label = "leave running", .help = "go back; the run goes on"},
    ACTION_MOVES,
    {0},
};

const ScreenOps screen_run = {
    .name = "run",
    .title = "Run",
    .argument = "RUN",
    .help = "one run: how far it is, or what it did",
    .actions = run_actions,
    .size = sizeof(RunPane),
    .open = run_open,
    .refresh = run_refresh,
    .draw = run_draw,
    .act = run_act,
    .unavailable = run_unavailable,
    .click = run_click,
    .crumb = run_crumb,
    .summary = run_summary,
    .command_line = run_command_line,
    .close = run_close,
};
