/* SPDX-License-Identifier: MIT */
/* The ONNX reader, shapes and refusals. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/front_util.h"

/* ---- models -------------------------------------------------------------- */

static void test_import_all(void **state)
{
	const char *const *name;

	(void)state;
	for (name = ops_names(); *name; name++) {
		struct gs_graph *g = load_op(*name, IMPORTED);

		assert_true(g->num_inputs > 0 && g->num_outputs > 0);
		assert_int_equal(g->opset, 13);
		gs_graph_destroy(g);
	}
}

static void test_lenet(void **state)
{
	struct gs_graph *g =
		load_file(ops_path("/fashion_lenet", ".onnx"), FUSED);
	const struct gs_shape image = { 4, { 1, 1, 28, 28 } };
	const char *ops = "";
	const struct gs_node *n;
	char seen[256] = "";

	(void)state;
	for (n = g->node; n; n = n->next) {
		size_t used = strlen(seen);

		snprintf(seen + used, sizeof(seen) - used, "%s%s ", n->op,
			 n->activation == GS_ACT_RELU ? "+" : "");
	}
	ops = "Conv+ MaxPool Conv+ MaxPool Gemm+ Gemm Softmax ";
	assert_string_equal(seen, ops);
	assert_string_equal(g->meta[1].key, "input.mean");
	assert_string_equal(g->meta[0].key, "labels");
	assert_int_equal(g->num_meta, 4);
	assert_true(gs_shape_equal(&g->input[0]->shape, &image));
	gs_graph_destroy(g);
}

/* Shapes of outputs are compared with the model's by the pass itself. */
static void test_shapes_all(void **state)
{
	const char *const *name;

	(void)state;
	for (name = ops_names(); *name; name++) {
		const struct gs_node *n;
		struct gs_graph *g;
		unsigned i;

		if (!strcmp(*name, "unsupported_ops"))
			continue;
		g = load_op(*name, FUSED);
		for (i = 0; i < g->num_tensors; i++) {
			assert_int_equal(g->tensor[i]->id, i);
			assert_true(gs_shape_elems(&g->tensor[i]->shape) > 0);
		}
		for (n = g->node; n; n = n->next)
			assert_ptr_equal(n->output[0]->producer, n);
		gs_graph_destroy(g);
	}
}

/* A shape computed by Shape, Gather, Unsqueeze and Concat is a constant. */
static void test_computed_shape(void **state)
{
	struct gs_graph *g;
	struct builder b;

	(void)state;
	b_init(&b, 11);
	b_input(&b, "x", DIMS(2, 3, 4, 4));
	b_output(&b, "y", DIMS(2, 48));
	b_node(&b, "Shape", "x", "s");
	b_ints(&b, "zero", 1, (const int64_t[]){ 0 });
	b_node(&b, "Gather", "s zero", "batch");
	b_ints(&b, "rest", 1, (const int64_t[]){ -1 });
	b_node(&b, "Concat", "batch rest", "to");
	b_attr_int(&b, &b.node[2], "axis", 0);
	b_node(&b, "Reshape", "x to", "r");
	b_node(&b, "Relu", "r", "y");
	g = built(&b, SIMPLE);
	assert_int_equal(g->num_tensors, 3);
	assert_string_equal(g->node->op, "Relu");
	assert_ptr_equal(g->node->input[0]->view_of, g->input[0]);
	gs_graph_destroy(g);
}

