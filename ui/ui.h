/* SPDX-License-Identifier: Apache-2.0 */
/* ui/ui.h - the console: one loop for keys, wake-ups and resizes; screens; and what screens may ask of it.
 *
 * Everything here belongs to the main thread. Workers reach the console only through the engine's and board's wake_fd. */
#ifndef TIDEMARK_UI_UI_H
#define TIDEMARK_UI_UI_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "jobs/board.h"
#include "jobs/engine.h"

typedef struct Ui Ui;
typedef struct Screen Screen;

/* What the caller is to do once the loop has ended. */
typedef enum UiWish {
    UI_WISH_NONE = 0,
    UI_WISH_DEMO, /* make the bundled sample's database and open the console on it */
    UI_WISH_INIT  /* write a tidemark.yaml */
} UiWish;

typedef struct UiSetup {
    const Catalog *catalog; /* NULL: no configuration was found (the welcome screen) */
    State *state;           /* NULL: no history; settings are not kept */
    Engine *engine;         /* NULL without a catalog, and so is board */
    Board *board;
    int wake_fd;             /* the reading end of what engine and board write to; -1: none */
    int waker_fd;            /* its writing end, for the console's own threads; -1: none */
    const char *destination; /* "warehouse@pg1.internal" for the header */
    const char *label;       /* "PROD", or NULL */
    const char *problems;    /* welcome screen: what was looked for */
    bool read_only, ascii, no_mouse;
    const char *theme;        /* NULL: as remembered, else by the terminal */
    const char *script;       /* --script FILE: keys from there, frames as text; no terminal is touched */
    const char *script_out;   /* directory for NAME.screen files; NULL: stdout */
    int stop_fd;              /* readable when a stop signal came; -1: none */
    int (*stop_signal)(void); /* its number, or 0 */
    bool can_detach;          /* jobs may go on headless */
    UiWish *wish;             /* set to what ui_leave_for() asked for; NULL: nobody could do it */
} UiSetup;

/* Runs until the operator leaves. Returns the exit status; *detached: the terminal is given back (or lost) and jobs are to go on headless, which is the
 * caller's work. */
int ui_run(const UiSetup *setup, bool *detached);

/* ---- for screens ---- */
const Catalog *ui_catalog(const Ui *ui); /* may be NULL */
Engine *ui_engine(const Ui *ui);
Board *ui_board(const Ui *ui);
State *ui_state(const Ui *ui);
const char *ui_problems(const Ui *ui);
const char *ui_destination(const Ui *ui);
bool ui_read_only(const Ui *ui);
bool ui_can_detach(const Ui *ui);

/* The snapshot of this turn of the loop, the same for all screens of a frame; never NULL. Borrowed until the next turn. */
const EngineView *ui_engine_view(const Ui *ui);

/* Notes that a screen or dialog is to be opened (by registry name), after the running handler returned. A screen with a number becomes the current tab. */
void ui_open(Ui *ui, const char *screen, const char *argument);
/* A sentence above the keys until the next key; `bad` with the bell. Text from data is made visible. */
void ui_say(Ui *ui, bool bad, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* A line of text from the operator on the bottom line; what was typed is passed to the screen's act() as argument of `action`. Not called when given up. */
void ui_prompt(Ui *ui, const char *prompt, const char *initial, int action);
/* Copies to the terminal's clipboard (OSC 52, also inside tmux). */
void ui_copy(Ui *ui, const char *text);
/* Runs a palette command, "sync app.users", after the running handler returned. */
void ui_command(Ui *ui, const char *command);
/* Starts the plan of a command line, stops a run (stream NULL: all of it). Both return at once; what came of it is said, perhaps later (orders.h). */
void ui_start_job(Ui *ui, Plan *plan_taken, const char *line);
void ui_stop_run(Ui *ui, int64_t run, const char *stream);
int ui_jobs_starting(const Ui *ui); /* that do not run yet */
/* Leaves: what still runs is stopped (false), or goes on headless (true; only with ui_can_detach()). For the dialog that asks. */
void ui_leave(Ui *ui, bool jobs_go_on);
/* Leaves, and the caller of ui_run() does that. For the welcome screen. */
void ui_leave_for(Ui *ui, UiWish wish);

/* Remembered in the state file under "ui.<name>": sorting, filters, theme, the open screen. */
const char *ui_setting(Ui *ui, const char *name);                 /* NULL: never set; borrowed until it is set */
void ui_set_setting(Ui *ui, const char *name, const char *value); /* NULL value: "" */

/* The clock of this frame (tests pin it): microseconds UTC, and milliseconds that never jump. */
int64_t ui_now_us(const Ui *ui);
int64_t ui_now_ms(const Ui *ui);
/* No key came for a tenth of a second: what a screen tells of the selected row may wait for that, so that moving through a list is no more than that on a
 * slow line. True in scripts. */
bool ui_rests(const Ui *ui);
/* In UTC or local, as `u` chose; "-" for TIME_NONE. */
bool ui_local_time(const Ui *ui);
const char *ui_time_short(const Ui *ui, int64_t us, char out[32]);     /* "11-22 04:05" */
const char *ui_time_clock(const Ui *ui, int64_t us, char out[32]);     /* "06:07:41" */
const char *ui_time_day_clock(const Ui *ui, int64_t us, char out[32]); /* "11-22 06:07:41" */
const char *ui_time_long(const Ui *ui, int64_t us, char out[32]);      /* "2024-01-15 10:00:03" */
const char *ui_zone(const Ui *ui, int64_t us, char out[32]);           /* "UTC", "CET" */
/* "2m", "1h02", "3d4h" of microseconds; "-" for TIME_NONE. */
const char *ui_span_short(int64_t us, char out[32]);
/* Since a moment, as above; below a minute "<1m": a list of ages is not to be sent anew each second. */
const char *ui_age_short(const Ui *ui, int64_t us, char out[32]);

#endif
