/* SPDX-License-Identifier: Apache-2.0 */
/* net/form.h - bodies of the kind application/x-www-form-urlencoded, and query strings. */
#ifndef TIDEMARK_NET_FORM_H
#define TIDEMARK_NET_FORM_H

#include <glib.h>
#include <stdint.h>

/* Appends name=value, with a & before it unless the form is empty. Everything but letters, digits and -._~ is percent-encoded, in the name too, so that
 * a value may itself be a whole form (urls[0]=method%3D…). */
void form_add(GString *form, const char *name, const char *value);
void form_add_int(GString *form, const char *name, int64_t value);

/* Percent-encodes like that: for a segment of a path. g_free() it. */
char *form_escape(const char *text);

#endif
