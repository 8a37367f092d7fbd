/* SPDX-License-Identifier: Apache-2.0 */
/* ui/terminal_frame.h - what a terminal is sent so that it shows a canvas: of a frame only what differs from the one before, in as few bytes as do, for an
 * operator at the other end of a slow line. Knows the terminal by its description (terminfo), which newterm() or setupterm() has read; writes nothing itself.
 * Main thread. */
#ifndef TIDEMARK_UI_TERMINAL_FRAME_H
#define TIDEMARK_UI_TERMINAL_FRAME_H

#include <glib.h>

#include "ui/canvas.h"
#include "ui/theme.h"

typedef struct TerminalFrame TerminalFrame;

TerminalFrame *terminal_frame_new(void);
void terminal_frame_free(TerminalFrame *frame);

/* How styles look from now on. */
void terminal_frame_theme(TerminalFrame *frame, Theme theme);
/* What the terminal shows is not known any more (another program wrote to it): the next frame is complete. */
void terminal_frame_forget(TerminalFrame *frame);
/* Appends the bytes; none when nothing differs. The terminal is left with plain attributes. */
void terminal_frame_add(TerminalFrame *frame, const Canvas *canvas, GString *out);

#endif
