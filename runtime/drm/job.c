/* SPDX-License-Identifier: MIT */
/*
 * Jobs: all pieces of an inference are queued at once, so that the device has
 * the next one before it ends the one at work.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "genesys/hw_abi.h"
#include "runtime/core/error.h"
#include "runtime/core/place.h"
#include "runtime/drm/drm.h"

static_assert((int)DRM_GENESYS_NUM_WINDOWS == (int)GS_WIN_COUNT,
	      "windows have one order");

/* Of Linux 6.6, newer than the drm.h of some libdrm. */
#ifndef DRM_IOCTL_SYNCOBJ_EVENTFD
struct drm_syncobj_eventfd {
	__u32 handle;
	__u32 flags;
	__u64 point;
	__s32 fd;
	__u32 pad;
};
#define DRM_IOCTL_SYNCOBJ_EVENTFD DRM_IOWR(0xCF, struct drm_syncobj_eventfd)
#endif

/* A status no device writes: the job did not get that far. */
#define NO_STATUS UINT32_MAX

/* What all jobs of a submission share. */
struct submission {
	const struct gs_drm *drm;
	struct gs_drm_context *dc;
	struct drm_genesys_bo_ref *ref;
	uint32_t num_refs;
	struct drm_genesys_sync sync;
	struct drm_genesys_submit args;
};

/* ---- before ---------------------------------------------------------------------- */

static int check(const struct gs_drm *drm, const struct gs_piece *piece)
{
	if (piece->executor != GS_EXECUTOR_DEFAULT)
		return gs_rt_fail(-ENOTSUP,
				  "gs_infer: executor %u; %s has %d only (the "
				  "default)",
				  piece->executor, drm->node,
				  GS_EXECUTOR_DEFAULT);
	if (piece->max_work)
		return gs_rt_fail(-ENOTSUP,
				  "gs_infer: max_work is %llu; %s limits the "
				  "time of a job instead, "
				  "gs_load_opts.timeout_ms; expected 0",
				  (unsigned long long)piece->max_work,
				  drm->node);
	if (piece->threads)
		return gs_rt_fail(-ENOTSUP,
				  "gs_infer: threads is %u; %s does the work "
				  "itself; expected 0",
				  piece->threads, drm->node);
	return 0;
}

/*
 * Of buffers no more than the slots: the rest is the caller's, who may write
 * there while jobs run. Inputs were not written, and others may be reading.
 */
static int sync_places(const struct gs_context *ctx, uint32_t flags)
{
	const struct gs_drm *drm = gs_drm_of(ctx->model->dev);
	int ret = 0;

	for (uint32_t i = 0; i < ctx->num_places && !ret; i++) {
		const struct gs_place *p = &ctx->place[i];

		if (p->written || flags == DRM_GENESYS_BO_SYNC_TO_DEVICE)
			ret = gs_drm_bo_sync(drm, p->buf->priv, p->offset,
					     gs_place_bytes(ctx, p), flags);
	}
	return ret;
}

static int sync_memory(const struct gs_context *ctx, uint32_t flags)
{
	const struct gs_drm *drm = gs_drm_of(ctx->model->dev);
	const struct gs_drm_context *dc = ctx->priv;
	int ret = gs_drm_bo_sync(drm, &dc->act, 0, dc->act.size, flags);

	if (!ret)
		ret = gs_drm_bo_sync(drm, &dc->records, 0, dc->records.size,
				     flags);
	return ret ? ret : sync_places(ctx, flags);
}

static void clear_records(const struct gs_drm_context *dc, uint32_t num)
{
	struct gs_result *record = dc->records.map;

	for (uint32_t i = 0; i < num; i++)
		record[i].status = NO_STATUS;
}

/* Each BO may be listed once. */
static void add_ref(struct submission *s, uint32_t handle, bool write)
{
	const uint32_t flags = write ? DRM_GENESYS_BO_REF_WRITE :
				       DRM_GENESYS_BO_REF_READ;

	if (!handle)
		return;
	for (uint32_t i = 0; i < s->num_refs; i++)
		if (s->ref[i].handle == handle) {
			s->ref[i].flags |= flags;
			return;
		}
	s->ref[s->num_refs++] =
		(struct drm_genesys_bo_ref){ .handle = handle, .flags = flags };
}

static int list_bos(struct submission *s, const struct gs_context *ctx,
		    const struct gs_drm_bo *code)
{
	const struct gs_drm_model *dm = ctx->model->priv;

	s->ref = calloc(GS_DRM_OWN_BOS + ctx->num_places, sizeof(*s->ref));
	if (!s->ref)
		return gs_rt_fail(-ENOMEM, "gs_infer: out of memory");
	add_ref(s, code->handle, false);
	add_ref(s, dm->weights.handle, false);
	add_ref(s, s->dc->act.handle, true);
	add_ref(s, s->dc->records.handle, true);
	for (uint32_t i = 0; i < ctx->num_places; i++) {
		const struct gs_drm_bo *bo = ctx->place[i].buf->priv;

		add_ref(s, bo->handle, ctx->place[i].written);
	}
	return 0;
}

