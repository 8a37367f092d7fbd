/* SPDX-License-Identifier: Apache-2.0 */
/* Starts a sync of chosen streams, after showing what it will read. */
#include "ui/job_dialog.h"
#include "ui/screens.h"

enum { WIDTH = 100, HEAD = 4, DETAIL = 5, LEAST_LISTED = 2 };

static const Action actions[] = {
    {ACT_ENTER, "Enter", "start", .help = "start the sync as it is shown", .writes = true},
    {ACT_SQL, "d", "sql", .label = "SQL", .help = "show the statements that make or change tables, and back"},
    ACTION_MOVES,
    {0},
};

static bool sync_open(Screen *screen, const char *argument)
{
    if (!job_dialog_open(screen, &job_sync, argument))
        return false;
    job_dialog_ask(screen);
    return true;
}

static UiReaction sync_act(Screen *screen, int action, const char *argument)
{
    UiReaction reaction = UI_NONE;
    (void)argument;
    if (action == ACT_ENTER)
        return job_dialog_start(screen);
    return job_dialog_act(screen, action, &reaction) ? reaction : UI_NONE;
}

static void sync_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    if (job_dialog_draw_view(screen, canvas, area))
        return;
    int y = job_dialog_draw_summary(screen->data, canvas, area);
    y += y + 4 < area.y + area.h;
    job_dialog_draw_streams(screen, canvas, (Rect){area.x, y, area.w, area.y + area.h - y});
}

static void sync_size(const Screen *screen, int *width, int *height)
{
    const JobDialog *dialog = screen->data;
    *width = WIDTH;
    if (dialog->view == VIEW_PLAN)
        *height = HEAD + DETAIL + (dialog->plan ? MAX((int)dialog->plan->streams->len, LEAST_LISTED) : 0);
}

const ScreenOps dialog_sync = {
    .name = "sync",
    .title = "Sync",
    .modal = true,
    .writes = true,
    .argument = "[STREAM…]",
    .help = "read what is new or changed; without a stream: all of them",
    .actions = actions,
    .size = sizeof(JobDialog),
    .open = sync_open,
    .refresh = job_dialog_refresh,
    .draw = sync_draw,
    .act = sync_act,
    .unavailable = job_dialog_unavailable,
    .key = job_dialog_key,
    .command_line = job_dialog_command_line,
    .dialog_size = sync_size,
    .close = job_dialog_close,
};
