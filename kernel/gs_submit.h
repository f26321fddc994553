/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_SUBMIT_H
#define GS_SUBMIT_H

#include <linux/kconfig.h>
#include <linux/types.h>

struct drm_device;
struct drm_file;
struct drm_genesys_obj_array;

/**
 * GS_SUBMIT_MAX_BOS - BOs a job may list
 */
#define GS_SUBMIT_MAX_BOS 256

/**
 * GS_SUBMIT_MAX_SYNCS - syncobjs a job may list
 */
#define GS_SUBMIT_MAX_SYNCS 64

int gs_submit_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#if IS_ENABLED(CONFIG_KUNIT)
void *gs_submit_copy(const struct drm_genesys_obj_array *array, u32 max,
		     u32 min_size, u32 size);
#endif

#endif /* GS_SUBMIT_H */
