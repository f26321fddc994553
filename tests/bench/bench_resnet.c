/* SPDX-License-Identifier: MIT */
/*
 * The convolutions of ResNet-50, compiled for the built-in machine and run by
 * each executor, in multiply-accumulates of the layers (what padding adds is
 * not counted), beside the plain int8 matrix product that the fast executor is
 * made of, on data that fits the first cache.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compiler/compile.h"
#include "hw-model/core/fast.h"
#include "hw-model/timing/timing.h"
#include "runtime/loader/gsm.h"
#include "tests/timing/resnet50.h"

/* So long and so often at least, as the machine may do other things, too. */
#define SECONDS 0.2
#define RUNS 3

#define NUM_EXECUTORS 4 /* reference, and the levels of the fast one */

static const char *executor_name(unsigned e)
{
	return e ? gs_fast_level_name((enum gs_fast_level)(e - 1)) :
		   "reference";
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "bench_resnet: %s\n", what);
	exit(1);
}

/* ---- compiling ------------------------------------------------------------------ */

/* One sample of noise, which all shapes read from. */
static int calibrate(void *ctx, const struct gs_graph *graph,
		     const struct gs_calib **calib, size_t *num,
		     struct gs_diag *diag)
{
	const uint64_t elems =
		(uint64_t)gs_shape_elems(&graph->input[0]->shape);
	struct gs_calib *c = ctx;
	float *data = malloc(elems * sizeof(*data));
	uint32_t x = 1;

	(void)diag;
	if (!data)
		return -1;
	for (uint64_t i = 0; i < elems; i++) {
		x = x * 1664525u + 1013904223u;
		data[i] = (float)(x >> 24) / 64 - 2;
	}
	*c = (struct gs_calib){ .name = graph->input[0]->name,
				.data = data,
				.num_values = elems,
				.samples = 1 };
	*calib = c;
	*num = 1;
	return 0;
}

static void report(void *ctx, enum gs_severity severity, const char *text)
{
	(void)ctx;
	if (severity == GS_DIAG_ERROR)
		fprintf(stderr, "bench_resnet: %s\n", text);
}

static struct gs_gsm *compile(const struct resnet50_conv *s)
{
	struct gs_calib calib = { .data = NULL };
	const struct gs_compile_opts opts = {
		.codelet_dir = "compiler/codelets",
		.calibrate = calibrate,
		.calibrate_ctx = &calib,
	};
	struct gs_diag diag = { .report = report };
	char err[GS_GSM_ERR_SIZE];
	struct gs_compiled c;
	struct gs_gsm *gsm;
	size_t size;
	uint8_t *onnx = resnet50_build(s, false, &size);

	if (!onnx || gs_compile(onnx, size, &opts, GS_GOAL_MODEL, &c, &diag))
		die(s->name);
	if (gs_gsm_read(c.model, c.model_bytes, &gsm, err))
		die(err);
	gs_compile_free(&c);
	free((void *)(uintptr_t)calib.data);
	free(onnx);
	return gsm;
}

/* ---- running -------------------------------------------------------------------- */

/* Code, weights and activations, each a window of its own. */
struct bus {
	uint8_t *data[3];
	uint64_t bytes[3];
};

static void *bus_map(void *ctx, uint64_t addr, size_t size, bool write)
{
	const struct bus *bus = ctx;
	const uint64_t region = addr >> 40, at = addr & ((1ull << 40) - 1);

	(void)write;
	return region < 3 && at <= bus->bytes[region] &&
			       size <= bus->bytes[region] - at ?
		       bus->data[region] + at :
		       NULL;
}

static int bus_read(void *ctx, uint64_t addr, void *dst, size_t size)
{
	(void)ctx, (void)addr, (void)dst, (void)size;
	return -1;
}

static int bus_write(void *ctx, uint64_t addr, const void *src, size_t size)
{
	(void)ctx, (void)addr, (void)src, (void)size;
	return -1;
}

/*
 * The least seconds of a run; the activations afterwards are in bus.
 * @timing: NULL, or observes
 */
