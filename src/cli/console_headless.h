/* SPDX-License-Identifier: Apache-2.0 */
/* cli/console_headless.h - a console that has no terminal any more finishes its jobs. */
#ifndef TIDEMARK_CLI_CONSOLE_HEADLESS_H
#define TIDEMARK_CLI_CONSOLE_HEADLESS_H

#include "jobs/engine.h"

/* Leaves the terminal's session and the parent, which ends with `status`; then waits until every run of this process has ended (also by `tidemark cancel`),
 * or until a SIGTERM or SIGINT. `wake_fd` is the reading end of what the engine writes to. */
void console_finish_headless(Engine *engine, int wake_fd, int status);

#endif
