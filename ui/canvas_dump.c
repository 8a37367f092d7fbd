/* SPDX-License-Identifier: Apache-2.0 */
/* The canvas as plain text. */
#include <glib.h>

#include "ui/canvas.h"
#include "ui/theme.h"

static bool selected(const Canvas *canvas, int y)
{
    for (int x = 0; x < canvas_width(canvas); x++)
        if (canvas_cell(canvas, x, y)->style == STYLE_SELECTED)
            return true;
    return false;
}

static void end_line(GString *out)
{
    while (out->len && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
}

char *canvas_dump(const Canvas *canvas, bool cursor)
{
    GString *out = g_string_new(NULL);
    for (int y = 0; y < canvas_height(canvas); y++) {
        if (cursor)
            g_string_append_c(out, selected(canvas, y) ? '>' : ' ');
        for (int x = 0; x < canvas_width(canvas); x++)
            g_string_append(out, canvas_cell(canvas, x, y)->text);
        end_line(out);
    }
    return g_string_free(out, FALSE);
}

static char look_letter(const Canvas *canvas, int x, int y)
{
    unsigned flags = theme_look(THEME_MONO, 0, (Style)canvas_cell(canvas, x, y)->style).flags;
    int caret_x = 0, caret_y = 0;
    if (canvas_caret_at(canvas, &caret_x, &caret_y) && caret_x == x && caret_y == y)
        return '_';
    if (flags & LOOK_REVERSE)
        return flags & LOOK_BOLD ? 'R' : 'r';
    return flags & LOOK_UNDERLINE ? 'u' : flags & LOOK_BOLD ? 'b' : ' ';
}

char *canvas_dump_looks(const Canvas *canvas)
{
    GString *out = g_string_new(NULL);
    for (int y = 0; y < canvas_height(canvas); y++) {
        g_string_append_c(out, ' ');
        for (int x = 0; x < canvas_width(canvas); x++)
            g_string_append_c(out, look_letter(canvas, x, y));
        end_line(out);
    }
    return g_string_free(out, FALSE);
}
