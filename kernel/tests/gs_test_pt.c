// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page tables: descriptors bit by bit, which leaves are large, and that memory
 * which runs out leaves nothing behind.
 */
#include <linux/sizes.h>

#include "gs_test.h"

#define SMALL ((u64)SZ_4K)
#define LARGE ((u64)SZ_2M)
#define VA_END BIT_ULL(48)

struct gs_test_pt {
	struct gs_device *gdev;
	struct gs_pt *root;
};

static int gs_test_pt_init(struct kunit *test)
{
	struct gs_test_pt *tp = kunit_kzalloc(test, sizeof(*tp), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tp);
	tp->gdev = gs_test_device(test);
	tp->root = gs_pt_create(tp->gdev, GS_PT_ROOT_LEVEL);
	KUNIT_ASSERT_NOT_NULL(test, tp->root);
	test->priv = tp;
	return 0;
}

static void gs_test_pt_exit(struct kunit *test)
{
	struct gs_test_pt *tp = test->priv;

	if (tp)
		gs_pt_destroy(tp->gdev, tp->root, GS_PT_ROOT_LEVEL);
}

static void gs_test_pt_map(struct kunit *test, u64 va, u64 dma, u64 size, bool write)
{
	struct gs_test_pt *tp = test->priv;

	KUNIT_ASSERT_EQ(test, gs_pt_map(tp->gdev, tp->root, va, dma, size, write), 0);
}

static u64 gs_test_pt_entry(struct kunit *test, u64 va)
{
	struct gs_test_pt *tp = test->priv;

	return gs_test_walk(test, tp->root, va).entry;
}

static void gs_test_pt_expect_leaves(struct kunit *test, unsigned int small, unsigned int large)
{
	struct gs_test_pt *tp = test->priv;
	struct gs_pt_count count = { };

	KUNIT_EXPECT_EQ(test, gs_test_count_leaves(tp->root, GS_PT_ROOT_LEVEL, 0), small);
	KUNIT_EXPECT_EQ(test, gs_test_count_leaves(tp->root, GS_PT_ROOT_LEVEL, 1), large);
	gs_pt_count(tp->root, GS_PT_ROOT_LEVEL, &count);
	KUNIT_EXPECT_EQ(test, count.small, small);
	KUNIT_EXPECT_EQ(test, count.large, large);
}

/* Every page of the range leads where it should, and those around it nowhere. */
static void gs_test_pt_expect_range(struct kunit *test, u64 va, u64 dma, u64 size)
{
	struct gs_test_pt *tp = test->priv;
	u64 offset;

	for (offset = 0; offset < size; offset += SMALL) {
		struct gs_test_leaf leaf = gs_test_walk(test, tp->root, va + offset);

		KUNIT_ASSERT_NE_MSG(test, leaf.entry, 0, "0x%llx", va + offset);
		KUNIT_ASSERT_EQ_MSG(test, leaf.dma, dma + offset, "0x%llx", va + offset);
	}
	if (va)
		KUNIT_EXPECT_EQ(test, gs_test_pt_entry(test, va - 1), 0);
	if (va + size < VA_END)
		KUNIT_EXPECT_EQ(test, gs_test_pt_entry(test, va + size), 0);
}

/* ---- descriptors --------------------------------------------------------- */

static void gs_test_pt_small_leaf(struct kunit *test)
{
	struct gs_test_pt *tp = test->priv;
	const struct gs_pt *pt = tp->root;
	const unsigned int index[] = { 257, 3, 511, 17 };
	unsigned int i;
	u64 va = 0;

	for (i = 0; i < ARRAY_SIZE(index); i++)
		va = va << 9 | index[i];
	va <<= 12;
	gs_test_pt_map(test, va, 0x89abcd000ull, SMALL, true);
	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_NOT_NULL(test, pt->child[index[i]]);
		KUNIT_EXPECT_EQ(test, le64_to_cpu(pt->entries[index[i]]),
				(u64)pt->child[index[i]]->dma | 1);
		pt = pt->child[index[i]];
	}
	KUNIT_EXPECT_EQ(test, le64_to_cpu(pt->entries[17]), 0x89abcd003ull);
	gs_test_pt_expect_leaves(test, 1, 0);
	gs_test_pt_expect_range(test, va, 0x89abcd000ull, SMALL);
}

