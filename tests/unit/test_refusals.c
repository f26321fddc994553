/* SPDX-License-Identifier: MIT */
/*
 * What files and models the front end refuses, one error each: test_front has
 * the usual ones, test_infer those of shape rules.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/compile.h"
#include "tests/unit/front_util.h"

/* ---- the file ------------------------------------------------------------ */

static void test_graph(void **state)
{
	Onnx__SparseTensorProto sparse = ONNX__SPARSE_TENSOR_PROTO__INIT;
	Onnx__SparseTensorProto *list[] = { &sparse };
	struct builder b;

	(void)state;
	small_conv(&b);
	b.graph.n_sparse_initializer = 1;
	b.graph.sparse_initializer = list;
	refuse_built(&b, FUSED, "sparse initializers");
	small_conv(&b);
	b.tensor[0].name = NULL;
	refuse_built(&b, FUSED, "initializer 0 has no name");
	small_conv(&b);
	b.node[0].op_type = NULL;
	refuse_built(&b, FUSED, "node 0 ('n00') has no operator");
	small_conv(&b);
	b.graph.n_output = 0;
	refuse_built(&b, FUSED,
		     "the model has 0 outputs, supported are 1 to 64");
	small_conv(&b);
	b_output(&b, "y", 0, NULL);
	refuse_built(&b, FUSED, "output 'y' is listed twice");
	small_conv(&b);
	b_input(&b, "x", DIMS(1, 2, 4, 4));
	refuse_built(&b, FUSED, "input 'x' is listed twice");
	small_conv(&b);
	b.in[0].name = NULL;
	refuse_built(&b, FUSED, "input 0 of the model has no name");
	small_conv(&b);
	b.in[0].type = NULL;
	refuse_built(&b, FUSED, "input 'x' is not a tensor");
	small_conv(&b);
	b.in[0].type->tensor_type->shape = NULL;
	refuse_built(&b, FUSED, "input 'x' has no shape in the model; give it");
}

static void test_extents(void **state)
{
	struct builder b;

	(void)state;
	small_conv(&b);
	b.in[0].type->tensor_type->shape->dim[0]->dim_value = INT64_MAX;
	refuse_built(&b, FUSED,
		     "tensor 'x': dimension 0 is 9223372036854775807");
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 1, 1, 1, 1, 1, 1));
	b_output(&b, "y", 0, NULL);
	b_node(&b, "Relu", "x", "y");
	refuse_built(&b, FUSED, "tensor 'x' has 7 dimensions, at most 6");
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1 << 30, 1 << 30));
	b_output(&b, "y", 0, NULL);
	b_node(&b, "Relu", "x", "y");
	refuse_built(&b, FUSED,
		     "input 'x': the product of the dimensions is too large");
	small_conv(&b);
	b_weights(&b, "v", DIMS(1, 1, 1, 1, 1, 1, 1));
	refuse_built(&b, FUSED, "initializer 'v' has 7 dimensions, at most 6");
}

static void test_attributes(void **state)
{
	Onnx__NodeProto *node;
	struct builder b;

	(void)state;
	small_conv(&b);
	b_node(&b, "Constant", "", "k");
	refuse_built(
		&b, FUSED,
		"a Constant has one attribute and one output, found 0 and 1");
	small_conv(&b);
	b_attr_string(&b, b_node(&b, "Constant", "", "k"), "value_string", "a");
	refuse_built(&b, FUSED, "attribute 'value_string' is not supported");
	small_conv(&b);
	node = b_node(&b, "Constant", "", "k");
	b_attr_int(&b, node, "value", 0);
	node->attribute[0]->type =
		ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR;
	refuse_built(&b, FUSED,
		     "attribute 'value' of node 'n01' (Constant) has no value");
	small_conv(&b);
	b_attr_int(&b, &b.node[0], "group", 1);
	b.node[0].attribute[0]->name = NULL;
	refuse_built(&b, FUSED, "attribute 0 has no name");
	small_conv(&b);
	b_ints(&b, "s", 1, (const int64_t[]){ 2 });
	node = b_node(&b, "ConstantOfShape", "s", "k");
	b_attr_int(&b, node, "value", 3);
	b_node(&b, "Relu", "k", "q");
	refuse_built(&b, FUSED, "attribute 'value' is not one element");
}

