/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/links.h - the connections of one worker: kept open from stream to stream, and interruptible from outside.
 *
 * Everything is for the worker's own thread (its reader uses the source between reader_begin() and reader_wait()), except
 * links_interrupt(), which any thread may call. */
#ifndef TIDEMARK_JOBS_LINKS_H
#define TIDEMARK_JOBS_LINKS_H

#include "destinations/destination.h"
#include "jobs/catalog.h"
#include "jobs/progress.h"
#include "jobs/queue.h"

typedef struct Links Links;

Links *links_new(void);
void links_free(Links *links);
/* What its destinations see of tables is kept there from now on, and shared; a reference is taken. */
void links_share(Links *links, KnownTables *known);
/* From now on its sources know which run they work for. */
void links_of_run(Links *links, int64_t run);
void links_close(Links *links); /* every connection; the links can be used again */

/* The open connection, or a new one. ERR_CANCELLED when interrupted meanwhile. */
Destination *links_destination(Links *links, const DestinationConfig *config, Err *err);
Source *links_source(Links *links, const CatalogSource *source, Err *err);
void links_drop_destination(Links *links, const DestinationConfig *config);
void links_drop_source(Links *links, const CatalogSource *source);

/* Which stream is being worked on (NULL: none): until links_idle() an interrupt reaches it. The queue is closed by an interrupt. */
void links_busy(Links *links, const Stream *stream, Progress *progress, Queue *queue);
/* From here on nothing is interrupted: for cleaning up. Requests that came too late are forgotten. */
void links_idle(Links *links);

/* Stops what the worker waits for, if it works on that stream (NULL: on any). */
void links_interrupt(Links *links, const Stream *stream);
/* True from such an interrupt until links_busy() or links_idle(): a connection opened meanwhile is interrupted, too. */
bool links_interrupted(Links *links);

#endif
