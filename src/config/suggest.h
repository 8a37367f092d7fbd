/* SPDX-License-Identifier: Apache-2.0 */
/* config/suggest.h - the known name that a mistyped one probably meant. */
#ifndef TIDEMARK_CONFIG_SUGGEST_H
#define TIDEMARK_CONFIG_SUGGEST_H

/* The nearest of the NULL-terminated names: at most two edits away (one, for names of up to four letters), case and `-`/`_` not
 * counted. NULL when nothing is near. */
const char *suggest(const char *name, const char *const *known);

/* "a, b, c" for messages; the caller frees it. */
char *suggest_list(const char *const *known);

/* " (did you mean `x`?)", or ", expected one of a, b, c" when nothing is near; the caller frees it. */
char *suggest_hint(const char *name, const char *const *known);

#endif
