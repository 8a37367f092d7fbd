/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/wrap.h"

#include <glib.h>

#include "base/term_text.h"

size_t wrap_line(const char *text, int width, size_t *skip)
{
    const char *at = text, *blank = NULL;
    int cells = 0;
    for (; *at; at = g_utf8_next_char(at)) {
        cells += term_char_cells(g_utf8_get_char(at));
        if (cells > width && at > text)
            break;
        if (*at == ' ')
            blank = at;
    }
    if (!*at) {
        *skip = (size_t)(at - text);
        return *skip;
    }
    if (*at == ' ')
        blank = at;
    const char *end = blank && blank > text ? blank : at;
    *skip = (size_t)(end - text) + (*end == ' ');
    return (size_t)(end - text);
}

int wrap_draw(Canvas *canvas, int x, int y, int width, int height, Style style, const char *text)
{
    g_autofree char *safe = term_dup(text);
    const char *at = safe;
    int line = 0;
    for (; at && *at && line < height && width > 0; line++) {
        size_t skip = 0, bytes = wrap_line(at, width, &skip);
        bool last = line + 1 == height;
        g_autofree char *part = last ? g_strdup(at) : g_strndup(at, bytes);
        canvas_text(canvas, x, y + line, width, style, part);
        at += skip;
    }
    return line;
}
