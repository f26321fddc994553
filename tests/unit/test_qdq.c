/* SPDX-License-Identifier: MIT */
/* Import of models that are quantized already. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "tests/unit/front_util.h"

#define INT8 ONNX__TENSOR_PROTO__DATA_TYPE__INT8
#define UINT8 ONNX__TENSOR_PROTO__DATA_TYPE__UINT8

static void add_float(struct builder *b, const char *name, float value)
{
	memcpy(b_weights(b, name, 0, NULL)->raw_data.data, &value,
	       sizeof(value));
}

static void add_bytes(struct builder *b, const char *name, int type, size_t num,
		      const void *values)
{
	const int64_t dims[] = { (int64_t)num, 1, 1, 1 };
	Onnx__TensorProto *t = b_weights(b, name, num > 1 ? 4 : 0, dims);

	t->data_type = type;
	t->raw_data.len = num;
	memcpy(t->raw_data.data, values, num);
}

/* Scales "s" 0.5, "s2" 0.25, "neg" -1; zero points "z" 0 and "z3" 3 of int8, "u" 0 and "u128" of uint8 */
static void start(struct builder *b)
{
	b_init(b, 13);
	b_input(b, "x", DIMS(1, 1, 4, 4));
	b_output(b, "y", 0, NULL);
	add_float(b, "s", 0.5f);
	add_float(b, "s2", 0.25f);
	add_float(b, "neg", -1.0f);
	add_bytes(b, "z", INT8, 1, "\0");
	add_bytes(b, "z3", INT8, 1, "\3");
	add_bytes(b, "u", UINT8, 1, "\0");
	add_bytes(b, "u128", UINT8, 1, "\200");
}

/* @out = DequantizeLinear(QuantizeLinear(@in)); @steps: scale and zero point */
static void pair(struct builder *b, const char *in, const char *steps,
		 const char *out)
{
	char text[64], name[32];

	snprintf(name, sizeof(name), "%s_%s_q", in, out);
	snprintf(text, sizeof(text), "%s %s", in, steps);
	b_node(b, "QuantizeLinear", text, name);
	snprintf(text, sizeof(text), "%s %s", name, steps);
	b_node(b, "DequantizeLinear", text, out);
}

static void assert_quant(const struct gs_tensor *t, float scale, int zero)
{
	assert_true(t->quant.valid);
	assert_true(t->quant.scale[0] == scale);
	assert_int_equal(t->quant.zero_point, zero);
}

/* ---- activations --------------------------------------------------------- */

static void test_pairs(void **state)
{
	struct gs_graph *g;
	struct builder b;
	struct log log;

	(void)state;
	start(&b);
	pair(&b, "x", "s u128", "x_dq");
	b_node(&b, "Relu", "x_dq", "r");
	pair(&b, "r", "s2 u", "y");
	g = built(&b, FUSED);
	assert_string_equal(g->node->op, "Relu");
	assert_null(g->node->next);
	assert_ptr_equal(g->node->input[0], g->input[0]);
	assert_ptr_equal(g->node->output[0], g->output[0]);
	assert_quant(g->input[0], 0.5f, 0);
	assert_quant(g->output[0], 0.25f, -128);
	assert_string_equal(g->output[0]->name, "y");
	/* Nothing is left to calibrate. */
	assert_int_equal(gs_pass_calibrate(g, NULL, 0, log_init(&log)), 0);
	assert_int_equal(log.warnings, 0);
	assert_true(g->output[0]->min == 0 && g->output[0]->max == 63.75f);
	assert_int_equal(gs_pass_quantize(g, log_init(&log)), 0);
	assert_quant(g->output[0], 0.25f, -128);
	gs_graph_destroy(g);
}

