/* SPDX-License-Identifier: Apache-2.0 */
/* ui/streams_tree.h - which rows the Streams screen shows, and in what order: sources with their streams, what wants attention first, healthy
 * streams folded into one line. */
#ifndef TIDEMARK_UI_STREAMS_TREE_H
#define TIDEMARK_UI_STREAMS_TREE_H

#include "jobs/board.h"

typedef enum TreeKind { TREE_SOURCE, TREE_STREAM, TREE_FOLD } TreeKind;

typedef struct TreeRow {
    TreeKind kind;
    StreamRow *row;         /* of a stream, or the sum of those below or folded */
    const StreamRow *worst; /* the one of them that wants attention most */
    GPtrArray *ids;         /* char *: the streams it stands for */
    bool open;              /* TREE_SOURCE: its streams are shown */
    bool alone;             /* TREE_FOLD: all streams of the source are in it */
} TreeRow;

typedef enum TreeSort { SORT_ATTENTION, SORT_NAME, SORT_WATERMARK, SORT_LAG, SORT_ROWS, SORT_REJECTS, SORTS } TreeSort;

typedef struct StreamsTree {
    GPtrArray *streams; /* StreamRow as they are now: of all streams, in file order */
    GPtrArray *rows;    /* TreeRow: what is shown */
    TreeSort sort;
    bool reverse, trouble; /* trouble: only what is in trouble */
    char *filter;          /* part of a stream's name, or NULL */
    GHashTable
        *toggled; /* names of sources that are not as they are by default (open; closed where all is well and there are others) */
    GHashTable *unfolded; /* names of sources whose healthy streams are shown one by one */
} StreamsTree;

void streams_tree_init(StreamsTree *tree);
void streams_tree_done(StreamsTree *tree);
/* Takes new facts (StreamRow) and builds the rows. */
void streams_tree_take(StreamsTree *tree, const GPtrArray *facts, const EngineView *view);
/* Builds the rows anew after a setting changed. */
void streams_tree_build(StreamsTree *tree);

const char *tree_sort_name(TreeSort sort);
bool tree_sort_parse(const char *name, TreeSort *out);
/* Names a row for as long as the stream exists, to find it again: g_free() it. */
char *tree_row_key(const TreeRow *row);

#endif
