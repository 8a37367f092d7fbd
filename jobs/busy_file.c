/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/busy_file.h"

#include "destinations/destination.h"

bool busy_file(const DestinationConfig *destination, const Err *err)
{
    const DestinationOps *ops = destination_find(destination->kind);
    return err->transient && g_str_equal(err->native, "55P03") && ops && !(ops->caps & DEST_WRITERS);
}

RetryPolicy busy_file_policy(const EngineOptions *options)
{
    RetryPolicy policy = retry_busy;
    policy.first_ms = options->retry_first_ms;
    policy.deadline_ms = MIN(policy.deadline_ms, options->retry_deadline_ms);
    return policy;
}

void busy_file_give_up(Err *err)
{
    err->code = ERR_BUSY;
    err_hint(err, "let that program end its transaction, or stop it; `busy_timeout` says how long each wait for it takes");
}
