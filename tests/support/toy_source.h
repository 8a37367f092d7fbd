/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/toy_source.h - a source whose data a test writes down: everything that source.h can say, without a server.
 *
 * A ToyWorld is the system behind it. Its datasets are plain collections (read in the order of their ids, resumed by id), site-days (one unit
 * per day, halved while a page comes back full, a day can be unreadable) and link lists (children of a parent, a list may be wider than
 * a batch). Reads can be made to fail or to wait. The sources of a catalog find their world by the name of the SourceConfig. */
#ifndef TIDEMARK_TESTS_TOY_SOURCE_H
#define TIDEMARK_TESTS_TOY_SOURCE_H

#include <pthread.h>

#include "sources/source.h"

#define TOY_DAY(n) (INT64_C(1704067200000000) + (int64_t)(n)*US_PER_DAY) /* the n-th day of 2024, from 0 */

typedef struct ToyDoc {
    char *id;
    char *parent; /* or NULL */
    char *label;  /* NULL: a missing value in a NOT NULL column, a reject */
    int64_t amount;
    bool amount_absent; /* the figure could not be fetched */
    int64_t at;         /* cursor, or TIME_NONE */
    char **items;       /* TOY_LINKS: ids, NULL-terminated, or NULL */
} ToyDoc;

typedef enum ToyKind { TOY_PLAIN, TOY_DAYS, TOY_LINKS } ToyKind;

typedef struct ToySet {
    char *name, *table;
    ToyKind kind;
    char *parent_table; /* foreign key of `parent` (of the item, in TOY_LINKS), or NULL */
    char *scope;        /* the stream's part of a shared table: rows with this parent; NULL: the table is its own */
    int64_t left_day;   /* TOY_DAYS: the day that leaves `left` rows behind at every reading */
    int64_t left;
    char *mapping;    /* part of the definition: changing it changes the stream's */
    int batch_rows;   /* rows in a batch */
    int page;         /* TOY_DAYS: a span with more rows is halved */
    GPtrArray *docs;  /* ToyDoc */
    GArray *bad_days; /* int64_t: days (their beginning) that cannot be read whole */
    bool missing;
    /* Faults: counted down by read(); at 0 the read fails. -1: never. */
    int fail_after;
    bool fail_transient;
    int waits_after;  /* from that read on, reads wait until toy_open_gate() or an interrupt. -1: never */
    bool count_waits; /* counting waits for an interrupt */
    StreamSettings settings;
    int reads, starts, units; /* what happened, for assertions */
    Window last_window;
    bool last_resumed;
} ToySet;

typedef struct ToyWorld {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char *name;
    GPtrArray *sets; /* ToySet */
    int64_t now;     /* the source's own clock */
    bool unreachable;
    int waiting; /* reads that wait at the gate now */
    struct ToyWorld *next;
} ToyWorld;

extern const SourceOps source_toy;

ToyWorld *toy_world_new(const char *name, int64_t now); /* registered under its name */
void toy_world_free(ToyWorld *world);
ToySet *toy_set(ToyWorld *world, ToyKind kind, const char *name, const char *parent_table);
ToySet *toy_find(ToyWorld *world, const char *name);

/* Adds or replaces the document of that id. */
ToyDoc *toy_put(ToyWorld *world, ToySet *set, const char *id, const char *label, int64_t amount, int64_t at);
void toy_items(ToyWorld *world, ToySet *set, const char *id, int64_t at, const char *const *items);
void toy_delete(ToyWorld *world, ToySet *set, const char *id);

/* Waits until a read waits at the gate; false after timeout_ms. */
bool toy_wait_for_reader(ToyWorld *world, int timeout_ms);
void toy_open_gate(ToyWorld *world, ToySet *set);

#endif
