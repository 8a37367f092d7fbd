/* SPDX-License-Identifier: Apache-2.0 */
/* The canvas as plain text. */
#include <glib.h>

#include "ui/canvas.h"

static bool selected(const Canvas *canvas, int y)
{
    for (int x = 0; x < canvas_width(canvas); x++)
        if (canvas_cell(canvas, x, y)->style == STYLE_SELECTED)
            return true;
    return false;
}

char *canvas_dump(const Canvas *canvas, bool cursor)
{
    GString *out = g_string_new(NULL);
    for (int y = 0; y < canvas_height(canvas); y++) {
        if (cursor)
            g_string_append_c(out, selected(canvas, y) ? '>' : ' ');
        for (int x = 0; x < canvas_width(canvas); x++)
            g_string_append(out, canvas_cell(canvas, x, y)->text);
        while (out->len && out->str[out->len - 1] == ' ')
            g_string_truncate(out, out->len - 1);
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}
