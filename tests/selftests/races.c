// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads that create, map, touch, export, import, submit and close buffers
 * whose handles they guess, a fixed number of times. Every call ends in one of
 * a few ways, memory is always clear, and afterwards the device works.
 */
#include "npu_harness.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm.h>

#include "npu.h"

#define PAGE 4096u
#define FIRST_GUESS 4u /* the kit's are below */
#define GUESSES 12u
#define ROUNDS 100
#define LAPS 20
#define WAIT_MS 20000

FIXTURE(races)
{
	struct npu npu, other;
	struct npu_kit kit;
	uint32_t ctx;
	int dmabuf;
};

FIXTURE_SETUP(races)
{
	int ctx;

	ASSERT_EQ(0, npu_open(&self->npu));
	ASSERT_EQ(0, npu_open_device(&self->other, &self->npu.dev));
	ASSERT_EQ(0, npu_kit_create(&self->npu, &self->kit));
	ASSERT_GT(FIRST_GUESS, self->kit.results.handle);
	ctx = npu_ctx_create(&self->npu, DRM_GENESYS_PRIORITY_NORMAL, 0);
	ASSERT_LT(0, ctx);
	self->ctx = (uint32_t)ctx;
}

FIXTURE_TEARDOWN(races)
{
	struct npu_device dev = self->npu.dev;

	npu_kit_unmap(&self->kit);
	npu_close(&self->npu);
	npu_close(&self->other);
	EXPECT_EQ(0, npu_check(&dev, 5));
}

/** What a thread does, how often, and how it went. */
struct racer {
	/* 0, or the error, which ends the thread when it is not expected */
	int (*round)(struct racer *racer);
	int expected[4]; /* besides 0 */
	/*
	 * At least, and then until every thread was lucky once, but no more
	 * than LAPS times as many; 0: until those who count have ended.
	 */
	int rounds;
	const FIXTURE_DATA(races) * data;
	atomic_int *counting; /* how many have not */
	atomic_int *unlucky; /* how many have never succeeded */
	uint32_t random;
	int good, error;
	pthread_t thread;
};

#define RACER(function, number, ...)                                   \
	{                                                              \
		.round = (function), .rounds = (number), .expected = { \
			__VA_ARGS__                                    \
		}                                                      \
	}

static uint32_t random_u32(struct racer *racer)
{
	racer->random ^= racer->random << 13;
	racer->random ^= racer->random >> 17;
	racer->random ^= racer->random << 5;
	return racer->random;
}

static uint32_t guess(struct racer *racer)
{
	return FIRST_GUESS + random_u32(racer) % GUESSES;
}

static int close_handle(const struct npu *npu, uint32_t handle)
{
	struct drm_gem_close args = { .handle = handle };

	return npu_ioctl(npu->fd, DRM_IOCTL_GEM_CLOSE, &args);
}

/* Not npu_bo_create(), which takes it for granted that it can map it. */
static int do_create(struct racer *racer)
{
	struct drm_genesys_bo_create args = {
		.size = random_u32(racer) % 8 ? random_u32(racer) % 9000 + 1 :
						2u << 20,
		.flags = random_u32(racer) % 4,
	};
	const struct npu *npu = &racer->data->npu;
	int ret = npu_ioctl(npu->fd, DRM_IOCTL_GENESYS_BO_CREATE, &args);
	char *map;

	if (ret)
		return ret;
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, npu->fd,
		   (off_t)args.mmap_offset);
	if (map != MAP_FAILED) {
		/* It may be that of another thread by now, so not compared. */
		memset(map, 0x5a, 64);
		if (random_u32(racer) % 2)
			close_handle(npu, args.handle);
		memset(map, 0xa5, PAGE);
		munmap(map, PAGE);
	}
	return close_handle(npu, guess(racer));
}

static int do_close(struct racer *racer)
{
	return close_handle(&racer->data->npu, guess(racer));
}

static int do_touch(struct racer *racer)
{
	const struct npu *npu = &racer->data->npu;
	struct drm_genesys_bo_info args = { .handle = guess(racer) };
	int ret = npu_ioctl(npu->fd, DRM_IOCTL_GENESYS_BO_INFO, &args);
	volatile char *map;
	char sum = 0;

	if (ret)
		return ret;
	if (!args.size || args.size % PAGE)
		return -EILSEQ;
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, npu->fd,
		   (off_t)args.mmap_offset);
	if (map == MAP_FAILED)
		return errno == EACCES ? -EINVAL : -errno;
	for (uint32_t i = 0; i < PAGE; i += 64)
		sum = (char)(sum ^ map[i]);
	munmap((void *)map, PAGE);
	return 0;
}

static int do_submit(struct racer *racer)
{
	const FIXTURE_DATA(races) *data = racer->data;
	struct npu_job job = npu_job(&data->kit, data->ctx, NPU_NOP, 1);

	npu_job_add_bo(&job, guess(racer), DRM_GENESYS_BO_REF_READ);
	npu_job_add_bo(&job, guess(racer), DRM_GENESYS_BO_REF_READ);
	return npu_job_submit(&data->npu, &job);
}

/* From the one file into the other. */
static int do_share(struct racer *racer)
{
	const FIXTURE_DATA(races) *data = racer->data;
	int fd = npu_export(&data->npu, guess(racer));
	uint32_t handle;
	int ret;

	if (fd < 0)
		return fd;
	ret = npu_import(&data->other, fd, &handle);
	close(fd);
	/* Another thread may have imported and closed the same meanwhile. */
	if (!ret)
		close_handle(&data->other, handle);
	return ret;
}