/* After the pass a Gemm has B [OC, K], C [OC], and neither alpha nor beta. */
static void test_gemm_normalized(void **state)
{
	struct gs_graph *g;
	struct gs_attr alpha = { .name = "alpha",
				 .kind = GS_ATTR_FLOAT,
				 .f = 0.5f };
	struct builder b;
	struct log log;
	const float *w;

	(void)state;
	b_init(&b, 13);
	b_input(&b, "x", DIMS(2, 3));
	b_output(&b, "y", DIMS(2, 4));
	b_weights(&b, "w", DIMS(3, 4));
	b_weights(&b, "c", DIMS(1, 1));
	b_node(&b, "Gemm", "x w c", "y");
	g = built(&b, SHAPED);
	assert_int_equal(gs_node_set_attr(g, g->node, &alpha), 0);
	assert_int_equal(gs_pass_constants(g, log_init(&log)), 0);
	assert_int_equal(g->node->input[1]->shape.dim[0], 4);
	assert_int_equal(g->node->input[1]->shape.dim[1], 3);
	assert_int_equal(g->node->input[2]->shape.rank, 1);
	assert_int_equal(g->node->input[2]->shape.dim[0], 4);
	assert_int_equal(gs_node_attr_int(g->node, "transB", 0), 1);
	assert_null(gs_node_attr(g->node, "alpha"));
	w = g->node->input[1]->data;
	/* b[1][2] of [3, 4] is element 6: 0.01 x (6 - 8) */
	assert_true(w[2 * 3 + 1] == 0.5f * (0.01f * -2.0f));
	gs_graph_destroy(g);
}

static void test_views_and_fusion(void **state)
{
	struct gs_graph *g = load_op("shape_chain", FUSED);

	(void)state;
	assert_null(g->node);
	assert_ptr_equal(g->output[0]->view_of, g->input[0]);
	gs_graph_destroy(g);

	/* The conv's result is a graph output behind Relu: Relu fuses. */
	g = load_op("output_also_consumed", FUSED);
	assert_int_equal(g->node->activation, GS_ACT_RELU);
	assert_string_equal(g->node->output[0]->name, "features");
	assert_string_equal(g->node->fused, "relu_1");
	gs_graph_destroy(g);
}

/* Relu of a value that is an output itself must not change that value. */
static void test_no_fusion_into_output(void **state)
{
	struct gs_graph *g;
	struct builder b;

	(void)state;
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 2, 4, 4));
	b_output(&b, "c", DIMS(1, 3, 4, 4));
	b_output(&b, "y", DIMS(1, 3, 4, 4));
	b_weights(&b, "w", DIMS(3, 2, 1, 1));
	b_node(&b, "Conv", "x w", "c");
	b_node(&b, "Relu", "c", "y");
	g = built(&b, FUSED);
	assert_int_equal(g->node->activation, GS_ACT_NONE);
	assert_string_equal(g->node->next->op, "Relu");
	gs_graph_destroy(g);
}

static void test_fusion_across_view(void **state)
{
	struct gs_graph *g;
	struct builder b;

	(void)state;
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 2, 4, 4));
	b_output(&b, "y", DIMS(1, 48));
	b_weights(&b, "w", DIMS(3, 2, 1, 1));
	b_node(&b, "Conv", "x w", "c");
	b_node(&b, "Flatten", "c", "f");
	b_node(&b, "Relu", "f", "y");
	g = built(&b, FUSED);
	assert_int_equal(g->node->activation, GS_ACT_RELU);
	assert_null(g->node->next);
	assert_ptr_equal(g->output[0]->view_of, g->node->output[0]);
	assert_int_equal(g->node->output[0]->shape.rank, 4);
	gs_graph_destroy(g);
}

/* Nodes out of order are sorted; an optional input may be left out. */
static void test_import_sorts(void **state)
{
	struct gs_graph *g;
	struct builder b;

	(void)state;
	b_init(&b, 13);
	b_input(&b, "x", DIMS(1, 2, 4, 4));
	b_output(&b, "y", DIMS(1, 3, 4, 4));
	b_weights(&b, "w", DIMS(3, 2, 1, 1));
	b_node(&b, "Relu", "c", "y");
	b_node(&b, "Conv", "x w -", "c");
	g = built(&b, SHAPED);
	assert_string_equal(g->node->op, "Conv");
	gs_graph_destroy(g);
}

/* ---- refusals ------------------------------------------------------------ */

