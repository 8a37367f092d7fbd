/* SPDX-License-Identifier: Apache-2.0 */
/* sources/source.h - what a source driver provides.
 *
 * Mandatory: kind, options, size, open, streams, start, read, close. Everything else may be NULL; the engine asks for the callback, never
 * for a driver's name. A driver is one file with one `const SourceOps source_X` at its foot, and one line in registry.c.
 *
 * Threads: a Source is used by one thread at a time, except interrupt(), which any thread may call at any time between open and close. The
 * engine opens one Source per worker and uses it for one stream after another. Streams are made once by a Source that may be closed
 * before they are freed.
 *
 * Windows and units: start() begins a window of a stream, or resumes it from a checkpoint; read() then fills batches. A source whose window
 * has units (a site-day, a HogQL span that is halved when a page comes back full, a key range) tells the end of each with
 * READ_UNIT_COMPLETE or READ_UNIT_INCOMPLETE; the watermark stops before the first incomplete one. A source with a single unit just ends
 * with READ_END. */
#ifndef TIDEMARK_SOURCES_SOURCE_H
#define TIDEMARK_SOURCES_SOURCE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "model/batch.h"
#include "model/stream.h"
#include "model/window.h"

typedef struct SourceOps SourceOps;

/* A read-only query on the stream's destination, offered by the engine (taking over a table by comparing counts per unit needs it).
 * {table} in it stands for the stream's table. Rows come back as text, NULL for NULL; rows[i] is a char *[columns]. The caller unrefs. */
typedef bool (*DestinationQuery)(void *data, const Stream *stream, const char *sql, int param_count, const char *const *params,
                                 GPtrArray **rows, Err *err);

typedef struct SourceContext {
    const SourceConfig *config;
    DestinationQuery query; /* NULL in `check` and where no destination is at hand */
    void *query_data;
    void (*phase)(void *data, const char *text); /* shows what the source is doing ("retry 2 in 4 s"); may be NULL */
    void *phase_data;
    int64_t run; /* that it works for, for its log lines; 0: none */
} SourceContext;

typedef struct Source {
    const SourceOps *ops;
    const SourceContext *context; /* valid until close */
    void *private_data;           /* SourceOps.size zeroed bytes */
} Source;

typedef enum ReadStatus {
    READ_MORE,            /* the batch has something; go on */
    READ_UNIT_COMPLETE,   /* the batch (maybe empty) ends a unit whose rows were all read */
    READ_UNIT_INCOMPLETE, /* ends a unit that could not be read whole: unit_low() says where the watermark must stop, *err why */
    READ_END,             /* the batch (maybe empty) ends the window */
    READ_FAIL             /* *err says why; the batch is dropped */
} ReadStatus;

/* Answer of check(): a line of the table that `tidemark check` prints. */
typedef struct CheckLine {
    bool ok;
    char *what;  /* "login", "TLS", "index on update_date" */
    char *found; /* "verified", "missing" */
    char *fix;   /* what to do, or NULL */
} CheckLine;
CheckLine *check_line_new(bool ok, const char *what, const char *found, const char *fix); /* copies the texts */
void check_line_free(void *line);

enum {
    SOURCE_CAN_RESUME = 1,    /* checkpoints are honoured; without it an interrupted window starts over */
    SOURCE_HAS_UNITS = 2,     /* windows have several units */
    SOURCE_MAY_BE_ABSENT = 4, /* rows may carry VALUE_ABSENT */
    SOURCE_OWN_START = 8      /* where its first sync begins is among its own options: date_threshold is not for it */
};

struct SourceOps {
    const char *kind;           /* "mongodb", as written in the configuration */
    const OptionDef *options;   /* {0}-terminated */
    const SchemaFormat *schema; /* of its schema files; NULL: it has none */
    unsigned caps;
    size_t size;         /* bytes of private_data */
    int64_t lookback_us; /* default lookback of its streams */

