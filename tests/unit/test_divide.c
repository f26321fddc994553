/* SPDX-License-Identifier: MIT */
/*
 * Which groups of a block each machine takes: against groups that are listed in
 * the order that has the divided loop outside; and which loop is divided.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hw-model/core/fast_divide.h"

#define LOOPS 3u
#define MAX_GROUPS 125u
#define MAX_PARTS 7u

/* The number that a group has in the order with loop @divided outside. */
static uint64_t place_of(const uint32_t num[LOOPS], unsigned divided,
			 uint64_t group)
{
	uint64_t index[LOOPS], place;

	for (unsigned l = LOOPS; l-- > 0; group /= num[l])
		index[l] = group % num[l];
	place = index[divided];
	for (unsigned l = 0; l < LOOPS; l++)
		if (l != divided)
			place = place * num[l] + index[l];
	return place;
}

/* All of a part; sets their owners, returns how many. */
static uint64_t take(const struct gs_division *d, uint32_t part,
		     uint8_t owner[MAX_GROUPS])
{
	uint64_t sum = 0, next = 0;

	for (uint64_t stretch = 0; stretch < d->before; stretch++) {
		uint64_t first;
		const uint64_t num =
			gs_division_stretch(d, part, stretch, &first);

		for (uint64_t group = first; group < first + num; group++) {
			assert_true(group >= next); /* in order */
			assert_true(group < d->groups);
			assert_int_equal(owner[group], 0);
			assert_int_equal(gs_division_part(d, group), part);
			owner[group] = (uint8_t)(part + 1);
			next = group + 1;
		}
		sum += num;
	}
	return sum;
}

static void check(const uint32_t num[LOOPS], unsigned divided, uint32_t parts)
{
	const uint64_t groups = (uint64_t)num[0] * num[1] * num[2];
	const struct gs_division d =
		gs_division_make(num, LOOPS, divided, parts);
	uint8_t owner[MAX_GROUPS] = { 0 }, in_order[MAX_GROUPS];

	assert_int_equal(d.groups, groups);
	assert_int_equal(d.parts, groups < parts ? groups : parts);
	for (uint32_t part = 0; part < d.parts; part++) {
		const uint64_t share = take(&d, part, owner);

		assert_in_range(share, groups / d.parts,
				(groups + d.parts - 1) / d.parts);
	}
	for (uint64_t group = 0; group < groups; group++)
		in_order[place_of(num, divided, group)] = owner[group];
	for (uint64_t i = 0; i < groups; i++) {
		assert_int_not_equal(in_order[i], 0); /* nobody's */
		assert_true(!i || in_order[i] >= in_order[i - 1]);
	}
	assert_int_equal(owner[groups - 1], d.parts);
}

static void test_all(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < MAX_GROUPS; i++) {
		const uint32_t num[LOOPS] = { 1 + i % 5, 1 + i / 5 % 5,
					      1 + i / 25 };

		for (unsigned divided = 0; divided < LOOPS; divided++)
			for (uint32_t parts = 1; parts <= MAX_PARTS; parts++)
				check(num, divided, parts);
	}
}

/* 2 halves of the channels, 4 x 3 pieces of the picture: in words what 2 parts do. */
static void test_by_hand(void **state)
{
	static const uint32_t num[LOOPS] = { 2, 4, 3 };
	struct gs_division d = gs_division_make(num, LOOPS, 0, 2);
	uint64_t first;

	(void)state;
	assert_int_equal(d.before, 1);
	assert_int_equal(gs_division_stretch(&d, 0, 0, &first), 12);
	assert_int_equal(first, 0);
	assert_int_equal(gs_division_stretch(&d, 1, 0, &first), 12);
	assert_int_equal(first, 12);
	d = gs_division_make(num, LOOPS, 1, 2);
	assert_int_equal(d.before, 2);
	for (uint32_t part = 0; part < 2; part++)
		for (uint64_t half = 0; half < 2; half++) {
			assert_int_equal(
				gs_division_stretch(&d, part, half, &first), 6);
			assert_int_equal(first, 12 * half + 6 * part);
		}
}

/* More groups than a product of them with anything else could count. */
static void test_many(void **state)
{
	static const uint32_t num[] = { 65535, 65535, 65535, 65535 };
	const struct gs_division d = gs_division_make(num, 4, 0, 3);
	uint64_t next = 0;

	(void)state;
	for (uint32_t part = 0; part < 3; part++) {
		uint64_t first;
		const uint64_t share = gs_division_stretch(&d, part, 0, &first);

		assert_true(first == next);
		assert_in_range(share - d.groups / 3, 0, 1);
		next = first + share;
	}
	assert_true(next == d.groups);
	assert_int_equal(gs_division_part(&d, d.groups - 1), 2);
}

/* ---- which loop ------------------------------------------------------------------- */

/*
 * 1x1 convolution, 64 to 256 channels of 56x56 pixels: halves of channels
 * outside, then 4 x 7 pieces of the picture, each part of which takes all 16 KiB
 * of weights.
 */
static void test_rows(void **state)
{
	static const struct gs_division_loop loops[] = {
		{ 1, 0, 0 },
		{ 2, 128, 0 },
		{ 4, 200704, 16384 },
		{ 7, 2048, 16384 },
	};

	(void)state;
	assert_int_equal(gs_division_choose(loops, 4, 802816, 2), 2);
	assert_int_equal(gs_division_choose(loops, 4, 802816, 4), 2);
	/* as many bytes of weights that each loads as bytes it stores: the outer one */
	assert_int_equal(gs_division_choose(loops, 4, 16384, 2), 1);
	assert_int_equal(gs_division_choose(loops, 4, 16384 + 2, 2), 2);
}

/* 3x3 convolution, 128 channels of 28x28 pixels, in quarters: two parts share lines. */
static void test_lines(void **state)
{
	struct gs_division_loop loops[] = {
		{ 4, 32, 0 },
		{ 7, 14336, 147456 },
	};

	(void)state;
	assert_int_equal(gs_division_choose(loops, 2, 100352, 2), 1);
	assert_int_equal(gs_division_choose(loops, 2, 73728, 2), 0);
	loops[0].stride = 64; /* 128 bytes each */
	assert_int_equal(gs_division_choose(loops, 2, 100352, 2), 0);
}

/* Channels, when the weights are more than what is stored; a long piece costs nothing. */
static void test_channels(void **state)
{
	struct gs_division_loop loops[] = {
		{ 8, 128, 0 },
		{ 7, -28672, 524288 },
	};

	(void)state;
	assert_int_equal(gs_division_choose(loops, 2, 200704, 2), 0);
	assert_int_equal(gs_division_choose(loops, 2, 600000, 2), 1);
	loops[0].stride = 256; /* 1024 bytes each */
	assert_int_equal(gs_division_choose(loops, 2, 600000, 2), 0);
	loops[0].num = 1; /* nothing to divide */
	assert_int_equal(gs_division_choose(loops, 2, 200704, 2), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),   cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_many),  cmocka_unit_test(test_rows),
		cmocka_unit_test(test_lines), cmocka_unit_test(test_channels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
