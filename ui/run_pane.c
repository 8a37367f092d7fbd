/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/run_pane.h"

#include "model/time.h"
#include "ui/home.h"
#include "ui/run_text.h"

enum { ASK_MS = 1000, LOG_LINES = 100 };

static void row_free(void *data)
{
    PaneRow *row = data;
    g_free(row->id);
    g_free(row->note);
    g_free(row->error);
    g_free(row->hint);
    g_free(row->window);
    g_free(row->why);
    g_free(row->word);
    g_free(row);
}

static void ask(RunPane *pane, Screen *screen, int every_ms)
{
    pane->asked_every_ms = every_ms;
    screen_ask(screen,
               &(BoardAsk){.question = ASK_RUN, .run = pane->run, .after_log_id = -1, .log_level = LOG_INFO, .limit = LOG_LINES},
               every_ms);
}

void run_pane_open(RunPane *pane, Screen *screen, int64_t run)
{
    *pane = (RunPane){.run = run, .rows = g_ptr_array_new_with_free_func(row_free), .list = {.height = 1}, .sampled_us = TIME_NONE};
    ask(pane, screen, ASK_MS);
}

static void clear_texts(RunPane *pane)
{
    g_free(pane->arguments);
    g_free(pane->job);
    g_free(pane->operator_name);
    g_free(pane->host);
    g_free(pane->outcome);
    g_free(pane->destination);
    g_free(pane->version);
    g_free(pane->continued_outcome);
    g_clear_pointer(&pane->held_up_by, g_free);
    pane->arguments = pane->job = pane->operator_name = pane->host = pane->outcome = pane->destination = pane->version = NULL;
    pane->continued_outcome = NULL;
}

void run_pane_close(RunPane *pane)
{
    if (pane->rows)
        g_ptr_array_free(pane->rows, TRUE);
    clear_texts(pane);
    g_free(pane->cursor_id);
    *pane = (RunPane){0};
}

/* ---- copying ---- */

static const RunStreamRecord *record_of(const BoardAnswer *answer, const char *id)
{
    for (guint i = 0; answer && answer->run_streams && i < answer->run_streams->len; i++) {
        const RunStreamRecord *record = g_ptr_array_index(answer->run_streams, i);
        if (!g_strcmp0(record->stream, id))
            return record;
    }
    return NULL;
}

static StreamPhase phase_of(const char *name)
{
    for (int i = PHASE_QUEUED; i <= PHASE_LOCKED; i++)
        if (!g_strcmp0(phase_name((StreamPhase)i), name))
            return (StreamPhase)i;
    return PHASE_FAILED;
}

static char *text_or_null(const char *text)
{
    return text && *text ? g_strdup(text) : NULL;
}

static PaneRow *row_of_view(const StreamView *view, const RunStreamRecord *record, int64_t now_ms)
{
    PaneRow *row = g_new0(PaneRow, 1);
    row->id = g_strdup(view->id);
    row->note = text_or_null(view->note);
    row->error = view->err.code == ERR_NONE ? NULL : text_or_null(view->err.message);
    row->hint = view->err.code == ERR_NONE ? NULL : text_or_null(view->err.hint);
    row->window = record ? text_or_null(record->window) : NULL;
    row->why = record ? text_or_null(record->why) : NULL;
    row->phase = view->phase;
    row->word = g_strdup(phase_name(view->phase));
    row->counts = view->counts;
    row->in_flight = view->in_flight;
    row->estimate = view->estimate;
    row->continues = record ? record->continues : 0;
    row->kept = record ? record->kept : 0;
    row->rows_per_second = (int64_t)(view->rows_per_second + 0.5);
    row->took_ms = view->started_ms ? (view->ended_ms ? view->ended_ms : now_ms) - view->started_ms : -1;
    return row;
}

static PaneRow *row_of_record(const RunStreamRecord *record)
{
    PaneRow *row = g_new0(PaneRow, 1);
    row->id = g_strdup(record->stream);
    row->note = text_or_null(record->note);
    row->error = text_or_null(record->error);
    row->hint = text_or_null(record->hint);
    row->window = text_or_null(record->window);
    row->why = text_or_null(record->why);
    row->phase = phase_of(record->phase);
    row->word = g_strdup(record->phase);
    row->counts = record->counts;
    row->in_flight = record->in_flight;
    row->estimate = record->estimate;
    row->rows_per_second = record->rows_per_second;
    row->continues = record->continues;
    row->kept = record->kept;
    row->took_ms =
        record->started_us == TIME_NONE || record->ended_us == TIME_NONE ? -1 : (record->ended_us - record->started_us) / 1000;
    return row;
}

