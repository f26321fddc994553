/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "compiler/passes/eval_ops.h"
#include "compiler/passes/util.h"

static size_t num_elems(const struct gs_tensor *t)
{
	return (size_t)gs_shape_elems(&t->shape);
}

/* ---- elements ------------------------------------------------------------ */

static void eval_copy(const struct gs_eval_op *op)
{
	memcpy(op->out, op->in[0],
	       num_elems(op->node->output[0]) * sizeof(float));
}

/* NaN passes, as it does in the model. */
static float relu(float x)
{
	return x < 0.0f ? 0.0f : x;
}

static void eval_relu(const struct gs_eval_op *op)
{
	size_t i, num = num_elems(op->node->output[0]);

	for (i = 0; i < num; i++)
		op->out[i] = relu(op->in[0][i]);
}

static void eval_leaky_relu(const struct gs_eval_op *op)
{
	float alpha = gs_node_attr_float(op->node, "alpha", 0.01f);
	size_t i, num = num_elems(op->node->output[0]);

	for (i = 0; i < num; i++)
		op->out[i] = op->in[0][i] * (op->in[0][i] < 0 ? alpha : 1.0f);
}

static void eval_clip(const struct gs_eval_op *op)
{
	float low = gs_node_attr_float(op->node, "min", -INFINITY);
	float high = gs_node_attr_float(op->node, "max", INFINITY);
	size_t i, num = num_elems(op->node->output[0]);

	low = op->in[1] ? op->in[1][0] : low;
	high = op->in[2] ? op->in[2][0] : high;
	for (i = 0; i < num; i++) {
		float x = op->in[0][i];

		op->out[i] = x < low ? low : x > high ? high : x;
	}
}

static void eval_sigmoid(const struct gs_eval_op *op)
{
	size_t i, num = num_elems(op->node->output[0]);

	for (i = 0; i < num; i++)
		op->out[i] = 1.0f / (1.0f + expf(-op->in[0][i]));
}

static void eval_tanh(const struct gs_eval_op *op)
{
	size_t i, num = num_elems(op->node->output[0]);

	for (i = 0; i < num; i++)
		op->out[i] = tanhf(op->in[0][i]);
}

static float hard_sigmoid(float x, float alpha, float beta)
{
	float y = alpha * x + beta;

	return y < 0.0f ? 0.0f : y > 1.0f ? 1.0f : y;
}

static void eval_hard_sigmoid(const struct gs_eval_op *op)
{
	float alpha = gs_node_attr_float(op->node, "alpha", 0.2f);
	float beta = gs_node_attr_float(op->node, "beta", 0.5f);
	size_t i, num = num_elems(op->node->output[0]);

	for (i = 0; i < num; i++)
		op->out[i] = hard_sigmoid(op->in[0][i], alpha, beta);
}

static void eval_hard_swish(const struct gs_eval_op *op)
{
	size_t i, num = num_elems(op->node->output[0]);

	for (i = 0; i < num; i++)
		op->out[i] = op->in[0][i] *
			     hard_sigmoid(op->in[0][i], 1.0f / 6.0f, 0.5f);
}

/* ---- two operands -------------------------------------------------------- */

static float binary(char op, float a, float b)
{
	switch (op) {
	case 'A':
		return a + b;
	case 'S':
		return a - b;
	case 'M':
		return a * b;
	default:
		return a / b;
	}
}

/* Advance @at to the next element of @shape in row-major order. */
static void next(const struct gs_shape *shape, int64_t index[GS_MAX_RANK],
		 const int64_t *step, int64_t *at_a, const int64_t *step_b,
		 int64_t *at_b)
{
	unsigned axis;

	for (axis = shape->rank; axis-- > 0;) {
		*at_a += step[axis];
		*at_b += step_b[axis];
		if (++index[axis] < shape->dim[axis])
			return;
		*at_a -= index[axis] * step[axis];
		*at_b -= index[axis] * step_b[axis];
		index[axis] = 0;
	}
}

