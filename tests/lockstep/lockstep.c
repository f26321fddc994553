/* SPDX-License-Identifier: MIT */
/*
 * lockstep: thousands of programs on all executors.
 *
 *	lockstep [--seed N] [--programs N] [--threads] [VECTORS]
 *
 * Random programs on machines of several shapes, then changed programs of the
 * vectors below the folder VECTORS, with --threads on two or three threads for
 * a core. Prints TAP: what was run, and for each thing the programs had to meet
 * whether they did; without VECTORS that is not judged.
 */
#include <errno.h>
#include <inttypes.h>

#include "tests/lockstep/lockstep.h"
#include "tests/lockstep/trial.h"

#define MUTANTS 6 /* of each vector */

static bool threads;

/* ---- random programs ------------------------------------------------------------ */

struct shape {
	uint32_t n, m, data, acc;
	enum gs_weight_layout layout;
};

static const struct shape shapes[] = {
	{ 4, 4, 8, 32, GS_WEIGHTS_PUBLISHED },
	{ 8, 8, 8, 32, GS_WEIGHTS_COLUMN },
	{ 16, 16, 8, 32, GS_WEIGHTS_PUBLISHED },
	{ 16, 16, 4, 16, GS_WEIGHTS_COLUMN },
	{ 32, 32, 8, 32, GS_WEIGHTS_PUBLISHED },
	{ 64, 64, 8, 32, GS_WEIGHTS_COLUMN },
};

#define NUM_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static struct gs_arch arch_of(const struct shape *shape)
{
	struct gs_arch arch = *gs_arch_default();

	arch.array_n = shape->n;
	arch.array_m = shape->m;
	arch.data_width = arch.wgt_width = shape->data;
	arch.acc_width = arch.bias_width = shape->acc;
	arch.weight_layout = shape->layout;
	trial_arch(&arch);
	return arch;
}

/* Noise, or zeros, or zeros but for some rows of weights. */
static void fill_chunk(uint8_t *bytes, size_t num, uint32_t *state)
{
	const uint32_t kind = below(state, 4);

	for (size_t i = 0; i < num; i++) {
		uint8_t noise = (uint8_t)xorshift32(state);

		bytes[i] = kind == 3 || (kind == 2 && i % 16 / 4) ? 0 : noise;
	}
}

static int fill_random(const void *ctx, struct sim_mem *mem)
{
	uint32_t state = *(const uint32_t *)ctx;
	static uint8_t bytes[65536];
	int ret = 0;

	for (size_t i = 0; i < sizeof(bytes); i += 4096)
		fill_chunk(bytes + i, 4096, &state);
	for (unsigned win = 1; win < GS_WIN_COUNT && !ret; win++)
		ret = sim_mem_put(mem, (uint64_t)win << 32, bytes,
				  sizeof(bytes));
	return ret;
}

/* Layers; some end early, some store into their own code. */
static void layers(struct program *program, const struct gs_arch *arch,
		   uint32_t *state, struct gs_job *job)
{
	job->entry_words = gen_layers(program, arch, state);
	if (!below(state, 8))
		job->max_work = 1 + below(state, 4096);
	if (!below(state, 8))
		job->window_base[GS_WIN_IMEM] =
			job->window_base[GS_WIN_SIMD] + GEN_STORE_AT;
}

static bool random_programs(const struct shape *shape, uint32_t *state,
			    uint32_t num, struct coverage *coverage)
{
	static struct program program;
	struct gs_arch arch = arch_of(shape);
	struct lockstep lockstep;
	bool ok = !lockstep_init(&lockstep, &arch, threads, coverage);
	char name[64];

	for (uint32_t i = 0; ok && i < num; i++) {
		uint32_t seed = *state;
		struct lockstep_case c = {
			.name = name,
			.words = program.words,
			.job = { .encoding = GS_ENC_SYNC_INST,
				 .max_work = TRIAL_MAX_WORK },
			.fill = fill_random,
			.ctx = &seed,
		};

		snprintf(name, sizeof(name), "seed %" PRIu32, seed);
		program.num = 0;
		for (unsigned win = 0; win < GS_WIN_COUNT; win++)
			c.job.window_base[win] = (uint64_t)win << 32;
		if (i % 3)
			c.job.entry_words = gen_block(&program, &arch, state);
		else
			layers(&program, &arch, state, &c.job);
		c.num_words = program.num;
		if (i % 8 == 0)
			lockstep_noise(&lockstep, seed);
		ok = lockstep_run(&lockstep, &c);
	}
	lockstep_fini(&lockstep);
	return ok;
}

/* ---- changed vectors ------------------------------------------------------------ */

static int fill_vector(const void *ctx, struct sim_mem *mem)
{
	return trial_fill(ctx, mem);
}

