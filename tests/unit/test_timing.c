/* SPDX-License-Identifier: MIT */
/*
 * The timing model against cycles derived by hand, on a 4 x 4 machine with
 * channels of 512 bits.
 */
#include "hw-model/arch/arch_field.h"
#include "hw-model/timing/timing_internal.h"
#include "tests/unit/core_fixture.h"
#include "tests/unit/timing_program.h"

/*
 * Defaults. They are a statement about the machine (docs/timing.md): whoever
 * changes one shows what the cycles were before and are then.
 */
static void defaults_are_frozen(void **state)
{
	static const struct {
		const char *name;
		uint32_t value;
	} frozen[] = {
		{ "CHANNEL_LATENCY", 100 },
		{ "CHANNEL_REQUEST_CYCLES", 1 },
		{ "CHANNEL_GRANULE_BYTES", 64 },
		{ "CHANNEL_BURST_BYTES", 4096 },
		{ "CHANNEL_BURST_BEATS", 256 },
		{ "CHANNEL_OUTSTANDING", 16 },
		{ "DRAM_BW", 0 },
		{ "DRAM_LATENCY", 0 },
		{ "DECODE_CYCLES", 1 },
		{ "ARRAY_FILL_CYCLES", GS_ARCH_AUTO },
		{ "ARRAY_DRAIN_CYCLES", GS_ARCH_AUTO },
		{ "ARRAY_TILE_CYCLES", 4 },
		{ "TANDEM_PIPELINE_DEPTH", 6 },
		{ "TANDEM_SKEW_CYCLES", GS_ARCH_AUTO },
		{ "TANDEM_WORD_CYCLES", 1 },
		{ "TANDEM_NEST_CYCLES", 2 },
		{ "TANDEM_PERM_CYCLES", 1 },
		{ "TANDEM_SHUFFLE_CYCLES", 2 },
		{ "TANDEM_LATENCY_MACC", 2 },
		{ "TANDEM_LATENCY_DIV", GS_ARCH_AUTO },
		{ "TANDEM_LATENCY_SIGMOID", 4 },
		{ "TANDEM_LATENCY_TANH", 4 },
		{ "TANDEM_LATENCY_EXP", 3 },
		{ "TANDEM_LATENCY_LN", 13 },
		{ "TANDEM_LATENCY_LOG2", 13 },
		{ "TANDEM_LATENCY_SQRT", 8 },
		{ "TANDEM_LATENCY_INV_SQRT", 13 },
	};
	const size_t num = sizeof(frozen) / sizeof(frozen[0]);
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < gs_arch_num_fields; i++) {
		const struct gs_arch_field *f = &gs_arch_fields[i];

		if (!(f->flags & GS_ARCH_COST))
			continue;
		assert_true(found < num);
		assert_string_equal(f->json, frozen[found].name);
		assert_int_equal(f->def, frozen[found].value);
		assert_int_equal(gs_arch_get(gs_arch_default(), f), f->def);
		found++;
	}
	assert_int_equal(found, num);
}

/* ---- programs ------------------------------------------------------------------- */

/* 25 words are 100 bytes, 2 granules; the array group ends with the 24th. */
static void gemm_takes(void **state)
{
	struct fixture *f = *state;
	struct gs_timing_block b;
	uint64_t words, at, weights, bias, input, computed;

	emit_gemm(&f->program);
	words = f->program.num;
	assert_int_equal(words, 25);
	b = time_program(f, GS_TIMING_HARDWARE);
	/* fetch: 2 beats and the latency; decode of 24 words */
	at = 2 + 100 + 24;
	/* PARAM, 32 bytes each: a beat and the latency, one behind the other */
	weights = at + 1 + 100;
	bias = weights + 1;
	input = at + 1 + 100;
	/* 4 of control, 3 of fill, 16 steps, 3 of drain */
	assert_true(bias > input);
	computed = bias + 4 + 3 + 16 + 3;
	/* 256 bytes to memory: 4 beats, and the latency of the answer */
	assert_int_equal(b.cycles, computed + 4 + 100);
	assert_int_equal(b.steps, 16);
	assert_int_equal(b.engine[GS_ENGINE_IMEM].busy, 2);
	assert_int_equal(b.engine[GS_ENGINE_PARAM].busy, 2);
	assert_int_equal(b.engine[GS_ENGINE_IBUF].busy, 1);
	assert_int_equal(b.engine[GS_ENGINE_OBUF].busy, 4);
	assert_int_equal(b.engine[GS_ENGINE_ARRAY].busy, 16);
	assert_int_equal(b.engine[GS_ENGINE_ARRAY].stall[GS_STALL_FETCH], at);
	assert_int_equal(b.engine[GS_ENGINE_ARRAY].stall[GS_STALL_PARAM],
			 bias - at);
	assert_int_equal(b.engine[GS_ENGINE_ARRAY].stall[GS_STALL_SETUP],
			 4 + 3 + 3);
	assert_int_equal(b.engine[GS_ENGINE_ARRAY].stall[GS_STALL_IDLE], 104);
}

