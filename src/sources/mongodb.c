/* SPDX-License-Identifier: Apache-2.0 */
/* The source `mongodb`: a live server, or a mongodump folder (`dump:DIR`). */
#include <stdatomic.h>
#include <string.h>

#include "config/schema_mongo.h"
#include "sources/mongo_backend.h"
#include "sources/mongo_streams.h"
#include "sources/source.h"

#define LOOKBACK_US (INT64_C(3600) * US_PER_SECOND)

typedef struct Mongo {
    Source inner;            /* of the backend; its context is ours */
    _Atomic(Source *) ready; /* &inner once interrupt() may be passed on */
    atomic_bool stopped;
} Mongo;

static const OptionDef mongodb_options[] = {
    {.name = "url",
     .type = OPT_STRING,
     .secret = true,
     .help = "mongodb://… or mongodb+srv://… with all options, or dump:DIR, a folder written by mongodump"},
    {.name = "database",
     .type = OPT_STRING,
     .help = "database to read; of a dump, a folder in DIR (not needed when DIR is the database's own folder)"},
    {0},
};

static const char *option(const Source *source, const char *name)
{
    const char *text = options_text(source->context->config->options, name);
    return text && *text ? text : NULL;
}

const char *mongo_url(const Source *source)
{
    return option(source, "url");
}

const char *mongo_database(const Source *source)
{
    return option(source, "database");
}

/* An ObjectId and a number hold no slash; in JSON a slash inside quotes or brackets does not count. */
size_t mongo_document_key(const char *text)
{
    int depth = 0;
    bool quoted = false;
    size_t i = 0;
    for (; text[i]; i++) {
        char c = text[i];
        if (quoted) {
            if (c == '\\' && text[i + 1])
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            depth--;
        } else if (c == '/' && depth == 0) {
            break;
        }
    }
    return i;
}

static Mongo *self(const Source *source)
{
    return source->private_data;
}

static bool mongodb_open(Source *source, Err *err)
{
    Mongo *mongo = self(source);
    const char *url = mongo_url(source);
    if (!url)
        return err_set(err, ERR_CONFIG, "source %s has no `url`", source->context->config->name);
    mongo->inner.ops = g_str_has_prefix(url, "dump:") ? &mongo_dump_backend : &mongo_live_backend;
    mongo->inner.context = source->context;
    mongo->inner.private_data = g_malloc0(mongo->inner.ops->size);
    atomic_store(&mongo->ready, &mongo->inner);
    if (atomic_load(&mongo->stopped))
        mongo->inner.ops->interrupt(&mongo->inner);
    return mongo->inner.ops->open(&mongo->inner, err);
}

static void mongodb_interrupt(Source *source)
{
    Mongo *mongo = self(source);
    atomic_store(&mongo->stopped, true);
    Source *inner = atomic_load(&mongo->ready);
    if (inner)
        inner->ops->interrupt(inner);
}

static void mongodb_close(Source *source)
{
    Mongo *mongo = self(source);
    if (!mongo->inner.ops)
        return;
    mongo->inner.ops->close(&mongo->inner);
    g_free(mongo->inner.private_data);
}

static bool mongodb_streams(Source *source, GPtrArray *out, Problems *problems)
{
    const SourceConfig *config = source->context->config;
    const SchemaFile *schema = config->schema;
    if (!schema) {
        problems_add(problems, config->file, config->line, 0,
                     "source %s has no `schema`: it says which collections become which tables", config->name);
        return false;
    }
    for (guint i = 0; i < schema->tables->len; i++) {
        const MongoTable *table = g_ptr_array_index(schema->tables, i);
        const OptionValues *options = config->streams ? g_hash_table_lookup(config->streams, table->key) : NULL;
        g_ptr_array_add(out, mongo_stream_new(config->name, table, (int)i, options, LOOKBACK_US));
    }
    return true;
}

static bool mongodb_start(Source *source, const Stream *stream, Window *window, GBytes *checkpoint, bool *restarted, bool *missing,
                          Err *err)
{
    Source *inner = &self(source)->inner;
    return inner->ops->start(inner, stream, window, checkpoint, restarted, missing, err);
}

static ReadStatus mongodb_read(Source *source, Batch *batch, Err *err)
{
    Source *inner = &self(source)->inner;
    return inner->ops->read(inner, batch, err);
}

static bool mongodb_clock(Source *source, int64_t *now, Err *err)
{
    Source *inner = &self(source)->inner;
    if (inner->ops->clock)
        return inner->ops->clock(inner, now, err);
    *now = TIME_NONE;
    return true;
}

static bool mongodb_newest(Source *source, const Stream *stream, int64_t *cursor, Err *err)
{
    Source *inner = &self(source)->inner;
    *cursor = TIME_NONE;
    return !inner->ops->newest || inner->ops->newest(inner, stream, cursor, err);
}

static bool mongodb_count(Source *source, const Stream *stream, const Window *window, int64_t *rows, Err *err)
{
    Source *inner = &self(source)->inner;
    return inner->ops->count(inner, stream, window, rows, err);
}

static bool mongodb_check(Source *source, const GPtrArray *streams, GPtrArray *lines, Err *err)
{
    Source *inner = &self(source)->inner;
    return inner->ops->check(inner, streams, lines, err);
}

static bool mongodb_discover(Source *source, GPtrArray *out, Err *err)
{
    Source *inner = &self(source)->inner;
    return inner->ops->discover(inner, out, err);
}

static bool mongodb_lookup(Source *source, const Stream *stream, const char *key, Batch *batch, Err *err)
{
    Source *inner = &self(source)->inner;
    return inner->ops->lookup(inner, stream, key, batch, err);
}

const SourceOps source_mongodb = {
    .kind = "mongodb",
    .options = mongodb_options,
    .schema = &schema_format_mongo,
    .caps = SOURCE_CAN_RESUME,
    .size = sizeof(Mongo),
    .lookback_us = LOOKBACK_US,
    .open = mongodb_open,
    .streams = mongodb_streams,
    .start = mongodb_start,
    .read = mongodb_read,
    .interrupt = mongodb_interrupt,
    .close = mongodb_close,
    .clock = mongodb_clock,
    .newest = mongodb_newest,
    .count = mongodb_count,
    .check = mongodb_check,
    .discover = mongodb_discover,
    .lookup = mongodb_lookup,
};
