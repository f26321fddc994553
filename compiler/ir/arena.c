/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compiler/ir/arena.h"
#include "hw-model/isa/sanitized.h"

#define CHUNK_BYTES 32768

struct chunk {
	struct chunk *next;
	size_t size, used;
	bool single; /**< one allocation, which can be released */
	void *adopted; /**< from malloc(), instead of @data; or NULL */
	size_t region; /**< bytes that were adopted, if pieces of them can be released */
	alignas(max_align_t) unsigned char data[];
};

struct gs_arena {
	size_t chunk_bytes;
	struct chunk *chunk; /**< the first is the one being filled */
	size_t total, limit;
};

struct gs_arena *gs_arena_create(void)
{
	return gs_arena_create_small(CHUNK_BYTES);
}

struct gs_arena *gs_arena_create_small(size_t chunk_bytes)
{
	struct gs_arena *arena = calloc(1, sizeof(*arena));

	/* Each allocation in a chunk of its own: overruns are seen. */
	if (arena)
		arena->chunk_bytes = GS_SANITIZED ? 0 : chunk_bytes;
	return arena;
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
	const size_t usual = arena->chunk_bytes;
	const size_t bytes = size > usual / 4 ? size : usual;
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

static int adopt(struct gs_arena *arena, void *data, size_t size, bool region)
{
	struct chunk *chunk;

	if (size > SIZE_MAX / 4 || exceeds(arena, size))
		return -ENOMEM;
	chunk = calloc(1, sizeof(*chunk));
	if (!chunk)
		return -ENOMEM;
	chunk->single = !region;
	chunk->region = region ? size : 0;
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

int gs_arena_adopt(struct gs_arena *arena, void *data, size_t size)
{
	return adopt(arena, data, size, false);
}

int gs_arena_adopt_region(struct gs_arena *arena, void *data, size_t size)
{
	return adopt(arena, data, size, true);
}

static bool has(const struct chunk *region, const void *data, size_t size)
{
	const size_t at = (uintptr_t)data - (uintptr_t)region->adopted;

	return at < region->region && size <= region->region - at;
}

/* Pages that hold nothing else; they read as zeros if somebody asks. */
static void release_pages(const void *data, size_t size)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	const uintptr_t from = ((uintptr_t)data + page - 1) / page * page;
	const uintptr_t to = ((uintptr_t)data + size) / page * page;

	if (from < to)
		madvise((void *)from, to - from, MADV_DONTNEED);
}

void gs_arena_release(struct gs_arena *arena, const void *data, size_t size)
{
	struct chunk **at, *chunk;

	for (at = &arena->chunk; (chunk = *at); at = &chunk->next) {
		if (has(chunk, data, size)) {
			release_pages(data, size);
			return;
		}
		if (!chunk->single ||
		    data != (chunk->adopted ? chunk->adopted : chunk->data))
			continue;
		*at = chunk->next;
		free(chunk->adopted);
		free(chunk);
		return;
	}
}
