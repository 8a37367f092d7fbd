/* SPDX-License-Identifier: Apache-2.0 */
/* base/json.h - writing JSON text piece by piece into a GString (reading is cJSON's work).
 *
 * The writer puts commas where they belong; numbers are written exactly as given, so nothing is rounded. */
#ifndef TIDEMARK_BASE_JSON_H
#define TIDEMARK_BASE_JSON_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A quoted JSON string with escapes; invalid UTF-8 becomes U+FFFD, U+0000 becomes \u0000. */
void json_string(GString *out, const char *bytes, size_t len);

/* Object members: each call writes `"key":value` with a comma before it unless it follows `{`. */
void json_member_text(GString *out, const char *key, const char *text); /* NULL text: null */
void json_member_int(GString *out, const char *key, int64_t value);
void json_member_bool(GString *out, const char *key, bool value);
void json_member_raw(GString *out, const char *key, const char *json); /* json is written as it is */

#endif
