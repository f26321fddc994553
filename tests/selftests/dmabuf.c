// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Buffers shared through dma-buf: between files of the driver, and with
 * udmabuf and vgem; contents, order, lifetimes.
 */
#include "npu_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm.h>

#include "npu.h"
#include "peer.h"
#include "view.h"

#define PAGE 4096u
#define WAIT_MS 20000
#define SOON_MS 50 /* what must not happen has not happened until then */

/* A file and what it needs to run jobs. */
struct side {
	struct npu npu;
	struct npu_kit kit;
	uint32_t ctx, out;
};

FIXTURE(dmabuf)
{
	struct side a, b;
	struct npu_bo bo; /* of @a, three pages */
	int fd; /* its dma-buf */
};

static int make_side(struct side *side)
{
	int ret = npu_open(&side->npu);

	if (ret)
		return ret;
	ret = npu_kit_create(&side->npu, &side->kit);
	if (ret)
		return ret;
	side->ctx = (uint32_t)npu_ctx_create(&side->npu, 0, 10000);
	side->out = (uint32_t)npu_syncobj_create(&side->npu);
	return (int)side->ctx < 0 ? (int)side->ctx : 0;
}

static void unmake_side(struct side *side)
{
	npu_kit_unmap(&side->kit);
	npu_close(&side->npu);
}

FIXTURE_SETUP(dmabuf)
{
	ASSERT_EQ(0, make_side(&self->a));
	ASSERT_EQ(0, make_side(&self->b));
	ASSERT_EQ(0, npu_bo_create(&self->a.npu, &self->bo, 3 * PAGE, 0));
	self->fd = npu_export(&self->a.npu, self->bo.handle);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(dmabuf)
{
	struct npu_device dev = self->a.npu.dev;

	close(self->fd);
	unmake_side(&self->a);
	unmake_side(&self->b);
	EXPECT_EQ(0, npu_check(&dev, 2));
}

/* Import into a file. */
static int import_bo(const struct side *side, int fd, struct npu_bo *bo)
{
	uint32_t handle;
	int ret = npu_import(&side->npu, fd, &handle);

	return ret ? ret : npu_bo_wrap(&side->npu, bo, handle);
}

/* A job whose windows are at @offset of a BO; signals side->out. */
static struct npu_job job_at(const struct side *side, const struct npu_bo *bo,
			     uint64_t offset, uint32_t flags)
{
	struct npu_job job =
		view_job(&side->kit, side->ctx, bo, bo->addr + offset);

	job.refs[2].flags = flags;
	npu_job_signal(&job, side->out, 0);
	return job;
}

static int start(const struct side *side, const struct npu_bo *bo,
		 uint64_t offset, uint32_t flags)
{
	struct npu_job job = job_at(side, bo, offset, flags);

	return npu_job_submit(&side->npu, &job);
}

static int finish(const struct side *side, int ms)
{
	return npu_syncobj_wait(&side->npu, side->out, ms);
}

#define READ_IT DRM_GENESYS_BO_REF_READ
#define WRITE_IT DRM_GENESYS_BO_REF_WRITE

/* ---- between files of the driver ----------------------------------------- */

TEST_F(dmabuf, own_import_is_the_same_handle)
{
	uint32_t handle = 0;
	int again = npu_export(&self->a.npu, self->bo.handle);

	ASSERT_LE(0, again);
	EXPECT_EQ(0, npu_import(&self->a.npu, self->fd, &handle));
	EXPECT_EQ(self->bo.handle, handle);
	EXPECT_EQ(0, npu_import(&self->a.npu, again, &handle));
	EXPECT_EQ(self->bo.handle, handle);
	close(again);
	/* And one handle, which one close closes. */
	npu_bo_destroy(&self->a.npu, &self->bo);
	EXPECT_EQ(-ENOENT, npu_bo_wrap(&self->a.npu, &self->bo, handle));
}

TEST_F(dmabuf, two_files)
{
	struct npu_bo theirs;
	int32_t *row = self->bo.map;
	uint32_t lanes = self->a.kit.lanes;

	ASSERT_EQ(0, import_bo(&self->b, self->fd, &theirs));
	EXPECT_EQ(self->bo.size, theirs.size);
	view_fill(&self->a.kit, self->bo.map);
	/* The first adds to page 0, the second to what the first stored. */
	ASSERT_EQ(0, start(&self->a, &self->bo, 0, WRITE_IT));
	ASSERT_EQ(0, start(&self->b, &theirs, PAGE, WRITE_IT));
	EXPECT_EQ(1, finish(&self->b, WAIT_MS));
	EXPECT_EQ(1, finish(&self->a, 0));
	for (uint32_t i = 0; i < lanes; i++)
		EXPECT_EQ(row[i] + 2, row[2 * PAGE / 4 + i]);
}

/*
 * A mapping made through the device file keeps that open, one of the dma-buf
 * does not.
 */
TEST_F(dmabuf, exporter_dies_first)
{
	void *map = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->fd, 0);
	struct npu_bo theirs;

	ASSERT_NE(MAP_FAILED, map);
	npu_bo_unmap(&self->bo);
	unmake_side(&self->a);
	ASSERT_EQ(0, import_bo(&self->b, self->fd, &theirs));
	close(self->fd);
	self->fd = -1;
	theirs.map = map;
	EXPECT_EQ(0, view_add(&self->b.kit, &theirs, 0));
	EXPECT_EQ(0, view_add(&self->b.kit, &theirs, PAGE));
	npu_bo_destroy(&self->b.npu, &theirs);
}

