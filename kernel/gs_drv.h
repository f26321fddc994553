/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_DRV_H
#define GS_DRV_H

#include <linux/mutex.h>
#include <linux/xarray.h>

struct drm_driver;
struct gs_vm;
struct workqueue_struct;

/**
 * struct gs_file - an open file of the device; &drm_file.driver_priv
 */
struct gs_file {
	/** @vm: the address space; a reference */
	struct gs_vm *vm;

	/** @ctxs: contexts by handle; a reference each */
	struct xarray ctxs;
};

extern const struct drm_driver gs_drm_driver;
extern struct workqueue_struct *gs_release_wq;

#endif /* GS_DRV_H */
