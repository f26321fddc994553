// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SUBMIT at its limits, timelines, guilty contexts, signals.
 */
#include "npu_harness.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <drm.h>

#include "cases.h"

FIXTURE(limits)
{
	struct bed bed;
	struct npu_job job; /* waits for nothing, signals bed.out */
};

FIXTURE_SETUP(limits)
{
	ASSERT_EQ(0, bed_make(&self->bed));
	self->job = npu_job(&self->bed.kit, self->bed.ctx, NPU_NOP, 1);
	npu_job_signal(&self->job, self->bed.out, 0);
}

FIXTURE_TEARDOWN(limits)
{
	EXPECT_EQ(0, npu_check(&self->bed.npu.dev, 2));
	bed_unmake(&self->bed);
}

static uint64_t as_u64(const void *pointer)
{
	return (uintptr_t)pointer;
}

TEST_F(limits, timelines)
{
	const struct npu *npu = &self->bed.npu;
	uint32_t line = (uint32_t)npu_syncobj_create(npu);
	struct npu_job job;

	ASSERT_EQ(0, npu_syncobj_signal(npu, line, 10));
	/* Twice the same to wait for, and 2^33 is more than 32 bits hold. */
	job = npu_job(&self->bed.kit, self->bed.ctx, NPU_NOP, 1);
	npu_job_wait(&job, line, 10);
	npu_job_wait(&job, line, 10);
	npu_job_wait(&job, line, 1);
	npu_job_signal(&job, line, 1ull << 33);
	ASSERT_EQ(0, npu_job_submit(npu, &job));
	job = npu_job(&self->bed.kit, self->bed.ctx, NPU_NOP, 1);
	npu_job_wait(&job, line, 1ull << 33);
	npu_job_signal(&job, line, (1ull << 33) + 1);
	npu_job_signal(&job, self->bed.out, 0);
	ASSERT_EQ(0, npu_job_submit(npu, &job));
	EXPECT_EQ(1, npu_syncobj_wait(npu, self->bed.out, 10000));
	EXPECT_EQ(1, npu_syncobj_wait(npu, line, 10000));
	/* Waiting for what the same job replaces: the old fence. */
	job = npu_job(&self->bed.kit, self->bed.ctx, NPU_NOP, 1);
	npu_job_wait(&job, self->bed.out, 0);
	npu_job_signal(&job, self->bed.out, 0);
	ASSERT_EQ(0, npu_job_submit(npu, &job));
	EXPECT_EQ(1, npu_syncobj_wait(npu, self->bed.out, 10000));
	EXPECT_EQ(3, job.args.seqno);
}

/* ---- as many as allowed, and one more ------------------------------------ */

TEST_F(limits, bos_and_syncobjs)
{
	uint32_t max = self->bed.npu.limits.max_bos_per_job;
	uint32_t syncs = self->bed.npu.limits.max_syncs_per_job;
	struct drm_genesys_bo_ref *refs = calloc(max + 1, sizeof(*refs));
	struct drm_genesys_sync *sync = calloc(syncs + 1, sizeof(*sync));
	struct drm_genesys_submit args = self->job.args;
	int fd = self->bed.npu.fd;

	ASSERT_NE(NULL, refs);
	ASSERT_NE(NULL, sync);
	memcpy(refs, self->job.refs, 3 * sizeof(*refs));
	for (uint32_t i = 3; i <= max; i++) {
		struct npu_bo bo;

		ASSERT_EQ(0, npu_bo_create(&self->bed.npu, &bo, 4096, 0));
		npu_bo_unmap(&bo);
		refs[i].handle = bo.handle;
		refs[i].flags = DRM_GENESYS_BO_REF_WRITE;
	}
	for (uint32_t i = 0; i <= syncs; i++) {
		sync[i].handle = (uint32_t)npu_syncobj_create(&self->bed.npu);
		sync[i].flags = DRM_GENESYS_SYNC_SIGNAL;
		sync[i].point = i & 1 ? 5 : 0;
	}
	args.bos = (struct drm_genesys_obj_array){ as_u64(refs), max + 1, 8 };
	args.syncs = (struct drm_genesys_obj_array){ as_u64(sync), syncs, 16 };
	EXPECT_EQ(-EINVAL, npu_ioctl(fd, DRM_IOCTL_GENESYS_SUBMIT, &args));
	args.bos.count = max;
	args.syncs.count = syncs + 1;
	EXPECT_EQ(-EINVAL, npu_ioctl(fd, DRM_IOCTL_GENESYS_SUBMIT, &args));
	args.syncs.count = syncs;
	EXPECT_EQ(0, npu_ioctl(fd, DRM_IOCTL_GENESYS_SUBMIT, &args));
	EXPECT_EQ(1, args.seqno);
	for (uint32_t i = 0; i < syncs; i++)
		EXPECT_EQ(1, npu_syncobj_wait(&self->bed.npu, sync[i].handle,
					      10000));
	EXPECT_EQ(-EINVAL, npu_syncobj_fd(&self->bed.npu, sync[syncs].handle));
}

