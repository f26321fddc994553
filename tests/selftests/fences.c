// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What orders jobs of different contexts, files and processes, and how to wait
 * for them: syncobjs, timelines, sync_files, dma-bufs, poll.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <drm.h>

#include "npu_harness.h"

#include "fence_util.h"
#include "jobs.h"

#define NUM_PAGES 32u
#define NUM_CONTEXTS 4u
#define FAR 0x500000001u /* a point of which 32 bits are not enough */

FIXTURE(fences)
{
	struct npu npu;
	struct npu_kit kit;
	struct npu_bo steps;
	uint32_t ctx[NUM_CONTEXTS];
	uint32_t syncobj;
	struct gate gate; /* closed */
};

FIXTURE_SETUP(fences)
{
	int ret;

	ASSERT_EQ(0, npu_open(&self->npu));
	ASSERT_EQ(0, npu_kit_create(&self->npu, &self->kit));
	ASSERT_EQ(0, npu_bo_create(&self->npu, &self->steps,
				   NUM_PAGES * GS_PAGE_BYTES, 0));
	steps_clear(&self->steps, 1000);
	jobs_forget(&self->kit);
	for (unsigned i = 0; i < NUM_CONTEXTS; i++) {
		ret = npu_ctx_create(&self->npu, DRM_GENESYS_PRIORITY_NORMAL,
				     JOBS_WAIT_MS);
		ASSERT_GT(ret, 0);
		self->ctx[i] = (uint32_t)ret;
	}
	ret = npu_syncobj_create(&self->npu);
	ASSERT_GT(ret, 0);
	self->syncobj = (uint32_t)ret;
	if (self->npu.dev.test_regs)
		ASSERT_EQ(0, npu_slow(&self->npu.dev, 1000));
	ASSERT_EQ(0, gate_close(&self->gate, &self->kit));
}

FIXTURE_TEARDOWN(fences)
{
	if (self->npu.dev.test_regs)
		EXPECT_EQ(0, npu_slow(&self->npu.dev, 0));
	npu_bo_destroy(&self->npu, &self->steps);
	npu_kit_destroy(&self->kit);
	npu_close(&self->npu);
}

/* ---- contexts ------------------------------------------------------------------ */

/* One syncobj goes from job to job, each of which reads what the one before wrote. */
TEST_F_TIMEOUT(fences, binary, 120)
{
	for (uint32_t i = 0; i < NUM_PAGES - 1; i++) {
		struct npu_job job = step_job(&self->kit,
					      self->ctx[i * 3 % NUM_CONTEXTS],
					      &self->steps, i, i);

		if (i)
			npu_job_wait(&job, self->syncobj, 0);
		npu_job_signal(&job, self->syncobj, 0);
		ASSERT_EQ(0, npu_job_submit(&self->npu, &job));
	}
	ASSERT_EQ(0, gate_open(&self->gate));
	ASSERT_EQ(1, npu_syncobj_wait(&self->npu, self->syncobj, JOBS_WAIT_MS));
	EXPECT_EQ(1000 + (int32_t)NUM_PAGES - 1,
		  step_value(&self->kit, &self->steps, NUM_PAGES - 1));
	for (uint32_t i = 1; i < NUM_PAGES - 1; i++)
		EXPECT_TRUE(jobs_after(&self->kit, i, i - 1));
}

/* Page @i to page @i + 1 in context @i, between points. */
static int timeline_step(const struct npu_kit *kit, const uint32_t *ctx,
			 const struct npu_bo *bo, uint32_t i, uint32_t syncobj,
			 uint64_t wait, uint64_t signal)
{
	struct npu_job job = step_job(kit, ctx[i % NUM_CONTEXTS], bo, i, i);

	if (wait)
		npu_job_wait(&job, syncobj, wait);
	if (signal)
		npu_job_signal(&job, syncobj, signal);
	return npu_job_submit(kit->npu, &job);
}

#define STEP(i, wait, signal)                                                \
	timeline_step(&self->kit, self->ctx, &self->steps, i, self->syncobj, \
		      wait, signal)

