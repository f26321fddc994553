/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_SUBMIT_H
#define GS_SUBMIT_H

struct drm_device;
struct drm_file;

/**
 * GS_SUBMIT_MAX_BOS - BOs a job may list
 */
#define GS_SUBMIT_MAX_BOS 256

/**
 * GS_SUBMIT_MAX_SYNCS - syncobjs a job may list
 */
#define GS_SUBMIT_MAX_SYNCS 64

int gs_submit_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* GS_SUBMIT_H */
