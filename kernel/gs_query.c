// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What userspace may know: DEV_QUERY, CTX_QUERY, fdinfo.
 */
#include <linux/dma-map-ops.h>
#include <linux/ktime.h>
#include <linux/uaccess.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_print.h>
#include <drm/genesys_accel.h>

#include "gs_ctx.h"
#include "gs_device.h"
#include "gs_drv.h"
#include "gs_query.h"
#include "gs_submit.h"
#include "gs_vm.h"

/* The order of parameters is part of both interfaces. */
static_assert((int)DRM_GENESYS_PARAM_ISA_VERSION == GS_PARAM_ISA_VERSION);
static_assert((int)DRM_GENESYS_PARAM_ARRAY_M == GS_PARAM_ARRAY_M);
static_assert((int)DRM_GENESYS_PARAM_VMEM_DEPTH == GS_PARAM_VMEM_DEPTH);
static_assert((int)DRM_GENESYS_PARAM_PARAM_CHANNEL_BW == GS_PARAM_PARAM_CHANNEL_BW);
static_assert((int)DRM_GENESYS_PARAM_WEIGHT_LAYOUT == GS_PARAM_WEIGHT_LAYOUT);
static_assert(GS_PARAM_COUNT <= DRM_GENESYS_MAX_PARAMS);

/* And these are the same on 32 and 64 bit. */
static_assert(sizeof(struct drm_genesys_obj_array) == 16);
static_assert(sizeof(struct drm_genesys_dev_query) == 16);
static_assert(sizeof(struct drm_genesys_dev_info) == 168);
static_assert(sizeof(struct drm_genesys_limits) == 64);
static_assert(sizeof(struct drm_genesys_fw_info) == 24);
static_assert(sizeof(struct drm_genesys_timestamp) == 32);
static_assert(sizeof(struct drm_genesys_bo_create) == 32);
static_assert(sizeof(struct drm_genesys_bo_info) == 32);
static_assert(sizeof(struct drm_genesys_bo_sync) == 24);
static_assert(sizeof(struct drm_genesys_ctx_create) == 16);
static_assert(sizeof(struct drm_genesys_ctx_destroy) == 8);
static_assert(sizeof(struct drm_genesys_ctx_query) == 72);
static_assert(sizeof(struct drm_genesys_bo_ref) == 8);
static_assert(sizeof(struct drm_genesys_sync) == 16);
static_assert(sizeof(struct drm_genesys_submit) == 120);

static u64 gs_query_hz(const struct gs_device *gdev)
{
	return (u64)gdev->info.timestamp_khz * 1000;
}

static struct drm_genesys_dev_info gs_query_dev_info(struct gs_device *gdev)
{
	struct drm_genesys_dev_info info = {
		.hw_version = gdev->info.hw_version,
		.abi_version = GS_ABI_VERSION,
		.abi_hash = GS_ABI_HASH,
		.arch_hash = gdev->info.arch_hash,
		.timestamp_hz = gs_query_hz(gdev),
		.num_params = GS_PARAM_COUNT,
	};

	if (dev_is_dma_coherent(gdev->drm.dev))
		info.flags |= DRM_GENESYS_DEV_COHERENT;
	if (gdev->info.caps & GS_CAP_TEST_REGS)
		info.flags |= DRM_GENESYS_DEV_TEST_REGS;
	memcpy(info.params, gdev->info.params, sizeof(gdev->info.params));
	return info;
}

static struct drm_genesys_limits gs_query_limits(struct gs_device *gdev)
{
	return (struct drm_genesys_limits){
		.max_files = gdev->mmu.num_asids,
		.max_ctx_per_file = GS_CTX_MAX_PER_FILE,
		.max_jobs_per_ctx = GS_CTX_MAX_JOBS,
		.max_bos_per_job = GS_SUBMIT_MAX_BOS,
		.max_syncs_per_job = GS_SUBMIT_MAX_SYNCS,
		.default_timeout_ms = GS_CTX_DEFAULT_TIMEOUT_MS,
		.max_timeout_ms = GS_MAX_TIMEOUT_MS,
		.va_bits = GS_VA_BITS,
		.page_size = GS_PAGE_BYTES,
		.large_page_size = BIT(GS_LARGE_PAGE_SHIFT),
		.window_size = GS_WINDOW_BYTES,
		.low_start = GS_VM_START,
		.low_end = GS_VM_LOW_END,
	};
}

/* A device that is just being reset has its firmware back before jobs run. */
static u32 gs_query_fw_version(struct gs_device *gdev)
{
	return READ_ONCE(gdev->reset.state) == GS_RUN_DEAD ? 0 : gdev->fw.version;
}

static struct drm_genesys_fw_info gs_query_fw_info(struct gs_device *gdev)
{
	struct drm_genesys_fw_info info = {
		.version = gs_query_fw_version(gdev),
		.abi_version = GS_ABI_VERSION,
		.abi_hash = GS_ABI_HASH,
		.size = gdev->fw.size,
		.reset_count = atomic_read(&gdev->reset.count),
	};
	unsigned long flags;