/* Without latency, instructions and granules: load of 64 bytes, compute, store. */
static void gemm_takes_with_ideal_channels(void **state)
{
	struct fixture *f = *state;
	struct gs_timing_block b;

	emit_gemm(&f->program);
	b = time_program(f, GS_TIMING_IDEAL_CHANNELS);
	assert_int_equal(b.cycles, 2 + (3 + 16 + 3) + 4);
}

static void conv_takes(void **state)
{
	struct fixture *f = *state;
	struct gs_timing_block b;
	uint64_t words, at, weights;

	emit_conv(&f->program);
	words = f->program.num; /* 1 + 2 + 4 * 9 + 2 + 1 + 1 + 1 */
	assert_int_equal(words, 44);
	b = time_program(f, GS_TIMING_HARDWARE);
	at = 3 + 100 + 43; /* 176 bytes: 3 beats */
	weights = at + 3 + 100; /* 144 bytes: 3 granules */
	assert_int_equal(b.cycles, weights + (4 + 3 + 36 + 3) + 1 + 100);
	assert_int_equal(b.steps, 36);
	b = time_program(f, GS_TIMING_IDEAL_CHANNELS);
	assert_int_equal(b.cycles, 3 + (3 + 36 + 3) + 1);
}

static void relu_takes(void **state)
{
	struct fixture *f = *state;
	struct gs_timing_block b;
	uint64_t at, loaded, last;

	emit_relu(&f->program);
	assert_int_equal(f->program.num, 14);
	b = time_program(f, GS_TIMING_HARDWARE);
	at = 1 + 100 + 13; /* 56 bytes; 13 words to END */
	at += 2; /* TILE_ADDR, START */
	loaded = at + 4 + 100;
	/* five words and the set-up of the nest are done long before */
	last = loaded + 16;
	/* 5 stages more, 3 for the other lanes; three words are done before */
	assert_int_equal(b.cycles, last + 5 + 3 + 4 + 100);
	assert_int_equal(b.ops, 16);
	assert_int_equal(b.engine[GS_ENGINE_TANDEM].busy, 16);
	assert_int_equal(b.engine[GS_ENGINE_SIMD].busy, 8);
	assert_int_equal(b.engine[GS_ENGINE_TANDEM].stall[GS_STALL_SIMD],
			 loaded - (at + 5 + 2));
	/* as the published model: load, 16 + (6 - 1) + (4 - 1), store */
	b = time_program(f, GS_TIMING_IDEAL_CHANNELS);
	assert_int_equal(b.cycles, 4 + 16 + 5 + 3 + 4);
}

/* A divider is a pipeline of 51 stages, and M for the lanes; the published model has 9. */
static void div_takes(void **state)
{
	struct fixture *f = *state;
	const uint64_t loaded = 1 + 100 + 13 + 2 + 4 + 100;
	struct gs_timing_block b;

	emit_relu_or_div(&f->program, true);
	b = time_program(f, GS_TIMING_HARDWARE);
	assert_int_equal(b.cycles, loaded + 16 + 51 + 4 + 5 + 3 + 4 + 100);
	b = time_program(f, GS_TIMING_IDEAL_CHANNELS);
	assert_int_equal(b.cycles, 4 + 16 + 9 + 5 + 3 + 4);
}

/* What is stored was loaded just before: the channel waits for itself. */
static void copy_takes(void **state)
{
	struct fixture *f = *state;
	struct program *p = &f->program;
	struct gs_timing_block b;

	SIMD_START(p);
	EMIT(p, LD_START, 0, GS_NS_VMEM1, 31, 16); /* 64 bytes */
	EMIT(p, ST_BASE_ADDR, 0, GS_NS_VMEM1, 0, 1024);
	EMIT(p, ST_START, 0, GS_NS_VMEM1, 31, 16);
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
	b = time_program(f, GS_TIMING_HARDWARE);
	/* fetch, decode, a word; a beat and the latency, twice */
	assert_int_equal(b.cycles, 1 + 100 + 5 + 1 + 2 * (1 + 100));
	assert_int_equal(b.engine[GS_ENGINE_SIMD].stall[GS_STALL_LATENCY], 100);
	assert_int_equal(b.engine[GS_ENGINE_SIMD].stall[GS_STALL_TANDEM], 1);
}

