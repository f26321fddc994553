// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Buffer objects: where they are, what they hold, how long they live, and
 * threads that create, map, use and close them at the same time. dmabuf.c has
 * those that are shared.
 */
#include "npu_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <drm.h>

#include "npu.h"
#include "peer.h"
#include "view.h"

#define PAGE 4096u
#define LARGE (1u << 21)
#define WAIT_MS 20000

FIXTURE(buffers)
{
	struct npu npu;
	struct npu_kit kit;
	uint32_t ctx;
};

FIXTURE_SETUP(buffers)
{
	int ctx;

	ASSERT_EQ(0, npu_open(&self->npu));
	ASSERT_EQ(0, npu_kit_create(&self->npu, &self->kit));
	ctx = npu_ctx_create(&self->npu, DRM_GENESYS_PRIORITY_NORMAL, 0);
	ASSERT_LT(0, ctx);
	self->ctx = (uint32_t)ctx;
}

FIXTURE_TEARDOWN(buffers)
{
	struct npu_device dev = self->npu.dev;

	npu_kit_unmap(&self->kit);
	npu_close(&self->npu);
	EXPECT_EQ(0, npu_check(&dev, 2));
}

static bool is_zero(const void *from, size_t size)
{
	const char *bytes = from;

	return !bytes[0] && !memcmp(bytes, bytes + 1, size - 1);
}

/* ---- sizes, contents, addresses ------------------------------------------ */

TEST_F(buffers, sizes_and_contents)
{
	static const uint64_t sizes[] = { 1,	     PAGE - 1,	PAGE,
					  PAGE + 1,  LARGE - 1, LARGE,
					  LARGE + 1, 5u << 20 };
	struct npu_bo bo;

	/* Twice: the second time it may be memory that was written to. */
	for (unsigned i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t size = sizes[i / 2];

		ASSERT_EQ(0, npu_bo_create(&self->npu, &bo, size, 0));
		EXPECT_EQ((size + PAGE - 1) / PAGE * PAGE, bo.size);
		EXPECT_EQ(0, bo.addr % (bo.size < LARGE ? PAGE : LARGE));
		EXPECT_TRUE(is_zero(bo.map, bo.size));
		memset(bo.map, 0xa5, bo.size);
		npu_bo_destroy(&self->npu, &bo);
	}
}

TEST_F(buffers, addresses)
{
	const struct drm_genesys_limits *limits = &self->npu.limits;
	struct npu_bo bos[24];

	for (int i = 0; i < 24; i++) {
		ASSERT_EQ(0,
			  npu_bo_create(&self->npu, &bos[i],
					i % 5 == 4 ? LARGE : i % 3 * PAGE + 1,
					i & 1 ? DRM_GENESYS_BO_HIGH : 0));
		if (i & 1) {
			EXPECT_LE(limits->low_end, bos[i].addr);
			EXPECT_GE(1ull << limits->va_bits,
				  bos[i].addr + bos[i].size);
		} else {
			EXPECT_LE(limits->low_start, bos[i].addr);
			EXPECT_GT(limits->low_end, bos[i].addr + bos[i].size);
		}
	}
	/* A page between any two. */
	for (int i = 0; i < 24; i++)
		for (int j = 0; j < 24; j++) {
			EXPECT_TRUE(i == j || bos[j].addr < bos[i].addr ||
				    bos[j].addr > bos[i].addr + bos[i].size);
		}
}

/* A size the machine does not have, and no process is killed for it. */
TEST_F(buffers, more_than_the_memory)
{
	struct npu_bo bo;
	struct sysinfo info;
	uint64_t size;

	ASSERT_EQ(0, sysinfo(&info));
	size = (uint64_t)info.totalram * info.mem_unit;
	EXPECT_EQ(-ENOMEM, npu_bo_create(&self->npu, &bo, size + PAGE, 0));
	EXPECT_EQ(-ENOMEM, npu_bo_create(&self->npu, &bo, size, 0));
	EXPECT_EQ(-ENOMEM, npu_bo_create(&self->npu, &bo, 2 * size,
					 DRM_GENESYS_BO_HIGH));
	EXPECT_EQ(-ENOMEM, npu_bo_create(&self->npu, &bo, 1ull << 40,
					 DRM_GENESYS_BO_HIGH));
	EXPECT_EQ(-EINVAL, npu_bo_create(&self->npu, &bo, ~0ull, 0));
}

