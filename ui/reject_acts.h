/* SPDX-License-Identifier: Apache-2.0 */
/* ui/reject_acts.h - what can be done with rejects, a group or a row alike: look into them, try them again, set them aside. */
#ifndef TIDEMARK_UI_REJECT_ACTS_H
#define TIDEMARK_UI_REJECT_ACTS_H

#include "ui/list.h"
#include "ui/reject_pick.h"
#include "ui/screen.h"

enum { REJECTS_RETRY = ACT_OWN, REJECTS_DISMISS };

/* ACT_ENTER, REJECTS_RETRY or REJECTS_DISMISS; every other action is the list's. */
bool reject_acts_has(int action);
/* Does one of them; `inside` is the screen that ACT_ENTER opens. */
UiReaction reject_acts_do(Screen *screen, int action, const RejectPick *pick, const char *inside);
/* Why not, or NULL. `nothing`: what is missing when there is no selection, else NULL. */
const char *reject_acts_unavailable(const Screen *screen, int action, const char *nothing);
/* Says once what a retry came to; *told is the ticket that was spoken of. True when it did: what is shown is to be asked for again. */
bool reject_acts_tell(Screen *screen, int64_t *told);
/* While it goes on, at x of the summary. */
void reject_acts_draw(const Screen *screen, Canvas *canvas, Rect area, int x);
/* A click into the list below a row of titles. */
UiReaction reject_acts_click(Screen *screen, List *list, Rect area, const UiKey *at);

#endif