static void test_truncated(void **state)
{
	const char *path = ops_path("/fashion_lenet", ".onnx");
	size_t size, part;
	uint8_t *data = read_file(path, &size);

	(void)state;
	for (part = 0; part < 16; part++) {
		size_t cut = size * part / 16;
		uint8_t *copy = malloc(cut + 1);
		struct gs_graph *g;
		struct log log;
		int ret;

		/* exactly that many bytes, so that reading on is seen */
		memcpy(copy, data, cut);
		copy = realloc(copy, cut ? cut : 1);
		ret = gs_import_onnx(copy, cut, NULL, &g, log_init(&log));
		assert_null(g);
		expect_error(ret, &log, part ? "truncated" : "empty");
		free(copy);
	}
	free(data);
}

static void test_random_bytes(void **state)
{
	uint64_t seed = 1;
	unsigned round;

	(void)state;
	for (round = 0; round < 2000; round++) {
		uint8_t data[256];
		struct gs_graph *g;
		struct log log;
		size_t i;
		int ret;

		for (i = 0; i < sizeof(data); i++) {
			seed = seed * 6364136223846793005u +
			       1442695040888963407u;
			data[i] = (uint8_t)(seed >> 56);
		}
		ret = gs_import_onnx(data, sizeof(data), NULL, &g,
				     log_init(&log));
		assert_true(ret < 0);
		assert_null(g);
		assert_int_equal(log.diag.errors, 1);
	}
}

/* Graphs in attributes of nodes of graphs, deeper than any stack */
static void test_deep_nesting(void **state)
{
	enum { LEVELS = 20000 };
	/* graph, node, attribute and its graph: fields 7, 1, 5 and 6 */
	static const uint8_t tags[] = { 0x0a, 0x2a, 0x32 };
	size_t cap = LEVELS * 8, at = cap, inner;
	uint8_t *data = malloc(cap);
	struct gs_graph *g;
	struct log log;
	int i;

	(void)state;
	for (i = 0; i < LEVELS; i++) {
		inner = cap - at;
		/* three-byte length, then the tag, in front of what is there */
		data[--at] = (uint8_t)(inner >> 14 & 0x7f);
		data[--at] = (uint8_t)(inner >> 7 & 0x7f) | 0x80;
		data[--at] = (uint8_t)(inner & 0x7f) | 0x80;
		data[--at] = i == LEVELS - 1 ? 0x3a :
					       tags[(LEVELS - 2 - i) % 3];
	}
	expect_error(gs_import_onnx(data + at, cap - at, NULL, &g,
				    log_init(&log)),
		     &log, "nested more than 32 deep");
	free(data);
}

static void same_tensors(const struct gs_graph *a, const struct gs_graph *b)
{
	unsigned i;

	assert_int_equal(a->num_tensors, b->num_tensors);
	for (i = 0; i < a->num_tensors; i++) {
		const struct gs_tensor *t = a->tensor[i], *u = b->tensor[i];

		assert_string_equal(t->name, u->name);
		assert_true(gs_shape_equal(&t->shape, &u->shape));
		assert_int_equal(!t->data, !u->data);
		if (t->data)
			assert_memory_equal(t->data, u->data,
					    (size_t)gs_shape_elems(&t->shape) *
						    gs_dtype_size(t->type));
	}
}

/* Large weights stay in a file that is given away, where they are aligned. */
static void test_owned(void **state)
{
	static const char *const file[] = { "tests/models/fashion_lenet.onnx",
					    "tests/models/ops/relu.onnx" };
	size_t size;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		uint8_t *data = read_file(file[i], &size);
		void *own = data;
		const struct gs_import_opts opts = { .own = &own };
		struct gs_graph *copied, *kept;
		unsigned inside = 0;
		struct log log;

		assert_int_equal(gs_import_onnx(data, size, NULL, &copied,
						log_init(&log)),
				 0);
		assert_int_equal(gs_import_onnx(data, size, &opts, &kept,
						log_init(&log)),
				 0);
		same_tensors(copied, kept);
		for (unsigned t = 0; t < kept->num_tensors; t++) {
			const uintptr_t at = (uintptr_t)kept->tensor[t]->data;

			if (at - (uintptr_t)data >= size)
				continue;
			inside++;
			assert_int_equal(at % 16, 0);
		}
		assert_int_equal(!own, i == 0);
		assert_int_equal(!inside, i == 1);
		gs_graph_destroy(copied);
		gs_graph_destroy(kept);
		free(own);
	}
}

