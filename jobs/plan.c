/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/plan.h"

#include "destinations/known_tables.h"
#include "destinations/sql.h"
#include "jobs/graph.h"
#include "jobs/links.h"
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
    stream_free(plan->fitted);
    g_free(plan);
}

void plan_free(Plan *plan)
{
    if (!plan)
        return;
    g_ptr_array_unref(plan->streams);
    known_tables_unref(plan->tables);
    g_ptr_array_unref(plan->ledger_ddl);
    g_ptr_array_unref(plan->first_writes);
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
static bool source_now(Links *links, const StreamPlan *plan, int64_t *now, Err *err)
{
    *now = TIME_PG_MAX;
    if (!plan->source->ops->clock)
        return true;
    Source *source = links_source(links, plan->source, err);
    if (!source)
        return false;
    bool told = plan->source->ops->clock(source, now, err);
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

/* What the streams of one destination are planned with. */
typedef struct Planning {
    Links *links;
    Destination *d;
    bool ledger;           /* our own tables exist */
    GPtrArray *neighbours; /* const Stream *: configured for this destination */
    GPtrArray *before;     /* const Stream *: planned so far, so that their tables exist when the next one is made */
} Planning;

/* Statistics know nothing of a table that was never analysed, nor of a part of one; the ledger counted it when the last window closed. */
static bool count_there(Destination *d, StreamPlan *plan, Err *err)
{
    const Stream *stream = plan->stream;
    const LiveTable *live = plan->ddl->live;
    plan->table_rows = plan->table_empty ? 0 : MAX(stream->scope_count ? -1 : live->rows_estimate, plan->position.rows);
    if (plan->table_rows >= 0)
        return true;
    g_autoptr(GString) sql = g_string_new("SELECT count(*) FROM ");
    db_quote_table(sql, d, live->schema, live->name);
    g_string_append(sql, " AS t WHERE 1 = 1");
    sql_scope(sql, d, stream, "t");
    return db_number(d, &plan->table_rows, err, sql->str, 0);
}

static bool look_at_table(const Planning *p, StreamPlan *plan, Err *err)
{
    Destination *d = p->d;
    const Stream *stream = plan->stream;
    plan->ddl = ddl_plan(d, stream, p->before, err);
    if (!plan->ddl || !refuse_conflicts(plan, err))
        return false;
    bool empty;
    if (!position_table_empty(d, stream, plan->ddl->live, &empty, err))
        return false;
    plan->table_empty = empty;
    if (!count_there(d, plan, err))
        return false;
    if (empty || plan->position.known || stream->settings.take_over != TAKE_OVER_TRUST)
        return true;
    int64_t now;
    return source_now(p->links, plan, &now, err) && position_table_newest(d, stream, now, &plan->table_newest, err);
}

static bool plan_stream(const Planning *p, const JobRequest *request, StreamPlan *plan, Err *err)
{
    if (p->ledger && !position_load(p->d, plan, request, err))
        return false;
    if (!plan->window_key[0] && plan->job->key)
        plan->job->key(request, plan->window_key, sizeof plan->window_key);
    if (!look_at_table(p, plan, err) || !plan_window(plan, request, err))
        return false;
    if (!plan->job->destructive && plan->first_load && ddl_key_can_wait(p->d, plan->stream, p->neighbours))
        ddl_fill_first(plan->ddl);
    if (!plan->job->destructive || !plan->ddl->live->exists)
        return true;
    if (request->truncate && plan->stream->scope_count == 0)
        ddl_defer_key(plan->ddl);
    bool referenced;
    return reimport_scope(p->d, plan->stream, p->neighbours, &plan->reimport, err) &&
           (!request->truncate || reimport_may_empty(p->d, plan->ddl->live, &referenced, err));
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
    if (!*exists)
        g_ptr_array_add(plan->first_writes, (gpointer)d->config);
    if (statements->len > 0)
        g_ptr_array_add(plan->ledger_ddl, g_strdup_printf("-- %s", d->config->display));
    for (guint i = 0; i < statements->len; i++)
        g_ptr_array_add(plan->ledger_ddl, g_strdup(statements->pdata[i]));
    return true;
}

static void look_ahead(const Plan *plan, Destination *d, Err *failed)
{
    g_autoptr(GPtrArray) streams = g_ptr_array_new();
    for (guint i = 0; i < plan->streams->len; i++) {
        const StreamPlan *stream = plan->streams->pdata[i];
        if (stream->source->config->destination == d->config)
            g_ptr_array_add(streams, (gpointer)stream->stream);
    }
    destination_look_ahead(d, streams, failed);
}

/* One connection for all streams of a destination; a stream that cannot be planned is refused alone. */
static void plan_destination(Plan *plan, Links *links, const DestinationConfig *config)
{
    Err failed = {0};
    Planning p = {.links = links, .d = links_destination(links, config, &failed)};
    if (p.d)
        plan_ledger(plan, p.d, &p.ledger, &failed);
    if (p.d && failed.code == ERR_NONE)
        look_ahead(plan, p.d, &failed);
    p.neighbours = streams_into(plan->catalog, config);
    p.before = g_ptr_array_new();
    for (guint i = 0; i < plan->streams->len; i++) {
        StreamPlan *stream = plan->streams->pdata[i];
        if (stream->source->config->destination != config || stream->refused.code != ERR_NONE)
            continue;
        if (failed.code == ERR_NONE)
            plan_stream(&p, &plan->request, stream, &stream->refused);
        else
            stream->refused = failed;
        if (stream->refused.code == ERR_NONE)
            g_ptr_array_add(p.before, (gpointer)stream->stream);
        if (stream->refused.code == ERR_UNREACHABLE ||
            stream->refused.code == ERR_CANCELLED) /* the connection is gone: do not wait for it once per stream */
            failed = stream->refused;
    }
    g_ptr_array_unref(p.before);
    g_ptr_array_unref(p.neighbours);
}

static void estimate_source(Plan *plan, Links *links, const CatalogSource *source)
{
    Source *open = NULL;
    Err failed = {0};
    for (guint i = 0; i < plan->streams->len && !links_interrupted(links); i++) {
        StreamPlan *stream = plan->streams->pdata[i];
        if (stream->source != source || stream->refused.code != ERR_NONE)
            continue;
        if (!open && failed.code == ERR_NONE)
            open = links_source(links, source, &failed);
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

static bool check_request(const JobRequest *request, const GPtrArray *chosen, Err *err)
{
    if (chosen->len == 0)
        return err_set(err, ERR_CONFIG, "no stream is configured");
    if (request->job->needs_range && request->from == TIME_NONE && request->to == TIME_NONE)
        return err_set(err, ERR_USAGE, "%s needs a window: --from, --to or --date", request->job->name);
    if (request->job->needs_range && request->from != TIME_NONE && request->to != TIME_NONE && request->from >= request->to)
        return err_set(err, ERR_USAGE, "the window is empty: it ends at or before its beginning");
    return true;
}

/* Before the graph is made and anything is asked of the destination: both go by the tables that will really be written. */
static void fit_streams(Plan *plan, Links *links, const CatalogSource *source)
{
    Source *open = NULL;
    Err failed = {0};
    for (guint i = 0; source->ops->fit && i < plan->streams->len && !links_interrupted(links); i++) {
        StreamPlan *stream = plan->streams->pdata[i];
        if (stream->source != source)
            continue;
        if (!open && failed.code == ERR_NONE)
            open = links_source(links, source, &failed);
        if (!open)
            stream->refused = failed;
        else if (source->ops->fit(open, stream->stream, &stream->fitted, &stream->refused) && stream->fitted)
            stream->stream = stream->fitted;
    }
}

static Plan *plan_new(const Catalog *catalog, const JobRequest *request, const GPtrArray *chosen)
{
    Plan *plan = g_new0(Plan, 1);
    plan->catalog = catalog;
    plan->tables = known_tables_new();
    plan->streams = g_ptr_array_new_with_free_func(stream_plan_free);
    plan->ledger_ddl = g_ptr_array_new_with_free_func(g_free);
    plan->first_writes = g_ptr_array_new();
    plan->notes = g_ptr_array_new_with_free_func(g_free);
    copy_request(plan, request);
    for (guint i = 0; i < chosen->len; i++)
        g_ptr_array_add(plan->streams, stream_plan_new(catalog, request, chosen->pdata[i]));
    return plan;
}

static bool lands_in(const Plan *plan, const DestinationConfig *config)
{
    for (guint i = 0; i < plan->streams->len; i++)
        if (((StreamPlan *)plan->streams->pdata[i])->source->config->destination == config)
            return true;
    return false;
}

Plan *plan_make_over(Links *links, const Catalog *catalog, const JobRequest *request, bool estimate, Err *err)
{
    g_autoptr(GPtrArray) chosen = g_ptr_array_new();
    if (!catalog_select(catalog, request->patterns, chosen, err) || !check_request(request, chosen, err))
        return NULL;
    Plan *plan = plan_new(catalog, request, chosen);
    links_share(links, plan->tables);
    for (guint i = 0; i < catalog->sources->len; i++)
        fit_streams(plan, links, catalog->sources->pdata[i]);
    graph_order(plan->streams, plan->notes);
    const GPtrArray *destinations = catalog->config->destinations;
    for (guint i = 0; i < destinations->len && !links_interrupted(links); i++)
        if (lands_in(plan, destinations->pdata[i]))
            plan_destination(plan, links, destinations->pdata[i]);
    for (guint i = 0; estimate && i < catalog->sources->len; i++)
        estimate_source(plan, links, catalog->sources->pdata[i]);
    if (!links_interrupted(links))
        return plan;
    plan_free(plan);
    err_set(err, ERR_CANCELLED, "the planning of %s was stopped", request->job->name);
    return NULL;
}

Plan *plan_make(const Catalog *catalog, const JobRequest *request, bool estimate, Err *err)
{
    Links *links = links_new();
    Plan *plan = plan_make_over(links, catalog, request, estimate, err);
    links_free(links);
    return plan;
}

const char *plan_when_key(const StreamPlan *plan)
{
    return plan->job->destructive ? "when the table is empty, before it is filled"
                                  : "when its rows are there, before the last of them";
}

/* "warehouse" of "warehouse@pg1.internal", "demo.db" of a file's path. */
static char *database_name(const DestinationConfig *destination)
{
    const char *at = strrchr(destination->display, '@');
    return at && !strchr(destination->display, '/') ? g_strndup(destination->display, (gsize)(at - destination->display))
                                                    : g_path_get_basename(destination->display);
}

char *plan_consent_word(const Plan *plan)
{
    const char *table = NULL;
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_autoptr(GString) databases = g_string_new(NULL);
    int tables = 0;
    for (guint i = 0; i < plan->streams->len; i++) {
        const StreamPlan *stream = g_ptr_array_index(plan->streams, i);
        const DestinationConfig *destination = stream->source->config->destination;
        if (stream->refused.code != ERR_NONE)
            continue;
        tables++;
        table = stream->stream->table->name;
        if (g_hash_table_add(seen, (gpointer)destination)) {
            g_autofree char *name = database_name(destination);
            g_string_append_printf(databases, "%s%s", databases->len ? " " : "", name);
        }
    }
    return tables == 0 ? NULL : g_strdup(tables == 1 ? table : databases->str);
}
