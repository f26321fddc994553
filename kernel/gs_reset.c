// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Starting, stopping and recovering the device.
 *
 * DOC: Recovery
 *
 * The firmware's watchdog is the only judge of a hang: it ends the job, says so
 * in an event, and everything else goes on. A device reset is for a device or a
 * firmware that does not do its part any more: a command processor that halted,
 * an event that makes no sense, silence, an invalidation that does not end.
 *
 * A reset first takes the events there are. Jobs that never started are sent
 * again afterwards from the driver's own copies of their commands. The job that
 * was on the core ends with -EIO: nothing is run twice. Its context stays
 * usable, for nobody said that it was at fault. Fences signal after the device
 * has stopped, when it cannot write to buffers any more.
 *
 * All of it is on the way to signalling fences: no allocation, no dma_resv, no
 * request_firmware().
 */
#include <linux/dma-fence.h>

#include <drm/drm_drv.h>
#include <drm/drm_managed.h>

#include "gs_device.h"
#include "gs_reset.h"
#include "gs_trace.h"

/*
 * From %GS_RUN_UP or %GS_RUN_DEAD to stopped. Jobs that ran end with @error;
 * the others wait.
 */
static int gs_reset_stop_locked(struct gs_device *gdev, int error)
{
	LIST_HEAD(lost);
	int ret;

	lockdep_assert_held(&gdev->reset.lock);

	gs_mbox_down(gdev, &lost);
	ret = gs_device_stop(gdev);
	WRITE_ONCE(gdev->reset.state, GS_RUN_DOWN);
	gs_mbox_fail(gdev, &lost, error);
	return ret;
}

static int gs_reset_start_locked(struct gs_device *gdev)
{
	LIST_HEAD(lost);
	int ret;

	lockdep_assert_held(&gdev->reset.lock);

	atomic_inc(&gdev->reset.epoch);
	/* Before jobs run whose translations may need to be invalidated. */
	WRITE_ONCE(gdev->reset.state, GS_RUN_UP);
	ret = gs_device_start(gdev);
	if (!ret)
		return 0;
	gs_mbox_down(gdev, &lost);
	gs_device_stop(gdev);
	WRITE_ONCE(gdev->reset.state, GS_RUN_DEAD);
	gs_mbox_fail(gdev, &lost, -EIO);
	return ret;
}

static void gs_reset_run_locked(struct gs_device *gdev, const char *reason)
{
	int ret;

	atomic_inc(&gdev->reset.count);
	trace_gs_reset(reason);
	dev_err(gdev->drm.dev, "%s, resetting the device\n", reason);
	ret = gs_reset_stop_locked(gdev, -EIO);
	if (!ret)
		ret = gs_reset_start_locked(gdev);
	if (!ret) {
		dev_info(gdev->drm.dev, "Device was reset\n");
		return;
	}
	WRITE_ONCE(gdev->reset.state, GS_RUN_DEAD);
	gs_mbox_fail(gdev, NULL, -EIO);
	dev_err(gdev->drm.dev, "Device is lost: %d\n", ret);
}

/* What was seen in @epoch asks for a reset. */
static void gs_reset_run(struct gs_device *gdev, const char *reason, int epoch)
{
	bool cookie;
	int idx;

	if (!drm_dev_enter(&gdev->drm, &idx))
		return;
	cookie = dma_fence_begin_signalling();
	mutex_lock(&gdev->reset.lock);
	if (gdev->reset.state == GS_RUN_UP && atomic_read(&gdev->reset.epoch) == epoch)
		gs_reset_run_locked(gdev, reason);
	mutex_unlock(&gdev->reset.lock);
	dma_fence_end_signalling(cookie);
	drm_dev_exit(idx);
}

static void gs_reset_work(struct work_struct *work)
{
	struct gs_device *gdev = container_of(work, struct gs_device, reset.work);

	gs_reset_run(gdev, READ_ONCE(gdev->reset.reason),
		     READ_ONCE(gdev->reset.asked_epoch));
}

int gs_reset_init(struct gs_device *gdev)
{
	INIT_WORK(&gdev->reset.work, gs_reset_work);
	return drmm_mutex_init(&gdev->drm, &gdev->reset.lock);
}

