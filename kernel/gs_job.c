// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Jobs and their fences.
 *
 * DOC: Life of a job
 *
 * SUBMIT makes it, arms it and puts it into the queue of its context's
 * scheduler (%GS_JOB_QUEUED). When the fences it depends on have signalled and
 * the job before it has ended, the scheduler calls run_job(), which gives it to
 * the rings (%GS_JOB_WAITING, %GS_JOB_SENT). An event, a cancellation or a
 * reset ends it: the fence signals (%GS_JOB_ENDED). The scheduler then calls
 * free_job(); what may have to wait for the device or needs locks that must
 * not be taken on the way to signalling fences is done by a work.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/genesys_accel.h>

#include "gs_compat.h"
#include "gs_ctx.h"
#include "gs_device.h"
#include "gs_drv.h"
#include "gs_job.h"
#include "gs_trace.h"
#include "gs_vm.h"

/*
 * How often a job that does not end is looked after. Not a judgement: the
 * watchdog of the firmware makes those, after the context's timeout.
 */
#define GS_JOB_BACKSTOP_MS 1000

/* ---- fences -------------------------------------------------------------- */

static const char *gs_fence_driver_name(struct dma_fence *fence)
{
	return "genesys";
}

static const char *gs_fence_timeline_name(struct dma_fence *fence)
{
	return "context";
}

static void gs_fence_free_rcu(struct rcu_head *rcu)
{
	struct dma_fence *base = container_of(rcu, struct dma_fence, rcu);

	kfree(container_of(base, struct gs_fence, base));
	/* Unloading waits for callbacks, so this one still returns. */
	module_put(THIS_MODULE);
}

static void gs_fence_release(struct dma_fence *base)
{
	call_rcu(&base->rcu, gs_fence_free_rcu);
}

static const struct dma_fence_ops gs_fence_ops = {
	.get_driver_name = gs_fence_driver_name,
	.get_timeline_name = gs_fence_timeline_name,
	.release = gs_fence_release,
};

/* ---- making and unmaking ------------------------------------------------- */

/**
 * gs_job_create() - allocate all a job will need
 * @ctx: its context
 * @num_mappings: entries of &gs_job.mappings, which start as NULL
 * @client_id: of the file, for tracing
 *
 * Return: the job, to be given to gs_job_destroy() or, armed, to the
 * scheduler; or an error pointer.
 */
struct gs_job *gs_job_create(struct gs_ctx *ctx, u32 num_mappings, u64 client_id)
{
	struct gs_job *job;
	int ret = -ENOMEM;

	job = kzalloc(struct_size(job, mappings, num_mappings), GFP_KERNEL_ACCOUNT);
	if (!job)
		return ERR_PTR(-ENOMEM);
	kref_init(&job->ref);
	job->num_mappings = num_mappings;
	INIT_LIST_HEAD(&job->link);
	job->fence = kzalloc(sizeof(*job->fence), GFP_KERNEL_ACCOUNT);
	if (!job->fence)
		goto err_free_job;
	spin_lock_init(&job->fence->lock);
	ret = gs_sched_job_init(&job->base, &ctx->entity, ctx, client_id);
	if (ret)
		goto err_free_fence;
	job->ctx = gs_ctx_get(ctx);
	return job;

err_free_fence:
	kfree(job->fence);
err_free_job:
	kfree(job);
	return ERR_PTR(ret);
}

static void gs_job_release(struct gs_job *job)
{
	u32 i;

	for (i = 0; i < job->num_mappings; i++)
		if (job->mappings[i])
			gs_mapping_put(job->mappings[i]);
	gs_ctx_put(job->ctx);
	kfree(job);
}

/**
 * gs_job_destroy() - throw a job away that was not armed
 * @job: the job
 */
void gs_job_destroy(struct gs_job *job)
{
	drm_sched_job_cleanup(&job->base);
	kfree(job->fence);
	gs_job_release(job);
}

/**
 * gs_job_arm() - the point of no return
 * @job: will end, and its fence signal
 * @seqno: its number in the context
 *
 * The caller holds &gs_ctx.lock and goes on with drm_sched_entity_push_job().
 */
void gs_job_arm(struct gs_job *job, u64 seqno)
{
	struct gs_ctx *ctx = job->ctx;

	lockdep_assert_held(&ctx->lock);

	job->cmd.seqno = cpu_to_le64(seqno);
	/* Says nothing new: an event that does not return it is made up. */
	job->cmd.cookie = cpu_to_le64(seqno << 32 | ctx->id);
	/* The caller's file keeps the module; each fence may outlive it. */
	__module_get(THIS_MODULE);
	dma_fence_init(&job->fence->base, &gs_fence_ops, &job->fence->lock,
		       ctx->fence_context, seqno);
	drm_sched_job_arm(&job->base);
}

u64 gs_job_seqno(const struct gs_job *job)
{
	return le64_to_cpu(job->cmd.seqno);
}

/* One line for each guilty job, as long as there are few. */
static void gs_job_log_guilty(const struct gs_job *job, const struct gs_job_end *end)
{
	static const char *const causes[] = {
		[DRM_GENESYS_CAUSE_HANG] = "hang",
		[DRM_GENESYS_CAUSE_MMU_FAULT] = "MMU fault",
		[DRM_GENESYS_CAUSE_CORE_FAULT] = "core fault",
	};

	dev_warn_ratelimited(job->ctx->gdev->drm.dev,
			     "Job %llu of context %u failed: %s, code %u, block %u, word %u, address 0x%llx, address space %u\n",
			     gs_job_seqno(job), job->ctx->id, causes[end->cause],
			     end->fault_code, end->block, end->word, end->address,
			     le32_to_cpu(job->cmd.asid));
}

