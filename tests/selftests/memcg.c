// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory of BOs is charged to the cgroup of who creates them: a limit is an
 * error of BO_CREATE, and no reason to kill anybody.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "npu.h"

#define SECONDS 120 /* of a test, on a slow machine */
#define LONG_MS 30000
#define MIB (1ull << 20)
#define LIMIT (24 * MIB)
#define BO_BYTES (8 * MIB)
/* Kernel objects, and what each processor has charged in advance. */
#define SLACK MIB

#define MOUNT "/tmp/genesys-cgroup"
#define GROUP MOUNT "/genesys-selftest"

FIXTURE(memcg)
{
	struct npu_device dev;
	bool mounted;
};

static int set(const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), GROUP "/%s", file);
	return npu_write_file(path, text);
}

static long long current(void)
{
	char text[32];
	int ret = npu_read_file(GROUP "/memory.current", text, sizeof(text));

	return ret < 0 ? ret : strtoll(text, NULL, 10);
}

/* Number of memory.events, or -1. */
static long long events(const char *name)
{
	char text[512], key[32], *at;

	snprintf(key, sizeof(key), "\n%s ", name);
	text[0] = '\n';
	if (npu_read_file(GROUP "/memory.events", text + 1, sizeof(text) - 1) <
	    0)
		return -1;
	at = strstr(text, key);
	return at ? strtoll(at + strlen(key), NULL, 10) : -1;
}

/* Memory is given back a little later. */
static bool falls_to(long long bytes)
{
	uint64_t end = npu_now_ms() + LONG_MS;

	while (current() > bytes && npu_now_ms() < end)
		usleep(10000);
	return current() <= bytes;
}

/* The second mount of a system is the same hierarchy. */
FIXTURE_SETUP(memcg)
{
	char limit[32];

	ASSERT_EQ(0, npu_find(&self->dev));
	mkdir(MOUNT, 0700);
	if (mount("cgroup2", MOUNT, "cgroup2", 0, NULL))
		SKIP(return, "no cgroup2: %s", strerror(errno));
	self->mounted = true;
	if (npu_write_file(MOUNT "/cgroup.subtree_control", "+memory"))
		SKIP(return, "no memory controller for cgroup2");
	ASSERT_TRUE(!mkdir(GROUP, 0700) || errno == EEXIST);
	snprintf(limit, sizeof(limit), "%llu", LIMIT);
	ASSERT_EQ(0, set("memory.max", limit));
	/* Nothing to swap to, if there is a swap at all. */
	set("memory.swap.max", "0");
}

FIXTURE_TEARDOWN(memcg)
{
	uint64_t end = npu_now_ms() + LONG_MS;

	if (!self->mounted)
		return;
	while (rmdir(GROUP) && errno == EBUSY && npu_now_ms() < end)
		usleep(10000);
	EXPECT_EQ(-1, access(GROUP, F_OK));
	EXPECT_EQ(0, umount2(MOUNT, MNT_DETACH));
	rmdir(MOUNT);
	EXPECT_EQ(0, npu_check(&self->dev, 3));
}

/* Runs @what in the cgroup; 0, or the step that went wrong. */
static int run_inside(const struct npu_device *dev,
		      int (*what)(const struct npu_device *dev))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (set("cgroup.procs", "0"))
			_exit(255);
		_exit(what(dev));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#define CHECK(step, condition)       \
	do {                         \
		if (!(condition))    \
			return step; \
	} while (0)

static int work(const struct npu *npu, const struct npu_kit *kit)
{
	int ctx = npu_ctx_create(npu, DRM_GENESYS_PRIORITY_NORMAL, LONG_MS);
	int ret = npu_run(kit, (uint32_t)ctx, NPU_ADD, LONG_MS);

	npu_ctx_destroy(npu, (uint32_t)ctx);
	return ret == 1 ? 0 : ret ? ret : -ETIME;
}

static int grow_and_shrink(const struct npu_device *dev)
{
	long long before, with;
	struct npu_kit kit;
	struct npu npu;
	struct npu_bo bo;

	CHECK(1, !npu_open_device(&npu, dev));
	CHECK(2, !npu_kit_create(&npu, &kit));
	CHECK(3, !work(&npu, &kit));
	before = current();
	CHECK(4, before > 0);
	CHECK(5, !npu_bo_create(&npu, &bo, BO_BYTES, 0));
	/* All of it, though nothing was touched. */
	with = current();
	CHECK(6, with >= before + (long long)(BO_BYTES - SLACK));
	CHECK(7, with <= before + (long long)(BO_BYTES + SLACK));
	npu_bo_destroy(&npu, &bo);
	CHECK(8, falls_to(before + (long long)SLACK));
	/* Also if it is the file that goes. */
	CHECK(9, !npu_bo_create(&npu, &bo, BO_BYTES, 0));
	npu_bo_unmap(&bo);
	npu_kit_unmap(&kit);
	npu_close(&npu);
	CHECK(10, falls_to(before + (long long)SLACK));
	return 0;
}

TEST_F_TIMEOUT(memcg, pages_are_charged, SECONDS)
{
	EXPECT_EQ(0, run_inside(&self->dev, grow_and_shrink));
	EXPECT_EQ(0, events("max"));
	EXPECT_EQ(0, events("oom_kill"));
	EXPECT_TRUE(falls_to(SLACK));
}

static int ask_for_too_much(const struct npu_device *dev)
{
	struct npu_bo bo, other;
	struct npu_kit kit;
	struct npu npu;
	long long before;

	CHECK(1, !npu_open_device(&npu, dev));
	CHECK(2, !npu_kit_create(&npu, &kit));
	before = current();
	for (int i = 0; i < 3; i++) {
		CHECK(3,
		      npu_bo_create(&npu, &bo, LIMIT + BO_BYTES, 0) == -ENOMEM);
		CHECK(4, falls_to(before + (long long)SLACK));
	}
	/* Neither does what there is go away, nor is more to be had. */
	CHECK(5, !npu_bo_create(&npu, &bo, 2 * BO_BYTES, 0));
	memset(bo.map, 0x5a, bo.size);
	CHECK(6, npu_bo_create(&npu, &other, 2 * BO_BYTES, 0) == -ENOMEM);
	for (uint64_t i = 0; i < bo.size; i += GS_PAGE_BYTES)
		CHECK(7, ((const char *)bo.map)[i] == 0x5a);
	CHECK(8, !work(&npu, &kit));
	npu_bo_destroy(&npu, &bo);
	CHECK(9, falls_to(before + (long long)SLACK));
	CHECK(10, !npu_bo_create(&npu, &bo, 2 * BO_BYTES, 0));
	CHECK(11, !work(&npu, &kit));
	return 0;
}

TEST_F_TIMEOUT(memcg, limit_is_an_error, SECONDS)
{
	long long max = events("max");

	EXPECT_EQ(0, run_inside(&self->dev, ask_for_too_much));
	/* It was the limit, and nobody was killed for it. */
	EXPECT_LT(max, events("max"));
	EXPECT_EQ(0, events("oom"));
	EXPECT_EQ(0, events("oom_kill"));
	EXPECT_TRUE(falls_to(SLACK));
}

TEST_HARNESS_MAIN
