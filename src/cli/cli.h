/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cli.h - one invocation of the program: its command, options and arguments, and what a command is made of.
 *
 * A command is one file with one `const Command command_X` at its foot and one line in registry.c. Commands, arguments and options are data:
 * parsing, --help and the manual read the same rows. */
#ifndef TIDEMARK_CLI_CLI_H
#define TIDEMARK_CLI_CLI_H

#include <glib.h>
#include <stdbool.h>

#include "base/err.h"
#include "config/options.h"

typedef struct CliOption {
    OptionDef def;     /* OPT_BOOL takes no value; help NULL: not listed */
    char letter;       /* -v; 0: none */
    const char *value; /* what help shows for the value: "DIR" */
} CliOption;

typedef struct Cli Cli;

typedef struct Command {
    const char *name;
    const char *arguments;            /* as help shows them: "[STREAM…]" */
    const char *help;                 /* one line, no full stop */
    const char *text;                 /* more, in sentences, for --help and the manual */
    const CliOption *const *options;  /* NULL-terminated list of {0}-terminated tables, besides the global ones; may be NULL */
    int min_arguments, max_arguments; /* max -1: any number */
    int (*run)(Cli *cli);             /* exit status */
} Command;

extern const Command *const command_registry[]; /* NULL-terminated, in the order of help */
const Command *command_find(const char *name);

/* Option tables: for every command; for jobs; of single commands; of the console, which is what runs without a command. */
extern const CliOption global_options[], job_options[], backfill_options[], reimport_options[], history_options[], log_options[],
    rejects_options[], init_options[], demo_options[], console_options[];

struct Cli {
    const Command *command; /* NULL: none was named */
    GArray *definitions;    /* OptionDef: the options this command takes, what `options` was made of */
    OptionValues *options;
    GPtrArray *arguments;        /* char * */
    bool batch, quiet, verbose;  /* of the options, read so often that they have fields */
    bool json;                   /* --format json */
    bool out_is_tty, err_is_tty; /* where a person reads along */
    bool in_is_tty;              /* where a person can answer */
    char **environment;
};

/* Reads the command line. False with ERR_USAGE; *cli must be cleared in either case. */
bool cli_parse(Cli *cli, int argc, char **argv, Err *err);
void cli_clear(Cli *cli);

/* Values of options that the command may not have: NULL, false and 0 then. */
const char *cli_text(const Cli *cli, const char *name);
bool cli_flag(const Cli *cli, const char *name);
int64_t cli_int(const Cli *cli, const char *name);
bool cli_given(const Cli *cli, const char *name);

/* True when a connection URL holds a password. */
bool cli_url_has_password(const char *url);

/* The command line as it could be typed again, without what only concerns this one call (files, formats). g_free() it. */
char *cli_retype(const Cli *cli);

/* Runs a parsed command line and returns the exit status. */
int cli_run(Cli *cli);

/* fail.c: prints "tidemark: message" and the hint on stderr. Returns the exit status that goes with the error. */
int cli_fail(const Err *err);

#endif
