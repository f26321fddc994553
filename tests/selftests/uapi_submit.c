// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SUBMIT: for every field calls that must fail, and have no effect.
 */
#include "npu_harness.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <drm.h>

#include "cases.h"

/** The arguments and what they point to, to be changed in any place. */
struct image {
	struct drm_genesys_submit args;
	struct drm_genesys_bo_ref refs[4];
	struct drm_genesys_sync syncs[4];
	struct { /* elements as a newer program knows them */
		struct drm_genesys_bo_ref ref;
		uint64_t more;
	} long_refs[3];
	struct {
		struct drm_genesys_sync sync;
		uint64_t more;
	} long_syncs[2];
};

FIXTURE(submit)
{
	struct bed bed;
	struct image image;
};

static uint64_t as_u64(const void *pointer)
{
	return (uintptr_t)pointer;
}

/*
 * Waits for a fence that has signalled, signals bed.out, which has none.
 * Element 3 of either array is what a case wants there.
 */
static void make_image(const struct bed *bed, struct image *image)
{
	struct npu_job job = npu_job(&bed->kit, bed->ctx, NPU_NOP, 1);

	npu_job_wait(&job, bed->done, 0);
	npu_job_signal(&job, bed->out, 0);
	memset(image, 0, sizeof(*image));
	image->args = job.args;
	image->args.bos.array = as_u64(image->refs);
	image->args.bos.stride = sizeof(image->refs[0]);
	image->args.syncs.array = as_u64(image->syncs);
	image->args.syncs.stride = sizeof(image->syncs[0]);
	memcpy(image->refs, job.refs, sizeof(image->refs));
	memcpy(image->syncs, job.syncs, sizeof(image->syncs));
	image->refs[3] = image->refs[1];
	image->syncs[2] = image->syncs[0];
	image->syncs[3] = image->syncs[1];
	for (int i = 0; i < 3; i++)
		image->long_refs[i].ref = image->refs[i];
	for (int i = 0; i < 2; i++)
		image->long_syncs[i].sync = image->syncs[i];
}

FIXTURE_SETUP(submit)
{
	ASSERT_EQ(0, bed_make(&self->bed));
	make_image(&self->bed, &self->image);
}

FIXTURE_TEARDOWN(submit)
{
	EXPECT_EQ(0, npu_check(&self->bed.npu.dev, 2));
	bed_unmake(&self->bed);
}

#define CHECK(cases)                                                       \
	EXPECT_EQ(0, check_cases(&self->bed, DRM_IOCTL_GENESYS_SUBMIT,     \
				 &self->image, sizeof(self->image), cases, \
				 NUM_CASES(cases)))
#define S(member, v) SET(struct image, args.member, v)
#define I(member, v) SET(struct image, member, v)

/* ---- the structure ------------------------------------------------------- */

TEST_F(submit, context_and_flags)
{
	const struct a_case cases[] = {
		{ "context 0", ENOENT, { S(ctx_id, 0) } },
		{ "context 2^32-1", ENOENT, { S(ctx_id, ~0u) } },
		{ "destroyed", ENOENT, { S(ctx_id, self->bed.closed_ctx) } },
		{ "foreign", ENOENT, { S(ctx_id, self->bed.foreign_ctx) } },
		{ "flags 1", EINVAL, { S(flags, 1) } },
		{ "flags 2^31", EINVAL, { S(flags, 1u << 31) } },
		{ "flags 2^32-1", EINVAL, { S(flags, ~0u) } },
		{ "seqno, an output", 0, { S(seqno, ~0ull) } },
	};

	CHECK(cases);
	EXPECT_EQ(2, self->image.args.seqno);
}

