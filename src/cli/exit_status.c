/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/exit_status.h"

const ExitMeaning exit_meanings[] = {
    {EXIT_DONE, "done; rows that wait since an earlier run do not count (with --strict they do)"},
    {EXIT_REJECTS, "done, but rows were rejected that no earlier run had rejected"},
    {EXIT_USAGE, "the command line or the configuration is wrong; nothing was done"},
    {EXIT_PARTLY, "a stream failed, was refused or is locked; the others are done"},
    {EXIT_UNREACHABLE, "no stream could be done: a server cannot be reached"},
    {EXIT_LOCKED, "every chosen stream is locked by another run"},
    {EXIT_HANGUP, "stopped by SIGHUP"},
    {EXIT_INTERRUPTED, "stopped by SIGINT or by `tidemark cancel`"},
    {EXIT_TERMINATED, "stopped by SIGTERM"},
    {0},
};

int exit_status_of(ErrCode code)
{
    switch (code) {
    case ERR_NONE:
        return EXIT_DONE;
    case ERR_USAGE:
    case ERR_CONFIG:
        return EXIT_USAGE;
    case ERR_UNREACHABLE:
        return EXIT_UNREACHABLE;
    case ERR_BUSY:
        return EXIT_LOCKED;
    case ERR_CANCELLED:
        return EXIT_INTERRUPTED;
    case ERR_SOURCE:
    case ERR_DEST:
    case ERR_STATE:
    case ERR_DATA:
    case ERR_INTERNAL:
        return EXIT_PARTLY;
    }
    return EXIT_PARTLY;
}

int exit_status_of_run(int run_status, int signal_number)
{
    return signal_number && run_status == EXIT_INTERRUPTED ? 128 + signal_number : run_status;
}
