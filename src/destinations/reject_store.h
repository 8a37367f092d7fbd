/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/reject_store.h - the rejects ledger as a commit changes it, inside its transaction. */
#ifndef TIDEMARK_DESTINATIONS_REJECT_STORE_H
#define TIDEMARK_DESTINATIONS_REJECT_STORE_H

#include "destinations/stage.h"

/* A row that could not be formed although a newer reading of it is staged and lives: drops the reject; *dropped counts as unchanged. */
bool reject_store_drop_older(Stage *stage, int64_t *dropped, Err *err);

/* Stores what stands in the table of rejects. *fresh: how many of them no earlier run had. */
bool reject_store_put(Stage *stage, int64_t run, int64_t *fresh, Err *err);

/* Deletes the rejects of rows that have landed, and in children mode those of the staged scopes that did not come again. */
bool reject_store_landed(Stage *stage, Err *err);

/* Deletes all rejects of the stream that are not among the staged ones: the whole stream was read. */
bool reject_store_only(Stage *stage, Err *err);

/* Whether the stream has any reject. */
bool reject_store_any(Destination *d, const Stream *stream, bool *any, Err *err);

/* CASE … END that turns a reason's number into its word. */
void reject_reason_sql(const char *number, GString *out);

#endif
