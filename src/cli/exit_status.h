/* SPDX-License-Identifier: Apache-2.0 */
/* cli/exit_status.h - what the program's exit status means; the only list of it. */
#ifndef TIDEMARK_CLI_EXIT_STATUS_H
#define TIDEMARK_CLI_EXIT_STATUS_H

#include "base/err.h"

enum {
    EXIT_DONE = 0,          /* all rows are stored, or wait since an earlier run */
    EXIT_REJECTS = 1,       /* done, but rows were rejected that no earlier run had */
    EXIT_USAGE = 2,         /* command line or configuration */
    EXIT_PARTLY = 3,        /* a stream failed, was refused or locked; the rest is done */
    EXIT_UNREACHABLE = 69,  /* no stream could be done: a server is unreachable */
    EXIT_LOCKED = 75,       /* every chosen stream is locked by another run */
    EXIT_HANGUP = 129,      /* SIGHUP */
    EXIT_INTERRUPTED = 130, /* SIGINT, or `tidemark cancel` */
    EXIT_TERMINATED = 143   /* SIGTERM */
};

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
