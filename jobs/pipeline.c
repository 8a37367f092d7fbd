/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/pipeline.h"

#include "base/clock.h"
#include "base/log.h"
#include "jobs/watermark.h"
#include "model/time.h"

enum {
    IDLE_MS = 500,     /* how often a writer without work looks up */
    STARVED_MS = 50,   /* how often it asks whether its reader waits for room */
    RENEW_MS = 10000,  /* a lease with an expiry is renewed this often */
    EAGER_ROWS = 2000, /* so many are written at once when the reader has no more at hand: it reads on meanwhile */
    GROUP_TRIES = 3    /* a deadlock or a serialisation failure: the same rows once more */
};

typedef struct Flow {
    Pipeline *p;
    PoolHolder holder;
    GPtrArray *group; /* Batch: added to the writer, not yet committed */
    int64_t group_rows, group_since_ms, renewed_ms;
    size_t group_bytes, group_limit;
    int waiting_limit;  /* messages in the queue that mean "the writer is the limit" */
    bool open_scope;    /* the last scope goes on in the next batch: the group must not end */
    bool stages;        /* a reimport: groups are only staged */
    Checkpoint at;      /* where the window is, with the group */
    Err why_incomplete; /* of the last unit that could not be read whole; code ERR_NONE: not told */
} Flow;

static int64_t run_number(const Flow *f)
{
    return f->p->run->number;
}

static const char *stream_id(const Flow *f)
{
    return f->p->stream->plan->stream->id;
}

static void give_group_back(Flow *f)
{
    for (guint i = 0; i < f->group->len; i++)
        pool_give(f->p->run->pool, &f->holder, f->group->pdata[i]);
    g_ptr_array_set_size(f->group, 0);
    f->group_rows = 0;
    f->group_bytes = 0;
}

static bool write_group(Flow *f, const CommitPoint *point, Counts *delta, Err *err)
{
    for (int tries = 1;; tries++) {
        *delta = (Counts){0};
        if (writer_commit(f->p->writer, point, delta, err))
            return true;
        if (!err->transient || err->code == ERR_UNREACHABLE || tries == GROUP_TRIES || run_cancelled(f->p->run, f->p->stream))
            return false;
        log_write(LOG_WARN, run_number(f), stream_id(f), "commit failed, trying the same rows again: %s", err->message);
        *err = (Err){0};
        for (guint i = 0; i < f->group->len; i++)
            if (!writer_add(f->p->writer, f->group->pdata[i], err))
                return false;
    }
}

static void count_commit(Flow *f, const Counts *delta)
{
    RunStream *stream = f->p->stream;
    counts_add(&stream->counts, delta);
    progress_counts(&stream->progress, &stream->counts);
    f->p->committed = true;
}

static bool commit_group(Flow *f, const CommitPoint *point, Err *err)
{
    Progress *progress = &f->p->stream->progress;
    progress_phase(progress, f->stages ? PHASE_MERGING : PHASE_COMMITTING);
    Counts delta;
    bool done = write_group(f, point, &delta, err);
    if (!done)
        writer_rollback(f->p->writer);
    give_group_back(f);
    if (!done)
        return false;
    count_commit(f, &delta);
    log_write(LOG_DEBUG, run_number(f), stream_id(f),
              "committed: read %" G_GINT64_FORMAT ", written %" G_GINT64_FORMAT ", unchanged %" G_GINT64_FORMAT
              ", rejected %" G_GINT64_FORMAT,
              delta.read, delta.written, delta.unchanged, delta.rejected);
    progress_phase(progress, PHASE_READING);
    return true;
}

/* The group ends, the window goes on. */
static bool commit_on_the_way(Flow *f, Err *err)
{
    if (f->group->len == 0)
        return true;
    CommitPoint point = {.checkpoint = f->stages ? NULL : &f->at, .watermark = TIME_NONE, .history_from = TIME_NONE};
    return commit_group(f, &point, err);
}

static bool incomplete_reimport(const Flow *f, Err *err)
{
    char bound[40];
    time_format_sql(f->at.stop_before, bound);
    return err_set(err, ERR_SOURCE, "%s could not be read whole (from %s on something is missing): the table is as it was",
                   stream_id(f), bound);
}

static bool finish_reimport(Flow *f, const CommitPoint *point, Err *err)
{
    if (f->at.stop_before != TIME_NONE)
        return incomplete_reimport(f, err);
    if (!commit_on_the_way(f, err))
        return false;
    progress_phase(&f->p->stream->progress, PHASE_COMMITTING);
    Counts delta = {0};
    if (!writer_finish_reimport(f->p->writer, point, &delta, err))
        return false;
    count_commit(f, &delta);
    return true;
}

