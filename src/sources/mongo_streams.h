/* SPDX-License-Identifier: Apache-2.0 */
/* sources/mongo_streams.h - the streams of a schema file. */
#ifndef TIDEMARK_SOURCES_MONGO_STREAMS_H
#define TIDEMARK_SOURCES_MONGO_STREAMS_H

#include <glib.h>

#include "config/config.h"
#include "config/schema_mongo.h"
#include "model/stream.h"

/* Stream of a table; copies all it needs. options are the stream's settings (stream_options) or NULL. What is configured for the whole
 * program (GLOBAL_DATE_THRESHOLD, BATCH_SIZE) is left unset: the catalog adds it. */
Stream *mongo_stream_new(const char *source_name, const MongoTable *table, int position, const OptionValues *options,
                         int64_t lookback_us);

#endif
