/* SPDX-License-Identifier: Apache-2.0 */
/* ui/ui_private.h - the console's inside: for the files that make up the loop, never for a screen. */
#ifndef TIDEMARK_UI_UI_PRIVATE_H
#define TIDEMARK_UI_UI_PRIVATE_H

#include "ui/line_edit.h"
#include "ui/orders.h"
#include "ui/screen.h"
#include "ui/terminal.h"
#include "ui/theme.h"

enum { TABS = 5, LEAST_WIDTH = 40, LEAST_HEIGHT = 10, CLICK_SPOTS = 32, REST_MS = 100 };

/* A question of one screen and its newest answer. */
typedef struct Asked {
    bool used, due; /* due: to be sent after the next frame */
    BoardAsk ask;   /* its texts are in `texts` */
    GPtrArray *texts;
    int every_ms;
    int64_t next_ms, ticket; /* ticket 0: nothing is on its way */
    BoardAnswer *answer;
} Asked;

typedef struct OpenScreen {
    Screen screen; /* first, so that a Screen * leads back here */
    Asked asked[ASK_QUESTIONS];
    Rect area;    /* where it was drawn */
    char *filter; /* what `/` said, or NULL */
    bool stale;   /* refresh() before it is drawn */
} OpenScreen;

typedef struct Settings Settings;

typedef enum PromptKind { PROMPT_NONE, PROMPT_ACTION, PROMPT_COMMAND, PROMPT_FILTER } PromptKind;

typedef struct Prompt {
    PromptKind kind;
    char *text;  /* before the input */
    int action;  /* PROMPT_ACTION */
    char *saved; /* PROMPT_FILTER: the filter before; PROMPT_COMMAND: what was typed before history was walked */
    int back;    /* PROMPT_COMMAND: steps into history; 0: none */
    LineEdit edit;
} Prompt;

typedef struct ClickSpot {
    Rect rect;
    int action;
} ClickSpot;

struct Ui {
    UiSetup setup;
    Canvas *canvas;
    Terminal *terminal; /* NULL: script mode */
    Theme theme;
    GPtrArray *stacks[TABS + 1]; /* OpenScreen, the top one last; [0]: without a tab */
    int tab;
    GQueue opens; /* char *[2]: what ui_open() noted; without a screen: a command */
    EngineView *view;
    int live_runs; /* of all processes, in `view` */
    Prompt prompt;
    GPtrArray *history; /* char *: commands of the palette, newest last */
    Settings *settings;
    Orders *orders; /* NULL: nothing can be ordered */
    char *message;
    bool message_bad, bell, local_time, mouse;
    bool suspend, leaving, detach, lost; /* what the loop is to do */
    int64_t now_us, now_ms, pinned_us;   /* pinned_us TIME_NONE: the clock goes */
    ClickSpot spots[CLICK_SPOTS];
    int spot_count;
    int64_t key_ms; /* when the last key came */
    int64_t clicked_ms;
    int clicked_x, clicked_y;
};

/* ui.c */
Ui *ui_new(const UiSetup *setup);
void ui_free(Ui *ui);
void ui_look(Ui *ui);            /* a new snapshot of the engine, answers of the board */
void ui_draw(Ui *ui);            /* refreshes what is stale, draws all into the canvas, shows it */
bool ui_ordered(const Ui *ui);   /* an order has not ended, or what came of it was not said yet */
void ui_clock(Ui *ui);           /* reads the clock for this frame */
bool ui_runs_here(const Ui *ui); /* also what is only just being started */
int ui_exit_status(const Ui *ui);

/* stack.c */
OpenScreen *stack_top(const Ui *ui);
OpenScreen *stack_under(const Ui *ui, const OpenScreen *above); /* the screen below; NULL: none */
bool stack_visible(const Ui *ui, const OpenScreen *open);
void stack_begin(Ui *ui); /* opens the first screen */
void stack_apply(Ui *ui); /* opens what was noted */
void stack_close_top(Ui *ui);
void stack_back(Ui *ui); /* one level out; at the top: the same as leaving */
void stack_show_tab(Ui *ui, int number);
void stack_stale(Ui *ui); /* all visible screens refresh before the next frame */
void stack_free(Ui *ui);

/* asks.c */
void asks_send(Ui *ui);
bool asks_take(Ui *ui); /* true: an answer arrived */
bool asks_waiting(const Ui *ui);
int64_t asks_next_ms(const Ui *ui); /* when the next is due; G_MAXINT64: none */
void asks_again(Ui *ui);            /* all visible ones, now */
void asks_free(OpenScreen *open);

/* input.c */
void ui_key(Ui *ui, const UiKey *key);
bool ui_dispatch(Ui *ui, const Action *action, const char *argument); /* on the top screen or the console itself */
void ui_leave_asked(Ui *ui);

/* globals.c */
bool globals_offered(const Ui *ui, const Action *action); /* works on the screen that is on top */
void globals_act(Ui *ui, int action, const char *argument);
enum {
    ACT_COMMAND = ACT_GLOBAL,
    ACT_FILTER,
    ACT_NEXT_MATCH,
    ACT_PREVIOUS_MATCH,
    ACT_HELP,
    ACT_BACK,
    ACT_ZONE,
    ACT_REFRESH,
    ACT_MOUSE,
    ACT_THEME,
    ACT_COPY_LINE,
    ACT_SUSPEND,
    ACT_QUIT,
    ACT_TAB /* + number */
};

/* prompt.c */
void prompt_begin(Ui *ui, PromptKind kind, const char *text, const char *initial, int action);
void prompt_key(Ui *ui, const UiKey *key);
void prompt_draw(const Ui *ui, Canvas *canvas);
void prompt_end(Ui *ui);

/* palette.c */
void palette_run(Ui *ui, const char *command);
void palette_complete(Ui *ui, LineEdit *edit);
GPtrArray *palette_candidates(const Ui *ui, const char *typed); /* Candidate */
typedef struct Candidate {
    char *word, *help;
} Candidate;
void palette_load(Ui *ui);

/* frame.c */
Rect frame_area(const Ui *ui);
void frame_draw(Ui *ui);

/* dialog.c */
void dialog_draw(Ui *ui, OpenScreen *open);

/* script.c */
int script_run(Ui *ui);

/* settings.c: a thread of its own reads all settings once and writes what was set. Neither call waits longer than about a second. */
Settings *settings_new(State *state); /* NULL: nothing is kept */
void settings_flush(Settings *settings);
void settings_free(Settings *settings); /* what could not be written by then is given up */

#endif
