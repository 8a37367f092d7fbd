/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/reject_acts.h"

bool reject_acts_has(int action)
{
    return action == ACT_ENTER || action == REJECTS_RETRY || action == REJECTS_DISMISS;
}

UiReaction reject_acts_do(Screen *screen, int action, const RejectPick *pick, const char *inside)
{
    g_autofree char *words = reject_pick_words(pick);
    if (action == REJECTS_RETRY)
        screen_ask(screen, &(BoardAsk){.question = ASK_RETRY, .rejects = reject_pick_query(pick)}, 0);
    else
        ui_open(screen->ui, action == ACT_ENTER ? inside : "dismiss", words);
    return UI_REDRAW;
}

const char *reject_acts_unavailable(const Screen *screen, int action, const char *nothing)
{
    if (!reject_acts_has(action))
        return NULL;
    if (nothing)
        return nothing;
    return action == REJECTS_RETRY && screen_asking(screen, ASK_RETRY) ? "the one before is still being tried" : NULL;
}

bool reject_acts_tell(Screen *screen, int64_t *told)
{
    const BoardAnswer *answer = screen_answer(screen, ASK_RETRY);
    if (!answer || answer->ticket == *told)
        return false;
    *told = answer->ticket;
    if (answer->err.code != ERR_NONE)
        ui_say(screen->ui, true, "%s", answer->err.message);
    else if (answer->total == 0)
        ui_say(screen->ui, false, "no row could be tried: what they wait for has not arrived");
    else
        ui_say(screen->ui, false, "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " rows landed", answer->changed, answer->total);
    return true;
}

void reject_acts_draw(const Screen *screen, Canvas *canvas, Rect area, int x)
{
    if (screen_asking(screen, ASK_RETRY))
        canvas_text(canvas, x + 2, area.y, area.x + area.w - x - 2, STYLE_RUNNING, "trying again …");
}

UiReaction reject_acts_click(Screen *screen, List *list, Rect area, const UiKey *at)
{
    int64_t row = list_at(list, (Rect){area.x, area.y + 1, area.w, list->height}, at->y);
    if (row < 0)
        return UI_NONE;
    list->cursor = row;
    return at->twice ? screen->ops->act(screen, ACT_ENTER, NULL) : UI_REDRAW;
}
