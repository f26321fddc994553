/* SPDX-License-Identifier: MIT */
/* Windows and accesses of memory, see dram.h. */

#include "hw-model/core/dram.h"

#include <errno.h>
#include <stdlib.h>

#define WINDOW_SIZE (INT64_C(1) << 32)

int gs_dram_window(struct gs_core *core, struct gs_access *access,
		   int64_t offset)
{
	if (offset < 0 || offset > WINDOW_SIZE ||
	    access->size > (uint64_t)(WINDOW_SIZE - offset))
		return gs_fault_raise(core, GS_FAULT_WINDOW, access->word,
				      (uint64_t)offset);
	access->bus =
		core->run.job->window_base[access->win] + (uint64_t)offset;
	return 0;
}

/* A range that leaves the 64-bit bus is refused like any address without memory. */
static bool wraps(const struct gs_access *access)
{
	return access->bus + (access->size - 1) < access->bus;
}

int gs_dram_hazard(struct gs_core *core, const struct gs_access *access)
{
	static const enum gs_window channel[2] = { GS_WIN_OBUF, GS_WIN_SIMD };

	if (wraps(access))
		return 0;
	for (unsigned i = 0; i < 2; i++) {
		int ret = 0;

		if (access->win != channel[i])
			ret = gs_stored_overlaps(&core->run.stored[i],
						 access->bus, access->size);
		if (ret)
			return ret;
	}
	return 0;
}

static int staging(struct gs_core *core, uint64_t size)
{
	uint8_t *bigger;
	size_t want = core->staging_size ? core->staging_size : 65536;

	if (size <= core->staging_size)
		return 0;
	if (size > SIZE_MAX / 2)
		return -ENOMEM;
	while (want < size)
		want *= 2;
	bigger = realloc(core->staging, want);
	if (!bigger)
		return -ENOMEM;
	core->staging = bigger;
	core->staging_size = want;
	return 0;
}

uint8_t *gs_dram_map(struct gs_core *core, const struct gs_access *access,
		     bool write)
{
	const struct gs_mem *mem = core->run.mem;

	if (!mem->map || access->size > SIZE_MAX || wraps(access))
		return NULL;
	return mem->map(mem->ctx, access->bus, (size_t)access->size, write);
}

static int refuse(struct gs_core *core, const struct gs_access *access)
{
	return gs_fault_raise(core, GS_FAULT_MEMORY, access->word, access->bus);
}

int gs_dram_load(struct gs_core *core, const struct gs_access *access,
		 const uint8_t **data)
{
	const struct gs_mem *mem = core->run.mem;

	if (wraps(access))
		return refuse(core, access);
	*data = gs_dram_map(core, access, false);
	if (!*data) {
		if (staging(core, access->size))
			return -ENOMEM;
		if (mem->read(mem->ctx, access->bus, core->staging,
			      (size_t)access->size))
			return refuse(core, access);
		*data = core->staging;
	}
	core->run.counters->bytes[access->win][0] += access->size;
	return 0;
}

int gs_dram_store_begin(struct gs_core *core, const struct gs_access *access,
			uint8_t **data)
{
	if (wraps(access))
		return refuse(core, access);
	*data = gs_dram_map(core, access, true);
	if (*data)
		return 0;
	if (staging(core, access->size))
		return -ENOMEM;
	*data = core->staging;
	return 0;
}

int gs_dram_store_end(struct gs_core *core, const struct gs_access *access,
		      const uint8_t *data)
{
	const struct gs_mem *mem = core->run.mem;

	if (data == core->staging &&
	    mem->write(mem->ctx, access->bus, data, (size_t)access->size))
		return refuse(core, access);
	core->run.counters->bytes[access->win][1] += access->size;
	return gs_stored_add(&core->run.stored[access->win == GS_WIN_SIMD],
			     access->bus, access->size);
}
