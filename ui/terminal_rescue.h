/* SPDX-License-Identifier: Apache-2.0 */
/* ui/terminal_rescue.h - gives the terminal back when the process crashes: settings of the line as they were, screen, cursor and mouse by bytes prepared
 * beforehand; only calls that a signal handler may make. What handled the signal before handles it afterwards.
 * Until then stderr, if it is a terminal, is set aside: a line from some library would spoil the screen. */
#ifndef TIDEMARK_UI_TERMINAL_RESCUE_H
#define TIDEMARK_UI_TERMINAL_RESCUE_H

void rescue_arm(void);    /* before the terminal is touched */
void rescue_learn(void);  /* after: what the terminal's description says about leaving */
void rescue_disarm(void); /* the terminal was given back */

#endif
