/* SPDX-License-Identifier: MIT */
/*
 * Legal models of unusual structure: tensors that are read as they stand by one
 * node and moved for another, nodes of which nothing is left to compute. They are
 * compiled with what each pass computes compared, and run on two machines, which
 * must agree.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/compile_util.h"
#include "tests/unit/onnx_builder.h"

/* ---- a flattened picture ------------------------------------------------- */

/* t, which MatMul reads as the picture it is */
static void flat(struct builder *b, int64_t batch)
{
	b_init(b, 14);
	b_input(b, "x", 4, (int64_t[]){ batch, 16, 7, 3 });
	b_node(b, "Flatten", "x", "t");
	b_weights(b, "w", 2, (int64_t[]){ 16 * 7 * 3, 6 });
	b_node(b, "MatMul", "t w", "y");
	b_output(b, "y", 2, (int64_t[]){ batch, 6 });
}

/* For the sum it is moved into a row. */
static void flat_and_row(struct builder *b)
{
	flat(b, 1);
	b_input(b, "z", 2, (int64_t[]){ 1, 16 * 7 * 3 });
	b_node(b, "Mul", "t z", "p");
	b_output(b, "p", 2, (int64_t[]){ 1, 16 * 7 * 3 });
}

/* The row is made once, and read by what follows, a MatMul among it. */
static void flat_and_rows(struct builder *b)
{
	flat(b, 3);
	b_input(b, "z", 2, (int64_t[]){ 3, 16 * 7 * 3 });
	b_node(b, "Mul", "t z", "p");
	b_node(b, "Sub", "z t", "q");
	b_weights(b, "v", 2, (int64_t[]){ 16 * 7 * 3, 5 });
	b_node(b, "MatMul", "t v", "r");
	b_output(b, "p", 2, (int64_t[]){ 3, 16 * 7 * 3 });
	b_output(b, "q", 2, (int64_t[]){ 3, 16 * 7 * 3 });
	b_output(b, "r", 2, (int64_t[]){ 3, 5 });
}

/* The row is a result of the model. */
static void flat_result(struct builder *b)
{
	flat(b, 2);
	b_output(b, "t", 2, (int64_t[]){ 2, 16 * 7 * 3 });
}

/* ---- ConvTranspose ------------------------------------------------------- */

/* Behind the last element of the input there is nothing but the bias. */
static void deconv_beyond(struct builder *b)
{
	Onnx__NodeProto *node;

	b_init(b, 14);
	b_input(b, "x", 3, (int64_t[]){ 1, 6, 1 });
	b_weights(b, "w", 3, (int64_t[]){ 6, 5, 4 });
	b_weights(b, "bias", 1, (int64_t[]){ 5 });
	node = b_node(b, "ConvTranspose", "x w bias", "y");
	b_attr_ints(b, node, "strides", 1, (int64_t[]){ 3 });
	b_attr_ints(b, node, "pads", 2, (int64_t[]){ 2, 0 });
	b_attr_ints(b, node, "output_padding", 1, (int64_t[]){ 2 });
	b_output(b, "y", 3, (int64_t[]){ 1, 5, 4 });
}

/* Pads leave phases of which only the last taps, or the first, meet something. */
static void deconv_cut(struct builder *b)
{
	Onnx__NodeProto *node;

	b_init(b, 14);
	b_input(b, "x", 4, (int64_t[]){ 2, 3, 1, 2 });
	b_weights(b, "w", 4, (int64_t[]){ 3, 4, 7, 6 });
	node = b_node(b, "ConvTranspose", "x w", "y");
	b_attr_ints(b, node, "strides", 2, (int64_t[]){ 2, 3 });
	b_attr_ints(b, node, "dilations", 2, (int64_t[]){ 1, 2 });
	b_attr_ints(b, node, "pads", 4, (int64_t[]){ 4, 0, 1, 7 });
	b_output(b, "y", 4, (int64_t[]){ 2, 4, 2, 7 });
}

/* ---- PRelu --------------------------------------------------------------- */

