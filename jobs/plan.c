/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/plan.h"

#include "jobs/graph.h"
#include "jobs/position.h"
#include "model/time.h"

static void stream_plan_free(void *data)
{
    StreamPlan *plan = data;
    checkpoint_clear(&plan->checkpoint);
    g_free(plan->why);
    if (plan->ddl)
        ddl_plan_free(plan->ddl);
    reimport_scope_clear(&plan->reimport);
    if (plan->waits_for)
        g_ptr_array_unref(plan->waits_for);
    g_free(plan);
}

void plan_free(Plan *plan)
{
    if (!plan)
        return;
    g_ptr_array_unref(plan->streams);
    g_ptr_array_unref(plan->ledger_ddl);
    g_ptr_array_unref(plan->notes);
    if (plan->request.patterns)
        g_ptr_array_unref(plan->request.patterns);
    g_free(plan->request.arguments);
    g_free((char *)plan->request.operator_name);
    g_free(plan);
}

static StreamPlan *stream_plan_new(const Catalog *catalog, const JobRequest *request, const Stream *stream)
{
    StreamPlan *plan = g_new0(StreamPlan, 1);
    plan->stream = stream;
    plan->source = catalog_source_of(catalog, stream);
    plan->job = request->job;
    plan->window = (Window){.kind = WINDOW_WHOLE, .low = TIME_NONE, .high = TIME_NONE, .clock = TIME_NONE};
    plan->table_rows = plan->estimate = -1;
    plan->table_newest = TIME_NONE;
    plan->history_from = TIME_NONE;
    plan->waits_for = g_ptr_array_new();
    plan->position = (Position){.watermark = TIME_NONE, .history_from = TIME_NONE, .changed_at = TIME_NONE, .rows = -1};
    checkpoint_clear(&plan->checkpoint);
    return plan;
}

bool plan_window(StreamPlan *plan, const JobRequest *request, Err *err)
{
    g_clear_pointer(&plan->why, g_free);
    plan->resumes = false;
    plan->job = request->job;
    plan->first_load = plan->table_empty;
    bool ours = plan->position.known || (plan->unfinished && plan->checkpoint.first_load);
    plan->take_over = !plan->table_empty && !ours;
    return request->job->plan(plan, request, err);
}

/* The source's own now, where it can tell it: what is dated later must not decide where a take-over by trust begins. */
static bool source_now(const StreamPlan *plan, int64_t *now, Err *err)
{
    *now = TIME_PG_MAX;
    if (!plan->source->ops->clock)
        return true;
    SourceContext context = {.config = plan->source->config};
    Source *source = source_open(plan->source->ops, &context, err);
    if (!source)
        return false;
    bool told = plan->source->ops->clock(source, now, err);
    source_free(source);
    if (*now == TIME_NONE)
        *now = TIME_PG_MAX;
    return told;
}

static bool refuse_conflicts(const StreamPlan *plan, Err *err)
{
    guint count = plan->ddl->conflicts->len;
    if (count == 0)
        return true;
    err_set(err, ERR_DEST, "%s", (const char *)plan->ddl->conflicts->pdata[0]);
    if (count > 1)
        err_hint(err, "and %u more: `tidemark %s %s --dry-run` lists them", count - 1, plan->job->name, plan->stream->id);
    return false;
}

static bool look_at_table(Destination *d, StreamPlan *plan, const GPtrArray *before, Err *err)
{
    const Stream *stream = plan->stream;
    plan->ddl = ddl_plan(d, stream, before, err);
    if (!plan->ddl || !refuse_conflicts(plan, err))
        return false;
    bool empty;
    if (!position_table_empty(d, stream, plan->ddl->live, &empty, err))
        return false;
    plan->table_empty = empty;
    /* Statistics know nothing of a table that was never analysed; the ledger counted it when the last window closed. */
    plan->table_rows = empty ? 0 : MAX(plan->ddl->live->rows_estimate, plan->position.rows);
    if (empty || plan->position.known || stream->settings.take_over != TAKE_OVER_TRUST)
        return true;
    int64_t now;
    return source_now(plan, &now, err) && position_table_newest(d, stream, now, &plan->table_newest, err);
}

/* What the streams of one destination are planned with. */
typedef struct Planning {
    Destination *d;
    bool ledger;           /* our own tables exist */
    GPtrArray *neighbours; /* const Stream *: configured for this destination */
    GPtrArray *before;     /* const Stream *: planned so far, so that their tables exist when the next one is made */
} Planning;

static bool plan_stream(const Planning *p, const JobRequest *request, StreamPlan *plan, Err *err)
{
    if (p->ledger && !position_load(p->d, plan, request, err))
        return false;
    if (!plan->window_key[0] && plan->job->key)
        plan->job->key(request, plan->window_key, sizeof plan->window_key);
    if (!look_at_table(p->d, plan, p->before, err) || !plan_window(plan, request, err))
        return false;
    if (plan->job->destructive && plan->ddl->live->exists)
        return reimport_scope(p->d, plan->stream, p->neighbours, &plan->reimport, err);
    return true;
}

/* The configured streams that land in this destination, whether chosen or not. */
static GPtrArray *streams_into(const Catalog *catalog, const DestinationConfig *config)
{
    GPtrArray *streams = g_ptr_array_new();
    for (guint i = 0; i < catalog->streams->len; i++)
        if (catalog_source_of(catalog, catalog->streams->pdata[i])->config->destination == config)
            g_ptr_array_add(streams, catalog->streams->pdata[i]);
    return streams;
}