/* 3 tiles: while one computes the next loads and the one before is stored. */
static void tiles_overlap(void **state)
{
	struct fixture *f = *state;
	struct program *p = &f->program;
	struct gs_timing_block b;

	SA_START(p);
	EMIT(p, SA_LOOP_CFG, 0, 0, 2);
	emit_transfer(p, GS_ACC_LD, GS_BUF_WBUF, 4); /* 64 bytes, once */
	emit_stride(p, GS_ACC_LD, GS_BUF_IBUF, 0, 64);
	emit_transfer(p, GS_ACC_LD, GS_BUF_IBUF, 16); /* 64 bytes */
	emit_inner(p, 7, 4, 4, 0, 4);
	emit_inner(p, 8, 4, 1, 0, 1);
	emit_inner(p, 9, 4, 0, 1, 0);
	emit_stride(p, GS_ACC_ST, GS_BUF_OBUF, 0, 256);
	emit_transfer(p, GS_ACC_ST, GS_BUF_OBUF, 64); /* 256 bytes */
	SA_END(p);
	EMIT(p, BLOCK_END, 1);
	b = time_program(f, GS_TIMING_IDEAL_CHANNELS);
	/* a beat; three times 64 steps, 3 of fill, 3 of drain; 4 beats */
	assert_int_equal(b.cycles, 1 + 3 * (3 + 64 + 3) + 4);
	assert_int_equal(b.bytes[GS_WIN_PARAM][0], 3 * 64);
	assert_int_equal(b.held[GS_WIN_PARAM], 2 * 64);
	assert_int_equal(b.engine[GS_ENGINE_PARAM].busy, 1);
	assert_int_equal(b.engine[GS_ENGINE_IBUF].busy, 3);
	assert_int_equal(b.engine[GS_ENGINE_OBUF].busy, 3 * 4);
}

/* 40 runs of 16 bytes: 40 granules, 16 requests in flight at most. */
static void requests_in_flight(void **state)
{
	struct fixture *f = *state;
	struct program *p = &f->program;
	struct gs_timing_block b;

	SIMD_START(p);
	EMIT(p, LD_TILE_ADDR, 0, GS_NS_VMEM1, 0, 0);
	EMIT(p, LD_TILE_ITER, 0, GS_NS_VMEM1, 0, 9);
	EMIT(p, LD_TILE_STRIDE, 0, GS_NS_VMEM1, 0, 256);
	EMIT(p, LD_TILE_ITER, 0, GS_NS_VMEM1, 1, 3);
	EMIT(p, LD_START, 0, GS_NS_VMEM1, 7, 1); /* 4 bytes */
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
	b = time_program(f, GS_TIMING_HARDWARE);
	assert_int_equal(b.engine[GS_ENGINE_SIMD].busy, 40);
	/* (40 - 1) / 16 = 2 times 100 - 15 cycles */
	assert_int_equal(b.engine[GS_ENGINE_SIMD].stall[GS_STALL_LATENCY],
			 2 * 85);
	assert_int_equal(b.cycles, 1 + 100 + 7 + 5 + 40 + 170 + 100);
}

/* 20 transfers of one request, two words each: the 17th waits for the first. */
static void requests_of_many_transfers(void **state)
{
	struct fixture *f = *state;
	struct program *p = &f->program;
	struct gs_timing_block b;
	const uint64_t at = 3 + 100 + 42; /* 43 words: 3 granules; END */

	SIMD_START(p);
	for (uint32_t i = 0; i < 20; i++) {
		EMIT(p, LD_TILE_ADDR, 0, GS_NS_VMEM1, 0, i);
		EMIT(p, LD_START, 0, GS_NS_VMEM1, 31, 4);
	}
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
	assert_int_equal(p->num, 43);
	b = time_program(f, GS_TIMING_HARDWARE);
	assert_int_equal(b.engine[GS_ENGINE_SIMD].busy, 20);
	/*
	 * Request k starts in cycle 2 (k + 1) and is done 101 later. The 17th
	 * could start in cycle 34, but that one is done in 103; the next three
	 * wait for those of 105, 107 and 109.
	 */
	assert_int_equal(b.engine[GS_ENGINE_SIMD].stall[GS_STALL_LATENCY],
			 103 - 34 + 3);
	assert_int_equal(b.cycles, at + 109 + 1 + 100);
	b = time_program(f, GS_TIMING_IDEAL_CHANNELS);
	assert_int_equal(b.cycles, 20);
}

