/* SPDX-License-Identifier: MIT */
/* Sparse memory, see sim_mem.h: a hash of pages. */

#include "hw-model/tools/sim_mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SHIFT 16
#define PAGE_SIZE (UINT64_C(1) << PAGE_SHIFT)
#define MIN_CAP 256
/* A hostile program may not take more host memory than this: 4 GiB. */
#define MAX_PAGES (UINT64_C(1) << (32 - PAGE_SHIFT))

struct page {
	uint64_t number; /* address >> PAGE_SHIFT */
	uint8_t *data; /* NULL: an empty slot */
};

struct range {
	uint64_t first, last;
	bool writable;
};

struct sim_mem {
	struct page *pages; /* open addressing */
	size_t cap, num;
	struct range *ranges;
	size_t num_ranges;
};

struct sim_mem *sim_mem_create(void)
{
	struct sim_mem *mem = calloc(1, sizeof(*mem));

	if (!mem)
		return NULL;
	mem->cap = MIN_CAP;
	mem->pages = calloc(mem->cap, sizeof(*mem->pages));
	if (mem->pages)
		return mem;
	free(mem);
	return NULL;
}

void sim_mem_destroy(struct sim_mem *mem)
{
	if (!mem)
		return;
	for (size_t i = 0; i < mem->cap; i++)
		free(mem->pages[i].data);
	free(mem->pages);
	free(mem->ranges);
	free(mem);
}

static struct page *find(const struct sim_mem *mem, uint64_t number)
{
	size_t slot = (size_t)((number * UINT64_C(0x9e3779b97f4a7c15)) >> 32) &
		      (mem->cap - 1);

	while (mem->pages[slot].data && mem->pages[slot].number != number)
		slot = (slot + 1) & (mem->cap - 1);
	return &mem->pages[slot];
}

static int grow(struct sim_mem *mem)
{
	struct sim_mem bigger = *mem;

	bigger.cap = mem->cap * 2;
	bigger.pages = calloc(bigger.cap, sizeof(*bigger.pages));
	if (!bigger.pages)
		return -ENOMEM;
	for (size_t i = 0; i < mem->cap; i++)
		if (mem->pages[i].data)
			*find(&bigger, mem->pages[i].number) = mem->pages[i];
	free(mem->pages);
	*mem = bigger;
	return 0;
}

static uint8_t *page_get(struct sim_mem *mem, uint64_t number)
{
	struct page *page = find(mem, number);

	if (page->data)
		return page->data;
	if (mem->num >= MAX_PAGES || (mem->num >= mem->cap / 2 && grow(mem)))
		return NULL;
	page = find(mem, number);
	page->data = calloc(1, PAGE_SIZE);
	if (!page->data)
		return NULL;
	page->number = number;
	mem->num++;
	return page->data;
}

/* How much of size lies in the page of addr. */
static size_t in_page(uint64_t addr, size_t size)
{
	uint64_t room = PAGE_SIZE - addr % PAGE_SIZE;

	return size < room ? size : (size_t)room;
}

int sim_mem_put(struct sim_mem *mem, uint64_t addr, const void *src,
		size_t size)
{
	const uint8_t *from = src;

	while (size) {
		size_t part = in_page(addr, size);
		uint8_t *data = page_get(mem, addr >> PAGE_SHIFT);

		if (!data)
			return -ENOMEM;
		memcpy(data + addr % PAGE_SIZE, from, part);
		addr += part;
		from += part;
		size -= part;
	}
	return 0;
}

void sim_mem_get(const struct sim_mem *mem, uint64_t addr, void *dst,
		 size_t size)
{
	uint8_t *to = dst;

	while (size) {
		size_t part = in_page(addr, size);
		const struct page *page = find(mem, addr >> PAGE_SHIFT);

		if (page->data)
			memcpy(to, page->data + addr % PAGE_SIZE, part);
		else
			memset(to, 0, part);
		addr += part;
		to += part;
		size -= part;
	}
}

uint64_t sim_mem_sum(const struct sim_mem *mem)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < mem->cap; i++) {
		const struct page *page = &mem->pages[i];

		for (size_t at = 0; page->data && at < PAGE_SIZE; at += 8) {
			uint64_t value;

			memcpy(&value, page->data + at, 8);
			value *= (page->number << PAGE_SHIFT | at) +
				 UINT64_C(0x9e3779b97f4a7c15);
			sum += value ^ value >> 29;
		}
	}
	return sum;
}

int sim_mem_allow(struct sim_mem *mem, uint64_t base, uint64_t size,
		  bool writable)
{
	struct range *bigger;

	if (!size || base + (size - 1) < base)
		return -EINVAL;
	bigger = realloc(mem->ranges, (mem->num_ranges + 1) * sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	mem->ranges = bigger;
	bigger[mem->num_ranges++] =
		(struct range){ base, base + (size - 1), writable };
	return 0;
}

/* An access lies within one range. */
static bool allowed(const struct sim_mem *mem, uint64_t addr, size_t size,
		    bool write)
{
	const uint64_t last = addr + (size - 1);

	for (size_t i = 0; i < mem->num_ranges; i++) {
		const struct range *range = &mem->ranges[i];

		if (addr >= range->first && last <= range->last &&
		    (!write || range->writable))
			return true;
	}
	return !mem->num_ranges;
}

static int port_read(void *ctx, uint64_t addr, void *dst, size_t size)
{
	if (!allowed(ctx, addr, size, false))
		return -EFAULT;
	sim_mem_get(ctx, addr, dst, size);
	return 0;
}

static int port_write(void *ctx, uint64_t addr, const void *src, size_t size)
{
	if (!allowed(ctx, addr, size, true))
		return -EFAULT;
	return sim_mem_put(ctx, addr, src, size);
}

static void *port_map(void *ctx, uint64_t addr, size_t size, bool write)
{
	uint8_t *data;

	if (in_page(addr, size) != size || !allowed(ctx, addr, size, write))
		return NULL;
	data = write ? page_get(ctx, addr >> PAGE_SHIFT) :
		       find(ctx, addr >> PAGE_SHIFT)->data;
	return data ? data + addr % PAGE_SIZE : NULL;
}

struct gs_mem sim_mem_port(struct sim_mem *mem)
{
	return (struct gs_mem){
		.ctx = mem,
		.read = port_read,
		.write = port_write,
		.map = port_map,
	};
}