static void fill(struct submission *s, const struct gs_context *ctx,
		 const struct gs_drm_bo *code)
{
	const struct gs_drm_model *dm = ctx->model->priv;
	const uint64_t act = ctx->num_places ? 0 : s->dc->act.address;

	s->sync = (struct drm_genesys_sync){
		.handle = s->dc->syncobj,
		.flags = DRM_GENESYS_SYNC_SIGNAL,
	};
	s->args = (struct drm_genesys_submit){
		.ctx_id = s->dc->id,
		.program_bo = code->handle,
		.result_bo = s->dc->records.handle,
		.window_base = { [GS_WIN_IMEM] = code->address,
				 [GS_WIN_PARAM] = dm->weights.address,
				 [GS_WIN_IBUF] = act,
				 [GS_WIN_OBUF] = act,
				 [GS_WIN_SIMD] = act },
		.bos = { (uintptr_t)s->ref, s->num_refs, sizeof(*s->ref) },
		.syncs = { (uintptr_t)&s->sync, 1, sizeof(s->sync) },
	};
}

/* ---- the queue -------------------------------------------------------------------- */

/*
 * The driver takes so many unfinished jobs and no more. It counts one until
 * shortly after its fence, hence the short sleep when none is left to wait for.
 */
static int wait_for_room(const struct gs_drm *drm, struct gs_drm_context *dc,
			 unsigned *naps)
{
	const struct timespec nap = { .tv_nsec = 100000 };
	int ret;

	if (dc->ended < dc->submitted) {
		ret = gs_drm_wait_point(drm, dc, dc->ended + 1, -1);
		dc->ended += !ret;
		return ret;
	}
	if (++*naps > 10000)
		return gs_rt_fail(-EBUSY,
				  "gs_infer: %s: the queue is full, though no "
				  "job of it is unfinished",
				  drm->node);
	nanosleep(&nap, NULL);
	return 0;
}

static int submit_error(const struct gs_drm *drm, int err)
{
	switch (err) {
	case -ENODEV:
		return gs_rt_fail(err, "gs_infer: %s: the device is gone",
				  drm->node);
	case -EIO:
		return gs_rt_fail(err,
				  "gs_infer: %s: the device did not come back "
				  "from a reset",
				  drm->node);
	default:
		return gs_rt_fail(err, "gs_infer: %s: SUBMIT: %s", drm->node,
				  strerrordesc_np(-err));
	}
}

static int queue(struct submission *s, const struct gs_piece *piece, uint32_t i)
{
	struct gs_drm_context *dc = s->dc;
	unsigned naps = 0;
	int ret;

	s->args.program_offset = (uint64_t)piece->first_word * 4;
	s->args.program_size = (uint64_t)piece->entry_words * 4;
	s->args.result_offset = i * sizeof(struct gs_result);
	s->sync.point = dc->submitted + 1;
	for (;;) {
		ret = gs_drm_os.ioctl(s->drm->fd, DRM_IOCTL_GENESYS_SUBMIT,
				      &s->args);
		if (ret != -EBUSY)
			break;
		ret = wait_for_room(s->drm, dc, &naps);
		if (ret)
			return ret;
	}
	if (ret)
		return submit_error(s->drm, ret);
	if (!i)
		dc->first_seqno = s->args.seqno;
	dc->submitted++;
	dc->piece[i] = *piece;
	dc->num_pieces++;
	return 0;
}

int gs_drm_submit(struct gs_context *ctx, const struct gs_piece *piece,
		  uint32_t num)
{
	struct submission s = { .drm = gs_drm_of(ctx->model->dev),
				.dc = ctx->priv };
	const struct gs_drm_bo *code;
	int ret = check(s.drm, piece);

	s.dc->num_pieces = 0;
	if (!ret)
		ret = gs_drm_program(ctx, piece->stop, &code);
	if (!ret)
		ret = list_bos(&s, ctx, code);
	if (!ret) {
		fill(&s, ctx, code);
		clear_records(s.dc, num);
		ret = sync_memory(ctx, DRM_GENESYS_BO_SYNC_TO_DEVICE);
	}
	for (uint32_t i = 0; i < num && !ret; i++)
		ret = queue(&s, &piece[i], i);
	free(s.ref);
	return ret;
}

/* ---- after ------------------------------------------------------------------------- */

int gs_drm_wait(struct gs_context *ctx, int64_t timeout_ns,
		struct gs_outcome *out)
{
	const struct gs_drm *drm = gs_drm_of(ctx->model->dev);
	struct gs_drm_context *dc = ctx->priv;
	int ret;

	if (!dc->num_pieces)
		return 0;
	ret = gs_drm_wait_point(drm, dc, dc->submitted, timeout_ns);
	if (ret)
		return ret;
	dc->ended = dc->submitted;
	ret = sync_memory(ctx, DRM_GENESYS_BO_SYNC_FROM_DEVICE);
	return ret ? ret : gs_drm_outcome(ctx, out);
}

int gs_drm_notify(struct gs_context *ctx, int event_fd)
{
	const struct gs_drm_context *dc = ctx->priv;
	struct drm_syncobj_eventfd args = {
		.handle = dc->syncobj,
		.point = dc->submitted,
		.fd = event_fd,
	};

	return gs_drm_ioctl(gs_drm_of(ctx->model->dev),
			    DRM_IOCTL_SYNCOBJ_EVENTFD, &args,
			    "SYNCOBJ_EVENTFD");
}
