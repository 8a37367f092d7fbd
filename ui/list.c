/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/list.h"

#include <glib.h>

#include "ui/action.h"

void list_fit(List *list, int64_t count, int height)
{
    list->count = MAX(count, 0);
    list->height = MAX(height, 1);
    list->cursor = CLAMP(list->cursor, 0, MAX(list->count - 1, 0));
    list->top = CLAMP(list->top, list->cursor - list->height + 1, list->cursor);
    list->top = CLAMP(list->top, 0, MAX(list->count - list->height, 0));
}

bool list_act(List *list, int action)
{
    int64_t page = MAX(list->height - 1, 1);
    switch (action) {
    case ACT_UP:
        list->cursor--;
        break;
    case ACT_DOWN:
        list->cursor++;
        break;
    case ACT_PAGE_UP:
        list->cursor -= page;
        list->top -= page;
        break;
    case ACT_PAGE_DOWN:
        list->cursor += page;
        list->top += page;
        break;
    case ACT_TOP:
        list->cursor = 0;
        break;
    case ACT_BOTTOM:
        list->cursor = list->count - 1;
        break;
    default:
        return false;
    }
    list_fit(list, list->count, list->height);
    return true;
}

int64_t list_at(const List *list, Rect area, int y)
{
    int64_t row = list->top + (y - area.y);
    return y >= area.y && y < area.y + area.h && row < list->count ? row : -1;
}

int64_t list_told(List *list, bool rests)
{
    if (rests || list->told >= list->count)
        list->told = list->cursor;
    return list->told;
}

void list_draw_scroll(const List *list, Canvas *canvas, Rect area)
{
    int x = area.x + area.w - 1;
    if (area.h < 1 || list->count <= list->height)
        return;
    /* Perhaps drawn anew with every row that scrolls: a colour would cost more than the sign. */
    if (list->top > 0)
        canvas_glyph(canvas, x, area.y, STYLE_TEXT, GLYPH_UP);
    if (list->top + list->height < list->count)
        canvas_glyph(canvas, x, area.y + area.h - 1, STYLE_TEXT, GLYPH_DOWN);
}
