// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BOs and contexts: for every field of their ioctls calls that must fail, and
 * have no effect.
 */
#include "npu_harness.h"

#include <errno.h>

#include "cases.h"

FIXTURE(objects)
{
	struct bed bed;
};

FIXTURE_SETUP(objects)
{
	ASSERT_EQ(0, bed_make(&self->bed));
}

FIXTURE_TEARDOWN(objects)
{
	bed_unmake(&self->bed);
}

#define CHECK(request, image, cases)                                           \
	EXPECT_EQ(0, check_cases(&self->bed, request, &(image), sizeof(image), \
				 cases, NUM_CASES(cases)))

/* ---- BO_CREATE, BO_INFO, BO_SYNC ----------------------------------------- */

TEST_F(objects, bo_create_errors)
{
	struct drm_genesys_bo_create args = { .size = 100 };
	const struct a_case cases[] = {
#define B(member, v) SET(struct drm_genesys_bo_create, member, v)
		{ "size 0", EINVAL, { B(size, 0) } },
		{ "size 2^64-1", EINVAL, { B(size, ~0ull) } },
		{ "size 2^64-4095", EINVAL, { B(size, -4095ll) } },
		{ "size 2^64-4097", ENOMEM, { B(size, -4097ll) } },
		{ "size 2^63", ENOMEM, { B(size, 1ull << 63) } },
		{ "size 2^48", ENOMEM, { B(size, 1ull << 48) } },
		{ "size 2^48, high",
		  ENOMEM,
		  { B(size, 1ull << 48), B(flags, DRM_GENESYS_BO_HIGH) } },
		{ "size 2^44+1", ENOMEM, { B(size, (1ull << 44) + 1) } },
		{ "flags 4", EINVAL, { B(flags, 4) } },
		{ "flags 2^31", EINVAL, { B(flags, 1u << 31) } },
		{ "flags 2^32-1", EINVAL, { B(flags, ~0u) } },
		{ "handle given", EINVAL, { B(handle, 1) } },
		{ "all flags", 0, { B(flags, 3) } },
		{ "size 1", 0, { B(size, 1) } },
		{ "outputs not 0", 0, { B(dev_addr, 1), B(mmap_offset, 1) } },
#undef B
	};

	CHECK(DRM_IOCTL_GENESYS_BO_CREATE, args, cases);
	EXPECT_EQ(4096, args.size);
	EXPECT_NE(0, args.handle);
	EXPECT_LE(self->bed.npu.limits.low_start, args.dev_addr);
	EXPECT_GE(self->bed.npu.limits.low_end - 4096, args.dev_addr);
	EXPECT_EQ(0, args.dev_addr % 4096);
	EXPECT_NE(0, args.mmap_offset);
}

TEST_F(objects, bo_info_errors)
{
	const struct npu_bo *code = &self->bed.kit.code;
	struct drm_genesys_bo_info args = { .handle = code->handle };
	const struct a_case cases[] = {
#define B(member, v) SET(struct drm_genesys_bo_info, member, v)
		{ "handle 0", ENOENT, { B(handle, 0) } },
		{ "handle 2^32-1", ENOENT, { B(handle, ~0u) } },
		{ "handle 2^31", ENOENT, { B(handle, 1u << 31) } },
		{ "closed", ENOENT, { B(handle, self->bed.closed_bo) } },
		{ "foreign", ENOENT, { B(handle, self->bed.foreign_bo) } },
		{ "outputs not 0", 0, { B(flags, ~0u), B(size, ~0ull) } },
#undef B
	};

	CHECK(DRM_IOCTL_GENESYS_BO_INFO, args, cases);
	EXPECT_EQ(code->addr, args.dev_addr);
	EXPECT_EQ(code->size, args.size);
	EXPECT_EQ(DRM_GENESYS_BO_HIGH | DRM_GENESYS_BO_READ_ONLY, args.flags);
	EXPECT_NE(0, args.mmap_offset);
}

TEST_F(objects, bo_sync_errors)
{
	const struct npu_bo *data = &self->bed.kit.data;
	struct drm_genesys_bo_sync args = {
		.handle = data->handle,
		.flags = DRM_GENESYS_BO_SYNC_TO_DEVICE,
		.size = data->size,
	};
	const struct a_case cases[] = {
#define S(member, v) SET(struct drm_genesys_bo_sync, member, v)
		{ "handle 0", ENOENT, { S(handle, 0) } },
		{ "handle 2^32-1", ENOENT, { S(handle, ~0u) } },
		{ "closed", ENOENT, { S(handle, self->bed.closed_bo) } },
		{ "foreign", ENOENT, { S(handle, self->bed.foreign_bo) } },
		{ "no flags", EINVAL, { S(flags, 0) } },
		{ "flags 4", EINVAL, { S(flags, 4) } },
		{ "flags 5", EINVAL, { S(flags, 5) } },
		{ "flags 2^31", EINVAL, { S(flags, 1u << 31) } },
		{ "size 0", EINVAL, { S(size, 0) } },
		{ "size one more", EINVAL, { S(size, data->size + 1) } },
		{ "size 2^64-1", EINVAL, { S(size, ~0ull) } },
		{ "offset 1", EINVAL, { S(offset, 1) } },
		{ "offset at the end",
		  EINVAL,
		  { S(offset, data->size), S(size, 1) } },
		{ "offset 2^64-1", EINVAL, { S(offset, ~0ull), S(size, 1) } },
		{ "sum 2^64", EINVAL, { S(offset, -4096ll), S(size, 4096) } },
		{ "sum above 2^64",
		  EINVAL,
		  { S(offset, 4096), S(size, -4095ll) } },
		{ "last byte", 0, { S(offset, data->size - 1), S(size, 1) } },
		{ "both ways", 0, { S(flags, 3) } },
#undef S
	};

	CHECK(DRM_IOCTL_GENESYS_BO_SYNC, args, cases);
}

