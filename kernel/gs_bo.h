/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_BO_H
#define GS_BO_H

#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>

#include <drm/drm_gem_shmem_helper.h>

#include "genesys/hw_abi.h"

struct drm_file;
struct gs_device;

/**
 * struct gs_bo_list - the BOs of a device
 */
struct gs_bo_list {
	/** @lock: protects @list and the DMA mappings of the BOs in it */
	struct mutex lock;

	/** @list: by &gs_bo.node */
	struct list_head list;
};

/**
 * struct gs_bo - buffer object
 *
 * Its pages are there from creation to the end; there is no shrinker.
 */
struct gs_bo {
	/** @base: pages, and the DMA mapping: &drm_gem_shmem_object.sgt */
	struct drm_gem_shmem_object base;

	/** @flags: DRM_GENESYS_BO_*, constant */
	u32 flags;

	/** @node: in &gs_bo_list.list; its lock */
	struct list_head node;

	/** @lock: protects @mappings */
	struct mutex lock;

	/** @mappings: into address spaces, by &gs_mapping.bo_node */
	struct list_head mappings;

	/**
	 * @detached: of an imported BO after unplugging: what it was attached
	 * to. Its reservation object is still used.
	 */
	struct dma_buf *detached;
};

static inline struct gs_bo *to_gs_bo(struct drm_gem_object *obj)
{
	return container_of(to_drm_gem_shmem_obj(obj), struct gs_bo, base);
}

static inline size_t gs_bo_size(const struct gs_bo *bo)
{
	return bo->base.base.size;
}

/**
 * gs_bo_fits() - whether it makes sense to try an allocation
 * @size: of a BO in bytes
 * @available: what si_mem_available() says, in pages
 *
 * A size that is not to be had should not drain the machine before it fails: the
 * OOM killer is not called here, but others might. What is available is an
 * estimate that lacks the pages on the lists of the CPUs, where those of a BO are
 * as soon as it is gone; a small size is tried all the same, and does no harm.
 *
 * Return: false when there is not enough memory.
 */
static inline bool gs_bo_fits(u64 size, long available)
{
	return size < BIT(GS_LARGE_PAGE_SHIFT) || size >> PAGE_SHIFT <= max(available, 0l);
}

int gs_bo_list_init(struct gs_device *gdev);
void gs_bo_unplug(struct gs_device *gdev);

struct drm_gem_object *gs_bo_create_object(struct drm_device *drm, size_t size);
struct drm_gem_object *gs_bo_prime_import(struct drm_device *drm, struct dma_buf *dma_buf);
int gs_bo_prime_handle_to_fd(struct drm_device *drm, struct drm_file *file,
			     u32 handle, u32 flags, int *fd);
int gs_bo_prime_fd_to_handle(struct drm_device *drm, struct drm_file *file,
			     int fd, u32 *handle);

int gs_bo_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int gs_bo_info_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int gs_bo_sync_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* GS_BO_H */
