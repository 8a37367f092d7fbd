/* SPDX-License-Identifier: Apache-2.0 */
/* ui/terminal_scroll.h - finds out that a frame is the one before with some rows moved by one: the terminal can move them itself. */
#ifndef TIDEMARK_UI_TERMINAL_SCROLL_H
#define TIDEMARK_UI_TERMINAL_SCROLL_H

#include "ui/canvas.h"

typedef struct ScrollMove {
    int top, bottom; /* rows that move, both included */
    int by;          /* 1: up, the bottom row becomes free; -1: down */
} ScrollMove;

/* `shown` is the last frame, of the canvas's size. How a cell looks does not count, nor does the last column, where lists have their marks. */
bool scroll_find(const Cell *shown, const Canvas *canvas, ScrollMove *out);

/* Moves the cells of the frame alike; the row that becomes free is blank. */
void scroll_apply(Cell *shown, int width, const ScrollMove *move);

#endif
