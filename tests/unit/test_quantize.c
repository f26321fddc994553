/* SPDX-License-Identifier: MIT */
/* Float evaluation, calibration, quantization and the QDQ model. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/emit/qdq_onnx.h"
#include "tests/unit/front_util.h"

/* Calls @check for every model of tests/models/ops that compiles. */
static void for_each_op(enum stage stage,
			void (*check)(struct gs_graph *graph, const char *name))
{
	const char *const *name;

	for (name = ops_names(); *name; name++) {
		struct gs_graph *graph;

		if (!strcmp(*name, "unsupported_ops"))
			continue;
		graph = load_op(*name, stage);
		check(graph, *name);
		gs_graph_destroy(graph);
	}
}

/* ---- float --------------------------------------------------------------- */

static void eval(const struct gs_graph *graph, const char *name,
		 float *out[GS_MAX_IO])
{
	float *in[GS_MAX_IO];
	struct log log;
	size_t num;
	unsigned i;

	for (i = 0; i < graph->num_inputs; i++)
		in[i] = load_values(graph, name, graph->input[i], "in", &num);
	for (i = 0; i < graph->num_outputs; i++) {
		num = (size_t)gs_shape_elems(&graph->output[i]->shape);
		out[i] = calloc(num, sizeof(float));
	}
	assert_int_equal(gs_float_eval(graph, (const float *const *)in, out,
				       log_init(&log)),
			 0);
	for (i = 0; i < graph->num_inputs; i++)
		free(in[i]);
}

/* As onnxruntime answers */
static void check_answers(struct gs_graph *graph, const char *name)
{
	float *out[GS_MAX_IO];
	unsigned i;

	eval(graph, name, out);
	for (i = 0; i < graph->num_outputs; i++) {
		size_t num, k;
		float *want = load_values(graph, name, graph->output[i],
					  "expect", &num);

		for (k = 0; k < num; k++)
			if (!(fabsf(out[i][k] - want[k]) <=
			      1e-4f * fmaxf(1.0f, fabsf(want[k]))))
				fail_msg("%s: %s[%zu] is %g, expected %g", name,
					 graph->output[i]->name, k,
					 (double)out[i][k], (double)want[k]);
		free(want);
		free(out[i]);
	}
}

static void test_float_raw(void **state)
{
	(void)state;
	for_each_op(SHAPED, check_answers);
}

static void test_float_fused(void **state)
{
	(void)state;
	for_each_op(FUSED, check_answers);
}

/* The folded model against the model as it was imported */
static void check_folded(const char *name)
{
	struct gs_graph *raw = load_op(name, SHAPED);
	struct gs_graph *folded = load_op(name, FUSED);
	float *a[GS_MAX_IO], *b[GS_MAX_IO];
	const struct gs_node *n;
	int64_t i;

	for (n = folded->node; n; n = n->next)
		assert_string_not_equal(n->op, "BatchNormalization");
	eval(raw, name, a);
	eval(folded, name, b);
	for (i = 0; i < gs_shape_elems(&raw->output[0]->shape); i++)
		assert_true(fabsf(a[0][i] - b[0][i]) <= 1e-5f);
	free(a[0]);
	free(b[0]);
	gs_graph_destroy(raw);
	gs_graph_destroy(folded);
}

static void test_batchnorm_folded(void **state)
{
	(void)state;
	check_folded("conv_bn_relu");
	check_folded("residual_block");
	check_folded("residual_downsample");
}

/* ---- calibration --------------------------------------------------------- */

static void test_calibrate_noise(void **state)
{
	struct gs_graph *a = load_op("conv_relu_pool", FUSED);
	struct gs_graph *b = load_op("conv_relu_pool", FUSED);
	struct log log;
	unsigned i;

	(void)state;
	assert_int_equal(gs_pass_calibrate(a, NULL, 0, log_init(&log)), 0);
	assert_int_equal(log.warnings, 1);
	assert_non_null(strstr(log.text, "no calibration data"));
	assert_int_equal(gs_pass_calibrate(b, NULL, 0, log_init(&log)), 0);
	for (i = 0; i < a->num_tensors; i++) {
		assert_true(a->tensor[i]->min == b->tensor[i]->min);
		assert_true(a->tensor[i]->max == b->tensor[i]->max);
	}
	assert_true(a->input[0]->min == 0.0f && a->input[0]->max < 1.0f);
	gs_graph_destroy(a);
	gs_graph_destroy(b);
}

