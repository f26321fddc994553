// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Contexts: queues of jobs.
 *
 * DOC: Scheduling
 *
 * Each context has a drm_gpu_scheduler with one entity, which waits for
 * dependencies and gives the firmware one job at a time; the next one follows
 * when its fence has signalled. So a job queued behind one that fails never
 * reaches the device. All schedulers share a workqueue for run_job, and an ordered
 * one for their timers, which also runs resets: neither of those can meet itself.
 */
#include <linux/capability.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/genesys_accel.h>

#include "gs_compat.h"
#include "gs_ctx.h"
#include "gs_device.h"
#include "gs_drv.h"
#include "gs_job.h"
#include "gs_vm.h"

/* How long closing a file waits for its jobs to end. */
#define GS_CTX_CLOSE_TIMEOUT msecs_to_jiffies(900)

static u32 gs_ctx_ring(u32 priority)
{
	switch (priority) {
	case DRM_GENESYS_PRIORITY_HIGH:
		return GS_RING_HIGH;
	case DRM_GENESYS_PRIORITY_LOW:
		return GS_RING_LOW;
	default:
		return GS_RING_NORMAL;
	}
}

static int gs_ctx_init_sched(struct gs_ctx *ctx)
{
	const struct drm_sched_init_args args = {
		.ops = &gs_job_sched_ops,
		.submit_wq = ctx->gdev->submit_wq,
		.timeout_wq = ctx->gdev->timeout_wq,
		.num_rqs = 1,
		.credit_limit = 1,
		.timeout = gs_job_backstop(),
		.name = "genesys",
		.dev = ctx->gdev->drm.dev,
	};
	struct drm_gpu_scheduler *sched = &ctx->sched;
	int ret;

	ret = gs_sched_init(sched, &args);
	if (ret)
		return ret;
	ret = drm_sched_entity_init(&ctx->entity, DRM_SCHED_PRIORITY_KERNEL, &sched, 1, NULL);
	if (ret)
		drm_sched_fini(sched);
	return ret;
}

static void gs_ctx_release_work(struct work_struct *work)
{
	struct gs_ctx *ctx = container_of(work, struct gs_ctx, release_work);
	struct gs_device *gdev = ctx->gdev;

	xa_erase(&gdev->ctxs, ctx->id);
	/*
	 * gs_event_job() may have found it before, and whoever signalled the
	 * last job's fence may still be in @sched's callback.
	 */
	spin_lock_irq(&gdev->mbox.lock);
	spin_unlock_irq(&gdev->mbox.lock);
	/* No job is left, so neither has anything to wait for. */
	drm_sched_entity_fini(&ctx->entity);
	drm_sched_fini(&ctx->sched);
	atomic_dec(&ctx->vm->num_ctxs);
	gs_vm_put(ctx->vm);
	mutex_destroy(&ctx->lock);
	kfree(ctx);
	drm_dev_put(&gdev->drm);
	/* Unloading destroys gs_release_wq, so this still returns. */
	module_put(THIS_MODULE);
}

static void gs_ctx_release(struct kref *ref)
{
	struct gs_ctx *ctx = container_of(ref, struct gs_ctx, ref);

	INIT_WORK(&ctx->release_work, gs_ctx_release_work);
	queue_work(gs_release_wq, &ctx->release_work);
}

struct gs_ctx *gs_ctx_get(struct gs_ctx *ctx)
{
	kref_get(&ctx->ref);
	return ctx;
}

void gs_ctx_put(struct gs_ctx *ctx)
{
	kref_put(&ctx->ref, gs_ctx_release);
}

/**
 * gs_ctx_lookup() - find a context
 * @file: whose
 * @handle: number userspace knows it by
 *
 * Return: the context, with a reference, or NULL.
 */
struct gs_ctx *gs_ctx_lookup(struct gs_file *file, u32 handle)
{
	struct gs_ctx *ctx;

	xa_lock(&file->ctxs);
	ctx = xa_load(&file->ctxs, handle);
	if (ctx)
		kref_get(&ctx->ref);
	xa_unlock(&file->ctxs);
	return ctx;
}

/* Of destroyed ones too, whose jobs may wait for fences of others for long. */
static int gs_ctx_count(struct gs_vm *vm)
{
	if (atomic_inc_return(&vm->num_ctxs) <= GS_CTX_MAX_UNRELEASED)
		return 0;
	/* Some may only not have been released yet. */
	flush_workqueue(gs_release_wq);
	if (atomic_read(&vm->num_ctxs) <= GS_CTX_MAX_UNRELEASED)
		return 0;
	atomic_dec(&vm->num_ctxs);
	return -ENOSPC;
}

static struct gs_ctx *gs_ctx_create(struct gs_device *gdev, struct gs_vm *vm,
				    const struct drm_genesys_ctx_create *args)
{
	struct gs_ctx *ctx;
	int ret;

	ret = gs_ctx_count(vm);
	if (ret)
		return ERR_PTR(ret);
	ret = -ENOMEM;
	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);
	if (!ctx)
		goto err_uncount;
	kref_init(&ctx->ref);
	ctx->gdev = gdev;
	ctx->ring = gs_ctx_ring(args->priority);
	ctx->timeout_ms = args->timeout_ms;
	ctx->fence_context = dma_fence_context_alloc(1);
	mutex_init(&ctx->lock);
	spin_lock_init(&ctx->state_lock);
	INIT_LIST_HEAD(&ctx->removal);
	ret = gs_ctx_init_sched(ctx);
	if (ret)
		goto err_free;
	ctx->vm = gs_vm_get(vm);
	ret = xa_alloc_cyclic(&gdev->ctxs, &ctx->id, ctx, xa_limit_31b, &gdev->next_ctx,
			      GFP_KERNEL_ACCOUNT);
	if (ret < 0)
		goto err_put_vm;
	/* A job that waits for somebody else's fence may outlive its file. */
	drm_dev_get(&gdev->drm);
	__module_get(THIS_MODULE);
	return ctx;