static void copy_view(RunPane *pane, const RunView *view, const BoardAnswer *answer, int64_t now_ms)
{
    pane->live = !view->finished;
    pane->here = view->here;
    pane->exit_status = view->exit_status;
    pane->started_us = view->started_us;
    pane->ended_us = view->finished ? view->started_us + view->elapsed_ms * 1000 : TIME_NONE;
    pane->elapsed_ms = view->elapsed_ms;
    pane->memory_bytes = view->memory_bytes;
    pane->in_flight = view->in_flight;
    pane->estimate = view->estimate;
    pane->rows_per_second = (int64_t)(view->rows_per_second + 0.5);
    pane->eta_ms = view->eta_ms;
    pane->counts = view->counts;
    pane->held_up_by = run_view_held_up_by(view);
    if (!pane->job)
        pane->job = g_strdup(view->job);
    if (!pane->operator_name)
        pane->operator_name = g_strdup(view->operator_name);
    if (!pane->host)
        pane->host = g_strdup(view->host);
    for (int i = 0; i < view->stream_count; i++)
        g_ptr_array_add(pane->rows, row_of_view(&view->streams[i], record_of(answer, view->streams[i].id), now_ms));
}

static void copy_continued(RunPane *pane, const BoardAnswer *answer)
{
    pane->continues = answer->continues;
    pane->kept = answer->kept;
    pane->continued_us = answer->continued ? answer->continued->ended_us : TIME_NONE;
    pane->continued_outcome = answer->continued ? g_strdup(answer->continued->outcome) : NULL;
}

static void copy_texts(RunPane *pane, const RunRecord *record)
{
    pane->arguments = g_strdup(record->arguments);
    pane->job = g_strdup(record->job);
    pane->operator_name = g_strdup(record->operator_name);
    pane->host = g_strdup(record->host);
    pane->destination = home_short(record->destination);
    pane->version = g_strdup(record->version);
    pane->outcome = record->ended_us == TIME_NONE ? NULL : g_strdup(record->outcome);
}

static void copy_record(RunPane *pane, const RunRecord *record, const BoardAnswer *answer, int64_t now_us)
{
    pane->live = record->ended_us == TIME_NONE;
    pane->here = false;
    pane->exit_status = record->exit_status;
    pane->started_us = record->started_us;
    pane->ended_us = record->ended_us;
    pane->elapsed_ms = ((pane->live ? now_us : record->ended_us) - record->started_us) / 1000;
    pane->memory_bytes = record->memory_bytes;
    pane->in_flight = 0;
    pane->estimate = pane->eta_ms = -1;
    pane->rows_per_second = pane->elapsed_ms > 0 ? record->counts.read * 1000 / pane->elapsed_ms : 0;
    pane->counts = record->counts;
    for (guint i = 0; i < answer->run_streams->len; i++)
        g_ptr_array_add(pane->rows, row_of_record(g_ptr_array_index(answer->run_streams, i)));
}

/* ---- order and folding ---- */

static int rank(const PaneRow *row)
{
    switch (row->phase) {
    case PHASE_FAILED:
    case PHASE_REFUSED:
    case PHASE_LOCKED:
        return -1;
    case PHASE_CANCELLED:
        return 0;
    case PHASE_READING:
    case PHASE_MERGING:
    case PHASE_COMMITTING:
        return 1;
    case PHASE_RETRYING:
    case PHASE_LOCKING:
        return 2;
    case PHASE_WAITING:
        return 3;
    case PHASE_QUEUED:
        return 4;
    default:
        return row->counts.rejected > 0 ? 5 : 6;
    }
}

static int by_rank(const void *a, const void *b)
{
    const PaneRow *one = *(PaneRow *const *)a, *two = *(PaneRow *const *)b;
    int difference = rank(one) - rank(two);
    return difference ? difference : g_strcmp0(one->id, two->id);
}

/* While it goes on, what is done is one line. */
static void fold(RunPane *pane)
{
    pane->done = 0;
    pane->folded = (Counts){0};
    if (!pane->live || pane->unfolded)
        return;
    while (pane->rows->len) {
        const PaneRow *last = g_ptr_array_index(pane->rows, pane->rows->len - 1);
        if (last->phase != PHASE_DONE)
            break;
        counts_add(&pane->folded, &last->counts);
        pane->done++;
        g_ptr_array_set_size(pane->rows, (int)pane->rows->len - 1);
    }
}

const PaneRow *run_pane_selected(const RunPane *pane)
{
    return pane->rows && pane->list.cursor < pane->rows->len ? g_ptr_array_index(pane->rows, pane->list.cursor) : NULL;
}

static void note_cursor(RunPane *pane)
{
    const PaneRow *row = run_pane_selected(pane);
    g_free(pane->cursor_id);
    pane->cursor_id = row ? g_strdup(row->id) : NULL;
}

