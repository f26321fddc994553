// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses: which ones BOs get, that they get them back, and what becomes of
 * a BO that cannot be mapped.
 */
#include <linux/scatterlist.h>
#include <linux/sizes.h>

#include <drm/genesys_accel.h>

#include "gs_test.h"

#define LOW_END BIT_ULL(32)
#define VA_END BIT_ULL(48)
#define SEGMENT_MAX ((u64)SZ_1G)

/* A BO without pages, whose bus addresses are made up. */
struct gs_test_bo {
	struct gs_bo bo;
	struct sg_table sgt;
};

static int gs_test_vm_init(struct kunit *test)
{
	test->priv = gs_test_device(test);
	return 0;
}

static struct gs_vm *gs_test_vm(struct kunit *test)
{
	struct gs_vm *vm = gs_vm_create(test->priv);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, vm);
	return vm;
}

static struct gs_bo *gs_test_bo(struct kunit *test, u64 size, u32 flags)
{
	struct gs_test_bo *tbo = kunit_kzalloc(test, sizeof(*tbo), GFP_KERNEL);
	unsigned int segments = DIV_ROUND_UP(size, SEGMENT_MAX);
	u64 offset = 0;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, tbo);
	kref_init(&tbo->bo.base.base.refcount);
	tbo->bo.base.base.size = size;
	tbo->bo.base.sgt = &tbo->sgt;
	tbo->bo.flags = flags;
	INIT_LIST_HEAD(&tbo->bo.mappings);
	mutex_init(&tbo->bo.lock);
	tbo->sgt.sgl = kunit_kcalloc(test, segments, sizeof(*tbo->sgt.sgl), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, tbo->sgt.sgl);
	sg_init_table(tbo->sgt.sgl, segments);
	tbo->sgt.nents = segments;
	for (i = 0; i < segments; i++, offset += SEGMENT_MAX) {
		sg_dma_address(&tbo->sgt.sgl[i]) = SZ_4M + offset;
		sg_dma_len(&tbo->sgt.sgl[i]) = min(size - offset, SEGMENT_MAX);
	}
	return &tbo->bo;
}

static u64 gs_test_bo_addr(struct kunit *test, struct gs_vm *vm, struct gs_bo *bo)
{
	struct gs_mapping *mapping = gs_mapping_find(vm, bo);
	u64 addr;

	KUNIT_ASSERT_NOT_NULL(test, mapping);
	addr = gs_mapping_addr(mapping);
	gs_mapping_put(mapping);
	return addr;
}

/* Map a BO that has to fit, and look where it is. */
static u64 gs_test_bo_open(struct kunit *test, struct gs_vm *vm, struct gs_bo *bo)
{
	KUNIT_ASSERT_EQ(test, gs_mapping_open(vm, bo), 0);
	return gs_test_bo_addr(test, vm, bo);
}

/* Everybody's references are gone, and nothing of the BO is left in the tables. */
static void gs_test_bo_close(struct kunit *test, struct gs_vm *vm, struct gs_bo *bo)
{
	u64 addr = gs_test_bo_addr(test, vm, bo);
	u64 last = addr + gs_bo_size(bo) - GS_PAGE_BYTES;

	gs_mapping_close(vm, bo);
	KUNIT_EXPECT_NULL(test, gs_mapping_find(vm, bo));
	KUNIT_EXPECT_EQ(test, kref_read(&bo->base.base.refcount), 1);
	KUNIT_EXPECT_EQ(test, gs_test_walk(test, vm->root, addr).entry, 0);
	KUNIT_EXPECT_EQ(test, gs_test_walk(test, vm->root, last).entry, 0);
}

static void gs_test_vm_expect_empty(struct kunit *test, struct gs_vm *vm)
{
	KUNIT_EXPECT_EQ(test, gs_test_count_leaves(vm->root, GS_PT_ROOT_LEVEL, 0), 0);
	KUNIT_EXPECT_EQ(test, gs_test_count_leaves(vm->root, GS_PT_ROOT_LEVEL, 1), 0);
	KUNIT_EXPECT_TRUE(test, drm_mm_clean(&vm->mm));
	KUNIT_EXPECT_EQ(test, refcount_read(&vm->ref), 1);
}