/*
 * A context whose only job ends when the context is destroyed; the syncobj
 * has its fence.
 */
static int block(const struct bed *bed, uint32_t syncobj)
{
	int ctx = npu_ctx_create(&bed->npu, DRM_GENESYS_PRIORITY_LOW, 60000);
	int ret;

	if (ctx < 0)
		return ctx;
	ret = npu_submit(&bed->kit, (uint32_t)ctx, NPU_ENDLESS, syncobj);
	return ret ? ret : ctx;
}

TEST_F(limits, jobs)
{
	uint32_t max = self->bed.npu.limits.max_jobs_per_ctx;
	const struct npu *npu = &self->bed.npu;
	uint32_t gate = (uint32_t)npu_syncobj_create(npu);
	int blocker = block(&self->bed, gate);
	struct npu_job job = npu_job(&self->bed.kit, self->bed.ctx, NPU_NOP, 1);

	ASSERT_LT(0, blocker);
	npu_job_wait(&job, gate, 0);
	for (uint32_t i = 1; i <= max; i++) {
		ASSERT_EQ(0, npu_job_submit(npu, &job));
		ASSERT_EQ(i, job.args.seqno);
	}
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(-EBUSY, npu_job_submit(npu, &self->job));
		EXPECT_EQ(-EBUSY, npu_job_submit(npu, &job));
		EXPECT_EQ(0, self->job.args.seqno);
	}
	EXPECT_EQ(-EINVAL, npu_syncobj_fd(npu, self->bed.out));
	ASSERT_EQ(0, npu_ctx_destroy(npu, (uint32_t)blocker));
	EXPECT_EQ(-ECANCELED, npu_syncobj_wait(npu, gate, 10000));
	/* What waited for the cancelled job runs all the same. */
	EXPECT_EQ(0, bed_settle(&self->bed));
	EXPECT_EQ(0, npu_job_submit(npu, &self->job));
	EXPECT_EQ(max + 1, self->job.args.seqno);
	EXPECT_EQ(1, npu_syncobj_wait(npu, self->bed.out, 10000));
}

/* A context with a job that waits for @gate, destroyed at once; or an error. */
static int leave_job(struct bed *bed, uint32_t gate)
{
	int ctx = npu_ctx_create(&bed->npu, DRM_GENESYS_PRIORITY_NORMAL, 0);
	struct npu_job job;
	int ret;

	if (ctx < 0)
		return ctx;
	job = npu_job(&bed->kit, (uint32_t)ctx, NPU_NOP, 1);
	npu_job_wait(&job, gate, 0);
	ret = npu_job_submit(&bed->npu, &job);
	return ret ? ret : npu_ctx_destroy(&bed->npu, (uint32_t)ctx);
}

