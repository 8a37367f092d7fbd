/* SPDX-License-Identifier: Apache-2.0 */
/* destinations/merge_parts.h - what the files of the merge share. */
#ifndef TIDEMARK_DESTINATIONS_MERGE_PARTS_H
#define TIDEMARK_DESTINATIONS_MERGE_PARTS_H

#include "destinations/merge.h"

/* Staged rows first..last by _tm_seq; first < 0: all of them. */
typedef struct Part {
    int64_t first, last;
} Part;

/* Stores the live rows of the part; an error of one of them ends it. */
bool merge_write_part(Merge *merge, const Part *part, Written *written, Err *err);

/* merge_careful.c: stores what can be stored of all live rows, inside a transaction; each row that the database refuses is marked. */
bool merge_write_careful(Merge *merge, Written *written, Err *err);

#endif