/* Nobody else gets [start, end). */
static void gs_test_vm_take(struct kunit *test, struct gs_vm *vm, u64 start, u64 end)
{
	struct drm_mm_node *node = kunit_kzalloc(test, sizeof(*node), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, node);
	node->start = start;
	node->size = end - start;
	KUNIT_ASSERT_EQ(test, drm_mm_reserve_node(&vm->mm, node), 0);
}

static void gs_test_vm_end(struct kunit *test, struct gs_vm *vm)
{
	struct drm_mm_node *node, *next;

	drm_mm_for_each_node_safe(node, next, &vm->mm)
		drm_mm_remove_node(node);
	gs_test_vm_expect_empty(test, vm);
	gs_vm_put(vm);
}

/* ---- where --------------------------------------------------------------- */

static void gs_test_vm_ranges(struct kunit *test)
{
	static const u64 sizes[] = { SZ_4K, SZ_2M - SZ_4K, SZ_2M, SZ_2M + SZ_4K, SZ_1G };
	struct gs_vm *vm = gs_test_vm(test);
	struct gs_bo *low, *high;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		u64 align = sizes[i] < SZ_2M ? SZ_4K : SZ_2M;
		u64 addr;

		low = gs_test_bo(test, sizes[i], 0);
		addr = gs_test_bo_open(test, vm, low);
		KUNIT_EXPECT_GE(test, addr, 0x10000);
		KUNIT_EXPECT_LE(test, addr + sizes[i], LOW_END - SZ_4K);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(addr, align));
		high = gs_test_bo(test, sizes[i], DRM_GENESYS_BO_HIGH);
		addr = gs_test_bo_open(test, vm, high);
		KUNIT_EXPECT_GE(test, addr, LOW_END);
		KUNIT_EXPECT_LE(test, addr + sizes[i], VA_END - SZ_4K);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(addr, align));
		gs_test_bo_close(test, vm, low);
		gs_test_bo_close(test, vm, high);
	}
	gs_test_vm_end(test, vm);
}

/* Larger than a window, and than what a segment or a 32-bit number holds. */
static void gs_test_vm_large_bo(struct kunit *test)
{
	struct gs_vm *vm = gs_test_vm(test);
	struct gs_bo *bo = gs_test_bo(test, 5ull * SZ_1G + SZ_4K, DRM_GENESYS_BO_HIGH);
	u64 addr = gs_test_bo_open(test, vm, bo);
	u64 last = addr + 5ull * SZ_1G;

	KUNIT_EXPECT_EQ(test, gs_test_count_leaves(vm->root, GS_PT_ROOT_LEVEL, 1), 5 * 512);
	KUNIT_EXPECT_EQ(test, gs_test_count_leaves(vm->root, GS_PT_ROOT_LEVEL, 0), 1);
	KUNIT_EXPECT_EQ(test, gs_test_walk(test, vm->root, addr).dma, SZ_4M);
	KUNIT_EXPECT_EQ(test, gs_test_walk(test, vm->root, last).dma, SZ_4M + 5ull * SZ_1G);
	gs_test_bo_close(test, vm, bo);
	gs_test_vm_end(test, vm);
}

static void gs_test_vm_guard(struct kunit *test)
{
	struct gs_vm *vm = gs_test_vm(test);
	struct gs_bo *bos[32];
	unsigned int i, j;
	u64 addrs[32];

	for (i = 0; i < ARRAY_SIZE(bos); i++) {
		bos[i] = gs_test_bo(test, (1 + i % 3) * SZ_4K, 0);
		addrs[i] = gs_test_bo_open(test, vm, bos[i]);
	}
	for (i = 0; i < ARRAY_SIZE(bos); i++) {
		u64 end = addrs[i] + gs_bo_size(bos[i]);

		KUNIT_EXPECT_EQ(test, gs_test_walk(test, vm->root, end).entry, 0);
		for (j = 0; j < ARRAY_SIZE(bos); j++)
			KUNIT_EXPECT_TRUE(test, addrs[j] <= addrs[i] || addrs[j] >= end + SZ_4K);
	}
	for (i = 0; i < ARRAY_SIZE(bos); i++)
		gs_test_bo_close(test, vm, bos[i]);
	gs_test_vm_end(test, vm);
}

/* ---- full ---------------------------------------------------------------- */