TEST_F(submit, program)
{
	const struct npu_bo *code = &self->bed.kit.code;
	uint64_t size = code->size;
	struct npu_bo unlisted;
	uint32_t *words = code->map;

	ASSERT_EQ(0, npu_bo_create(&self->bed.npu, &unlisted, 4096,
				   DRM_GENESYS_BO_READ_ONLY));
	words[size / 4 - 1] = words[0]; /* NPU_NOP */
	ASSERT_EQ(0, self->image.args.program_offset);
	ASSERT_EQ(4, self->image.args.program_size);
	const struct a_case cases[] = {
		{ "BO 0", EINVAL, { S(program_bo, 0) } },
		{ "BO 2^32-1", EINVAL, { S(program_bo, ~0u) } },
		{ "not listed", EINVAL, { S(program_bo, unlisted.handle) } },
		{ "closed", EINVAL, { S(program_bo, self->bed.closed_bo) } },
		{ "foreign", EINVAL, { S(program_bo, self->bed.foreign_bo) } },
		{ "writable",
		  EINVAL,
		  { S(program_bo, self->bed.kit.data.handle),
		    S(window_base[0], self->bed.kit.data.addr) } },
		{ "offset 1", EINVAL, { S(program_offset, 1) } },
		{ "offset 2", EINVAL, { S(program_offset, 2) } },
		{ "offset at the end", EINVAL, { S(program_offset, size) } },
		{ "offset beyond", EINVAL, { S(program_offset, size + 4) } },
		{ "offset 2^32", EINVAL, { S(program_offset, 1ull << 32) } },
		{ "offset 2^63", EINVAL, { S(program_offset, 1ull << 63) } },
		{ "offset 2^64-4", EINVAL, { S(program_offset, -4ll) } },
		{ "size 0", EINVAL, { S(program_size, 0) } },
		{ "size 1", EINVAL, { S(program_size, 1) } },
		{ "size 6", EINVAL, { S(program_size, 6) } },
		{ "size too big", EINVAL, { S(program_size, size + 4) } },
		{ "size 2^32", EINVAL, { S(program_size, 1ull << 32) } },
		{ "size 2^32+4", EINVAL, { S(program_size, 4 + (1ull << 32)) } },
		{ "size 2^63", EINVAL, { S(program_size, 1ull << 63) } },
		{ "size 2^64-4", EINVAL, { S(program_size, -4ll) } },
		{ "sum too big",
		  EINVAL,
		  { S(program_offset, size - 4), S(program_size, 8) } },
		{ "sum 2^64",
		  EINVAL,
		  { S(program_offset, 4), S(program_size, -4ll) } },
		{ "sum above 2^64",
		  EINVAL,
		  { S(program_offset, -8ll), S(program_size, 12) } },
		{ "last word", 0, { S(program_offset, size - 4) } },
	};
	CHECK(cases);
}

TEST_F(submit, result)
{
	const struct npu_bo *results = &self->bed.kit.results;
	uint64_t size = results->size;
	struct npu_bo unlisted;

	ASSERT_EQ(0, npu_bo_create(&self->bed.npu, &unlisted, 4096, 0));
	ASSERT_EQ(64, self->image.args.result_offset);
	const struct a_case cases[] = {
		{ "BO 2^32-1", EINVAL, { S(result_bo, ~0u) } },
		{ "not listed", EINVAL, { S(result_bo, unlisted.handle) } },
		{ "closed", EINVAL, { S(result_bo, self->bed.closed_bo) } },
		{ "foreign", EINVAL, { S(result_bo, self->bed.foreign_bo) } },
		{ "read-only",
		  EINVAL,
		  { S(result_bo, self->bed.kit.code.handle) } },
		{ "listed for reading",
		  EINVAL,
		  { I(refs[2].flags, DRM_GENESYS_BO_REF_READ) } },
		{ "offset without a BO", EINVAL, { S(result_bo, 0) } },
		{ "offset 4", EINVAL, { S(result_offset, 4) } },
		{ "offset 65", EINVAL, { S(result_offset, 65) } },
		{ "last 56 bytes", EINVAL, { S(result_offset, size - 56) } },
		{ "offset at the end", EINVAL, { S(result_offset, size) } },
		{ "offset 2^32", EINVAL, { S(result_offset, 1ull << 32) } },
		{ "offset 2^63", EINVAL, { S(result_offset, 1ull << 63) } },
		{ "offset 2^64-8", EINVAL, { S(result_offset, -8ll) } },
		{ "offset 2^64-64", EINVAL, { S(result_offset, -64ll) } },
		{ "none", 0, { S(result_bo, 0), S(result_offset, 0) } },
		{ "offset 8", 0, { S(result_offset, 8) } },
		{ "last 64 bytes", 0, { S(result_offset, size - 64) } },
		{ "listed for both",
		  0,
		  { I(refs[2].flags,
		      DRM_GENESYS_BO_REF_READ | DRM_GENESYS_BO_REF_WRITE) } },
	};
	CHECK(cases);
	EXPECT_EQ(GS_JOB_OK, npu_result(&self->bed.kit, 1)->status);
	EXPECT_EQ(GS_JOB_OK,
		  npu_result(&self->bed.kit, NPU_NUM_RESULTS - 1)->status);
}

