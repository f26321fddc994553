// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Devices that come and go under processes with jobs in flight, and files of
 * all kinds that outlive the device they are of.
 *
 * NPU_SEED=N in the environment gives other rounds than the usual ones, and
 * NPU_ROUNDS=N that part of them, in percent; the seed of each is printed.
 */
#include "npu_harness.h"

#include <errno.h>

#include "lifecycle_crew.h"
#include "lifecycle_host.h"
#include "lifecycle_left.h"

#define SECONDS 400 /* of a test, on a slow machine */
#define ROUNDS 20
#define RELOADS 50

/* Between the start of jobs and what happens to them, microseconds. */
#define MAX_DELAY 3000

FIXTURE(lifecycle)
{
	struct npu_device dev;
	struct crew crew;
};

FIXTURE_SETUP(lifecycle)
{
	ASSERT_EQ(0, npu_find(&self->dev));
	ASSERT_EQ(0, host_wait_unused());
}

FIXTURE_TEARDOWN(lifecycle)
{
	crew_kill(&self->crew, CREW_SIZE);
	EXPECT_EQ(0, host_refresh(&self->dev));
	EXPECT_EQ(0, npu_check(&self->dev, 100));
	EXPECT_EQ(0, host_wait_unused());
	EXPECT_EQ(0, crew_contexts(&self->dev, "ring"));
}

#define self_type FIXTURE_DATA(lifecycle)

/* Jobs in flight, a moment later; the seed for what happens then. */
static uint32_t begin_round(struct __test_metadata *_metadata, self_type *self,
			    uint32_t round)
{
	uint32_t seed = npu_seed(round);
	int ret;

	printf("# %s: seed %u\n", _metadata->name, seed);
	fflush(stdout);
	ret = crew_start(&self->crew, &self->dev, seed);
	ASSERT_EQ(0, ret);
	usleep(npu_random(&seed, MAX_DELAY));
	return seed;
}

/* ---- the device goes away ------------------------------------------------------ */

TEST_F_TIMEOUT(lifecycle, unbind, SECONDS)
{
	for (uint32_t i = 0; i < npu_rounds(ROUNDS); i++) {
		uint32_t seed = begin_round(_metadata, self, i);
		bool early = npu_random(&seed, 2);

		ASSERT_EQ(0, npu_unbind(&self->dev));
		/* Who holds the old one must not disturb the new one. */
		if (early)
			ASSERT_EQ(0, npu_bind(&self->dev));
		ASSERT_EQ(0, crew_finish(&self->crew, CREW_GONE, NULL));
		if (!early)
			ASSERT_EQ(0, npu_bind(&self->dev));
		ASSERT_EQ(0, host_refresh(&self->dev));
		ASSERT_EQ(0, npu_check(&self->dev, 1));
	}
}

TEST_F_TIMEOUT(lifecycle, remove, SECONDS)
{
	for (uint32_t i = 0; i < npu_rounds(ROUNDS); i++) {
		uint32_t seed = begin_round(_metadata, self, i);
		bool early = npu_random(&seed, 2);

		ASSERT_EQ(0, host_remove(&self->dev));
		if (early)
			ASSERT_EQ(0, host_rescan());
		ASSERT_EQ(0, crew_finish(&self->crew, CREW_GONE, NULL));
		if (!early)
			ASSERT_EQ(0, host_rescan());
		ASSERT_EQ(0, host_refresh(&self->dev));
		ASSERT_EQ(0, npu_check(&self->dev, 1));
	}
}

/* ---- it stays ----------------------------------------------------------------- */

TEST_F_TIMEOUT(lifecycle, reset, SECONDS)
{
	for (uint32_t i = 0; i < npu_rounds(ROUNDS); i++) {
		uint32_t lost = 0;

		begin_round(_metadata, self, i);
		ASSERT_EQ(0, npu_reset(&self->dev));
		ASSERT_EQ(0, crew_finish(&self->crew, CREW_RESET, &lost));
		ASSERT_EQ(1, lost);
	}
}

TEST_F_TIMEOUT(lifecycle, kill, SECONDS)
{
	for (uint32_t i = 0; i < npu_rounds(ROUNDS); i++) {
		uint32_t seed = begin_round(_metadata, self, i);

		/* In two steps or in one, or all but some. */
		crew_kill(&self->crew, 1 + npu_random(&seed, CREW_SIZE));
		usleep(npu_random(&seed, MAX_DELAY));
		crew_kill(&self->crew, npu_random(&seed, CREW_SIZE));
		ASSERT_EQ(0, crew_finish(&self->crew, CREW_CANCEL, NULL));
		ASSERT_EQ(0, npu_check(&self->dev, 1));
	}
}

/* ---- anything at any time --------------------------------------------------- */

static int disturb(struct npu_device *dev, uint32_t what)
{
	int ret;

	switch (what) {
	case 0:
		return npu_reset(dev);
	case 1:
		ret = host_remove(dev);
		return ret ? ret : host_rescan();
	default:
		ret = npu_unbind(dev);
		return ret ? ret : npu_bind(dev);
	}
}

TEST_F_TIMEOUT(lifecycle, churn, SECONDS)
{
	uint32_t seed = npu_seed(0), done;
	struct churn churn;

	printf("# churn: seed %u\n", seed);
	ASSERT_EQ(0, churn_start(&churn, &self->dev, seed));
	for (uint32_t i = 0; i < npu_rounds(ROUNDS); i++) {
		usleep(20000 + npu_random(&seed, 100000));
		EXPECT_EQ(0, disturb(&self->dev, npu_random(&seed, 3)));
		EXPECT_EQ(0, host_refresh(&self->dev));
	}
	EXPECT_EQ(0, churn_stop(&churn, &done));
	EXPECT_LT(0, done);
	printf("# churn: %u jobs\n", done);
}

