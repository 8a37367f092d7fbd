/* SPDX-License-Identifier: Apache-2.0 */
/* base/secret.h - values that must never be printed (promise 9).
 *
 * Passwords and tokens are registered as soon as they are read; err_set(), err_context() and the log mask every
 * occurrence with "***". Safe from any thread. Values shorter than 4 bytes are not masked inside texts (they would
 * blank out ordinary words): they are kept out of texts at their origin instead. */
#ifndef TIDEMARK_BASE_SECRET_H
#define TIDEMARK_BASE_SECRET_H

#include <stddef.h>

/* Copies the value. NULL and short values are ignored. */
void secret_register(const char *value);

/* Masks registered values in the NUL-terminated text, in place (the text never grows). */
void secret_mask(char *text);

/* A connection URL for display: the password (user:password@, and password=, sslpassword= in the query) is replaced by
 * "***". The caller frees the result with g_free(). Works on any text; what is no URL comes back masked by
 * secret_mask() alone. */
char *secret_url(const char *url);

#endif