static void gs_test_pt_large_leaf(struct kunit *test)
{
	struct gs_test_pt *tp = test->priv;
	const struct gs_pt *pt;

	gs_test_pt_map(test, 5 * LARGE, 0x40000000ull, LARGE, true);
	pt = tp->root->child[0]->child[0];
	KUNIT_EXPECT_EQ(test, le64_to_cpu(pt->entries[5]), 0x40000007ull);
	KUNIT_EXPECT_NULL(test, pt->child[5]);
	gs_test_pt_expect_leaves(test, 0, 1);
	gs_test_pt_expect_range(test, 5 * LARGE, 0x40000000ull, LARGE);
}

static void gs_test_pt_permission(struct kunit *test)
{
	gs_test_pt_map(test, 0x10000, 0x1000, SMALL, false);
	gs_test_pt_map(test, 0x11000, 0x2000, SMALL, true);
	gs_test_pt_map(test, LARGE, LARGE, LARGE, false);
	gs_test_pt_map(test, 2 * LARGE, 2 * LARGE, LARGE, true);
	KUNIT_EXPECT_EQ(test, gs_test_pt_entry(test, 0x10000), 0x1001ull);
	KUNIT_EXPECT_EQ(test, gs_test_pt_entry(test, 0x11000), 0x2003ull);
	KUNIT_EXPECT_EQ(test, gs_test_pt_entry(test, LARGE), LARGE | 5);
	KUNIT_EXPECT_EQ(test, gs_test_pt_entry(test, 2 * LARGE), 2 * LARGE | 7);
}

/* The highest bus addresses a descriptor holds. */
static void gs_test_pt_address_bits(struct kunit *test)
{
	gs_test_pt_map(test, 0x10000, GS_PTE_ADDR, SMALL, false);
	gs_test_pt_map(test, LARGE, GS_PTE_ADDR & ~(LARGE - 1), LARGE, false);
	KUNIT_EXPECT_EQ(test, gs_test_pt_entry(test, 0x10000), 0x000ffffffffff001ull);
	KUNIT_EXPECT_EQ(test, gs_test_pt_entry(test, LARGE), 0x000fffffffe00005ull);
}

/* An address is told from those that differ in one bit. */
static void gs_test_pt_no_alias(struct kunit *test)
{
	const u64 va = 0x5a5a5a5a5000ull;
	unsigned int bit;

	gs_test_pt_map(test, va, 0x7000, SMALL, true);
	for (bit = 12; bit < 48; bit++)
		KUNIT_EXPECT_EQ_MSG(test, gs_test_pt_entry(test, va ^ BIT_ULL(bit)), 0,
				    "bit %u", bit);
	gs_test_pt_expect_range(test, va, 0x7000, SMALL);
}

/* ---- which leaves -------------------------------------------------------- */

struct gs_test_pt_split {
	const char *name;
	u64 va, dma, size;
	unsigned int small, large;
};

static const struct gs_test_pt_split gs_test_pt_splits[] = {
	{ "a page less than a large leaf", LARGE, LARGE, LARGE - SMALL, 511, 0 },
	{ "a large leaf and a page", LARGE, LARGE, LARGE + SMALL, 1, 1 },
	{ "address not aligned", LARGE + SMALL, LARGE, LARGE, 512, 0 },
	{ "bus address not aligned", LARGE, LARGE + SMALL, LARGE, 512, 0 },
	{ "both not aligned in the same way", 2 * LARGE - 2 * SMALL, 9 * LARGE - 2 * SMALL,
	  2 * LARGE + 5 * SMALL, 5, 2 },
	{ "across tables of level 1", SZ_1G - 2 * LARGE, 0, 4 * LARGE, 0, 4 },
	{ "across tables of level 2", BIT_ULL(39) - LARGE, 0, 2 * LARGE, 0, 2 },
	{ "small pages across tables", BIT_ULL(39) - SMALL, 0, 2 * SMALL, 2, 0 },
	{ "first addresses", 0, 0, LARGE, 0, 1 },
	{ "last addresses", VA_END - LARGE - SMALL, 3 * LARGE - SMALL, LARGE + SMALL, 1, 1 },
};

