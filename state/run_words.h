/* SPDX-License-Identifier: Apache-2.0 */
/* state/run_words.h - a filter for runs as an operator types it: "outcome:failed job:sync stream:app.users since:7d users". */
#ifndef TIDEMARK_STATE_RUN_WORDS_H
#define TIDEMARK_STATE_RUN_WORDS_H

#include "state/state.h"

/* Fills text, job, outcome, stream and since_us of the filter and leaves the rest of it alone. `outcome:`, `job:`, `stream:` and `since:` (a span
 * like 7d, a date or a time, UTC) are words of their own; everything else is text, looked for as it stands. NULL or empty: all runs. False with
 * ERR_USAGE, and a filter that lets all runs pass, when a word is not understood or not complete yet. run_words_clear() in either case. */
bool run_words_parse(const char *words, int64_t now_us, RunFilter *filter, Err *err);
/* Frees what run_words_parse() put there. */
void run_words_clear(RunFilter *filter);

#endif
