// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Buffer objects: host memory, pinned and mapped for the device as long as
 * they exist.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_managed.h>
#include <drm/drm_prime.h>
#include <drm/drm_print.h>
#include <drm/genesys_accel.h>

#include "gs_bo.h"
#include "gs_device.h"
#include "gs_drv.h"
#include "gs_huge.h"
#include "gs_vm.h"

#define GS_BO_FLAGS (DRM_GENESYS_BO_HIGH | DRM_GENESYS_BO_READ_ONLY)
#define GS_BO_SYNC_FLAGS \
	(DRM_GENESYS_BO_SYNC_TO_DEVICE | DRM_GENESYS_BO_SYNC_FROM_DEVICE)

/* ---- the list, and the end of DMA ---------------------------------------- */

int gs_bo_list_init(struct gs_device *gdev)
{
	INIT_LIST_HEAD(&gdev->bos.list);
	return drmm_mutex_init(&gdev->drm, &gdev->bos.lock);
}

static void gs_bo_list_add(struct gs_bo *bo)
{
	struct gs_device *gdev = to_gs_device(bo->base.base.dev);

	mutex_lock(&gdev->bos.lock);
	if (list_empty(&bo->node))
		list_add_tail(&bo->node, &gdev->bos.list);
	mutex_unlock(&gdev->bos.lock);
}

/*
 * End the device's access to the pages. Under the list's lock, so that
 * unplugging does not return while somebody else is still at it.
 */
static void gs_bo_end_dma_locked(struct gs_bo *bo)
{
	struct drm_gem_object *obj = &bo->base.base;
	struct dma_buf_attachment *attach = obj->import_attach;
	struct sg_table *sgt = bo->base.sgt;

	lockdep_assert_held(&to_gs_device(obj->dev)->bos.lock);

	bo->base.sgt = NULL;
	if (attach) {
		bo->detached = attach->dmabuf;
		obj->import_attach = NULL;
		if (sgt)
			dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_BIDIRECTIONAL);
		dma_buf_detach(bo->detached, attach);
	} else if (sgt) {
		dma_unmap_sgtable(obj->dev->dev, sgt, DMA_BIDIRECTIONAL, 0);
		sg_free_table(sgt);
		kfree(sgt);
	}
}

/**
 * gs_bo_unplug() - end the DMA of all BOs
 * @gdev: stopped for good; no address space maps them any more
 *
 * Pages stay, for the CPU's mappings.
 */
void gs_bo_unplug(struct gs_device *gdev)
{
	struct gs_bo *bo;

	mutex_lock(&gdev->bos.lock);
	list_for_each_entry(bo, &gdev->bos.list, node)
		gs_bo_end_dma_locked(bo);
	mutex_unlock(&gdev->bos.lock);
}

/* ---- GEM object ---------------------------------------------------------- */

static void gs_bo_free(struct drm_gem_object *obj)
{
	struct gs_device *gdev = to_gs_device(obj->dev);
	struct gs_bo *bo = to_gs_bo(obj);
	struct dma_buf *dma_buf;

	drm_WARN_ON(obj->dev, !list_empty(&bo->mappings));
	mutex_lock(&gdev->bos.lock);
	list_del(&bo->node);
	gs_bo_end_dma_locked(bo);
	mutex_unlock(&gdev->bos.lock);
	mutex_destroy(&bo->lock);
	/* Its reservation object is the BO's until the BO is gone. */
	dma_buf = bo->detached;
	drm_gem_shmem_free(&bo->base);
	if (dma_buf)
		dma_buf_put(dma_buf);
}

static int gs_bo_open(struct drm_gem_object *obj, struct drm_file *file)
{
	struct gs_file *gfile = file->driver_priv;
	int ret, idx;

	if (!drm_dev_enter(obj->dev, &idx))
		return -ENODEV;
	ret = gs_mapping_open(gfile->vm, to_gs_bo(obj));
	drm_dev_exit(idx);
	return ret;
}

