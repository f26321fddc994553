/* SPDX-License-Identifier: MIT */
/*
 * How jobs ended. Waiting for a syncobj succeeds for failed jobs too, so this
 * asks twice: the driver, which knows of faults, hangs and resets, and the
 * result records, which the device writes for jobs that ran.
 */
#include <errno.h>

#include "genesys/hw_abi.h"
#include "runtime/core/error.h"
#include "runtime/drm/drm.h"

static uint64_t ticks_to_ns(const struct gs_drm *drm, uint64_t ticks)
{
	const uint64_t hz = drm->ticks_hz ? drm->ticks_hz : 1000000000;

	return ticks / hz * 1000000000 + ticks % hz * 1000000000 / hz;
}

/* Adds what a piece did; false when it did not end well. */
static bool count(const struct gs_drm *drm, const struct gs_drm_context *dc,
		  uint32_t i, struct gs_outcome *out)
{
	const struct gs_result *record = dc->records.map;
	struct gs_counters *counters = dc->piece[i].counters;

	if (record[i].status != GS_JOB_OK)
		return false;
	counters->blocks += dc->piece[i].num_blocks;
	counters->words += dc->piece[i].num_words;
	out->cycles += record[i].cycles;
	out->stalls += record[i].stalls;
	out->device_ns +=
		ticks_to_ns(drm, record[i].time_end - record[i].time_start);
	return true;
}

/* The piece of a seqno, when it is of this submission. */
static bool find_piece(const struct gs_drm_context *dc, uint64_t seqno,
		       uint32_t *piece)
{
	if (seqno < dc->first_seqno ||
	    seqno - dc->first_seqno >= dc->num_pieces)
		return false;
	*piece = (uint32_t)(seqno - dc->first_seqno);
	return true;
}

static int fault(const struct drm_genesys_ctx_query *q, uint32_t code,
		 struct gs_outcome *out)
{
	out->fault = (struct gs_fault){
		.code = (enum gs_fault_code)code,
		.block = q->block,
		.word = q->word,
		.address = q->address,
	};
	return -EIO;
}

static int explain(const struct gs_drm *drm, const struct gs_drm_context *dc,
		   const struct drm_genesys_ctx_query *q,
		   struct gs_outcome *out)
{
	switch (q->cause) {
	case DRM_GENESYS_CAUSE_CORE_FAULT:
		if (q->fault_code > GS_FAULT_NONE &&
		    q->fault_code < GS_FAULT_COUNT)
			return fault(q, q->fault_code, out);
		break;
	case DRM_GENESYS_CAUSE_MMU_FAULT:
		return fault(q, GS_FAULT_MEMORY, out);
	case DRM_GENESYS_CAUSE_HANG:
		return gs_rt_fail(-ETIME,
				  "gs_infer: %s: job %u of %u ran for longer "
				  "than %u ms and was ended",
				  drm->node, out->piece + 1, dc->num_pieces,
				  dc->timeout_ms);
	case DRM_GENESYS_CAUSE_RESET:
		return gs_rt_fail(
			-EIO,
			"gs_infer: %s: the device was reset while the "
			"job ran; it can be run again",
			drm->node);
	default:
		break;
	}
	return gs_rt_fail(-EIO,
			  "gs_infer: %s: a job failed: cause %u, code %u, "
			  "address 0x%llx, block %u, word %u",
			  drm->node, q->cause, q->fault_code,
			  (unsigned long long)q->address, q->block, q->word);
}

int gs_drm_outcome(struct gs_context *ctx, struct gs_outcome *out)
{
	const struct gs_drm *drm = gs_drm_of(ctx->model->dev);
	const struct gs_drm_context *dc = ctx->priv;
	struct drm_genesys_ctx_query q = { .ctx_id = dc->id };
	uint32_t good = 0;
	int ret;

	/* The device wrote the records before the fence that was waited for. */
	atomic_thread_fence(memory_order_acquire);
	while (good < dc->num_pieces && count(drm, dc, good, out))
		good++;
	out->piece = good;
	ret = gs_drm_ioctl(drm, DRM_IOCTL_GENESYS_CTX_QUERY, &q, "CTX_QUERY");
	if (ret)
		return ret;
	if (q.cause != DRM_GENESYS_CAUSE_NONE &&
	    find_piece(dc, q.seqno, &out->piece))
		return explain(drm, dc, &q, out);
	if (good == dc->num_pieces && q.state == DRM_GENESYS_CTX_ACTIVE)
		return 0;
	return explain(drm, dc, &q, out);
}
