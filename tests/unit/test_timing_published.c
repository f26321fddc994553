/* SPDX-License-Identifier: MIT */
/*
 * The array's cycles and accesses for ResNet-50's convolutions with the tiles of the
 * published performance model (SimDIT, design points 03 and 07), which gives
 * the numbers of the last columns. These are its layers whose tiles divide
 * them; it has fractions of tiles in the others (docs/timing.md). And what its
 * columns are here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hw-model/tools/sim_facts.h"
#include "tests/unit/core_program.h"

struct layer {
	uint32_t array;
	uint32_t size[4],
		tile[4]; /* output and input channels, rows, columns */
	uint32_t kernel;
	uint64_t cycles; /* published */
};

static const struct layer layers[] = {
	{ 16, { 1024, 256, 14, 14 }, { 64, 256, 7, 7 }, 1, 202624 },
	{ 16, { 1024, 512, 14, 14 }, { 32, 512, 2, 2 }, 1, 448448 },
	{ 16, { 128, 256, 56, 56 }, { 64, 256, 8, 8 }, 1, 404348 },
	{ 16, { 128, 512, 28, 28 }, { 32, 512, 4, 4 }, 1, 206584 },
	{ 16, { 2048, 1024, 7, 7 }, { 16, 1024, 1, 1 }, 1, 589568 },
	{ 16, { 2048, 512, 7, 7 }, { 32, 512, 1, 1 }, 1, 294784 },
	{ 16, { 256, 1024, 14, 14 }, { 16, 1024, 2, 2 }, 1, 224224 },
	{ 16, { 256, 512, 28, 28 }, { 32, 512, 4, 4 }, 1, 413168 },
	{ 16, { 512, 1024, 14, 14 }, { 16, 1024, 2, 2 }, 1, 448448 },
	{ 16, { 512, 128, 28, 28 }, { 128, 128, 7, 7 }, 1, 202624 },
	{ 16, { 512, 2048, 7, 7 }, { 16, 1024, 1, 1 }, 1, 294784 },
	{ 16, { 512, 256, 28, 28 }, { 64, 256, 4, 4 }, 1, 413168 },
	{ 16, { 64, 256, 56, 56 }, { 64, 256, 8, 8 }, 1, 202174 },
	{ 16, { 64, 64, 56, 56 }, { 16, 64, 14, 14 }, 3, 453504 },
	{ 16, { 64, 64, 56, 56 }, { 64, 64, 14, 14 }, 1, 50656 },
	{ 32, { 1024, 512, 14, 14 }, { 256, 512, 2, 2 }, 1, 112504 },
	{ 32, { 128, 256, 56, 56 }, { 128, 256, 14, 14 }, 1, 101344 },
	{ 32, { 128, 512, 28, 28 }, { 128, 512, 7, 7 }, 1, 51168 },
	{ 32, { 2048, 1024, 7, 7 }, { 128, 1024, 1, 1 }, 1, 148960 },
	{ 32, { 2048, 512, 7, 7 }, { 256, 512, 7, 7 }, 1, 50672 },
	{ 32, { 256, 1024, 14, 14 }, { 128, 1024, 7, 7 }, 1, 50672 },
	{ 32, { 256, 256, 14, 14 }, { 32, 256, 14, 14 }, 3, 113392 },
	{ 32, { 256, 256, 14, 14 }, { 32, 256, 7, 7 }, 3, 114880 },
	{ 32, { 256, 512, 28, 28 }, { 256, 512, 7, 7 }, 1, 101344 },
	{ 32, { 256, 64, 56, 56 }, { 64, 64, 28, 28 }, 1, 51168 },
	{ 32, { 512, 1024, 14, 14 }, { 128, 1024, 7, 7 }, 1, 101344 },
	{ 32, { 512, 2048, 7, 7 }, { 64, 2048, 1, 1 }, 1, 74480 },
	{ 32, { 512, 256, 28, 28 }, { 512, 256, 7, 7 }, 1, 101344 },
	{ 32, { 64, 256, 56, 56 }, { 64, 256, 14, 14 }, 1, 51168 },
	{ 32, { 64, 64, 56, 56 }, { 64, 64, 28, 28 }, 1, 12792 },
	{ 32, { 64, 64, 56, 56 }, { 64, 64, 28, 28 }, 3, 113144 },
};

#define NUM_LAYERS (sizeof(layers) / sizeof(layers[0]))