static void gs_bo_close(struct drm_gem_object *obj, struct drm_file *file)
{
	struct gs_file *gfile = file->driver_priv;

	gs_mapping_close(gfile->vm, to_gs_bo(obj));
}

static int gs_bo_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	int ret, idx;

	if (!drm_dev_enter(obj->dev, &idx))
		return -ENODEV;
	ret = drm_gem_shmem_object_mmap(obj, vma);
	drm_dev_exit(idx);
	return ret;
}

static enum drm_gem_object_status gs_bo_status(struct drm_gem_object *obj)
{
	return DRM_GEM_OBJECT_RESIDENT;
}

static const struct drm_gem_object_funcs gs_bo_funcs = {
	.free = gs_bo_free,
	.open = gs_bo_open,
	.close = gs_bo_close,
	.print_info = drm_gem_shmem_object_print_info,
	.pin = drm_gem_shmem_object_pin,
	.unpin = drm_gem_shmem_object_unpin,
	.get_sg_table = drm_gem_shmem_object_get_sg_table,
	.vmap = drm_gem_shmem_object_vmap,
	.vunmap = drm_gem_shmem_object_vunmap,
	.mmap = gs_bo_mmap,
	.status = gs_bo_status,
	.vm_ops = &drm_gem_shmem_vm_ops,
};

/**
 * gs_bo_create_object() - &drm_driver.gem_create_object
 * @drm: device
 * @size: bytes
 *
 * Return: the GEM object, not initialized, or an error pointer.
 */
struct drm_gem_object *gs_bo_create_object(struct drm_device *drm, size_t size)
{
	struct gs_bo *bo = kzalloc(sizeof(*bo), GFP_KERNEL_ACCOUNT);

	if (!bo)
		return ERR_PTR(-ENOMEM);
	bo->base.base.funcs = &gs_bo_funcs;
	INIT_LIST_HEAD(&bo->node);
	INIT_LIST_HEAD(&bo->mappings);
	mutex_init(&bo->lock);
	return &bo->base.base;
}

/*
 * Allocates in the caller's context, so the pages are charged to its memory
 * cgroup.
 */
static struct gs_bo *gs_bo_create(struct drm_device *drm, u64 size, u32 flags)
{
	struct drm_gem_shmem_object *shmem;
	struct sg_table *sgt;
	struct gs_bo *bo;

	if (!gs_bo_fits(size, si_mem_available()))
		return ERR_PTR(-ENOMEM);
	shmem = drm_gem_shmem_create(drm, size);
	/* Of shmem, -ENOSPC is memory; of us, the address space. */
	if (IS_ERR(shmem))
		return shmem == ERR_PTR(-ENOSPC) ? ERR_PTR(-ENOMEM) : ERR_CAST(shmem);
	bo = to_gs_bo(&shmem->base);
	bo->flags = flags;
	gs_huge_want(&shmem->base);
	gs_bo_list_add(bo);
	sgt = drm_gem_shmem_get_pages_sgt(shmem);
	if (IS_ERR(sgt)) {
		drm_gem_object_put(&shmem->base);
		return sgt == ERR_PTR(-ENOSPC) ? ERR_PTR(-ENOMEM) : ERR_CAST(sgt);
	}
	return bo;
}

/* ---- dma-buf ------------------------------------------------------------- */

/**
 * gs_bo_prime_import() - &drm_driver.gem_prime_import
 * @drm: device; the caller is gs_bo_prime_fd_to_handle()
 * @dma_buf: what to import
 *
 * Return: the BO, of the same device the one that was exported, or an error
 * pointer.
 */
struct drm_gem_object *gs_bo_prime_import(struct drm_device *drm, struct dma_buf *dma_buf)
{
	struct drm_gem_object *obj = drm_gem_prime_import(drm, dma_buf);

	if (!IS_ERR(obj))
		gs_bo_list_add(to_gs_bo(obj));
	return obj;
}

int gs_bo_prime_handle_to_fd(struct drm_device *drm, struct drm_file *file,
			     u32 handle, u32 flags, int *fd)
{
	int ret, idx;

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;
	ret = drm_gem_prime_handle_to_fd(drm, file, handle, flags, fd);
	drm_dev_exit(idx);
	return ret;
}

