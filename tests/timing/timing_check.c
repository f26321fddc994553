/* SPDX-License-Identifier: MIT */
/*
 * timing-check: the timing model on many programs.
 *
 *	timing-check [--seed N] [--programs N] VECTORS
 *
 * Random programs on machines of several shapes, then the vectors below the
 * folder VECTORS: what is counted equals what the machine counts, every cycle
 * is accounted for, no block is faster than its resources allow, and better
 * machines are not slower. Prints TAP.
 */
#include <dirent.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "hw-model/tools/sim_vector.h"
#include "tests/lockstep/lockstep.h"
#include "tests/timing/timing_check.h"

#define MAX_WORK (UINT64_C(1) << 22)

static unsigned results;
static bool failed;

static void tap(bool ok, const char *what)
{
	failed |= !ok;
	printf("%s %u - %s\n", ok ? "ok" : "not ok", ++results, what);
}

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
	arch.ibuf_depth = 1024;
	arch.wbuf_depth = 256;
	arch.obuf_depth = 1024;
	arch.bbuf_depth = 64;
	arch.vmem_depth = 256;
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
	slow.timing.dram_bw = 128;
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
					.max_work = MAX_WORK } };
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

static int fill(struct sim_mem *mem, const struct sim_vector *v)
{
	int ret = put_words(mem, v->window_base[GS_WIN_IMEM], v->words,
			    v->num_words);

	for (size_t i = 0; !ret && i < v->num_loads; i++)
		ret = sim_mem_put(mem,
				  v->window_base[v->loads[i].win] +
					  v->loads[i].offset,
				  v->loads[i].bytes, v->loads[i].size);
	for (size_t i = 0; !ret && i < v->num_ranges; i++)
		ret = sim_mem_allow(mem, v->ranges[i].base, v->ranges[i].size,
				    v->ranges[i].writable);
	return ret;
}

static int run_vector(const struct sim_vector *v)
{
	struct timed timed = {
		.name = v->name,
		.core = gs_core_create(&v->arch),
		.mem = sim_mem_create(),
		.job = { .entry = v->entry,
			 .encoding = v->encoding,
			 .entry_words =
				 v->chain ? v->entry_words :
					    (uint32_t)sim_vector_block(v, 0),
			 .max_work = v->has_max_work && v->max_work ?
					     v->max_work :
					     MAX_WORK },
	};
	int ret = -1;

	memcpy(timed.job.window_base, v->window_base, sizeof(v->window_base));
	if (timed.core && timed.mem && !fill(timed.mem, v))
		ret = timed_run(&timed);
	gs_core_destroy(timed.core);
	sim_mem_destroy(timed.mem);
	return ret;
}

static int vector(const char *dir)
{
	static const char *const none[] = { NULL };
	char err[SIM_ERR_SIZE];
	struct sim_vector v;
	int ret = -1;

	if (sim_vector_load(dir, none, &v, err))
		ret = v.num_words ? run_vector(&v) : 0;
	else
		printf("# %s\n", err);
	sim_vector_free(&v);
	return ret;
}

static bool all_vectors(const char *dir)
{
	struct dirent **entries;
	int num = scandir(dir, &entries, NULL, alphasort);
	unsigned good = 0;
	bool ok = num > 0;
	char path[512];

	for (int i = 0; i < num; i++) {
		snprintf(path, sizeof(path), "%s/%.200s/vector.json", dir,
			 entries[i]->d_name);
		if (ok && !access(path, R_OK)) {
			int ret;

			*strrchr(path, '/') = 0;
			ret = vector(path);
			ok = ret >= 0;
			good += ret > 0;
		}
		free(entries[i]);
	}
	if (num > 0)
		free(entries);
	printf("# %u vectors that do not fault\n", good);
	return ok && good;
}

/* ---- command line --------------------------------------------------------------- */

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "programs", required_argument, NULL, 'p' },
		{ 0 },
	};
	uint32_t state = 1, programs = 1000;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's')
			state = (uint32_t)strtoul(optarg, NULL, 0) | 1;
		else if (option == 'p')
			programs = (uint32_t)strtoul(optarg, NULL, 0);
		else
			return 2;
	}
	if (optind + 1 != argc) {
		fprintf(stderr, "usage: %s [--seed N] [--programs N] VECTORS\n",
			argv[0]);
		return 2;
	}
	tap(random_programs(4, &state, programs / 2), "random programs, 4x4");
	tap(random_programs(16, &state, programs / 2),
	    "random programs, 16x16");
	tap(all_vectors(argv[optind]), "vectors");
	printf("1..%u\n", results);
	return failed;
}