/* An incomplete unit is a failure although everything that was read is committed: somebody has to know that something is missing. */
static bool told_incomplete(const Flow *f, const CommitPoint *point, Err *err)
{
    char bound[40], reached[40] = "none";
    time_format_sql(f->at.stop_before, bound);
    if (point->moves_watermark && point->watermark != TIME_NONE)
        time_format_sql(point->watermark, reached);
    err_set(err, ERR_SOURCE, "a unit from %s on could not be read whole; what was read is stored, the watermark is %s", bound,
            f->p->stream->plan->moves_watermark ? reached : "as it was");
    if (f->why_incomplete.code != ERR_NONE)
        err_context(err, "%s", f->why_incomplete.message);
    return err_hint(err, "the next %s reads from there again", f->p->stream->plan->job->name);
}

static bool close_window(Flow *f, Err *err)
{
    CommitPoint point;
    watermark_close(f->p->stream->plan, &f->at, &point);
    f->p->watermark = point.watermark;
    if (f->stages)
        return finish_reimport(f, &point, err);
    if (!commit_group(f, &point, err))
        return false;
    return f->at.stop_before == TIME_NONE || told_incomplete(f, &point, err);
}

static bool missing_dataset(const Flow *f, Err *err)
{
    const StreamPlan *plan = f->p->stream->plan;
    if (!f->stages && plan->table_empty) {
        log_write(LOG_WARN, run_number(f), stream_id(f), "%s does not exist at the source; the table is empty too, nothing to do",
                  plan->stream->origin);
        return true;
    }
    err_set(err, ERR_SOURCE, "%s does not exist at the source; the table %s is as it was", plan->stream->origin,
            plan->stream->table->name);
    return err_hint(err, "check the name of the database and of the collection, and whether the login may see it");
}

static void window_begun(Flow *f, const Message *message)
{
    f->at.window = message->window;
    if (message->documents >= 0)
        atomic_store(&f->p->stream->progress.estimate, message->documents);
    if (!message->restarted)
        return;
    f->at.highest = TIME_NONE;
    f->at.stop_before = TIME_NONE;
    g_clear_pointer(&f->at.bytes, g_bytes_unref);
    writer_start_over(f->p->writer);
    log_write(LOG_WARN, run_number(f), stream_id(f), "the checkpoint does not fit the source any more: the window starts over");
}

static void take_incomplete(Flow *f, const Message *message)
{
    f->at.stop_before = watermark_bound(f->at.stop_before, message->unit_low);
    if (message->err.code == ERR_NONE)
        return;
    f->why_incomplete = message->err;
    log_write(LOG_WARN, run_number(f), stream_id(f), "not read whole: %s%s%s", message->err.message,
              message->err.hint[0] ? "; " : "", message->err.hint);
}

static bool take_batch(Flow *f, const Message *message, Err *err)
{
    Batch *batch = message->batch;
    if (f->group->len == 0)
        f->group_since_ms = clock_mono_ms();
    g_ptr_array_add(f->group, batch);
    f->group_rows += batch->read;
    f->group_bytes += batch_bytes(batch);
    if (message->status == READ_UNIT_INCOMPLETE)
        take_incomplete(f, message);
    watermark_take(&f->at.highest, batch, f->at.window.clock);
    if (batch->checkpoint) {
        if (f->at.bytes)
            g_bytes_unref(f->at.bytes);
        f->at.bytes = g_bytes_new(batch->checkpoint, batch->checkpoint_len);
    }
    f->open_scope = batch->scope_count > 0 && batch->scopes[batch->scope_count - 1].more_follows;
    return writer_add(f->p->writer, batch, err);
}

static bool group_is_due(const Flow *f)
{
    const EngineOptions *options = &f->p->run->options;
    bool idle = f->group_rows >= EAGER_ROWS && queue_length(f->p->queue) == 0;
    return idle || f->group_rows >= options->commit_rows || f->group_bytes >= f->group_limit ||
           clock_mono_ms() - f->group_since_ms >= options->commit_ms;
}

typedef enum Step { STEP_ON, STEP_END, STEP_FAIL } Step;