static void test_calibrate_errors(void **state)
{
	struct gs_graph *g = load_op("add_inputs", FUSED);
	const size_t elems = 12 * 7 * 9;
	float *data = calloc(2 * elems, sizeof(*data));
	struct gs_calib calib[2] = { { .name = "a",
				       .data = data,
				       .samples = 2,
				       .num_values = 2 * elems },
				     { .name = "b",
				       .data = data,
				       .samples = 2,
				       .num_values = 2 * elems } };
	struct log log;

	(void)state;
	assert_int_equal(gs_pass_calibrate(g, calib, 1, log_init(&log)),
			 -EINVAL);
	assert_non_null(strstr(log.text, "input 'b'"));
	calib[1].samples = 1;
	calib[1].num_values = elems;
	assert_int_equal(gs_pass_calibrate(g, calib, 2, log_init(&log)),
			 -EINVAL);
	assert_non_null(strstr(log.text, "has 1 samples"));
	calib[1].samples = 3;
	assert_int_equal(gs_pass_calibrate(g, calib, 2, log_init(&log)),
			 -EINVAL);
	calib[1] = (struct gs_calib){
		.name = "c", .data = data, .samples = 2, .num_values = 2 * elems
	};
	assert_int_equal(gs_pass_calibrate(g, calib, 2, log_init(&log)),
			 -EINVAL);
	assert_non_null(strstr(log.text, "'c'"));
	calib[1].name = "b";
	data[elems + 5] = NAN;
	assert_int_equal(gs_pass_calibrate(g, calib, 2, log_init(&log)), -EDOM);
	assert_non_null(
		strstr(log.text, "'a' takes a value that is not finite"));
	assert_non_null(strstr(log.text, "sample 1"));
	free(data);
	gs_graph_destroy(g);
}

/* ---- quantization -------------------------------------------------------- */

static void check_activation(const struct gs_tensor *t, const char *name)
{
	const struct gs_quant *q = &t->quant;
	double low, high, scale;

	if (!q->valid || q->type != GS_DT_I8 || q->num_scales != 1)
		fail_msg("%s: '%s' is not quantized", name, t->name);
	scale = (double)q->scale[0];
	assert_true(scale > 0.0);
	assert_true(q->zero_point >= -128 && q->zero_point <= 127);
	low = scale * (-128 - q->zero_point);
	high = scale * (127 - q->zero_point);
	/* These have a scale of their own. */
	if (t->producer &&
	    strstr("Softmax Sigmoid HardSigmoid Tanh", t->producer->op))
		return;
	assert_true(low <= (double)t->min + scale);
	assert_true(high >= (double)t->max - scale);
}

static void check_weights(const struct gs_tensor *w)
{
	int64_t each = gs_shape_elems(&w->shape) / w->shape.dim[0], c, i;
	const int8_t *q = w->qdata;
	const float *real = w->data;

	assert_int_equal(w->quant.type, GS_DT_I8);
	assert_int_equal(w->quant.axis, 0);
	assert_int_equal(w->quant.zero_point, 0);
	assert_int_equal(w->quant.num_scales, w->shape.dim[0]);
	for (c = 0; c < w->shape.dim[0]; c++) {
		float scale = w->quant.scale[c];
		int most = 0;

		for (i = c * each; i < (c + 1) * each; i++) {
			most = abs(q[i]) > most ? abs(q[i]) : most;
			assert_true(fabsf(real[i] - scale * (float)q[i]) <=
				    0.5001f * scale);
		}
		assert_int_equal(most, 127);
	}
}

static void check_bias(const struct gs_node *node)
{
	const struct gs_tensor *b = node->input[2], *w = node->input[1];
	const struct gs_tensor *x = gs_tensor_root(node->input[0]);
	unsigned c;

	assert_int_equal(b->quant.type, GS_DT_I32);
	for (c = 0; c < b->quant.num_scales; c++) {
		float scale = x->quant.scale[0] * w->quant.scale[c];

		assert_true(b->quant.scale[c] == scale);
		assert_true(
			fabs((double)((const float *)b->data)[c] -
			     (double)scale * ((const int32_t *)b->qdata)[c]) <=
			0.5001 * (double)scale);
	}
}

