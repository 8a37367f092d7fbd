/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/board.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "base/wait.h"
#include "jobs/board_private.h"
#include "model/time.h"

enum { PAGE = 200 };

typedef struct Asked {
    BoardAsk ask; /* its strings are ours */
    int64_t ticket;
    bool waiting; /* not taken up yet */
} Asked;

/* A thread with connections of its own, so that what waits for one thing does not hold up the others. */
enum { LANE_STATE, LANE_SERVERS, LANE_PLANS, LANES };
typedef struct Lane {
    Board *board;
    int number;
    BoardDesk desk;
    pthread_t thread;
    bool runs, working;
} Lane;

struct Board {
    Lane lanes[LANES];
    int wake_fd;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    Asked asked[ASK_QUESTIONS];
    BoardAnswer *answers[ASK_QUESTIONS];
    int64_t next_ticket;
    bool leaving;
};

static void ask_copy(const BoardAsk *from, BoardAsk *to)
{
    *to = *from;
    to->history.text = g_strdup(from->history.text);
    to->history.job = g_strdup(from->history.job);
    to->history.outcome = g_strdup(from->history.outcome);
    to->history.stream = g_strdup(from->history.stream);
    to->history.sort = g_strdup(from->history.sort);
    to->rejects.stream = g_strdup(from->rejects.stream);
    to->rejects.sqlstate = g_strdup(from->rejects.sqlstate);
    to->rejects.column = g_strdup(from->rejects.column);
    to->stream = g_strdup(from->stream);
    to->plan = g_strdup(from->plan);
}

static void ask_done(BoardAsk *ask)
{
    g_free((char *)ask->history.text);
    g_free((char *)ask->history.job);
    g_free((char *)ask->history.outcome);
    g_free((char *)ask->history.stream);
    g_free((char *)ask->history.sort);
    g_free((char *)ask->rejects.stream);
    g_free((char *)ask->rejects.sqlstate);
    g_free((char *)ask->rejects.column);
    g_free((char *)ask->stream);
    g_free((char *)ask->plan);
    *ask = (BoardAsk){0};
}

void board_answer_free(BoardAnswer *answer)
{
    if (!answer)
        return;
    if (answer->rows)
        g_ptr_array_unref(answer->rows);
    if (answer->days)
        g_array_unref(answer->days);
    if (answer->notes)
        g_ptr_array_unref(answer->notes);
    if (answer->run_streams)
        g_ptr_array_unref(answer->run_streams);
    if (answer->log)
        g_ptr_array_unref(answer->log);
    run_record_free(answer->continued);
    plan_free(answer->plan);
    g_free(answer);
}

/* ---- the destinations ---- */

Destination *desk_destination(const BoardDesk *desk, const DestinationConfig *config, bool *ledger, Err *err)
{
    Destination *d = links_destination(desk->links, config, err);
    if (d && ledger_exists(d, ledger, err))
        return d;
    desk_forget(desk, config, err);
    return NULL;
}

void desk_forget(const BoardDesk *desk, const DestinationConfig *config, const Err *err)
{
    if (err->code == ERR_UNREACHABLE || err->code == ERR_CANCELLED || err->transient)
        links_drop_destination(desk->links, config);
}

typedef bool (*RejectsWork)(Destination *d, const BoardAsk *ask, BoardAnswer *answer, Err *err);

static bool list_groups(Destination *d, const BoardAsk *ask, BoardAnswer *answer, Err *err)
{
    return rejects_groups(d, &ask->rejects, answer->rows, err);
}

static bool list_rejects(Destination *d, const BoardAsk *ask, BoardAnswer *answer, Err *err)
{
    return rejects_list(d, &ask->rejects, answer->rows, err);
}

static bool dismiss(Destination *d, const BoardAsk *ask, BoardAnswer *answer, Err *err)
{
    int64_t count = 0;
    bool done = rejects_dismiss(d, &ask->rejects, &count, err);
    answer->changed += count;
    return done;
}

static bool lands_there(const BoardDesk *desk, const char *stream_id, const DestinationConfig *config, Err *err)
{
    const Stream *stream = catalog_stream(desk->catalog, stream_id);
    if (!stream)
        return err_set(err, ERR_USAGE, "there is no stream `%s`", stream_id);
    return catalog_source_of(desk->catalog, stream)->config->destination == config;
}

/* In the stream's destination, or in each when none is named. */
static bool over_destinations(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, RejectsWork work, Err *err)
{
    const GPtrArray *all = desk->catalog->config->destinations;
    for (guint i = 0; i < all->len; i++) {
        bool ledger = false;
        if (ask->rejects.stream && !lands_there(desk, ask->rejects.stream, all->pdata[i], err)) {
            if (err->code != ERR_NONE)
                return false;
            continue;
        }
        Destination *d = desk_destination(desk, all->pdata[i], &ledger, err);
        if (!d || (ledger && !work(d, ask, answer, err))) {
            desk_forget(desk, all->pdata[i], err);
            return false;
        }
    }
    answer->total = answer->rows ? answer->rows->len : answer->changed;
    return true;
}