static Step handle_message(Flow *f, const Message *message, Err *err)
{
    if (message->started) {
        window_begun(f, message);
        if (!message->missing)
            return STEP_ON;
        f->p->source_done = true;
        return missing_dataset(f, err) ? STEP_END : STEP_FAIL;
    }
    if (message->status == READ_FAIL) {
        /* What was read before is good: it need not be read again. */
        Err lost = {0};
        if (!f->open_scope && !f->stages && !commit_on_the_way(f, &lost))
            log_write(LOG_WARN, run_number(f), stream_id(f), "the rows read before the failure were not stored: %s", lost.message);
        *err = message->err;
        return STEP_FAIL;
    }
    if (!take_batch(f, message, err))
        return STEP_FAIL;
    if (message->status == READ_END) {
        f->p->source_done = true;
        return close_window(f, err) ? STEP_END : STEP_FAIL;
    }
    return f->open_scope || !group_is_due(f) || commit_on_the_way(f, err) ? STEP_ON : STEP_FAIL;
}

static Step idle_step(Flow *f, Err *err)
{
    Pipeline *p = f->p;
    if (p->destination->pooled && clock_mono_ms() - f->renewed_ms >= RENEW_MS) {
        f->renewed_ms = clock_mono_ms();
        if (!ledger_renew(p->destination, p->stream->plan->stream, p->epoch, err))
            return STEP_FAIL;
    }
    if (f->group->len == 0)
        return STEP_ON;
    if (f->open_scope) {
        pool_need_more(p->run->pool, &f->holder);
        return STEP_ON;
    }
    return (group_is_due(f) || pool_waits(p->run->pool, &f->holder)) && !commit_on_the_way(f, err) ? STEP_FAIL : STEP_ON;
}

static bool run_flow(Flow *f, Err *err)
{
    Pipeline *p = f->p;
    for (Step step = STEP_ON;;) {
        Message message;
        QueueStatus got = queue_pop(p->queue, f->group->len > 0 ? STARVED_MS : IDLE_MS, &message);
        if (run_cancelled(p->run, p->stream) || got == QUEUE_CLOSED) {
            if (got == QUEUE_GOT && message.batch)
                pool_give(p->run->pool, &f->holder, message.batch);
            return err_set(err, ERR_CANCELLED, "stopped on request");
        }
        atomic_store(&p->stream->progress.queue_fill, MIN(100, queue_length(p->queue) * 100 / f->waiting_limit));
        step = got == QUEUE_GOT ? handle_message(f, &message, err) : idle_step(f, err);
        if (step != STEP_ON)
            return step == STEP_END;
    }
}

static void begin_reading(Flow *f)
{
    Pipeline *p = f->p;
    const StreamPlan *plan = p->stream->plan;
    ReaderJob job = {
        .source = p->source,
        .stream = plan->stream,
        .window = plan->window,
        .checkpoint = plan->resumes && (p->source->ops->caps & SOURCE_CAN_RESUME) ? plan->checkpoint.bytes : NULL,
        .count = p->run->plan->request.progress && atomic_load(&p->stream->progress.estimate) < 0,
        .pool = p->run->pool,
        .holder = &f->holder,
        .queue = p->queue,
        .progress = &p->stream->progress,
    };
    progress_phase(&p->stream->progress, PHASE_READING);
    queue_open(p->queue);
    reader_begin(p->reader, &job);
}

/* Whatever happened, the reader must be out of the source and every batch back before the stream is left. */
static void end_reading(Flow *f)
{
    Pipeline *p = f->p;
    queue_close(p->queue);
    pool_stop(p->run->pool, &f->holder);
    if (!p->source_done && p->source->ops->interrupt)
        p->source->ops->interrupt(p->source);
    reader_wait(p->reader);
    Message left;
    while (queue_drain(p->queue, &left))
        if (left.batch)
            pool_give(p->run->pool, &f->holder, left.batch);
}

bool pipeline_run(Pipeline *pipeline, Err *err)
{
    const StreamPlan *plan = pipeline->stream->plan;
    const Run *run = pipeline->run;
    size_t share = run->options.batch_budget / (size_t)MAX(MIN(run->plan->jobs, run->stream_count), 1);
    Flow f = {
        .p = pipeline,
        .group = g_ptr_array_new(),
        .group_limit = MAX(share / 2, BATCH_BYTES),
        .waiting_limit = CLAMP((int)(share / BATCH_BYTES) - 1, 1, QUEUE_LENGTH),
        .renewed_ms = clock_mono_ms(),
        .stages = plan->job == &job_reimport,
        .at = {.highest = TIME_NONE, .stop_before = TIME_NONE},
    };
    if (plan->resumes)
        checkpoint_copy(&f.at, &plan->checkpoint);
    f.at.first_load = plan->first_load;
    begin_reading(&f);
    pipeline->watermark = TIME_NONE;
    bool done = run_flow(&f, err);
    if (!done)
        writer_rollback(pipeline->writer);
    end_reading(&f);
    give_group_back(&f);
    g_ptr_array_unref(f.group);
    checkpoint_clear(&f.at);
    return done;
}
