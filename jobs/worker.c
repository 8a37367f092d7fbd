/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "destinations/known_tables.h"
#include "destinations/rejects.h"
#include "jobs/busy_file.h"
#include "jobs/pipeline.h"
#include "jobs/position.h"
#include "jobs/relook.h"
#include "jobs/retry.h"
#include "model/date_range.h"
#include "model/time.h"

typedef struct Attempt {
    Run *run;
    RunStream *stream;
    Links *links;
    Reader *reader;
    Queue *queue;
    Destination *destination;
    StreamWriter *writer;
    int64_t epoch;
    bool claimed, again; /* again: not the first attempt of this stream in this run */
    bool decided;        /* the position was read under the claim */
    bool committed;
    int64_t watermark; /* of the window that was closed */
} Attempt;

static const DestinationConfig *destination_of(const RunStream *stream)
{
    return stream->plan->source->config->destination;
}

static bool claim(Attempt *a, Err *err)
{
    const Run *run = a->run;
    LeaseHolder holder = {.user = run->user, .host = run->host, .run = run->number};
    progress_phase(&a->stream->progress, PHASE_LOCKING);
    a->claimed = ledger_claim(a->destination, a->stream->plan->stream, &holder, run->plan->request.lock_wait_ms, &a->epoch, err);
    if (!a->claimed && err->code == ERR_BUSY && a->again)
        err->transient = true; /* our own session, whose loss its server has not noticed yet */
    return a->claimed;
}

static bool same_position(const Position *a, const Position *b)
{
    return a->known == b->known && a->watermark == b->watermark && a->changed_at == b->changed_at &&
           strcmp(a->definition, b->definition) == 0;
}

/* Under the claim nobody else can move the position: what was planned holds, or is decided again from what is there now. */
static bool decide(Attempt *a, Err *err)
{
    StreamPlan *plan = a->stream->plan;
    Position planned = plan->position;
    bool unfinished = plan->unfinished;
    g_autofree char *why = g_strdup(plan->why);
    plan->job = a->run->plan->request.job;
    if (!position_load(a->destination, plan, &a->run->plan->request, err))
        return false;
    a->decided = true;
    if (!same_position(&planned, &plan->position) || unfinished != plan->unfinished)
        plan->table_empty = false;
    if (!plan_window(plan, &a->run->plan->request, err))
        return false;
    if (g_strcmp0(why, plan->why) != 0)
        log_write(LOG_INFO, a->run->number, plan->stream->id, "the position moved after the plan was made: %s", plan->why);
    g_autofree char *window = window_format(&plan->window);
    progress_plan(&a->stream->progress, window, plan->why);
    if (plan->resumes && plan->checkpoint.run != a->run->number) /* a further attempt goes on with this run's own */
        progress_continues(&a->stream->progress, plan->checkpoint.run, plan->checkpoint.kept);
    log_write(LOG_INFO, a->run->number, plan->stream->id, "%s: %s", plan->job->name, plan->why);
    return true;
}

static bool open_writer(Attempt *a, WriterKind kind, Err *err)
{
    const StreamPlan *plan = a->stream->plan;
    WriterSetup setup = {
        .stream = plan->stream,
        .kind = kind,
        .job = plan->job->name,
        .window_key = plan->window_key,
        .run = a->run->number,
        .epoch = a->epoch,
        .direct = plan->first_load,
        .no_rejects = a->decided && !plan->position.any_rejects,
        .allow_shrink = a->run->plan->request.allow_shrink,
        .key = plan->ddl->key_later,
        .indexes = plan->ddl->indexes_later,
        .streams = g_hash_table_lookup(a->run->neighbours, destination_of(a->stream)),
    };
    a->writer = writer_new(a->destination, &setup, err);
    return a->writer != NULL;
}

/* What was read outside the window: in flight no longer than the call that read and wrote it. */
static void add_counts(RunStream *stream, const Counts *delta)
{
    atomic_fetch_add(&stream->progress.read, delta->read);
    counts_add(&stream->counts, delta);
    progress_counts(&stream->progress, &stream->counts);
}

static bool take_parked_up(Attempt *a, int64_t *landed, Err *err)
{
    RunStream *stream = a->stream;
    Counts delta = {0};
    if (!writer_retry_parked(a->writer, &delta, err))
        return err_context(err, "taking parked rows up");
    add_counts(stream, &delta);
    *landed = delta.written + delta.unchanged;
    if (delta.read > 0)
        log_write(LOG_INFO, a->run->number, stream->plan->stream->id,
                  "parked rows taken up: %" G_GINT64_FORMAT ", landed %" G_GINT64_FORMAT, delta.read, *landed);
    return true;
}

