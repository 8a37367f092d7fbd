/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/graph.h - which streams must come before which.
 *
 * A stream waits for the streams of the same plan that fill the tables its foreign keys point at (same destination and schema; pointing
 * at its own table counts for nothing). */
#ifndef TIDEMARK_JOBS_GRAPH_H
#define TIDEMARK_JOBS_GRAPH_H

#include <glib.h>

/* Sorts the StreamPlans so that parents come first, ties by export_order, then position in the file, and fills each waits_for. A cycle is
 * told in notes (char *) and broken: the first of its streams by that order does not wait. */
void graph_order(GPtrArray *stream_plans, GPtrArray *notes);

#endif
