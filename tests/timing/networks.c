/* SPDX-License-Identifier: MIT */
/*
 * timing-estimate: the scheduler's estimate of each layer of some networks.
 *
 *	timing-estimate MACHINE NAME.onnx...
 *
 * Compiles them for hw-model/configs/MACHINE.json, calibrated with
 * NAME.calib.npy, samples of its one input as float32. Prints a line for each, and fails where a layer is off
 * by more than 5 %, or layers by more than 1 % in the mean.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/support/npy.h"
#include "tests/timing/estimate.h"

static const char *machine;
static char **paths;

/* The array beside a model, of which the samples are. */
static void read_samples(const char *model, struct gs_npy *npy)
{
	char path[4096], err[256];

	snprintf(path, sizeof(path), "%.*s.calib.npy",
		 (int)(strlen(model) - strlen(".onnx")), model);
	if (gs_npy_read(path, npy, err, sizeof(err)))
		fail_msg("%s", err);
	if (npy->type != GS_NPY_F32 || !npy->rank)
		fail_msg("%s: not samples of float32", path);
}

static int calibrate(void *ctx, const struct gs_graph *graph,
		     const struct gs_calib **calib, size_t *num,
		     struct gs_diag *diag)
{
	static struct gs_calib c;
	const struct gs_npy *npy = ctx;

	(void)diag;
	c = (struct gs_calib){ .name = graph->input[0]->name,
			       .data = npy->data,
			       .samples = (size_t)npy->dim[0],
			       .num_values = npy->elems };
	*calib = &c;
	*num = 1;
	return 0;
}

static void network(const char *path, const struct gs_arch *arch)
{
	struct estimates r = { 0 };
	struct gs_compiled c;
	struct gs_npy npy;
	struct source s;
	struct report text;
	const struct gs_compile_opts opts = { .arch = arch,
					      .codelets = shared_library(),
					      .calibrate = calibrate,
					      .calibrate_ctx = &npy };

	source_read(&s, path);
	read_samples(path, &npy);
	if (gs_compile(s.data, s.size, &opts, GS_GOAL_MODEL, &c,
		       report_init(&text)))
		fail_msg("%s: %s", path, text.text);
	estimates_add(&c, "", &r);
	gs_compile_free(&c);
	gs_npy_free(&npy);
	source_fini(&s);
	estimates_judge(path, &r, 0.01);
}

static void networks(void **state)
{
	struct gs_arch arch;

	(void)state;
	load_arch(machine, &arch);
	for (char **path = paths; *path; path++)
		network(*path, &arch);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(networks) };
	bool ok = argc > 2;

	for (int i = 2; i < argc && ok; i++)
		ok = strlen(argv[i]) > strlen(".onnx");
	if (!ok) {
		fprintf(stderr, "usage: %s MACHINE MODEL.onnx...\n", argv[0]);
		return 2;
	}
	machine = argv[1];
	paths = argv + 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
