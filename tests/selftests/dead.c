// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device that is lost: a reset of it fails. All that would need it is an
 * error, all that would not works, nobody waits, and a reset of the bus brings
 * it back. The kernel lets the driver's waits for the device fail for that.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fault_bed.h"
#include "lifecycle_host.h"

#define SECONDS 240 /* of a test, on a slow machine */
#define ALL_MS 20000 /* what is done with a device that is lost may take */

/* What a reset waits for, in this order. */
enum step {
	STOP_FIRMWARE = 1,
	STOP_DEVICE,
	START_FIRMWARE,
};

FIXTURE(dead)
{
	struct bed bed;
	bool can_fail;
};

FIXTURE_VARIANT(dead)
{
	enum step step; /* the first that fails; all after it do, too */
	const char *message;
};

FIXTURE_VARIANT_ADD(dead, does_not_stop){
	.step = STOP_FIRMWARE,
	.message = "Device does not reset",
};

FIXTURE_VARIANT_ADD(dead, does_not_start){
	.step = START_FIRMWARE,
	.message = "Firmware does not start",
};

static int set(const struct npu_device *dev, const char *file, int value)
{
	char path[192], text[16];

	snprintf(path, sizeof(path), "%s/fail_poll/%s", dev->debugfs, file);
	snprintf(text, sizeof(text), "%d", value);
	return npu_write_file(path, text);
}

/* Waits fail from the one of @step on. */
static int fail_from(const struct npu_device *dev, enum step step)
{
	int ret = set(dev, "verbose", 0);

	if (!ret)
		ret = set(dev, "interval", 1);
	if (!ret)
		ret = set(dev, "times", -1);
	/* As many succeed, the last 1 does not count. */
	if (!ret)
		ret = set(dev, "space", (int)step);
	return ret ? ret : set(dev, "probability", 100);
}

static int fail_no_more(const struct npu_device *dev)
{
	int ret = set(dev, "probability", 0);

	return ret ? ret : set(dev, "space", 0);
}

FIXTURE_SETUP(dead)
{
	char path[192];

	ASSERT_EQ(0, bed_make(&self->bed));
	if (!self->bed.dev.test_regs)
		SKIP(return, "%s has no test registers", self->bed.dev.address);
	snprintf(path, sizeof(path), "%s/fail_poll/probability",
		 self->bed.dev.debugfs);
	if (access(path, W_OK))
		SKIP(return, "no fault injection in this kernel");
	self->can_fail = true;
}

FIXTURE_TEARDOWN(dead)
{
	if (self->can_fail) {
		EXPECT_EQ(0, fail_no_more(&self->bed.dev));
		/* Whatever went wrong before. */
		EXPECT_EQ(0, npu_reset(&self->bed.dev));
	}
	EXPECT_EQ(0, bed_unmake(&self->bed));
}

static bool state_is(const struct npu_device *dev, const char *state)
{
	char text[1024], want[32];

	snprintf(want, sizeof(want), "state %s, ", state);
	return npu_debugfs(dev, "device", text, sizeof(text)) > 0 &&
	       !strncmp(text, want, strlen(want));
}

static bool state_gets(const struct npu_device *dev, const char *state)
{
	uint64_t start = npu_now_ms();

	while (!state_is(dev, state))
		if (npu_now_ms() - start > ALL_MS)
			return false;
	return true;
}

/* All that takes no device. */
static void use_without_device(struct __test_metadata *_metadata,
			       struct bed *bed)
{
	struct drm_genesys_ctx_query query;
	struct npu_kit kit;
	struct npu_bo bo;
	struct npu npu;
	uint32_t handle;
	int ctx, dmabuf;

	/* Says what the device is; a file of it can be opened. */
	ASSERT_EQ(0, npu_open_device(&npu, &bed->dev));
	EXPECT_EQ(0, memcmp(&npu.info, &bed->npu.info, sizeof(npu.info)));
	/* Memory is memory. */
	ASSERT_EQ(0, npu_kit_create(&npu, &kit));
	ASSERT_EQ(0, npu_bo_create(&npu, &bo, 3 << 20, DRM_GENESYS_BO_HIGH));
	memset(bo.map, 0x5a, bo.size);
	dmabuf = npu_export(&npu, bo.handle);
	ASSERT_LE(0, dmabuf);
	EXPECT_EQ(0, npu_import(&bed->npu, dmabuf, &handle));
	close(dmabuf);
	npu_bo_destroy(&npu, &bo);
	/* Contexts come and go, without a job. */
	ctx = npu_ctx_create(&npu, DRM_GENESYS_PRIORITY_LOW, BED_LONG_MS);
	ASSERT_LT(0, ctx);
	EXPECT_EQ(-EIO, npu_submit(&kit, (uint32_t)ctx, NPU_ADD, 0));
	query = bed_query(&npu, (uint32_t)ctx);
	EXPECT_EQ(DRM_GENESYS_CTX_ACTIVE, query.state);
	EXPECT_EQ(DRM_GENESYS_CAUSE_NONE, query.cause);
	EXPECT_EQ(0, query.submitted);
	EXPECT_EQ(0, npu_ctx_destroy(&npu, (uint32_t)ctx));
	npu_kit_destroy(&kit);
	npu_close(&npu);
}

