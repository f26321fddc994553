// SPDX-License-Identifier: GPL-2.0-or-later
/* What the tests of fault.c start with. */
#include "fault_bed.h"

static int add_ctx(const struct npu *npu, uint32_t timeout_ms, uint32_t *ctx)
{
	int ret = npu_ctx_create(npu, DRM_GENESYS_PRIORITY_NORMAL, timeout_ms);

	*ctx = (uint32_t)ret;
	return ret < 0 ? ret : 0;
}

static int make_other(struct bed *bed)
{
	int ret = npu_open_device(&bed->other, &bed->dev);

	if (!ret)
		ret = npu_kit_create(&bed->other, &bed->other_kit);
	return ret ? ret : add_ctx(&bed->other, BED_LONG_MS, &bed->stranger);
}

int bed_make(struct bed *bed)
{
	int ret = npu_find(&bed->dev);

	bed->npu.fd = -1;
	bed->other.fd = -1;
	if (!ret)
		ret = npu_open_device(&bed->npu, &bed->dev);
	if (!ret)
		ret = npu_kit_create(&bed->npu, &bed->kit);
	if (!ret)
		ret = npu_counter_create(&bed->npu, &bed->kit, &bed->counter);
	if (!ret)
		ret = add_ctx(&bed->npu, BED_TIMEOUT_MS, &bed->ctx);
	if (!ret)
		ret = add_ctx(&bed->npu, BED_LONG_MS, &bed->innocent);
	if (!ret)
		ret = make_other(bed);
	if (!ret)
		bed->resets = npu_reset_count(&bed->npu);
	return ret;
}

int bed_unmake(struct bed *bed)
{
	if (bed->dev.test_regs)
		npu_inject(&bed->dev, 0);
	npu_kit_unmap(&bed->kit);
	npu_kit_unmap(&bed->other_kit);
	npu_bo_unmap(&bed->counter.bo);
	npu_close(&bed->npu);
	npu_close(&bed->other);
	return npu_check(&bed->dev, 10);
}

int bed_resets(const struct bed *bed)
{
	return npu_reset_count(&bed->npu) - bed->resets;
}

int bed_renew(struct bed *bed)
{
	int ret = npu_ctx_destroy(&bed->npu, bed->ctx);

	return ret ? ret : add_ctx(&bed->npu, BED_TIMEOUT_MS, &bed->ctx);
}

struct drm_genesys_ctx_query bed_query(const struct npu *npu, uint32_t ctx)
{
	struct drm_genesys_ctx_query query;

	if (npu_ctx_query(npu, ctx, &query))
		query.state = UINT32_MAX;
	return query;
}

static bool is_well(const struct npu *npu, uint32_t ctx)
{
	const struct drm_genesys_ctx_query query = bed_query(npu, ctx);

	return query.state == DRM_GENESYS_CTX_ACTIVE &&
	       query.cause == DRM_GENESYS_CAUSE_NONE;
}

int bed_innocents(struct bed *bed)
{
	uint32_t ctx;
	int ret;

	if (npu_run(&bed->kit, bed->innocent, NPU_ADD, BED_LONG_MS) != 1 ||
	    !is_well(&bed->npu, bed->innocent))
		return __LINE__;
	if (npu_run(&bed->other_kit, bed->stranger, NPU_ADD, BED_LONG_MS) !=
		    1 ||
	    !is_well(&bed->other, bed->stranger))
		return __LINE__;
	ret = add_ctx(&bed->npu, BED_LONG_MS, &ctx);
	if (ret)
		return ret;
	if (npu_run(&bed->kit, ctx, NPU_ADD, BED_LONG_MS) != 1)
		return __LINE__;
	return npu_ctx_destroy(&bed->npu, ctx);
}