TEST_F(dmabuf, read_only)
{
	struct npu_bo bo, theirs;
	int fd;

	ASSERT_EQ(0, npu_bo_create(&self->a.npu, &bo, 2 * PAGE,
				   DRM_GENESYS_BO_READ_ONLY));
	fd = npu_export(&self->a.npu, bo.handle);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, import_bo(&self->b, fd, &theirs));
	/* Neither may who imports it write. */
	EXPECT_EQ(-EINVAL, start(&self->b, &theirs, 0, WRITE_IT));
	EXPECT_EQ(theirs.addr + PAGE,
		  view_fault(&self->b.kit, &theirs, theirs.addr));
	EXPECT_EQ(0, *(int32_t *)((char *)bo.map + PAGE));
	close(fd);
}

/* The dma-buf itself can be mapped, and shows the same memory. */
TEST_F(dmabuf, mmap_of_the_dmabuf)
{
	char *map = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->fd, 0);

	ASSERT_NE(MAP_FAILED, map);
	view_fill(&self->a.kit, map);
	ASSERT_EQ(0, start(&self->a, &self->bo, 0, WRITE_IT));
	EXPECT_EQ(1, finish(&self->a, WAIT_MS));
	EXPECT_TRUE(view_good(&self->a.kit, map));
	munmap(map, 3 * PAGE);
}

/* ---- order --------------------------------------------------------------- */

/* A job of the one file waits; what the other does with the BO waits for it. */
TEST_F(dmabuf, order_across_files)
{
	struct npu *npu = &self->a.npu;
	int gate = npu_syncobj_create(npu);
	int blocker = view_block(&self->a.kit, (uint32_t)gate);
	struct npu_job job = job_at(&self->a, &self->bo, 0, WRITE_IT);
	int32_t *row = self->bo.map;
	struct npu_bo theirs;

	ASSERT_LT(0, blocker);
	ASSERT_EQ(0, import_bo(&self->b, self->fd, &theirs));
	EXPECT_EQ(1, peer_ready(self->fd, POLLIN));
	EXPECT_EQ(1, peer_ready(self->fd, POLLOUT));
	view_fill(&self->a.kit, row);
	npu_job_wait(&job, (uint32_t)gate, 0);
	ASSERT_EQ(0, npu_job_submit(npu, &job));
	ASSERT_EQ(0, start(&self->b, &theirs, PAGE, WRITE_IT));
	EXPECT_EQ(0, finish(&self->b, SOON_MS));
	EXPECT_EQ(0, peer_ready(self->fd, POLLIN));
	EXPECT_EQ(0, peer_ready(self->fd, POLLOUT));
	ASSERT_EQ(0, npu_ctx_destroy(npu, (uint32_t)blocker));
	EXPECT_EQ(1, finish(&self->b, WAIT_MS));
	EXPECT_EQ(1, finish(&self->a, 0));
	EXPECT_EQ(row[0] + 2, row[2 * PAGE / 4]);
	EXPECT_EQ(1, peer_ready(self->fd, POLLIN));
	EXPECT_EQ(1, peer_ready(self->fd, POLLOUT));
}