static bool run_vector(struct lockstep *lockstep, const struct sim_vector *v,
		       uint32_t *state)
{
	uint32_t *words = malloc(v->num_words * sizeof(*words));
	struct lockstep_case c = {
		.name = v->name,
		.words = words,
		.num_words = v->num_words,
		.job = trial_job(v),
		.fill = fill_vector,
		.ctx = v,
	};
	const uint64_t max_work = c.job.max_work;
	bool ok = words != NULL;

	lockstep_noise(lockstep, *state);
	for (unsigned i = 0; ok && i <= MUTANTS; i++) {
		memcpy(words, v->words, v->num_words * sizeof(*words));
		c.job.max_work = max_work;
		if (i) {
			mutate(words, v->num_words, state);
			if (!below(state, 16))
				c.job.max_work = 1 + below(state, 4096);
		}
		ok = lockstep_run(lockstep, &c);
	}
	free(words);
	return ok;
}

struct changed {
	uint32_t state;
	struct coverage *coverage;
};

static int vector(void *ctx, const struct sim_vector *v)
{
	struct changed *changed = ctx;
	struct lockstep lockstep;
	int ret =
		lockstep_init(&lockstep, &v->arch, threads, changed->coverage);

	/* There are vectors of machines that are none. */
	if (ret)
		return ret == -EINVAL ? 0 : -1;
	ret = run_vector(&lockstep, v, &changed->state) ? 1 : -1;
	lockstep_fini(&lockstep);
	return ret;
}

/* ---- coverage ------------------------------------------------------------------- */

static void need(const char *what, const char *name, uint64_t count)
{
	if (!count)
		tap(false, "%s %s was met", what, name);
}

static void judge_functions(const struct coverage *coverage)
{
	for (unsigned i = 0; i < GS_INSN_COUNT; i++) {
		enum gs_insn_id id = (enum gs_insn_id)i;
		const char *name = gs_isa_desc(id)->mnemonic;

		need("instruction", name, coverage->insns[i]);
		if (gs_simd_fn(id))
			need("on the fast path", name, coverage->fast_words[i]);
	}
	need("on the fast path", "a tile of the array", coverage->fast_tiles);
	need("on the fast path", "a transfer", coverage->fast_transfers);
	need("as a list", "a group of the SIMD unit", coverage->fast_groups);
	need("at once", "a product and its cast", coverage->fast_joined);
	need("on the fast path", "a product without steps of zeros",
	     coverage->fast_sparse);
	if (!threads)
		return;
	need("by several threads", "a product", coverage->fast_shared);
	need("by several machines", "a block", coverage->fast_splits);
	need("by several machines", "an inner loop of a block",
	     coverage->fast_stretches - coverage->fast_splits);
}

static void judge(const struct coverage *coverage)
{
	static const uint32_t widths[] = { 4, 8, 16, 32 };
	const unsigned before = tap_count();
	char name[32];

	judge_functions(coverage);
	for (unsigned i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%u bits", widths[i]);
		need("transfer of", name, coverage->widths[widths[i]]);
	}
	need("machine with", "4-bit data", coverage->arch_data[4]);
	need("machine with", "8-bit data", coverage->arch_data[8]);
	need("machine with", "16-bit sums", coverage->arch_acc[16]);
	need("machine with", "32-bit sums", coverage->arch_acc[32]);
	for (unsigned l = 1; l <= GS_ISA_SIMD_LOOPS; l++) {
		snprintf(name, sizeof(name), "%u levels", l);
		need("nest of", name, coverage->levels[l]);
	}
	for (unsigned f = 0; f < GS_FAULT_COUNT; f++)
		need("outcome", gs_fault_name((enum gs_fault_code)f),
		     coverage->faults[f]);
	for (unsigned ns = GS_NS_OBUF; ns <= GS_NS_IMM; ns++) {
		snprintf(name, sizeof(name), "namespace %u", ns);
		if (ns == GS_NS_IBUF || ns == GS_NS_VMEM1 || ns == GS_NS_VMEM2)
			need("destination", name, coverage->ns[GS_DST][ns]);
		if (ns != GS_NS_IBUF) {
			need("source 1", name, coverage->ns[GS_SRC1][ns]);
			need("source 2", name, coverage->ns[GS_SRC2][ns]);
		}
	}
	if (tap_count() == before)
		tap(true,
		    "every instruction, function, namespace, nest depth, width and fault was met");
	printf("# %" PRIu64 " programs, %" PRIu64 " without a fault\n",
	       coverage->programs, coverage->faults[GS_FAULT_NONE]);
}

/* ---- command line --------------------------------------------------------------- */

int main(int argc, char **argv)
{
	static struct coverage coverage;
	struct trial_options options = { .programs = 3000 };
	struct changed changed = { .coverage = &coverage };

	if (!trial_options(&options, argc, argv))
		return 2;
	threads = options.threads;
	changed.state = options.seed;
	for (unsigned i = 0; i < NUM_SHAPES; i++)
		tap(random_programs(&shapes[i], &changed.state,
				    options.programs / NUM_SHAPES, &coverage),
		    "random programs on %" PRIu32 "x%" PRIu32 ", %" PRIu32
		    "-bit data",
		    shapes[i].n, shapes[i].m, shapes[i].data);
	if (options.vectors) {
		tap(trial_vectors(options.vectors, vector, &changed) > 0,
		    "changed vectors");
		judge(&coverage);
	}
	return tap_end();
}