/* A source that nobody could open so far in this run is not tried again by every other stream of it. */
static Source *open_source(Attempt *a, Err *err)
{
    Run *run = a->run;
    gpointer key = (gpointer)a->stream->plan->source;
    pthread_mutex_lock(&run->lock);
    const Err *known = g_hash_table_lookup(run->unreachable, key);
    if (known)
        *err = *known;
    bool reached = g_hash_table_contains(run->reached, key);
    pthread_mutex_unlock(&run->lock);
    if (known)
        return NULL;
    Source *source = links_source(a->links, a->stream->plan->source, err);
    if (!source && err->code != ERR_CANCELLED && !reached)
        err->transient = false;
    pthread_mutex_lock(&run->lock);
    if (source)
        g_hash_table_add(run->reached, key);
    else if (!reached && err->code == ERR_UNREACHABLE)
        g_hash_table_insert(run->unreachable, key, g_memdup2(err, sizeof *err));
    pthread_mutex_unlock(&run->lock);
    return source;
}

/* Parked rows whose text was not kept are read again by their keys. */
static bool look_up_forgotten(Attempt *a, Err *err)
{
    RunStream *stream = a->stream;
    const Stream *of = stream->plan->stream;
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    RejectQuery query = {.stream = of->id, .reason = REJECT_MISSING_PARENT};
    if (of->settings.keep_rows_us < 0 || !stream->plan->source->ops->lookup)
        return true;
    if (!rejects_keys(a->destination, &query, keys, err))
        return false;
    if (keys->len == 0)
        return true;
    Counts delta = {0};
    Source *source = open_source(a, err);
    if (!source || !relook(source, a->writer, of, keys, &delta, err))
        return false;
    add_counts(stream, &delta);
    return true;
}

static bool run_pipeline(Attempt *a, Err *err)
{
    const StreamPlan *plan = a->stream->plan;
    Source *source = open_source(a, err);
    if (!source)
        return false;
    Pipeline pipeline = {
        .run = a->run,
        .stream = a->stream,
        .destination = a->destination,
        .writer = a->writer,
        .epoch = a->epoch,
        .source = source,
        .reader = a->reader,
        .queue = a->queue,
    };
    bool done = pipeline_run(&pipeline, err);
    a->committed = pipeline.committed;
    a->watermark = pipeline.watermark;
    if (!pipeline.source_done)
        links_drop_source(a->links, plan->source);
    return done;
}

static bool attempt_stream(Attempt *a, Err *err)
{
    RunStream *stream = a->stream;
    a->destination = links_destination(a->links, destination_of(stream), err);
    if (!a->destination || !claim(a, err) || !decide(a, err))
        return false;
    const StreamPlan *plan = stream->plan;
    bool reimport = plan->job == &job_reimport;
    if (reimport) /* an earlier attempt's staging is gone, and its counts with it */
        stream->counts = (Counts){0};
    atomic_store(&stream->progress.read, stream->counts.read);
    progress_counts(&stream->progress, &stream->counts);
    WriterKind kind = !reimport ? WRITER_SYNC : a->run->plan->request.truncate ? WRITER_TRUNCATE : WRITER_REIMPORT;
    int64_t landed;
    if (!open_writer(a, kind, err))
        return false;
    if (!reimport && plan->position.open_rejects > 0 && !(take_parked_up(a, &landed, err) && look_up_forgotten(a, err)))
        return false;
    if (!run_pipeline(a, err))
        return false;
    /* A sync that was left unfinished has nothing to go on with: all of it was just read. */
    return !reimport || ledger_drop_checkpoints(a->destination, plan->stream, job_sync.name, err);
}

static void note_position(Attempt *a, bool done)
{
    RunStream *stream = a->stream;
    const Stream *of = stream->plan->stream;
    const Counts *counts = &stream->counts;
    Err unknown = {0};
    int64_t forgotten;
    if (done && stream->plan->position.known && stream->plan->position.rows >= 0 && stream->plan->position.open_rejects == 0 &&
        counts->read == counts->unchanged && counts->removed == 0) {
        /* Nothing but the watermark can have moved, and no row waits that did not before: one question less for a sync that finds nothing. */
        stream->after = stream->plan->position;
        stream->after.watermark = MAX(stream->after.watermark, a->watermark);
        stream->position_known = true;
        return;
    }
    stream->position_known = ledger_position(a->destination, of, &stream->after, &unknown);
    if (stream->position_known && of->settings.keep_rows_us >= 0 && stream->after.open_rejects > 0 &&
        !rejects_forget(a->destination, of, &forgotten, &unknown))
        log_write(LOG_WARN, a->run->number, of->id, "texts of old rejects not dropped: %s", unknown.message);
}

/* Leaves nothing of the attempt behind; a connection that failed or was interrupted is not used again. */
static void end_attempt(Attempt *a, bool done, const Err *err)
{
    links_idle(a->links);
    writer_free(a->writer);
    a->writer = NULL;
    if (!a->destination)
        return;
    if (!done) /* what was known of the table may be why */
        destination_forget_tables(a->destination);
    bool lost = !done && (err->code == ERR_UNREACHABLE || err->transient);
    if (!lost && a->claimed)
        note_position(a, done);
    if (!lost && a->claimed)
        ledger_release(a->destination, a->stream->plan->stream, a->epoch);
    if (lost || (!done && err->code == ERR_CANCELLED))
        links_drop_destination(a->links, destination_of(a->stream));
    a->destination = NULL;
    a->claimed = false;
}

