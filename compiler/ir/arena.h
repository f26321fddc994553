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
/** The same, of which there are many: takes memory for @chunk_bytes at once */
struct gs_arena *gs_arena_create_small(size_t chunk_bytes);
void gs_arena_destroy(struct gs_arena *arena);

/** Fail allocations that would bring the sum of sizes above @bytes; 0: no limit. */
void gs_arena_set_limit(struct gs_arena *arena, size_t bytes);

/** Zeroed, aligned for every type; never NULL for @size 0 unless out of memory. */
void *gs_arena_alloc(struct gs_arena *arena, size_t size);

/**
 * gs_arena_adopt() - memory from malloc() becomes the arena's
 *
 * 0, or -ENOMEM when out of memory or above the limit: it is still the caller's.
 */
int gs_arena_adopt(struct gs_arena *arena, void *data, size_t size);

/**
 * gs_arena_adopt_region() - the same of memory that is used, and released, in pieces
 */
int gs_arena_adopt_region(struct gs_arena *arena, void *data, size_t size);

/**
 * gs_arena_release() - free what is not needed before the arena is destroyed
 *
 * Of what was allocated in one large piece or adopted; of @size bytes within a
 * region the system gets back whole pages. Else nothing happens.
 */
void gs_arena_release(struct gs_arena *arena, const void *data, size_t size);

#endif /* GS_ARENA_H */