/**
 * gs_reset_first_start() - start the device at probe
 * @gdev: was stopped
 *
 * Return: 0 or negative errno.
 */
int gs_reset_first_start(struct gs_device *gdev)
{
	int ret;

	mutex_lock(&gdev->reset.lock);
	ret = gs_reset_start_locked(gdev);
	mutex_unlock(&gdev->reset.lock);
	return ret;
}

/**
 * gs_reset_request() - have the device reset soon
 * @gdev: the device
 * @reason: a sentence without full stop, a literal
 *
 * From any context, with any lock held.
 */
void gs_reset_request(struct gs_device *gdev, const char *reason)
{
	WRITE_ONCE(gdev->reset.asked_epoch, atomic_read(&gdev->reset.epoch));
	WRITE_ONCE(gdev->reset.reason, reason);
	queue_work(gdev->timeout_wq, &gdev->reset.work);
}

/**
 * gs_reset_sync() - have the device reset, and wait for it
 * @gdev: the device
 * @reason: a sentence without full stop, a literal
 *
 * Not from &gs_device.timeout_wq, and without &gs_reset.lock and &gs_mbox.lock.
 */
void gs_reset_sync(struct gs_device *gdev, const char *reason)
{
	gs_reset_request(gdev, reason);
	flush_work(&gdev->reset.work);
}

/**
 * gs_reset_now() - reset the device, from &gs_device.timeout_wq
 * @gdev: the device
 * @reason: a sentence without full stop, a literal
 */
void gs_reset_now(struct gs_device *gdev, const char *reason)
{
	gs_reset_run(gdev, reason, atomic_read(&gdev->reset.epoch));
}

/**
 * gs_reset_prepare() - the bus is going to reset the device
 * @gdev: the device; gs_reset_done() will follow
 */
void gs_reset_prepare(struct gs_device *gdev)
{
	bool cookie = dma_fence_begin_signalling();

	mutex_lock(&gdev->reset.lock);
	if (gdev->reset.state == GS_RUN_UP) {
		atomic_inc(&gdev->reset.count);
		trace_gs_reset("bus");
		gs_reset_stop_locked(gdev, -EIO);
	}
	mutex_unlock(&gdev->reset.lock);
	dma_fence_end_signalling(cookie);
}

/**
 * gs_reset_done() - the bus has reset the device
 * @gdev: the device, one that was lost included
 */
void gs_reset_done(struct gs_device *gdev)
{
	bool cookie = dma_fence_begin_signalling();
	int ret = 0;

	mutex_lock(&gdev->reset.lock);
	if (gdev->reset.state == GS_RUN_DOWN || gdev->reset.state == GS_RUN_DEAD) {
		ret = gs_device_stop(gdev);
		if (!ret)
			ret = gs_reset_start_locked(gdev);
		if (ret) {
			WRITE_ONCE(gdev->reset.state, GS_RUN_DEAD);
			gs_mbox_fail(gdev, NULL, -EIO);
		}
	}
	mutex_unlock(&gdev->reset.lock);
	dma_fence_end_signalling(cookie);
	if (ret)
		dev_err(gdev->drm.dev, "Device is lost after a bus reset: %d\n", ret);
}

/**
 * gs_reset_unplug() - stop the device for good
 * @gdev: the device; drm_dev_enter() fails, or it was never registered
 *
 * All jobs in the rings end with -ENODEV.
 */
void gs_reset_unplug(struct gs_device *gdev)
{
	bool cookie = dma_fence_begin_signalling();
	LIST_HEAD(lost);

	mutex_lock(&gdev->reset.lock);
	gs_mbox_down(gdev, &lost);
	gs_device_stop(gdev);
	gdev->bus_ops->set_master(gdev, false);
	WRITE_ONCE(gdev->reset.state, GS_RUN_GONE);
	gs_mbox_fail(gdev, &lost, -ENODEV);
	gs_mbox_fail(gdev, NULL, -ENODEV);
	mutex_unlock(&gdev->reset.lock);
	dma_fence_end_signalling(cookie);
	complete_all(&gdev->stopped);
	cancel_work_sync(&gdev->reset.work);
}
