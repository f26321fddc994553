/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "compiler/passes/eval_ops.h"
#include "compiler/passes/util.h"

/*
 * NaN passes through all of them, as it does in the model. @a and @b are the
 * attributes the table names.
 */
static float relu(float x, float a, float b)
{
	(void)a;
	(void)b;
	return x < 0.0f ? 0.0f : x;
}

static float leaky_relu(float x, float a, float b)
{
	(void)b;
	return x < 0.0f ? a * x : x;
}

static float elu(float x, float a, float b)
{
	(void)b;
	return x < 0.0f ? a * expm1f(x) : x;
}

static float clip(float x, float low, float high)
{
	x = x < low ? low : x;
	return x > high ? high : x;
}

static float sigmoid(float x, float a, float b)
{
	(void)a;
	(void)b;
	return 1.0f / (1.0f + expf(-x));
}

static float softplus(float x, float a, float b)
{
	(void)a;
	(void)b;
	return x > 0.0f ? x + log1pf(expf(-x)) : log1pf(expf(x));
}

static float hard_sigmoid(float x, float a, float b)
{
	return clip(a * x + b, 0.0f, 1.0f);
}

static float hard_swish(float x, float a, float b)
{
	return a * (x * hard_sigmoid(x, 1.0f / 6.0f, 0.5f)) + b;
}

static float reciprocal(float x, float a, float b)
{
	(void)a;
	(void)b;
	return 1.0f / x;
}

static float negate(float x, float a, float b)
{
	(void)a;
	(void)b;
	return -x;
}

static const struct unary {
	const char *op;
	float (*fn)(float x, float a, float b);
	float (*plain)(float x);
	const char *a, *b; /* attributes */
} unaries[] = {
	{ "Relu", relu, NULL, NULL, NULL },
	{ "LeakyRelu", leaky_relu, NULL, "alpha", NULL },
	{ "Elu", elu, NULL, "alpha", NULL },
	{ "Clip", clip, NULL, "min", "max" },
	{ "Sigmoid", sigmoid, NULL, NULL, NULL },
	{ "Softplus", softplus, NULL, NULL, NULL },
	{ "HardSigmoid", hard_sigmoid, NULL, "alpha", "beta" },
	{ "Reciprocal", reciprocal, NULL, NULL, NULL },
	{ "Neg", negate, NULL, NULL, NULL },
	{ "Tanh", NULL, tanhf, NULL, NULL },
	{ "Exp", NULL, expf, NULL, NULL },
	{ "Log", NULL, logf, NULL, NULL },
	{ "Sqrt", NULL, sqrtf, NULL, NULL },
	{ "Abs", NULL, fabsf, NULL, NULL },
};

void gs_eval_unary(const struct gs_eval_op *op)
{
	size_t i, num = gs_eval_elems(op->node->output[0]);
	const struct unary *u = unaries;
	const float *x = op->in[0];
	float *y = op->out[0];
	float a, b;

	while (strcmp(u->op, op->node->op))
		u++;
	a = u->a ? gs_node_attr_float(op->node, u->a, 0.0f) : 0.0f;
	b = u->b ? gs_node_attr_float(op->node, u->b, 0.0f) : 0.0f;
	for (i = 0; i < num; i++)
		y[i] = u->plain ? u->plain(x[i]) : u->fn(x[i], a, b);
}

/* With factors for each channel of its input and of its result */
void gs_eval_hard_swish(const struct gs_eval_op *op)
{
	const struct gs_node *node = op->node;
	const size_t num = gs_eval_elems(node->output[0]);
	const float alpha = gs_node_attr_float(node, "alpha", 1.0f);
	const float beta = gs_node_attr_float(node, "beta", 0.0f);
	const float *x = op->in[0], *g = op->in[1], *a = op->in[2];
	float *y = op->out[0];
	size_t i, channels, each;

	if (node->num_inputs == 1) {
		for (i = 0; i < num; i++)
			y[i] = hard_swish(x[i], alpha, beta);
		return;
	}
	channels = (size_t)node->output[0]->shape.dim[1];
	each = num / (size_t)node->output[0]->shape.dim[0] / channels;
	for (i = 0; i < num; i++) {
		const size_t c = i / each % channels;

		y[i] = a[c] * hard_swish(g[c] * x[i], alpha, beta);
	}
}

/* ---- types --------------------------------------------------------------- */

static float saturate(float x, enum gs_dtype type)
{
	if (type == GS_DT_I8)
		return clip(x, -128.0f, 127.0f);
	return type == GS_DT_U8 ? clip(x, 0.0f, 255.0f) : x;
}

void gs_eval_cast(const struct gs_eval_op *op)
{
	enum gs_dtype type = op->node->output[0]->type;
	size_t i, num = gs_eval_elems(op->node->output[0]);
	const float *x = op->in[0];
	float *y = op->out[0];

	for (i = 0; i < num; i++)
		y[i] = type == GS_DT_F32  ? x[i] :
		       type == GS_DT_BOOL ? x[i] != 0.0f :
					    saturate(truncf(x[i]), type);
}

/* Of a scale and a zero point: the element that belongs to element @i of x */
static size_t step_index(const struct gs_node *node, size_t inner, size_t i)
{
	size_t num = gs_eval_elems(node->input[1]);

	return num == 1 ? 0 : i / inner % num;
}

static size_t inner_size(const struct gs_node *node)
{
	const struct gs_shape *x = &node->input[0]->shape;
	unsigned i = (unsigned)gs_node_attr_int(node, "axis", 0) + 1;
	size_t inner = 1;

	for (; i < x->rank; i++)
		inner *= (size_t)x->dim[i];
	return inner ? inner : 1;
}

void gs_eval_quantize(const struct gs_eval_op *op)
{
	size_t i, num = gs_eval_elems(op->node->output[0]);
	enum gs_dtype type = op->node->output[0]->type;
	const float *x = op->in[0], *scale = op->in[1], *zero = op->in[2];
	size_t inner = inner_size(op->node);
	float *y = op->out[0];

	for (i = 0; i < num; i++) {
		size_t at = step_index(op->node, inner, i);

		y[i] = saturate(rintf(x[i] / scale[at]) +
					(zero ? zero[at] : 0.0f),
				type);
	}
}

void gs_eval_dequantize(const struct gs_eval_op *op)
{
	size_t i, num = gs_eval_elems(op->node->output[0]);
	const float *x = op->in[0], *scale = op->in[1], *zero = op->in[2];
	size_t inner = inner_size(op->node);
	float *y = op->out[0];

	for (i = 0; i < num; i++) {
		size_t at = step_index(op->node, inner, i);

		y[i] = (x[i] - (zero ? zero[at] : 0.0f)) * scale[at];
	}
}