/* Of the same layers, published: KB accessed in WBUF, IBUF, OBUF and BBUF, operations. */
static const double published[NUM_LAYERS][5] = {
	{ 50176, 3136, 24304, 784, 102760448 },
	{ 100352, 6272, 49392, 784, 205520896 },
	{ 100352, 6272, 48608, 1568, 205520896 },
	{ 50176, 3136, 24696, 392, 102760448 },
	{ 100352, 6272, 49784, 392, 205520896 },
	{ 50176, 3136, 24696, 392, 102760448 },
	{ 50176, 3136, 24892, 196, 102760448 },
	{ 100352, 6272, 49392, 784, 205520896 },
	{ 100352, 6272, 49784, 392, 205520896 },
	{ 50176, 3136, 23520, 1568, 102760448 },
	{ 50176, 3136, 24990, 98, 102760448 },
	{ 100352, 6272, 48608, 1568, 205520896 },
	{ 50176, 3136, 24304, 784, 102760448 },
	{ 112896, 7056, 55664, 784, 231211008 },
	{ 12544, 784, 5488, 784, 25690112 },
	{ 100352, 3136, 24304, 784, 205520896 },
	{ 100352, 3136, 23520, 1568, 205520896 },
	{ 50176, 1568, 12152, 392, 102760448 },
	{ 100352, 3136, 24696, 392, 205520896 },
	{ 50176, 1568, 12152, 392, 102760448 },
	{ 50176, 1568, 12348, 196, 102760448 },
	{ 112896, 3528, 28028, 196, 231211008 },
	{ 112896, 3528, 28028, 196, 231211008 },
	{ 100352, 3136, 24304, 784, 205520896 },
	{ 50176, 1568, 9408, 3136, 102760448 },
	{ 100352, 3136, 24696, 392, 205520896 },
	{ 50176, 1568, 12446, 98, 102760448 },
	{ 100352, 3136, 23520, 1568, 205520896 },
	{ 50176, 1568, 11760, 784, 102760448 },
	{ 12544, 392, 2352, 784, 25690112 },
	{ 112896, 3528, 27440, 784, 231211008 },
};

/* Without strides: the loops are what counts. Transfers are left out, but for one of biases. */
static void emit_layer(struct program *p, const struct layer *l, bool bias)
{
	const uint32_t inner[] = {
		l->tile[0] / l->array,
		l->tile[1] / l->array,
		l->kernel,
		l->kernel,
		l->tile[2],
		l->tile[3],
	};

	p->num = 0;
	SA_START(p);
	for (uint32_t i = 0; i < 4; i++)
		EMIT(p, SA_LOOP_CFG, 0, i, l->size[i] / l->tile[i] - 1);
	EMIT(p, SA_REDUCTION_LOOP, 32, 1, GS_RED_OUTER, GS_DIM_IC);
	for (uint32_t i = 0; i < 6; i++)
		EMIT(p, SA_LOOP_CFG, 0, 7 + i, inner[i] - 1);
	/* input channels and kernel: behind four outer loops, 4 + l mod 7 is 1 to 3 */
	for (uint32_t i = 4; i < 7; i++)
		EMIT(p, SA_REDUCTION_LOOP, 32, i, GS_RED_INNER, GS_DIM_IC);
	if (bias)
		EMIT(p, LD_ST, GS_ACC_LD, GS_MEM_BUFFER, GS_BUF_BBUF, 0, 4);
	SA_END(p);
	EMIT(p, BLOCK_END, 1);
}

static struct gs_arch arch_of(const struct layer *l)
{
	struct gs_arch arch = *gs_arch_default();

	arch.array_n = arch.array_m = l->array;
	return arch;
}

static struct gs_timing_block time_layer(const struct layer *l, bool bias)
{
	static struct program program;
	struct memory memory = { .bytes = calloc(1, MEMORY_SIZE) };
	const struct gs_mem port = memory_port(&memory, false);
	struct gs_job job = { .encoding = GS_ENC_SYNC_INST };
	const struct gs_arch arch = arch_of(l);
	struct gs_timing_block total;
	struct gs_timing *timing;
	struct gs_core *core;
	struct gs_fault fault;

	emit_layer(&program, l, bias);
	job.entry_words = program.num;
	core = gs_core_create(&arch);
	timing = gs_timing_create(&arch, GS_TIMING_IDEAL_CHANNELS);
	assert_true(memory.bytes && core && timing);
	memory_put_words(&memory, 0, program.words, program.num);
	assert_int_equal(gs_timing_run(timing, core, &port, &job, &fault), 0);
	total = *gs_timing_total(timing);
	gs_timing_destroy(timing);
	gs_core_destroy(core);
	free(memory.bytes);
	return total;
}