static void test_partly(void **state)
{
	struct gs_graph *g;
	struct builder b;
	struct log log;

	(void)state;
	start(&b);
	pair(&b, "x", "s z", "x_dq");
	b_node(&b, "Sigmoid", "x_dq", "y");
	g = built(&b, FUSED);
	assert_int_equal(gs_pass_calibrate(g, NULL, 0, log_init(&log)), 0);
	assert_int_equal(log.warnings, 1);
	assert_non_null(strstr(log.text, "1 of 2 activations have no scale"));
	gs_graph_destroy(g);
}

/* Other steps of the same values are a Clip that bounds nothing. */
static void test_requantized(void **state)
{
	struct gs_graph *g;
	struct builder b;
	const struct gs_node *n;

	(void)state;
	start(&b);
	pair(&b, "x", "s z", "a");
	pair(&b, "a", "s2 z3", "c");
	b_node(&b, "Transpose", "c", "t");
	pair(&b, "t", "s z", "y");
	g = built(&b, FUSED);
	n = g->node;
	assert_string_equal(n->op, "Clip");
	assert_quant(n->input[0], 0.5f, 0);
	assert_quant(n->output[0], 0.25f, 3);
	n = n->next;
	assert_string_equal(n->op, "Transpose");
	assert_quant(n->output[0], 0.25f, 3);
	n = n->next;
	assert_string_equal(n->op, "Clip");
	assert_string_equal(n->output[0]->name, "y");
	assert_quant(n->output[0], 0.5f, 0);
	assert_null(n->next);
	gs_graph_destroy(g);
}

/* Behind what keeps values a scale is that of the input, too. */
static void test_backward(void **state)
{
	struct gs_graph *g;
	struct builder b;

	(void)state;
	start(&b);
	b_node(&b, "Relu", "x", "r");
	b_node(&b, "Transpose", "r", "t");
	b_node(&b, "Flatten", "t", "f");
	pair(&b, "f", "s z", "y");
	g = built(&b, FUSED);
	assert_false(g->input[0]->quant.valid);
	assert_string_equal(g->node->op, "Relu");
	assert_quant(g->node->output[0], 0.5f, 0);
	gs_graph_destroy(g);
}

/* ---- integers in other places -------------------------------------------- */

static void input_of(struct builder *b, int type)
{
	b->in[0].type->tensor_type->elem_type = type;
}

/* int8 in and out, moved on both sides: real values with these steps */
static void test_integers(void **state)
{
	const int64_t kernel[] = { 2, 2 }, perm[] = { 0, 1, 3, 2 };
	struct gs_graph *g;
	struct builder b;
	const struct gs_node *n;

	(void)state;
	start(&b);
	input_of(&b, INT8);
	b_attr_ints(&b, b_node(&b, "Transpose", "x", "t"), "perm", 4, perm);
	b_node(&b, "DequantizeLinear", "t s z3", "a");
	b_node(&b, "Sigmoid", "a", "f");
	b_node(&b, "QuantizeLinear", "f s2 z", "q");
	b_attr_ints(&b, b_node(&b, "MaxPool", "q", "y"), "kernel_shape", 2,
		    kernel);
	g = built(&b, FUSED);
	n = g->node;
	assert_string_equal(n->op, "Transpose");
	assert_ptr_equal(n->input[0], g->input[0]);
	assert_quant(n->output[0], 0.5f, 3);
	n = n->next;
	assert_string_equal(n->op, "Sigmoid");
	assert_quant(n->output[0], 0.25f, 0);
	n = n->next;
	assert_string_equal(n->op, "MaxPool");
	assert_ptr_equal(n->output[0], g->output[0]);
	assert_null(n->next);
	assert_string_equal(g->input[0]->name, "x");
	assert_quant(g->input[0], 0.5f, 3);
	assert_int_equal(g->input[0]->type, GS_DT_F32);
	assert_string_equal(g->output[0]->name, "y");
	assert_quant(g->output[0], 0.25f, 0);
	assert_int_equal(g->output[0]->type, GS_DT_F32);
	assert_int_equal(g->num_meta, 0);
	gs_graph_destroy(g);
}

