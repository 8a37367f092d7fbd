/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "jobs/board_private.h"
#include "jobs/stream_state.h"
#include "model/time.h"

enum {
    RUNS_LOOKED_AT = 9, /* of a stream, for its usual interval */
    NEWEST_MS = 3000    /* so long sources are asked for their newest rows; after that the last known ones stand */
};

void stream_row_free(void *data)
{
    StreamRow *row = data;
    if (!row)
        return;
    g_free(row->id);
    g_free(row->source);
    g_free(row->kind);
    g_free(row->name);
    g_free(row->table);
    g_free(row->destination);
    g_free(row->state);
    g_free(row->error);
    g_free(row);
}

static StreamRow *row_new(const Stream *stream, const CatalogSource *source)
{
    StreamRow *row = g_new0(StreamRow, 1);
    row->id = g_strdup(stream->id);
    row->source = g_strdup(stream->source);
    row->kind = g_strdup(source->ops->kind);
    row->name = g_strdup(stream->name);
    row->table = stream->table->schema ? g_strdup_printf("%s.%s", stream->table->schema, stream->table->name)
                                       : g_strdup(stream->table->name);
    row->destination = source->config->destination->label
                           ? g_strdup_printf("%s (%s)", source->config->destination->display, source->config->destination->label)
                           : g_strdup(source->config->destination->display);
    row->watermark = row->newest = row->lag_us = TIME_NONE;
    row->rows = row->rejects = -1;
    return row;
}

typedef struct Gathering {
    const BoardDesk *desk;
    GHashTable *facts;       /* stream id → StreamFact: last known */
    GHashTable *run_streams; /* run → GPtrArray of RunStreamRecord */
    GHashTable *away;        /* what could not be asked: DestinationConfig, CatalogSource */
    int64_t until_ms;        /* for SourceOps.newest */
} Gathering;

static void load_facts(Gathering *g)
{
    g_autoptr(GPtrArray) facts = g_ptr_array_new();
    Err unknown = {0};
    g->facts = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, stream_fact_free);
    if (g->desk->state && state_facts(g->desk->state, facts, &unknown))
        for (guint i = 0; i < facts->len; i++)
            g_hash_table_replace(g->facts, ((StreamFact *)facts->pdata[i])->stream, facts->pdata[i]);
}

/* ---- what its runs say ---- */

static const RunStreamRecord *record_of(Gathering *g, int64_t run, const char *stream)
{
    GPtrArray *records = g_hash_table_lookup(g->run_streams, &run);
    if (!records) {
        Err unknown = {0};
        records = g_ptr_array_new_with_free_func(run_stream_record_free);
        state_run_streams(g->desk->state, run, records, &unknown);
        g_hash_table_insert(g->run_streams, g_memdup2(&run, sizeof run), records);
    }
    for (guint i = 0; i < records->len; i++)
        if (g_str_equal(((const RunStreamRecord *)records->pdata[i])->stream, stream))
            return records->pdata[i];
    return NULL;
}

static void read_signs(const RunRecord *run, const RunStreamRecord *record, StreamSigns *signs)
{
    const char *phase = record->phase;
    bool live = g_str_equal(run->outcome, "running");
    bool queued = g_str_equal(phase, "queued") || g_str_equal(phase, "waiting");
    bool ended = record->ended_us != TIME_NONE;
    signs->waiting = live && !ended && queued;
    signs->running = live && !ended && !queued;
    signs->stopped = (!live && !ended) || (ended && !g_str_equal(phase, "done") && !g_str_equal(phase, "locked"));
    if (ended)
        signs->age_us = clock_now_us() - record->ended_us;
}

static void look_at_runs(Gathering *g, StreamRow *row, StreamSigns *signs)
{
    g_autoptr(GPtrArray) runs = g_ptr_array_new_with_free_func(run_record_free);
    RunFilter filter = {.stream = row->id, .since_us = TIME_NONE, .limit = RUNS_LOOKED_AT};
    Err unknown = {0};
    if (!g->desk->state || !state_runs(g->desk->state, &filter, runs, NULL, &unknown) || runs->len == 0)
        return;
    int64_t starts[RUNS_LOOKED_AT];
    for (guint i = 0; i < runs->len; i++)
        starts[i] = ((const RunRecord *)runs->pdata[i])->started_us;
    signs->interval_us = usual_interval(starts, (int)runs->len);
    const RunRecord *last = runs->pdata[0];
    const RunStreamRecord *record = record_of(g, last->run, row->id);
    if (!record)
        return;
    read_signs(last, record, signs);
    row->error = g_strdup(record->error);
}