/*
 * 192 bytes of three loads at 8 a cycle. The program names weights, biases and
 * inputs in this order; these start with the weights, and get what is left.
 */
static void memory_is_shared(void **state)
{
	struct fixture *f = *state;
	struct gs_arch arch = *gs_core_arch(f->core);
	const uint64_t at = 16 + 100 + 24; /* 128 bytes of words; decode */
	const uint64_t loaded = at + 192 / 8 + 100;
	const struct gs_timing_block *b;
	struct gs_timing *t;

	emit_gemm(&f->program);
	memory_put_words(&f->memory, 0, f->program.words, f->program.num);
	f->job.entry_words = f->program.num;
	arch.timing.dram_bw = 64;
	t = gs_timing_create(&arch, GS_TIMING_HARDWARE);
	assert_non_null(t);
	assert_int_equal(
		gs_timing_run(t, f->core, &f->port, &f->job, &f->fault), 0);
	b = gs_timing_total(t);
	/* 26 of the array, 256 bytes stored */
	assert_int_equal(b->cycles, loaded + 26 + 256 / 8 + 100);
	assert_int_equal(b->engine[GS_ENGINE_ARRAY].stall[GS_STALL_IBUF],
			 loaded - at);
	/* a beat of the channel, 8 cycles of the memory, behind 16 of the others */
	assert_int_equal(b->engine[GS_ENGINE_IBUF].busy, 1);
	assert_int_equal(b->engine[GS_ENGINE_IBUF].stall[GS_STALL_DRAM], 23);
	gs_timing_destroy(t);
}

/* ---- totals --------------------------------------------------------------------- */

/* Two blocks: the product, and a row of sums that Tandem does alone. */
static void two_blocks(struct program *p)
{
	emit_gemm(p);
	p->num--; /* 24 words, 3 that name the next block, and the end */
	emit_next(p, 4 * 28, 8);
	EMIT(p, BLOCK_END, 0);
	SIMD_START(p);
	for (int i = 0; i < 5; i++)
		EMIT(p, ADD, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0, GS_NS_VMEM1, 0);
	SIMD_END(p);
	EMIT(p, BLOCK_END, 1);
}

static void run_timed(struct fixture *f, struct gs_timing *t, int ret)
{
	f->job.executor = GS_EXEC_FAST;
	f->job.observe = gs_timing_observe;
	f->job.observe_ctx = t;
	gs_timing_reset(t);
	assert_int_equal(gs_core_run(f->core, &f->port, &f->job, &f->fault),
			 ret);
	gs_timing_stop(t);
}

/* A block stalls where the unit that works more in it does not. */
static void stalls_add_up(void **state)
{
	struct fixture *f = *state;
	struct gs_timing *t =
		gs_timing_create(gs_core_arch(f->core), GS_TIMING_HARDWARE);
	const struct gs_timing_block *b, *total = gs_timing_total(t);
	size_t num;

	two_blocks(&f->program);
	memory_put_words(&f->memory, 0, f->program.words, f->program.num);
	f->job.entry_words = 28;
	run_timed(f, t, 0);
	b = gs_timing_blocks(t, &num);
	assert_int_equal(num, 2);
	assert_int_equal(b[0].stalls, b[0].cycles - 16);
	assert_int_equal(b[1].stalls, b[1].cycles - 5);
	assert_int_equal(total->stalls, total->cycles - 16 - 5);
	gs_timing_destroy(t);
}

static void count_block(void *ctx, const struct gs_timing_block *block)
{
	assert_true(block->cycles > 0);
	*(size_t *)ctx += 1;
}

/* The same sums, and a job before leaves nothing, stopped in a block or not. */
static void totals_only(void **state)
{
	struct fixture *f = *state;
	const struct gs_arch *arch = gs_core_arch(f->core);
	struct gs_timing *all = gs_timing_create(arch, GS_TIMING_HARDWARE);
	struct gs_timing *t = gs_timing_create(arch, GS_TIMING_HARDWARE);
	struct gs_timing_block first;
	size_t num = 1, blocks = 0;

	two_blocks(&f->program);
	memory_put_words(&f->memory, 0, f->program.words, f->program.num);
	f->job.entry_words = 28;
	gs_timing_keep_totals(t, count_block, &blocks);
	f->job.max_work = 40; /* for words, tile and loads, not for the steps */
	run_timed(f, t, -EFAULT);
	assert_int_equal(f->fault.code, GS_FAULT_LIMIT);
	first = *gs_timing_total(t);
	f->job.max_work = 0;
	run_timed(f, all, 0);
	run_timed(f, t, 0);
	assert_null(gs_timing_blocks(t, &num));
	assert_int_equal(num, 0);
	assert_int_equal(blocks, 1 + 2); /* the one that was stopped, too */
	assert_memory_equal(gs_timing_total(t), gs_timing_total(all),
			    sizeof(first));
	assert_true(first.cycles > 0);
	assert_true(first.cycles < gs_timing_total(t)->cycles);
	gs_timing_destroy(t);
	gs_timing_destroy(all);
}