static void gs_test_vm_low_full(struct kunit *test)
{
	struct gs_vm *vm = gs_test_vm(test);
	struct gs_bo *bos[3], *bo = gs_test_bo(test, SZ_1G, 0);
	struct gs_bo *small = gs_test_bo(test, SZ_1M, 0);
	struct gs_bo *high = gs_test_bo(test, SZ_1G, DRM_GENESYS_BO_HIGH);
	unsigned int i;
	u64 addr;

	/* With its guard page, alignment and null pointers, no fourth one fits. */
	for (i = 0; i < ARRAY_SIZE(bos); i++) {
		bos[i] = gs_test_bo(test, SZ_1G, 0);
		gs_test_bo_open(test, vm, bos[i]);
	}
	KUNIT_EXPECT_EQ(test, gs_mapping_open(vm, bo), -ENOSPC);
	KUNIT_EXPECT_NULL(test, gs_mapping_find(vm, bo));
	KUNIT_EXPECT_EQ(test, kref_read(&bo->base.base.refcount), 1);
	gs_test_bo_open(test, vm, small);
	gs_test_bo_open(test, vm, high);
	/* What is free again is found again. */
	addr = gs_test_bo_addr(test, vm, bos[1]);
	gs_test_bo_close(test, vm, bos[1]);
	KUNIT_EXPECT_EQ(test, gs_test_bo_open(test, vm, bo), addr);
	gs_test_bo_close(test, vm, bo);
	gs_test_bo_close(test, vm, small);
	gs_test_bo_close(test, vm, high);
	gs_test_bo_close(test, vm, bos[0]);
	gs_test_bo_close(test, vm, bos[2]);
	gs_test_vm_end(test, vm);
}

/* A gap at the end of each range, which only fits when the guard page does. */
static void gs_test_vm_ends(struct kunit *test)
{
	struct gs_vm *vm = gs_test_vm(test);
	struct gs_bo *bos[2], *large[2];
	static const u64 ends[] = { LOW_END, VA_END };
	static const u32 flags[] = { 0, DRM_GENESYS_BO_HIGH };
	unsigned int i;

	gs_test_vm_take(test, vm, 0x10000, LOW_END - 5 * SZ_4K);
	gs_test_vm_take(test, vm, LOW_END, VA_END - 5 * SZ_4K);
	for (i = 0; i < 2; i++) {
		large[i] = gs_test_bo(test, 5 * SZ_4K, flags[i]);
		KUNIT_EXPECT_EQ(test, gs_mapping_open(vm, large[i]), -ENOSPC);
		bos[i] = gs_test_bo(test, 4 * SZ_4K, flags[i]);
		KUNIT_EXPECT_EQ(test, gs_test_bo_open(test, vm, bos[i]), ends[i] - 5 * SZ_4K);
		KUNIT_EXPECT_NE(test, gs_test_walk(test, vm->root, ends[i] - 2 * SZ_4K).entry, 0);
		KUNIT_EXPECT_EQ(test, gs_test_walk(test, vm->root, ends[i] - 1).entry, 0);
	}
	/* Neither does one take from the other. */
	KUNIT_EXPECT_EQ(test, gs_mapping_open(vm, gs_test_bo(test, SZ_4K, 0)), -ENOSPC);
	gs_test_bo_close(test, vm, bos[1]);
	KUNIT_EXPECT_EQ(test, gs_mapping_open(vm, gs_test_bo(test, SZ_4K, 0)), -ENOSPC);
	gs_test_bo_close(test, vm, bos[0]);
	gs_test_vm_end(test, vm);
}

/* ---- handles and address spaces ------------------------------------------ */

static void gs_test_vm_two_handles(struct kunit *test)
{
	struct gs_vm *vm = gs_test_vm(test);
	struct gs_bo *bo = gs_test_bo(test, SZ_4K, DRM_GENESYS_BO_READ_ONLY);
	u64 addr = gs_test_bo_open(test, vm, bo);

	KUNIT_EXPECT_EQ(test, gs_test_bo_open(test, vm, bo), addr);
	gs_mapping_close(vm, bo);
	KUNIT_EXPECT_EQ(test, gs_test_walk(test, vm->root, addr).entry, SZ_4M | GS_PTE_VALID);
	gs_test_bo_close(test, vm, bo);
	gs_test_vm_end(test, vm);
}

