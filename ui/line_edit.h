/* SPDX-License-Identifier: Apache-2.0 */
/* ui/line_edit.h - one line of text with a cursor: prompts, filters, fields of dialogs. UTF-8; moves and deletes whole characters with their combining marks. */
#ifndef TIDEMARK_UI_LINE_EDIT_H
#define TIDEMARK_UI_LINE_EDIT_H

#include <glib.h>

#include "ui/action.h"
#include "ui/canvas.h"

typedef struct LineEdit {
    GString *text; /* NULL until line_edit_set() */
    size_t cursor; /* a byte offset at the start of a character, or the end */
} LineEdit;

/* Sets the text (NULL: empty) with the cursor behind it. */
void line_edit_set(LineEdit *edit, const char *text);
void line_edit_done(LineEdit *edit);
const char *line_edit_text(const LineEdit *edit); /* never NULL */
/* Takes printable characters, Left/Right/Home/End, Backspace, Delete, ^A ^E ^B ^F ^D ^H ^U ^W ^K; false: the key is none of these. */
bool line_edit_key(LineEdit *edit, const UiKey *key);
/* Draws in `width` cells, scrolled so that the cursor is visible; sets the canvas's caret when `focus`. */
void line_edit_draw(const LineEdit *edit, Canvas *canvas, int x, int y, int width, bool focus);

#endif