TEST_F_TIMEOUT(dead, and_back, SECONDS)
{
	struct bed *bed = &self->bed;
	int log = npu_log_open(), running, behind, waits, stranger;
	struct drm_genesys_ctx_query query;
	uint64_t start;

	ASSERT_LE(0, log);
	running = npu_count_start(&bed->counter, bed->innocent, 0, true);
	behind = npu_count_start(&bed->counter, bed->innocent, 1, false);
	waits = npu_count_start(&bed->counter, bed->ctx, 2, false);
	stranger = npu_start(&bed->other_kit, bed->stranger, NPU_ADD, 0);
	ASSERT_LE(0, running);
	ASSERT_LE(0, behind);
	ASSERT_LE(0, waits);
	ASSERT_LE(0, stranger);
	ASSERT_EQ(0, npu_count_wait(&bed->counter, 0));
	ASSERT_EQ(0, fail_from(&bed->dev, variant->step));
	start = npu_now_ms();
	ASSERT_EQ(0, npu_inject(&bed->dev, GS_INJECT_CP_HALT));

	/* Nobody is left waiting. */
	EXPECT_EQ(-EIO, npu_end(running));
	EXPECT_EQ(-EIO, npu_end(behind));
	EXPECT_EQ(-EIO, npu_end(waits));
	EXPECT_EQ(-EIO, npu_end(stranger));
	EXPECT_TRUE(state_is(&bed->dev, "dead"));
	EXPECT_EQ(1, bed_resets(bed));
	EXPECT_EQ(1, npu_log_count(log, bed->dev.address, variant->message));
	EXPECT_EQ(-EIO, npu_submit(&bed->kit, bed->innocent, NPU_ADD, 0));
	EXPECT_EQ(-EIO, npu_submit(&bed->other_kit, bed->stranger, NPU_ADD, 0));
	/* It was nobody's fault. */
	query = bed_query(&bed->npu, bed->innocent);
	EXPECT_EQ(DRM_GENESYS_CTX_ACTIVE, query.state);
	EXPECT_EQ(DRM_GENESYS_CAUSE_RESET, query.cause);
	EXPECT_EQ(query.submitted, query.completed);
	use_without_device(_metadata, bed);

	/* A bus that cannot help changes nothing. */
	npu_reset(&bed->dev);
	EXPECT_TRUE(state_is(&bed->dev, "dead"));
	EXPECT_EQ(-EIO, npu_submit(&bed->kit, bed->innocent, NPU_ADD, 0));
	EXPECT_GT(ALL_MS, npu_now_ms() - start);

	ASSERT_EQ(0, fail_no_more(&bed->dev));
	EXPECT_EQ(-EIO, npu_submit(&bed->kit, bed->innocent, NPU_ADD, 0));
	ASSERT_EQ(0, npu_reset(&bed->dev));
	EXPECT_TRUE(state_is(&bed->dev, "up"));
	EXPECT_EQ(1, npu_master(&bed->dev));
	/* Contexts that were there go on; what was lost was not run again. */
	EXPECT_EQ(1, npu_run(&bed->kit, bed->innocent, NPU_ADD, BED_LONG_MS));
	EXPECT_EQ(1, npu_run(&bed->kit, bed->ctx, NPU_ADD, BED_LONG_MS));
	EXPECT_EQ(1, npu_run(&bed->other_kit, bed->stranger, NPU_ADD,
			     BED_LONG_MS));
	EXPECT_EQ(1, npu_count(&bed->counter, 0));
	EXPECT_EQ(0, npu_count(&bed->counter, 1));
	EXPECT_EQ(0, npu_count(&bed->counter, 2));
	EXPECT_EQ(0, npu_check(&bed->dev, 100));
	close(log);
}

/* A lost device can be unbound, too, and is well when it is bound again. */
TEST_F_TIMEOUT(dead, unbind, SECONDS)
{
	struct bed *bed = &self->bed;
	int fence;

	fence = npu_count_start(&bed->counter, bed->innocent, 0, true);
	ASSERT_LE(0, fence);
	ASSERT_EQ(0, npu_count_wait(&bed->counter, 0));
	ASSERT_EQ(0, fail_from(&bed->dev, variant->step));
	ASSERT_EQ(0, npu_inject(&bed->dev, GS_INJECT_CP_HALT));
	/* The job ends once the device is stopped, and then that is started. */
	EXPECT_EQ(-EIO, npu_end(fence));
	EXPECT_TRUE(state_gets(&bed->dev, "dead"));
	ASSERT_EQ(0, fail_no_more(&bed->dev));
	ASSERT_EQ(0, npu_unbind(&bed->dev));
	EXPECT_EQ(-ENODEV, npu_submit(&bed->kit, bed->innocent, NPU_ADD, 0));
	ASSERT_EQ(0, npu_bind(&bed->dev));
	/* The node may have another number. */
	ASSERT_EQ(0, host_refresh(&bed->dev));
	EXPECT_EQ(0, npu_check(&bed->dev, 3));
}

TEST_HARNESS_MAIN
