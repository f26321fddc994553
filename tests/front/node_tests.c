/* SPDX-License-Identifier: MIT */
/*
 * ONNX's tests of its operators against the float evaluation:
 *
 *	node-tests CODELETS SKIPS [NAME...]
 *
 * All tests, or those named, whose operators the front end evaluates, or a rule
 * of a codelet. Inputs
 * that are parameters become constants of the model, so that folding is tested
 * with it. SKIPS lists tests that cannot pass. Prints TAP.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/codelets/rules.h"
#include "compiler/import/onnx.h"
#include "compiler/passes/eval.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/util.h"
#include "tests/front/node_suite.h"

#define MAX_SKIPS 157 /* the list must not grow */
#define RTOL 1e-5f
#define ATOL 1e-6f

/* A codelet says what the operator means. */
static bool has_meaning(const struct gs_codelet_lib *lib,
			const Onnx__NodeProto *node)
{
	const struct gs_node named = {
		.op = node->op_type,
		.domain = node->domain ? node->domain : "",
	};
	const struct gs_codelet *cl = gs_rules_of(lib, &named);

	return cl && ((cl->rules.shape && cl->rules.num_floats) ||
		      cl->rules.move.kind);
}

static bool evaluated(void *ctx, struct node_test *t)
{
	const Onnx__GraphProto *graph = t->model->graph;
	size_t i;

	for (i = 0; i < graph->n_node; i++) {
		const char *op = graph->node[i]->op_type;

		/* Upsample becomes a Resize. */
		if (!gs_eval_knows(op) && !gs_fold_knows(op) &&
		    strcmp(op, "Constant") && strcmp(op, "Upsample") &&
		    !has_meaning(ctx, graph->node[i]))
			return false;
	}
	return true;
}

static struct gs_graph *import(struct node_test *t, struct gs_diag *diag)
{
	struct gs_graph *graph = NULL;
	uint8_t *data;
	size_t size;

	data = node_pack(t, &size);
	if (!data)
		return NULL;
	gs_import_onnx(data, size, NULL, &graph, diag);
	free(data);
	return graph;
}

static bool close_to(float a, float b)
{
	return a == b || (isnan(a) && isnan(b)) ||
	       fabsf(a - b) <= ATOL + RTOL * fabsf(b);
}

static void compare(struct node_test *t, const struct gs_tensor *tensor,
		    const float *got, const struct node_data *want)
{
	enum gs_dtype type = gs_onnx_elem_type(want->type);
	char a[128], b[128];
	size_t i;

	/* What a codelet compares is 1 and 0. */
	if (type == GS_DT_BOOL && tensor->type == GS_DT_F32)
		type = GS_DT_F32;
	if (!gs_shape_equal(&tensor->shape, &want->shape) ||
	    type != tensor->type) {
		node_why(t, "'%s' is %s %s, expected %s %s", tensor->name,
			 gs_dtype_name(tensor->type),
			 gs_shape_format(&tensor->shape, a, sizeof(a)),
			 gs_dtype_name(gs_onnx_elem_type(want->type)),
			 gs_shape_format(&want->shape, b, sizeof(b)));
		return;
	}
	for (i = 0; i < want->num; i++) {
		if (close_to(got[i], want->value[i]))
			continue;
		node_why(t, "'%s' has %.9g at %zu, expected %.9g", tensor->name,
			 (double)got[i], i, (double)want->value[i]);
		return;
	}
}

static void check_outputs(struct node_test *t, unsigned set,
			  const struct gs_graph *graph,
			  const struct gs_eval *eval)
{
	unsigned i;

	for (i = 0; i < graph->num_outputs; i++) {
		const struct gs_tensor *out = graph->output[i];
		Onnx__TensorProto *proto = node_data_file(t, set, "output", i);
		struct node_data want;

		if (!proto || !node_data_get(proto, &want)) {
			node_why(t, "the expected output cannot be read");
		} else {
			compare(t, out, gs_eval_values(eval, out), &want);
			node_data_free(&want);
		}
		if (proto)
			onnx__tensor_proto__free_unpacked(proto, NULL);
	}
}

static void load_inputs(struct node_test *t, const struct gs_graph *graph,
			const struct gs_eval *eval)
{
	const Onnx__GraphProto *proto = t->model->graph;
	struct node_data in;
	size_t i;

	for (i = 0; i < proto->n_input; i++) {
		const struct gs_tensor *to =
			gs_graph_find_tensor(graph, proto->input[i]->name);

		if (!t->input[i] || !to)
			continue;
		if (!node_data_get(t->input[i], &in) ||
		    in.num != (size_t)gs_shape_elems(&to->shape)) {
			node_why(t, "an input cannot be read");
			return;
		}
		memcpy(gs_eval_data(eval, to), in.value,
		       in.num * sizeof(*in.value));
		node_data_free(&in);
	}
}

static void run_graph(void *ctx, struct node_test *t, unsigned set)
{
	struct gs_diag diag = { .report = node_report, .ctx = t };
	struct gs_graph *graph = import(t, &diag);
	const struct gs_op_rules rules = gs_codelet_rules(ctx);
	struct gs_eval *eval = NULL;

	if (graph)
		graph->rules = &rules;
	if (graph && !gs_pass_shapes(graph, &diag))
		eval = gs_eval_create(graph, &diag);
	if (eval) {
		load_inputs(t, graph, eval);
		gs_eval_run(eval);
		check_outputs(t, set, graph, eval);
	} else {
		node_why(t, "failed without a message");
	}
	gs_eval_destroy(eval);
	gs_graph_destroy(graph);
}

int main(int argc, char **argv)
{
	struct gs_codelet_lib lib = { 0 };
	struct node_suite suite = { .select = evaluated,
				    .run = run_graph,
				    .ctx = &lib,
				    .max_skips = MAX_SKIPS };
	int ret;

	if (argc < 3 || gs_codelet_load_dir(argv[1], &lib, NULL))
		return 2;
	ret = node_suite_run(&suite, argv[2], argv + 3, (size_t)argc - 3);
	gs_codelet_lib_free(&lib);
	if (ret)
		return ret;
	printf("1..%u\n", suite.num);
	return suite.bad ? 1 : 0;
}
