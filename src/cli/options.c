/* SPDX-License-Identifier: Apache-2.0 */
/* Every option of the command line, once. */
#include "cli/cli.h"

static const char *const formats[] = {"text", "json", NULL};
static const char *const levels[] = {"error", "warn", "info", "debug", NULL};

const CliOption global_options[] = {
    {{"directory", OPT_PATH, .help = "change to DIR before anything else"}, 'C', "DIR"},
    {{"config", OPT_PATH, .help = "use this configuration file"}, 0, "FILE"},
    {{"destination", OPT_STRING,
      .help = "write there instead; a URL with a password belongs into TIDEMARK_DESTINATION or the file"},
     0,
     "URL"},
    {{"state", OPT_PATH, .help = "use this state file (run history)"}, 0, "FILE"},
    {{"format", OPT_ENUM, .fallback = "text", .words = formats, .help = "text for people, or json: one object per line"},
     0,
     "FORMAT"},
    {{"batch", OPT_BOOL, .help = "nobody is there: no question, no progress, silence when all is well"}, 0, NULL},
    {{"quiet", OPT_BOOL, .help = "no progress and no summary"}, 'q', NULL},
    {{"verbose", OPT_BOOL, .help = "show log lines; with --batch also the summary"}, 'v', NULL},
    {{"log-level", OPT_ENUM, .words = levels, .help = "show log lines of this urgency on stderr: error, warn, info or debug"},
     0,
     "LEVEL"},
    {{"help", OPT_BOOL, .help = "show help for the program or a command"}, 'h', NULL},
    {{"version", OPT_BOOL, .help = "show the version, the commit and the versions of the libraries"}, 0, NULL},
    {{"man", OPT_BOOL}, 0, NULL}, /* writes the manual page: for the build */
    {{0}},
};

const CliOption job_options[] = {
    {{"jobs", OPT_INT, .min = 1, .max = 64, .help = "work on this many streams side by side"}, 0, "N"},
    {{"dry-run", OPT_BOOL, .help = "show the plan (streams, windows, rows, SQL) and write nothing"}, 'n', NULL},
    {{"lock-wait", OPT_DURATION, .min = 0, .max = INT64_C(86400000000), .fallback = "5s",
      .help = "wait this long (30, 90s, 2m) for a stream that another run holds"},
     0,
     "TIME"},
    {{"strict", OPT_BOOL, .help = "exit with 1 also when rows from earlier runs still wait"}, 0, NULL},
    {{"yes", OPT_BOOL, .help = "answer yes where a destructive job asks"}, 0, NULL},
    {{0}},
};

const CliOption backfill_options[] = {
    {{"from", OPT_DATE, .help = "first day, or time, of the window"}, 0, "DATE"},
    {{"to", OPT_DATE, .help = "last day of the window (a day is included), or the time before which it ends"}, 0, "DATE"},
    {{"date", OPT_DATE, .help = "one day: the same as --from DATE --to DATE"}, 0, "DATE"},
    {{0}},
};

const CliOption reimport_options[] = {
    {{"truncate", OPT_BOOL, .help = "empty the table and fill it in one transaction instead of making it equal row by row"},
     0,
     NULL},
    {{"allow-shrink", OPT_BOOL, .help = "go on when the source has no rows, or under 80 % of those replaced"}, 0, NULL},
    {{0}},
};

const CliOption history_options[] = {
    {{"limit", OPT_INT, .min = 1, .max = 100000, .fallback = "20", .help = "show this many runs at most"}, 0, "N"},
    {{"stream", OPT_STRING, .help = "only runs with this stream"}, 0, "STREAM"},
    {{"job", OPT_STRING, .help = "only runs of this job"}, 0, "JOB"},
    {{"outcome", OPT_STRING, .help = "only runs that ended so: done, rejects, partly, failed, cancelled, locked, killed"},
     0,
     "OUTCOME"},
    {{0}},
};

const CliOption log_options[] = {
    {{"follow", OPT_BOOL, .help = "go on until the run ends"}, 'f', NULL},
    {{0}},
};

const CliOption rejects_options[] = {
    {{"reason", OPT_STRING, .help = "only rows rejected for this reason: 'missing parent', 'too long' …"}, 0, "REASON"},
    {{"column", OPT_STRING, .help = "only rows that were rejected for this column"}, 0, "COLUMN"},
    {{"id", OPT_INT, .min = 1, .max = INT64_MAX, .help = "only the row with this number in the ledger (--format json shows it)"},
     0,
     "N"},
    {{"rows", OPT_BOOL, .help = "also show the rows themselves (they may hold personal data)"}, 0, NULL},
    {{"dismissed", OPT_BOOL, .help = "also show dismissed rows"}, 0, NULL},
    {{"limit", OPT_INT, .min = 1, .max = 1000000, .fallback = "50", .help = "show this many rows at most"}, 0, "N"},
    {{0}},
};

const CliOption init_options[] = {
    {{"from", OPT_STRING, .help = "write the schema file of this source, or of the database at this URL"}, 0, "SOURCE|URL"},
    {{0}},
};

const CliOption demo_options[] = {
    {{"dir", OPT_PATH, .help = "put the demonstration there instead of $XDG_DATA_HOME/tidemark/demo"}, 0, "DIR"},
    {{0}},
};

static const char *const themes[] = {"dark", "light", "mono", NULL};

const CliOption console_options[] = {
    {{"read-only", OPT_BOOL, .help = "show everything and refuse whatever writes"}, 0, NULL},
    {{"ascii", OPT_BOOL, .help = "draw with ASCII alone, as in a locale without UTF-8"}, 0, NULL},
    {{"theme", OPT_ENUM, .words = themes, .help = "colours for a dark or light background, or none: dark, light or mono"},
     0,
     "THEME"},
    {{"script", OPT_PATH, .help = "take keys from this file and write the frames it asks for as text; no terminal is needed"},
     0,
     "FILE"},
    {{"script-out", OPT_PATH}, 0, "DIR"}, /* frames as files: for tests */
    {{0}},
};
