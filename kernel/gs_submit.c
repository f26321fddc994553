// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SUBMIT, in this order: copy everything in; look up and check; lock the BOs
 * and reserve room for the fence; collect what to wait for. Then, under the
 * lock of the context, arm, publish and push: none of it can fail or fault, for
 * all it needs was allocated before.
 */
#include <kunit/visibility.h>
#include <linux/dma-fence-chain.h>
#include <linux/dma-resv.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <drm/drm_drv.h>
#include <drm/drm_exec.h>
#include <drm/drm_print.h>
#include <drm/drm_syncobj.h>
#include <drm/genesys_accel.h>

#include "gs_bo.h"
#include "gs_compat.h"
#include "gs_ctx.h"
#include "gs_device.h"
#include "gs_drv.h"
#include "gs_job.h"
#include "gs_submit.h"
#include "gs_trace.h"
#include "gs_vm.h"

#define GS_BO_REF_USES (DRM_GENESYS_BO_REF_READ | DRM_GENESYS_BO_REF_WRITE)
#define GS_BO_REF_FLAGS (GS_BO_REF_USES | DRM_GENESYS_BO_REF_NO_IMPLICIT)
#define GS_SYNC_FLAGS (DRM_GENESYS_SYNC_WAIT | DRM_GENESYS_SYNC_SIGNAL)

/* Sizes of elements in version 1.0, the least a caller may know. */
#define GS_BO_REF_BYTES 8
#define GS_SYNC_BYTES 16

static_assert(DRM_GENESYS_NUM_WINDOWS == GS_NUM_WINDOWS);

/**
 * struct gs_signal - a syncobj that gets the job's fence
 */
struct gs_signal {
	/** @syncobj: a reference */
	struct drm_syncobj *syncobj;

	/** @chain: of a timeline point, until it is used; NULL for a binary one */
	struct dma_fence_chain *chain;

	/** @point: of the timeline */
	u64 point;
};

/**
 * struct gs_submit - a SUBMIT in the making
 */
struct gs_submit {
	/** @file: whose */
	struct drm_file *file;

	/** @args: checked step by step */
	struct drm_genesys_submit *args;

	/** @refs: copy of the array of BOs, &gs_job.mappings has the same order */
	struct drm_genesys_bo_ref *refs;

	/** @syncs: copy of the array of syncobjs */
	struct drm_genesys_sync *syncs;

	/** @signals: of those syncobjs that are signalled */
	struct gs_signal *signals;

	/** @num_signals: entries of @signals that are valid */
	u32 num_signals;

	/** @ctx: a reference */
	struct gs_ctx *ctx;

	/** @job: a reference, or NULL */
	struct gs_job *job;

	/** @armed: is @job? Then it is the scheduler's, too. */
	bool armed;
};

/* ---- copy in ------------------------------------------------------------- */

VISIBLE_IF_KUNIT void *gs_submit_copy(const struct drm_genesys_obj_array *array, u32 max,
				      u32 min_size, u32 size)
{
	const void __user *from = u64_to_user_ptr(array->array);
	void *copy;
	int ret;
	u32 i;

	if (!array->count)
		return NULL;
	if (array->count > max || array->stride < min_size || array->stride > PAGE_SIZE)
		return ERR_PTR(-EINVAL);
	copy = kvcalloc(array->count, size, GFP_KERNEL_ACCOUNT);
	if (!copy)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < array->count; i++) {
		ret = copy_struct_from_user(copy + i * size, size,
					    from + i * array->stride, array->stride);
		if (ret) {
			kvfree(copy);
			return ERR_PTR(ret);
		}
	}
	return copy;
}
EXPORT_SYMBOL_IF_KUNIT(gs_submit_copy);

static int gs_submit_copy_arrays(struct gs_submit *submit)
{
	void *copy;

	copy = gs_submit_copy(&submit->args->bos, GS_SUBMIT_MAX_BOS, GS_BO_REF_BYTES,
			      sizeof(*submit->refs));
	if (IS_ERR(copy))
		return PTR_ERR(copy);
	submit->refs = copy;
	copy = gs_submit_copy(&submit->args->syncs, GS_SUBMIT_MAX_SYNCS, GS_SYNC_BYTES,
			      sizeof(*submit->syncs));
	if (IS_ERR(copy))
		return PTR_ERR(copy);
	submit->syncs = copy;
	return 0;
}

/* ---- check --------------------------------------------------------------- */

