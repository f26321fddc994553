// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device that goes away while a job waits for a fence of another driver: the
 * job cannot be ended before that fence signals, and then it has to be, however
 * little is left of what it was made of.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <drm.h>
#include <linux/dma-buf.h>

#include "lifecycle_host.h"
#include "peer.h"

#define SECONDS 120 /* of a test, on a slow machine */
#define LONG_MS 60000
#define PAGE 0x1000u

/* Not every system's dma-buf.h has it. */
struct export_sync_file {
	uint32_t flags;
	int32_t fd;
};
#define EXPORT_SYNC_FILE _IOWR(DMA_BUF_BASE, 2, struct export_sync_file)

FIXTURE(unplug_fence)
{
	struct npu_device dev;
	struct npu npu;
	struct npu_kit kit;
	struct peer peer;
	int foreign; /* number of the fence in vgem */
	int waits, queued; /* fences of our jobs */
};

FIXTURE_VARIANT(unplug_fence)
{
	bool syncobj; /* the job is told to wait, else the buffer says so */
	bool close; /* before the fence signals, no file is left */
	bool early; /* the device is back before that, too */
};

#define VARIANT(name, ...)                      \
	FIXTURE_VARIANT_ADD(unplug_fence, name) \
	{                                       \
		__VA_ARGS__                     \
	}

VARIANT(buffer, .early = false);
VARIANT(buffer_early, .early = true);
VARIANT(buffer_closed, .close = true);
VARIANT(syncobj, .syncobj = true);
VARIANT(syncobj_early, .syncobj = true, .early = true);
VARIANT(syncobj_closed_early, .syncobj = true, .close = true, .early = true);

/* A syncobj with the fence that a writer of the dma-buf waits for. */
static int import_fence(const struct npu *npu, int dmabuf)
{
	struct export_sync_file file = { .flags = DMA_BUF_SYNC_RW };
	struct drm_syncobj_handle args = {
		.flags = DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE,
	};
	int ret = npu_syncobj_create(npu);

	if (ret < 0)
		return ret;
	args.handle = (uint32_t)ret;
	ret = npu_ioctl(dmabuf, EXPORT_SYNC_FILE, &file);
	if (ret)
		return ret;
	args.fd = file.fd;
	ret = npu_ioctl(npu->fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &args);
	close(file.fd);
	return ret ? ret : (int)args.handle;
}

FIXTURE_SETUP(unplug_fence)
{
	struct npu_job job;
	uint32_t handle;
	int ctx, ret;

	self->npu.fd = self->peer.vgem = self->peer.dmabuf = -1;
	ASSERT_EQ(0, npu_find(&self->dev));
	ASSERT_EQ(0, host_wait_unused());
	ret = peer_vgem(&self->peer, 4 * PAGE);
	if (ret == -ENOENT)
		SKIP(return, "vgem is not loaded");
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, npu_open_device(&self->npu, &self->dev));
	ASSERT_EQ(0, npu_kit_create(&self->npu, &self->kit));
	ctx = npu_ctx_create(&self->npu, DRM_GENESYS_PRIORITY_NORMAL, LONG_MS);
	ASSERT_LT(0, ctx);
	self->foreign = peer_attach(&self->peer, 1);
	ASSERT_LT(0, self->foreign);
	job = npu_job(&self->kit, (uint32_t)ctx, NPU_ADD, 0);
	if (variant->syncobj) {
		ret = import_fence(&self->npu, self->peer.dmabuf);
		ASSERT_LT(0, ret);
		npu_job_wait(&job, (uint32_t)ret, 0);
	} else {
		ASSERT_EQ(0,
			  npu_import(&self->npu, self->peer.dmabuf, &handle));
		npu_job_add_bo(&job, handle, DRM_GENESYS_BO_REF_WRITE);
	}
	self->waits = npu_start_job(&self->npu, &job);
	ASSERT_LE(0, self->waits);
	self->queued = npu_start(&self->kit, (uint32_t)ctx, NPU_ADD, 1);
	ASSERT_LE(0, self->queued);
}

FIXTURE_TEARDOWN(unplug_fence)
{
	npu_kit_unmap(&self->kit);
	npu_close(&self->npu);
	peer_close(&self->peer);
	/* Jobs, contexts, BOs: the module knows of none any more. */
	EXPECT_EQ(0, host_wait_unused());
	EXPECT_EQ(0, host_refresh(&self->dev));
	EXPECT_EQ(0, npu_check(&self->dev, 10));
	EXPECT_EQ(0, npu_unbind(&self->dev));
	EXPECT_EQ(0, npu_bind(&self->dev));
}

static void come_back(struct __test_metadata *_metadata, struct npu_device *dev)
{
	ASSERT_EQ(0, npu_bind(dev));
	ASSERT_EQ(0, host_refresh(dev));
	EXPECT_EQ(0, npu_check(dev, 3));
}

TEST_F_TIMEOUT(unplug_fence, job_ends_later, SECONDS)
{
	uint64_t start = npu_now_ms();

	usleep(20000);
	ASSERT_EQ(0, npu_fence_status(self->waits));
	ASSERT_EQ(0, npu_unbind(&self->dev));
	/* Nobody knows when that fence is going to signal. */
	EXPECT_GT(5000, npu_now_ms() - start);
	if (variant->early)
		come_back(_metadata, &self->dev);
	if (variant->close) {
		npu_kit_unmap(&self->kit);
		npu_close(&self->npu);
		EXPECT_LT(0, npu_module_refs());
		EXPECT_EQ(-EWOULDBLOCK, host_module_unload());
	}
	EXPECT_EQ(0, npu_fence_status(self->waits));
	EXPECT_EQ(0, npu_fence_status(self->queued));
	/* In time: it has not signalled by itself. */
	ASSERT_EQ(0, peer_signal(&self->peer, self->foreign));
	EXPECT_EQ(-ENODEV, npu_end(self->waits));
	EXPECT_EQ(-ENODEV, npu_end(self->queued));
	if (!variant->early)
		come_back(_metadata, &self->dev);
}

TEST_HARNESS_MAIN
