/* SPDX-License-Identifier: Apache-2.0 */
/* ui/dialog_text.h - sentences in dialogs. */
#ifndef TIDEMARK_UI_DIALOG_TEXT_H
#define TIDEMARK_UI_DIALOG_TEXT_H

#include "ui/canvas.h"

/* Draws the text over several rows from the area's first one on, and returns the row below; what does not fit is cut with an ellipsis. Nothing is drawn, and
 * area.y returned, when the area has no room. Control characters are made visible. */
int dialog_wrap(Canvas *canvas, Rect area, Style style, const char *text);

/* What is left of the area from row y on. */
Rect dialog_rest(Rect area, int y);

#endif
