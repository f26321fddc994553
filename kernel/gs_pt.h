/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_PT_H
#define GS_PT_H

#include <linux/types.h>

struct gs_device;

/**
 * GS_PT_ROOT_LEVEL - levels count from 0, the tables of 4 KiB leaves
 */
#define GS_PT_ROOT_LEVEL (GS_PT_LEVELS - 1)

/**
 * struct gs_pt - a page table, as the CPU sees it
 *
 * Tables are never freed while their address space is in use: unmapping
 * clears leaves, and what the address space once needed is there for the next
 * mapping.
 */
struct gs_pt {
	/** @entries: coherent memory the device walks */
	__le64 *entries;

	/** @dma: bus address of @entries */
	dma_addr_t dma;

	/**
	 * @child: tables @entries name, or which a large leaf hides; NULL in a
	 * table of level 0
	 */
	struct gs_pt **child;
};

/**
 * struct gs_pt_count - what there is in page tables
 */
struct gs_pt_count {
	/** @tables: with the root */
	unsigned long tables;

	/** @small: leaves of 4 KiB */
	unsigned long small;

	/** @large: leaves of 2 MiB */
	unsigned long large;
};

struct gs_pt *gs_pt_create(struct gs_device *gdev, unsigned int level);
void gs_pt_destroy(struct gs_device *gdev, struct gs_pt *pt, unsigned int level);
int gs_pt_map(struct gs_device *gdev, struct gs_pt *root, u64 va, dma_addr_t dma,
	      u64 size, bool write);
void gs_pt_count(const struct gs_pt *pt, unsigned int level, struct gs_pt_count *count);
void gs_pt_unmap(struct gs_pt *root, u64 va, u64 size);

#endif /* GS_PT_H */
