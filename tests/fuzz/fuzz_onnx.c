/* SPDX-License-Identifier: MIT */
/*
 * ONNX files through the reader and the passes; small models to the end. What
 * is accepted has consistent shapes.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/codelets/rules.h"
#include "compiler/emit/qdq_onnx.h"
#include "compiler/import/onnx.h"
#include "compiler/passes/passes.h"

#define MAX_BYTES (256u << 20)
#define MAX_WORK (1 << 19)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct gs_graph *graph)
{
	const struct gs_node *node;
	unsigned i;

	for (i = 0; i < graph->num_tensors; i++) {
		struct gs_tensor *t = graph->tensor[i];

		if (t->id != i || gs_shape_elems(&t->shape) < 0)
			abort();
		if (t->view_of &&
		    gs_shape_elems(&t->shape) !=
			    gs_shape_elems(&gs_tensor_root(t)->shape))
			abort();
	}
	for (node = graph->node; node; node = node->next)
		if (!node->output[0] || node->output[0]->producer != node)
			abort();
}

/* Cheap enough to be evaluated: a conv is results x weights at most. */
static bool is_small(const struct gs_graph *graph)
{
	const struct gs_node *node;
	int64_t work = 0;
	unsigned i;

	for (i = 0; i < graph->num_tensors; i++)
		work += gs_shape_elems(&graph->tensor[i]->shape);
	if (work > MAX_WORK)
		return false;
	for (node = graph->node; node; node = node->next) {
		int64_t out = gs_shape_elems(&node->output[0]->shape), in = 1;

		for (i = 0; i < node->num_inputs; i++)
			if (node->input[i])
				in += gs_shape_elems(&node->input[i]->shape);
		work += out * in;
	}
	return work <= MAX_WORK;
}

/* Ranges and means of one sample */
static int calibrate(struct gs_graph *graph, struct gs_diag *diag)
{
	static float sample[MAX_WORK]; /* an input is smaller, see is_small() */
	struct gs_calib calib[GS_MAX_IO];
	unsigned i;

	for (i = 0; i < MAX_WORK; i++)
		sample[i] = (float)(i * 37 % 64) / 16 - 2;
	for (i = 0; i < graph->num_inputs; i++)
		calib[i] = (struct gs_calib){
			.name = graph->input[i]->name,
			.data = sample,
			.samples = 1,
			.num_values =
				(size_t)gs_shape_elems(&graph->input[i]->shape),
		};
	return gs_pass_calibrate(graph, calib, graph->num_inputs, diag);
}

/* Every second file with data, the others with noise */
static void quantize(struct gs_graph *graph, bool data, struct gs_diag *diag)
{
	uint8_t *buf = NULL;
	size_t size;

	if (!(data ? calibrate(graph, diag) :
		     gs_pass_calibrate(graph, NULL, 0, diag)) &&
	    !(data ? gs_pass_equalize(graph, diag) : 0) &&
	    !gs_pass_parts(graph, diag) && !gs_pass_quantize(graph, diag) &&
	    !gs_emit_qdq_onnx(graph, &buf, &size, diag))
		free(buf);
	else if (!diag->errors)
		abort();
}

/* The same where the file is given away. */
static bool owned_as(const uint8_t *data, size_t size, int want)
{
	void *own = malloc(size ? size : 1);
	const struct gs_import_opts opts = { .max_bytes = MAX_BYTES,
					     .own = &own };
	struct gs_diag diag = { 0 };
	struct gs_graph *graph;
	int ret;

	if (!own)
		return true;
	if (size)
		memcpy(own, data, size);
	ret = gs_import_onnx(own, size, &opts, &graph, &diag);
	gs_graph_destroy(graph);
	free(own);
	/* Memory is counted otherwise. */
	return ret == want || ret == -ENOMEM || want == -ENOMEM;
}

/* Rules that stand in codelets; the fuzzer runs in the top directory. */
static const struct gs_op_rules *all_rules(void)
{
	static struct gs_codelet_lib lib;
	static struct gs_op_rules rules;

	if (!lib.first && gs_codelet_load_dir("compiler/codelets", &lib, NULL))
		abort();
	rules = gs_codelet_rules(&lib);
	return &rules;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct gs_import_opts opts = { .max_bytes = MAX_BYTES };
	struct gs_diag diag = { 0 };
	struct gs_graph *graph;
	int ret;

	ret = gs_import_onnx(data, size, &opts, &graph, &diag);
	if (!ret != !diag.errors || !owned_as(data, size, ret))
		abort();
	if (ret)
		return 0;
	graph->rules = all_rules();
	if (!gs_pass_support(graph, NULL, NULL, &diag) &&
	    !gs_pass_shapes(graph, &diag) && !gs_pass_qdq(graph, &diag) &&
	    !gs_pass_fold(graph, &diag) && !gs_pass_constants(graph, &diag) &&
	    !gs_pass_decompose(graph, &diag) &&
	    !gs_pass_simplify(graph, &diag) && !gs_pass_pads(graph, &diag) &&
	    !gs_pass_dead(graph, &diag) && !gs_pass_cse(graph, &diag) &&
	    !gs_pass_hard(graph, &diag) && !gs_pass_affine(graph, &diag) &&
	    !gs_pass_fuse(graph, &diag) && !gs_pass_order(graph, &diag))
		check(graph);
	else if (!diag.errors)
		abort();
	if (!diag.errors && is_small(graph))
		quantize(graph, size % 2, &diag);
	gs_graph_destroy(graph);
	return 0;
}
