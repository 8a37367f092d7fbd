/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/rejects.h - the ledger of rows that could not be stored: listing, dismissing, asking again (promise 3). */
#ifndef TIDEMARK_DESTINATIONS_REJECTS_H
#define TIDEMARK_DESTINATIONS_REJECTS_H

#include "destinations/destination.h"
#include "model/reject.h"

typedef struct Reject {
    int64_t id;
    char *stream, *key, *scope;
    RejectReason reason;
    char *sqlstate;                /* or NULL */
    char *column;                  /* or NULL */
    char *detail;                  /* expected and found; never a value */
    char *row;                     /* JSON, or NULL when keep_rows has passed */
    int64_t first_seen, last_seen; /* microseconds */
    int64_t tries;
    int64_t dismissed_at; /* TIME_NONE: open */
} Reject;
void reject_free(void *reject);

typedef struct RejectQuery {
    const char *stream;  /* id, or NULL: all */
    RejectReason reason; /* REJECT_NONE: all */
    const char *sqlstate;
    const char *column; /* NULL: all; "": those that blame no column */
    int64_t id;         /* this one alone; 0: all */
    bool dismissed;     /* also dismissed ones */
    int64_t after_id;   /* page: ids above */
    int limit;
} RejectQuery;

typedef struct RejectGroup {
    char *stream;
    RejectReason reason;
    char *column;
    int64_t open, dismissed;
    int64_t first_seen, last_seen;
} RejectGroup;
void reject_group_free(void *group);

bool rejects_list(Destination *d, const RejectQuery *query, GPtrArray *out, Err *err);   /* Reject */
bool rejects_groups(Destination *d, const RejectQuery *query, GPtrArray *out, Err *err); /* RejectGroup */
bool rejects_dismiss(Destination *d, const RejectQuery *query, int64_t *count, Err *err);
/* Keys of rejects that can only be tried by reading their document again, for `rejects retry`. */
bool rejects_keys(Destination *d, const RejectQuery *query, GPtrArray *keys, Err *err); /* char * */
/* Drops the text of rows older than the stream's keep_rows. */
bool rejects_forget(Destination *d, const Stream *stream, int64_t *count, Err *err);

#endif
