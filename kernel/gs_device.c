// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device from probe to removal, whatever bus it is on.
 */
#include <linux/fault-inject.h>
#include <linux/iopoll.h>

#include <drm/drm_drv.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "gs_debugfs.h"
#include "gs_device.h"
#include "gs_huge.h"

/* The core notices a reset between two accesses to memory. */
#define GS_RESET_TIMEOUT_US (2 * USEC_PER_SEC)

#define GS_UNPLUG_TIMEOUT_US (USEC_PER_SEC / 2)

#ifdef CONFIG_FAULT_INJECTION
DECLARE_FAULT_ATTR(gs_device_fail_poll);

static bool gs_device_poll_fails(void)
{
	return should_fail(&gs_device_fail_poll, 1);
}
#else
static bool gs_device_poll_fails(void)
{
	return false;
}
#endif

/**
 * gs_device_poll() - wait for a register; every such wait comes through here
 * @gdev: the device
 * @reg: register
 * @mask: of bits that matter
 * @value: what they should become
 * @timeout_us: how long to wait
 *
 * Return: 0, -ETIMEDOUT, or at once -ENODEV when the device does not answer.
 */
int gs_device_poll(struct gs_device *gdev, u32 reg, u32 mask, u32 value, u32 timeout_us)
{
	u32 now;
	int ret;

	if (gs_device_poll_fails())
		return -ETIMEDOUT;
	ret = readl_poll_timeout(gdev->regs + reg, now,
				 now == GS_REGS_GONE || (now & mask) == value,
				 50, timeout_us);
	return now == GS_REGS_GONE ? -ENODEV : ret;
}

/**
 * gs_device_read_counter() - read a counter of 64 bits
 * @gdev: the device
 * @reg: its low half, which latches the other
 *
 * Return: the counter.
 */
u64 gs_device_read_counter(struct gs_device *gdev, u32 reg)
{
	unsigned long flags;
	u64 value;

	spin_lock_irqsave(&gdev->latch_lock, flags);
	value = gs_read64(gdev->regs, reg);
	spin_unlock_irqrestore(&gdev->latch_lock, flags);
	return value;
}

/**
 * gs_device_ticks_to_ns() - convert a duration
 * @gdev: whose clock
 * @ticks: of it
 *
 * Return: nanoseconds.
 */
u64 gs_device_ticks_to_ns(const struct gs_device *gdev, u64 ticks)
{
	return mul_u64_u32_div(ticks, NSEC_PER_MSEC, gdev->info.timestamp_khz);
}

/**
 * gs_device_stop() - reset the device
 * @gdev: the device; &gs_mbox is down
 *
 * When it is done, the device accesses no memory and remembers nothing. Needs
 * no firmware. If the device does not do it, it is kept from the bus instead.
 *
 * Return: 0, -ETIMEDOUT or -ENODEV.
 */
int gs_device_stop(struct gs_device *gdev)
{
	int ret;

	gs_irq_disable(gdev);
	gs_write(gdev->regs, GS_REG_CONTROL, GS_CONTROL_RESET);
	ret = gs_device_poll(gdev, GS_REG_STATUS, GS_STATUS_RESETTING, 0, GS_RESET_TIMEOUT_US);
	if (ret) {
		dev_err(gdev->drm.dev, "Device does not reset: %d, status 0x%x\n", ret,
			gs_read(gdev->regs, GS_REG_STATUS));
		gdev->bus_ops->set_master(gdev, false);
	}
	return ret;
}

/**
 * gs_device_start() - from reset to firmware that takes jobs
 * @gdev: was stopped
 *
 * The same for probe, device reset, bus reset, and later resume; allocates
 * nothing and reads no files.
 *
 * Return: 0 or negative errno; then the device should be stopped.
 */
int gs_device_start(struct gs_device *gdev)
{
	int ret;

	gdev->bus_ops->set_master(gdev, true);
	gs_mmu_start(gdev);
	gs_mbox_start(gdev);
	gs_irq_enable(gdev);
	ret = gs_fw_boot(gdev);
	if (ret)
		return ret;
	gs_mbox_up(gdev);
	return 0;
}

static int gs_device_identify(struct gs_device *gdev)
{
	struct gs_device_info *info = &gdev->info;
	struct device *dev = gdev->drm.dev;
	u32 magic = gs_read(gdev->regs, GS_REG_MAGIC);
	u32 abi = gs_read(gdev->regs, GS_REG_ABI_VERSION);
	u32 hash = gs_read(gdev->regs, GS_REG_ABI_HASH);
	unsigned int i;

	if (magic != GS_HW_MAGIC) {
		dev_err(dev, "Not a GeneSys device: magic 0x%08x, expected 0x%08x\n",
			magic, GS_HW_MAGIC);
		return -ENODEV;
	}
	if (abi != GS_ABI_VERSION || hash != GS_ABI_HASH) {
		dev_err(dev, "Device has ABI %u (0x%08x), this driver needs ABI %u (0x%08x)\n",
			abi, hash, GS_ABI_VERSION, GS_ABI_HASH);
		return -ENODEV;
	}
	info->hw_version = gs_read(gdev->regs, GS_REG_HW_VERSION);
	info->caps = gs_read(gdev->regs, GS_REG_CAPS);
	info->timestamp_khz = gs_read(gdev->regs, GS_REG_TIMESTAMP_KHZ);
	info->arch_hash = gs_read64(gdev->regs, GS_REG_ARCH_HASH);
	for (i = 0; i < GS_PARAM_COUNT; i++)
		info->params[i] = gs_read(gdev->regs, GS_REG_PARAM(i));
	if (!info->timestamp_khz) {
		dev_err(dev, "Device has a clock of 0 kHz\n");
		return -ENODEV;
	}
	return 0;
}