/* Values are changed in place where one node alone has them. */
static void test_take_floats(void **state)
{
	const struct gs_shape shape = { 1, { 1 << 16 } }, half = { 1, { 9 } };
	struct gs_graph *g = gs_graph_create();
	struct gs_tensor *w = gs_graph_add_tensor(g, "w", GS_DT_F32, &shape);
	struct gs_tensor *part = gs_graph_add_tensor(g, "p", GS_DT_F32, &half);
	struct gs_node *node = gs_graph_add_node(g, "n", "Add");
	float *data = gs_graph_alloc(g, sizeof(*data) << 16);

	(void)state;
	assert_non_null(data);
	w->data = data;
	gs_node_set_input(node, 0, w);
	gs_node_set_input(node, 1, w);
	assert_null(gs_graph_take_floats(g, w)); /* two uses */
	gs_node_set_input(node, 1, part);
	part->data = data + 100;
	assert_null(gs_graph_take_floats(g, w)); /* a part of it is another's */
	assert_null(gs_graph_take_floats(g, part)); /* small */
	part->data = NULL;
	part->view_of = w;
	assert_null(gs_graph_take_floats(g, w));
	part->view_of = NULL;
	assert_ptr_equal(gs_graph_take_floats(g, w), data);
	assert_null(w->data);
	assert_null(gs_graph_take_floats(g, w));
	gs_graph_destroy(g);
}

static void test_symbolic(void **state)
{
	const struct gs_shape_override shapes[] = {
		{ "x", { 2, { 1, 21 } } },
		{ "z", { 2, { 1, 20 } } },
		{ "x", { 2, { 0, 20 } } },
	};
	static const char *const want[] = { "declares ?x20", "input 'z'",
					    "dimension 0 must be" };
	size_t size, i;
	uint8_t *data = read_file(ops_path("symbolic_batch", ".onnx"), &size);
	struct gs_graph *g;
	struct log log;

	(void)state;
	expect_error(gs_import_onnx(data, size, NULL, &g, log_init(&log)), &log,
		     "dimension 0 (N) is symbolic");
	assert_non_null(strstr(log.text, "--shape x=1x20"));
	for (i = 0; i < 3; i++) {
		struct gs_shape_override both[2] = { shapes[1], shapes[i] };
		struct gs_import_opts opts = { .shape = both, .num_shapes = 2 };

		both[0].input = "x";
		both[0].shape.dim[0] = 1;
		if (i != 1) {
			both[0] = shapes[i];
			opts.num_shapes = 1;
		}
		expect_error(gs_import_onnx(data, size, &opts, &g,
					    log_init(&log)),
			     &log, want[i]);
	}
	free(data);
}

static void test_unsupported_list(void **state)
{
	struct gs_graph *g = load_op("unsupported_ops", IMPORTED);
	struct log log;
	int ret = gs_pass_support(g, NULL, NULL, log_init(&log));

	(void)state;
	expect_error(ret, &log, "3 nodes of the model are not supported");
	assert_non_null(strstr(log.text, "'hardmax_0': Hardmax"));
	assert_non_null(strstr(log.text, "'topk_1': TopK"));
	assert_non_null(strstr(log.text, "'lstm_3': LSTM"));
	assert_null(strstr(log.text, "reshape_2"));
	gs_graph_destroy(g);
}

static bool only_conv(void *ctx, const char *op)
{
	(void)ctx;
	return !strcmp(op, "Conv");
}

/* The codelet library decides, except for what passes remove. */
static void test_support_asks(void **state)
{
	struct gs_graph *g = load_op("conv_bn_relu", IMPORTED);
	struct log log;

	(void)state;
	expect_error(gs_pass_support(g, only_conv, NULL, log_init(&log)), &log,
		     "1 node of the model is not supported");
	assert_non_null(strstr(log.text, "'relu_2': Relu has no codelet"));
	gs_graph_destroy(g);
}

