/* SPDX-License-Identifier: Apache-2.0 */
/* config/env.h - the variables that a configuration is read from: the process environment, and behind it a .env file.
 *
 * As load_dotenv(override=False) has it: what the process has wins, also inside the file's expansions. */
#ifndef TIDEMARK_CONFIG_ENV_H
#define TIDEMARK_CONFIG_ENV_H

#include <stdbool.h>

#include "config/problems.h"

typedef struct Env Env;

/* environment is like environ; file may be NULL or name a file that does not exist. Never NULL; what is wrong with the file is in problems. */
Env *env_new(char **environment, const char *file, Problems *problems);
void env_free(Env *env);

/* Its value, or NULL when it is not set. */
const char *env_get(const Env *env, const char *name);
/* The same without white space around it, NULL when nothing is left. The caller frees it. */
char *env_trimmed(const Env *env, const char *name);

/* The file that was read, or NULL. */
const char *env_file(const Env *env);
/* Where a variable was set, for messages: the file with *line, or NULL for the process environment. */
const char *env_origin(const Env *env, const char *name, int *line);
/* Names that are set and not empty, sorted, of which `wanted` says true. The caller frees the array with g_strfreev(). */
char **env_names(const Env *env, bool (*wanted)(const char *name, const void *data), const void *data);

#endif
