/* SPDX-License-Identifier: Apache-2.0 */
/* cli/console_parent.h - the process that waits at the terminal while its child is the console, so that jobs can outlive the terminal.
 *
 * The parent ignores SIGINT and SIGQUIT, passes SIGTERM and SIGHUP on, stops when the child stops and lets it go on afterwards, gives the terminal back
 * if the child ended without doing so, and ends with the child's exit status: 128 + the signal's number if one killed it. A child whose parent dies gets a
 * SIGHUP. */
#ifndef TIDEMARK_CLI_CONSOLE_PARENT_H
#define TIDEMARK_CLI_CONSOLE_PARENT_H

#include <stdbool.h>

#include "base/err.h"

/* Forks; to be called before the first thread is started. True in the child, which goes on. False in the parent, after the child has ended or let it go, with
 * the exit status in *status; and false with *err set when there is no child. */
bool console_parent_fork(int *status, Err *err);

/* In the child, once no screen is open: points 0, 1 and 2 at /dev/null, leaves the terminal's session, and lets the parent end with `status`. */
void console_parent_let_go(int status);

#endif
