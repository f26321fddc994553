// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Queues of jobs: their order, how many fit, whose is first. What orders jobs of
 * different contexts is tested by fences.c, many processes by load.c.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "npu_harness.h"

#include "jobs.h"

#define NUM_STEPS 64u
#define CLOSE_TRIES 3
#define SLOW_US 1000u /* a block; no test depends on it */

FIXTURE(submit)
{
	struct npu npu;
	struct npu_kit kit;
	struct npu_bo steps; /* NUM_STEPS + 1 pages */
};

FIXTURE_SETUP(submit)
{
	ASSERT_EQ(0, npu_open(&self->npu));
	ASSERT_EQ(0, npu_kit_create(&self->npu, &self->kit));
	ASSERT_EQ(0, npu_bo_create(&self->npu, &self->steps,
				   (NUM_STEPS + 1) * GS_PAGE_BYTES, 0));
	steps_clear(&self->steps, 1000);
	jobs_forget(&self->kit);
	if (self->npu.dev.test_regs)
		ASSERT_EQ(0, npu_slow(&self->npu.dev, SLOW_US));
}

FIXTURE_TEARDOWN(submit)
{
	if (self->npu.dev.test_regs)
		EXPECT_EQ(0, npu_slow(&self->npu.dev, 0));
	npu_bo_destroy(&self->npu, &self->steps);
	npu_kit_destroy(&self->kit);
	npu_close(&self->npu);
}

static int new_context(const struct npu *npu, uint32_t priority)
{
	return npu_ctx_create(npu, priority, JOBS_WAIT_MS);
}

/* ---- one context ------------------------------------------------------------- */

/* Each job reads what the one before wrote. */
TEST_F_TIMEOUT(submit, order, 120)
{
	int ctx = new_context(&self->npu, DRM_GENESYS_PRIORITY_NORMAL);
	struct drm_genesys_ctx_query query;
	int syncobj = 0;

	ASSERT_GT(ctx, 0);
	for (uint32_t i = 0; i < NUM_STEPS; i++) {
		struct npu_job job =
			step_job(&self->kit, (uint32_t)ctx, &self->steps, i, i);

		syncobj = jobs_submit(&self->npu, &job);
		ASSERT_GT(syncobj, 0);
		EXPECT_EQ(job.args.seqno, i + 1);
	}
	ASSERT_EQ(1, npu_syncobj_wait(&self->npu, (uint32_t)syncobj,
				      JOBS_WAIT_MS));
	for (uint32_t i = 0; i < NUM_STEPS; i++)
		EXPECT_EQ(1001 + (int32_t)i,
			  step_value(&self->kit, &self->steps, i + 1));
	for (uint32_t i = 1; i < NUM_STEPS; i++)
		EXPECT_TRUE(jobs_after(&self->kit, i, i - 1));
	ASSERT_EQ(0, npu_ctx_query(&self->npu, (uint32_t)ctx, &query));
	EXPECT_EQ(query.state, DRM_GENESYS_CTX_ACTIVE);
	EXPECT_EQ(query.submitted, NUM_STEPS);
	EXPECT_EQ(query.completed, NUM_STEPS);
	EXPECT_GT(query.busy_ns, 0);
}

