/* SPDX-License-Identifier: Apache-2.0 */
/* cli/watch.h - waiting for a run: shows its progress, and stops it when a signal comes. */
#ifndef TIDEMARK_CLI_WATCH_H
#define TIDEMARK_CLI_WATCH_H

#include "cli/cli.h"
#include "jobs/engine.h"

bool watch_shows_progress(const Cli *cli);

/* Returns when the run has ended: the number of the signal that stopped it, or 0. wake_fd: the reading end of the engine's pipe. */
int watch_run(const Cli *cli, Engine *engine, int64_t run, int wake_fd);

#endif
