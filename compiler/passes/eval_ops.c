/* SPDX-License-Identifier: MIT */
#include "compiler/passes/eval_ops.h"
#include "compiler/passes/util.h"

#define HEAVY false, true
#define PLAIN false, false

static const struct gs_eval_kind kinds[] = {
	{ "Conv", gs_eval_conv, HEAVY },
	{ "ConvTranspose", gs_eval_conv_transpose, HEAVY },
	{ "Gemm", gs_eval_gemm, HEAVY },
	{ "MatMul", gs_eval_matmul, HEAVY },
	{ "MaxPool", gs_eval_pool, HEAVY },
	{ "AveragePool", gs_eval_pool, HEAVY },
	{ "GlobalAveragePool", gs_eval_reduce, PLAIN },
	{ "GlobalMaxPool", gs_eval_reduce, PLAIN },
	{ "ReduceMean", gs_eval_reduce, PLAIN },
	{ "ReduceSum", gs_eval_reduce, PLAIN },
	{ "ReduceMax", gs_eval_reduce, PLAIN },
	{ "ReduceMin", gs_eval_reduce, PLAIN },
	{ "Softmax", gs_eval_softmax, PLAIN },
	{ "BatchNormalization", gs_eval_batchnorm, PLAIN },
	{ "Add", gs_eval_variadic, PLAIN },
	{ "Sub", gs_eval_variadic, PLAIN },
	{ "Mul", gs_eval_variadic, PLAIN },
	{ "Div", gs_eval_variadic, PLAIN },
	{ "Pow", gs_eval_variadic, PLAIN },
	{ "PRelu", gs_eval_variadic, PLAIN },
	{ "Equal", gs_eval_variadic, PLAIN },
	{ "Max", gs_eval_variadic, PLAIN },
	{ "Min", gs_eval_variadic, PLAIN },
	{ "Sum", gs_eval_variadic, PLAIN },
	{ "Mean", gs_eval_variadic, PLAIN },
	{ "Where", gs_eval_where, PLAIN },
	{ "Relu", gs_eval_unary, PLAIN },
	{ "LeakyRelu", gs_eval_unary, PLAIN },
	{ "Elu", gs_eval_unary, PLAIN },
	{ "Clip", gs_eval_unary, PLAIN },
	{ "Sigmoid", gs_eval_unary, PLAIN },
	{ "Tanh", gs_eval_unary, PLAIN },
	{ "Softplus", gs_eval_unary, PLAIN },
	{ "HardSigmoid", gs_eval_unary, PLAIN },
	{ "HardSwish", gs_eval_hard_swish, PLAIN },
	{ "Exp", gs_eval_unary, PLAIN },
	{ "Log", gs_eval_unary, PLAIN },
	{ "Sqrt", gs_eval_unary, PLAIN },
	{ "Reciprocal", gs_eval_unary, PLAIN },
	{ "Abs", gs_eval_unary, PLAIN },
	{ "Neg", gs_eval_unary, PLAIN },
	{ "Cast", gs_eval_cast, PLAIN },
	{ "QuantizeLinear", gs_eval_quantize, PLAIN },
	{ "DequantizeLinear", gs_eval_dequantize, PLAIN },
};

static const struct gs_eval_kind *find(const char *op)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].op, op))
			return &kinds[i];
	return NULL;
}

const struct gs_eval_kind *gs_eval_find(const struct gs_node *node)
{
	return *node->domain ? NULL : find(node->op);
}

bool gs_eval_knows(const char *op)
{
	return find(op) != NULL;
}

bool gs_eval_folds(const char *op)
{
	const struct gs_eval_kind *kind = find(op);

	return kind && !kind->heavy;
}

size_t gs_eval_scratch(const struct gs_node *node)
{
	if (gs_op_is(node, "Conv"))
		return gs_eval_conv_scratch(node);
	if (gs_eval_is_conv_pool(node))
		return gs_eval_conv_pool_scratch(node);
	if (gs_op_is(node, "ConvTranspose"))
		return gs_eval_conv_transpose_scratch(node);
	return 0;
}
