/* SPDX-License-Identifier: MIT */
/*
 * Ranges chosen from a histogram, against the values themselves: sorted for
 * percentiles, quantized one by one for the squared error.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "compiler/passes/histogram.h"

#define NUM 200000

static float values[NUM];
static struct gs_histogram h;

static double uniform(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return ((double)(*state >> 11) + 0.5) * 0x1p-53;
}

/* Values of a Laplace distribution: long tails; @rectified: none below 0 */
static void draw(int rectified)
{
	uint64_t state = 7;
	unsigned i;

	for (i = 0; i < NUM; i++) {
		const double sign = uniform(&state) < 0.5 ? -1 : 1;
		const double x = -log(uniform(&state)) * sign;

		values[i] = (float)(rectified && x < 0 ? 0 : x);
	}
}

static void count(void)
{
	unsigned i;

	memset(&h, 0, sizeof(h));
	for (i = 0; i < NUM; i++) {
		h.min = fminf(h.min, values[i]);
		h.max = fmaxf(h.max, values[i]);
	}
	/* In two parts: as from two samples */
	gs_histogram_add(&h, values, NUM / 3);
	gs_histogram_add(&h, values + NUM / 3, NUM - NUM / 3);
}

/* Each value rounded to its step */
static double brute_force(unsigned levels, double min, double max)
{
	const double step = (max - min) / (levels - 1);
	const double zero = rint(-min / step);
	double sum = 0;
	unsigned i;

	for (i = 0; i < NUM; i++) {
		const double x = (double)values[i];
		const double k =
			fmin(fmax(rint(x / step) + zero, 0), levels - 1);

		sum += (x - (k - zero) * step) * (x - (k - zero) * step);
	}
	return sum;
}

static void test_counts(void **state)
{
	uint64_t in_bins = 0, zeros = 0;
	unsigned i;

	(void)state;
	draw(1);
	count();
	for (i = 0; i < NUM; i++)
		zeros += values[i] == 0.0f;
	for (i = 0; i < GS_HISTOGRAM_BINS; i++)
		in_bins += h.bin[i];
	assert_int_equal(h.zeros, zeros);
	assert_int_equal(h.total, NUM);
	assert_int_equal(in_bins + zeros, NUM);
	assert_true(h.bin[GS_HISTOGRAM_BINS - 1] > 0);
}

static void test_error(void **state)
{
	static const double max[] = { 1, 3, 8, 12 };
	unsigned levels, i, rectified;

	(void)state;
	for (rectified = 0; rectified < 2; rectified++) {
		draw((int)rectified);
		count();
		for (levels = 16; levels <= 256; levels *= 16)
			for (i = 0; i < 4; i++) {
				const double min = rectified ? 0 :
							       -max[i] * 0.7;
				const double want =
					brute_force(levels, min, max[i]);
				const double got = gs_histogram_error(
					&h, levels, min, max[i]);

				if (fabs(got - want) > 0.02 * want)
					fail_msg("%u levels to %g: %g, not %g",
						 levels, max[i], got, want);
			}
	}
}

static int by_value(const void *a, const void *b)
{
	const float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

static void test_percentile(void **state)
{
	static const double percent[] = { 50, 90, 99, 99.9, 100 };
	unsigned i;

	(void)state;
	draw(0);
	count();
	qsort(values, NUM, sizeof(*values), by_value);
	for (i = 0; i < 5; i++) {
		const double cut = NUM * (100 - percent[i]) / 200;
		const double bin =
			((double)h.max - (double)h.min) / GS_HISTOGRAM_BINS;
		float range[2];

		gs_histogram_percentile(&h, percent[i], range);
		/* Where values are rare, neighbours are farther apart than a bin. */
		assert_true(fabs((double)range[0] -
				 (double)values[(size_t)cut]) < 2 * bin);
		assert_true(fabs((double)range[1] -
				 (double)values[NUM - 1 - (size_t)cut]) <
			    2 * bin);
	}
}

/* More than half are zeros: half of the values are one value. */
static void test_percentile_rectified(void **state)
{
	float range[2];

	(void)state;
	draw(1);
	count();
	gs_histogram_percentile(&h, 99, range);
	assert_true(range[0] == 0.0f);
	qsort(values, NUM, sizeof(*values), by_value);
	assert_true(fabsf(range[1] - values[NUM - NUM / 200]) < 0.05f);
}

/* Nothing between 1/128 and 128/128 of each end is more than 1 % better. */
static void check_least(unsigned levels)
{
	float range[2];
	double least;
	unsigned low, high;

	gs_histogram_mse(&h, levels, range);
	assert_true(range[0] >= h.min && range[0] <= 0 && range[1] >= 0 &&
		    range[1] <= h.max);
	least = brute_force(levels, (double)range[0], (double)range[1]);
	for (low = 8; low <= 128; low += 24)
		for (high = 8; high <= 128; high += 24) {
			const double other =
				brute_force(levels, (double)h.min * low / 128,
					    (double)h.max * high / 128);

			if (other < 0.99 * least)
				fail_msg(
					"%u levels: %g, but %u/128 and %u/128 have %g",
					levels, least, low, high, other);
		}
}

static void test_mse(void **state)
{
	float few[2], many[2];

	(void)state;
	draw(0);
	count();
	check_least(16);
	check_least(256);
	gs_histogram_mse(&h, 16, few);
	gs_histogram_mse(&h, 256, many);
	/* Fewer steps are spent on what is frequent. */
	assert_true(few[1] < many[1] && few[0] > many[0]);
	draw(1);
	count();
	check_least(16);
	gs_histogram_mse(&h, 16, few);
	assert_true(few[0] == 0.0f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_percentile),
		cmocka_unit_test(test_percentile_rectified),
		cmocka_unit_test(test_mse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
