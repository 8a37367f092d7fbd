/* SPDX-License-Identifier: Apache-2.0 */
/* ui/dialog_first_write.h - what is asked once, before the first write into a database that has no tables of ours. */
#ifndef TIDEMARK_UI_DIALOG_FIRST_WRITE_H
#define TIDEMARK_UI_DIALOG_FIRST_WRITE_H

#include "jobs/board.h"
#include "ui/canvas.h"

bool first_write_asks(const Plan *plan);
void first_write_draw(const Plan *plan, Canvas *canvas, Rect area);

#endif
