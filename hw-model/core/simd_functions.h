/* SPDX-License-Identifier: MIT */
/*
 * The functions of docs/isa.md section 7 on one lane: GS_SIMD_FUNCTIONS(F) is
 * F(mnemonic, expression) for each, of a (source 1), b (source 2), d (the old
 * destination) and shift (of casts). Every executor is made from it.
 */
#ifndef GS_SIMD_FUNCTIONS_H
#define GS_SIMD_FUNCTIONS_H

#include "hw-model/core/core_internal.h"

/* Lanes are independent and rows are either the same or apart. */
#if defined(__clang__)
#define EACH_LANE _Pragma("clang loop vectorize(assume_safety)")
/* Some functions are too long to vectorize, which is no defect. */
#pragma clang diagnostic ignored "-Wpass-failed"
#else
#define EACH_LANE _Pragma("GCC ivdep") _Pragma("GCC unroll 1")
#endif

static inline int32_t wrap(uint32_t value)
{
	return (int32_t)value;
}

static inline uint32_t u(int32_t value)
{
	return (uint32_t)value;
}

/*
 * Q16.16 products: floor(a * b / 2^16), wrapped. Of the halves, in 32 bits, as
 * vector units have it: a * b / 2^16 = ah * b + al * bh + al * bl / 2^16.
 */
static inline int32_t q(int32_t a, int32_t b)
{
	const uint32_t al = u(a) & 0xffff, bl = u(b) & 0xffff;

	return wrap(u(a >> 16) * u(b) + al * u(b >> 16) + (al * bl >> 16));
}

static inline int32_t clamp(int32_t value, int32_t low, int32_t high)
{
	return value < low ? low : value > high ? high : value;
}

static inline int32_t sat(int64_t value, int32_t low, int32_t high)
{
	return value < low ? low : value > high ? high : (int32_t)value;
}

/*
 * Numerators have less than 53 bits, so the quotient of doubles never rounds up
 * to an integer it is below, and vector units have that division. By 0 it is
 * as large as can be.
 */
static inline int32_t divide(int32_t a, int32_t b)
{
	double q = (double)a * 65536 / (b ? (double)b : 0x1p-32);

	q = q > INT32_MAX ? INT32_MAX : q;
	q = q < INT32_MIN ? INT32_MIN : q;
	return (int32_t)q;
}

/* docs/isa.md section 7, elementary functions; p and f have 32 bits. */
static inline int32_t exponential(int32_t a)
{
	const int64_t t = a * INT64_C(1549082005); /* log2(e) * 2^30 */
	const int64_t k = t >> 46;
	const uint64_t f = (uint64_t)t << 18 >> 34;
	const uint64_t s = (uint64_t)(14 - k) & 63;
	uint64_t p = 16377;

	p = 165394 + (p * f >> 30);
	p = 1431680 + (p * f >> 30);
	p = 10327387 + (p * f >> 30);
	p = 59597083 + (p * f >> 30);
	p = 257941248 + (p * f >> 30);
	p = 744261118 + (p * f >> 30);
	p = 1073741824 + (p * f >> 30);
	p >>= s;
	p = k > 14 || p > INT32_MAX ? INT32_MAX : p;
	return k < -17 ? 0 : (int32_t)p;
}

/* Shift counts are Q16.16. */
static inline int count(int32_t b)
{
	return clamp(b >> 16, 0, 31);
}

#define Q16(x) ((int32_t)((x)*65536))

static inline int32_t sigmoid(int32_t a)
{
	if (a < Q16(-5))
		return 0;
	if (a < Q16(-2.375))
		return (a >> 5) + 10240;
	if (a < Q16(-1))
		return (a >> 3) + 24576;
	if (a < Q16(1))
		return (a >> 2) + 32768;
	if (a < Q16(2.375))
		return (a >> 3) + 40960;
	if (a < Q16(5))
		return (a >> 5) + 55296;
	return 65536;
}