static void check_quantized(struct gs_graph *graph, const char *name)
{
	const struct gs_node *n;
	unsigned i;

	quantize_op(graph, name);
	for (i = 0; i < graph->num_tensors; i++)
		if (!graph->tensor[i]->data)
			check_activation(graph->tensor[i], name);
	for (n = graph->node; n; n = n->next) {
		const struct gs_quant *in, *out = &n->output[0]->quant;

		in = &gs_tensor_root(n->input[0])->quant;
		if (n->activation == GS_ACT_RELU || !strcmp(n->op, "Relu"))
			assert_int_equal(out->zero_point, -128);
		if (!strcmp(n->op, "MaxPool"))
			assert_ptr_equal(out->scale, in->scale);
		if (!strcmp(n->op, "Softmax"))
			assert_true(out->scale[0] == 1.0f / 256.0f &&
				    out->zero_point == -128);
		if (strcmp(n->op, "Conv") && strcmp(n->op, "Gemm") &&
		    strcmp(n->op, "MatMul"))
			continue;
		check_weights(n->input[1]);
		if (n->num_inputs > 2)
			check_bias(n);
	}
}

static void test_quantize_all(void **state)
{
	(void)state;
	for_each_op(FUSED, check_quantized);
}

/* x -> Add k -> Add c -> y: k is one value a channel and stays, c gets int8. */
static void test_quantize_operand(void **state)
{
	static const int64_t dims[] = { 1, 4, 5, 4 }, channels[] = { 4, 1, 1 };
	static const int64_t columns[] = { 1, 4 };
	struct gs_graph *g;
	struct builder b;
	struct log log;
	const int8_t *q;

	(void)state;
	b_init(&b, 13);
	b_input(&b, "x", 4, dims);
	b_output(&b, "y", 4, dims);
	b_weights(&b, "k", 3, channels);
	b_weights(&b, "c", 2, columns);
	b_node(&b, "Add", "x k", "t");
	b_node(&b, "Add", "c t", "y");
	g = built(&b, FUSED);
	assert_int_equal(gs_pass_calibrate(g, NULL, 0, log_init(&log)), 0);
	assert_int_equal(gs_pass_quantize(g, &log.diag), 0);
	/* one rank for all, constants second */
	assert_int_equal(g->node->input[1]->shape.rank, 4);
	assert_null(g->node->input[1]->qdata);
	assert_int_equal(g->node->next->input[1]->shape.rank, 4);
	/* -0.08 to -0.05, and 0: all of it below zero */
	assert_int_equal(g->node->next->input[1]->quant.zero_point, 127);
	q = g->node->next->input[1]->qdata;
	assert_int_equal(q[0], -128);
	gs_graph_destroy(g);
}

/* The lowest of 256 steps around zero point 0 is used, too. */
static void test_quantize_operand_low(void **state)
{
	static const int64_t dims[] = { 1, 4, 2, 2 }, columns[] = { 2, 2 };
	static float values[] = { -128, 127, 0, 1 };
	Onnx__TensorProto *c;
	struct gs_graph *g;
	struct builder b;
	struct log log;
	const int8_t *q;

	(void)state;
	b_init(&b, 13);
	b_input(&b, "x", 4, dims);
	b_output(&b, "y", 4, dims);
	c = b_weights(&b, "c", 2, columns);
	c->raw_data.data = (uint8_t *)values;
	b_node(&b, "Add", "x c", "y");
	g = built(&b, FUSED);
	assert_int_equal(gs_pass_calibrate(g, NULL, 0, log_init(&log)), 0);
	assert_int_equal(gs_pass_quantize(g, &log.diag), 0);
	assert_int_equal(g->node->input[1]->quant.zero_point, 0);
	q = g->node->input[1]->qdata;
	assert_int_equal(q[0], -128);
	assert_int_equal(q[1], 127);
	gs_graph_destroy(g);
}

