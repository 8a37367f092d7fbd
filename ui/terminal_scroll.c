/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/terminal_scroll.h"

#include <string.h>

enum { LEAST_ROWS = 4 }; /* fewer are as cheap to write */

static bool same_row(const Cell *shown, const Canvas *canvas, int from, int to)
{
    int width = canvas_width(canvas);
    for (int x = 0; x < width - 1; x++)
        if (strcmp(shown[(size_t)from * (size_t)width + (size_t)x].text, canvas_cell(canvas, x, to)->text) != 0)
            return false;
    return true;
}

/* The longest run of rows that are found one row further, and of these how many would have to be written anew where they are. */
static int longest_run(const Cell *shown, const Canvas *canvas, int by, int *first, int *last)
{
    int height = canvas_height(canvas), best = 0, begin = -1, changed = 0;
    for (int y = 0; y < height; y++) {
        bool moved = y + by >= 0 && y + by < height && same_row(shown, canvas, y + by, y);
        if (!moved) {
            begin = -1;
            changed = 0;
            continue;
        }
        if (begin == -1)
            begin = y;
        changed += !same_row(shown, canvas, y, y);
        if (changed > best) {
            best = changed;
            *first = begin;
            *last = y;
        }
    }
    return best;
}

bool scroll_find(const Cell *shown, const Canvas *canvas, ScrollMove *out)
{
    int first = 0, last = 0;
    if (longest_run(shown, canvas, 1, &first, &last) >= LEAST_ROWS)
        *out = (ScrollMove){.top = first, .bottom = last + 1, .by = 1};
    else if (longest_run(shown, canvas, -1, &first, &last) >= LEAST_ROWS)
        *out = (ScrollMove){.top = first - 1, .bottom = last, .by = -1};
    else
        return false;
    return true;
}

void scroll_apply(Cell *shown, int width, const ScrollMove *move)
{
    static const Cell blank = {.text = " ", .style = STYLE_TEXT};
    size_t row = (size_t)width, rows = (size_t)(move->bottom - move->top);
    Cell *top = shown + (size_t)move->top * row, *free_row = move->by > 0 ? top + rows * row : top;
    memmove(move->by > 0 ? top : top + row, move->by > 0 ? top + row : top, rows * row * sizeof *shown);
    for (size_t x = 0; x < row; x++)
        free_row[x] = blank;
}
