/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_VM_H
#define GS_VM_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>

#include <drm/drm_mm.h>

struct gs_bo;
struct gs_device;
struct gs_pt;

/**
 * GS_VM_START - first address handed out; null pointers and small offsets from
 * them fault
 */
#define GS_VM_START 0x10000ull

/**
 * GS_VM_LOW_END - end of where BOs without DRM_GENESYS_BO_HIGH go
 */
#define GS_VM_LOW_END 0x100000000ull

/**
 * struct gs_vm - address space of a file
 *
 * References are held by the file, its contexts and its mappings.
 */
struct gs_vm {
	/** @ref: see above; a wait_var_event() */
	refcount_t ref;

	/** @gdev: alive while the file or a context is */
	struct gs_device *gdev;

	/** @node: in &gs_mmu.vms */
	struct list_head node;

	/** @asid: index into the context table */
	u32 asid;

	/** @lock: protects @mm and the page tables */
	struct mutex lock;

	/** @mm: which addresses are taken */
	struct drm_mm mm;

	/** @root: page tables; NULL once the device is gone */
	struct gs_pt *root;

	/** @num_ctxs: contexts that were not released, destroyed ones included */
	atomic_t num_ctxs;

	/** @busy_ticks: of the device's clock, the file's jobs on the core */
	atomic64_t busy_ticks;
};

/**
 * struct gs_mapping - a BO in an address space
 *
 * References are held by each handle of the BO and by each job that lists it.
 */
struct gs_mapping {
	/** @ref: see above */
	struct kref ref;

	/** @vm: a reference */
	struct gs_vm *vm;

	/** @bo: a reference */
	struct gs_bo *bo;

	/** @bo_node: in &gs_bo.mappings */
	struct list_head bo_node;

	/** @node: addresses in &gs_vm.mm, a guard page at the end included */
	struct drm_mm_node node;
};

static inline u64 gs_mapping_addr(const struct gs_mapping *mapping)
{
	return mapping->node.start;
}

struct gs_vm *gs_vm_create(struct gs_device *gdev);
struct gs_vm *gs_vm_get(struct gs_vm *vm);
void gs_vm_put(struct gs_vm *vm);
bool gs_vm_wait_unused(struct gs_vm *vm, unsigned long timeout);

int gs_mapping_open(struct gs_vm *vm, struct gs_bo *bo);
void gs_mapping_close(struct gs_vm *vm, struct gs_bo *bo);
struct gs_mapping *gs_mapping_find(struct gs_vm *vm, struct gs_bo *bo);
bool gs_mapping_put_unless_last(struct gs_mapping *mapping);
void gs_mapping_put(struct gs_mapping *mapping);

#endif /* GS_VM_H */
