/* SPDX-License-Identifier: Apache-2.0 */
/* cli/new_file.h - files that we write for people: never over one that is there. */
#ifndef TIDEMARK_CLI_NEW_FILE_H
#define TIDEMARK_CLI_NEW_FILE_H

#include <glib.h>
#include <stdbool.h>

#include "base/err.h"

/* ERR_USAGE when it is there already, or cannot be written; then nothing of it is left. */
bool new_file_write(const char *path, const GString *text, Err *err);

#endif
