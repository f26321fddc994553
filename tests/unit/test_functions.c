/* SPDX-License-Identifier: MIT */
/*
 * Elementary functions against libm, and casts of floating formats against
 * independent rules: docs/isa.md section 7.
 */

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hw-model/core/core_internal.h"
#include "hw-model/isa/sanitized.h"
#include "tests/unit/core_program.h"

#define LANES 128
#define ONE 65536.0

/* The dense sweep takes a coarser step where code is slowed by sanitizers. */
#define STEP (GS_SANITIZED ? 997 : 97)
#define DENSE (GS_SANITIZED ? (1 << 16) : (1 << 20))

typedef double real_fn(double a);

static double clamp(double value)
{
	if (value > INT32_MAX)
		return INT32_MAX;
	return value < INT32_MIN ? INT32_MIN : value;
}

struct sweep {
	gs_lane_fn *fn;
	real_fn *real; /* of the Q16.16 value, result in units */
	int32_t in[LANES];
	unsigned num;
	double worst; /* error over bound */
	int32_t worst_at;
};

static void flush(struct sweep *sweep)
{
	int32_t out[LANES] = { 0 };

	sweep->fn(out, sweep->in, sweep->in, sweep->num, 0);
	for (unsigned i = 0; i < sweep->num; i++) {
		double real = clamp(sweep->real(sweep->in[i] / ONE));
		double bound = fmax(fabs(real) * 1e-4, 2);
		double error = fabs(out[i] - real) / bound;

		if (error > sweep->worst) {
			sweep->worst = error;
			sweep->worst_at = sweep->in[i];
		}
	}
	sweep->num = 0;
}

static void feed(struct sweep *sweep, int64_t value)
{
	sweep->in[sweep->num++] = (int32_t)value;
	if (sweep->num == LANES)
		flush(sweep);
}

static void check(enum gs_insn_id id, real_fn *real, int64_t first)
{
	static const int32_t edges[] = { INT32_MIN, INT32_MIN + 1, -1,	     0,
					 1,	    INT32_MAX - 1, INT32_MAX };
	struct sweep sweep = { .fn = gs_simd_fn(id), .real = real };

	assert_non_null(sweep.fn);
	for (int64_t v = first; v <= INT32_MAX; v += STEP)
		feed(&sweep, v);
	for (int64_t v = first < 0 ? -DENSE : first; v <= DENSE; v++)
		feed(&sweep, v);
	for (unsigned i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
		if (edges[i] >= first)
			feed(&sweep, edges[i]);
	flush(&sweep);
	if (sweep.worst > 1)
		fail_msg("%s(%d): error is %g of the bound",
			 gs_isa_desc(id)->mnemonic, sweep.worst_at,
			 sweep.worst);
}

static double real_exp(double a)
{
	return exp(a) * ONE;
}

static double real_ln(double a)
{
	return log(a) * ONE;
}

static double real_log2(double a)
{
	return log2(a) * ONE;
}

static double real_sqrt(double a)
{
	return sqrt(a) * ONE;
}

static double real_inv_sqrt(double a)
{
	return 1 / sqrt(a) * ONE;
}

static void test_exp(void **state)
{
	(void)state;
	check(GS_INSN_EXP, real_exp, INT32_MIN);
}

static void test_ln(void **state)
{
	(void)state;
	check(GS_INSN_LN, real_ln, 1);
}

static void test_log2(void **state)
{
	(void)state;
	check(GS_INSN_LOG2, real_log2, 1);
}

static void test_sqrt(void **state)
{
	(void)state;
	check(GS_INSN_SQRT, real_sqrt, 1);
}

static void test_inv_sqrt(void **state)
{
	(void)state;
	check(GS_INSN_INV_SQRT, real_inv_sqrt, 1);
}

static int32_t apply(enum gs_insn_id id, int32_t a, int32_t b, int32_t d)
{
	gs_simd_fn(id)(&d, &a, &b, 1, 0);
	return d;
}

static void test_outside_domain(void **state)
{
	static const int32_t values[] = { 0, -1, -65536, INT32_MIN };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		int32_t a = values[i];

		assert_int_equal(apply(GS_INSN_SQRT, a, 0, 0), 0);
		assert_int_equal(apply(GS_INSN_INV_SQRT, a, 0, 0), INT32_MAX);
		assert_int_equal(apply(GS_INSN_LN, a, 0, 0), INT32_MIN);
		assert_int_equal(apply(GS_INSN_LOG2, a, 0, 0), INT32_MIN);
	}
}

static int32_t pick(uint32_t *seed)
{
	/* all magnitudes alike */
	return (int32_t)xorshift32(seed) >> (xorshift32(seed) % 32);
}

