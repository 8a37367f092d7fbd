/* SPDX-License-Identifier: Apache-2.0 */
/* cli/json_list.h - members of JSON objects that several commands write the same way. */
#ifndef TIDEMARK_CLI_JSON_LIST_H
#define TIDEMARK_CLI_JSON_LIST_H

#include <glib.h>

#include "base/err.h"
#include "base/json.h"
#include "model/counts.h"

void json_member_list(GString *out, const char *key, const GPtrArray *texts); /* char *; NULL: an empty list */
void json_member_known(GString *out, const char *key, int64_t number);        /* -1: null */
void json_member_time(GString *out, const char *key, int64_t us);             /* ISO 8601; TIME_NONE: null */
void json_member_err(GString *out, const char *key, const Err *err);          /* an object, or null */
void json_member_counts(GString *out, const Counts *counts);                  /* read, written, … as members */

#endif