static void test_values(void **state)
{
	static int32_t values[] = { 1, 300 };
	Onnx__TensorProto *t;
	struct builder b;

	(void)state;
	small_conv(&b);
	t = b_ints(&b, "i", 2, (const int64_t[]){ 0, 0 });
	t->has_raw_data = 0;
	t->n_int64_data = 0;
	t->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__UINT8;
	t->n_int32_data = 2;
	t->int32_data = values;
	refuse_built(&b, FUSED,
		     "initializer 'i': value 1 is 300, uint8 holds 0 to 255");
}

/* A field that is no list, a second time */
static void test_field_twice(void **state)
{
	struct gs_graph *g = NULL;
	struct builder b;
	struct log log;
	uint8_t *data, *twice;
	size_t size;

	(void)state;
	small_conv(&b);
	data = b_pack(&b, &size);
	b_fini(&b);
	twice = malloc(2 * size);
	assert_non_null(twice);
	memcpy(twice, data, size);
	memcpy(twice + size, data, size);
	expect_error(gs_import_onnx(twice, 2 * size, NULL, &g, log_init(&log)),
		     &log, "comes a second time");
	free(data);
	free(twice);
}

/* ---- passes -------------------------------------------------------------- */

static void test_passes(void **state)
{
	struct builder b;

	(void)state;
	small_conv(&b);
	b.node[0].n_output = 0;
	b.graph.n_output = 0;
	b_output(&b, "z", 0, NULL);
	b_node(&b, "Relu", "x", "z");
	refuse_built(&b, FUSED, "'n00' (Conv): the node has no output");
	small_conv(&b);
	b_attr_int(&b, b_node(&b, "ReduceMax", "y", "m"), "keepdims", 0);
	b_node(&b, "Clip", "y m", "z");
	refuse_built(&b, FUSED, "limit 'm' must be a constant");
	small_conv(&b);
	b_weights(&b, "k", DIMS(1, 1, 1, 1));
	b_attr_int(&b, b_node(&b, "Cast", "k", "i"), "to", 7);
	b_node(&b, "Gather", "y i", "z");
	refuse_built(&b, FUSED, "the result has 7 dimensions, at most are 6");
	small_conv(&b);
	b_weights(&b, "k", DIMS(70, 4, 3));
	b_ints(&b, "s", 3, (const int64_t[]){ 1, 12, 4 });
	b_node(&b, "Reshape", "y s", "r");
	b_node(&b, "MatMul", "r k", "z");
	refuse_built(&b, FUSED, "'k' makes a batch of 70 products, at most 64");
	small_conv(&b);
	b_node(&b, "Sum", "y - y", "z");
	refuse_built(&b, FUSED, "input 1 is missing");
	small_conv(&b);
	b_attr_int(&b, b_node(&b, "Cast", "y", "i"), "to",
		   ONNX__TENSOR_PROTO__DATA_TYPE__INT8);
	b_weights(&b, "s", 0, NULL);
	b_node(&b, "DequantizeLinear", "i s", "z");
	refuse_built(&b, FUSED, "the values 'i' come from no QuantizeLinear");
}

static void test_batchnorm(void **state)
{
	struct builder b;
	Onnx__TensorProto *var;

	(void)state;
	small_conv(&b);
	b_weights(&b, "s", DIMS(3));
	var = b_weights(&b, "v", DIMS(3));
	memset(var->raw_data.data, 0xc0, var->raw_data.len); /* -6.02 */
	b_node(&b, "BatchNormalization", "y s s s v", "z");
	b.graph.n_output = 0;
	b_output(&b, "z", 0, NULL);
	refuse_built(&b, FUSED, "channel 0: variance + epsilon is -6.02");
}

/* Values of constants that have no 8-bit form; @at: of the first byte that becomes NaN */
static void refuse_constant(const char *op, const char *inputs, unsigned tensor,
			    const char *want)
{
	static const float nan_value = NAN;
	float x[32] = { 1, -1 };
	const struct gs_calib calib = {
		.name = "x", .data = x, .samples = 1, .num_values = 32
	};
	struct gs_graph *g = NULL;
	struct builder b;
	struct log log;
	int ret;

	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 2, 4, 4));
	b_output(&b, "y", 0, NULL);
	b_weights(&b, "w", DIMS(2, 2, 1, 1));
	b_weights(&b, "bias", DIMS(2));
	b_weights(&b, "k", DIMS(4, 4));
	memcpy(b.tensor[tensor].raw_data.data, &nan_value, sizeof(nan_value));
	b_node(&b, op, inputs, "y");
	ret = load_built(&b, FUSED, &g, &log);
	ret = ret ? ret : gs_pass_order(g, &log.diag);
	/* Without ranges of its own: NaN is found at the constant. */
	if (!ret && gs_pass_calibrate(g, &calib, 1, NULL) < 0) {
		unsigned i;

		for (i = 0; i < g->num_tensors; i++) {
			g->tensor[i]->min = -1;
			g->tensor[i]->max = 1;
			g->tensor[i]->has_range = true;
		}
	}
	ret = ret ? ret : gs_pass_quantize(g, &log.diag);
	gs_graph_destroy(g);
	expect_error(ret, &log, want);
}

