/* SPDX-License-Identifier: Apache-2.0 */
/* ui/screen.h - what a screen or a dialog is made of.
 *
 * Adding one: ui/screen_NAME.c with one `const ScreenOps screen_NAME` at its foot, a script test (tests/console/NAME.keys and .screen), one line in
 * registry.c and one in Makefile.inc. The one header is this one; ui/ui.h says what a screen may ask of the console, ui/canvas.h how to draw, ui/list.h has the
 * cursor of a list, ui/line_edit.h a text field, base/term_text.h numbers, spans and sizes.
 *
 * A screen is data that refresh() copies, draw() draws and act() changes. None of them does I/O, takes a lock or blocks: what has to wait is asked of the
 * board with screen_ask() (usually in open()) and arrives in a later refresh(). refresh() is called when the screen opens or shows again, when an answer for it
 * arrived, when the engine has news, and once a minute. What draw() learns about its size (a list's height) it may keep through screen->data.
 *
 * The frame around it is not the screen's work: tabs, destination, clock, the keys (from `actions`) and messages are drawn by the console. Leave the first column
 * of the area blank, so that text and cursor rows line up with the header. A screen gets its area; from 160 columns on it may use the right side itself.
 * Style means something and never carries the meaning alone: a sign or a word says it too. To keep a move of the cursor under 300 bytes, restyle only the
 * cells that name the row (canvas_restyle() with STYLE_SELECTED), not all of it.
 *
 * A dialog is a screen with `modal` set: the console draws its box and title, the `tidemark …` line that does the same and `y copy`; the screen below stays
 * visible around it and gets no keys. `:NAME ARGUMENT` opens any screen with a `help` text, so a dialog for a job is found from everywhere. */
#ifndef TIDEMARK_UI_SCREEN_H
#define TIDEMARK_UI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/action.h"
#include "ui/canvas.h"
#include "ui/ui.h"

/* What the loop is to do after act(); a handler never redraws, opens or closes by itself (ui_open() only notes what to open). */
typedef enum UiReaction {
    UI_NONE = 0, /* of key(): not mine */
    UI_REDRAW = 1,
    UI_REFRESH = 2 | UI_REDRAW, /* call refresh() before drawing */
    UI_BACK = 4,                /* close this screen */
    UI_QUIT = 8                 /* leave the console (the loop asks when jobs run) */
} UiReaction;

typedef struct ScreenOps {
    const char *name;     /* "history": `:history`, the open screen remembered in the state file */
    const char *title;    /* "History" */
    int number;           /* 1…5: its place among the tabs; 0: opened from another screen */
    bool modal;           /* a dialog */
    bool writes;          /* not with --read-only */
    const char *argument; /* palette: as Action.argument; "STREAM…", or NULL */
    const char *help;     /* one sentence for palette and help; NULL: cannot be opened by name */
    const Action
        *actions; /* {0}-terminated: key map, bottom line, help, palette and manual walk it; the first rows are shown first */
    size_t size;  /* bytes of private data, zeroed */

    bool (*open)(Screen *screen, const char *argument); /* optional; "app.users", "42", or NULL. False: ui_say() told why */
    void (*refresh)(Screen *screen);                    /* optional */
    void (*draw)(const Screen *screen, Canvas *canvas, Rect area);
    UiReaction (*act)(Screen *screen, int action, const char *argument); /* argument: typed in the palette or a prompt, else NULL */
    /* Optional: why an action cannot be done now ("no run is selected"): it is left out of the bottom line and the reason is said when it is tried. NULL: it
     * can. */
    const char *(*unavailable)(const Screen *screen, int action);
    UiReaction (*key)(Screen *screen, const UiKey *key); /* optional: sees each key first (text fields); UI_NONE: not mine */
    UiReaction (*click)(Screen *screen, Rect area, const UiKey *at); /* optional; area: as in draw() */
    void (*filter)(Screen *screen, const char *text);                /* optional: `/` works here, at each key; NULL: no filter */
    bool (*find)(Screen *screen, int direction);       /* optional: n (1) and N (-1); false: there is no other match */
    void (*crumb)(const Screen *screen, GString *out); /* optional, for details and dialogs: "run 3  sync app"; else title */
    void (*summary)(const Screen *screen, Canvas *canvas, Rect area);   /* optional: the header's second line, left of the clock */
    void (*command_line)(const Screen *screen, GString *out);           /* optional: the `tidemark …` line that does the same */
    void (*dialog_size)(const Screen *screen, int *width, int *height); /* modal: what it wants; it gets at most what there is */
    void (*close)(Screen *screen);                                      /* optional: frees what data points to */
} ScreenOps;

struct Screen {
    const ScreenOps *ops;
    Ui *ui;
    void *data; /* ScreenOps.size bytes */
};

/* Asks the board; the answer arrives in a later refresh(). Asked again every `every_ms` while the screen is visible (0: once). A later ask of the same question
 * replaces it. Texts are copied. */
void screen_ask(Screen *screen, const BoardAsk *ask, int every_ms);
/* The newest answer to the screen's own question; NULL: none yet. Borrowed until the next refresh(). */
const BoardAnswer *screen_answer(const Screen *screen, BoardQuestion question);
/* Takes the plan out of the newest answer to ASK_PLAN, for engine_start(); NULL: there is none. */
Plan *screen_take_plan(Screen *screen);
/* True while an ask is on its way: the answer at hand, if any, is to an older one. */
bool screen_asking(const Screen *screen, BoardQuestion question);

extern const ScreenOps *const screen_registry[]; /* NULL-terminated; also the dialogs */
const ScreenOps *screen_find(const char *name);
const ScreenOps *screen_numbered(int number);

#endif
