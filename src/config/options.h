/* SPDX-License-Identifier: Apache-2.0 */
/* config/options.h - an option is declared once: type, range, default, secret or not, help.
 *
 * The same row drives YAML, environment, command line, --help, the manual and `check`. */
#ifndef TIDEMARK_CONFIG_OPTIONS_H
#define TIDEMARK_CONFIG_OPTIONS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

typedef enum OptionType { OPT_STRING, OPT_INT, OPT_NUMBERS, OPT_BOOL, OPT_DURATION, OPT_DATE, OPT_ENUM, OPT_PATH } OptionType;

typedef struct OptionDef {
    const char *name; /* as written in YAML and, with --, on the command line */
    OptionType type;
    int64_t min, max;     /* OPT_INT, each of OPT_NUMBERS, and microseconds for OPT_DURATION; both 0: any */
    const char *fallback; /* default as text, or NULL */
    bool secret;          /* registered with secret_register(), never shown, refused on the command line */
    const char *help;     /* one line, no full stop */
    const char *const
        *words;      /* OPT_ENUM: the accepted words, NULL-terminated; OPT_DURATION: words that mean "no bound", value -1 */
    const char *env; /* TIDEMARK_* variable that overrides, or NULL */
} OptionDef;

/* Values of one table of options. */
typedef struct OptionValues OptionValues;

OptionValues *options_new(const OptionDef *defs);
void options_free(OptionValues *values);

/* Checks type and range; false with "expected …, found …" (the found text is left out when the option is secret). In names `-` and `_` are
 * the same. OPT_BOOL takes true/false, yes/no, on/off, 1/0 in any case; OPT_NUMBERS integers with commas between them. */
bool options_set(OptionValues *values, const char *name, const char *text, Err *err);
/* The same for a text that came out of an expansion: no message repeats it. */
bool options_set_hidden(OptionValues *values, const char *name, const char *text, Err *err);
bool options_known(const OptionValues *values, const char *name);
bool options_takes_list(const OptionValues *values, const char *name); /* OPT_NUMBERS: YAML may give it a list */

const char *options_text(const OptionValues *values, const char *name); /* value or default; NULL when neither */
int64_t options_int(const OptionValues *values,
                    const char *name); /* OPT_INT; OPT_DURATION and OPT_DATE: microseconds; OPT_ENUM: index */
/* OPT_NUMBERS: int64_t, each once, in the order given; the caller unrefs it. */
GArray *options_numbers(const OptionValues *values, const char *name);
bool options_bool(const OptionValues *values, const char *name);
bool options_given(const OptionValues *values, const char *name); /* set by someone, not the default */

/* The table, {0}-terminated, and what an option takes, for help and messages: "an integer from 1 to 64". The caller frees the latter. */
const OptionDef *options_defs(const OptionValues *values);
char *option_takes(const OptionDef *def);

#endif