/* Jobs behind a failed one are cancelled, other contexts go on. */
TEST_F_TIMEOUT(submit, guilty, 120)
{
	int ctx = new_context(&self->npu, DRM_GENESYS_PRIORITY_NORMAL);
	int other = new_context(&self->npu, DRM_GENESYS_PRIORITY_NORMAL);
	struct drm_genesys_ctx_query query;
	struct npu_job job;
	int syncobjs[6];
	struct gate gate;

	ASSERT_GT(ctx, 0);
	ASSERT_GT(other, 0);
	ASSERT_EQ(0, gate_close(&gate, &self->kit));
	for (uint32_t i = 0; i < 6; i++) {
		job = npu_job(&self->kit, (uint32_t)(i == 5 ? other : ctx),
			      i == 1 ? NPU_ILLEGAL : NPU_ADD, i);
		syncobjs[i] = jobs_submit(&self->npu, &job);
		ASSERT_GT(syncobjs[i], 0);
	}
	ASSERT_EQ(0, gate_open(&gate));
	for (uint32_t i = 0; i < 6; i++)
		EXPECT_EQ(i == 1	  ? -EIO :
			  i > 1 && i != 5 ? -ECANCELED :
					    1,
			  npu_syncobj_wait(&self->npu, (uint32_t)syncobjs[i],
					   JOBS_WAIT_MS));
	EXPECT_EQ(npu_result(&self->kit, 1)->status, GS_JOB_FAULT);
	EXPECT_EQ(npu_result(&self->kit, 1)->address, NPU_ILLEGAL_WORD);
	/* Those that were cancelled never ran. */
	for (uint32_t i = 2; i < 5; i++)
		EXPECT_EQ(npu_result(&self->kit, i)->status, UINT32_MAX);
	ASSERT_EQ(0, npu_ctx_query(&self->npu, (uint32_t)ctx, &query));
	EXPECT_EQ(query.state, DRM_GENESYS_CTX_GUILTY);
	EXPECT_EQ(query.cause, DRM_GENESYS_CAUSE_CORE_FAULT);
	EXPECT_EQ(query.seqno, 2);
	EXPECT_EQ(query.completed, 5);
	EXPECT_EQ(-ECANCELED,
		  npu_submit(&self->kit, (uint32_t)ctx, NPU_ADD, 0));
	ctx = new_context(&self->npu, DRM_GENESYS_PRIORITY_NORMAL);
	ASSERT_GT(ctx, 0);
	EXPECT_EQ(1, npu_run(&self->kit, (uint32_t)ctx, NPU_ADD, JOBS_WAIT_MS));
	EXPECT_EQ(1,
		  npu_run(&self->kit, (uint32_t)other, NPU_ADD, JOBS_WAIT_MS));
}

/* A context takes so many jobs, and goes on when the oldest has ended. */
TEST_F_TIMEOUT(submit, full, 240)
{
	uint32_t max = self->npu.limits.max_jobs_per_ctx;
	int ctx = new_context(&self->npu, DRM_GENESYS_PRIORITY_NORMAL);
	int other = new_context(&self->npu, DRM_GENESYS_PRIORITY_NORMAL);
	struct drm_genesys_ctx_query query;
	int first = 0, last = 0, ret;
	struct npu_job job;
	struct gate gate;

	ASSERT_GT(ctx, 0);
	ASSERT_GT(other, 0);
	ASSERT_EQ(max, 256);
	ASSERT_EQ(0, gate_close(&gate, &self->kit));
	for (uint32_t i = 0; i < max; i++) {
		job = npu_job(&self->kit, (uint32_t)ctx, NPU_NOP, i);
		last = jobs_submit(&self->npu, &job);
		ASSERT_GT(last, 0);
		first = first ? first : last;
	}
	job = npu_job(&self->kit, (uint32_t)ctx, NPU_NOP, max);
	EXPECT_EQ(-EBUSY, npu_job_submit(&self->npu, &job));
	EXPECT_EQ(-EBUSY, npu_job_submit(&self->npu, &job));
	EXPECT_EQ(0, npu_submit(&self->kit, (uint32_t)other, NPU_NOP, 0));
	ASSERT_TRUE(gate_is_closed(&gate));
	ASSERT_EQ(0, gate_open(&gate));
	ASSERT_EQ(1,
		  npu_syncobj_wait(&self->npu, (uint32_t)first, JOBS_WAIT_MS));
	/* There is room by the time the fence has signalled. */
	ret = jobs_submit(&self->npu, &job);
	ASSERT_GT(ret, 0);
	EXPECT_EQ(job.args.seqno, max + 1);
	EXPECT_EQ(1,
		  npu_syncobj_wait(&self->npu, (uint32_t)last, JOBS_WAIT_MS));
	ASSERT_EQ(1, npu_syncobj_wait(&self->npu, (uint32_t)ret, JOBS_WAIT_MS));
	for (uint32_t i = 1; i <= max; i++)
		EXPECT_TRUE(jobs_after(&self->kit, i, i - 1));
	ASSERT_EQ(0, npu_ctx_query(&self->npu, (uint32_t)ctx, &query));
	EXPECT_EQ(query.completed, max + 1);
}

