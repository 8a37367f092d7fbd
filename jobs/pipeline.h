/* SPDX-License-Identifier: Apache-2.0 */
/* jobs/pipeline.h - one window of one stream: batches come out of the queue, go into groups, and each group into one commit. */
#ifndef TIDEMARK_JOBS_PIPELINE_H
#define TIDEMARK_JOBS_PIPELINE_H

#include "destinations/stream_writer.h"
#include "jobs/reader.h"
#include "jobs/run.h"

typedef struct Pipeline {
    Run *run;
    RunStream *stream;
    Destination *destination;
    StreamWriter *writer;
    int64_t epoch;
    Source *source;
    Reader *reader;
    Queue *queue;
    bool committed;    /* out: something was committed */
    int64_t watermark; /* out: what the closed window recorded, TIME_NONE: nothing */
    bool source_done;  /* out: the source ended by itself and can be used again */
} Pipeline;

/* Reads and writes the window of stream->plan to its end. False with *err: what was committed stays, the rest was rolled back;
 * ERR_CANCELLED when the stream or the run was. In either case the reader is done and no batch is left. */
bool pipeline_run(Pipeline *pipeline, Err *err);

#endif
