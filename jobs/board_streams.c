/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "jobs/advice.h"
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
    g_free(row->label);
    g_free(row->away);
    g_free(row->why);
    g_free(row->to_do);
    g_free(row->live);
    if (row->runs)
        g_ptr_array_unref(row->runs);
    if (row->notes)
        g_ptr_array_unref(row->notes);
    g_free(row);
}

StreamRow *stream_row_new(const Stream *stream, const CatalogSource *source)
{
    StreamRow *row = g_new0(StreamRow, 1);
    row->id = g_strdup(stream->id);
    row->source = g_strdup(stream->source);
    row->kind = g_strdup(source->ops->kind);
    row->name = g_strdup(stream->name);
    g_autofree char *scope = stream_scope_text(stream);
    row->table = g_strconcat(stream->table->schema ? stream->table->schema : "", stream->table->schema ? "." : "",
                             stream->table->name, scope ? " where " : "", scope, NULL);
    row->destination = source->config->destination->label
                           ? g_strdup_printf("%s (%s)", source->config->destination->display, source->config->destination->label)
                           : g_strdup(source->config->destination->display);
    row->label = g_strdup(source->config->destination->label);
    row->watermark = row->newest = row->lag_us = TIME_NONE;
    row->rows = row->rejects = -1;
    return row;
}

