/* SPDX-License-Identifier: Apache-2.0 */
/* model/stream.h - one dataset of a source that lands in one destination table.
 *
 * Built by the source (SourceOps.streams) from its configuration, then read-only for all threads. */
#ifndef TIDEMARK_MODEL_STREAM_H
#define TIDEMARK_MODEL_STREAM_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/table.h"
#include "model/value.h"

typedef enum WriteModeId { WRITE_UPSERT, WRITE_INSERT_IGNORE, WRITE_CHILDREN } WriteModeId;

typedef enum TakeOver { TAKE_OVER_READ, TAKE_OVER_TRUST } TakeOver;

/* Settings of `streams:` in tidemark.yaml, with the defaults of the source already applied. */
typedef struct StreamSettings {
    int64_t lookback_us;
    int64_t threshold_us;        /* date_threshold, else GLOBAL_DATE_THRESHOLD; TIME_NONE: none */
    bool force_reimport;         /* read the whole stream each time */
    bool truncate_before_import; /* together with force_reimport: sync runs a reimport */
    bool newer_wins;             /* never replace a row by one with an older cursor */
    ConvertOptions convert;      /* on_invalid, on_too_long */
    TakeOver take_over;
    int64_t keep_rows_us; /* how long a reject keeps its row's text; -1: until it lands, changes or is dismissed */
    int batch_size;       /* rows in a batch at most (BATCH_SIZE); 0: default */
} StreamSettings;

typedef struct ScopePredicate { /* `idsite = 2`: the part of a shared table that is this stream's */
    int column;
    char *value;
} ScopePredicate;

typedef struct Stream {
    char *id;             /* "app.users" */
    char *source;         /* "app" */
    char *name;           /* "users" */
    const char *calendar; /* "the site's zone": where days given to a job are not those of UTC, whose they are. Static; NULL: UTC */
    char *origin;         /* what it is at the source, for people: "collection users" */
    TableDef *table;
    WriteModeId mode;
    TableKey conflict;         /* what makes two rows the same row; count > 0 */
    bool conflict_is_identity; /* one document, one row: two different documents with one conflict key are `duplicate` */
    bool distinct;             /* the source sends no conflict key twice within a window, however often that is resumed */
    bool *mapped;              /* per column: the source delivers it (generated and unmapped columns are left alone) */
    bool *inherited;           /* per column: set at insert, never compared nor updated (dates a link takes from its parent) */
    int *cursor_columns;       /* destination columns that hold the cursor field(s), greatest is the cursor; may be none */
    int cursor_column_count;
    int *scope_columns; /* WRITE_CHILDREN: the columns that name the parent */
    int scope_column_count;
    int64_t
        scope_span_us; /* WRITE_CHILDREN, partitioned table: how far from its scope's place (Scope.low, Scope.high) a stored row can lie;
                              0: anywhere, all partitions are looked through */
    ScopePredicate *scope; /* of a shared table; count 0: the table is this stream's alone */
    int scope_count;
    bool may_be_absent; /* rows may carry VALUE_ABSENT */
    int export_order;   /* tie-break of the dependency graph */
    int position;       /* order in the file, second tie-break */
    StreamSettings settings;
    char definition[65]; /* hex SHA-256 over mapping, filter, columns, strategy (not over lookback and the like) */
    void *spec;          /* the source's own part */
    void (*spec_free)(void *spec);
} Stream;

void stream_free(Stream *stream);

/* "idsite = 2" of a stream that shares its table, NULL otherwise; g_free() it. */
char *stream_scope_text(const Stream *stream);

/* Fills stream->definition from the common parts and the text that the source adds (its mapping and filter). */
void stream_set_definition(Stream *stream, const char *source_part);

#endif
