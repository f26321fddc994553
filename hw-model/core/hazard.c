/* SPDX-License-Identifier: MIT */
/* Sets of bytes, see hazard.h. */

#include "hw-model/core/hazard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE (1u << PAGE_SHIFT)
#define MIN_CAP 64
/* A larger table is given back when the set is cleared. */
#define KEEP_CAP 4096

struct gs_stored_page {
	uint64_t number; /* address >> PAGE_SHIFT */
	uint32_t first,
		end; /* the interval, bounds of bits when there are some */
	uint64_t *bits; /* NULL: all of the interval is stored */
};

static size_t slot_of(const struct gs_stored *set, uint64_t number)
{
	uint64_t hash = number * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(hash >> 32) & (set->cap - 1);
}

/* The slot of a page, or the empty one where it belongs (end 0). */
static struct gs_stored_page *find(const struct gs_stored *set, uint64_t number)
{
	size_t slot = slot_of(set, number);

	while (set->pages[slot].end && set->pages[slot].number != number)
		slot = (slot + 1) & (set->cap - 1);
	return &set->pages[slot];
}

static int grow(struct gs_stored *set)
{
	struct gs_stored bigger = *set;

	bigger.cap = set->cap ? set->cap * 2 : MIN_CAP;
	bigger.pages = calloc(bigger.cap, sizeof(*bigger.pages));
	if (!bigger.pages)
		return -ENOMEM;
	for (size_t i = 0; i < set->cap; i++)
		if (set->pages[i].end)
			*find(&bigger, set->pages[i].number) = set->pages[i];
	free(set->pages);
	*set = bigger;
	return 0;
}

/* Bits first .. end - 1 of the word that starts at bit base. */
static uint64_t word_mask(uint32_t base, uint32_t first, uint32_t end)
{
	uint32_t lo = first > base ? first - base : 0;
	uint32_t hi = end < base + 64 ? end - base : 64;

	return (UINT64_MAX << lo) & (UINT64_MAX >> (64 - hi));
}

static void set_bits(uint64_t *bits, uint32_t first, uint32_t end)
{
	for (uint32_t base = first & ~63u; base < end; base += 64)
		bits[base / 64] |= word_mask(base, first, end);
}

static bool any_bit(const uint64_t *bits, uint32_t first, uint32_t end)
{
	for (uint32_t base = first & ~63u; base < end; base += 64)
		if (bits[base / 64] & word_mask(base, first, end))
			return true;
	return false;
}

static int page_add(struct gs_stored_page *page, uint32_t first, uint32_t end)
{
	bool apart = first > page->end || end < page->first;

	if (apart && !page->bits) {
		page->bits = calloc(PAGE_SIZE / 64, sizeof(*page->bits));
		if (!page->bits)
			return -ENOMEM;
		set_bits(page->bits, page->first, page->end);
	}
	if (page->bits)
		set_bits(page->bits, first, end);
	if (first < page->first)
		page->first = first;
	if (end > page->end)
		page->end = end;
	return 0;
}

static int add_in_page(struct gs_stored *set, uint64_t number, uint32_t first,
		       uint32_t end)
{
	struct gs_stored_page *page;

	if (set->num >= set->cap / 2 && grow(set))
		return -ENOMEM;
	page = find(set, number);
	if (page->end)
		return page_add(page, first, end);
	*page = (struct gs_stored_page){ .number = number,
					 .first = first,
					 .end = end };
	set->num++;
	return 0;
}

/* What of the bytes from @addr to @last is in a page */
struct span {
	uint32_t first, end;
};

static struct span in_page(uint64_t page, uint64_t addr, uint64_t last)
{
	const uint64_t start = page << PAGE_SHIFT;

	return (struct span){
		.first = addr > start ? (uint32_t)(addr - start) : 0,
		.end = last - start < PAGE_SIZE ? (uint32_t)(last - start) + 1 :
						  PAGE_SIZE,
	};
}