int gs_bo_prime_fd_to_handle(struct drm_device *drm, struct drm_file *file,
			     int fd, u32 *handle)
{
	int ret, idx;

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;
	ret = drm_gem_prime_fd_to_handle(drm, file, fd, handle);
	drm_dev_exit(idx);
	return ret;
}

/* ---- ioctls -------------------------------------------------------------- */

/* 0 for a BO whose handle is closed by another thread just now. */
static u64 gs_bo_dev_addr(struct drm_file *file, struct gs_bo *bo)
{
	struct gs_file *gfile = file->driver_priv;
	struct gs_mapping *mapping = gs_mapping_find(gfile->vm, bo);
	u64 addr = 0;

	if (mapping) {
		addr = gs_mapping_addr(mapping);
		gs_mapping_put(mapping);
	}
	return addr;
}

static int gs_bo_create_with_handle(struct drm_device *drm, struct drm_file *file,
				    struct drm_genesys_bo_create *args)
{
	struct gs_bo *bo = gs_bo_create(drm, args->size, args->flags);
	struct drm_gem_object *obj;
	int ret;

	if (IS_ERR(bo))
		return PTR_ERR(bo);
	obj = &bo->base.base;
	ret = drm_gem_handle_create(file, obj, &args->handle);
	if (!ret) {
		args->size = obj->size;
		args->dev_addr = gs_bo_dev_addr(file, bo);
		args->mmap_offset = drm_vma_node_offset_addr(&obj->vma_node);
	}
	drm_gem_object_put(obj);
	return ret;
}

int gs_bo_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_genesys_bo_create *args = data;
	int ret, idx;

	if (!args->size || args->size > SIZE_MAX - PAGE_SIZE ||
	    args->flags & ~GS_BO_FLAGS || args->handle) {
		drm_dbg(drm, "BO_CREATE: size 0x%llx, flags 0x%x, handle %u\n",
			args->size, args->flags, args->handle);
		return -EINVAL;
	}
	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;
	ret = gs_bo_create_with_handle(drm, file, args);
	drm_dev_exit(idx);
	return ret;
}

int gs_bo_info_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_genesys_bo_info *args = data;
	struct drm_gem_object *obj = drm_gem_object_lookup(file, args->handle);

	if (!obj)
		return -ENOENT;
	args->flags = to_gs_bo(obj)->flags;
	args->size = obj->size;
	args->dev_addr = gs_bo_dev_addr(file, to_gs_bo(obj));
	args->mmap_offset = drm_vma_node_offset_addr(&obj->vma_node);
	drm_gem_object_put(obj);
	return 0;
}

static int gs_bo_sync(struct gs_bo *bo, const struct drm_genesys_bo_sync *args)
{
	struct drm_gem_object *obj = &bo->base.base;

	if (obj->import_attach || !args->size || args->offset > obj->size ||
	    args->size > obj->size - args->offset)
		return -EINVAL;
	if (args->flags & DRM_GENESYS_BO_SYNC_TO_DEVICE)
		dma_sync_sgtable_for_device(obj->dev->dev, bo->base.sgt, DMA_BIDIRECTIONAL);
	if (args->flags & DRM_GENESYS_BO_SYNC_FROM_DEVICE)
		dma_sync_sgtable_for_cpu(obj->dev->dev, bo->base.sgt, DMA_BIDIRECTIONAL);
	return 0;
}

int gs_bo_sync_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_genesys_bo_sync *args = data;
	struct drm_gem_object *obj;
	int ret, idx;

	if (!args->flags || args->flags & ~GS_BO_SYNC_FLAGS)
		return -EINVAL;
	obj = drm_gem_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;
	ret = -ENODEV;
	if (drm_dev_enter(drm, &idx)) {
		ret = gs_bo_sync(to_gs_bo(obj), args);
		drm_dev_exit(idx);
	}
	drm_gem_object_put(obj);
	return ret;
}
