/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/pool.h"

#include <glib.h>
#include <pthread.h>

struct Pool {
    pthread_mutex_t lock;
    pthread_cond_t room;
    size_t limit, bytes, peak;
    GPtrArray *idle;   /* Batch: given back, kept for the next one */
    GHashTable *taken; /* Batch → bytes counted for it */
};

Pool *pool_new(size_t bytes)
{
    Pool *pool = g_new0(Pool, 1);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->room, NULL);
    pool->limit = bytes;
    pool->idle = g_ptr_array_new();
    pool->taken = g_hash_table_new(NULL, NULL);
    return pool;
}

void pool_free(Pool *pool)
{
    if (!pool)
        return;
    g_assert(g_hash_table_size(pool->taken) == 0);
    for (guint i = 0; i < pool->idle->len; i++)
        batch_free(pool->idle->pdata[i]);
    g_ptr_array_unref(pool->idle);
    g_hash_table_unref(pool->taken);
    pthread_cond_destroy(&pool->room);
    pthread_mutex_destroy(&pool->lock);
    g_free(pool);
}

/* A batch that is being filled counts as a full one; afterwards as what it holds. */
static void count(Pool *pool, Batch *batch, size_t bytes)
{
    size_t before = GPOINTER_TO_SIZE(g_hash_table_lookup(pool->taken, batch));
    pool->bytes = pool->bytes - before + bytes;
    pool->peak = MAX(pool->peak, pool->bytes);
    if (bytes > 0)
        g_hash_table_insert(pool->taken, batch, GSIZE_TO_POINTER(bytes));
    else
        g_hash_table_remove(pool->taken, batch);
}

static bool may_take(const Pool *pool, const PoolHolder *holder)
{
    return holder->held < POOL_GUARANTEED + holder->extra || pool->bytes + BATCH_BYTES <= pool->limit;
}

Batch *pool_take(Pool *pool, PoolHolder *holder, const Stream *stream)
{
    pthread_mutex_lock(&pool->lock);
    while (!holder->stopped && !may_take(pool, holder)) {
        holder->waiting = true;
        pthread_cond_wait(&pool->room, &pool->lock);
    }
    holder->waiting = false;
    Batch *batch = NULL;
    if (!holder->stopped) {
        batch = pool->idle->len > 0 ? g_ptr_array_steal_index_fast(pool->idle, pool->idle->len - 1) : batch_new(stream);
        holder->held++;
        count(pool, batch, BATCH_BYTES);
    }
    pthread_mutex_unlock(&pool->lock);
    if (batch)
        batch_reset(batch, stream);
    return batch;
}

void pool_filled(Pool *pool, Batch *batch)
{
    size_t bytes = MAX(batch_bytes(batch), sizeof *batch);
    pthread_mutex_lock(&pool->lock);
    count(pool, batch, bytes);
    pthread_cond_broadcast(&pool->room);
    pthread_mutex_unlock(&pool->lock);
}

void pool_give(Pool *pool, PoolHolder *holder, Batch *batch)
{
    batch_reset(batch, batch->stream); /* what is idle holds no block beyond its first */
    pthread_mutex_lock(&pool->lock);
    count(pool, batch, 0);
    holder->held--;
    bool keep = (pool->idle->len + g_hash_table_size(pool->taken)) * BATCH_BYTES < pool->limit;
    if (keep)
        g_ptr_array_add(pool->idle, batch);
    pthread_cond_broadcast(&pool->room);
    pthread_mutex_unlock(&pool->lock);
    if (!keep)
        batch_free(batch);
}

void pool_need_more(Pool *pool, PoolHolder *holder)
{
    pthread_mutex_lock(&pool->lock);
    holder->extra = MAX(holder->extra, holder->held + 1 - POOL_GUARANTEED);
    pthread_cond_broadcast(&pool->room);
    pthread_mutex_unlock(&pool->lock);
}

bool pool_waits(Pool *pool, const PoolHolder *holder)
{
    pthread_mutex_lock(&pool->lock);
    bool waiting = holder->waiting;
    pthread_mutex_unlock(&pool->lock);
    return waiting;
}

void pool_stop(Pool *pool, PoolHolder *holder)
{
    pthread_mutex_lock(&pool->lock);
    holder->stopped = true;
    pthread_cond_broadcast(&pool->room);
    pthread_mutex_unlock(&pool->lock);
}

size_t pool_bytes(Pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    size_t bytes = pool->bytes;
    pthread_mutex_unlock(&pool->lock);
    return bytes;
}

size_t pool_peak(Pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    size_t peak = pool->peak;
    pthread_mutex_unlock(&pool->lock);
    return peak;
}
