/* SPDX-License-Identifier: MIT */
/*
 * Time to compile fashion_lenet, calibrated on 256 pictures, and peak memory,
 * as ratios to what they are for: one pass over the calibration pictures in
 * float, and the size of the ONNX file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "compiler/compile.h"
#include "hw-model/isa/file.h"
#include "runtime/support/npy.h"

#define RUNS 9
#define MODEL "tests/models/fashion_lenet.onnx"
#define SAMPLES "tests/models/fashion_calib_256.npy"

struct bench {
	struct gs_calib calib;
	double calibrate_ms; /**< of the calibration pass alone */
	double mark;
};

static void report(void *ctx, enum gs_severity severity, const char *text)
{
	(void)ctx;
	(void)severity;
	fprintf(stderr, "bench_compile: %s\n", text);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static int calibrate(void *ctx, const struct gs_graph *graph,
		     const struct gs_calib **calib, size_t *num,
		     struct gs_diag *diag)
{
	struct bench *b = ctx;

	(void)diag;
	b->calib.name = graph->input[0]->name;
	*calib = &b->calib;
	*num = 1;
	return 0;
}

static void after_pass(void *ctx, const char *pass, struct gs_graph *graph,
		       struct gs_bound_node *first)
{
	struct bench *b = ctx;

	(void)graph;
	(void)first;
	if (!strcmp(pass, "calibrate"))
		b->calibrate_ms = now_ms() - b->mark;
	b->mark = now_ms();
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int load_samples(struct bench *b)
{
	char err[256];
	struct gs_npy npy;
	float *data;
	size_t i;

	if (gs_npy_read(SAMPLES, &npy, err, sizeof(err))) {
		fprintf(stderr, "bench_compile: %s\n", err);
		return 1;
	}
	data = malloc(npy.elems * sizeof(*data));
	for (i = 0; data && i < npy.elems; i++)
		data[i] = (float)(gs_npy_get(&npy, i) / 255);
	b->calib.data = data;
	b->calib.num_values = npy.elems;
	b->calib.samples = npy.elems / (28 * 28);
	gs_npy_free(&npy);
	return !data;
}

int main(void)
{
	struct bench b = { 0 };
	const struct gs_compile_opts opts = {
		.codelet_dir = "compiler/codelets",
		.calibrate = calibrate,
		.calibrate_ctx = &b,
		.after_pass = after_pass,
		.after_pass_ctx = &b,
	};
	struct gs_diag diag = { .report = report };
	double total[RUNS], rest[RUNS];
	struct rusage usage;
	char *onnx;
	size_t size;
	int i;

	if (load_samples(&b) ||
	    gs_file_read(MODEL, (size_t)1 << 30, &onnx, &size))
		return 1;
	for (i = 0; i < RUNS; i++) {
		struct gs_compiled c;

		b.mark = total[i] = now_ms();
		if (gs_compile(onnx, size, &opts, GS_GOAL_MODEL, &c, &diag))
			return 1;
		total[i] = now_ms() - total[i];
		rest[i] = total[i] - b.calibrate_ms;
		gs_compile_free(&c);
	}
	getrusage(RUSAGE_SELF, &usage);
	qsort(total, RUNS, sizeof(*total), by_value);
	qsort(rest, RUNS, sizeof(*rest), by_value);
	printf("compile fashion_lenet: median %.0f ms of cpu time, %.0f ms without calibration (%zu pictures)\n",
	       total[RUNS / 2], rest[RUNS / 2], b.calib.samples);
	printf("compile fashion_lenet: peak memory %.1f MiB, %.0f times the ONNX file\n",
	       (double)usage.ru_maxrss / 1024,
	       (double)usage.ru_maxrss * 1024 / (double)size);
	free((void *)(uintptr_t)b.calib.data);
	free(onnx);
	return 0;
}
