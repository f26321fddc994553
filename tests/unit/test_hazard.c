/* SPDX-License-Identifier: MIT */
/* Loads of what the same block stored, and the walks and sums hazards are found with. */
#include <errno.h>

#include "hw-model/core/hazard.h"
#include "hw-model/core/walk.h"
#include "tests/unit/core_fixture.h"

/* ---- hazards -------------------------------------------------------------*/

static void test_hazard_fetch(void **state)
{
	struct fixture *f = *state;
	struct program *p = &f->program;

	f->job.window_base[GS_WIN_SIMD] = f->job.window_base[GS_WIN_IMEM];
	emit_next(p, 4096, 4);
	SIMD_START(p);
	program_store(p, 4096 + 12, 4);
	SIMD_END(p);
	EMIT(p, BLOCK_END, 0);
	assert_int_equal(core_run(f), -EFAULT);
	assert_fault(f, GS_FAULT_HAZARD, 0, 2, 4096);
	/* one byte further is no hazard; the zeros there are words */
	p->num = 0;
	emit_next(p, 4096, 4);
	SIMD_START(p);
	program_store(p, 4096 + 16, 4);
	SIMD_END(p);
	EMIT(p, BLOCK_END, 0);
	core_run(f);
	assert_fault(f, GS_FAULT_BAD_BLOCK, 1, 0, 0);
}

/* The next block may load what this one stored. */
static void test_hazard_ends_with_block(void **state)
{
	struct fixture *f = *state;
	struct program *p = &f->program;
	uint32_t words;

	f->job.window_base[GS_WIN_SIMD] = f->job.window_base[GS_WIN_IBUF];
	SIMD_START(p);
	program_store(p, 0, 16);
	SIMD_END(p);
	emit_next(p, (p->num + 4) * 4, 4);
	EMIT(p, BLOCK_END, 0);
	words = p->num;
	SA_START(p);
	EMIT(p, LD_ST, GS_ACC_LD, GS_MEM_BUFFER, GS_BUF_IBUF, 0, 4);
	SA_END(p);
	EMIT(p, BLOCK_END, 1);
	memory_put_words(&f->memory, 0, p->words, p->num);
	f->job.entry_words = words;
	assert_int_equal(gs_core_run(f->core, &f->port, &f->job, &f->fault), 0);
}

/* Adds runs at random, to the set and to the bytes of the oracle. */
static void store_runs(struct gs_stored *set, uint64_t base, uint8_t *oracle,
		       uint32_t span, uint32_t *seed)
{
	struct gs_stored_runs runs = { .num_loops = 2 };
	uint64_t end;

	runs.size = 1 + xorshift32(seed) % 8;
	for (unsigned l = 0; l < 2; l++) {
		runs.loops[l].num = 1 + xorshift32(seed) % 3;
		runs.loops[l].stride = xorshift32(seed) % 1500;
	}
	end = runs.size +
	      (uint64_t)runs.loops[0].stride * (runs.loops[0].num - 1) +
	      (uint64_t)runs.loops[1].stride * (runs.loops[1].num - 1);
	runs.addr = xorshift32(seed) % (span - end);
	for (uint32_t i = 0; i < runs.loops[0].num; i++)
		for (uint32_t k = 0; k < runs.loops[1].num; k++)
			memset(oracle + runs.addr + i * runs.loops[0].stride +
				       k * runs.loops[1].stride,
			       1, runs.size);
	end += base + runs.addr;
	runs.addr += base;
	assert_int_equal(gs_stored_add_runs(set, &runs, runs.addr, end - 1), 0);
}

/* What is kept is not entered when the job is to stop; without that it counts. */
static void test_stored_stop(void **state)
{
	atomic_bool stop = true;
	struct gs_stored set = { .stop = &stop };
	const struct gs_stored_runs runs = { .addr = 4096, .size = 8 };
	int i;

	(void)state;
	for (i = 0; i < GS_STORED_KEPT; i++)
		assert_int_equal(gs_stored_add_runs(&set, &runs, 4096, 8191),
				 0);
	assert_int_equal(gs_stored_add_runs(&set, &runs, 4096, 8191),
			 -ECANCELED);
	assert_int_equal(gs_stored_overlaps(&set, 4100, 1), -ECANCELED);
	assert_int_equal(gs_stored_overlaps(&set, 8192, 1), 0);
	stop = false;
	assert_int_equal(gs_stored_overlaps(&set, 4100, 1), 1);
	assert_int_equal(gs_stored_overlaps(&set, 4104, 1), 0);
	gs_stored_free(&set);
}