err_put_vm:
	gs_vm_put(vm);
	drm_sched_entity_fini(&ctx->entity);
	drm_sched_fini(&ctx->sched);
err_free:
	mutex_destroy(&ctx->lock);
	kfree(ctx);
err_uncount:
	atomic_dec(&vm->num_ctxs);
	return ERR_PTR(ret);
}

/* Nothing more is submitted, what is queued does not run, what runs is aborted. */
static void gs_ctx_cancel(struct gs_ctx *ctx)
{
	int idx;

	mutex_lock(&ctx->lock);
	spin_lock_irq(&ctx->state_lock);
	ctx->status.cancelled = true;
	spin_unlock_irq(&ctx->state_lock);
	mutex_unlock(&ctx->lock);
	if (drm_dev_enter(&ctx->gdev->drm, &idx)) {
		gs_mbox_cancel(ctx->gdev, ctx);
		drm_dev_exit(idx);
	}
}

/**
 * gs_ctx_close_all() - end the contexts of a file that is closed
 * @file: the file; its BOs have no handles any more
 *
 * Waits a little for the jobs, so that memory and address space are free again
 * when close() returns.
 */
void gs_ctx_close_all(struct gs_file *file)
{
	struct gs_ctx *ctx;
	unsigned long handle;

	xa_for_each(&file->ctxs, handle, ctx)
		gs_ctx_cancel(ctx);
	xa_for_each(&file->ctxs, handle, ctx)
		gs_ctx_put(ctx);
	xa_destroy(&file->ctxs);
	gs_vm_wait_unused(file->vm, GS_CTX_CLOSE_TIMEOUT);
}

struct gs_ctx_status gs_ctx_status(struct gs_ctx *ctx)
{
	struct gs_ctx_status status;
	unsigned long flags;

	spin_lock_irqsave(&ctx->state_lock, flags);
	status = ctx->status;
	spin_unlock_irqrestore(&ctx->state_lock, flags);
	return status;
}

/**
 * gs_ctx_job_ended() - note how a job ended, before its fence signals
 * @ctx: its context
 * @seqno: of the job
 * @end: how it ended
 */
void gs_ctx_job_ended(struct gs_ctx *ctx, u64 seqno, const struct gs_job_end *end)
{
	struct gs_ctx_status *status = &ctx->status;
	unsigned long flags;

	spin_lock_irqsave(&ctx->state_lock, flags);
	if (end->cause && !status->guilty) {
		status->guilty = end->guilty;
		status->cause = end->cause;
		status->fault_code = end->fault_code;
		status->block = end->block;
		status->word = end->word;
		status->address = end->address;
		status->seqno = seqno;
	}
	status->completed = seqno;
	status->busy_ticks += end->ticks;
	spin_unlock_irqrestore(&ctx->state_lock, flags);
	atomic64_add(end->ticks, &ctx->vm->busy_ticks);
	atomic_dec(&ctx->num_jobs);
	atomic_dec(&ctx->gdev->num_jobs);
}

/* ---- ioctls -------------------------------------------------------------- */

static int gs_ctx_check_args(const struct drm_genesys_ctx_create *args)
{
	if (args->flags || args->ctx_id || args->priority > DRM_GENESYS_PRIORITY_LOW ||
	    args->timeout_ms > GS_MAX_TIMEOUT_MS)
		return -EINVAL;
	if (args->priority == DRM_GENESYS_PRIORITY_HIGH && !capable(CAP_SYS_NICE))
		return -EACCES;
	return 0;
}

int gs_ctx_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_genesys_ctx_create *args = data;
	struct gs_file *gfile = file->driver_priv;
	struct gs_ctx *ctx;
	int ret, idx;
	u32 id;

	ret = gs_ctx_check_args(args);
	if (ret)
		return ret;
	if (!args->timeout_ms)
		args->timeout_ms = GS_CTX_DEFAULT_TIMEOUT_MS;
	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;
	ctx = gs_ctx_create(to_gs_device(drm), gfile->vm, args);
	drm_dev_exit(idx);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	ret = xa_alloc(&gfile->ctxs, &id, ctx, XA_LIMIT(1, GS_CTX_MAX_PER_FILE),
		       GFP_KERNEL_ACCOUNT);
	if (ret) {
		gs_ctx_put(ctx);
		return ret == -EBUSY ? -ENOSPC : ret;
	}
	args->ctx_id = id;
	return 0;
}

int gs_ctx_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_genesys_ctx_destroy *args = data;
	struct gs_file *gfile = file->driver_priv;
	struct gs_ctx *ctx;

	if (args->pad)
		return -EINVAL;
	ctx = xa_erase(&gfile->ctxs, args->ctx_id);
	if (!ctx)
		return -ENOENT;
	gs_ctx_cancel(ctx);
	gs_ctx_put(ctx);
	return 0;
}
