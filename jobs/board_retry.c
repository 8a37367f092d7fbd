/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/board_private.h"
#include "jobs/relook.h"

enum { LOCK_WAIT_MS = 5000 };

typedef struct Retrying {
    const BoardDesk *desk;
    const BoardAsk *ask;
    const Stream *stream;
    Stream *fitted; /* what stream is when the source asked for another form of it; owned */
    const CatalogSource *source;
    Destination *d;
    StreamWriter *writer;
    Counts counts;
} Retrying;

static bool retry_parked(Retrying *r, Err *err)
{
    RejectReason reason = r->ask->rejects.reason;
    if (reason != REJECT_NONE && reason != REJECT_MISSING_PARENT)
        return true;
    return writer_retry_parked(r->writer, &r->counts, err);
}

static bool retry_documents(Retrying *r, Err *err)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    RejectQuery query = r->ask->rejects;
    query.limit = 0;
    if (!rejects_keys(r->d, &query, keys, err))
        return false;
    if (keys->len == 0)
        return true;
    if (!r->source->ops->lookup) {
        err_set(err, ERR_USAGE, "a source of type %s cannot read single documents again", r->source->ops->kind);
        return err_hint(err, "a backfill over their dates, or a reimport, reads them again");
    }
    Source *source = links_source(r->desk->links, r->source, err);
    if (!source)
        return false;
    if (relook(source, r->writer, r->stream, keys, &r->counts, err))
        return true;
    links_drop_source(r->desk->links, r->source);
    return false;
}

static bool retry_claimed(Retrying *r, int64_t epoch, Err *err)
{
    g_autoptr(GPtrArray) neighbours = g_ptr_array_new();
    const Catalog *catalog = r->desk->catalog;
    for (guint i = 0; i < catalog->streams->len; i++)
        if (catalog_source_of(catalog, catalog->streams->pdata[i])->config->destination == r->source->config->destination)
            g_ptr_array_add(neighbours, catalog->streams->pdata[i]);
    WriterSetup setup = {
        .stream = r->stream, .kind = WRITER_SYNC, .job = "retry", .window_key = "", .epoch = epoch, .streams = neighbours};
    r->writer = writer_new(r->d, &setup, err);
    bool done = r->writer && retry_parked(r, err) && retry_documents(r, err);
    writer_free(r->writer);
    return done;
}

/* The table has the form that the last plan gave it. */
static bool fit_stream(Retrying *r, Err *err)
{
    if (!r->source->ops->fit)
        return true;
    Source *source = links_source(r->desk->links, r->source, err);
    if (!source || !source->ops->fit(source, r->stream, &r->fitted, err))
        return false;
    if (r->fitted)
        r->stream = r->fitted;
    return true;
}

bool answer_retry(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, Err *err)
{
    const char *id = ask->rejects.stream;
    Retrying r = {.desk = desk, .ask = ask, .stream = id ? catalog_stream(desk->catalog, id) : NULL};
    bool ledger = false;
    if (!r.stream)
        return err_set(err, ERR_USAGE, "there is no stream `%s`", id ? id : "");
    r.source = catalog_source_of(desk->catalog, r.stream);
    r.d = desk_destination(desk, r.source->config->destination, &ledger, err);
    if (!r.d)
        return false;
    if (!ledger)
        return true;
    if (!fit_stream(&r, err))
        return false;
    LeaseHolder holder = {.user = g_get_user_name(), .host = g_get_host_name()};
    int64_t epoch;
    bool claimed = ledger_claim(r.d, r.stream, &holder, LOCK_WAIT_MS, &epoch, err);
    bool done = claimed && retry_claimed(&r, epoch, err);
    if (claimed)
        ledger_release(r.d, r.stream, epoch);
    if (!done)
        desk_forget(desk, r.source->config->destination, err);
    answer->total = r.counts.read;
    answer->changed = r.counts.written + r.counts.unchanged;
    stream_free(r.fitted);
    return done;
}
