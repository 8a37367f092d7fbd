/* SPDX-License-Identifier: Apache-2.0 */
/* The small parts between reader and writer: queue, pool, slot; under ThreadSanitizer, too. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/wait.h"
#include "jobs/pool.h"
#include "jobs/queue.h"
#include "jobs/slot.h"

enum { MESSAGES = 2000, SOON_MS = 20000 };

static void *push_all(void *data)
{
    for (int i = 0; i < MESSAGES; i++)
        if (!queue_push(data, &(Message){.unit_low = i}))
            return (void *)1;
    return NULL;
}

static void queue_keeps_order(void **state)
{
    (void)state;
    Queue *queue = queue_new();
    pthread_t thread;
    Message message;
    void *failed;
    pthread_create(&thread, NULL, push_all, queue);
    for (int i = 0; i < MESSAGES; i++) {
        assert_int_equal(queue_pop(queue, SOON_MS, &message), QUEUE_GOT);
        assert_int_equal(message.unit_low, i);
        assert_true(queue_length(queue) <= QUEUE_LENGTH);
    }
    pthread_join(thread, &failed);
    assert_null(failed);
    assert_int_equal(queue_pop(queue, 0, &message), QUEUE_EMPTY);
    queue_free(queue);
}

static void closing_ends_waiting_pushes(void **state)
{
    (void)state;
    Queue *queue = queue_new();
    pthread_t thread;
    Message message;
    void *refused;
    pthread_create(&thread, NULL, push_all, queue);
    assert_int_equal(queue_pop(queue, SOON_MS, &message), QUEUE_GOT);
    queue_close(queue);
    pthread_join(thread, &refused);
    assert_non_null(refused);
    assert_int_equal(queue_pop(queue, SOON_MS, &message), QUEUE_CLOSED);
    while (queue_drain(queue, &message))
        continue;
    queue_open(queue);
    assert_true(queue_push(queue, &(Message){.unit_low = 7}));
    assert_int_equal(queue_pop(queue, SOON_MS, &message), QUEUE_GOT);
    assert_int_equal(message.unit_low, 7);
    queue_free(queue);
}

typedef struct Taker {
    Pool *pool;
    PoolHolder holder;
    Stream stream;
    Batch *batch;
} Taker;

static void *take_one(void *data)
{
    Taker *taker = data;
    taker->batch = pool_take(taker->pool, &taker->holder, &taker->stream);
    return NULL;
}

static void wait_until_it_waits(const Taker *taker)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t never;
    wait_cond_init(&never);
    pthread_mutex_lock(&lock);
    for (int i = 0; i < SOON_MS && !pool_waits(taker->pool, &taker->holder); i++) {
        struct timespec tick = wait_deadline(1);
        wait_until(&never, &lock, &tick);
    }
    pthread_mutex_unlock(&lock);
    pthread_cond_destroy(&never);
    assert_true(pool_waits(taker->pool, &taker->holder));
}

static void pool_waits_for_room(void **state)
{
    (void)state;
    Pool *pool = pool_new((size_t)3 * BATCH_BYTES);
    Taker other = {.pool = pool}, taker = {.pool = pool};
    Batch *held[3];
    pthread_t thread;
    for (int i = 0; i < 3; i++)
        held[i] = pool_take(pool, &other.holder, &other.stream);
    assert_int_equal(pool_bytes(pool), 3 * BATCH_BYTES);
    /* Guaranteed, although the budget is spent. */
    Batch *first = pool_take(pool, &taker.holder, &taker.stream), *second = pool_take(pool, &taker.holder, &taker.stream);
    assert_non_null(first);
    assert_non_null(second);
    pthread_create(&thread, NULL, take_one, &taker);
    wait_until_it_waits(&taker);
    for (int i = 0; i < 3; i++)
        pool_give(pool, &other.holder, held[i]);
    pthread_join(thread, NULL);
    assert_non_null(taker.batch);
    pool_give(pool, &taker.holder, first);
    pool_give(pool, &taker.holder, second);
    pool_give(pool, &taker.holder, taker.batch);
    assert_int_equal(pool_bytes(pool), 0);
    assert_int_equal(pool_peak(pool), 5 * BATCH_BYTES);
    pool_free(pool);
}

static void pool_counts_what_is_held(void **state)
{
    (void)state;
    Pool *pool = pool_new((size_t)8 * BATCH_BYTES);
    PoolHolder holder = {0};
    Stream stream = {0};
    Batch *batch = pool_take(pool, &holder, &stream);
    arena_alloc(&batch->arena, 3 * BATCH_BYTES);
    pool_filled(pool, batch);
    assert_true(pool_bytes(pool) >= 3 * BATCH_BYTES);
    pool_give(pool, &holder, batch);
    assert_int_equal(pool_bytes(pool), 0);
    pool_free(pool);
}

static void need_more_and_stop(void **state)
{
    (void)state;
    Pool *pool = pool_new(1);
    Taker taker = {.pool = pool};
    pthread_t thread;
    Batch *a = pool_take(pool, &taker.holder, &taker.stream), *b = pool_take(pool, &taker.holder, &taker.stream);
    pthread_create(&thread, NULL, take_one, &taker);
    wait_until_it_waits(&taker);
    pool_need_more(pool, &taker.holder); /* the writer cannot end its group */
    pthread_join(thread, NULL);
    assert_non_null(taker.batch);
    Batch *c = taker.batch;
    pthread_create(&thread, NULL, take_one, &taker);
    wait_until_it_waits(&taker);
    pool_stop(pool, &taker.holder);
    pthread_join(thread, NULL);
    assert_null(taker.batch);
    pool_give(pool, &taker.holder, a);
    pool_give(pool, &taker.holder, b);
    pool_give(pool, &taker.holder, c);
    pool_free(pool);
}

typedef struct Text {
    uint64_t same[SLOT_WORDS];
} Text;

static void *write_many(void *data)
{
    for (uint64_t n = 1; n <= MESSAGES; n++) {
        Text text;
        for (int i = 0; i < SLOT_WORDS; i++)
            text.same[i] = n;
        slot_write(data, &text, sizeof text);
    }
    return NULL;
}

static void slot_copies_are_whole(void **state)
{
    (void)state;
    static Slot slot;
    pthread_t thread;
    Text text = {0};
    pthread_create(&thread, NULL, write_many, &slot);
    while (text.same[0] < MESSAGES) {
        slot_read(&slot, &text, sizeof text);
        for (int i = 1; i < SLOT_WORDS; i++)
            assert_int_equal(text.same[i], text.same[0]);
    }
    pthread_join(thread, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queue_keeps_order),   cmocka_unit_test(closing_ends_waiting_pushes),
        cmocka_unit_test(pool_waits_for_room), cmocka_unit_test(pool_counts_what_is_held),
        cmocka_unit_test(need_more_and_stop),  cmocka_unit_test(slot_copies_are_whole),
    };
    return cmocka_run_group_tests_name("pipeline parts", tests, NULL, NULL);
}
