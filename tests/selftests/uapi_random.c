// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every ioctl with arguments nobody thought of: it succeeds or fails with an
 * error that is documented, and afterwards the device works.
 */
#include "npu_harness.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <drm.h>

#include "cases.h"

FIXTURE(random)
{
	struct bed bed;
	struct npu_job job;
};

FIXTURE_SETUP(random)
{
	ASSERT_EQ(0, bed_make(&self->bed));
	self->job = npu_job(&self->bed.kit, self->bed.ctx, NPU_NOP, 1);
	npu_job_signal(&self->job, self->bed.out, 0);
}

FIXTURE_TEARDOWN(random)
{
	EXPECT_EQ(0, npu_check(&self->bed.npu.dev, 2));
	bed_unmake(&self->bed);
}

static uint64_t as_u64(const void *pointer)
{
	return (uintptr_t)pointer;
}

/** An ioctl, a call that succeeds, and all its errors that are documented. */
struct target {
	unsigned long request;
	const void *base;
	size_t size;
	int errors[8];
};

static uint32_t random_state = 1;

static uint32_t random_u32(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state;
}

static uint64_t random_value(void)
{
	uint64_t bit = 1ull << (random_u32() % 64);

	switch (random_u32() % 4) {
	case 0:
		return random_u32() % 17;
	case 1:
		return bit;
	case 2:
		return bit - 1;
	default:
		return -bit;
	}
}

/* Sizes a machine may have take their time, and are the test of buffers. */
static bool takes_long(const struct target *target, const uint32_t *image)
{
	const struct drm_genesys_bo_create *args = (const void *)image;

	return target->request == DRM_IOCTL_GENESYS_BO_CREATE &&
	       args->size > 1 << 20 && args->size < 1ull << 46;
}

static int documented(const struct target *target, int error)
{
	for (unsigned i = 0; i < NUM_CASES(target->errors); i++)
		if (error == target->errors[i])
			return 1; /* 0 as well */
	return 0;
}

/* Drop what a call that succeeded made. */
static void undo(const struct bed *bed, const struct target *target,
		 const uint32_t *image)
{
	const struct drm_genesys_bo_create *bo = (const void *)image;
	const struct drm_genesys_ctx_create *ctx = (const void *)image;
	struct drm_gem_close close = { 0 };

	if (target->request == DRM_IOCTL_GENESYS_BO_CREATE) {
		close.handle = bo->handle;
		npu_ioctl(bed->npu.fd, DRM_IOCTL_GEM_CLOSE, &close);
	} else if (target->request == DRM_IOCTL_GENESYS_CTX_CREATE) {
		npu_ctx_destroy(&bed->npu, ctx->ctx_id);
	}
}

/* Returns the error, or 1 for one that is not documented. */
static int shoot(const struct bed *bed, const struct target *target)
{
	uint32_t image[64];
	int ret;

	memcpy(image, target->base, target->size);
	for (uint32_t n = random_u32() % 3; n; n--) {
		size_t wide = random_u32() % 2 ? 8 : 4;
		uint64_t value = random_value();

		memcpy((char *)image +
			       random_u32() % (target->size / wide) * wide,
		       &value, wide);
	}
	if (takes_long(target, image))
		return 0;
	ret = -npu_ioctl(bed->npu.fd, target->request, image);
	if (!ret)
		undo(bed, target, image);
	return ret && !documented(target, ret) ? 1 : ret;
}

TEST_F_TIMEOUT(random, arguments, 60)
{
	struct bed *bed = &self->bed;
	/* Longer answers end where nothing can be written. */
	struct drm_genesys_dev_query query = {
		.size = 100, .pointer = as_u64(bed->page + bed->page_size - 100)
	};
	struct drm_genesys_bo_create create = { .size = 1 };
	struct drm_genesys_bo_info info = { .handle = bed->kit.data.handle };
	struct drm_genesys_ctx_create ctx = { 0 };
	struct drm_genesys_ctx_destroy destroy = { .ctx_id = 1 };
	struct drm_genesys_ctx_query ctx_query = { .ctx_id = bed->ctx };
	struct drm_genesys_bo_sync sync = { bed->kit.data.handle, 1, 0, 64 };
	const struct target targets[] = {
#define T(name, base, ...)                                       \
	{                                                        \
		DRM_IOCTL_GENESYS_##name, &(base), sizeof(base), \
		{                                                \
			__VA_ARGS__                              \
		}                                                \
	}
		T(SUBMIT, self->job.args, EINVAL, E2BIG, ENOENT, ECANCELED,
		  EBUSY, EFAULT),
		T(DEV_QUERY, query, EINVAL, EFAULT),
		T(BO_CREATE, create, EINVAL, ENOMEM, ENOSPC),
		T(BO_INFO, info, ENOENT),
		T(CTX_CREATE, ctx, EINVAL, ENOSPC),
		T(CTX_DESTROY, destroy, ENOENT, EINVAL),
		T(CTX_QUERY, ctx_query, ENOENT, EINVAL),
		T(BO_SYNC, sync, ENOENT, EINVAL),
	};
	unsigned good = 0, bad = 0;

	/* Fills in the addresses of the arrays. */
	ASSERT_EQ(0, npu_job_submit(&bed->npu, &self->job));
	for (int i = 0; i < 2000; i++) {
		const struct target *target =
			&targets[random_u32() % 2 ? 0 : random_u32() % 8];
		int ret = shoot(bed, target);

		EXPECT_NE(1, ret)
		{
			TH_LOG("ioctl 0x%lx, round %d", target->request, i);
		}
		good += !ret;
		bad += ret != 0;
		if (ret != ECANCELED && ret != ENOENT)
			continue;
		/* Number 1 again, which was destroyed or is guilty. */
		npu_ctx_destroy(&bed->npu, bed->ctx);
		ret = npu_ctx_create(&bed->npu, DRM_GENESYS_PRIORITY_NORMAL,
				     100);
		ASSERT_EQ(bed->ctx, ret);
	}
	TH_LOG("%u calls succeeded, %u failed", good, bad);
	EXPECT_LT(200, good);
	EXPECT_LT(200, bad);
}

TEST_HARNESS_MAIN