/* A job that reads leaves the buffer to other readers, but not to writers. */
TEST_F(dmabuf, readers)
{
	struct npu *npu = &self->a.npu;
	int gate = npu_syncobj_create(npu);
	int blocker = view_block(&self->a.kit, (uint32_t)gate);
	struct npu_job job = job_at(&self->a, &self->bo, 0, READ_IT);

	ASSERT_LT(0, blocker);
	npu_job_wait(&job, (uint32_t)gate, 0);
	ASSERT_EQ(0, npu_job_submit(npu, &job));
	EXPECT_EQ(1, peer_ready(self->fd, POLLIN));
	EXPECT_EQ(0, peer_ready(self->fd, POLLOUT));
	ASSERT_EQ(0, npu_ctx_destroy(npu, (uint32_t)blocker));
	EXPECT_EQ(1, finish(&self->a, WAIT_MS));
	EXPECT_EQ(1, peer_ready(self->fd, POLLOUT));
}

/* ---- imports ------------------------------------------------------------- */

static int exercise(struct __test_metadata *_metadata, const struct side *side,
		    struct peer *peer)
{
	struct drm_genesys_bo_sync sync = { .flags = 1, .size = PAGE };
	struct drm_genesys_bo_info info = { 0 };
	struct npu_bo bo;
	uint32_t handle;
	char *map;

	ASSERT_EQ(0, import_bo(side, peer->dmabuf, &bo));
	EXPECT_EQ(peer->size, bo.size);
	EXPECT_GT(1ull << 32, bo.addr);
	info.handle = sync.handle = bo.handle;
	EXPECT_EQ(0, npu_ioctl(side->npu.fd, DRM_IOCTL_GENESYS_BO_INFO, &info));
	EXPECT_EQ(0, info.flags);
	EXPECT_EQ(-EINVAL,
		  npu_ioctl(side->npu.fd, DRM_IOCTL_GENESYS_BO_SYNC, &sync));
	EXPECT_EQ(0, npu_import(&side->npu, peer->dmabuf, &handle));
	EXPECT_EQ(bo.handle, handle);
	/* A program is not taken from it. */
	struct npu_job job = job_at(side, &bo, 0, WRITE_IT);
	job.args.program_bo = bo.handle;
	job.args.window_base[0] = bo.addr;
	EXPECT_EQ(-EINVAL, npu_job_submit(&side->npu, &job));
	for (uint32_t at = 0; at + 2 * PAGE <= bo.size; at += PAGE) {
		EXPECT_EQ(0, peer_begin(peer));
		view_fill(&side->kit, (char *)peer->map + at);
		EXPECT_EQ(0, peer_end(peer));
		EXPECT_EQ(0, start(side, &bo, at, WRITE_IT));
		EXPECT_EQ(1, finish(side, WAIT_MS));
		EXPECT_EQ(0, peer_begin(peer));
		EXPECT_TRUE(view_good(&side->kit, (char *)peer->map + at));
		EXPECT_EQ(0, peer_end(peer));
	}
	map = mmap(NULL, bo.size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   side->npu.fd, (off_t)info.mmap_offset);
	EXPECT_NE(MAP_FAILED, map)
	{
		return 1;
	}
	EXPECT_EQ(0, memcmp(map, peer->map, bo.size));
	map[bo.size - 1] = 77;
	EXPECT_EQ(77, ((char *)peer->map)[bo.size - 1]);
	munmap(map, bo.size);
	return (int)bo.handle;
}

static void import_all(struct __test_metadata *_metadata, struct side *a,
		       struct side *b, struct peer *peer)
{
	struct npu_bo bo, other;
	int handle = exercise(_metadata, a, peer);
	char *map = peer->map;

	ASSERT_LT(0, handle);
	exercise(_metadata, b, peer);
	ASSERT_EQ(0, npu_bo_wrap(&a->npu, &bo, (uint32_t)handle));
	EXPECT_EQ(bo.addr + bo.size,
		  view_fault(&a->kit, &bo, bo.addr + bo.size - PAGE));
	/* The exporter goes first: it is our memory now. */
	peer->map = NULL;
	peer_close(peer);
	bo.map = map;
	EXPECT_EQ(0, view_add(&a->kit, &bo, 0));
	npu_bo_destroy(&a->npu, &bo);
	ASSERT_EQ(0, npu_bo_create(&a->npu, &other, 16 * PAGE, 0));
	EXPECT_EQ(0, view_add(&a->kit, &other, 0));
}

TEST_F(dmabuf, udmabuf)
{
	struct peer peer;
	int ret = peer_udmabuf(&peer, 8 * PAGE, 1);

	if (ret == -ENOENT)
		SKIP(return, "no /dev/udmabuf");
	ASSERT_EQ(0, ret);
	import_all(_metadata, &self->a, &self->b, &peer);
}