/* floor(a / 2^s) clamped to bits; s may be negative and as large as it likes. */
static inline int32_t cast(int32_t a, int s, unsigned bits)
{
	const int32_t high = (int32_t)((UINT32_C(1) << (bits - 1)) - 1),
		      low = -high - 1;

	if (s >= 0)
		return clamp(a >> (s > 31 ? 31 : s), low, high);
	return sat((int64_t)a * (INT64_C(1) << (s < -31 ? 31 : -s)), low, high);
}

/* clang-format off */
#define GS_SIMD_FUNCTIONS(F)                                            \
	F(ADD, wrap(u(a) + u(b)))                               \
	F(SUB, wrap(u(a) - u(b)))                               \
	F(MUL, q(a, b))                                         \
	F(MACC, wrap(u(d) + u(q(a, b))))                        \
	F(DIV, divide(a, b))                                    \
	F(MAX, a > b ? a : b)                                   \
	F(MIN, a < b ? a : b)                                   \
	F(RSHIFT, a >> count(b))                                \
	F(LSHIFT, wrap(u(a) << count(b)))                       \
	F(MOVE, a)                                              \
	F(COND_MOVE_TRUE, b != 0 ? a : d)                       \
	F(COND_MOVE_FALSE, b == 0 ? a : d)                      \
	F(NOT, ~a)                                              \
	F(AND, a &b)                                            \
	F(OR, a | b)                                            \
	F(RELU, a > 0 ? a : 0)                                  \
	F(LEAKY_RELU, a > 0 ? a : q(a, b))                      \
	F(ABS, a < 0 ? wrap(0 - u(a)) : a)                      \
	F(SIGN, (a > 0) - (a < 0))                              \
	F(SIGMOID, sigmoid(a))                                  \
	F(TANH, clamp(a, Q16(-1), Q16(1)))                      \
	F(EXP, exponential(a))                                  \
	F(LN, gs_ln(a))                                         \
	F(SQRT, gs_sqrt(a))                                     \
	F(INV_SQRT, gs_inv_sqrt(a))                             \
	F(LOG2, gs_log2(a))                                     \
	F(EQUAL, a == b)                                        \
	F(NEQ, a != b)                                          \
	F(GT, a > b)                                            \
	F(GTE, a >= b)                                          \
	F(LT, a < b)                                            \
	F(LTE, a <= b)                                          \
	F(CAST_32FXP_16FXP, cast(a, shift, 16))                 \
	F(CAST_32FXP_8FXP, cast(a, shift, 8))                   \
	F(CAST_32FXP_4FXP, cast(a, shift, 4))                   \
	F(CAST_16FXP_32FXP, cast(gs_sext(u(a), 16), shift, 32)) \
	F(CAST_8FXP_32FXP, cast(gs_sext(u(a), 8), shift, 32))   \
	F(CAST_4FXP_32FXP, cast(gs_sext(u(a), 4), shift, 32))   \
	F(CAST_32FP_16FP, gs_float_to_half(a))                  \
	F(CAST_16FP_32FP, gs_half_to_float(a))                  \
	F(FLOOR, wrap(u(a) & ~UINT32_C(0xffff)))                \
	F(CEIL, wrap((u(a) + 0xffff) & ~UINT32_C(0xffff)))      \
	F(CAST_32FP_16BFP, gs_float_to_bfloat(a))               \
	F(CAST_16BFP_32FP, gs_bfloat_to_float(a))
/* clang-format on */

/* Defines lanes_NAME(), a function of the table on so many lanes. */
#define GS_LANES(name, expr)                                                 \
	void lanes_##name(int32_t *pd, const int32_t *pa, const int32_t *pb, \
			  unsigned num, int shift)                           \
	{                                                                    \
		EACH_LANE                                                    \
		for (unsigned i = 0; i < num; i++) {                         \
			const int32_t a = pa[i], b = pb[i], d = pd[i];       \
                                                                             \
			(void)a, (void)b, (void)d, (void)shift;              \
			pd[i] = (expr);                                      \
		}                                                            \
	}

#endif /* GS_SIMD_FUNCTIONS_H */