static void test_div(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (unsigned i = 0; i < 2000000; i++) {
		int32_t a = pick(&seed), b = pick(&seed);
		long double real = b ? truncl((long double)a * 65536 / b) :
				       (long double)a * INT32_MAX * 2;

		real = real > INT32_MAX ? INT32_MAX :
		       real < INT32_MIN ? INT32_MIN :
					  real;
		if (apply(GS_INSN_DIV, a, b, 0) != (int32_t)real)
			fail_msg("DIV(%d, %d)", a, b);
	}
	assert_int_equal(apply(GS_INSN_DIV, INT32_MIN, -1, 0), INT32_MAX);
	assert_int_equal(apply(GS_INSN_DIV, INT32_MIN, 0, 0), INT32_MIN);
	assert_int_equal(apply(GS_INSN_DIV, 0, 0, 7), 0);
}

/* The value of binary16 bits, from the definition of the format. */
static double half_value(uint32_t bits)
{
	uint32_t exp = bits >> 10 & 31, frac = bits & 1023;
	double mag = exp ? ldexp(1024 + frac, (int)exp - 25) : ldexp(frac, -24);

	return bits >> 15 ? -mag : mag;
}

static int32_t float_bits(float value)
{
	int32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static void test_half_to_float(void **state)
{
	(void)state;
	for (uint32_t bits = 0; bits < 0x10000; bits++) {
		int32_t got = apply(GS_INSN_CAST_16FP_32FP,
				    (int32_t)(bits | 0xabcd0000), 0, 0);
		int32_t want;

		if ((bits & 0x7c00) != 0x7c00)
			want = float_bits((float)half_value(bits));
		else if (bits & 0x3ff)
			want = 0x7fc00000;
		else
			want = (int32_t)(bits & 0x8000 ? 0xff800000 :
							 0x7f800000);
		if (got != want)
			fail_msg("16FP_32FP(0x%04x) = 0x%08x", bits,
				 (unsigned)got);
	}
}

/* Is half the nearest to value, and the even one of two that are near? */
static bool nearest_half(double value, uint32_t half)
{
	double error = fabs(half_value(half) - value);
	double up = fabs(half_value(half + 1) - value);
	double down = half & 0x7fff ? fabs(half_value(half - 1) - value) :
				      INFINITY;

	if (error > up || error > down)
		return false;
	return (error != up && error != down) || !(half & 1);
}

static void check_float(uint32_t bits)
{
	uint32_t half =
		(uint32_t)apply(GS_INSN_CAST_32FP_16FP, (int32_t)bits, 0, 0);
	uint32_t bfloat =
		(uint32_t)apply(GS_INSN_CAST_32FP_16BFP, (int32_t)bits, 0, 0);
	uint32_t rest = bits & 0xffff, up;
	float value;

	if ((bits & 0x7fffffff) > 0x7f800000) {
		assert_int_equal(half, 0x7e00);
		assert_int_equal(bfloat, 0x7fc0);
		return;
	}
	up = rest > 0x8000 || (rest == 0x8000 && bits >> 16 & 1);
	assert_int_equal(bfloat, (bits >> 16) + up);
	assert_int_equal(half >> 15, bits >> 31);
	memcpy(&value, &bits, sizeof(value));
	if (fabs((double)value) >= 65520)
		assert_int_equal(half & 0x7fff, 0x7c00);
	else if (!nearest_half(value, half))
		fail_msg("32FP_16FP(0x%08x) = 0x%04x", bits, half);
}

static void test_float_to_half(void **state)
{
	uint32_t seed = 3;

	(void)state;
	for (unsigned i = 0; i < 1000000; i++)
		check_float(xorshift32(&seed));
	/* exponents around binary16's own, with ties */
	for (uint32_t exp = 100; exp < 145; exp++)
		for (uint32_t frac = 0; frac < 0x800000; frac += 0x800)
			for (uint32_t delta = 0; delta < 3; delta++)
				check_float(exp << 23 |
					    ((frac + delta - 1) & 0x7fffff));
}

static void test_cast_fixed(void **state)
{
	uint32_t seed = 5;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		uint32_t dst = xorshift32(&seed) % 256;
		uint32_t src = xorshift32(&seed) % (i % 2 ? 256 : 40);
		int32_t a = pick(&seed), got = 0;
		int shift =
			gs_simd_cast_shift(GS_INSN_CAST_32FXP_8FXP, dst, src);
		double want = floor(ldexp(a, -shift));

		want = want > 127 ? 127 : want < -128 ? -128 : want;
		assert_int_equal(shift, (32 - (int)src) - (8 - (int)dst));
		gs_simd_fn(GS_INSN_CAST_32FXP_8FXP)(&got, &a, &a, 1, shift);
		assert_int_equal(got, (int32_t)want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exp),
		cmocka_unit_test(test_ln),
		cmocka_unit_test(test_log2),
		cmocka_unit_test(test_sqrt),
		cmocka_unit_test(test_inv_sqrt),
		cmocka_unit_test(test_outside_domain),
		cmocka_unit_test(test_div),
		cmocka_unit_test(test_half_to_float),
		cmocka_unit_test(test_float_to_half),
		cmocka_unit_test(test_cast_fixed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