static void gs_test_pt_split_name(const struct gs_test_pt_split *split, char *name)
{
	strscpy(name, split->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(gs_test_pt_split, gs_test_pt_splits, gs_test_pt_split_name);

static void gs_test_pt_split(struct kunit *test)
{
	const struct gs_test_pt_split *split = test->param_value;
	struct gs_test_pt *tp = test->priv;

	gs_test_pt_map(test, split->va, split->dma, split->size, true);
	gs_test_pt_expect_leaves(test, split->small, split->large);
	gs_test_pt_expect_range(test, split->va, split->dma, split->size);
	gs_pt_unmap(tp->root, split->va, split->size);
	gs_test_pt_expect_leaves(test, 0, 0);
}

/* Segments which continue each other are not merged into a large leaf. */
static void gs_test_pt_no_merge(struct kunit *test)
{
	gs_test_pt_map(test, LARGE, LARGE, LARGE / 2, true);
	gs_test_pt_map(test, LARGE + LARGE / 2, LARGE + LARGE / 2, LARGE / 2, true);
	gs_test_pt_expect_leaves(test, 512, 0);
	gs_test_pt_expect_range(test, LARGE, LARGE, LARGE);
}

/* A large leaf comes where a table is empty, which is there again afterwards. */
static void gs_test_pt_hides_table(struct kunit *test)
{
	struct gs_test_pt *tp = test->priv;

	gs_test_pool_limit(test, tp->gdev, 3);
	gs_test_pt_map(test, LARGE, 0x5000, SMALL, true);
	KUNIT_EXPECT_EQ(test, gs_test_pool_left(test, tp->gdev), 0);
	gs_pt_unmap(tp->root, LARGE, SMALL);
	gs_test_pt_map(test, LARGE, LARGE, 2 * LARGE, true);
	gs_test_pt_expect_leaves(test, 0, 2);
	gs_test_pt_expect_range(test, LARGE, LARGE, 2 * LARGE);
	gs_pt_unmap(tp->root, LARGE, 2 * LARGE);
	gs_test_pt_expect_leaves(test, 0, 0);
	gs_test_pt_map(test, LARGE + 3 * SMALL, 0x9000, SMALL, true);
	gs_test_pt_expect_leaves(test, 1, 0);
	gs_test_pt_expect_range(test, LARGE + 3 * SMALL, 0x9000, SMALL);
	gs_pt_destroy(tp->gdev, tp->root, GS_PT_ROOT_LEVEL);
	tp->root = NULL;
	KUNIT_EXPECT_EQ(test, gs_test_pool_left(test, tp->gdev), 4);
}

/* ---- unmapping ----------------------------------------------------------- */

static void gs_test_pt_unmap_leaves_others(struct kunit *test)
{
	struct gs_test_pt *tp = test->priv;
	u64 va = 4 * LARGE - SMALL;

	gs_test_pt_map(test, va - SMALL, 0x1000, SMALL, true);
	gs_test_pt_map(test, va, 8 * LARGE - SMALL, SMALL + LARGE + SMALL, true);
	gs_test_pt_map(test, 5 * LARGE + SMALL, 0x2000, SMALL, true);
	gs_test_pt_expect_leaves(test, 4, 1);
	gs_pt_unmap(tp->root, va, SMALL + LARGE + SMALL);
	gs_test_pt_expect_leaves(test, 2, 0);
	KUNIT_EXPECT_EQ(test, gs_test_pt_entry(test, va - SMALL), 0x1003);
	KUNIT_EXPECT_EQ(test, gs_test_pt_entry(test, 5 * LARGE + SMALL), 0x2003);
}

/* What gs_pt_map() did not get to may be unmapped. */
static void gs_test_pt_unmap_nothing(struct kunit *test)
{
	struct gs_test_pt *tp = test->priv;

	gs_test_pt_map(test, 0x10000, 0x3000, SMALL, true);
	gs_pt_unmap(tp->root, 0x11000, 2 * LARGE);
	gs_pt_unmap(tp->root, SZ_1G, SZ_1G);
	gs_pt_unmap(tp->root, VA_END - SZ_1G, SZ_1G);
	gs_test_pt_expect_leaves(test, 1, 0);
	gs_test_pt_expect_range(test, 0x10000, 0x3000, SMALL);
}

/* ---- memory -------------------------------------------------------------- */

static void gs_test_pt_frees_all(struct kunit *test)
{
	struct gs_test_pt *tp = test->priv;
	struct gs_pt_count count = { };

	gs_test_pool_limit(test, tp->gdev, 40);
	KUNIT_EXPECT_EQ(test, gs_test_pool_left(test, tp->gdev), 40);
	gs_test_pt_map(test, 0x10000, 0, SMALL, true);
	KUNIT_EXPECT_EQ(test, gs_test_pool_left(test, tp->gdev), 37);
	gs_test_pt_map(test, LARGE, 0, LARGE, true);
	KUNIT_EXPECT_EQ(test, gs_test_pool_left(test, tp->gdev), 37);
	gs_test_pt_map(test, BIT_ULL(39) - SMALL, 0, 2 * SMALL, true);
	KUNIT_EXPECT_EQ(test, gs_test_pool_left(test, tp->gdev), 32);
	gs_pt_unmap(tp->root, BIT_ULL(39) - SMALL, 2 * SMALL);
	KUNIT_EXPECT_EQ(test, gs_test_pool_left(test, tp->gdev), 32);
	/* What is mapped again finds its tables. */
	gs_test_pt_map(test, BIT_ULL(39) - SMALL, 0, 2 * SMALL, true);
	KUNIT_EXPECT_EQ(test, gs_test_pool_left(test, tp->gdev), 32);
	gs_pt_count(tp->root, GS_PT_ROOT_LEVEL, &count);
	KUNIT_EXPECT_EQ(test, count.tables, 1 + 40 - 32);
	gs_pt_destroy(tp->gdev, tp->root, GS_PT_ROOT_LEVEL);
	tp->root = NULL;
	KUNIT_EXPECT_EQ(test, gs_test_pool_left(test, tp->gdev), 41);
}

/* Three tables at each end of a range of four pages are needed, none is there yet. */
#define GS_TEST_PT_RANGE (BIT_ULL(40) - 2 * SMALL)
#define GS_TEST_PT_TABLES 6

static void gs_test_pt_no_memory(struct kunit *test)
{
	struct gs_test_pt *tp = test->priv;
	unsigned int tables = *(const unsigned int *)test->param_value;
	int ret;

	gs_test_pt_map(test, 0x10000, 0x3000, SMALL, false);
	gs_test_pool_limit(test, tp->gdev, tables);
	ret = gs_pt_map(tp->gdev, tp->root, GS_TEST_PT_RANGE, 0x8000, 4 * SMALL, true);
	KUNIT_EXPECT_EQ(test, ret, tables < GS_TEST_PT_TABLES ? -ENOMEM : 0);
	KUNIT_EXPECT_EQ(test, gs_test_pool_left(test, tp->gdev), 0);
	gs_pt_unmap(tp->root, GS_TEST_PT_RANGE, 4 * SMALL);
	gs_test_pt_expect_leaves(test, 1, 0);
	gs_test_pt_expect_range(test, 0x10000, 0x3000, SMALL);
	gs_pt_destroy(tp->gdev, tp->root, GS_PT_ROOT_LEVEL);
	tp->root = NULL;
	/* The root and the three tables of the page before. */
	KUNIT_EXPECT_EQ(test, gs_test_pool_left(test, tp->gdev), tables + 4);
}

static const unsigned int gs_test_pt_tables[] = { 0, 1, 2, 3, 4, 5, GS_TEST_PT_TABLES };

static void gs_test_pt_tables_name(const unsigned int *tables, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "memory for %u tables", *tables);
}

KUNIT_ARRAY_PARAM(gs_test_pt_tables, gs_test_pt_tables, gs_test_pt_tables_name);

static void gs_test_pt_create_no_memory(struct kunit *test)
{
	struct gs_test_pt *tp = test->priv;

	gs_test_pool_limit(test, tp->gdev, 0);
	KUNIT_EXPECT_NULL(test, gs_pt_create(tp->gdev, GS_PT_ROOT_LEVEL));
	KUNIT_EXPECT_NULL(test, gs_pt_create(tp->gdev, 0));
	gs_pt_destroy(tp->gdev, NULL, GS_PT_ROOT_LEVEL);
}

static struct kunit_case gs_test_pt_cases[] = {
	KUNIT_CASE(gs_test_pt_small_leaf),
	KUNIT_CASE(gs_test_pt_large_leaf),
	KUNIT_CASE(gs_test_pt_permission),
	KUNIT_CASE(gs_test_pt_address_bits),
	KUNIT_CASE(gs_test_pt_no_alias),
	KUNIT_CASE_PARAM(gs_test_pt_split, gs_test_pt_split_gen_params),
	KUNIT_CASE(gs_test_pt_no_merge),
	KUNIT_CASE(gs_test_pt_hides_table),
	KUNIT_CASE(gs_test_pt_unmap_leaves_others),
	KUNIT_CASE(gs_test_pt_unmap_nothing),
	KUNIT_CASE(gs_test_pt_frees_all),
	KUNIT_CASE_PARAM(gs_test_pt_no_memory, gs_test_pt_tables_gen_params),
	KUNIT_CASE(gs_test_pt_create_no_memory),
	{ }
};

static struct kunit_suite gs_test_pt_suite = {
	.name = "genesys-page-tables",
	.init = gs_test_pt_init,
	.exit = gs_test_pt_exit,
	.test_cases = gs_test_pt_cases,
};

kunit_test_suite(gs_test_pt_suite);