TEST_F(submit, duplicates)
{
	int ctx = new_context(&self->npu, DRM_GENESYS_PRIORITY_NORMAL);
	uint32_t syncobj = (uint32_t)npu_syncobj_create(&self->npu);
	struct npu_job job, good;
	int done;

	ASSERT_GT(ctx, 0);
	good = npu_job(&self->kit, (uint32_t)ctx, NPU_ADD, 0);
	job = good;
	npu_job_add_bo(&job, self->kit.data.handle, DRM_GENESYS_BO_REF_READ);
	EXPECT_EQ(-EINVAL, npu_job_submit(&self->npu, &job));
	job = good;
	npu_job_signal(&job, syncobj, 0);
	npu_job_signal(&job, syncobj, 0);
	EXPECT_EQ(-EINVAL, npu_job_submit(&self->npu, &job));
	job = good;
	npu_job_signal(&job, syncobj, 0);
	npu_job_signal(&job, syncobj, 1);
	EXPECT_EQ(-EINVAL, npu_job_submit(&self->npu, &job));
	/* None of them left a fence, and none was counted. */
	EXPECT_EQ(-EINVAL, npu_syncobj_fd(&self->npu, syncobj));
	job = good;
	npu_job_signal(&job, syncobj, 0);
	ASSERT_EQ(0, npu_job_submit(&self->npu, &job));
	EXPECT_EQ(job.args.seqno, 1);
	/* To wait twice, or to wait and to signal, is no contradiction. */
	job = good;
	npu_job_wait(&job, syncobj, 0);
	npu_job_wait(&job, syncobj, 0);
	npu_job_signal(&job, syncobj, 0);
	done = jobs_submit(&self->npu, &job);
	ASSERT_GT(done, 0);
	EXPECT_EQ(1,
		  npu_syncobj_wait(&self->npu, (uint32_t)done, JOBS_WAIT_MS));
}

struct contender {
	pthread_t thread;
	struct npu_kit *kit;
	const struct npu_bo *bos;
	uint32_t number;
	int ret;
};

#define CONTENDERS 4u
#define CONTENDED_BOS 5u
#define CONTENDED_JOBS 60u

static void *contend(void *arg)
{
	struct contender *c = arg;
	int ctx = new_context(c->kit->npu, DRM_GENESYS_PRIORITY_NORMAL);
	int syncobj = 0;

	c->ret = ctx < 0 ? ctx : 0;
	for (uint32_t i = 0; i < CONTENDED_JOBS && !c->ret; i++) {
		struct npu_job job =
			npu_job(c->kit, (uint32_t)ctx, NPU_NOP, c->number);

		for (uint32_t b = 0; b < CONTENDED_BOS; b++) {
			uint32_t at = c->number & 1 ? CONTENDED_BOS - 1 - b : b;

			npu_job_add_bo(&job,
				       c->bos[(at + i) % CONTENDED_BOS].handle,
				       DRM_GENESYS_BO_REF_WRITE);
		}
		syncobj = jobs_submit(c->kit->npu, &job);
		c->ret = syncobj < 0 ? syncobj : 0;
	}
	if (!c->ret)
		c->ret = npu_syncobj_wait(c->kit->npu, (uint32_t)syncobj,
					  JOBS_WAIT_MS);
	return NULL;
}

