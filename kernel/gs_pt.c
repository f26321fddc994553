// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page tables: four levels of 512 entries, leaves of 4 KiB and of 2 MiB.
 */
#include <kunit/visibility.h>
#include <linux/align.h>
#include <linux/dmapool.h>
#include <linux/slab.h>

#include "gs_device.h"
#include "gs_pt.h"

#define GS_LARGE_PAGE_BYTES BIT_ULL(GS_LARGE_PAGE_SHIFT)
#define GS_PT_LEVEL_BITS 9

static unsigned int gs_pt_index(u64 va, unsigned int level)
{
	return va >> (GS_PAGE_SHIFT + GS_PT_LEVEL_BITS * level) & (GS_PT_ENTRIES - 1);
}

static void gs_pt_write(struct gs_pt *pt, unsigned int index, u64 entry)
{
	WRITE_ONCE(pt->entries[index], cpu_to_le64(entry));
}

/**
 * gs_pt_create() - make an empty table
 * @gdev: whose device walks it
 * @level: of the table
 *
 * Return: the table, or NULL when out of memory.
 */
struct gs_pt *gs_pt_create(struct gs_device *gdev, unsigned int level)
{
	struct gs_pt *pt = kzalloc(sizeof(*pt), GFP_KERNEL_ACCOUNT);

