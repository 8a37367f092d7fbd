/* SPDX-License-Identifier: Apache-2.0 */
/* ui/terminal.h - a canvas on a real terminal, by ncurses: the only files that know ncurses. Main thread; one at a time.
 *
 * Between terminal_open() and terminal_close() a crash (SIGSEGV, SIGABRT …) gives the terminal back before it ends the process. */
#ifndef TIDEMARK_UI_TERMINAL_H
#define TIDEMARK_UI_TERMINAL_H

#include "base/err.h"
#include "ui/action.h"
#include "ui/canvas.h"
#include "ui/theme.h"

typedef struct Terminal Terminal;

/* NULL with ERR_USAGE when $TERM is unknown or cannot place the cursor. */
Terminal *terminal_open(Theme theme, Err *err);
void terminal_close(Terminal *terminal);

void terminal_size(const Terminal *terminal, int *width, int *height);
void terminal_theme(Terminal *terminal, Theme theme);
void terminal_mouse(Terminal *terminal, bool on);

/* Writes what differs from the last frame; nothing when nothing does. */
void terminal_show(Terminal *terminal, const Canvas *canvas);
void terminal_bell(Terminal *terminal);
/* Passes bytes on as they are (OSC 52). */
void terminal_send(Terminal *terminal, const char *bytes, size_t len);
/* The next frame is written completely: Ctrl-L, after a stop. */
void terminal_repaint(Terminal *terminal);
/* After SIGWINCH: asks for the size again. */
void terminal_resized(Terminal *terminal);

/* The next key that is already there; false: none. */
bool terminal_key(Terminal *terminal, UiKey *key);

/* Gives the terminal back, stops the process group as Ctrl-Z does, and takes the terminal again when it goes on. */
void terminal_suspend(Terminal *terminal);

#endif
