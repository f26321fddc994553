/* SPDX-License-Identifier: MIT */
/*
 * Speed of the executors: a 3x3 convolution, 64 to 64 channels on 28 x 28
 * pixels, on a 16 x 16 array.
 */

#include <time.h>

#include "tests/unit/core_program.h"

#define TILES 8
#define PIXELS 28
#define RUNS 5

struct inner {
	uint32_t num;
	int32_t ibuf, wbuf, obuf; /* strides in rows */
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

static void emit_inner(struct program *program, uint32_t id,
		       const struct inner *loop)
{
	EMIT(program, SA_LOOP_CFG, 0, id, loop->num - 1);
	emit_stride(program, GS_ACC_RD, GS_BUF_IBUF, id, loop->ibuf);
	emit_stride(program, GS_ACC_RD, GS_BUF_WBUF, id, loop->wbuf);
	emit_stride(program, GS_ACC_RD, GS_BUF_OBUF, id, loop->obuf);
	emit_stride(program, GS_ACC_WR, GS_BUF_OBUF, id, loop->obuf);
}

static void build(struct program *program)
{
	const int32_t width = PIXELS + 2, ic = 4, oc = 4;
	const struct inner loops[] = {
		{ 4, 0, 1, 1 }, /* output channels */
		{ 4, 1, oc, 0 }, /* input channels */
		{ 3, ic * width, oc * ic, 0 }, /* kernel rows */
		{ 3, ic, oc * ic * 3, 0 }, /* kernel columns */
		{ PIXELS, ic * width, 0, oc * PIXELS },
		{ PIXELS, ic, 0, oc },
	};

	SA_START(program);
	EMIT(program, SA_LOOP_CFG, 0, 0, TILES - 1);
	EMIT(program, LD_ST, GS_ACC_LD, GS_MEM_BUFFER, GS_BUF_IBUF, 0, 3600);
	EMIT(program, LD_ST, GS_ACC_LD, GS_MEM_BUFFER, GS_BUF_WBUF, 0, 144);
	for (uint32_t i = 0; i < 6; i++)
		emit_inner(program, 7 + i, &loops[i]);
	for (uint32_t i = 1; i < 4; i++) /* of one outer and six inner loops */
		EMIT(program, SA_REDUCTION_LOOP, 32, (i + 6) % 7, GS_RED_INNER,
		     0);
	EMIT(program, LD_ST, GS_ACC_ST, GS_MEM_BUFFER, GS_BUF_OBUF, 0, 12544);
	SA_END(program);
	EMIT(program, BLOCK_END, 1);
}

/* MAC/s, and the output in @out; dies on a fault, which is a defect here. */
static double run(struct gs_core *core, struct memory *memory,
		  const struct program *program, enum gs_executor executor,
		  uint8_t *out)
{
	const struct gs_mem port = memory_port(memory, true);
	struct gs_counters counters = { 0 };
	struct gs_job job = { .encoding = GS_ENC_SYNC_INST,
			      .executor = executor,
			      .entry_words = program->num,
			      .counters = &counters };
	const struct gs_arch *arch = gs_core_arch(core);
	struct gs_fault fault;
	char sentence[256];
	double start, best = 0;

	job.window_base[GS_WIN_OBUF] = MEMORY_SIZE / 2;
	for (int i = 0; i < RUNS; i++) {
		double rate;

		counters = (struct gs_counters){ 0 };
		start = now();
		if (gs_core_run(core, &port, &job, &fault)) {
			gs_fault_format(&fault, sentence, sizeof(sentence));
			printf("%s\n", sentence);
			exit(1);
		}
		rate = (double)counters.mvms * arch->array_n * arch->array_m /
		       (now() - start);
		best = rate > best ? rate : best;
	}
	memcpy(out, memory->bytes + MEMORY_SIZE / 2, MEMORY_SIZE / 2);
	return best;
}

int main(void)
{
	static uint8_t expected[MEMORY_SIZE / 2], out[MEMORY_SIZE / 2];
	struct memory memory = { .bytes = calloc(1, MEMORY_SIZE) };
	struct gs_arch arch = *gs_arch_default();
	static struct program program;
	struct gs_core *core;
	uint32_t seed = 1;
	double reference;

	arch.obuf_depth = 4096;
	core = gs_core_create(&arch);
	if (!core || !memory.bytes)
		return 1;
	build(&program);
	for (uint32_t i = 0; i < MEMORY_SIZE; i++)
		memory.bytes[i] = (uint8_t)xorshift32(&seed);
	memory_put_words(&memory, 0, program.words, program.num);
	reference = run(core, &memory, &program, GS_EXEC_REFERENCE, expected);
	printf("reference executor       %6.2f GMAC/s\n", reference / 1e9);
	for (int i = 0; i <= GS_FAST_VNNI; i++) {
		const char *name = gs_fast_level_name((enum gs_fast_level)i);
		double rate;

		if (!name)
			continue;
		gs_core_set_level(core, (enum gs_fast_level)i);
		rate = run(core, &memory, &program, GS_EXEC_FAST, out);
		printf("fast, %-18s %6.2f GMAC/s, %.1f times the reference%s\n",
		       name, rate / 1e9, rate / reference,
		       memcmp(out, expected, sizeof(out)) ? ": WRONG" : "");
		if (memcmp(out, expected, sizeof(out)))
			return 1;
	}
	gs_core_destroy(core);
	free(memory.bytes);
	return 0;
}
