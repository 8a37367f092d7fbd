/* SPDX-License-Identifier: Apache-2.0 */
/* The box around a modal screen, with the command that does the same at its foot. */
#include "ui/ui_private.h"

enum { EDGE_X = 2, EDGE_Y = 1, FOOT = 2, FOOT_FROM = 10 };

static Rect place(const Ui *ui, const OpenScreen *open, int foot)
{
    Rect area = frame_area(ui);
    int width = area.w - 8, height = area.h - 2;
    if (open->screen.ops->dialog_size)
        open->screen.ops->dialog_size(&open->screen, &width, &height);
    width = MIN(width + 2 * EDGE_X, area.w);
    height = MIN(height + foot + 2 * EDGE_Y, area.h);
    return (Rect){area.x + (area.w - width) / 2, area.y + (area.h - height) / 2, width, height};
}

void dialog_draw(Ui *ui, OpenScreen *open)
{
    Canvas *canvas = ui->canvas;
    g_autoptr(GString) line = g_string_new(NULL);
    if (open->screen.ops->command_line)
        open->screen.ops->command_line(&open->screen, line);
    int foot = open->screen.ops->command_line && frame_area(ui).h >= FOOT_FROM ? FOOT : 0;
    Rect box = place(ui, open, foot);
    Rect inner = {box.x + EDGE_X, box.y + EDGE_Y, box.w - 2 * EDGE_X, box.h - 2 * EDGE_Y - foot};
    Rect before = canvas_clip(canvas, frame_area(ui));
    g_autoptr(GString) title = g_string_new(NULL);
    if (open->screen.ops->crumb)
        open->screen.ops->crumb(&open->screen, title);
    canvas_frame(canvas, box, title->len ? title->str : open->screen.ops->title);
    if (foot && line->len) {
        int y = box.y + box.h - 2;
        canvas_hline(canvas, box.x + 1, y - 1, box.w - 2);
        int x = canvas_text(canvas, inner.x, y, inner.w, STYLE_DIM, "$ ");
        canvas_text(canvas, x, y, inner.w - 2, STYLE_TEXT, line->str);
    }
    canvas_clip(canvas, inner);
    open->area = inner;
    open->screen.ops->draw(&open->screen, canvas, inner);
    canvas_clip(canvas, before);
}
