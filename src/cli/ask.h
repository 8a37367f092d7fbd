/* SPDX-License-Identifier: Apache-2.0 */
/* cli/ask.h - one question to the board and its answer, for commands. */
#ifndef TIDEMARK_CLI_ASK_H
#define TIDEMARK_CLI_ASK_H

#include "cli/session.h"
#include "jobs/board.h"

/* Waits for the answer. NULL with *err when it could not be had. Free with board_answer_free(). */
BoardAnswer *ask(Board *board, const BoardAsk *question, Err *err);

/* A command that asks: opens session and board, calls `work`, closes both. Returns the exit status. */
int ask_command(const Cli *cli, SessionNeed need, int (*work)(const Session *session, Board *board));

/* The run's number in an argument; ERR_USAGE otherwise. */
bool parse_run_number(const char *text, int64_t *run, Err *err);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BoardAnswer, board_answer_free)

#endif
