/* SPDX-License-Identifier: Apache-2.0 */
/* cli/progress.h - the one line that a running job shows on a terminal, made from a snapshot of the engine. */
#ifndef TIDEMARK_CLI_PROGRESS_H
#define TIDEMARK_CLI_PROGRESS_H

#include "jobs/engine.h"

/* "42 %  1,204,311 rows  85,200/s  ETA 0:42  held up by writing (queue 93 % full)  app.users, app.days +2", cut to width cells (0: not cut). */
void progress_line(const RunView *run, int width, GString *out);

#endif