static void test_stored_set(void **state)
{
	enum { SPAN = 1 << 16 };
	uint8_t *oracle = calloc(1, SPAN);
	struct gs_stored set = { 0 };
	const uint64_t base = UINT64_MAX - SPAN + 1;
	uint32_t seed = 11;

	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < 300; i++) {
			uint32_t addr = xorshift32(&seed) % SPAN;
			uint32_t size = 1u << xorshift32(&seed) % 13;
			bool want = false;

			if (size > SPAN - addr)
				size = SPAN - addr;
			for (uint32_t b = 0; b < size; b++)
				want = want || oracle[addr + b];
			assert_int_equal(gs_stored_overlaps(&set, base + addr,
							    size),
					 want);
			if (i % 4)
				continue;
			size = size > 40 ? 40 : size;
			assert_int_equal(gs_stored_add(&set, base + addr, size),
					 0);
			memset(oracle + addr, 1, size);
			if (round % 2)
				continue;
			/* once more than a set keeps as they are */
			for (unsigned n = 0; n < (i == 100 ? 300 : 1); n++)
				store_runs(&set, base, oracle, SPAN, &seed);
		}
		gs_stored_clear(&set);
		memset(oracle, 0, SPAN);
	}
	gs_stored_free(&set);
	free(oracle);
}

/* Transfers of many runs, more than are kept as they are, then questions. */
static void test_stored_runs(void **state)
{
	enum { SPAN = 1 << 16, MANY = GS_STORED_KEPT + 50 };
	uint8_t *oracle = calloc(1, SPAN);
	struct gs_stored set = { 0 };
	const uint64_t base = UINT64_MAX - SPAN + 1;
	uint32_t seed = 5;

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		const uint32_t rows = 1 + xorshift32(&seed) % 3;
		const uint32_t columns = 1 + xorshift32(&seed) % 4;
		const uint32_t first = 256 + xorshift32(&seed) % (SPAN - 1024);
		const struct gs_stored_runs runs = {
			.addr = base + first,
			.size = 2,
			.num_loops = 2,
			.loops = { { rows, 100 }, { columns, -8 } },
		};

		assert_int_equal(
			gs_stored_add_runs(&set, &runs,
					   base + first - 8 * (columns - 1),
					   base + first + 100 * (rows - 1) + 1),
			0);
		for (uint32_t r = 0; r < rows; r++)
			for (uint32_t c = 0; c < columns; c++)
				memset(oracle + first + 100 * r - 8 * c, 1, 2);
	}
	for (uint32_t addr = 0; addr < SPAN; addr++)
		assert_int_equal(gs_stored_overlaps(&set, base + addr, 1),
				 oracle[addr]);
	gs_stored_free(&set);
	free(oracle);
}

/* ---- walks ---------------------------------------------------------------*/

static void test_walk(void **state)
{
	const struct gs_loop loops[] = { { 3, { 100, -7 } },
					 { 1, { 5, 5 } },
					 { 4, { 10, 1 << 30 } } };
	struct gs_walk walk;
	unsigned steps = 0;

	(void)state;
	gs_walk_init(&walk, loops, 3);
	do {
		int64_t i = steps / 4, j = steps % 4;

		assert_int_equal(walk.addr[0], i * 100 + j * 10);
		assert_true(walk.addr[1] == i * -7 + j * (1 << 30));
		steps++;
	} while (gs_walk_next(&walk));
	assert_int_equal(steps, 12);
	gs_walk_init(&walk, loops, 0);
	assert_false(gs_walk_next(&walk));
}

static void test_count(void **state)
{
	struct gs_count a = gs_count_one(), b = gs_count_one();

	(void)state;
	for (unsigned i = 0; i < 32; i++) {
		gs_count_mul(&a, 65536);
		gs_count_mul(&b, i < 31 ? 65536 : 65535);
	}
	assert_false(gs_count_equal(&a, &b));
	assert_int_equal(gs_count_low(&a), 0);
	a = b = gs_count_one();
	gs_count_mul(&a, 6);
	gs_count_mul(&a, 35);
	gs_count_mul(&b, 10);
	gs_count_mul(&b, 21);
	assert_true(gs_count_equal(&a, &b));
	assert_int_equal(gs_count_low(&a), 210);
	assert_true(gs_sat_mul(UINT64_C(1) << 32, UINT64_C(1) << 32) ==
		    UINT64_MAX);
	assert_int_equal(gs_sat_mul(0, UINT64_MAX), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_hazard_fetch), TEST(test_hazard_ends_with_block),
		TEST(test_stored_stop),	 TEST(test_stored_set),
		TEST(test_stored_runs),	 TEST(test_walk),
		TEST(test_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