typedef struct Gathering {
    const BoardDesk *desk;
    GHashTable *facts; /* stream id → StreamFact: last known */
    GHashTable *runs;  /* stream id → GPtrArray of RunStreamRecord, newest first */
    GHashTable *notes; /* DestinationConfig → GPtrArray of StoredNote: of all its streams */
    GHashTable *away;  /* what could not be asked: DestinationConfig, CatalogSource → why */
    int64_t until_ms;  /* for SourceOps.newest */
    bool known_alone;  /* without any connection */
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

/* Newest runs of each stream, handed over to the rows. */
static void load_runs(Gathering *g, const char *stream)
{
    g_autoptr(GPtrArray) records = g_ptr_array_new();
    Err unknown = {0};
    g->runs = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    if (g->desk->state)
        state_stream_runs(g->desk->state, stream, BOARD_RUNS, records, &unknown);
    for (guint i = 0; i < records->len; i++) {
        RunStreamRecord *record = g_ptr_array_index(records, i);
        GPtrArray *of = g_hash_table_lookup(g->runs, record->stream);
        if (!of) {
            of = g_ptr_array_new_with_free_func(run_stream_record_free);
            g_hash_table_insert(g->runs, record->stream, of);
        }
        g_ptr_array_add(of, record);
    }
}

static void read_signs(const RunStreamRecord *record, StreamSigns *signs)
{
    const char *phase = record->phase;
    bool live = g_str_equal(record->outcome, "running");
    bool queued = g_str_equal(phase, "queued") || g_str_equal(phase, "waiting");
    bool ended = record->ended_us != TIME_NONE;
    signs->waiting = live && !ended && queued;
    signs->running = live && !ended && !queued;
    signs->stopped = (!live && !ended) || (ended && !g_str_equal(phase, "done") && !g_str_equal(phase, "locked"));
    if (ended)
        signs->age_us = MAX(clock_now_us() - record->ended_us, 0);
}

static void look_at_runs(Gathering *g, StreamRow *row, StreamSigns *signs)
{
    GPtrArray *runs = g_hash_table_lookup(g->runs, row->id);
    row->runs = runs ? g_ptr_array_ref(runs) : g_ptr_array_new();
    if (!runs)
        return;
    int64_t starts[RUNS_LOOKED_AT];
    int count = MIN((int)runs->len, RUNS_LOOKED_AT);
    for (int i = 0; i < count; i++)
        starts[i] = ((const RunStreamRecord *)g_ptr_array_index(runs, i))->run_started_us;
    row->interval_us = signs->interval_us = usual_interval(starts, count);
    const RunStreamRecord *record = g_ptr_array_index(runs, 0);
    read_signs(record, signs);
    row->error = g_strdup(record->error);
}

static void explain(StreamRow *row, const StreamSigns *signs)
{
    const RunStreamRecord *last = row->runs->len ? g_ptr_array_index(row->runs, 0) : NULL;
    AdviceFacts facts = {
        .state = row->state,
        .lag_us = signs->lag_us,
        .age_us = signs->age_us,
        .interval_us = row->interval_us,
        .rejects = row->rejects,
        .run = last ? last->run : 0,
        .phase = last ? last->phase : NULL,
        .outcome = last ? last->outcome : NULL,
        .error = row->error,
        .hint = last ? last->hint : NULL,
        .note = last ? last->note : NULL,
    };
    advice(&facts, &row->why, &row->to_do);
}

/* ---- what source and destination say ---- */

/* Asked for all streams of a destination together; without an answer the rows are shown all the same. */
static void ask_notes(const Gathering *g, Destination *d, const DestinationConfig *config, StreamRow *row)
{
    Err unknown = {0};
    GPtrArray *all = g_hash_table_lookup(g->notes, config);
    if (!all) {
        all = g_ptr_array_new_with_free_func(stored_note_free);
        g_hash_table_insert(g->notes, (gpointer)config, all);
        unit_notes_list(d, NULL, TIME_NONE, TIME_NONE, all, &unknown);
    }
    for (guint i = 0; i < all->len;) {
        const StoredNote *note = all->pdata[i];
        if (!g_str_equal(note->stream, row->id)) {
            i++;
            continue;
        }
        if (!row->notes)
            row->notes = g_ptr_array_new_with_free_func(stored_note_free);
        g_ptr_array_add(row->notes, g_ptr_array_steal_index(all, i));
    }
}

static bool ask_position(Gathering *g, const Stream *stream, const DestinationConfig *config, StreamRow *row, StreamSigns *signs)
{
    bool ledger = false;
    Position position = {.watermark = TIME_NONE, .rows = -1};
    Err err = {0};
    row->away = g_strdup(g_hash_table_lookup(g->away, config));
    if (row->away || g->known_alone)
        return false;
    Destination *d = desk_destination(g->desk, config, &ledger, &err);
    if (!d || (ledger && !ledger_position(d, stream, &position, &err))) {
        desk_forget(g->desk, config, &err);
        row->away = g_strdup(err.message);
        g_hash_table_insert(g->away, (gpointer)config, g_strdup(err.message));
        return false;
    }
    row->watermark = position.watermark;
    row->rows = position.rows;
    row->rejects = position.open_rejects;
    row->at_us = clock_now_us();
    if (ledger)
        ask_notes(g, d, config, row);
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

/* False: what was known stands. */
static bool ask_newest(Gathering *g, const Stream *stream, const CatalogSource *source, const StreamFact *fact, StreamRow *row)
{
    Err err = {0};
    row->newest = fact ? fact->newest : TIME_NONE;
    if (g->known_alone || !source->ops->newest || g_hash_table_contains(g->away, source) || clock_mono_ms() > g->until_ms)
        return false;
    Source *open = links_source(g->desk->links, source, &err);
    if (open && source->ops->newest(open, stream, &row->newest, &err))
        return true;
    links_drop_source(g->desk->links, source);
    g_hash_table_insert(g->away, (gpointer)source, g_strdup(err.message));
    return false;
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
    StreamRow *row = stream_row_new(stream, source);
    StreamSigns signs = {.lag_us = TIME_NONE, .age_us = TIME_NONE};
    bool asked = ask_position(g, stream, source->config->destination, row, &signs);
    if (!asked)
        use_fact(fact, row, &signs);
    bool newest_asked = ask_newest(g, stream, source, fact, row);
    if (row->newest != TIME_NONE && row->watermark != TIME_NONE)
        row->lag_us = signs.lag_us = MAX(row->newest - row->watermark, 0);
    if (row->lag_us == 0 && !newest_asked) /* it was level when last asked: that says nothing of now */
        row->lag_us = signs.lag_us = TIME_NONE;
    look_at_runs(g, row, &signs);
    row->state = g_strdup(stream_state(&signs));
    explain(row, &signs);
    if (asked)
        keep_fact(g, row, &signs);
    return row;
}

static bool gather_all(const BoardDesk *desk, const char *wanted, bool known_alone, BoardAnswer *answer)
{
    Gathering g = {.desk = desk, .until_ms = clock_mono_ms() + NEWEST_MS, .known_alone = known_alone};
    Err unknown = {0}; /* without the state file the rows are answered all the same */
    int64_t dead;
    if (desk->state)
        state_reap(desk->state, &dead, &unknown);
    load_facts(&g);
    load_runs(&g, wanted);
    g.away = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    g.notes = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    answer->rows = g_ptr_array_new_with_free_func(stream_row_free);
    for (guint i = 0; i < desk->catalog->streams->len; i++) {
        const Stream *stream = g_ptr_array_index(desk->catalog->streams, i);
        if (!wanted || g_str_equal(wanted, stream->id))
            g_ptr_array_add(answer->rows, gather(&g, stream));
    }
    answer->total = answer->rows->len;
    g_hash_table_unref(g.facts);
    g_hash_table_unref(g.runs);
    g_hash_table_unref(g.away);
    g_hash_table_unref(g.notes);
    return true;
}

bool answer_streams(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, Err *err)
{
    if (ask->stream && !catalog_stream(desk->catalog, ask->stream))
        return err_set(err, ERR_USAGE, "there is no stream `%s`", ask->stream);
    return gather_all(desk, ask->stream, false, answer);
}

bool answer_known(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, Err *err)
{
    (void)err;
    return gather_all(desk, ask->stream, true, answer);
}
