/* SPDX-License-Identifier: Apache-2.0 */
/* cli/session.h - what most commands need before they can work: configuration, catalog, state file, and where log lines go. */
#ifndef TIDEMARK_CLI_SESSION_H
#define TIDEMARK_CLI_SESSION_H

#include "cli/cli.h"
#include "jobs/catalog.h"
#include "state/state.h"

typedef struct Session {
    const Cli *cli;
    Config *config;     /* NULL: SESSION_HISTORY with --state alone */
    Catalog *catalog;   /* never NULL after a good open; but SESSION_CONSOLE */
    Problems *problems; /* of the configuration: warnings when it was good */
    State *state;       /* NULL: history is not kept */
    bool shown_given;   /* -v or --log-level: lines as urgent as `shown` go to stderr */
    LogLevel shown;
    bool state_failed; /* a line could not be kept; said once */
    bool silent;       /* the screen is not ours to write on */
} Session;

typedef enum SessionNeed {
    SESSION_WORK,    /* configuration and catalog; a state file that fails is a warning */
    SESSION_HISTORY, /* the state file; the configuration only tells where it is, and --state makes it needless */
    SESSION_CONFIG,  /* configuration and catalog alone */
    SESSION_CONSOLE /* as SESSION_WORK; without any configuration there is no catalog and that is no failure. Nothing is said on stderr later */
} SessionNeed;

/* Says on stderr what is wrong and sets *status when it returns false. session_close() in either case. */
bool session_open(Session *session, const Cli *cli, SessionNeed need, int *status);
void session_close(Session *session);

/* Loads the configuration that the command line asks for; NULL with the problems. */
Config *session_load_config(const Cli *cli, Problems *problems);

/* The same without reading schema files, which need not be there. */
Config *session_load_sources(const Cli *cli, Problems *problems);

/* Every problem on its own line, errors first told apart from warnings; true when one was printed. */
void session_print_problems(const Problems *problems, bool warnings);

/* "PROD warehouse@pg1.internal" of each destination of these streams (const Stream *), and the configuration file; g_free() both. */
char *session_destinations(const Session *session, const GPtrArray *streams);
char *session_configuration(const Session *session);

/* "warehouse@pg1.internal", with the label in front; g_free() it. */
char *destination_display(const DestinationConfig *destination);

#endif