/**
 * gs_job_end() - a job has ended, or will not run
 * @job: the job; the scheduler may free it as soon as &gs_mbox.lock is dropped
 * @end: how
 */
void gs_job_end(struct gs_job *job, const struct gs_job_end *end)
{
	struct gs_ctx *ctx = job->ctx;

	lockdep_assert_held(&ctx->gdev->mbox.lock);

	if (job->state == GS_JOB_SENT && ctx->gdev->mbox.num_sent)
		ctx->gdev->mbox.num_sent--;
	trace_gs_job_end(ctx->id, gs_job_seqno(job), end->error);
	if (end->guilty)
		gs_job_log_guilty(job, end);
	list_del_init(&job->link);
	job->state = GS_JOB_ENDED;
	if (ctx->running == job) {
		ctx->running = NULL;
		list_del_init(&ctx->removal);
	}
	/* Who was waiting finds the context's state and room for another job. */
	gs_ctx_job_ended(ctx, gs_job_seqno(job), end);
	if (end->error)
		dma_fence_set_error(&job->fence->base, end->error);
	dma_fence_signal(&job->fence->base);
}

/* ---- callbacks of the scheduler ------------------------------------------ */

static void gs_job_fail(struct gs_job *job, int error)
{
	const struct gs_job_end end = { .error = error };
	struct gs_mbox *mbox = &job->ctx->gdev->mbox;
	unsigned long flags;

	spin_lock_irqsave(&mbox->lock, flags);
	gs_job_end(job, &end);
	spin_unlock_irqrestore(&mbox->lock, flags);
}

/* The scheduler gets a reference of its own. */
static struct dma_fence *gs_job_run(struct drm_sched_job *base)
{
	struct gs_job *job = to_gs_job(base);
	struct gs_device *gdev = job->ctx->gdev;
	struct dma_fence *fence = dma_fence_get(&job->fence->base);
	bool cookie = dma_fence_begin_signalling();
	int ret = -ENODEV;
	int idx;

	if (drm_dev_enter(&gdev->drm, &idx)) {
		ret = gs_mbox_run(gdev, job);
		drm_dev_exit(idx);
	} else {
		gs_job_fail(job, ret);
	}
	dma_fence_end_signalling(cookie);
	if (!ret)
		return fence;
	dma_fence_put(fence);
	return ERR_PTR(ret);
}

/*
 * The job has not ended for a while. If it was an interrupt that got lost,
 * looking at the rings ends it; if the firmware is alive, it knows the job and
 * will end it; if not, the device is reset.
 */
static enum drm_gpu_sched_stat gs_job_timedout(struct drm_sched_job *base)
{
	struct gs_job *job = to_gs_job(base);
	struct gs_device *gdev = job->ctx->gdev;
	bool cookie = dma_fence_begin_signalling();
	int epoch = gs_reset_epoch(gdev);
	int ret, idx;

	if (drm_dev_enter(&gdev->drm, &idx)) {
		gs_mbox_drain(gdev);
		ret = 0;
		if (!dma_fence_is_signaled(&job->fence->base) && !gs_mbox_alive(gdev))
			ret = gs_mbox_ping(gdev);
		/* Not connected: who stopped the firmware takes care of the job. */
		if (ret && ret != -ENOTCONN)
			gs_reset_now(gdev, epoch, "Firmware is silent");
		drm_dev_exit(idx);
	}
	dma_fence_end_signalling(cookie);
	return gs_sched_job_go_on(base);
}

static void gs_job_release_work(struct work_struct *work)
{
	gs_job_release(container_of(work, struct gs_job, release_work));
}

/*
 * Most jobs drop no last reference, and then nothing waits and no lock is taken:
 * no other thread need be woken for that. False: something is left.
 */
static bool gs_job_release_now(struct gs_job *job)
{
	bool left = false;
	u32 i;

	for (i = 0; i < job->num_mappings; i++) {
		if (gs_mapping_put_unless_last(job->mappings[i]))
			job->mappings[i] = NULL;
		else
			left = true;
	}
	if (!left)
		gs_job_release(job);
	return !left;
}

static void gs_job_release_later(struct kref *ref)
{
	struct gs_job *job = container_of(ref, struct gs_job, ref);

	if (gs_job_release_now(job))
		return;
	INIT_WORK(&job->release_work, gs_job_release_work);
	queue_work(gs_release_wq, &job->release_work);
}

/**
 * gs_job_put() - drop a reference of a job that was armed
 * @job: its BOs are let go with the last one, a little later
 */
void gs_job_put(struct gs_job *job)
{
	kref_put(&job->ref, gs_job_release_later);
}

static void gs_job_free(struct drm_sched_job *base)
{
	struct gs_job *job = to_gs_job(base);

	drm_sched_job_cleanup(base);
	dma_fence_put(&job->fence->base);
	gs_job_put(job);
}

const struct drm_sched_backend_ops gs_job_sched_ops = {
	.run_job = gs_job_run,
	.timedout_job = gs_job_timedout,
	.free_job = gs_job_free,
};

/**
 * gs_job_backstop() - period of the scheduler's timer
 *
 * Return: jiffies.
 */
long gs_job_backstop(void)
{
	return msecs_to_jiffies(GS_JOB_BACKSTOP_MS);
}
