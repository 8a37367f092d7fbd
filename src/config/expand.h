/* SPDX-License-Identifier: Apache-2.0 */
/* config/expand.h - `${NAME}` and `${NAME:-default}` in the values of tidemark.yaml. */
#ifndef TIDEMARK_CONFIG_EXPAND_H
#define TIDEMARK_CONFIG_EXPAND_H

#include "config/env.h"

/* The text with its variables; `$${` is a plain `${`. The default stands in where the variable is not set or empty. NULL when a variable is
 * not set and has no default, or a `${` has no end: *wrong is then a sentence for the caller to free. *expanded (may be NULL) tells whether
 * anything was put in: such a text may hold a secret and is not repeated in messages. */
char *expand(const Env *env, const char *text, bool *expanded, char **wrong);

#endif
