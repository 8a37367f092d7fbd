/* SPDX-License-Identifier: Apache-2.0 */
/* cli/stop_signals.h - SIGINT, SIGTERM and SIGHUP, taken by one thread that waits for them; no code of ours runs in a signal handler.
 *
 * Until somebody catches them, a signal ends the program at once (nothing is running that could be stopped cleanly). Caught, the first one is
 * told and the second ends the program at once; but a terminal that goes away may say so with more than one SIGHUP, which count as one.
 * SIGPIPE is ignored. */
#ifndef TIDEMARK_CLI_STOP_SIGNALS_H
#define TIDEMARK_CLI_STOP_SIGNALS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* Once, before any other thread is started. A SIGHUP that is ignored (nohup) stays so; an ignored SIGINT only where a person may press keys: a
 * script's background jobs ignore it, and a batch run there must still be stoppable. */
bool stop_signals_begin(bool batch, Err *err);

/* From now on the first signal is told: stop_signals_fd() becomes readable and stop_signals_first() returns its number. */
void stop_signals_catch(void);
int stop_signals_fd(void);
int stop_signals_first(void); /* 0: none yet */

/* The terminal is gone and jobs go on: what came until now is forgotten, and a SIGHUP is nothing any more. */
void stop_signals_headless(void);

/* Sends a signal so that it does not count as a second one where the same reached the other process already (as one for a whole group does). */
void stop_signals_pass_on(pid_t to, int number);

#endif