    /* Connects (or opens the files). A failure is ERR_UNREACHABLE or ERR_CONFIG; close() is called all the same. */
    bool (*open)(Source *source, Err *err);

    /* Appends the configured streams (Stream *, owned by the array). Needs no connection: called on a Source that was not opened. */
    bool (*streams)(Source *source, GPtrArray *out, Problems *problems);

    /* Begins the window, or goes on behind the checkpoint (bytes made by an earlier read; NULL: from the start). Sets window->clock when it
     * is TIME_NONE. When the checkpoint no longer fits (another file under that name), *restarted is set and the window starts over.
     * A dataset that does not exist: *missing is set and the window is empty; a database that does not exist is an error. */
    bool (*start)(Source *source, const Stream *stream, Window *window, GBytes *checkpoint, bool *restarted, bool *missing,
                  Err *err);

    /* Fills the (reset) batch until it is full, a unit ends or the window ends; sets the batch's checkpoint (the position behind its last
     * row; a scope split over batches may only be resumed at its beginning). */
    ReadStatus (*read)(Source *source, Batch *batch, Err *err);

    /* Any thread: makes a blocked open/start/read return soon with ERR_CANCELLED. */
    void (*interrupt)(Source *source);
    void (*close)(Source *source); /* exactly once, even after a failed open */

    /* ---- optional ---- */
    /* After READ_UNIT_*: the lowest cursor the unit could hold. */
    int64_t (*unit_low)(const Source *source);
    /* The source's own now, microseconds. */
    bool (*clock)(Source *source, int64_t *now, Err *err);
    /* The highest cursor value the stream has (for the lag); TIME_NONE when empty. */
    bool (*newest)(Source *source, const Stream *stream, int64_t *cursor, Err *err);
    /* Rows (documents) in the window: exact or an estimate, for progress. -1: not known. */
    bool (*count)(Source *source, const Stream *stream, const Window *window, int64_t *rows, Err *err);
    /* Permissions, versions, indexes: appends CheckLine. */
    bool (*check)(Source *source, const GPtrArray *streams, GPtrArray *lines, Err *err);
    /* Names of datasets the source has (char *). */
    bool (*discover)(Source *source, GPtrArray *out, Err *err);
    /* Every dataset as a schema file would say it (TableDraft), for `tidemark init --from`. Types are chosen so that every value of the column at the source fits; a cursor is named only where it is certain that each
     * change of a row moves it. */
    bool (*describe)(Source *source, GPtrArray *drafts, Err *err);
    const char *const *schemes; /* with describe: URL schemes that mean this kind, NULL-terminated */
    /* Called when a job is planned: *fitted is NULL when the stream fits the source as it is now (or when there is no such dataset), else a
     * stream that takes its place in the plan; the caller frees it. MariaDB: columns that are wider there than the schema file says, and rows that
     * its key there tells apart (`distinct`). */
    bool (*fit)(Source *source, const Stream *stream, Stream **fitted, Err *err);
    /* Reads one document again by its reject key, into the batch; an empty batch: it is gone. */
    bool (*lookup)(Source *source, const Stream *stream, const char *key, Batch *batch, Err *err);
    /* For verify: conflict keys in a cursor range, and a digest over them (count and an order-free 64-bit sum). */
    bool (*keys)(Source *source, const Stream *stream, const Window *range, GPtrArray *keys, Err *err);
    bool (*digest)(Source *source, const Stream *stream, const Window *range, int64_t *count, uint64_t *sum, Err *err);
};

extern const SourceOps *const source_registry[]; /* NULL-terminated */
const SourceOps *source_find(const char *kind);
const SourceOps *source_add(const SourceOps *ops); /* tests add their toy source; returns it */

/* Allocates and opens. Returns NULL with *err; then nothing is left to close. */
Source *source_open(const SourceOps *ops, const SourceContext *context, Err *err);
/* Allocates without opening: for streams(). */
Source *source_new(const SourceOps *ops, const SourceContext *context);
void source_free(Source *source); /* close, then free */

#endif
