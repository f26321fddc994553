/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_JOB_H
#define GS_JOB_H

#include <linux/dma-fence.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/workqueue.h>

#include <drm/gpu_scheduler.h>

#include <genesys/hw_abi.h>

struct gs_ctx;
struct gs_device;
struct gs_mapping;

/**
 * struct gs_fence - the fence of a job
 *
 * This one, and not the scheduler's, goes into syncobjs and reservations: it
 * refers to nothing but itself and this module, which it keeps loaded, and so
 * may outlive context, file and device.
 */
struct gs_fence {
	/** @base: what others see */
	struct dma_fence base;

	/** @lock: of @base */
	spinlock_t lock;
};

/**
 * enum gs_job_state - where a job is
 */
enum gs_job_state {
	/** @GS_JOB_QUEUED: in the scheduler, or still being made */
	GS_JOB_QUEUED,

	/** @GS_JOB_WAITING: in &gs_mbox.waiting */
	GS_JOB_WAITING,

	/** @GS_JOB_SENT: in &gs_mbox.sent */
	GS_JOB_SENT,

	/** @GS_JOB_ENDED: its fence has signalled */
	GS_JOB_ENDED,
};

/**
 * struct gs_job_end - how a job ended
 */
struct gs_job_end {
	/** @error: of the fence; 0 or negative errno */
	int error;

	/** @guilty: its context may not go on */
	bool guilty;

	/** @cause: enum drm_genesys_ctx_cause */
	u32 cause;

	/** @fault_code: see &struct gs_event */
	u32 fault_code;

	/** @block: see &struct gs_event */
	u32 block;

	/** @word: see &struct gs_event */
	u32 word;

	/** @address: see &struct gs_event */
	u64 address;

	/** @ticks: of the device's clock, on the core */
	u64 ticks;
};

/**
 * struct gs_job - one job, from SUBMIT until nothing needs it any more
 */
struct gs_job {
	/** @base: the scheduler's part */
	struct drm_sched_job base;

	/** @ref: once armed: the scheduler's, and SUBMIT's until it is done */
	struct kref ref;

	/** @ctx: a reference */
	struct gs_ctx *ctx;

	/** @fence: a reference; initialized when the job is armed */
	struct gs_fence *fence;

	/** @cmd: what is sent, again if a reset made the firmware forget it */
	struct gs_cmd cmd;

	/** @state: &gs_mbox.lock */
	enum gs_job_state state;

	/** @ring_pos: counter of the command's entry while sent; &gs_mbox.lock */
	u32 ring_pos;

	/** @hung: the core did not stop for the watchdog that ended it; &gs_mbox.lock */
	bool hung;

	/** @link: in the list @state names; &gs_mbox.lock */
	struct list_head link;

	/** @release_work: dropping mappings may have to wait for the device */
	struct work_struct release_work;

	/** @num_mappings: entries of @mappings */
	u32 num_mappings;

	/** @mappings: of the BOs it lists; a reference each */
	struct gs_mapping *mappings[] __counted_by(num_mappings);
};

static inline struct gs_job *to_gs_job(struct drm_sched_job *base)
{
	return container_of(base, struct gs_job, base);
}

extern const struct drm_sched_backend_ops gs_job_sched_ops;

struct gs_job *gs_job_create(struct gs_ctx *ctx, u32 num_mappings, u64 client_id);
void gs_job_destroy(struct gs_job *job);
void gs_job_put(struct gs_job *job);
void gs_job_arm(struct gs_job *job, u64 seqno);
u64 gs_job_seqno(const struct gs_job *job);
void gs_job_end(struct gs_job *job, const struct gs_job_end *end);
long gs_job_backstop(void);

#endif /* GS_JOB_H */
