/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_HUGE_H
#define GS_HUGE_H

struct drm_gem_object;
struct gs_device;

int gs_huge_init(struct gs_device *gdev);
void gs_huge_want(struct drm_gem_object *obj);

#endif /* GS_HUGE_H */
