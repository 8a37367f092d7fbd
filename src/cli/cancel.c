/* SPDX-License-Identifier: Apache-2.0 */
#include <poll.h>

#include "base/clock.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/output.h"

#define PATIENCE_MS 5000
#define LOOK_MS     100

typedef struct Reaction {
    bool taken, ended;
    char outcome[32];
} Reaction;

static bool stream_ended(State *state, int64_t run, const char *stream, Reaction *reaction, Err *err)
{
    g_autoptr(GPtrArray) streams = g_ptr_array_new_with_free_func(run_stream_record_free);
    if (!state_run_streams(state, run, streams, err))
        return false;
    for (guint i = 0; i < streams->len; i++) {
        const RunStreamRecord *record = g_ptr_array_index(streams, i);
        if (g_strcmp0(record->stream, stream) || record->ended_us == TIME_NONE)
            continue;
        reaction->ended = true;
        g_strlcpy(reaction->outcome, record->phase, sizeof reaction->outcome);
    }
    return true;
}

static bool look(State *state, int64_t run, const char *stream, Reaction *reaction, Err *err)
{
    int64_t pending = 0;
    RunRecord *record = NULL;
    if (!state_reap(state, NULL, err) || !state_requests_pending(state, run, &pending, err) || !state_run(state, run, &record, err))
        return false;
    reaction->taken = pending == 0;
    reaction->ended = record && record->ended_us != TIME_NONE;
    if (reaction->ended)
        g_strlcpy(reaction->outcome, record->outcome, sizeof reaction->outcome);
    run_record_free(record);
    return reaction->ended || !stream || stream_ended(state, run, stream, reaction, err);
}

static int ask_to_stop(State *state, int64_t run, const char *stream, const char *name)
{
    Err err = {0};
    Reaction reaction = {0};
    if (!state_request_cancel(state, run, stream, &err))
        return cli_fail(&err);
    for (int64_t deadline = clock_mono_ms() + PATIENCE_MS; !reaction.ended && clock_mono_ms() < deadline;) {
        (void)poll(NULL, 0, LOOK_MS);
        if (!look(state, run, stream, &reaction, &err))
            return cli_fail(&err);
    }
    if (reaction.ended) {
        out_printf(stdout, "run %s has stopped: %s\n", name, reaction.outcome);
        return EXIT_DONE;
    }
    if (reaction.taken) {
        out_printf(stdout, "run %s has taken the request and is stopping\n", name);
        return EXIT_DONE;
    }
    out_printf(stderr, "tidemark: run %s did not react within %d seconds; the request stays\n", name, PATIENCE_MS / 1000);
    return EXIT_PARTLY;
}

static int cancel_run(Cli *cli)
{
    const char *name = g_ptr_array_index(cli->arguments, 0);
    const char *slash = strchr(name, '/');
    g_autofree char *number = slash ? g_strndup(name, (gsize)(slash - name)) : g_strdup(name);
    Session session;
    Err err = {0};
    int64_t run = 0;
    int status = EXIT_DONE;
    if (!parse_run_number(number, &run, &err))
        return cli_fail(&err);
    if (session_open(&session, cli, SESSION_HISTORY, &status))
        status = ask_to_stop(session.state, run, slash ? slash + 1 : NULL, name);
    session_close(&session);
    return status;
}

const Command command_cancel = {
    .name = "cancel",
    .arguments = "RUN[/STREAM]",
    .help = "stop a run, or one stream of it",
    .text = "Asks the run, which may belong to another process and user of this host, to stop after what it is just committing, "
            "and waits up to five "
            "seconds for it. A stopped sync or backfill goes on from there when it is started again; a stopped reimport has "
            "changed nothing.",
    .min_arguments = 1,
    .max_arguments = 1,
    .run = cancel_run,
};