/* All there is, in pieces; on a small machine only, for it takes its time. */
TEST_F_TIMEOUT(buffers, all_of_the_memory, 120)
{
	struct npu_bo bo, last = { 0 };
	uint64_t total = 0;
	struct sysinfo info;
	int ret;

	ASSERT_EQ(0, sysinfo(&info));
	if ((uint64_t)info.totalram * info.mem_unit > 2ull << 30)
		SKIP(return, "the machine has more than 2 GiB");
	for (;;) {
		ret = npu_bo_create(&self->npu, &bo, 8 << 20,
				    DRM_GENESYS_BO_HIGH);
		if (ret)
			break;
		npu_bo_unmap(&bo);
		last = bo;
		total += bo.size;
	}
	EXPECT_EQ(-ENOMEM, ret);
	TH_LOG("%llu of %llu MiB", (unsigned long long)(total >> 20),
	       (unsigned long long)info.totalram * info.mem_unit >> 20);
	EXPECT_LT(32u << 20, total);
	/* What is left is chance and may be nothing, what is given back is there. */
	npu_bo_destroy(&self->npu, &last);
	EXPECT_EQ(0, npu_bo_create(&self->npu, &bo, PAGE, 0));
	EXPECT_EQ(1, npu_run(&self->kit, self->ctx, NPU_ADD, WAIT_MS));
	npu_bo_destroy(&self->npu, &bo);
}

/* ---- a full address space ------------------------------------------------ */

#define PIECE (64ull << 20) /* the most udmabuf makes */

/*
 * Fill the first 4 GiB, with the same 2 MiB again and again. Such mappings are
 * too much for the kernel's own check of the DMA API.
 */
TEST_F_TIMEOUT(buffers, full_address_space, 120)
{
	struct npu_bo bos[64], bo;
	uint32_t handle;
	struct peer peer;
	unsigned count = 0;
	int ret = 0;

	if (!access("/sys/kernel/debug/dma-api", F_OK))
		SKIP(return, "the kernel has CONFIG_DMA_API_DEBUG");
	while (count < 64) {
		ret = peer_udmabuf(&peer, 2 << 20, PIECE / (2 << 20));
		if (ret == -ENOENT)
			SKIP(return, "no /dev/udmabuf");
		ASSERT_EQ(0, ret);
		ret = npu_import(&self->npu, peer.dmabuf, &handle);
		if (!ret)
			ret = npu_bo_wrap(&self->npu, &bos[count], handle);
		peer_close(&peer);
		if (ret)
			break;
		count++;
	}
	EXPECT_EQ(-ENOSPC, ret);
	/* Each is aligned to 2 MiB and has a page behind it. */
	EXPECT_EQ(62, count);
	EXPECT_EQ(-ENOSPC, npu_bo_create(&self->npu, &bo, PIECE, 0));
	/* Small ones fit in between, and there is room above. */
	ASSERT_EQ(0, npu_bo_create(&self->npu, &bo, 2 * PAGE, 0));
	EXPECT_EQ(0, view_add(&self->kit, &bo, 0));
	ASSERT_EQ(0,
		  npu_bo_create(&self->npu, &bo, 4 << 20, DRM_GENESYS_BO_HIGH));
	EXPECT_EQ(0, view_add(&self->kit, &bo, 2 << 20));
	/* As soon as one is gone its place can be had. */
	npu_bo_destroy(&self->npu, &bos[count / 2]);
	ASSERT_EQ(0, npu_bo_create(&self->npu, &bo, PIECE / 4, 0));
	EXPECT_EQ(bos[count / 2].addr, bo.addr);
	EXPECT_EQ(0, view_add(&self->kit, &bo, 0));
}

/* ---- mappings of the CPU ------------------------------------------------- */

static uint64_t mmap_offset(const struct npu *npu, uint32_t handle)
{
	struct drm_genesys_bo_info info = { .handle = handle };

	return npu_ioctl(npu->fd, DRM_IOCTL_GENESYS_BO_INFO, &info) ?
		       0 :
		       info.mmap_offset;
}

static void *map(const struct npu *npu, size_t size, int flags, uint64_t offset)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, flags, npu->fd,
		    (off_t)offset);
}

