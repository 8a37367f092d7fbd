/* SPDX-License-Identifier: Apache-2.0 */
/* A stream's row joined with what is going on right now. */
#include "jobs/advice.h"
#include "jobs/board_private.h"
#include "model/time.h"

static StreamRow *copy(const StreamRow *row)
{
    StreamRow *to = g_memdup2(row, sizeof *row);
    to->id = g_strdup(row->id);
    to->source = g_strdup(row->source);
    to->kind = g_strdup(row->kind);
    to->name = g_strdup(row->name);
    to->table = g_strdup(row->table);
    to->destination = g_strdup(row->destination);
    to->label = g_strdup(row->label);
    to->state = g_strdup(row->state);
    to->error = g_strdup(row->error);
    to->away = g_strdup(row->away);
    to->why = g_strdup(row->why);
    to->to_do = g_strdup(row->to_do);
    to->runs = g_ptr_array_ref(row->runs);
    to->notes = row->notes ? g_ptr_array_ref(row->notes) : NULL;
    to->live = NULL;
    return to;
}

static const char *word_of(StreamPhase phase)
{
    return phase == PHASE_QUEUED ? "queued" : phase == PHASE_WAITING ? "waiting" : "running";
}

static const StreamView *part_of(const RunView *run, const char *id)
{
    for (int i = 0; i < run->stream_count; i++)
        if (g_str_equal(run->streams[i].id, id))
            return &run->streams[i];
    return NULL;
}

static void say(StreamRow *now, const char *state, int64_t run, const StreamView *part)
{
    AdviceFacts facts = {.state = state,
                         .run = run,
                         .note = part->note,
                         .rejects = -1,
                         .age_us = TIME_NONE,
                         .error = part->err.message,
                         .hint = part->err.hint};
    g_free(now->state);
    g_free(now->why);
    g_free(now->to_do);
    now->state = g_strdup(state);
    advice(&facts, &now->why, &now->to_do);
}

/* The row was asked for while the run was at it, which has ended since. */
static bool overtaken(const StreamRow *row, int64_t run)
{
    const RunStreamRecord *last = row->runs->len > 0 ? g_ptr_array_index(row->runs, 0) : NULL;
    return (!g_strcmp0(row->state, "running") || !g_strcmp0(row->state, "waiting")) && last && last->run == run;
}

static void look_at(StreamRow *now, const RunView *run)
{
    const StreamView *part = part_of(run, now->id);
    if (part && part->phase < PHASE_DONE && !run->finished) {
        now->live = g_memdup2(part, sizeof *part);
        now->live_run = run->run;
        say(now, word_of(part->phase), run->run, part);
    } else if (part && part->phase >= PHASE_DONE && overtaken(now, run->run)) {
        say(now, part->phase == PHASE_DONE || part->phase == PHASE_LOCKED ? "fresh" : "stopped", run->run, part);
    }
}

StreamRow *stream_row_now(const StreamRow *row, const EngineView *view)
{
    StreamRow *now = copy(row);
    for (int i = 0; i < view->run_count && !now->live; i++)
        look_at(now, &view->runs[i]);
    return now;
}

GPtrArray *stream_rows_unasked(const Catalog *catalog)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func(stream_row_free);
    for (guint i = 0; catalog && i < catalog->streams->len; i++) {
        const Stream *stream = g_ptr_array_index(catalog->streams, i);
        StreamRow *row = stream_row_new(stream, catalog_source_of(catalog, stream));
        row->state = g_strdup("unknown");
        row->cached = true;
        row->runs = g_ptr_array_new();
        advice(&(AdviceFacts){.state = row->state}, &row->why, &row->to_do);
        g_ptr_array_add(rows, row);
    }
    return rows;
}
