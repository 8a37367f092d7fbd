/* SPDX-License-Identifier: Apache-2.0 */
/* config/dotenv.h - a .env file, read as python-dotenv reads it (compared with version 1.2.4; tests/unit/dotenv_test.c).
 *
 * `KEY=value`, optional `export`, `'KEY'`, unquoted values up to ` #`, single quotes (escapes \\ and \'), double quotes (\\ \' \" \a \b \f \n \r
 * \t \v; several lines), `KEY` alone (no value), `${NAME}` and `${NAME:-default}` in every value, whatever its quotes. A statement that
 * cannot be read is skipped with a warning. */
#ifndef TIDEMARK_CONFIG_DOTENV_H
#define TIDEMARK_CONFIG_DOTENV_H

#include <glib.h>
#include <stddef.h>

#include "config/problems.h"

typedef struct DotenvEntry {
    char *key;
    char *value; /* NULL: the key stands alone */
    int line;    /* where its statement begins */
} DotenvEntry;

/* DotenvEntry in file order, a key as often as it is written, values not yet expanded. NULL when the bytes are no text (reported). */
GPtrArray *dotenv_parse(const char *text, size_t len, const char *file, Problems *problems);

/* Gives a variable's value, or NULL when it is not set. */
typedef const char *(*DotenvLookup)(void *data, const char *name);

/* Replaces `${NAME}` and `${NAME:-default}` (the default only where NAME is not set; an unset one without is nothing). */
char *dotenv_expand(const char *value, DotenvLookup lookup, void *data);

#endif
