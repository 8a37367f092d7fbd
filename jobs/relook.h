/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/relook.h - documents of rejects read again by their key (SourceOps.lookup) and written by the stream's writer. */
#ifndef TIDEMARK_JOBS_RELOOK_H
#define TIDEMARK_JOBS_RELOOK_H

#include "destinations/stream_writer.h"
#include "sources/source.h"

/* keys: char *. Commits in small groups, without touching position or checkpoint, and adds to *counts what became of the rows. A document
 * that is gone leaves its reject as it is. The source must have lookup. */
bool relook(Source *source, StreamWriter *writer, const Stream *stream, const GPtrArray *keys, Counts *counts, Err *err);

#endif
