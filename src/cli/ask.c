/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask.h"

#define ANSWER_WAIT_MS (10 * 60 * 1000) /* a retry may read many documents again */

BoardAnswer *ask(Board *board, const BoardAsk *question, Err *err)
{
    board_ask(board, question);
    BoardAnswer *answer = board_wait(board, question->question, ANSWER_WAIT_MS);
    if (!answer) {
        err_set(err, ERR_INTERNAL, "no answer within ten minutes");
        return NULL;
    }
    if (answer->err.code == ERR_NONE)
        return answer;
    if (err)
        *err = answer->err;
    board_answer_free(answer);
    return NULL;
}

int ask_command(const Cli *cli, SessionNeed need, int (*work)(const Session *session, Board *board))
{
    Session session;
    int status = 0;
    if (session_open(&session, cli, need, &status)) {
        Board *board = board_new(session.catalog, session.state, -1);
        status = work(&session, board);
        board_free(board);
    }
    session_close(&session);
    return status;
}

bool parse_run_number(const char *text, int64_t *run, Err *err)
{
    return g_ascii_string_to_signed(text, 10, 1, G_MAXINT64, run, NULL) ||
           err_set(err, ERR_USAGE, "expected the number of a run, found `%s`", text);
}
