/* SPDX-License-Identifier: Apache-2.0 */
/* ui/json_text.h - JSON from a ledger as lines to look at: numbers and strings stay as they were written. */
#ifndef TIDEMARK_UI_JSON_TEXT_H
#define TIDEMARK_UI_JSON_TEXT_H

#include <glib.h>
#include <stdbool.h>

typedef struct JsonLine {
    char *text;
    bool marked; /* belongs to the member that was asked for */
} JsonLine;
void json_line_free(void *line);

/* Appends JsonLine: a member of the outermost object a line, long ones spread over several. `member` (or NULL) is marked. Text that is not JSON is one
 * line as it stands. */
void json_lines(const char *json, const char *member, GPtrArray *out);

/* The text of a member of the outermost object as written, quotes included; NULL: there is none. g_free() it. */
char *json_member(const char *json, const char *member);

#endif
