/* SPDX-License-Identifier: MIT */
/*
 * The functional machine through its API: lifetime, work limit and
 * hooks. Hazards are tested by test_hazard.c, what single instructions compute by
 * tests/vectors.
 */
#include <errno.h>

#include "hw-model/core/fast.h"
#include "tests/unit/core_fixture.h"

/* ---- lifetime ------------------------------------------------------------*/

static void test_create_refuses(void **state)
{
	struct gs_arch arch = core_small_arch();

	(void)state;
	arch.array_m = 5;
	assert_null(gs_core_create(&arch));
	gs_core_destroy(NULL);
}

/* One word for each capability: illegal on a machine without it, and only there */
static void test_lacking(void **state)
{
	struct fixture *f = *state;
	const struct gs_insn other[] = {
		{ GS_INSN_PERM_START, { GS_NS_VMEM1, 0, GS_NS_VMEM2, 0, 0 } },
		{ GS_INSN_PERM_START, { GS_NS_VMEM1, 0, GS_NS_VMEM2, 0, 1 } },
		{ GS_INSN_LD_START, { 0, GS_NS_VMEM1, 31, 1 } },
		{ GS_INSN_LD_START, { 0, GS_NS_VMEM2, 31, 1 } },
		{ GS_INSN_ST_START, { 0, GS_NS_VMEM1, 31, 1 } },
		{ GS_INSN_ST_START, { 0, GS_NS_VMEM2, 31, 1 } },
		{ GS_INSN_LD_ST, { 0, GS_MEM_BUFFER, GS_BUF_OBUF, 0, 1 } },
		{ GS_INSN_LD_ST, { 1, GS_MEM_BUFFER, GS_BUF_OBUF, 0, 1 } },
	};
	unsigned cap, has;

	for (cap = 0; cap < GS_CAP_COUNT; cap++) {
		struct gs_arch arch = core_small_arch();
		const bool is_array = cap >= GS_CAP_LD_OBUF;
		struct gs_insn insn = { (enum gs_insn_id)cap,
					{ GS_NS_VMEM1, 0, GS_NS_VMEM1, 0,
					  GS_NS_VMEM1, 0 } };

		if (cap == GS_INSN_NOP)
			continue;
		if (cap >= GS_CAP_PERM)
			insn = other[cap - GS_CAP_PERM];
		f->program.num = 0;
		emit_sync(&f->program, is_array ? GS_TGT_SA : GS_TGT_SIMD,
			  GS_SE_START, GS_EB_EXEC);
		program_emit(&f->program, insn);
		emit_sync(&f->program, is_array ? GS_TGT_SA : GS_TGT_SIMD,
			  GS_SE_END, GS_EB_EXEC);
		EMIT(&f->program, BLOCK_END, 1);
		for (has = 0; has < 2; has++) {
			/* without this, or without all others */
			arch.lacks = UINT64_C(1) << cap;
			if (has)
				arch.lacks =
					((UINT64_C(1) << GS_CAP_COUNT) - 1) &
					~arch.lacks &
					~(UINT64_C(1) << GS_INSN_NOP);
			if (cap == GS_CAP_SHUFFLE)
				arch.lacks &= ~(UINT64_C(1) << GS_CAP_PERM);
			gs_core_destroy(f->core);
			f->core = gs_core_create(&arch);
			assert_non_null(f->core);
			core_run(f);
			if (!has)
				assert_fault(f, GS_FAULT_ILLEGAL_WORD, 0, 1,
					     f->program.words[1]);
			else
				assert_true(f->fault.code !=
					    GS_FAULT_ILLEGAL_WORD);
		}
	}
}

