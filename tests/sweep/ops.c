/* SPDX-License-Identifier: MIT */
/* The operators, and how cases and machines follow from a seed. */
#include <stdlib.h>
#include <string.h>

#include "tests/sweep/sweep.h"

/* clang-format off */
#define OP(name_, onnx_, draw_, build_, eval_, ...)                  \
	{ .name = name_, .onnx = onnx_, .draw = sw_draw_##draw_,     \
	  .build = sw_build_##build_, .eval = sw_eval_##eval_, __VA_ARGS__ }

const struct sw_op sw_ops[] = {
	OP("Conv", "Conv", conv, window, conv, .exact = sw_exact_conv),
	OP("Conv-grouped", "Conv", grouped, window, conv, .exact = sw_exact_conv),
	OP("Conv-depthwise", "Conv", depthwise, window, conv, .exact = sw_exact_conv),
	OP("Conv-1d", "Conv", row_conv, window, conv, .exact = sw_exact_conv),
	OP("Conv-residual", "Conv", residual, window, conv, .exact = sw_exact_conv),
	OP("ConvTranspose", "ConvTranspose", deconv, window, deconv),
	OP("MaxPool", "MaxPool", pool, window, pool, .keeps = true),
	OP("AveragePool", "AveragePool", pool, window, pool),
	OP("GlobalAveragePool", "GlobalAveragePool", global, unary, mean),
	OP("GlobalMaxPool", "GlobalMaxPool", global, unary, mean, .keeps = true),
	OP("ReduceMean", "ReduceMean", mean, move, mean),
	OP("ReduceSum", "ReduceSum", mean, move, mean),
	OP("ReduceMax", "ReduceMax", mean, move, mean, .keeps = true),
	OP("ReduceMin", "ReduceMin", mean, move, mean, .keeps = true),
	OP("Gemm", "Gemm", gemm, unary, gemm, .exact = sw_exact_gemm),
	OP("MatMul", "MatMul", matmul, unary, gemm, .exact = sw_exact_gemm),
	OP("Softmax", "Softmax", softmax, unary, softmax),
	OP("BatchNormalization", "BatchNormalization", batchnorm, binary, batchnorm),
	OP("Add", "Add", binary, binary, binary),
	OP("Add-const", "Add", binary_const, binary, binary),
	OP("Sub", "Sub", binary, binary, binary),
	OP("Sub-const", "Sub", binary_const, binary, binary),
	OP("Mul", "Mul", binary, binary, binary),
	OP("Mul-const", "Mul", binary_const, binary, binary),
	OP("Div", "Div", binary, binary, binary),
	OP("Div-const", "Div", binary_const, binary, binary),
	OP("Max", "Max", binary, binary, binary),
	OP("Max-const", "Max", binary_const, binary, binary),
	OP("Min", "Min", binary, binary, binary),
	OP("Min-const", "Min", binary_const, binary, binary),
	OP("Equal", "Equal", equal, binary, binary, .whole = true),
	OP("Relu", "Relu", unary, unary, unary),
	OP("Clip", "Clip", unary, unary, unary),
	OP("LeakyRelu", "LeakyRelu", unary, unary, unary),
	OP("PRelu", "PRelu", unary, unary, unary),
	OP("PRelu-computed", "PRelu", slopes, binary, binary),
	OP("Sigmoid", "Sigmoid", unary, unary, unary),
	OP("HardSigmoid", "HardSigmoid", unary, unary, unary),
	OP("HardSwish", "HardSwish", unary, unary, unary),
	OP("Tanh", "Tanh", unary, unary, unary),
	OP("Exp", "Exp", unary, unary, unary),
	OP("Log", "Log", unary, unary, unary),
	OP("Sqrt", "Sqrt", unary, unary, unary),
	OP("Softplus", "Softplus", unary, unary, unary),
	OP("Reciprocal", "Reciprocal", unary, unary, unary),
	OP("Pow", "Pow", unary, unary, unary),
	OP("Abs", "Abs", unary, unary, unary),
	OP("Neg", "Neg", unary, unary, unary),
	OP("Transpose", "Transpose", transpose, move, move, .keeps = true),
	OP("Reshape", "Reshape", reshape, move, move, .keeps = true),
	OP("Flatten", "Flatten", view, move, move, .keeps = true),
	OP("Squeeze", "Squeeze", view, move, move, .keeps = true),
	OP("Unsqueeze", "Unsqueeze", view, move, move, .keeps = true),
	OP("Concat", "Concat", concat, move, move, .keeps = true),
	OP("Split", "Split", split, move, move, .keeps = true),
	OP("Slice", "Slice", slice, move, move, .keeps = true),
	OP("Pad", "Pad", pad, move, move, .keeps = true),
	OP("Expand", "Expand", expand, move, move, .keeps = true),
	OP("Tile", "Tile", tile, move, move, .keeps = true),
	OP("Gather", "Gather", gather, move, move, .keeps = true),
	OP("DepthToSpace", "DepthToSpace", blocks, move, move, .keeps = true),
	OP("SpaceToDepth", "SpaceToDepth", blocks, move, move, .keeps = true),
	OP("Resize-nearest", "Resize", resize, move, resize, .keeps = true),
	OP("Chain-2", "Chain", chain, chain, chain),
	OP("Chain-3", "Chain", chain, chain, chain),
	OP("Chain-4", "Chain", chain, chain, chain),
	OP("Chain-6", "Chain", chain, chain, chain),
	OP("Resize-linear", "Resize", resize, move, resize, .by_axis = true),
};
/* clang-format on */
const size_t sw_num_ops = sizeof(sw_ops) / sizeof(sw_ops[0]);

void sw_case_fini(struct sw_case *c)
{
	free(c->w.v);
	free(c->b.v);
	sw_chain_free(c->chain);
	c->w.v = c->b.v = NULL;
	c->chain = NULL;
}

void sw_draw(struct sw_case *c, uint64_t seed, uint32_t number)
{
	static const uint32_t arrays[] = { 4, 8, 16, 32, 64 };
	const uint32_t n = arrays[number % 5];
	uint64_t random = seed * 0x100000001b3u + number;
	bool drawn = false;

	while (!drawn) {
		*c = (struct sw_case){
			.random = random,
			.op = &sw_ops[number / 5 % sw_num_ops],
		};
		sw_draw_machine(c, n);
		drawn = c->op->draw(c);
		random = c->random;
		if (!drawn)
			sw_case_fini(c);
	}
}

/* ---- reports ----------------------------------------------------------------- */

static void describe_window(const struct sw_case *c, FILE *out)
{
	fprintf(out,
		", kernel %lldx%lld, strides %lldx%lld, dilations %lldx%lld, pads %lld %lld %lld %lld",
		(long long)c->kernel[0], (long long)c->kernel[1],
		(long long)c->stride[0], (long long)c->stride[1],
		(long long)c->dilation[0], (long long)c->dilation[1],
		(long long)c->pad[0], (long long)c->pad[1],
		(long long)c->pad[2], (long long)c->pad[3]);
	fprintf(out, ", group %lld, output padding %lldx%lld%s%s",
		(long long)c->group, (long long)c->out_pad[0],
		(long long)c->out_pad[1], c->ceil ? ", ceil" : "",
		c->count_pads ? ", pads count" : "");
}

static void describe_lists(const struct sw_case *c, FILE *out)
{
	unsigned i;

	fprintf(out, ", axis %lld, keep %d, alpha %g, beta %g",
		(long long)c->axis, c->keep, (double)c->alpha, (double)c->beta);
	for (i = 0; i < c->num_list; i++)
		fprintf(out, "%s%lld", i ? " " : ", list ",
			(long long)c->list[i]);
	for (i = 0; i < c->num_list && c->num_list <= SW_RANK; i++)
		fprintf(out, "%s%lld/%lld", i ? " " : ", ends/steps ",
			(long long)c->list[SW_RANK + i], (long long)c->step[i]);
	if (c->mode)
		fprintf(out, ", %s %s %s", c->mode,
			c->coordinates ? c->coordinates : "",
			c->rounding ? c->rounding : "");
}

void sw_describe_node(const struct sw_case *c, FILE *out)
{
	static const char *const acts[] = { "", " +relu", " +clip", " +leaky" };
	char buf[2048];
	unsigned i;

	fprintf(out, "%s", c->op->name);
	for (i = 0; i < c->num_in; i++)
		fprintf(out, " %s [%g, %g]",
			sw_format(&c->in[i], buf, sizeof(buf)),
			(double)c->low[i], (double)c->high[i]);
	if (c->w.v)
		fprintf(out, " %s %s", c->const_first ? "constant first" : "w",
			sw_format(&c->w.shape, buf, sizeof(buf)));
	fprintf(out, "%s%s ->", c->b.v ? " bias" : "", acts[c->act]);
	for (i = 0; i < c->num_out; i++)
		fprintf(out, " %s", sw_format(&c->out[i], buf, sizeof(buf)));
	if (c->chain)
		sw_chain_describe(c->chain, out);
	else if (c->kernel[0])
		describe_window(c, out);
	else
		describe_lists(c, out);
}

void sw_describe(const struct sw_case *c, FILE *out)
{
	char buf[GS_ARCH_JSON_SIZE];

	sw_describe_node(c, out);
	gs_arch_format(&c->arch, buf, sizeof(buf));
	fprintf(out, " on %s", buf);
}
