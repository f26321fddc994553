// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * genesys.ko: the module, its file operations and its ioctls.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <drm/drm_accel.h>
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>
#include <drm/genesys_accel.h>

#include "gs_bo.h"
#include "gs_compat.h"
#include "gs_ctx.h"
#include "gs_device.h"
#include "gs_drv.h"
#include "gs_pci.h"
#include "gs_query.h"
#include "gs_submit.h"
#include "gs_vm.h"

/*
 * Where jobs and contexts are released. Of the module and not of a device:
 * the last reference to a device may be dropped here.
 */
struct workqueue_struct *gs_release_wq;

static int gs_drv_open(struct drm_device *drm, struct drm_file *file)
{
	struct gs_file *gfile;
	struct gs_vm *vm;
	int idx;

	gfile = kzalloc(sizeof(*gfile), GFP_KERNEL_ACCOUNT);
	if (!gfile)
		return -ENOMEM;
	xa_init_flags(&gfile->ctxs, XA_FLAGS_ALLOC1);
	vm = ERR_PTR(-ENODEV);
	if (drm_dev_enter(drm, &idx)) {
		vm = gs_vm_create(to_gs_device(drm));
		drm_dev_exit(idx);
	}
	if (IS_ERR(vm)) {
		kfree(gfile);
		return PTR_ERR(vm);
	}
	gfile->vm = vm;
	file->driver_priv = gfile;
	return 0;
}

static void gs_drv_postclose(struct drm_device *drm, struct drm_file *file)
{
	struct gs_file *gfile = file->driver_priv;

	gs_ctx_close_all(gfile);
	gs_vm_put(gfile->vm);
	kfree(gfile);
}

static_assert(DRM_IOCTL_GENESYS_SUBMIT ==
	      DRM_IOWR(DRM_COMMAND_BASE + DRM_GENESYS_SUBMIT, struct drm_genesys_submit));

static const struct drm_ioctl_desc gs_drv_ioctls[] = {
	DRM_IOCTL_DEF_DRV(GENESYS_DEV_QUERY, gs_dev_query_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENESYS_BO_CREATE, gs_bo_create_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENESYS_BO_INFO, gs_bo_info_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENESYS_CTX_CREATE, gs_ctx_create_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENESYS_CTX_DESTROY, gs_ctx_destroy_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENESYS_SUBMIT, gs_submit_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENESYS_CTX_QUERY, gs_ctx_query_ioctl, 0),
	DRM_IOCTL_DEF_DRV(GENESYS_BO_SYNC, gs_bo_sync_ioctl, 0),
};

/* Written out, for DRM_ACCEL_FOPS has no show_fdinfo. */
static const struct file_operations gs_drv_fops = {
	.owner = THIS_MODULE,
	.open = accel_open,
	.release = drm_release,
	.unlocked_ioctl = drm_ioctl,
	.compat_ioctl = drm_compat_ioctl,
	.poll = drm_poll,
	.read = drm_read,
	.llseek = noop_llseek,
	.mmap = drm_gem_mmap,
	.show_fdinfo = drm_show_fdinfo,
	.fop_flags = FOP_UNSIGNED_OFFSET,
};

const struct drm_driver gs_drm_driver = {
	.driver_features = DRIVER_COMPUTE_ACCEL | DRIVER_GEM | DRIVER_SYNCOBJ |
			   DRIVER_SYNCOBJ_TIMELINE,
	.name = "genesys",
	.desc = "GeneSys NPU",
#ifdef GS_HAVE_DRM_DRIVER_DATE
	.date = "20261123",
#endif
	.major = DRM_GENESYS_VERSION_MAJOR,
	.minor = DRM_GENESYS_VERSION_MINOR,
	.open = gs_drv_open,
	.postclose = gs_drv_postclose,
	.ioctls = gs_drv_ioctls,
	.num_ioctls = ARRAY_SIZE(gs_drv_ioctls),
	.fops = &gs_drv_fops,
	.show_fdinfo = gs_query_fdinfo,
	.gem_create_object = gs_bo_create_object,
	.gem_prime_import = gs_bo_prime_import,
	.gem_prime_import_sg_table = drm_gem_shmem_prime_import_sg_table,
	.prime_handle_to_fd = gs_bo_prime_handle_to_fd,
	.prime_fd_to_handle = gs_bo_prime_fd_to_handle,
};

static int __init gs_drv_init(void)
{
	int ret;

	gs_release_wq = alloc_workqueue("genesys-release", WQ_UNBOUND, 0);
	if (!gs_release_wq)
		return -ENOMEM;
	ret = pci_register_driver(&gs_pci_driver);
	if (ret)
		destroy_workqueue(gs_release_wq);
	return ret;
}

static void __exit gs_drv_exit(void)
{
	pci_unregister_driver(&gs_pci_driver);
	destroy_workqueue(gs_release_wq);
	/* For gs_fence_free_rcu(). */
	rcu_barrier();
}

module_init(gs_drv_init);
module_exit(gs_drv_exit);

MODULE_DESCRIPTION("GeneSys NPU");
MODULE_LICENSE("GPL");
MODULE_FIRMWARE(GS_FW_FILE);
GS_IMPORT_NS_DMA_BUF;
