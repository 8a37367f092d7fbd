/* SPDX-License-Identifier: Apache-2.0 */
/* ui/terminal_rescue.h - gives the terminal back when the process crashes: settings of the line as they were, screen, cursor and mouse by bytes prepared
 * beforehand; only calls that a signal handler may make. What handled the signal before handles it afterwards.
 * Until then stderr, if it is a terminal, is set aside: a line from some library would spoil the screen. */
#ifndef TIDEMARK_UI_TERMINAL_RESCUE_H
#define TIDEMARK_UI_TERMINAL_RESCUE_H

#include <stdbool.h>

void rescue_arm(void);    /* before the terminal is touched */
void rescue_learn(void);  /* after: what the terminal's description says about leaving */
void rescue_disarm(void); /* the terminal was given back */

/* For the process that waits for the console: how the line was set before. NULL: stdin is no terminal. g_free() it. */
typedef struct LineSettings LineSettings;
LineSettings *line_settings(void);
/* Sets the line as it was. Where that makes a difference and `ended`, the console had no time to leave its screen: leaves that, too. Nothing for NULL. */
void line_restore(const LineSettings *before, bool ended);

#endif
