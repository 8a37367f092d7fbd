/* SPDX-License-Identifier: Apache-2.0 */
/* cli/run_text.h - records of the run history as JSON lines and texts. */
#ifndef TIDEMARK_CLI_RUN_TEXT_H
#define TIDEMARK_CLI_RUN_TEXT_H

#include "state/state.h"

/* How long it took, or takes up to now; g_free() it. */
char *run_took(int64_t started_us, int64_t ended_us);

/* Each prints one line; `json` is an empty work buffer. */
void run_print_json(const RunRecord *run, GString *json);
void run_stream_print_json(const RunStreamRecord *stream, GString *json);
void log_print_json(const LogRecord *line, GString *json);

/* "2024-01-15 10:00:03Z info  app.users: text", with the line's end. */
void log_append_text(const LogRecord *line, GString *out);

#endif
