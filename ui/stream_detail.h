/* SPDX-License-Identifier: Apache-2.0 */
/* ui/stream_detail.h - all that is known of one stream, as lines of text. */
#ifndef TIDEMARK_UI_STREAM_DETAIL_H
#define TIDEMARK_UI_STREAM_DETAIL_H

#include "ui/canvas.h"
#include "ui/ui.h"

typedef struct DetailLine {
    char *label, *text; /* a heading has only a label; text is wrapped behind its label */
    Style style;
    int64_t run;  /* of the line of a run; 0: none */
    bool rejects; /* the line that leads to the rejects */
} DetailLine;

/* DetailLine; `plan`: of the next sync of the stream, NULL: not known yet. Free with g_ptr_array_unref(). */
GPtrArray *stream_detail_lines(const Ui *ui, const StreamRow *row, const Stream *stream, const Plan *plan, const Err *plan_err);

#endif
