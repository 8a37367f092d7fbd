/* SPDX-License-Identifier: Apache-2.0 */
/* sources/mongo_live.h - the connection of the live backend, shared by reading (mongo_live.c) and asking (mongo_check.c). */
#ifndef TIDEMARK_SOURCES_MONGO_LIVE_H
#define TIDEMARK_SOURCES_MONGO_LIVE_H

#include <mongoc/mongoc.h>

#include "sources/bson_row.h"
#include "sources/mongo_spec.h"
#include "sources/mongo_wire.h"
#include "sources/source.h"

typedef struct Live {
    MongoWire *wire;
    mongoc_uri_t *uri;
    mongoc_client_t *client;
    const char *database; /* inside uri or the options */
    bool few_types;       /* the server knows only the common BSON types (FerretDB) */
    bool database_known;  /* it was found */
    /* the window being read */
    const Stream *stream;
    Window window;
    BsonRows *rows;
    mongoc_cursor_t *cursor;
    const bson_t *document; /* read and not yet in a batch; belongs to the cursor */
    bool pending;           /* partly in a batch */
    bool hint_id;
    bson_value_t last; /* `_id` of the last document that is whole in some batch; type EOD: none */
    int64_t ordinal;
    int tries;
} Live;

static inline Live *live_of(const Source *source)
{
    return source->private_data;
}

/* Turns libmongoc's error into ours; a stopped wire makes it ERR_CANCELLED. Returns false. */
bool live_error(const Live *live, const bson_error_t *error, ErrCode code, Err *err, const char *what);

mongoc_collection_t *live_collection(Live *live, const MongoSpec *spec);

/* Runs a command; the reply is initialised in any case and destroyed by the caller. */
bool live_command(Live *live, const char *database, const char *name, bson_t *reply, Err *err);

/* Whether the server has the database and the collection. ERR_SOURCE: it cannot be asked. Where listing is not permitted both count as
 * present. */
bool live_find(Live *live, const MongoSpec *spec, bool *database, bool *collection, Err *err);

/* mongo_check.c: the optional callbacks */
bool live_clock(Source *source, int64_t *now, Err *err);
bool live_newest(Source *source, const Stream *stream, int64_t *cursor, Err *err);
bool live_count(Source *source, const Stream *stream, const Window *window, int64_t *rows, Err *err);
bool live_check(Source *source, const GPtrArray *streams, GPtrArray *lines, Err *err);
bool live_discover(Source *source, GPtrArray *out, Err *err);

#endif
