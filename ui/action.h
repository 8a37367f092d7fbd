/* SPDX-License-Identifier: Apache-2.0 */
/* ui/action.h - what can be done, as data: one row gives keys, name, help and what it needs; key map, bottom line, help screen, command palette
 * and manual all walk it. */
#ifndef TIDEMARK_UI_ACTION_H
#define TIDEMARK_UI_ACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A key as the loop delivers it: a Unicode code point (control keys 1…31), or one of UIKEY_… */
typedef struct UiKey {
    uint32_t code;
    int x, y;   /* UIKEY_MOUSE: the cell */
    bool twice; /* UIKEY_MOUSE: a double click */
} UiKey;
enum {
    UIKEY_UP = 0x110000,
    UIKEY_DOWN,
    UIKEY_LEFT,
    UIKEY_RIGHT,
    UIKEY_HOME,
    UIKEY_END,
    UIKEY_PAGE_UP,
    UIKEY_PAGE_DOWN,
    UIKEY_ENTER,
    UIKEY_ESCAPE,
    UIKEY_TAB,
    UIKEY_BACKTAB,
    UIKEY_BACKSPACE,
    UIKEY_DELETE,
    UIKEY_MOUSE,
    UIKEY_WHEEL_UP,
    UIKEY_WHEEL_DOWN,
    UIKEY_NONE
};
#define UIKEY_CTRL(letter) ((uint32_t)(letter)&0x1f)

typedef struct Action {
    int id;               /* own numbers per screen from ACT_OWN on; the common ones below */
    const char *keys;     /* "s", "j Down", "g Home", "Ctrl-L": separated by blanks; the first is the one shown; NULL: only typed */
    const char *name;     /* "cancel-stream": the palette's command; NULL: only a key, which help lists elsewhere */
    const char *label;    /* the bottom line's words when they differ from the name: "cancel stream" */
    const char *argument; /* palette: "[STREAM…]" (completed with stream names), "dark|light|mono" (with these words), or NULL */
    const char *help;     /* one sentence for help and manual, no full stop */
    bool writes;          /* hidden and refused with --read-only */
    bool hidden;          /* not on the bottom line (movement) */
} Action;

/* Actions that mean the same everywhere; screens list the ones they answer to, moves with ACTION_MOVES. */
enum {
    ACT_NONE = 0,
    ACT_UP,
    ACT_DOWN,
    ACT_PAGE_UP,
    ACT_PAGE_DOWN,
    ACT_TOP,
    ACT_BOTTOM,
    ACT_LEFT,
    ACT_RIGHT,
    ACT_ENTER,
    ACT_MARK,
    ACT_SORT,
    ACT_SORT_REVERSE,
    ACT_TROUBLE,
    ACT_OWN = 100,
    ACT_GLOBAL = 1000 /* from here on: the console's own, in globals.c */
};

/* What works on every screen, {0}-terminated: `:` `/` `?` Esc … */
extern const Action ui_global_actions[];

/* Moves of a list, to be put into a screen's table as one line. */
/* clang-format off */
#define ACTION_MOVES                                                                                      \
    {.id = ACT_DOWN, .keys = "j Down", .name = "down", .help = "one row down", .hidden = true},           \
    {.id = ACT_UP, .keys = "k Up", .name = "up", .help = "one row up", .hidden = true},                   \
    {.id = ACT_PAGE_DOWN, .keys = "PgDn Ctrl-F", .name = "page-down", .help = "one page down", .hidden = true}, \
    {.id = ACT_PAGE_UP, .keys = "PgUp Ctrl-B", .name = "page-up", .help = "one page up", .hidden = true}, \
    {.id = ACT_TOP, .keys = "g Home", .name = "top", .help = "to the first row", .hidden = true},         \
    {.id = ACT_BOTTOM, .keys = "G End", .name = "bottom", .help = "to the last row", .hidden = true}
/* clang-format on */

/* The action of a {0}-terminated table that has the key, or the name; NULL: none. */
const Action *action_of_key(const Action *table, const UiKey *key);
const Action *action_named(const Action *table, const char *name);
const char *action_label(const Action *action);
/* The first key as shown: "s", "Enter", "^L"; "" without a key. */
const char *action_key(const Action *action, char out[16]);

/* "j", "é", "Down", "Ctrl-L", "Space" …; false when unknown. Scripts use it too. */
bool key_parse(const char *name, UiKey *out);

#endif
