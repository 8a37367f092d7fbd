/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/known_tables.h"

#include <pthread.h>

#include "base/clock.h"
#include "destinations/live_table.h"

#define KEPT_MS 60000

struct KnownTables {
    gatomicrefcount refs;
    pthread_mutex_t lock;
    GHashTable *tables; /* place and name → Known */
};

typedef struct Known {
    LiveTable *table;
    int64_t seen_ms;
} Known;

static void known_free(void *data)
{
    Known *known = data;
    live_table_free(known->table);
    g_free(known);
}

KnownTables *known_tables_new(void)
{
    KnownTables *known = g_new0(KnownTables, 1);
    g_atomic_ref_count_init(&known->refs);
    pthread_mutex_init(&known->lock, NULL);
    known->tables = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, known_free);
    return known;
}

KnownTables *known_tables_ref(KnownTables *known)
{
    if (known)
        g_atomic_ref_count_inc(&known->refs);
    return known;
}

void known_tables_unref(KnownTables *known)
{
    if (!known || !g_atomic_ref_count_dec(&known->refs))
        return;
    g_hash_table_unref(known->tables);
    pthread_mutex_destroy(&known->lock);
    g_free(known);
}

void destination_share(Destination *d, KnownTables *known)
{
    KnownTables *before = d->known;
    d->known = known_tables_ref(known);
    known_tables_unref(before);
}

/* The configuration's address tells destinations apart; no schema is another place than any named one. */
static char *place_of(const Destination *d, const char *schema, const char *name)
{
    return g_strdup_printf("%p%c%s%c%s", (const void *)d->config, schema ? '.' : '-', schema ? schema : "", '\n', name);
}

static LiveTable *find(const Destination *d, const char *schema, const char *name)
{
    LiveTable *table = NULL;
    g_autofree char *place = place_of(d, schema, name);
    pthread_mutex_lock(&d->known->lock);
    const Known *known = g_hash_table_lookup(d->known->tables, place);
    if (known && clock_mono_ms() - known->seen_ms < KEPT_MS)
        table = live_table_ref(known->table);
    pthread_mutex_unlock(&d->known->lock);
    return table;
}

static void keep(const Destination *d, const char *schema, LiveTable *table)
{
    Known *known = g_new0(Known, 1);
    *known = (Known){.table = live_table_ref(table), .seen_ms = clock_mono_ms()};
    pthread_mutex_lock(&d->known->lock);
    g_hash_table_replace(d->known->tables, place_of(d, schema, table->name), known);
    pthread_mutex_unlock(&d->known->lock);
}

/* Under the name that was asked for and under the one it resolved to. */
static void keep_both(const Destination *d, const char *schema, LiveTable *table)
{
    keep(d, schema, table);
    if (g_strcmp0(schema, table->schema) != 0)
        keep(d, table->schema, table);
}

bool destination_table(Destination *d, const char *schema, const char *name, LiveTable **out, Err *err)
{
    if (!d->known)
        return d->ops->describe(d, schema, name, out, err);
    *out = find(d, schema, name);
    if (*out)
        return true;
    if (!d->ops->describe(d, schema, name, out, err))
        return false;
    keep_both(d, schema, *out);
    return true;
}

bool destination_look_ahead(Destination *d, const GPtrArray *streams, Err *err)
{
    Err why = {0};
    if (!d->known || !d->ops->describe_all || streams->len < 2)
        return true;
    g_autofree const TableDef **wanted = g_new0(const TableDef *, streams->len);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)live_table_free);
    for (guint i = 0; i < streams->len; i++)
        wanted[i] = ((const Stream *)streams->pdata[i])->table;
    if (!d->ops->describe_all(d, wanted, (int)streams->len, found, &why)) {
        bool gone = why.code == ERR_UNREACHABLE || why.code == ERR_CANCELLED;
        if (gone && err)
            *err = why;
        return !gone;
    }
    for (guint i = 0; i < found->len; i++)
        if (found->pdata[i])
            keep_both(d, wanted[i]->schema, found->pdata[i]);
    return true;
}

void destination_forget_tables(Destination *d)
{
    if (!d->known)
        return;
    pthread_mutex_lock(&d->known->lock);
    g_hash_table_remove_all(d->known->tables);
    pthread_mutex_unlock(&d->known->lock);
}
