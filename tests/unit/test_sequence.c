/* SPDX-License-Identifier: MIT */
/* Orders of steps: small random ones against the best of all orders there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "compiler/schedule/sequence.h"

#define MOST 8 /* steps */

static uint32_t any(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

/* ---- sequences ----------------------------------------------------------- */

/* Steps in a right order, as a matrix; blocks by who uses them. */
struct problem {
	unsigned num, num_blocks;
	bool needs[MOST][MOST]; /* step, one before it */
	bool uses[2 * MOST][MOST]; /* block, step */
	uint64_t bytes[2 * MOST];
};

/* A block for what each step makes; some readers; some that steps share for nothing */
static struct problem make_problem(uint32_t seed)
{
	struct problem p = { .num = 1 + any(&seed, MOST) };
	const uint32_t rate = 2 + any(&seed, 5);
	unsigned i, k;

	p.num_blocks = p.num + any(&seed, 4);
	for (i = 0; i < p.num_blocks; i++) {
		p.bytes[i] = 1 + any(&seed, 20);
		if (i < p.num)
			p.uses[i][i] = true;
		for (k = i < p.num ? i + 1 : 0; k < p.num; k++)
			if (!any(&seed, rate))
				p.uses[i][k] = true;
		for (k = i + 1; k < p.num; k++)
			p.needs[k][i] = p.uses[i][k];
	}
	return p;
}

static void make_lists(const struct problem *p, struct gs_sequence *s)
{
	struct gs_pair needs[MOST * MOST], needed[MOST * MOST];
	struct gs_pair touched[2 * MOST * MOST], user[2 * MOST * MOST];
	unsigned i, k, num = 0, uses = 0;

	*s = (struct gs_sequence){ .num_steps = p->num,
				   .num_blocks = p->num_blocks,
				   .bytes = p->bytes };
	for (i = 0; i < p->num; i++)
		for (k = 0; k < p->num; k++)
			if (p->needs[i][k]) {
				needs[num] = (struct gs_pair){ i, k };
				needed[num++] = (struct gs_pair){ k, i };
			}
	for (i = 0; i < p->num_blocks; i++)
		for (k = 0; k < p->num; k++)
			if (p->uses[i][k]) {
				touched[uses] = (struct gs_pair){ k, i };
				user[uses++] = (struct gs_pair){ i, k };
			}
	assert_int_equal(gs_lists_make(&s->before, needs, num, p->num), 0);
	assert_int_equal(gs_lists_make(&s->after, needed, num, p->num), 0);
	assert_int_equal(gs_lists_make(&s->touched, touched, uses, p->num), 0);
	assert_int_equal(gs_lists_make(&s->user, user, uses, p->num_blocks), 0);
}

static void free_lists(struct gs_sequence *s)
{
	gs_lists_free(&s->before);
	gs_lists_free(&s->after);
	gs_lists_free(&s->touched);
	gs_lists_free(&s->user);
}

/* By the definition: a block is there from its first step to its last. */
static uint64_t peak_of(const struct problem *p, const unsigned *order)
{
	uint64_t peak = 0;
	unsigned t, b, k;

	for (t = 0; t < p->num; t++) {
		uint64_t live = 0;

		for (b = 0; b < p->num_blocks; b++) {
			bool before = false, behind = false;

			for (k = 0; k < p->num; k++) {
				before |= k <= t && p->uses[b][order[k]];
				behind |= k >= t && p->uses[b][order[k]];
			}
			live += before && behind ? p->bytes[b] : 0;
		}
		peak = live > peak ? live : peak;
	}
	return peak;
}

static bool is_legal(const struct problem *p, const unsigned *order)
{
	unsigned i, k;

	for (i = 0; i < p->num; i++)
		for (k = 0; k < i; k++)
			if (order[k] == order[i] ||
			    p->needs[order[k]][order[i]])
				return false;
	return true;
}

/* Every order there is */
static uint64_t best_of(const struct problem *p, unsigned *order, unsigned num)
{
	uint64_t best = UINT64_MAX;
	unsigned step, k;

	if (num == p->num)
		return peak_of(p, order);
	for (step = 0; step < p->num; step++) {
		bool ready = true;
		uint64_t peak;

		for (k = 0; k < p->num; k++) {
			unsigned at = 0;

			while (at < num && order[at] != k)
				at++;
			if (k == step ? at < num :
					at == num && p->needs[step][k])
				ready = false;
		}
		order[num] = step;
		peak = ready ? best_of(p, order, num + 1) : UINT64_MAX;
		best = peak < best ? peak : best;
	}
	return best;
}

static void check_problem(uint32_t seed, unsigned *better)
{
	static const unsigned given[MOST] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	const struct problem p = make_problem(seed);
	unsigned order[MOST], room[MOST];
	const uint64_t least = best_of(&p, room, 0);
	struct gs_sequence s;
	uint64_t peak, all;

	make_lists(&p, &s);
	assert_int_equal(gs_sequence_peak(&s, NULL, &all), 0);
	assert_int_equal(all, peak_of(&p, given));
	/* Everything is followed: the best there is, or as it was. */
	assert_int_equal(gs_sequence_search(&s, 256, order, &peak), 0);
	if (peak != least || peak_of(&p, order) != least ||
	    !is_legal(&p, order))
		fail_msg("seed %u: %llu, the least is %llu", seed,
			 (unsigned long long)peak, (unsigned long long)least);
	if (least == all)
		assert_memory_equal(order, given, p.num * sizeof(*order));
	*better += least < all;
	/* Only one is: it is right, and no worse. */
	assert_int_equal(gs_sequence_search(&s, 1, order, &peak), 0);
	assert_true(is_legal(&p, order));
	assert_int_equal(peak, peak_of(&p, order));
	assert_true(peak <= all);
	assert_int_equal(gs_sequence_search(&s, 0, order, &peak), 0);
	assert_int_equal(peak, all);
	assert_memory_equal(order, given, p.num * sizeof(*order));
	free_lists(&s);
}

static void test_sequences(void **state)
{
	unsigned better = 0;

	(void)state;
	for (uint32_t seed = 0; seed < 1000; seed++)
		check_problem(seed, &better);
	/* Those of one step and chains are right as they are. */
	assert_true(better > 100);
}

/* Hundreds of wide branches, which small ones end: a word of bits is not enough. */
static void test_many(void **state)
{
	enum { BRANCHES = 150, STEPS = 2 * BRANCHES + 1 };
	static struct gs_pair needs[2 * STEPS], needed[2 * STEPS],
		touched[4 * STEPS], user[4 * STEPS];
	static uint64_t bytes[STEPS];
	static unsigned order[STEPS];
	struct gs_sequence s = { .num_steps = STEPS,
				 .num_blocks = STEPS,
				 .bytes = bytes };
	unsigned i, num = 0, uses = 0;
	uint64_t peak;

	(void)state;
	for (i = 0; i < STEPS; i++) {
		const unsigned next = i < BRANCHES ? i + BRANCHES : STEPS - 1;

		bytes[i] = i < BRANCHES ? 100 : 1;
		touched[uses] = user[uses] = (struct gs_pair){ i, i };
		uses++;
		if (i == STEPS - 1)
			break;
		needs[num] = (struct gs_pair){ next, i };
		needed[num++] = (struct gs_pair){ i, next };
		touched[uses] = (struct gs_pair){ next, i };
		user[uses++] = (struct gs_pair){ i, next };
	}
	assert_int_equal(gs_lists_make(&s.before, needs, num, STEPS), 0);
	assert_int_equal(gs_lists_make(&s.after, needed, num, STEPS), 0);
	assert_int_equal(gs_lists_make(&s.touched, touched, uses, STEPS), 0);
	assert_int_equal(gs_lists_make(&s.user, user, uses, STEPS), 0);
	assert_int_equal(gs_sequence_search(&s, 0, order, &peak), 0);
	assert_int_equal(peak, 100 * BRANCHES + 1);
	/* One wide result, those of the branches before, and its own. */
	assert_int_equal(gs_sequence_search(&s, 16, order, &peak), 0);
	assert_int_equal(peak, 100 + BRANCHES);
	free_lists(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
