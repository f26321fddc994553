/* SPDX-License-Identifier: MIT */
/*
 * The float evaluation of a model, with the rules that stand in codelets:
 *
 *	float-eval CODELETS MODEL.onnx [-s NAME=1x3x48x192]... NAME=INPUT.npy... OUTDIR
 *
 * writes each output as float32 to OUTDIR/0.npy, 1.npy, ... and prints
 * "NAME SHAPE SECONDS" for each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compiler/codelets/rules.h"
#include "compiler/import/onnx.h"
#include "compiler/passes/eval.h"
#include "compiler/passes/passes.h"
#include "hw-model/isa/file.h"
#include "runtime/support/npy.h"

#define MAX_ARGS GS_MAX_IO

struct args {
	const char *codelets, *model, *outdir;
	struct gs_shape_override shape[MAX_ARGS];
	const char *input[MAX_ARGS]; /* NAME=FILE */
	size_t num_shapes, num_inputs;
};

static void say(void *ctx, enum gs_severity severity, const char *text)
{
	(void)ctx;
	(void)severity;
	fprintf(stderr, "float-eval: %s\n", text);
}

/* "NAME=1x2x3"; the name is cut off where it stands */
static int parse_shape(char *text, struct gs_shape_override *out)
{
	char *at = strrchr(text, '=');

	if (!at)
		return -1;
	*at++ = 0;
	out->input = text;
	for (out->shape.rank = 0; *at && out->shape.rank < GS_MAX_RANK;
	     at += *at == 'x')
		out->shape.dim[out->shape.rank++] = strtoll(at, &at, 10);
	return *at ? -1 : 0;
}

static int parse(int argc, char **argv, struct args *args)
{
	int i;

	if (argc < 5)
		return -1;
	args->codelets = argv[1];
	args->model = argv[2];
	args->outdir = argv[argc - 1];
	for (i = 3; i < argc - 1; i++) {
		if (args->num_shapes == MAX_ARGS ||
		    args->num_inputs == MAX_ARGS)
			return -1;
		if (strcmp(argv[i], "-s")) {
			args->input[args->num_inputs++] = argv[i];
			continue;
		}
		if (++i == argc - 1 ||
		    parse_shape(argv[i], &args->shape[args->num_shapes++]))
			return -1;
	}
	return 0;
}

static int load_input(const struct args *args, const struct gs_tensor *t,
		      float *to)
{
	size_t elems = (size_t)gs_shape_elems(&t->shape), i, k;
	size_t len = strlen(t->name);
	struct gs_npy npy;
	char err[512];

	for (i = 0; i < args->num_inputs; i++) {
		const char *arg = args->input[i];

		if (strncmp(arg, t->name, len) || arg[len] != '=')
			continue;
		if (gs_npy_read(arg + len + 1, &npy, err, sizeof(err))) {
			say(NULL, GS_DIAG_ERROR, err);
			return -1;
		}
		for (k = 0; k < elems && npy.elems == elems; k++)
			to[k] = (float)gs_npy_get(&npy, k);
		gs_npy_free(&npy);
		if (k == elems)
			return 0;
	}
	fprintf(stderr, "float-eval: no %zu values for input '%s'\n", elems,
		t->name);
	return -1;
}

static int write_output(const struct args *args, unsigned index,
			const struct gs_tensor *t, const float *values)
{
	struct gs_npy npy = { .type = GS_NPY_F32, .rank = t->shape.rank };
	char path[4096], err[512];
	int ret;

	npy.data = malloc((size_t)gs_shape_elems(&t->shape) * sizeof(float));
	if (!npy.data)
		return -1;
	memcpy(npy.data, values,
	       (size_t)gs_shape_elems(&t->shape) * sizeof(float));
	memcpy(npy.dim, t->shape.dim, t->shape.rank * sizeof(*npy.dim));
	snprintf(path, sizeof(path), "%s/%u.npy", args->outdir, index);
	ret = gs_npy_write(path, &npy, err, sizeof(err));
	if (ret)
		say(NULL, GS_DIAG_ERROR, err);
	free(npy.data);
	return ret;
}

static int run(const struct args *args, const struct gs_graph *graph,
	       struct gs_diag *diag)
{
	struct gs_eval *eval = gs_eval_create(graph, diag);
	struct timespec a, b;
	char buf[128];
	unsigned i;
	int ret = eval ? 0 : -1;

	for (i = 0; i < graph->num_inputs && !ret; i++)
		ret = load_input(args, graph->input[i],
				 gs_eval_data(eval, graph->input[i]));
	clock_gettime(CLOCK_MONOTONIC, &a);
	if (!ret)
		gs_eval_run(eval);
	clock_gettime(CLOCK_MONOTONIC, &b);
	for (i = 0; i < graph->num_outputs && !ret; i++) {
		const struct gs_tensor *t = graph->output[i];

		printf("%s %s %.3f\n", t->name,
		       gs_shape_format(&t->shape, buf, sizeof(buf)),
		       (double)(b.tv_sec - a.tv_sec) +
			       (double)(b.tv_nsec - a.tv_nsec) * 1e-9);
		ret = write_output(args, i, t, gs_eval_values(eval, t));
	}
	gs_eval_destroy(eval);
	return ret;
}

int main(int argc, char **argv)
{
	struct gs_diag diag = { .report = say };
	struct gs_import_opts opts = { 0 };
	struct gs_graph *graph = NULL;
	struct gs_codelet_lib lib = { 0 };
	struct gs_op_rules rules;
	struct args args = { 0 };
	size_t size;
	char *data;
	int ret;

	if (parse(argc, argv, &args)) {
		fputs("usage: float-eval CODELETS MODEL.onnx [-s NAME=SHAPE]... NAME=INPUT.npy... OUTDIR\n",
		      stderr);
		return 2;
	}
	if (gs_file_read(args.model, SIZE_MAX, &data, &size)) {
		fprintf(stderr, "float-eval: cannot read %s\n", args.model);
		return 1;
	}
	opts.shape = args.shape;
	opts.num_shapes = args.num_shapes;
	ret = gs_codelet_load_dir(args.codelets, &lib, &diag);
	if (!ret)
		ret = gs_import_onnx(data, size, &opts, &graph, &diag);
	free(data);
	rules = gs_codelet_rules(&lib);
	if (!ret)
		graph->rules = &rules;
	if (!ret)
		ret = gs_pass_shapes(graph, &diag);
	if (!ret)
		ret = run(&args, graph, &diag);
	gs_graph_destroy(graph);
	gs_codelet_lib_free(&lib);
	return ret ? 1 : 0;
}
