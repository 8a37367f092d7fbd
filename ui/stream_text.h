/* SPDX-License-Identifier: Apache-2.0 */
/* ui/stream_text.h - how a stream's facts are written on the Streams screen and on that of one stream. */
#ifndef TIDEMARK_UI_STREAM_TEXT_H
#define TIDEMARK_UI_STREAM_TEXT_H

#include "ui/ui.h"

#include "ui/canvas.h"

Style stream_state_style(const char *state);
/* Its last runs, newest at the right: height = rows written, signs for the others; what is locked or still runs is left out. */
void stream_spark_draw(Canvas *canvas, int x, int y, int width, const StreamRow *row);
/* What it does in the run that goes on: bar and percent, or the phase, or what it waits for. */
void stream_live_draw(Canvas *canvas, int x, int y, int width, const StreamView *live);
/* "11-22 04:05", with the year where it is another one than now's: "2024-01-15". */
const char *stream_time(const Ui *ui, int64_t us, char out[32]);
/* Behind the source's newest row; where that is not known since the last good run, "~2h". */
char *stream_lag(const Ui *ui, const StreamRow *row);
/* "88,310 rows as of 04:05; the source is 2h02 ahead". */
char *stream_data(const Ui *ui, const StreamRow *row);
/* The last run of it that has ended, or NULL. */
const RunStreamRecord *stream_last_run(const StreamRow *row);
/* "done", "failed", "killed" …: what became of the stream in that run. */
const char *stream_run_outcome(const RunStreamRecord *record);
/* "?" for -1; grouped: "1,904,416". g_free() it. */
char *stream_number(int64_t number);

#endif
