/* SPDX-License-Identifier: Apache-2.0 */
/* ui/run_pane.h - one run, while it goes on and afterwards: what the screens "run" and "runs" show of it.
 *
 * It asks ASK_RUN of the screen it belongs to: once a second while the run goes on, once more when it has ended. */
#ifndef TIDEMARK_UI_RUN_PANE_H
#define TIDEMARK_UI_RUN_PANE_H

#include "ui/list.h"
#include "ui/screen.h"

typedef struct PaneRow {
    char *id, *note, *error, *hint, *window, *why;
    char *word; /* the phase; also "killed", which only the state file knows */
    StreamPhase phase;
    Counts counts;
    int64_t in_flight, estimate; /* estimate -1: not known */
    int64_t continues, kept;     /* RunStreamRecord's */
    int64_t rows_per_second;
    int64_t took_ms; /* -1: not started */
} PaneRow;

enum { PANE_SAMPLES = 64 };

typedef struct RunPane {
    int64_t run;
    bool known, live, here;
    char *arguments, *job, *operator_name, *host, *outcome, *destination, *version;
    int exit_status;
    int64_t started_us, ended_us, elapsed_ms, memory_bytes;
    int64_t in_flight, estimate, rows_per_second, eta_ms; /* -1: not known */
    Counts counts;
    int64_t continues, kept, continued_us; /* BoardAnswer's, and when that run ended */
    char *continued_outcome;               /* NULL: history does not have that run */
    char *held_up_by;                      /* NULL: nothing yet, or not known */
    GPtrArray *rows;                       /* PaneRow, as shown; a fold row comes last */
    int done;                              /* streams folded into the fold row; 0: there is none */
    bool unfolded;
    Counts folded;
    List list;
    char *cursor_id;
    int64_t samples[PANE_SAMPLES]; /* rows/s, one a second, the newest last */
    int sample_count;
    int64_t sampled_us;
    int asked_every_ms;
} RunPane;

enum { PANE_CANCEL_STREAM = ACT_OWN, PANE_CANCEL_RUN, PANE_AGAIN, PANE_LOG, PANE_OWN };

/* clang-format off */
#define RUN_PANE_ACTIONS                                                                                                              \
    {ACT_ENTER, "Enter", "open", .label = "stream", .help = "the stream, its rejects when it has some; the folded ones: show them"}, \
    {PANE_CANCEL_STREAM, "c", "cancel-stream", .label = "cancel stream", .help = "stop the selected stream of the run", .writes = true}, \
    {PANE_CANCEL_RUN, "C", "cancel-run", .label = "cancel run", .help = "stop the run with all of its streams", .writes = true},     \
    {PANE_AGAIN, "r", "run-again", .label = "run again", .help = "start a run with the same arguments", .writes = true},            \
    {PANE_LOG, "l", "run-log", .label = "log", .help = "everything the run said"}
/* clang-format on */

void run_pane_open(RunPane *pane, Screen *screen, int64_t run);
void run_pane_refresh(RunPane *pane, Screen *screen);
UiReaction run_pane_act(RunPane *pane, const Screen *screen, int action);
const char *run_pane_unavailable(const RunPane *pane, int action);
UiReaction run_pane_click(RunPane *pane, const Screen *screen, Rect list, const UiKey *at);
void run_pane_close(RunPane *pane);
/* NULL: the row under the cursor is no stream. */
const PaneRow *run_pane_selected(const RunPane *pane);

/* run_pane_draw.c */
void run_pane_draw(RunPane *pane, const Screen *screen, Canvas *canvas, Rect area);
void run_pane_summary(const RunPane *pane, const Screen *screen, Canvas *canvas, Rect area);
Rect run_pane_list(const RunPane *pane, const Screen *screen, Rect area); /* where the streams are */
/* Progress in permille, never the whole while it goes on; -1: not known. */
int run_permille(int64_t read, int64_t estimate, bool live);
/* "34s" of milliseconds, "?" when not known. */
const char *run_eta(int64_t ms, char out[32]);

#endif
