/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/links.h"

#include <pthread.h>

#include "destinations/known_tables.h"

typedef struct SourceLink {
    const CatalogSource *catalog;
    Source *source;
    SourceContext context;
} SourceLink;

struct Links {
    pthread_mutex_t lock;    /* over the lists and the fields below; never held while a connection works */
    GPtrArray *destinations; /* Destination */
    GPtrArray *sources;      /* SourceLink */
    KnownTables *known;      /* of all destinations; may be NULL */
    Destination *questions;  /* for SourceContext.query: the reader's own connection */
    const Stream *stream;    /* worked on now */
    Progress *progress;
    Queue *queue;
    bool interrupted;
    int64_t run;
};

static void source_link_free(void *data)
{
    SourceLink *link = data;
    source_free(link->source);
    g_free(link);
}

Links *links_new(void)
{
    Links *links = g_new0(Links, 1);
    pthread_mutex_init(&links->lock, NULL);
    links->destinations = g_ptr_array_new_with_free_func((GDestroyNotify)destination_close);
    links->sources = g_ptr_array_new_with_free_func(source_link_free);
    return links;
}

void links_close(Links *links)
{
    pthread_mutex_lock(&links->lock);
    GPtrArray *sources = links->sources, *destinations = links->destinations;
    Destination *questions = links->questions;
    links->sources = g_ptr_array_new_with_free_func(source_link_free);
    links->destinations = g_ptr_array_new_with_free_func((GDestroyNotify)destination_close);
    links->questions = NULL;
    pthread_mutex_unlock(&links->lock);
    g_ptr_array_unref(sources);
    g_ptr_array_unref(destinations);
    destination_close(questions);
}

void links_free(Links *links)
{
    if (!links)
        return;
    links_close(links);
    g_ptr_array_unref(links->sources);
    g_ptr_array_unref(links->destinations);
    known_tables_unref(links->known);
    pthread_mutex_destroy(&links->lock);
    g_free(links);
}

void links_share(Links *links, KnownTables *known)
{
    KnownTables *before = links->known;
    links->known = known_tables_ref(known);
    known_tables_unref(before);
    for (guint i = 0; i < links->destinations->len; i++)
        destination_share(links->destinations->pdata[i], known);
}

void links_of_run(Links *links, int64_t run)
{
    links->run = run;
}

static Destination *find_destination(const Links *links, const DestinationConfig *config)
{
    for (guint i = 0; i < links->destinations->len; i++)
        if (((Destination *)links->destinations->pdata[i])->config == config)
            return links->destinations->pdata[i];
    return NULL;
}

static SourceLink *find_source(const Links *links, const CatalogSource *source)
{
    for (guint i = 0; i < links->sources->len; i++)
        if (((SourceLink *)links->sources->pdata[i])->catalog == source)
            return links->sources->pdata[i];
    return NULL;
}

Destination *links_destination(Links *links, const DestinationConfig *config, Err *err)
{
    Destination *d = find_destination(links, config);
    if (d)
        return d;
    d = destination_new(config, err);
    if (!d)
        return NULL;
    destination_share(d, links->known);
    pthread_mutex_lock(&links->lock);
    g_ptr_array_add(links->destinations, d);
    if (links->interrupted)
        destination_interrupt(d);
    pthread_mutex_unlock(&links->lock);
    if (destination_connect(d, err))
        return d;
    links_drop_destination(links, config);
    return NULL;
}

void links_drop_destination(Links *links, const DestinationConfig *config)
{
    Destination *d = find_destination(links, config);
    if (!d)
        return;
    pthread_mutex_lock(&links->lock);
    guint index;
    if (g_ptr_array_find(links->destinations, d, &index))
        g_ptr_array_steal_index_fast(links->destinations, index);
    pthread_mutex_unlock(&links->lock);
    destination_close(d);
}

static bool open_questions(Links *links, const DestinationConfig *config, Err *err)
{
    Destination *old = links->questions;
    if (old && old->config == config)
        return true;
    Destination *d = destination_new(config, err);
    if (!d)
        return false;
    pthread_mutex_lock(&links->lock);
    links->questions = d;
    pthread_mutex_unlock(&links->lock);
    destination_close(old);
    if (destination_connect(d, err))
        return true;
    pthread_mutex_lock(&links->lock);
    links->questions = NULL;
    pthread_mutex_unlock(&links->lock);
    destination_close(d);
    return false;
}