static bool plan_ledger(Plan *plan, Destination *d, bool *exists, Err *err)
{
    g_autoptr(GPtrArray) statements = g_ptr_array_new_with_free_func(g_free);
    if (!ledger_exists(d, exists, err) || !ledger_plan(d, statements, err))
        return err_context(err, "looking at our own tables in %s", d->config->display);
    if (statements->len > 0)
        g_ptr_array_add(plan->ledger_ddl, g_strdup_printf("-- %s", d->config->display));
    for (guint i = 0; i < statements->len; i++)
        g_ptr_array_add(plan->ledger_ddl, g_strdup(statements->pdata[i]));
    return true;
}

/* One connection for all streams of a destination; a stream that cannot be planned is refused alone. */
static void plan_destination(Plan *plan, const DestinationConfig *config)
{
    Err failed = {0};
    Planning p = {.d = destination_open(config, &failed)};
    if (p.d)
        plan_ledger(plan, p.d, &p.ledger, &failed);
    p.neighbours = streams_into(plan->catalog, config);
    p.before = g_ptr_array_new();
    for (guint i = 0; i < plan->streams->len; i++) {
        StreamPlan *stream = plan->streams->pdata[i];
        if (stream->source->config->destination != config)
            continue;
        if (failed.code == ERR_NONE)
            plan_stream(&p, &plan->request, stream, &stream->refused);
        else
            stream->refused = failed;
        if (stream->refused.code == ERR_NONE)
            g_ptr_array_add(p.before, (gpointer)stream->stream);
        if (stream->refused.code == ERR_UNREACHABLE) /* the connection is gone: do not wait for it once per stream */
            failed = stream->refused;
    }
    g_ptr_array_unref(p.before);
    g_ptr_array_unref(p.neighbours);
    destination_close(p.d);
}

static void estimate_source(Plan *plan, const CatalogSource *source)
{
    Source *open = NULL;
    Err failed = {0};
    SourceContext context = {.config = source->config};
    for (guint i = 0; i < plan->streams->len; i++) {
        StreamPlan *stream = plan->streams->pdata[i];
        if (stream->source != source || stream->refused.code != ERR_NONE)
            continue;
        if (!open && failed.code == ERR_NONE)
            open = source_open(source->ops, &context, &failed);
        if (!open) {
            stream->refused = failed;
            continue;
        }
        Err uncounted = {0};
        if (source->ops->count && !source->ops->count(open, stream->stream, &stream->window, &stream->estimate, &uncounted)) {
            stream->estimate = -1;
            g_ptr_array_add(plan->notes, g_strdup_printf("%s: not counted: %s", stream->stream->id, uncounted.message));
        }
    }
    if (open)
        source_free(open);
}

static void copy_request(Plan *plan, const JobRequest *request)
{
    plan->request = *request;
    plan->request.operator_name = g_strdup(request->operator_name ? request->operator_name : "batch");
    plan->request.arguments = g_strdup(request->arguments ? request->arguments : request->job->name);
    if (request->patterns)
        g_ptr_array_ref(request->patterns);
    plan->jobs = request->jobs > 0 ? request->jobs : plan->catalog->config->jobs;
    plan->jobs = MAX(plan->jobs, 1);
}

Plan *plan_make(const Catalog *catalog, const JobRequest *request, bool estimate, Err *err)
{
    g_autoptr(GPtrArray) chosen = g_ptr_array_new();
    if (!catalog_select(catalog, request->patterns, chosen, err))
        return NULL;
    if (chosen->len == 0) {
        err_set(err, ERR_CONFIG, "no stream is configured");
        return NULL;
    }
    if (request->job->needs_range && request->from == TIME_NONE && request->to == TIME_NONE) {
        err_set(err, ERR_USAGE, "%s needs a window: --from, --to or --date", request->job->name);
        return NULL;
    }
    if (request->job->needs_range && request->from != TIME_NONE && request->to != TIME_NONE && request->from >= request->to) {
        err_set(err, ERR_USAGE, "the window is empty: it ends at or before its beginning");
        return NULL;
    }
    Plan *plan = g_new0(Plan, 1);
    plan->catalog = catalog;
    plan->streams = g_ptr_array_new_with_free_func(stream_plan_free);
    plan->ledger_ddl = g_ptr_array_new_with_free_func(g_free);
    plan->notes = g_ptr_array_new_with_free_func(g_free);
    copy_request(plan, request);
    for (guint i = 0; i < chosen->len; i++)
        g_ptr_array_add(plan->streams, stream_plan_new(catalog, request, chosen->pdata[i]));
    graph_order(plan->streams, plan->notes);
    for (guint i = 0; i < catalog->config->destinations->len; i++) {
        bool needed = false;
        for (guint k = 0; k < plan->streams->len && !needed; k++)
            needed =
                ((StreamPlan *)plan->streams->pdata[k])->source->config->destination == catalog->config->destinations->pdata[i];
        if (needed)
            plan_destination(plan, catalog->config->destinations->pdata[i]);
    }
    for (guint i = 0; estimate && i < catalog->sources->len; i++)
        estimate_source(plan, catalog->sources->pdata[i]);
    return plan;
}