static void gs_test_vm_two_spaces(struct kunit *test)
{
	struct gs_vm *vms[] = { gs_test_vm(test), gs_test_vm(test) };
	struct gs_bo *other = gs_test_bo(test, SZ_4K, 0), *bo = gs_test_bo(test, SZ_4K, 0);
	u64 addrs[2];

	gs_test_bo_open(test, vms[0], other);
	addrs[0] = gs_test_bo_open(test, vms[0], bo);
	addrs[1] = gs_test_bo_open(test, vms[1], bo);
	KUNIT_EXPECT_NE(test, addrs[0], addrs[1]);
	gs_mapping_close(vms[0], bo);
	KUNIT_EXPECT_EQ(test, gs_test_walk(test, vms[0]->root, addrs[0]).entry, 0);
	KUNIT_EXPECT_EQ(test, gs_test_walk(test, vms[1]->root, addrs[1]).dma, SZ_4M);
	gs_test_bo_close(test, vms[1], bo);
	gs_test_bo_close(test, vms[0], other);
	gs_test_vm_end(test, vms[0]);
	gs_test_vm_end(test, vms[1]);
}

static void gs_test_vm_asids(struct kunit *test)
{
	struct gs_device *gdev = test->priv;
	struct gs_vm *vms[GS_TEST_ASIDS];
	unsigned int i;

	for (i = 0; i < GS_TEST_ASIDS; i++) {
		vms[i] = gs_test_vm(test);
		KUNIT_ASSERT_LT(test, vms[i]->asid, GS_TEST_ASIDS);
		KUNIT_EXPECT_EQ(test, le64_to_cpu(gdev->mmu.ctx_table[vms[i]->asid]),
				(u64)vms[i]->root->dma | GS_CTX_VALID);
	}
	KUNIT_EXPECT_EQ(test, PTR_ERR(gs_vm_create(gdev)), -EBUSY);
	i = vms[1]->asid;
	gs_vm_put(vms[1]);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(gdev->mmu.ctx_table[i]), 0);
	vms[1] = gs_test_vm(test);
	KUNIT_EXPECT_EQ(test, vms[1]->asid, i);
	for (i = 0; i < GS_TEST_ASIDS; i++)
		gs_vm_put(vms[i]);
}

/* ---- what cannot be mapped ----------------------------------------------- */

struct gs_test_segment {
	const char *name;
	u64 dma, size;
	int ret;
};

/* Second of two segments of a BO of three pages; the first one is good. */
static const struct gs_test_segment gs_test_segments[] = {
	{ "good", 0x7000, SZ_8K, 0 },
	{ "longer than the BO", 0x7000, SZ_16K, 0 },
	{ "highest addresses", BIT_ULL(52) - SZ_8K, SZ_8K, 0 },
	{ "missing", 0, 0, -EINVAL },
	{ "too short", 0x7000, SZ_4K, -EINVAL },
	{ "address not aligned", 0x7800, SZ_8K, -EINVAL },
	{ "size not aligned", 0x7000, SZ_4K + 512, -EINVAL },
	{ "above 52 bits", BIT_ULL(52), SZ_8K, -EINVAL },
	{ "across 52 bits", BIT_ULL(52) - SZ_4K, SZ_8K, -EINVAL },
	{ "end of all addresses", -(u64)SZ_8K, SZ_8K, -EINVAL },
};

