/* SPDX-License-Identifier: Apache-2.0 */
/* ui/orders.h - starts jobs and stops runs of other processes. Both write to the state file, which somebody may have locked for seconds: a thread of its own
 * waits for that, never a key. Called by the main thread. */
#ifndef TIDEMARK_UI_ORDERS_H
#define TIDEMARK_UI_ORDERS_H

#include "jobs/engine.h"

typedef struct Orders Orders;

/* What became of an order. */
typedef struct OrderEnd {
    int64_t run;  /* started, or asked to stop; 0: it could not be started */
    char *what;   /* the command's words, or the stream that was to stop (NULL: all) */
    bool started; /* it was to be started */
    Err err;      /* code ERR_NONE: done */
} OrderEnd;

/* waker_fd: a byte is written there when an order has ended; -1: nobody waits. */
Orders *orders_new(Engine *engine, int waker_fd);
void orders_start(Orders *orders, Plan *plan_taken, const char *line);
void orders_stop(Orders *orders, int64_t run, const char *stream);
/* The next that has ended, or NULL; order_end_free() it. */
OrderEnd *orders_take(Orders *orders);
void order_end_free(OrderEnd *end);
/* Jobs that are to be started and have not been; orders of both kinds. */
int orders_starting(Orders *orders);
bool orders_pending(Orders *orders);
/* Waits for the one that is being carried out, and carries out the others, or drops them. */
void orders_free(Orders *orders, bool carry_out_rest);

#endif