TEST_F(buffers, mmap)
{
	struct npu other;
	struct npu_bo bo;
	uint64_t offset;
	char *all, *half;

	ASSERT_EQ(0, npu_bo_create(&self->npu, &bo, 4 * PAGE, 0));
	offset = mmap_offset(&self->npu, bo.handle);
	ASSERT_NE(0, offset);
	/* Two mappings show the same. */
	half = map(&self->npu, 2 * PAGE, MAP_SHARED, offset);
	ASSERT_NE(MAP_FAILED, half);
	half[PAGE] = 42;
	EXPECT_EQ(42, ((char *)bo.map)[PAGE]);
	/* Beyond the BO, copied on write, and of another file: no. */
	EXPECT_EQ(MAP_FAILED, map(&self->npu, 5 * PAGE, MAP_SHARED, offset));
	EXPECT_EQ(MAP_FAILED, map(&self->npu, 4 * PAGE, MAP_PRIVATE, offset));
	EXPECT_EQ(MAP_FAILED, map(&self->npu, PAGE, MAP_SHARED, 0));
	ASSERT_EQ(0, npu_open_device(&other, &self->npu.dev));
	EXPECT_EQ(MAP_FAILED, map(&other, 4 * PAGE, MAP_SHARED, offset));
	EXPECT_EQ(EACCES, errno);
	npu_close(&other);
	/* The handle goes, mappings stay, new ones are not made. */
	all = bo.map;
	bo.map = NULL;
	npu_bo_destroy(&self->npu, &bo);
	EXPECT_EQ(MAP_FAILED, map(&self->npu, 4 * PAGE, MAP_SHARED, offset));
	EXPECT_EQ(42, all[PAGE]);
	all[3 * PAGE] = 43;
	EXPECT_EQ(0, munmap(all + PAGE, PAGE));
	EXPECT_EQ(43, all[3 * PAGE]);
	EXPECT_EQ(42, half[PAGE]);
	EXPECT_EQ(0, munmap(half, 2 * PAGE));
	EXPECT_EQ(43, all[3 * PAGE]);
	munmap(all, 4 * PAGE);
}

/*
 * A mapping made through the device file keeps that open, whoever closes it;
 * one made through a dma-buf does not.
 */
