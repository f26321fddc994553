// SPDX-License-Identifier: GPL-2.0-or-later
/* Sizes of BOs, and the memory there seems to be. */
#include <kunit/test.h>
#include <linux/sizes.h>

#include "gs_bo.h"

/* Pages that were just given back may be in no estimate. */
static void gs_test_bo_small(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, gs_bo_fits(PAGE_SIZE, 0));
	KUNIT_EXPECT_TRUE(test, gs_bo_fits(PAGE_SIZE, -1000));
	KUNIT_EXPECT_TRUE(test, gs_bo_fits(SZ_2M - PAGE_SIZE, 0));
}

static void gs_test_bo_large(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, gs_bo_fits(SZ_2M, 0));
	KUNIT_EXPECT_FALSE(test, gs_bo_fits(SZ_2M, -1));
	KUNIT_EXPECT_FALSE(test, gs_bo_fits(SZ_2M, 511));
	KUNIT_EXPECT_TRUE(test, gs_bo_fits(SZ_2M, 512));
	KUNIT_EXPECT_FALSE(test, gs_bo_fits(SZ_2M + PAGE_SIZE, 512));
	KUNIT_EXPECT_FALSE(test, gs_bo_fits(SZ_1T, SZ_1M));
	KUNIT_EXPECT_FALSE(test, gs_bo_fits(U64_MAX, LONG_MAX >> PAGE_SHIFT));
}

static struct kunit_case gs_test_bo_cases[] = {
	KUNIT_CASE(gs_test_bo_small),
	KUNIT_CASE(gs_test_bo_large),
	{ }
};

static struct kunit_suite gs_test_bo_suite = {
	.name = "genesys-bo-size",
	.test_cases = gs_test_bo_cases,
};

kunit_test_suite(gs_test_bo_suite);
