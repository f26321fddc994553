/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime/core/error.h"
#include "runtime/drm/drm.h"

int gs_drm_ioctl(const struct gs_drm *drm, unsigned long request, void *arg,
		 const char *what)
{
	int ret = gs_drm_os.ioctl(drm->fd, request, arg);

	if (ret == -ENODEV)
		gs_rt_fail(ret, "gs_infer: %s: the device is gone", drm->node);
	else if (ret)
		gs_rt_fail(ret, "gs_infer: %s: %s: %s", drm->node, what,
			   strerrordesc_np(-ret));
	return ret;
}

static int map(const struct gs_drm *drm, uint64_t offset, struct gs_drm_bo *bo)
{
	bo->map = mmap(NULL, (size_t)bo->size, PROT_READ | PROT_WRITE,
		       MAP_SHARED, drm->fd, (off_t)offset);
	if (bo->map != MAP_FAILED)
		return 0;
	bo->map = NULL;
	return gs_rt_fail(-errno, "gs_infer: %s: mmap of %llu bytes: %s",
			  drm->node, (unsigned long long)bo->size,
			  strerrordesc_np(errno));
}

int gs_drm_bo_create(const struct gs_drm *drm, uint64_t size, uint32_t flags,
		     const char *what, struct gs_drm_bo *bo)
{
	struct drm_genesys_bo_create args = { .size = size, .flags = flags };
	int ret = gs_drm_os.ioctl(drm->fd, DRM_IOCTL_GENESYS_BO_CREATE, &args);

	*bo = (struct gs_drm_bo){ 0 };
	if (ret == -ENODEV)
		return gs_rt_fail(ret, "gs_infer: %s: the device is gone",
				  drm->node);
	if (ret)
		return gs_rt_fail(ret, "gs_infer: %s: %llu bytes for %s: %s",
				  drm->node, (unsigned long long)size, what,
				  ret == -ENOSPC ?
					  "the device's address space is full" :
					  strerrordesc_np(-ret));
	bo->handle = args.handle;
	bo->size = args.size;
	bo->address = args.dev_addr;
	ret = map(drm, args.mmap_offset, bo);
	if (ret)
		gs_drm_bo_destroy(drm, bo);
	return ret;
}

static void unmap(struct gs_drm_bo *bo)
{
	if (bo->map)
		munmap(bo->map, (size_t)bo->size);
	bo->map = NULL;
}

void gs_drm_bo_destroy(const struct gs_drm *drm, struct gs_drm_bo *bo)
{
	struct drm_gem_close args = { .handle = bo->handle };

	if (!bo->handle)
		return;
	unmap(bo);
	/* Fails when the device is gone, and the handle with it. */
	gs_drm_os.ioctl(drm->fd, DRM_IOCTL_GEM_CLOSE, &args);
	bo->handle = 0;
}

int gs_drm_bo_sync(const struct gs_drm *drm, const struct gs_drm_bo *bo,
		   uint64_t offset, uint64_t size, uint32_t flags)
{
	struct drm_genesys_bo_sync args = {
		.handle = bo->handle,
		.flags = flags,
		.offset = offset,
		.size = size,
	};

	if (drm->coherent)
		return 0;
	return gs_drm_ioctl(drm, DRM_IOCTL_GENESYS_BO_SYNC, &args, "BO_SYNC");
}

int gs_drm_bo_upload(const struct gs_drm *drm, const void *data, uint64_t size,
		     uint32_t flags, const char *what, struct gs_drm_bo *bo)
{
	int ret = gs_drm_bo_create(drm, size, flags, what, bo);

	if (ret)
		return ret;
	memcpy(bo->map, data, (size_t)size);
	unmap(bo);
	ret = gs_drm_bo_sync(drm, bo, 0, size, DRM_GENESYS_BO_SYNC_TO_DEVICE);
	if (ret)
		gs_drm_bo_destroy(drm, bo);
	return ret;
}

/* ---- buffers of callers --------------------------------------------------------- */

int gs_drm_buffer_create(struct gs_buffer *buf)
{
	struct gs_drm_bo *bo = calloc(1, sizeof(*bo));
	int ret;

	if (!bo)
		return gs_rt_fail(-ENOMEM, "gs_buffer_create: out of memory");
	ret = gs_drm_bo_create(gs_drm_of(buf->dev), buf->size, 0, "a buffer",
			       bo);
	if (ret) {
		free(bo);
		return gs_rt_rename(ret, "gs_infer:", "gs_buffer_create:");
	}
	buf->priv = bo;
	buf->data = bo->map;
	buf->address = bo->address;
	return 0;
}

void gs_drm_buffer_destroy(struct gs_buffer *buf)
{
	gs_drm_bo_destroy(gs_drm_of(buf->dev), buf->priv);
	free(buf->priv);
}