TEST_F(dmabuf, vgem)
{
	struct peer peer;
	int ret = peer_vgem(&peer, 8 * PAGE);

	if (ret == -ENOENT)
		SKIP(return, "vgem is not loaded");
	ASSERT_EQ(0, ret);
	import_all(_metadata, &self->a, &self->b, &peer);
}

/* The same pages at several places of one BO. */
TEST_F(dmabuf, pages_listed_twice)
{
	struct peer peer;
	struct npu_bo bo;
	int ret = peer_udmabuf(&peer, 2 * PAGE, 2);

	if (ret == -ENOENT)
		SKIP(return, "no /dev/udmabuf");
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, import_bo(&self->a, peer.dmabuf, &bo));
	ASSERT_EQ(4 * PAGE, bo.size);
	view_fill(&self->a.kit, peer.map);
	ASSERT_EQ(0, start(&self->a, &bo, 2 * PAGE, WRITE_IT));
	EXPECT_EQ(1, finish(&self->a, WAIT_MS));
	EXPECT_TRUE(view_good(&self->a.kit, peer.map));
	peer_close(&peer);
}

/* Fences of another driver, in its buffer: jobs wait for what they must. */
TEST_F(dmabuf, order_across_drivers)
{
	struct peer peer;
	struct npu_bo bo;
	int fence, ret = peer_vgem(&peer, 4 * PAGE);

	if (ret == -ENOENT)
		SKIP(return, "vgem is not loaded");
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, import_bo(&self->a, peer.dmabuf, &bo));
	for (int writes = 0; writes < 2; writes++) {
		fence = peer_attach(&peer, writes);
		ASSERT_LT(0, fence);
		/* Reading waits for who writes. */
		ASSERT_EQ(0, start(&self->a, &bo, 0, READ_IT));
		EXPECT_EQ(writes ? 0 : 1,
			  finish(&self->a, writes ? SOON_MS : WAIT_MS));
		/* This one does not ask, but is behind the other. */
		ASSERT_EQ(0, start(&self->a, &bo, PAGE,
				   WRITE_IT | DRM_GENESYS_BO_REF_NO_IMPLICIT));
		EXPECT_EQ(writes ? 0 : 1,
			  finish(&self->a, writes ? SOON_MS : WAIT_MS));
		/* Writing waits for everybody. */
		view_fill(&self->a.kit, peer.map);
		ASSERT_EQ(0, start(&self->a, &bo, 0, WRITE_IT));
		EXPECT_EQ(0, finish(&self->a, SOON_MS));
		EXPECT_EQ(0, peer_ready(peer.dmabuf, POLLOUT));
		EXPECT_EQ(0, peer_signal(&peer, fence));
		EXPECT_EQ(1, finish(&self->a, WAIT_MS));
		EXPECT_TRUE(view_good(&self->a.kit, peer.map));
		EXPECT_EQ(1, peer_ready(peer.dmabuf, POLLOUT));
	}
	peer_close(&peer);
}

/* Another driver waits for our jobs: it may not attach a fence meanwhile. */
TEST_F(dmabuf, others_wait_for_jobs)
{
	struct npu *npu = &self->a.npu;
	int gate = npu_syncobj_create(npu);
	int blocker = view_block(&self->a.kit, (uint32_t)gate);
	struct npu_job job;
	struct peer peer;
	struct npu_bo bo;
	int ret = peer_vgem(&peer, 4 * PAGE);

	if (ret == -ENOENT)
		SKIP(return, "vgem is not loaded");
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, import_bo(&self->a, peer.dmabuf, &bo));
	job = job_at(&self->a, &bo, 0, WRITE_IT);
	npu_job_wait(&job, (uint32_t)gate, 0);
	ASSERT_EQ(0, npu_job_submit(npu, &job));
	EXPECT_EQ(-EBUSY, peer_attach(&peer, 0));
	EXPECT_EQ(-EBUSY, peer_attach(&peer, 1));
	EXPECT_EQ(0, peer_ready(peer.dmabuf, POLLIN));
	ASSERT_EQ(0, npu_ctx_destroy(npu, (uint32_t)blocker));
	EXPECT_EQ(1, finish(&self->a, WAIT_MS));
	EXPECT_LT(0, peer_attach(&peer, 1));
	peer_close(&peer);
}

TEST_HARNESS_MAIN
