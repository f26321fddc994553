// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copying arrays of elements whose size the caller chooses.
 */
#include <linux/mman.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <drm/genesys_accel.h>

#include "gs_submit.h"
#include "gs_test.h"

/* An element as the kernel knows it; callers know at least the first half. */
struct gs_test_element {
	u32 a, b;
	u64 c;
};

#define GS_TEST_MIN 8
#define GS_TEST_MAX 64

/* Two pages of user memory before one nobody has. */
struct gs_test_user {
	unsigned long addr;
	unsigned long end;
};

static int gs_test_submit_init(struct kunit *test)
{
	struct gs_test_user *user = kunit_kzalloc(test, sizeof(*user), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, user);
	user->addr = kunit_vm_mmap(test, NULL, 0, 3 * PAGE_SIZE, PROT_READ | PROT_WRITE,
				   MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_NE_MSG(test, user->addr, 0, "no user memory");
	KUNIT_ASSERT_LT_MSG(test, user->addr, (unsigned long)TASK_SIZE, "no user memory");
	user->end = user->addr + 2 * PAGE_SIZE;
	KUNIT_ASSERT_EQ(test, vm_munmap(user->end, PAGE_SIZE), 0);
	test->priv = user;
	return 0;
}

/* Byte @i of what is copied. */
static u8 gs_test_byte(u64 i)
{
	return i * 7 + 1;
}

/* @count elements of @stride bytes, zero from @known bytes of each on. */
static void gs_test_fill(struct kunit *test, unsigned long addr, u32 count, u32 stride,
			 u32 known)
{
	u32 i, j;

	for (i = 0; i < count; i++)
		for (j = 0; j < stride; j++)
			KUNIT_ASSERT_EQ(test, put_user(j < known ? gs_test_byte(i * stride + j) : 0,
						       (u8 __user *)addr + i * stride + j), 0);
}

static void *gs_test_copy(unsigned long addr, u32 count, u32 stride)
{
	const struct drm_genesys_obj_array array = {
		.array = addr,
		.count = count,
		.stride = stride,
	};

	return gs_submit_copy(&array, GS_TEST_MAX, GS_TEST_MIN,
			      sizeof(struct gs_test_element));
}

/* The copy has the caller's bytes at each element's place, and zeros after them. */
static void gs_test_expect_copy(struct kunit *test, u8 *copy, u32 count, u32 stride)
{
	const u32 size = sizeof(struct gs_test_element);
	u32 i, j;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, copy);
	for (i = 0; i < count; i++)
		for (j = 0; j < size; j++)
			KUNIT_EXPECT_EQ_MSG(test, copy[i * size + j],
					    j < stride ? gs_test_byte(i * stride + j) : 0,
					    "element %u byte %u", i, j);
	kvfree(copy);
}

/* ---- strides ------------------------------------------------------------- */

static const u32 gs_test_strides[] = { 8, 12, 15, 16, 17, 24, 64, 100 };

static void gs_test_stride_name(const u32 *stride, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%u of 16 bytes", *stride);
}

KUNIT_ARRAY_PARAM(gs_test_stride, gs_test_strides, gs_test_stride_name);

/* Before the unmapped page: not a byte more is read than the array has. */
static void gs_test_submit_stride(struct kunit *test)
{
	const struct gs_test_user *user = test->priv;
	u32 stride = *(const u32 *)test->param_value;
	u32 known = min_t(u32, stride, sizeof(struct gs_test_element));
	u32 counts[] = { 1, 2, 5, GS_TEST_MAX }, i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		unsigned long addr = user->end - counts[i] * stride;

		gs_test_fill(test, addr, counts[i], stride, known);
		gs_test_expect_copy(test, gs_test_copy(addr, counts[i], stride), counts[i],
				    stride);
	}
}

