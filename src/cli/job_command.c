/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/job_command.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/confirm.h"
#include "cli/exit_status.h"
#include "cli/output.h"
#include "cli/plan_print.h"
#include "cli/session.h"
#include "cli/stop_signals.h"
#include "cli/summary.h"
#include "cli/watch.h"
#include "jobs/engine.h"

static JobRequest make_request(const Cli *cli, const JobOps *job, const DateRange *range, char *arguments)
{
    return (JobRequest){
        .job = job,
        .patterns = cli->arguments,
        .from = range ? range->from : TIME_NONE,
        .to = range ? range->to : TIME_NONE,
        .truncate = cli_flag(cli, "truncate"),
        .allow_shrink = cli_flag(cli, "allow-shrink"),
        .jobs = cli_given(cli, "jobs") ? (int)cli_int(cli, "jobs") : 0,
        .lock_wait_ms = (int)(cli_int(cli, "lock-wait") / 1000),
        .strict = cli_flag(cli, "strict"),
        .progress = watch_shows_progress(cli),
        .operator_name = cli->batch ? "batch" : g_get_user_name(),
        .arguments = arguments,
    };
}

static int plan_status(const Plan *plan)
{
    int refused = 0, unreachable = 0;
    for (guint i = 0; i < plan->streams->len; i++) {
        const StreamPlan *stream = g_ptr_array_index(plan->streams, i);
        refused += stream->refused.code != ERR_NONE;
        unreachable += stream->refused.code == ERR_UNREACHABLE;
    }
    if (refused == 0)
        return EXIT_DONE;
    return refused == (int)plan->streams->len && unreachable > 0 ? EXIT_UNREACHABLE : EXIT_PARTLY;
}

static bool open_pipe(int ends[2], Err *err)
{
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK) != -1 || err_set(err, ERR_INTERNAL, "cannot make a pipe: %s", g_strerror(errno));
}

static int run_plan(Session *session, Plan *plan)
{
    Err err = {0};
    int wake[2] = {-1, -1};
    if (!open_pipe(wake, &err)) {
        plan_free(plan);
        return cli_fail(&err);
    }
    g_autoptr(Summary) summary = summary_new(session, plan);
    summary_begin(summary);
    Engine *engine = engine_new(session->catalog, session->state, wake[1]);
    int64_t run = engine_start(engine, plan, &err);
    int status = run ? EXIT_DONE : cli_fail(&err);
    if (run) {
        int stopped_by = watch_run(session->cli, engine, run, wake[0]);
        EngineView *view = engine_snapshot(engine);
        const RunView *ended = engine_view_run(view, run);
        status = exit_status_of_run(ended->exit_status, stopped_by);
        summary_end(summary, ended, status);
        engine_view_free(view);
    }
    engine_free(engine);
    close(wake[0]);
    close(wake[1]);
    return status;
}

static int work(Session *session, const JobOps *job, const DateRange *range)
{
    const Cli *cli = session->cli;
    Err err = {0};
    g_autofree char *arguments = cli_retype(cli);
    JobRequest request = make_request(cli, job, range, arguments);
    bool dry = cli_flag(cli, "dry-run");
    Plan *plan = plan_make(session->catalog, &request, dry, &err);
    if (!plan)
        return cli_fail(&err);
    if (dry) {
        int status = plan_status(plan);
        plan_print(session, plan);
        plan_free(plan);
        return status;
    }
    if (job->destructive && !confirm_plan(cli, plan, &err)) {
        plan_free(plan);
        return cli_fail(&err);
    }
    return run_plan(session, plan);
}

int job_command(const Cli *cli, const JobOps *job, const DateRange *range)
{
    Session session;
    int status = EXIT_DONE;
    if (session_open(&session, cli, cli_flag(cli, "dry-run") ? SESSION_CONFIG : SESSION_WORK, &status))
        status = work(&session, job, range);
    session_close(&session);
    return status;
}