/* Of rank 5, several axes are rows; slopes are for some of them. */
static void prelu(struct builder *b, const int64_t *slopes, bool constant)
{
	b_init(b, 16);
	b_input(b, "x", 5, (int64_t[]){ 2, 5, 3, 4, 6 });
	if (constant)
		b_weights(b, "s", 5, slopes);
	else
		b_input(b, "s", 5, slopes);
	b_node(b, "PRelu", "x s", "y");
	b_output(b, "y", 5, (int64_t[]){ 2, 5, 3, 4, 6 });
}

static void prelu_channels(struct builder *b)
{
	prelu(b, (int64_t[]){ 1, 5, 1, 1, 1 }, true);
}

static void prelu_depth(struct builder *b)
{
	prelu(b, (int64_t[]){ 1, 1, 3, 1, 6 }, true);
}

static void prelu_computed(struct builder *b)
{
	prelu(b, (int64_t[]){ 2, 5, 1, 1, 1 }, false);
}

/* ---- one tensor, read in several ways ------------------------------------ */

/* The shapes are all that differs. */
static void expand_twice(struct builder *b)
{
	b_init(b, 14);
	b_input(b, "x", 3, (int64_t[]){ 1, 4, 1 });
	b_ints(b, "wide", 3, (int64_t[]){ 1, 4, 6 });
	b_ints(b, "tall", 3, (int64_t[]){ 6, 4, 1 });
	b_node(b, "Expand", "x wide", "a");
	b_node(b, "Expand", "x tall", "b");
	b_node(b, "Relu", "a", "y");
	b_node(b, "Sigmoid", "b", "z");
	b_output(b, "y", 3, (int64_t[]){ 1, 4, 6 });
	b_output(b, "z", 3, (int64_t[]){ 6, 4, 1 });
}

/* ---- results that are next to nothing ------------------------------------ */

/* What is left are roundings of float32: finer steps than requantization has. */
static void cancel(struct builder *b)
{
	b_init(b, 14);
	b_input(b, "x", 4, (int64_t[]){ 1, 5, 6, 7 });
	b_node(b, "Sigmoid", "x", "s");
	b_node(b, "Neg", "x", "n");
	b_node(b, "Sigmoid", "n", "t");
	b_node(b, "Add", "s t", "one");
	b_node(b, "Sub", "one s", "u");
	b_node(b, "Sub", "u t", "y");
	b_output(b, "y", 4, (int64_t[]){ 1, 5, 6, 7 });
}

static Onnx__NodeProto *bounded(struct builder *b, const char *op,
				const char *inputs)
{
	Onnx__NodeProto *node;
	float *bound;

	b_init(b, 14);
	b_input(b, "x", 4, (int64_t[]){ 1, 5, 6, 7 });
	b_noise(b, "w", 4, (int64_t[]){ 5, 5, 3, 3 }, 1, 1);
	b_noise(b, "k", 4, (int64_t[]){ 1, 5, 1, 1 }, 2, 1);
	b_noise(b, "c", 1, (int64_t[]){ 5 }, 3, 1);
	b_noise(b, "most", 0, NULL, 4, 1);
	b_noise(b, "least", 0, NULL, 5, 1);
	bound = (float *)b->tensor[b->graph.n_initializer - 1].raw_data.data;
	*bound = -1e-7f;
	bound = (float *)b->tensor[b->graph.n_initializer - 2].raw_data.data;
	*bound = 1e-7f;
	node = b_node(b, op, inputs, "z");
	b_node(b, "Clip", "z least most", "y");
	return node;
}

#define BOUNDED(name, op, inputs)                               \
	static void name(struct builder *b)                     \
	{                                                       \
		bounded(b, op, inputs);                         \
		b_output(b, "y", 4, (int64_t[]){ 1, 5, 6, 7 }); \
	}

BOUNDED(bounded_add, "Add", "x k")
BOUNDED(bounded_sub, "Sub", "k x")
BOUNDED(bounded_mul, "Mul", "x k")
BOUNDED(bounded_div, "Div", "x k")
BOUNDED(bounded_square, "Mul", "x x")
BOUNDED(bounded_ratio, "Div", "x x")
BOUNDED(bounded_max, "Max", "x k")
BOUNDED(bounded_slopes, "PRelu", "x k")
BOUNDED(bounded_abs, "Abs", "x")

static void bounded_root(struct builder *b)
{
	bounded(b, "Sqrt", "a");
	b_node(b, "Abs", "x", "a");
	b_output(b, "y", 4, (int64_t[]){ 1, 5, 6, 7 });
}

