/* SPDX-License-Identifier: Apache-2.0 */
/* ui/job_dialog.h - what the dialogs that start a job have in common: the plan that is asked for, shown and then started as it is (promise 6). */
#ifndef TIDEMARK_UI_JOB_DIALOG_H
#define TIDEMARK_UI_JOB_DIALOG_H

#include "jobs/engine.h"
#include "ui/list.h"
#include "ui/screen.h"

enum { ACT_SQL = ACT_OWN, ACT_JOB_OWN }; /* a dialog's further actions begin at ACT_JOB_OWN */

typedef enum JobView { VIEW_PLAN, VIEW_SQL, VIEW_FIRST_WRITE } JobView;

/* First member of a dialog's data. */
typedef struct JobDialog {
    JobRequest request;
    char *line;     /* request as words; NULL: there is no request to plan */
    Plan *plan;     /* of `line`; NULL: none yet, or none can be made: */
    Err err;        /* code ERR_NONE: it is being made */
    bool estimated; /* the rows at the sources were counted, or could not be */
    int64_t ticket; /* of the answer at hand */
    JobView view;
    JobView back;   /* where VIEW_SQL leads back to */
    List list;      /* of the plan's streams */
    GPtrArray *sql; /* char *: rows of VIEW_SQL */
    List sql_list;
} JobDialog;

/* False, with the reason said, when the argument cannot be read. Nothing is asked yet. */
bool job_dialog_open(Screen *screen, const JobOps *job, const char *argument);
/* After `request` changed: another plan is asked for. */
void job_dialog_ask(Screen *screen);
/* There is no request to plan (why NULL: it is not complete). */
void job_dialog_clear(Screen *screen, const Err *why);
void job_dialog_refresh(Screen *screen);
/* Moves, SQL and the way back from it; false: not mine. */
bool job_dialog_act(Screen *screen, int action, UiReaction *reaction);
UiReaction job_dialog_key(Screen *screen, const UiKey *key);
/* Starts the plan and closes the dialog; before the first write into a database it asks. */
UiReaction job_dialog_start(Screen *screen);
const char *job_dialog_unavailable(const Screen *screen, int action);
void job_dialog_command_line(const Screen *screen, GString *out);
void job_dialog_close(Screen *screen);

int job_dialog_runnable(const JobDialog *dialog);                           /* streams of the plan that can run */
bool job_dialog_draw_view(const Screen *screen, Canvas *canvas, Rect area); /* false: VIEW_PLAN is the dialog's own */
/* Where it writes, what is read, what is refused, in up to three rows; returns the row below. */
int job_dialog_draw_summary(const JobDialog *dialog, Canvas *canvas, Rect area);
/* The streams, and the selected one's details below when there is room. */
void job_dialog_draw_streams(const Screen *screen, Canvas *canvas, Rect area);
/* What the selected stream reads, why and into which table; or why it cannot run. */
void job_dialog_draw_detail(const JobDialog *dialog, Canvas *canvas, Rect area);
/* "raw_app.users"; g_free() it. */
char *job_dialog_table(const StreamPlan *stream);

#endif