/* A bias that two convolutions with different inputs share is quantized twice. */
static void test_quantize_shared(void **state)
{
	static const int64_t dims[] = { 1, 4, 5, 5 }, w[] = { 4, 4, 1, 1 };
	static const int64_t channels[] = { 4 };
	struct gs_graph *g;
	struct gs_node *first, *second;
	struct builder b;
	struct log log;

	(void)state;
	b_init(&b, 13);
	b_input(&b, "x", 4, dims);
	b_output(&b, "y", 4, dims);
	b_weights(&b, "w", 4, w);
	b_weights(&b, "c", 1, channels);
	b_node(&b, "Conv", "x w c", "t");
	b_node(&b, "Conv", "t w c", "y");
	g = built(&b, FUSED);
	assert_int_equal(gs_pass_calibrate(g, NULL, 0, log_init(&log)), 0);
	assert_int_equal(gs_pass_quantize(g, &log.diag), 0);
	first = g->node;
	second = first->next;
	assert_ptr_equal(first->input[1], second->input[1]);
	assert_ptr_not_equal(first->input[2], second->input[2]);
	check_bias(first);
	check_bias(second);
	gs_graph_destroy(g);
}

/* Channels without weights, or with next to none, keep their bias. */
static void test_quantize_dead_channels(void **state)
{
	static const int64_t dims[] = { 1, 2, 4, 4 }, w[] = { 3, 2, 1, 1 };
	static const int64_t channels[] = { 3 };
	static const float weights[] = { 0, 0, 1e-15f, 0, 0.5f, -0.25f };
	static const float bias[] = { 0.3f, 0.4f, 0.1f };
	struct gs_graph *g;
	struct builder b;
	struct log log;
	unsigned c;

	(void)state;
	b_init(&b, 13);
	b_input(&b, "x", 4, dims);
	b_output(&b, "y", 0, NULL);
	memcpy(b_weights(&b, "w", 4, w)->raw_data.data, weights,
	       sizeof(weights));
	memcpy(b_weights(&b, "c", 1, channels)->raw_data.data, bias,
	       sizeof(bias));
	b_node(&b, "Conv", "x w c", "y");
	g = built(&b, FUSED);
	assert_int_equal(gs_pass_calibrate(g, NULL, 0, log_init(&log)), 0);
	assert_int_equal(gs_pass_quantize(g, log_init(&log)), 0);
	assert_int_equal(log.warnings, 1);
	for (c = 0; c < 3; c++) {
		const struct gs_tensor *t = g->node->input[2];
		int32_t q = ((const int32_t *)t->qdata)[c];

		assert_true(abs(q) <= 1 << 30);
		assert_true(fabsf(t->quant.scale[c] * (float)q - bias[c]) <
			    1e-3f);
	}
	gs_graph_destroy(g);
}

static void test_quantize_errors(void **state)
{
	struct gs_graph *g = load_op("relu", FUSED);
	struct log log;

	(void)state;
	assert_int_equal(gs_pass_quantize(g, log_init(&log)), -EINVAL);
	assert_non_null(strstr(log.text, "'x' has no range"));
	gs_pass_calibrate(g, NULL, 0, &log.diag);
	g->output[0]->max = INFINITY;
	g->input[0]->max = 0.0f; /* nothing but zero: any scale will do */
	assert_int_equal(gs_pass_quantize(g, log_init(&log)), 0);
	assert_true(g->input[0]->quant.scale[0] == 1.0f);
	/* What is quantized already stays. */
	g->input[0]->max = INFINITY;
	assert_int_equal(gs_pass_quantize(g, log_init(&log)), 0);
	assert_true(g->input[0]->quant.scale[0] == 1.0f);
	g->input[0]->quant.valid = false;
	assert_int_equal(gs_pass_quantize(g, log_init(&log)), -EDOM);
	assert_non_null(strstr(log.text, "'x'"));
	gs_graph_destroy(g);
}

/* ---- QDQ ----------------------------------------------------------------- */

static bool has_quantized(const Onnx__ModelProto *model, const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < model->graph->n_node; i++) {
		const Onnx__NodeProto *n = model->graph->node[i];

		if (!strcmp(n->op_type, "QuantizeLinear") &&
		    !strncmp(n->output[0], name, len) &&
		    !strcmp(n->output[0] + len, "_q"))
			return true;
	}
	return false;
}