static void test_peek_poke_reset(void **state)
{
	struct fixture *f = *state;
	int32_t in[16], out[16];

	for (unsigned i = 0; i < 16; i++)
		in[i] = (int32_t)(0x12345678 * (i + 1));
	for (unsigned b = 0; b < GS_SPAD_COUNT; b++) {
		enum gs_scratchpad buf = (enum gs_scratchpad)b;
		uint32_t last = gs_core_rows(f->core, buf) - 1;
		int banks = gs_core_poke(f->core, buf, 1, last, in, 16);
		bool narrow = b == GS_SPAD_IBUF || b == GS_SPAD_WBUF;

		assert_int_equal(banks, b == GS_SPAD_WBUF ? 16 :
					b == GS_SPAD_IMM  ? 1 :
							    4);
		assert_int_equal(gs_core_peek(f->core, buf, 1, last, out, 16),
				 banks);
		for (int i = 0; i < banks; i++)
			assert_int_equal(out[i],
					 narrow ? (int8_t)in[i] : in[i]);
		assert_int_equal(gs_core_peek(f->core, buf, 0, last + 1, out,
					      16),
				 -EINVAL);
	}
	assert_int_equal(gs_core_peek(f->core, GS_SPAD_COUNT, 0, 0, out, 16),
			 -EINVAL);
	assert_int_equal(gs_core_peek(f->core, GS_SPAD_OBUF, 2, 0, out, 16),
			 -EINVAL);
	gs_core_reset(f->core);
	for (unsigned b = 0; b < GS_SPAD_COUNT; b++) {
		enum gs_scratchpad buf = (enum gs_scratchpad)b;
		uint32_t last = gs_core_rows(f->core, buf) - 1;
		int banks = gs_core_peek(f->core, buf, 1, last, out, 16);

		for (int i = 0; i < banks; i++)
			assert_int_equal(out[i], 0);
	}
}

/* Of the blocks a job has run, nothing is left; they are decoded anew. */
static void test_forget(void **state)
{
	struct fixture *f = *state;
	unsigned num = 0;

	f->job.executor = GS_EXEC_FAST;
	emit_next(&f->program, 16, 1);
	EMIT(&f->program, BLOCK_END, 0);
	EMIT(&f->program, BLOCK_END, 1);
	for (int i = 0; i < 2; i++) {
		memory_put_words(&f->memory, 0, f->program.words,
				 f->program.num);
		f->job.entry_words = 4;
		assert_int_equal(
			gs_core_run(f->core, &f->port, &f->job, &f->fault), 0);
		for (unsigned j = num = 0; j < GS_CACHE_SLOTS; j++)
			num += f->core->cache[j] && f->core->cache[j]->valid;
		assert_int_equal(num, 2);
		assert_ptr_not_equal(f->core->block, &f->core->own);
		gs_core_forget(f->core);
		assert_null(f->core->cache);
		assert_ptr_equal(f->core->block, &f->core->own);
	}
}

/* ---- work and counters ---------------------------------------------------*/

static void test_unknown_enums(void **state)
{
	struct fixture *f = *state;

	f->job.executor = (enum gs_executor)77;
	assert_int_equal(core_run(f), -EINVAL);
	f->job.executor = GS_EXEC_REFERENCE;
	f->job.encoding = (enum gs_isa_encoding)3;
	assert_int_equal(core_run(f), -EINVAL);
	assert_int_equal(f->fault.code, GS_FAULT_NONE);
}

/* Two tiles of 2 x 3 products; DMA of 2 runs of 16 bytes a tile. */
static void array_program(struct program *p)
{
	SA_START(p); /* 0 */
	EMIT(p, SA_LOOP_CFG, 0, 0, 1);
	EMIT(p, SA_LOOP_CFG, 0, 7, 1);
	EMIT(p, SA_LOOP_CFG, 0, 8, 2);
	EMIT(p, SA_LOOP_CFG, 0, 14, 1);
	emit_stride(p, GS_ACC_LD, GS_BUF_IBUF, 14, 16); /* 5, 6 */
	EMIT(p, LD_ST, GS_ACC_LD, GS_MEM_BUFFER, GS_BUF_IBUF, 0, 4); /* 7 */
	SA_END(p);
	EMIT(p, BLOCK_END, 1);
}

