// SPDX-License-Identifier: GPL-2.0-or-later
#include "view.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define WAIT_MS 20000

struct npu_job view_job(const struct npu_kit *kit, uint32_t ctx,
			const struct npu_bo *bo, uint64_t addr)
{
	struct npu_job job = npu_job(kit, ctx, NPU_ADD, 0);

	for (int i = 1; i < DRM_GENESYS_NUM_WINDOWS; i++)
		job.args.window_base[i] = addr;
	/* Instead of the kit's data. */
	job.refs[1] = job.refs[2];
	job.args.bos.count = 2;
	if (bo)
		npu_job_add_bo(&job, bo->handle, DRM_GENESYS_BO_REF_WRITE);
	return job;
}

void view_fill(const struct npu_kit *kit, void *in)
{
	static int32_t number;
	int32_t *out = (int32_t *)((char *)in + NPU_OUT);

	for (uint32_t i = 0; i < kit->lanes; i++) {
		((int32_t *)in)[i] = number++;
		out[i] = -1;
	}
}

bool view_good(const struct npu_kit *kit, const void *in)
{
	const int32_t *out = (const int32_t *)((const char *)in + NPU_OUT);

	for (uint32_t i = 0; i < kit->lanes; i++)
		if (out[i] != ((const int32_t *)in)[i] + 1)
			return false;
	return true;
}

/* Returns what npu_syncobj_wait() does; @ctx is destroyed. */
static int run(const struct npu_kit *kit, int ctx, const struct npu_bo *bo,
	       uint64_t addr, uint32_t flags)
{
	int out = npu_syncobj_create(kit->npu);
	struct npu_job job;
	int ret;

	if (ctx < 0 || out < 0)
		return ctx < 0 ? ctx : out;
	job = view_job(kit, (uint32_t)ctx, bo, addr);
	job.refs[2].flags = flags;
	npu_job_signal(&job, (uint32_t)out, 0);
	ret = npu_job_submit(kit->npu, &job);
	if (!ret)
		ret = npu_syncobj_wait(kit->npu, (uint32_t)out, WAIT_MS);
	npu_syncobj_destroy(kit->npu, (uint32_t)out);
	return ret;
}

static int new_ctx(const struct npu_kit *kit, uint32_t timeout_ms)
{
	return npu_ctx_create(kit->npu, DRM_GENESYS_PRIORITY_NORMAL,
			      timeout_ms);
}

int view_add(const struct npu_kit *kit, const struct npu_bo *bo,
	     uint64_t offset)
{
	char *in = (char *)bo->map + offset;
	int ctx = new_ctx(kit, 0);
	int ret;

	view_fill(kit, in);
	ret = run(kit, ctx, bo, bo->addr + offset, DRM_GENESYS_BO_REF_WRITE);
	if (ctx > 0)
		npu_ctx_destroy(kit->npu, (uint32_t)ctx);
	if (ret != 1)
		return ret ? ret : -ETIME;
	return view_good(kit, in) ? 0 : -EILSEQ;
}

uint64_t view_fault(const struct npu_kit *kit, const struct npu_bo *bo,
		    uint64_t addr)
{
	struct drm_genesys_ctx_query query;
	int ctx = new_ctx(kit, 0);
	int ret = run(kit, ctx, bo, addr, DRM_GENESYS_BO_REF_READ);
	int error = npu_ctx_query(kit->npu, (uint32_t)ctx, &query);

	npu_ctx_destroy(kit->npu, (uint32_t)ctx);
	if (ret != -EFAULT || error)
		return (uint64_t)(ret == -EFAULT ? error : ret);
	if (query.cause != DRM_GENESYS_CAUSE_MMU_FAULT ||
	    query.state != DRM_GENESYS_CTX_GUILTY)
		return (uint64_t)-EILSEQ;
	return query.address;
}

int view_block(const struct npu_kit *kit, uint32_t syncobj)
{
	int ctx = new_ctx(kit, 60000);
	int ret;

	if (ctx < 0)
		return ctx;
	ret = npu_submit(kit, (uint32_t)ctx, NPU_ENDLESS, syncobj);
	return ret ? ret : ctx;
}

int view_wait_free(const struct npu *npu, uint64_t addr, uint64_t size)
{
	uint64_t end = npu_now_ms() + WAIT_MS;
	struct npu_bo bo;

	while (npu_now_ms() < end) {
		int ret = npu_bo_create(npu, &bo, size, 0);

		if (ret)
			return ret;
		npu_bo_destroy(npu, &bo);
		if (bo.addr == addr)
			return 0;
		usleep(1000);
	}
	return -ETIME;
}