/* Threads list the same BOs in different orders; SUBMIT locks all of them. */
TEST_F_TIMEOUT(submit, contention, 240)
{
	struct npu_bo bos[CONTENDED_BOS];
	struct contender c[CONTENDERS];

	for (uint32_t i = 0; i < CONTENDED_BOS; i++)
		ASSERT_EQ(0, npu_bo_create(&self->npu, &bos[i], 1, 0));
	for (uint32_t i = 0; i < CONTENDERS; i++) {
		c[i] = (struct contender){ .kit = &self->kit,
					   .bos = bos,
					   .number = i };
		ASSERT_EQ(0,
			  pthread_create(&c[i].thread, NULL, contend, &c[i]));
	}
	for (uint32_t i = 0; i < CONTENDERS; i++) {
		ASSERT_EQ(0, pthread_join(c[i].thread, NULL));
		EXPECT_EQ(1, c[i].ret);
	}
	for (uint32_t i = 0; i < CONTENDED_BOS; i++)
		npu_bo_destroy(&self->npu, &bos[i]);
}

/* ---- closing ------------------------------------------------------------------ */

/* Queue jobs behind one that does not end, close the file; milliseconds. */
static int close_busy(const struct npu_device *dev, int *last)
{
	uint64_t start;
	struct npu_kit kit;
	struct npu npu;
	int ctx, ret = npu_open_device(&npu, dev);

	if (!ret)
		ret = npu_kit_create(&npu, &kit);
	if (ret)
		return ret;
	ctx = new_context(&npu, DRM_GENESYS_PRIORITY_NORMAL);
	ret = npu_submit(&kit, (uint32_t)ctx, NPU_ENDLESS, 0);
	for (int i = 0; i < 100 && !ret; i++) {
		struct npu_job job = npu_job(&kit, (uint32_t)ctx, NPU_ADD, 1);

		ret = jobs_submit(&npu, &job);
		if (i == 99 && ret > 0)
			*last = npu_syncobj_fd(&npu, (uint32_t)ret);
		ret = ret < 0 ? ret : 0;
	}
	/* A mapping would hold on to the file. */
	npu_kit_unmap(&kit);
	start = npu_now_ms();
	npu_close(&npu);
	start = npu_now_ms() - start;
	return ret ? ret : (int)start;
}

TEST_F_TIMEOUT(submit, close, 120)
{
	int best = INT32_MAX, last = -1;

	/* The best of some: others may have kept us from running. */
	for (int i = 0; i < CLOSE_TRIES; i++) {
		int ms = close_busy(&self->npu.dev, &last);

		ASSERT_GE(ms, 0);
		best = ms < best ? ms : best;
		EXPECT_EQ(-ECANCELED, npu_fence_wait(last, JOBS_WAIT_MS));
		close(last);
	}
	EXPECT_LT(best, 1000);
	EXPECT_EQ(0, npu_check(&self->npu.dev, 3));
}

/* ---- who is next --------------------------------------------------------------- */

/* One job in each context, so that the firmware has all of them to choose from. */
TEST_F_TIMEOUT(submit, priorities, 120)
{
	static const uint32_t priorities[] = {
		DRM_GENESYS_PRIORITY_LOW,
		DRM_GENESYS_PRIORITY_NORMAL,
		DRM_GENESYS_PRIORITY_HIGH,
	};
	const uint32_t each = 4;
	int syncobjs[12];
	struct gate gate;

	ASSERT_EQ(0, gate_close(&gate, &self->kit));
	for (uint32_t i = 0; i < 3 * each; i++) {
		int ctx = new_context(&self->npu, priorities[i / each]);
		struct npu_job job;

		ASSERT_GT(ctx, 0);
		job = npu_job(&self->kit, (uint32_t)ctx, NPU_NOP, i);
		syncobjs[i] = jobs_submit(&self->npu, &job);
		ASSERT_GT(syncobjs[i], 0);
	}
	EXPECT_EQ(3 * (int)each + 1,
		  jobs_at_rings(&self->npu.dev, 3 * (int)each + 1));
	ASSERT_EQ(0, gate_open(&gate));
	for (uint32_t i = 0; i < 3 * each; i++)
		ASSERT_EQ(1, npu_syncobj_wait(&self->npu, (uint32_t)syncobjs[i],
					      JOBS_WAIT_MS));
	for (uint32_t i = 0; i < 3 * each; i++) {
		for (uint32_t j = 0; j < i / each * each; j++) {
			EXPECT_TRUE(jobs_after(&self->kit, j, i))
			TH_LOG("a job of priority %u before one of %u",
			       priorities[j / each], priorities[i / each]);
		}
	}
}

