/* SPDX-License-Identifier: Apache-2.0 */
/* ui/streams_columns.h - the columns of the Streams screen, as many as there is room for. */
#ifndef TIDEMARK_UI_STREAMS_COLUMNS_H
#define TIDEMARK_UI_STREAMS_COLUMNS_H

#include "ui/canvas.h"
#include "ui/streams_tree.h"
#include "ui/ui.h"

enum { STREAMS_COLUMNS = 8 };

typedef struct StreamsLayout {
    int name;                                       /* cells of the name column, from the area's second cell on */
    int x[STREAMS_COLUMNS], width[STREAMS_COLUMNS]; /* width 0: not shown */
} StreamsLayout;

StreamsLayout streams_layout(Rect area);
void streams_draw_heads(Canvas *canvas, Rect area, const StreamsLayout *layout);
/* Returns the x behind the name, which may reach beyond its column. */
int streams_draw_row(const Ui *ui, Canvas *canvas, int x, int y, const StreamsLayout *layout, const TreeRow *row, bool marked);

#endif
