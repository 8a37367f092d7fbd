/* SPDX-License-Identifier: Apache-2.0 */
/* cli/exit_status.h - what the program's exit statuses mean, and which one it is. */
#ifndef TIDEMARK_CLI_EXIT_STATUS_H
#define TIDEMARK_CLI_EXIT_STATUS_H

#include "base/err.h"
#include "base/exit_status.h"

typedef struct ExitMeaning {
    int status;
    const char *meaning; /* for --help and the manual */
} ExitMeaning;
extern const ExitMeaning exit_meanings[]; /* ended by a NULL meaning */

/* Of a command that failed as a whole. */
int exit_status_of(ErrCode code);

/* Of a run that ended with run_status (jobs/outcome.h) after this signal, 0 for none: a run that could still finish keeps its own. */
int exit_status_of_run(int run_status, int signal_number);

#endif
