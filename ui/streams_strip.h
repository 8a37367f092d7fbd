/* SPDX-License-Identifier: Apache-2.0 */
/* ui/streams_strip.h - why the selected row is as it is, what to do about it, what is known of its data; where there is room its last runs. */
#ifndef TIDEMARK_UI_STREAMS_STRIP_H
#define TIDEMARK_UI_STREAMS_STRIP_H

#include "ui/canvas.h"
#include "ui/streams_tree.h"
#include "ui/ui.h"

/* Each sentence in at most lines_each lines. */
void streams_strip_draw(const Ui *ui, Canvas *canvas, Rect area, const TreeRow *row, int lines_each);

#endif
