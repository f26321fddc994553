/* SPDX-License-Identifier: MIT */
/*
 * The elementary functions of docs/isa.md section 7 but EXP (simd_functions.h),
 * operation by operation.
 * Input and output are Q16.16. Right shifts of negative values are arithmetic
 * (gcc and clang define them so).
 */

#include "hw-model/core/core_internal.h"

#define LN2_Q30 INT64_C(744261118) /* round(ln 2 * 2^30) */

static uint64_t isqrt(uint64_t x)
{
	uint64_t root = 0;
	uint64_t bit = UINT64_C(1) << 48; /* arguments are not larger */

	while (bit > x)
		bit >>= 2;
	for (; bit; bit >>= 2) {
		bool take = x >= root + bit;

		x -= take ? root + bit : 0;
		root = (root >> 1) + (take ? bit : 0);
	}
	return root;
}

int32_t gs_sqrt(int32_t a)
{
	if (a <= 0)
		return 0;
	return (int32_t)isqrt((uint64_t)a << 16);
}

int32_t gs_inv_sqrt(int32_t a)
{
	if (a <= 0)
		return INT32_MAX;
	return (int32_t)isqrt((UINT64_C(1) << 48) / (uint32_t)a);
}

/* L24 of the specification: log2(a / 2^16) * 2^24, for a > 0. */
static int64_t log2_q24(int32_t a)
{
	int e = 31 - __builtin_clz((uint32_t)a);
	uint64_t m = (uint64_t)a << (31 - e);
	int64_t f = 0;

	for (int i = 0; i < 24; i++) {
		uint64_t carry;

		m = m * m >> 31;
		carry = m >> 32;
		f = 2 * f + (int64_t)carry;
		m >>= carry;
	}
	return (int64_t)(e - 16) * (1 << 24) + f;
}

int32_t gs_log2(int32_t a)
{
	return a <= 0 ? INT32_MIN : (int32_t)(log2_q24(a) >> 8);
}

int32_t gs_ln(int32_t a)
{
	return a <= 0 ? INT32_MIN : (int32_t)(log2_q24(a) * LN2_Q30 >> 38);
}
