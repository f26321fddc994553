// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages of 2 MiB for BOs, so that there can be leaves of 2 MiB. The kernel's own
 * tmpfs does not take any by default; one that is mounted for the purpose does,
 * where there are some, and as far as the BO fills them.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>

#include <drm/drm_gem.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "gs_compat.h"
#include "gs_device.h"
#include "gs_huge.h"

#define GS_HUGE_OPTION "within_size"

#ifdef GS_HAVE_DRM_HUGE_MNT

int gs_huge_init(struct gs_device *gdev)
{
	int ret = drm_gem_huge_mnt_create(&gdev->drm, GS_HUGE_OPTION);

	if (ret)
		drm_dbg(&gdev->drm, "No huge pages: %d\n", ret);
	return 0;
}

/* drm_gem_object_init() does it. */
void gs_huge_want(struct drm_gem_object *obj)
{
}

#else

static struct vfsmount *gs_huge_mount(void)
{
	struct file_system_type *type = get_fs_type("tmpfs");
	char options[] = "huge=" GS_HUGE_OPTION;

	if (!IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE) || !type)
		return ERR_PTR(-ENODEV);
	return vfs_kern_mount(type, SB_KERNMOUNT, type->name, options);
}

static void gs_huge_fini(struct drm_device *drm, void *mount)
{
	kern_unmount(mount);
}

/**
 * gs_huge_init() - find out whether there are huge pages
 * @gdev: the device
 *
 * Return: 0, also without any, or -ENOMEM.
 */
int gs_huge_init(struct gs_device *gdev)
{
	struct vfsmount *mount = gs_huge_mount();

	if (IS_ERR(mount)) {
		drm_dbg(&gdev->drm, "No huge pages: %pe\n", mount);
		return 0;
	}
	gdev->huge = mount;
	return drmm_add_action_or_reset(&gdev->drm, gs_huge_fini, mount);
}

/**
 * gs_huge_want() - have huge pages taken, if there are some
 * @obj: GEM shmem object that has no pages yet
 *
 * Without memory for a file it stays as it is.
 */
void gs_huge_want(struct drm_gem_object *obj)
{
	struct vfsmount *mount = to_gs_device(obj->dev)->huge;
	struct file *file;

	if (!mount || obj->size < BIT(GS_LARGE_PAGE_SHIFT))
		return;
	file = shmem_file_setup_with_mnt(mount, "genesys", obj->size, VM_NORESERVE);
	if (IS_ERR(file))
		return;
	/* Neither movable nor worth the OOM killer, as the helpers have it. */
	mapping_set_gfp_mask(file->f_mapping, mapping_gfp_mask(obj->filp->f_mapping));
	fput(obj->filp);
	obj->filp = file;
}

#endif