static void gs_device_free_wq(struct drm_device *drm, void *wq)
{
	destroy_workqueue(wq);
}

/* NULL stays NULL. */
static struct workqueue_struct *gs_device_own_wq(struct gs_device *gdev,
						 struct workqueue_struct *wq)
{
	if (!wq || drmm_add_action_or_reset(&gdev->drm, gs_device_free_wq, wq))
		return NULL;
	return wq;
}

static void gs_device_fini_ctxs(struct drm_device *drm, void *data)
{
	struct gs_device *gdev = data;

	drm_WARN_ON(drm, !xa_empty(&gdev->ctxs));
	xa_destroy(&gdev->ctxs);
}

/* What lives as long as the drm_device, which open files keep. */
static int gs_device_init_software(struct gs_device *gdev)
{
	int ret;

	spin_lock_init(&gdev->latch_lock);
	xa_init_flags(&gdev->ctxs, XA_FLAGS_ALLOC1);
	ret = drmm_add_action_or_reset(&gdev->drm, gs_device_fini_ctxs, gdev);
	if (ret)
		return ret;
	/*
	 * On the submitter's processor, at once: to wake another one takes
	 * longer than all that run_job() does.
	 */
	gdev->submit_wq = gs_device_own_wq(gdev, alloc_workqueue("genesys-submit",
								 WQ_MEM_RECLAIM | WQ_HIGHPRI, 0));
	gdev->timeout_wq = gs_device_own_wq(gdev, alloc_ordered_workqueue("genesys-timeout",
									  WQ_MEM_RECLAIM));
	if (!gdev->submit_wq || !gdev->timeout_wq)
		return -ENOMEM;
	ret = gs_huge_init(gdev);
	return ret ? ret : gs_bo_list_init(gdev);
}

static int gs_device_init_hardware(struct gs_device *gdev)
{
	int ret;

	ret = gs_device_identify(gdev);
	if (ret)
		return ret;
	ret = gs_device_stop(gdev);
	if (ret)
		return ret;
	ret = gs_mmu_init(gdev);
	if (ret)
		return ret;
	ret = gs_mbox_init(gdev);
	if (ret)
		return ret;
	ret = gs_fw_init(gdev);
	if (ret)
		return ret;
	return gs_irq_init(gdev);
}

/**
 * gs_device_probe() - bring a device up and tell the world
 * @gdev: allocated by the bus glue, which has set registers, irqs and bus_ops
 *
 * Return: 0, or negative errno, with the device stopped.
 */
int gs_device_probe(struct gs_device *gdev)
{
	struct gs_device_info *info = &gdev->info;
	int ret;

	ret = gs_device_init_software(gdev);
	if (ret)
		return ret;
	ret = gs_reset_init(gdev);
	if (ret)
		return ret;
	ret = gs_device_init_hardware(gdev);
	if (ret)
		return ret;
	ret = gs_reset_first_start(gdev);
	if (ret)
		goto err_stop;
	gs_debugfs_init(gdev);
	ret = drm_dev_register(&gdev->drm, 0);
	if (ret)
		goto err_stop;
	dev_info(gdev->drm.dev, "GeneSys %ux%u array at %u MHz, firmware %s, %u address spaces\n",
		 info->params[GS_PARAM_ARRAY_N], info->params[GS_PARAM_ARRAY_M],
		 info->params[GS_PARAM_CLOCK_MHZ],
		 gs_fw_version_name(gdev->fw.version).text, gdev->mmu.num_asids);
	return 0;

err_stop:
	gs_reset_unplug(gdev);
	gs_irq_fini(gdev);
	return ret;
}

/*
 * Jobs that were queued behind those in the rings end as their turn comes, which
 * takes no time; those that wait for a fence of another device may take as long
 * as that, and need nothing of this one.
 */
static void gs_device_wait_jobs(struct gs_device *gdev)
{
	int left;

	read_poll_timeout(atomic_read, left, !left, USEC_PER_MSEC,
			  GS_UNPLUG_TIMEOUT_US, false, &gdev->num_jobs);
}

/**
 * gs_device_unplug() - end everything that needs the device
 * @gdev: the device
 *
 * Files may stay open: their ioctls fail with -ENODEV, their jobs have ended
 * with that error, mappings of BOs stay readable. Closing them later only
 * frees memory.
 */
void gs_device_unplug(struct gs_device *gdev)
{
	drm_dev_unplug(&gdev->drm);
	gs_reset_unplug(gdev);
	gs_irq_fini(gdev);
	gs_device_wait_jobs(gdev);
	gs_mmu_unplug(gdev);
	gs_bo_unplug(gdev);
}