/* A context as soon as there is room for one; or an error. */
static int create_soon(const struct npu *npu)
{
	uint64_t start = npu_now_ms();
	int ctx;

	do {
		ctx = npu_ctx_create(npu, DRM_GENESYS_PRIORITY_LOW, 0);
	} while (ctx == -ENOSPC && npu_now_ms() - start < 10000);
	return ctx;
}

/* Contexts without a handle use memory as well, as long as their jobs wait. */
TEST_F(limits, destroyed_contexts)
{
	uint32_t max = 4 * self->bed.npu.limits.max_ctx_per_file;
	const struct npu *npu = &self->bed.npu;
	uint32_t gate = (uint32_t)npu_syncobj_create(npu);
	int blocker = block(&self->bed, gate);
	uint32_t left = 0;
	int ret;

	ASSERT_LT(0, blocker);
	while (!(ret = leave_job(&self->bed, gate)) && left <= max)
		left++;
	EXPECT_EQ(-ENOSPC, ret);
	/* The blocker's and the one of the bed are there too. */
	EXPECT_EQ(max - 2, left);
	ASSERT_EQ(0, npu_ctx_destroy(npu, (uint32_t)blocker));
	EXPECT_EQ(-ECANCELED, npu_syncobj_wait(npu, gate, 10000));
	/* All the cancelled jobs have to end first, which takes a while. */
	ret = create_soon(npu);
	ASSERT_LT(0, ret);
	ASSERT_EQ(0, npu_ctx_destroy(npu, (uint32_t)ret));
	for (uint32_t i = 0; i < 2 * max; i++) {
		int ctx = npu_ctx_create(npu, DRM_GENESYS_PRIORITY_LOW, 0);

		ASSERT_LT(0, ctx);
		ASSERT_EQ(0, npu_ctx_destroy(npu, (uint32_t)ctx));
	}
}

/* ---- guilty contexts ----------------------------------------------------- */

TEST_F(limits, guilty_context)
{
	const struct npu *npu = &self->bed.npu;
	struct drm_genesys_ctx_query query;
	int ctx = npu_ctx_create(npu, DRM_GENESYS_PRIORITY_NORMAL, 0);
	struct npu_job job = self->job;

	ASSERT_LT(0, ctx);
	EXPECT_EQ(1, npu_run(&self->bed.kit, (uint32_t)ctx, NPU_NOP, 10000));
	EXPECT_EQ(-EIO,
		  npu_run(&self->bed.kit, (uint32_t)ctx, NPU_ILLEGAL, 10000));
	job.args.ctx_id = (uint32_t)ctx;
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(-ECANCELED, npu_job_submit(npu, &job));
	EXPECT_EQ(0, job.args.seqno);
	EXPECT_EQ(-EINVAL, npu_syncobj_fd(npu, self->bed.out));
	ASSERT_EQ(0, npu_ctx_query(npu, (uint32_t)ctx, &query));
	EXPECT_EQ(DRM_GENESYS_CTX_GUILTY, query.state);
	EXPECT_EQ(DRM_GENESYS_CAUSE_CORE_FAULT, query.cause);
	EXPECT_EQ(2, query.seqno);
	EXPECT_EQ(2, query.submitted);
	EXPECT_EQ(2, query.completed);
	EXPECT_EQ(1, query.block);
	EXPECT_EQ(0, query.word);
	EXPECT_LT(0, query.busy_ns);
	/* Others of the same file, old and new, go on. */
	EXPECT_EQ(0, npu_job_submit(npu, &self->job));
	EXPECT_EQ(1, npu_syncobj_wait(npu, self->bed.out, 10000));
	ctx = npu_ctx_create(npu, DRM_GENESYS_PRIORITY_NORMAL, 0);
	EXPECT_EQ(1, npu_run(&self->bed.kit, (uint32_t)ctx, NPU_ADD, 10000));
}

/* ---- signals ------------------------------------------------------------- */

