/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/busy_file.h - another program holds the write lock of a destination that is a file: maybe for ever, so it is not waited for like a server that comes
 * back. Inside jobs only. */
#ifndef TIDEMARK_JOBS_BUSY_FILE_H
#define TIDEMARK_JOBS_BUSY_FILE_H

#include "config/config.h"
#include "jobs/engine.h"
#include "jobs/retry.h"

bool busy_file(const DestinationConfig *destination, const Err *err);
RetryPolicy busy_file_policy(const EngineOptions *options);
/* What becomes of the error when it was waited for in vain: ERR_BUSY, with what to do. */
void busy_file_give_up(Err *err);

#endif