/* What the job charges, found by search: the least limit that lets it end. */
static uint64_t work_of(struct fixture *f)
{
	uint64_t low = 1, high = 1 << 20;

	while (low < high) {
		f->job.max_work = (low + high) / 2;
		if (core_run(f)) {
			assert_int_equal(f->fault.code, GS_FAULT_LIMIT);
			low = f->job.max_work + 1;
		} else {
			high = f->job.max_work;
		}
	}
	return low;
}

static void test_work_array(void **state)
{
	struct fixture *f = *state;
	struct gs_counters counters = { 0 };

	array_program(&f->program);
	/* fetch 10; a tile 1, its transfer 2 runs + 32 / 16, its products 6 */
	assert_int_equal(work_of(f), 10 + 2 * (1 + 2 + 2 + 6));
	f->job.max_work = 9;
	assert_int_equal(core_run(f), -EFAULT);
	assert_fault(f, GS_FAULT_LIMIT, 0, 0, 0);
	f->job.max_work = 10;
	core_run(f);
	assert_fault(f, GS_FAULT_LIMIT, 0, 0, 0);
	f->job.max_work = 11;
	core_run(f);
	assert_fault(f, GS_FAULT_LIMIT, 0, 7, 0);
	f->job.max_work = 0;
	f->job.counters = &counters;
	assert_int_equal(core_run(f), 0);
	assert_int_equal(counters.blocks, 1);
	assert_int_equal(counters.words, 10);
	assert_int_equal(counters.sa_tiles, 2);
	assert_int_equal(counters.mvms, 12);
	assert_int_equal(counters.bytes[GS_WIN_IBUF][0], 64);
	assert_int_equal(counters.bytes[GS_WIN_IMEM][0], 40);
}

static void simd_program(struct program *p)
{
	SIMD_START(p); /* 0 */
	EMIT(p, LD_BASE_ITER, 0, GS_NS_VMEM1, 3, 2);
	EMIT(p, LD_START, 0, GS_NS_VMEM1, 31, 20); /* 2: 80 bytes */
	EMIT(p, NOP, 0); /* 3 */
	EMIT(p, ADD, GS_NS_VMEM2, 0, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0);
	EMIT(p, SET_ITER, 0, 0, 5); /* 5 */
	EMIT(p, SET_INDEX, GS_NS_VMEM2, 0, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0);
	EMIT(p, SET_INST, 0, 0, 2);
	EMIT(p, ADD, GS_NS_VMEM2, 0, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0);
	EMIT(p, NOP, 0);
	EMIT(p, PERM_SET_LOOP_ITER, GS_ACC_LD, 0, 3); /* 10 */
	EMIT(p, PERM_SET_LOOP_ITER, GS_ACC_ST, 7, 3);
	EMIT(p, PERM_START, GS_NS_VMEM2, 0, GS_NS_VMEM1, 0, 1); /* 12 */
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
}

static void test_work_simd(void **state)
{
	struct fixture *f = *state;
	struct gs_counters counters = { 0 };

	simd_program(&f->program);
	/* 3 tiles: 14 words, 1 run + 80 / 16, NOP, ADD, 5 * 2, 4 steps */
	assert_int_equal(work_of(f), 15 + 3 * (14 + 6 + 1 + 1 + 10 + 4));
	f->job.max_work = 15 + 14 + 6 + 1 + 1 + 9;
	core_run(f);
	assert_fault(f, GS_FAULT_LIMIT, 0, 8, 0);
	f->job.max_work = 15 + 14 + 6 + 1 + 1 + 10 + 3;
	core_run(f);
	assert_fault(f, GS_FAULT_LIMIT, 0, 12, 0);
	f->job.max_work = 0;
	f->job.counters = &counters;
	assert_int_equal(core_run(f), 0);
	assert_int_equal(counters.simd_tiles, 3);
	assert_int_equal(counters.simd_ops, 3 * (1 + 5));
	assert_int_equal(counters.perm_rows, 3 * 4);
	assert_int_equal(counters.bytes[GS_WIN_SIMD][0], 3 * 80);
}

