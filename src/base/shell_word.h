/* SPDX-License-Identifier: Apache-2.0 */
/* base/shell_word.h - words of a command line as they could be typed into a shell. */
#ifndef TIDEMARK_BASE_SHELL_WORD_H
#define TIDEMARK_BASE_SHELL_WORD_H

#include <glib.h>

/* Appends a blank and the word, in quotes where a shell would take it for something else. */
void shell_word_append(GString *out, const char *word);

#endif
