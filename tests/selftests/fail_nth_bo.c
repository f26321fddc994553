// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls about files and BOs, and what others need of them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm.h>
#include <linux/udmabuf.h>

#include "fail_nth.h"

#define BO_BYTES (5 * GS_PAGE_BYTES)

/* Where nothing else is, so that there are no page tables either. */
#define NOWHERE_NEAR ((void *)0x100000000000)

/* ---- shared steps ------------------------------------------------------------ */

int fail_nth_close_bo(const struct npu *npu, uint32_t *handle)
{
	struct drm_gem_close args = { .handle = *handle };

	*handle = 0;
	return npu_ioctl(npu->fd, DRM_IOCTL_GEM_CLOSE, &args);
}

int fail_nth_make_bo(struct bed *bed)
{
	struct drm_genesys_bo_create args = { .size = BO_BYTES };
	int ret = npu_ioctl(bed->npu.fd, DRM_IOCTL_GENESYS_BO_CREATE, &args);

	bed->bo = args.handle;
	return ret;
}

int fail_nth_make_nothing(struct bed *bed)
{
	(void)bed;
	return 0;
}

int fail_nth_check_nothing(struct bed *bed, int ret)
{
	(void)bed;
	(void)ret;
	return 0;
}

/* The number the next file gets, so that one nobody told us of can be closed. */
static int next_file(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

/* ---- files ------------------------------------------------------------------- */

static int do_open(struct bed *bed)
{
	bed->file = open(bed->npu.dev.node, O_RDWR | O_CLOEXEC);
	return bed->file < 0 ? -errno : 0;
}

static int after_open(struct bed *bed, int ret)
{
	if (!ret)
		close(bed->file);
	return 0;
}

/* A file with BOs and a context, which a job has kept busy. */
static int make_victim(struct bed *bed)
{
	int ret = npu_open_device(&bed->victim, &bed->npu.dev);
	int ctx;

	if (ret)
		return ret;
	ret = npu_kit_create(&bed->victim, &bed->victim_kit);
	if (ret)
		return ret;
	ctx = npu_ctx_create(&bed->victim, DRM_GENESYS_PRIORITY_NORMAL,
			     FAIL_NTH_WAIT_MS);
	if (ctx < 0)
		return ctx;
	bed->victim_ctx = (uint32_t)ctx;
	ret = npu_submit(&bed->victim_kit, bed->victim_ctx, NPU_ENDLESS, 0);
	/* A file that is mapped is not closed. */
	npu_kit_unmap(&bed->victim_kit);
	return ret;
}

static int do_close(struct bed *bed)
{
	return close(bed->victim.fd) ? -errno : 0;
}

static int make_map(struct bed *bed)
{
	bed->map = mmap(NOWHERE_NEAR, bed->kit.data.size,
			PROT_READ | PROT_WRITE, MAP_SHARED, bed->npu.fd,
			(off_t)bed->offset);
	return bed->map == MAP_FAILED ? -errno : 0;
}

static int make_offset(struct bed *bed)
{
	struct drm_genesys_bo_info args = { .handle = bed->kit.data.handle };
	int ret = npu_ioctl(bed->npu.fd, DRM_IOCTL_GENESYS_BO_INFO, &args);

	bed->offset = args.mmap_offset;
	return ret;
}

static int make_touched(struct bed *bed)
{
	int ret = make_offset(bed);

	return ret ? ret : make_map(bed);
}

/* Out of memory, a page fault is tried again. */
static int do_touch(struct bed *bed)
{
	*(volatile int *)bed->map = 1;
	return 0;
}

static int after_map(struct bed *bed, int ret)
{
	return ret ? 0 : munmap(bed->map, bed->kit.data.size);
}

/* ---- BOs --------------------------------------------------------------------- */

static int after_make_bo(struct bed *bed, int ret)
{
	return ret ? 0 : fail_nth_close_bo(&bed->npu, &bed->bo);
}

static int do_bo_info(struct bed *bed)
{
	struct drm_genesys_bo_info args = { .handle = bed->kit.data.handle };

	return npu_ioctl(bed->npu.fd, DRM_IOCTL_GENESYS_BO_INFO, &args);
}

static int do_bo_sync(struct bed *bed)
{
	struct drm_genesys_bo_sync args = {
		.handle = bed->kit.data.handle,
		.flags = DRM_GENESYS_BO_SYNC_TO_DEVICE |
			 DRM_GENESYS_BO_SYNC_FROM_DEVICE,
		.size = GS_PAGE_BYTES,
	};

	return npu_ioctl(bed->npu.fd, DRM_IOCTL_GENESYS_BO_SYNC, &args);
}

static int do_gem_close(struct bed *bed)
{
	uint32_t handle = bed->bo;

	return fail_nth_close_bo(&bed->npu, &handle);
}

/* What failed did nothing: the handle is still there. */
static int after_gem_close(struct bed *bed, int ret)
{
	int again = fail_nth_close_bo(&bed->npu, &bed->bo);

	return again == (ret ? 0 : -EINVAL) ? 0 : -EPROTO;
}

static int do_export(struct bed *bed)
{
	int ret = npu_export(&bed->npu, bed->bo);

	if (ret < 0)
		return ret;
	bed->file = ret;
	return 0;
}

static int make_exportable(struct bed *bed)
{
	bed->file = next_file();
	return fail_nth_make_bo(bed);
}

static int after_export(struct bed *bed, int ret)
{
	/* The file was there before its number could not be copied. */
	if (!ret || ret == -EFAULT)
		close(bed->file);
	return fail_nth_close_bo(&bed->npu, &bed->bo);
}

int fail_nth_make_exported(struct bed *bed)
{
	uint32_t handle;
	int ret = fail_nth_make_bo(bed);

	if (ret)
		return ret;
	bed->file = npu_export(&bed->npu, bed->bo);
	handle = bed->bo;
	ret = fail_nth_close_bo(&bed->npu, &handle);
	return bed->file < 0 ? bed->file : ret;
}

static int make_foreign(struct bed *bed)
{
	struct udmabuf_create args = { .flags = UDMABUF_FLAGS_CLOEXEC,
				       .size = BO_BYTES };
	int memory = memfd_create("fail_nth", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);

	args.memfd = (uint32_t)memory;
	bed->file = -1;
	if (memory >= 0 && device >= 0 && !ftruncate(memory, BO_BYTES) &&
	    !fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK))
		bed->file = ioctl(device, UDMABUF_CREATE, &args);
	close(memory);
	close(device);
	return bed->file < 0 ? -EOPNOTSUPP : 0;
}