TEST_F_TIMEOUT(fences, timeline, 120)
{
	uint64_t point = 1;
	struct npu_job job;
	int last;

	ASSERT_EQ(0, STEP(0, 0, FAR));
	/* A point below is that point, with all its 64 bits. */
	ASSERT_EQ(0, STEP(1, 0x100000000u, FAR + 1));
	ASSERT_EQ(0, STEP(2, FAR + 1, 0xfffffffffffffff0u));
	ASSERT_EQ(0, STEP(3, 0xfffffffffffffff0u, 0));
	EXPECT_EQ(0, fence_query(&self->npu, self->syncobj, &point));
	EXPECT_EQ(0, point);
	EXPECT_EQ(-ETIME, fence_wait_point(&self->npu, self->syncobj, FAR, 0));
	EXPECT_EQ(-ETIME, fence_wait_point(&self->npu, self->syncobj, 1,
					   fence_in_ms(20)));
	ASSERT_EQ(0, gate_open(&self->gate));
	EXPECT_EQ(0, fence_wait_point(&self->npu, self->syncobj, FAR,
				      fence_in_ms(JOBS_WAIT_MS)));
	EXPECT_EQ(0, fence_wait_point(&self->npu, self->syncobj,
				      0xfffffffffffffff0u,
				      fence_in_ms(JOBS_WAIT_MS)));
	EXPECT_EQ(0, fence_query(&self->npu, self->syncobj, &point));
	EXPECT_EQ(0xfffffffffffffff0u, point);
	/* The last step is not on the timeline: what follows it is. */
	job = npu_job(&self->kit, self->ctx[3], NPU_NOP, 4);
	last = jobs_submit(&self->npu, &job);
	ASSERT_GT(last, 0);
	EXPECT_EQ(1,
		  npu_syncobj_wait(&self->npu, (uint32_t)last, JOBS_WAIT_MS));
	for (uint32_t i = 1; i < 5; i++)
		EXPECT_TRUE(jobs_after(&self->kit, i, i - 1));
	EXPECT_EQ(1004, step_value(&self->kit, &self->steps, 4));
}

TEST_F_TIMEOUT(fences, points_without_fence, 120)
{
	/* None at all, then none as late as that. */
	EXPECT_EQ(-EINVAL, STEP(0, 1, 0));
	EXPECT_EQ(-EINVAL, STEP(0, FAR, 0));
	ASSERT_EQ(0, STEP(0, 0, FAR));
	EXPECT_EQ(-EINVAL, STEP(1, FAR + 1, 0));
	EXPECT_EQ(-EINVAL, STEP(1, 0x600000000u, 0));
	EXPECT_EQ(-EINVAL,
		  fence_wait_point(&self->npu, self->syncobj, FAR + 1, 0));
	/* Nor was one made by the attempts. */
	EXPECT_EQ(-EINVAL, STEP(1, FAR + 5, FAR + 2));
	EXPECT_EQ(-EINVAL, STEP(1, FAR + 2, 0));
	ASSERT_EQ(0, gate_open(&self->gate));
	EXPECT_EQ(0, fence_wait_point(&self->npu, self->syncobj, FAR,
				      fence_in_ms(JOBS_WAIT_MS)));
	EXPECT_EQ(-EINVAL, STEP(1, FAR + 1, 0));
	EXPECT_EQ(0, STEP(1, FAR, 0));
}

/*
 * Points in a wrong order are the caller's mistake. The kernel takes one that
 * comes too late for the highest there is; nobody gets stuck, and the timeline
 * goes on.
 */
TEST_F_TIMEOUT(fences, points_out_of_order, 120)
{
	ASSERT_EQ(0, STEP(0, 0, FAR + 10));
	ASSERT_EQ(0, STEP(1, FAR + 10, FAR));
	ASSERT_EQ(0, STEP(2, FAR, 0));
	ASSERT_EQ(0, STEP(3, FAR + 10, FAR + 20));
	ASSERT_EQ(0, STEP(4, FAR + 20, FAR + 21));
	EXPECT_EQ(-EINVAL, STEP(5, FAR + 22, 0));
	ASSERT_EQ(0, gate_open(&self->gate));
	EXPECT_EQ(0, fence_wait_point(&self->npu, self->syncobj, FAR + 21,
				      fence_in_ms(JOBS_WAIT_MS)));
	EXPECT_TRUE(jobs_after(&self->kit, 1, 0));
	EXPECT_TRUE(jobs_after(&self->kit, 3, 1));
	EXPECT_TRUE(jobs_after(&self->kit, 4, 3));
}

