/* SPDX-License-Identifier: MIT */
/*
 * timing-check: the timing model on many programs.
 *
 *	timing-check [--seed N] [--programs N] [VECTORS]
 *
 * Random programs on machines of several shapes, then the vectors below the
 * folder VECTORS: what is counted equals what the machine counts, every cycle
 * is accounted for, no block is faster than its resources allow, and better
 * machines are not slower. Prints TAP.
 */
#include <inttypes.h>

#include "tests/lockstep/lockstep.h"
#include "tests/lockstep/trial.h"
#include "tests/timing/timing_check.h"

static int put_words(struct sim_mem *mem, uint64_t addr, const uint32_t *words,
		     size_t num)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < num; i++) {
		const uint8_t bytes[4] = { (uint8_t)words[i],
					   (uint8_t)(words[i] >> 8),
					   (uint8_t)(words[i] >> 16),
					   (uint8_t)(words[i] >> 24) };

		ret = sim_mem_put(mem, addr + 4 * i, bytes, 4);
	}
	return ret;
}

/* ---- random programs ------------------------------------------------------------ */

static struct gs_arch small_arch(uint32_t lanes)
{
	struct gs_arch arch = *gs_arch_default();

	arch.array_n = arch.array_m = lanes;
	trial_arch(&arch);
	return arch;
}

/* Where memory is what programs wait for. */
static struct gs_arch slow_memory(const struct gs_arch *arch)
{
	struct gs_arch slow = *arch;

	slow.param_channel_bw = slow.ibuf_channel_bw = slow.obuf_channel_bw =
		slow.simd_channel_bw = slow.instr_channel_bw = 64;
	slow.timing.outstanding = 2;
	slow.timing.burst_bytes = 128;
	slow.timing.dram_bw = 80;
	slow.timing.dram_latency = 50;
	slow.timing.request_cycles = 3;
	return slow;
}

/* Returns 1, 0: a program that faults, -1: a property does not hold. */
static int random_program(struct gs_core *core, uint32_t *state, uint64_t *runs)
{
	static struct program program;
	const struct gs_arch *arch = gs_core_arch(core);
	const struct gs_arch slow = slow_memory(arch);
	char name[32];
	struct timed timed = { .name = name,
			       .core = core,
			       .mem = sim_mem_create(),
			       .job = { .encoding = GS_ENC_SYNC_INST,
					.max_work = TRIAL_MAX_WORK } };
	int ret;

	snprintf(name, sizeof(name), "seed %" PRIu32, *state);
	program.num = 0;
	gen_block(&program, arch, state);
	timed.job.entry_words = program.num;
	for (unsigned win = 0; win < GS_WIN_COUNT; win++)
		timed.job.window_base[win] = (uint64_t)win << 32;
	if (!timed.mem || put_words(timed.mem, 0, program.words, program.num))
		return -1;
	ret = timed_run(&timed);
	if (ret == 1 && (!timed_monotonic(&timed, arch, runs) ||
			 !timed_monotonic(&timed, &slow, runs)))
		ret = -1;
	sim_mem_destroy(timed.mem);
	return ret;
}

static bool random_programs(uint32_t lanes, uint32_t *state, uint32_t num)
{
	const struct gs_arch arch = small_arch(lanes);
	struct gs_core *core = gs_core_create(&arch);
	uint64_t runs = 0;
	uint32_t good = 0, tried = 0;
	bool ok = core;

	/* most do not fault */
	while (ok && good < num && tried++ < 8 * num) {
		int ret = random_program(core, state, &runs);

		ok = ret >= 0;
		good += ret > 0;
	}
	printf("# %" PRIu32 " programs of %" PRIu32 "x%" PRIu32 ", %" PRIu64
	       " better machines\n",
	       good, lanes, lanes, runs);
	gs_core_destroy(core);
	return ok && good == num;
}

/* ---- vectors -------------------------------------------------------------------- */

static int run_vector(void *ctx, const struct sim_vector *v)
{
	struct timed timed = { .name = v->name,
			       .core = gs_core_create(&v->arch),
			       .mem = sim_mem_create(),
			       .job = trial_job(v) };
	int ret = -1;

	(void)ctx;
	if (timed.core && timed.mem &&
	    !put_words(timed.mem, v->window_base[GS_WIN_IMEM], v->words,
		       v->num_words) &&
	    !trial_fill(v, timed.mem))
		ret = timed_run(&timed);
	gs_core_destroy(timed.core);
	sim_mem_destroy(timed.mem);
	return ret;
}

static bool all_vectors(const char *dir)
{
	const int good = trial_vectors(dir, run_vector, NULL);

	printf("# %d vectors that do not fault\n", good);
	return good > 0;
}

/* ---- command line --------------------------------------------------------------- */

int main(int argc, char **argv)
{
	struct trial_options options = { .programs = 1000 };
	uint32_t state;

	if (!trial_options(&options, argc, argv))
		return 2;
	state = options.seed;
	tap(random_programs(4, &state, options.programs / 2),
	    "random programs, 4x4");
	tap(random_programs(16, &state, options.programs / 2),
	    "random programs, 16x16");
	if (options.vectors)
		tap(all_vectors(options.vectors), "vectors");
	return tap_end();
}
