/* SPDX-License-Identifier: MIT */
/*
 * Memory that is freed all at once.
 */
#ifndef GS_ARENA_H
#define GS_ARENA_H

#include <stddef.h>

struct gs_arena;

/** NULL when out of memory */
struct gs_arena *gs_arena_create(void);
void gs_arena_destroy(struct gs_arena *arena);

/** Fail allocations that would bring the sum of sizes above @bytes; 0: no limit. */
void gs_arena_set_limit(struct gs_arena *arena, size_t bytes);

/** Zeroed, aligned for every type; never NULL for @size 0 unless out of memory. */
void *gs_arena_alloc(struct gs_arena *arena, size_t size);

#endif /* GS_ARENA_H */
