/* SPDX-License-Identifier: MIT */
/*
 * The GeneSys device without a bus: registers, command processor, MMU and the
 * hand-over of jobs to the core. docs/device.md specifies what it does; a
 * shell (QEMU's PCI and platform devices, the harness in tests/device) gives
 * it a bus, interrupts, time and threads.
 *
 * One lock of the shell's, "the lock", protects a device: QEMU's BQL. All
 * functions are called with it held except gs_dev_core_work(), which runs for
 * the length of a job in a thread of the shell's and takes the lock itself,
 * by ops->lock, for short times. The device has no threads and no globals.
 *
 * Nothing here blocks the holder of the lock for longer than the copy of a
 * page, one slice of the command processor, or the load of a firmware image.
 */
#ifndef GS_DEVICE_H
#define GS_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "genesys/arch.h"
#include "genesys/hw_abi.h"

struct gs_dev;

/** What the shell does for a device. Members are mandatory unless marked optional. */
struct gs_dev_ops {
	/* With the lock held. None of them may call a gs_dev function. */

	/** Bus accesses, at most 64 KiB: 0, or anything else when the bus refused. */
	int (*dma_read)(void *ctx, uint64_t bus, void *dst, size_t size);
	int (*dma_write)(void *ctx, uint64_t bus, const void *src, size_t size);
	/**
	 * Optional, both or none: a host pointer to plain memory at
	 * [bus, bus + size), size 4 KiB or 2 MiB, or NULL when there is none to
	 * the whole range. The worker reads (and writes, if @write) it without
	 * the lock until unmap, which comes at the latest with the end of the
	 * job, an invalidation or a reset.
	 */
	void *(*map)(void *ctx, uint64_t bus, size_t size, bool write);
	void (*unmap)(void *ctx, void *host, size_t size, bool write);
	/**
	 * After each change of INT_STATUS & INT_ENABLE. @level: not zero now, for
	 * a line; @rise: a bit of it rose, for a message (MSI).
	 */
	void (*set_irq)(void *ctx, bool level, bool rise);
	/**
	 * Optional: send message @vector, 1 to GS_NUM_VECTORS - 1. False: there
	 * are no messages now, and INT_STATUS.EVENT is raised instead.
	 */
	bool (*message)(void *ctx, uint32_t vector);
	/** The command processor has work: call gs_dev_cp_slice() soon, not from here. */
	void (*kick_cp)(void *ctx);
	/** A job waits: have a worker call gs_dev_core_work() soon, not from here. */
	void (*start_core)(void *ctx);
	/**
	 * Call gs_dev_timer() when now() reaches @deadline; replaces an earlier
	 * one. UINT64_MAX: no more.
	 */
	void (*set_timer)(void *ctx, uint64_t deadline);

	/* From any thread, with or without the lock. */

	/** Nanoseconds, never decreasing: the TIMESTAMP register. */
	uint64_t (*now)(void *ctx);

	/* From gs_dev_core_work(), without the lock. */

	void (*lock)(void *ctx);
	void (*unlock)(void *ctx);
	/** Optional: pause, at most 1000 microseconds a call; else nanosleep(). */
	void (*sleep)(void *ctx, uint32_t us);
};

struct gs_dev_props {
	/** entries of the context table, 1 to GS_DEV_MAX_ASIDS; 0: 64 */
	uint32_t num_asids;
	bool test_regs; /**< the fault-injection page answers */
	/** delay of each block at reset, microseconds; see GS_TEST_SLOW_US */
	uint32_t slow_us;
	uint64_t max_work; /**< of a job, as in struct gs_job; 0: the core's bound */
	const struct gs_dev_ops *ops; /**< must outlive the device */
	void *ops_ctx; /**< first argument of all ops */
};

#define GS_DEV_MAX_ASIDS 65536u

/** Longest delay of a block, microseconds; a larger one counts as this. */
#define GS_DEV_MAX_SLOW_US 1000000u

/**
 * gs_dev_create() - a device in its reset state
 * Calls none of the ops. NULL: out of memory, @arch fails gs_arch_check(), or
 * a property is out of range.
 */
struct gs_dev *gs_dev_create(const struct gs_arch *arch,
			     const struct gs_dev_props *props);

/**
 * gs_dev_destroy() - free a device
 * No thread may be inside gs_dev_core_work(): call gs_dev_reset() first, then
 * join the worker without the lock, which it may be waiting for. NULL is allowed.
 */
void gs_dev_destroy(struct gs_dev *dev);

/**
 * gs_dev_reset() - the device reset, as CONTROL.RESET; for bus resets and FLR
 * Registers have their reset values, the interrupt line is low and the device
 * does not touch memory from the moment it returns. If a worker is inside a
 * job, that job is told to stop and STATUS.RESETTING stays set until
 * gs_dev_core_finish() was called for it.
 */
void gs_dev_reset(struct gs_dev *dev);

/**
 * gs_dev_mmio_read() - read a register
 * @offset: in the register BAR, test page included; MSI-X is the shell's
 * @size: of the access in bytes
 * @val: always written, 0 on error
 * Returns 0; -EINVAL when not 4 bytes at a multiple of 4 (the shell answers
 * with a bus error); -ENXIO where no register is (reads 0; the shell may log);
 * -EBUSY when called from inside one of the ops.
 */
int gs_dev_mmio_read(struct gs_dev *dev, uint64_t offset, unsigned size,
		     uint32_t *val);

/**
 * gs_dev_mmio_write() - write a register
 * Returns as gs_dev_mmio_read(), and -EPERM for a read-only register; whatever
 * is not 0 had no effect.
 */
int gs_dev_mmio_write(struct gs_dev *dev, uint64_t offset, unsigned size,
		      uint32_t val);

/** Outcome of a slice. */
enum gs_cp_slice {
	GS_CP_SLICE_IDLE, /**< asleep or stopped: no more before ops->kick_cp */
	GS_CP_SLICE_MORE, /**< fuel used up: call again soon */
};

/**
 * gs_dev_cp_slice() - run the command processor
 * @fuel: most instructions to run
 * Calling it without need does no harm. Loads the firmware image after FW_CONTROL.START.
 */
enum gs_cp_slice gs_dev_cp_slice(struct gs_dev *dev, uint32_t fuel);

/** gs_dev_timer() - the time given to ops->set_timer has come */
void gs_dev_timer(struct gs_dev *dev);

/**
 * gs_dev_core_work() - run the job that waits, if there is one
 * WITHOUT the lock, in a worker thread; returns when the job ended or was
 * stopped. Returns true when gs_dev_core_finish() is due, with the lock held.
 * Needless and concurrent calls do no harm.
 */
bool gs_dev_core_work(struct gs_dev *dev);

/**
 * gs_dev_core_finish() - publish the job's results to the command processor
 * Or end a reset that waited for the worker. Needless calls do no harm.
 */
void gs_dev_core_finish(struct gs_dev *dev);

/**
 * gs_dev_core_busy() - may a worker be inside, or is a finish due?
 * False after gs_dev_reset() means that nothing is left to wait for.
 */
bool gs_dev_core_busy(const struct gs_dev *dev);

/**
 * gs_dev_unmap_all() - give back every host pointer
 * For shells whose memory changes while a job runs (bus mastering switched
 * off); what the job needs later is translated and mapped again.
 */
void gs_dev_unmap_all(struct gs_dev *dev);

#endif /* GS_DEVICE_H */
