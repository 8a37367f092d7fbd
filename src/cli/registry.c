/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"

const Command *const command_registry[] = {
    &command_sync,   &command_backfill, &command_reimport, &command_streams, &command_history, &command_runs, &command_log,
    &command_cancel, &command_rejects,  &command_check,    &command_init,    &command_demo,    NULL,
};

const Command *command_find(const char *name)
{
    for (int i = 0; command_registry[i]; i++)
        if (!g_strcmp0(command_registry[i]->name, name))
            return command_registry[i];
    return NULL;
}
