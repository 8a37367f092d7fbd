/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/known_tables.h - what was seen of tables, shared by the connections of one plan and its run.
 *
 * A plan, its run's claims and its merges ask for the same tables over and over; here each is looked at once, and all of a plan's with few
 * questions. Any thread may use it. What is known is forgotten after a minute and when we change a table; whoever depends on the very present
 * (copying straight into a table) calls describe(). */
#ifndef TIDEMARK_DESTINATIONS_KNOWN_TABLES_H
#define TIDEMARK_DESTINATIONS_KNOWN_TABLES_H

#include "destinations/destination.h"

KnownTables *known_tables_new(void);
KnownTables *known_tables_ref(KnownTables *known);
void known_tables_unref(KnownTables *known); /* NULL is fine */

/* From now on the connection asks and fills `known` (a reference is taken until it closes); NULL: nothing is kept. */
void destination_share(Destination *d, KnownTables *known);

/* Like describe(), from what is known. To be freed with live_table_free(), as ever; not to be changed. */
bool destination_table(Destination *d, const char *schema, const char *name, LiveTable **out, Err *err);

/* Looks the tables (const Stream *) up together where the driver can. A table that cannot be looked at is left for destination_table() to
 * complain about; false only when the connection is lost or the call was interrupted. */
bool destination_look_ahead(Destination *d, const GPtrArray *streams, Err *err);

/* Tables were changed: nothing that was known holds. */
void destination_forget_tables(Destination *d);

#endif
