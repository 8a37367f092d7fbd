/* SPDX-License-Identifier: Apache-2.0 */
/* ui/log_lines.h - the log lines that a screen holds: the newest LOG_LINES_KEPT, which of them a level shows, cut into rows. */
#ifndef TIDEMARK_UI_LOG_LINES_H
#define TIDEMARK_UI_LOG_LINES_H

#include <glib.h>

#include "state/state.h"

enum { LOG_LINES_KEPT = 5000, LOG_CONTEXT = 2 };

typedef struct LogEntry {
    int64_t id, run, at_us;
    LogLevel level;
    char *text; /* safe to show; with the stream in front */
} LogEntry;

typedef struct LogRow {
    const LogEntry *entry; /* NULL: lines were left out here */
    size_t from, bytes;    /* the piece of its text */
    bool context;          /* not of the level, but beside a line that is */
} LogRow;

typedef struct LogLines {
    GQueue entries; /* LogEntry, oldest first */
    int64_t last_id;
    GArray *rows; /* LogRow */
} LogLines;

void log_lines_init(LogLines *lines);
void log_lines_done(LogLines *lines);
/* Appends LogRecords that are newer than what is there; the oldest make room. Rows are to be built again. */
void log_lines_add(LogLines *lines, const GPtrArray *records);
/* Lines at least as urgent as the level, with LOG_CONTEXT lines before and after each; width 0: each line is one row. */
void log_lines_build(LogLines *lines, LogLevel level, int width);
/* Index of the first row of the line with the id, or of the next line that is shown; -1: there is none. */
int64_t log_lines_row(const LogLines *lines, int64_t id);

#endif
