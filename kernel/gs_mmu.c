// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The context table and the registers of the device's address translation.
 */
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>

#include <drm/drm_managed.h>

#include "gs_device.h"
#include "gs_pt.h"
#include "gs_vm.h"

/* An invalidation takes microseconds; a processor of a virtual machine may pause. */
#define GS_INVALIDATE_TIMEOUT_US (USEC_PER_SEC / 2)

static void gs_mmu_fini(struct drm_device *drm, void *data)
{
	struct gs_mmu *mmu = data;

	ida_destroy(&mmu->asids);
}

/**
 * gs_mmu_init() - allocate the context table
 * @gdev: registers are mapped
 *
 * Return: 0 or negative errno.
 */
int gs_mmu_init(struct gs_device *gdev)
{
	struct gs_mmu *mmu = &gdev->mmu;
	struct device *dev = gdev->drm.dev;
	int ret;

	mmu->num_asids = gs_read(gdev->regs, GS_REG_NUM_ASIDS);
	if (!mmu->num_asids || mmu->num_asids > BIT(16)) {
		dev_err(dev, "Device has %u address spaces, expected 1 to %lu\n",
			mmu->num_asids, BIT(16));
		return -ENODEV;
	}
	ret = drmm_mutex_init(&gdev->drm, &mmu->vms_lock);
	if (ret)
		return ret;
	ret = drmm_mutex_init(&gdev->drm, &mmu->inval_lock);
	if (ret)
		return ret;
	INIT_LIST_HEAD(&mmu->vms);
	ida_init(&mmu->asids);
	ret = drmm_add_action_or_reset(&gdev->drm, gs_mmu_fini, mmu);
	if (ret)
		return ret;
	mmu->pool = dmam_pool_create("genesys-pt", dev, GS_PAGE_BYTES, GS_PAGE_BYTES, 0);
	if (!mmu->pool)
		return -ENOMEM;
	/* At least a page, for the alignment the register asks for. */
	mmu->ctx_table = dmam_alloc_coherent(dev,
					     ALIGN(mmu->num_asids * sizeof(__le64),
						   GS_PAGE_BYTES),
					     &mmu->ctx_table_dma, GFP_KERNEL);
	return mmu->ctx_table ? 0 : -ENOMEM;
}

/**
 * gs_mmu_start() - tell a device that was reset about the context table
 * @gdev: the device
 */
void gs_mmu_start(struct gs_device *gdev)
{
	gs_write64(gdev->regs, GS_REG_CTX_TABLE, gdev->mmu.ctx_table_dma);
}

static void gs_mmu_free_tables_locked(struct gs_device *gdev, struct gs_vm *vm)
{
	lockdep_assert_held(&gdev->mmu.vms_lock);

	mutex_lock(&vm->lock);
	gs_pt_destroy(gdev, vm->root, GS_PT_ROOT_LEVEL);
	vm->root = NULL;
	mutex_unlock(&vm->lock);
}

/**
 * gs_mmu_unplug() - free all page tables
 * @gdev: stopped for good
 *
 * When this returns nobody is at the registers of an invalidation any more.
 */
void gs_mmu_unplug(struct gs_device *gdev)
{
	struct gs_mmu *mmu = &gdev->mmu;
	struct gs_vm *vm;

	/* Who comes later finds the device stopped. */
	mutex_lock(&mmu->inval_lock);
	mutex_unlock(&mmu->inval_lock);
	mutex_lock(&mmu->vms_lock);
	list_for_each_entry(vm, &mmu->vms, node)
		gs_mmu_free_tables_locked(gdev, vm);
	mmu->ctx_table = NULL;
	mutex_unlock(&mmu->vms_lock);
}

/**
 * gs_mmu_bind() - give an address space an ASID
 * @gdev: the device; the caller is within drm_dev_enter()
 * @vm: with its root table
 *
 * The device does not remember that an ASID was not valid.
 *
 * Return: 0, -EBUSY when all are taken, -ENOMEM.
 */
int gs_mmu_bind(struct gs_device *gdev, struct gs_vm *vm)
{
	struct gs_mmu *mmu = &gdev->mmu;
	int asid = ida_alloc_max(&mmu->asids, mmu->num_asids - 1, GFP_KERNEL);

	if (asid < 0)
		return asid == -ENOSPC ? -EBUSY : asid;
	vm->asid = asid;
	mutex_lock(&mmu->vms_lock);
	list_add(&vm->node, &mmu->vms);
	dma_wmb();
	WRITE_ONCE(mmu->ctx_table[asid], cpu_to_le64(vm->root->dma | GS_CTX_VALID));
	mutex_unlock(&mmu->vms_lock);
	return 0;
}

/**
 * gs_mmu_unbind() - take the ASID away and free the page tables
 * @gdev: the device, possibly unplugged
 * @vm: nothing uses it any more
 */
void gs_mmu_unbind(struct gs_device *gdev, struct gs_vm *vm)
{
	struct gs_mmu *mmu = &gdev->mmu;

	mutex_lock(&mmu->vms_lock);
	if (mmu->ctx_table)
		WRITE_ONCE(mmu->ctx_table[vm->asid], 0);
	dma_wmb();
	mutex_unlock(&mmu->vms_lock);
	/* All of it, so that the next owner finds nothing on the chip. */
	gs_mmu_invalidate(gdev, vm->asid, 0, 0);
	mutex_lock(&mmu->vms_lock);
	list_del(&vm->node);
	gs_mmu_free_tables_locked(gdev, vm);
	mutex_unlock(&mmu->vms_lock);
	ida_free(&mmu->asids, vm->asid);
}

static int gs_mmu_try_invalidate(struct gs_device *gdev, u32 asid, u64 addr, u32 pages)
{
	int ret = 0;

	mutex_lock(&gdev->mmu.inval_lock);
	/*
	 * The tables were changed before the state is read: who starts a device
	 * that was found stopped starts it with the change. Not
	 * drm_dev_enter(): the caller may be within it, and must neither wait
	 * for an unplugging that waits for him nor go on without this.
	 */
	smp_mb();
	if (READ_ONCE(gdev->reset.state) == GS_RUN_UP) {
		gs_write(gdev->regs, GS_REG_INVAL_ASID, asid);
		gs_write64(gdev->regs, GS_REG_INVAL_ADDR, addr);
		gs_write(gdev->regs, GS_REG_INVAL_PAGES, pages);
		gs_write(gdev->regs, GS_REG_INVAL_CONTROL, 1);
		ret = gs_device_poll(gdev, GS_REG_INVAL_CONTROL, 1, 0,
				     GS_INVALIDATE_TIMEOUT_US);
	}
	mutex_unlock(&gdev->mmu.inval_lock);
	return ret;
}

/**
 * gs_mmu_invalidate() - make the device forget translations
 * @gdev: the device, possibly unplugged
 * @asid: whose
 * @addr: first address, multiple of 4 KiB
 * @size: of the range, multiple of 4 KiB; 0: all
 *
 * When this returns the device does not use what was in the page tables before
 * they were changed. A device that does not confirm it is reset. One that is
 * stopped remembers nothing.
 */
void gs_mmu_invalidate(struct gs_device *gdev, u32 asid, u64 addr, u64 size)
{
	u64 pages = size >> GS_PAGE_SHIFT;
	int epoch = gs_reset_epoch(gdev);

	if (pages > U32_MAX)
		pages = 0;
	if (gs_mmu_try_invalidate(gdev, asid, addr, pages))
		gs_reset_sync(gdev, epoch, "Invalidation of translations does not end");
}
