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
 * A reset first stops the firmware and takes the events there are. Jobs that
 * never started are sent again afterwards from the driver's own copies of their
 * commands. The job that was on the core ends with -EIO: nothing is run twice.
 * Its context stays usable, unless the watchdog had ended the job and the core
 * did not stop for it: who else would be at fault? Fences signal after the
 * device has stopped, when it cannot write to buffers any more.
 *
 * All of it is on the way to signalling fences: no allocation, no dma_resv, no
 * request_firmware().
 */
#include <linux/dma-fence.h>

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

	/* No other job may start while it is found out which one did. */
	gs_fw_stop(gdev);
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

/**
 * gs_reset_now() - reset the device, from &gs_device.timeout_wq
 * @gdev: the device, possibly unplugged meanwhile
 * @epoch: in which the need for it was seen; in a later one there is none
 * @reason: a sentence without full stop, a literal
 */
void gs_reset_now(struct gs_device *gdev, int epoch, const char *reason)
{
	bool cookie = dma_fence_begin_signalling();

	mutex_lock(&gdev->reset.lock);
	if (gdev->reset.state == GS_RUN_UP && gs_reset_epoch(gdev) == epoch)
		gs_reset_run_locked(gdev, reason);
	mutex_unlock(&gdev->reset.lock);
	dma_fence_end_signalling(cookie);
}

static void gs_reset_work(struct work_struct *work)
{
	struct gs_device *gdev = container_of(work, struct gs_device, reset.work);

	gs_reset_now(gdev, READ_ONCE(gdev->reset.asked_epoch),
		     READ_ONCE(gdev->reset.reason));
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
 * gs_reset_epoch() - of what is going to be looked at
 * @gdev: the device
 *
 * Return: for gs_reset_request() and the like.
 */
int gs_reset_epoch(struct gs_device *gdev)
{
	return atomic_read(&gdev->reset.epoch);
}

/**
 * gs_reset_request() - have the device reset soon
 * @gdev: the device
 * @epoch: gs_reset_epoch() of before the need for it was seen
 * @reason: a sentence without full stop, a literal
 *
 * From any context, with any lock held.
 */
void gs_reset_request(struct gs_device *gdev, int epoch, const char *reason)
{
	int asked = READ_ONCE(gdev->reset.asked_epoch);

	WRITE_ONCE(gdev->reset.reason, reason);
	/* Who is late does not take away what somebody else asked for. */
	while (epoch - asked > 0 &&
	       !try_cmpxchg(&gdev->reset.asked_epoch, &asked, epoch))
		;
	queue_work(gdev->timeout_wq, &gdev->reset.work);
}

/**
 * gs_reset_sync() - have the device reset, and wait for it
 * @gdev: the device, possibly unplugged meanwhile
 * @epoch: see gs_reset_request()
 * @reason: a sentence without full stop, a literal
 *
 * When it returns the device has been stopped at least once since @epoch. Not
 * from &gs_device.timeout_wq, and without &gs_reset.lock and &gs_mbox.lock.
 */
void gs_reset_sync(struct gs_device *gdev, int epoch, const char *reason)
{
	gs_reset_request(gdev, epoch, reason);
	flush_work(&gdev->reset.work);
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
	gs_fw_stop(gdev);
	gs_mbox_down(gdev, &lost);
	gs_device_stop(gdev);
	gdev->bus_ops->set_master(gdev, false);
	WRITE_ONCE(gdev->reset.state, GS_RUN_GONE);
	gs_mbox_fail(gdev, &lost, -ENODEV);
	gs_mbox_fail(gdev, NULL, -ENODEV);
	mutex_unlock(&gdev->reset.lock);
	dma_fence_end_signalling(cookie);
	cancel_work_sync(&gdev->reset.work);
}
