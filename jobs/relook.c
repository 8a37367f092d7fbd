/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/relook.h"

enum { GROUP_KEYS = 16 };

typedef struct Relook {
    StreamWriter *writer;
    const Stream *stream;
    Batch *batches[GROUP_KEYS];
    int used;
    GHashTable *scopes; /* keys of parents read already: all children of a parent come with it */
} Relook;

static bool commit(Relook *r, Counts *counts, Err *err)
{
    Counts delta = {0};
    if (r->used == 0)
        return true;
    for (int i = 0; i < r->used; i++)
        if (!writer_add(r->writer, r->batches[i], err))
            return false;
    r->used = 0;
    if (!writer_commit(r->writer, NULL, &delta, err))
        return false;
    counts_add(counts, &delta);
    return true;
}

/* Whether the parent of this batch was met before; remembers it. */
static bool scope_seen(Relook *r, const Batch *batch)
{
    if (batch->scope_count == 0)
        return false;
    char *key = g_strndup(batch->scopes[0].key, batch->scopes[0].key_len);
    return !g_hash_table_add(r->scopes, key);
}

static bool read_again(Relook *r, Source *source, const char *key, Counts *counts, Err *err)
{
    Batch *batch = r->batches[r->used];
    batch_reset(batch, r->stream);
    if (!source->ops->lookup(source, r->stream, key, batch, err))
        return err_context(err, "reading %s again", r->stream->id);
    if (batch->read == 0 && batch->scope_count == 0)
        return true;
    if (scope_seen(r, batch))
        return true;
    r->used++;
    /* A scope is merged as a whole, and only once in a group: children go one by one. */
    return (r->used < GROUP_KEYS && batch->scope_count == 0) || commit(r, counts, err);
}

bool relook(Source *source, StreamWriter *writer, const Stream *stream, const GPtrArray *keys, Counts *counts, Err *err)
{
    Relook r = {.writer = writer, .stream = stream, .scopes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    for (int i = 0; i < GROUP_KEYS; i++)
        r.batches[i] = batch_new(stream);
    bool done = true;
    for (guint i = 0; i < keys->len && done; i++)
        done = read_again(&r, source, keys->pdata[i], counts, err);
    done = done && commit(&r, counts, err);
    if (!done)
        writer_rollback(writer);
    for (int i = 0; i < GROUP_KEYS; i++)
        batch_free(r.batches[i]);
    g_hash_table_unref(r.scopes);
    return done;
}
