/* SPDX-License-Identifier: Apache-2.0 */
/* cli/output.h - what leaves the program: stdout for answers, stderr for what went wrong. Main thread only, except out_log(). */
#ifndef TIDEMARK_CLI_OUTPUT_H
#define TIDEMARK_CLI_OUTPUT_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

/* Cells a line has: of the terminal behind the stream (0 when there is none: as wide as needed). */
int out_width(FILE *stream);

/* Writes the text; on a terminal that cannot show UTF-8, `…` and the like become ASCII. */
void out_text(FILE *stream, const char *text);
void out_printf(FILE *stream, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A JSON line: closes the object that `json` holds ("{…" without the brace at the end), writes it to stdout and empties it. */
void out_json(GString *json);

/* The one line of progress on stderr, rewritten in place; "" takes it away. Safe from any thread, as are lines of the log, which push it down. */
void out_progress(const char *line);
void out_log(const char *line);

/* False when stdout could not be written (a full disk; a reader that went away is fine). */
bool out_finish(void);

#endif
