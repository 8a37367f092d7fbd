/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wait.h"
#include "model/time.h"
#include "tests/support/toy_private.h"

static ToyWorld *worlds; /* set up and taken down by the test's own thread */

ToyWorld *toy_world_find(const char *name)
{
    for (ToyWorld *world = worlds; world; world = world->next)
        if (g_str_equal(world->name, name))
            return world;
    return NULL;
}

static void doc_free(void *data)
{
    ToyDoc *doc = data;
    g_free(doc->id);
    g_free(doc->parent);
    g_free(doc->label);
    g_strfreev(doc->items);
    g_free(doc);
}

static void set_free(void *data)
{
    ToySet *set = data;
    g_free(set->name);
    g_free(set->scope);
    g_free(set->table);
    g_free(set->parent_table);
    g_free(set->mapping);
    g_ptr_array_unref(set->docs);
    g_array_unref(set->bad_days);
    g_free(set);
}

ToyWorld *toy_world_new(const char *name, int64_t now)
{
    ToyWorld *world = g_new0(ToyWorld, 1);
    pthread_mutex_init(&world->lock, NULL);
    wait_cond_init(&world->changed);
    world->name = g_strdup(name);
    world->sets = g_ptr_array_new_with_free_func(set_free);
    world->now = now;
    world->next = worlds;
    worlds = world;
    source_add(&source_toy);
    return world;
}

void toy_world_free(ToyWorld *world)
{
    ToyWorld **link = &worlds;
    while (*link != world)
        link = &(*link)->next;
    *link = world->next;
    g_ptr_array_unref(world->sets);
    g_free(world->name);
    pthread_cond_destroy(&world->changed);
    pthread_mutex_destroy(&world->lock);
    g_free(world);
}

ToySet *toy_set(ToyWorld *world, ToyKind kind, const char *name, const char *parent_table)
{
    ToySet *set = g_new0(ToySet, 1);
    set->kind = kind;
    set->name = g_strdup(name);
    set->table = g_strdup(name);
    set->parent_table = g_strdup(parent_table);
    set->mapping = g_strdup("v1");
    set->batch_rows = 3;
    set->page = 4;
    set->docs = g_ptr_array_new_with_free_func(doc_free);
    set->bad_days = g_array_new(FALSE, FALSE, sizeof(int64_t));
    set->fail_after = set->waits_after = -1;
    set->settings = (StreamSettings){.lookback_us = source_toy.lookback_us, .threshold_us = TIME_NONE, .keep_rows_us = -1};
    g_ptr_array_add(world->sets, set);
    return set;
}

ToySet *toy_find(ToyWorld *world, const char *name)
{
    for (guint i = 0; i < world->sets->len; i++)
        if (g_str_equal(((ToySet *)world->sets->pdata[i])->name, name))
            return world->sets->pdata[i];
    return NULL;
}

ToyDoc *toy_doc(const ToySet *set, const char *id)
{
    for (guint i = 0; i < set->docs->len; i++)
        if (g_str_equal(((ToyDoc *)set->docs->pdata[i])->id, id))
            return set->docs->pdata[i];
    return NULL;
}

static gint by_id(gconstpointer a, gconstpointer b)
{
    return strcmp((*(ToyDoc *const *)a)->id, (*(ToyDoc *const *)b)->id);
}

static ToyDoc *put(ToySet *set, const char *id, int64_t at)
{
    ToyDoc *doc = toy_doc(set, id);
    if (!doc) {
        doc = g_new0(ToyDoc, 1);
        doc->id = g_strdup(id);
        g_ptr_array_add(set->docs, doc);
        g_ptr_array_sort(set->docs, by_id);
    }
    doc->at = at;
    return doc;
}

ToyDoc *toy_put(ToyWorld *world, ToySet *set, const char *id, const char *label, int64_t amount, int64_t at)
{
    pthread_mutex_lock(&world->lock);
    ToyDoc *doc = put(set, id, at);
    g_free(doc->label);
    doc->label = g_strdup(label);
    doc->amount = amount;
    pthread_mutex_unlock(&world->lock);
    return doc;
}

void toy_items(ToyWorld *world, ToySet *set, const char *id, int64_t at, const char *const *items)
{
    pthread_mutex_lock(&world->lock);
    ToyDoc *doc = put(set, id, at);
    g_strfreev(doc->items);
    doc->items = g_strdupv((char **)items);
    pthread_mutex_unlock(&world->lock);
}

void toy_delete(ToyWorld *world, ToySet *set, const char *id)
{
    pthread_mutex_lock(&world->lock);
    ToyDoc *doc = toy_doc(set, id);
    if (doc)
        g_ptr_array_remove(set->docs, doc);
    pthread_mutex_unlock(&world->lock);
}

bool toy_wait_for_reader(ToyWorld *world, int timeout_ms)
{
    struct timespec until = wait_deadline(timeout_ms);
    pthread_mutex_lock(&world->lock);
    while (world->waiting == 0)
        if (!wait_until(&world->changed, &world->lock, &until))
            break;
    bool there = world->waiting > 0;
    pthread_mutex_unlock(&world->lock);
    return there;
}

void toy_open_gate(ToyWorld *world, ToySet *set)
{
    pthread_mutex_lock(&world->lock);
    set->waits_after = -1;
    pthread_cond_broadcast(&world->changed);
    pthread_mutex_unlock(&world->lock);
}
