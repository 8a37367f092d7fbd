/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/vanish.h - rows that a reimport takes away, and rows of other tables that point at them. */
#ifndef TIDEMARK_DESTINATIONS_VANISH_H
#define TIDEMARK_DESTINATIONS_VANISH_H

#include "destinations/writer.h"

typedef struct Vanish {
    StreamWriter *writer;
    GPtrArray *locks; /* char *: names of the child streams' locks that are held */
    int64_t removed;
} Vanish;

/* WHERE condition (alias t) under which a row of the table is not among the staged ones. */
char *vanish_condition(const StreamWriter *writer);

/* Removes rows of other tables that point at vanishing rows and parks them in their own streams' rejects; depth first. Fails, naming the table, when no
 * stream fills it, and with ERR_BUSY when another run writes to that stream. */
bool vanish_park(Vanish *vanish, Err *err);

/* Frees the locks; after the transaction's end. */
void vanish_done(Vanish *vanish);

/* Appends the streams (const Stream *) that fill a table: several where they share it. */
bool vanish_streams_of(Destination *d, const GPtrArray *streams, const char *schema, const char *name, GPtrArray *out, Err *err);

#endif