static StreamPhase phase_for(const Attempt *a, bool done, const Err *err)
{
    if (done)
        return PHASE_DONE;
    if (err->code == ERR_CANCELLED || run_cancelled(a->run, a->stream))
        return PHASE_CANCELLED;
    return err->code == ERR_BUSY ? PHASE_LOCKED : PHASE_FAILED;
}

static void log_end(const Run *run, const RunStream *stream, StreamPhase phase, const Err *err)
{
    const Counts *c = &stream->counts;
    const char *id = stream->plan->stream->id;
    if (phase == PHASE_DONE)
        log_write(LOG_INFO, run->number, id,
                  "done: read %" G_GINT64_FORMAT ", written %" G_GINT64_FORMAT ", unchanged %" G_GINT64_FORMAT
                  ", rejected %" G_GINT64_FORMAT " (%" G_GINT64_FORMAT " new), filtered %" G_GINT64_FORMAT
                  ", removed %" G_GINT64_FORMAT,
                  c->read, c->written, c->unchanged, c->rejected, c->rejected_new, c->filtered, c->removed);
    else
        log_write(phase == PHASE_CANCELLED ? LOG_INFO : LOG_ERROR, run->number, id, "%s: %s%s%s", phase_name(phase), err->message,
                  err->hint[0] ? "; " : "", err->hint);
    if (!counts_balance(c))
        log_write(LOG_ERROR, run->number, id, "the counts do not add up: read is not written + unchanged + rejected + filtered");
}

/* Waits for the next try; false when it is not to be. */
static bool wait_for_retry(const Attempt *a, Retry *retry, Err *err)
{
    int wait_ms;
    if (run_cancelled(a->run, a->stream) || !retry_again(retry, err, clock_mono_ms(), &wait_ms))
        return false;
    Progress *progress = &a->stream->progress;
    progress_phase(progress, PHASE_RETRYING);
    int seconds = (wait_ms + 999) / 1000;
    progress_note(progress, "retry %d in %d s: %s", retry->tries, seconds, err->message);
    log_write(LOG_WARN, a->run->number, a->stream->plan->stream->id, "retry %d in %d s: %s", retry->tries, seconds, err->message);
    bool slept = run_pause(a->run, a->stream, wait_ms);
    progress_note(progress, "%s", "");
    if (!slept)
        err_set(err, ERR_CANCELLED, "stopped on request");
    return slept;
}

static void do_stream(Attempt *a)
{
    const EngineOptions *options = &a->run->options;
    RetryPolicy policy = retry_default;
    policy.first_ms = options->retry_first_ms;
    policy.deadline_ms = options->retry_deadline_ms;
    RetryPolicy busy = busy_file_policy(options);
    Retry retry;
    retry_begin(&retry, &policy, (uint64_t)clock_now_us() ^ (uintptr_t)a->stream);
    Err err;
    bool done;
    for (a->again = false;; a->again = true) {
        err = (Err){0};
        a->committed = a->decided = false;
        a->watermark = TIME_NONE;
        links_busy(a->links, a->stream->plan->stream, &a->stream->progress, a->queue);
        done = !run_cancelled(a->run, a->stream) ? attempt_stream(a, &err) : err_set(&err, ERR_CANCELLED, "stopped on request");
        end_attempt(a, done, &err);
        if (a->committed)
            retry_progress(&retry);
        retry.policy = busy_file(destination_of(a->stream), &err) ? &busy : &policy;
        if (done || !wait_for_retry(a, &retry, &err))
            break;
    }
    if (!done && busy_file(destination_of(a->stream), &err))
        busy_file_give_up(&err);
    StreamPhase phase = phase_for(a, done, &err);
    log_end(a->run, a->stream, phase, &err);
    run_stream_end(a->run, a->stream, phase, done ? NULL : &err);
}

void *worker_main(void *data)
{
    Worker *worker = data;
    Attempt a = {.run = worker->run, .links = worker->links, .queue = queue_new()};
    Err no_thread = {0};
    links_of_run(worker->links, worker->run->number);
    a.reader = reader_new(&no_thread);
    while ((a.stream = run_next(worker->run))) {
        if (a.reader)
            do_stream(&a);
        else
            run_stream_end(worker->run, a.stream, PHASE_FAILED, &no_thread);
    }
    reader_free(a.reader);
    queue_free(a.queue);
    links_close(worker->links);
    return NULL;
}

bool worker_retry_parked(Run *run, Links *links, RunStream *stream, int64_t *landed, Err *err)
{
    Attempt a = {.run = run, .stream = stream, .links = links};
    links_busy(links, stream->plan->stream, &stream->progress, NULL);
    a.destination = links_destination(links, destination_of(stream), err);
    LeaseHolder holder = {.user = run->user, .host = run->host, .run = run->number};
    a.claimed = a.destination && ledger_claim(a.destination, stream->plan->stream, &holder, 0, &a.epoch, err);
    bool done = a.claimed && open_writer(&a, WRITER_SYNC, err) && take_parked_up(&a, landed, err);
    end_attempt(&a, done, err);
    return done;
}