static void test_subgraph_and_domain(void **state)
{
	Onnx__GraphProto sub = ONNX__GRAPH_PROTO__INIT;
	struct gs_graph *g = NULL;
	Onnx__NodeProto *node;
	struct builder b;
	struct log log;

	(void)state;
	small_conv(&b);
	node = b_node(&b, "If", "y", "z");
	b_attr_int(&b, node, "then_branch", 0);
	node->attribute[0]->type = ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH;
	node->attribute[0]->g = &sub;
	node = b_node(&b, "Magic", "z", "q");
	node->domain = (char[]){ "com.example" };
	expect_error(load_built(&b, SHAPED, &g, &log), &log,
		     "'n01': If holds a subgraph");
	assert_non_null(strstr(log.text, "com.example.Magic"));
	gs_graph_destroy(g);
}

static void test_refuse_model(void **state)
{
	char many[2 * GS_MAX_IO + 2];
	struct builder b;
	size_t i;

	(void)state;
	small_conv(&b);
	b.model.graph = NULL;
	refuse_built(&b, FUSED, "no graph");
	small_conv(&b);
	b.opset.version = 6;
	refuse_built(&b, FUSED, "operator set 6, supported are 7 to 22");
	small_conv(&b);
	b.opset.version = 23;
	refuse_built(&b, FUSED, "operator set 23");
	small_conv(&b);
	b.model.n_opset_import = 0;
	refuse_built(&b, FUSED, "opset_import");
	small_conv(&b);
	b.graph.n_node = 0;
	refuse_built(&b, FUSED, "no nodes");
	small_conv(&b);
	for (i = 0; i < GS_MAX_IO; i++)
		b_input(&b, (char[]){ 'a', (char)('0' + i), 0 },
			DIMS(1, 2, 4, 4));
	refuse_built(&b, FUSED, "more than 64 inputs");
	small_conv(&b);
	memset(many, ' ', sizeof(many));
	for (i = 0; i <= GS_MAX_IO; i++)
		many[2 * i] = 'x';
	many[2 * GS_MAX_IO + 1] = 0;
	b_node(&b, "Concat", many, "z");
	refuse_built(&b, FUSED, "'n01' (Concat): 65 inputs");
	small_conv(&b);
	b_output(&b, "none", 0, NULL);
	refuse_built(&b, FUSED, "output 'none'");
}

static void test_refuse_graph(void **state)
{
	struct builder b;

	(void)state;
	small_conv(&b);
	b_node(&b, "Relu", "missing", "z");
	refuse_built(&b, FUSED, "'missing', which nothing defines");
	small_conv(&b);
	b_node(&b, "Relu", "x", "y");
	refuse_built(&b, FUSED, "tensor 'y' is defined twice");
	small_conv(&b);
	b_node(&b, "Relu", "b", "a");
	b_node(&b, "Relu", "a", "b");
	refuse_built(&b, FUSED, "cycle");
	small_conv(&b);
	b_attr_int(&b, &b.node[0], "group", 1);
	b_attr_int(&b, &b.node[0], "group", 1);
	refuse_built(&b, FUSED, "'group' is given twice");
	small_conv(&b);
	b.out[0].type->tensor_type->shape->dim[1]->dim_value = 4;
	refuse_built(&b, FUSED,
		     "declared 1x4x4x4 in the model, its inputs give 1x3x4x4");
	small_conv(&b);
	b.in[0].type->tensor_type->elem_type = 10;
	refuse_built(&b, FUSED, "float16");
}

