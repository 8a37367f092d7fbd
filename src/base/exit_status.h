/* SPDX-License-Identifier: Apache-2.0 */
/* base/exit_status.h - the program's exit statuses; the only list of them. */
#ifndef TIDEMARK_BASE_EXIT_STATUS_H
#define TIDEMARK_BASE_EXIT_STATUS_H

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

#endif