/* In the file where nobody guesses: a new BO is clear, whoever wrote before. */
static int do_compare(struct racer *racer)
{
	const struct npu *npu = &racer->data->other;
	struct npu_bo bo;
	int ret =
		npu_bo_create(npu, &bo, (random_u32(racer) % 4 + 1) * PAGE, 0);
	const char *bytes = bo.map;

	if (ret)
		return ret;
	if (bytes[0] || memcmp(bytes, bytes + 1, bo.size - 1) != 0)
		ret = -EILSEQ;
	memset(bo.map, 0xff, bo.size);
	npu_bo_destroy(npu, &bo);
	return ret;
}

/* The same dma-buf, into the same file. */
static int do_import(struct racer *racer)
{
	const FIXTURE_DATA(races) *data = racer->data;
	struct npu_bo bo;
	uint32_t handle;
	int ret = npu_import(&data->other, data->dmabuf, &handle);

	if (ret)
		return ret;
	ret = npu_bo_wrap(&data->other, &bo, handle);
	/* It may have been closed, and be another's handle by now. */
	if (!ret && (!bo.size || bo.size % PAGE))
		ret = -EILSEQ;
	close_handle(&data->other, handle);
	return ret;
}

static bool goes_on(const struct racer *racer, int round)
{
	if (!racer->rounds)
		return *racer->counting;
	return round < racer->rounds ||
	       (*racer->unlucky && round < LAPS * racer->rounds);
}

static void *racer_main(void *arg)
{
	struct racer *racer = arg;

	for (int i = 0; goes_on(racer, i); i++) {
		int ret = racer->round(racer);

		*racer->unlucky -= !ret && !racer->good;
		racer->good += !ret;
		/* Nothing there: some time for those that make it. */
		if (ret)
			usleep(100);
		for (int j = 0; j < 4 && ret; j++)
			if (ret == racer->expected[j])
				ret = 0;
		racer->error = ret;
		if (ret)
			break;
	}
	*racer->counting -= racer->rounds != 0;
	return NULL;
}

static void race(struct __test_metadata *_metadata,
		 const FIXTURE_DATA(races) * data, struct racer *racers,
		 int count)
{
	atomic_int counting = 0, unlucky = count;

	for (int i = 0; i < count; i++)
		counting += racers[i].rounds != 0;
	for (int i = 0; i < count; i++) {
		racers[i].data = data;
		racers[i].counting = &counting;
		racers[i].unlucky = &unlucky;
		racers[i].random = 2463534242u + 77u * (uint32_t)i;
		ASSERT_EQ(0, pthread_create(&racers[i].thread, NULL, racer_main,
					    &racers[i]));
	}
	for (int i = 0; i < count; i++) {
		pthread_join(racers[i].thread, NULL);
		EXPECT_EQ(0, racers[i].error)
		{
			TH_LOG("thread %d", i);
		}
		EXPECT_LT(0, racers[i].good)
		{
			TH_LOG("thread %d", i);
		}
	}
}

static int ctx_settle(const FIXTURE_DATA(races) * data)
{
	struct drm_genesys_ctx_query query;
	uint64_t end = npu_now_ms() + WAIT_MS;
	int ret;

	do {
		ret = npu_ctx_query(&data->npu, data->ctx, &query);
		if (ret || query.state != DRM_GENESYS_CTX_ACTIVE)
			return ret ? ret : -ECANCELED;
		if (query.submitted == query.completed)
			return 0;
		usleep(1000);
	} while (npu_now_ms() < end);
	return -ETIME;
}

TEST_F_TIMEOUT(races, guessed_handles, 120)
{
	struct racer racers[] = {
		RACER(do_create, ROUNDS, -EINVAL, -ENOSPC),
		RACER(do_create, ROUNDS, -EINVAL, -ENOSPC),
		RACER(do_close, 0, -EINVAL),
		RACER(do_touch, 0, -ENOENT, -EINVAL),
		RACER(do_submit, 0, -ENOENT, -EINVAL, -EBUSY),
	};

	race(_metadata, self, racers, 5);
	EXPECT_EQ(0, ctx_settle(self));
	EXPECT_EQ(1, npu_run(&self->kit, self->ctx, NPU_ADD, WAIT_MS));
}

TEST_F_TIMEOUT(races, contents, 120)
{
	struct racer racers[] = {
		RACER(do_create, ROUNDS, -EINVAL),
		RACER(do_compare, ROUNDS, 0),
		RACER(do_close, 0, -EINVAL),
		RACER(do_submit, 0, -ENOENT, -EINVAL, -EBUSY),
	};

	race(_metadata, self, racers, 4);
	EXPECT_EQ(0, ctx_settle(self));
}

TEST_F_TIMEOUT(races, sharing, 120)
{
	struct racer racers[] = {
		RACER(do_create, 2 * ROUNDS, -EINVAL),
		RACER(do_import, ROUNDS, -ENOENT),
		RACER(do_import, ROUNDS, -ENOENT),
		RACER(do_share, 0, -ENOENT),
		RACER(do_share, 0, -ENOENT),
		RACER(do_submit, 0, -ENOENT, -EINVAL, -EBUSY),
	};
	struct npu_bo bo;

	/* Not to be guessed, for it is closed by then. */
	ASSERT_EQ(0, npu_bo_create(&self->npu, &bo, 2 * PAGE, 0));
	self->dmabuf = npu_export(&self->npu, bo.handle);
	ASSERT_LE(0, self->dmabuf);
	npu_bo_destroy(&self->npu, &bo);
	race(_metadata, self, racers, 6);
	close(self->dmabuf);
	EXPECT_EQ(0, ctx_settle(self));
}

TEST_HARNESS_MAIN