/* The statement with the stream's table for {table}. */
static char *with_table(const Destination *d, const Stream *stream, const char *sql)
{
    g_autoptr(GString) table = g_string_new(NULL);
    db_quote_table(table, d, stream->table->schema, stream->table->name);
    g_auto(GStrv) parts = g_strsplit(sql, "{table}", -1);
    return g_strjoinv(table->str, parts);
}

/* A question of the source is put as a subquery, where neither a second statement nor one that changes something can stand. */
static bool ask_destination(void *data, const Stream *stream, const char *sql, int param_count, const char *const *params,
                            GPtrArray **rows, Err *err)
{
    Links *links = data;
    const DestinationConfig *config = NULL;
    pthread_mutex_lock(&links->lock);
    for (guint i = 0; i < links->sources->len; i++) {
        const SourceLink *link = links->sources->pdata[i];
        if (g_str_equal(link->catalog->config->name, stream->source))
            config = link->catalog->config->destination;
    }
    pthread_mutex_unlock(&links->lock);
    if (!open_questions(links, config, err))
        return false;
    g_autofree char *named = with_table(links->questions, stream, sql);
    g_autofree char *wrapped = g_strdup_printf("SELECT * FROM (%s) AS question", named);
    DbRows found = {0};
    if (!links->questions->ops->query(links->questions, wrapped, param_count, params, &found, err))
        return false;
    *rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    for (int i = 0; i < found.count; i++) {
        char **row = g_new0(char *, found.columns + 1);
        for (int k = 0; k < found.columns; k++)
            row[k] = g_strdup(db_cell(&found, i, k));
        g_ptr_array_add(*rows, row);
    }
    db_rows_clear(&found);
    return true;
}

static void show_phase(void *data, const char *text)
{
    Links *links = data;
    pthread_mutex_lock(&links->lock);
    Progress *progress = links->progress;
    pthread_mutex_unlock(&links->lock);
    if (progress)
        progress_doing(progress, text);
}

Source *links_source(Links *links, const CatalogSource *source, Err *err)
{
    SourceLink *link = find_source(links, source);
    if (link)
        return link->source;
    link = g_new0(SourceLink, 1);
    link->catalog = source;
    link->context = (SourceContext){.config = source->config,
                                    .query = ask_destination,
                                    .query_data = links,
                                    .phase = show_phase,
                                    .phase_data = links,
                                    .run = links->run};
    link->source = source_new(source->ops, &link->context);
    pthread_mutex_lock(&links->lock);
    g_ptr_array_add(links->sources, link);
    if (links->interrupted && link->source->ops->interrupt)
        link->source->ops->interrupt(link->source);
    pthread_mutex_unlock(&links->lock);
    if (source->ops->open(link->source, err))
        return link->source;
    links_drop_source(links, source);
    return NULL;
}

void links_drop_source(Links *links, const CatalogSource *source)
{
    SourceLink *link = find_source(links, source);
    if (!link)
        return;
    pthread_mutex_lock(&links->lock);
    guint index;
    if (g_ptr_array_find(links->sources, link, &index))
        g_ptr_array_steal_index_fast(links->sources, index);
    pthread_mutex_unlock(&links->lock);
    source_link_free(link);
}

void links_busy(Links *links, const Stream *stream, Progress *progress, Queue *queue)
{
    pthread_mutex_lock(&links->lock);
    links->stream = stream;
    links->progress = progress;
    links->queue = queue;
    links->interrupted = false;
    pthread_mutex_unlock(&links->lock);
}

void links_idle(Links *links)
{
    links_busy(links, NULL, NULL, NULL);
    for (guint i = 0; i < links->destinations->len; i++)
        destination_clear_interrupt(links->destinations->pdata[i]);
}

void links_interrupt(Links *links, const Stream *stream)
{
    pthread_mutex_lock(&links->lock);
    if (links->stream && (!stream || stream == links->stream)) {
        links->interrupted = true;
        for (guint i = 0; i < links->sources->len; i++) {
            const SourceLink *link = links->sources->pdata[i];
            if (link->source->ops->interrupt)
                link->source->ops->interrupt(link->source);
        }
        for (guint i = 0; i < links->destinations->len; i++)
            destination_interrupt(links->destinations->pdata[i]);
        if (links->questions)
            destination_interrupt(links->questions);
        if (links->queue)
            queue_close(links->queue);
    }
    pthread_mutex_unlock(&links->lock);
}

bool links_interrupted(Links *links)
{
    pthread_mutex_lock(&links->lock);
    bool interrupted = links->interrupted;
    pthread_mutex_unlock(&links->lock);
    return interrupted;
}