static void eval_binary(const struct gs_eval_op *op)
{
	const struct gs_shape *shape = &op->node->output[0]->shape;
	const struct gs_shape *a = &op->node->input[0]->shape;
	const struct gs_shape *b = &op->node->input[1]->shape;
	int64_t step_a[GS_MAX_RANK], step_b[GS_MAX_RANK];
	int64_t index[GS_MAX_RANK] = { 0 }, at_a = 0, at_b = 0;
	size_t i, num = num_elems(op->node->output[0]);
	char kind = op->node->op[0];

	if (kind == 'A' && gs_shape_equal(a, b)) {
		for (i = 0; i < num; i++)
			op->out[i] = op->in[0][i] + op->in[1][i];
		return;
	}
	gs_broadcast_steps(a, shape, step_a);
	gs_broadcast_steps(b, shape, step_b);
	for (i = 0; i < num; i++) {
		op->out[i] = binary(kind, op->in[0][at_a], op->in[1][at_b]);
		next(shape, index, step_a, &at_a, step_b, &at_b);
	}
}

/* ---- normalization ------------------------------------------------------- */

static void eval_batchnorm(const struct gs_eval_op *op)
{
	const struct gs_shape *x = &op->node->input[0]->shape;
	float eps = gs_node_attr_float(op->node, "epsilon", 1e-5f);
	size_t size = 1, i, n, c, channels = (size_t)x->dim[1];
	const float *in = op->in[0];
	float *out = op->out;

	for (i = 2; i < x->rank; i++)
		size *= (size_t)x->dim[i];
	for (n = 0; n < (size_t)x->dim[0]; n++) {
		for (c = 0; c < channels; c++) {
			float f = op->in[1][c] / sqrtf(op->in[4][c] + eps);

			for (i = 0; i < size; i++)
				out[i] = (in[i] - op->in[3][c]) * f +
					 op->in[2][c];
			in += size;
			out += size;
		}
	}
}

static void softmax(const float *in, float *out, size_t num, size_t step)
{
	float max = in[0], sum = 0.0f;
	size_t i;

	for (i = 1; i < num; i++)
		max = in[i * step] > max ? in[i * step] : max;
	for (i = 0; i < num; i++) {
		out[i * step] = expf(in[i * step] - max);
		sum += out[i * step];
	}
	for (i = 0; i < num; i++)
		out[i * step] /= sum;
}

static void eval_softmax(const struct gs_eval_op *op)
{
	const struct gs_shape *x = &op->node->input[0]->shape;
	unsigned axis = (unsigned)gs_node_attr_int(op->node, "axis", 0), i;
	size_t num = (size_t)x->dim[axis], inner = 1, at, k;
	size_t elems = num_elems(op->node->output[0]);

	for (i = axis + 1; i < x->rank; i++)
		inner *= (size_t)x->dim[i];
	for (at = 0; at < elems; at += num * inner)
		for (k = 0; k < inner; k++)
			softmax(op->in[0] + at + k, op->out + at + k, num,
				inner);
}

/* ---- pools --------------------------------------------------------------- */

struct pool {
	struct gs_window win;
	int64_t height, width;
	bool max, count_pad;
};

/* First and last tap of a window that starts at @start inside @extent */
static void taps(int64_t start, int64_t dilation, int64_t kernel,
		 int64_t extent, int64_t *first, int64_t *end)
{
	*first = start < 0 ? (-start + dilation - 1) / dilation : 0;
	*end = start < extent ? (extent - 1 - start) / dilation + 1 : 0;
	*end = *end < kernel ? *end : kernel;
}

