// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls about the device, contexts and jobs. */
#include <errno.h>
#include <unistd.h>

#include "fail_nth.h"

/* ---- contexts and the device --------------------------------------------------- */

static int do_dev_query(struct bed *bed)
{
	union {
		struct drm_genesys_dev_info info;
		struct drm_genesys_limits limits;
		struct drm_genesys_fw_info fw;
		struct drm_genesys_timestamp timestamp;
	} out;
	int ret = 0;

	for (uint32_t i = 0; i <= DRM_GENESYS_QUERY_TIMESTAMP && !ret; i++) {
		struct drm_genesys_dev_query args = {
			.type = i,
			.size = sizeof(out),
			.pointer = (uintptr_t)&out,
		};

		ret = npu_ioctl(bed->npu.fd, DRM_IOCTL_GENESYS_DEV_QUERY,
				&args);
	}
	return ret;
}

static int do_ctx_query(struct bed *bed)
{
	struct drm_genesys_ctx_query query;

	return npu_ctx_query(&bed->npu, bed->ctx, &query);
}

static int create_ctx(const struct npu *npu, uint32_t *ctx)
{
	int ret = npu_ctx_create(npu, DRM_GENESYS_PRIORITY_LOW, 0);

	if (ret < 0)
		return ret;
	*ctx = (uint32_t)ret;
	return 0;
}

/* The first one of its file, so that the table of contexts grows. */
static int do_ctx_create(struct bed *bed)
{
	return create_ctx(&bed->other, &bed->victim_ctx);
}

/* Nobody tells us of a context whose number could not be copied. */
static int after_ctx_create(struct bed *bed, int ret)
{
	if (ret == -EFAULT) {
		npu_close(&bed->other);
		return npu_open_device(&bed->other, &bed->npu.dev);
	}
	return ret ? 0 : npu_ctx_destroy(&bed->other, bed->victim_ctx);
}

/* The first one of the device too, once the others are gone. */
static int make_no_ctx(struct bed *bed)
{
	if (bed->ctx)
		npu_ctx_destroy(&bed->npu, bed->ctx);
	bed->ctx = 0;
	usleep(20000);
	return 0;
}

/* With a job that would go on for a minute. */
static int make_busy_ctx(struct bed *bed)
{
	int ret = create_ctx(&bed->npu, &bed->victim_ctx);

	return ret ? ret :
		     npu_submit(&bed->kit, bed->victim_ctx, NPU_ENDLESS, 0);
}

static int do_ctx_destroy(struct bed *bed)
{
	return npu_ctx_destroy(&bed->npu, bed->victim_ctx);
}

/* Copying the arguments back, unchanged, may fail when it is gone. */
static int after_ctx_destroy(struct bed *bed, int ret)
{
	int again = npu_ctx_destroy(&bed->npu, bed->victim_ctx);

	return again == -ENOENT || (ret == -EFAULT && !again) ? 0 : -EPROTO;
}

/* ---- SUBMIT -------------------------------------------------------------------- */

int fail_nth_count_jobs(struct bed *bed)
{
	struct drm_genesys_ctx_query query;
	int ret = npu_ctx_query(&bed->npu, bed->ctx, &query);

	bed->submitted = query.submitted;
	return ret;
}

static int do_submit(struct bed *bed)
{
	return npu_submit(&bed->kit, bed->ctx, NPU_NOP, 0);
}

static int do_submit_binary(struct bed *bed)
{
	struct npu_job job = npu_job(&bed->kit, bed->ctx, NPU_NOP, 0);

	npu_job_wait(&job, bed->done, 0);
	npu_job_signal(&job, bed->out, 0);
	return npu_job_submit(&bed->npu, &job);
}

static int do_submit_timeline(struct bed *bed)
{
	struct npu_job job = npu_job(&bed->kit, bed->ctx, NPU_NOP, 0);

	npu_job_wait(&job, bed->timeline, bed->point);
	npu_job_signal(&job, bed->timeline, bed->point + 1);
	npu_job_signal(&job, bed->out, 0);
	return npu_job_submit(&bed->npu, &job);
}

/* A dma-buf orders it behind the jobs before. */
static int make_submit_shared(struct bed *bed)
{
	int ret = fail_nth_make_exported(bed);

	if (!ret)
		ret = npu_import(&bed->npu, bed->file, &bed->bo);
	return ret ? ret : fail_nth_count_jobs(bed);
}

static int do_submit_shared(struct bed *bed)
{
	struct npu_job job = npu_job(&bed->kit, bed->ctx, NPU_NOP, 0);

	npu_job_add_bo(&job, bed->bo, DRM_GENESYS_BO_REF_WRITE);
	return npu_job_submit(&bed->npu, &job);
}

/* Copying the seqno out may fail when the job is queued; nothing else may. */
int fail_nth_after_submit(struct bed *bed, int ret)
{
	uint64_t end = npu_now_ms() + FAIL_NTH_WAIT_MS, more;
	struct drm_genesys_ctx_query query;
	int again;

	do {
		again = npu_ctx_query(&bed->npu, bed->ctx, &query);
		usleep(500);
	} while (!again && query.submitted != query.completed &&
		 npu_now_ms() < end);
	if (again || query.state != DRM_GENESYS_CTX_ACTIVE ||
	    query.cause != DRM_GENESYS_CAUSE_NONE ||
	    query.submitted != query.completed)
		return -EPROTO;
	more = query.submitted - bed->submitted;
	if (ret == -EFAULT ? more > 1 : more != !ret)
		return -EPROTO;
	return 0;
}

static int after_submit_timeline(struct bed *bed, int ret)
{
	int again = fail_nth_after_submit(bed, ret);
	struct drm_genesys_ctx_query query;

	if (npu_ctx_query(&bed->npu, bed->ctx, &query))
		return -EPROTO;
	bed->point += query.submitted - bed->submitted;
	return again;
}

static int after_submit_shared(struct bed *bed, int ret)
{
	int again = fail_nth_after_submit(bed, ret);

	close(bed->file);
	return again ? again : fail_nth_close_bo(&bed->npu, &bed->bo);
}

/* ---- the calls -------------------------------------------------------------------- */

const struct call call_dev_query = {
	.make = fail_nth_make_nothing,
	.call = do_dev_query,
	.after = fail_nth_check_nothing,
};

const struct call call_ctx_create = {
	.make = fail_nth_make_nothing,
	.call = do_ctx_create,
	.after = after_ctx_create,
	.least = 4,
};

const struct call call_ctx_create_first = {
	.make = make_no_ctx,
	.call = do_ctx_create,
	.after = after_ctx_create,
	.least = 5,
};

const struct call call_ctx_query = {
	.make = fail_nth_make_nothing,
	.call = do_ctx_query,
	.after = fail_nth_check_nothing,
};

const struct call call_ctx_destroy = {
	.make = make_busy_ctx,
	.call = do_ctx_destroy,
	.after = after_ctx_destroy,
};

const struct call call_submit = {
	.make = fail_nth_count_jobs,
	.call = do_submit,
	.after = fail_nth_after_submit,
	.least = 4,
};

const struct call call_submit_binary = {
	.make = fail_nth_count_jobs,
	.call = do_submit_binary,
	.after = fail_nth_after_submit,
	.least = 6,
};

const struct call call_submit_timeline = {
	.make = fail_nth_count_jobs,
	.call = do_submit_timeline,
	.after = after_submit_timeline,
	.least = 7,
};

const struct call call_submit_shared = {
	.make = make_submit_shared,
	.call = do_submit_shared,
	.after = after_submit_shared,
	.least = 4,
};