/* A field the kernel does not know has to be zero, wherever it is. */
static void gs_test_submit_unknown_field(struct kunit *test)
{
	static const struct {
		u32 element, byte;
	} where[] = { { 0, 16 }, { 0, 31 }, { 2, 16 }, { 2, 24 }, { 4, 16 }, { 4, 31 } };
	const struct gs_test_user *user = test->priv;
	u32 i;

	gs_test_fill(test, user->addr, 5, 32, 16);
	for (i = 0; i < ARRAY_SIZE(where); i++) {
		u8 __user *byte = (u8 __user *)user->addr + where[i].element * 32 + where[i].byte;

		KUNIT_ASSERT_EQ(test, put_user(0x80, byte), 0);
		KUNIT_EXPECT_EQ_MSG(test, PTR_ERR(gs_test_copy(user->addr, 5, 32)), -E2BIG,
				    "element %u byte %u", where[i].element, where[i].byte);
		/* Of the others it is none of their business. */
		if (where[i].element == 4)
			gs_test_expect_copy(test, gs_test_copy(user->addr, 4, 32), 4, 32);
		KUNIT_ASSERT_EQ(test, put_user(0, byte), 0);
	}
	gs_test_expect_copy(test, gs_test_copy(user->addr, 5, 32), 5, 32);
}

/* ---- limits -------------------------------------------------------------- */

static void gs_test_submit_count(struct kunit *test)
{
	const struct gs_test_user *user = test->priv;

	/* Nothing is looked at when there is nothing. */
	KUNIT_EXPECT_NULL(test, gs_test_copy(user->addr, 0, 16));
	KUNIT_EXPECT_NULL(test, gs_test_copy(0, 0, 0));
	KUNIT_EXPECT_NULL(test, gs_test_copy(ULONG_MAX, 0, U32_MAX));
	gs_test_fill(test, user->addr, GS_TEST_MAX, 16, 16);
	gs_test_expect_copy(test, gs_test_copy(user->addr, GS_TEST_MAX, 16), GS_TEST_MAX, 16);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gs_test_copy(user->addr, GS_TEST_MAX + 1, 16)), -EINVAL);
	/* 2^28 elements of 16 bytes: 0 modulo 2^32. */
	KUNIT_EXPECT_EQ(test, PTR_ERR(gs_test_copy(user->addr, BIT(28), 16)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gs_test_copy(user->addr, U32_MAX, 16)), -EINVAL);
}

static void gs_test_submit_stride_limits(struct kunit *test)
{
	const struct gs_test_user *user = test->priv;

	gs_test_fill(test, user->addr, 2, PAGE_SIZE, 16);
	gs_test_expect_copy(test, gs_test_copy(user->addr, 2, PAGE_SIZE), 2, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gs_test_copy(user->addr, 1, PAGE_SIZE + 1)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gs_test_copy(user->addr, 1, U32_MAX)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gs_test_copy(user->addr, 1, GS_TEST_MIN - 1)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gs_test_copy(user->addr, 1, 0)), -EINVAL);
}

/* ---- addresses ----------------------------------------------------------- */

static void gs_test_submit_fault(struct kunit *test)
{
	const struct gs_test_user *user = test->priv;

	gs_test_fill(test, user->addr, 2 * PAGE_SIZE / 16, 16, 16);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gs_test_copy(0, 1, 16)), -EFAULT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gs_test_copy(user->end, 1, 16)), -EFAULT);
	/* The last byte, the last element. */
	KUNIT_EXPECT_EQ(test, PTR_ERR(gs_test_copy(user->end - 15, 1, 16)), -EFAULT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gs_test_copy(user->end - 48, 4, 16)), -EFAULT);
	/* Memory of the kernel, and around the end of addresses. */
	KUNIT_EXPECT_EQ(test, PTR_ERR(gs_test_copy((unsigned long)test->priv, 1, 16)), -EFAULT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gs_test_copy(-16ul, 2, 16)), -EFAULT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gs_test_copy(-8ul, 1, 16)), -EFAULT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(gs_test_copy(ULONG_MAX, 1, 8)), -EFAULT);
}

static struct kunit_case gs_test_submit_cases[] = {
	KUNIT_CASE_PARAM(gs_test_submit_stride, gs_test_stride_gen_params),
	KUNIT_CASE(gs_test_submit_unknown_field),
	KUNIT_CASE(gs_test_submit_count),
	KUNIT_CASE(gs_test_submit_stride_limits),
	KUNIT_CASE(gs_test_submit_fault),
	{ }
};

static struct kunit_suite gs_test_submit_suite = {
	.name = "genesys-array-copy",
	.init = gs_test_submit_init,
	.test_cases = gs_test_submit_cases,
};

kunit_test_suite(gs_test_submit_suite);