static void test_not_finite(void **state)
{
	(void)state;
	refuse_constant(
		"Conv", "x w", 0,
		"weights 'w' have a value that is not finite in channel 0");
	refuse_constant(
		"Conv", "x w bias", 1,
		"bias 'bias' has a value that is not finite in channel 0");
	refuse_constant("Add", "x k", 2, "has a value that is not finite");
}

/* ---- quantized models ---------------------------------------------------- */

static void test_weights_that_are_computed(void **state)
{
	struct gs_graph *g = NULL;
	struct builder b;
	struct log log;
	int ret;

	(void)state;
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 2, 4, 4));
	b_input(&b, "w", DIMS(2, 2, 2, 2));
	b_output(&b, "y", 0, NULL);
	b_node(&b, "ConvTranspose", "x w", "y");
	ret = load_built(&b, FUSED, &g, &log);
	ret = ret ? ret : gs_pass_calibrate(g, NULL, 0, NULL);
	ret = ret ? ret : gs_pass_quantize(g, &log.diag);
	gs_graph_destroy(g);
	expect_error(ret, &log, "(ConvTranspose): weights must be constants");
}

/* ---- the way to a model file ------------------------------------------------ */

static void refuse_compile(struct builder *b, enum gs_compile_goal goal,
			   const char *want)
{
	const char *src = getenv("GS_SRC");
	struct gs_compile_opts opts = { 0 };
	struct gs_compiled out;
	struct log log;
	char path[4096];
	uint8_t *data;
	size_t size;
	int ret;

	snprintf(path, sizeof(path), "%s/compiler/codelets", src ? src : ".");
	opts.codelet_dir = path;
	data = b_pack(b, &size);
	b_fini(b);
	ret = gs_compile(data, size, &opts, goal, &out, log_init(&log));
	free(data);
	gs_compile_free(&out);
	expect_error(ret, &log, want);
}

static void test_compile(void **state)
{
	Onnx__NodeProto *node;
	struct builder b;

	(void)state;
	b_init(&b, 19);
	b_input(&b, "x", DIMS(1, 2, 8, 8));
	b_output(&b, "y", 0, NULL);
	node = b_node(&b, "AveragePool", "x", "y");
	b_attr_ints(&b, node, "kernel_shape", DIMS(2, 2));
	b_attr_ints(&b, node, "dilations", DIMS(2, 2));
	refuse_compile(&b, GS_GOAL_QDQ, "no dilations");
	b_init(&b, 18);
	b_input(&b, "x", DIMS(1, 2, 6, 8));
	b_output(&b, "y", 0, NULL);
	b_ints(&b, "s", 2, (const int64_t[]){ 5, 4 });
	node = b_node(&b, "Resize", "x - - s", "y");
	b_attr_ints(&b, node, "axes", DIMS(2, 3));
	b_attr_string(&b, node, "keep_aspect_ratio_policy", "not_smaller");
	refuse_compile(&b, GS_GOAL_QDQ, "no keep_aspect_ratio_policy");
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 2, 4, 4));
	b_output(&b, "y", 0, NULL);
	b_attr_int(&b, b_node(&b, "ReduceMean", "x", "m"), "keepdims", 0);
	b_node(&b, "Hardmax", "m", "e");
	b_node(&b, "TopK", "e", "y");
	refuse_compile(&b, GS_GOAL_MODEL,
		       "2 nodes of the model are not supported:\n"
		       "  node 'n01': Hardmax has no codelet\n"
		       "  node 'n02': TopK has no codelet");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_graph),
		cmocka_unit_test(test_extents),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_field_twice),
		cmocka_unit_test(test_passes),
		cmocka_unit_test(test_batchnorm),
		cmocka_unit_test(test_not_finite),
		cmocka_unit_test(test_weights_that_are_computed),
		cmocka_unit_test(test_compile),
	};

	return cmocka_run_group_tests_name("refusals", tests, NULL, NULL);
}