static int do_import(struct bed *bed)
{
	return npu_import(&bed->other, bed->file, &bed->bo);
}

static int after_import(struct bed *bed, int ret)
{
	int again = ret ? 0 : fail_nth_close_bo(&bed->other, &bed->bo);

	close(bed->file);
	/* Nobody told us the handle. */
	if (ret == -EFAULT) {
		npu_close(&bed->other);
		again = npu_open_device(&bed->other, &bed->npu.dev);
	}
	return again;
}

/* ---- the calls -------------------------------------------------------------------- */

const struct call call_open = {
	.make = fail_nth_make_nothing,
	.call = do_open,
	.after = after_open,
	.least = 6,
};

const struct call call_close = {
	.make = make_victim,
	.call = do_close,
	.after = fail_nth_check_nothing,
};

const struct call call_mmap = {
	.make = make_offset,
	.call = make_map,
	.after = after_map,
	.least = 1,
};

const struct call call_touch = {
	.make = make_touched,
	.call = do_touch,
	.after = after_map,
};

/* shmem says ENOSPC when it has no memory for an inode. */
const struct call call_bo_create = {
	.make = fail_nth_make_nothing,
	.call = fail_nth_make_bo,
	.after = after_make_bo,
	.error = ENOSPC,
	.least = 12,
};

const struct call call_bo_info = {
	.make = fail_nth_make_nothing,
	.call = do_bo_info,
	.after = fail_nth_check_nothing,
};

const struct call call_bo_sync = {
	.make = fail_nth_make_nothing,
	.call = do_bo_sync,
	.after = fail_nth_check_nothing,
};

const struct call call_gem_close = {
	.make = fail_nth_make_bo,
	.call = do_gem_close,
	.after = after_gem_close,
};

const struct call call_export = {
	.make = make_exportable,
	.call = do_export,
	.after = after_export,
	.least = 4,
};

const struct call call_import = {
	.make = fail_nth_make_exported,
	.call = do_import,
	.after = after_import,
	.least = 3,
};

const struct call call_import_foreign = {
	.make = make_foreign,
	.call = do_import,
	.after = after_import,
	.least = 6,
};
