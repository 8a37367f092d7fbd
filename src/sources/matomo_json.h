/* SPDX-License-Identifier: Apache-2.0 */
/* sources/matomo_json.h - what a visit and its actions say under names that are not known beforehand: custom dimensions and custom variables. */
#ifndef TIDEMARK_SOURCES_MATOMO_JSON_H
#define TIDEMARK_SOURCES_MATOMO_JSON_H

#include <glib.h>
#include <stdbool.h>

#include "base/json_scan.h"

/* Missing, null and false: Matomo says nothing in each of these ways. */
bool matomo_absent(const JsonValue *value);

typedef struct MatomoDimension {
    int number;
    const JsonValue *value;
} MatomoDimension;

/* Sets dimensionN of the object in a list that is kept in order of N, over what is there; absent ones are passed over. Returns whether there was any. */
bool matomo_dimensions(const JsonValue *object, GArray *list);

/* {"dimension1":"…"} of the whole list. Returns JSON_HAS_… flaws. */
unsigned matomo_dimensions_json(const GArray *list, GString *out);

/* Custom variables of the action, then of the visit, as one object of name → value. Slots of any number; the names of old and present servers
 * (customVariableName1, customVariablePageName1). A name that is taken by another value gets " (visit)" or " (slot N)" behind it. Either may be NULL. */
unsigned matomo_variables_json(const JsonValue *action, const JsonValue *visit, GString *out);

#endif
