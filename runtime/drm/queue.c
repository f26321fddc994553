/* SPDX-License-Identifier: MIT */
/*
 * Inference contexts: activation memory and a queue of jobs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "genesys/hw_abi.h"
#include "runtime/core/error.h"
#include "runtime/core/place.h"
#include "runtime/drm/drm.h"

#define NS_PER_S 1000000000
/* What a running job may need to end after CTX_DESTROY. */
#define CANCEL_NS NS_PER_S

/* ---- waiting ------------------------------------------------------------------- */

/* Of CLOCK_MONOTONIC, as the kernel wants it. */
static int64_t deadline(int64_t timeout_ns)
{
	struct timespec ts;
	int64_t now;

	if (timeout_ns < 0)
		return INT64_MAX;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
	return timeout_ns > INT64_MAX - now ? INT64_MAX : now + timeout_ns;
}

/*
 * Waiting for ever ends: the driver ends each job at its timeout, and all when
 * the device is lost. -ETIME: not yet.
 */
static int wait_point(const struct gs_drm *drm, const struct gs_drm_context *dc,
		      uint64_t point, int64_t timeout_ns)
{
	struct drm_syncobj_timeline_wait args = {
		.handles = (uintptr_t)&dc->syncobj,
		.points = (uintptr_t)&point,
		.timeout_nsec = deadline(timeout_ns),
		.count_handles = 1,
		.flags = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL,
	};

	return gs_drm_os.ioctl(drm->fd, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &args);
}

int gs_drm_wait_point(const struct gs_drm *drm, const struct gs_drm_context *dc,
		      uint64_t point, int64_t timeout_ns)
{
	int ret = wait_point(drm, dc, point, timeout_ns);

	if (ret == -ETIME)
		return -ETIMEDOUT;
	if (ret == -ENODEV)
		return gs_rt_fail(ret, "gs_infer: %s: the device is gone",
				  drm->node);
	return ret ? gs_rt_fail(ret, "gs_infer: %s: waiting for jobs: %s",
				drm->node, strerrordesc_np(-ret)) :
		     0;
}

/* ---- contexts ------------------------------------------------------------------ */

static int create_queue(const struct gs_context *ctx, struct gs_drm_context *dc)
{
	const struct gs_drm *drm = gs_drm_of(ctx->model->dev);
	struct drm_genesys_ctx_create args = {
		.timeout_ms = ctx->model->timeout_ms,
	};
	struct drm_syncobj_create sync = { 0 };
	int ret;

	if (!args.timeout_ms || args.timeout_ms > drm->limits.max_timeout_ms)
		args.timeout_ms = drm->limits.max_timeout_ms;
	ret = gs_drm_ioctl(drm, DRM_IOCTL_GENESYS_CTX_CREATE, &args,
			   "CTX_CREATE");
	if (ret == -ENOSPC)
		gs_rt_fail(ret,
			   "gs_infer: %s: %u inferences are at work on this "
			   "device, more than the driver has contexts for",
			   drm->node, drm->limits.max_ctx_per_file);
	if (ret)
		return ret;
	dc->id = args.ctx_id;
	dc->timeout_ms = args.timeout_ms;
	ret = gs_drm_ioctl(drm, DRM_IOCTL_SYNCOBJ_CREATE, &sync,
			   "SYNCOBJ_CREATE");
	dc->syncobj = sync.handle;
	return ret;
}

static int create_memory(const struct gs_context *ctx,
			 struct gs_drm_context *dc)
{
	const struct gs_drm *drm = gs_drm_of(ctx->model->dev);
	const struct gs_gsm *gsm = ctx->model->gsm;
	int ret;

	dc->max_pieces = gsm->num_segments;
	dc->piece = calloc(dc->max_pieces, sizeof(*dc->piece));
	if (!dc->piece)
		return gs_rt_fail(-ENOMEM, "gs_infer: out of memory");
	ret = gs_drm_bo_create(drm, gsm->memory_bytes ? gsm->memory_bytes : 1,
			       0, "activations", &dc->act);
	if (!ret)
		ret = gs_drm_bo_create(drm,
				       (uint64_t)dc->max_pieces *
					       sizeof(struct gs_result),
				       0, "result records", &dc->records);
	return ret;
}

/* Of what there is. Jobs in flight are cancelled; then nothing writes any more. */
static void destroy(const struct gs_drm *drm, struct gs_drm_context *dc)
{
	struct drm_genesys_ctx_destroy args = { .ctx_id = dc->id };
	struct drm_syncobj_destroy sync = { .handle = dc->syncobj };

	if (dc->id)
		gs_drm_os.ioctl(drm->fd, DRM_IOCTL_GENESYS_CTX_DESTROY, &args);
	/* Without a sentence: there may be one that says why this is the end. */
	if (dc->ended < dc->submitted)
		wait_point(drm, dc, dc->submitted, CANCEL_NS);
	if (dc->syncobj)
		gs_drm_os.ioctl(drm->fd, DRM_IOCTL_SYNCOBJ_DESTROY, &sync);
	gs_drm_programs_free(drm, dc);
	gs_drm_bo_destroy(drm, &dc->records);
	gs_drm_bo_destroy(drm, &dc->act);
	free(dc->piece);
	free(dc);
}

int gs_drm_context_create(struct gs_context *ctx)
{
	struct gs_drm_context *dc = calloc(1, sizeof(*dc));
	int ret;

	if (!dc)
		return gs_rt_fail(-ENOMEM, "gs_infer: out of memory");
	ret = create_queue(ctx, dc);
	if (!ret)
		ret = create_memory(ctx, dc);
	if (ret) {
		destroy(gs_drm_of(ctx->model->dev), dc);
		return ret;
	}
	ctx->memory = dc->act.map;
	ctx->priv = dc;
	return 0;
}

void gs_drm_context_destroy(struct gs_context *ctx)
{
	destroy(gs_drm_of(ctx->model->dev), ctx->priv);
}

bool gs_drm_locate(const struct gs_context *ctx, uint64_t address,
		   uint64_t *offset)
{
	const struct gs_drm_context *dc = ctx->priv;
	const struct gs_gsm *gsm = ctx->model->gsm;

	for (uint32_t i = 0; i < ctx->num_places; i++) {
		const struct gs_place *p = &ctx->place[i];

		if (address < p->window ||
		    address - p->window >= gs_place_bytes(ctx, p))
			continue;
		*offset = gsm->act_offset + gsm->tensor[p->root].rec->offset +
			  (address - p->window);
		return true;
	}
	/* Code and weights are above all that windows of activations show. */
	if (address < dc->act.address || address >= GS_ELF_WINDOW_BYTES)
		return false;
	*offset = address - dc->act.address;
	return true;
}