/* ---- programs without an end ------------------------------------------------------ */

/* Blocks of four words; the last one names block @to. */
static void chain(struct fixture *f, unsigned blocks, unsigned to)
{
	for (unsigned i = 0; i < blocks; i++) {
		emit_next(&f->program, 16 * (i + 1 < blocks ? i + 1 : to), 4);
		EMIT(&f->program, BLOCK_END, 0);
	}
	assert_int_equal(f->program.num, 4 * blocks);
	memory_put_words(&f->memory, 0, f->program.words, f->program.num);
	f->job.entry_words = 4;
}

static int run_dry(struct fixture *f, struct gs_timing *t)
{
	return gs_timing_run(t, f->core, &f->port, &f->job, &f->fault);
}

static void circles_end(void **state)
{
	static const unsigned circles[][2] = {
		{ 1, 0 }, { 2, 0 }, { 2, 1 }, { 7, 6 }, { 7, 0 }, { 9, 3 },
	};
	struct fixture *f = *state;
	struct gs_timing *t =
		gs_timing_create(gs_core_arch(f->core), GS_TIMING_HARDWARE);
	size_t num;

	for (size_t i = 0; i < sizeof(circles) / sizeof(circles[0]); i++) {
		f->program.num = 0;
		chain(f, circles[i][0], circles[i][1]);
		assert_int_equal(run_dry(f, t), -ELOOP);
		assert_non_null(gs_timing_blocks(t, &num));
		assert_true(num < 32);
	}
	assert_non_null(gs_timing_refusal(-ELOOP));
	f->job.max_blocks = 100;
	assert_int_equal(run_dry(f, t), 0);
	assert_non_null(gs_timing_blocks(t, &num));
	assert_int_equal(num, 100);
	gs_timing_destroy(t);
}

static void long_runs_end(void **state)
{
	struct fixture *f = *state;
	struct gs_timing *t =
		gs_timing_create(gs_core_arch(f->core), GS_TIMING_HARDWARE);
	atomic_bool stop = true;
	size_t num;

	chain(f, 1, 0);
	f->job.max_blocks = 100;
	t->max_events = 200; /* each has two */
	assert_int_equal(run_dry(f, t), 0);
	t->max_events = 198;
	assert_int_equal(run_dry(f, t), -E2BIG);
	assert_non_null(gs_timing_refusal(-E2BIG));
	assert_null(gs_timing_refusal(-ENOMEM));
	f->job.stop = &stop;
	assert_int_equal(run_dry(f, t), -ECANCELED);
	gs_timing_blocks(t, &num);
	assert_true(num <= 1);
	f->job.stop = NULL;
	gs_timing_destroy(t);
}

static void names_and_presets(void **state)
{
	enum gs_timing_preset preset;

	(void)state;
	for (unsigned e = 0; e < GS_ENGINE_COUNT; e++)
		assert_string_not_equal(gs_engine_name((enum gs_engine)e), "?");
	for (unsigned s = 0; s < GS_STALL_COUNT; s++)
		assert_string_not_equal(gs_stall_name((enum gs_stall)s), "?");
	for (unsigned p = 0; p < GS_TIMING_PRESETS; p++) {
		const char *name =
			gs_timing_preset_name((enum gs_timing_preset)p);

		assert_int_equal(gs_timing_preset_find(name, &preset), 0);
		assert_int_equal(preset, p);
	}
	assert_int_equal(gs_timing_preset_find("ideal", &preset), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_frozen),
		cmocka_unit_test(names_and_presets),
		TEST(gemm_takes),
		TEST(gemm_takes_with_ideal_channels),
		TEST(conv_takes),
		TEST(relu_takes),
		TEST(div_takes),
		TEST(copy_takes),
		TEST(tiles_overlap),
		TEST(requests_in_flight),
		TEST(memory_is_shared),
		TEST(stalls_add_up),
		TEST(totals_only),
		TEST(requests_of_many_transfers),
		TEST(circles_end),
		TEST(long_runs_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
