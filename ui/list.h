/* SPDX-License-Identifier: Apache-2.0 */
/* ui/list.h - a cursor in a list of any length: moving and scrolling; only the visible rows are ever asked for. */
#ifndef TIDEMARK_UI_LIST_H
#define TIDEMARK_UI_LIST_H

#include "ui/canvas.h"

typedef struct List {
    int64_t count, cursor, top; /* rows; the selected one; the first visible one */
    int64_t told;               /* list_told() */
    int height;                 /* visible rows at the last list_fit() */
} List;

/* Keeps the cursor within the list and visible. A screen calls it in draw() through a pointer in its data, or in refresh(). */
void list_fit(List *list, int64_t count, int height);
/* Moves for ACT_UP … ACT_BOTTOM; false when the action is none of these. */
bool list_act(List *list, int action);
/* Row under y of an area, or -1. */
int64_t list_at(const List *list, Rect area, int y);
/* The row whose details are shown beside the list: the selected one, as soon as it stays that (rests: ui_rests()). */
int64_t list_told(List *list, bool rests);
/* Scroll marks at the right edge of the area's first and last row when not everything is visible. The area is the list, or reaches from its heading to the
 * rule below it: what does not move with the rows need not be sent again. */
void list_draw_scroll(const List *list, Canvas *canvas, Rect area);

#endif