static double run(struct gs_core *core, const struct gs_gsm *gsm,
		  struct bus *bus, bool fast, struct gs_timing *timing)
{
	const struct gs_mem mem = { bus, bus_read, bus_write, bus_map };
	struct gs_job job = {
		.window_base = { 0, 1ull << 40, 2ull << 40, 2ull << 40,
				 2ull << 40 },
		.entry = gsm->segment[0].first_word * 4,
		.entry_words = gsm->segment[0].entry_words,
		.encoding = GS_ENC_SYNC_INST,
		.executor = fast ? GS_EXEC_FAST : GS_EXEC_REFERENCE,
		.observe = timing ? gs_timing_observe : NULL,
		.observe_ctx = timing,
	};
	struct gs_fault fault;
	double best = 1e9, spent = 0;

	for (int i = 0; i < (fast ? RUNS : 1) || (fast && spent < SECONDS);
	     i++) {
		double start, seconds;

		gs_core_reset(core); /* as after other layers */
		start = now();
		if (timing)
			gs_timing_reset(timing);
		if (gs_core_run(core, &mem, &job, &fault))
			die("a compiled program faulted");
		seconds = now() - start;
		spent += seconds;
		best = seconds < best ? seconds : best;
	}
	return best;
}

/* Cycles of the layers, weighted, and the seconds it took to know them. */
struct timed {
	double cycles, seconds;
	double alone, observed; /* seconds of the fast executor, with data */
};

static void time_layer(struct gs_core *core, const struct gs_gsm *gsm,
		       struct bus *bus, int times, struct timed *sum)
{
	const struct gs_mem mem = { bus, bus_read, bus_write, bus_map };
	const struct gs_job job = {
		.entry = gsm->segment[0].first_word * 4,
		.entry_words = gsm->segment[0].entry_words,
		.encoding = GS_ENC_SYNC_INST,
	};
	struct gs_timing *timing =
		gs_timing_create(&gsm->arch, GS_TIMING_HARDWARE);
	double best = 1e9, start;
	struct gs_fault fault;

	if (!timing)
		die("out of memory");
	for (int i = 0; i < RUNS; i++) {
		start = now();
		if (gs_timing_run(timing, core, &mem, &job, &fault))
			die("a compiled program faulted without data");
		best = now() - start < best ? now() - start : best;
	}
	sum->seconds += best * times;
	gs_timing_keep_totals(timing, NULL, NULL);
	sum->alone += run(core, gsm, bus, true, NULL) * times;
	sum->observed += run(core, gsm, bus, true, timing) * times;
	sum->cycles += (double)gs_timing_total(timing)->cycles * times;
	gs_timing_destroy(timing);
}

static void fill(struct bus *bus, const struct gs_gsm *gsm)
{
	uint32_t x = 1;

	for (uint64_t i = 0; i < bus->bytes[2]; i++) {
		x = x * 1664525u + 1013904223u;
		bus->data[2][i] = (uint8_t)(x >> 24);
	}
	memcpy(bus->data[2], gsm->simd, gsm->simd_bytes);
}

static void bench(const struct resnet50_conv *s, struct gs_core *core,
		  double *total, struct timed *timed)
{
	struct gs_gsm *gsm = compile(s);
	struct bus bus = {
		{ (uint8_t *)gsm->code, (uint8_t *)(uintptr_t)gsm->param,
		  malloc(gsm->memory_bytes) },
		{ gsm->num_words * 4ull, gsm->param_bytes, gsm->memory_bytes },
	};
	uint8_t *expected = malloc(gsm->memory_bytes);
	const double macs = resnet50_macs(s);

	if (!bus.data[2] || !expected)
		die("out of memory");
	printf("%-16s", s->name);
	for (unsigned e = 0; e < NUM_EXECUTORS; e++) {
		double seconds;

		if (!executor_name(e))
			continue;
		if (e)
			gs_core_set_level(core, (enum gs_fast_level)(e - 1));
		fill(&bus, gsm);
		seconds = run(core, gsm, &bus, e, NULL);
		if (!e)
			memcpy(expected, bus.data[2], gsm->memory_bytes);
		if (memcmp(expected, bus.data[2], gsm->memory_bytes))
			die("executors differ");
		total[e] += seconds * s->times;
		printf(" %13.2f", macs / seconds / 1e9);
	}
	printf("\n");
	fflush(stdout);
	time_layer(core, gsm, &bus, s->times, timed);
	free(expected);
	free(bus.data[2]);
	gs_gsm_free(gsm);
}