/* ---- the state file ---- */

static bool has_state(const BoardDesk *desk, Err *err)
{
    return desk->state || err_set(err, ERR_STATE, "there is no state file, so no history");
}

static bool answer_history(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, Err *err)
{
    int64_t dead;
    RunFilter filter = ask->history;
    filter.limit = filter.limit > 0 ? filter.limit : PAGE;
    answer->offset = filter.offset;
    answer->rows = g_ptr_array_new_with_free_func(run_record_free);
    return has_state(desk, err) && state_reap(desk->state, &dead, err) &&
           state_runs(desk->state, &filter, answer->rows, &answer->total, err);
}

static void sum_continued(BoardAnswer *answer)
{
    for (guint i = 0; i < answer->run_streams->len; i++) {
        const RunStreamRecord *stream = g_ptr_array_index(answer->run_streams, i);
        if (stream->continues > answer->continues) {
            answer->continues = stream->continues;
            answer->kept = 0;
        }
        if (stream->continues && stream->continues == answer->continues)
            answer->kept += stream->kept;
    }
}

/* Each state file numbers its own runs, and the destination may know one of another host's: that one's record is not here. */
static bool find_continued(const BoardDesk *desk, BoardAnswer *answer, Err *err)
{
    const RunRecord *run = g_ptr_array_index(answer->rows, 0);
    sum_continued(answer);
    if (answer->continues == 0 || answer->continues >= run->run)
        return true;
    if (!state_run(desk->state, answer->continues, &answer->continued, err))
        return false;
    if (answer->continued && g_strcmp0(answer->continued->destination, run->destination))
        g_clear_pointer(&answer->continued, run_record_free);
    return true;
}

static bool answer_run(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, Err *err)
{
    RunRecord *run = NULL;
    int64_t dead;
    answer->rows = g_ptr_array_new_with_free_func(run_record_free);
    answer->run_streams = g_ptr_array_new_with_free_func(run_stream_record_free);
    answer->log = g_ptr_array_new_with_free_func(log_record_free);
    if (!has_state(desk, err) || !state_reap(desk->state, &dead, err) || !state_run(desk->state, ask->run, &run, err))
        return false;
    if (!run)
        return err_set(err, ERR_USAGE, "there is no run %" G_GINT64_FORMAT " in history", ask->run);
    g_ptr_array_add(answer->rows, run);
    answer->total = 1;
    return state_run_streams(desk->state, ask->run, answer->run_streams, err) && find_continued(desk, answer, err) &&
           state_run_logs(desk->state, ask->run, ask->after_log_id, ask->log_level, ask->limit > 0 ? ask->limit : PAGE, answer->log,
                          err);
}

static bool answer_log(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, Err *err)
{
    answer->rows = g_ptr_array_new_with_free_func(log_record_free);
    bool done = has_state(desk, err) && state_run_logs(desk->state, ask->run, ask->after_log_id, ask->log_level,
                                                       ask->limit > 0 ? ask->limit : PAGE, answer->rows, err);
    answer->total = answer->rows->len;
    return done;
}

/* ---- questions and answers ---- */

static bool answer_rejects(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, Err *err)
{
    bool groups = ask->question == ASK_REJECT_GROUPS;
    answer->rows = g_ptr_array_new_with_free_func(groups ? reject_group_free : reject_free);
    return over_destinations(desk, ask, answer, groups ? list_groups : list_rejects, err);
}

static bool answer_dismiss(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, Err *err)
{
    return over_destinations(desk, ask, answer, dismiss, err);
}

static bool (*const answers[ASK_QUESTIONS])(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, Err *err) = {
    [ASK_STREAMS] = answer_streams, [ASK_HISTORY] = answer_history,
    [ASK_RUN] = answer_run,         [ASK_REJECT_GROUPS] = answer_rejects,
    [ASK_REJECTS] = answer_rejects, [ASK_RETRY] = answer_retry,
    [ASK_DISMISS] = answer_dismiss, [ASK_DAYS] = answer_days,
    [ASK_LOG] = answer_log,         [ASK_PLAN] = answer_plan,
    [ASK_KNOWN] = answer_known,
};

static int lane_of(BoardQuestion question)
{
    switch (question) {
    case ASK_PLAN:
        return LANE_PLANS;
    case ASK_HISTORY:
    case ASK_RUN:
    case ASK_LOG:
    case ASK_KNOWN:
        return LANE_STATE;
    default:
        return LANE_SERVERS;
    }
}

static Asked *oldest_waiting(Board *board, int lane)
{
    Asked *oldest = NULL;
    for (int i = 0; i < ASK_QUESTIONS; i++)
        if (board->asked[i].waiting && lane_of((BoardQuestion)i) == lane && (!oldest || board->asked[i].ticket < oldest->ticket))
            oldest = &board->asked[i];
    return oldest;
}