TEST_F(submit, windows)
{
	uint64_t top = (1ull << 48) - (1ull << 32);
	const uint64_t code = self->bed.kit.code.addr;

	for (int i = 0; i < DRM_GENESYS_NUM_WINDOWS; i++) {
		const struct a_case cases[] = {
			{ "base + 1", EINVAL, { S(window_base[i], code + 1) } },
			{ "base + 2 KiB",
			  EINVAL,
			  { S(window_base[i], code + 2048) } },
			{ "4 KiB too high",
			  EINVAL,
			  { S(window_base[i], top + 4096) } },
			{ "1 too high", EINVAL, { S(window_base[i], top + 1) } },
			{ "2^48", EINVAL, { S(window_base[i], 1ull << 48) } },
			{ "2^63", EINVAL, { S(window_base[i], 1ull << 63) } },
			{ "2^64-4096", EINVAL, { S(window_base[i], -4096ll) } },
			{ "2^64-1", EINVAL, { S(window_base[i], ~0ull) } },
			{ "highest",
			  i ? 0 : EINVAL,
			  { S(window_base[i], top) } },
			{ "lowest",
			  i || code < 1ull << 32 ? 0 : EINVAL,
			  { S(window_base[i], 0) } },
		};
		CHECK(cases);
		make_image(&self->bed, &self->image);
		npu_syncobj_destroy(&self->bed.npu, self->bed.out);
		self->bed.out = (uint32_t)npu_syncobj_create(&self->bed.npu);
		make_image(&self->bed, &self->image);
	}
}

/* The first block lies in the window of code, which is 4 GiB long. */
TEST_F(submit, program_in_its_window)
{
	uint64_t base = self->bed.kit.code.addr, size = 1ull << 32;

	ASSERT_LE(size, base);
	const struct a_case cases[] = {
		{ "before it", EINVAL, { S(window_base[0], base + 4096) } },
		{ "behind it", EINVAL, { S(window_base[0], base - size) } },
		{ "over its end",
		  EINVAL,
		  { S(window_base[0], base - size + 4096),
		    S(program_size, 4100) } },
		{ "in its last page",
		  0,
		  { S(window_base[0], base - size + 4096) } },
	};
	CHECK(cases);
}

/* ---- the arrays ---------------------------------------------------------- */

