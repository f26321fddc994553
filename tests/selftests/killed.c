// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * More contexts than there is room for commands leave at once, by SIGKILL, each
 * with a job that the firmware knows: nobody takes a firmware that is busy with
 * them for a dead one, and the job of somebody else goes on.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jobs.h"
#include "lifecycle_host.h"

#define SECONDS 300 /* of a test, on a slow machine */
#define LONG_MS 60000
#define PROCESSES 16
#define CONTEXTS 64u /* of each */
#define JOBS (PROCESSES * CONTEXTS)
#define ROUNDS 2

/* Of each of NPU_CHAIN_BLOCKS: the job runs while all are killed. */
#define SLOW_US 100000u
/* Whose job waits asks after a second whether the firmware is alive. */
#define ASKING_MS 1200

_Static_assert(JOBS > GS_CMD_ENTRIES, "more than a ring holds");

FIXTURE(killed)
{
	struct npu npu;
	struct npu_kit kit;
	uint32_t ctx;
	int resets;
	pid_t pids[PROCESSES];
	atomic_uint *ready;
};

FIXTURE_SETUP(killed)
{
	int ctx;

	ASSERT_EQ(0, npu_open(&self->npu));
	if (!self->npu.dev.test_regs)
		SKIP(return, "%s has no test registers", self->npu.dev.address);
	self->ready = mmap(NULL, sizeof(*self->ready), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->ready);
	ASSERT_LE(CONTEXTS, self->npu.limits.max_ctx_per_file);
	ASSERT_LT(PROCESSES, self->npu.limits.max_files);
	ASSERT_EQ(0, npu_kit_create(&self->npu, &self->kit));
	ctx = npu_ctx_create(&self->npu, DRM_GENESYS_PRIORITY_HIGH, LONG_MS);
	ASSERT_LT(0, ctx);
	self->ctx = (uint32_t)ctx;
	self->resets = npu_reset_count(&self->npu);
	ASSERT_LE(0, self->resets);
}

static void kill_all(pid_t pids[PROCESSES])
{
	for (int i = 0; i < PROCESSES; i++)
		if (pids[i] > 0)
			kill(pids[i], SIGKILL);
	for (int i = 0; i < PROCESSES; i++) {
		if (pids[i] > 0)
			waitpid(pids[i], NULL, 0);
		pids[i] = 0;
	}
}

FIXTURE_TEARDOWN(killed)
{
	if (!self->npu.dev.test_regs)
		return;
	kill_all(self->pids);
	EXPECT_EQ(0, npu_slow(&self->npu.dev, 0));
	munmap(self->ready, sizeof(*self->ready));
	npu_kit_destroy(&self->kit);
	npu_close(&self->npu);
	EXPECT_EQ(0, host_wait_unused());
	EXPECT_EQ(0, npu_check(&self->npu.dev, 10));
}

/* A job in each of all contexts that a file may have; 0 or the error. */
static int be_victim(const struct npu_device *dev)
{
	struct npu_kit kit;
	struct npu npu;
	int ret = npu_open_device(&npu, dev);

	if (!ret)
		ret = npu_kit_create(&npu, &kit);
	for (uint32_t i = 0; i < CONTEXTS && !ret; i++) {
		/* Both rings that the one who runs is not in. */
		int ctx = npu_ctx_create(&npu,
					 i % 2 ? DRM_GENESYS_PRIORITY_NORMAL :
						 DRM_GENESYS_PRIORITY_LOW,
					 LONG_MS);

		ret = ctx < 0 ? ctx :
				npu_submit(&kit, (uint32_t)ctx, NPU_ADD, 0);
	}
	return ret;
}

static int start_victims(const struct npu_device *dev, pid_t pids[PROCESSES],
			 atomic_uint *ready)
{
	uint64_t end = npu_now_ms() + SECONDS * 1000 / 2;

	*ready = 0;
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			return -errno;
		if (pids[i])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (be_victim(dev))
			_exit(1);
		++*ready;
		for (;;)
			pause();
	}
	while (*ready < PROCESSES && npu_now_ms() < end)
		usleep(1000);
	return *ready == PROCESSES ? 0 : -ETIME;
}

/*
 * The job starts when the victims' are in the rings, before which it would only
 * be slow.
 */
static int start_job(const struct npu_kit *kit, uint32_t ctx, uint32_t result,
		     struct gate *gate)
{
	int fence = npu_start(kit, ctx, NPU_CHAIN, result);
	int ret = fence < 0 ? fence : gate_open(gate);

	return ret ? ret : fence;
}

TEST_F_TIMEOUT(killed, crowd, SECONDS)
{
	const struct npu_device *dev = &self->npu.dev;
	const int all = (int)JOBS;
	struct gate gate;

	ASSERT_EQ(0, npu_slow(dev, SLOW_US));
	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint64_t start;
		int fence;

		ASSERT_EQ(0, gate_close(&gate, &self->kit));
		ASSERT_EQ(0, start_victims(dev, self->pids, self->ready));
		ASSERT_EQ(all + 1, jobs_at_rings(dev, all + 1));
		usleep(ASKING_MS * 1000);
		fence = start_job(&self->kit, self->ctx, i, &gate);
		ASSERT_LE(0, fence);
		ASSERT_EQ(all + 1, jobs_at_rings(dev, all + 1));
		EXPECT_EQ(0, npu_fence_status(fence));
		start = npu_now_ms();
		kill_all(self->pids);
		printf("# round %u: gone after %u ms\n", i,
		       (unsigned)(npu_now_ms() - start));
		EXPECT_EQ(1, npu_end(fence));
		EXPECT_EQ(GS_JOB_OK, npu_result(&self->kit, i)->status);
		EXPECT_EQ(self->resets, npu_reset_count(&self->npu));
		EXPECT_EQ(0, jobs_at_rings(dev, 0));
	}
}

TEST_HARNESS_MAIN