static void assert_meta(const struct gs_graph *g, unsigned i, const char *key,
			const char *value)
{
	assert_string_equal(g->meta[i].key, key);
	assert_string_equal(g->meta[i].value, value);
}

/* Arrays of uint8 are pixels for gs-run. */
static void test_uint8_input(void **state)
{
	struct gs_graph *g;
	struct builder b;

	(void)state;
	start(&b);
	input_of(&b, UINT8);
	b_node(&b, "DequantizeLinear", "x s u128", "a");
	b_node(&b, "Relu", "a", "r");
	pair(&b, "r", "s2 u", "y");
	g = built(&b, FUSED);
	assert_quant(g->input[0], 0.5f, 0);
	assert_int_equal(g->num_meta, 2);
	assert_meta(g, 0, "input.mean", "128");
	assert_meta(g, 1, "input.scale", "0.5");
	gs_graph_destroy(g);
}

/* Each of several has keys of its own. */
static void test_uint8_inputs(void **state)
{
	struct gs_graph *g;
	struct builder b;

	(void)state;
	start(&b);
	input_of(&b, UINT8);
	b_input(&b, "x2", DIMS(1, 1, 4, 4));
	b.in[1].type->tensor_type->elem_type = UINT8;
	b_node(&b, "DequantizeLinear", "x s u128", "a");
	b_node(&b, "DequantizeLinear", "x2 s2 u", "c");
	b_node(&b, "Add", "a c", "r");
	pair(&b, "r", "s2 u", "y");
	g = built(&b, FUSED);
	assert_int_equal(g->num_meta, 4);
	assert_meta(g, 0, "input.mean.x", "128");
	assert_meta(g, 1, "input.scale.x", "0.5");
	assert_meta(g, 2, "input.mean.x2", "0");
	assert_meta(g, 3, "input.scale.x2", "0.25");
	gs_graph_destroy(g);
}

/* Bounds and padding are integers, too. */
static void test_integer_parameters(void **state)
{
	struct gs_graph *g;
	struct builder b;

	(void)state;
	start(&b);
	add_bytes(&b, "low", INT8, 1, "\373"); /* -5 */
	add_bytes(&b, "v", INT8, 1, "\12");
	b_ints(&b, "pads", 8, (const int64_t[]){ 0, 1, 0, 0, 0, 0, 0, 2 });
	b_node(&b, "QuantizeLinear", "x s z3", "q");
	b_node(&b, "Pad", "q pads v", "p");
	b_node(&b, "Clip", "p low", "y");
	g = built(&b, SIMPLE);
	assert_string_equal(g->node->op, "Pad");
	assert_true(gs_node_attr_float(g->node, "value", 0) == 3.5f);
	assert_true(gs_node_attr_float(g->node->next, "min", 0) == -4.0f);
	assert_true(gs_node_attr_float(g->node->next, "max", 0) > 1e38f);
	assert_quant(g->output[0], 0.5f, 3);
	gs_graph_destroy(g);
}

static void test_integers_without_scale(void **state)
{
	struct builder b;

	(void)state;
	start(&b);
	input_of(&b, INT8);
	b_node(&b, "Transpose", "x", "y");
	refuse_built(&b, SIMPLE,
		     "input 'x' of the model is of type int8, and no");
	start(&b);
	b_input(&b, "x2", DIMS(1, 1, 4, 4));
	b_node(&b, "QuantizeLinear", "x s z", "q");
	b_node(&b, "QuantizeLinear", "x2 s2 z", "q2");
	b_attr_int(&b, b_node(&b, "Concat", "q q2", "c"), "axis", 1);
	b_node(&b, "DequantizeLinear", "c s z", "y");
	refuse_built(&b, SIMPLE,
		     "scale 0.5 and zero point 0 differ from those");
	start(&b);
	input_of(&b, ONNX__TENSOR_PROTO__DATA_TYPE__INT32);
	b_node(&b, "Relu", "x", "y");
	refuse_built(&b, SIMPLE, "supported are float32, int8 and uint8");
}

/* ---- constants ----------------------------------------------------------- */