	spin_lock_irqsave(&gdev->mbox.lock, flags);
	info.features = le32_to_cpu(gdev->mbox.boot.arg2);
	spin_unlock_irqrestore(&gdev->mbox.lock, flags);
	return info;
}

static struct drm_genesys_timestamp gs_query_timestamp(struct gs_device *gdev)
{
	u64 before = ktime_get_ns();
	u64 ticks = gs_device_read_counter(gdev, GS_REG_TIMESTAMP);
	u64 after = ktime_get_ns();

	return (struct drm_genesys_timestamp){
		.device_ticks = ticks,
		.cpu_ns = before + (after - before) / 2,
		.device_hz = gs_query_hz(gdev),
		.error_ns = (after - before + 1) / 2,
	};
}

/**
 * union gs_query_answer - what DEV_QUERY may answer with
 */
union gs_query_answer {
	/** @dev_info: DRM_GENESYS_QUERY_DEV_INFO */
	struct drm_genesys_dev_info dev_info;

	/** @limits: DRM_GENESYS_QUERY_LIMITS */
	struct drm_genesys_limits limits;

	/** @fw_info: DRM_GENESYS_QUERY_FW_INFO */
	struct drm_genesys_fw_info fw_info;

	/** @timestamp: DRM_GENESYS_QUERY_TIMESTAMP */
	struct drm_genesys_timestamp timestamp;
};

/* Size of the answer, or -EINVAL. */
static int gs_query(struct gs_device *gdev, u32 type, union gs_query_answer *answer)
{
	switch (type) {
	case DRM_GENESYS_QUERY_DEV_INFO:
		answer->dev_info = gs_query_dev_info(gdev);
		return sizeof(answer->dev_info);
	case DRM_GENESYS_QUERY_LIMITS:
		answer->limits = gs_query_limits(gdev);
		return sizeof(answer->limits);
	case DRM_GENESYS_QUERY_FW_INFO:
		answer->fw_info = gs_query_fw_info(gdev);
		return sizeof(answer->fw_info);
	case DRM_GENESYS_QUERY_TIMESTAMP:
		answer->timestamp = gs_query_timestamp(gdev);
		/* What a device that the bus is resetting reads as. */
		if (answer->timestamp.device_ticks == U64_MAX)
			return -EIO;
		return sizeof(answer->timestamp);
	default:
		return -EINVAL;
	}
}

static int gs_query_copy(struct drm_genesys_dev_query *args, const void *answer, u32 size)
{
	void __user *to = u64_to_user_ptr(args->pointer);
	u32 room = args->size;

	if (args->pointer &&
	    (copy_to_user(to, answer, min(room, size)) ||
	     (room > size && clear_user(to + size, room - size))))
		return -EFAULT;
	args->size = size;
	return 0;
}

int gs_dev_query_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_genesys_dev_query *args = data;
	union gs_query_answer answer;
	int ret, idx;

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;
	ret = gs_query(to_gs_device(drm), args->type, &answer);
	drm_dev_exit(idx);
	/* User memory may take its time, and unplugging does not wait for it. */
	return ret < 0 ? ret : gs_query_copy(args, &answer, ret);
}

int gs_ctx_query_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_genesys_ctx_query *args = data;
	struct gs_device *gdev = to_gs_device(drm);
	struct gs_file *gfile = file->driver_priv;
	struct gs_ctx_status status;
	struct gs_ctx *ctx;

	if (args->flags)
		return -EINVAL;
	ctx = gs_ctx_lookup(gfile, args->ctx_id);
	if (!ctx)
		return -ENOENT;
	status = gs_ctx_status(ctx);
	*args = (struct drm_genesys_ctx_query){
		.ctx_id = args->ctx_id,
		.state = status.guilty ? DRM_GENESYS_CTX_GUILTY : DRM_GENESYS_CTX_ACTIVE,
		.cause = status.cause,
		.seqno = status.seqno,
		.address = status.address,
		.fault_code = status.fault_code,
		.block = status.block,
		.word = status.word,
		.reset_count = atomic_read(&gdev->reset.count),
		.submitted = READ_ONCE(ctx->seqno),
		.completed = status.completed,
		.busy_ns = gs_device_ticks_to_ns(gdev, status.busy_ticks),
	};
	gs_ctx_put(ctx);
	return 0;
}

/**
 * gs_query_fdinfo() - &drm_driver.show_fdinfo
 * @p: where to
 * @file: an open file
 */
void gs_query_fdinfo(struct drm_printer *p, struct drm_file *file)
{
	struct gs_device *gdev = to_gs_device(file->minor->dev);
	struct gs_file *gfile = file->driver_priv;
	u64 ticks = atomic64_read(&gfile->vm->busy_ticks);

	drm_printf(p, "drm-engine-npu:\t%llu ns\n", gs_device_ticks_to_ns(gdev, ticks));
	drm_printf(p, "drm-engine-capacity-npu:\t1\n");
	drm_show_memory_stats(p, file);
}