/* The order in which jobs of @count records started, as contexts. */
static void by_start(const struct npu_kit *kit, uint32_t *order, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t place = 0;

		for (uint32_t j = 0; j < count; j++)
			place += npu_result(kit, j)->time_start <
				 npu_result(kit, i)->time_start;
		order[place] = i;
	}
}

#define TURNS_CONTEXTS 3u
#define TURNS_EACH 10u
#define TURNS_JOBS (TURNS_CONTEXTS * TURNS_EACH)

/*
 * How many jobs a context was ahead of another at most, or negative errno.
 * They are queued one context after the other.
 */
static int run_turns(const struct npu_kit *kit)
{
	uint32_t order[TURNS_JOBS], turn[TURNS_CONTEXTS] = { 0 };
	int syncobjs[TURNS_JOBS], ctx = 0, ahead = 0, ret;
	struct gate gate;

	jobs_forget(kit);
	ret = gate_close(&gate, kit);
	for (uint32_t i = 0; i < TURNS_JOBS && !ret; i++) {
		struct npu_job job;

		if (i % TURNS_EACH == 0)
			ctx = new_context(kit->npu,
					  DRM_GENESYS_PRIORITY_NORMAL);
		job = npu_job(kit, (uint32_t)ctx, NPU_NOP, i);
		syncobjs[i] = jobs_submit(kit->npu, &job);
		ret = syncobjs[i] < 0 ? syncobjs[i] : 0;
	}
	if (!ret && jobs_at_rings(&kit->npu->dev, (int)TURNS_CONTEXTS + 1) !=
			    (int)TURNS_CONTEXTS + 1)
		ret = -ETIMEDOUT;
	if (!ret)
		ret = gate_open(&gate);
	for (uint32_t i = 0; i < TURNS_JOBS && !ret; i++)
		ret = npu_syncobj_wait(kit->npu, (uint32_t)syncobjs[i],
				       JOBS_WAIT_MS) == 1 ?
			      0 :
			      -EIO;
	if (ret)
		return ret;
	memset(order, 0, sizeof(order));
	by_start(kit, order, TURNS_JOBS);
	for (uint32_t i = 0; i < TURNS_JOBS; i++) {
		uint32_t mine = ++turn[order[i] / TURNS_EACH];

		for (uint32_t c = 0; c < TURNS_CONTEXTS; c++)
			if ((int)mine - (int)turn[c] > ahead)
				ahead = (int)mine - (int)turn[c];
	}
	return ahead;
}

/*
 * Contexts of one priority take turns, however they were filled. A context of
 * which the driver was late with the next job misses a turn, so one round of
 * several has to be perfect. Where the device can be slowed down, each gives the
 * driver twice the time.
 */
TEST_F_TIMEOUT(submit, turns, 120)
{
	int ahead = INT32_MAX;

	for (int round = 0; round < 8 && ahead != 1; round++) {
		if (self->npu.dev.test_regs)
			ASSERT_EQ(0, npu_slow(&self->npu.dev, SLOW_US << round));
		ahead = run_turns(&self->kit);
		ASSERT_GT(ahead, 0);
	}
	EXPECT_EQ(ahead, 1);
}

TEST_HARNESS_MAIN