/* A Conv of @operands whose input has the steps @in, before it is quantized */
static struct gs_graph *calibrated_conv(const char *in, const char *operands,
					const char *steps, int type,
					const char *values, struct log *log)
{
	struct gs_graph *g;
	struct builder b;
	char text[64];

	start(&b);
	add_float(&b, "tiny", 1e-20f);
	memcpy(b_weights(&b, "bias", DIMS(2))->raw_data.data,
	       (const float[]){ 1e-30f, 0 }, 8);
	add_bytes(&b, "w_q", type, 2, values);
	snprintf(text, sizeof(text), "w_q %s", steps);
	b_node(&b, "DequantizeLinear", text, "w");
	pair(&b, "x", in, "x_dq");
	b_node(&b, "Conv", operands, "c");
	pair(&b, "c", "s z", "y");
	assert_int_equal(load_built(&b, FUSED, &g, log), 0);
	assert_int_equal(gs_pass_calibrate(g, NULL, 0, log_init(log)), 0);
	return g;
}

static struct gs_graph *load_conv(const char *steps, int type,
				  const char *values, struct log *log)
{
	struct gs_graph *g =
		calibrated_conv("s z", "x_dq w", steps, type, values, log);

	assert_int_equal(gs_pass_quantize(g, &log->diag), 0);
	return g;
}

/* Scales that are numbers, and their product is none. */
static void test_scale_of_bias(void **state)
{
	struct gs_graph *g;
	struct log log;

	(void)state;
	g = calibrated_conv("tiny z", "x_dq w bias", "tiny z", INT8, "\1\2",
			    &log);
	assert_int_equal(gs_pass_quantize(g, log_init(&log)), -EDOM);
	assert_int_equal(log.diag.errors, 1);
	assert_non_null(
		strstr(log.text, "(Conv): the bias of channel 0 has scale "));
	assert_non_null(strstr(log.text, ", outside the range of float32"));
	gs_graph_destroy(g);
}

static void test_weights(void **state)
{
	struct gs_graph *g;
	const struct gs_tensor *w;
	struct log log;

	(void)state;
	g = load_conv("s2 u128", UINT8, "\200\177", &log);
	w = g->node->input[1];
	assert_int_equal(log.warnings, 0);
	assert_int_equal(w->quant.num_scales, 2);
	assert_true(w->quant.scale[1] == 0.25f);
	assert_memory_equal(w->qdata, "\0\377", 2);
	gs_graph_destroy(g);

	/* 4 and -3 steps from a zero point of 3 */
	g = load_conv("s2 z3", INT8, "\7\0", &log);
	w = g->node->input[1];
	assert_int_equal(log.warnings, 1);
	assert_non_null(
		strstr(log.text, "(Conv): weights 'w' have zero point"));
	assert_int_equal(w->quant.zero_point, 0);
	assert_memory_equal(w->qdata, "\177\201", 2);
	gs_graph_destroy(g);
}

/* Integers that float32 does not hold, and weights that nothing scales to 127 */
static void test_exact(void **state)
{
	const int32_t bias[] = { (1 << 24) + 1, -100 };
	struct gs_graph *g;
	struct builder b;
	struct log log;
	Onnx__TensorProto *t;

	(void)state;
	start(&b);
	t = b_weights(&b, "w_q", DIMS(2, 4));
	t->data_type = INT8;
	t->raw_data.len = 8;
	memcpy(t->raw_data.data, "\1\2\3\4\5\6\7\10", 8);
	t = b_weights(&b, "b_q", DIMS(2));
	t->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__INT32;
	memcpy(t->raw_data.data, bias, sizeof(bias));
	add_float(&b, "s8", 0.125f);
	b_node(&b, "DequantizeLinear", "w_q s2 z", "w");
	b_node(&b, "DequantizeLinear", "b_q s8", "c");
	b_node(&b, "Transpose", "w", "wt");
	pair(&b, "x", "s z", "x_dq");
	b_node(&b, "Flatten", "x_dq", "f");
	b_node(&b, "Gemm", "f wt c", "d");
	pair(&b, "d", "s z", "y");
	b.in[0].type->tensor_type->shape->dim[2]->dim_value = 1;
	g = built(&b, FUSED);
	assert_int_equal(gs_pass_calibrate(g, NULL, 0, log_init(&log)), 0);
	assert_int_equal(gs_pass_quantize(g, &log.diag), 0);
	assert_int_equal(log.warnings, 0);
	assert_memory_equal(g->node->input[1]->qdata, "\1\2\3\4\5\6\7\10", 8);
	assert_memory_equal(g->node->input[2]->qdata, bias, sizeof(bias));
	gs_graph_destroy(g);
}