static void bounded_conv(struct builder *b)
{
	bounded(b, "Conv", "x w c");
	b_output(b, "y", 4, (int64_t[]){ 1, 5, 4, 5 });
}

static void bounded_deconv(struct builder *b)
{
	bounded(b, "ConvTranspose", "x w c");
	b_output(b, "y", 4, (int64_t[]){ 1, 5, 8, 9 });
}

static void bounded_mean(struct builder *b)
{
	bounded(b, "GlobalAveragePool", "x");
	b_output(b, "y", 4, (int64_t[]){ 1, 5, 1, 1 });
}

static void bounded_pool(struct builder *b)
{
	b_attr_ints(b, bounded(b, "AveragePool", "x"), "kernel_shape", 2,
		    (int64_t[]){ 2, 3 });
	b_output(b, "y", 4, (int64_t[]){ 1, 5, 5, 5 });
}

/* -------------------------------------------------------------------------- */

struct legal {
	const char *name;
	void (*build)(struct builder *b);
	bool rounded; /* steps of inputs decide: passes are not compared */
};

static struct legal cases[] = {
	{ "a picture read flat and as a row", flat_and_row, false },
	{ "a picture read flat, as rows, and flat", flat_and_rows, false },
	{ "a flat picture that is a result", flat_result, false },
	{ "elements behind the input", deconv_beyond, false },
	{ "taps outside of the input", deconv_cut, false },
	{ "slopes of the channels of five axes", prelu_channels, false },
	{ "slopes of two of five axes", prelu_depth, false },
	{ "slopes of five axes that are computed", prelu_computed, false },
	{ "a tensor expanded to two shapes", expand_twice, false },
	{ "a difference that cancels", cancel, true },
	{ "a bounded sum", bounded_add, false },
	{ "a bounded difference", bounded_sub, false },
	{ "a bounded product", bounded_mul, false },
	{ "a bounded quotient", bounded_div, false },
	{ "a bounded square", bounded_square, false },
	{ "a bounded ratio", bounded_ratio, false },
	{ "a bounded maximum", bounded_max, false },
	{ "a bounded root", bounded_root, false },
	{ "bounded slopes", bounded_slopes, false },
	{ "a bounded magnitude", bounded_abs, false },
	{ "a bounded convolution", bounded_conv, false },
	{ "a bounded transposed convolution", bounded_deconv, false },
	{ "a bounded mean", bounded_mean, false },
	{ "a bounded pool", bounded_pool, false },
};

static void compile_legal(struct source *s, const struct gs_arch *arch,
			  const struct legal *legal, struct gs_compiled *out)
{
	const struct gs_compile_opts opts = {
		.arch = arch,
		.codelets = shared_library(),
		.calibrate = calibrate_noise,
		.calibrate_ctx = s,
		.verify = !legal->rounded,
	};
	struct report r;

	if (gs_compile(s->data, s->size, &opts, GS_GOAL_MODEL, out,
		       report_init(&r)))
		fail_msg("%s: %s", legal->name, r.text);
}

static void run_legal(struct source *s, const struct gs_arch *arch,
		      const struct legal *legal, struct result *out)
{
	struct gs_compiled c;

	compile_legal(s, arch, legal, &c);
	run_compiled(&c, out);
	gs_compile_free(&c);
}

static void test_legal(void **state)
{
	const struct legal *legal = *state;
	struct result a, b;
	struct builder built;
	struct gs_arch small;
	struct source s;

	load_arch("genesys_8x8", &small);
	legal->build(&built);
	source_pack(&s, &built);
	run_legal(&s, gs_arch_default(), legal, &a);
	run_legal(&s, &small, legal, &b);
	check_same(&a, &b, legal->name, "genesys_8x8");
	free(a.data);
	free(b.data);
	source_fini(&s);
}

#define NUM_CASES (sizeof(cases) / sizeof(cases[0]))

int main(void)
{
	struct CMUnitTest tests[NUM_CASES];
	size_t i;

	for (i = 0; i < NUM_CASES; i++)
		tests[i] = (struct CMUnitTest){ .name = cases[i].name,
						.test_func = test_legal,
						.initial_state = &cases[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
