/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_DEVICE_H
#define GS_DEVICE_H

#include <linux/fault-inject.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <drm/drm_device.h>

#include "gs_bo.h"
#include "gs_fw.h"
#include "gs_irq.h"
#include "gs_mbox.h"
#include "gs_mmu.h"
#include "gs_regs.h"
#include "gs_reset.h"

/**
 * DOC: Locks
 *
 * From the outside in; a lock may be taken while holding those above it:
 *
 * * &gs_bo_list.lock: which BOs there are, and the end of their DMA
 * * dma_resv of BOs (drm_exec)
 * * &gs_ctx.lock: order of submission
 * * &gs_bo.lock: which mappings there are
 * * &gs_mmu.vms_lock, &gs_vm.lock: address spaces and page tables
 * * &gs_mmu.inval_lock: the registers of an invalidation
 * * &gs_reset.lock: starting and stopping the device
 * * &gs_mbox.lock: rings, and which job is where; taken in interrupts
 * * &gs_ctx.state_lock, &gs_device.latch_lock
 *
 * From &gs_reset.lock on they are taken on the way to signalling fences, so
 * nothing is allocated under them. The lock of &gs_device.ctxs is not taken
 * under &gs_mbox.lock: a context leaves the table first, and then whoever found
 * it there is waited for with that lock.
 *
 * Registers are touched within drm_dev_enter(), or where gs_device_unplug()
 * cannot return meanwhile: in an interrupt; with &gs_reset.lock held, or
 * &gs_mmu.inval_lock, while &gs_reset.state is %GS_RUN_UP; with &gs_mbox.lock
 * held, while &gs_mbox.state says that the rings are in use. No more than one
 * drm_dev_enter() is needed on a way, and nobody waits within it for
 * unplugging.
 */

struct gs_device;
struct vfsmount;

/**
 * struct gs_bus_ops - what the core asks of the bus
 */
struct gs_bus_ops {
	/** @set_master: allow or forbid the device to access memory. */
	void (*set_master)(struct gs_device *gdev, bool on);
};

/**
 * struct gs_device_info - registers that never change, read at probe
 */
struct gs_device_info {
	/** @hw_version: major << 16 | minor */
	u32 hw_version;

	/** @caps: GS_CAP_* */
	u32 caps;

	/** @timestamp_khz: of the device's clock, not 0 */
	u32 timestamp_khz;

	/** @arch_hash: of the architecture */
	u64 arch_hash;

	/** @params: of the machine, by enum gs_hw_param */
	u32 params[GS_PARAM_COUNT];
};

/**
 * struct gs_device - one NPU
 */
struct gs_device {
	/** @drm: the accel device; the rest lives as long as it does. */
	struct drm_device drm;

	/** @regs: the register BAR; see DOC: Locks for who may use it. */
	void __iomem *regs;

	/** @irqs: numbers of the interrupts; the first is that of GS_REG_INT_STATUS. */
	int irqs[GS_NUM_VECTORS];

	/** @num_irqs: entries of @irqs that are valid, at least one. */
	unsigned int num_irqs;

	/** @bus_ops: of the bus glue. */
	const struct gs_bus_ops *bus_ops;

	/** @info: identification. */
	struct gs_device_info info;

	/** @latch_lock: reading the low half of a counter latches the high one. */
	spinlock_t latch_lock;

	/** @fw: image and version. */
	struct gs_fw fw;

	/** @mmu: context table, page tables, ASIDs. */
	struct gs_mmu mmu;

	/** @mbox: rings. */
	struct gs_mbox mbox;

	/** @irq_state: what the hard handler leaves to the thread. */
	struct gs_irq irq_state;

	/** @reset: start, stop, recovery. */
	struct gs_reset reset;

	/** @huge: a tmpfs with huge pages, or NULL; see gs_huge.c */
	struct vfsmount *huge;

	/** @bos: all BOs, so that unplugging can end their DMA. */
	struct gs_bo_list bos;

	/**
	 * @ctxs: contexts of all files by the number the firmware knows them
	 * by. A context that has a job in the rings does not leave.
	 */
	struct xarray ctxs;

	/** @next_ctx: state of the cyclic allocation in @ctxs. */
	u32 next_ctx;

	/** @num_jobs: submitted and not ended */
	atomic_t num_jobs;

	/** @peak_jobs: most of them */
	atomic_t peak_jobs;

	/** @submit_wq: run_job and free_job of all schedulers. */
	struct workqueue_struct *submit_wq;

	/** @timeout_wq: backstops of all schedulers and resets, ordered. */
	struct workqueue_struct *timeout_wq;
};

static inline struct gs_device *to_gs_device(struct drm_device *drm)
{
	return container_of(drm, struct gs_device, drm);
}

#ifdef CONFIG_FAULT_INJECTION
/* Makes waits for registers fail, see debugfs "fail_poll". */
extern struct fault_attr gs_device_fail_poll;
#endif

int gs_device_probe(struct gs_device *gdev);
void gs_device_unplug(struct gs_device *gdev);
int gs_device_start(struct gs_device *gdev);
int gs_device_stop(struct gs_device *gdev);
int gs_device_poll(struct gs_device *gdev, u32 reg, u32 mask, u32 value,
		   u32 timeout_us);
u64 gs_device_read_counter(struct gs_device *gdev, u32 reg);
u64 gs_device_ticks_to_ns(const struct gs_device *gdev, u64 ticks);

#endif /* GS_DEVICE_H */