static int gs_submit_check(const struct gs_submit *submit)
{
	const struct drm_genesys_submit *args = submit->args;
	u32 i;

	if (args->flags || (!args->result_bo && args->result_offset))
		return -EINVAL;
	for (i = 0; i < GS_NUM_WINDOWS; i++)
		if (!IS_ALIGNED(args->window_base[i], GS_PAGE_BYTES) ||
		    args->window_base[i] > BIT_ULL(GS_VA_BITS) - GS_WINDOW_BYTES)
			return -EINVAL;
	for (i = 0; i < args->bos.count; i++)
		if (!(submit->refs[i].flags & GS_BO_REF_USES) ||
		    submit->refs[i].flags & ~GS_BO_REF_FLAGS)
			return -EINVAL;
	for (i = 0; i < args->syncs.count; i++)
		if (submit->syncs[i].flags & ~GS_SYNC_FLAGS ||
		    hweight32(submit->syncs[i].flags) != 1)
			return -EINVAL;
	return 0;
}

static bool gs_submit_writes(const struct gs_submit *submit, u32 i)
{
	return submit->refs[i].flags & DRM_GENESYS_BO_REF_WRITE;
}

/* ---- look up ------------------------------------------------------------- */

static struct gs_mapping *gs_submit_find_mapping(struct gs_submit *submit, u32 handle)
{
	struct drm_gem_object *obj = drm_gem_object_lookup(submit->file, handle);
	struct gs_mapping *mapping;

	if (!obj)
		return NULL;
	mapping = gs_mapping_find(submit->ctx->vm, to_gs_bo(obj));
	drm_gem_object_put(obj);
	return mapping;
}

static int gs_submit_lookup_bos(struct gs_submit *submit)
{
	struct gs_job *job = submit->job;
	u32 i, j;

	for (i = 0; i < job->num_mappings; i++) {
		struct gs_mapping *mapping =
			gs_submit_find_mapping(submit, submit->refs[i].handle);

		if (!mapping)
			return -ENOENT;
		job->mappings[i] = mapping;
		if (gs_submit_writes(submit, i) &&
		    mapping->bo->flags & DRM_GENESYS_BO_READ_ONLY)
			return -EINVAL;
		for (j = 0; j < i; j++)
			if (job->mappings[j]->bo == mapping->bo)
				return -EINVAL;
	}
	return 0;
}

static int gs_submit_add_signal(struct gs_submit *submit, const struct drm_genesys_sync *sync)
{
	struct gs_signal *signal = &submit->signals[submit->num_signals];
	u32 i;

	signal->syncobj = drm_syncobj_find(submit->file, sync->handle);
	if (!signal->syncobj)
		return -ENOENT;
	submit->num_signals++;
	for (i = 0; i < submit->num_signals - 1; i++)
		if (submit->signals[i].syncobj == signal->syncobj)
			return -EINVAL;
	signal->point = sync->point;
	if (!sync->point)
		return 0;
	signal->chain = dma_fence_chain_alloc();
	return signal->chain ? 0 : -ENOMEM;
}

/* 64-bit points, so not drm_sched_job_add_syncobj_dependency(). */
static int gs_submit_add_wait(struct gs_submit *submit, const struct drm_genesys_sync *sync)
{
	struct dma_fence *fence;
	int ret;

	ret = drm_syncobj_find_fence(submit->file, sync->handle, sync->point, 0, &fence);
	if (ret)
		return ret;
	/* Jobs of a context are in order anyway. */
	if (fence->context == submit->ctx->fence_context) {
		dma_fence_put(fence);
		return 0;
	}
	return drm_sched_job_add_dependency(&submit->job->base, fence);
}

static int gs_submit_lookup_syncs(struct gs_submit *submit)
{
	u32 count = submit->args->syncs.count;
	int ret = 0;
	u32 i;

	if (!count)
		return 0;
	submit->signals = kvcalloc(count, sizeof(*submit->signals), GFP_KERNEL_ACCOUNT);
	if (!submit->signals)
		return -ENOMEM;
	for (i = 0; i < count && !ret; i++) {
		if (submit->syncs[i].flags & DRM_GENESYS_SYNC_SIGNAL)
			ret = gs_submit_add_signal(submit, &submit->syncs[i]);
		else
			ret = gs_submit_add_wait(submit, &submit->syncs[i]);
	}
	return ret;
}

/* ---- the command --------------------------------------------------------- */

/*
 * Device address of [offset, offset + size) of a listed BO, or 0, which no BO
 * has, when it is not listed or the range leaves it. @index: in the list.
 */
static u64 gs_submit_range(const struct gs_submit *submit, u32 handle, u64 offset,
			   u64 size, u32 *index)
{
	const struct gs_mapping *mapping;
	u32 i;

	for (i = 0; i < submit->job->num_mappings; i++)
		if (submit->refs[i].handle == handle)
			break;
	if (i == submit->job->num_mappings)
		return 0;
	mapping = submit->job->mappings[i];
	if (offset > gs_bo_size(mapping->bo) || size > gs_bo_size(mapping->bo) - offset)
		return 0;
	*index = i;
	return gs_mapping_addr(mapping) + offset;
}

