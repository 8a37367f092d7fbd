/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving the console while jobs of this process run. */
#include "ui/dialog_text.h"
#include "ui/screens.h"

enum { WIDTH = 70, HEAD = 2, FOOT = 4, SHOWN = 6, ACT_DETACH = ACT_OWN, ACT_STOP };

typedef struct QuitRun {
    int64_t run;
    char job[16];
    int streams, going;
} QuitRun;

typedef struct Quit {
    QuitRun runs[SHOWN];
    int count; /* also those beyond SHOWN */
    int starting;
} Quit;

static const Action actions[] = {
    {ACT_DETACH, "l", "leave-running", .label = "leave them running",
     .help = "leave the console; the jobs are finished without it"},
    {ACT_STOP, "s", "stop-jobs", .label = "stop them", .help = "stop the jobs and leave the console", .writes = true},
    {0},
};

static void quit_refresh(Screen *screen)
{
    Quit *quit = screen->data;
    const EngineView *view = ui_engine_view(screen->ui);
    quit->count = 0;
    quit->starting = ui_jobs_starting(screen->ui);
    for (int i = 0; i < view->run_count; i++) {
        const RunView *run = &view->runs[i];
        if (!run->here || run->finished)
            continue;
        if (quit->count < SHOWN) {
            QuitRun *kept = &quit->runs[quit->count];
            *kept = (QuitRun){.run = run->run, .streams = run->stream_count};
            g_strlcpy(kept->job, run->job, sizeof kept->job);
            for (int k = 0; k < run->stream_count; k++)
                kept->going += run->streams[k].phase < PHASE_DONE;
        }
        quit->count++;
    }
}

static const char *quit_unavailable(const Screen *screen, int action)
{
    return action == ACT_DETACH && !ui_can_detach(screen->ui) ? "this console cannot leave jobs behind" : NULL;
}

static UiReaction quit_act(Screen *screen, int action, const char *argument)
{
    (void)argument;
    ui_leave(screen->ui, action == ACT_DETACH);
    return UI_NONE;
}

static void quit_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    const Quit *quit = screen->data;
    int y = area.y;
    if (quit->count == 0)
        y = dialog_wrap(canvas, area, STYLE_STRONG,
                        quit->starting ? "A job of this console is just being started." : "All jobs have ended by now.");
    else
        canvas_textf(canvas, area.x, y++, area.w, STYLE_STRONG, "%d job%s of this console still run%s:", quit->count,
                     quit->count == 1 ? "" : "s", quit->count == 1 ? "s" : "");
    for (int i = 0; i < MIN(quit->count, SHOWN); i++)
        canvas_textf(canvas, area.x + 2, y++, area.w - 2, STYLE_TEXT, "run %" G_GINT64_FORMAT "  %s, %d of %d streams to go",
                     quit->runs[i].run, quit->runs[i].job, quit->runs[i].going, quit->runs[i].streams);
    if (quit->count + quit->starting == 0)
        return;
    y += area.h > HEAD + FOOT;
    dialog_wrap(canvas, dialog_rest(area, y), STYLE_TEXT,
                ui_can_detach(screen->ui)
                    ? "Left running, they finish by themselves; the next console on this host shows them, and can "
                      "stop them. Stopped, they go on from their last commit when they are started again."
                    : "Stopped, they go on from their last commit when they are started again.");
}

static void quit_line(const Screen *screen, GString *out)
{
    (void)screen;
    g_string_append(out, "tidemark runs");
}

static void quit_size(const Screen *screen, int *width, int *height)
{
    const Quit *quit = screen->data;
    *width = WIDTH;
    *height = HEAD + FOOT + MIN(quit->count, SHOWN);
}

const ScreenOps dialog_quit = {
    .name = "quit",
    .title = "Leave",
    .modal = true,
    .actions = actions,
    .size = sizeof(Quit),
    .refresh = quit_refresh,
    .draw = quit_draw,
    .act = quit_act,
    .unavailable = quit_unavailable,
    .command_line = quit_line,
    .dialog_size = quit_size,
};
