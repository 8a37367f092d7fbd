/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/dialog_text.h"

#include "base/term_text.h"
#include "ui/wrap.h"

int dialog_wrap(Canvas *canvas, Rect area, Style style, const char *text)
{
    g_autofree char *safe = term_dup(text);
    return area.h > 0 && *safe ? area.y + wrap_draw(canvas, area.x, area.y, area.w, area.h, style, safe) : area.y;
}

Rect dialog_rest(Rect area, int y)
{
    return (Rect){area.x, y, area.w, MAX(area.y + area.h - y, 0)};
}