/* The cursor stays on its stream when the order changes; at the top it stays at the top. */
static void follow_cursor(RunPane *pane)
{
    for (guint i = 0; pane->cursor_id && pane->list.cursor > 0 && i < pane->rows->len; i++)
        if (!g_strcmp0(((const PaneRow *)g_ptr_array_index(pane->rows, i))->id, pane->cursor_id))
            pane->list.cursor = i;
    list_fit(&pane->list, pane->rows->len + (pane->done ? 1 : 0), pane->list.height);
    note_cursor(pane);
}

static void sample(RunPane *pane, int64_t now_us)
{
    if (!pane->live || (pane->sampled_us != TIME_NONE && now_us - pane->sampled_us < US_PER_SECOND))
        return;
    pane->sampled_us = now_us;
    if (pane->sample_count == PANE_SAMPLES)
        memmove(pane->samples, pane->samples + 1, sizeof pane->samples - sizeof *pane->samples);
    else
        pane->sample_count++;
    pane->samples[pane->sample_count - 1] = pane->rows_per_second;
}

void run_pane_refresh(RunPane *pane, Screen *screen)
{
    const RunView *view = engine_view_run(ui_engine_view(screen->ui), pane->run);
    const BoardAnswer *answer = screen_answer(screen, ASK_RUN);
    const RunRecord *record = answer && answer->rows && answer->rows->len ? g_ptr_array_index(answer->rows, 0) : NULL;
    bool ended = record && record->ended_us != TIME_NONE;
    if (!view && !record)
        return;
    if (ended && pane->asked_every_ms > 0)
        ask(pane, screen, 0);
    clear_texts(pane);
    g_ptr_array_set_size(pane->rows, 0);
    pane->known = true;
    if (record) {
        copy_texts(pane, record);
        copy_continued(pane, answer);
    }
    if (view && !ended)
        copy_view(pane, view, answer, ui_now_ms(screen->ui));
    else
        copy_record(pane, record, answer, ui_now_us(screen->ui));
    g_ptr_array_sort(pane->rows, by_rank);
    fold(pane);
    follow_cursor(pane);
    if (view)
        sample(pane, ui_now_us(screen->ui));
}

/* ---- acting ---- */

static void open_of_run(const RunPane *pane, const Screen *screen, const char *name, const char *stream)
{
    g_autofree char *argument = g_strdup_printf("%" G_GINT64_FORMAT "%s%s", pane->run, stream ? "/" : "", stream ? stream : "");
    ui_open(screen->ui, name, argument);
}

static UiReaction enter(RunPane *pane, const Screen *screen)
{
    const PaneRow *row = run_pane_selected(pane);
    if (!row) {
        pane->unfolded = true;
        return UI_REFRESH;
    }
    ui_open(screen->ui, row->counts.rejected > 0 ? "rejects" : "stream", row->id);
    return UI_REDRAW;
}

UiReaction run_pane_act(RunPane *pane, const Screen *screen, int action)
{
    switch (action) {
    case ACT_ENTER:
        return enter(pane, screen);
    case PANE_CANCEL_STREAM:
        open_of_run(pane, screen, "cancel", run_pane_selected(pane)->id);
        return UI_REDRAW;
    case PANE_CANCEL_RUN:
        open_of_run(pane, screen, "cancel", NULL);
        return UI_REDRAW;
    case PANE_AGAIN:
        run_again(screen->ui, pane->arguments);
        return UI_REDRAW;
    case PANE_LOG:
        open_of_run(pane, screen, "log", NULL);
        return UI_REDRAW;
    default:
        if (!list_act(&pane->list, action))
            return UI_NONE;
        note_cursor(pane);
        return UI_REDRAW;
    }
}

const char *run_pane_unavailable(const RunPane *pane, int action)
{
    const PaneRow *row = run_pane_selected(pane);
    switch (action) {
    case ACT_ENTER:
        if (!row)
            return pane->done ? NULL : "no stream is selected";
        return row->counts.rejected > 0 || screen_find("stream") ? NULL : "there is nothing more to show";
    case PANE_CANCEL_STREAM:
        if (!row)
            return "no stream is selected";
        if (row->phase >= PHASE_DONE)
            return "the stream has ended";
        return screen_find("cancel") ? NULL : "this console cannot cancel";
    case PANE_CANCEL_RUN:
        return !pane->live ? "the run has ended" : screen_find("cancel") ? NULL : "this console cannot cancel";
    case PANE_AGAIN:
        return pane->live ? "the run is still going on" : run_again_unavailable(pane->arguments);
    case PANE_LOG:
        return screen_find("log") ? NULL : "this console shows no log";
    default:
        return NULL;
    }
}

UiReaction run_pane_click(RunPane *pane, const Screen *screen, Rect list, const UiKey *at)
{
    int64_t row = list_at(&pane->list, list, at->y);
    if (row < 0)
        return UI_NONE;
    pane->list.cursor = row;
    note_cursor(pane);
    return at->twice && !run_pane_unavailable(pane, ACT_ENTER) ? enter(pane, screen) : UI_REDRAW;
}
