/* SPDX-License-Identifier: Apache-2.0 */
/* base/arena.h - memory that dies all at once.
 *
 * A chain of blocks; arena_reset() keeps the first one, so a batch that is reused does not allocate. One thread at a time. */
#ifndef TIDEMARK_BASE_ARENA_H
#define TIDEMARK_BASE_ARENA_H

#include <stddef.h>

typedef struct ArenaBlock ArenaBlock;

typedef struct Arena {
    ArenaBlock *first, *current;
    size_t block_size; /* of ordinary blocks; a larger request gets a block of its own */
    size_t used;       /* bytes handed out since the last reset */
} Arena;

void arena_init(Arena *arena, size_t block_size);
void arena_done(Arena *arena);

/* 8-byte aligned, not zeroed, never NULL. */
void *arena_alloc(Arena *arena, size_t size);

/* Unaligned bytes: for text. */
char *arena_bytes(Arena *arena, size_t size);

/* A copy with a NUL behind it. */
char *arena_dup(Arena *arena, const void *bytes, size_t len);

/* Forgets everything; blocks other than the first are freed. */
void arena_reset(Arena *arena);

#endif