static int gs_submit_set_program(struct gs_submit *submit)
{
	const struct drm_genesys_submit *args = submit->args;
	struct gs_cmd *cmd = &submit->job->cmd;
	u64 base = args->window_base[0];
	u64 addr;
	u32 i;

	if (!IS_ALIGNED(args->program_offset | args->program_size, 4) || !args->program_size)
		return -EINVAL;
	addr = gs_submit_range(submit, args->program_bo, args->program_offset,
			       args->program_size, &i);
	if (!addr || !(submit->job->mappings[i]->bo->flags & DRM_GENESYS_BO_READ_ONLY))
		return -EINVAL;
	if (addr < base || addr + args->program_size > base + GS_WINDOW_BYTES)
		return -EINVAL;
	cmd->entry = cpu_to_le32(addr - base);
	cmd->entry_words = cpu_to_le32(args->program_size / 4);
	return 0;
}

static int gs_submit_set_result(struct gs_submit *submit)
{
	const struct drm_genesys_submit *args = submit->args;
	u64 addr;
	u32 i;

	if (!args->result_bo)
		return 0;
	if (!IS_ALIGNED(args->result_offset, 8))
		return -EINVAL;
	addr = gs_submit_range(submit, args->result_bo, args->result_offset,
			       sizeof(struct gs_result), &i);
	if (!addr || !gs_submit_writes(submit, i))
		return -EINVAL;
	submit->job->cmd.result_addr = cpu_to_le64(addr);
	return 0;
}

static int gs_submit_set_command(struct gs_submit *submit)
{
	struct gs_cmd *cmd = &submit->job->cmd;
	struct gs_ctx *ctx = submit->ctx;
	u32 i;
	int ret;

	cmd->type = cpu_to_le32(GS_CMD_JOB);
	cmd->ctx = cpu_to_le32(ctx->id);
	cmd->asid = cpu_to_le32(ctx->vm->asid);
	cmd->timeout_ms = cpu_to_le32(ctx->timeout_ms);
	cmd->vector = cpu_to_le32(gs_irq_here(ctx->gdev));
	for (i = 0; i < GS_NUM_WINDOWS; i++)
		cmd->window_base[i] = cpu_to_le64(submit->args->window_base[i]);
	ret = gs_submit_set_program(submit);
	return ret ? ret : gs_submit_set_result(submit);
}

/* ---- lock and commit ----------------------------------------------------- */

static int gs_submit_lock_bos(struct gs_submit *submit, struct drm_exec *exec)
{
	struct gs_job *job = submit->job;
	int ret = 0;
	u32 i;

	drm_exec_until_all_locked(exec) {
		/* After a contention it all begins again. */
		ret = 0;
		for (i = 0; i < job->num_mappings && !ret; i++) {
			/*
			 * Two BOs with one reservation object may need a slot
			 * for reading and one for writing.
			 */
			ret = drm_exec_prepare_obj(exec, &job->mappings[i]->bo->base.base, 2);
			drm_exec_retry_on_contention(exec);
		}
	}
	return ret;
}

/* BOs nobody else can have are ordered by syncobjs only. */
static int gs_submit_add_implicit(struct gs_submit *submit)
{
	struct gs_job *job = submit->job;
	int ret = 0;
	u32 i;

	for (i = 0; i < job->num_mappings && !ret; i++) {
		struct drm_gem_object *obj = &job->mappings[i]->bo->base.base;

		if (submit->refs[i].flags & DRM_GENESYS_BO_REF_NO_IMPLICIT)
			continue;
		if (obj->import_attach || obj->dma_buf)
			ret = drm_sched_job_add_implicit_dependencies(&job->base, obj,
								      gs_submit_writes(submit, i));
	}
	return ret;
}

static void gs_submit_publish(struct gs_submit *submit, struct dma_fence *fence)
{
	struct gs_job *job = submit->job;
	u32 i;

	for (i = 0; i < job->num_mappings; i++)
		dma_resv_add_fence(job->mappings[i]->bo->base.base.resv, fence,
				   gs_submit_writes(submit, i) ? DMA_RESV_USAGE_WRITE :
								 DMA_RESV_USAGE_READ);
	for (i = 0; i < submit->num_signals; i++) {
		struct gs_signal *signal = &submit->signals[i];

		if (signal->chain)
			drm_syncobj_add_point(signal->syncobj, signal->chain, fence,
					      signal->point);
		else
			drm_syncobj_replace_fence(signal->syncobj, fence);
		signal->chain = NULL;
	}
}

