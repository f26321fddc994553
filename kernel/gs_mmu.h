/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_MMU_H
#define GS_MMU_H

#include <linux/idr.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

struct dma_pool;
struct gs_device;
struct gs_vm;

/**
 * GS_MMU_NOWHERE - a bus address without memory and without a mapping of an IOMMU
 */
#define GS_MMU_NOWHERE BIT_ULL(46)

/**
 * struct gs_mmu - the device's address translation
 */
struct gs_mmu {
	/**
	 * @ctx_table: coherent memory, an entry for each ASID; NULL once the
	 * device is gone; @vms_lock
	 */
	__le64 *ctx_table;

	/** @ctx_table_dma: bus address of @ctx_table */
	dma_addr_t ctx_table_dma;

	/** @num_asids: entries of @ctx_table */
	u32 num_asids;

	/** @asids: in use */
	struct ida asids;

	/** @pool: of page tables */
	struct dma_pool *pool;

	/** @vms_lock: protects @vms, and that their tables are freed once */
	struct mutex vms_lock;

	/** @vms: by &gs_vm.node */
	struct list_head vms;

	/**
	 * @inval_lock: there is one set of registers; held while it is used,
	 * so that unplugging can wait for that
	 */
	struct mutex inval_lock;

	/** @bad_pages: runs of pages to map to %GS_MMU_NOWHERE instead, for tests */
	atomic_t bad_pages;
};

int gs_mmu_init(struct gs_device *gdev);
void gs_mmu_start(struct gs_device *gdev);
void gs_mmu_unplug(struct gs_device *gdev);
int gs_mmu_bind(struct gs_device *gdev, struct gs_vm *vm);
void gs_mmu_unbind(struct gs_device *gdev, struct gs_vm *vm);
void gs_mmu_invalidate(struct gs_device *gdev, u32 asid, u64 addr, u64 size);

#endif /* GS_MMU_H */
