/* SPDX-License-Identifier: Apache-2.0 */
/* ui/run_text.h - how runs and their streams are written on the screens that show them. */
#ifndef TIDEMARK_UI_RUN_TEXT_H
#define TIDEMARK_UI_RUN_TEXT_H

#include "ui/screen.h"

/* Draws "x failed", "! rejects", "done": a sign where there is trouble, and the word. */
void run_draw_outcome(Canvas *canvas, int x, int y, int width, const char *outcome);
/* True when the outcome wants attention. */
bool run_outcome_bad(const char *outcome);

/* "read 10 = written 7 + unchanged 0 + rejected 1 + filtered 0 + in flight 2"; the last only with in_flight >= 0. */
void run_append_balance(GString *out, const Counts *counts, int64_t in_flight);
/* The same in half the room: "10 = 7 w + 0 u + 1 r + 2 f". */
void run_append_balance_short(GString *out, const Counts *counts, int64_t in_flight);

/* Opens the dialog of the job with the arguments of an earlier run: "sync app.users --strict". */
void run_again(Ui *ui, const char *arguments);
/* Why it cannot be opened, or NULL. */
const char *run_again_unavailable(const char *arguments);

/* The question of a screen was not answered: draws what is to be said. */
void run_draw_error(Canvas *canvas, Rect area, const Err *err);

#endif