static void array_cycles(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM_LAYERS; i++) {
		const struct gs_timing_block b = time_layer(&layers[i], false);
		const struct gs_timing_engine *array =
			&b.engine[GS_ENGINE_ARRAY];

		assert_int_equal(array->busy + array->stall[GS_STALL_SETUP],
				 layers[i].cycles);
		assert_int_equal(b.cycles, layers[i].cycles);
	}
}

static void accesses(void **state)
{
	static const enum sim_published columns[5] = {
		SIM_PUB_WBUF, SIM_PUB_IBUF, SIM_PUB_OBUF,
		SIM_PUB_BBUF, SIM_PUB_OPS,
	};
	double got[SIM_PUB_COUNT];

	(void)state;
	for (size_t i = 0; i < NUM_LAYERS; i++) {
		const struct gs_arch arch = arch_of(&layers[i]);
		const struct gs_timing_block b = time_layer(&layers[i], true);

		sim_published_of(&arch, &b, got);
		for (unsigned c = 0; c < 5; c++)
			if (got[columns[c]] != published[i][c])
				fail_msg("layer %zu: %s is %.17g, not %.17g", i,
					 sim_published_name(columns[c]),
					 got[columns[c]], published[i][c]);
	}
}

/* Counts that differ from each other. */
static const struct gs_timing_block counts = {
	.cycles = 10000,
	.steps = 100,
	.ops = 30,
	.tandem_words = 512,
	.partial = 1024,
	.access = {
		[GS_SPAD_WBUF] = { .read = 2048, .loaded = 4096 },
		[GS_SPAD_IBUF] = { .read = 1024, .written = 2048, .loaded = 8192 },
		[GS_SPAD_OBUF] = { .read = 256, .written = 512, .loaded = 768, .stored = 1280 },
		[GS_SPAD_BBUF] = { .read = 256, .loaded = 128 },
		[GS_SPAD_VMEM1] = { .read = 256, .written = 512, .loaded = 1 },
		[GS_SPAD_VMEM2] = { .read = 1024, .written = 2048, .stored = 1 },
		[GS_SPAD_IMM] = { .read = 128 },
	},
	.bytes = { [GS_WIN_IMEM] = { 777, 0 }, [GS_WIN_SIMD] = { 3072, 5120 } },
	.engine = {
		[GS_ENGINE_ARRAY] = { .busy = 100, .stall = {
			[GS_STALL_FETCH] = 1, [GS_STALL_SETUP] = 10, [GS_STALL_PARAM] = 200,
			[GS_STALL_DRAM] = 20, [GS_STALL_TANDEM] = 3000, [GS_STALL_IDLE] = 6669 } },
		[GS_ENGINE_TANDEM] = { .busy = 50, .stall = {
			[GS_STALL_FETCH] = 2, [GS_STALL_SETUP] = 20, [GS_STALL_LATENCY] = 300,
			[GS_STALL_SIMD] = 400, [GS_STALL_ARRAY] = 7000, [GS_STALL_IDLE] = 2228 } },
	},
};

static const double expected[SIM_PUB_COUNT] = {
	[SIM_PUB_WBUF] = 1,
	[SIM_PUB_IBUF] = 3,
	[SIM_PUB_OBUF] = 3,
	[SIM_PUB_BBUF] = 1,
	[SIM_PUB_VMEM] = 15,
	[SIM_PUB_IMM] = 0.5,
	[SIM_PUB_INSMEM] = 2,
	[SIM_PUB_FILTER] = 2,
	[SIM_PUB_IFMAP] = 8 + 3,
	[SIM_PUB_PSUM] = 3 + 4,
	[SIM_PUB_OFMAP] = 1 + 5,
	[SIM_PUB_BIAS] = 0.5,
	[SIM_PUB_DRAM] = 26.5,
	[SIM_PUB_SA_COMPUTE] = 110,
	[SIM_PUB_SA_STALL] = 221,
	[SIM_PUB_SIMD_COMPUTE] = 370,
	[SIM_PUB_SIMD_STALL] = 402,
	[SIM_PUB_CYCLES] = 10000,
	[SIM_PUB_OPS] = 2 * 256 * 100 + 16 * 30,
};

static void columns(void **state)
{
	struct gs_arch arch = *gs_arch_default(); /* 16 x 16 */
	double got[SIM_PUB_COUNT];

	(void)state;
	arch.wgt_width = 4;
	sim_published_of(&arch, &counts, got);
	for (unsigned c = 0; c < SIM_PUB_COUNT; c++)
		if (got[c] != expected[c])
			fail_msg("%s is %.17g, not %.17g",
				 sim_published_name(c), got[c], expected[c]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(array_cycles),
		cmocka_unit_test(accesses),
		cmocka_unit_test(columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
