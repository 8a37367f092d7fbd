/* SPDX-License-Identifier: Apache-2.0 */
/* What several streams come to: a source's row, and the row of healthy streams that are folded into one. */
#include "jobs/board.h"
#include "model/time.h"

int stream_attention(const char *state, int64_t rejects)
{
    static const char *const words[] = {"stopped", "late", "never run", "unaudited"};
    for (int i = 0; i < (int)G_N_ELEMENTS(words); i++)
        if (!g_strcmp0(state, words[i]))
            return i;
    if (!g_strcmp0(state, "running"))
        return ATTENTION_TROUBLE + 1;
    if (!g_strcmp0(state, "waiting") || !g_strcmp0(state, "queued"))
        return ATTENTION_TROUBLE + 2;
    if (!g_strcmp0(state, "unknown"))
        return ATTENTION_TROUBLE + 3;
    return rejects > 0 ? ATTENTION_TROUBLE : ATTENTION_NONE;
}

static void add_known(int64_t *to, int64_t value)
{
    if (value >= 0)
        *to = MAX(*to, 0) + value;
}

static int64_t lower(int64_t a, int64_t b)
{
    return a == TIME_NONE ? b : b == TIME_NONE ? a : MIN(a, b);
}

static int64_t higher(int64_t a, int64_t b)
{
    return a == TIME_NONE ? b : b == TIME_NONE ? a : MAX(a, b);
}

static bool ended_well(const RunStreamRecord *record)
{
    return !g_strcmp0(record->phase, "done");
}

static bool goes_on(const RunStreamRecord *record)
{
    return record->ended_us == TIME_NONE && !g_strcmp0(record->outcome, "running");
}

static RunStreamRecord *record_new(const RunStreamRecord *from)
{
    RunStreamRecord *record = g_new0(RunStreamRecord, 1);
    record->run = from->run;
    record->stream = g_strdup("");
    record->phase = g_strdup(from->phase);
    record->job = g_strdup(from->job);
    record->outcome = g_strdup(from->outcome);
    record->run_started_us = from->run_started_us;
    record->started_us = record->ended_us = TIME_NONE;
    return record;
}

static int by_run(const void *a, const void *b)
{
    const RunStreamRecord *left = *(RunStreamRecord *const *)a, *right = *(RunStreamRecord *const *)b;
    return left->run > right->run ? -1 : left->run < right->run;
}

static void merge_run(GHashTable *merged, GPtrArray *out, const RunStreamRecord *from)
{
    RunStreamRecord *to = g_hash_table_lookup(merged, &from->run);
    if (!to) {
        to = record_new(from);
        g_hash_table_insert(merged, &to->run, to);
        g_ptr_array_add(out, to);
    } else if (ended_well(to) && !ended_well(from)) {
        g_free(to->phase);
        to->phase = g_strdup(from->phase);
    }
    counts_add(&to->counts, &from->counts);
    to->started_us = lower(to->started_us, from->started_us);
    to->ended_us = higher(to->ended_us, from->ended_us);
}

static GPtrArray *sum_runs(StreamRow *const *rows, int count)
{
    g_autoptr(GHashTable) merged = g_hash_table_new(g_int64_hash, g_int64_equal);
    GPtrArray *out = g_ptr_array_new_with_free_func(run_stream_record_free);
    for (int i = 0; i < count; i++)
        for (guint j = 0; j < rows[i]->runs->len; j++)
            if (!goes_on(g_ptr_array_index(rows[i]->runs, j)))
                merge_run(merged, out, g_ptr_array_index(rows[i]->runs, j));
    g_ptr_array_sort(out, by_run);
    if (out->len > BOARD_RUNS)
        g_ptr_array_set_size(out, BOARD_RUNS);
    return out;
}

StreamRow *stream_rows_sum(StreamRow *const *rows, int count)
{
    StreamRow *sum = g_new0(StreamRow, 1);
    const StreamRow *worst = rows[0];
    sum->source = g_strdup(rows[0]->source);
    sum->id = g_strdup(rows[0]->source);
    sum->name = g_strdup(rows[0]->source);
    sum->kind = g_strdup(rows[0]->kind);
    sum->destination = g_strdup(rows[0]->destination);
    sum->label = g_strdup(rows[0]->label);
    sum->watermark = sum->newest = sum->lag_us = sum->at_us = TIME_NONE;
    sum->rows = sum->rejects = -1;
    for (int i = 0; i < count; i++) {
        const StreamRow *row = rows[i];
        if (stream_attention(row->state, 0) < stream_attention(worst->state, 0))
            worst = row;
        sum->watermark = lower(sum->watermark, row->watermark);
        sum->newest = higher(sum->newest, row->newest);
        sum->lag_us = higher(sum->lag_us, row->lag_us);
        sum->at_us = lower(sum->at_us, row->at_us > 0 ? row->at_us : TIME_NONE);
        sum->cached = sum->cached || row->cached;
        sum->away = sum->away ? sum->away : g_strdup(row->away);
        add_known(&sum->rows, row->rows);
        add_known(&sum->rejects, row->rejects);
    }
    sum->state = g_strdup(worst->state);
    sum->runs = sum_runs(rows, count);
    return sum;
}