/* Integers of weights stay what they are, whatever scales the result. */
static void test_scaled(void **state)
{
	struct gs_graph *g;
	struct builder b;
	struct log log;

	(void)state;
	start(&b);
	add_bytes(&b, "w_q", INT8, 2, "\3\5");
	add_float(&b, "k", 3.0f);
	b_node(&b, "DequantizeLinear", "w_q s2 z", "w");
	pair(&b, "x", "s z", "x_dq");
	b_node(&b, "Conv", "x_dq w", "c");
	b_node(&b, "Mul", "c k", "m");
	pair(&b, "m", "s z", "y");
	g = built(&b, FUSED);
	assert_string_equal(g->node->next->op, "Mul");
	assert_int_equal(gs_pass_calibrate(g, NULL, 0, log_init(&log)), 0);
	assert_int_equal(gs_pass_quantize(g, &log.diag), 0);
	assert_memory_equal(g->node->input[1]->qdata, "\3\5", 2);
	assert_true(g->node->input[1]->quant.scale[0] == 0.25f);
	gs_graph_destroy(g);
}

/* ---- refusals ------------------------------------------------------------ */

static const struct refusal {
	const char *quantize, *op, *reader, *want;
} refusals[] = {
	{ "x s z", "Relu", "q", "(Relu): it reads the int8 values 'q'" },
	{ "x s z", "DequantizeLinear", "q s2 z",
	  "scale 0.25 and zero point 0" },
	{ "x s z", "DequantizeLinear", "q s z3", "zero point 3 differ" },
	{ "x s z", "DequantizeLinear", "q s u", "the zero point of type" },
	{ "x s u", "DequantizeLinear", "q neg u",
	  "is -1, expected is a positive number" },
	{ "x neg z", "DequantizeLinear", "q s z",
	  "is -1, expected is a positive number" },
	{ "x x2 z", "DequantizeLinear", "q s z", "'x2' is computed" },
	{ "x four", "DequantizeLinear", "q four", "has 4 scales as uint8" },
};

static void test_refusals(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *r = &refusals[i];
		struct builder b;
		Onnx__NodeProto *node;

		start(&b);
		b_input(&b, "x2", 0, NULL);
		b_weights(&b, "four", DIMS(4));
		b_attr_int(&b, b_node(&b, "QuantizeLinear", r->quantize, "q"),
			   "axis", 2);
		node = b_node(&b, r->op, r->reader, "y");
		if (strcmp(r->op, "Relu"))
			b_attr_int(&b, node, "axis", 2);
		if (!strcmp(r->quantize, "x four")) {
			Onnx__TensorProto *t =
				b.tensors[b.graph.n_initializer - 1];

			memcpy(t->raw_data.data, (const float[]){ 1, 2, 3, 4 },
			       16);
		}
		refuse_built(&b, SIMPLE, r->want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_partly),
		cmocka_unit_test(test_requantized),
		cmocka_unit_test(test_backward),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_uint8_input),
		cmocka_unit_test(test_uint8_inputs),
		cmocka_unit_test(test_integer_parameters),
		cmocka_unit_test(test_integers_without_scale),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_scale_of_bias),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_scaled),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests_name("qdq", tests, NULL, NULL);
}