	if (!pt)
		return NULL;
	if (level) {
		pt->child = kcalloc(GS_PT_ENTRIES, sizeof(*pt->child),
				    GFP_KERNEL_ACCOUNT);
		if (!pt->child)
			goto err_free;
	}
	pt->entries = dma_pool_zalloc(gdev->mmu.pool, GFP_KERNEL_ACCOUNT, &pt->dma);
	if (!pt->entries)
		goto err_free_child;
	return pt;

err_free_child:
	kfree(pt->child);
err_free:
	kfree(pt);
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(gs_pt_create);

/**
 * gs_pt_destroy() - free a table and those below it
 * @gdev: whose device walked it, and does not any more
 * @pt: the table, may be NULL
 * @level: of the table
 */
void gs_pt_destroy(struct gs_device *gdev, struct gs_pt *pt, unsigned int level)
{
	unsigned int i;

	if (!pt)
		return;
	for (i = 0; level && i < GS_PT_ENTRIES; i++)
		gs_pt_destroy(gdev, pt->child[i], level - 1);
	dma_pool_free(gdev->mmu.pool, pt->entries, pt->dma);
	kfree(pt->child);
	kfree(pt);
}
EXPORT_SYMBOL_IF_KUNIT(gs_pt_destroy);

static u64 gs_pt_table_entry(const struct gs_pt *child)
{
	return child ? child->dma | GS_PTE_VALID : 0;
}

/* The table of @level which @va goes through, made if it is not there. */
static struct gs_pt *gs_pt_descend(struct gs_device *gdev, struct gs_pt *pt,
				   u64 va, unsigned int level)
{
	unsigned int at;

	for (at = GS_PT_ROOT_LEVEL; at > level; at--) {
		unsigned int index = gs_pt_index(va, at);

		if (!pt->child[index]) {
			struct gs_pt *child = gs_pt_create(gdev, at - 1);

			if (!child)
				return NULL;
			pt->child[index] = child;
			/* The device must not find the name of an old table's content. */
			dma_wmb();
			gs_pt_write(pt, index, gs_pt_table_entry(child));
		}
		pt = pt->child[index];
	}
	return pt;
}

static bool gs_pt_large_fits(u64 va, dma_addr_t dma, u64 size)
{
	return IS_ALIGNED(va, GS_LARGE_PAGE_BYTES) &&
	       IS_ALIGNED((u64)dma, GS_LARGE_PAGE_BYTES) && size >= GS_LARGE_PAGE_BYTES;
}

static bool gs_pt_is_large(const struct gs_pt *pt, unsigned int index)
{
	return le64_to_cpu(READ_ONCE(pt->entries[index])) & GS_PTE_LARGE;
}

/**
 * gs_pt_map() - map a segment
 * @gdev: whose device walks the tables
 * @root: table of %GS_PT_ROOT_LEVEL
 * @va: first address, nothing is mapped to the range; multiple of 4 KiB
 * @dma: where it leads; multiple of 4 KiB
 * @size: multiple of 4 KiB
 * @write: may the device write?
 *
 * Return: 0 or -ENOMEM, with a part of the range mapped.
 */
int gs_pt_map(struct gs_device *gdev, struct gs_pt *root, u64 va, dma_addr_t dma,
	      u64 size, bool write)
{
	u64 flags = GS_PTE_VALID | (write ? GS_PTE_WRITE : 0);

	while (size) {
		struct gs_pt *pt = gs_pt_descend(gdev, root, va, 1);
		u64 step = GS_PAGE_BYTES;

		if (!pt)
			return -ENOMEM;
		/*
		 * A table that small pages left behind is empty, for nothing is
		 * mapped here; the leaf hides it until it is unmapped.
		 */
		if (gs_pt_large_fits(va, dma, size)) {
			step = GS_LARGE_PAGE_BYTES;
			gs_pt_write(pt, gs_pt_index(va, 1), dma | flags | GS_PTE_LARGE);
		} else {
			pt = gs_pt_descend(gdev, root, va, 0);
			if (!pt)
				return -ENOMEM;
			gs_pt_write(pt, gs_pt_index(va, 0), dma | flags);
		}
		va += step;
		dma += step;
		size -= step;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(gs_pt_map);

/* The table of level 1 above @va, or NULL where there is none. */
static struct gs_pt *gs_pt_find(struct gs_pt *pt, u64 va)
{
	unsigned int at;

	for (at = GS_PT_ROOT_LEVEL; pt && at > 1; at--)
		pt = pt->child[gs_pt_index(va, at)];
	return pt;
}

/**
 * gs_pt_unmap() - clear the leaves of a range
 * @root: table of %GS_PT_ROOT_LEVEL
 * @va: first address
 * @size: of what was mapped there with gs_pt_map(), completely or in part
 *
 * The device may know the old leaves until it is told to forget them.
 */
void gs_pt_unmap(struct gs_pt *root, u64 va, u64 size)
{
	u64 end = va + size;

	while (va < end) {
		struct gs_pt *pt = gs_pt_find(root, va);
		unsigned int index = gs_pt_index(va, 1);

		if (pt && pt->child[index] && !gs_pt_is_large(pt, index)) {
			gs_pt_write(pt->child[index], gs_pt_index(va, 0), 0);
			va += GS_PAGE_BYTES;
		} else {
			if (pt)
				gs_pt_write(pt, index, gs_pt_table_entry(pt->child[index]));
			va = ALIGN_DOWN(va, GS_LARGE_PAGE_BYTES) + GS_LARGE_PAGE_BYTES;
		}
	}
	/* Before whatever makes the device forget them. */
	dma_wmb();
}
EXPORT_SYMBOL_IF_KUNIT(gs_pt_unmap);

static void gs_pt_count_leaf(u64 entry, struct gs_pt_count *count)
{
	if (!(entry & GS_PTE_VALID))
		return;
	if (entry & GS_PTE_LARGE)
		count->large++;
	else
		count->small++;
}

/**
 * gs_pt_count() - add up what there is
 * @pt: the table, may be NULL
 * @level: of the table
 * @count: gets more
 */
void gs_pt_count(const struct gs_pt *pt, unsigned int level, struct gs_pt_count *count)
{
	unsigned int i;

	if (!pt)
		return;
	count->tables++;
	for (i = 0; i < GS_PT_ENTRIES; i++) {
		if (level)
			gs_pt_count(pt->child[i], level - 1, count);
		if (!level || gs_pt_is_large(pt, i))
			gs_pt_count_leaf(le64_to_cpu(READ_ONCE(pt->entries[i])), count);
	}
}
EXPORT_SYMBOL_IF_KUNIT(gs_pt_count);