/* Fences order, they do not vouch: a job that depends on a failed one runs. */
TEST_F_TIMEOUT(fences, failed_dependency, 120)
{
	struct npu_job bad = npu_job(&self->kit, self->ctx[0], NPU_ILLEGAL, 10);
	struct drm_genesys_ctx_query query;
	int fence;

	npu_job_signal(&bad, self->syncobj, FAR);
	ASSERT_EQ(0, npu_job_submit(&self->npu, &bad));
	/* Steps 1 and 3, by other contexts; 4 by that of the failed one. */
	ASSERT_EQ(0, STEP(1, FAR, FAR + 1));
	ASSERT_EQ(0, STEP(4, 0, FAR + 2));
	ASSERT_EQ(0, STEP(3, FAR + 2, FAR + 3));
	ASSERT_EQ(0, gate_open(&self->gate));
	EXPECT_EQ(0, fence_wait_point(&self->npu, self->syncobj, FAR + 3,
				      fence_in_ms(JOBS_WAIT_MS)));
	EXPECT_EQ(npu_result(&self->kit, 10)->status, GS_JOB_FAULT);
	EXPECT_EQ(npu_result(&self->kit, 1)->status, GS_JOB_OK);
	EXPECT_GE(npu_result(&self->kit, 1)->time_start,
		  npu_result(&self->kit, 10)->time_end);
	EXPECT_EQ(npu_result(&self->kit, 3)->status, GS_JOB_OK);
	EXPECT_EQ(npu_result(&self->kit, 4)->status, UINT32_MAX);
	ASSERT_EQ(0, npu_ctx_query(&self->npu, self->ctx[1], &query));
	EXPECT_EQ(query.state, DRM_GENESYS_CTX_ACTIVE);
	ASSERT_EQ(0, npu_ctx_query(&self->npu, self->ctx[0], &query));
	EXPECT_EQ(query.state, DRM_GENESYS_CTX_GUILTY);
	/* The status is that of the newest point's job. */
	fence = npu_syncobj_fd(&self->npu, self->syncobj);
	EXPECT_EQ(1, npu_fence_wait(fence, JOBS_WAIT_MS));
	close(fence);
}

/* ---- waiting --------------------------------------------------------------------- */

/* Timeouts are absolute; those of the past only look. */
TEST_F_TIMEOUT(fences, wait, 120)
{
	struct npu_job job = npu_job(&self->kit, self->ctx[0], NPU_NOP, 0);
	struct npu_job bad = npu_job(&self->kit, self->ctx[1], NPU_ILLEGAL, 1);
	uint32_t all = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL, handles[2], first = 7;
	int64_t deadline;

	handles[0] = self->syncobj;
	EXPECT_EQ(-EINVAL,
		  fence_wait_binary(&self->npu, handles, 1, 0, 0, NULL));
	handles[0] = (uint32_t)jobs_submit(&self->npu, &job);
	handles[1] = (uint32_t)jobs_submit(&self->npu, &bad);
	EXPECT_EQ(-ETIME,
		  fence_wait_binary(&self->npu, handles, 2, 0, 0, NULL));
	EXPECT_EQ(-ETIME, fence_wait_binary(&self->npu, handles, 2, all,
					    fence_in_ms(-1000), NULL));
	deadline = fence_in_ms(50);
	EXPECT_EQ(-ETIME,
		  fence_wait_binary(&self->npu, handles, 2, 0, deadline, NULL));
	/* The kernel counts in jiffies, of which it loses a part of one. */
	EXPECT_GE(fence_in_ms(10), deadline);
	ASSERT_EQ(0, gate_open(&self->gate));
	EXPECT_EQ(0, fence_wait_binary(&self->npu, handles, 2, all,
				       fence_in_ms(JOBS_WAIT_MS), NULL));
	/* Signalled already, which deadline ever; the failed one as well. */
	EXPECT_EQ(0, fence_wait_binary(&self->npu, handles, 2, all, 0, NULL));
	EXPECT_EQ(0,
		  fence_wait_binary(&self->npu, handles + 1, 1, 0, 0, &first));
	EXPECT_EQ(0, first);
	EXPECT_EQ(-EIO, npu_syncobj_wait(&self->npu, handles[1], 0));
}

TEST_F_TIMEOUT(fences, poll_sync_file, 120)
{
	struct npu_job job = npu_job(&self->kit, self->ctx[0], NPU_NOP, 0);
	int syncobj = jobs_submit(&self->npu, &job);
	int fence, copy;

	ASSERT_GT(syncobj, 0);
	fence = npu_syncobj_fd(&self->npu, (uint32_t)syncobj);
	ASSERT_GE(fence, 0);
	copy = dup(fence);
	/* The fence is all it holds on to. */
	npu_syncobj_destroy(&self->npu, (uint32_t)syncobj);
	EXPECT_FALSE(fence_ready(fence, 0));
	EXPECT_FALSE(fence_ready(fence, 50));
	EXPECT_EQ(0, npu_fence_status(fence));
	ASSERT_EQ(0, gate_open(&self->gate));
	EXPECT_TRUE(fence_ready(fence, JOBS_WAIT_MS));
	EXPECT_TRUE(fence_ready(copy, 0));
	EXPECT_EQ(1, npu_fence_status(fence));
	close(fence);
	close(copy);
}

