/* SPDX-License-Identifier: MIT */
/*
 * Blocks decoded before.
 *
 * A program runs the same blocks again and again, and what the checks of a
 * block say depends on its words and the machine alone. So a block is kept by
 * its address, with its words: fetched again and found the same, it is not
 * decoded again. The fetch itself is never left out.
 */
#include <stdlib.h>

#include "hw-model/core/core_internal.h"

static uint32_t slot_of(uint32_t addr)
{
	return addr / 4 * UINT32_C(0x9e3779b9) >> 23;
}

_Static_assert(GS_CACHE_SLOTS == 1 << (32 - 23), "slot_of() makes 9 bits");

struct gs_cached *gs_cache_find(struct gs_core *core, uint32_t addr,
				uint32_t num)
{
	struct gs_cached **slot;

	if (num > GS_CACHE_WORDS)
		return NULL;
	if (!core->cache)
		core->cache = calloc(GS_CACHE_SLOTS, sizeof(*core->cache));
	if (!core->cache)
		return NULL;
	slot = &core->cache[slot_of(addr)];
	if (!*slot)
		*slot = calloc(1, sizeof(**slot));
	if (*slot && (*slot)->block.addr != addr)
		(*slot)->valid = false;
	return *slot;
}

static bool room(struct gs_cached *cached, size_t size)
{
	uint8_t *bytes;

	if (size <= cached->cap_bytes)
		return true;
	bytes = realloc(cached->bytes, size);
	if (!bytes)
		return false;
	cached->bytes = bytes;
	cached->cap_bytes = size;
	return true;
}

bool gs_cache_match(struct gs_cached *cached, uint32_t num,
		    enum gs_isa_encoding encoding, const uint8_t *bytes)
{
	const size_t size = (size_t)num * 4;

	if (cached->valid && cached->num == num &&
	    cached->encoding == encoding && !memcmp(cached->bytes, bytes, size))
		return true;
	cached->valid = false;
	cached->num = room(cached, size) ? num : 0;
	cached->encoding = encoding;
	if (cached->num)
		memcpy(cached->bytes, bytes, size);
	return false;
}

void gs_cache_free(struct gs_core *core)
{
	for (unsigned i = 0; core->cache && i < GS_CACHE_SLOTS; i++) {
		if (!core->cache[i])
			continue;
		gs_block_free(&core->cache[i]->block);
		free(core->cache[i]->bytes);
		free(core->cache[i]);
	}
	free(core->cache);
	core->cache = NULL;
}