static void test_saturated_charges(void **state)
{
	struct fixture *f = *state;
	struct program *p = &f->program;

	/* 2^112 inner iterations exceed the greatest limit there is */
	SA_START(p);
	for (uint32_t id = 7; id < 14; id++)
		EMIT(p, SA_LOOP_CFG, 0, id, 65535);
	SA_END(p);
	EMIT(p, BLOCK_END, 1);
	f->job.max_work = UINT64_MAX;
	assert_int_equal(core_run(f), -EFAULT);
	assert_fault(f, GS_FAULT_LIMIT, 0, 0, 0);
}

static void test_endless_chain(void **state)
{
	struct fixture *f = *state;
	struct gs_counters counters = { 0 };

	emit_next(&f->program, 0, 4);
	EMIT(&f->program, BLOCK_END, 0);
	f->job.max_work = 4003;
	f->job.counters = &counters;
	assert_int_equal(core_run(f), -EFAULT);
	assert_fault(f, GS_FAULT_LIMIT, 1000, 0, 0);
	assert_int_equal(counters.blocks, 1000);
	f->job.max_work = 0;
	f->job.max_blocks = 77;
	assert_int_equal(core_run(f), 0);
	assert_int_equal(f->fault.code, GS_FAULT_NONE);
	assert_int_equal(counters.blocks, 1077);
}

/* ---- hooks ---------------------------------------------------------------*/

struct watch {
	atomic_bool stop;
	unsigned blocks, steps, cancel_at;
};

static int watch_block(void *ctx, struct gs_core *core, uint32_t block,
		       uint32_t addr, const struct gs_insn *insns, uint32_t num)
{
	struct watch *watch = ctx;

	(void)core, (void)block, (void)addr, (void)insns, (void)num;
	watch->blocks++;
	return 0;
}

static int watch_step(void *ctx, struct gs_core *core,
		      const struct gs_hook_point *at)
{
	struct watch *watch = ctx;

	(void)core, (void)at;
	return ++watch->steps == watch->cancel_at;
}

static void test_hooks(void **state)
{
	struct fixture *f = *state;
	struct watch watch = { 0 };
	const struct gs_hooks hooks = { &watch, watch_block, watch_step };

	simd_program(&f->program);
	f->job.hooks = &hooks;
	assert_int_equal(core_run(f), 0);
	assert_int_equal(watch.blocks, 1);
	assert_int_equal(watch.steps, 3 * 12);
	watch.cancel_at = watch.steps + 20;
	assert_int_equal(core_run(f), -ECANCELED);
	assert_int_equal(f->fault.code, GS_FAULT_NONE);
}

/* A flag that is up when a job starts ends it at the first look. */
static void test_stop(void **state)
{
	struct fixture *f = *state;
	struct watch watch = { 0 };

	atomic_store(&watch.stop, true);
	array_program(&f->program);
	f->job.stop = &watch.stop;
	assert_int_equal(core_run(f), -ECANCELED);
	assert_int_equal(f->fault.code, GS_FAULT_NONE);
	atomic_store(&watch.stop, false);
	assert_int_equal(core_run(f), 0);
}

/* Puts the flag up when the SIMD unit comes to the body of a nest. */
static int stop_at_body(void *ctx, struct gs_core *core,
			const struct gs_hook_point *at)
{
	struct watch *watch = ctx;

	(void)core;
	if (gs_simd_is_body(at->insn->id))
		atomic_store(&watch->stop, true);
	return 0;
}