/* ---- CTX_CREATE, CTX_DESTROY, CTX_QUERY ---------------------------------- */

TEST_F(objects, ctx_create_errors)
{
	struct drm_genesys_ctx_create args = {
		.priority = DRM_GENESYS_PRIORITY_LOW,
	};
	const struct a_case cases[] = {
#define C(member, v) SET(struct drm_genesys_ctx_create, member, v)
		{ "flags 1", EINVAL, { C(flags, 1) } },
		{ "flags 2^31", EINVAL, { C(flags, 1u << 31) } },
		{ "priority 3", EINVAL, { C(priority, 3) } },
		{ "priority -1", EINVAL, { C(priority, -1) } },
		{ "timeout 60001", EINVAL, { C(timeout_ms, 60001) } },
		{ "timeout 2^32-1", EINVAL, { C(timeout_ms, ~0u) } },
		{ "number given", EINVAL, { C(ctx_id, 1) } },
		{ "timeout 60000", 0, { C(timeout_ms, 60000) } },
		{ "timeout 1", 0, { C(timeout_ms, 1) } },
		{ "high priority",
		  0,
		  { C(priority, DRM_GENESYS_PRIORITY_HIGH) } },
#undef C
	};

	CHECK(DRM_IOCTL_GENESYS_CTX_CREATE, args, cases);
	EXPECT_NE(0, args.ctx_id);
	EXPECT_EQ(self->bed.npu.limits.default_timeout_ms, args.timeout_ms);
}

TEST_F(objects, ctx_destroy_errors)
{
	int victim = npu_ctx_create(&self->bed.npu, 0, 0);
	struct drm_genesys_ctx_destroy args = { .ctx_id = (uint32_t)victim };
	const struct a_case cases[] = {
#define C(member, v) SET(struct drm_genesys_ctx_destroy, member, v)
		{ "context 0", ENOENT, { C(ctx_id, 0) } },
		{ "context 2^32-1", ENOENT, { C(ctx_id, ~0u) } },
		{ "context 65", ENOENT, { C(ctx_id, 65) } },
		{ "foreign", ENOENT, { C(ctx_id, self->bed.foreign_ctx) } },
		{ "pad 1", EINVAL, { C(pad, 1) } },
		{ "pad 2^31", EINVAL, { C(pad, 1u << 31) } },
#undef C
	};

	ASSERT_LT(0, victim);
	CHECK(DRM_IOCTL_GENESYS_CTX_DESTROY, args, cases);
	EXPECT_EQ(-ENOENT, npu_ctx_destroy(&self->bed.npu, (uint32_t)victim));
}

TEST_F(objects, ctx_query_errors)
{
	struct drm_genesys_ctx_query args = { .ctx_id = self->bed.ctx };
	const struct a_case cases[] = {
#define C(member, v) SET(struct drm_genesys_ctx_query, member, v)
		{ "context 0", ENOENT, { C(ctx_id, 0) } },
		{ "context 2^32-1", ENOENT, { C(ctx_id, ~0u) } },
		{ "foreign", ENOENT, { C(ctx_id, self->bed.foreign_ctx) } },
		{ "destroyed", ENOENT, { C(ctx_id, self->bed.closed_ctx) } },
		{ "flags 1", EINVAL, { C(flags, 1) } },
		{ "flags 2^31", EINVAL, { C(flags, 1u << 31) } },
		{ "outputs not 0", 0, { C(seqno, ~0ull), C(state, 7) } },
#undef C
	};

	CHECK(DRM_IOCTL_GENESYS_CTX_QUERY, args, cases);
	EXPECT_EQ(DRM_GENESYS_CTX_ACTIVE, args.state);
	EXPECT_EQ(DRM_GENESYS_CAUSE_NONE, args.cause);
	EXPECT_EQ(0, args.submitted | args.completed | args.busy_ns);
}

TEST_F(objects, ctx_limit)
{
	uint32_t max = self->bed.npu.limits.max_ctx_per_file;
	struct npu npu;
	int first = 0;

	ASSERT_EQ(0, npu_open_device(&npu, &self->bed.npu.dev));
	for (uint32_t i = 0; i < max; i++) {
		int ctx = npu_ctx_create(&npu, DRM_GENESYS_PRIORITY_LOW, 0);

		ASSERT_LT(0, ctx);
		first = first ? first : ctx;
	}
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(-ENOSPC, npu_ctx_create(&npu, 0, 0));
	/* The limit is the file's own. */
	EXPECT_LT(0, npu_ctx_create(&self->bed.npu, 0, 0));
	EXPECT_EQ(0, npu_ctx_destroy(&npu, (uint32_t)first));
	EXPECT_EQ(first, npu_ctx_create(&npu, 0, 0));
	npu_close(&npu);
}

TEST_HARNESS_MAIN
