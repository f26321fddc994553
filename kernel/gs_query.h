/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_QUERY_H
#define GS_QUERY_H

struct drm_device;
struct drm_file;
struct drm_printer;

int gs_dev_query_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int gs_ctx_query_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
void gs_query_fdinfo(struct drm_printer *p, struct drm_file *file);

#endif /* GS_QUERY_H */
