/* SPDX-License-Identifier: MIT */
/*
 * Casts between binary32, binary16 and bfloat16 (docs/isa.md section 7), by
 * integer arithmetic: results do not depend on the host's floating point.
 */

#include "hw-model/core/core_internal.h"

/* a / 2^n rounded to nearest, ties to even; 0 < n < 32. */
static uint32_t round_shift(uint32_t a, unsigned n)
{
	uint32_t half = UINT32_C(1) << (n - 1);
	uint32_t rest = a & (2 * half - 1);
	uint32_t floor = a >> n;

	return floor + (rest > half || (rest == half && floor & 1));
}

int32_t gs_float_to_half(int32_t a)
{
	uint32_t sign = ((uint32_t)a >> 16) & 0x8000;
	uint32_t mag = (uint32_t)a & 0x7fffffff;
	uint32_t exp = mag >> 23;

	if (mag > 0x7f800000)
		return 0x7e00;
	if (mag >= 0x477ff000) /* 65520 and above round to infinity */
		return (int32_t)(sign | 0x7c00);
	if (exp >=
	    113) /* 2^-14: normal; the carry of rounding moves the exponent */
		return (int32_t)(sign | round_shift(mag - (112u << 23), 13));
	if (exp < 102) /* below 2^-25: rounds to zero */
		return (int32_t)sign;
	return (int32_t)(sign |
			 round_shift((mag & 0x7fffff) | 0x800000, 126 - exp));
}

int32_t gs_half_to_float(int32_t a)
{
	uint32_t sign = ((uint32_t)a & 0x8000) << 16;
	uint32_t exp = ((uint32_t)a >> 10) & 0x1f;
	uint32_t frac = (uint32_t)a & 0x3ff;
	uint32_t shift;

	if (exp == 31)
		return (int32_t)(frac ? 0x7fc00000 : sign | 0x7f800000);
	if (exp)
		return (int32_t)(sign | (exp + 112) << 23 | frac << 13);
	if (!frac)
		return (int32_t)sign;
	/* subnormal: frac * 2^-24 */
	shift = (uint32_t)__builtin_clz(frac) - 21;
	return (int32_t)(sign | (113 - shift) << 23 |
			 ((frac << shift) & 0x3ff) << 13);
}

int32_t gs_float_to_bfloat(int32_t a)
{
	uint32_t bits = (uint32_t)a;

	if ((bits & 0x7fffffff) > 0x7f800000)
		return 0x7fc0;
	return (int32_t)round_shift(bits, 16);
}

int32_t gs_bfloat_to_float(int32_t a)
{
	return (int32_t)((uint32_t)a << 16);
}
