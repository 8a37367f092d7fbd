/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct ArenaBlock {
    ArenaBlock *next;
    size_t size, used;
    char data[];
};

static ArenaBlock *block_new(size_t size)
{
    ArenaBlock *block = g_malloc(sizeof *block + size);
    block->next = NULL;
    block->size = size;
    block->used = 0;
    return block;
}

void arena_init(Arena *arena, size_t block_size)
{
    *arena = (Arena){.block_size = block_size};
}

static void free_chain(ArenaBlock *block)
{
    while (block) {
        ArenaBlock *next = block->next;
        g_free(block);
        block = next;
    }
}

void arena_done(Arena *arena)
{
    free_chain(arena->first);
    arena->first = arena->current = NULL;
    arena->used = 0;
}

/* A large request is linked in behind the first block and leaves the current one current, so that the rest of that block is not lost. */
static char *alloc_slow(Arena *arena, size_t size)
{
    ArenaBlock *current = arena->current;
    if (!current)
        current = arena->first = arena->current = block_new(arena->block_size);
    ArenaBlock *block = current;
    if (size > current->size - current->used) {
        bool own = size > arena->block_size / 4;
        ArenaBlock *before = own ? arena->first : current;
        block = block_new(own ? size : arena->block_size);
        block->next = before->next;
        before->next = block;
        if (!own)
            arena->current = block;
    }
    char *bytes = block->data + block->used;
    block->used += size;
    arena->used += size;
    return bytes;
}

void *arena_alloc(Arena *arena, size_t size)
{
    ArenaBlock *block = arena->current;
    size = (size + 7) & ~(size_t)7;
    if (G_LIKELY(block)) {
        size_t at = (block->used + 7) & ~(size_t)7;
        if (G_LIKELY(at <= block->size && size <= block->size - at)) {
            arena->used += size;
            block->used = at + size;
            return block->data + at;
        }
        block->used = MIN(at, block->size);
    }
    return alloc_slow(arena, size);
}

char *arena_bytes(Arena *arena, size_t size)
{
    ArenaBlock *block = arena->current;
    if (G_LIKELY(block && size <= block->size - block->used)) {
        char *bytes = block->data + block->used;
        block->used += size;
        arena->used += size;
        return bytes;
    }
    return alloc_slow(arena, size);
}

char *arena_dup(Arena *arena, const void *bytes, size_t len)
{
    char *copy = arena_bytes(arena, len + 1);
    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

void arena_reset(Arena *arena)
{
    if (arena->first) {
        free_chain(arena->first->next);
        arena->first->next = NULL;
        arena->first->used = 0;
    }
    arena->current = arena->first;
    arena->used = 0;
}