TEST_F_TIMEOUT(fences, poll_eventfd, 120)
{
	int binary, near, late, submitted;
	struct npu_job job;
	uint64_t value;
	int plain;

	late = fence_eventfd(&self->npu, self->syncobj, FAR + 1, 0);
	submitted = fence_eventfd(&self->npu, self->syncobj, FAR,
				  DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE);
	ASSERT_GE(late, 0);
	ASSERT_GE(submitted, 0);
	EXPECT_FALSE(fence_ready(submitted, 0));
	ASSERT_EQ(0, STEP(0, 0, FAR));
	EXPECT_TRUE(fence_ready(submitted, JOBS_WAIT_MS));
	near = fence_eventfd(&self->npu, self->syncobj, FAR, 0);
	ASSERT_GE(near, 0);
	job = npu_job(&self->kit, self->ctx[1], NPU_NOP, 1);
	plain = jobs_submit(&self->npu, &job);
	ASSERT_GT(plain, 0);
	binary = fence_eventfd(&self->npu, (uint32_t)plain, 0, 0);
	ASSERT_GE(binary, 0);
	EXPECT_FALSE(fence_ready(near, 50));
	EXPECT_FALSE(fence_ready(binary, 0));
	ASSERT_EQ(0, gate_open(&self->gate));
	EXPECT_TRUE(fence_ready(near, JOBS_WAIT_MS));
	EXPECT_TRUE(fence_ready(binary, JOBS_WAIT_MS));
	ASSERT_EQ((ssize_t)sizeof(value), read(near, &value, sizeof(value)));
	EXPECT_EQ(value, 1);
	EXPECT_FALSE(fence_ready(late, 0));
	ASSERT_EQ(0, STEP(1, FAR, FAR + 1));
	EXPECT_TRUE(fence_ready(late, JOBS_WAIT_MS));
	close(binary);
	close(near);
	close(late);
	close(submitted);
}

/* ---- processes -------------------------------------------------------------------- */

TEST_F_TIMEOUT(fences, sync_file_between_processes, 120)
{
	struct npu_job job = npu_job(&self->kit, self->ctx[0], NPU_CHAIN, 0);
	struct peer_report report = { 0 };
	int syncobj = jobs_submit(&self->npu, &job);
	int fence;

	ASSERT_GT(syncobj, 0);
	fence = npu_syncobj_fd(&self->npu, (uint32_t)syncobj);
	ASSERT_GE(fence, 0);
	ASSERT_EQ(0, fence_with_peer(&self->npu.dev, fence, true, &self->gate,
				     &report));
	EXPECT_EQ(1, report.status);
	EXPECT_EQ(1, npu_fence_status(fence));
	EXPECT_GE(report.start, npu_result(&self->kit, 0)->time_end);
	EXPECT_GE(report.end, report.start);
	close(fence);
}

/* A buffer that two processes share orders their jobs without any syncobj. */
TEST_F_TIMEOUT(fences, dma_buf_between_processes, 120)
{
	struct npu_job slow = npu_job(&self->kit, self->ctx[0], NPU_CHAIN, 1);
	struct npu_job job;
	struct peer_report report = { 0 };
	int dmabuf = npu_export(&self->npu, self->steps.handle);

	ASSERT_GE(dmabuf, 0);
	ASSERT_EQ(0, npu_job_submit(&self->npu, &slow));
	job = step_job(&self->kit, self->ctx[0], &self->steps, 0, 0);
	ASSERT_EQ(0, npu_job_submit(&self->npu, &job));
	ASSERT_EQ(0, fence_with_peer(&self->npu.dev, dmabuf, false, &self->gate,
				     &report));
	EXPECT_EQ(1, report.status);
	EXPECT_GE(report.start, npu_result(&self->kit, 0)->time_end);
	EXPECT_EQ(1001, step_value(&self->kit, &self->steps, 1));
	EXPECT_EQ(1002, step_value(&self->kit, &self->steps, 2));
	close(dmabuf);
}

TEST_HARNESS_MAIN
