/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_RESET_H
#define GS_RESET_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

struct gs_device;

/**
 * enum gs_run_state - is the device running?
 */
enum gs_run_state {
	/** @GS_RUN_DOWN: stopped; holds no translations and accesses nothing */
	GS_RUN_DOWN,

	/** @GS_RUN_UP: started */
	GS_RUN_UP,

	/** @GS_RUN_DEAD: stopped, and starting it failed */
	GS_RUN_DEAD,

	/** @GS_RUN_GONE: stopped for good, the driver is being unbound */
	GS_RUN_GONE,
};

/**
 * struct gs_reset - starting, stopping and recovering the device
 */
struct gs_reset {
	/** @lock: held while the device is started or stopped */
	struct mutex lock;

	/**
	 * @state: written under @lock. Read without it where the answer may be
	 * old: leaving %GS_RUN_UP comes after the device has stopped.
	 */
	enum gs_run_state state;

	/** @work: a reset that was asked for, on &gs_device.timeout_wq */
	struct work_struct work;

	/**
	 * @epoch: counts starts. A reset is asked for because of what was seen
	 * in an epoch, and is not needed any more in a later one.
	 */
	atomic_t epoch;

	/** @asked_epoch: the latest a reset was asked for */
	int asked_epoch;

	/** @reason: of the latest request, a literal; WRITE_ONCE() */
	const char *reason;

	/** @count: of resets since probe */
	atomic_t count;
};

int gs_reset_init(struct gs_device *gdev);
int gs_reset_first_start(struct gs_device *gdev);
int gs_reset_epoch(struct gs_device *gdev);
void gs_reset_request(struct gs_device *gdev, int epoch, const char *reason);
void gs_reset_sync(struct gs_device *gdev, int epoch, const char *reason);
void gs_reset_now(struct gs_device *gdev, int epoch, const char *reason);
void gs_reset_prepare(struct gs_device *gdev);
void gs_reset_done(struct gs_device *gdev);
void gs_reset_unplug(struct gs_device *gdev);

#endif /* GS_RESET_H */
