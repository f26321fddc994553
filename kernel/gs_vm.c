// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Address spaces and what is mapped in them.
 */
#include <kunit/visibility.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

#include <drm/drm_drv.h>
#include <drm/genesys_accel.h>

#include "gs_device.h"
#include "gs_pt.h"
#include "gs_trace.h"
#include "gs_vm.h"

/* ---- address spaces ------------------------------------------------------ */

/**
 * gs_vm_create() - make an empty address space
 * @gdev: the device; the caller is within drm_dev_enter()
 *
 * Return: the address space, or an error pointer: -EBUSY when there is no more.
 */
struct gs_vm *gs_vm_create(struct gs_device *gdev)
{
	struct gs_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
	int ret = -ENOMEM;

	if (!vm)
		return ERR_PTR(-ENOMEM);
	refcount_set(&vm->ref, 1);
	vm->gdev = gdev;
	mutex_init(&vm->lock);
	vm->root = gs_pt_create(gdev, GS_PT_ROOT_LEVEL);
	if (!vm->root)
		goto err_free;
	drm_mm_init(&vm->mm, GS_VM_START, BIT_ULL(GS_VA_BITS) - GS_VM_START);
	ret = gs_mmu_bind(gdev, vm);
	if (ret)
		goto err_destroy_root;
	return vm;

err_destroy_root:
	drm_mm_takedown(&vm->mm);
	gs_pt_destroy(gdev, vm->root, GS_PT_ROOT_LEVEL);
err_free:
	mutex_destroy(&vm->lock);
	kfree(vm);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_IF_KUNIT(gs_vm_create);

struct gs_vm *gs_vm_get(struct gs_vm *vm)
{
	refcount_inc(&vm->ref);
	return vm;
}

void gs_vm_put(struct gs_vm *vm)
{
	if (!refcount_dec_and_test(&vm->ref)) {
		/* The counter before the look for who waits for it. */
		smp_mb__after_atomic();
		wake_up_var(&vm->ref);
		return;
	}
	gs_mmu_unbind(vm->gdev, vm);
	drm_mm_takedown(&vm->mm);
	mutex_destroy(&vm->lock);
	kfree(vm);
}
EXPORT_SYMBOL_IF_KUNIT(gs_vm_put);

/**
 * gs_vm_wait_unused() - wait until the caller's reference is the only one
 * @vm: the address space
 * @timeout: jiffies
 *
 * Return: true when it is.
 */
bool gs_vm_wait_unused(struct gs_vm *vm, unsigned long timeout)
{
	return wait_var_event_timeout(&vm->ref, refcount_read(&vm->ref) == 1, timeout);
}

/* ---- mappings ------------------------------------------------------------ */

static int gs_mapping_reserve(struct gs_mapping *mapping)
{
	struct gs_vm *vm = mapping->vm;
	bool high = mapping->bo->flags & DRM_GENESYS_BO_HIGH;
	u64 size = gs_bo_size(mapping->bo);
	u64 align = size >= BIT(GS_LARGE_PAGE_SHIFT) ? BIT(GS_LARGE_PAGE_SHIFT) :
						       GS_PAGE_BYTES;

	lockdep_assert_held(&vm->lock);

	return drm_mm_insert_node_in_range(&vm->mm, &mapping->node,
					   size + GS_PAGE_BYTES, align, 0,
					   high ? GS_VM_LOW_END : GS_VM_START,
					   high ? BIT_ULL(GS_VA_BITS) : GS_VM_LOW_END,
					   DRM_MM_INSERT_BEST);
}

/* Whatever the exporter of a dma-buf says is checked before the device sees it. */
static int gs_mapping_fill(struct gs_mapping *mapping)
{
	struct sg_table *sgt = mapping->bo->base.sgt;
	bool write = !(mapping->bo->flags & DRM_GENESYS_BO_READ_ONLY);
	u64 left = gs_bo_size(mapping->bo);
	u64 va = gs_mapping_addr(mapping);
	struct gs_vm *vm = mapping->vm;
	struct scatterlist *sg;
	int i, ret;

	lockdep_assert_held(&vm->lock);

	if (!vm->root || !sgt)
		return -ENODEV;
	for_each_sgtable_dma_sg(sgt, sg, i) {
		dma_addr_t dma = sg_dma_address(sg);
		u64 size = min_t(u64, sg_dma_len(sg), left);

		if (!size)
			break;
		if (atomic_dec_if_positive(&vm->gdev->mmu.bad_pages) >= 0)
			dma = GS_MMU_NOWHERE;
		if (!IS_ALIGNED(dma | size, GS_PAGE_BYTES) ||
		    (dma + size - 1) & ~(GS_PTE_ADDR | (GS_PAGE_BYTES - 1)))
			return -EINVAL;
		ret = gs_pt_map(vm->gdev, vm->root, va, dma, size, write);
		if (ret)
			return ret;
		va += size;
		left -= size;
	}
	return left ? -EINVAL : 0;
}

/* Until this returns nobody else may get the addresses or the pages. */
static void gs_mapping_clear(struct gs_mapping *mapping)
{
	struct gs_vm *vm = mapping->vm;
	u64 size = gs_bo_size(mapping->bo);

	lockdep_assert_held(&vm->lock);

	if (vm->root)
		gs_pt_unmap(vm->root, gs_mapping_addr(mapping), size);
	gs_mmu_invalidate(vm->gdev, vm->asid, gs_mapping_addr(mapping), size);
	drm_mm_remove_node(&mapping->node);
}

static int gs_mapping_map(struct gs_mapping *mapping)
{
	struct gs_vm *vm = mapping->vm;
	int ret;

	mutex_lock(&vm->lock);
	ret = gs_mapping_reserve(mapping);
	if (!ret) {
		ret = gs_mapping_fill(mapping);
		if (ret)
			gs_mapping_clear(mapping);
	}
	mutex_unlock(&vm->lock);
	return ret;
}

static struct gs_mapping *gs_mapping_create(struct gs_vm *vm, struct gs_bo *bo)
{
	struct gs_mapping *mapping = kzalloc(sizeof(*mapping), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!mapping)
		return ERR_PTR(-ENOMEM);
	kref_init(&mapping->ref);
	mapping->vm = vm;
	mapping->bo = bo;
	ret = gs_mapping_map(mapping);
	if (ret) {
		kfree(mapping);
		return ERR_PTR(ret);
	}
	gs_vm_get(vm);
	drm_gem_object_get(&bo->base.base);
	trace_gs_vm_map(vm->asid, gs_mapping_addr(mapping), gs_bo_size(bo));
	return mapping;
}

static void gs_mapping_release(struct kref *ref)
{
	struct gs_mapping *mapping = container_of(ref, struct gs_mapping, ref);
	struct gs_vm *vm = mapping->vm;
	struct gs_bo *bo = mapping->bo;

	trace_gs_vm_unmap(vm->asid, gs_mapping_addr(mapping), gs_bo_size(bo));
	mutex_lock(&bo->lock);
	list_del(&mapping->bo_node);
	mutex_unlock(&bo->lock);
	mutex_lock(&vm->lock);
	gs_mapping_clear(mapping);
	mutex_unlock(&vm->lock);
	kfree(mapping);
	drm_gem_object_put(&bo->base.base);
	gs_vm_put(vm);
}

/**
 * gs_mapping_put() - drop a reference
 * @mapping: unmapped with the last one, which may wait for the device
 */
void gs_mapping_put(struct gs_mapping *mapping)
{
	kref_put(&mapping->ref, gs_mapping_release);
}
EXPORT_SYMBOL_IF_KUNIT(gs_mapping_put);

/**
 * gs_mapping_put_unless_last() - drop a reference if it is not the last one
 * @mapping: stays mapped
 *
 * Return: whether it did.
 */
bool gs_mapping_put_unless_last(struct gs_mapping *mapping)
{
	return refcount_dec_not_one(&mapping->ref.refcount);
}

static struct gs_mapping *gs_mapping_find_locked(struct gs_vm *vm, struct gs_bo *bo)
{
	struct gs_mapping *mapping;