/* Nests within the work limit that take an hour just to be looked at. */
static void test_stop_nest(void **state)
{
	struct fixture *f = *state;
	struct watch watch = { 0 };
	const struct gs_hooks hooks = { .ctx = &watch, .step = stop_at_body };
	struct program *p = &f->program;

	SIMD_START(p);
	for (unsigned i = 0; i < 2; i++) {
		EMIT(p, BASE_SIGN_EXT, GS_NS_VMEM1, i, 0);
		EMIT(p, STRIDE_SIGN_EXT, GS_NS_VMEM1, i, i);
	}
	for (unsigned l = 0; l < 4; l++) {
		EMIT(p, SET_ITER, l, 0, l < 2 ? 65535 : 11);
		EMIT(p, SET_INDEX, GS_NS_VMEM1, l == 3, GS_NS_VMEM1, l == 3,
		     GS_NS_VMEM1, l == 3);
	}
	EMIT(p, SET_INST, 0, 0, 2);
	EMIT(p, ADD, GS_NS_VMEM1, 1, GS_NS_VMEM1, 1, GS_NS_VMEM1, 1);
	EMIT(p, SUB, GS_NS_VMEM1, 1, GS_NS_VMEM1, 1, GS_NS_VMEM1, 1);
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
	f->job.hooks = &hooks;
	f->job.stop = &watch.stop;
	f->job.executor = GS_EXEC_FAST;
	assert_int_equal(core_run(f), -ECANCELED);
	assert_int_equal(f->fault.code, GS_FAULT_NONE);
	assert_true(atomic_load(&watch.stop));
}

/* Two tiles of 2500 sums for 729 pixels each, which share 13 rows. */
static void long_program(struct program *p)
{
	SA_START(p);
	EMIT(p, SA_LOOP_CFG, 0, 0, 1);
	EMIT(p, SA_REDUCTION_LOOP, 32, 0, GS_RED_OUTER, 0);
	EMIT(p, SA_LOOP_CFG, 0, 7, 2499);
	for (unsigned l = 8; l < 14; l++) {
		EMIT(p, SA_LOOP_CFG, 0, l, 2);
		emit_stride(p, GS_ACC_RD, GS_BUF_IBUF, l, 1);
		emit_stride(p, GS_ACC_RD, GS_BUF_OBUF, l, 1);
		emit_stride(p, GS_ACC_WR, GS_BUF_OBUF, l, 1);
	}
	SA_END(p);
	EMIT(p, BLOCK_END, 1);
}

/* Products that are done in several parts, to look at the stop flag between. */
static void test_long_product(void **state)
{
	struct fixture *f = *state;
	const int32_t values[16] = { 3,	 -7, 11, 100, -128, 5,	9,  -2,
				     64, 1,  -1, 77,  -31,  17, 33, -90 };
	int32_t want[13][4], got[4];

	long_program(&f->program);
	for (uint32_t row = 0; row < 13; row++)
		gs_core_poke(f->core, GS_SPAD_IBUF, 0, row, values + row % 5,
			     4);
	gs_core_poke(f->core, GS_SPAD_WBUF, 0, 0, values, 16);
	assert_int_equal(core_run(f), 0);
	for (uint32_t row = 0; row < 13; row++) {
		assert_int_equal(gs_core_peek(f->core, GS_SPAD_OBUF, 0, row,
					      want[row], 4),
				 4);
		gs_core_poke(f->core, GS_SPAD_OBUF, 0, row, values, 4);
	}
	f->job.executor = GS_EXEC_FAST;
	assert_int_equal(core_run(f), 0);
	assert_int_equal(f->core->fast->tiles, 1);
	for (uint32_t row = 0; row < 13; row++) {
		gs_core_peek(f->core, GS_SPAD_OBUF, 0, row, got, 4);
		assert_memory_equal(got, want[row], sizeof(got));
	}
}

/* ---- memory --------------------------------------------------------------*/

/* A block of 2^30 words is fetched in pieces and judged. */
static int zero_read(void *ctx, uint64_t addr, void *dst, size_t size)
{
	(void)ctx, (void)addr;
	memset(dst, 0, size);
	return 0;
}

