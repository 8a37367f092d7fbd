/* SPDX-License-Identifier: Apache-2.0 */
/* model/reject.h - why a row could not be stored. The few reason codes of promise 3. */
#ifndef TIDEMARK_MODEL_REJECT_H
#define TIDEMARK_MODEL_REJECT_H

#include <stdbool.h>

typedef enum RejectReason {
    REJECT_NONE = 0,
    REJECT_MISSING_PARENT, /* parked: lands by itself when the parent arrives (SQLSTATE 23503) */
    REJECT_REQUIRED,       /* NULL in a NOT NULL column (23502) */
    REJECT_TOO_LONG,       /* 22001 */
    REJECT_OUT_OF_RANGE,   /* 22003, 22008 */
    REJECT_WRONG_TYPE,     /* 22P02 … */
    REJECT_INVALID_TEXT,   /* NUL or invalid UTF-8 (22021) */
    REJECT_DUPLICATE,      /* 23505 */
    REJECT_CHECK,          /* 23514 */
    REJECT_OTHER,          /* the SQLSTATE says what */
    REJECT_REASONS
} RejectReason;

/* "missing parent", "required value missing", "too long" …: the words of screens, commands and the ledger. */
const char *reject_name(RejectReason reason);
bool reject_parse(const char *name, RejectReason *out);

/* The reason for an SQLSTATE of class 22 or 23; REJECT_OTHER for the rest of these classes and for 54000 (a value too large for an index
 * entry); REJECT_NONE when the state does not speak of a row at all (H36: never by English text). */
RejectReason reject_from_sqlstate(const char *sqlstate);

#endif