	lockdep_assert_held(&bo->lock);

	list_for_each_entry(mapping, &bo->mappings, bo_node)
		if (mapping->vm == vm && kref_get_unless_zero(&mapping->ref))
			return mapping;
	return NULL;
}

/**
 * gs_mapping_find() - where is a BO?
 * @vm: address space
 * @bo: the BO
 *
 * Return: the mapping, with a reference, or NULL.
 */
struct gs_mapping *gs_mapping_find(struct gs_vm *vm, struct gs_bo *bo)
{
	struct gs_mapping *mapping;

	mutex_lock(&bo->lock);
	mapping = gs_mapping_find_locked(vm, bo);
	mutex_unlock(&bo->lock);
	return mapping;
}
EXPORT_SYMBOL_IF_KUNIT(gs_mapping_find);

/**
 * gs_mapping_open() - a handle of the BO was made: map it
 * @vm: address space of the handle's file
 * @bo: the BO
 *
 * There is one mapping for all handles and jobs, as long as there is any.
 *
 * Return: 0, -ENOSPC, -ENOMEM, -EINVAL for a dma-buf the device cannot reach.
 */
int gs_mapping_open(struct gs_vm *vm, struct gs_bo *bo)
{
	struct gs_mapping *mapping = gs_mapping_find(vm, bo);
	struct gs_mapping *other;

	if (mapping)
		return 0;
	mapping = gs_mapping_create(vm, bo);
	if (IS_ERR(mapping))
		return PTR_ERR(mapping);
	mutex_lock(&bo->lock);
	other = gs_mapping_find_locked(vm, bo);
	list_add_tail(&mapping->bo_node, &bo->mappings);
	mutex_unlock(&bo->lock);
	/* Another handle was faster; its mapping is the one that is found. */
	if (other)
		gs_mapping_put(mapping);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(gs_mapping_open);

/**
 * gs_mapping_close() - a handle of the BO is gone
 * @vm: address space of the handle's file
 * @bo: the BO
 */
void gs_mapping_close(struct gs_vm *vm, struct gs_bo *bo)
{
	struct gs_mapping *mapping = gs_mapping_find(vm, bo);

	if (WARN_ON(!mapping))
		return;
	gs_mapping_put(mapping);
	gs_mapping_put(mapping);
}
EXPORT_SYMBOL_IF_KUNIT(gs_mapping_close);