/* ---- the module ---------------------------------------------------------------- */

TEST_F_TIMEOUT(lifecycle, reload, SECONDS)
{
	const char *path = host_module_path();

	if (!path)
		SKIP(return, "no genesys.ko is found, NPU_MODULE may name it");
	for (uint32_t i = 0; i < npu_rounds(RELOADS); i++) {
		begin_round(_metadata, self, i);
		ASSERT_EQ(-EWOULDBLOCK, host_module_unload());
		crew_kill(&self->crew, CREW_SIZE);
		ASSERT_EQ(0, host_wait_unused());
		ASSERT_EQ(0, host_module_unload());
		ASSERT_EQ(-1, access(self->dev.node, F_OK));
		ASSERT_EQ(0, host_module_load(path));
		ASSERT_EQ(0, host_refresh(&self->dev));
		ASSERT_EQ(0, npu_check(&self->dev, 1));
	}
}

/* ---- files that outlive the device ---------------------------------------------- */

TEST_F_TIMEOUT(lifecycle, hold, SECONDS)
{
	for (uint32_t i = 0; i < npu_rounds(ROUNDS); i++) {
		struct leftovers left;
		uint32_t seed = npu_seed(i);

		printf("# hold: seed %u\n", seed);
		ASSERT_EQ(0, left_make(&left, &self->dev));
		ASSERT_EQ(0, crew_wait_running(&self->dev, 1));
		ASSERT_EQ(0, npu_unbind(&self->dev));
		EXPECT_EQ(0, left_check(&left));
		ASSERT_EQ(0, npu_bind(&self->dev));
		ASSERT_EQ(0, host_refresh(&self->dev));
		EXPECT_EQ(0, left_use(&left, &self->dev));
		/* Open files may be of a device that is gone once more. */
		if (npu_random(&seed, 2)) {
			ASSERT_EQ(0, npu_unbind(&self->dev));
			ASSERT_EQ(0, npu_bind(&self->dev));
			ASSERT_EQ(0, host_refresh(&self->dev));
		}
		left_close(&left, seed);
		ASSERT_EQ(0, host_wait_unused());
	}
}

/* ---- firmware ------------------------------------------------------------------- */

FIXTURE(firmware)
{
	struct npu_device dev;
	struct host_firmware file;
	bool taken, bound;
};

FIXTURE_VARIANT(firmware)
{
	int error;
	bool missing;
	size_t cut; /* bytes at the end that are not there */
	size_t damage; /* offset of a byte that is wrong; 0: none */
	const char *message;
};

FIXTURE_VARIANT_ADD(firmware, missing){
	.error = -ENOENT,
	.missing = true,
	.message = "not found",
};

FIXTURE_VARIANT_ADD(firmware, truncated){
	.error = -EINVAL,
	.cut = 4,
	.message = "is no image",
};

FIXTURE_VARIANT_ADD(firmware, no_image){
	.error = -EINVAL,
	.damage = offsetof(struct gs_fw_header, magic) + 1,
	.message = "is no image",
};

FIXTURE_VARIANT_ADD(firmware, corrupt){
	.error = -EINVAL,
	.damage = sizeof(struct gs_fw_header) + 100,
	.message = "bad checksum",
};

FIXTURE_VARIANT_ADD(firmware, other_abi){
	.error = -EINVAL,
	.damage = offsetof(struct gs_fw_header, abi_version),
	.message = "this driver needs ABI",
};

FIXTURE_VARIANT_ADD(firmware, other_interface){
	.error = -EINVAL,
	.damage = offsetof(struct gs_fw_header, abi_hash),
	.message = "this driver needs ABI",
};

FIXTURE_VARIANT_ADD(firmware, other_version){
	.error = -EPROTO,
	.damage = offsetof(struct gs_fw_header, version),
	.message = "its image",
};

FIXTURE_SETUP(firmware)
{
	int ret;

	self->bound = true;
	ASSERT_EQ(0, npu_find(&self->dev));
	ret = host_firmware_take(&self->file);
	if (ret)
		SKIP(return, "the firmware cannot be replaced: %s",
			   strerror(-ret));
	self->taken = true;
}

FIXTURE_TEARDOWN(firmware)
{
	if (self->taken)
		EXPECT_EQ(0, host_firmware_restore(&self->file));
	if (!self->bound)
		EXPECT_EQ(0, npu_bind(&self->dev));
	EXPECT_EQ(0, host_refresh(&self->dev));
	EXPECT_EQ(0, npu_check(&self->dev, 100));
	EXPECT_EQ(0, host_wait_unused());
}

TEST_F_TIMEOUT(firmware, is_refused, SECONDS)
{
	struct host_firmware *file = &self->file;
	int log = npu_log_open();

	ASSERT_LE(0, log);
	ASSERT_LT(variant->damage, file->size);
	if (variant->damage)
		file->image[variant->damage] ^= 0x40;
	if (!variant->missing)
		ASSERT_EQ(0, host_firmware_put(file->image,
					       file->size - variant->cut));
	ASSERT_EQ(0, npu_unbind(&self->dev));
	self->bound = false;
	EXPECT_EQ(variant->error, npu_bind(&self->dev));
	EXPECT_EQ(1, npu_log_count(log, self->dev.address, variant->message));
	EXPECT_EQ(-1, access(self->dev.node, F_OK));
	EXPECT_EQ(0, host_wait_unused());
	close(log);
}

TEST_HARNESS_MAIN