static int gs_submit_ctx_ready(struct gs_ctx *ctx)
{
	struct gs_ctx_status status = gs_ctx_status(ctx);

	if (status.guilty || status.cancelled)
		return -ECANCELED;
	return atomic_read(&ctx->num_jobs) < GS_CTX_MAX_JOBS ? 0 : -EBUSY;
}

static void gs_submit_count(struct gs_ctx *ctx)
{
	struct gs_device *gdev = ctx->gdev;
	int now = atomic_inc_return(&gdev->num_jobs);
	int peak = atomic_read(&gdev->peak_jobs);

	atomic_inc(&ctx->num_jobs);
	while (now > peak && !atomic_try_cmpxchg(&gdev->peak_jobs, &peak, now))
		;
}

/* Published before it is pushed: then the scheduler may end and free the job. */
static int gs_submit_commit(struct gs_submit *submit)
{
	struct gs_ctx *ctx = submit->ctx;
	struct gs_job *job = submit->job;
	int ret;

	mutex_lock(&ctx->lock);
	ret = gs_submit_ctx_ready(ctx);
	if (!ret) {
		gs_submit_count(ctx);
		WRITE_ONCE(ctx->seqno, ctx->seqno + 1);
		gs_job_arm(job, ctx->seqno);
		submit->args->seqno = ctx->seqno;
		trace_gs_job_submit(ctx->id, ctx->seqno, 0);
		gs_submit_publish(submit, &job->fence->base);
		/* Keeps the BOs until their reservation objects are unlocked. */
		kref_get(&job->ref);
		submit->armed = true;
		drm_sched_entity_push_job(&job->base);
	}
	mutex_unlock(&ctx->lock);
	return ret;
}

static int gs_submit_lock_and_commit(struct gs_submit *submit)
{
	struct drm_exec exec;
	int ret;

	/* Two imported dma-bufs may share a reservation object. */
	drm_exec_init(&exec, DRM_EXEC_INTERRUPTIBLE_WAIT | DRM_EXEC_IGNORE_DUPLICATES,
		      submit->job->num_mappings);
	ret = gs_submit_lock_bos(submit, &exec);
	if (!ret)
		ret = gs_submit_add_implicit(submit);
	if (!ret)
		ret = gs_submit_commit(submit);
	drm_exec_fini(&exec);
	return ret;
}

/* ---- all of it ----------------------------------------------------------- */

static int gs_submit_prepare(struct gs_submit *submit)
{
	struct gs_file *gfile = submit->file->driver_priv;
	int ret;

	submit->ctx = gs_ctx_lookup(gfile, submit->args->ctx_id);
	if (!submit->ctx)
		return -ENOENT;
	ret = gs_submit_ctx_ready(submit->ctx);
	if (ret)
		return ret;
	submit->job = gs_job_create(submit->ctx, submit->args->bos.count,
				    submit->file->client_id);
	if (IS_ERR(submit->job)) {
		ret = PTR_ERR(submit->job);
		submit->job = NULL;
		return ret;
	}
	ret = gs_submit_lookup_bos(submit);
	if (ret)
		return ret;
	ret = gs_submit_set_command(submit);
	return ret ? ret : gs_submit_lookup_syncs(submit);
}

static void gs_submit_fini(struct gs_submit *submit)
{
	u32 i;

	if (submit->armed)
		gs_job_put(submit->job);
	else if (submit->job)
		gs_job_destroy(submit->job);
	if (submit->ctx)
		gs_ctx_put(submit->ctx);
	for (i = 0; i < submit->num_signals; i++) {
		dma_fence_chain_free(submit->signals[i].chain);
		drm_syncobj_put(submit->signals[i].syncobj);
	}
	kvfree(submit->signals);
	kvfree(submit->syncs);
	kvfree(submit->refs);
}

static int gs_submit_queue(struct gs_submit *submit, struct gs_device *gdev)
{
	int ret, idx;

	if (!drm_dev_enter(&gdev->drm, &idx))
		return -ENODEV;
	ret = -EIO;
	if (READ_ONCE(gdev->reset.state) != GS_RUN_DEAD)
		ret = gs_submit_prepare(submit);
	if (!ret)
		ret = gs_submit_lock_and_commit(submit);
	drm_dev_exit(idx);
	return ret;
}

int gs_submit_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct gs_submit submit = { .file = file, .args = data };
	int ret;

	/* User memory may take its time, and unplugging does not wait for it. */
	ret = gs_submit_copy_arrays(&submit);
	if (!ret)
		ret = gs_submit_check(&submit);
	if (!ret)
		ret = gs_submit_queue(&submit, to_gs_device(drm));
	if (ret)
		drm_dbg(drm, "SUBMIT to context %u: %d\n", submit.args->ctx_id, ret);
	gs_submit_fini(&submit);
	return ret;
}