static void test_refuse_tensor(void **state)
{
	Onnx__StringStringEntryProto where =
		ONNX__STRING_STRING_ENTRY_PROTO__INIT;
	Onnx__StringStringEntryProto *list[] = { &where };
	struct builder b;

	(void)state;
	small_conv(&b);
	b.tensor[0].raw_data.len -= 4;
	refuse_built(
		&b, FUSED,
		"'w': raw_data holds 20 bytes, the shape and type take 24");
	small_conv(&b);
	b.tensor[0].dims[0] = -3;
	refuse_built(&b, FUSED, "dimension 0 is -3");
	small_conv(&b);
	b.tensor[0].dims[0] = INT64_MAX;
	refuse_built(&b, FUSED, "too large");
	small_conv(&b);
	b.tensor[0].dims[0] = (int64_t)1 << 38;
	refuse_built(&b, FUSED, "raw_data holds 24 bytes");
	small_conv(&b);
	b.tensor[0].data_type = 11;
	refuse_built(&b, FUSED, "elements of type float64");
	small_conv(&b);
	where.key = (char[]){ "location" };
	where.value = (char[]){ "weights.bin" };
	b.tensor[0].n_external_data = 1;
	b.tensor[0].external_data = list;
	refuse_built(&b, FUSED, "outside the model, in file 'weights.bin'");
	small_conv(&b);
	b_ints(&b, "i", 2, (const int64_t[]){ 1, 2 })->dims[0] = 3;
	refuse_built(&b, FUSED, "fewer values than the 3");
}

static void test_refuse_dims(void **state)
{
	struct builder b;

	(void)state;
	small_conv(&b);
	b.in[0].type->tensor_type->shape->dim[1]->dim_value = 5;
	refuse_built(&b, FUSED, "input 'x' has 5 channels");
	small_conv(&b);
	b_weights(&b, "bias", DIMS(4));
	b.node[0].input[b.node[0].n_input++] = (char[]){ "bias" };
	refuse_built(&b, FUSED, "input 'bias' is 4, expected are 3 values");
	small_conv(&b);
	b_weights(&b, "m", DIMS(5, 3));
	b_node(&b, "Gemm", "y m", "z");
	refuse_built(&b, FUSED,
		     "input 'y' is 1x3x4x4 (4 dimensions), expected are 2");
	small_conv(&b);
	b_ints(&b, "s", 2, (const int64_t[]){ 7, -1 });
	b_node(&b, "Reshape", "y s", "z");
	refuse_built(&b, FUSED,
		     "shape (7, -1) does not divide the 48 elements");
	small_conv(&b);
	b_node(&b, "Gemm", "z z", "q");
	b_node(&b, "Flatten", "y", "z");
	b_attr_int(&b, &b.node[1], "transA", 1);
	refuse_built(&b, FUSED, "'n01' (Gemm): weights 'z' must be a constant");
	small_conv(&b);
	b_node(&b, "MatMul", "y y", "z");
	refuse_built(&b, FUSED, "right-hand matrix 'y' must be a constant");
	small_conv(&b);
	b_weights(&b, "m", DIMS(3, 3));
	b_attr_int(&b, b_node(&b, "MatMul", "m m", "z"), "transB", 1);
	refuse_built(&b, FUSED, "'n01' (MatMul): all inputs are constants");
	small_conv(&b);
	b_node(&b, "MaxPool", "y", "z");
	refuse_built(&b, FUSED, "'kernel_shape' is missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_import_all),
		cmocka_unit_test(test_lenet),
		cmocka_unit_test(test_shapes_all),
		cmocka_unit_test(test_computed_shape),
		cmocka_unit_test(test_gemm_normalized),
		cmocka_unit_test(test_views_and_fusion),
		cmocka_unit_test(test_no_fusion_into_output),
		cmocka_unit_test(test_fusion_across_view),
		cmocka_unit_test(test_import_sorts),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_deep_nesting),
		cmocka_unit_test(test_owned),
		cmocka_unit_test(test_take_floats),
		cmocka_unit_test(test_symbolic),
		cmocka_unit_test(test_unsupported_list),
		cmocka_unit_test(test_support_asks),
		cmocka_unit_test(test_subgraph_and_domain),
		cmocka_unit_test(test_refuse_model),
		cmocka_unit_test(test_refuse_graph),
		cmocka_unit_test(test_refuse_tensor),
		cmocka_unit_test(test_refuse_dims),
	};

	return cmocka_run_group_tests_name("front", tests, NULL, NULL);
}
