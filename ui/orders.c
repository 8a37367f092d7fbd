/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/orders.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

typedef struct Order {
    Plan *plan; /* NULL: `run` is to stop */
    char *what;
    int64_t run;
} Order;

struct Orders {
    Engine *engine;
    int waker_fd;
    pthread_t thread;
    bool runs;

    pthread_mutex_t lock; /* over everything below; never held while an order is carried out */
    pthread_cond_t changed;
    GQueue due, ended; /* Order, OrderEnd */
    int starting, pending;
    bool leaving;
};

static void order_free(Order *order)
{
    plan_free(order->plan);
    g_free(order->what);
    g_free(order);
}

void order_end_free(OrderEnd *end)
{
    if (end)
        g_free(end->what);
    g_free(end);
}

static OrderEnd *carry_out(Engine *engine, Order *order)
{
    OrderEnd *end = g_new0(OrderEnd, 1);
    *end = (OrderEnd){.run = order->run, .what = g_steal_pointer(&order->what), .started = order->plan != NULL};
    if (order->plan)
        end->run = engine_start(engine, g_steal_pointer(&order->plan), &end->err);
    else
        (void)engine_cancel(engine, order->run, end->what, &end->err);
    return end;
}

static void *orders_main(void *data)
{
    Orders *orders = data;
    pthread_mutex_lock(&orders->lock);
    for (;;) {
        Order *order = g_queue_pop_head(&orders->due);
        if (!order && orders->leaving)
            break;
        if (!order) {
            pthread_cond_wait(&orders->changed, &orders->lock);
            continue;
        }
        pthread_mutex_unlock(&orders->lock);
        OrderEnd *end = carry_out(orders->engine, order);
        order_free(order);
        pthread_mutex_lock(&orders->lock);
        orders->starting -= end->started;
        orders->pending--;
        g_queue_push_tail(&orders->ended, end);
        while (orders->waker_fd >= 0 && write(orders->waker_fd, "", 1) == -1 && errno == EINTR)
            continue;
    }
    pthread_mutex_unlock(&orders->lock);
    return NULL;
}

Orders *orders_new(Engine *engine, int waker_fd)
{
    Orders *orders = g_new0(Orders, 1);
    orders->engine = engine;
    orders->waker_fd = waker_fd;
    pthread_mutex_init(&orders->lock, NULL);
    pthread_cond_init(&orders->changed, NULL);
    return orders;
}

/* The thread is made for the first order: most consoles only look. Without one the order waits where it was given. */
static void give(Orders *orders, Order *order)
{
    orders->runs = orders->runs || pthread_create(&orders->thread, NULL, orders_main, orders) == 0;
    if (!orders->runs) {
        g_queue_push_tail(&orders->ended, carry_out(orders->engine, order));
        order_free(order);
        return;
    }
    pthread_mutex_lock(&orders->lock);
    orders->starting += order->plan != NULL;
    orders->pending++;
    g_queue_push_tail(&orders->due, order);
    pthread_cond_broadcast(&orders->changed);
    pthread_mutex_unlock(&orders->lock);
}

void orders_start(Orders *orders, Plan *plan_taken, const char *line)
{
    Order *order = g_new0(Order, 1);
    *order = (Order){.plan = plan_taken, .what = g_strdup(line)};
    give(orders, order);
}

void orders_stop(Orders *orders, int64_t run, const char *stream)
{
    Order *order = g_new0(Order, 1);
    *order = (Order){.run = run, .what = g_strdup(stream)};
    give(orders, order);
}

OrderEnd *orders_take(Orders *orders)
{
    pthread_mutex_lock(&orders->lock);
    OrderEnd *end = g_queue_pop_head(&orders->ended);
    pthread_mutex_unlock(&orders->lock);
    return end;
}

int orders_starting(Orders *orders)
{
    pthread_mutex_lock(&orders->lock);
    int starting = orders->starting;
    pthread_mutex_unlock(&orders->lock);
    return starting;
}

bool orders_pending(Orders *orders)
{
    pthread_mutex_lock(&orders->lock);
    bool pending = orders->pending > 0 || !g_queue_is_empty(&orders->ended);
    pthread_mutex_unlock(&orders->lock);
    return pending;
}

void orders_free(Orders *orders, bool carry_out_rest)
{
    pthread_mutex_lock(&orders->lock);
    while (!carry_out_rest && !g_queue_is_empty(&orders->due))
        order_free(g_queue_pop_head(&orders->due));
    orders->leaving = true;
    pthread_cond_broadcast(&orders->changed);
    pthread_mutex_unlock(&orders->lock);
    if (orders->runs)
        pthread_join(orders->thread, NULL);
    g_queue_clear_full(&orders->due, (GDestroyNotify)order_free);
    g_queue_clear_full(&orders->ended, (GDestroyNotify)order_end_free);
    pthread_cond_destroy(&orders->changed);
    pthread_mutex_destroy(&orders->lock);
    g_free(orders);
}
