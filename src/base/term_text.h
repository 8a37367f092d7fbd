/* SPDX-License-Identifier: Apache-2.0 */
/* base/term_text.h - text for a terminal: what came from data is shown and never obeyed (promise 10), and columns are counted as a terminal
 * counts them. */
#ifndef TIDEMARK_BASE_TERM_TEXT_H
#define TIDEMARK_BASE_TERM_TEXT_H

#include <glib.h>
#include <stdint.h>

/* Appends the text with every control character, line end, bidirectional override and invalid byte written as `\x1b`, `\n`, `\u202e`. A NULL text
 * appends nothing. */
void term_append(GString *out, const char *text);
char *term_dup(const char *text); /* g_free() it */

/* Cells the text takes on a terminal. Needs valid UTF-8 without control characters: term_append()'s output. */
int term_width(const char *text);
int term_char_cells(uint32_t code_point); /* 0: it belongs to the character before; 1; 2 */

/* Appends at most `width` cells; a text that is longer ends in `…`. */
void term_append_cut(GString *out, const char *text, int width);

/* "1,204,311". */
void term_append_number(GString *out, int64_t number);
char *term_number(int64_t number); /* g_free() it */

/* "340 ms", "4.2 s", "42 s", "3:07", "2:03:07" of milliseconds; "-" when negative. g_free() it. */
char *term_span(int64_t ms);

/* "40.2 MiB". g_free() it. */
char *term_bytes(int64_t bytes);

#endif
