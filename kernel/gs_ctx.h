/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GS_CTX_H
#define GS_CTX_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <drm/gpu_scheduler.h>

struct drm_device;
struct drm_file;
struct gs_device;
struct gs_file;
struct gs_job;
struct gs_job_end;
struct gs_vm;

/**
 * GS_CTX_MAX_PER_FILE - contexts of a file; each costs a scheduler
 */
#define GS_CTX_MAX_PER_FILE 64

/**
 * GS_CTX_MAX_UNRELEASED - contexts of a file and those it destroyed whose jobs
 * have not ended, which wait for fences of others
 */
#define GS_CTX_MAX_UNRELEASED (4 * GS_CTX_MAX_PER_FILE)

/**
 * GS_CTX_MAX_JOBS - unfinished jobs of a context
 */
#define GS_CTX_MAX_JOBS 256

/**
 * GS_CTX_DEFAULT_TIMEOUT_MS - for contexts that do not ask for a timeout
 */
#define GS_CTX_DEFAULT_TIMEOUT_MS 2000

/**
 * struct gs_ctx_status - how a context is doing
 */
struct gs_ctx_status {
	/** @guilty: a job failed, no other may run */
	bool guilty;

	/** @cancelled: destroyed, no job may run */
	bool cancelled;

	/** @cause: enum drm_genesys_ctx_cause */
	u32 cause;

	/** @fault_code: of the failed job */
	u32 fault_code;

	/** @block: of the failed job's program */
	u32 block;

	/** @word: in @block */
	u32 word;

	/** @seqno: of the failed job */
	u64 seqno;

	/** @address: of the fault */
	u64 address;

	/** @completed: seqno of the newest job that ended */
	u64 completed;

	/** @busy_ticks: of the device's clock, on the core */
	u64 busy_ticks;
};

/**
 * struct gs_ctx - a queue of jobs
 *
 * References are held by the file's table of contexts and by each job.
 */
struct gs_ctx {
	/** @ref: see above */
	struct kref ref;

	/** @gdev: kept alive by a reference to its drm_device */
	struct gs_device *gdev;

	/** @vm: address space of the jobs; a reference */
	struct gs_vm *vm;

	/** @id: in &gs_device.ctxs, what the firmware knows it by */
	u32 id;

	/** @ring: command ring, which is the priority */
	u32 ring;

	/** @timeout_ms: of a job, from its start */
	u32 timeout_ms;

	/**
	 * @sched: holds jobs until their dependencies have signalled, and gives
	 * out one at a time, so that none of a guilty context ever runs. The
	 * firmware alone chooses between contexts.
	 */
	struct drm_gpu_scheduler sched;

	/** @entity: the only one of @sched */
	struct drm_sched_entity entity;

	/** @fence_context: timeline of the jobs' fences; their seqno is the job's */
	u64 fence_context;

	/** @lock: makes the order of seqnos that of @entity's queue */
	struct mutex lock;

	/** @seqno: of the newest job; @lock for writing */
	u64 seqno;

	/** @num_jobs: unfinished; raised under @lock */
	atomic_t num_jobs;

	/** @state_lock: protects @status */
	spinlock_t state_lock;

	/** @status: see there */
	struct gs_ctx_status status;

	/** @running: the job run_job() was called for; &gs_mbox.lock */
	struct gs_job *running;

	/** @removal: in &gs_mbox.removals, or empty; &gs_mbox.lock */
	struct list_head removal;

	/** @release_work: the last reference may be dropped by @sched itself */
	struct work_struct release_work;
};

struct gs_ctx *gs_ctx_lookup(struct gs_file *file, u32 handle);
struct gs_ctx *gs_ctx_get(struct gs_ctx *ctx);
void gs_ctx_put(struct gs_ctx *ctx);
void gs_ctx_close_all(struct gs_file *file);
struct gs_ctx_status gs_ctx_status(struct gs_ctx *ctx);
void gs_ctx_job_ended(struct gs_ctx *ctx, u64 seqno, const struct gs_job_end *end);

int gs_ctx_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int gs_ctx_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* GS_CTX_H */