/* The bounds are up to the caller. */
static int add(struct gs_stored *set, uint64_t addr, uint64_t size)
{
	uint64_t last = addr + size - 1;

	for (uint64_t page = addr >> PAGE_SHIFT; page <= last >> PAGE_SHIFT;
	     page++) {
		const struct span s = in_page(page, addr, last);

		if (add_in_page(set, page, s.first, s.end))
			return -ENOMEM;
	}
	return 0;
}

static void extend(struct gs_stored *set, uint64_t first, uint64_t last)
{
	if (!set->any || first < set->first)
		set->first = first;
	if (!set->any || last > set->last)
		set->last = last;
	set->any = true;
}

int gs_stored_add(struct gs_stored *set, uint64_t addr, uint64_t size)
{
	extend(set, addr, addr + size - 1);
	return add(set, addr, size);
}

/* All runs from loop @l inwards. */
static int enter(struct gs_stored *set, const struct gs_stored_runs *runs,
		 unsigned l, uint64_t addr)
{
	int ret = 0;

	if (l == runs->num_loops)
		return add(set, addr, runs->size);
	for (uint32_t i = 0; !ret && i < runs->loops[l].num; i++) {
		ret = enter(set, runs, l + 1, addr);
		addr += (uint64_t)runs->loops[l].stride;
	}
	return ret;
}

static int enter_kept(struct gs_stored *set)
{
	int ret = 0;

	for (unsigned i = 0; !ret && i < set->num_kept; i++)
		ret = set->stop && atomic_load_explicit(set->stop,
							memory_order_relaxed) ?
			      -ECANCELED :
			      enter(set, &set->kept[i], 0, set->kept[i].addr);
	if (!ret)
		set->num_kept = 0;
	return ret;
}

int gs_stored_add_runs(struct gs_stored *set, const struct gs_stored_runs *runs,
		       uint64_t first, uint64_t last)
{
	int ret = 0;

	extend(set, first, last);
	if (!set->kept)
		set->kept = malloc(GS_STORED_KEPT * sizeof(*set->kept));
	if (!set->kept)
		return -ENOMEM;
	if (set->num_kept == GS_STORED_KEPT)
		ret = enter_kept(set);
	if (!ret)
		set->kept[set->num_kept++] = *runs;
	return ret;
}

static bool page_overlaps(const struct gs_stored_page *page, uint32_t first,
			  uint32_t end)
{
	if (first < page->first)
		first = page->first;
	if (end > page->end)
		end = page->end;
	if (first >= end)
		return false;
	return !page->bits || any_bit(page->bits, first, end);
}

int gs_stored_overlaps(struct gs_stored *set, uint64_t addr, uint64_t size)
{
	uint64_t last = addr + size - 1;
	int ret;

	if (!set->any || last < set->first || addr > set->last)
		return 0;
	ret = enter_kept(set);
	if (ret)
		return ret;
	if (addr < set->first)
		addr = set->first;
	if (last > set->last)
		last = set->last;
	for (uint64_t page = addr >> PAGE_SHIFT; page <= last >> PAGE_SHIFT;
	     page++) {
		const struct span s = in_page(page, addr, last);

		if (page_overlaps(find(set, page), s.first, s.end))
			return 1;
	}
	return 0;
}

void gs_stored_clear(struct gs_stored *set)
{
	set->any = false;
	set->num_kept = 0;
	if (!set->num)
		return;
	for (size_t i = 0; i < set->cap; i++)
		free(set->pages[i].bits);
	set->num = 0;
	if (set->cap > KEEP_CAP) {
		free(set->pages);
		set->pages = NULL;
		set->cap = 0;
		return;
	}
	memset(set->pages, 0, set->cap * sizeof(*set->pages));
}

void gs_stored_free(struct gs_stored *set)
{
	gs_stored_clear(set);
	free(set->kept);
	free(set->pages);
	*set = (struct gs_stored){ 0 };
}