static void gs_test_segment_name(const struct gs_test_segment *segment, char *name)
{
	strscpy(name, segment->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(gs_test_segment, gs_test_segments, gs_test_segment_name);

static void gs_test_vm_segment(struct kunit *test)
{
	const struct gs_test_segment *segment = test->param_value;
	struct gs_bo *bo = gs_test_bo(test, 3 * SZ_4K, 0);
	struct gs_vm *vm = gs_test_vm(test);
	struct scatterlist sg[2];

	sg_init_table(sg, ARRAY_SIZE(sg));
	sg_dma_address(&sg[0]) = SZ_1M;
	sg_dma_len(&sg[0]) = SZ_4K;
	sg_dma_address(&sg[1]) = segment->dma;
	sg_dma_len(&sg[1]) = segment->size;
	bo->base.sgt->sgl = sg;
	bo->base.sgt->nents = ARRAY_SIZE(sg);
	KUNIT_EXPECT_EQ(test, gs_mapping_open(vm, bo), segment->ret);
	if (!segment->ret) {
		u64 addr = gs_test_bo_addr(test, vm, bo);

		KUNIT_EXPECT_EQ(test, gs_test_walk(test, vm->root, addr).dma, SZ_1M);
		KUNIT_EXPECT_EQ(test, gs_test_walk(test, vm->root, addr + SZ_8K).dma,
				segment->dma + SZ_4K);
		KUNIT_EXPECT_EQ(test, gs_test_walk(test, vm->root, addr + 3 * SZ_4K).entry, 0);
		gs_test_bo_close(test, vm, bo);
	}
	KUNIT_EXPECT_NULL(test, gs_mapping_find(vm, bo));
	gs_test_vm_end(test, vm);
}

static void gs_test_vm_no_device(struct kunit *test)
{
	struct gs_vm *vm = gs_test_vm(test);
	struct gs_bo *bo = gs_test_bo(test, SZ_4K, 0);
	struct sg_table *sgt = bo->base.sgt;

	bo->base.sgt = NULL;
	KUNIT_EXPECT_EQ(test, gs_mapping_open(vm, bo), -ENODEV);
	gs_test_vm_expect_empty(test, vm);
	bo->base.sgt = sgt;
	gs_test_bo_open(test, vm, bo);
	gs_test_bo_close(test, vm, bo);
	gs_test_vm_end(test, vm);
}

/* Memory ends in the middle of a BO: that one is not there, others are. */
static void gs_test_vm_no_memory(struct kunit *test)
{
	struct gs_device *gdev = test->priv;
	struct gs_vm *vm = gs_test_vm(test);
	struct gs_bo *other = gs_test_bo(test, SZ_4K, 0);
	struct gs_bo *bo = gs_test_bo(test, 4 * SZ_4K, 0);
	u64 addr = gs_test_bo_open(test, vm, other);

	/* Two pages before 1 GiB, two after it: three more tables. */
	gs_test_vm_take(test, vm, addr + SZ_8K, SZ_1G - SZ_8K);
	gs_test_pool_limit(test, gdev, 2);
	KUNIT_EXPECT_EQ(test, gs_mapping_open(vm, bo), -ENOMEM);
	KUNIT_EXPECT_NULL(test, gs_mapping_find(vm, bo));
	KUNIT_EXPECT_EQ(test, kref_read(&bo->base.base.refcount), 1);
	KUNIT_EXPECT_EQ(test, gs_test_walk(test, vm->root, SZ_1G - SZ_8K).entry, 0);
	KUNIT_EXPECT_EQ(test, gs_test_count_leaves(vm->root, GS_PT_ROOT_LEVEL, 0), 1);
	KUNIT_EXPECT_EQ(test, gs_test_walk(test, vm->root, addr).dma, SZ_4M);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gs_vm_create(gdev)), -ENOMEM);
	gs_test_bo_close(test, vm, other);
	gs_test_vm_end(test, vm);
	/* The root and the three tables of @other, and the limit. */
	KUNIT_EXPECT_EQ(test, gs_test_pool_left(test, gdev), 6);
}

static struct kunit_case gs_test_vm_cases[] = {
	KUNIT_CASE(gs_test_vm_ranges),
	KUNIT_CASE(gs_test_vm_large_bo),
	KUNIT_CASE(gs_test_vm_guard),
	KUNIT_CASE(gs_test_vm_low_full),
	KUNIT_CASE(gs_test_vm_ends),
	KUNIT_CASE(gs_test_vm_two_handles),
	KUNIT_CASE(gs_test_vm_two_spaces),
	KUNIT_CASE(gs_test_vm_asids),
	KUNIT_CASE_PARAM(gs_test_vm_segment, gs_test_segment_gen_params),
	KUNIT_CASE(gs_test_vm_no_device),
	KUNIT_CASE(gs_test_vm_no_memory),
	{ }
};

static struct kunit_suite gs_test_vm_suite = {
	.name = "genesys-addresses",
	.init = gs_test_vm_init,
	.test_cases = gs_test_vm_cases,
};

kunit_test_suite(gs_test_vm_suite);