/* ---- what source and destination say ---- */

static bool ask_position(Gathering *g, const Stream *stream, const DestinationConfig *config, StreamRow *row, StreamSigns *signs)
{
    bool ledger = false;
    Position position = {.watermark = TIME_NONE, .rows = -1};
    Err err = {0};
    if (g_hash_table_contains(g->away, config))
        return false;
    Destination *d = desk_destination(g->desk, config, &ledger, &err);
    if (!d || (ledger && !ledger_position(d, stream, &position, &err))) {
        desk_forget(g->desk, config, &err);
        g_hash_table_add(g->away, (gpointer)config);
        return false;
    }
    row->watermark = position.watermark;
    row->rows = position.rows;
    row->rejects = position.open_rejects;
    row->at_us = clock_now_us();
    signs->closed = position.known && position.definition[0];
    signs->unaudited = position.unaudited;
    return true;
}

static void use_fact(const StreamFact *fact, StreamRow *row, StreamSigns *signs)
{
    row->cached = true;
    if (!fact)
        return;
    row->watermark = fact->watermark;
    row->rows = fact->rows;
    row->rejects = fact->rejects;
    row->at_us = fact->at_us;
    signs->closed = fact->watermark != TIME_NONE;
    signs->unaudited = fact->unaudited;
}

static void ask_newest(Gathering *g, const Stream *stream, const CatalogSource *source, const StreamFact *fact, StreamRow *row)
{
    Err err = {0};
    row->newest = fact ? fact->newest : TIME_NONE;
    if (!source->ops->newest || g_hash_table_contains(g->away, source) || clock_mono_ms() > g->until_ms)
        return;
    Source *open = links_source(g->desk->links, source, &err);
    if (!open || !source->ops->newest(open, stream, &row->newest, &err)) {
        links_drop_source(g->desk->links, source);
        g_hash_table_add(g->away, (gpointer)source);
    }
}

static void keep_fact(Gathering *g, const StreamRow *row, const StreamSigns *signs)
{
    Err unsaved = {0};
    StreamFact fact = {
        .stream = row->id,
        .watermark = row->watermark,
        .newest = row->newest,
        .rows = row->rows,
        .rejects = row->rejects,
        .unaudited = signs->unaudited,
        .at_us = row->at_us,
    };
    if (g->desk->state)
        state_facts_put(g->desk->state, &fact, &unsaved); /* a cache: the next look saves it again */
}

static StreamRow *gather(Gathering *g, const Stream *stream)
{
    const CatalogSource *source = catalog_source_of(g->desk->catalog, stream);
    const StreamFact *fact = g_hash_table_lookup(g->facts, stream->id);
    StreamRow *row = row_new(stream, source);
    StreamSigns signs = {.lag_us = TIME_NONE, .age_us = TIME_NONE};
    bool asked = ask_position(g, stream, source->config->destination, row, &signs);
    if (!asked)
        use_fact(fact, row, &signs);
    ask_newest(g, stream, source, fact, row);
    if (row->newest != TIME_NONE && row->watermark != TIME_NONE)
        row->lag_us = signs.lag_us = MAX(row->newest - row->watermark, 0);
    look_at_runs(g, row, &signs);
    row->state = g_strdup(stream_state(&signs));
    if (asked)
        keep_fact(g, row, &signs);
    return row;
}

bool answer_streams(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, Err *err)
{
    (void)ask;
    Gathering g = {.desk = desk, .until_ms = clock_mono_ms() + NEWEST_MS};
    int64_t dead;
    load_facts(&g);
    g.run_streams = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    g.away = g_hash_table_new(NULL, NULL);
    if (desk->state)
        state_reap(desk->state, &dead, err);
    *err = (Err){0}; /* without the state file the rows are answered all the same */
    answer->rows = g_ptr_array_new_with_free_func(stream_row_free);
    for (guint i = 0; i < desk->catalog->streams->len; i++)
        g_ptr_array_add(answer->rows, gather(&g, desk->catalog->streams->pdata[i]));
    answer->total = answer->rows->len;
    g_hash_table_unref(g.facts);
    g_hash_table_unref(g.run_streams);
    g_hash_table_unref(g.away);
    return true;
}