static void wake(const Board *board)
{
    while (board->wake_fd >= 0 && write(board->wake_fd, "", 1) == -1 && errno == EINTR)
        continue;
}

/* From here on an interrupt reaches what the lane does, and none that was meant for earlier work. */
static void make_busy(const Lane *lane)
{
    const GPtrArray *streams = lane->desk.catalog->streams;
    if (streams->len > 0)
        links_busy(lane->desk.links, streams->pdata[0], NULL, NULL);
}

/* Under the lock, which is given back while the question is worked on. */
static void work_on(Lane *lane, Asked *asked)
{
    Board *board = lane->board;
    BoardAsk ask;
    BoardAnswer *answer = g_new0(BoardAnswer, 1);
    BoardQuestion question = asked->ask.question;
    ask_copy(&asked->ask, &ask);
    answer->question = question;
    answer->ticket = asked->ticket;
    asked->waiting = false;
    lane->working = true;
    make_busy(lane);
    pthread_mutex_unlock(&board->lock);
    answers[question](&lane->desk, &ask, answer, &answer->err);
    ask_done(&ask);
    pthread_mutex_lock(&board->lock);
    lane->working = false;
    if (board->asked[question].ticket == answer->ticket) {
        board_answer_free(board->answers[question]);
        board->answers[question] = answer;
    } else { /* asked again meanwhile: this answer is old */
        board_answer_free(answer);
    }
    pthread_cond_broadcast(&board->changed);
    wake(board);
}

static void *lane_main(void *data)
{
    Lane *lane = data;
    Board *board = lane->board;
    pthread_mutex_lock(&board->lock);
    while (!board->leaving) {
        Asked *next = oldest_waiting(board, lane->number);
        if (next)
            work_on(lane, next);
        else
            pthread_cond_wait(&board->changed, &board->lock);
    }
    pthread_mutex_unlock(&board->lock);
    return NULL;
}

Board *board_new(const Catalog *catalog, State *state, int wake_fd)
{
    Board *board = g_new0(Board, 1);
    board->wake_fd = wake_fd;
    board->next_ticket = 1;
    pthread_mutex_init(&board->lock, NULL);
    wait_cond_init(&board->changed);
    for (int i = 0; i < LANES; i++) {
        Lane *lane = &board->lanes[i];
        *lane = (Lane){.board = board, .number = i, .desk = {.catalog = catalog, .state = state, .links = links_new()}};
        lane->runs = pthread_create(&lane->thread, NULL, lane_main, lane) == 0;
    }
    return board;
}

void board_free(Board *board)
{
    if (!board)
        return;
    pthread_mutex_lock(&board->lock);
    board->leaving = true;
    pthread_cond_broadcast(&board->changed);
    pthread_mutex_unlock(&board->lock);
    for (int i = 0; i < LANES; i++)
        links_interrupt(board->lanes[i].desk.links, NULL);
    for (int i = 0; i < LANES; i++)
        if (board->lanes[i].runs)
            pthread_join(board->lanes[i].thread, NULL);
    for (int i = 0; i < ASK_QUESTIONS; i++) {
        ask_done(&board->asked[i].ask);
        board_answer_free(board->answers[i]);
    }
    for (int i = 0; i < LANES; i++)
        links_free(board->lanes[i].desk.links);
    pthread_cond_destroy(&board->changed);
    pthread_mutex_destroy(&board->lock);
    g_free(board);
}

int64_t board_ask(Board *board, const BoardAsk *ask)
{
    pthread_mutex_lock(&board->lock);
    Asked *asked = &board->asked[ask->question];
    ask_done(&asked->ask);
    ask_copy(ask, &asked->ask);
    asked->ticket = board->next_ticket++;
    asked->waiting = true;
    g_clear_pointer(&board->answers[ask->question], board_answer_free);
    int64_t ticket = asked->ticket;
    if (ask->question == ASK_PLAN && board->lanes[LANE_PLANS].working) /* an older one, which nobody waits for any more */
        links_interrupt(board->lanes[LANE_PLANS].desk.links, NULL);
    pthread_cond_broadcast(&board->changed);
    pthread_mutex_unlock(&board->lock);
    return ticket;
}

static BoardAnswer *take_answer(Board *board, BoardQuestion question)
{
    BoardAnswer *answer = board->answers[question];
    board->answers[question] = NULL;
    return answer;
}

BoardAnswer *board_poll(Board *board, BoardQuestion question)
{
    pthread_mutex_lock(&board->lock);
    BoardAnswer *answer = take_answer(board, question);
    pthread_mutex_unlock(&board->lock);
    return answer;
}

BoardAnswer *board_wait(Board *board, BoardQuestion question, int timeout_ms)
{
    struct timespec until = wait_deadline(timeout_ms);
    pthread_mutex_lock(&board->lock);
    while (board->lanes[lane_of(question)].runs && !board->answers[question])
        if (!wait_until(&board->changed, &board->lock, &until))
            break;
    BoardAnswer *answer = take_answer(board, question);
    pthread_mutex_unlock(&board->lock);
    return answer;
}
