/* SPDX-License-Identifier: Apache-2.0 */
#include "model/reject.h"

#include <glib.h>

static const char *const names[REJECT_REASONS] = {
    [REJECT_NONE] = "none",
    [REJECT_MISSING_PARENT] = "missing parent",
    [REJECT_REQUIRED] = "required value missing",
    [REJECT_TOO_LONG] = "too long",
    [REJECT_OUT_OF_RANGE] = "out of range",
    [REJECT_WRONG_TYPE] = "wrong type",
    [REJECT_INVALID_TEXT] = "invalid text",
    [REJECT_DUPLICATE] = "duplicate",
    [REJECT_CHECK] = "check",
    [REJECT_OTHER] = "other",
};

const char *reject_name(RejectReason reason)
{
    return (unsigned)reason < REJECT_REASONS ? names[reason] : "unknown";
}

bool reject_parse(const char *name, RejectReason *out)
{
    for (int i = REJECT_NONE + 1; i < REJECT_REASONS; i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (RejectReason)i;
            return true;
        }
    return false;
}

RejectReason reject_from_sqlstate(const char *sqlstate)
{
    static const struct {
        const char *state;
        RejectReason reason;
    } known[] = {
        {"23503", REJECT_MISSING_PARENT}, {"23502", REJECT_REQUIRED},
        {"22004", REJECT_REQUIRED}, /* null value not allowed */
        {"22001", REJECT_TOO_LONG},       {"22003", REJECT_OUT_OF_RANGE},
        {"22008", REJECT_OUT_OF_RANGE},   {"22015", REJECT_OUT_OF_RANGE}, /* interval field overflow */
        {"22P02", REJECT_WRONG_TYPE},     {"22P03", REJECT_WRONG_TYPE},
        {"22007", REJECT_WRONG_TYPE},                                     /* invalid datetime format */
        {"22018", REJECT_WRONG_TYPE},                                     /* invalid character value for cast */
        {"22032", REJECT_WRONG_TYPE},                                     /* invalid JSON text */
        {"22021", REJECT_INVALID_TEXT},   {"22P05", REJECT_INVALID_TEXT}, /* \u0000 in jsonb */
        {"23505", REJECT_DUPLICATE},      {"23514", REJECT_CHECK},
        {"54000", REJECT_OTHER},
    };
    if (!sqlstate || strlen(sqlstate) != 5)
        return REJECT_NONE;
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (strcmp(sqlstate, known[i].state) == 0)
            return known[i].reason;
    bool of_row = strncmp(sqlstate, "22", 2) == 0 || strncmp(sqlstate, "23", 2) == 0;
    return of_row ? REJECT_OTHER : REJECT_NONE;
}
