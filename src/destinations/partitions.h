/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/partitions.h - partitions are there before the rows that need them.
 *
 * A partition is made by attaching a finished table, which neither readers nor writers of the others wait for, in a transaction of its own. What
 * exists is taken as it is, whatever its bounds: only what no partition covers is made, in pieces of the definition's steps. */
#ifndef TIDEMARK_DESTINATIONS_PARTITIONS_H
#define TIDEMARK_DESTINATIONS_PARTITIONS_H

#include "destinations/destination.h"

typedef struct Partitions Partitions;

/* Whether the table is partitioned as its definition says. */
bool partitions_fit(const LiveTable *live, const TableDef *table);

/* NULL where there is nothing to make: no partitions are defined, the database has none, or the table's are of another kind. */
Partitions *partitions_new(Destination *d, const Stream *stream, const LiveTable *live);
void partitions_free(Partitions *partitions); /* NULL is fine */

/* Makes what the rows of the batches need; asks the database only when something is missing by what is known. Outside of any transaction. */
bool partitions_make(Partitions *partitions, Batch *const *batches, int count, Err *err);

/* Where rows of a partitioned table lie, as a bound on the partition column; both ends included. */
typedef struct PartitionSpan {
    int64_t low, high; /* TIME_NONE: no bound is known */
} PartitionSpan;

/* Of the rows that came, and of all stored rows of their scopes. */
PartitionSpan partitions_of_rows(const Partitions *partitions, Batch *const *batches, int count);
PartitionSpan partitions_of_scopes(const Partitions *partitions, Batch *const *batches, int count);

/* Takes statistics of the partitions in the span that have none. Without them a planner takes the rows between two instants for a handful, and looks through
 * all of them for each scope. Outside of any transaction; partitions NULL is fine. */
bool partitions_know(Partitions *partitions, const PartitionSpan *span, Err *err);

/* ` AND alias."at" >= … AND alias."at" < …`, by whole steps; nothing without a bound or without partitions. */
void partitions_bound(const Partitions *partitions, const PartitionSpan *span, const char *alias, GString *out);

#endif