TEST_F(buffers, mapping_outlives_the_file)
{
	struct npu npu;
	struct npu_bo bo;
	char *map;
	int fd;

	ASSERT_EQ(0, npu_open_device(&npu, &self->npu.dev));
	ASSERT_EQ(0, npu_bo_create(&npu, &bo, 3u << 20, 0));
	fd = npu_export(&npu, bo.handle);
	ASSERT_LE(0, fd);
	map = mmap(NULL, bo.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	close(fd);
	memset(bo.map, 0x11, 1u << 20);
	npu_close(&npu);
	/* Pages touched before, and pages that were not. */
	EXPECT_EQ(0x11, ((char *)bo.map)[1000]);
	EXPECT_TRUE(is_zero((char *)bo.map + (1u << 20), 2u << 20));
	npu_bo_unmap(&bo);
	EXPECT_EQ(0x11, map[1000]);
	EXPECT_TRUE(is_zero(map + (1u << 20), 2u << 20));
	memset(map, 0x22, bo.size);
	EXPECT_EQ(0x22, map[bo.size - 1]);
	munmap(map, bo.size);
}

/* ---- the device's view --------------------------------------------------- */

TEST_F(buffers, guard_pages)
{
	struct npu_bo bo;

	for (uint32_t flags = 0; flags < 2; flags++) {
		ASSERT_EQ(0, npu_bo_create(&self->npu, &bo, 3 * PAGE, flags));
		EXPECT_EQ(0, view_add(&self->kit, &bo, 0));
		EXPECT_EQ(0, view_add(&self->kit, &bo, PAGE));
		/* The output is one page on: behind the BO. */
		EXPECT_EQ(bo.addr + 3 * PAGE,
			  view_fault(&self->kit, &bo, bo.addr + 2 * PAGE));
		EXPECT_EQ(bo.addr + 3 * PAGE,
			  view_fault(&self->kit, &bo, bo.addr + 3 * PAGE));
		npu_bo_destroy(&self->npu, &bo);
	}
	/* Below the first address: null pointers. */
	ASSERT_EQ(0, npu_bo_create(&self->npu, &bo, PAGE, 0));
	EXPECT_EQ(0, view_fault(&self->kit, &bo, 0));
}

TEST_F(buffers, read_only)
{
	struct npu_bo bo;

	ASSERT_EQ(0, npu_bo_create(&self->npu, &bo, 2 * PAGE,
				   DRM_GENESYS_BO_READ_ONLY));
	EXPECT_EQ(bo.addr + PAGE, view_fault(&self->kit, &bo, bo.addr));
	EXPECT_TRUE(is_zero(bo.map, bo.size));
}

TEST_F(buffers, access_after_close)
{
	struct npu_bo bo, small;
	uint64_t addr;

	ASSERT_EQ(0, npu_bo_create(&self->npu, &bo, 2 * PAGE, 0));
	ASSERT_EQ(0, npu_bo_create(&self->npu, &small, PAGE, 0));
	addr = bo.addr;
	EXPECT_EQ(0, view_add(&self->kit, &bo, 0));
	npu_bo_destroy(&self->npu, &bo);
	EXPECT_EQ(0, view_wait_free(&self->npu, addr, 2 * PAGE));
	EXPECT_EQ(addr, view_fault(&self->kit, &small, addr));
	/* The address comes back, with other memory. */
	ASSERT_EQ(0, npu_bo_create(&self->npu, &bo, 2 * PAGE, 0));
	EXPECT_EQ(addr, bo.addr);
	EXPECT_EQ(0, view_add(&self->kit, &bo, 0));
}

/* The handle is closed while a job that lists the BO waits for another one. */
TEST_F(buffers, closed_before_its_job)
{
	struct npu *npu = &self->npu;
	int gate = npu_syncobj_create(npu), out = npu_syncobj_create(npu);
	int blocker = view_block(&self->kit, (uint32_t)gate);
	struct npu_bo bo, next;
	struct npu_job job;
	void *seen;

	ASSERT_LT(0, blocker);
	ASSERT_EQ(0, npu_bo_create(npu, &bo, 2 * PAGE, 0));
	view_fill(&self->kit, bo.map);
	job = view_job(&self->kit, self->ctx, &bo, bo.addr);
	npu_job_wait(&job, (uint32_t)gate, 0);
	npu_job_signal(&job, (uint32_t)out, 0);
	ASSERT_EQ(0, npu_job_submit(npu, &job));
	seen = bo.map;
	bo.map = NULL;
	npu_bo_destroy(npu, &bo);
	/* The address is still taken. */
	for (int i = 0; i < 8; i++) {
		ASSERT_EQ(0, npu_bo_create(npu, &next, 2 * PAGE, 0));
		EXPECT_NE(bo.addr, next.addr);
		npu_bo_unmap(&next);
	}
	EXPECT_EQ(0, npu_syncobj_wait(npu, (uint32_t)out, 20));
	ASSERT_EQ(0, npu_ctx_destroy(npu, (uint32_t)blocker));
	EXPECT_EQ(1, npu_syncobj_wait(npu, (uint32_t)out, WAIT_MS));
	EXPECT_TRUE(view_good(&self->kit, seen));
	/* Soon after the job it is not. */
	EXPECT_EQ(0, view_wait_free(npu, bo.addr, 2 * PAGE));
	munmap(seen, 2 * PAGE);
}

/* ... and while it runs. */
TEST_F(buffers, closed_during_its_job)
{
	struct npu *npu = &self->npu;
	int out = npu_syncobj_create(npu);
	int ctx = npu_ctx_create(npu, DRM_GENESYS_PRIORITY_NORMAL, 60000);
	struct npu_bo bo, next;
	struct npu_job job;

	ASSERT_LT(0, ctx);
	ASSERT_EQ(0, npu_bo_create(npu, &bo, 2 * PAGE, 0));
	job = npu_job(&self->kit, (uint32_t)ctx, NPU_ENDLESS, 0);
	npu_job_add_bo(&job, bo.handle, DRM_GENESYS_BO_REF_WRITE);
	npu_job_signal(&job, (uint32_t)out, 0);
	ASSERT_EQ(0, npu_job_submit(npu, &job));
	EXPECT_EQ(0, npu_syncobj_wait(npu, (uint32_t)out, 20));
	npu_bo_destroy(npu, &bo);
	ASSERT_EQ(0, npu_bo_create(npu, &next, 2 * PAGE, 0));
	EXPECT_NE(bo.addr, next.addr);
	EXPECT_EQ(0, npu_syncobj_wait(npu, (uint32_t)out, 20));
	ASSERT_EQ(0, npu_ctx_destroy(npu, (uint32_t)ctx));
	EXPECT_EQ(-ECANCELED, npu_syncobj_wait(npu, (uint32_t)out, WAIT_MS));
	EXPECT_EQ(0, view_add(&self->kit, &next, 0));
}

TEST_HARNESS_MAIN
