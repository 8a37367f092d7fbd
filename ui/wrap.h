/* SPDX-License-Identifier: Apache-2.0 */
/* ui/wrap.h - text over several lines. */
#ifndef TIDEMARK_UI_WRAP_H
#define TIDEMARK_UI_WRAP_H

#include <stddef.h>

#include "ui/canvas.h"

/* Bytes of the text that make its first line of at most `width` cells, cut between words where there are any; *skip: bytes to go on after (a blank at the
 * cut is left out). The text is safe to show (term_dup()). Always moves on while there is text. */
size_t wrap_line(const char *text, int width, size_t *skip);

/* Draws in at most `height` lines of `width` cells; the last one ends in an ellipsis when there is more. Returns the lines used. */
int wrap_draw(Canvas *canvas, int x, int y, int width, int height, Style style, const char *text);

#endif