/* Both arrays in the same ways. */
#define ARRAY_CASES(a, last_bytes)                                            \
	{ #a " null", EFAULT, { S(a.array, 0) } },                            \
		{ #a " page 0", EFAULT, { S(a.array, 16) } },                 \
		{ #a " unmapped", EFAULT, { S(a.array, end) } },              \
		{ #a " second element unmapped",                              \
		  EFAULT,                                                     \
		  { S(a.array, end - (last_bytes)) } },                       \
		{ #a " first element half unmapped",                          \
		  EFAULT,                                                     \
		  { S(a.array, end - 4) } },                                  \
		{ #a " kernel", EFAULT, { S(a.array, 0xffff888000000000) } }, \
		{ #a " 2^64-1", EFAULT, { S(a.array, ~0ull) } },              \
		{ #a " end is 2^64",                                          \
		  EFAULT,                                                     \
		  { S(a.array, -(int64_t)(last_bytes)) } },                   \
		{ #a " above 32 bits",                                        \
		  EFAULT,                                                     \
		  { S(a.array, self->image.args.a.array | 1ull << 60) } },    \
		{ #a " count 2^32-1", EINVAL, { S(a.count, ~0u) } },          \
		{ #a " count 2^31", EINVAL, { S(a.count, 1u << 31) } },       \
		{ #a " count above the limit",                                \
		  EINVAL,                                                     \
		  { S(a.count, max_##a + 1) } },                              \
		{ #a " all too big",                                          \
		  EINVAL,                                                     \
		  { S(a.array, ~0ull), S(a.count, ~0u), S(a.stride, ~0u) } }, \
		{ #a " product 2^32",                                         \
		  EINVAL,                                                     \
		  { S(a.count, 1u << 28), S(a.stride, 16) } },                \
		{ #a " stride 0", EINVAL, { S(a.stride, 0) } },               \
		{ #a " stride 1", EINVAL, { S(a.stride, 1) } },               \
		{ #a " stride too small",                                     \
		  EINVAL,                                                     \
		  { S(a.stride, (last_bytes)-1) } },                          \
		{ #a " stride 4097", EINVAL, { S(a.stride, 4097) } },         \
		{ #a " stride 2^32-1", EINVAL, { S(a.stride, ~0u) } },        \
	{                                                                     \
#a " stride over the end", EFAULT,                            \
		{                                                             \
			S(a.array, end - (last_bytes)), S(a.stride, 4096)     \
		}                                                             \
	}

TEST_F(submit, arrays)
{
	uint64_t end = as_u64(self->bed.page) + self->bed.page_size;
	uint32_t max_bos = self->bed.npu.limits.max_bos_per_job;
	uint32_t max_syncs = self->bed.npu.limits.max_syncs_per_job;
	struct image *image = &self->image;

	/* In front of the page that cannot be read: a first element. */
	memcpy((void *)(uintptr_t)(end - 8), &image->refs[0], 8);
	const struct a_case bos[] = {
		ARRAY_CASES(bos, 8),
		{ "no BOs", EINVAL, { S(bos.count, 0) } },
	};
	CHECK(bos);
	make_image(&self->bed, &self->image);
	npu_syncobj_destroy(&self->bed.npu, self->bed.out);
	self->bed.out = (uint32_t)npu_syncobj_create(&self->bed.npu);
	make_image(&self->bed, &self->image);
	memcpy((void *)(uintptr_t)(end - 16), &image->syncs[0], 16);
	const struct a_case syncs[] = {
		ARRAY_CASES(syncs, 16),
		{ "no syncs", 0, { S(syncs.count, 0) } },
		{ "no syncs, and no array",
		  0,
		  { S(syncs.count, 0), S(syncs.array, 0),
		    S(syncs.stride, 0) } },
	};
	CHECK(syncs);
}

TEST_F(submit, longer_elements)
{
	struct image *image = &self->image;
	const struct a_case cases[] = {
#define LONG_REFS                               \
	S(bos.array, as_u64(image->long_refs)), \
		S(bos.stride, sizeof(image->long_refs[0]))
#define LONG_SYNCS                                 \
	S(syncs.array, as_u64(image->long_syncs)), \
		S(syncs.stride, sizeof(image->long_syncs[0]))
		{ "unknown field of the first BO",
		  E2BIG,
		  { LONG_REFS, I(long_refs[0].more, 1) } },
		{ "unknown field of the last BO",
		  E2BIG,
		  { LONG_REFS, I(long_refs[2].more, 1ull << 63) } },
		{ "unknown field of the first syncobj",
		  E2BIG,
		  { LONG_SYNCS, I(long_syncs[0].more, 1ull << 32) } },
		{ "unknown field of the last syncobj",
		  E2BIG,
		  { LONG_SYNCS, I(long_syncs[1].more, 1) } },
		/* The stride is what counts: refs[1] is an unknown field. */
		{ "stride 16 for elements of 8", E2BIG, { S(bos.stride, 16) } },
		{ "longer BOs", 0, { LONG_REFS } },
		{ "longer syncobjs", 0, { LONG_SYNCS } },
	};

	CHECK(cases);
}

/* ---- elements ------------------------------------------------------------ */

TEST_F(submit, bos)
{
	const struct a_case cases[] = {
		{ "handle 0", ENOENT, { I(refs[1].handle, 0) } },
		{ "handle 2^32-1", ENOENT, { I(refs[1].handle, ~0u) } },
		{ "closed", ENOENT, { I(refs[1].handle, self->bed.closed_bo) } },
		{ "foreign",
		  ENOENT,
		  { I(refs[1].handle, self->bed.foreign_bo) } },
		{ "last closed",
		  ENOENT,
		  { S(bos.count, 4), I(refs[3].handle, self->bed.closed_bo) } },
		{ "no flags", EINVAL, { I(refs[1].flags, 0) } },
		{ "no use", EINVAL, { I(refs[1].flags, 4) } },
		{ "flags 9", EINVAL, { I(refs[1].flags, 9) } },
		{ "flags 2^31", EINVAL, { I(refs[1].flags, 1u << 31) } },
		{ "writes a read-only BO",
		  EINVAL,
		  { I(refs[0].flags, DRM_GENESYS_BO_REF_WRITE) } },
		{ "reads and writes one",
		  EINVAL,
		  { I(refs[0].flags,
		      DRM_GENESYS_BO_REF_READ | DRM_GENESYS_BO_REF_WRITE) } },
		{ "listed twice", EINVAL, { S(bos.count, 4) } },
		{ "listed twice, for reading and for writing",
		  EINVAL,
		  { S(bos.count, 4),
		    I(refs[1].flags, DRM_GENESYS_BO_REF_READ) } },
		{ "without program",
		  EINVAL,
		  { I(refs[0].handle, self->bed.kit.data.handle),
		    S(bos.count, 1) } },
		{ "without result", EINVAL, { S(bos.count, 2) } },
		{ "data for reading",
		  0,
		  { I(refs[1].flags, DRM_GENESYS_BO_REF_READ) } },
	};

	CHECK(cases);
}

/* A BO with two handles is still one. */
TEST_F(submit, one_bo_with_two_handles)
{
	struct drm_gem_flink flink = { .handle = self->bed.kit.data.handle };
	struct drm_gem_open open = { 0 };
	int fd = self->bed.npu.fd;

	ASSERT_EQ(0, npu_ioctl(fd, DRM_IOCTL_GEM_FLINK, &flink));
	open.name = flink.name;
	ASSERT_EQ(0, npu_ioctl(fd, DRM_IOCTL_GEM_OPEN, &open));
	ASSERT_NE(flink.handle, open.handle);
	self->image.refs[3].handle = open.handle;
	const struct a_case cases[] = {
		{ "listed by both", EINVAL, { S(bos.count, 4) } },
		{ "listed by the other", 0, { I(refs[1].handle, open.handle) } },
		{ "program by a handle that is not listed",
		  EINVAL,
		  { S(program_bo, open.handle) } },
	};
	CHECK(cases);
	/* Closing one leaves the other and the address. */
	npu_bo_destroy(&self->bed.npu, &self->bed.kit.data);
	self->image.refs[1].handle = open.handle;
	EXPECT_EQ(0,
		  npu_ioctl(fd, DRM_IOCTL_GENESYS_SUBMIT, &self->image.args));
	EXPECT_EQ(0, bed_settle(&self->bed));
}

/* The handle an import of one's own export gives is the one there was. */
TEST_F(submit, one_bo_through_prime)
{
	int dmabuf = npu_export(&self->bed.npu, self->bed.kit.data.handle);
	uint32_t handle = 0;

	ASSERT_LE(0, dmabuf);
	ASSERT_EQ(0, npu_import(&self->bed.npu, dmabuf, &handle));
	EXPECT_EQ(self->bed.kit.data.handle, handle);
	self->image.refs[3].handle = handle;
	const struct a_case cases[] = {
		{ "listed twice", EINVAL, { S(bos.count, 4) } },
	};
	CHECK(cases);
	close(dmabuf);
}

TEST_F(submit, syncobjs)
{
	const struct npu *npu = &self->bed.npu;
	uint32_t empty = (uint32_t)npu_syncobj_create(npu);
	uint32_t line = (uint32_t)npu_syncobj_create(npu);
	const uint32_t closed = (uint32_t)npu_syncobj_create(npu);
	const uint32_t foreign = self->bed.foreign_syncobj;

	npu_syncobj_destroy(npu, closed);
	ASSERT_EQ(0, npu_syncobj_signal(npu, line, 10));
	const struct a_case cases[] = {
		{ "wait for 0", ENOENT, { I(syncs[0].handle, 0) } },
		{ "wait for 2^32-1", ENOENT, { I(syncs[0].handle, ~0u) } },
		{ "wait for closed", ENOENT, { I(syncs[0].handle, closed) } },
		{ "wait for foreign", ENOENT, { I(syncs[0].handle, foreign) } },
		{ "signal 0", ENOENT, { I(syncs[1].handle, 0) } },
		{ "signal 2^32-1", ENOENT, { I(syncs[1].handle, ~0u) } },
		{ "signal closed", ENOENT, { I(syncs[1].handle, closed) } },
		{ "signal foreign", ENOENT, { I(syncs[1].handle, foreign) } },
		{ "no flags", EINVAL, { I(syncs[0].flags, 0) } },
		{ "wait and signal", EINVAL, { I(syncs[0].flags, 3) } },
		{ "flags 4", EINVAL, { I(syncs[0].flags, 4) } },
		{ "wait and 4", EINVAL, { I(syncs[0].flags, 5) } },
		{ "signal and 2^31",
		  EINVAL,
		  { I(syncs[1].flags, 2 | 1u << 31) } },
		{ "wait for no fence", EINVAL, { I(syncs[0].handle, empty) } },
		{ "wait for a point of none",
		  EINVAL,
		  { I(syncs[0].handle, empty), I(syncs[0].point, 1) } },
		{ "wait for a point of a binary one",
		  EINVAL,
		  { I(syncs[0].point, 1) } },
		{ "wait for a later point",
		  EINVAL,
		  { I(syncs[0].handle, line), I(syncs[0].point, 11) } },
		{ "wait for point 2^32",
		  EINVAL,
		  { I(syncs[0].handle, line), I(syncs[0].point, 1ull << 32) } },
		{ "wait for point 2^32+10",
		  EINVAL,
		  { I(syncs[0].handle, line),
		    I(syncs[0].point, (1ull << 32) + 10) } },
		{ "wait for point 2^64-1",
		  EINVAL,
		  { I(syncs[0].handle, line), I(syncs[0].point, ~0ull) } },
		{ "signal twice", EINVAL, { S(syncs.count, 4) } },
		{ "signal two points of one",
		  EINVAL,
		  { S(syncs.count, 4), I(syncs[3].point, 1) } },
		{ "the last of three bad",
		  ENOENT,
		  { S(syncs.count, 3), I(syncs[2].handle, closed) } },
		{ "signal nothing", 0, { S(syncs.count, 1) } },
	};
	CHECK(cases);
	EXPECT_EQ(1, npu_syncobj_wait(npu, self->bed.out, 10000));
}

TEST_HARNESS_MAIN
