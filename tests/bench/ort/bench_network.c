/* SPDX-License-Identifier: MIT */
/*
 * How long a compiled model takes, as an application runs it:
 *
 *	bench-network MODEL.gsm DEVICE INPUT.npy THREADS SECONDS
 *
 * The model has one input, of which INPUT.npy is one sample of float32 values.
 * Prints a line of JSON: milliseconds, best and median, and the largest
 * element's index.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "genesys/genesys.h"
#include "runtime/support/npy.h"

#define WARM 3
#define LEAST 5
#define MOST 100000

struct run {
	struct gs_device *dev;
	struct gs_model *model;
	struct gs_npy input;
	struct gs_binding in, out;
	uint32_t threads;
	double seconds;
};

static int fail(const char *what)
{
	fprintf(stderr, "bench-network: %s\n", what);
	return -1;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

static int open_all(struct run *run, char **argv)
{
	struct gs_tensor_info x = { .size = sizeof(x) }, y = x;
	char err[256];

	if (gs_npy_read(argv[3], &run->input, err, sizeof(err)))
		return fail(err);
	if (gs_device_open(argv[2], &run->dev) ||
	    gs_load_model(run->dev, argv[1], NULL, &run->model) ||
	    gs_model_input(run->model, 0, &x) ||
	    gs_model_output(run->model, 0, &y))
		return fail(gs_last_error());
	if (run->input.type != GS_NPY_F32 || run->input.bytes != x.float_bytes)
		return fail("the input is not one sample of float32 values");
	run->in = (struct gs_binding){ .type = GS_FLOAT32,
				       .data = run->input.data,
				       .bytes = x.float_bytes };
	run->out = (struct gs_binding){ .type = GS_FLOAT32,
					.data = calloc(1, y.float_bytes),
					.bytes = y.float_bytes };
	return run->out.data ? 0 : fail("out of memory");
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print(const struct run *run, double *times, size_t num)
{
	const float *scores = run->out.data;
	size_t answer = 0;

	for (size_t i = 1; i < run->out.bytes / sizeof(*scores); i++)
		if (scores[i] > scores[answer])
			answer = i;
	qsort(times, num, sizeof(*times), by_size);
	printf("{\"best\": %.3f, \"median\": %.3f, \"answer\": %zu}\n",
	       1e3 * times[0], 1e3 * times[num / 2], answer);
}

static int measure(struct run *run)
{
	const struct gs_infer_opts opts = { .size = sizeof(opts),
					    .threads = run->threads };
	static double times[MOST];
	double spent = 0;
	size_t num = 0;

	for (int i = 0;
	     i < WARM + LEAST || (spent < run->seconds && num < MOST); i++) {
		const double start = now();

		if (gs_infer(run->model, &run->in, 1, &run->out, 1, &opts,
			     NULL))
			return fail(gs_last_error());
		if (i < WARM)
			continue;
		times[num] = now() - start;
		spent += times[num++];
	}
	print(run, times, num);
	return 0;
}

int main(int argc, char **argv)
{
	struct run run = { .dev = NULL };
	int ret;

	if (argc != 6) {
		fprintf(stderr, "usage: bench-network MODEL.gsm DEVICE "
				"INPUT.npy THREADS SECONDS\n");
		return 2;
	}
	run.threads = (uint32_t)strtoul(argv[4], NULL, 10);
	run.seconds = strtod(argv[5], NULL);
	ret = open_all(&run, argv);
	if (!ret)
		ret = measure(&run);
	free(run.out.data);
	gs_npy_free(&run.input);
	gs_model_free(run.model);
	gs_device_close(run.dev);
	return ret ? 1 : 0;
}
