/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/job.h"

#include <string.h>

const JobOps *const job_registry[] = {&job_sync, &job_backfill, &job_reimport, NULL};

const JobOps *job_find(const char *name)
{
    for (int i = 0; job_registry[i]; i++)
        if (strcmp(job_registry[i]->name, name) == 0)
            return job_registry[i];
    return NULL;
}
