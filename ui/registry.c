/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/screens.h"

/* clang-format off */ /* one line per screen */
const ScreenOps *const screen_registry[] = {
    &screen_streams,
    &screen_stream,
    &screen_log,
    &screen_welcome,
    &screen_runs,
    &screen_run,
    &screen_history,
    &screen_rejects,
    &screen_reject_rows,
    &screen_reject,
    &dialog_dismiss,
    &screen_help,
    &dialog_sync,
    &dialog_backfill,
    &dialog_reimport,
    &dialog_cancel,
    &dialog_quit,
    NULL,
};
/* clang-format on */

const ScreenOps *screen_find(const char *name)
{
    for (int i = 0; screen_registry[i]; i++)
        if (!g_strcmp0(screen_registry[i]->name, name))
            return screen_registry[i];
    return NULL;
}

const ScreenOps *screen_numbered(int number)
{
    for (int i = 0; screen_registry[i]; i++)
        if (number > 0 && screen_registry[i]->number == number)
            return screen_registry[i];
    return NULL;
}