/* Every activation has its T_q, and the bytes are the same each time. */
static void check_qdq(struct gs_graph *graph, const char *name)
{
	uint8_t *a, *b;
	size_t size_a, size_b;
	struct log log;
	Onnx__ModelProto *model;
	unsigned i;

	quantize_op(graph, name);
	assert_int_equal(gs_emit_qdq_onnx(graph, &a, &size_a, log_init(&log)),
			 0);
	assert_int_equal(gs_emit_qdq_onnx(graph, &b, &size_b, &log.diag), 0);
	assert_int_equal(size_a, size_b);
	assert_memory_equal(a, b, size_a);
	model = onnx__model_proto__unpack(NULL, size_a, a);
	assert_non_null(model);
	for (i = 0; i < graph->num_tensors; i++)
		if (!graph->tensor[i]->data &&
		    !has_quantized(model, graph->tensor[i]->name))
			fail_msg("%s: no %s_q", name, graph->tensor[i]->name);
	for (i = 0; i < graph->num_outputs; i++)
		assert_string_equal(model->graph->output[i]->name,
				    graph->output[i]->name);
	onnx__model_proto__free_unpacked(model, NULL);
	free(a);
	free(b);
}

static void test_qdq_all(void **state)
{
	(void)state;
	for_each_op(FUSED, check_qdq);
}

static void test_qdq_errors(void **state)
{
	static const int64_t dims[] = { 1, 4 };
	struct gs_graph *g = load_op("relu", FUSED);
	struct builder b;
	struct log log;
	uint8_t *buf;
	size_t size;

	(void)state;
	assert_int_equal(gs_emit_qdq_onnx(g, &buf, &size, log_init(&log)),
			 -EINVAL);
	assert_null(buf);
	assert_non_null(strstr(log.text, "'x' is not quantized"));
	gs_graph_destroy(g);

	b_init(&b, 13);
	b_input(&b, "x", 2, dims);
	b_output(&b, "x_q", 2, dims);
	b_node(&b, "Softmax", "x", "x_q");
	g = built(&b, FUSED);
	assert_int_equal(gs_pass_calibrate(g, NULL, 0, log_init(&log)), 0);
	assert_int_equal(gs_pass_quantize(g, &log.diag), 0);
	assert_int_equal(gs_emit_qdq_onnx(g, &buf, &size, log_init(&log)),
			 -EEXIST);
	assert_non_null(strstr(
		log.text, "the name 'x_q' is needed twice in the QDQ model"));
	gs_graph_destroy(g);
}

/* ---- memory -------------------------------------------------------------- */

/* All of the front end in @limit bytes: 0, or -ENOMEM with one error */
static int within(const uint8_t *data, size_t size, size_t limit)
{
	const struct gs_import_opts opts = { .max_bytes = limit };
	struct gs_graph *g;
	struct log log;
	int ret;

	ret = gs_import_onnx(data, size, &opts, &g, log_init(&log));
	if (!ret)
		ret = run_passes(g, FUSED, &log.diag);
	if (!ret)
		ret = gs_pass_calibrate(g, NULL, 0, &log.diag);
	if (!ret)
		ret = gs_pass_quantize(g, &log.diag);
	gs_graph_destroy(g);
	if (ret) {
		assert_int_equal(ret, -ENOMEM);
		assert_int_equal(log.diag.errors, 1);
		assert_non_null(strstr(log.text, "out of memory"));
	}
	return ret;
}

static void check_limits(const char *name)
{
	size_t size, limit = 64, failures = 0;
	uint8_t *data = read_file(ops_path(name, ".onnx"), &size);

	while (within(data, size, limit) && failures < 5000) {
		failures++;
		limit += 48;
	}
	assert_in_range(failures, 20, 4999);
	free(data);
}

static void test_out_of_memory(void **state)
{
	(void)state;
	check_limits("conv_bn_relu");
	check_limits("shape_chain_gemm");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_float_raw),
		cmocka_unit_test(test_float_fused),
		cmocka_unit_test(test_batchnorm_folded),
		cmocka_unit_test(test_calibrate_noise),
		cmocka_unit_test(test_calibrate_errors),
		cmocka_unit_test(test_quantize_all),
		cmocka_unit_test(test_quantize_operand),
		cmocka_unit_test(test_quantize_operand_low),
		cmocka_unit_test(test_quantize_shared),
		cmocka_unit_test(test_quantize_dead_channels),
		cmocka_unit_test(test_quantize_errors),
		cmocka_unit_test(test_qdq_all),
		cmocka_unit_test(test_qdq_errors),
		cmocka_unit_test(test_out_of_memory),
	};

	return cmocka_run_group_tests_name("quantize", tests, NULL, NULL);
}
