/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/finish.h"

#include "base/clock.h"
#include "base/log.h"
#include "jobs/busy_file.h"
#include "jobs/worker.h"

static Links *own_links(const Run *run)
{
    return run->worker_links->pdata[run->worker_links->len - 1];
}

static bool has_work(const Run *run, const DestinationConfig *config)
{
    for (int i = 0; i < run->stream_count; i++) {
        const StreamPlan *plan = run->streams[i].plan;
        if (plan->source->config->destination == config && plan->refused.code == ERR_NONE)
            return true;
    }
    return false;
}

static bool has_ddl(const Run *run, const DestinationConfig *config)
{
    if (run->plan->ledger_ddl->len > 0)
        return true;
    for (int i = 0; i < run->stream_count; i++) {
        const StreamPlan *plan = run->streams[i].plan;
        if (plan->source->config->destination == config && plan->ddl && (plan->ddl->statements->len > 0 || plan->job->destructive))
            return true;
    }
    return false;
}

static bool make_table(Destination *d, const StreamPlan *plan, Err *err)
{
    return plan->ddl->statements->len == 0 || ddl_apply(d, plan->stream, plan->ddl, err);
}

/* Waits until a file that another program has locked may be free; false when that is not what went wrong, or it was waited for long enough. */
static bool wait_for_file(Run *run, const DestinationConfig *config, Retry *retry, Err *err)
{
    int wait_ms;
    if (err->code == ERR_NONE || !busy_file(config, err) || run_cancelled(run, NULL))
        return false;
    if (!retry_again(retry, err, clock_mono_ms(), &wait_ms)) {
        busy_file_give_up(err);
        return false;
    }
    log_write(LOG_WARN, run->number, NULL, "retry %d in %d s: %s", retry->tries, (wait_ms + 999) / 1000, err->message);
    if (run_pause(run, NULL, wait_ms))
        *err = (Err){0};
    return err->code == ERR_NONE;
}

static Destination *prepare_ledger(Run *run, const DestinationConfig *config, Retry *retry, Err *err)
{
    Destination *d;
    do {
        d = links_destination(own_links(run), config, err);
        if (d && ledger_prepare(d, err))
            reimport_sweep(d, err);
    } while (wait_for_file(run, config, retry, err));
    retry_progress(retry);
    return d;
}

static void prepare_destination(Run *run, const DestinationConfig *config)
{
    Err failed = {0};
    Retry retry;
    RetryPolicy policy = busy_file_policy(&run->options);
    retry_begin(&retry, &policy, (uint64_t)clock_now_us());
    Destination *d = prepare_ledger(run, config, &retry, &failed);
    for (int i = 0; i < run->stream_count; i++) {
        StreamPlan *plan = run->streams[i].plan;
        if (plan->source->config->destination != config || plan->refused.code != ERR_NONE)
            continue;
        if (failed.code != ERR_NONE) {
            plan->refused = failed;
            continue;
        }
        Err refused = {0};
        bool made;
        do
            made = run_cancelled(run, NULL) || make_table(d, plan, &refused);
        while (!made && wait_for_file(run, config, &retry, &refused));
        retry_progress(&retry);
        if (made)
            continue;
        err_context(&refused, "making the table %s", plan->stream->table->name);
        plan->refused = refused;
        if (refused.code == ERR_UNREACHABLE || refused.code == ERR_BUSY)
            failed = refused;
    }
}

void run_prepare(Run *run)
{
    Links *links = own_links(run);
    if (run->stream_count == 0)
        return;
    links_busy(links, run->streams[0].plan->stream, &run->streams[0].progress, NULL);
    const GPtrArray *all = run->plan->catalog->config->destinations;
    for (guint i = 0; i < all->len && !run_cancelled(run, NULL); i++)
        if (has_work(run, all->pdata[i]) && has_ddl(run, all->pdata[i]))
            prepare_destination(run, all->pdata[i]);
    links_idle(links);
}

static bool wrote_table(const Run *run, const StreamPlan *child, const char *table)
{
    for (int i = 0; i < run->stream_count; i++) {
        const RunStream *parent = &run->streams[i];
        if (parent->counts.written > 0 && strcmp(parent->plan->stream->table->name, table) == 0 &&
            parent->plan->source->config->destination == child->source->config->destination &&
            g_strcmp0(parent->plan->stream->table->schema, child->stream->table->schema) == 0)
            return true;
    }
    return false;
}

/* It has rows that wait, and a table it points at (its own, too) got rows in this run. */
static bool may_land(const Run *run, const RunStream *stream)
{
    if (!stream->position_known || stream->after.open_rejects == 0)
        return false;
    const TableDef *table = stream->plan->stream->table;
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].ref_table && wrote_table(run, stream->plan, table->columns[i].ref_table))
            return true;
    return false;
}

void run_land_parked(Run *run)
{
    int64_t landed_in_pass = 1;
    for (int pass = 0; pass < run->stream_count && landed_in_pass > 0 && !run_cancelled(run, NULL); pass++) {
        landed_in_pass = 0;
        for (int i = 0; i < run->stream_count && !run_cancelled(run, NULL); i++) {
            RunStream *stream = &run->streams[i];
            int64_t landed = 0;
            Err err = {0};
            if (!may_land(run, stream))
                continue;
            if (!worker_retry_parked(run, own_links(run), stream, &landed, &err) && err.code != ERR_CANCELLED)
                log_write(LOG_WARN, run->number, stream->plan->stream->id, "parked rows stay for the next run: %s", err.message);
            stream->landed += landed;
            landed_in_pass += landed;
        }
    }
}

void run_finish(Run *run)
{
    Outcome outcome = {.strict = run->plan->request.strict};
    for (int i = 0; i < run->stream_count; i++) {
        RunStream *stream = &run->streams[i];
        StreamView view = {0};
        progress_view(&stream->progress, &view);
        outcome_add(&outcome, view.phase, &view.err);
        outcome.rejected_new += MAX(stream->counts.rejected_new - stream->landed, 0);
        if (stream->position_known)
            outcome.waiting += stream->after.open_rejects;
    }
    links_close(own_links(run));
    run->exit_status = outcome_exit_status(&outcome);
    run->memory_peak = memory_peak();
    run->ended_ms = clock_mono_ms();
    log_write(LOG_INFO, run->number, NULL, "%s: %d of %d streams in %.1f s", outcome_name(&outcome), outcome.done, outcome.streams,
              (double)(run->ended_ms - run->started_ms) / 1000.0);
    engine_run_ended(run->engine, run, &outcome);
}
