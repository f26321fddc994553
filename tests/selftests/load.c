// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Eight processes, each of which has 64 jobs in flight: all are there at once,
 * and each gets its own results.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "npu_harness.h"

#include "jobs.h"

#define NUM_PROCESSES 8
#define JOBS_EACH 64u
#define SLOW_US 1000u /* a block; no test depends on it */

FIXTURE(load)
{
	struct npu npu;
	struct npu_kit kit;
	struct crowd *crowd;
};

/* What the processes share. */
struct crowd {
	uint32_t go, ready;
};

FIXTURE_VARIANT(load)
{
	uint32_t contexts; /* of each process */
};

FIXTURE_VARIANT_ADD(load, one_context){
	.contexts = 1,
};

FIXTURE_VARIANT_ADD(load, eight_contexts){
	.contexts = 8,
};

FIXTURE_VARIANT_ADD(load, a_context_for_each_job){
	.contexts = JOBS_EACH,
};

/* The peaks of a device begin when the driver is bound to it. */
static int forget_peaks(void)
{
	struct npu_device dev;
	int ret = npu_find(&dev), sent = 0;

	if (!ret)
		ret = npu_unbind(&dev);
	if (!ret)
		ret = npu_bind(&dev);
	if (!ret)
		ret = npu_find(&dev);
	if (!ret)
		ret = jobs_peak(&dev, &sent);
	return ret ? ret : sent;
}

FIXTURE_SETUP(load)
{
	ASSERT_EQ(0, forget_peaks());
	ASSERT_EQ(0, npu_open(&self->npu));
	ASSERT_EQ(0, npu_kit_create(&self->npu, &self->kit));
	self->crowd = mmap(NULL, GS_PAGE_BYTES, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(self->crowd, MAP_FAILED);
}

FIXTURE_TEARDOWN(load)
{
	if (self->npu.dev.test_regs)
		EXPECT_EQ(0, npu_slow(&self->npu.dev, 0));
	munmap(self->crowd, GS_PAGE_BYTES);
	npu_kit_destroy(&self->kit);
	npu_close(&self->npu);
}

static int submit_all(struct npu_kit *kit, const struct npu_bo *bo,
		      uint32_t contexts, int *syncobjs)
{
	int ctx[JOBS_EACH];

	for (uint32_t i = 0; i < contexts; i++) {
		ctx[i] = npu_ctx_create(kit->npu, DRM_GENESYS_PRIORITY_NORMAL,
					JOBS_WAIT_MS);
		if (ctx[i] < 0)
			return ctx[i];
	}
	for (uint32_t i = 0; i < JOBS_EACH; i++) {
		struct npu_job job = step_job(kit, (uint32_t)ctx[i % contexts],
					      bo, 2 * i, i);

		syncobjs[i] = jobs_submit(kit->npu, &job);
		if (syncobjs[i] < 0)
			return syncobjs[i];
	}
	return 0;
}

static int check_all(struct npu_kit *kit, const struct npu_bo *bo,
		     const int *syncobjs, int32_t start)
{
	for (uint32_t i = 0; i < JOBS_EACH; i++) {
		int ret = npu_syncobj_wait(kit->npu, (uint32_t)syncobjs[i],
					   JOBS_WAIT_MS);

		if (ret != 1)
			return ret ? ret : -ETIMEDOUT;
		if (npu_result(kit, i)->status != GS_JOB_OK ||
		    step_value(kit, bo, 2 * i + 1) !=
			    start + (int32_t)i * 100 + 1)
			return -EILSEQ;
	}
	return 0;
}

/* A process: 64 jobs at once, each with a result of its own. */
static int one_process(const struct npu_device *dev, int number,
		       uint32_t contexts, struct crowd *crowd)
{
	int32_t start = (number + 1) * 100000;
	int syncobjs[JOBS_EACH], ret;
	struct npu_kit kit;
	struct npu_bo bo;
	struct npu npu;

	ret = npu_open_device(&npu, dev);
	if (!ret)
		ret = npu_kit_create(&npu, &kit);
	if (!ret)
		ret = npu_bo_create(&npu, &bo, 2 * JOBS_EACH * GS_PAGE_BYTES,
				    0);
	if (ret)
		return ret;
	for (uint32_t i = 0; i < JOBS_EACH; i++)
		for (int32_t j = 0; j < (int32_t)kit.lanes; j++)
			((int32_t *)bo.map)[2 * i * GS_PAGE_BYTES / 4 +
					    (uint32_t)j] =
				start + (int32_t)i * 100 + j;
	while (!__atomic_load_n(&crowd->go, __ATOMIC_ACQUIRE))
		usleep(1000);
	ret = submit_all(&kit, &bo, contexts, syncobjs);
	__atomic_fetch_add(&crowd->ready, 1, __ATOMIC_RELEASE);
	if (!ret)
		ret = check_all(&kit, &bo, syncobjs, start);
	npu_bo_destroy(&npu, &bo);
	npu_kit_destroy(&kit);
	npu_close(&npu);
	return ret;
}

/* Unfinished jobs of all contexts, as debugfs has them. */
static int unfinished(const struct npu_device *dev)
{
	static char text[1 << 20];
	int ret = npu_debugfs(dev, "contexts", text, sizeof(text));
	int sum = 0;

	if (ret < 0)
		return ret;
	for (const char *p = text; (p = strstr(p, ", jobs ")); p++)
		sum += atoi(p + strlen(", jobs "));
	return sum;
}

TEST_F_TIMEOUT(load, in_flight, 300)
{
	/* And the gate. */
	const int all = NUM_PROCESSES * (int)JOBS_EACH + 1;
	const int firmware = NUM_PROCESSES * (int)variant->contexts + 1;
	int status, failed = 0, peak, sent = 0;
	pid_t pids[NUM_PROCESSES];
	uint64_t end;
	struct gate gate;

	for (int i = 0; i < NUM_PROCESSES; i++) {
		pids[i] = fork();
		ASSERT_GE(pids[i], 0);
		if (!pids[i])
			_exit(one_process(&self->npu.dev, i, variant->contexts,
					  self->crowd) ?
				      1 :
				      0);
	}
	if (self->npu.dev.test_regs)
		ASSERT_EQ(0, npu_slow(&self->npu.dev, SLOW_US));
	ASSERT_EQ(0, gate_close(&gate, &self->kit));
	__atomic_store_n(&self->crowd->go, 1, __ATOMIC_RELEASE);
	EXPECT_EQ(firmware, jobs_at_rings(&self->npu.dev, firmware));
	end = npu_now_ms() + JOBS_WAIT_MS;
	while (npu_now_ms() < end &&
	       __atomic_load_n(&self->crowd->ready, __ATOMIC_ACQUIRE) <
		       NUM_PROCESSES)
		usleep(1000);
	EXPECT_EQ(all, unfinished(&self->npu.dev));
	EXPECT_EQ(0, gate_open(&gate));
	peak = jobs_peak(&self->npu.dev, &sent);
	EXPECT_EQ(peak, all);
	EXPECT_EQ(sent, firmware);
	TH_LOG("peak: %d jobs unfinished, %d in the rings and the firmware",
	       peak, sent);
	for (int i = 0; i < NUM_PROCESSES; i++) {
		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
		failed += !WIFEXITED(status) || WEXITSTATUS(status);
	}
	EXPECT_EQ(0, failed);
	EXPECT_EQ(0, unfinished(&self->npu.dev));
}

TEST_HARNESS_MAIN