/* ---- the plain product ------------------------------------------------------------ */

#define PLAIN_ROWS 36u
#define PLAIN_PIXELS 192u

/* As many columns as it takes at once, sums over 36 rows of the array. */
static double plain(const struct gs_fast_ops *ops, const struct gs_arch *arch)
{
	const unsigned n = arch->array_n, m = arch->array_m;
	const unsigned groups = m < ops->width ? ops->width / m : 1;
	const uint32_t steps_a_row = n / ops->depth;
	const uint32_t num_steps = PLAIN_ROWS * steps_a_row;
	const uint32_t x_bytes = ops->x_bytes ? ops->x_bytes : 1;
	static int32_t out[PLAIN_PIXELS * 2 * GS_MAX_LANES];
	static const int32_t zero[2 * GS_MAX_LANES];
	struct gs_gemm_pixel pixels[PLAIN_PIXELS];
	struct gs_gemm_step *steps = calloc(num_steps, sizeof(*steps));
	uint8_t *x = calloc(PLAIN_PIXELS + PLAIN_ROWS, n * x_bytes);
	uint8_t *w = aligned_alloc(64, PLAIN_ROWS * groups * n * m * 2u);
	const struct gs_gemm gemm = {
		.x = x,
		.w = w,
		.steps = steps,
		.num_steps = num_steps,
		.pixels = pixels,
		.num_pixels = PLAIN_PIXELS,
		.m = m,
		.groups = groups,
		.w_group = (size_t)PLAIN_ROWS * n * m * ops->w_bytes,
		.begin = zero,
		.out = out,
		.out_group = m,
		.wide = true,
	};
	double best = 0;

	if (!x || !w || !steps)
		die("out of memory");
	memset(w, 1, PLAIN_ROWS * groups * n * m * 2u);
	for (uint32_t i = 0; i < num_steps; i++)
		steps[i] = (struct gs_gemm_step){
			i * ops->depth * x_bytes,
			i * ops->depth * m * ops->w_bytes,
		};
	for (uint32_t i = 0; i < PLAIN_PIXELS; i++)
		pixels[i] = (struct gs_gemm_pixel){ i * n * x_bytes,
						    i * groups * m };
	for (int i = 0; i < 400; i++) {
		double start = now(), rate;

		for (int k = 0; k < 50; k++)
			ops->gemm(&gemm);
		rate = 50.0 * n * m * groups * PLAIN_ROWS * PLAIN_PIXELS /
		       (now() - start);
		best = rate > best ? rate : best;
	}
	free(steps);
	free(x);
	free(w);
	return best;
}

int main(void)
{
	const struct gs_arch *arch = gs_arch_default();
	struct gs_core *core = gs_core_create(arch);
	double total[NUM_EXECUTORS] = { 0 }, macs = 0;
	struct timed timed = { 0 };

	if (!core)
		die("out of memory");
	printf("%-16s", "GMAC/s");
	for (unsigned e = 0; e < NUM_EXECUTORS; e++)
		if (executor_name(e))
			printf(" %13s", executor_name(e));
	printf("\n");
	for (size_t i = 0; i < RESNET50_CONVS; i++) {
		const struct resnet50_conv *s = &resnet50_convs[i];

		bench(s, core, total, &timed);
		macs += resnet50_macs(s) * s->times;
	}
	printf("%-16s", "all, weighted");
	for (unsigned e = 0; e < NUM_EXECUTORS; e++)
		if (executor_name(e))
			printf(" %13.2f", macs / total[e] / 1e9);
	printf("\n");
	for (unsigned e = 1; e < NUM_EXECUTORS; e++) {
		double rate;

		if (!executor_name(e))
			continue;
		gs_core_set_level(core, (enum gs_fast_level)(e - 1));
		rate = plain(core->fast->array, arch);
		printf("%s: plain product %.2f GMAC/s, programs reach %.0f %% of it\n",
		       executor_name(e), rate / 1e9,
		       100 * macs / total[e] / rate);
	}
	printf("timing model: %.0f cycles, known in %.2f ms without data\n",
	       timed.cycles, 1e3 * timed.seconds);
	printf("observing the fast executor: %.2f ms instead of %.2f ms\n",
	       1e3 * timed.observed, 1e3 * timed.alone);
	gs_core_destroy(core);
	return 0;
}
