/* SPDX-License-Identifier: Apache-2.0 */
/* ui/screens.h - the screens and dialogs, each in a file of its name: ui/screen_NAME.c. */
#ifndef TIDEMARK_UI_SCREENS_H
#define TIDEMARK_UI_SCREENS_H

#include "ui/screen.h"

extern const ScreenOps dialog_backfill, dialog_cancel, dialog_quit, dialog_reimport, dialog_sync;
extern const ScreenOps screen_help;
extern const ScreenOps dialog_dismiss;
extern const ScreenOps screen_history, screen_reject, screen_reject_rows, screen_rejects, screen_run, screen_runs;
extern const ScreenOps screen_log, screen_stream, screen_streams, screen_welcome;

#endif
