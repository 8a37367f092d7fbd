/* SPDX-License-Identifier: Apache-2.0 */
/* Asks before rejects are set aside, and says what came of it. */
#include "base/term_text.h"
#include "ui/dialog_text.h"
#include "ui/reject_pick.h"
#include "ui/run_text.h"
#include "ui/screens.h"

typedef struct Dismiss {
    RejectPick pick;
    bool started;
} Dismiss;

static bool dismiss_open(Screen *screen, const char *argument)
{
    Dismiss *dismiss = screen->data;
    if (!reject_pick_parse(screen->ui, argument, &dismiss->pick))
        return false;
    if (!dismiss->pick.stream) {
        ui_say(screen->ui, true, "expected the stream whose rejects are to be dismissed");
        return false;
    }
    screen_ask(screen, &(BoardAsk){.question = ASK_REJECT_GROUPS, .rejects = reject_pick_query(&dismiss->pick)}, 0);
    return true;
}

static void dismiss_close(Screen *screen)
{
    Dismiss *dismiss = screen->data;
    reject_pick_clear(&dismiss->pick);
}

static int64_t count_open(const BoardAnswer *answer)
{
    int64_t open = 0;
    for (guint i = 0; answer->rows && i < answer->rows->len; i++)
        open += ((const RejectGroup *)g_ptr_array_index(answer->rows, i))->open;
    return open;
}

static void draw_question(const Screen *screen, Canvas *canvas, Rect area)
{
    const BoardAnswer *groups = screen_answer(screen, ASK_REJECT_GROUPS);
    if (groups && groups->err.code != ERR_NONE) {
        run_draw_error(canvas, area, &groups->err);
        return;
    }
    g_autofree char *count = groups ? term_number(count_open(groups)) : g_strdup("?");
    canvas_textf(canvas, area.x, area.y, area.w, STYLE_STRONG, "%s row%s will be set aside", count,
                 !g_strcmp0(count, "1") ? "" : "s");
    dialog_wrap(canvas, dialog_rest(area, area.y + 1), STYLE_TEXT,
                "until they change; nothing is deleted, and `rejects --dismissed` still lists them");
}

static void dismiss_draw(const Screen *screen, Canvas *canvas, Rect area)
{
    const Dismiss *dismiss = screen->data;
    const BoardAnswer *answer = screen_answer(screen, ASK_DISMISS);
    if (!dismiss->started) {
        draw_question(screen, canvas, area);
    } else if (!answer) {
        canvas_text(canvas, area.x, area.y, area.w, STYLE_RUNNING, "dismissing …");
    } else if (answer->err.code != ERR_NONE) {
        run_draw_error(canvas, area, &answer->err);
    } else {
        g_autofree char *count = term_number(answer->changed);
        canvas_textf(canvas, area.x, area.y, area.w, STYLE_GOOD, "%s row%s dismissed", count, answer->changed == 1 ? "" : "s");
    }
}

static UiReaction dismiss_act(Screen *screen, int action, const char *argument)
{
    Dismiss *dismiss = screen->data;
    (void)argument;
    if (action != ACT_ENTER)
        return UI_NONE;
    dismiss->started = true;
    screen_ask(screen, &(BoardAsk){.question = ASK_DISMISS, .rejects = reject_pick_query(&dismiss->pick)}, 0);
    return UI_REDRAW;
}

static const char *dismiss_unavailable(const Screen *screen, int action)
{
    const Dismiss *dismiss = screen->data;
    const BoardAnswer *groups = screen_answer(screen, ASK_REJECT_GROUPS);
    if (action != ACT_ENTER)
        return NULL;
    if (dismiss->started)
        return "it was done; Esc closes";
    if (!groups)
        return "the rows are still being counted";
    return count_open(groups) == 0 ? "there is no such row" : NULL;
}

static void dismiss_size(const Screen *screen, int *width, int *height)
{
    (void)screen;
    *width = 70;
    *height = 4;
}

static void dismiss_command_line(const Screen *screen, GString *out)
{
    const Dismiss *dismiss = screen->data;
    g_autofree char *words = reject_pick_words(&dismiss->pick);
    g_string_append_printf(out, "tidemark rejects dismiss %s", words);
}

static const Action dismiss_actions[] = {
    {ACT_ENTER, "Enter", "confirm", .label = "dismiss them", .help = "set the rows aside until they change"},
    {0},
};

const ScreenOps dialog_dismiss = {
    .name = "dismiss",
    .title = "Dismiss rejects",
    .modal = true,
    .writes = true,
    .argument = "STREAM [--reason REASON]",
    .help = "set rejected rows aside until they change",
    .actions = dismiss_actions,
    .size = sizeof(Dismiss),
    .open = dismiss_open,
    .draw = dismiss_draw,
    .act = dismiss_act,
    .unavailable = dismiss_unavailable,
    .dialog_size = dismiss_size,
    .command_line = dismiss_command_line,
    .close = dismiss_close,
};