static void test_huge_block(void **state)
{
	struct fixture *f = *state;
	const struct gs_mem zeros = { .read = zero_read };

	f->job.entry_words = 1 << 22;
	assert_int_equal(gs_core_run(f->core, &zeros, &f->job, &f->fault),
			 -EFAULT);
	assert_fault(f, GS_FAULT_BAD_BLOCK, 0, 0, 0);
	f->job.entry_words = UINT32_MAX;
	gs_core_run(f->core, &zeros, &f->job, &f->fault);
	assert_fault(f, GS_FAULT_WINDOW, 0, 0, 0);
	f->job.entry = 2;
	gs_core_run(f->core, &zeros, &f->job, &f->fault);
	assert_fault(f, GS_FAULT_BAD_BLOCK, 0, 0, 0);
}

static void test_memory_refuses(void **state)
{
	struct fixture *f = *state;

	array_program(&f->program);
	f->job.entry_words = f->program.num;
	f->memory.refuse_after = 2;
	assert_int_equal(core_run(f), -EFAULT);
	assert_fault(f, GS_FAULT_MEMORY, 0, 7,
		     f->job.window_base[GS_WIN_IBUF] + 16);
	/* no memory at the end of the bus */
	f->memory.refuse_after = 0;
	f->job.window_base[GS_WIN_IBUF] = UINT64_MAX - 7;
	core_run(f);
	assert_fault(f, GS_FAULT_MEMORY, 0, 7, UINT64_MAX - 7);
	f->job.window_base[GS_WIN_IMEM] = MEMORY_SIZE;
	core_run(f);
	assert_fault(f, GS_FAULT_MEMORY, 0, 0, MEMORY_SIZE);
}

static void test_same_bytes(void **state)
{
	struct fixture *f = *state;
	struct program *p = &f->program;
	uint8_t *first = malloc(MEMORY_SIZE);
	uint32_t seed = 29;

	for (unsigned i = 0; i < MEMORY_SIZE; i++)
		f->memory.bytes[i] = (uint8_t)xorshift32(&seed);
	SIMD_START(p);
	EMIT(p, LD_START, 0, GS_NS_VMEM1, 31, 64);
	EMIT(p, STRIDE_SIGN_EXT, GS_NS_VMEM1, 0, 1);
	EMIT(p, SET_ITER, 0, 0, 16);
	EMIT(p, SET_INDEX, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0);
	EMIT(p, MUL, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0);
	program_store(p, 1024, 64);
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
	assert_int_equal(core_run(f), 0);
	memcpy(first, f->memory.bytes, MEMORY_SIZE);
	for (unsigned i = 0; i < 4; i++) {
		f->port = memory_port(&f->memory, i % 2);
		assert_int_equal(core_run(f), 0);
		assert_memory_equal(first, f->memory.bytes, MEMORY_SIZE);
	}
	free(first);
}

static void test_format(void **state)
{
	struct gs_fault fault = { GS_FAULT_SCRATCHPAD, 1, 2,
				  (uint64_t)GS_SPAD_VMEM2 << 32 | 0xffffffff };
	char text[256];

	(void)state;
	gs_fault_format(&fault, text, sizeof(text));
	assert_string_equal(text, "SCRATCHPAD in block 1 at word 2: "
				  "row -1 is outside VMEM2");
	for (int code = -1; code <= GS_FAULT_COUNT; code++) {
		fault.code = (enum gs_fault_code)code;
		fault.address = UINT64_MAX;
		assert_true(gs_fault_format(&fault, text, sizeof(text)) > 0);
		assert_true(gs_fault_format(&fault, NULL, 0) <
			    (int)sizeof(text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_create_refuses),
		TEST(test_lacking),
		TEST(test_peek_poke_reset),
		TEST(test_forget),
		TEST(test_unknown_enums),
		TEST(test_work_array),
		TEST(test_work_simd),
		TEST(test_saturated_charges),
		TEST(test_endless_chain),
		TEST(test_hooks),
		TEST(test_stop),
		TEST(test_stop_nest),
		TEST(test_long_product),
		TEST(test_huge_block),
		TEST(test_memory_refuses),
		TEST(test_same_bytes),
		TEST(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
