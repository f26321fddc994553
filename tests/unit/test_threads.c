/* SPDX-License-Identifier: MIT */
/*
 * Threads of a core. That results are those of one thread is what lockstep
 * --threads tests; here are the pool, the stop flag, and memory that is in two
 * places of the bus.
 */
#include <pthread.h>
#include <unistd.h>

#include "hw-model/core/fast.h"
#include "tests/unit/core_fixture.h"

/* Longer than a thread stays awake without work. */
#define NAP_US 5000

static void test_numbers(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(gs_core_set_threads(f->core, 0), -EINVAL);
	assert_int_equal(gs_core_set_threads(f->core, GS_CORE_MAX_THREADS + 1),
			 -EINVAL);
	assert_null(f->core->fast->pool);
	assert_int_equal(gs_core_set_threads(f->core, 3), 0);
	assert_non_null(f->core->fast->pool);
	assert_int_equal(gs_core_set_threads(f->core, 0), -EINVAL);
	assert_non_null(f->core->fast->pool);
	assert_int_equal(gs_core_set_threads(f->core, 1), 0);
	assert_null(f->core->fast->pool);
}

/* ---- the pool ------------------------------------------------------------------- */

#define PIECES 1000u

static void count_piece(void *ctx, uint32_t i)
{
	((uint8_t *)ctx)[i]++;
}

static void test_each(void **state)
{
	static const uint32_t nums[] = { 0, 1, 2, 3, PIECES };
	struct gs_pool *pool = gs_pool_create(3);

	(void)state;
	assert_non_null(pool);
	for (unsigned round = 0; round < 20; round++) {
		const uint32_t num = nums[round % 5];
		uint8_t count[PIECES] = { 0 };

		gs_pool_each(pool, num, count_piece, count);
		for (uint32_t i = 0; i < PIECES; i++)
			assert_int_equal(count[i], i < num);
		if (round % 7 == 0)
			usleep(NAP_US);
	}
	gs_pool_destroy(pool);
}

/* Threads that begin while there is work already, or are ended before they began. */
static void test_short_lives(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 100; round++) {
		struct gs_pool *pool = gs_pool_create(2 + round % 7);
		uint8_t count[40] = { 0 };

		assert_non_null(pool);
		if (round % 2)
			gs_pool_each(pool, 40, count_piece, count);
		for (uint32_t i = 0; i < 40; i++)
			assert_int_equal(count[i], round % 2);
		gs_pool_destroy(pool);
	}
}

/* ---- programs ------------------------------------------------------------------- */

/* ADD VMEM1 row 1 = row 0 + row 0, outer * inner times. */
static void emit_nest(struct program *p, uint32_t outer, uint32_t inner)
{
	for (unsigned i = 0; i < 2; i++) {
		EMIT(p, BASE_SIGN_EXT, GS_NS_VMEM1, i, i);
		EMIT(p, STRIDE_SIGN_EXT, GS_NS_VMEM1, i, 0);
	}
	for (unsigned l = 0; l < 2; l++) {
		EMIT(p, SET_ITER, l, 0, l ? inner : outer);
		EMIT(p, SET_INDEX, GS_NS_VMEM1, 1, GS_NS_VMEM1, 0, GS_NS_VMEM1,
		     0);
	}
	EMIT(p, SET_INST, 1, 0, 1);
	EMIT(p, ADD, GS_NS_VMEM1, 1, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0);
}

static void *raise_flag(void *flag)
{
	usleep(20000);
	atomic_store((atomic_bool *)flag, true);
	return NULL;
}

/* Work ends soon, and the job does not count as done. */
static void test_stop(void **state)
{
	struct fixture *f = *state;
	struct program *p = &f->program;
	atomic_bool stop = false;
	pthread_t thread;

	SIMD_START(p);
	emit_nest(p, 65535, 65535);
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
	f->job.stop = &stop;
	f->job.executor = GS_EXEC_FAST;
	assert_int_equal(gs_core_set_threads(f->core, 2), 0);
	assert_int_equal(pthread_create(&thread, NULL, raise_flag, &stop), 0);
	assert_int_equal(core_run(f), -ECANCELED);
	pthread_join(thread, NULL);
	atomic_store(&stop, false);
	p->num = 0;
	SIMD_START(p);
	emit_nest(p, 2, 2);
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
	assert_int_equal(core_run(f), 0);
}

/* The memory again and again, all over the bus. */
static void *map_alias(void *ctx, uint64_t addr, size_t size, bool write)
{
	return memory_map(ctx, addr % MEMORY_SIZE, size, write);
}

/*
 * Tiles of the array load what the SIMD group of the tile before stores,
 * under another address.
 */
static void test_alias(void **state)
{
	struct fixture *f = *state;
	struct program *p = &f->program;
	const int32_t values[4] = { 5, -6, 7, 21 };
	int32_t got[4];

	f->port.map = map_alias;
	f->job.window_base[GS_WIN_SIMD] = MEMORY_SIZE / 2;
	f->job.window_base[GS_WIN_IBUF] = MEMORY_SIZE / 2 + MEMORY_SIZE;
	SA_START(p);
	EMIT(p, SA_LOOP_CFG, 0, 0, 1);
	EMIT(p, LD_ST, GS_ACC_LD, GS_MEM_BUFFER, GS_BUF_IBUF, 0, 4);
	emit_stride(p, GS_ACC_LD, GS_BUF_IBUF, 0, 16);
	SA_END(p);
	SIMD_START(p);
	EMIT(p, LD_BASE_ITER, 0, GS_NS_VMEM1, 0, 1);
	emit_nest(p, 50, 20000);
	EMIT(p, ST_BASE_ADDR, 0, GS_NS_VMEM1, 0, 16);
	EMIT(p, ST_TILE_ADDR, 0, GS_NS_VMEM1, 0, 1);
	EMIT(p, ST_START, 0, GS_NS_VMEM1, 7, 1);
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
	gs_core_poke(f->core, GS_SPAD_VMEM1, 0, 0, values, 4);
	f->job.executor = GS_EXEC_FAST;
	assert_int_equal(gs_core_set_threads(f->core, 2), 0);
	assert_int_equal(core_run(f), 0);
	assert_int_equal(gs_core_peek(f->core, GS_SPAD_IBUF, 0, 0, got, 4), 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(got[i], 2 * values[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_numbers), TEST(test_each),	    TEST(test_stop),
		TEST(test_alias),   TEST(test_short_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
