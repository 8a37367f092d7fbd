/* SPDX-License-Identifier: Apache-2.0 */
/* Questions of screens to the board: sent after a frame was drawn, so that nothing stands before the first one. */
#include "ui/ui_private.h"

static const char *keep(Asked *asked, const char *text)
{
    if (!text)
        return NULL;
    char *copy = g_strdup(text);
    g_ptr_array_add(asked->texts, copy);
    return copy;
}

static Asked *asked_of(const Screen *screen, BoardQuestion question)
{
    return &((OpenScreen *)screen)->asked[question];
}

void screen_ask(Screen *screen, const BoardAsk *ask, int every_ms)
{
    Asked *asked = asked_of(screen, ask->question);
    GPtrArray *old = asked->texts;
    asked->used = asked->due = true;
    asked->every_ms = every_ms;
    asked->texts = g_ptr_array_new_with_free_func(g_free);
    asked->ask = *ask;
    BoardAsk *copy = &asked->ask;
    copy->history.text = keep(asked, ask->history.text);
    copy->history.job = keep(asked, ask->history.job);
    copy->history.outcome = keep(asked, ask->history.outcome);
    copy->history.stream = keep(asked, ask->history.stream);
    copy->history.sort = keep(asked, ask->history.sort);
    copy->rejects.stream = keep(asked, ask->rejects.stream);
    copy->rejects.sqlstate = keep(asked, ask->rejects.sqlstate);
    copy->rejects.column = keep(asked, ask->rejects.column);
    copy->stream = keep(asked, ask->stream);
    copy->plan = keep(asked, ask->plan);
    if (old)
        g_ptr_array_free(old, TRUE);
}

const BoardAnswer *screen_answer(const Screen *screen, BoardQuestion question)
{
    return asked_of(screen, question)->answer;
}

Plan *screen_take_plan(Screen *screen)
{
    BoardAnswer *answer = asked_of(screen, ASK_PLAN)->answer;
    return answer ? g_steal_pointer(&answer->plan) : NULL;
}

bool screen_asking(const Screen *screen, BoardQuestion question)
{
    const Asked *asked = asked_of(screen, question);
    return asked->used && (asked->due || asked->ticket != 0);
}

/* The board keeps one ask per question: what another screen had on its way there is lost and asked again when it is visible. */
static void forget_tickets(Ui *ui, BoardQuestion question)
{
    for (int tab = 0; tab <= TABS; tab++)
        for (guint i = 0; i < ui->stacks[tab]->len; i++) {
            Asked *asked = &((OpenScreen *)g_ptr_array_index(ui->stacks[tab], i))->asked[question];
            asked->due = asked->due || asked->ticket != 0;
            asked->ticket = 0;
        }
}

static void send_one(Ui *ui, Asked *asked)
{
    bool again = asked->every_ms > 0 && ui->now_ms >= asked->next_ms && asked->ticket == 0;
    if (!asked->due && !again)
        return;
    if (!ui->setup.board)
        return;
    forget_tickets(ui, asked->ask.question);
    asked->due = false;
    asked->ticket = board_ask(ui->setup.board, &asked->ask);
    asked->next_ms = ui->now_ms + asked->every_ms;
}

/* Of two visible screens with one question the upper one is answered first; the lower one stays due. */
void asks_send(Ui *ui)
{
    bool sent[ASK_QUESTIONS] = {false};
    for (OpenScreen *open = stack_top(ui); open && stack_visible(ui, open); open = stack_under(ui, open))
        for (int i = 0; i < ASK_QUESTIONS; i++) {
            Asked *asked = &open->asked[i];
            if (!asked->used)
                continue;
            if (!sent[i])
                send_one(ui, asked);
            sent[i] = sent[i] || asked->ticket != 0;
        }
}

static bool take_answer(Ui *ui, BoardAnswer *answer)
{
    for (int tab = 0; tab <= TABS; tab++)
        for (guint i = 0; i < ui->stacks[tab]->len; i++) {
            OpenScreen *open = g_ptr_array_index(ui->stacks[tab], i);
            Asked *asked = &open->asked[answer->question];
            if (asked->ticket == 0 || asked->ticket != answer->ticket)
                continue;
            board_answer_free(asked->answer);
            asked->answer = answer;
            asked->ticket = 0;
            open->stale = true;
            return true;
        }
    board_answer_free(answer);
    return false;
}

bool asks_take(Ui *ui)
{
    bool any = false;
    for (int i = 0; ui->setup.board && i < ASK_QUESTIONS; i++)
        for (BoardAnswer *answer; (answer = board_poll(ui->setup.board, (BoardQuestion)i));)
            any = take_answer(ui, answer) || any;
    return any;
}

bool asks_waiting(const Ui *ui)
{
    for (OpenScreen *open = stack_top(ui); open && stack_visible(ui, open); open = stack_under(ui, open))
        for (int i = 0; i < ASK_QUESTIONS; i++)
            if (ui->setup.board && open->asked[i].used && (open->asked[i].due || open->asked[i].ticket != 0))
                return true;
    return false;
}

int64_t asks_next_ms(const Ui *ui)
{
    int64_t next = G_MAXINT64;
    for (OpenScreen *open = stack_top(ui); open && stack_visible(ui, open); open = stack_under(ui, open))
        for (int i = 0; i < ASK_QUESTIONS; i++) {
            const Asked *asked = &open->asked[i];
            if (asked->used && asked->every_ms > 0 && asked->ticket == 0)
                next = MIN(next, asked->next_ms);
        }
    return next;
}

void asks_again(Ui *ui)
{
    for (OpenScreen *open = stack_top(ui); open && stack_visible(ui, open); open = stack_under(ui, open))
        for (int i = 0; i < ASK_QUESTIONS; i++)
            open->asked[i].due = open->asked[i].used && open->asked[i].every_ms > 0;
}

void asks_free(OpenScreen *open)
{
    for (int i = 0; i < ASK_QUESTIONS; i++) {
        board_answer_free(open->asked[i].answer);
        if (open->asked[i].texts)
            g_ptr_array_free(open->asked[i].texts, TRUE);
    }
}