static atomic_uint alarms;

static void on_alarm(int signal)
{
	(void)signal;
	alarms++;
}

#define SHARED_BOS 64u

struct rival {
	const struct bed *bed;
	struct drm_genesys_bo_ref refs[SHARED_BOS];
	atomic_int stop, error;
};

/* BOs which both threads use: locking them takes a while. */
static int add_bos(struct rival *rival)
{
	const struct npu_kit *kit = &rival->bed->kit;
	struct npu_job job = npu_job(kit, 0, NPU_NOP, 0);
	int ret = 0;

	memcpy(rival->refs, job.refs, 3 * sizeof(job.refs[0]));
	for (uint32_t i = 3; i < SHARED_BOS && !ret; i++) {
		struct npu_bo bo;

		ret = npu_bo_create(kit->npu, &bo, 4096, 0);
		npu_bo_unmap(&bo);
		rival->refs[i].handle = bo.handle;
		rival->refs[i].flags = DRM_GENESYS_BO_REF_WRITE;
	}
	return ret;
}

static int submit_all(const struct rival *rival,
		      struct drm_genesys_submit *args)
{
	args->bos.array = as_u64(rival->refs);
	args->bos.count = SHARED_BOS;
	args->bos.stride = sizeof(rival->refs[0]);
	args->syncs.count = 0;
	return npu_ioctl(rival->bed->npu.fd, DRM_IOCTL_GENESYS_SUBMIT, args);
}

static void *rival_main(void *arg)
{
	struct rival *rival = arg;
	int ctx = npu_ctx_create(&rival->bed->npu, DRM_GENESYS_PRIORITY_LOW, 0);
	struct npu_job job =
		npu_job(&rival->bed->kit, (uint32_t)ctx, NPU_NOP, 2);

	while (!rival->stop && !rival->error) {
		int ret = submit_all(rival, &job.args);

		if (ret && ret != -EBUSY)
			rival->error = ret;
	}
	return NULL;
}

/* Starts the other thread, with the signal for this one only. */
static int start_rival(struct rival *rival, pthread_t *thread)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
	sigset_t set;
	int ret = add_bos(rival);

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	if (ret || sigaction(SIGALRM, &action, NULL) ||
	    pthread_sigmask(SIG_BLOCK, &set, NULL) ||
	    pthread_create(thread, NULL, rival_main, rival) ||
	    pthread_sigmask(SIG_UNBLOCK, &set, NULL))
		return ret ? ret : -errno;
	return setitimer(ITIMER_REAL, &often, NULL) ? -errno : 0;
}

/* With EINTR nothing was queued, so that every job that was has its number. */
TEST_F(limits, interrupted)
{
	struct rival rival = { .bed = &self->bed };
	struct drm_genesys_submit *args = &self->job.args;
	unsigned interrupted = 0, done = 0, busy = 0;
	uint64_t end = npu_now_ms() + 3000;
	struct itimerval never = { 0 };
	pthread_t thread;
	int ret = 0;

	ASSERT_EQ(0, start_rival(&rival, &thread));
	while (done < 400 && npu_now_ms() < end) {
		ret = submit_all(&rival, args);
		done += !ret;
		interrupted += ret == -EINTR;
		busy += ret == -EBUSY;
		if (ret && ret != -EINTR && ret != -EBUSY)
			break;
		if (!ret && args->seqno != done)
			break;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	rival.stop = 1;
	pthread_join(thread, NULL);
	TH_LOG("%u signals, %u calls interrupted, %u busy", alarms, interrupted,
	       busy);
	EXPECT_TRUE(!ret || ret == -EINTR || ret == -EBUSY);
	EXPECT_LT(0, done);
	EXPECT_EQ(done, args->seqno);
	EXPECT_EQ(0, rival.error);
	EXPECT_LT(0, alarms);
	EXPECT_EQ(0, bed_settle(&self->bed));
}

TEST_HARNESS_MAIN
