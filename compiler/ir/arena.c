/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "compiler/ir/arena.h"

/*
 * Under AddressSanitizer every allocation is a chunk of its own, so that
 * overruns are seen.
 */
#if defined(__SANITIZE_ADDRESS__)
#define CHUNK_BYTES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHUNK_BYTES 0
#endif
#endif
#ifndef CHUNK_BYTES
#define CHUNK_BYTES 32768
#endif

struct chunk {
	struct chunk *next;
	size_t size, used;
	bool single; /**< one allocation, which can be released */
	void *adopted; /**< from malloc(), instead of @data; or NULL */
	alignas(max_align_t) unsigned char data[];
};

struct gs_arena {
	struct chunk *chunk; /**< the first is the one being filled */
	size_t total, limit;
};

struct gs_arena *gs_arena_create(void)
{
	return calloc(1, sizeof(struct gs_arena));
}

void gs_arena_destroy(struct gs_arena *arena)
{
	struct chunk *chunk, *next;

	if (!arena)
		return;
	for (chunk = arena->chunk; chunk; chunk = next) {
		next = chunk->next;
		free(chunk->adopted);
		free(chunk);
	}
	free(arena);
}

void gs_arena_set_limit(struct gs_arena *arena, size_t bytes)
{
	arena->limit = bytes;
}

static struct chunk *chunk_create(struct gs_arena *arena, size_t size)
{
	size_t bytes = size > CHUNK_BYTES / 4 ? size : CHUNK_BYTES;
	struct chunk *chunk = calloc(1, sizeof(*chunk) + bytes);

	if (!chunk)
		return NULL;
	chunk->size = bytes;
	chunk->single = bytes == size;
	/* A chunk of one large allocation does not end the filling of another. */
	if (arena->chunk && bytes == size) {
		chunk->next = arena->chunk->next;
		arena->chunk->next = chunk;
	} else {
		chunk->next = arena->chunk;
		arena->chunk = chunk;
	}
	return chunk;
}

static bool exceeds(const struct gs_arena *arena, size_t size)
{
	return arena->limit &&
	       (size > arena->limit || arena->total > arena->limit - size);
}

void *gs_arena_alloc(struct gs_arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct chunk *chunk = arena->chunk;
	void *data;

	if (size > SIZE_MAX / 4)
		return NULL;
	size = size ? (size + align - 1) / align * align : align;
	if (exceeds(arena, size))
		return NULL;
	if (!chunk || chunk->size - chunk->used < size) {
		chunk = chunk_create(arena, size);
		if (!chunk)
			return NULL;
	}
	data = chunk->data + chunk->used;
	chunk->used += size;
	arena->total += size;
	return data;
}

int gs_arena_adopt(struct gs_arena *arena, void *data, size_t size)
{
	struct chunk *chunk;

	if (size > SIZE_MAX / 4 || exceeds(arena, size))
		return -ENOMEM;
	chunk = calloc(1, sizeof(*chunk));
	if (!chunk)
		return -ENOMEM;
	chunk->single = true;
	chunk->adopted = data;
	/* The chunk being filled stays the first. */
	chunk->next = arena->chunk ? arena->chunk->next : NULL;
	if (arena->chunk)
		arena->chunk->next = chunk;
	else
		arena->chunk = chunk;
	arena->total += size;
	return 0;
}

void gs_arena_release(struct gs_arena *arena, const void *data)
{
	struct chunk **at, *chunk;

	for (at = &arena->chunk; (chunk = *at); at = &chunk->next) {
		if (!chunk->single ||
		    data != (chunk->adopted ? chunk->adopted : chunk->data))
			continue;
		*at = chunk->next;
		free(chunk->adopted);
		free(chunk);
		return;
	}
}