static float pool_window(const struct pool *p, const float *plane, int64_t y,
			 int64_t x)
{
	int64_t y0, y1, x0, x1, ky, kx;
	float max = -INFINITY, sum = 0.0f;

	taps(y, p->win.dilation[0], p->win.kernel[0], p->height, &y0, &y1);
	taps(x, p->win.dilation[1], p->win.kernel[1], p->width, &x0, &x1);
	for (ky = y0; ky < y1; ky++) {
		for (kx = x0; kx < x1; kx++) {
			float v =
				plane[(y + ky * p->win.dilation[0]) * p->width +
				      x + kx * p->win.dilation[1]];

			max = v > max ? v : max;
			sum += v;
		}
	}
	if (p->max)
		return max;
	if (p->count_pad)
		return sum / (float)(p->win.kernel[0] * p->win.kernel[1]);
	return sum / (float)((y1 - y0) * (x1 - x0));
}

static void eval_pool(const struct gs_eval_op *op)
{
	const struct gs_node *node = op->node;
	const struct gs_shape *x = &node->input[0]->shape;
	const struct gs_shape *y = &node->output[0]->shape;
	int64_t planes = x->dim[0] * x->dim[1], i, oy, ox;
	const float *plane = op->in[0];
	float *out = op->out;
	struct pool p = {
		.height = x->dim[2],
		.width = x->dim[3],
		.max = gs_op_is(node, "MaxPool"),
		.count_pad = gs_node_attr_int(node, "count_include_pad", 0),
	};

	gs_window_get(node, &p.win);
	for (i = 0; i < planes; i++, plane += p.height * p.width)
		for (oy = 0; oy < y->dim[2]; oy++)
			for (ox = 0; ox < y->dim[3]; ox++)
				*out++ = pool_window(
					&p, plane,
					oy * p.win.stride[0] - p.win.pad[0],
					ox * p.win.stride[1] - p.win.pad[1]);
}

static void eval_global_pool(const struct gs_eval_op *op)
{
	const struct gs_shape *x = &op->node->input[0]->shape;
	int64_t planes = x->dim[0] * x->dim[1], size = x->dim[2] * x->dim[3];
	bool max = gs_op_is(op->node, "GlobalMaxPool");
	const float *in = op->in[0];
	int64_t i, k;

	for (i = 0; i < planes; i++, in += size) {
		double sum = 0.0;
		float high = in[0];

		for (k = 0; k < size; k++) {
			sum += (double)in[k];
			high = in[k] > high ? in[k] : high;
		}
		op->out[i] = max ? high : (float)(sum / (double)size);
	}
}

/* ---- table --------------------------------------------------------------- */

static const struct {
	const char *op;
	gs_eval_fn fn;
} ops[] = {
	{ "Conv", gs_eval_conv },
	{ "Gemm", gs_eval_gemm },
	{ "MatMul", gs_eval_matmul },
	{ "Add", eval_binary },
	{ "Sub", eval_binary },
	{ "Mul", eval_binary },
	{ "Div", eval_binary },
	{ "Relu", eval_relu },
	{ "LeakyRelu", eval_leaky_relu },
	{ "Clip", eval_clip },
	{ "Sigmoid", eval_sigmoid },
	{ "Tanh", eval_tanh },
	{ "HardSigmoid", eval_hard_sigmoid },
	{ "HardSwish", eval_hard_swish },
	{ "BatchNormalization", eval_batchnorm },
	{ "Softmax", eval_softmax },
	{ "MaxPool", eval_pool },
	{ "AveragePool", eval_pool },
	{ "GlobalAveragePool", eval_global_pool },
	{ "GlobalMaxPool", eval_global_pool },
	{ "Identity", eval_copy },
	{ "Dropout", eval_copy },
	{ "Flatten", eval_copy },
	{ "Reshape", eval_copy },
	{ "Squeeze", eval_copy },
	{ "Unsqueeze", eval_copy },
};

gs_eval_fn gs_eval_find(const char *op)
{
	size_t i;

	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (!strcmp(ops[i].op, op))
			return ops[i].fn;
	return NULL;
}

bool gs_eval_knows(const char *op)
{
	return gs_eval_find(op) != NULL;
}
